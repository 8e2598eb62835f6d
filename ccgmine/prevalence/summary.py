"""Figures of cells from posterior draws: points, intervals, words, differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.shortest import shortest

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# A share such as 3/12 must not fall below its own cut-point by rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class CellFigures:
    """Figures of the cells of one level, each (n_cells,).

    point: posterior median of the share, a whole number of people; low, high: interval of the
    share; low_count, high_count: the same as people; mean: posterior mean of the share. Shares
    are NaN where a cell has nobody.
    """

    point: Floats
    low: Floats
    high: Floats
    low_count: Counts
    high_count: Counts
    mean: Floats


@dataclass(frozen=True, slots=True)
class Difference:
    """Share of one group minus that of another.

    point, low, high: in shares, -1 to 1. probability_above: that the first share is higher.
    """

    point: float
    low: float
    high: float
    probability_above: float


def summarise(totals: Counts, size: Counts, *, level: float = 0.95) -> CellFigures:
    """Point and interval of every cell.

    totals: (n_draws, n_cells) people with the theme; size: (n_cells,) people.

    The point is the posterior median: of all points it has the smallest expected absolute error,
    it is a number of people that can be, and it lies in the interval (``shortest.shortest``).
    Medians of cells need not add up to that of the whole; their means do.

    >>> cell = summarise(np.array([[3], [4], [4], [3], [4]]), np.array([10]))
    >>> cell.point.tolist(), cell.low_count.tolist(), cell.high_count.tolist()
    ([0.4], [3], [4])
    """
    low, high = shortest(totals, level)
    n = np.where(size > 0, size, np.nan)
    point = np.sort(totals, axis=0)[len(totals) // 2]
    return CellFigures(point / n, low / n, high / n, low, high, totals.mean(axis=0) / n)


def word_probabilities(totals: Counts, size: Counts, cuts: Sequence[float]) -> Floats:
    """Probability of every prevalence word in every cell.

    Args:
        totals: (n_draws, n_cells).
        size: (n_cells,).
        cuts: Shares from which the words apply, highest first, the last 0 ("above 0").

    Returns:
        (n_cells, n_words + 1); the last column is that nobody raised it. NaN where a cell has
        nobody, otherwise rows sum to 1.

    >>> word_probabilities(np.array([[0], [1], [6], [9]]), np.array([10]), [0.5, 0.25, 0]).tolist()
    [[0.5, 0.0, 0.25, 0.25]]
    """
    if list(cuts) != sorted(cuts, reverse=True) or not cuts or cuts[-1] != 0:
        raise ValueError("cut-points must fall, and end in 0")
    share = totals / np.where(size > 0, size, 1)
    at_least = [((share >= cut - ROUNDING) & (totals > 0)).mean(axis=0) for cut in cuts]
    columns = np.stack([np.zeros(len(size)), *at_least, np.ones(len(size))], axis=1)
    found = np.diff(columns, axis=1)
    found[size <= 0] = np.nan
    return found


def difference(
    totals: Counts, size: Counts, first: int, second: int, *, level: float = 0.95
) -> Difference:
    """Difference between two cells, from draws of both: median and equal-tailed interval.

    totals: (n_draws, n_cells); size: (n_cells,), both cells with somebody.

    Ties count half in ``probability_above``.
    """
    if size[first] <= 0 or size[second] <= 0:
        raise ValueError("both groups need somebody")
    draws = totals[:, first] / size[first] - totals[:, second] / size[second]
    tail = (1 - level) / 2
    # Both tails cut alike: the second group minus the first is the same with the sign turned.
    low = np.quantile(draws, tail, method="inverted_cdf")
    high = -np.quantile(-draws, tail, method="inverted_cdf")
    point = np.median(draws)
    above = (draws > ROUNDING).mean() + 0.5 * (np.abs(draws) <= ROUNDING).mean()
    return Difference(float(point), float(low), float(high), float(above))
