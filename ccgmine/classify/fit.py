"""Fitting: from hand codings to fold models, out-of-fold scores, thresholds and calibration.

One kernel ridge regression per theme on hashed n-grams (``features.py``, ``kernel.py``), with each
theme's label and definition as weak positive examples. It was the best of what was tried from 100
to 4,000 codings, and the shared kernel makes the fold models cheap enough that the model used in
the end is their mean: scores for new participants and out-of-fold scores are then of one kind, and
no threshold has to be carried over from one kind of model to another.
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
from ccgmine.classify.kernel import (
    MAX_DENSE,
    N_LATENT,
    Examples,
    dense_kernel,
    factor_forms,
    kernel_product,
    latent_directions,
    quadratic_forms,
    quadratic_values,
)
from ccgmine.classify.model import FittedModel, ThemeFunctions
from ccgmine.classify.solve import solve_kernel_ridge
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
        seed: Orders participants for the folds and starts the search for latent coordinates.
        penalty: Ridge penalty.
        label_weight: Weight of a theme's label, and of its definition, against one coded text.
        n_latent: Latent semantic coordinates.
        form_rank: Rank at which each theme's quadratic form is cut.
        min_variance: Lower bound of a theme's variance when its scores are put on the common scale.
    """

    n_folds: int = 8
    seed: int = 0
    penalty: float = 3.0
    label_weight: float = 1.0
    n_latent: int = N_LATENT
    form_rank: int = 8
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
        known: Same shape, cells that were looked at and held out; all False where there is one
            participant only, because then nothing can be held out and there is no score.
        group_of: Shape (n_texts,), participant numbers.
    """

    model: FittedModel
    folds: tuple[ThemeFunctions, ...]
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
    present: Bool = np.logical_and(data.present, known)
    group_of = group_numbers(data.groups)
    study, vocabulary = _study_features(data)
    latent = latent_directions(study, options.n_latent, options.seed)
    label_features, label_themes = _label_examples(data, vocabulary)
    rows = _Rows.build(study[: len(data.texts)], label_features, latent)
    targets = _Targets(present, known, label_themes, options.label_weight)
    fold_of = assign_folds(group_of, present.astype(np.float32), options.n_folds, options.seed)
    models, mean, scores = _fit_folds(rows, targets, fold_of, options)
    assigned, probabilities = _nested(scores, present, known, group_of, fold_of)
    assigned[np.diff(study.indptr)[: len(data.texts)] == 0] = False
    held_out = known if len(models) > 1 else np.zeros_like(known)
    states = theme_states(present, group_of, _has_features(label_features, label_themes))
    thresholds = shrunken_thresholds(scores, present, known, group_of, seed=options.seed)
    thresholds[[state is ThemeState.NOT_LEARNED for state in states]] = np.inf
    calibration = fit_calibration(scores, present, known)
    model = FittedModel(vocabulary, latent, mean, thresholds, calibration, states)
    fold_of_group = dict(zip(data.groups, fold_of.tolist(), strict=True))
    return FitResult(
        model, models, fold_of, fold_of_group, scores, probabilities, assigned, present, held_out,
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


def _has_features(features: csr_matrix, themes: Bool) -> Bool:
    """Shape (n_themes,), whether any label or definition of the theme has features."""
    filled = np.diff(features.indptr) > 0
    result: Bool = np.any(themes[filled], axis=0)
    return result


def _study_features(data: TrainingData) -> tuple[csr_matrix, Vocabulary]:
    """Weighted features of the coded texts followed by the uncoded ones, and the vocabulary."""
    counts = count_features([*data.texts, *data.unlabelled])
    group_of = group_numbers([*data.groups, *data.unlabelled_groups])
    vocabulary = fit_vocabulary(counts, group_of)
    return weigh(counts, vocabulary), vocabulary


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


@dataclass(frozen=True, slots=True)
class _Rows:
    """Coded texts followed by label examples, with their kernel matrix where it is small enough."""

    n_texts: int
    examples: Examples
    kernel: F32 | None

    @staticmethod
    def build(texts: csr_matrix, labels: csr_matrix, latent: F32) -> _Rows:
        from scipy.sparse import vstack

        features = vstack([texts, labels], format="csr")
        examples = Examples(features, np.asarray(features @ latent))
        small = features.shape[0] <= MAX_DENSE
        return _Rows(texts.shape[0], examples, dense_kernel(examples) if small else None)

    def with_labels(self, texts: I64) -> I64:
        """Row numbers of the given texts and of all label examples."""
        labels = np.arange(self.n_texts, self.examples.features.shape[0], dtype=np.int64)
        return np.concatenate([texts, labels])


@dataclass(frozen=True, slots=True)
class _Targets:
    """Hand codings, which cells were looked at, and the themes of the label examples."""

    present: Bool
    known: Bool
    label_themes: Bool
    label_weight: float


@dataclass(frozen=True, slots=True)
class _FullFunctions:
    """Theme functions before their quadratic forms are cut to a low rank."""

    weights: F32
    biases: F32
    forms: F32

    def cut(self, rank: int) -> ThemeFunctions:
        return ThemeFunctions(self.weights, self.biases, *factor_forms(self.forms, rank))

    def scores(self, examples: Examples) -> F32:
        """Shape (n_texts, n_themes)."""
        values: F32 = examples.features @ self.weights + self.biases
        return values + quadratic_values(examples.latent, self.forms)


def _fit_folds(
    rows: _Rows, targets: _Targets, fold_of: I64, options: FitOptions
) -> tuple[tuple[ThemeFunctions, ...], ThemeFunctions, F32]:
    """One model per fold, from the other folds; their mean; and each fold's scores by its model."""
    models: list[ThemeFunctions] = []
    scores = np.zeros(targets.present.shape, dtype=np.float32)
    mean: _FullFunctions | None = None
    n_folds = int(fold_of.max()) + 1
    for fold in range(n_folds):
        held_out = np.flatnonzero(fold_of == fold)
        training = np.flatnonzero(fold_of != fold) if n_folds > 1 else held_out
        full = _fit_functions(rows, targets, training, options)
        scores[held_out] = full.scores(rows.examples.take(held_out))
        models.append(full.cut(options.form_rank))
        mean = full if mean is None else _sum(mean, full)
    if mean is None:
        raise ValueError("no folds")
    share = np.float32(1.0 / n_folds)
    mean = _FullFunctions(mean.weights * share, mean.biases * share, mean.forms * share)
    return tuple(models), mean.cut(options.form_rank), scores


