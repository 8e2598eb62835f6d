"""The shortest interval of whole totals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.prevalence.shortest import shortest

totals = st.lists(st.integers(0, 40), min_size=20, max_size=200).map(lambda v: np.array(v)[:, None])
levels = st.floats(0.5, 0.99)
quick = settings(max_examples=40, deadline=None)


@quick
@given(totals, levels)
def test_it_holds_the_median_and_never_leaves_the_draws(draws, level) -> None:
    low, high = shortest(draws, level)
    middle = np.sort(draws[:, 0])[len(draws) // 2]
    assert draws.min() <= low[0] <= middle <= high[0] <= draws.max()


@quick
@given(totals, levels, st.integers(1, 30))
def test_counting_from_elsewhere_moves_it_and_no_more(draws, level, shift) -> None:
    low, high = shortest(draws, level)
    moved_low, moved_high = shortest(draws + shift, level)
    assert (moved_low - shift).tolist() == low.tolist()
    assert (moved_high - shift).tolist() == high.tolist()


@quick
@given(totals, levels, st.randoms(use_true_random=False))
def test_the_order_of_draws_does_not_matter(draws, level, random) -> None:
    shuffled = draws[:, 0].tolist()
    random.shuffle(shuffled)
    one, other = shortest(draws, level), shortest(np.array(shuffled)[:, None], level)
    assert [v.tolist() for v in one] == [v.tolist() for v in other]


@quick
@given(st.integers(0, 1_000), levels)
def test_one_total_is_its_own_interval(total, level) -> None:
    low, high = shortest(np.full((50, 2), total), level)
    assert low.tolist() == high.tolist() == [total, total]


def test_columns_are_cells_of_their_own() -> None:
    rng = np.random.default_rng(1)
    draws = rng.binomial(30, [0.1, 0.5, 0.9], (400, 3))
    together = shortest(draws, 0.95)
    alone = [shortest(draws[:, [c]], 0.95) for c in range(3)]
    assert [v.tolist() for v in together] == [
        [int(pair[end][0]) for pair in alone] for end in (0, 1)
    ]


def test_on_a_bell_curve_it_is_the_middle_of_it() -> None:
    rng = np.random.default_rng(2)
    draws = np.rint(rng.normal(1_000, 100, (20_000, 1))).astype(np.int64)
    low, high = shortest(draws, 0.95)
    assert (low[0], high[0]) == (pytest.approx(804, abs=12), pytest.approx(1_196, abs=12))


def test_a_skew_total_keeps_its_likeliest_end() -> None:
    # Nobody 40, one 30, two 20 %: 88 % from the likeliest total on takes nine tenths of the twos.
    draws = np.repeat([0, 1, 2, 3], [400, 300, 200, 100])[:, None]
    low, high = shortest(draws, 0.88)
    assert (int(low[0]), int(high[0])) == (0, 2)


@pytest.mark.parametrize(
    ("n_ones", "expected"),
    [
        pytest.param(20, (0, 0), id="2 in 100 is left out"),
        pytest.param(60, (0, 0), id="6 in 100: less than seven tenths of it is needed"),
        pytest.param(300, (0, 1), id="30 in 100 is taken in"),
    ],
)
def test_a_total_at_the_end_is_taken_in_when_most_of_it_are_needed(n_ones, expected) -> None:
    draws = np.array([0] * (1_000 - n_ones) + [1] * n_ones)[:, None]
    low, high = shortest(draws, 0.95)
    assert (int(low[0]), int(high[0])) == expected


@quick
@given(totals)
def test_more_certainty_never_takes_less_room(draws) -> None:
    widths = [int((high - low)[0]) for low, high in (shortest(draws, p) for p in (0.5, 0.8, 0.95))]
    # A step of one: the rule for the end totals may round the other way.
    assert widths[0] <= widths[1] + 1
    assert widths[1] <= widths[2] + 1
