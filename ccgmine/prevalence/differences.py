"""Differences between groups: how many more of one than of another raised a theme."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ccgmine.domain import DifferenceRow, Estimate, WhyNot, unique
from ccgmine.errors import UsageError
from ccgmine.ordering import natural
from ccgmine.prevalence.counted import Counted
from ccgmine.prevalence.evidence import Line
from ccgmine.prevalence.intervals import wilson_finite
from ccgmine.prevalence.summary import difference, summarise
from ccgmine.prevalence.table import CENSUS_METHOD, HAND_METHOD, MODEL_METHOD, lifted_draws

MOST_GROUPS = 40
"""Of an attribute with more groups no pairs are compared: nobody reads 780 differences a theme."""

LEAST_CODED = 2
"""Hand coded in each group, for a difference that rests on hand coding alone."""

NEWCOMBE = f"{HAND_METHOD}; Newcombe"


def difference_rows(
    all_counted: Sequence[Counted],
    the_lines: Sequence[Line],
    attributes: Sequence[str],
    level: float,
) -> list[DifferenceRow]:
    """Every pair of groups of every attribute, line by line.

    The group that comes first in natural order is the first of the pair.
    """
    found: list[list[DifferenceRow]] = [[] for _ in the_lines]
    for attribute in attributes:
        counted = next(t for t in all_counted if (attribute,) in t.groups)
        groups = counted.groups[attribute,]
        if len(groups) > MOST_GROUPS:
            continue
        order = [counted.lines.index((line.theme.theme_id, line.scope)) for line in the_lines]
        # The draws of the table, so that a difference and the shares it is of say the same.
        draws = lifted_draws(counted, order, (attribute,), the_lines)
        for i, line in enumerate(the_lines):
            for one, other in combinations(range(len(groups)), 2):
                pair = [one, other]
                counts = counted.counts[attribute,][:, pair, order[i]]
                own = draws[i]
                chosen = None if own is None else own[:, pair]
                estimate, above = _difference(counts, chosen, level)
                found[i].append(
                    DifferenceRow(
                        line.theme,
                        line.scope,
                        groups[one],
                        groups[other],
                        estimate,
                        above,
                        (int(counts[0, 0]), int(counts[0, 1])),
                    )
                )
    return [row for of_line in found for row in of_line]


def _difference(
    counts: NDArray[np.int64], draws: NDArray[np.int64] | None, level: float
) -> tuple[Estimate | WhyNot, float | None]:
    """Difference of two groups, from their counts (6, 2) and draws (n_draws, 2)."""
    n, _, _, known, present, _ = counts
    if not n.all():
        return WhyNot("a group has nobody with text who was asked"), None
    if (known == n).all():
        exact = float(present[0] / n[0] - present[1] / n[1])
        return Estimate(exact, exact, exact, CENSUS_METHOD, level), float(np.heaviside(exact, 0.5))
    if draws is not None:
        found = difference(draws, n, 0, 1, level=level)
        shares = summarise(draws, n, level=level).point
        point = float(shares[0] - shares[1])
        low, high = min(found.low, point), max(found.high, point)
        return Estimate(point, low, high, MODEL_METHOD, level), found.probability_above
    if not known.all():
        return WhyNot("a group has nobody hand coded in full"), None
    if (np.minimum(n, LEAST_CODED) > known).any():
        return WhyNot("a group has fewer than two people hand coded in full"), None
    point, low, high = newcombe(*(
        (int(k), int(m), int(size)) for k, m, size in zip(present, known, n, strict=True)
    ), level=level)  # fmt: skip
    return Estimate(point, low, high, NEWCOMBE, level), None


def between(rows: Sequence[DifferenceRow], groups: Sequence[str]) -> list[DifferenceRow]:
    """The rows that compare a group with any other, or two groups with each other.

    Args:
        rows: Differences of single attributes.
        groups: One or two values of an attribute, upper and lower case alike.

    Returns:
        Rows in which the first of ``groups`` is the first group.

    Raises:
        UsageError: If there is no such group or pair.
    """
    wanted = [name.casefold() for name in groups]
    there = unique(g.values[0][1] for row in rows for g in (row.first, row.second))
    for name in groups:
        if name.casefold() not in (value.casefold() for value in there):
            listed = ", ".join(sorted(there, key=natural)[:30]) or "none"
            raise UsageError(
                f"there is no group '{name}' to compare",
                remedy=f"There are: {listed}. Other attributes are named with --by.",
            )
    found = []
    for row in rows:
        pair = [g.values[0][1].casefold() for g in (row.first, row.second)]
        if pair[: len(wanted)] == wanted:
            found.append(row)
        elif pair[::-1][: len(wanted)] == wanted:
            found.append(_turned(row))
    if not found:
        raise UsageError(
            f"'{groups[0]}' and '{groups[-1]}' are not two groups of one attribute",
            remedy="Name two sites, or two respondent types.",
        )
    return found


def _turned(row: DifferenceRow) -> DifferenceRow:
    """The second group less the first."""
    estimate = row.estimate
    if isinstance(estimate, Estimate):
        e = estimate
        estimate = replace(e, point=0.0 - e.point, low=0.0 - e.high, high=0.0 - e.low)
    above = None if row.probability_above is None else 1 - row.probability_above
    return replace(
        row,
        first=row.second,
        second=row.first,
        estimate=estimate,
        probability_above=above,
        sizes=row.sizes[::-1],
    )


def newcombe(
    one: tuple[int, int, int], other: tuple[int, int, int], *, level: float = 0.95
) -> tuple[float, float, float]:
    """Difference of two shares with an interval from the Wilson intervals of both.

    Args:
        one: Of the first group: people with the theme, people known, people in all.
        other: The same of the second.
        level: Confidence level.

    Returns:
        Difference, lower and upper bound.

    Source:
        Newcombe, R. G. (1998). Interval estimation for the difference between independent
        proportions. Statistics in Medicine 17:873-890, method 10; here with finite-population
        correction.
    """
    (p, low_p, high_p), (q, low_q, high_q) = (
        (k / m, *wilson_finite(k, m, size, level=level)) for k, m, size in (one, other)
    )
    point = p - q
    return (
        point,
        max(-1.0, point - math.hypot(p - low_p, high_q - q)),
        min(1.0, point + math.hypot(high_p - p, q - low_q)),
    )
