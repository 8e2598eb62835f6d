"""Other estimators of the same shares: checks on the estimate, and what to fall back on.

All take the participants with text and give shares of cells with 95 % intervals, the hand coded
known in the totals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.intervals import wilson_finite

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

Z95 = 1.959963984540054
LEAST_YOUDEN = 0.05


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares with 95 % intervals: each (n_cells, n_themes); NaN where there is none."""

    point: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Cells:
    """People at one level of groups.

    cell: (n_people,) cell of each person, 0-based. known: (n_people, n_themes) hand coded in full
    for the theme. present: the same shape, raised it; read only where known.
    """

    cell: Ints
    known: Bools
    present: Bools

    @property
    def size(self) -> Floats:
        """People in every cell: (n_cells, 1)."""
        return np.bincount(self.cell)[:, None].astype(float)

    @property
    def n(self) -> Floats:
        """Hand coded in every cell: (n_cells, n_themes)."""
        return self.sums(self.known)

    @property
    def positives(self) -> Floats:
        """Hand coded with the theme: (n_cells, n_themes)."""
        return self.sums(self.present & self.known)

    def sums(self, values: Bools | Floats) -> Floats:
        """Sums over the people of every cell: (n_people, m) -> (n_cells, m)."""
        n_cells = int(self.cell.max()) + 1
        columns = [np.bincount(self.cell, v, minlength=n_cells) for v in values.T]
        return np.stack(columns, axis=1).astype(float)


