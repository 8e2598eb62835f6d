"""Which further figures must be hidden so that no hidden one can be worked out: found and audited.

After Fischetti & Salazar 2001 (Management Science 47:1008-1027) and Kelly, Golden & Assad 1992
(Networks 22:397-417): a hidden figure is safe when the linear programme of what can be believed
reaches both ends of the range that must stay possible. Where it does not, the cheapest way there
through figures that are shown is found by another linear programme, and these are hidden as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.goals import Goal, Goals, goals_of, together
from ccgmine.prevalence.knowledge import Sizes, programme
from ccgmine.prevalence.programme import (
    EXPECTED,
    LEVEL_OF,
    MACHINE,
    N_QUANTITIES,
    TOLERANCE,
    WITH,
    Programme,
)
from ccgmine.prevalence.smallness import Hidden, Levels
from ccgmine.prevalence.tally import Tally, components

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

# The line that every reader looks for first is hidden only when nothing else helps.
COST_OF_WHOLE = 1e3
COST_OF_MACHINE = 0.1
# Lines are searched together up to so many variables: larger programmes take more than their share.
TOGETHER = 6000
# Lines that are not safe after so many rounds are hidden in whole groupings; large families sooner.
ROUNDS = 12
LARGE_FAMILY = 2000
ROUNDS_OF_LARGE = 1
# In a large family, a cross that is mostly hidden is hidden altogether.
MOSTLY = 0.5
# Where no more rows than these were hidden for others, each is tried to be shown again.
WORTH_TIDYING = 20


@dataclass(frozen=True, slots=True)
class Protected:
    """levels: what must be hidden. coarse: whether groups were hidden together to save a search."""

    levels: Levels
    coarse: bool


class Search:
    """Hides rows of some lines until every goal can be reached.

    Families of lines have nothing to do with each other; they are searched side by side, in
    programmes of them all.
    """

    def __init__(
        self,
        tally: Tally,
        families: Sequence[Sequence[int]],
        levels: Levels,
        below: int,
        *,
        zeros: bool,
    ) -> None:
        self.lines = [line for family in families for line in family]
        self.family_of = np.repeat(np.arange(len(families)), [len(f) for f in families])
        self.tally, self.below, self.zeros = tally, below, zeros
        self.all_primary = levels
        self.levels: Levels = levels[self.lines]
        self.primary = self.levels.copy()
        # A quote from a hidden cell says that it is not empty.
        self.floor = np.inf if zeros else below
        self.programme = programme(tally, self.lines, levels, None, self.floor)
        n = len(self.programme.low)
        self.family: Ints = np.repeat(self.family_of, n // len(self.lines))
        self.believed: list[Programme] = []
        self.cost = self._costs()
        self.goals: dict[tuple[int, int, int], list[Goal]] = {}
        self.everybody = self._everybody()
        self.given_up: Bools = np.zeros(len(families), dtype=bool)
        self.coarse = False
        largest = np.bincount(self.family).max()
        self.is_large = bool(largest > LARGE_FAMILY)
        self.rounds = ROUNDS_OF_LARGE if self.is_large else ROUNDS
        self.found: list[Floats] = []
        self.lowest, self.highest = np.zeros(n), np.zeros(n)

    def _costs(self) -> Floats:
        t = self.tally
        people = t.participants[self.lines] + 2
        whole = np.array([not group.values for group in t.groups])
        people = people / people.max() * np.where(whole, COST_OF_WHOLE, 1)
        cost = np.stack([people] * N_QUANTITIES, axis=1)
        cost[:, MACHINE] *= COST_OF_MACHINE
        # So that of equally cheap ways the same is taken always.
        cost *= 1 + 1e-4 * np.linspace(0, 1, t.participants.shape[1])
        found: Floats = cost.reshape(-1)
        return found

    def _everybody(self) -> Bools:
        """Where everybody raised it: (2, n_lines, n_groups), as counted and as estimated."""
        t, lines = self.tally, self.lines
        counted = (t.with_theme == t.hand)[lines]
        estimated = (t.expected >= t.participants - TOLERANCE)[lines] & t.of_people
        return np.stack([counted, estimated])

    def _goes_without_saying(self) -> Bools:
        """Figures of groups that lie in one of which "everybody" is said, as it may be."""
        found = np.zeros((len(self.lines), N_QUANTITIES, len(self.tally.groups)), dtype=bool)
        if not self.zeros:
            values = [set(group.values) for group in self.tally.groups]
            within = np.array([[large < small for small in values] for large in values])
            said = self.everybody & (self.levels < Hidden.THEME)
            found[:, [WITH, EXPECTED]] = (self.everybody & (said @ within)).transpose(1, 0, 2)
        return found.reshape(-1)

    def run(self, sizes: Sequence[Sizes]) -> Levels:
        """Hide until the figures are safe, and each of ``sizes`` is possible."""
        self.believed = [
            programme(self.tally, self.lines, self.all_primary, s, self.floor) for s in sizes
        ]
        for believed in self.believed:
            for families in self._all_or_each():
                way = believed.cheapest(self.cost, self._free(families), (), self._of(families))
                if way is not None:
                    self._hide(way)
                    if len(families) > 1:
                        break
                elif len(families) == 1:
                    self._hide_lines(families, most=-1)
        every = np.arange(len(self.given_up))
        if self.is_large:
            self._run_large(every)
        for number in range(1000):
            far = self._reach(every)
            if not len(far):
                break
            late = number // self.rounds
            if late == 0 or number >= 3 * self.rounds:
                self._open(far)
            else:
                self.coarse = True
                self._hide_lines(np.unique(self.family[far.variable]), most=2 - late)
        self._tidy()
        return self.levels

    def _run_large(self, every: Ints) -> None:
        """Make most of a large family safe with few programmes: whole groupings are hidden."""
        several = np.array([len(group.values) > 1 for group in self.tally.groups])
        if several.any() and (self.levels[:, several] >= Hidden.THEME).mean() > MOSTLY:
            self._hide_lines(every, most=1)
            self.coarse = True
        for number in range(4):
            self._reach_apart(every)
            goals = self._unmet(every)
            if not len(goals):
                return
            ways = dict(zip(goals.variable.tolist(), goals.one.tolist(), strict=True))
            self._remember(self.programme.reach(ways, np.ones(len(self.cost)), self._free(every)))
            goals = self._unmet(every)
            n_each = N_QUANTITIES * len(self.tally.groups)
            lines = np.unique(goals.variable // n_each)
            if number == 0:
                first = goals[np.unique(goals.variable, return_index=True)[1]]
                free = self._free(every)
                some = list(zip(first.variable.tolist(), first.one.tolist(), strict=True))
                way = self.programme.cheapest(self.cost, free, some, self._of(every))
                if way is not None:
                    self._hide(way)
                    self._remember(way)
            elif len(lines):
                self.coarse = True
                groups = np.array([len(g.values) > 1 - number for g in self.tally.groups])
                self.levels[np.ix_(lines, groups)] = np.maximum(
                    self.levels[np.ix_(lines, groups)], Hidden.THEME
                )

    def _all_or_each(self) -> list[Ints]:
        """All families at once; where that cannot be, each."""
        n = len(self.given_up)
        every = [np.arange(n)] if n > 1 else []
        return every + [np.array([i]) for i in range(n)]

    def _of(self, families: Ints) -> Bools:
        """The variables of families."""
        found: Bools = np.isin(self.family, families)
        return found

    def _free(self, families: Ints) -> Bools:
        return self.programme.free(self.levels) & self._of(families)

    def _unmet(self, families: Ints) -> Goals:
        found: list[tuple[float, ...]] = []
        wanted = np.isin(self.family_of, families) & ~self.given_up[self.family_of]
        for k, g in np.argwhere((self.levels > 0) & wanted[:, None]).tolist():
            at = self.lines[k], g, int(self.levels[k, g])
            if at not in self.goals:
                self.goals[at] = goals_of(self.tally, *at, self.below, zeros=self.zeros)
            found += [(self.programme.variable(k, q, g), *ways) for q, *ways in self.goals[at]]
        numbers = np.array(found).reshape(-1, 4)
        goals = Goals(numbers[:, 0].astype(np.intp), *numbers[:, 1:].T)
        met = goals.met(self.lowest, self.highest)
        return goals[~(met | self._goes_without_saying()[goals.variable])]

    def _remember(self, found: Floats) -> None:
        """What was possible once stays so: hiding more only adds to what can be believed."""
        self.found.append(found)
        self.lowest = np.minimum(self.lowest, found)
        self.highest = np.maximum(self.highest, found)

    def _reach(self, families: Ints) -> Goals:
        """Find what can be believed as things are: of every family a goal out of reach, if any.

        In each round a family's first goal weighs more than all others: it is reached or out
        of reach.
        """
        goals = self._unmet(families)
        tried = np.zeros(len(goals), dtype=bool)
        far: list[Goals] = []
        forward = True
        while len(goals):
            family = self.family[goals.variable]
            active, firsts = np.unique(family, return_index=True)
            wanted = np.where(tried, goals.other, goals.one)
            order = np.arange(len(goals))[:: -1 if forward else 1]
            ways = {int(goals.variable[i]): float(wanted[i]) for i in [*order, *firsts]}
            weights = np.ones(len(self.cost))
            weights[goals.variable[firsts]] = 2.0 * np.bincount(family)[active]
            self._remember(self.programme.reach(ways, weights, self._free(active)))
            unmet = ~goals.met(self.lowest, self.highest)
            lost = firsts[unmet[firsts] & (tried | (goals.one == goals.other))[firsts]]
            far.append(goals[lost])
            tried[firsts] = True
            unmet &= ~np.isin(family, family[lost])
            goals, tried = goals[unmet], tried[unmet]
            forward = not forward
        return together(far)

    def _reach_apart(self, families: Ints) -> None:
        """Find much of what can be believed, by small programmes of one quantity each."""
        shape = len(self.lines), N_QUANTITIES, len(self.tally.groups)
        quantity = np.broadcast_to(np.arange(N_QUANTITIES)[:, None], shape).reshape(-1)
        weights = np.ones(len(self.cost))
        for q in range(N_QUANTITIES):
            free = self._free(families) & (quantity == q)
            left = np.inf
            for turn in range(8):
                goals = self._unmet(families)
                goals = goals[quantity[goals.variable] == q]
                if not len(goals) or (turn % 2 == 0 and len(goals) > 0.98 * left):
                    break
                left = len(goals) if turn % 2 == 0 else left
                both = (goals.one, goals.other) if turn % 4 < 2 else (goals.other, goals.one)
                order = np.arange(len(goals))[:: 1 if turn % 2 else -1]
                ways = {int(goals.variable[i]): float(both[0][i]) for i in order}
                self._remember(self.programme.reach(ways, weights, free))

    def _open(self, goals: Goals) -> None:
        """Hide the cheapest rows through which goals, of as many families, come in reach."""
        done = np.zeros(len(goals), dtype=bool)
        ways = []
        for wanted in (goals.one, goals.other):
            free = self._free(self.family[goals.variable])
            some = list(zip(goals.variable.tolist(), wanted.tolist(), strict=True))
            way = self.programme.cheapest(
                self.cost, free, some, self._of(self.family[goals.variable])
            )
            ways.append(way)
            if (goals.one == goals.other).all():
                break
        for i, variable in enumerate(goals.variable.tolist()):
            own = self.family == self.family[variable]
            good = [
                way * own
                for way, wanted in zip(ways, (goals.one[i], goals.other[i]), strict=False)
                if way is not None and way[variable] * np.sign(wanted) >= abs(wanted) - TOLERANCE
            ]
            if good:
                shown = ~self.programme.free(self.levels)
                best = min(good, key=lambda way: float(np.abs(way[shown]) @ self.cost[shown]))
                self._hide(best)
                self._remember(best)
                done[i] = True
        for family in self.family[goals.variable[~done]].tolist():
            # What is known without the table (that it says nobody) leaves no more doubt.
            self._hide_lines(np.array([family]), most=-1)
            self.given_up[family] = True

    def _hide(self, deviation: Floats) -> None:
        moved = (deviation != 0) & ~self.programme.unknown
        moved = moved.reshape(len(self.lines), N_QUANTITIES, -1)
        for quantity, level in enumerate(LEVEL_OF):
            np.maximum(self.levels, level, out=self.levels, where=moved[:, quantity])

    def _hide_lines(self, families: Ints, *, most: int) -> None:
        """Hide all that families say of themes of groups by more than ``most`` attributes."""
        groups = np.array([len(group.values) > most for group in self.tally.groups])
        which = np.isin(self.family_of, families)[:, None] & groups
        np.maximum(self.levels, Hidden.THEME, out=self.levels, where=which)

    def _tidy(self) -> None:
        """Show again what was hidden and is not needed: the dearest rows of every family."""
        cost = self.cost.reshape(len(self.lines), N_QUANTITIES, -1)[:, WITH]
        further = self.levels > self.primary
        further[self.given_up[self.family_of]] = False
        if further.sum() > WORTH_TIDYING:
            return
        tries: dict[int, list[tuple[int, int]]] = {}
        for k, g in sorted(np.argwhere(further).tolist(), key=lambda kg: -cost[kg[0], kg[1]]):
            tries.setdefault(int(self.family_of[k]), []).append((k, g))
        for number in range(max(map(len, tries.values()), default=0)):
            self._show_again([of[number] for of in tries.values() if number < len(of)])

    def _show_again(self, rows: Sequence[tuple[int, int]]) -> None:
        """Show rows, each of another family, if their families stay safe."""
        levels, found = self.levels.copy(), list(self.found)
        for k, g in rows:
            self.levels[k, g] = self.primary[k, g]
        families = self.family_of[[k for k, _ in rows]]
        # What was found stays true of the families that it still suits.
        starts = np.searchsorted(self.family, np.arange(len(self.given_up)))
        off = np.array(found) * ~self.programme.free(self.levels) != 0
        suits = ~np.logical_or.reduceat(off, starts, axis=1)[:, self.family]
        self.found = list(np.array(found) * suits)
        self._summarise()
        bad = np.zeros(len(self.given_up), dtype=bool)
        bad[self.family[self._reach(families).variable]] = True
        for believed in self.believed:
            good = families[~bad[families]]
            if believed.is_possible(self._free(good), self._of(good)):
                continue
            for family in good.tolist():
                one = np.array([family])
                bad[family] = not believed.is_possible(self._free(one), self._of(one))
        undo = bad[self.family]
        self.levels[bad[self.family_of]] = levels[bad[self.family_of]]
        for i, before in enumerate(found):
            self.found[i] = np.where(undo, before, self.found[i])
        self._summarise()

    def _summarise(self) -> None:
        self.lowest = np.min(self.found, axis=0, initial=0)
        self.highest = np.max(self.found, axis=0, initial=0)


def protect(tally: Tally, levels: Levels, below: int, *, zeros: bool) -> Protected:
    """Hide further rows until no hidden figure can be worked out.

    Args:
        tally: The true figures.
        levels: (n_lines, n_groups) what is hidden for its own sake.
        below: Figures from 1 to ``below`` - 1 are small.
        zeros: Whether nobody and everybody are hidden too.
    """
    from ccgmine.prevalence.group_sizes import protect_sizes

    levels, sizes = protect_sizes(tally, levels, below)
    found, coarse = levels.copy(), False
    for families in _batches(tally, levels):
        search = Search(tally, families, levels, below, zeros=zeros)
        found[search.lines] = search.run(sizes)
        coarse |= search.coarse
    return Protected(found, coarse)


def _batches(tally: Tally, levels: Levels) -> Iterator[list[list[int]]]:
    """Families of lines in which something is hidden, as many together as are solved at once."""
    batch: list[list[int]] = []
    size = 0
    for family in components(len(tally.lines), tally.families):
        if not levels[family].any():
            continue
        n = len(family) * N_QUANTITIES * len(tally.groups)
        if batch and size + n > TOGETHER:
            yield batch
            batch, size = [], 0
        batch.append(family)
        size += n
    if batch:
        yield batch
