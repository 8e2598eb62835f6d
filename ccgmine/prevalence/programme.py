"""Linear programmes over deviations of a table's figures from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.smallness import Hidden, Levels

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix as Matrix

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

WITH, MACHINE, EXPECTED, UNITS = range(4)
N_QUANTITIES = 4
LEVEL_OF = (Hidden.THEME, Hidden.MACHINE, Hidden.THEME, Hidden.THEME)
TOLERANCE = 1e-6
LARGE = 1e7


@dataclass(slots=True)
class Programme:
    """Deviations of the figures of some lines.

    equal, at_most: sparse matrices over all variables, with ``at_most @ d <= limit``.
    low, high: bounds of the deviations were everything hidden. unknown: figures that the table
    does not have, and nobody knows. Variables are numbered
    line by line, in these quantity by quantity, in these group by group.
    """

    n_lines: int
    n_groups: int
    equal: Matrix
    at_most: Matrix
    limit: Floats
    low: Floats
    high: Floats
    unknown: Bools

    def variable(self, line: int, quantity: int, group: int) -> int:
        """Number of a variable; ``line`` counts from the first of this programme."""
        return (line * N_QUANTITIES + quantity) * self.n_groups + group

    def free(self, levels: Levels) -> Bools:
        """Which variables are hidden; ``levels`` (n_lines, n_groups)."""
        free = np.stack([levels >= least for least in LEVEL_OF], axis=1)
        return free.reshape(-1) | self.unknown

    def is_possible(self, free: Bools) -> bool:
        """Whether anything at all can be believed when only what is ``free`` is hidden."""
        nothing = np.zeros(len(self.low))
        matrices = self.equal, self.at_most, self.limit
        return solve(nothing, *matrices, self.low, self.high, free) is not None

    def reach(self, ways: Sequence[Sequence[tuple[int, float]]], free: Bools) -> list[Floats]:
        """Deviations that come as near as possible to goals.

        Args:
            ways: For each set of deviations wanted: variables with the deviation wanted of each,
                none of them 0 and no variable twice, the first before all others.
            free: What is hidden.
        """
        from scipy import sparse

        cost = np.zeros((len(ways), len(self.low)))
        low, high = np.tile(self.low, (len(ways), 1)), np.tile(self.high, (len(ways), 1))
        for i, goals in enumerate(ways):
            for variable, wanted in goals:
                cost[i, variable] = -1 / wanted
                if wanted > 0:
                    high[i, variable] = min(high[i, variable], wanted)
                else:
                    low[i, variable] = max(low[i, variable], wanted)
            cost[i, goals[0][0]] *= 2 * len(goals)
        columns = np.flatnonzero(free)
        copies = sparse.identity(len(ways), format="csr")
        found = solve(
            cost[:, columns].reshape(-1),
            sparse.kron(copies, self.equal[:, columns], format="csr"),
            sparse.kron(copies, self.at_most[:, columns], format="csr"),
            np.tile(self.limit, len(ways)),
            low[:, columns].reshape(-1),
            high[:, columns].reshape(-1),
            np.ones(len(ways) * len(columns), dtype=bool),
        )
        if found is None:
            raise RuntimeError("the table contradicts itself")
        deviations = np.zeros_like(cost)
        deviations[:, columns] = found.reshape(len(ways), len(columns))
        return list(deviations)

    def cheapest(
        self, cost: Floats, free: Bools, goal: tuple[int, float] | None
    ) -> tuple[Floats, float] | None:
        """Deviations that reach a goal by moving as little as possible of what is shown.

        Args:
            cost: Of moving each variable by one; counted only for what is not free.
            free: What is hidden already.
            goal: A variable and the deviation it must reach; None: any that is possible at all.

        Returns:
            The deviations and their cost; None if the goal is out of reach.
        """
        from scipy import sparse

        low, high = self.low.copy(), self.high.copy()
        if goal is not None:
            variable, wanted = goal
            if not low[variable] - TOLERANCE <= wanted <= high[variable] + TOLERANCE:
                return None
            if wanted > 0:
                low[variable] = max(low[variable], wanted)
            else:
                high[variable] = min(high[variable], wanted)
        hidden, shown = np.flatnonzero(free), np.flatnonzero(~free)
        nothing = np.zeros(len(shown))

        def columns(matrix: Matrix) -> Matrix:
            # Up and down are variables of their own where they cost.
            parts = [matrix[:, hidden], matrix[:, shown], -matrix[:, shown]]
            return sparse.hstack(parts, format="csr")

        found = solve(
            np.concatenate([np.zeros(len(hidden)), cost[shown], cost[shown]]),
            columns(self.equal), columns(self.at_most), self.limit,
            np.concatenate([low[hidden], nothing, nothing]),
            np.concatenate([high[hidden], high[shown], -low[shown]]),
            np.ones(len(hidden) + 2 * len(shown), dtype=bool),
        )  # fmt: skip
        if found is None:
            return None
        up, down = np.split(found[len(hidden) :], 2)
        deviation = np.zeros(len(low))
        deviation[hidden], deviation[shown] = found[: len(hidden)], up - down
        deviation[np.abs(deviation) < TOLERANCE] = 0
        return deviation, float(np.abs(deviation[shown]) @ cost[shown])


def solve(
    cost: Floats,
    equal: Matrix,
    at_most: Matrix,
    limit: Floats,
    low: Floats,
    high: Floats,
    free: Bools,
) -> Floats | None:
    """The variables of least cost, those not free at 0; None if the constraints exclude all."""
    from scipy.optimize import linprog

    columns = np.flatnonzero(free & (high - low > TOLERANCE / 10))
    fixed = np.where(free, np.clip(0.0, low, np.maximum(low, high)), 0.0)
    fixed[columns] = 0
    limit = limit - at_most @ fixed
    balance = -(equal @ fixed)
    a, b = at_most[:, columns], equal[:, columns]
    left, right = np.diff(a.indptr) > 0, np.diff(b.indptr) > 0
    if (limit[~left] < -TOLERANCE).any() or (np.abs(balance[~right]) > TOLERANCE).any():
        return None
    found = fixed
    if not len(columns):
        return found
    result = linprog(
        cost[columns],
        A_ub=a[left] if left.any() else None, b_ub=limit[left] if left.any() else None,
        A_eq=b[right] if right.any() else None, b_eq=balance[right] if right.any() else None,
        bounds=np.stack([low[columns], high[columns]], axis=1), method="highs",
    )  # fmt: skip
    if result.status != 0:
        return None
    found[columns] = result.x
    return found
