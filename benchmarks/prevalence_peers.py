"""What estimates of prevalence are measured against: each a function of cells and predictions.

``f`` is a prediction for every person, of the hand coded by a model that never saw them: the
probability that at least one of a person's segments has the theme, were segments independent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.checks import (
    Z95,
    Cells,
    Figures,
    hand_coded_alone,
    possible,
    ppi_parts,
    ppi_plus,
    rogan_gladen,
)
from ccgmine.prevalence.laplace import Coded, Design, Priors, fit, predictor

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

ALONE, TRIAL = "hand coded alone", "trial"
TRIAL_SPREADS = np.array([0.3, 0.6, 1.0, 1.5, 2.2])
TRIAL_SPREAD_SCALE, TRIAL_INTERCEPT_SD, TRIAL_SLOPE_SD = 1.5, 2.0, 0.5
LEAST_KAPPA = 0.2


def noisy_or(probability: Floats, person: Ints, n_people: int) -> Floats:
    """Probability that at least one segment has it: (n_segments, n_themes) to (n_people, ...)."""
    p = np.clip(np.asarray(probability, dtype=float), 1e-5, 1 - 1e-5)
    total = np.zeros((n_people, p.shape[1]))
    np.add.at(total, person, np.log1p(-p))
    return -np.expm1(total)


def peers(cells: Cells, f: Floats, seed: int) -> dict[str, Figures]:
    """Every method by its name."""
    labels = f >= best_threshold(f, cells)
    return {
        ALONE: _filled(cells, hand_coded_alone(cells), None),
        "labels counted": label_count(cells, labels),
        "mean probability": mean_probability(cells, f),
        "Rogan-Gladen": rogan_gladen(cells, labels),
        "PPI++": _filled(cells, ppi_plus(cells, f), f),
        "PPI-Wilson": _filled(cells, ppi_wilson(cells, f), f),
        "shrunk PPI": ppi_shrunk(cells, f),
        TRIAL: trial(cells, f, seed),
    }


def _filled(cells: Cells, figures: Figures, f: Floats | None) -> Figures:
    """Where nobody of a cell is hand coded: everybody's share, moved by what is predicted."""
    everybody = Cells(np.zeros_like(cells.cell), cells.known, cells.present)
    share = everybody.positives / np.maximum(everybody.n, 1)
    if f is not None:
        known = cells.known
        mean_f = everybody.sums(np.where(known, f, 0.0)) / np.maximum(everybody.n, 1)
        y = cells.present & known
        f0, y0 = np.where(known, f - mean_f, 0.0), np.where(known, y - share, 0.0)
        tuned = (f0 * y0).sum(axis=0) / np.maximum((f0**2).sum(axis=0), 1e-12)
        share = np.clip(share + tuned * (cells.sums(f) / cells.size - mean_f), 0, 1)
    return Figures(np.where(cells.n > 0, figures.point, share), figures.low, figures.high)


def label_count(cells: Cells, assigned: Bools) -> Figures:
    """Known people plus the others' predicted labels; no interval."""
    return _without_interval(cells, cells.sums(assigned & ~cells.known))


def mean_probability(cells: Cells, f: Floats) -> Figures:
    """Known people plus the others' mean probability; no interval."""
    return _without_interval(cells, cells.sums(np.where(cells.known, 0.0, f)))


def _without_interval(cells: Cells, others: Floats) -> Figures:
    point = (cells.positives + others) / cells.size
    none = np.full_like(point, np.nan)
    return Figures(point, none, none)


def best_threshold(f: Floats, cells: Cells) -> Floats:
    """Threshold of each theme with the largest F1 on the hand coded: (n_themes,)."""
    found = np.full(f.shape[1], np.inf)
    for t in range(f.shape[1]):
        who = np.flatnonzero(cells.known[:, t])
        order = who[np.argsort(-f[who, t], kind="stable")]
        y = cells.present[order, t]
        f1 = 2 * np.cumsum(y) / (np.arange(1, len(order) + 1) + max(1, int(y.sum())))
        if y.any():
            found[t] = f[order[int(np.argmax(f1))], t]
    return found


def ppi_wilson(cells: Cells, f: Floats) -> Figures:
    """The point of PPI++ with a Wilson interval on the sample size that it is worth."""
    point, _, kappa = ppi_parts(cells, f)
    kappa = np.clip(kappa, LEAST_KAPPA, 1.0)
    known, most = possible(cells)
    point = np.clip(point, known, most)
    n, size = cells.n, cells.size
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = n / kappa * (size - 1) / (size - n)
        z2 = Z95**2 / worth
        centre = (point + z2 / 2) / (1 + z2)
        half = np.sqrt(z2 * point * (1 - point) + z2**2 / 4) / (1 + z2)
    low = np.where(cells.positives > 0, centre - half, 0.0)
    low, high = np.maximum(low, known), np.minimum(centre + half, most)
    open_, some = n < size, n > 0
    low = np.where(open_, np.where(some, low, 0.0), point)
    high = np.where(open_, np.where(some, high, 1.0), point)
    return Figures(point, low, high)


