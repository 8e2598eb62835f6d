"""Which figures of a table are too small to be shown, and how wide a doubt must stay about them."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.tally import Tally

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Levels = NDArray[np.int8]


class Hidden(IntEnum):
    """How much of a row is hidden; each level includes those before it."""

    NOTHING = 0
    MACHINE = 1
    """The machine count."""
    THEME = 2
    """Everything said of the theme."""
    SIZE = 3
    """The size of the group too."""


def is_small(figure: Floats, below: int, *, zeros: bool) -> Bools:
    """Whether figures stand for 1 to ``below`` - 1 people, or for nobody where ``zeros`` count.

    Estimates count as the nearest whole number of people.

    >>> is_small(np.array([0, 0.4, 0.5, 4.4, 4.5, np.nan]), 5, zeros=False).tolist()
    [False, False, True, True, False, False]
    """
    found: Bools = (figure < below - 0.5) & ((figure >= 0.5) | zeros)
    return found


def small_rows(tally: Tally, below: int, *, zeros: bool) -> Levels:
    """What must be hidden of every row for its own sake: (n_lines, n_groups) of ``Hidden``.

    The size: when the group, or those of it with text, are few. The theme: when the hand coded
    with or without it, or the estimated number of people with or without it, are few. The
    machine count: when it is small itself; those in whom the machine found nothing are no group
    of people of whom anything is said.
    """
    t = tally
    coded, others = t.hand > 0, t.participants > t.hand
    small = {
        "with": is_small(t.with_theme, below, zeros=False) | (zeros & coded & (t.with_theme == 0)),
        "without": is_small(t.hand - t.with_theme, below, zeros=False)
        | (zeros & coded & (t.with_theme == t.hand)),
    }
    theme = small["with"] | small["without"]
    if t.of_people:
        somebody = t.participants > 0
        for people in (t.expected, t.participants - t.expected):
            theme |= somebody & is_small(people, below, zeros=zeros)
    machine = is_small(t.machine, below, zeros=False) | (zeros & others & (t.machine == 0))
    size = is_small(t.participants, below, zeros=False)
    size |= is_small(t.participants + t.not_asked, below, zeros=False)
    levels = np.zeros(theme.shape, dtype=np.int8)
    for level, which in ((Hidden.MACHINE, machine), (Hidden.THEME, theme), (Hidden.SIZE, size)):
        levels[which] = level
    return levels


def protected_range(value: float, most: float, below: int, *, zeros: bool) -> tuple[float, float]:
    """The least range that must stay possible, to an outsider, for a small hidden figure.

    From 1 (0 where zeros are hidden) to ``below`` - 1, or to ``most`` where no more is possible;
    never a single value.

    >>> protected_range(2, 20, 5, zeros=False), protected_range(1, 1, 5, zeros=False)
    ((1.0, 4.0), (0.0, 1.0))
    """
    low = 0.0 if zeros else 1.0
    high = min(below - 1.0, float(most))
    if high <= low:
        low, high = (low, 2.0) if most >= 2 else (0.0, high)
    return min(low, value), max(high, value)
