"""Score thresholds per theme that do not break on rare themes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

BALANCED_AT = 10.0
BEST_AT = 100.0
N_RESAMPLES = 40
TINY = 1e-12


def best_f1_thresholds(scores: F32, present: Bool, weights: F64) -> F64:
    """Threshold of highest F1 under each of several weightings of the texts.

    Args:
        scores: Shape (n,).
        present: Shape (n,).
        weights: Shape (n_weightings, n), non-negative.

    Returns:
        Shape (n_weightings,), each half-way between two neighbouring scores; texts with a score at
        or above it are assigned. NaN where no text that is present has weight.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order].astype(np.float64)
    # No cut between equal scores, and the best cut comes after a text that is present.
    ends = np.flatnonzero(np.append(ranked[:-1] != ranked[1:], True))
    cuts = np.unique(ends[np.searchsorted(ends, np.flatnonzero(present[order]))])
    if len(cuts) == 0:
        return np.full(len(weights), np.nan)
    heavy = weights[:, order[: cuts[-1] + 1]]
    starts = np.append(0, cuts[:-1] + 1)
    assigned = np.cumsum(np.add.reduceat(heavy, starts, axis=1), axis=1)
    heavy *= present[order[: cuts[-1] + 1]]
    both = np.cumsum(np.add.reduceat(heavy, starts, axis=1), axis=1)
    n_present = both[:, -1:]
    best = cuts[np.argmax(2.0 * both / np.maximum(assigned + n_present, TINY), axis=1)]
    below = ranked[np.minimum(best + 1, len(ranked) - 1)]
    return np.where(n_present[:, 0] > 0, (ranked[best] + below) / 2.0, np.nan)


def shrunken_thresholds(
    scores: F32,
    present: Bool,
    known: Bool,
    group_of: I64,
    *,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> F64:
    """Per-theme thresholds for a high F1 that use as much as a theme's positives can tell.

    Three thresholds are mixed. The pooled one of highest F1 over all themes needs no positives of
    the theme. The balanced one, at which a theme is assigned as often as it is present, is near the
    highest F1 and steadier than a maximum (break-even point, Lewis 1992); it has weight
    k / (k + 10) against the pooled one, k the theme's positives. The theme's own of highest F1 has
    weight k / (k + 100) against both: a plain maximum over a handful of positives is close to
    noise. It is the mean over resamples of participants (bagging, Breiman 1996), because the
    position of a maximum jumps.

    Args:
        scores: Shape (n_texts, n_themes), out-of-fold and on one scale across themes.
        present: Shape (n_texts, n_themes).
        known: Shape (n_texts, n_themes), cells that were looked at.
        group_of: Shape (n_texts,), participant numbers, 0-based.
        n_resamples: Bootstrap samples of participants.
        seed: Draws them.

    Returns:
        Shape (n_themes,); ``inf`` everywhere if no theme has a positive.
    """
    n_themes = scores.shape[1]
    rows, themes = np.nonzero(known)
    pooled_weights = np.ones((1, len(rows)))
    pooled = best_f1_thresholds(scores[rows, themes], present[rows, themes], pooled_weights)[0]
    if not np.isfinite(pooled):
        return np.full(n_themes, np.inf)
    weights = _participant_resamples(group_of, n_resamples, seed)
    thresholds = np.full(n_themes, pooled, dtype=np.float64)
    for theme in range(n_themes):
        seen = known[:, theme]
        n_present = int(present[seen, theme].sum())
        if n_present == 0:
            continue
        own = best_f1_thresholds(scores[seen, theme], present[seen, theme], weights[:, seen])
        if np.isfinite(own).any():
            balanced = balanced_threshold(scores[seen, theme], n_present)
            steady = _mix(balanced, pooled, n_present / (n_present + BALANCED_AT))
            best = float(np.nanmean(own))
            thresholds[theme] = _mix(best, steady, n_present / (n_present + BEST_AT))
    return thresholds


def balanced_threshold(scores: F32, n_present: int) -> float:
    """Half-way between the score of that rank and the next, so that so many texts are assigned.

    Args:
        scores: Shape (n,).
        n_present: From 1 to n.
    """
    ranked = np.sort(scores)[::-1]
    return float(ranked[n_present - 1] + ranked[min(n_present, len(ranked) - 1)]) / 2.0


def _mix(one: float, other: float, share: float) -> float:
    return share * one + (1.0 - share) * other


def _participant_resamples(group_of: I64, n_resamples: int, seed: int) -> F64:
    """Shape (n_resamples, n_texts), how often each text's participant was drawn."""
    n_groups = int(group_of.max()) + 1
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=n_resamples)
    return draws[:, group_of].astype(np.float64)
