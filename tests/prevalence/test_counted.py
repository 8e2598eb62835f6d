"""Counts and draws come back from bytes as they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import Group
from ccgmine.prevalence.counted import Counted

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@st.composite
def any_counted(draw: st.DrawFn) -> Counted:
    lines = draw(st.lists(st.tuples(NAMES, NAMES), max_size=3))
    attributes = tuple(draw(st.lists(NAMES, max_size=3, unique=True)))
    groupings = [(), *((a,) for a in attributes)]
    modelled = np.array(draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines))))
    modelled = modelled.astype(np.bool_)
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    # The draws are kept in the smallest type that holds them.
    most = draw(st.sampled_from([0, 1, 255, 256, 65_535, 65_536, 2_000_000]))
    groups = {
        g: tuple(
            Group(tuple((a, value) for a in g))
            for value in draw(st.lists(NAMES, min_size=1, max_size=3))
        )
        for g in groupings
    }
    return Counted(
        attributes=attributes,
        lines=tuple(lines),
        groups=groups,
        counts={g: rng.integers(0, 10**6, (6, len(groups[g]), len(lines))) for g in groupings},
        modelled=modelled,
        learned=~modelled,
        draws={
            g: rng.integers(0, most + 1, (int(modelled.sum()), 4, len(groups[g]))).astype(np.int32)
            for g in groupings
        }
        if modelled.any()
        else {},
    )


@given(any_counted())
def test_what_is_kept_comes_back(counted: Counted) -> None:
    content = counted.to_bytes()
    again = Counted.from_bytes(content)
    assert (again.attributes, again.lines) == (counted.attributes, counted.lines)
    assert again.groups == counted.groups
    assert list(again.groups) == list(counted.groups)
    for name in ("modelled", "learned"):
        np.testing.assert_array_equal(getattr(again, name), getattr(counted, name), strict=True)
    for name in ("counts", "draws"):
        one, other = getattr(again, name), getattr(counted, name)
        assert one.keys() == other.keys()
        for grouping in other:
            np.testing.assert_array_equal(one[grouping], other[grouping], strict=True)
    # Nothing in it depends on when it was written.
    assert again.to_bytes() == content


@given(any_counted())
def test_the_draws_of_a_line_are_its_own(counted: Counted) -> None:
    number = 0
    for i, modelled in enumerate(counted.modelled.tolist()):
        found = counted.draws_of(i, ())
        assert (found is not None) == modelled
        if found is not None:
            np.testing.assert_array_equal(found, counted.draws[()][number])
            number += 1


@pytest.mark.parametrize(
    ("wanted", "cross", "covered"),
    [
        pytest.param((), False, True, id="everybody"),
        pytest.param(("site",), True, True, id="one of them"),
        pytest.param(("type", "site"), False, True, id="both, in another order"),
        pytest.param(("site", "type"), True, True, id="their cross"),
        pytest.param(("site", "wave"), False, False, id="another attribute"),
        pytest.param(("site", "type", "wave"), True, False, id="a cross that was not counted"),
    ],
)
def test_what_was_counted_covers(wanted: tuple[str, ...], cross: bool, covered: bool) -> None:
    nothing = np.zeros(0, dtype=np.bool_)
    groupings = [(), ("site",), ("type",), ("site", "type")]
    counted = Counted(
        attributes=("site", "type"),
        lines=(),
        groups=dict.fromkeys(groupings, ()),
        counts={},
        modelled=nothing,
        learned=nothing,
        draws={},
    )
    assert counted.covers(wanted, cross=cross) == covered
