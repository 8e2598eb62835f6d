"""Fitting: from hand codings to fold models, out-of-fold scores, thresholds and calibration.

One ridge regression per theme on hashed n-grams (``features.py``), with each theme's label and
definition as weak positive examples. It was the best of what was tried from 100 to 4,000 codings,
and its closed form makes five fold models cheap enough that the model used in the end is their
mean: scores for new participants and out-of-fold scores are then of one kind, and no threshold has
to be carried over from one kind of model to another.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.calibration import fit_calibration
from ccgmine.classify.features import count_features
from ccgmine.classify.folds import assign_folds, group_numbers
from ccgmine.classify.model import FittedModel, LinearModel
from ccgmine.classify.solve import solve_ridge
from ccgmine.classify.thresholds import shrunken_thresholds
from ccgmine.classify.weighting import Vocabulary, fit_vocabulary, weigh
from ccgmine.domain import ThemeState

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

MIN_POSITIVES = 5
MIN_POSITIVE_PARTICIPANTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How to fit.

    Attributes:
        n_folds: Folds over participants.
        seed: Orders participants for the folds; nothing else is random.
        penalty: Ridge penalty.
        label_weight: Weight of a theme's label, and of its definition, against one coded text.
        min_variance: Lower bound of a theme's variance when its scores are put on the common scale.
    """

    n_folds: int = 5
    seed: int = 0
    penalty: float = 3.0
    label_weight: float = 1.0
    min_variance: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """Hand-coded texts, and what else is known.

    Attributes:
        texts: n_texts coded texts.
        present: Shape (n_texts, n_themes), True where a theme was coded.
        groups: n_texts participants' ids.
        labels: n_themes labels of themes.
        definitions: n_themes definitions, "" where there is none; or empty.
        known: Shape (n_texts, n_themes), cells that were looked at; None: all.
        unlabelled: Texts of the study that are not coded.
        unlabelled_groups: Their participants' ids.
    """

    texts: Sequence[str]
    present: Bool
    groups: Sequence[Hashable]
    labels: Sequence[str]
    definitions: Sequence[str] = ()
    known: Bool | None = None
    unlabelled: Sequence[str] = ()
    unlabelled_groups: Sequence[Hashable] = ()

    def __post_init__(self) -> None:
        n_texts, n_themes = len(self.texts), len(self.labels)
        if n_texts == 0 or n_themes == 0:
            raise ValueError("training needs at least one coded text and one theme")
        if self.present.shape != (n_texts, n_themes):
            raise ValueError(f"present is {self.present.shape}, expected {(n_texts, n_themes)}")
        if self.known is not None and self.known.shape != self.present.shape:
            raise ValueError(f"known is {self.known.shape}, expected {self.present.shape}")
        if len(self.groups) != n_texts:
            raise ValueError(f"{len(self.groups)} groups for {n_texts} texts")
        if len(self.unlabelled_groups) != len(self.unlabelled):
            raise ValueError("unlabelled_groups and unlabelled differ in length")
        if len(self.definitions) not in (0, n_themes):
            raise ValueError(f"{len(self.definitions)} definitions for {n_themes} themes")


@dataclass(frozen=True, slots=True)
class FitResult:
    """A fitted model with what is needed to score hand-coded participants honestly.

    Attributes:
        model: For participants who are not hand coded.
        folds: Models that never saw the fold of the same number.
        fold_of: Shape (n_texts,), fold of each coded text.
        fold_of_group: Fold of each hand-coded participant.
        scores: Shape (n_texts, n_themes), out-of-fold scores of the coded texts.
        probabilities: Same shape; calibration fitted on the other folds.
        assigned: Same shape; thresholds found on the other folds.
        present: Same shape, the hand coding.
        known: Same shape, cells that were looked at.
        group_of: Shape (n_texts,), participant numbers.
    """

    model: FittedModel
    folds: tuple[LinearModel, ...]
    fold_of: I64
    fold_of_group: dict[Hashable, int] = field(repr=False)
    scores: F32
    probabilities: F32
    assigned: Bool
    present: Bool
    known: Bool
    group_of: I64


def fit(data: TrainingData, options: FitOptions | None = None) -> FitResult:
    """Fit fold models, thresholds and calibration; deterministic for given data and options."""
    options = options or FitOptions()
    known = np.ones_like(data.present) if data.known is None else data.known
    present = data.present & known
    group_of = group_numbers(data.groups)
    counts, vocabulary = _counts_and_vocabulary(data)
    features, examples = weigh(counts, vocabulary), _label_examples(data, vocabulary)
    fold_of = assign_folds(group_of, present.astype(np.float32), options.n_folds, options.seed)
    models, scores = _fit_folds(features, present, known, fold_of, examples, options)
    linear = _mean_model(models)
    assigned, probabilities = _nested(scores, present, known, fold_of)
    model = FittedModel(
        vocabulary,
        linear,
        shrunken_thresholds(scores, present, known),
        fit_calibration(scores, present, known),
        theme_states(present, group_of, _has_features(examples)),
    )
    fold_of_group = dict(zip(data.groups, fold_of.tolist(), strict=True))
    return FitResult(
        model, models, fold_of, fold_of_group, scores, probabilities, assigned, present, known,
        group_of,
    )  # fmt: skip


