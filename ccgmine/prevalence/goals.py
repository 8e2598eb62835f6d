"""What must stay possible, to an outsider, of every hidden figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.programme import EXPECTED, LEVEL_OF, MACHINE, TOLERANCE, UNITS, WITH
from ccgmine.prevalence.smallness import is_small, protected_range
from ccgmine.prevalence.tally import Tally

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

Goal = tuple[int, float, float, float]
"""A quantity, two deviations of which one must be possible, or a width that does as well."""


def goals_of(
    tally: Tally, line: int, group: int, level: int, below: int, *, zeros: bool
) -> list[Goal]:
    """What must stay possible of one row.

    A small figure must reach the upper end of its protected range, and the lower one unless its
    doubt is as wide anyway; any other hidden figure must not be pinned, except that nobody and
    everybody may be, where zeros are shown.
    """
    t, at = tally, (line, group)
    found: list[Goal] = []
    whole = t.participants[at] if t.of_people else t.unit_total[at]
    figures = [
        (WITH, t.with_theme[at], t.hand[at]),
        (MACHINE, t.machine[at], t.participants[at] - t.hand[at]),
        (UNITS, t.unit_with[at], t.unit_hand[at]),
    ]
    if not (t.of_people and t.of_hand_coded[line]):
        figures.append((EXPECTED, t.expected[at], whole))
    for quantity, value, most in figures:
        if level < LEVEL_OF[quantity] or not most > 0 or not value >= 0:
            continue
        people = quantity in (WITH, MACHINE) or (quantity == EXPECTED and t.of_people)
        both = (value, most - value) if quantity in (WITH, EXPECTED) else (value,)
        small = False
        for side, figure in enumerate(both):
            if people and bool(is_small(figure, below, zeros=zeros)):
                low, high = protected_range(figure, most, below, zeros=zeros)
                sign = -1.0 if side else 1.0
                small, down, up = True, sign * (low - figure), sign * (high - figure)
                if abs(up) > TOLERANCE:
                    found.append((quantity, up, up, np.inf))
                if abs(down) > TOLERANCE:
                    # Where zeros are hidden, none must stay possible.
                    wide = np.inf if zeros else high - low
                    found.append((quantity, down, down if zeros else sign * wide, wide))
        if not small and 0.5 <= value <= most - 0.5:
            step = min(1.0, value, most - value)
            found.append((quantity, step, -step, np.inf))
    return found


@dataclass(frozen=True, slots=True)
class Goals:
    """Deviations that must be possible, each (n,).

    Of a variable ``one`` or the ``other``, or both ways together as much as ``width``.
    """

    variable: Ints
    one: Floats
    other: Floats
    width: Floats

    def met(self, lowest: Floats, highest: Floats) -> Bools:
        """Which have been reached by deviations from ``lowest`` to ``highest``."""
        low, high = lowest[self.variable] - TOLERANCE, highest[self.variable] + TOLERANCE
        found: Bools = (low <= self.one) & (self.one <= high)
        found |= (low <= self.other) & (self.other <= high)
        return found | (high - low >= self.width)

    def __getitem__(self, which: Bools | Ints) -> Goals:
        return Goals(self.variable[which], self.one[which], self.other[which], self.width[which])

    def __len__(self) -> int:
        return len(self.variable)


def together(goals: Sequence[Goals]) -> Goals:
    """All of them, one after the other."""
    nothing = np.zeros(0)
    found = [Goals(nothing.astype(np.intp), nothing, nothing, nothing), *goals]
    return Goals(
        np.concatenate([g.variable for g in found]),
        np.concatenate([g.one for g in found]),
        np.concatenate([g.other for g in found]),
        np.concatenate([g.width for g in found]),
    )
