"""Fitting: from hand codings to fold models, out-of-fold scores, thresholds and calibration.

One kernel ridge regression per theme on hashed n-grams (``features.py``, ``kernel.py``), with each
theme's label and definition as weak positive examples. It was the best of what was tried from 100
to 4,000 codings, and the shared kernel makes the fold models cheap enough that the model used in
the end is their mean: scores for new participants and out-of-fold scores are then of one kind, and
no threshold has to be carried over from one kind of model to another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

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
from ccgmine.classify.solve import invert, leave_out, solve_kernel_ridge
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
MIN_LABEL_WEIGHT = 1e-3
MIN_NEW_SHARE = 0.25


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
        n_new: For how many participants the scores are meant: those with text of whom none is hand
            coded; as many as are hand coded where there are none, and at least a quarter of them,
            because the scores of fewer depend on little but chance.
    """

    model: FittedModel
    folds: FoldModels
    fold_of: I64
    fold_of_group: dict[Hashable, int] = field(repr=False)
    scores: F32
    probabilities: F32
    assigned: Bool
    present: Bool
    known: Bool
    group_of: I64
    n_new: float = math.inf


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
    assigned, probabilities = nested_decisions(scores, present, known, group_of, fold_of)
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
        group_of, _n_new(data),
    )  # fmt: skip


def _n_new(data: TrainingData) -> float:
    coded = set(data.groups)
    n_new = len(set(data.unlabelled_groups) - coded)
    return max(n_new, len(coded) * MIN_NEW_SHARE) if n_new else float(len(coded))


def theme_states(present: Bool, group_of: I64, described: Bool) -> tuple[ThemeState, ...]:
    """Learned from 5 positives of 3 participants; below that suggested, if there is any evidence.

    Args:
        present: Shape (n_texts, n_themes).
        group_of: Shape (n_texts,), participant numbers.
        described: Shape (n_themes,), whether label or definition share an n-gram with the texts.
    """
    states = []
    for column, has_description in zip(present.T, described, strict=True):
        n_present, n_people = (
            int(column.sum()),
            int(np.count_nonzero(np.bincount(group_of[column]))),
        )
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

    def product(self, numbers: I64) -> Callable[[F32], F32]:
        """The function from v to the kernel matrix of some rows times v."""
        if self.kernel is None:
            return kernel_product(self.examples.take(numbers))
        kernel = self.kernel[np.ix_(numbers, numbers)]

        def apply(vectors: F32) -> F32:
            product: F32 = kernel @ vectors
            return product

        return apply


@dataclass(frozen=True, slots=True)
class _Targets:
    """Hand codings, which cells were looked at, and the themes of the label examples."""

    present: Bool
    known: Bool
    label_themes: Bool
    label_weight: float

    def centre(self, training: I64) -> F32:
        """Base rates in some of the texts, shape (n_themes,)."""
        looked_at = np.maximum(self.known[training].sum(axis=0), 1)
        share: F32 = (self.present[training].sum(axis=0) / looked_at).astype(np.float32)
        return share

    def with_labels(self) -> F32:
        """Shape (n_texts + n_labels, n_themes)."""
        return np.vstack([self.present, self.label_themes]).astype(np.float32)


