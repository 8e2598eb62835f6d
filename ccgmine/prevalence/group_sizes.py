"""Groups too small for their size to be shown, and others hidden to keep it unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.knowledge import Sizes
from ccgmine.prevalence.programme import TOLERANCE, Programme
from ccgmine.prevalence.protection import COST_OF_WHOLE
from ccgmine.prevalence.smallness import Hidden, Levels, is_small, protected_range
from ccgmine.prevalence.tally import Tally

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix as Matrix

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# A class of lines has with text, people, hand coded; those with text are the same for all.
TEXT, PEOPLE, HAND, NO_TEXT = range(4)
N_FIGURES = 4
LARGE_GROUP = 1e6


def protect_sizes(tally: Tally, levels: Levels, below: int) -> tuple[Levels, list[Sizes]]:
    """Hide groups whose size gives a small one's away.

    Lines with the same sizes everywhere are one class; mostly there is one. The figures of a
    class are people with text, those of them asked, the hand coded, and those without text.

    Args:
        tally: The true figures.
        levels: What is hidden for its own sake.
        below: Sizes from 1 to ``below`` - 1 are small.

    Returns:
        What must be hidden, and sizes that an outsider must be able to believe in: together they
        reach both ends of the range of every small size.
    """
    levels = levels.copy()
    small = levels == Hidden.SIZE
    if not small.any():
        return levels, []
    sizes = _Classes(tally)
    values, model = sizes.values, sizes.programme()
    hidden = np.stack([small[sizes.of_line == c].any(axis=0) for c in range(len(values))])
    cost = _costs(tally, sizes)
    found: list[Floats] = []
    lowest = np.zeros(values.size)
    highest = np.zeros(values.size)
    while True:
        goals = [
            (variable, d)
            for variable, d in _goals(values, hidden, below)
            if not lowest[variable] - TOLERANCE <= d <= highest[variable] + TOLERANCE
        ]
        if not goals:
            break
        free = np.repeat(hidden[:, None], N_FIGURES, axis=1).reshape(-1)
        weights = np.ones(values.size)
        weights[goals[0][0]] = 2.0 * len(goals)
        deviation = model.reach(dict(reversed(goals)), weights, free)
        if not any(_reached(deviation, goal) for goal in goals):
            way = model.cheapest(cost, free, goals[:1], np.ones(values.size, dtype=bool))
            if way is None or not _reached(way, goals[0]):
                hidden[:] = True
                break
            deviation = way
            hidden |= (deviation.reshape(values.shape) != 0).any(axis=1)
        lowest, highest = np.minimum(lowest, deviation), np.maximum(highest, deviation)
        found.append(deviation)
    levels[hidden[sizes.of_line]] = Hidden.SIZE
    found = _enough(found, _goals(values, hidden, below))
    return levels, [sizes.believed(deviation.reshape(values.shape)) for deviation in found]


def _reached(deviation: Floats, goal: tuple[int, float]) -> bool:
    variable, wanted = goal
    return bool(deviation[variable] * np.sign(wanted) >= abs(wanted) - TOLERANCE)


def _enough(found: list[Floats], goals: list[tuple[int, float]]) -> list[Floats]:
    """As few of the deviations as reach every goal that any of them reaches."""
    kept: list[Floats] = []
    while goals:
        best = max(found, key=lambda f: sum(_reached(f, goal) for goal in goals))
        left = [goal for goal in goals if not _reached(best, goal)]
        if len(left) == len(goals):
            break
        kept.append(best)
        goals = left
    return kept


def _goals(values: Floats, hidden: Bools, below: int) -> list[tuple[int, float]]:
    """Both ends of the range of every small size, as deviations of variables."""
    found = []
    flat = values.reshape(-1)
    for c, g in np.argwhere(hidden).tolist():
        for figure in (TEXT, PEOPLE):
            value = values[c, figure, g]
            if is_small(value, below, zeros=False):
                at = int(np.ravel_multi_index((c, figure, g), values.shape))
                ends = protected_range(value, LARGE_GROUP, below, zeros=False)
                found += [(at, end - flat[at]) for end in ends if end != flat[at]]
    return found


def _costs(tally: Tally, sizes: _Classes) -> Floats:
    """Of hiding a group: its people, in every line of the class."""
    lines = np.bincount(sizes.of_line)[:, None].astype(float)
    whole = np.array([not group.values for group in tally.groups])
    people = sizes.values[:, TEXT] + 2
    cost: Floats = people / people.max() * lines / lines.max() * np.where(whole, COST_OF_WHOLE, 1.0)
    cost *= 1 + 1e-4 * np.linspace(0, 1, cost.shape[1])
    found: Floats = np.stack([cost] * N_FIGURES, axis=1).reshape(-1)
    return found


class _Classes:
    """Lines by their sizes.

    of_line: (n_lines,) class of each line. values: (n_classes, N_FIGURES, n_groups).
    """

    def __init__(self, tally: Tally) -> None:
        t = self.tally = tally
        text = t.participants + t.not_asked
        figures = np.stack([text, t.participants, t.hand, t.no_text], axis=1)
        self.values, of_line = np.unique(figures, axis=0, return_inverse=True)
        self.of_line = of_line.reshape(-1)

    def programme(self) -> Programme:
        """Sizes add up over groups; hand coded <= asked <= with text, the same for all lines."""
        from scipy import sparse

        n_classes, _, n_groups = self.values.shape
        number = np.arange(self.values.size).reshape(self.values.shape)
        sums: list[Matrix] = [
            sparse.kron(sparse.identity(n_classes * N_FIGURES), self.tally.relations)
        ]
        one = sparse.identity(self.values.size, format="csr")
        for figure in (TEXT, NO_TEXT):
            same = np.ptp(self.values[:, figure], axis=0) == 0
            for c in range(1, n_classes):
                sums.append(one[number[c, figure, same]] - one[number[0, figure, same]])
        within, limits = [], []
        for inner, outer in ((HAND, PEOPLE), (PEOPLE, TEXT)):
            within.append(one[number[:, inner].reshape(-1)] - one[number[:, outer].reshape(-1)])
            limits.append((self.values[:, outer] - self.values[:, inner]).reshape(-1))
        low = -self.values.reshape(-1)
        return Programme(
            n_classes, n_groups, sparse.vstack(sums, format="csr"),
            sparse.vstack(within, format="csr"), np.concatenate(limits),
            low, np.full(self.values.size, LARGE_GROUP), np.zeros(self.values.size, dtype=bool),
        )  # fmt: skip

    def believed(self, deviation: Floats) -> Sizes:
        """Sizes of every line when those of the classes deviate."""
        values = self.values + deviation
        return Sizes(values[self.of_line, PEOPLE], values[self.of_line, HAND])
