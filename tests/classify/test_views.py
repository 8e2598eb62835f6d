"""The average of n-grams and sentence vectors: held out, reproducible, data only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ccgmine.classify.evaluate import evaluate
from ccgmine.classify.fit import FitOptions, TrainingData, fit
from ccgmine.classify.model import RECIPE, RECIPE_WITH_VECTORS, model_arrays, model_from_arrays
from ccgmine.classify.predict import Predictor
from ccgmine.classify.predict_views import TwoViewPredictor, make_predictor
from ccgmine.classify.views import fit_two_views, fold_predictor
from tests.classify.invented import THEMES, WORDS, training_data

N = 10


def embed(texts: Sequence[str]) -> np.ndarray:
    """Vectors that know what a text is about, whatever its words, with some noise."""
    rows = []
    for text in texts:
        row = np.random.default_rng(sum(text.encode())).normal(0.0, 0.1, N)
        for theme, (words, label) in enumerate(zip(WORDS, THEMES, strict=True)):
            said = set(words.split()) - {"the", "was", "and", "my", "with", "in", "so"}
            row[theme] += bool(said & set(text.split())) or label in text
        rows.append(row / np.linalg.norm(row))
    return np.array(rows, dtype=np.float32)


def blind(texts: Sequence[str]) -> np.ndarray:
    """Vectors that know nothing."""
    return np.stack([np.random.default_rng(sum(t.encode())).normal(size=N) for t in texts]).astype(
        np.float32
    )


def micro(data: TrainingData, result: object) -> float:
    from ccgmine.classify.fit import FitResult

    assert isinstance(result, FitResult)
    found = evaluate(result.present, result.assigned, result.known, result.group_of)
    return found.micro_f1.value


def test_vectors_that_know_more_than_words_help() -> None:
    data = training_data()
    meant = {f"{'qwxz'[i % 4]}{i}": text for i, text in enumerate(data.texts)}
    coded = replace(data, texts=list(meant))

    def knowing(texts: Sequence[str]) -> np.ndarray:
        return embed([meant.get(text, text) for text in texts])

    assert micro(coded, fit(coded)) < 0.6
    assert micro(coded, fit_two_views(coded, embed=knowing)) > 0.75


def test_shuffled_labels_teach_nothing() -> None:
    data = training_data(n_participants=40)
    shuffled = np.random.default_rng(0).permutation(data.present)
    result = fit_two_views(replace(data, present=shuffled), embed=embed)
    scores = evaluate(result.present, result.assigned, result.known, result.group_of)
    assert all(abs(theme.kappa.value) < 0.25 for theme in scores.themes)


def test_a_fold_is_scored_by_models_that_never_saw_it() -> None:
    data = training_data()
    first, both = fit(data), fit_two_views(data, embed=embed)
    own = both.scores - 0.5 * first.scores
    for fold in range(len(both.folds)):
        rows = np.flatnonzero(both.fold_of == fold)
        texts = [data.texts[i] for i in rows]
        words = Predictor(both.model, both.folds[fold]).scores(texts)
        found = fold_predictor(both, fold, embed).scores(texts) - 0.5 * words
        np.testing.assert_allclose(found, own[rows], atol=1e-4)
        assert not np.allclose(make_predictor(both.model, embed).scores(texts) - 0.5 * words, found)


def test_codings_of_a_fold_leave_its_own_scores_as_they_were() -> None:
    data = training_data()
    first = fit_two_views(data, embed=embed)
    rows = np.flatnonzero(first.fold_of == 0)
    changed = data.present.copy()
    # An exchange inside the fold keeps the folds as they are.
    changed[rows] = changed[rows][::-1]
    again = fit_two_views(replace(data, present=changed), embed=embed)
    if not np.array_equal(again.fold_of, first.fold_of):
        pytest.skip("the folds fell another way")
    np.testing.assert_allclose(again.scores[rows], first.scores[rows], atol=1e-3)


def test_cells_nobody_looked_at_change_nothing() -> None:
    data = training_data()
    known = np.ones_like(data.present)
    known[::3, 1] = False
    flipped = data.present.copy()
    flipped[::3, 1] = ~flipped[::3, 1]
    one = fit_two_views(replace(data, known=known), embed=embed)
    other = fit_two_views(replace(data, known=known, present=flipped), embed=embed)
    np.testing.assert_array_equal(one.scores, other.scores)
    np.testing.assert_array_equal(one.model.thresholds, other.model.thresholds)


def test_without_vectors_a_model_is_what_it_was() -> None:
    arrays = model_arrays(fit(training_data()).model)
    assert [name for name in arrays if name.startswith("vector_")] == []
    assert model_from_arrays(arrays).recipe == RECIPE
    with pytest.raises(KeyError):
        model_from_arrays(arrays, recipe=RECIPE_WITH_VECTORS)


def test_a_stored_model_of_both_views_says_what_it_said() -> None:
    model = fit_two_views(training_data(), FitOptions(seed=5), embed=embed).model
    assert model.recipe == RECIPE_WITH_VECTORS
    arrays = model_arrays(model)
    again = model_from_arrays(arrays, recipe=model.recipe)
    for name, array in model_arrays(again).items():
        np.testing.assert_array_equal(array, arrays[name], err_msg=name)
    texts = ["the car park was full", "", " .", "lunch came cold"]
    found = make_predictor(again, embed).predict(texts)
    assert found.assigned[0].tolist() == [True, False, False, False]
    assert not found.assigned[1:3].any()


def test_a_texts_score_does_not_depend_on_its_batch() -> None:
    predictor = TwoViewPredictor(fit_two_views(training_data(), embed=embed).model, embed)
    texts = [*WORDS, "", "it was a tuesday", *WORDS[:2]] * 30
    together = predictor.scores(texts)
    for i in (0, 3, 5, 100, len(texts) - 1):
        np.testing.assert_array_equal(predictor.scores([texts[i]])[0], together[i])


def test_vectors_that_know_nothing_do_little_harm() -> None:
    data = training_data()
    assert micro(data, fit_two_views(data, embed=blind)) > micro(data, fit(data)) - 0.1


@pytest.mark.parametrize("case", ["one participant", "all the same vector", "none positive"])
def test_odd_studies_give_a_sound_result(case: str) -> None:
    data = training_data(n_participants=8)
    use = embed
    if case == "one participant":
        data = replace(data, groups=["P"] * len(data.texts))
    elif case == "none positive":
        data = replace(data, present=np.zeros_like(data.present))
    else:

        def use(texts: Sequence[str]) -> np.ndarray:
            return np.ones((len(texts), N), dtype=np.float32)

    result = fit_two_views(data, embed=use)
    assert np.isfinite(result.scores).all()
    assert np.isfinite(result.probabilities).all()