def _fit_folds(
    rows: _Rows, targets: _Targets, fold_of: I64, options: FitOptions
) -> tuple[FoldModels, ThemeFunctions, F32]:
    """One model per fold, from the other folds; their mean; and each fold's scores by its model."""
    n_folds = int(fold_of.max()) + 1
    held_out = [np.flatnonzero(fold_of == fold) for fold in range(n_folds)]
    left_out = held_out if n_folds > 1 else [np.zeros(0, dtype=np.int64)]
    centres = [targets.centre(np.setdiff1d(np.arange(rows.n_texts), out)) for out in left_out]
    if rows.kernel is not None and targets.known.all():
        inverse = invert(rows.kernel, _penalties(rows, targets, options))
        solutions = leave_out(inverse, targets.with_labels(), left_out, centres)
    else:
        solutions = _solve_each(rows, targets, left_out, centres, options)
    scores = np.zeros(targets.present.shape, dtype=np.float32)
    all_coefficients, all_biases = [], []
    for out, centre, (coefficients, values) in zip(left_out, centres, solutions, strict=True):
        variance = np.maximum(centre * (1.0 - centre), np.float32(options.min_variance))
        scale: F32 = np.reciprocal(np.sqrt(variance))
        scores[out] = values * scale
        all_coefficients.append(coefficients * scale)
        all_biases.append(centre * scale)
    models = FoldModels(rows.examples, all_coefficients, all_biases, options.form_rank)
    if n_folds == 1:  # nothing was held out: what the model says of what it learned from
        scores = models.mean_functions().scores(rows.examples.take(held_out[0]))
    return models, models.mean_functions().cut(options.form_rank), scores


def _penalties(rows: _Rows, targets: _Targets, options: FitOptions) -> F32:
    """Ridge penalty of each row; a label's is divided by its weight."""
    penalties = np.full(rows.examples.features.shape[0], options.penalty, dtype=np.float32)
    penalties[rows.n_texts :] /= max(targets.label_weight, MIN_LABEL_WEIGHT)
    return penalties


def _solve_each(
    rows: _Rows,
    targets: _Targets,
    left_out: Sequence[I64],
    centres: Sequence[F32],
    options: FitOptions,
) -> Iterator[tuple[F32, F32]]:
    """As ``leave_out``, by conjugate gradients: where texts count for some themes only."""
    n_rows = rows.examples.features.shape[0]
    wanted = targets.with_labels()
    label_weights = np.full(targets.label_themes.shape, targets.label_weight, dtype=np.float32)
    weights = np.vstack([targets.known.astype(np.float32), label_weights])
    apply_all = rows.product(np.arange(n_rows))
    for out, centre in zip(left_out, centres, strict=True):
        kept = np.setdiff1d(np.arange(n_rows), out)
        coefficients = np.zeros(wanted.shape, dtype=np.float32)
        coefficients[kept] = solve_kernel_ridge(
            rows.product(kept), wanted[kept] - centre, weights[kept], penalty=options.penalty
        )
        yield coefficients, apply_all(coefficients)[out] + centre


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


@dataclass(frozen=True, slots=True)
class FoldModels(Sequence[ThemeFunctions]):
    """Models that never saw the fold of the same number; made when they are asked for.

    Attributes:
        examples: The rows learned from.
        coefficients: Dual coefficients, shape (n_rows, n_themes), of each fold.
        biases: Shape (n_themes,), of each fold.
        rank: Rank of the quadratic forms.
    """

    examples: Examples = field(repr=False)
    coefficients: list[F32] = field(repr=False)
    biases: list[F32] = field(repr=False)
    rank: int

    def __len__(self) -> int:
        return len(self.coefficients)

    @overload
    def __getitem__(self, fold: int) -> ThemeFunctions: ...
    @overload
    def __getitem__(self, fold: slice) -> list[ThemeFunctions]: ...
    def __getitem__(self, fold: int | slice) -> ThemeFunctions | list[ThemeFunctions]:
        if isinstance(fold, slice):
            return [self[i] for i in range(len(self))[fold]]
        return self._functions(self.coefficients[fold], self.biases[fold]).cut(self.rank)

    def mean_functions(self) -> _FullFunctions:
        """The mean of the models; functions are linear in the coefficients."""
        share = np.float32(1.0 / len(self))
        coefficients, biases = np.zeros_like(self.coefficients[0]), np.zeros_like(self.biases[0])
        for of_fold, bias in zip(self.coefficients, self.biases, strict=True):
            coefficients += of_fold
            biases += bias
        return self._functions(coefficients * share, biases * share)

    def _functions(self, coefficients: F32, biases: F32) -> _FullFunctions:
        return _FullFunctions(
            np.asarray(self.examples.features.T @ coefficients),
            biases,
            quadratic_forms(self.examples.latent, coefficients),
        )


def nested_decisions(
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
