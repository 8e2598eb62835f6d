"""What an outsider knows of some lines of a table, as constraints of a linear programme.

A variable for every figure, its deviation from the truth. Whatever holds of the truth and can be
known from outside is a constraint: sums over groups, counts within counts, families of themes,
the sizes of groups, the mark of the commonest theme. A deviation of a figure that is shown is
zero, so the deviations that are possible are the doubt that is left.

The outsider is given more than is published: shares without rounding, the number of the hand
coded, and whether anybody was found in a hidden cell of more people than is small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.programme import (
    EXPECTED,
    LARGE,
    LEVEL_OF,
    MACHINE,
    N_QUANTITIES,
    TOLERANCE,
    UNITS,
    WITH,
    Programme,
)
from ccgmine.prevalence.smallness import Hidden, Levels
from ccgmine.prevalence.tally import Tally

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix as Matrix

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

QUOTED_BY = "respondent_type"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes that an outsider may believe in: people and hand coded, (n_lines, n_groups)."""

    participants: Floats
    hand: Floats


def programme(
    tally: Tally, lines: Sequence[int], levels: Levels, sizes: Sizes | None, floor: float
) -> Programme:
    """The linear programme of some lines.

    Args:
        tally: The true figures.
        lines: Numbers of the lines, with all their families.
        levels: What is hidden for its own sake, of the whole table.
        sizes: What the sizes are taken for; None: what they are.
        floor: Of which cells it is known if anybody was found: those of more people than this.
    """
    maker = _Maker(tally, list(lines), levels[list(lines)], sizes, floor)
    maker.make()
    n = len(lines) * N_QUANTITIES * len(tally.groups)
    return Programme(
        len(lines), len(tally.groups),
        _matrix(maker.equal, n), _matrix([row for row, _ in maker.at_most], n),
        np.array([limit for _, limit in maker.at_most]), maker.low.reshape(-1),
        maker.high.reshape(-1), maker.unknown.reshape(-1),
    )  # fmt: skip


Row = list[tuple[int, float]]


def _matrix(rows: list[Row], n: int) -> Matrix:
    from scipy import sparse

    i = [r for r, row in enumerate(rows) for _ in row]
    j = [column for row in rows for column, _ in row]
    x = [value for row in rows for _, value in row]
    return sparse.csr_matrix((x, (i, j)), shape=(len(rows), n))


