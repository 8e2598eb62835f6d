"""From bucket counts to weighted, normalised features; which buckets may carry weights at all.

A bucket is kept only if at least three participants used it, so that a saved model holds nothing
that fewer than three people said. Kept buckets are weighted by inverse document frequency. Words
and pairs form one block, character n-grams another; each block of a text is divided by the root
of the sum of squared idf over its *occurrences*. That norm, unlike the Euclidean one, is a sum over
words, so that prediction can compute it word by word (``predict.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.features import GRAM_START

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

MIN_PARTICIPANTS = 3
MAX_BUCKETS = 18_000
"""Bounds the model: 18,000 buckets, 100 latent coordinates and 31 themes take 4.5 MB."""
GRAM_SCALE = 2.0
"""Length of the character block where the block of words and pairs has length one."""
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The buckets that may carry weights.

    Attributes:
        buckets: Shape (n_kept,), ascending bucket numbers over all families.
        idf: Shape (n_kept,), inverse document frequency of each.
    """

    buckets: I64
    idf: F32

    @property
    def n_words(self) -> int:
        """How many kept buckets are words or pairs; the rest are character n-grams."""
        return int(np.searchsorted(self.buckets, GRAM_START))


def fit_vocabulary(
    counts: csr_matrix,
    group_of: I64,
    *,
    min_participants: int = MIN_PARTICIPANTS,
    max_buckets: int = MAX_BUCKETS,
) -> Vocabulary:
    """Buckets that enough participants used, and their idf (smoothed, as in scikit-learn).

    Args:
        counts: Shape (n_texts, N_BUCKETS), of all texts at hand, coded or not.
        group_of: Shape (n_texts,), participant numbers, 0-based.
        min_participants: Buckets used by fewer are dropped.
        max_buckets: Beyond this, the buckets with the most participants are kept.
    """
    n_users = _participants_by_bucket(counts, group_of)
    kept = np.flatnonzero(n_users >= min_participants)
    if len(kept) > max_buckets:
        order = np.argsort(-n_users[kept], kind="stable")
        kept = np.sort(kept[order[:max_buckets]])
    n_texts = counts.shape[0]
    document_frequency = np.bincount(counts.indices, minlength=counts.shape[1])[kept]
    idf = np.log((1.0 + n_texts) / (1.0 + document_frequency)) + 1.0
    return Vocabulary(kept.astype(np.int64), idf.astype(np.float32))


def _participants_by_bucket(counts: csr_matrix, group_of: I64) -> I64:
    """Shape (n_buckets,), how many participants used each bucket."""
    from scipy.sparse import csr_matrix

    n_texts = len(group_of)
    ones = np.ones(n_texts, dtype=np.float32)
    shape = (int(group_of.max()) + 1 if n_texts else 0, n_texts)
    members = csr_matrix((ones, (group_of, np.arange(n_texts))), shape=shape)
    return np.bincount((members @ counts).indices, minlength=counts.shape[1])


def weigh(counts: csr_matrix, vocabulary: Vocabulary) -> csr_matrix:
    """Weighted, normalised features.

    Returns:
        Shape (n_texts, n_kept), float32.
    """
    from scipy.sparse import diags, hstack

    kept = counts[:, vocabulary.buckets].tocsr()
    n_words = vocabulary.n_words
    blocks = []
    for begin, end, scale in ((0, n_words, 1.0), (n_words, len(vocabulary.idf), GRAM_SCALE)):
        block, idf = kept[:, begin:end], vocabulary.idf[begin:end]
        norm = np.sqrt(np.maximum(block @ (idf * idf), TINY))
        blocks.append(diags((scale / norm).astype(np.float32)) @ block @ diags(idf))
    weighted: csr_matrix = hstack(blocks, format="csr", dtype=np.float32)
    return weighted
