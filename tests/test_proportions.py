"""The Wilson interval against published values and its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.proportions import wilson


@pytest.mark.parametrize(
    ("n_present", "n_units", "expected"),
    [
        # Newcombe, R. G. (1998). Two-sided confidence intervals for the single proportion.
        # Statistics in Medicine 17, 857-872, table I, method 3.
        pytest.param(81, 263, (0.2553, 0.3662), id="Newcombe 1998: 81 of 263"),
        pytest.param(15, 148, (0.0624, 0.1605), id="Newcombe 1998: 15 of 148"),
        pytest.param(0, 20, (0.0000, 0.1611), id="Newcombe 1998: 0 of 20"),
        pytest.param(1, 29, (0.0061, 0.1718), id="Newcombe 1998: 1 of 29"),
    ],
)
def test_wilson_gives_the_published_interval(n_present, n_units, expected) -> None:
    assert wilson(n_present, n_units) == pytest.approx(expected, abs=5e-5)


def test_the_level_is_that_of_the_normal_quantile() -> None:
    # z = 1 (level 68.27 %), 1 of 2: centre 1/2, half-width sqrt(1/8 + 1/16) / (3/2).
    low, high = wilson(1, 2, level=0.6826894921370859)
    assert (low, high) == pytest.approx((0.5 - 0.2886751346, 0.5 + 0.2886751346), abs=1e-9)


COUNTS = st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.floats(0.01, 0.999))
def test_the_interval_lies_in_0_to_1_and_holds_the_share(counts, level) -> None:
    n_present, n_units = counts
    low, high = wilson(n_present, n_units, level=level)
    assert 0 <= low <= n_present / n_units <= high <= 1


@given(COUNTS)
def test_presence_and_absence_mirror_one_another(counts) -> None:
    n_present, n_units = counts
    low, high = wilson(n_present, n_units)
    mirrored_low, mirrored_high = wilson(n_units - n_present, n_units)
    assert (low, high) == pytest.approx((1 - mirrored_high, 1 - mirrored_low), abs=1e-12)


@given(COUNTS, st.floats(0.5, 0.98))
def test_more_confidence_is_wider_and_more_people_narrower(counts, level) -> None:
    n_present, n_units = counts
    low, high = wilson(n_present, n_units, level=level)
    wider_low, wider_high = wilson(n_present, n_units, level=level + 0.01)
    assert wider_low <= low
    assert high <= wider_high
    more_low, more_high = wilson(4 * n_present, 4 * n_units, level=level)
    assert more_high - more_low < high - low


@pytest.mark.parametrize(
    ("n_present", "n_units", "level"),
    [
        pytest.param(1, 0, 0.95, id="nobody asked"),
        pytest.param(0, 0, 0.95, id="none of none"),
        pytest.param(-1, 5, 0.95, id="fewer than none"),
        pytest.param(6, 5, 0.95, id="more than all"),
        pytest.param(1, 5, 1.0, id="level 1"),
        pytest.param(1, 5, 0.0, id="level 0"),
    ],
)
def test_what_is_no_proportion_is_refused(n_present, n_units, level) -> None:
    with pytest.raises(ValueError, match=r"no proportion|between 0 and 1"):
        wilson(n_present, n_units, level=level)