def theme_states(present: Bool, group_of: I64, described: Bool) -> tuple[ThemeState, ...]:
    """Learned from 5 positives of 3 participants; below that suggested, if there is any evidence.

    Args:
        present: Shape (n_texts, n_themes).
        group_of: Shape (n_texts,), participant numbers.
        described: Shape (n_themes,), whether label or definition share an n-gram with the texts.
    """
    states = []
    for column, has_description in zip(present.T, described, strict=True):
        n_present, n_people = int(column.sum()), len(np.unique(group_of[column]))
        if n_present >= MIN_POSITIVES and n_people >= MIN_POSITIVE_PARTICIPANTS:
            states.append(ThemeState.LEARNED)
        elif n_present or has_description:
            states.append(ThemeState.SUGGESTED)
        else:
            states.append(ThemeState.NOT_LEARNED)
    return tuple(states)


def _has_features(examples: tuple[csr_matrix, Bool]) -> Bool:
    """Shape (n_themes,), whether any label or definition of the theme has features."""
    features, themes = examples
    filled = np.diff(features.indptr) > 0
    result: Bool = themes[filled].any(axis=0)
    return result


def _counts_and_vocabulary(data: TrainingData) -> tuple[csr_matrix, Vocabulary]:
    """Counts of the coded texts, and a vocabulary from coded and uncoded texts together."""
    from scipy.sparse import vstack

    counts = count_features(data.texts)
    if not len(data.unlabelled):
        return counts, fit_vocabulary(counts, group_numbers(data.groups))
    everything = vstack([counts, count_features(data.unlabelled)], format="csr")
    group_of = group_numbers([*data.groups, *data.unlabelled_groups])
    return counts, fit_vocabulary(everything, group_of)


def _label_examples(data: TrainingData, vocabulary: Vocabulary) -> tuple[csr_matrix, Bool]:
    """Features of labels and definitions, and the theme each is an example of (one-hot)."""
    themes = list(range(len(data.labels)))
    texts = list(data.labels)
    for theme, definition in enumerate(data.definitions):
        if definition.strip():
            themes.append(theme)
            texts.append(definition)
    one_hot = np.eye(len(data.labels), dtype=np.bool_)[themes]
    return weigh(count_features(texts), vocabulary), one_hot


def _fit_folds(
    features: csr_matrix,
    present: Bool,
    known: Bool,
    fold_of: I64,
    examples: tuple[csr_matrix, Bool],
    options: FitOptions,
) -> tuple[tuple[LinearModel, ...], F32]:
    """One model per fold, from the others, and the scores of each fold by its model."""
    models: list[LinearModel] = []
    scores = np.zeros(present.shape, dtype=np.float32)
    start: F32 | None = None
    n_folds = int(fold_of.max()) + 1
    for fold in range(n_folds):
        held_out = fold_of == fold
        rows = ~held_out if n_folds > 1 else held_out
        model, start = _fit_linear(
            features[rows], present[rows], known[rows], examples, options, start
        )
        models.append(model)
        scores[held_out] = features[held_out] @ model.weights + model.biases
    return tuple(models), scores


def _fit_linear(
    features: csr_matrix,
    present: Bool,
    known: Bool,
    examples: tuple[csr_matrix, Bool],
    options: FitOptions,
    start: F32 | None,
) -> tuple[LinearModel, F32]:
    """Ridge regression on presence less base rate; scores divided by the theme's deviation.

    Returns:
        The model, and the undivided weights, from which the next fold's solver starts.
    """
    from scipy.sparse import vstack

    example_features, example_themes = examples
    n_known = np.maximum(known.sum(axis=0), 1)
    base = ((present & known).sum(axis=0) / n_known).astype(np.float32)
    stacked = vstack([features, example_features], format="csr")
    targets = np.vstack([present, example_themes]).astype(np.float32) - base
    example_weights = np.full(example_themes.shape, options.label_weight, dtype=np.float32)
    cell_weights = np.vstack([known.astype(np.float32), example_weights])
    weights = solve_ridge(stacked, targets, cell_weights, penalty=options.penalty, start=start)
    scale = 1.0 / np.sqrt(np.maximum(base * (1.0 - base), np.float32(options.min_variance)))
    return LinearModel(weights * scale, base * scale), weights


def _mean_model(models: tuple[LinearModel, ...]) -> LinearModel:
    """The mean of linear models is a linear model."""
    total = models[0].weights.copy()
    for model in models[1:]:
        total += model.weights
    biases: F32 = np.mean([model.biases for model in models], axis=0, dtype=np.float32)
    return LinearModel(total / np.float32(len(models)), np.asarray(biases))


def _nested(scores: F32, present: Bool, known: Bool, fold_of: I64) -> tuple[Bool, F32]:
    """Assigned themes and probabilities of each fold, by thresholds and curves of the others."""
    assigned = np.zeros(present.shape, dtype=np.bool_)
    probabilities = np.zeros(present.shape, dtype=np.float32)
    n_folds = int(fold_of.max()) + 1
    for fold in range(n_folds):
        held_out = fold_of == fold
        rest = ~held_out if n_folds > 1 else held_out
        thresholds = shrunken_thresholds(scores[rest], present[rest], known[rest])
        calibration = fit_calibration(scores[rest], present[rest], known[rest])
        assigned[held_out] = scores[held_out] >= thresholds
        probabilities[held_out] = calibration.probabilities(scores[held_out])
    return assigned, probabilities
