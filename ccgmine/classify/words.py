"""Which words speak for and against a theme: the score of a text, word by word.

The score is a sum over words, pairs of words and pieces of words, divided by the text's length
in the feature space. A pair's share goes half to each of its words and a piece's to the word it
is a piece of, so that a text's words and the constant add up to its score.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.features import (
    GRAM_START,
    PAIR_START,
    Tokens,
    pair_buckets,
    tokenise,
    word_buckets,
    word_grams,
)
from ccgmine.classify.weighting import GRAM_SCALE, MIN_PARTICIPANTS, TINY

if TYPE_CHECKING:
    from ccgmine.classify.model import FittedModel

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WordShares:
    """What each word of a text adds to each theme's score, wherever it stands in it.

    Attributes:
        words: The words as the features see them, each once, in the order they come in.
        shares: Shape (n_words, n_themes).
    """

    words: tuple[str, ...] = field(repr=False)
    shares: F64


AT_ONCE = 1000
"""Words taken apart at a time: each takes dozens of rows as wide as the themes and the latent
coordinates."""


class WordScorer:
    """Takes the scores of texts apart.

    Args:
        model: The model.
    """

    def __init__(self, model: FittedModel) -> None:
        self._model = model
        kept = np.hstack([model.functions.weights, model.latent]).astype(np.float64)
        idf = model.vocabulary.idf.astype(np.float64)
        self._columns = kept * idf[:, None]
        self._squares = idf * idf
        self._buckets = model.vocabulary.buckets

    def shares(self, text: str) -> WordShares:
        """What each word of a text adds to each theme's score."""
        n_themes = self._model.n_themes
        tokens = tokenise([text])
        if not len(tokens.hashes):
            return WordShares((), np.zeros((0, n_themes)))
        _, first, at, times = np.unique(
            tokens.hashes, return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        first, times, word_of = first[order], times[order], np.argsort(order)[at]
        words = tuple(
            bytes(tokens.data[a : a + n]).decode("utf-8", "replace")
            for a, n in zip(tokens.starts[first], tokens.lengths[first], strict=True)
        )
        parts = self._words_and_pairs(tokens, first, times, word_of)
        parts += GRAM_SCALE * self._pieces(tokens, first, times)
        linear, latent = parts[:, :n_themes], parts[:, n_themes:]
        return WordShares(words, linear + self._quadratic(latent))

    def _words_and_pairs(self, tokens: Tokens, first: I64, times: I64, word_of: I64) -> F64:
        hashes = tokens.hashes
        total = np.zeros((len(first), self._columns.shape[1]))
        hit, rows = self._find(word_buckets(hashes[first]))
        total[hit] = self._columns[rows] * times[hit, None]
        squares = float((self._squares[rows] * times[hit]).sum())
        hit, rows = self._find(PAIR_START + pair_buckets(hashes[:-1], hashes[1:]))
        squares += float(self._squares[rows].sum())
        for begin in range(0, len(hit), AT_ONCE):
            pairs = hit[begin : begin + AT_ONCE]
            halves = self._columns[rows[begin : begin + AT_ONCE]] / 2
            np.add.at(total, word_of[pairs], halves)
            np.add.at(total, word_of[pairs + 1], halves)
        shares: F64 = total / np.sqrt(max(squares, TINY))
        return shares

    def _pieces(self, tokens: Tokens, first: I64, times: I64) -> F64:
        total = np.zeros((len(first), self._columns.shape[1]))
        squares = 0.0
        starts, lengths = tokens.starts[first], tokens.lengths[first]
        for begin in range(0, len(first), AT_ONCE):
            some = slice(begin, begin + AT_ONCE)
            buckets, indptr = word_grams(tokens.data, starts[some], lengths[some])
            n_times = times[some]
            word_of = np.repeat(np.arange(len(n_times)), np.diff(indptr))
            hit, rows = self._find(GRAM_START + buckets)
            np.add.at(total[some], word_of[hit], self._columns[rows])
            total[some] *= n_times[:, None]
            squares += float((self._squares[rows] * n_times[word_of[hit]]).sum())
        pieces: F64 = total / np.sqrt(max(squares, TINY))
        return pieces

    def _find(self, buckets: I64) -> tuple[I64, I64]:
        """Which of the buckets carry weight, and in which of the model's rows it stands."""
        if not len(self._buckets):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        at = np.minimum(np.searchsorted(self._buckets, buckets), len(self._buckets) - 1)
        hit = np.flatnonzero(self._buckets[at] == buckets)
        return hit, at[hit]

    def _quadratic(self, latent: F64) -> F64:
        """Shares of the squares: (sum of parts)^2 is each part times the sum, added up.

        Args:
            latent: Shape (n_words, n_latent), what each word adds to the latent coordinates.
        """
        vectors, signs = self._model.functions.vectors, self._model.functions.signs
        n_themes, n_latent, rank = vectors.shape
        flat = vectors.transpose(1, 0, 2).reshape(n_latent, n_themes * rank)
        whole = (latent.sum(axis=0) @ flat).reshape(n_themes, rank) * signs
        shares = np.empty((len(latent), n_themes))
        for begin in range(0, len(latent), AT_ONCE):
            some = slice(begin, begin + AT_ONCE)
            along = (latent[some] @ flat).reshape(-1, n_themes, rank)
            shares[some] = (along * whole).sum(axis=2)
        return shares


LONGEST = 50_000
"""Characters of a text that its telling words are looked for in: a word's shares take a row as wide
as the themes and the latent coordinates, and a text of millions of words would fill the memory."""


def telling_words(
    model: FittedModel,
    texts: Sequence[str],
    present: Bool,
    groups: Sequence[Hashable],
    *,
    leave_out: Collection[str] = (),
    n_words: int = 6,
) -> list[list[str]]:
    """The words that speak most for each theme in the passages that carry it.

    Args:
        model: The model.
        texts: n_texts coded texts.
        present: Shape (n_texts, n_themes), the hand coding.
        groups: n_texts participants.
        leave_out: Words of the language that tell nothing, such as "the".
        n_words: How many words a theme.

    Returns:
        Words by theme, the most telling first; only words of three letters or more that at
        least three participants used. Of a text longer than `LONGEST` only the start is read.
    """
    users: dict[str, set[Hashable]] = defaultdict(set)
    total: dict[str, F64] = {}
    scorer = WordScorer(model)
    for text, themes, group in zip(texts, present, groups, strict=True):
        found = scorer.shares(text[:LONGEST])
        for word, shares in zip(found.words, found.shares, strict=True):
            if word in leave_out or not re.fullmatch(r"[^\W\d_]{3,}", word):
                continue
            users[word].add(group)
            if themes.any():
                total[word] = total.get(word, 0.0) + shares * themes
    common = sorted(w for w in total if len(users[w]) >= MIN_PARTICIPANTS)
    if not common:
        return [[] for _ in range(present.shape[1])]
    table = np.array([total[word] for word in common])
    lists = []
    for column in table.T:
        order = np.argsort(-column, kind="stable")[:n_words]
        lists.append([common[i] for i in order if column[i] > 0])
    return lists
