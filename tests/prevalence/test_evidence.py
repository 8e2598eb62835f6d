"""Who is known, who was asked, and the groups they are in; then draws of whom nobody coded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ccgmine.domain import Codebook, Group, Theme
from ccgmine.prevalence.counted import COUNTS
from ccgmine.prevalence.evidence import (
    LEAST_HAND_CODED,
    Line,
    count,
    counts_of,
    groupings,
    groups_of,
    lines,
    of_lines,
)
from ccgmine.prevalence.smallarea import Options
from tests.building import person, themes
from tests.prevalence.invented import Said, evidence

A_AND_B = themes("a", "a/b")
QUICK = Options(n_draws=200, n_settings=12)


def figures(book: Codebook, *people: Said, line: tuple[str, str] = ("a", "direct")) -> dict:
    """The counts of everybody for one line."""
    the_lines = lines(book)
    ids = tuple(theme.theme_id for theme in book.coded)
    of = of_lines(evidence(ids, people), the_lines)
    everybody = np.zeros(len(people), dtype=np.intp)
    table = counts_of(of, everybody, np.array([], dtype=np.intp), 1)
    at = [(found.theme.theme_id, found.scope) for found in the_lines].index(line)
    return dict(zip(COUNTS, table[:, 0, at].tolist(), strict=True))


def counts(
    participants: int, known: int, present: int, machine: int, not_asked: int = 0
) -> dict[str, int]:
    return {
        "participants": participants,
        "no_text": 0,
        "not_asked": not_asked,
        "hand_coded": known,
        "hand_with_theme": present,
        "machine_with_theme": machine,
    }


DIRECT, FAMILY = ("a", "direct"), ("a", "with_children")


@pytest.mark.parametrize(
    ("said", "line", "expected"),
    [
        pytest.param(Said(read=None), DIRECT, counts(1, 1, 0, 0), id="read, not raised"),
        pytest.param(
            Said(read=None, hand={"a", "b"}), FAMILY, counts(1, 1, 1, 0), id="counts once"
        ),
        pytest.param(
            Said(hand={"a"}), DIRECT, counts(1, 0, 0, 0), id="raised but not read in full: unknown"
        ),
        pytest.param(
            Said(machine={"a"}), DIRECT, counts(1, 0, 0, 1), id="the machine found it in others"
        ),
        pytest.param(
            Said(read=None, machine={"a"}),
            DIRECT,
            counts(1, 1, 0, 0),
            id="what people have read the machine does not overrule",
        ),
        pytest.param(Said(read={"a"}), DIRECT, counts(1, 1, 0, 0), id="read for the theme"),
        pytest.param(
            Said(read={"a"}, hand={"a"}),
            FAMILY,
            counts(1, 0, 0, 0),
            id="a family is known only when all of it was looked for",
        ),
        pytest.param(
            Said(read={"a"}, machine={"b"}), FAMILY, counts(1, 0, 0, 1), id="any of a family"
        ),
    ],
)
def test_a_person_counts(said: Said, line: tuple[str, str], expected: dict[str, int]) -> None:
    assert figures(A_AND_B, said, line=line) == expected


def test_people_add_up() -> None:
    people = [Said(read=None, hand={"a"}), Said(read=None), Said(machine={"a"})]
    assert figures(A_AND_B, *people) == counts(3, 2, 1, 1)
    assert figures(A_AND_B) == counts(0, 0, 0, 0)


ASKED = Codebook(
    (
        Theme("a", coded=False),
        Theme("of gps", parent_id="a", asked_of=("gp",)),
        Theme("of all", parent_id="a"),
        Theme("of nurses", asked_of=("Nurse", "Practice nurse")),
    )
)


def test_who_was_not_asked_is_counted_apart_and_in_no_denominator() -> None:
    gp, nurse, manager = (Said(read=None, kind=k) for k in ("GP", "Practice nurse", "Manager"))
    found = figures(ASKED, gp, nurse, manager, line=("of gps", "direct"))
    # Respondent types are the same in upper and lower case.
    assert found == counts(1, 1, 0, 0, not_asked=2)
    assert figures(ASKED, gp, manager, line=("of nurses", "direct")) == counts(0, 0, 0, 0, 2)
    assert figures(ASKED, gp, nurse, line=("of all", "direct")) == counts(2, 2, 0, 0)


def test_codings_of_people_who_were_not_asked_count_nothing() -> None:
    nurse = Said(read=None, kind="Nurse", hand={"of gps"}, machine={"of gps"})
    assert figures(ASKED, nurse, line=("of gps", "direct")) == counts(0, 0, 0, 0, 1)
    assert figures(ASKED, nurse, line=("a", "with_children")) == counts(1, 1, 0, 0)


@pytest.mark.parametrize(
    ("kind", "read", "known"),
    [
        pytest.param("GP", {"of all"}, 0, id="asked of both, read for one"),
        pytest.param("GP", {"of all", "of gps"}, 1, id="asked of both, read for both"),
        pytest.param("Nurse", {"of all"}, 1, id="asked of one, read for that"),
        pytest.param("Nurse", {"of gps"}, 0, id="asked of one, read for the other"),
    ],
)
def test_a_family_is_asked_and_known_by_what_of_it_was_asked(
    kind: str, read: set[str], known: int
) -> None:
    found = figures(ASKED, Said(read=read, kind=kind), line=("a", "with_children"))
    assert (found["participants"], found["hand_coded"]) == (1, known)


def test_lines_are_direct_where_coded_and_families_where_something_is_below() -> None:
    book = themes("*a", "a/b", "b/c", "d", "*e")
    assert [(line.theme.theme_id, line.scope, line.themes) for line in lines(book)] == [
        ("a", "with_children", {"b", "c"}),
        ("b", "direct", {"b"}),
        ("b", "with_children", {"b", "c"}),
        ("c", "direct", {"c"}),
        ("d", "direct", {"d"}),
    ]


# --- groups --------------------------------------------------------------------------------


def test_groupings_are_all_each_and_their_cross() -> None:
    assert groupings(["site", "wave"], cross=False) == [(), ("site",), ("wave",)]
    assert groupings(["site", "wave"], cross=True)[-1] == ("site", "wave")
    assert groupings(["site"], cross=True) == [(), ("site",)]


FOUR = evidence(
    ("a",),
    [
        Said(site="Site 10"),
        Said(site="Site 2"),
        Said(site="Site 2", kind="Nurse"),
        Said(site=""),
    ],
    silent=[person("X", "Site 1", "GP"), person("Y", "Site 2", "GP")],
)


def test_groups_are_in_natural_order_and_nobody_is_left_out() -> None:
    groups, of_unit, of_silent = groups_of(FOUR, ("site",))
    assert [group.values[0][1] for group in groups] == ["", "Site 1", "Site 2", "Site 10"]
    assert of_unit.tolist() == [3, 2, 2, 0]
    assert of_silent.tolist() == [1, 2]


def test_a_cross_holds_only_groups_that_somebody_is_in() -> None:
    groups, _, _ = groups_of(replace(FOUR, silent=()), ("site", "respondent_type"))
    assert [tuple(v for _, v in group.values) for group in groups] == [
        ("", "GP"),
        ("Site 2", "GP"),
        ("Site 2", "Nurse"),
        ("Site 10", "GP"),
    ]


def test_everybody_is_one_group() -> None:
    groups, of_unit, of_silent = groups_of(FOUR, ())
    assert groups == (Group(),)
    assert Group().name == "overall"
    assert of_unit.tolist() == [0] * 4
    assert of_silent.tolist() == [0] * 2


def test_those_who_said_nothing_are_in_no_wave() -> None:
    parts = [Said(parts=(("wave", wave),), name="P") for wave in ("2", "1")]
    groups, of_unit, of_silent = groups_of(
        evidence(("a",), parts, silent=[person("X")]), ("wave", "site")
    )
    assert [tuple(v for _, v in g.values) for g in groups] == [("1", "Site 1"), ("2", "Site 1")]
    assert of_unit.tolist() == [1, 0]
    assert of_silent.tolist() == []


# --- draws ---------------------------------------------------------------------------------


def many(n_known: int, n_unknown: int, **last: object) -> list[Said]:
    """Half of the hand coded raised ``a``, and the scores say who."""
    rng = np.random.default_rng(1)
    people = []
    for i in range(n_known + n_unknown):
        raised = i % 2 == 0
        score = {"a": float(rng.normal(2.0 if raised else -2.0))}
        hand = {"a"} if raised and i < n_known else set()
        people.append(
            Said(
                hand=hand,
                read=None if i < n_known else set(),
                scores=score,
                site=f"Site {1 + i % 3}",
            )
        )
    return people


ONE_LINE = [Line(Theme("a"), "direct", frozenset({"a"}))]


def drawn(people: list[Said], **more: object):
    made = evidence(("a",), people, **more)  # type: ignore[arg-type]
    return count(made, ONE_LINE, ("site",), QUICK)


def test_draws_never_leave_what_is_known() -> None:
    found = drawn(many(24, 12))
    for grouping, draws in found.draws.items():
        n, _, _, known, present, _ = found.counts[grouping][:, :, 0]
        assert (draws[0] >= present).all()
        assert (draws[0] <= n - (known - present)).all()
    overall = found.draws[()][0, :, 0]
    assert overall.tolist() == found.draws["site",][0].sum(axis=1).tolist()
    # The scores say that six of the twelve raised it.
    assert overall.mean() == pytest.approx(18, abs=1.5)


@pytest.mark.parametrize(
    ("n_known", "n_unknown", "learned", "modelled"),
    [
        pytest.param(LEAST_HAND_CODED, 5, ["a"], True, id="enough hand coded"),
        pytest.param(LEAST_HAND_CODED - 1, 5, ["a"], False, id="one too few hand coded"),
        pytest.param(20, 5, [], True, id="scores of a theme that is only suggested serve, too"),
        pytest.param(20, 0, ["a"], False, id="everybody is hand coded"),
    ],
)
def test_the_model_speaks_only_where_it_may(
    n_known: int, n_unknown: int, learned: list[str], modelled: bool
) -> None:
    found = drawn(many(n_known, n_unknown), learned=learned)
    assert found.modelled.tolist() == [modelled]
    assert bool(found.draws) == modelled
    assert found.learned.tolist() == [bool(learned)]


def test_who_is_coded_with_a_theme_but_not_read_in_full_is_sure_and_never_drawn() -> None:
    people = many(24, 2)
    # The two whom nobody read in full; their scores say that they did not raise it.
    unsure = [replace(said, scores={"a": -6.0}, site="Site 9") for said in people[24:]]
    assert drawn([*people[:24], *unsure]).draws["site",][0, :, 3].min() == 0
    sure = [replace(unsure[0], hand=frozenset("a")), unsure[1]]
    found = drawn([*people[:24], *sure])
    at_site = found.draws["site",][0, :, 3]
    assert at_site.min() == 1
    assert found.counts["site",][:, 3, 0].tolist() == [2, 0, 0, 0, 0, 0]
    both = drawn([*people[:24], *(replace(s, hand=frozenset("a")) for s in unsure)])
    assert set(both.draws["site",][0, :, 3].tolist()) == {2}


def test_the_sure_teach_nothing_of_the_others() -> None:
    """Being coded in passing is no random choice: what others are said to be does not move."""
    people = many(24, 12)
    passing = [replace(people[24], hand=frozenset("a")), *people[25:]]
    before, after = (drawn([*people[:24], *rest]) for rest in (people[24:], passing))
    site_of_the_sure = before.groups["site",].index(Group((("site", people[24].site),)))
    others = [i for i in range(3) if i != site_of_the_sure]
    one, other = (found.draws["site",][0][:, others].mean(axis=0) for found in (before, after))
    assert one == pytest.approx(other, abs=0.25)


def test_people_of_groups_without_text_are_in_their_column_and_in_no_draw() -> None:
    silent = [person("X", "Site 0"), person("Y", "Site 2"), person("Z", "Site 99")]
    found = drawn(many(24, 12), silent=silent)
    sites = [group.values[0][1] for group in found.groups["site",]]
    assert sites == ["Site 0", "Site 1", "Site 2", "Site 3", "Site 99"]
    assert found.counts["site",][1, :, 0].tolist() == [1, 0, 1, 0, 1]
    draws = found.draws["site",][0]
    assert draws.shape[1] == 5
    assert draws[:, [0, 4]].max() == 0


def test_the_same_evidence_gives_the_same_bytes() -> None:
    assert drawn(many(20, 8)).to_bytes() == drawn(many(20, 8)).to_bytes()
