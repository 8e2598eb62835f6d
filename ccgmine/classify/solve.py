"""Kernel ridge regression of all themes at once, by conjugate gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]


def solve_kernel_ridge(
    apply_kernel: Callable[[F32], F32],
    targets: F32,
    cell_weights: F32,
    *,
    penalty: float,
    tolerance: float = 5e-3,
    max_iterations: int = 80,
) -> F32:
    """Dual coefficients of sum_i d_it (y_it - f_t(x_i))^2 + penalty |f_t|^2 for every theme t.

    f_t(x) = sum_i a_it k(x_i, x) (Saunders et al. 1998). One conjugate-gradient iteration serves
    all themes (Hestenes & Stiefel 1952; columns keep their own step sizes). The system is made
    symmetric by the roots of the weights, so that a weight of zero leaves a text out for one theme
    only: text not looked at is not absent.

    Args:
        apply_kernel: From shape (n, n_themes) to the kernel matrix times it.
        targets: Shape (n, n_themes).
        cell_weights: Shape (n, n_themes), non-negative.
        penalty: Positive.
        tolerance: Stop when every theme's residual is below this share of its right-hand side.
        max_iterations: Stop here at the latest.

    Returns:
        Shape (n, n_themes).
    """
    roots = np.sqrt(cell_weights).astype(np.float32)
    residual = (roots * targets).astype(np.float32, copy=False)
    solution: F32 = np.zeros_like(residual)
    direction = residual.copy()
    norms = _column_norms(residual)
    goal = tolerance**2 * np.maximum(norms, np.float32(1e-20))
    for _ in range(max_iterations):
        if np.all(norms <= goal):
            break
        image = roots * apply_kernel(roots * direction) + np.float32(penalty) * direction
        step: F32 = norms / np.maximum(np.einsum("ij,ij->j", direction, image), np.float32(1e-20))
        solution += step * direction
        residual -= step * image
        new_norms = _column_norms(residual)
        ratio = new_norms / np.maximum(norms, np.float32(1e-20))
        direction = (residual + ratio * direction).astype(np.float32, copy=False)
        norms = new_norms
    result: F32 = roots * solution
    return result


def _column_norms(matrix: F32) -> F32:
    """Shape (n_columns,), squared Euclidean norms."""
    norms: F32 = np.einsum("ij,ij->j", matrix, matrix)
    return norms
