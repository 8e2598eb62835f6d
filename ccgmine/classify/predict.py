"""Prediction: texts in batches to scores, probabilities and themes, at some 200,000 texts/s.

All n-grams of a word depend on the word alone, so its sum of weights is computed once per distinct
word of the batch; a text is then a sum over its words and pairs of words. The order of additions
within a text does not depend on its batch, so the same text has the same scores to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
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
from ccgmine.classify.model import FittedModel, ThemeFunctions
from ccgmine.classify.weighting import GRAM_SCALE, TINY, Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

BATCH_TEXTS = 10_000
BATCH_CHARS = 1_500_000
BLOCK_ROWS = 256
STEP_ROWS = 8 * BLOCK_ROWS
"""Texts whose sums are made at a time: as many as stay in the processor's cache."""
KNOWN_WORDS = 20_000
"""Words whose sums are kept for the batches that follow."""
FEW_SUMS = 100


@dataclass(frozen=True, slots=True)
class _Family:
    """Weights of one family of n-grams, ready for gathering.

    Attributes:
        row_of: Shape (n_buckets,), row of each bucket in ``table``; -1 if it carries no weight.
        table: Shape (n_rows, n_themes + n_latent + 1): weights and latent directions times idf, and
            squared idf in the last column.
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
    """Scores texts with a model; make one per model and keep it."""

    def __init__(self, model: FittedModel, functions: ThemeFunctions | None = None) -> None:
        """Lay the weights out for gathering.

        Args:
            model: Vocabulary, thresholds and calibration.
            functions: A fold's model in place of ``model.functions``.
        """
        chosen = model.functions if functions is None else functions
        self._biases = chosen.biases
        self._thresholds = model.thresholds.astype(np.float32)
        self._calibration = model.calibration
        words, pairs, grams = (
            (0, PAIR_START, 1.0), (PAIR_START, GRAM_START, 1.0),
            (GRAM_START, GRAM_START + N_GRAM, GRAM_SCALE),
        )  # fmt: skip
        columns = np.hstack([chosen.weights, model.latent])
        self._words = _family(model.vocabulary, columns, *words)
        self._pairs = _family(model.vocabulary, columns, *pairs)
        self._grams = _family(model.vocabulary, columns, *grams)
        # Words of earlier batches, most of which come again: row of each hash, and its sums.
        self._known: dict[int, int] = {}
        self._known_sums: F32 = np.empty((KNOWN_WORDS, 2 * columns.shape[1] + 2), np.float32)
        n_themes, n_latent, self._rank = chosen.vectors.shape
        vectors = chosen.vectors.transpose(1, 2, 0).reshape(n_latent, self._rank * n_themes)
        self._vectors = np.ascontiguousarray(vectors)
        self._signs = np.ascontiguousarray(chosen.signs.T)

    def scores(self, texts: Sequence[str]) -> F32:
        """Shape (n_texts, n_themes); one batch, kept in memory whole."""
        return self._scores(texts)[0]

    def _scores(self, texts: Sequence[str]) -> tuple[F32, Bool]:
        """Scores, and whether a text has any n-gram the model knows, shape (n_texts,)."""
        tokens = tokenise(texts)
        n_texts, n_themes = tokens.n_texts, len(self._biases)
        n_columns = self._words.table.shape[1]
        words, table = self._word_rows(tokens)
        pairs, pair_indptr = _known_rows(self._pairs, *word_pairs(tokens))
        scores: F32 = np.empty((n_texts, n_themes), dtype=np.float32)
        understood = np.empty(n_texts, dtype=np.bool_)
        for begin in range(0, n_texts, STEP_ROWS):
            here = slice(begin, begin + STEP_ROWS)
            rows = slice(begin, begin + STEP_ROWS + 1)
            both = _sum_rows(words, tokens.indptr[rows], table)
            block, gram_block = both[:, :n_columns], both[:, n_columns:]
            block += _sum_rows(pairs, pair_indptr[rows], self._pairs.table)
            understood[here] = (block[:, -1] > 0) | (gram_block[:, -1] > 0)
            _normalise(block)
            _normalise(gram_block)
            block += gram_block
            np.add(block[:, :n_themes], self._biases, out=scores[here])
            self._add_quadratic(scores[here], block[:, n_themes:-1])
        return scores, understood

    def predict(self, texts: Sequence[str]) -> Predictions:
        """Scores and assigned themes of one batch; a text without known n-grams has no theme."""
        scores, understood = self._scores(texts)
        return Predictions(scores, (scores >= self._thresholds) & understood[:, None])

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

    def _add_quadratic(self, scores: F32, latent: F32) -> None:
        """Add each theme's quadratic form, in place.

        Always in blocks of the same number of rows: a matrix product of another shape may add in
        another order, and a text's score would depend on the size of its batch.
        """
        n_texts, n_themes = scores.shape
        padded = np.zeros((BLOCK_ROWS, latent.shape[1]), dtype=np.float32)
        for begin in range(0, n_texts, BLOCK_ROWS):
            n_rows = min(BLOCK_ROWS, n_texts - begin)
            padded[:n_rows] = latent[begin : begin + n_rows]
            products = padded @ self._vectors
            products *= products
            for k in range(self._rank):
                part = products[:n_rows, k * n_themes : (k + 1) * n_themes]
                scores[begin : begin + n_rows] += part * self._signs[k]

    def _word_rows(self, tokens: Tokens) -> tuple[NDArray[np.integer], F32]:
        """Row of each word in a table of sums, and that table."""
        first, group_of = distinct(tokens.hashes)
        hashes = tokens.hashes[first].tolist()
        new = [i for i, value in enumerate(hashes) if value not in self._known]
        if len(self._known) + len(new) > KNOWN_WORDS:
            self._known.clear()
            new = list(range(len(hashes)))
        if len(new) > KNOWN_WORDS:
            return group_of, self._word_sums(tokens, first)
        if new:
            begin = len(self._known)
            self._known_sums[begin : begin + len(new)] = self._word_sums(tokens, first[new])
            self._known.update(zip([hashes[i] for i in new], count(begin), strict=False))
        rows = np.array([self._known[value] for value in hashes], dtype=np.int32)
        return rows[group_of], self._known_sums[: len(self._known)]

    def _word_sums(self, tokens: Tokens, which: I64) -> F32:
        """Sums of words as such, and beside them of their character n-grams."""
        rows = self._words.row_of[word_buckets(tokens.hashes[which])]
        words = np.zeros((len(which), self._words.table.shape[1]), dtype=np.float32)
        hit = rows >= 0
        words[hit] = self._words.table[rows[hit]]
        grams = word_grams(tokens.data, tokens.starts[which], tokens.lengths[which])
        return np.hstack([words, _sum_rows(*_known_rows(self._grams, *grams), self._grams.table)])


def _family(vocabulary: Vocabulary, columns: F32, begin: int, end: int, scale: float) -> _Family:
    """Table of the kept buckets from ``begin`` to ``end``."""
    low, high = np.searchsorted(vocabulary.buckets, [begin, end])
    row_of = np.full(end - begin, -1, dtype=np.int32)
    row_of[vocabulary.buckets[low:high] - begin] = np.arange(high - low, dtype=np.int32)
    idf = vocabulary.idf[low:high, None]
    table = np.hstack([columns[low:high] * idf * np.float32(scale), idf * idf])
    return _Family(row_of, np.ascontiguousarray(table, dtype=np.float32))


def _known_rows(family: _Family, buckets: I64, indptr: I64) -> tuple[I32, I64]:
    """Table rows per text (or word), without the buckets that have no weights, and pointers."""
    rows = family.row_of[buckets]
    hit = rows >= 0
    passed = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum(hit, out=passed[1:])
    return rows[hit], passed[indptr]


def _sum_rows(rows: NDArray[np.integer], indptr: I64, table: F32) -> F32:
    """Row i of the result is the sum of ``table[rows[indptr[i]:indptr[i + 1]]]``, in this order."""
    n_sums = len(indptr) - 1
    if len(table) == 0:
        return np.zeros((n_sums, table.shape[1]), dtype=np.float32)
    if n_sums <= FEW_SUMS:
        # The same additions in the same order; loading scipy would take longer than these.
        sums: F32 = np.zeros((n_sums, table.shape[1]), dtype=np.float32)
        for i, (begin, end) in enumerate(pairwise(indptr.tolist())):
            if end > begin:
                sums[i] = np.add.reduce(table[rows[begin:end]], axis=0)
        return sums
    from scipy.sparse import csr_matrix

    used = rows[indptr[0] : indptr[-1]].astype(np.int32, copy=False)
    matrix: csr_matrix = csr_matrix(
        (np.ones(len(used), dtype=np.float32), used, (indptr - indptr[0]).astype(np.int32)),
        shape=(n_sums, len(table)),
    )
    result: F32 = matrix @ table
    return result


def _normalise(block: F32) -> None:
    """Divide each row by the root of its last column (the sum of squared idf), in place."""
    block /= np.sqrt(np.maximum(block[:, -1:], np.float32(TINY)))


assert N_WORD == PAIR_START
assert PAIR_START + N_PAIR == GRAM_START
