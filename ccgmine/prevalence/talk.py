"""The table in segments or words: what share of a group's talk carries a theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.domain import Estimate, PrevalenceRow, UnitCounts, WhyNot
from ccgmine.prevalence.counted import COUNTS
from ccgmine.prevalence.evidence import Evidence, Line, OfLines, counts_of, groupings, groups_of
from ccgmine.prevalence.units import UnitShares, share_of_talk

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

MODEL_METHOD = "hand coding and model; difference estimate over participants"
HAND_METHOD = "hand coding; ratio estimate over participants"
CENSUS_METHOD = "hand coding of everybody"


@dataclass(frozen=True, slots=True)
class Talk:
    """What every segment says, by hand and by machine.

    Attributes:
        size: Shape (n_segments,), words of each segment, or 1 where segments are counted.
        hand: Shape (n_segments, n_themes), coded by hand.
        probability: Shape (n_segments, n_themes), calibrated and held out where the model learned
            from the participant; NaN: the model says nothing.
    """

    size: Floats
    hand: Bools
    probability: Floats


@dataclass(frozen=True, slots=True)
class _OfLine:
    """Units of every participant: all, and those that carry a line by hand and by machine."""

    size: Floats
    by_hand: Floats
    by_machine: Floats


def talk_rows(
    evidence: Evidence,
    of: OfLines,
    talk: Talk,
    the_lines: Sequence[Line],
    attributes: Sequence[str],
    *,
    cross: bool,
    level: float,
) -> list[PrevalenceRow]:
    """One row a line and group: the share of the group's units that carry the line."""
    wanted = groupings(attributes, cross=cross)
    groups = {grouping: groups_of(evidence, grouping) for grouping in wanted}
    counts = {
        grouping: counts_of(of, cell, silent, len(found))
        for grouping, (found, cell, silent) in groups.items()
    }
    rows = []
    for i, line in enumerate(the_lines):
        own = _of_line(evidence, talk, line)
        known = of.known[:, i] & of.asked[:, i]
        has_model = bool(np.isfinite(own.by_machine).all())
        for grouping in wanted:
            found, cell, _ = groups[grouping]
            shares = share_of_talk(
                own.size,
                own.by_hand,
                # A model that has not seen everybody yet says nothing: nobody's talk counts as 0.
                own.by_machine if has_model else own.by_machine * np.nan,
                known,
                np.where(of.asked[:, i], cell, -1),
                level=level,
            )
            for at, group in enumerate(found):
                numbers = dict(zip(COUNTS, counts[grouping][:, at, i].tolist(), strict=True))
                inside = of.asked[:, i] & (cell == at)
                rows.append(
                    PrevalenceRow(
                        theme=line.theme,
                        scope=line.scope,
                        group=group,
                        **{
                            **numbers,
                            "machine_with_theme": numbers["machine_with_theme"]
                            if has_model
                            else None,
                        },
                        estimate=_estimate(shares, at, numbers, level, has_model=has_model),
                        band="",
                        units=UnitCounts(
                            int(own.size[inside].sum()),
                            int(own.size[inside & known].sum()),
                            int(own.by_hand[inside & known].sum()),
                        ),
                    )
                )
    return rows


def _of_line(evidence: Evidence, talk: Talk, line: Line) -> _OfLine:
    """Sums over every participant's segments; a segment counts once for a family."""
    at = [i for i, theme in enumerate(evidence.themes) if theme in line.themes]
    n = len(evidence.participants)
    machine = talk.probability[:, at]
    none = np.isnan(machine)
    # Themes of a family as if they came independently.
    any_of = 1 - np.prod(1 - np.where(none, 0.0, machine), axis=1)
    any_of = np.where(none.all(axis=1), np.nan, any_of)

    def sums(values: Floats) -> Floats:
        return np.bincount(evidence.unit_of, values * talk.size, minlength=n).astype(float)

    return _OfLine(
        sums(np.ones(len(talk.size))),
        sums(talk.hand[:, at].any(axis=1).astype(float)),
        sums(any_of),
    )


def _estimate(
    shares: UnitShares, at: int, numbers: dict[str, int], level: float, *, has_model: bool
) -> Estimate | WhyNot:
    if not numbers["participants"]:
        asked = "was asked" if numbers["not_asked"] else "has text"
        return WhyNot(f"nobody in the group {asked}")
    if np.isnan(shares.point[at]):
        return WhyNot("fewer than 2 participants of the group are hand coded in full")
    method = MODEL_METHOD if has_model else HAND_METHOD
    if numbers["hand_coded"] == numbers["participants"]:
        method = CENSUS_METHOD
    return Estimate(
        float(shares.point[at]), float(shares.low[at]), float(shares.high[at]), method, level
    )
