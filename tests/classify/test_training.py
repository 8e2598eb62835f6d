"""What learning promises: held out by participant, reproducible, private, honest."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.classify.evaluate import evaluate, score_theme
from ccgmine.classify.fit import FitOptions, fit
from ccgmine.classify.folds import assign_folds, group_numbers
from ccgmine.classify.model import model_arrays, model_from_arrays
from ccgmine.classify.predict import Predictor
from ccgmine.classify.thresholds import best_f1_thresholds
from ccgmine.domain import ThemeState
from tests.classify.invented import THEMES, training_data


@given(
    st.lists(st.integers(0, 8), min_size=2, max_size=60),
    st.integers(2, 8),
    st.integers(0, 5),
)
def test_a_participant_is_in_one_fold(people: list[int], n_folds: int, seed: int) -> None:
    groups = group_numbers(people)
    positives = np.ones((len(people), 2), dtype=np.float32)
    folds = assign_folds(groups, positives, n_folds, seed)
    for person in set(people):
        assert len({f for f, p in zip(folds.tolist(), people, strict=True) if p == person}) == 1


def test_themes_that_show_in_words_are_found_on_people_never_seen() -> None:
    result = fit(training_data())
    scores = evaluate(result.present, result.assigned, result.known, result.group_of)
    assert all(theme.f1.value > 0.8 for theme in scores.themes)


def test_shuffled_labels_teach_nothing() -> None:
    data = training_data(n_participants=40)
    shuffled = np.random.default_rng(0).permutation(data.present)
    result = fit(replace(data, present=shuffled))
    scores = evaluate(result.present, result.assigned, result.known, result.group_of)
    assert all(abs(theme.kappa.value) < 0.25 for theme in scores.themes)


def test_same_data_and_seed_give_the_same_model() -> None:
    first, second = (model_arrays(fit(training_data(), FitOptions(seed=5)).model) for _ in "ab")
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


def test_text_that_nobody_looked_at_is_not_absent() -> None:
    """Cells outside ``known`` change nothing, whatever they say."""
    data = training_data()
    known = np.ones_like(data.present)
    known[::3, 1] = False
    flipped = data.present.copy()
    flipped[::3, 1] = ~flipped[::3, 1]
    one = fit(replace(data, known=known))
    other = fit(replace(data, known=known, present=flipped))
    np.testing.assert_array_equal(one.scores, other.scores)


def test_words_of_fewer_than_three_participants_carry_no_weight() -> None:
    data = training_data()
    texts = list(data.texts)
    secret = "xylophonic"
    hit = [i for i, themes in enumerate(data.present) if themes[0]]
    for i in hit:
        if data.groups[i] in {"P0", "P1"}:
            texts[i] += f" {secret}"
    model = fit(replace(data, texts=texts)).model
    from ccgmine.classify.words import WordScorer

    found = WordScorer(model).shares(f"the {secret}")
    # Only pieces that other words share may speak; the word itself and its own pieces may not.
    from ccgmine.classify.features import tokenise, word_buckets

    bucket = int(word_buckets(tokenise([secret]).hashes)[0])
    assert bucket not in set(model.vocabulary.buckets.tolist())
    assert len(found.words) == 2


@pytest.mark.parametrize(
    ("n_positives", "n_people", "expected"),
    [
        pytest.param(5, 3, ThemeState.LEARNED, id="five passages of three people are learned"),
        pytest.param(4, 4, ThemeState.SUGGESTED, id="four passages are suggested"),
        pytest.param(6, 2, ThemeState.SUGGESTED, id="two people are suggested"),
    ],
)
def test_states_of_themes(n_positives: int, n_people: int, expected: ThemeState) -> None:
    data = training_data()
    present = data.present.copy()
    present[:, 2] = False
    placed = 0
    for person in range(n_people):
        rows = [i for i, g in enumerate(data.groups) if g == f"P{person}"]
        share = n_positives // n_people + (person < n_positives % n_people)
        for i in rows[:share]:
            present[i, 2] = True
            placed += 1
    assert placed == n_positives
    assert fit(replace(data, present=present)).model.states[2] is expected


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=12), st.integers(0, 11))
def test_a_texts_score_does_not_depend_on_its_batch(texts: list[str], at: int) -> None:
    predictor = PREDICTOR
    alone = predictor.scores([texts[at % len(texts)]])[0]
    together = predictor.scores(texts)[at % len(texts)]
    np.testing.assert_array_equal(alone, together)


PREDICTOR = Predictor(fit(training_data()).model)


def test_a_large_batch_adds_up_as_one_text_does() -> None:
    """Few sums and many sums are computed by different code, to the same bits."""
    texts = [t for seed in range(3) for t in training_data(seed=seed).texts]
    alone = np.vstack([PREDICTOR.scores([text]) for text in texts[:60]])
    np.testing.assert_array_equal(PREDICTOR.scores(texts)[:60], alone)


def test_a_stored_model_says_what_it_said() -> None:
    model = fit(training_data()).model
    again = model_from_arrays(model_arrays(model), recipe=model.recipe)
    twice = model_from_arrays(model_arrays(again), recipe=again.recipe)
    texts = ["the car park was full", "", "soup \x00 and \U0001f600 cold lunch"]
    one, two = Predictor(again).predict(texts), Predictor(twice).predict(texts)
    np.testing.assert_array_equal(one.scores, two.scores)
    assert not one.assigned[1].any()


def test_words_of_a_text_add_up_to_its_score() -> None:
    from ccgmine.classify.words import AT_ONCE, WordScorer

    model = fit(training_data()).model
    text = "the car park was full and the lunch came cold, the car was cold"
    # More words than are taken apart at once, and words that come again.
    long = " ".join(f"{text} word{i}" for i in range(2 * AT_ONCE))
    for said in (text, long, ""):
        found = WordScorer(model).shares(said)
        assert len(found.words) == len(set(found.words))
        total = found.shares.sum(axis=0) + model.functions.biases
        scores = Predictor(model).scores([said])[0]
        size = max(1, np.abs(scores).max())
        np.testing.assert_allclose(total / size, scores / size, atol=2e-4)


def test_a_long_text_is_taken_apart_in_little_memory() -> None:
    from ccgmine.classify.words import WordScorer

    scorer = WordScorer(fit(training_data()).model)
    text = "the car park was full and lunch came cold " * 5_000
    tracemalloc.start()
    scorer.shares(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * len(text)


@given(st.lists(st.tuples(st.floats(-3, 3, width=32), st.booleans()), min_size=1, max_size=40))
def test_threshold_of_highest_f1_is_not_beaten(cells: list[tuple[float, bool]]) -> None:
    scores = np.array([s for s, _ in cells], dtype=np.float32)
    present = np.array([p for _, p in cells])

    def f1(threshold: float) -> float:
        said = scores >= threshold
        return 2 * float((said & present).sum()) / max(1, int(said.sum() + present.sum()))

    chosen = f1(float(best_f1_thresholds(scores, present, np.ones((1, len(cells))))[0]))
    assert chosen >= max(f1(float(s)) for s in scores) - 1e-9


@pytest.mark.parametrize(
    ("present", "assigned", "precision", "recall", "f1", "kappa"),
    [
        # Worked by hand: 3 both, 1 only present, 2 only assigned, 4 neither.
        pytest.param("1111000000", "1110110000", 0.6, 0.75, 2 / 3, 0.4, id="six of ten agree"),
        pytest.param("1010", "1010", 1.0, 1.0, 1.0, 1.0, id="all agree"),
    ],
)
def test_scores_worked_by_hand(
    present: str, assigned: str, precision: float, recall: float, f1: float, kappa: float
) -> None:
    a = np.array([c == "1" for c in present])
    b = np.array([c == "1" for c in assigned])
    found = score_theme(a, b, np.arange(len(a)))
    assert found.precision.value == pytest.approx(precision)
    assert found.recall.value == pytest.approx(recall)
    assert found.f1.value == pytest.approx(f1)
    assert found.kappa.value == pytest.approx(kappa)
    assert found.f1.low <= found.f1.value <= found.f1.high


@pytest.mark.parametrize(
    ("n_new", "low", "high"),
    [
        # Worked apart from ccgmine: 10 of 20, Student's t with 19 degrees of freedom is 2.0930,
        # Wilson at 20 / (widening (2.0930 / 1.9600)^2), then F1 = 2 J / (1 + J).
        pytest.param(np.inf, 0.44727, 0.83174, id="an endless population"),
        pytest.param(20, 0.36606, 0.87385, id="as many new people as were scored"),
    ],
)
def test_intervals_are_wider_for_fewer_new_people(n_new: float, low: float, high: float) -> None:
    present = np.ones(20, dtype=np.bool_)
    assigned = np.arange(20) < 10
    f1 = score_theme(present, assigned, np.arange(20), n_new=n_new).f1
    assert (f1.value, f1.low, f1.high) == pytest.approx((2 / 3, low, high), abs=1e-5)


def test_undefined_scores_are_not_zero() -> None:
    nothing = np.zeros(6, dtype=np.bool_)
    found = score_theme(nothing, nothing, np.arange(6))
    assert np.isnan([found.precision.value, found.recall.value, found.f1.value]).all()


@pytest.mark.parametrize(
    "case", ["one participant", "one theme", "all positive", "none positive", "contradictions"]
)
def test_odd_studies_give_a_sound_result(case: str) -> None:
    data = training_data(n_participants=8)
    if case == "one participant":
        data = replace(data, groups=["P"] * len(data.texts))
    elif case == "one theme":
        data = replace(data, present=data.present[:, :1], labels=THEMES[:1])
    elif case == "all positive":
        data = replace(data, present=np.ones_like(data.present))
    elif case == "none positive":
        data = replace(data, present=np.zeros_like(data.present))
    else:
        data = replace(data, texts=["the same words"] * len(data.texts))
    result = fit(data)
    assert np.isfinite(result.scores).all()
    assert np.isfinite(result.probabilities).all()
    if case == "none positive":
        assert not result.assigned.any()


def test_empty_and_huge_texts_have_scores() -> None:
    huge = "the car park was full " * 20_000
    found = PREDICTOR.predict(["", huge, " \n\t "])
    assert np.isfinite(found.scores).all()
    assert found.assigned[1, 0]


def test_telling_words_of_a_huge_text_are_looked_for_at_its_start() -> None:
    from ccgmine.classify.words import LONGEST, telling_words

    data = training_data()
    model = fit(data).model
    padded = ["a " * (LONGEST // 2) + text for text in data.texts[:9]]
    assert any(telling_words(model, data.texts, data.present, data.groups))
    assert not any(telling_words(model, padded, data.present[:9], data.groups[:9]))
