"""Kernel ridge regression of all themes at once, with each fold left out in turn.

Where every text was looked at for every theme, one matrix serves all themes and is inverted once;
leaving a fold out is then a small correction of the inverse, so that ten folds cost little more
than one. Where texts count for some themes only, conjugate gradients solve fold by fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

BLOCK = 512


def invert(kernel: F32, penalties: F32) -> F32:
    """Inverse of the kernel matrix plus a penalty a row on its diagonal, by Cholesky; shape (n, n).

    Args:
        kernel: Shape (n, n), symmetric and positive semidefinite; overwritten.
        penalties: Shape (n,), positive.
    """
    from scipy.linalg.lapack import spotrf, spotri

    # LAPACK counts columns first, so that the transposed view is what it works on in place.
    matrix = np.asfortranarray(kernel.T)
    matrix[np.diag_indices(len(matrix))] += penalties
    factor, failed = spotrf(matrix, lower=1, overwrite_a=1, clean=0)
    if failed:
        raise ValueError("the kernel matrix is not positive definite")
    lower, _ = spotri(factor, lower=1, overwrite_c=1)
    inverse: F32 = lower.T  # rows first, and its upper triangle is filled
    for begin in range(0, len(inverse), BLOCK):
        rows, below = slice(begin, begin + BLOCK), slice(begin + BLOCK, None)
        inverse[below, rows] = inverse[rows, below].T
        corner = np.triu(inverse[rows, rows])
        inverse[rows, rows] = corner + np.triu(corner, 1).T
    return inverse


def leave_out(
    inverse: F32, targets: F32, left_out: Sequence[I64], centres: Sequence[F32]
) -> Iterator[tuple[F32, F32]]:
    """Dual coefficients of the ridge regression without each of the given sets of rows.

    With G the inverse, y the targets and H the rows left out, the coefficients of the others are
    G y - G[:, H] G[H, H]^-1 (G y)[H] (the inverse of a block, Woodbury 1950). They are those of a
    regression that never saw H, not an approximation, and G[H, H]^-1 (G y)[H] is what that
    regression misses by in H.

    Args:
        inverse: Shape (n, n), of ``invert``.
        targets: Shape (n, n_themes).
        left_out: Rows, one array for each regression; may be empty.
        centres: Shape (n_themes,) each, taken off the targets of that regression.

    Yields:
        Coefficients, shape (n, n_themes), zero in the rows left out; and the values of the
        regression in those rows, shape (n_left_out, n_themes), with the centre added again.
    """
    solved = inverse @ targets
    of_ones = inverse.sum(axis=1)
    for rows, centre in zip(left_out, centres, strict=True):
        coefficients: F32 = solved - of_ones[:, None] * centre
        values = targets[rows]
        if len(rows):
            missed = np.linalg.solve(inverse[np.ix_(rows, rows)], coefficients[rows])
            coefficients -= inverse[:, rows] @ missed
            coefficients[rows] = 0.0
            values = values - missed
        yield coefficients, values


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
