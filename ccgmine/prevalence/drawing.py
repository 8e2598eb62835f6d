"""Draws from the posterior: of the model's parameters, then of the people nobody coded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.laplace import Coded, Design, Fits, Priors, log_likelihood, predictor

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Counts = NDArray[np.int64]
Singles = NDArray[np.float32]

BLOCK = 4_000_000


@dataclass(frozen=True, slots=True)
class Posterior:
    """Draws of x, (n_draws, n_columns), and the share of proposals that were worth a draw."""

    x: Floats
    efficiency: float


def draw_parameters(
    design: Design,
    coded: Coded,
    priors: Priors,
    fits: Fits,
    weight: Floats,
    theme: int,
    n_draws: int,
    oversample: int,
    rng: np.random.Generator,
) -> Posterior:
    """Importance resampling of x from the mixture of the Laplace approximations.

    The normal approximation at the mode is wrong where there are few cases or none; weighing
    its draws by the true posterior mends that (Rubin 1988; weights cut as in Ionides 2008,
    JCGS 17:295-311).

    Args:
        design: Rows of the atoms of ``coded``.
        coded: The hand coded.
        priors: Priors of every setting.
        fits: Their fits.
        weight: (n_settings,) posterior weight of every setting for this theme.
        theme: Which theme.
        n_draws: Draws wanted.
        oversample: Proposals for every draw.
        rng: Random numbers.
    """
    n = n_draws * oversample
    setting = systematic(weight, n, rng)
    noise = rng.standard_normal((n, design.n_columns))
    x = np.empty_like(noise)
    for h in np.unique(setting):
        at = setting == h
        x[at] = fits.mode[theme, h] + noise[at] @ np.linalg.inv(fits.chol[theme, h])
    log_det = np.log(np.diagonal(fits.chol[theme], axis1=-2, axis2=-1)).sum(-1)
    mean, sd = priors.mean[setting], priors.sd[setting]
    target = _likelihood(design, coded, x, theme)
    target -= 0.5 * (((x - mean) / sd) ** 2).sum(-1) + np.log(sd).sum(-1)
    proposal = log_det[setting] - 0.5 * (noise**2).sum(-1)
    log_ratio = target - proposal - fits.log_evidence[theme, setting]
    ratio = np.exp(log_ratio - log_ratio.max())
    ratio = np.minimum(ratio, ratio.mean() * np.sqrt(n))
    ratio /= ratio.sum()
    return Posterior(x[systematic(ratio, n_draws, rng)], float(1 / (n * (ratio**2).sum())))


def _likelihood(design: Design, coded: Coded, x: Floats, theme: int) -> Floats:
    """Log-likelihood of the hand coded at many x, a block at a time: (n,)."""
    n_coded = len(coded.atom)
    size = max(1, BLOCK // max(1, n_coded))
    parts = []
    for i in range(0, len(x), size):
        eta = predictor(design, x[i : i + size], coded.atom, coded.score[theme])
        parts.append(log_likelihood(eta, coded.y[theme], coded.weight[theme]))
    return np.concatenate(parts)


def systematic(weight: Floats, n: int, rng: np.random.Generator) -> Ints:
    """N indices, each as often as its weight says, give or take one; in random order."""
    cumulated = np.cumsum(weight)
    at = (np.arange(n) + rng.random()) / n * cumulated[-1]
    found: Ints = np.minimum(np.searchsorted(cumulated, at, side="right"), len(weight) - 1)
    return rng.permutation(found)


@dataclass(frozen=True, slots=True)
class Unknown:
    """People to draw, those of one atom and like scores together; sorted by atom.

    atom, score, count: each (n_bins,).
    """

    atom: Ints
    score: Floats
    count: Counts


def bins_of(atom: Ints, score: Floats, n_atoms: int, most_bins: int) -> Unknown:
    """Bins of equally many people within every atom; single people while that is affordable.

    atom, score: (n_unknown,).
    """
    order = np.lexsort((score, atom))
    atom, score = atom[order], score[order]
    if len(atom) <= most_bins:
        return Unknown(atom, score, np.ones(len(atom), dtype=np.int64))
    size = np.bincount(atom, minlength=n_atoms)
    per_atom = np.minimum(size, max(8, most_bins // (2 * max(1, int((size > 0).sum())))))
    rank = np.arange(len(atom)) - np.repeat(np.cumsum(size) - size, size)
    # Finer at both ends, where the log-odds are stretched.
    share = (1 - np.cos(np.pi * (rank + 0.5) / size[atom])) / 2
    number = (share * per_atom[atom]).astype(np.int64)
    starts = np.flatnonzero((np.diff(atom, prepend=-1) != 0) | (np.diff(number, prepend=-1) != 0))
    count = np.diff(starts, append=len(atom))
    return Unknown(atom[starts], np.add.reduceat(score, starts) / count, count)


def draw_totals(design: Design, x: Floats, unknown: Unknown, rng: np.random.Generator) -> Counts:
    """Drawn people with the theme in every atom: (n_draws, n_atoms)."""
    sums = np.zeros((len(x), len(design.intercept)), dtype=np.int64)
    if not len(unknown.atom):
        return sums
    starts = np.flatnonzero(np.diff(unknown.atom, prepend=-1))
    single = bool((unknown.count == 1).all())
    size = max(1, BLOCK // len(unknown.atom))
    for i in range(0, len(x), size):
        p = _probability(design, x[i : i + size], unknown)
        drawn = (
            (rng.random(p.shape, dtype=np.float32) < p).astype(np.int64)
            if single
            else rng.binomial(unknown.count, p)
        )
        sums[i : i + size, unknown.atom[starts]] = np.add.reduceat(
            drawn, starts, axis=1, dtype=np.int64
        )
    return sums


def _probability(design: Design, x: Floats, unknown: Unknown) -> Singles:
    """Probability of everybody unknown at every x: (n_draws, n_bins). Single precision will do."""
    intercept, slope = (field.astype(np.float32) for field in design.fields(x))
    eta = slope[:, unknown.atom]
    eta *= unknown.score.astype(np.float32)
    eta += intercept[:, unknown.atom]
    np.clip(eta, -30, 30, out=eta)
    np.negative(eta, out=eta)
    np.exp(eta, out=eta)
    eta += 1
    return np.reciprocal(eta, out=eta)
