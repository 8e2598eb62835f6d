"""The interval for a finite population: its laws, and its real coverage by enumeration."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.prevalence.intervals import wilson_finite

SAMPLES = (
    st.integers(1, 500)
    .flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))
    .flatmap(lambda p: st.tuples(st.integers(0, p[0]), st.just(p[0]), st.just(p[1])))
)


@given(SAMPLES, st.floats(0.5, 0.999))
def test_it_holds_the_point_and_stays_within_what_is_possible(sample, level) -> None:
    n_present, n_known, n_population = sample
    low, high = wilson_finite(n_present, n_known, n_population, level=level)
    assert low <= n_present / n_known <= high
    # Those known with the theme are sure; those known without it can never have it.
    assert low >= n_present / n_population
    assert high <= (n_population - (n_known - n_present)) / n_population


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_census_is_exact(counts) -> None:
    n_present, n = counts
    assert wilson_finite(n_present, n, n) == (n_present / n, n_present / n)


@given(SAMPLES)
def test_knowing_one_person_more_of_each_kind_never_leaves_less_certainty(sample) -> None:
    n_present, n_known, n_population = sample
    low, high = wilson_finite(n_present, n_known, n_population)
    if 2 * n_known <= n_population:
        better_low, better_high = wilson_finite(2 * n_present, 2 * n_known, n_population)
        assert better_high - better_low <= high - low + 1e-12


def test_a_huge_population_needs_no_correction() -> None:
    # Newcombe 1998, 81 of 263, drawn from ten thousand million people.
    interval = wilson_finite(81, 263, 10_000_000_000)
    assert interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_the_correction_is_that_of_survey_sampling() -> None:
    # By hand, 5 of 10 of 20: 10 * 19 / 10 = 19 people's worth; z = 1.959964, z² = 3.841459;
    # centre 1/2; half = z * sqrt(0.25/19 + z²/(4*19²)) / (1 + z²/19) = 0.20506.
    assert wilson_finite(5, 10, 20) == pytest.approx((0.29494, 0.70506), abs=5e-5)


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param((0, 0, 5), id="nobody known"),
        pytest.param((3, 2, 5), id="more with the theme than known"),
        pytest.param((1, 6, 5), id="more known than people"),
        pytest.param((-1, 2, 5), id="fewer than none"),
    ],
)
def test_impossible_counts_are_refused(counts) -> None:
    with pytest.raises(ValueError, match="not possible"):
        wilson_finite(*counts)


@cache
def _coverages(n_population: int, n_known: int) -> list[float]:
    """Probability that the interval holds the truth, for each true number with the theme.

    Every sample of ``n_known`` of ``n_population`` people is as likely as any other, so the
    number of those with the theme follows the hypergeometric distribution exactly.
    """
    intervals = [wilson_finite(k, n_known, n_population) for k in range(n_known + 1)]
    samples = comb(n_population, n_known)
    found = []
    for truth in range(n_population + 1):
        hits = 0
        for k in range(max(0, n_known - (n_population - truth)), min(n_known, truth) + 1):
            low, high = intervals[k]
            if low - 1e-12 <= truth / n_population <= high + 1e-12:
                hits += comb(truth, k) * comb(n_population - truth, n_known - k)
        found.append(float(Fraction(hits, samples)))
    return found


# Seen for all N up to 40: 96.2 % on average over every n and every truth; 93.3 % in the worst
# design (1 of 5 people known, averaged over the truths); 79.4 % in the single worst case (1 of
# 34 known, 7 with the theme). Wilson's interval is right on average, not in each case.
DESIGNS = [(n, m) for n in range(1, 41) for m in range(1, n + 1)]


def test_it_holds_the_truth_as_often_as_it_says_on_average() -> None:
    averages = [sum(c) / len(c) for c in (_coverages(*design) for design in DESIGNS)]
    assert sum(averages) / len(averages) >= 0.95
    assert min(averages) >= 0.93


def test_no_single_truth_is_missed_more_often_than_one_time_in_four() -> None:
    assert min(min(_coverages(*design)) for design in DESIGNS) >= 0.75


def test_the_sample_studys_design_keeps_its_promise() -> None:
    # 24 of 42 people hand coded: every number of people with the theme.
    coverages = _coverages(42, 24)
    assert sum(coverages) / len(coverages) >= 0.95
    assert min(coverages) >= 0.89


def test_a_census_always_holds_the_truth() -> None:
    assert {c for n in range(1, 41) for c in _coverages(n, n)} == {1.0}
