"""Weighted ridge regression of all themes at once, by conjugate gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

F32 = NDArray[np.float32]


def solve_ridge(
    features: csr_matrix,
    targets: F32,
    cell_weights: F32,
    *,
    penalty: float,
    start: F32 | None = None,
    tolerance: float = 1e-3,
    max_iterations: int = 60,
) -> F32:
    """Weights w_t that minimise sum_i d_it (y_it - x_i w_t)^2 + penalty |w_t|^2 for every theme t.

    One conjugate-gradient iteration serves all themes (Hestenes & Stiefel 1952; columns keep their
    own step sizes), its cost is two sparse-dense products, and memory stays linear in the data.
    A cell weight of zero leaves a text out for one theme only: text not looked at is not absent.

    Args:
        features: Shape (n_texts, n_features).
        targets: Shape (n_texts, n_themes).
        cell_weights: Shape (n_texts, n_themes), non-negative.
        penalty: Positive.
        start: Shape (n_features, n_themes), where to begin; zero if not given.
        tolerance: Stop when every theme's residual is below this share of its right-hand side.
        max_iterations: Stop here at the latest.

    Returns:
        Shape (n_features, n_themes).
    """
    transposed = features.T.tocsr()
    right = transposed @ (cell_weights * targets)
    weights = np.zeros_like(right) if start is None else start.copy()

    def apply(direction: F32) -> F32:
        product: F32 = transposed @ (cell_weights * (features @ direction))
        return product + np.float32(penalty) * direction

    residual = right - apply(weights) if start is not None else right.copy()
    direction = residual.copy()
    norms = _column_norms(residual)
    goal = tolerance**2 * np.maximum(_column_norms(right), 1e-20)
    for _ in range(max_iterations):
        if np.all(norms <= goal):
            break
        image = apply(direction)
        step = norms / np.maximum(np.einsum("ij,ij->j", direction, image), 1e-20)
        weights += step * direction
        residual -= step * image
        new_norms = _column_norms(residual)
        direction = residual + (new_norms / np.maximum(norms, 1e-20)) * direction
        norms = new_norms
    return weights


def _column_norms(matrix: F32) -> F32:
    """Shape (n_columns,), squared Euclidean norms."""
    norms: F32 = np.einsum("ij,ij->j", matrix, matrix)
    return norms
