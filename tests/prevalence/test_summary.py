"""Figures of cells from stored draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.prevalence.summary import difference, summarise, word_probabilities

CUTS = (0.5, 0.25, 0.0)
quick = settings(max_examples=50, deadline=None)


@st.composite
def drawn(draw) -> tuple[np.ndarray, np.ndarray]:
    """Totals of 30 draws for 3 cells, and the cells' sizes."""
    size = np.array(draw(st.lists(st.integers(1, 20), min_size=3, max_size=3)))
    share = draw(st.lists(st.floats(0, 1), min_size=90, max_size=90))
    return np.rint(np.array(share).reshape(30, 3) * size).astype(np.int64), size


@quick
@given(drawn())
def test_the_point_is_a_number_of_people_within_the_interval(cells) -> None:
    totals, size = cells
    found = summarise(totals, size)
    people = found.point * size
    assert people == pytest.approx(np.rint(people))
    assert (found.low <= found.point).all()
    assert (found.point <= found.high).all()
    assert (found.low_count >= totals.min(axis=0)).all()
    assert (found.high_count <= totals.max(axis=0)).all()


@quick
@given(drawn())
def test_means_of_cells_add_up_to_that_of_the_whole(cells) -> None:
    totals, size = cells
    parts = summarise(totals, size)
    whole = summarise(totals.sum(axis=1, keepdims=True), size.sum(keepdims=True))
    assert (parts.mean * size).sum() == pytest.approx(whole.mean[0] * size.sum())


@quick
@given(drawn())
def test_word_probabilities_sum_to_one_and_the_last_is_that_of_nobody(cells) -> None:
    totals, size = cells
    found = word_probabilities(totals, size, CUTS)
    assert found.sum(axis=1) == pytest.approx(np.ones(3))
    assert (found >= 0).all()
    assert found[:, -1] == pytest.approx((totals == 0).mean(axis=0))


def test_words_apply_from_their_cut_point_on() -> None:
    totals = np.array([[0], [1], [3], [6]])
    # 0/12, 1/12, 3/12 exactly 25 %, 6/12 exactly 50 %.
    assert word_probabilities(totals, np.array([12]), CUTS).tolist() == [[0.25, 0.25, 0.25, 0.25]]
    sevenths = word_probabilities(np.array([[3]]), np.array([30]), (0.3, 0.1, 0.0))
    assert sevenths.tolist() == [[0, 1, 0, 0]]


@pytest.mark.parametrize("cuts", [(), (0.25, 0.5, 0.0), (0.5, 0.25)])
def test_cut_points_that_do_not_fall_to_zero_are_refused(cuts) -> None:
    with pytest.raises(ValueError, match="fall, and end in 0"):
        word_probabilities(np.array([[1]]), np.array([2]), cuts)


def test_a_cell_without_anybody_has_no_figures() -> None:
    found = summarise(np.zeros((5, 1), dtype=np.int64), np.array([0]))
    assert np.isnan([found.point, found.low, found.high, found.mean]).all()
    assert np.isnan(word_probabilities(np.zeros((5, 1)), np.array([0]), CUTS)).all()
    with pytest.raises(ValueError, match="somebody"):
        difference(np.zeros((5, 2), dtype=np.int64), np.array([0, 3]), 0, 1)


@quick
@given(drawn())
def test_a_difference_turned_round_changes_its_sign(cells) -> None:
    totals, size = cells
    one, other = difference(totals, size, 0, 1), difference(totals, size, 1, 0)
    assert one.probability_above + other.probability_above == pytest.approx(1)
    assert one.low <= one.point <= one.high
    # Equal tails of 30 draws: a draw's step of each other, because a quantile is a draw.
    shares = np.sort(totals[:, 0] / size[0] - totals[:, 1] / size[1])
    step = np.diff(shares).max(initial=0)
    assert one.low == pytest.approx(-other.high, abs=step + 1e-9)


def test_a_difference_by_hand() -> None:
    totals = np.array([[4, 1], [5, 1], [5, 1], [6, 1]])
    found = difference(totals, np.array([10, 10]), 0, 1)
    assert (found.point, found.low, found.high) == pytest.approx((0.4, 0.3, 0.5))
    assert found.probability_above == 1
    same = difference(totals, np.array([10, 10]), 1, 1)
    assert (same.point, same.probability_above) == (0, 0.5)
