"""Probabilities from scores: a logistic curve per theme, shrunk towards the curve of all themes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

PRIOR_SD = (0.7, 0.25)
"""How far a theme's intercept, and its slope as a share of the pooled one, may lie from those."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic curves: probability = 1 / (1 + exp(-(intercept + slope * damped(score)))).

    Attributes:
        intercepts: Shape (n_themes,).
        slopes: Shape (n_themes,), never negative.
    """

    intercepts: F64
    slopes: F64

    def probabilities(self, scores: F32) -> F32:
        """Shape (n_texts, n_themes), of scores of the same shape."""
        logits = damped(scores) * self.slopes.astype(np.float32) + self.intercepts.astype(
            np.float32
        )
        return (1.0 / (1.0 + np.exp(-np.clip(logits, -12.0, 12.0)))).astype(np.float32)


def damped(scores: F32) -> F32:
    """Sign times log(1 + size): scores of a regression are not linear in the log odds far out."""
    result: F32 = np.sign(scores) * np.log1p(np.abs(scores))
    return result


def fit_calibration(scores: F32, present: Bool, known: Bool) -> Calibration:
    """Sigmoid calibration (Platt 1999) per theme as a maximum a posteriori around the pooled curve.

    The pooled curve has an intercept, the logit of the theme's base rate and the score. A theme's
    own intercept and slope are normal around it, so a theme with few positives takes the pooled
    curve and a common one its own (partial pooling, Gelman & Hill 2007).

    Args:
        scores: Shape (n_texts, n_themes), out-of-fold.
        present: Shape (n_texts, n_themes).
        known: Shape (n_texts, n_themes), cells that were looked at.
    """
    n_themes = scores.shape[1]
    n_known = known.sum(axis=0)
    base = ((present & known).sum(axis=0) + 0.5) / (n_known + 1.0)
    base_logit = np.log(base / (1.0 - base))
    scores = damped(scores)
    rows, themes = np.nonzero(known)
    design = np.column_stack([np.ones(len(rows)), base_logit[themes], scores[rows, themes]])
    pooled = _map_logistic(
        design, present[rows, themes], np.array([0.0, 0.5, 1.0]), np.array([3.0, 1.0, 5.0])
    )
    slope_sd = PRIOR_SD[1] * max(abs(float(pooled[2])), 1e-3)
    prior_sd = np.array([PRIOR_SD[0], slope_sd])
    intercepts, slopes = np.empty(n_themes), np.empty(n_themes)
    for theme in range(n_themes):
        cells = known[:, theme]
        centre = np.array([pooled[0] + pooled[1] * base_logit[theme], pooled[2]])
        own = np.column_stack([np.ones(int(cells.sum())), scores[cells, theme]])
        fitted = _map_logistic(own, present[cells, theme], centre, prior_sd)
        intercepts[theme], slopes[theme] = fitted[0], max(float(fitted[1]), 0.0)
    return Calibration(intercepts, slopes)


def _map_logistic(design: F64, present: Bool, centre: F64, sd: F64) -> F64:
    """Coefficients of a logistic regression with independent normal priors, by damped Newton steps.

    Args:
        design: Shape (n, n_coefficients).
        present: Shape (n,).
        centre: Shape (n_coefficients,), prior means.
        sd: Shape (n_coefficients,), prior standard deviations.
    """
    precision = 1.0 / sd**2
    target = present.astype(np.float64)

    def loss(coefficients: F64) -> float:
        logits = design @ coefficients
        data = np.log1p(np.exp(-np.abs(logits))).sum() + np.maximum(logits, 0.0).sum()
        data -= target @ logits
        return float(data + 0.5 * precision @ (coefficients - centre) ** 2)

    current = centre.copy()
    value = loss(current)
    for _ in range(50):
        fitted = 1.0 / (1.0 + np.exp(-np.clip(design @ current, -30.0, 30.0)))
        gradient = design.T @ (fitted - target) + precision * (current - centre)
        curvature = (design * (fitted * (1.0 - fitted))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        scale, new_value = 1.0, loss(current - step)
        while new_value > value and scale > 1e-4:
            scale /= 2.0
            new_value = loss(current - scale * step)
        if new_value >= value - 1e-9:
            break
        current, value = current - scale * step, new_value
        if scale == 1.0 and gradient @ step < 1e-6:  # twice what is left to gain, about
            break
    return current