class _Maker:
    """Collects the constraints of a programme."""

    def __init__(
        self, tally: Tally, lines: list[int], levels: Levels, sizes: Sizes | None, floor: float
    ) -> None:
        t = self.tally = tally
        self.lines, self.levels, self.floor = lines, levels, floor
        sized: Bools = levels == Hidden.SIZE
        self.sized = sized
        # Where the sizes are the true ones, the truth itself must stay possible.
        self.moved = sized if sizes is not None else np.zeros_like(sized)
        self.n_groups = len(t.groups)
        self.people = (t.participants if sizes is None else sizes.participants)[lines]
        self.hand = (t.hand if sizes is None else sizes.hand)[lines]
        values = (t.with_theme, t.machine, t.expected, t.unit_with)
        self.value = np.stack([v[lines] for v in values], axis=1)
        self.there = ~np.isnan(self.value)
        # A line without any machine count has none to hide.
        self.used: Bools = np.asarray(self.there.any(axis=2))
        self.unknown = ~self.there & self.used[:, :, None]
        self.equal: list[Row] = []
        self.at_most: list[tuple[Row, float]] = []
        self.low = np.zeros(self.value.shape)
        self.high = np.zeros(self.value.shape)

    def make(self) -> None:
        self._bounds()
        self._marks()
        for k in range(len(self.lines)):
            self._sums(k)
            self._within(k)
            self._known_together(k)
        for whole, parts in self.tally.families:
            if whole in self.lines and set(parts) <= set(self.lines):
                self._family(self.lines.index(whole), [self.lines.index(p) for p in parts])

    def _at(self, k: int, q: int, g: int) -> int:
        return (k * N_QUANTITIES + q) * self.n_groups + g

    def _capacity(self) -> list[Floats]:
        t, lines = self.tally, self.lines
        expected = self.people if t.of_people else t.unit_total[lines]
        return [self.hand, self.people - self.hand, expected, t.unit_hand[lines]]

    def _bounds(self) -> None:
        for q, capacity in enumerate(self._capacity()):
            value, there = self.value[:, q], self.there[:, q]
            most = np.where(np.isnan(capacity), LARGE, capacity)
            self.low[:, q] = np.where(there, -np.nan_to_num(value), 0)
            self.high[:, q] = np.where(there, most - np.nan_to_num(value), 0)
            if q in (WITH, MACHINE):
                known = there & (value >= 1) & (most > self.floor) & ~self.sized
                self.low[:, q] += known & self._quoted(q)
            if q == UNITS or (q == EXPECTED and not self.tally.of_people):
                # How much was said by a group of hidden size is hidden too.
                self.low[:, q][self.sized & there] = -LARGE
                self.high[:, q][self.sized & there] = LARGE
            # A figure that is missing among others is unknown, not zero.
            unknown = self.unknown[:, q]
            self.low[:, q][unknown], self.high[:, q][unknown] = -LARGE, LARGE
        self.high = np.where(self.moved[:, None], self.high, np.maximum(self.high, 0))
        self.low = np.where(self.moved[:, None], self.low, np.minimum(self.low, 0))

    def _quoted(self, quantity: int) -> Bools:
        """Cells that a quote may name, so that they are known not to be empty.

        Quotes carry the respondent type and nothing else of a person. Where the whole line is
        hidden, only somebody of the largest type is quoted.
        """
        kinds = [group.name for group in self.tally.groups]
        typed = np.array([kind == QUOTED_BY for kind in kinds])
        whole = np.array([kind == "overall" for kind in kinds])
        quoted = np.tile(whole | typed, (len(self.lines), 1))
        for k in range(len(self.lines)):
            if typed.any() and self._is_whole_hidden(k, quantity):
                size = np.where(typed & ~self.sized[k], self.people[k], -1)
                quoted[k] = whole | (np.arange(len(kinds)) == size.argmax())
        return quoted

    def _is_whole_hidden(self, k: int, quantity: int) -> bool:
        whole = [g for g, group in enumerate(self.tally.groups) if not group.values]
        return bool((self.levels[k, whole] >= LEVEL_OF[quantity]).any())

    def _marks(self) -> None:
        """No theme of a group is commoner than the one marked so."""
        t = self.tally
        whole = t.participants if t.of_people else t.unit_total
        for g in range(self.n_groups):
            marked = np.flatnonzero(t.commonest[:, g])
            if not len(marked):
                continue
            top = np.max(t.expected[marked, g] / whole[marked, g])
            for k, line in enumerate(self.lines):
                # Families carry no mark, and can be commoner than the theme that does.
                if t.lines[line][1] != "direct" or line in marked:
                    continue
                if self.sized[k, g] or not self.there[k, EXPECTED, g]:
                    continue
                most = top * whole[line, g] - self.value[k, EXPECTED, g]
                at = k, EXPECTED, g
                self.high[at] = max(0.0, min(self.high[at], most))

    def _sums(self, k: int) -> None:
        for q in range(N_QUANTITIES):
            if not self.used[k, q] or not self._adds_up(k, q):
                continue
            for coefficients in self.tally.relations:
                groups = np.flatnonzero(coefficients).tolist()
                self.equal.append([(self._at(k, q, g), float(coefficients[g])) for g in groups])

    def _adds_up(self, k: int, q: int) -> bool:
        """Counts add up; estimates roughly, and what changes of them must then add up exactly.

        Medians are near means, and means add up. Figures that deviate from the truth by sums
        that are zero are as near to adding up as the truth is, so whoever believes in the one
        believes in the other, however well they know how near that is. Shares of the hand coded
        alone do not add up at all: they say what the hand counts say.
        """
        return q != EXPECTED or not bool(self.tally.of_hand_coded[self.lines[k]])

    def _within(self, k: int) -> None:
        """Counts within counts: those with the theme and those without are sure."""
        has = self.there[k]
        capacity = self._capacity()
        for g in range(self.n_groups):
            w, _, e, u = self.value[k, :, g]
            sized, moved = bool(self.sized[k, g]), bool(self.moved[k, g])
            spare = capacity[EXPECTED][k, g] - capacity[WITH][k, g]
            inner, n_inner = WITH, w
            if not self.tally.of_people:
                inner, n_inner = UNITS, u
                spare = capacity[EXPECTED][k, g] - capacity[UNITS][k, g]
            if has[EXPECTED, g] and has[inner, g] and (self.tally.of_people or not sized):
                self._pair(k, g, inner, EXPECTED, e - n_inner, spare, moved=moved)
            if has[UNITS, g] and has[WITH, g] and not sized:
                more = capacity[UNITS][k, g] - capacity[WITH][k, g]
                self._pair(k, g, WITH, UNITS, u - w, more, moved=False)

    def _pair(
        self, k: int, g: int, inner: int, outer: int, apart: float, most: float, *, moved: bool
    ) -> None:
        """``0 <= outer - inner <= most``, where they are ``apart`` in truth."""
        below, above = apart, most - apart
        if not moved:
            below, above = max(0.0, below), max(0.0, above)
        i, o = self._at(k, inner, g), self._at(k, outer, g)
        self.at_most.append(([(i, 1.0), (o, -1.0)], below))
        if not np.isnan(above):
            self.at_most.append(([(o, 1.0), (i, -1.0)], above))

    def _known_together(self, k: int) -> None:
        """Quotes say that somebody in the groups of hidden size, taken together, was found."""
        groups = self.tally.groups
        hidden = [g for g in range(self.n_groups) if groups[g].name == QUOTED_BY]
        hidden = [g for g in hidden if self.sized[k, g]]
        for q, capacity in ((WITH, self.hand), (MACHINE, self.people - self.hand)):
            total = float(np.nansum(self.value[k, q, hidden]))
            if not hidden or self._is_whole_hidden(k, q):
                continue
            if total >= 1 and capacity[k, hidden].sum() > self.floor:
                self.at_most.append(([(self._at(k, q, g), -1.0) for g in hidden], total - 1))

    def _family(self, whole: int, parts: list[int]) -> None:
        """Any of some themes is at least each of them, and at most their sum."""
        t = self.tally
        for g in range(self.n_groups):
            alike = all(
                t.participants[self.lines[p], g] == t.participants[self.lines[whole], g]
                and t.hand[self.lines[p], g] == t.hand[self.lines[whole], g]
                for p in parts
            )
            for q in (WITH, MACHINE, EXPECTED, UNITS):
                values = self.value[[whole, *parts], q, g]
                if not alike or np.isnan(values).any() or not parts:
                    continue
                top = self._at(whole, q, g)
                for part, value in zip(parts, values[1:], strict=True):
                    if values[0] >= value - TOLERANCE:
                        row = [(self._at(part, q, g), 1.0), (top, -1.0)]
                        self.at_most.append((row, max(0.0, values[0] - value)))
                if values[1:].sum() >= values[0] - TOLERANCE:
                    row = [(top, 1.0), *((self._at(p, q, g), -1.0) for p in parts)]
                    self.at_most.append((row, max(0.0, values[1:].sum() - values[0])))