def ppi_shrunk(cells: Cells, f: Floats) -> Figures:
    """Prediction-powered cells shrunk towards the whole (Fay & Herriot 1979, JASA 74:269-277)."""
    point, variance, _ = ppi_parts(cells, f)
    point = _filled(cells, Figures(point, point, point), f).point
    n = np.maximum(cells.n, 0.5)
    whole = (cells.size * point).sum(axis=0) / cells.size.sum()
    fine = cells.n[:, 0] > 1
    excess = (point - whole) ** 2 - variance
    between = np.maximum(excess[fine].mean(axis=0) if fine.any() else variance.mean(axis=0), 1e-6)
    pooled = np.clip(whole * (1 - whole), 0, 1) / n
    error = np.where(cells.n > 1, np.maximum(variance, 0.2 * pooled), pooled)
    share = between / (between + error) if len(point) > 1 else np.ones_like(point)
    shrunk = np.clip(share * point + (1 - share) * whole, 0, 1)
    half = Z95 * np.sqrt(share * error)
    return Figures(shrunk, np.maximum(shrunk - half, 0), np.minimum(shrunk + half, 1))


def trial(cells: Cells, f: Floats, seed: int, n_draws: int = 200) -> Figures:
    """The trial of small-area estimation that ours began from, one level at a time.

    logit P(y) = a + b logit f + u_cell, a ~ N(0, 2), b ~ N(1, 0.5), u ~ N(0, tau), tau on a grid
    under a half-normal(1.5); mean and 2.5 to 97.5 % of 200 draws. Everybody hand coded is so for
    all themes.
    """
    n_cells, known = int(cells.cell.max()) + 1, cells.known[:, 0]
    one = np.ones((n_cells, 1))
    design = Design(np.hstack([one, np.eye(n_cells)]) if n_cells > 1 else one, one)
    sd = np.full((len(TRIAL_SPREADS), design.n_columns), TRIAL_INTERCEPT_SD)
    sd[:, -1] = TRIAL_SLOPE_SD
    sd[:, 1:-1] = TRIAL_SPREADS[:, None]
    mean = np.zeros_like(sd)
    mean[:, -1] = 1
    p = np.clip(f, 1e-4, 1 - 1e-4)
    logit = np.log(p / (1 - p))
    who = np.flatnonzero(known)
    who = who[np.argsort(cells.cell[who], kind="stable")]
    coded_cells, atom = np.unique(cells.cell[who], return_inverse=True)
    y = cells.present[who].T.astype(float)
    coded = Coded(atom.reshape(-1), logit[who].T.copy(), y, np.ones(y.shape))
    fits = fit(design.at(coded_cells), coded, Priors(mean, sd))
    log_w = fits.log_evidence - 0.5 * (TRIAL_SPREADS / TRIAL_SPREAD_SCALE) ** 2
    w = np.exp(log_w - log_w.max(axis=1, keepdims=True))
    w /= w.sum(axis=1, keepdims=True)
    unknown = np.flatnonzero(~known)
    unknown = unknown[np.argsort(cells.cell[unknown], kind="stable")]
    starts = np.flatnonzero(np.diff(cells.cell[unknown], prepend=-1))
    shares = np.zeros((n_draws, *cells.n.shape))
    for t in range(f.shape[1]):
        rng = np.random.default_rng([seed, t])
        setting = rng.choice(len(TRIAL_SPREADS), n_draws, p=w[t])
        noise = rng.standard_normal((n_draws, design.n_columns))
        inverse = np.linalg.inv(fits.chol[t])
        x = fits.mode[t, setting] + np.einsum("dk,dkj->dj", noise, inverse[setting])
        eta = predictor(design, x, cells.cell[unknown], logit[unknown, t])
        present = rng.random(eta.shape) * (1 + np.exp(-eta)) < 1
        totals = np.add.reduceat(present.astype(float), starts, axis=1)
        shares[:, cells.cell[unknown][starts], t] = totals
    shares = (shares + cells.positives) / cells.size
    low, high = np.quantile(shares, [0.025, 0.975], axis=0)
    return Figures(shares.mean(axis=0), low, high)