def _sum(left: _FullFunctions, right: _FullFunctions) -> _FullFunctions:
    return _FullFunctions(
        left.weights + right.weights, left.biases + right.biases, left.forms + right.forms
    )


def _fit_functions(
    rows: _Rows, targets: _Targets, training: I64, options: FitOptions
) -> _FullFunctions:
    """Ridge regression on presence less base rate; scores divided by the theme's deviation."""
    present, known = targets.present[training], targets.known[training]
    base = (present.sum(axis=0) / np.maximum(known.sum(axis=0), 1)).astype(np.float32)
    labels = targets.label_themes
    wanted = np.vstack([present, labels]).astype(np.float32) - base
    label_weights = np.full(labels.shape, targets.label_weight, dtype=np.float32)
    cell_weights = np.vstack([known.astype(np.float32), label_weights])
    numbers = rows.with_labels(training)
    examples = rows.examples.take(numbers)
    if rows.kernel is None:
        apply = kernel_product(examples)
    else:
        kernel = rows.kernel[np.ix_(numbers, numbers)]

        def apply(vectors: F32) -> F32:
            product: F32 = kernel @ vectors
            return product

    coefficients = solve_kernel_ridge(apply, wanted, cell_weights, penalty=options.penalty)
    scale = 1.0 / np.sqrt(np.maximum(base * (1.0 - base), np.float32(options.min_variance)))
    coefficients *= scale
    return _FullFunctions(
        np.asarray(examples.features.T @ coefficients),
        np.asarray(base * scale, dtype=np.float32),
        quadratic_forms(examples.latent, coefficients),
    )


def _nested(
    scores: F32, present: Bool, known: Bool, group_of: I64, fold_of: I64
) -> tuple[Bool, F32]:
    """Assigned themes and probabilities of each fold, by thresholds and curves of the others."""
    assigned = np.zeros(present.shape, dtype=np.bool_)
    probabilities = np.zeros(present.shape, dtype=np.float32)
    n_folds = int(fold_of.max()) + 1
    for fold in range(n_folds):
        held_out = fold_of == fold
        rest = ~held_out if n_folds > 1 else held_out
        thresholds = shrunken_thresholds(scores[rest], present[rest], known[rest], group_of[rest])
        calibration = fit_calibration(scores[rest], present[rest], known[rest])
        assigned[held_out] = scores[held_out] >= thresholds
        probabilities[held_out] = calibration.probabilities(scores[held_out])
    return assigned, probabilities
