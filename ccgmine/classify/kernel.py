"""The kernel: n-grams as they are, plus squared similarity in a latent semantic space.

k(x, y) = x.y + strength * (z_x . z_y)^2, where z are the leading latent semantic coordinates of the
study's texts, coded or not (Deerwester et al. 1990). The square is a polynomial kernel: it lets
pairs of topics speak for a theme where neither does alone. Because z is linear in x, a fitted
function is x.w + z' M z with one small symmetric matrix M per theme, and no training text is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

F32 = NDArray[np.float32]

N_LATENT = 100
STRENGTH = 0.24
MAX_DENSE = 6_000
"""Up to so many rows the kernel matrix is kept (144 MB); beyond, products are recomputed."""
CHUNK = 2_048
COMMON_SHARE = 0.03
"""Features of more texts than this share are multiplied densely."""


def latent_directions(features: csr_matrix, n_latent: int, seed: int) -> F32:
    """Leading right singular vectors (randomised SVD, Halko et al. 2011).

    Returns:
        Shape (n_features, n_latent); fewer columns if the texts span fewer dimensions. Signs are
        fixed, so that the same data give the same vectors.
    """
    from sklearn.utils.extmath import randomized_svd

    n_latent = min(n_latent, *features.shape)
    if n_latent == 0 or features.nnz == 0:
        return np.zeros((features.shape[1], 0), dtype=np.float32)
    _, values, rows = randomized_svd(
        features, n_latent, n_oversamples=20, n_iter=4, flip_sign=False, random_state=seed
    )
    directions = rows[values > 1e-4 * values[0]].T
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return np.ascontiguousarray(directions * signs, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Examples:
    """Training rows: sparse features and latent coordinates.

    Attributes:
        features: Shape (n, n_features).
        latent: Shape (n, n_latent).
    """

    features: csr_matrix
    latent: F32

    def take(self, rows: NDArray[np.int64]) -> Examples:
        """Some of the rows."""
        return Examples(self.features[rows], self.latent[rows])


def dense_kernel(examples: Examples) -> F32:
    """Kernel matrix, shape (n, n).

    The few features that many texts have make nearly all of the products; those are multiplied as
    a dense matrix, which is many times faster, and the others as a sparse one.
    """
    features, n = examples.features, examples.features.shape[0]
    users = np.bincount(features.indices, minlength=features.shape[1])
    common = users > COMMON_SHARE * n
    dense = features[:, common].toarray()
    rest = features[:, ~common].tocsr()
    transposed = rest.T.tocsr()
    matrix = np.empty((n, n), dtype=np.float32)
    for begin in range(0, n, CHUNK):
        rows = slice(begin, begin + CHUNK)
        latent = examples.latent[rows] @ examples.latent.T
        matrix[rows] = (rest[rows] @ transposed).toarray()
        matrix[rows] += dense[rows] @ dense.T
        latent *= latent
        latent *= np.float32(STRENGTH)
        matrix[rows] += latent
    return matrix


def kernel_product(examples: Examples) -> Callable[[F32], F32]:
    """The function from v to kernel matrix times v, without the matrix."""
    transposed = examples.features.T.tocsr()

    def apply(vectors: F32) -> F32:
        product: F32 = examples.features @ (transposed @ vectors)
        product += quadratic_values(examples.latent, quadratic_forms(examples.latent, vectors))
        return product

    return apply


def quadratic_forms(latent: F32, coefficients: F32) -> F32:
    """Matrices M_t = strength * sum_i a_it z_i z_i'.

    Args:
        latent: Shape (n, n_latent).
        coefficients: Shape (n, n_themes).

    Returns:
        Shape (n_themes, n_latent, n_latent), symmetric.
    """
    forms = [(latent * column[:, None]).T @ latent for column in coefficients.T]
    return np.float32(STRENGTH) * np.stack(forms).astype(np.float32)


def quadratic_values(latent: F32, forms: F32) -> F32:
    """Z' M_t z of each text and theme, shape (n, n_themes)."""
    values = np.empty((len(latent), len(forms)), dtype=np.float32)
    for begin in range(0, len(latent), CHUNK):
        rows = latent[begin : begin + CHUNK]
        for theme, form in enumerate(forms):
            values[begin : begin + CHUNK, theme] = np.einsum("ij,ij->i", rows @ form, rows)
    return values


def factor_forms(forms: F32, rank: int) -> tuple[F32, F32]:
    """Each M_t by its ``rank`` eigenvalues of largest size.

    Returns:
        Vectors, shape (n_themes, n_latent, rank), scaled by the root of the eigenvalue's size, and
        signs, shape (n_themes, rank): M_t is about the sum of sign * vector vector'.
    """
    values, vectors = np.linalg.eigh(forms.astype(np.float64))
    rank = min(rank, forms.shape[1])
    order = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :rank]
    top = np.take_along_axis(values, order, axis=1)
    chosen = np.take_along_axis(vectors, order[:, None, :], axis=2) * np.sqrt(np.abs(top))[:, None]
    return chosen.astype(np.float32), np.sign(top).astype(np.float32)