def hand_coded_alone(cells: Cells) -> Figures:
    """Share of the hand coded; Wilson's interval with finite-population correction.

    Wilson 1927, JASA 22:209-212; Cochran 1977, Sampling Techniques, sections 2.6 and 3.6. A cell
    where nobody is hand coded has no point, and the interval 0 to 1.
    """
    n, size, k = cells.n, cells.size[:, 0], cells.positives
    low, high = np.zeros(n.shape), np.ones(n.shape)
    for at in zip(*np.nonzero(n), strict=True):
        counts = int(k[at]), int(n[at]), int(size[at[0]])
        low[at], high[at] = wilson_finite(*counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Figures(k / n, low, high)


def ppi_plus(cells: Cells, f: Floats) -> Figures:
    """Prediction-powered mean, cross-fitted: the difference estimator with a tuned share of f.

    Mean of y over the hand coded + lambda (mean of f over the cell - mean of f over its hand
    coded), lambda pooled within cells for each theme; normal interval with finite-population
    correction, cut to what is possible. Angelopoulos, Duchi & Zrnic 2023 (PPI++,
    arXiv:2311.01453); Zrnic & Candes 2024 (cross-fitting, PNAS 121:e2322083121); Saerndal,
    Swensson & Wretman 1992, Model Assisted Survey Sampling, ch. 6. Its interval covers far too
    little in cells with few hand coded.

    Args:
        cells: Groups and hand codings.
        f: (n_people, n_themes) predictions, of hand-coded people out of fold.
    """
    point, variance, _ = ppi_parts(cells, f)
    half = Z95 * np.sqrt(variance)
    least, most = possible(cells)
    point = np.clip(point, least, most)
    some = cells.n > 0
    low = np.where(some, np.maximum(point - half, least), 0.0)
    high = np.where(some, np.minimum(point + half, most), 1.0)
    return Figures(point, low, high)


def possible(cells: Cells) -> tuple[Floats, Floats]:
    """Least and largest share that the hand coded leave possible: both (n_cells, n_themes)."""
    return cells.positives / cells.size, 1 - (cells.n - cells.positives) / cells.size


def ppi_parts(cells: Cells, f: Floats) -> tuple[Floats, Floats, Floats]:
    """Point and variance of every cell, and var(y - lambda f) / var(y) of every theme.

    Both (n_cells, n_themes), NaN points where nobody is hand coded; then (n_themes,), of people
    within cells. Arguments as ``ppi_plus``.
    """
    n, size, known = cells.n, cells.size, cells.known
    y = (cells.present & known).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_y, mean_f = cells.positives / n, cells.sums(np.where(known, f, 0.0)) / n
    y0 = np.where(known, y - mean_y[cells.cell], 0.0)
    f0 = np.where(known, f - mean_f[cells.cell], 0.0)
    tuned = (y0 * f0).sum(axis=0) / np.maximum((f0**2).sum(axis=0), 1e-12)
    point = mean_y + tuned * (cells.sums(f) / size - mean_f)
    left = (y0 - tuned * f0) ** 2
    variance = cells.sums(left) / np.maximum(n - 1, 1) / np.maximum(n, 1) * (1 - n / size)
    kappa = left.sum(axis=0) / np.maximum((y0**2).sum(axis=0), 1e-12)
    return point, variance, kappa


def rogan_gladen(cells: Cells, assigned: Bools) -> Figures:
    """Known people plus the others' labels corrected for sensitivity and specificity.

    Rogan & Gladen 1978, American Journal of Epidemiology 107:71-76; both rates from the held-out
    labels of all hand coded, half a person added to each count. Interval by the delta method.
    Labels that are as good as useless (sensitivity + specificity <= 1.05) give NaN.

    Args:
        cells: Groups and hand codings.
        assigned: (n_people, n_themes) labels, of hand-coded people out of fold.
    """
    y, label = cells.present & cells.known, assigned & cells.known
    n_with, n_without = y.sum(axis=0) + 1, (cells.known & ~y).sum(axis=0) + 1
    sensitivity = ((label & y).sum(axis=0) + 0.5) / n_with
    specificity = ((cells.known & ~y & ~label).sum(axis=0) + 0.5) / n_without
    others = cells.size - cells.n
    rate = cells.sums(assigned & ~cells.known) / np.maximum(others, 1)
    share, se = corrected_share(rate, sensitivity, specificity, others, n_with, n_without)
    bounds = [
        (cells.positives + np.where(others > 0, others * np.clip(v, 0, 1), 0.0)) / cells.size
        for v in (share, share - Z95 * se, share + Z95 * se)
    ]
    return Figures(*bounds)


def corrected_share(
    rate: Floats,
    sensitivity: Floats,
    specificity: Floats,
    n: Floats,
    n_with: Ints,
    n_without: Ints,
) -> tuple[Floats, Floats]:
    """True share from the share of positive labels, and its standard error.

    Rogan & Gladen 1978: (rate + specificity - 1) / (sensitivity + specificity - 1), cut to 0 to
    1; the error is that of the rate and of both estimated rates (their formula for the variance).

    Args:
        rate: Share of positive labels among the n.
        sensitivity: Share of positive labels among those with it, found on ``n_with``.
        specificity: Share of negative labels among those without it, found on ``n_without``.
        n: People labelled.
        n_with: People with it on whom the sensitivity rests.
        n_without: People without it on whom the specificity rests.
    """
    youden = sensitivity + specificity - 1
    youden = np.where(youden > LEAST_YOUDEN, youden, np.nan)
    share = np.clip((rate + specificity - 1) / youden, 0, 1)
    of_rates = (
        share**2 * sensitivity * (1 - sensitivity) / n_with
        + (1 - share) ** 2 * specificity * (1 - specificity) / n_without
    )
    variance = (rate * (1 - rate) / np.maximum(n, 1) + of_rates) / youden**2
    return share, np.sqrt(variance)


def selection_contrast(values: Floats, chosen: Bools) -> Floats:
    """How far the hand coded differ from everybody, in standard errors of a random choice.

    The mean over the chosen minus that over all, divided by its standard error under simple
    random sampling without replacement, S sqrt(1/n - 1/N) (Cochran 1977, section 2.6). For
    anything known of everybody: how much they say, their scores. Beyond 3 in size is rarely
    chance; a small figure proves nothing.

    Args:
        values: (n_people, m).
        chosen: (n_people,) hand coded.

    Returns:
        (m,); 0 where nobody or everybody is chosen, or all values are equal.
    """
    n, size = int(chosen.sum()), len(chosen)
    if n in {0, size}:
        return np.zeros(values.shape[1])
    error = values.std(axis=0, ddof=1) * np.sqrt(1 / n - 1 / size)
    off = values[chosen].mean(axis=0) - values.mean(axis=0)
    found: Floats = np.divide(off, error, out=np.zeros_like(error), where=error > 1e-12)
    return found
