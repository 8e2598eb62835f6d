"""The share of a group's talk, in segments or words, that carries a theme.

Participants are the sampling units, because one person's segments are alike. Those hand coded are
known; what the others' talk carries is taken from the machine's probabilities, corrected by how
far these were off among the hand coded: the difference estimator with a ratio to size (Saerndal,
Swensson & Wretman 1992, Model Assisted Survey Sampling, sections 6.3 and 7.3). With t the units of
a person that carry the theme by hand, m by machine and z all their units, over a group's people U
and the hand coded s among them,

    T = lambda sum_U m + r sum_U z,    r = sum_s (t - lambda m) / sum_s z,    share = T / sum_U z,

lambda the regression within groups, one a theme. The hand coded's residuals sum to 0, so that T is
what is known of them plus what is foretold of the others.

A group has few people hand coded, too few for a variance of its own. The variance of a person's
residual against share (1 - share) is pooled over groups: so many people are worth one independent
unit. The interval is Wilson's at the sample size that this and the finite population make the hand
coded worth, with Student's t (in the manner of Korn & Graubard 1998, Survey Methodology
24:193-201). Two things keep the variance honest: a residual is taken as if lambda had been found
without its person, and t has as many degrees of freedom as the residuals' fourth moment leaves,
because a few talkative people can make up most of a variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

LEAST_CODED = 2
# With fewer hand coded beyond the first of each group, how far to follow the machine is not known.
LEAST_FREEDOM = 5
# A person who alone decides the weight of the machine: residuals are stretched fivefold at most.
LEAST_REST = 0.2
LEAST_T = 2.0
MOST_LAMBDA = 1.5


@dataclass(frozen=True, slots=True)
class UnitShares:
    """Shares of the talk of groups for one theme, each (n_cells,).

    point, low, high: NaN where there is no estimate. units: segments or words in the group;
    people, known: participants with text, and those hand coded in full.
    """

    point: Floats
    low: Floats
    high: Floats
    units: Floats
    people: Ints
    known: Ints

    @property
    def too_few(self) -> Bools:
        """Groups with somebody unknown and fewer than two hand coded: these have no estimate."""
        return np.asarray((self.known < LEAST_CODED) & (self.known < self.people))


# A group without talk has no share.
@np.errstate(divide="ignore", invalid="ignore")
def share_of_talk(
    size: Floats, by_hand: Floats, by_machine: Floats, known: Bools, cell: Ints, *,
    level: float = 0.95,
) -> UnitShares:  # fmt: skip
    """Share of every group's units that carry a theme, with an interval.

    Args:
        size: (n_people,) units (segments or words) of each person, above 0.
        by_hand: (n_people,) units that carry the theme by hand; read only where known.
        by_machine: (n_people,) the same by machine: sum of calibrated probabilities, of the hand
            coded by a model that never saw them, each times the segment's units. All 0 or NaN:
            there is no classifier.
        known: (n_people,) hand coded in full for the theme.
        cell: (n_people,) group of each person, 0-based; -1: in none.
        level: Confidence level, strictly between 0 and 1.
    """
    of = cell >= 0
    size, by_hand, by_machine = size[of], by_hand[of], by_machine[of]
    known, cell = known[of], cell[of]
    groups = _Groups.of(size, np.where(known, by_hand, 0.0), known, cell)
    machine = np.where(np.isfinite(by_machine), by_machine, 0.0)
    weight = _weight_of_machine(groups, machine)
    point = groups.ratio(groups.hand - weight * machine)
    point = point + weight * groups.sums(machine) / groups.units
    low, high = _interval(groups, point, machine, weight, level)
    least = groups.sums(groups.hand) / groups.units
    most = 1 - groups.sums(np.where(known, size - groups.hand, 0.0)) / groups.units
    everybody = groups.known == groups.people
    found = UnitShares(
        np.where(everybody, least, np.clip(point, least, most)),
        np.where(everybody, least, np.maximum(low, least)),
        np.where(everybody, least, np.minimum(high, most)),
        groups.units, groups.people, groups.known,
    )  # fmt: skip
    for figures in (found.point, found.low, found.high):
        figures[found.too_few | (groups.people == 0)] = np.nan
    return found


@dataclass(frozen=True, slots=True)
class _Groups:
    """People by group; hand is 0 where not known; units, people, known are of groups."""

    size: Floats
    hand: Floats
    is_known: Bools
    cell: Ints
    units: Floats
    people: Ints
    known: Ints

    @staticmethod
    def of(size: Floats, hand: Floats, known: Bools, cell: Ints) -> _Groups:
        n_cells = int(cell.max()) + 1 if len(cell) else 0
        return _Groups(
            np.asarray(size, dtype=float), hand, known, cell,
            np.bincount(cell, size, minlength=n_cells).astype(float),
            np.bincount(cell, minlength=n_cells), np.bincount(cell[known], minlength=n_cells),
        )  # fmt: skip

    def sums(self, values: Floats) -> Floats:
        """Sums over the people of every group."""
        found: Floats = np.bincount(self.cell, values, minlength=len(self.units)).astype(float)
        return found

    def ratio(self, values: Floats) -> Floats:
        """Sum of values over sum of sizes, of the known of every group."""
        talk = self.sums(np.where(self.is_known, self.size, 0.0))
        total = self.sums(np.where(self.is_known, values, 0.0))
        found: Floats = np.divide(total, talk, out=np.full(len(talk), np.nan), where=talk > 0)
        return found

    def residuals(self, values: Floats) -> Floats:
        """What the known have above their group's ratio to size; 0 where not known."""
        return np.where(self.is_known, values - self.ratio(values)[self.cell] * self.size, 0.0)

    @property
    def freedom(self) -> int:
        """Hand coded beyond the first of each group."""
        return int(np.maximum(self.known - 1, 0).sum())


