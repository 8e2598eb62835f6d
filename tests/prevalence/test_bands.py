"""Words at their cut-points, and words of intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.prevalence.bands import rule, word, words

BANDS = (("predominant", 0.5), ("major", 0.25), ("minor", 0.0))


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        pytest.param(1.0, "predominant", id="everybody"),
        pytest.param(0.5, "predominant", id="half is predominant"),
        pytest.param(0.4999, "major", id="just under half is major"),
        pytest.param(0.25, "major", id="a quarter is major"),
        pytest.param(0.2499, "minor", id="just under a quarter is minor"),
        pytest.param(0.0001, "minor", id="anybody at all is minor"),
        pytest.param(0.0, "not raised", id="nobody is not raised"),
    ],
)
def test_words_at_the_cut_points(share: float, expected: str) -> None:
    assert word(share, BANDS) == expected


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_share_equal_to_its_cut_point_reaches_it_whatever_the_rounding(n: int, k: int) -> None:
    k = min(k, n)
    # The cut-point as a person writes it, a third of the way of arithmetic elsewhere.
    cut = 1 - (n - k) / n
    if cut > 0:
        assert word(k / n, (("high", cut), ("low", 0.0))) == "high"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        pytest.param(0.5, 1.0, "predominant", id="wholly inside one band"),
        pytest.param(0.3, 0.6, "major to predominant", id="over one cut-point"),
        pytest.param(0.1, 0.9, "minor to predominant", id="over two cut-points"),
        pytest.param(0.0, 0.2, "not raised to minor", id="nobody cannot be ruled out"),
        pytest.param(0.0, 0.0, "not raised", id="a census that found nobody"),
        pytest.param(0.25, 0.5, "major to predominant", id="from one cut-point to the next"),
    ],
)
def test_an_interval_gets_the_words_that_it_spans(low: float, high: float, expected: str) -> None:
    assert words(low, high, BANDS) == expected


def test_the_rule_says_every_cut_point() -> None:
    assert rule(BANDS) == (
        "predominant from 50 %, major from 25 %, minor above 0 %, else not raised"
    )
    assert rule((("most", 0.666), ("some", 0.0))) == (
        "most from 66.6 %, some above 0 %, else not raised"
    )
