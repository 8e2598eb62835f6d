"""Prediction: texts in batches to scores, probabilities and themes, at some 200,000 texts/s.

All n-grams of a word depend on the word alone, so its sum of weights is computed once per distinct
word of the batch; a text is then a sum over its words and pairs of words. The order of additions
within a text does not depend on its batch, so the same text has the same scores to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.features import (
    GRAM_START,
    N_GRAM,
    N_PAIR,
    N_WORD,
    PAIR_START,
    Tokens,
    distinct,
    tokenise,
    word_buckets,
    word_grams,
    word_pairs,
)
from ccgmine.classify.model import FittedModel, LinearModel
from ccgmine.classify.weighting import GRAM_SCALE, TINY, Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

BATCH_TEXTS = 10_000
BATCH_CHARS = 1_500_000


@dataclass(frozen=True, slots=True)
class _Family:
    """Weights of one family of n-grams, ready for gathering.

    Attributes:
        row_of: Shape (n_buckets,), row of each bucket in ``table``; -1 if it carries no weight.
        table: Shape (n_rows, n_themes + 1), idf times weight, and squared idf in the last column.
    """

    row_of: I32
    table: F32


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model says of a batch.

    Attributes:
        scores: Shape (n_texts, n_themes).
        assigned: Shape (n_texts, n_themes), whatever the theme's state; the caller tells learned
            themes from suggested ones by ``FittedModel.states``.
    """

    scores: F32
    assigned: Bool


class Predictor:
    """Scores texts with a linear model; make one per model and keep it."""

    def __init__(self, model: FittedModel, linear: LinearModel | None = None) -> None:
        """Lay the weights out for gathering.

        Args:
            model: Vocabulary, thresholds and calibration.
            linear: A fold's model in place of ``model.linear``.
        """
        chosen = model.linear if linear is None else linear
        self._biases = chosen.biases
        self._thresholds = model.thresholds.astype(np.float32)
        self._calibration = model.calibration
        words, pairs, grams = (
            (0, PAIR_START, 1.0), (PAIR_START, GRAM_START, 1.0),
            (GRAM_START, GRAM_START + N_GRAM, GRAM_SCALE),
        )  # fmt: skip
        self._words = _family(model.vocabulary, chosen.weights, *words)
        self._pairs = _family(model.vocabulary, chosen.weights, *pairs)
        self._grams = _family(model.vocabulary, chosen.weights, *grams)

    def scores(self, texts: Sequence[str]) -> F32:
        """Shape (n_texts, n_themes); one batch, kept in memory whole."""
        tokens = tokenise(texts)
        block, gram_block = self._sums(tokens)
        _normalise(block)
        _normalise(gram_block)
        block += gram_block
        result: F32 = block[:, :-1] + self._biases
        return result

    def predict(self, texts: Sequence[str]) -> Predictions:
        """Scores and assigned themes of one batch."""
        scores = self.scores(texts)
        return Predictions(scores, scores >= self._thresholds)

    def probabilities(self, scores: F32) -> F32:
        """Calibrated probabilities of scores, shape (n_texts, n_themes)."""
        return self._calibration.probabilities(scores)

    def stream(self, texts: Iterable[str]) -> Iterator[Predictions]:
        """Predictions batch by batch, in order; memory does not grow with the input."""
        batch: list[str] = []
        chars = 0
        for text in texts:
            batch.append(text)
            chars += len(text)
            if len(batch) >= BATCH_TEXTS or chars >= BATCH_CHARS:
                yield self.predict(batch)
                batch, chars = [], 0
        if batch:
            yield self.predict(batch)

    def _sums(self, tokens: Tokens) -> tuple[F32, F32]:
        """Sums of weights over each text's words and pairs, and over its character n-grams."""
        n_columns = self._words.table.shape[1]
        first, group_of = distinct(tokens.hashes)
        if len(first) == 0:
            zero = np.zeros((tokens.n_texts, n_columns), dtype=np.float32)
            return zero, zero.copy()
        word_rows = self._words.row_of[word_buckets(tokens.hashes[first])]
        word_table = np.zeros((len(first), n_columns), dtype=np.float32)
        hit = word_rows >= 0
        word_table[hit] = self._words.table[word_rows[hit]]
        buckets, indptr = word_grams(tokens.data, tokens.starts[first], tokens.lengths[first])
        gram_table = _gather(self._grams, buckets, indptr)
        both = _sum_rows(group_of, tokens.indptr, np.hstack([word_table, gram_table]))
        block = both[:, :n_columns] + _gather(self._pairs, *word_pairs(tokens))
        return block, both[:, n_columns:]


def _family(vocabulary: Vocabulary, weights: F32, begin: int, end: int, scale: float) -> _Family:
    """Table of the kept buckets from ``begin`` to ``end``."""
    low, high = np.searchsorted(vocabulary.buckets, [begin, end])
    row_of = np.full(end - begin, -1, dtype=np.int32)
    row_of[vocabulary.buckets[low:high] - begin] = np.arange(high - low, dtype=np.int32)
    idf = vocabulary.idf[low:high, None]
    table = np.hstack([weights[low:high] * idf * np.float32(scale), idf * idf])
    return _Family(row_of, np.ascontiguousarray(table, dtype=np.float32))


def _gather(family: _Family, buckets: I64, indptr: I64) -> F32:
    """Sum of table rows per text (or word); buckets without weights are skipped."""
    rows = family.row_of[buckets]
    hit = rows >= 0
    passed = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(hit, out=passed[1:])
    return _sum_rows(rows[hit], passed[indptr], family.table)


def _sum_rows(rows: NDArray[np.integer], indptr: I64, table: F32) -> F32:
    """Row i of the result is the sum of ``table[rows[indptr[i]:indptr[i + 1]]]``, in this order."""
    from scipy.sparse import csr_matrix

    if len(table) == 0:
        return np.zeros((len(indptr) - 1, table.shape[1]), dtype=np.float32)
    ones = np.ones(len(rows), dtype=np.float32)
    matrix: csr_matrix = csr_matrix(
        (ones, rows.astype(np.int32, copy=False), indptr.astype(np.int32)),
        shape=(len(indptr) - 1, len(table)),
    )
    result: F32 = matrix @ table
    return result


def _normalise(block: F32) -> None:
    """Divide each row by the root of its last column (the sum of squared idf), in place."""
    block /= np.sqrt(np.maximum(block[:, -1:], np.float32(TINY)))


assert N_WORD == PAIR_START
assert PAIR_START + N_PAIR == GRAM_START
