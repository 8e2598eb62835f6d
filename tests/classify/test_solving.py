"""Leaving folds out of a kernel ridge regression: exact, whichever way it is solved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ccgmine.classify import fit as fitting
from ccgmine.classify.fit import FitOptions, fit
from ccgmine.classify.predict import Predictor
from ccgmine.classify.solve import invert, leave_out
from ccgmine.classify.thresholds import balanced_threshold
from tests.classify.invented import training_data


def kernel_and_targets(n: int = 700) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """More rows than a block of the inverse holds."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(n, 12)).astype(np.float32)
    targets = (rng.random((n, 3)) < 0.3).astype(np.float32)
    penalties = rng.uniform(2.0, 4.0, n).astype(np.float32)
    return features @ features.T, targets, penalties


def test_leaving_rows_out_is_a_regression_that_never_saw_them() -> None:
    kernel, targets, penalties = kernel_and_targets()
    out = np.array([3, 50, 640])
    rest = np.setdiff1d(np.arange(len(kernel)), out)
    centre = np.array([0.1, 0.0, 0.4], dtype=np.float32)
    system = kernel[np.ix_(rest, rest)].astype(np.float64) + np.diag(penalties[rest])
    expected = np.linalg.solve(system, targets[rest] - centre)
    inverse = invert(kernel.copy(), penalties)
    [(coefficients, values)] = leave_out(inverse, targets, [out], [centre])
    np.testing.assert_allclose(coefficients[rest], expected, atol=2e-4)
    assert not coefficients[out].any()
    held_out = kernel[np.ix_(out, rest)] @ expected + centre
    np.testing.assert_allclose(values, held_out, atol=2e-3)


def test_a_matrix_that_cannot_be_inverted_is_refused() -> None:
    with pytest.raises(ValueError, match="positive definite"):
        invert(-np.eye(3, dtype=np.float32), np.full(3, 0.5, dtype=np.float32))


def test_one_inverse_and_many_iterations_agree() -> None:
    """A cell that nobody looked at sends the fit down the other road."""
    data = training_data()
    known = np.ones_like(data.present)
    one, other = fit(data), fit(replace(data, known=known))
    np.testing.assert_array_equal(one.scores, other.scores)
    known[-1, 3] = False
    slow = fit(replace(data, known=known))
    rows = slow.fold_of == one.fold_of
    assert rows.mean() > 0.9
    np.testing.assert_allclose(slow.scores[rows, 0], one.scores[rows, 0], atol=0.05)


def test_without_the_matrix_the_scores_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fit(training_data()).scores
    monkeypatch.setattr(fitting, "MAX_DENSE", 1)
    np.testing.assert_allclose(fit(training_data()).scores, whole, atol=0.05)


def test_held_out_scores_are_those_of_the_fold_model_that_never_saw_them() -> None:
    data = training_data()
    result = fit(data, FitOptions(form_rank=1_000))
    assert len(result.folds) == 8
    for fold in (0, 7):
        rows = np.flatnonzero(result.fold_of == fold)
        found = Predictor(result.model, result.folds[fold]).scores([data.texts[i] for i in rows])
        np.testing.assert_allclose(found, result.scores[rows], atol=5e-3)


def test_the_model_in_use_is_the_mean_of_the_fold_models() -> None:
    result = fit(training_data())
    mean = np.mean([functions.weights for functions in result.folds[:]], axis=0)
    np.testing.assert_allclose(result.model.functions.weights, mean, atol=1e-4)


@pytest.mark.parametrize(
    ("n_present", "expected"),
    [
        pytest.param(1, 3.5, id="one of four"),
        pytest.param(2, 2.0, id="two of four"),
        pytest.param(4, 0.0, id="all"),
    ],
)
def test_balanced_threshold_assigns_as_many_as_are_present(n_present: int, expected: float) -> None:
    scores = np.array([1.0, 4.0, 0.0, 3.0], dtype=np.float32)
    assert balanced_threshold(scores, n_present) == expected
    assert (scores >= expected).sum() == n_present


@pytest.mark.parametrize(
    ("unlabelled", "expected"),
    [
        pytest.param([], 24.0, id="nobody else: as many as are coded"),
        pytest.param([f"N{i}" for i in range(40)], 40.0, id="everybody with text and no coding"),
        pytest.param(["N1", "N1", "P3"], 6.0, id="at least a quarter of the coded"),
    ],
)
def test_for_how_many_people_scores_are_meant(unlabelled: list[str], expected: float) -> None:
    data = replace(
        training_data(), unlabelled=["it was a tuesday"] * len(unlabelled),
        unlabelled_groups=unlabelled,
    )  # fmt: skip
    assert fit(data).n_new == expected
