"""The reference that the classifier is compared with: what a practised user of scikit-learn picks.

TF-IDF of words and pairs of words and of character 2- to 5-grams within words, one balanced linear
support vector machine a theme, and a threshold a theme of highest F1 over five grouped folds.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from comments import I64, Bool, Comments, grouped_folds
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion, make_union
from sklearn.svm import LinearSVC

F64 = NDArray[np.float64]

N_FOLDS = 5
MIN_POSITIVES = 5
CAUTIOUS_POSITIVES = 20
"""Themes with fewer keep the machine's own threshold of 0, as a maximum of F1 breaks on them. Where
to draw that line trades macro-F1 for micro-F1, so that there is a second, cautious reference."""


@dataclass(frozen=True)
class Reference:
    """A fitted reference; ``machines`` is None for themes without positives.

    ``n_present`` counts each theme's training positives.
    """

    features: FeatureUnion
    machines: list[LinearSVC | None]
    thresholds: F64
    n_present: I64

    def predict(self, texts: list[str]) -> tuple[Bool, Bool]:
        """Assigned themes, shape (n_texts, n_themes), and those of the cautious reference."""
        matrix = self.features.transform(texts)
        scores = np.full((len(texts), len(self.machines)), -np.inf)
        for theme, machine in enumerate(self.machines):
            if machine is not None:
                scores[:, theme] = machine.decision_function(matrix)
        few = self.n_present < CAUTIOUS_POSITIVES
        return scores >= self.thresholds, scores >= np.where(few, 0.0, self.thresholds)


def fit_reference(comments: Comments, seed: int = 0) -> Reference:
    """Fit machines and thresholds."""
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2)),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)),
    )
    matrix = features.fit_transform(comments.texts).tocsr()
    folds = grouped_folds(comments.group_of, N_FOLDS, seed)
    parts = [(matrix[folds != k], matrix[folds == k], folds == k) for k in range(N_FOLDS)]
    machines, thresholds = [], np.zeros(len(comments.themes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for theme, present in enumerate(comments.present.T):
            machines.append(_machine(matrix, present) if present.any() else None)
            if present.sum() >= MIN_POSITIVES:
                thresholds[theme] = _threshold(parts, present)
    return Reference(features, machines, thresholds, comments.present.sum(axis=0))


def _machine(matrix: csr_matrix, present: Bool) -> LinearSVC:
    return LinearSVC(class_weight="balanced", random_state=0).fit(matrix, present)


def _threshold(parts: list[tuple[csr_matrix, csr_matrix, Bool]], present: Bool) -> float:
    """Half-way between the last score above and the first below the cut of highest F1."""
    scores = np.full(len(present), -np.inf)
    for training, test, held_out in parts:
        if present[~held_out].any():
            scores[held_out] = _machine(training, present[~held_out]).decision_function(test)
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(present[order])
    best = int(np.argmax(2 * hits / (np.arange(1, len(hits) + 1) + present.sum())))
    below = scores[order[min(best + 1, len(order) - 1)]]
    return float((scores[order[best]] + below) / 2) if np.isfinite(below) else 0.0
