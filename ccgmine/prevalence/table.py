"""From counts and draws to the table: estimates, intervals, words, and the commonest theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ccgmine.bands import NOT_RAISED, Band, by_rank, likely_words, rank_word, words
from ccgmine.domain import Estimate, PrevalenceRow, WhyNot
from ccgmine.prevalence.counted import COUNTS, Counted
from ccgmine.prevalence.evidence import Line, groupings
from ccgmine.prevalence.intervals import whole_people, wilson_finite
from ccgmine.prevalence.summary import summarise

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

MODEL_METHOD = "hand coding and model; small-area estimate"
HAND_METHOD = "hand coding; Wilson, finite population"
CENSUS_METHOD = "hand coding of everybody"
MACHINE_METHOD = "machine count, no estimate"

VERDICTS = (
    "Verdict: what training said of the model's codings of the theme itself, held out; it stands "
    "where the estimate rests on them. Intervals hold the model's errors whatever the verdict; "
    "machine counts and machine quotes do not."
)


class Basis(StrEnum):
    """What figures rest on."""

    MODEL = "model"
    HAND = "hand"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """How to make a table of a counted.

    Attributes:
        attributes: To group by.
        cross: Also by all of them at once.
        level: Of the intervals.
        bands: The words.
        basis: What figures rest on.
    """

    attributes: tuple[str, ...]
    cross: bool
    level: float
    bands: tuple[Band, ...]
    basis: Basis = Basis.MODEL


def rows(
    all_counted: Sequence[Counted], the_lines: Sequence[Line], options: TableOptions
) -> list[PrevalenceRow]:
    """One row a line and group, line by line; the first counted that has a grouping serves it."""
    of_grouping = []
    for grouping in groupings(options.attributes, cross=options.cross):
        counted = next(t for t in all_counted if grouping in t.groups)
        number = {line: i for i, line in enumerate(counted.lines)}
        order = [number[line.theme.theme_id, line.scope] for line in the_lines]
        of_grouping.append(_grouping_rows(counted, grouping, the_lines, order, options))
    return [row for i in range(len(the_lines)) for of in of_grouping for row in of[i]]


def _grouping_rows(
    counted: Counted,
    grouping: tuple[str, ...],
    the_lines: Sequence[Line],
    order: Sequence[int],
    options: TableOptions,
) -> list[list[PrevalenceRow]]:
    """The rows of one grouping, a list a line; with words and the commonest theme marked."""
    draws = (
        lifted_draws(counted, order, grouping, the_lines)
        if options.basis is Basis.MODEL
        else [None] * len(order)
    )
    figures = [
        _figures(counted, i, grouping, own, options) for i, own in zip(order, draws, strict=True)
    ]
    _lift_bounds(figures, [counted.counts[grouping][0, :, i] for i in order], the_lines)
    found = [
        [
            _row(counted, i, grouping, at, line, figures[number], options)
            for at in range(len(counted.groups[grouping]))
        ]
        for number, (i, line) in enumerate(zip(order, the_lines, strict=True))
    ]
    if options.basis is not Basis.MACHINE:
        if by_rank(options.bands):
            totals = [_totals(counted, i, grouping, f) for i, f in zip(order, figures, strict=True)]
            found = _with_rank_words(found, totals, options)
        found = _with_commonest(found, figures)
    return found


@dataclass(slots=True)
class _Figures:
    """Point, bounds and draws of one line in the groups of a grouping; NaN: none."""

    point: Floats
    low: Floats
    high: Floats
    draws: Counts | None
    method: list[str]

    def mean(self, at: int) -> float:
        """Mean of the draws of a group, which tells apart what the medians do not."""
        return 0.0 if self.draws is None else float(self.draws[:, at].mean())


def _figures(
    counted: Counted,
    line: int,
    grouping: tuple[str, ...],
    draws: Counts | None,
    options: TableOptions,
) -> _Figures:
    n, _, _, known, present, machine = counted.counts[grouping][:, :, line]
    nothing = np.full(len(n), np.nan)
    if options.basis is Basis.MACHINE:
        with np.errstate(invalid="ignore", divide="ignore"):
            point = (present + machine) / np.where(n > 0, n, np.nan)
        return _Figures(point, nothing, nothing, None, [MACHINE_METHOD] * len(n))
    if draws is not None:
        cells = summarise(draws, n, level=options.level)
        census = known == n
        method = [CENSUS_METHOD if all_ else MODEL_METHOD for all_ in census.tolist()]
        return _Figures(cells.point, cells.low, cells.high, draws, method)
    point, low, high = nothing.copy(), nothing.copy(), nothing.copy()
    method = []
    in_part = counted.in_part_of(line, grouping)
    for i, (k, m, size, more) in enumerate(
        zip(present.tolist(), known.tolist(), n.tolist(), in_part.tolist(), strict=True)
    ):
        method.append(CENSUS_METHOD if m == size else HAND_METHOD)
        if m:
            bounds = wilson_finite(k, m, size, level=options.level)
            low[i], high[i] = whole_people(bounds, size, least=k + more)
            point[i] = min(max(k / m, low[i]), high[i])
    return _Figures(point, low, high, None, method)


def lifted_draws(
    counted: Counted, order: Sequence[int], grouping: tuple[str, ...], the_lines: Sequence[Line]
) -> list[Counts | None]:
    """Draws of every line; a family is raised by at least as many as any theme of it.

    Families and their themes are drawn apart, so that a family can come out a little below its
    commonest theme: its distribution is then lifted to that theme's, quantile by quantile.
    """
    found = [counted.draws_of(i, grouping) for i in order]
    lifted = list(found)
    for number, (own, line) in enumerate(zip(found, the_lines, strict=True)):
        if own is None or line.scope == "direct":
            continue
        members = [
            np.sort(draws, axis=0)
            for draws, other in zip(found, the_lines, strict=True)
            if draws is not None and other is not line and other.themes <= line.themes
        ]
        if members:
            higher = np.maximum(np.sort(own, axis=0), np.max(members, axis=0))
            # Each in the place of the draw that it lifts: what goes together stays together.
            in_place = np.empty_like(higher)
            np.put_along_axis(in_place, np.argsort(own, axis=0), higher, axis=0)
            lifted[number] = in_place
    return lifted


def _lift_bounds(
    figures: Sequence[_Figures], sizes: Sequence[Counts], the_lines: Sequence[Line]
) -> None:
    """Families end nowhere below their themes: shortest intervals of lifted draws still may."""
    for family, size, line in zip(figures, sizes, the_lines, strict=True):
        if family.draws is None or line.scope == "direct":
            continue
        for theme, size_of_theme, other in zip(figures, sizes, the_lines, strict=True):
            if theme.draws is not None and other is not line and other.themes <= line.themes:
                # Of the family as many people or more were asked.
                part = size_of_theme / np.maximum(size, 1)
                family.low = np.fmax(family.low, theme.low * part)
                family.high = np.fmax(family.high, theme.high * part)


def _row(
    counted: Counted,
    line: int,
    grouping: tuple[str, ...],
    at: int,
    of: Line,
    figures: _Figures,
    options: TableOptions,
) -> PrevalenceRow:
    counts = dict(zip(COUNTS, counted.counts[grouping][:, at, line].tolist(), strict=True))
    estimate = _estimate(counts, figures, at, options)
    band = ""
    probabilities: tuple[tuple[str, float], ...] = ()
    if isinstance(estimate, Estimate) and options.basis is not Basis.MACHINE:
        n = counts["participants"]
        band = words(estimate.low * n, estimate.high * n, n, options.bands)
        if figures.draws is not None:
            probabilities = _word_probabilities(figures.draws[:, at], n, options.bands)
    return PrevalenceRow(
        theme=of.theme,
        scope=of.scope,
        group=counted.groups[grouping][at],
        **{
            **counts,
            "machine_with_theme": counts["machine_with_theme"] if counted.learned[line] else None,
        },
        estimate=estimate,
        band=band,
        words=probabilities,
    )


def _estimate(
    counts: dict[str, int], figures: _Figures, at: int, options: TableOptions
) -> Estimate | WhyNot:
    if not counts["participants"]:
        asked = "was asked" if counts["not_asked"] else "has text"
        return WhyNot(f"nobody in the group {asked}")
    point, low, high = (float(v[at]) for v in (figures.point, figures.low, figures.high))
    if np.isnan(point):
        return WhyNot("nobody in the group is hand coded in full")
    return Estimate(point, low, high, figures.method[at], options.level)


def _word_probabilities(
    draws: Counts, n: int, bands: Sequence[Band]
) -> tuple[tuple[str, float], ...]:
    """The probability of every word in one cell, "not raised" last."""
    if by_rank(bands):
        return ()
    below = [1.0, *(float((draws < band.least(n)).mean()) for band in bands)]
    shares = (upper - lower for upper, lower in pairwise(below))
    found = ((band.name, share) for band, share in zip(bands, shares, strict=True))
    return (*found, (NOT_RAISED, below[-1]))


def _totals(counted: Counted, line: int, grouping: tuple[str, ...], figures: _Figures) -> Floats:
    """Draws of how many raised a line, (n_draws or 1, n_groups); the point where there are none."""
    if figures.draws is not None:
        return figures.draws.astype(float)
    return (figures.point * counted.counts[grouping][0, :, line])[None]


def _with_rank_words(
    found: list[list[PrevalenceRow]], totals: Sequence[Floats], options: TableOptions
) -> list[list[PrevalenceRow]]:
    """Words by the rank of each theme in its group, among the lines of the same scope."""
    out = [list(of_line) for of_line in found]
    for scope in ("direct", "with_children"):
        chosen = [i for i, of_line in enumerate(found) if of_line and of_line[0].scope == scope]
        if not chosen:
            continue
        n_draws = max(len(totals[i]) for i in chosen)
        stack = np.stack(
            [np.broadcast_to(totals[i], (n_draws, totals[i].shape[1])) for i in chosen]
        )
        for at in range(stack.shape[2]):
            of_group = np.nan_to_num(stack[:, :, at], nan=-1.0)
            # How many lines of the group go before each, in every draw.
            ordered = np.sort(of_group, axis=0)
            for number, i in enumerate(chosen):
                if isinstance(found[i][at].estimate, WhyNot):
                    continue
                rank = 1 + sum((row > of_group[number]).astype(int) for row in ordered)
                names = [
                    NOT_RAISED if none else rank_word(int(r), options.bands)
                    for r, none in zip(rank, of_group[number] <= 0, strict=True)
                ]
                every = [band.name for band in options.bands] + [NOT_RAISED]
                shares = tuple((name, names.count(name) / len(names)) for name in every)
                band = likely_words(shares, options.level)
                modelled = len(totals[i]) > 1
                out[i][at] = replace(found[i][at], band=band, words=shares if modelled else ())
    return out


def _with_commonest(
    found: list[list[PrevalenceRow]], figures: Sequence[_Figures]
) -> list[list[PrevalenceRow]]:
    """Mark the direct line with the highest estimate of each group; several where they tie.

    Estimates are whole numbers of people: of equal ones the higher mean of the draws decides. In a
    group of one person no theme is commoner than another.
    """
    heights: dict[tuple[int, int], tuple[float, float]] = {}
    highest: dict[int, tuple[float, float]] = {}
    for i, of_line in enumerate(found):
        for at, row in enumerate(of_line):
            if row.scope != "direct" or not isinstance(row.estimate, Estimate):
                continue
            height = round(row.estimate.point, 9), round(figures[i].mean(at), 9)
            if height[0] > 0 and row.participants != 1:
                heights[i, at] = height
                highest[at] = max(highest.get(at, height), height)
    return [
        [
            replace(row, commonest=True) if heights.get((i, at)) == highest.get(at, ()) else row
            for at, row in enumerate(of_line)
        ]
        for i, of_line in enumerate(found)
    ]


def with_verdicts(
    found: Sequence[PrevalenceRow], verdicts: Mapping[str, str]
) -> list[PrevalenceRow]:
    """The rows of single themes with what training said of them, where they rest on the model."""
    return [
        replace(row, verdict=verdicts.get(row.theme.theme_id, ""))
        if row.scope == "direct"
        and isinstance(row.estimate, Estimate)
        and row.estimate.method == MODEL_METHOD
        else row
        for row in found
    ]
