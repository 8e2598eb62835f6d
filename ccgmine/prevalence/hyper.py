"""Settings of the hyper-parameters: which are tried, and how the study's themes weigh them.

A setting fixes the mean slope, and how much intercepts and slopes differ between the groups of
every level. Settings are spread evenly over their prior by a low-discrepancy sequence (Roberts'
R sequence); a theme weighs them by its evidence, and all themes of the study move the prior
(empirical Bayes: Morris 1983, JASA 78:47-55; here by EM on the settings, Laird 1978, JASA
73:805-811). So a useless classifier gets slopes near 0, and themes with few positives borrow
from the others how much groups differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.atoms import Frame
from ccgmine.prevalence.laplace import Priors

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EM_STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorOptions:
    """Priors on the log-odds scale; scores have mean 0 and standard deviation 1.

    base_mean, base_sd: the intercept; mean None: that of the study's themes. slope_mean,
    slope_mean_sd: the mean slope of the study's themes; slope_sd: how much themes differ from
    it. least_spread, spread: standard deviation between the groups of a level, the least and
    the scale of a half-normal on top; least_slope_spread, slope_spread: the same for slopes.
    pooling: how many themes' worth the prior of the settings counts against the study's themes.
    caution, least_share: with n people hand coded, each counts 1 - caution / sqrt(n), at least
    least_share (a power likelihood; ``likelihood_share``).
    """

    base_mean: float | None = None
    base_sd: float = 2.5
    slope_mean: float = 1.0
    slope_mean_sd: float = 0.8
    slope_sd: float = 0.5
    least_spread: float = 0.2
    spread: float = 1.5
    least_slope_spread: float = 0.02
    slope_spread: float = 0.3
    pooling: float = 5.0
    caution: float = 1.5
    least_share: float = 0.85


def base_of(known: Bools, present: Bools) -> float:
    """Log-odds of a typical theme: mean over themes of the empirical log-odds.

    known, present: (n_people, n_themes).
    """
    n = known.sum(axis=0)
    k = (known & present).sum(axis=0)
    if not n.any():
        return 0.0
    return float(np.mean(np.log((k + 0.5) / (n - k + 0.5))[n > 0]))


def likelihood_share(n_coded: Floats, options: PriorOptions) -> Floats:
    """How much of what it says the likelihood counts, below 1 since the model is not the truth.

    What the model leaves out (a line that is no line, settings tried at 48 points, scores that
    learned from the same people) weighs most where few people are hand coded.

    n_coded: any shape, people hand coded, or as many as they are worth.

    >>> likelihood_share(np.array([24, 225, 900]), PriorOptions()).round(3).tolist()
    [0.85, 0.9, 0.95]
    """
    share: Floats = 1 - options.caution / np.sqrt(np.maximum(n_coded, 1))
    return np.maximum(share, options.least_share)


def settings(base: float, frame: Frame, n: int, options: PriorOptions) -> Priors:
    """Priors of x for n settings, evenly spread over the prior of the hyper-parameters."""
    points = _sequence(n, 2 + frame.n_effects)
    normal = NormalDist()
    slope = options.slope_mean + options.slope_mean_sd * _map(normal.inv_cdf, points[:, 0])
    half = _map(lambda u: normal.inv_cdf(0.5 + u / 2), points[:, 1:])
    slope_spread = options.least_slope_spread + options.slope_spread * half[:, :1]
    spread = options.least_spread + options.spread * half[:, 1:]
    base_sd, slope_sd = np.full((n, 1), options.base_sd), np.full((n, 1), options.slope_sd)
    # Column -1, the common effect, is the last of these.
    of_intercept = np.hstack([spread, base_sd])[:, frame.intercept_level]
    of_slope = np.hstack([np.repeat(slope_spread, frame.n_effects, axis=1), slope_sd])
    centre = base if options.base_mean is None else options.base_mean
    mean = np.hstack([
        np.where(frame.intercept_level < 0, centre, np.zeros((n, 1))),
        np.where(frame.slope_level < 0, slope[:, None], 0.0),
    ])  # fmt: skip
    return Priors(mean, np.hstack([of_intercept, of_slope[:, frame.slope_level]]))


def setting_weights(log_evidence: Floats, pooling: float) -> Floats:
    """Weight of every setting for every theme: (n_themes, n_settings), rows sum to 1.

    The prior over settings is the even one, counted ``pooling`` times, plus what all themes say;
    ``math.inf``: themes say nothing to each other.
    """
    n_themes, n = log_evidence.shape
    relative = np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True))
    prior = np.full(n, 1 / n)
    found: Floats = relative / relative.sum(axis=1, keepdims=True)
    if not np.isfinite(pooling):
        return found
    for _ in range(EM_STEPS):
        prior = (pooling / n + found.sum(axis=0)) / (pooling + n_themes)
        np.multiply(relative, prior, out=found)
        found /= found.sum(axis=1, keepdims=True)
    return found


def _sequence(n: int, n_dims: int) -> Floats:
    """Roberts' R sequence in the unit cube: (n, n_dims)."""
    root: float = 2.0
    for _ in range(60):
        root = (1 + root) ** (1 / (n_dims + 1))
    steps = root ** -np.arange(1.0, n_dims + 1)
    points = (0.5 + np.arange(1, n + 1)[:, None] * steps) % 1
    found: Floats = np.clip(points, 0.5 / n, 1 - 0.5 / n)
    return found


def _map(function: Callable[[float], float], values: Floats) -> Floats:
    flat = np.array([function(float(v)) for v in values.ravel()])
    found: Floats = flat.reshape(values.shape)
    return found
