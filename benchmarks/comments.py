"""The table of coded comments, and how it is cut into training and test parts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

NOT_AN_ANSWER = "Did not answer"
FEW = (100, 300, 1_000)


@dataclass(frozen=True, slots=True)
class Comments:
    """Comments with the themes that people gave them.

    Attributes:
        texts: n texts.
        group_of: Shape (n,), numbers of the respondents, 0-based.
        present: Shape (n, n_themes).
        themes: Labels of the themes.
    """

    texts: list[str] = field(repr=False)
    group_of: I64
    present: Bool
    themes: tuple[str, ...]

    def take(self, rows: I64) -> Comments:
        """Some of the rows."""
        texts = [self.texts[i] for i in rows.tolist()]
        return Comments(texts, self.group_of[rows], self.present[rows], self.themes)


@dataclass(frozen=True, slots=True)
class Split:
    """Rows to learn from and rows to be scored on; no respondent is on both sides."""

    setting: str
    seed: int
    training: I64
    test: I64


def read_comments(table: Path) -> Comments:
    """Read a table with respondent_id, text and themes; rows that say nothing are left out."""
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r["text"].strip() != NOT_AN_ANSWER]
    sets = [{theme for theme in row["themes"].split(";") if theme} for row in rows]
    themes = tuple(sorted(set().union(*sets)))
    numbers: dict[str, int] = {}
    groups = [numbers.setdefault(row["respondent_id"], len(numbers)) for row in rows]
    return Comments(
        [row["text"] for row in rows],
        np.array(groups, dtype=np.int64),
        np.array([[theme in found for theme in themes] for found in sets], dtype=np.bool_),
        themes,
    )


def grouped_folds(group_of: I64, n_folds: int, seed: int) -> I64:
    """Fold of each row, respondents whole and at random; shape (n,)."""
    respondents = np.unique(group_of)
    fold_of = np.zeros(int(respondents.max()) + 1, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(respondents)
    fold_of[order] = np.arange(len(order)) % n_folds
    return fold_of[group_of]


def splits(comments: Comments, *, quick: bool) -> Iterator[Split]:
    """The settings of the benchmark: few comments, half of them, and five folds of all."""
    n_draws, n_halves, n_seeds = (2, 1, 1) if quick else (6, 2, 3)
    for n in FEW:
        for seed in range(n_draws):
            yield _split(f"{n:,}", seed, _drawn(comments.group_of, n, 1_000 + seed))
    for seed in range(n_halves):
        folds = grouped_folds(comments.group_of, 2, 100 + seed)
        for fold in range(2):
            yield _split("half", seed, folds != fold)
    for seed in range(n_seeds):
        folds = grouped_folds(comments.group_of, 5, seed)
        for fold in range(2 if quick else 5):
            yield _split("all", seed, folds != fold)


def _split(setting: str, seed: int, training: Bool) -> Split:
    return Split(setting, seed, np.flatnonzero(training), np.flatnonzero(~training))


def _drawn(group_of: I64, n: int, seed: int) -> Bool:
    """Respondents in random order until ``n`` comments are reached."""
    order = np.random.default_rng(seed).permutation(np.unique(group_of))
    running = np.cumsum(np.bincount(group_of)[order])
    return np.isin(group_of, order[: int(np.searchsorted(running, n)) + 1])
