"""Differences between groups: from draws, from hand codings, and exact ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import DifferenceRow, Estimate, Group, Theme, WhyNot
from ccgmine.errors import UsageError
from ccgmine.prevalence.counted import Counted
from ccgmine.prevalence.differences import NEWCOMBE, between, difference_rows, newcombe
from ccgmine.prevalence.evidence import Line
from ccgmine.prevalence.table import CENSUS_METHOD, MODEL_METHOD
from tests.prevalence.invented import counted

A = [Line(Theme("a"), "direct", frozenset({"a"}))]
HUGE = 10**9


def differences(made: Counted, level: float = 0.95) -> dict[tuple[str, str], tuple]:
    return {
        (row.first.values[0][1], row.second.values[0][1]): (row.estimate, row.probability_above)
        for row in difference_rows([made], A, ("site",), level)
    }


@pytest.mark.parametrize(
    ("one", "other", "point", "low", "high"),
    [
        # Newcombe 1998, Table II, method 10.
        pytest.param((56, 70), (48, 80), 0.2, 0.0524, 0.3339, id="a: 56/70 and 48/80"),
        pytest.param((9, 10), (3, 10), 0.6, 0.1705, 0.8090, id="b: 9/10 and 3/10"),
        pytest.param((6, 7), (2, 7), 4 / 7, 0.0582, 0.8062, id="c: 6/7 and 2/7"),
        pytest.param((5, 56), (0, 29), 0.0893, -0.0381, 0.1926, id="d: 5/56 and 0/29"),
        pytest.param((0, 10), (0, 20), 0.0, -0.1611, 0.2775, id="e: 0/10 and 0/20"),
        pytest.param((0, 10), (0, 10), 0.0, -0.2775, 0.2775, id="f: 0/10 and 0/10"),
        pytest.param((10, 10), (0, 20), 1.0, 0.6791, 1.0, id="g: 10/10 and 0/20"),
        pytest.param((10, 10), (0, 10), 1.0, 0.6075, 1.0, id="h: 10/10 and 0/10"),
    ],
)
def test_published_examples_in_an_endless_population(
    one: tuple[int, int], other: tuple[int, int], point: float, low: float, high: float
) -> None:
    found = newcombe((*one, HUGE), (*other, HUGE))
    assert found == pytest.approx((point, low, high), abs=6e-5)


people = st.tuples(st.integers(0, 30), st.integers(1, 30), st.integers(1, 60)).map(
    lambda v: (min(v[0], v[1]), v[1], max(v[1], v[2]))
)


@given(people, people)
def test_the_other_way_round_it_is_the_same_with_the_sign_turned(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    point, low, high = newcombe(one, other)
    assert newcombe(other, one) == pytest.approx((-point, -high, -low))
    assert -1 <= low <= point <= high <= 1
    if one[1] == one[2] and other[1] == other[2]:
        assert (low, high) == pytest.approx((point, point))


drawn = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5)), min_size=1, max_size=80)


@given(drawn, st.sampled_from([0.5, 0.9, 0.95]))
def test_draws_the_other_way_round_too(pairs: list[tuple[int, int]], level: float) -> None:
    cells = {"S": {"n": 8}, "T": {"n": 5}}
    of = {"S": [s for s, _ in pairs], "T": [t for _, t in pairs]}
    there = differences(counted([("a", "direct")], cells, draws={"a direct": of}), level)
    turned = {site: cells[site] for site in "TS"}
    back = differences(counted([("a", "direct")], turned, draws={"a direct": of}), level)
    (one, above), (other, below) = there["S", "T"], back["T", "S"]
    assert one.method == other.method == MODEL_METHOD
    assert other.point == pytest.approx(-one.point)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))
    assert below == pytest.approx(1 - above)
    # As many draws as the level says lie inside.
    inside = [one.low - 1e-9 <= s / 8 - t / 5 <= one.high + 1e-9 for s, t in pairs]
    assert sum(inside) >= level * len(pairs) - 1e-9


def test_a_difference_counted_by_eye() -> None:
    cells = {"S": {"n": 10}, "T": {"n": 4}}
    # 0.5 - 0.25 = 0.25 thrice, 0.5 - 0.5 = 0 once.
    of = {"S": [5, 5, 5, 5], "T": [1, 1, 1, 2]}
    made = counted([("a", "direct")], cells, draws={"a direct": of})
    estimate, above = differences(made)["S", "T"]
    assert (estimate.low, estimate.high) == (0.0, 0.25)
    # A tie counts half.
    assert above == 0.875


def test_everybody_hand_coded_is_exact() -> None:
    cells = {site: {"n": n, "known": n} for site, n in (("S", 4), ("T", 5), ("U", 8))}
    present = {("a direct", "S"): 3, ("a direct", "T"): 1, ("a direct", "U"): 6}
    found = differences(counted([("a", "direct")], cells, present=present))
    assert found["S", "T"] == (Estimate(*[pytest.approx(0.55)] * 3, CENSUS_METHOD), 1.0)
    assert found["T", "U"] == (Estimate(*[pytest.approx(-0.55)] * 3, CENSUS_METHOD), 0.0)
    assert found["S", "U"] == (Estimate(0.0, 0.0, 0.0, CENSUS_METHOD), 0.5)
    # Every pair once, the first in order first.
    assert list(found) == [("S", "T"), ("S", "U"), ("T", "U")]


def test_without_a_model_the_hand_coded_are_compared() -> None:
    cells = {"S": {"n": HUGE, "known": 70}, "T": {"n": HUGE, "known": 80}}
    present = {("a direct", "S"): 56, ("a direct", "T"): 48}
    estimate, above = differences(counted([("a", "direct")], cells, present=present))["S", "T"]
    assert estimate.method == NEWCOMBE
    assert (estimate.low, estimate.high) == pytest.approx((0.0524, 0.3339), abs=6e-5)
    assert above is None


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        pytest.param(
            {"S": {"n": 5, "known": 2}, "T": {"n": 0}},
            "a group has nobody with text who was asked",
            id="nobody there",
        ),
        pytest.param(
            {"S": {"n": 5, "known": 2}, "T": {"n": 4}},
            "a group has nobody hand coded in full",
            id="nobody hand coded",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(cells: dict[str, dict[str, int]], reason: str) -> None:
    assert differences(counted([("a", "direct")], cells))["S", "T"] == (WhyNot(reason), None)


def pairs() -> list[DifferenceRow]:
    theme = Theme("t", "T")
    groups = [Group((("site", name),)) for name in ("A", "B", "C")]
    groups += [Group((("respondent_type", name),)) for name in ("GP", "Nurse")]
    of = Estimate(0.2, 0.1, 0.4, "m")
    places = ((0, 1), (0, 2), (1, 2), (3, 4))
    return [
        DifferenceRow(theme, "direct", groups[i], groups[j], of, 0.98, (i + 1, j + 1))
        for i, j in places
    ]


def test_a_pair_is_chosen_and_its_first_group_is_the_one_named_first() -> None:
    (row,) = between(pairs(), ("nurse", "GP"))
    assert (row.first.values[0][1], row.second.values[0][1]) == ("Nurse", "GP")
    assert row.estimate == Estimate(-0.2, -0.4, -0.1, "m")
    assert row.probability_above == pytest.approx(0.02)
    assert row.sizes == (5, 4)
    assert between(pairs(), ("GP", "Nurse")) == pairs()[3:]


def test_one_group_is_compared_with_all_others_of_its_attribute() -> None:
    found = [(r.first.values[0][1], r.second.values[0][1]) for r in between(pairs(), ("B",))]
    assert found == [("B", "A"), ("B", "C")]


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        pytest.param(("D",), "there is no group 'D'", id="unknown"),
        pytest.param(("A", "GP"), "not two groups of one attribute", id="of two attributes"),
        pytest.param(("A", "a"), "not two groups of one attribute", id="one group twice"),
    ],
)
def test_groups_that_make_no_pair_are_named(groups: tuple[str, ...], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        between(pairs(), groups)
