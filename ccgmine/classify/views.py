"""Two views of a text: n-grams, and its vector from a sentence encoder, averaged.

The second view is a ridge regression a theme on the texts' vectors, centred over all text of the
study, coded or not, with the same folds, the same weak examples from labels and definitions
and the same scale of scores as the first (``fit.py``). Averaging two models that err differently
is better than either (Perrone & Cooper 1993). Thresholds and calibration are found on the averaged
out-of-fold scores, nested as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.calibration import fit_calibration
from ccgmine.classify.fit import FitOptions, FitResult, TrainingData, fit, nested_decisions
from ccgmine.classify.model import RECIPE_WITH_VECTORS, VectorFunctions
from ccgmine.classify.predict import Predictor
from ccgmine.classify.predict_views import Embed, TwoViewPredictor, has_words
from ccgmine.classify.solve import solve_kernel_ridge
from ccgmine.classify.thresholds import shrunken_thresholds
from ccgmine.domain import ThemeState

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

SHARE = 0.5
"""Weight of the second view in the average."""
PENALTY = 1.0
LABEL_WEIGHT = 2.0
"""Weight of a label against that in the first view: an encoder reads it as it reads a passage."""
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class TwoViewResult(FitResult):
    """A fit of both views; scores, decisions and probabilities are those of the average.

    Attributes:
        vector_folds: The second view's models that never saw the fold of the same number.
    """

    vector_folds: tuple[VectorFunctions, ...] = field(default=(), repr=False)


def fit_two_views(
    data: TrainingData, options: FitOptions | None = None, *, embed: Embed
) -> TwoViewResult:
    """Fit both views and their average; deterministic for given data, options and vectors."""
    options = options or FitOptions()
    first = fit(data, options)
    known = np.ones_like(data.present) if data.known is None else data.known
    second, folds, own_scores = _fit_vectors(data, first, known, options, embed)
    share = np.float32(SHARE)
    scores: F32 = (1 - share) * first.scores + share * own_scores
    present, group_of, fold_of = first.present, first.group_of, first.fold_of
    assigned, probabilities = nested_decisions(scores, present, known, group_of, fold_of)
    assigned[~has_words(data.texts)] = False
    thresholds = shrunken_thresholds(scores, present, known, group_of, seed=options.seed)
    not_learned = [state is ThemeState.NOT_LEARNED for state in first.model.states]
    thresholds[not_learned] = np.inf
    model = replace(
        first.model,
        thresholds=thresholds,
        calibration=fit_calibration(scores, present, known),
        recipe=RECIPE_WITH_VECTORS,
        second=second,
    )
    fields = {name: getattr(first, name) for name in FitResult.__dataclass_fields__}
    fields.update(model=model, scores=scores, probabilities=probabilities, assigned=assigned)
    return TwoViewResult(**fields, vector_folds=folds)


def _fit_vectors(
    data: TrainingData, first: FitResult, known: Bool, options: FitOptions, embed: Embed
) -> tuple[VectorFunctions, tuple[VectorFunctions, ...], F32]:
    """The second view: mean of its fold models, the fold models, and out-of-fold scores."""
    n_texts, n_themes = first.present.shape
    study = embed([*data.texts, *data.unlabelled])
    standard = Standard.fit(study)
    texts = standard(study[:n_texts])
    labels, label_themes = _label_vectors(data, standard, embed)
    wanted = np.vstack([first.present, label_themes]).astype(np.float32)
    label_weights = np.full(label_themes.shape, LABEL_WEIGHT * options.label_weight)
    weights = np.vstack([known, label_weights]).astype(np.float32)
    rows = np.vstack([texts, labels])
    n_folds = int(first.fold_of.max()) + 1
    scores = np.zeros((n_texts, n_themes), dtype=np.float32)
    folds = []
    for fold in range(n_folds):
        out = np.flatnonzero(first.fold_of == fold)
        kept = np.arange(len(rows)) if n_folds == 1 else np.delete(np.arange(len(rows)), out)
        coded = kept[kept < n_texts]
        looked_at = np.maximum(known[coded].sum(axis=0), 1)
        base = (first.present[coded].sum(axis=0) / looked_at).astype(np.float32)
        coefficients = solve_kernel_ridge(
            _linear_kernel(rows[kept]), wanted[kept] - base, weights[kept], penalty=PENALTY
        )
        variance = np.maximum(base * (1.0 - base), np.float32(options.min_variance))
        scale = np.float32(1.0) / np.sqrt(variance)
        own = rows[kept].T @ (coefficients * scale)
        scores[out] = texts[out] @ own + base * scale
        folds.append(standard.unfold(own, base * scale))
    mean = VectorFunctions(
        np.stack([f.weights for f in folds]).mean(axis=0),
        np.stack([f.biases for f in folds]).mean(axis=0),
        SHARE,
    )
    return mean, tuple(folds), scores


def _linear_kernel(rows: F32) -> Callable[[F32], F32]:
    def apply(vectors: F32) -> F32:
        product: F32 = rows @ (rows.T @ vectors)
        return product

    return apply


def _label_vectors(data: TrainingData, standard: Standard, embed: Embed) -> tuple[F32, Bool]:
    """Vectors of labels and definitions, of length one, and the theme of each (one-hot)."""
    themes = list(range(len(data.labels)))
    texts = list(data.labels)
    for theme, definition in enumerate(data.definitions):
        if definition.strip():
            themes.append(theme)
            texts.append(definition)
    vectors = standard(embed(texts))
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    vectors /= np.maximum(lengths, np.float32(TINY))[:, None]
    return vectors, np.eye(len(data.labels), dtype=np.bool_)[themes]


@dataclass(frozen=True, slots=True)
class Standard:
    """Vectors less their mean, made so long that the mean of their squared lengths is one.

    Stretching the directions of small variance as well did not help (docs/methods.md).

    Attributes:
        mean: Shape (n_dimensions,).
        scale: What centred vectors are multiplied by.
    """

    mean: F32
    scale: np.float32

    @staticmethod
    def fit(vectors: F32) -> Standard:
        """Learn from vectors, shape (n, n_dimensions)."""
        mean: F32 = vectors.mean(axis=0)
        centred = vectors - mean
        size = float(np.einsum("ij,ij->", centred, centred)) / len(vectors)
        return Standard(mean, np.float32(1.0 / np.sqrt(max(size, TINY))))

    def __call__(self, vectors: F32) -> F32:
        """Standardised vectors, same shape."""
        result: F32 = (vectors - self.mean) * self.scale
        return result

    def unfold(self, weights: F32, biases: F32) -> VectorFunctions:
        """Functions of standardised vectors as functions of the vectors themselves."""
        plain = self.scale * weights
        return VectorFunctions(plain, biases - self.mean @ plain, SHARE)


def fold_predictor(result: FitResult, fold: int, embed: Embed | None) -> Predictor:
    """Scores texts with the models that never saw a fold."""
    if isinstance(result, TwoViewResult) and embed is not None:
        second = result.vector_folds[fold]
        return TwoViewPredictor(result.model, embed, result.folds[fold], second)
    return Predictor(result.model, result.folds[fold])
