"""Linear programmes over deviations of a table's figures from the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
# Of reaching a goal; far more than what is shown costs to move, wherever it is.
REWARD = 1e6


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

    def is_possible(self, free: Bools, among: Bools) -> bool:
        """Whether anything at all can be believed of some lines when only ``free`` is hidden."""
        nothing = np.zeros(len(self.low))
        low, high = self.low * among, self.high * among
        # Of other lines nothing is asked.
        equal, at_most, limit = self._rows(among)
        return solve(nothing, equal, at_most, limit, low, high, free & among) is not None

    def _rows(self, among: Bools) -> tuple[Matrix, Matrix, Floats]:
        """The constraints on some lines; none ties lines of different families together."""
        own = among.astype(float)
        which = (abs(self.at_most) @ own) > 0
        return self.equal[(abs(self.equal) @ own) > 0], self.at_most[which], self.limit[which]

    def reach(self, ways: Mapping[int, float], weights: Floats, free: Bools) -> Floats:
        """Deviations that come as near as possible to several goals.

        Args:
            ways: The deviation wanted of variables, never 0.
            weights: (n_variables,) of reaching it.
            free: What may deviate.
        """
        nothing = np.zeros(len(self.low))
        low, high, cost = self._towards(ways.items(), nothing, weights)
        equal, at_most, limit = self._rows(free)
        found = solve(cost, equal, at_most, limit, low, high, free)
        if found is None:
            raise RuntimeError("the table contradicts itself")
        return found

    def _towards(
        self, goals: Iterable[tuple[int, float]], cost: Floats, weights: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Bounds that end where goals are reached, and costs that fall on the way there."""
        low, high, cost = self.low.copy(), self.high.copy(), cost.copy()
        for variable, wanted in goals:
            cost[variable] = -weights[variable] / wanted
            if wanted > 0:
                high[variable] = min(high[variable], wanted)
            else:
                low[variable] = max(low[variable], wanted)
        return low, high, cost

    def cheapest(
        self, cost: Floats, free: Bools, goals: Sequence[tuple[int, float]], among: Bools
    ) -> Floats | None:
        """Deviations that reach goals, where they can, by moving little of what is shown.

        Args:
            cost: Of moving each variable by one; counted only for what is not free.
            free: What is hidden already; all variables of goals are.
            goals: Variables and the deviations that they should reach.
            among: The variables that may move.

        Returns:
            The deviations; None if nothing is possible at all.
        """
        from scipy import sparse

        nothing = np.zeros(len(self.low))
        low, high, gain = self._towards(goals, nothing, np.full(len(self.low), REWARD))
        hidden, shown = np.flatnonzero(free & among), np.flatnonzero(~free & among)
        equal, at_most, limit = self._rows(among)

        def columns(matrix: Matrix) -> Matrix:
            # Up and down are variables of their own where they cost.
            parts = [matrix[:, hidden], matrix[:, shown], -matrix[:, shown]]
            return sparse.hstack(parts, format="csr")

        zero = np.zeros(len(shown))
        found = solve(
            np.concatenate([gain[hidden], cost[shown], cost[shown]]),
            columns(equal), columns(at_most), limit,
            np.concatenate([low[hidden], *np.maximum(zero, (low[shown], -high[shown]))]),
            np.concatenate([high[hidden], *np.maximum(zero, (high[shown], -low[shown]))]),
            np.ones(len(hidden) + 2 * len(shown), dtype=bool),
        )  # fmt: skip
        if found is None:
            return None
        up, down = np.split(found[len(hidden) :], 2)
        deviation = np.zeros(len(low))
        deviation[hidden], deviation[shown] = found[: len(hidden)], up - down
        deviation[np.abs(deviation) < TOLERANCE] = 0
        return deviation


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
