"""Gaussian approximations of many logistic regressions with group effects, all at once.

One regression per theme and per setting of the hyper-parameters. The linear predictor of
participant i in atom A(i) (people who share every group) with score s_i is

    eta_i = (D0 x0)[A(i)] + (D1 x1)[A(i)] * s_i,        x = (x0, x1) ~ N(mean, sd^2), independent,

so that everything about the people of one atom enters through three sums. The mode is found
by Newton steps and the evidence by Laplace's method (Tierney & Kadane 1986, JASA 81:82-86;
Rasmussen & Williams 2006, Gaussian Processes for Machine Learning, section 3.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

MAX_STEPS = 40
MAX_HALVINGS = 20
TOLERANCE = 1e-4
CHUNK = 2_000_000


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of the intercept and of the slope, a row for every atom.

    intercept: (n_atoms, n_columns0) of 0 and 1; slope: (n_atoms, n_columns1).
    """

    intercept: Floats
    slope: Floats

    @property
    def n_columns(self) -> int:
        """Length of x."""
        return int(self.intercept.shape[1] + self.slope.shape[1])

    def at(self, atoms: Ints) -> Design:
        """The rows of some atoms."""
        return Design(self.intercept[atoms], self.slope[atoms])

    def fields(self, x: Floats) -> tuple[Floats, Floats]:
        """Intercept and slope in every atom: (..., n_columns) -> twice (..., n_atoms)."""
        cut = self.intercept.shape[1]
        return x[..., :cut] @ self.intercept.T, x[..., cut:] @ self.slope.T


@dataclass(frozen=True, slots=True)
class Coded:
    """The hand coded, sorted by atom.

    atom: (n,) row of the design, ascending, every row at least once; score: (n_themes, n);
    y: (n_themes, n) of 0 and 1; weight: (n_themes, n) how much each counts in the likelihood.
    """

    atom: Ints
    score: Floats
    y: Floats
    weight: Floats

    @property
    def starts(self) -> Ints:
        """Where each atom begins."""
        return np.flatnonzero(np.diff(self.atom, prepend=-1))

    def themes(self, part: slice) -> Coded:
        """Some of the themes."""
        return Coded(self.atom, self.score[part], self.y[part], self.weight[part])


@dataclass(frozen=True, slots=True)
class Priors:
    """Independent normal priors of x, one row for every setting h: both (n_settings, n_columns)."""

    mean: Floats
    sd: Floats


@dataclass(frozen=True, slots=True)
class Fits:
    """Modes, Cholesky factors of their precision, and log evidence.

    mode: (n_themes, n_settings, n_columns); chol: (n_themes, n_settings, n_columns, n_columns),
    lower; log_evidence: (n_themes, n_settings).
    """

    mode: Floats
    chol: Floats
    log_evidence: Floats