def _weight_of_machine(groups: _Groups, machine: Floats) -> float:
    """How far the machine's totals are followed: regression within groups."""
    of_hand, of_machine = groups.residuals(groups.hand), groups.residuals(machine)
    squares = float(of_machine @ of_machine)
    if squares <= 0 or groups.freedom < LEAST_FREEDOM:
        return 0.0
    return float(np.clip(of_hand @ of_machine / squares, 0.0, MOST_LAMBDA))


def _interval(
    groups: _Groups, point: Floats, machine: Floats, weight: float, level: float
) -> tuple[Floats, Floats]:
    """Wilson's interval at what the hand coded of every group are worth."""
    from scipy.special import stdtrit

    freedom = groups.freedom
    if freedom < 1:
        return np.zeros(len(point)), np.ones(len(point))
    mean_size = groups.units / np.maximum(groups.people, 1)
    relative = groups.residuals(groups.hand - weight * machine) / mean_size[groups.cell]
    if weight > 0:
        # As if the weight had been found without the person whose residual it is.
        of_machine = groups.residuals(machine)
        relative /= np.maximum(1 - of_machine**2 / (of_machine @ of_machine), LEAST_REST)
    spread = float(relative @ relative) / freedom
    share = np.clip(np.where(np.isfinite(point), point, 0.0), 0.0, 1.0)
    beyond = np.maximum(groups.known - 1, 0)
    binomial = float((beyond * share * (1 - share)).sum() / max(1, beyond.sum()))
    unit = spread / binomial if binomial > 0 else 1.0
    n, size = groups.known.astype(float), groups.people.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        z2 = (
            stdtrit(_freedom(relative, freedom), 0.5 + level / 2) ** 2
            * unit
            * (size - n)
            / (n * (size - 1))
        )
        centre = (share + z2 / 2) / (1 + z2)
        half = np.sqrt(z2 * share * (1 - share) + z2**2 / 4) / (1 + z2)
    # What the machine foretells alone is no proof that anybody said it.
    low = np.where(groups.sums(groups.hand) > 0, centre - half, 0.0)
    return low, centre + half


def _freedom(residuals: Floats, at_most: int) -> float:
    """Degrees of freedom of a variance, by how far a few large residuals make it up.

    Satterthwaite 1946: 2 s^4 / Var(s^2), with Var(s^2) from the fourth moment; n for a bell
    curve, few where one talkative person decides.
    """
    squares = residuals**2
    spread = float(squares.sum()) / at_most
    if spread <= 0:
        return at_most
    kurtosis = float((squares**2).sum()) / at_most / spread**2
    return min(at_most, max(LEAST_T, 2 * at_most / max(kurtosis - 1, 1e-9)))
