"""How numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.report.numbers import interval, percent, plain, share


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(0.625, "0.625", id="as it is"),
        pytest.param(0.00001, "0.00001", id="no exponent for the small"),
        pytest.param(1e9, "1000000000", id="no exponent for the large"),
        pytest.param(100.0, "100", id="zeros before the point stay"),
        pytest.param(0.0, "0", id="zero"),
    ],
)
def test_plain(value: float, text: str) -> None:
    assert plain(value) == text


def test_shares_have_four_decimals_and_no_negative_zero() -> None:
    assert share(2 / 3) == 0.6667
    assert plain(share(-0.0)) == "0"
    assert plain(share(-1e-17)) == "0"


@given(st.floats(0, 1))
def test_a_share_reads_back_from_its_text(value: float) -> None:
    assert float(plain(share(value))) == share(value)
    assert abs(share(value) - value) <= 0.00005 + 1e-12


def test_percentages_for_people() -> None:
    assert percent(0.5833) == "58 %"
    assert interval(0.0, 1.0) == "0–100 %"
