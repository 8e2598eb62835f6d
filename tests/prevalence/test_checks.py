"""The other estimators, against published examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.prevalence.checks import (
    Cells,
    corrected_share,
    hand_coded_alone,
    possible,
    ppi_plus,
    rogan_gladen,
    selection_contrast,
)

quick = settings(max_examples=40, deadline=None)


def one_cell(n: int, n_known: int, n_present: int) -> Cells:
    """One group and theme: the first are known, the first of those raised it."""
    column = np.arange(n)[:, None]
    return Cells(np.zeros(n, dtype=int), column < n_known, column < n_present)


@st.composite
def cells(draw) -> Cells:
    """30 people in 3 groups, any of them known, 2 themes."""
    bits = st.lists(st.booleans(), min_size=30, max_size=30)
    known = np.array(draw(bits))
    present = np.column_stack([draw(bits), draw(bits)]).astype(bool)
    return Cells(np.arange(30) % 3, np.repeat(known[:, None], 2, axis=1), present)


def test_hand_coding_alone_is_wilson_with_finite_population_correction() -> None:
    # By hand: 5 of 10 of 20 are worth 19 people; Wilson (1927) of a half at 19.
    found = hand_coded_alone(one_cell(20, 10, 5))
    assert (found.point[0, 0], found.low[0, 0], found.high[0, 0]) == pytest.approx(
        (0.5, 0.29494, 0.70506), abs=5e-5
    )


@pytest.mark.parametrize(
    ("n_present", "n", "expected"),
    [
        # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
        pytest.param(81, 263, (0.2553, 0.3662), id="newcombe 81 of 263"),
        pytest.param(15, 148, (0.0624, 0.1605), id="newcombe 15 of 148"),
        pytest.param(0, 20, (0.0, 0.1611), id="newcombe 0 of 20"),
        pytest.param(1, 29, (0.0061, 0.1718), id="newcombe 1 of 29"),
    ],
)
def test_in_a_large_population_it_is_newcombe_s(n_present, n, expected) -> None:
    found = hand_coded_alone(one_cell(200_000, n, n_present))
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx(expected, abs=2e-4)


def test_useless_predictions_leave_cochran_s_standard_error() -> None:
    # Cochran (1977), Sampling Techniques, section 3.2: of 3,042 names, 200 looked at, 38 wrong;
    # estimate 578, standard error 81.8.
    found = ppi_plus(one_cell(3_042, 200, 38), np.full((3_042, 1), 0.3))
    assert found.point[0, 0] * 3_042 == pytest.approx(578, abs=0.5)
    half = (found.high - found.low)[0, 0] / 2 * 3_042
    assert half / 1.959964 == pytest.approx(81.8, abs=0.1)


def test_predictions_that_are_right_leave_no_error() -> None:
    group = one_cell(100, 20, 8)
    truth = (np.arange(100) % 5 < 2)[:, None]
    right = Cells(group.cell, group.known, truth)
    found = ppi_plus(right, truth.astype(float))
    assert found.point[0, 0] == pytest.approx(truth.mean())
    assert (found.high - found.low)[0, 0] == pytest.approx(0, abs=1e-9)


def test_the_prediction_powered_mean_by_hand() -> None:
    # y of the known 1, 0, 1, 0; f 0.8, 0.2, 0.6, 0.4 and 0.9, 0.7 of the others.
    # Within: cov = 0.1 + 0.1 + ... : sum (y - .5)(f - .5) = .15 + .15 + .05 + .05 = .4,
    # sum (f - .5)^2 = .09 + .09 + .01 + .01 = .2: lambda 2. Mean f of all six 0.6, of the known
    # 0.5: point .5 + 2 * .1 = .7. Possible: 2/6 to 4/6, so 4/6.
    f = np.array([0.8, 0.2, 0.6, 0.4, 0.9, 0.7])[:, None]
    known = np.array([True] * 4 + [False] * 2)[:, None]
    present = np.array([True, False, True, False, True, True])[:, None]
    found = ppi_plus(Cells(np.zeros(6, dtype=int), known, present), f)
    assert found.point[0, 0] == pytest.approx(4 / 6)
    lower = ppi_plus(
        Cells(np.zeros(6, dtype=int), known, present), f - np.r_[[0] * 4, 0.2, 0.2][:, None]
    )
    # Mean f of all six 3.2/6 = 0.5333: .5 + 2 * .03333 = .56667.
    assert lower.point[0, 0] == pytest.approx(0.56667, abs=1e-5)


def test_rogan_and_gladen_s_correction() -> None:
    # 23 of 150 cows positive by a test of sensitivity 96 % and specificity 89 %: 5.1 in 100
    # (the example of epi.prev in the R package epiR).
    share, _ = corrected_share(*(np.array([v]) for v in (23 / 150, 0.96, 0.89, 150.0, 1e9, 1e9)))
    assert 100 * share[0] == pytest.approx(5.1, abs=0.05)


def test_the_error_of_rogan_and_gladen_is_that_of_their_formula() -> None:
    # By hand, rate 0.3 of 100, sensitivity 0.9 of 50, specificity 0.8 of 200: Youden 0.7, share
    # 1/7; variance (.3*.7/100 + (1/49)*.9*.1/50 + (36/49)*.8*.2/200) / .49.
    share, se = corrected_share(*(np.array([v]) for v in (0.3, 0.9, 0.8, 100.0, 50, 200)))
    assert share[0] == pytest.approx(1 / 7)
    assert se[0] == pytest.approx(np.sqrt((0.0021 + 0.0000367347 + 0.000587755) / 0.49), rel=1e-5)


def test_labels_worse_than_guessing_give_no_figure() -> None:
    rng = np.random.default_rng(1)
    group = one_cell(200, 100, 50)
    label = rng.random((200, 1)) < 0.5
    label[:100] = ~group.present[:100]
    assert np.isnan(rogan_gladen(group, label).point).all()
    assert np.isfinite(rogan_gladen(group, group.present).point).all()


@quick
@given(cells(), st.integers(0, 99))
def test_every_figure_stays_within_what_is_possible(group, seed) -> None:
    rng = np.random.default_rng(seed)
    f = rng.random((30, 2))
    least, most = possible(group)
    for figures in (hand_coded_alone(group), ppi_plus(group, f), rogan_gladen(group, f > 0.5)):
        for values in (figures.point, figures.low, figures.high):
            some = np.isfinite(values) & (group.n > 0)
            assert (values[some] >= 0).all()
            assert (values[some] <= 1).all()
        some = np.isfinite(figures.low)
        assert (figures.low[some] >= least[some] - 1e-9).all() or (group.n == 0).any()
        assert (figures.high[some] <= most[some] + 1e-9).all()


@quick
@given(cells())
def test_a_group_without_hand_codings_has_no_point_and_any_share_is_possible(group) -> None:
    nobody = group.n == 0
    alone = hand_coded_alone(group)
    assert np.isnan(alone.point[nobody]).all()
    assert (alone.low[nobody] == 0).all()
    assert (alone.high[nobody] == 1).all()
    assert np.isfinite(alone.point[~nobody]).all()


def test_a_random_choice_differs_by_about_one_standard_error() -> None:
    rng = np.random.default_rng(3)
    values = rng.gamma(2, 50, (80, 500))
    chosen = np.zeros(80, dtype=bool)
    chosen[rng.permutation(80)[:30]] = True
    found = selection_contrast(values, chosen)
    assert found.std() == pytest.approx(1, abs=0.1)
    assert abs(found.mean()) < 0.15


def test_the_longest_are_seen_to_have_been_chosen() -> None:
    length = np.arange(60.0)[:, None]
    assert selection_contrast(length, length[:, 0] >= 40)[0] > 5
    # By hand, 1 2 3 4 and the last two chosen: 3.5 - 2.5 = 1; S² = 5/3, error sqrt(5/3 / 4).
    few = selection_contrast(np.arange(1.0, 5)[:, None], np.array([False, False, True, True]))
    assert few[0] == pytest.approx(1 / np.sqrt(5 / 12))


@pytest.mark.parametrize("n_chosen", [0, 4])
def test_nobody_or_everybody_chosen_says_nothing(n_chosen) -> None:
    assert selection_contrast(np.arange(4.0)[:, None], np.arange(4) < n_chosen).tolist() == [0]
