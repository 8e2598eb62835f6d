"""The order of names."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.ordering import natural


@given(st.lists(st.sampled_from(["Site 1", "Site 01", "site 1", "1", "01", "x", "X", ""])))
def test_the_order_does_not_depend_on_the_order_of_the_input(values: list[str]) -> None:
    shuffled = random.Random(1).sample(values, len(values))
    assert sorted(values, key=natural) == sorted(shuffled, key=natural)


@given(st.lists(st.text(max_size=8), max_size=6))
def test_any_texts_have_an_order(values: list[str]) -> None:
    assert sorted(sorted(values, key=natural)) == sorted(values)


@pytest.mark.parametrize(
    "ordered",
    [
        pytest.param(["Site 2", "Site 10"], id="numbers by value"),
        pytest.param(["Site 1", "Site 1a", "Site 1b"], id="the shorter first"),
        pytest.param(["Site", "Site 1"], id="without a number first"),
        pytest.param(["1", "2", "a"], id="numbers before words"),
        pytest.param(["gp", "Manager"], id="upper and lower case alike"),
    ],
)
def test_natural_order(ordered: list[str]) -> None:
    assert sorted([*ordered[1:], ordered[0]], key=natural) == ordered
