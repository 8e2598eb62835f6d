"""From the scores of segments to one score a person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.prevalence.score import (
    DEFAULT_SHARPNESS,
    SHARPNESSES,
    choose_sharpness,
    damped,
    family_scores,
    person_scores,
    soft_maximum,
    standardised,
)

PERSON = np.array([0, 0, 1, 1, 1, 2])
tables = st.lists(st.lists(st.floats(-6, 6), min_size=2, max_size=2), min_size=6, max_size=6).map(
    np.array
)


@given(tables, st.sampled_from(SHARPNESSES))
def test_it_lies_between_the_largest_score_and_that_of_as_many_as_large(table, q) -> None:
    found = soft_maximum(table, PERSON, 3, q)
    for person in range(3):
        mine = table[person == PERSON]
        assert (found[person] >= mine.max(axis=0) - 1e-9).all()
        assert (found[person] <= mine.max(axis=0) + np.log(len(mine)) / q + 1e-9).all()


@given(tables, st.permutations(range(6)), st.sampled_from(SHARPNESSES))
def test_the_order_of_segments_does_not_matter(table, order, q) -> None:
    shuffled = soft_maximum(table[order], PERSON[order], 3, q)
    assert shuffled == pytest.approx(soft_maximum(table, PERSON, 3, q))


def test_sharper_is_nearer_to_the_largest() -> None:
    table = np.array([[0.0], [1.0], [1.0]])
    found = [soft_maximum(table, np.zeros(3, dtype=int), 1, q)[0, 0] for q in (1.0, 3.0, np.inf)]
    # By hand: log(1 + 2e), log(1 + 2e^3)/3, 1.
    assert found == pytest.approx([1.86199, 1.23925, 1.0], abs=1e-5)


def test_somebody_without_segments_is_refused() -> None:
    with pytest.raises(ValueError, match="1 participants have no segment"):
        soft_maximum(np.zeros((6, 1)), PERSON, 4)


def many(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segment scores of 60 people with 8 segments; who raised it has one high segment."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(60), 8)
    present = rng.random((60, 3)) < 0.4
    scores = rng.standard_normal((480, 3))
    scores[::8][present] += 4
    return scores, person, present


def test_one_high_segment_among_many_is_seen_by_a_sharp_maximum() -> None:
    scores, person, present = many()
    known = np.ones_like(present)
    found = person_scores(scores, person, 60, known, present)
    assert found.sharpness >= 3
    for t in range(3):
        assert found.score[present[:, t], t].mean() > found.score[~present[:, t], t].mean() + 1


def test_a_theme_told_by_many_low_segments_asks_for_a_blunt_one() -> None:
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(200), 8)
    present = rng.random((200, 3)) < 0.5
    scores = rng.standard_normal((1_600, 3)) + 0.7 * present[person]
    assert person_scores(scores, person, 200, np.ones_like(present), present).sharpness <= 2


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_the_scale_of_the_classifier_does_not_matter(scale, shift) -> None:
    scores, person, present = many(2)
    known = np.zeros_like(present)
    known[:30] = True
    one = person_scores(scores, person, 60, known, present)
    other = person_scores(scores * scale + shift, person, 60, known, present)
    assert other.sharpness == one.sharpness
    assert other.score == pytest.approx(one.score, abs=1e-6)


def test_what_is_not_known_does_not_move_the_choice() -> None:
    scores, person, present = many(3)
    known = np.zeros_like(present)
    known[:20] = True
    hidden = np.where(known, present, ~present)
    one, other = (person_scores(scores, person, 60, known, p) for p in (present, hidden))
    assert one.score.tobytes() == other.score.tobytes()


def test_without_hand_codings_the_sharpness_is_the_usual_one() -> None:
    scores, person, present = many()
    found = person_scores(scores, person, 60, np.zeros_like(present), present)
    assert found.sharpness == DEFAULT_SHARPNESS
    nobody = np.zeros((3, 1), dtype=bool)
    assert choose_sharpness({2.0: np.zeros((3, 1))}, nobody, nobody) == 2.0


def test_a_theme_without_classifier_has_no_score_and_leaves_others_alone() -> None:
    scores, person, present = many()
    known = np.ones_like(present)
    blind = scores.copy()
    blind[:, 1] = np.nan
    found = person_scores(blind, person, 60, known, present)
    assert np.isnan(found.score[:, 1]).all()
    assert np.isfinite(found.score[:, [0, 2]]).all()


def test_a_family_is_as_high_as_its_highest_member() -> None:
    scores = np.array([[0.0, 10.0, np.nan], [2.0, 0.0, np.nan]])
    found = family_scores(scores, [[0, 1], [0, 2], [2]])
    # Standardised, each of the first two columns is -1 and 1 in some order.
    assert found[:, 0].tolist() == [1.0, 1.0]
    assert found[:, 1].tolist() == [-1.0, 1.0]
    assert np.isnan(found[:, 2]).all()


def test_standardised_scores_have_mean_0_and_spread_1_and_no_outliers() -> None:
    rng = np.random.default_rng(4)
    table = np.column_stack([rng.normal(5, 3, 400), np.full(400, 7.0), rng.normal(0, 1, 400)])
    table[0, 2], table[:3, 0] = 1_000.0, np.nan
    found = standardised(table)
    assert found[3:, 0].mean() == pytest.approx(0, abs=1e-9)
    assert found[3:, 0].std() == pytest.approx(1)
    assert found[:3, 0].tolist() == [0, 0, 0]
    assert (found[:, 1] == 0).all()
    assert found[0, 2] == 5


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_damping_keeps_the_order(one, other) -> None:
    low, high = damped(np.array(sorted((one, other))))
    assert low <= high