def fit(design: Design, coded: Coded, priors: Priors) -> Fits:
    """Laplace approximation for every theme and setting."""
    n_themes, n = coded.y.shape
    size = max(1, CHUNK // max(1, n * len(priors.mean)))
    parts = [slice(i, i + size) for i in range(0, n_themes, size)]
    done = [_fit_part(design, coded.themes(part), priors) for part in parts]
    return Fits(
        np.concatenate([f.mode for f in done]),
        np.concatenate([f.chol for f in done]),
        np.concatenate([f.log_evidence for f in done]),
    )


def log_likelihood(eta: Floats, y: Floats, weight: Floats) -> Floats:
    """Bernoulli log-likelihood summed over the last axis, without overflow.

    eta: (..., n); y, weight: broadcast to it.
    """
    loss = np.abs(eta)
    np.negative(loss, out=loss)
    np.exp(loss, out=loss)
    np.log1p(loss, out=loss)
    loss += np.maximum(eta, 0)
    loss -= eta * y
    loss *= weight
    total: Floats = -loss.sum(axis=-1)
    return total


def predictor(design: Design, x: Floats, atom: Ints, score: Floats) -> Floats:
    """The linear predictor of people: x (..., n_columns), atom and score (n,) -> (..., n)."""
    intercept, slope = design.fields(x)
    eta: Floats = slope[..., atom]
    eta *= score
    eta += intercept[..., atom]
    return eta


def _fit_part(design: Design, coded: Coded, priors: Priors) -> Fits:
    x = np.broadcast_to(priors.mean, (len(coded.y), *priors.mean.shape)).copy()
    precision = 1 / priors.sd**2
    value, eta = _objective(design, coded, priors.mean, precision, x)
    for _ in range(MAX_STEPS):
        gradient, hessian = _derivatives(design, coded, eta, x - priors.mean, precision)
        step = np.asarray(np.linalg.solve(hessian, gradient[..., None])[..., 0], dtype=np.float64)
        new, value_new, eta = _backtrack(design, coded, priors.mean, precision, x, step, value)
        moved = np.max(np.abs(new - x)) if new.size else 0.0
        x, value = new, value_new
        if moved < TOLERANCE:
            break
    _, hessian = _derivatives(design, coded, eta, x - priors.mean, precision)
    chol = np.asarray(np.linalg.cholesky(hessian), dtype=np.float64)
    log_det = 2 * np.log(np.diagonal(chol, axis1=-2, axis2=-1)).sum(-1)
    evidence = value + 0.5 * np.log(precision).sum(-1) - 0.5 * log_det
    return Fits(x, chol, evidence)


def _objective(
    design: Design, coded: Coded, mean: Floats, precision: Floats, x: Floats
) -> tuple[Floats, Floats]:
    eta = predictor(design, x, coded.atom, coded.score[:, None, :])
    fit_ = log_likelihood(eta, coded.y[:, None, :], coded.weight[:, None, :])
    return fit_ - 0.5 * (precision * (x - mean) ** 2).sum(-1), eta


def _backtrack(
    design: Design,
    coded: Coded,
    mean: Floats,
    precision: Floats,
    x: Floats,
    step: Floats,
    value: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Newton's step, halved wherever it would lose ground."""
    scale = np.ones(value.shape)
    new = x + step
    value_new, eta = _objective(design, coded, mean, precision, new)
    for _ in range(MAX_HALVINGS):
        worse = value_new < value - 1e-9 * (1 + np.abs(value))
        if not worse.any():
            break
        scale[worse] /= 2
        new = x + scale[..., None] * step
        value_new, eta = _objective(design, coded, mean, precision, new)
    return new, value_new, eta


def _derivatives(
    design: Design, coded: Coded, eta: Floats, off: Floats, precision: Floats
) -> tuple[Floats, Floats]:
    starts, score = coded.starts, coded.score[:, None, :]
    p = 1 / (1 + np.exp(-np.clip(eta, -500, 500)))
    residual = (coded.y[:, None, :] - p) * coded.weight[:, None, :]
    w = p * (1 - p) * coded.weight[:, None, :]
    d0, d1 = design.intercept, design.slope
    r0 = np.add.reduceat(residual, starts, axis=-1)
    r1 = np.add.reduceat(residual * score, starts, axis=-1)
    gradient = np.concatenate([r0 @ d0, r1 @ d1], axis=-1) - precision * off
    ws = w * score
    w0, w1, w2 = (np.add.reduceat(v, starts, axis=-1) for v in (w, ws, ws * score))
    cut, k = d0.shape[1], design.n_columns
    hessian = np.zeros((*eta.shape[:-1], k, k))
    hessian[..., :cut, :cut] = (d0.T * w0[..., None, :]) @ d0
    cross = (d0.T * w1[..., None, :]) @ d1
    hessian[..., :cut, cut:] = cross
    hessian[..., cut:, :cut] = np.swapaxes(cross, -1, -2)
    hessian[..., cut:, cut:] = (d1.T * w2[..., None, :]) @ d1
    at = np.arange(k)
    hessian[..., at, at] += precision
    return gradient, hessian
