"""Which further figures must be hidden so that no hidden one can be worked out: found and audited.

After Fischetti & Salazar 2001 (Management Science 47:1008-1027) and Kelly, Golden & Assad 1992
(Networks 22:397-417): a hidden figure is safe when the linear programme of what can be believed
reaches both ends of the range that must stay possible. Where it does not, the cheapest way there
through figures that are shown is found by another linear programme, and these are hidden as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.knowledge import Sizes, programme
from ccgmine.prevalence.programme import (
    EXPECTED,
    LEVEL_OF,
    MACHINE,
    N_QUANTITIES,
    TOLERANCE,
    UNITS,
    WITH,
    Programme,
)
from ccgmine.prevalence.smallness import Hidden, Levels, is_small, protected_range
from ccgmine.prevalence.tally import Tally, components

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# The line that every reader looks for first is hidden only when nothing else helps.
COST_OF_WHOLE = 1e5
COST_OF_MACHINE = 0.1
WORTH_TIDYING = 40
# So many goals met by one programme are worth another; then each gets one of its own.
FEW = 3
# Variables of the copies that are solved together: larger programmes take more than their share.
TOGETHER = 2000


@dataclass(frozen=True, slots=True)
class Goal:
    """A deviation that must be possible for a variable, or any one of several."""

    variable: int
    deviations: tuple[float, ...]


def goals_of(
    tally: Tally, line: int, group: int, level: int, below: int, *, zeros: bool
) -> list[tuple[int, tuple[float, ...]]]:
    """What must stay possible of one row: quantities with deviations, one of which will do.

    A small figure must reach both ends of its protected range; any other hidden figure must not
    be pinned, except that nobody and everybody may be, where zeros are shown.
    """
    t, at = tally, (line, group)
    found: list[tuple[int, tuple[float, ...]]] = []
    whole = t.participants[at] if t.of_people else t.unit_total[at]
    figures = [
        (WITH, t.with_theme[at], t.hand[at]),
        (MACHINE, t.machine[at], t.participants[at] - t.hand[at]),
        (EXPECTED, t.expected[at], whole),
        (UNITS, t.unit_with[at], t.unit_hand[at]),
    ]
    for quantity, value, most in figures:
        if level < LEVEL_OF[quantity] or np.isnan(value) or np.isnan(most) or most <= 0:
            continue
        people = quantity in (WITH, MACHINE) or (quantity == EXPECTED and t.of_people)
        ends: set[float] = set()
        both = (value, most - value) if quantity in (WITH, EXPECTED) else (value,)
        for side, figure in enumerate(both):
            if people and bool(is_small(np.array(figure), below, zeros=zeros)):
                low, high = protected_range(figure, most, below, zeros=zeros)
                sign = -1 if side else 1
                ends |= {sign * (low - figure), sign * (high - figure)}
        found += [(quantity, (end,)) for end in sorted(ends) if abs(end) > TOLERANCE]
        if not ends and 0.5 <= value <= most - 0.5:
            step = min(1.0, value, most - value)
            found.append((quantity, (step, -step)))
    return found


class Search:
    """Hides rows of some lines until every goal can be reached; ``levels`` changes in place."""

    def __init__(
        self, tally: Tally, lines: Sequence[int], levels: Levels, below: int, *, zeros: bool
    ) -> None:
        self.tally, self.lines, self.below, self.zeros = tally, list(lines), below, zeros
        self.all_primary = levels
        self.levels: Levels = levels[self.lines]
        self.primary = self.levels.copy()
        # A quote from a hidden cell says that it is not empty.
        self.floor = np.inf if zeros else below
        self.programme = programme(tally, lines, levels, None, self.floor)
        self.believed: list[Programme] = []
        self.cost = self._costs()
        self.goals: dict[tuple[int, int, int], list[tuple[int, tuple[float, ...]]]] = {}
        self.given_up: set[Goal] = set()
        self.found: list[Floats] = []
        self.lowest = np.zeros(len(self.cost))
        self.highest = np.zeros(len(self.cost))

    def _costs(self) -> Floats:
        t = self.tally
        people = t.participants[self.lines] + 2
        whole = np.array([not group.values for group in t.groups])
        people = people * np.where(whole, COST_OF_WHOLE, 1)
        cost = np.stack([people] * N_QUANTITIES, axis=1)
        cost[:, MACHINE] *= COST_OF_MACHINE
        # So that of equally cheap ways the same is taken always.
        cost *= 1 + 1e-4 * np.linspace(0, 1, t.participants.shape[1])
        found: Floats = cost.reshape(-1)
        return found

    def run(self, sizes: Sequence[Sizes]) -> Levels:
        """Hide until the figures are safe, and each of ``sizes`` is possible."""
        self.believed = [
            programme(self.tally, self.lines, self.all_primary, s, self.floor) for s in sizes
        ]
        for believed in self.believed:
            way = believed.cheapest(self.cost, believed.free(self.levels), None)
            if way is None:
                np.maximum(self.levels, Hidden.THEME, out=self.levels)
            else:
                self._hide(way[0])
        while out_of_reach := self._reach():
            for goal in out_of_reach:
                if not self._is_met(goal):
                    self._open_way(goal)
        self._tidy()
        return self.levels

    def _unmet(self) -> list[Goal]:
        found = []
        for k, line in enumerate(self.lines):
            for g in np.flatnonzero(self.levels[k]).tolist():
                level = int(self.levels[k, g])
                for q, deviations in self._goals_of(line, g, level):
                    found.append(Goal(self.programme.variable(k, q, g), deviations))
        return [g for g in found if g not in self.given_up and not self._is_met(g)]

    def _goals_of(self, line: int, group: int, level: int) -> list[tuple[int, tuple[float, ...]]]:
        at = line, group, level
        if at not in self.goals:
            self.goals[at] = goals_of(self.tally, line, group, level, self.below, zeros=self.zeros)
        return self.goals[at]

    def _is_met(self, goal: Goal) -> bool:
        low, high = self.lowest[goal.variable], self.highest[goal.variable]
        return any(low - TOLERANCE <= d <= high + TOLERANCE for d in goal.deviations)

    def _remember(self, found: Floats) -> None:
        """What was possible once stays so: hiding more only adds to what can be believed."""
        self.found.append(found)
        self.lowest = np.minimum(self.lowest, found)
        self.highest = np.maximum(self.highest, found)

    def _reach(self) -> list[Goal]:
        """Find what can be believed as things are; the goals that cannot be reached."""
        free = self.programme.free(self.levels)
        goals = self._unmet()
        while goals:
            for found in self.programme.reach([_first_ways(goals)], free):
                self._remember(found)
            before, goals = len(goals), [goal for goal in goals if not self._is_met(goal)]
            if before - len(goals) < FEW:
                break
        at_once = max(1, TOGETHER // max(1, int(free.sum())))
        for which in (0, -1):
            for start in range(0, len(goals), at_once):
                some = [goal for goal in goals[start : start + at_once] if not self._is_met(goal)]
                ways = [_first_ways([goal, *goals], which) for goal in some]
                for found in self.programme.reach(ways, free) if ways else ():
                    self._remember(found)
            goals = [goal for goal in goals if not self._is_met(goal)]
        return goals

    def _open_way(self, goal: Goal) -> None:
        free = self.programme.free(self.levels)
        ways = [
            way
            for d in goal.deviations
            if (way := self.programme.cheapest(self.cost, free, (goal.variable, d)))
        ]
        if not ways:
            # What is known without the table (that it says nobody) leaves no more doubt.
            np.maximum(self.levels, Hidden.THEME, out=self.levels)
            self.given_up.add(goal)
            return
        deviation, _ = min(ways, key=lambda way: way[1])
        self._hide(deviation)
        self._remember(deviation)

    def _hide(self, deviation: Floats) -> None:
        moved = (deviation != 0) & ~self.programme.unknown
        moved = moved.reshape(len(self.lines), N_QUANTITIES, -1)
        for quantity, level in enumerate(LEVEL_OF):
            np.maximum(self.levels, level, out=self.levels, where=moved[:, quantity])

    def _tidy(self) -> None:
        """Show again what was hidden and is not needed, the dearest first."""
        further = np.argwhere(self.levels > self.primary)
        if len(further) > WORTH_TIDYING:
            return
        cost = self.cost.reshape(len(self.lines), N_QUANTITIES, -1)[:, WITH]
        for k, g in sorted(further.tolist(), key=lambda at: -cost[at[0], at[1]]):
            before = self.levels[k, g], self.found, self.lowest, self.highest
            self.levels[k, g] = self.primary[k, g]
            shown = ~self.programme.free(self.levels)
            self.found = [f for f in self.found if not f[shown].any()]
            nothing = np.zeros_like(self.cost)
            self.lowest = np.minimum.reduce([nothing, *self.found])
            self.highest = np.maximum.reduce([nothing, *self.found])
            if not self._is_safe():
                self.levels[k, g], self.found, self.lowest, self.highest = before

    def _is_safe(self) -> bool:
        possible = all(one.is_possible(one.free(self.levels)) for one in self.believed)
        return possible and not self._reach()


def _first_ways(goals: Sequence[Goal], which: int = 0) -> list[tuple[int, float]]:
    """One deviation for every variable, that of the first goal that wants one of it."""
    found: dict[int, float] = {}
    for goal in goals:
        found.setdefault(goal.variable, goal.deviations[which])
    return list(found.items())


def protect(tally: Tally, levels: Levels, below: int, *, zeros: bool) -> Levels:
    """Hide further rows until no hidden figure can be worked out.

    Args:
        tally: The true figures.
        levels: (n_lines, n_groups) what is hidden for its own sake.
        below: Figures from 1 to ``below`` - 1 are small.
        zeros: Whether nobody and everybody are hidden too.

    Returns:
        (n_lines, n_groups) what must be hidden.
    """
    from ccgmine.prevalence.group_sizes import protect_sizes

    levels, sizes = protect_sizes(tally, levels, below)
    found = levels.copy()
    for lines in components(len(tally.lines), tally.families):
        if levels[lines].any():
            found[lines] = Search(tally, lines, levels, below, zeros=zeros).run(sizes)
    return found
