"""Score thresholds per theme that do not break on rare themes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

SHRINKAGE = 20.0


def best_f1_threshold(scores: F32, present: Bool) -> float:
    """Threshold of highest F1, half-way between two neighbouring scores.

    Args:
        scores: Shape (n,).
        present: Shape (n,).

    Returns:
        Texts with a score at or above it are assigned; ``inf`` if nothing is present.
    """
    n_present = int(present.sum())
    if n_present == 0:
        return float("inf")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order].astype(np.float64)
    found = np.cumsum(present[order])
    f1 = 2.0 * found / (np.arange(1, len(ranked) + 1) + n_present)
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0  # no cut between equal scores
    cut = int(np.argmax(f1))
    below = ranked[cut + 1] if cut + 1 < len(ranked) else ranked[cut]
    return float((ranked[cut] + below) / 2.0)


def shrunken_thresholds(
    scores: F32, present: Bool, known: Bool, *, shrinkage: float = SHRINKAGE
) -> F64:
    """Per-theme thresholds of highest F1, drawn towards the pooled one where positives are few.

    The theme's own threshold has weight k / (k + shrinkage), k its positives: a plain maximum of F1
    over a handful of positives is close to noise.

    Args:
        scores: Shape (n_texts, n_themes), out-of-fold and on one scale across themes.
        present: Shape (n_texts, n_themes).
        known: Shape (n_texts, n_themes), cells that were looked at.
        shrinkage: Positives at which the own threshold has weight one half.

    Returns:
        Shape (n_themes,); ``inf`` everywhere if no theme has a positive.
    """
    n_themes = scores.shape[1]
    pooled = best_f1_threshold(scores[known], present[known])
    thresholds = np.full(n_themes, pooled, dtype=np.float64)
    for theme in range(n_themes):
        rows = known[:, theme]
        n_present = int(present[rows, theme].sum())
        if n_present:
            own = best_f1_threshold(scores[rows, theme], present[rows, theme])
            weight = n_present / (n_present + shrinkage)
            thresholds[theme] = weight * own + (1.0 - weight) * pooled
    return thresholds
