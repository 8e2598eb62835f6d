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
    """What each word of a text adds to each theme's score.

    Attributes:
        words: The words as the features see them.
        shares: Shape (n_words, n_themes).
    """

    words: tuple[str, ...] = field(repr=False)
    shares: F64


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
        words = tuple(
            bytes(tokens.data[a : a + n]).decode("utf-8", "replace")
            for a, n in zip(tokens.starts.tolist(), tokens.lengths.tolist(), strict=True)
        )
        if not words:
            return WordShares(words, np.zeros((0, n_themes)))
        parts = self._words_and_pairs(tokens) + GRAM_SCALE * self._pieces(tokens)
        linear, latent = parts[:, :n_themes], parts[:, n_themes:]
        return WordShares(words, linear + self._quadratic(latent))

    def _words_and_pairs(self, tokens: Tokens) -> F64:
        shares, squares = self._gather(word_buckets(tokens.hashes))
        pairs = pair_buckets(tokens.hashes[:-1], tokens.hashes[1:])
        pair_shares, pair_squares = self._gather(PAIR_START + pairs)
        shares[:-1] += pair_shares / 2
        shares[1:] += pair_shares / 2
        total: F64 = shares / np.sqrt(max(squares + pair_squares, TINY))
        return total

    def _pieces(self, tokens: Tokens) -> F64:
        buckets, indptr = word_grams(tokens.data, tokens.starts, tokens.lengths)
        shares, squares = self._gather(GRAM_START + buckets)
        total: F64 = np.add.reduceat(shares, indptr[:-1], axis=0)
        pieces: F64 = total / np.sqrt(max(squares, TINY))
        return pieces

    def _gather(self, buckets: I64) -> tuple[F64, float]:
        """Columns of each bucket, zero for those that carry no weight, and the sum of squares."""
        found = np.zeros((len(buckets), self._columns.shape[1]))
        if not len(self._buckets):
            return found, 0.0
        at = np.minimum(np.searchsorted(self._buckets, buckets), len(self._buckets) - 1)
        hit = self._buckets[at] == buckets
        found[hit] = self._columns[at[hit]]
        return found, float(self._squares[at[hit]].sum())

    def _quadratic(self, latent: F64) -> F64:
        """Shares of the squares: (sum of parts)^2 is each part times the sum, added up.

        Args:
            latent: Shape (n_words, n_latent), what each word adds to the latent coordinates.
        """
        vectors, signs = self._model.functions.vectors, self._model.functions.signs
        n_themes, n_latent, rank = vectors.shape
        flat = vectors.transpose(1, 0, 2).reshape(n_latent, n_themes * rank)
        along = (latent @ flat).reshape(len(latent), n_themes, rank)
        shares: F64 = (along * (along.sum(axis=0) * signs)).sum(axis=2)
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
