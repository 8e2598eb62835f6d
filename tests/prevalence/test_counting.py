"""Counting people, and the groups they are in."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import Group
from ccgmine.prevalence.counting import (
    Counts,
    Evidence,
    count,
    groupings,
    groups,
    natural,
)
from tests.building import person

A, AB = frozenset("a"), frozenset("ab")


@pytest.mark.parametrize(
    ("evidence", "themes", "expected"),
    [
        pytest.param(Evidence(), A, Counts(0, 1, 0, 0, 0), id="no text: in no denominator"),
        pytest.param(
            Evidence(has_text=True), A, Counts(1, 0, 1, 0, 0), id="read in full, not raised"
        ),
        pytest.param(
            Evidence(has_text=True, hand={"a", "b"}), AB, Counts(1, 0, 1, 1, 0), id="counts once"
        ),
        pytest.param(
            Evidence(has_text=True, read_for=frozenset(), hand={"a"}),
            A,
            Counts(1, 0, 0, 0, 0),
            id="raised but not read in full: not known",
        ),
        pytest.param(
            Evidence(has_text=True, read_for=frozenset(), machine={"a"}),
            A,
            Counts(1, 0, 0, 0, 1),
            id="the machine found it in somebody not hand coded",
        ),
        pytest.param(
            Evidence(has_text=True, machine={"a"}),
            A,
            Counts(1, 0, 1, 0, 0),
            id="what people have read the machine does not overrule",
        ),
        pytest.param(
            Evidence(has_text=True, read_for=A), A, Counts(1, 0, 1, 0, 0), id="read for the theme"
        ),
        pytest.param(
            Evidence(has_text=True, read_for=A, hand={"a"}),
            AB,
            Counts(1, 0, 0, 0, 0),
            id="a family is known only when all of it was looked for",
        ),
    ],
)
def test_a_person_counts(evidence: Evidence, themes: frozenset[str], expected: Counts) -> None:
    assert count([evidence], themes) == expected


def test_people_add_up() -> None:
    people = [Evidence(), Evidence(has_text=True, hand={"a"}), Evidence(has_text=True)]
    assert count(people, A) == Counts(2, 1, 2, 1, 0)
    assert count([], A) == Counts(0, 0, 0, 0, 0)


def test_groupings_are_all_each_and_their_cross() -> None:
    assert groupings(["site", "wave"], cross=False) == [(), ("site",), ("wave",)]
    assert groupings(["site", "wave"], cross=True)[-1] == ("site", "wave")
    assert groupings(["site"], cross=True) == [(), ("site",)]


PEOPLE = [
    person("1", "Site 10", "GP"),
    person("2", "Site 2", "GP"),
    person("3", "Site 2", "Nurse"),
    person("4", "", "GP"),
]


def test_groups_are_in_natural_order_and_nobody_is_left_out() -> None:
    assert [g.values for g in groups(PEOPLE, ("site",))] == [
        (("site", ""),),
        (("site", "Site 2"),),
        (("site", "Site 10"),),
    ]


def test_a_cross_holds_only_groups_that_somebody_is_in() -> None:
    found = groups(PEOPLE, ("site", "respondent_type"))
    assert [tuple(v for _, v in g.values) for g in found] == [
        ("", "GP"),
        ("Site 2", "GP"),
        ("Site 2", "Nurse"),
        ("Site 10", "GP"),
    ]


def test_everybody_is_one_group() -> None:
    assert groups(PEOPLE, ()) == [Group()]
    assert Group().name == "overall"


@given(st.lists(st.sampled_from(["Site 1", "Site 01", "site 1", "1", "01", "x", "X", ""])))
def test_the_order_does_not_depend_on_the_order_of_the_input(values: list[str]) -> None:
    shuffled = random.Random(1).sample(values, len(values))
    assert sorted(values, key=natural) == sorted(shuffled, key=natural)


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
