"""Disclosure control, attacked from outside with the published sheets and a linear programme."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.domain import (
    DifferenceRow,
    DifferenceTable,
    Estimate,
    Group,
    Participant,
    PrevalenceRow,
    PrevalenceTable,
    Theme,
    UnitCounts,
    WhyNot,
)
from ccgmine.prevalence.disclosure import (
    Zeros,
    convention,
    hide,
    suppress,
    suppress_differences,
)
from ccgmine.prevalence.protection import Search
from ccgmine.prevalence.smallness import Hidden, small_rows
from ccgmine.prevalence.tally import tally
from ccgmine.report.differences import difference_pages
from ccgmine.report.differences import differences as differences_sheet
from ccgmine.report.prevalence import tidy, wide
from ccgmine.report.publication import publishable
from ccgmine.report.writers import render_text
from tests.prevalence.attack import Cell, Outsider, read
from tests.prevalence.hidden_people import ATTRIBUTES, People


def all_differences(table: PrevalenceTable) -> DifferenceTable:
    """Between any two groups of one attribute, as a report would print them."""
    rows = []
    for one, two in combinations(table.rows, 2):
        if one.line == two.line and one.group.name == two.group.name:
            assert isinstance(one.estimate, Estimate)
            assert isinstance(two.estimate, Estimate)
            point = one.estimate.point - two.estimate.point
            estimate = Estimate(point, point - 0.1, point + 0.1, "draws")
            rows.append(DifferenceRow(one.theme, one.scope, one.group, two.group, estimate, 0.5))
    return DifferenceTable(tuple(rows), ATTRIBUTES, ())


def outsider_of(table: PrevalenceTable, before: PrevalenceTable) -> Outsider:
    """Everything that one export publishes, rendered and read again."""
    gone = suppress_differences(all_differences(before), table)
    return read(
        render_text(tidy(table), "csv"),
        render_text(differences_sheet(gone), "csv"),
        [render_text(wide(table), "csv")],
        ATTRIBUTES,
    )


def exposed(
    outsider: Outsider, before: PrevalenceTable, after: PrevalenceTable, below: int, zeros: bool
) -> Iterator[str]:
    """Hidden figures that the outsider can tell more of than that they are hidden."""
    for true, shown in zip(before.rows, after.rows, strict=True):
        values = dict(true.group.values)
        cell = (true.theme.theme_id, true.scope, tuple(values.get(a, "") for a in ATTRIBUTES))
        for name, value, most, terms in _figures(true, shown):
            # A group that is listed has somebody in it.
            none = zeros and name != "participants"
            small = (-0.5 if none else 0.5) <= value < below - 0.5
            if name in TURNED and not small:
                # It is as well known as its complement, which is looked at.
                continue
            low, high = outsider.bounds(cell, terms)
            if "participants" not in shown.hidden:
                # What is added for sizes that are shown is a constant.
                low, high = max(low, 0), min(high, most)
            if small:
                ends = (0 if none else 1, min(below - 1, most))
                ends = ends if ends[0] < ends[1] else ((0, 1) if most < 2 else (1, 2))
                wide = not zeros and high - low >= ends[1] - ends[0] - 0.01
                safe = high >= ends[1] - 0.01 and (low <= ends[0] + 0.01 or wide)
            else:
                nobody_or_all = value < 0.5 or value > most - 0.5
                safe = nobody_or_all or math.floor(high + 0.01) > math.ceil(low - 0.01)
                safe = safe or (name == "expected" and high - low > 0.49)
            if not safe:
                yield f"{cell} {name}: {value} of {most} is in {low:.2f} to {high:.2f}"


TURNED = ("without", "not expected")


def _figures(
    true: PrevalenceRow, shown: PrevalenceRow
) -> Iterator[tuple[str, float, float, dict[str, float]]]:
    n, hand, raised = true.participants, true.hand_coded, true.hand_with_theme
    assert n is not None
    assert hand is not None
    assert raised is not None
    if "participants" in shown.hidden:
        yield "participants", n, 1000, {"participants": 1.0}
    if "hand_with_theme" in shown.hidden and hand:
        yield "with", raised, hand, {"hand_with_theme": 1.0}
        yield "without", hand - raised, hand, {"hand_coded": 1.0, "hand_with_theme": -1.0}
    if "machine_with_theme" in shown.hidden and n > hand and true.machine_with_theme is not None:
        yield "machine", true.machine_with_theme, n - hand, {"machine_with_theme": 1.0}
    if "estimate" in shown.hidden:
        assert isinstance(true.estimate, Estimate)
        people = true.estimate.point * n
        yield "expected", people, n, {"expected": 1.0}
        yield "not expected", n - people, n, {"participants": 1.0, "expected": -1.0}


def primary_only(table: PrevalenceTable, below: int) -> PrevalenceTable:
    levels = small_rows(tally(table), below, zeros=False)
    return hide(table, levels, below, Zeros.SHOWN)


TWO_BY_THREE = {("A", "GP"): 14, ("A", "Manager"): 6, ("B", "GP"): 9, ("B", "Manager"): 8,
                ("B", "Nurse"): 1, ("C", "GP"): 12}  # fmt: skip
CLINICS = {("A", "GP"): 30, ("B", "GP"): 22, ("C", "GP"): 26, ("A", "Nurse"): 24,
           ("B", "Nurse"): 28, ("C", "Nurse"): 21}  # fmt: skip
FAMILY = ("", "t0", "t0")
STUDIES = {
    "small groups and a family": (TWO_BY_THREE, FAMILY, 1, 0.6),
    "large groups, some hand coded": (CLINICS, ("", "t0"), 2, 0.5),
    "everybody hand coded": (CLINICS, ("", "t0", ""), 3, 1.0),
}


@pytest.mark.parametrize("name", STUDIES)
def test_an_outsider_learns_no_hidden_figure_and_would_without_further_hiding(name: str) -> None:
    before = People(*STUDIES[name]).table()
    naive = primary_only(before, 5)
    assert any(exposed(outsider_of(naive, before), before, naive, 5, zeros=False))
    after = suppress(before, below=5)
    assert list(exposed(outsider_of(after, before), before, after, 5, zeros=False)) == []
    assert any(not row.hidden for row in after.rows)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(
    sizes=st.dictionaries(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(["GP", "Manager"])),
        st.integers(1, 25),
        min_size=2,
    ),
    parents=st.sampled_from([("", ""), ("", "t0"), ("", "t0", "t0")]),
    seed=st.integers(0, 99),
    coded=st.sampled_from([0.3, 0.7, 1.0]),
    cross=st.booleans(),
    below=st.integers(2, 6),
    zeros=st.booleans(),
)
def test_an_outsider_learns_no_hidden_figure_of_any_study(
    sizes: dict[tuple[str, str], int],
    parents: Sequence[str],
    seed: int,
    coded: float,
    cross: bool,
    below: int,
    zeros: bool,
) -> None:
    before = People(sizes, parents, seed, coded).table(cross=cross)
    after = suppress(before, below=below, zeros=Zeros.HIDDEN if zeros else Zeros.SHOWN)
    assert list(exposed(outsider_of(after, before), before, after, below, zeros)) == []


@pytest.mark.parametrize("seed", range(2))
def test_counting_the_people_quoted_says_no_more_than_that_a_figure_is_not_nothing(
    seed: int,
) -> None:
    people = People(TWO_BY_THREE, FAMILY, seed, 0.6)
    before = people.table(cross=False)
    after = suppress(before, below=5)
    quotes = publishable(people.quotes(), after, people.participants(), below=5, salt="s")
    assert quotes
    outsider = outsider_of(after, before)
    types = {q.participant_id: q.respondent_type for q in quotes if q.respondent_type}
    for theme, scope, members in people.lines():
        ids = {people.themes[j].theme_id for j in members}
        for by_hand, figure in ((True, "hand_with_theme"), (False, "machine_with_theme")):
            quoted = {
                q.participant_id for q in quotes if q.theme_id in ids and q.by_hand == by_hand
            }
            for kind in ("", "GP", "Manager", "Nurse"):
                n = sum(kind in ("", types.get(who)) for who in quoted)
                cell: Cell = (theme.theme_id, scope, ("", kind))
                outsider.known(outsider.at(cell, figure), n, np.inf)
    assert list(exposed(outsider, before, after, 5, zeros=False)) == []


def test_everybody_quoted_of_a_hidden_cell_would_give_it_away() -> None:
    people = People(TWO_BY_THREE, FAMILY, 0, 0.6)
    after = suppress(people.table(), below=5)
    hidden = next(
        r for r in after.rows if r.group.name == "overall" and "hand_with_theme" in r.hidden
    )
    said = {q.participant_id for q in people.quotes() if q.theme_id == hidden.theme.theme_id}
    quotes = publishable(people.quotes(), after, people.participants(), below=5, salt="s")
    printed = {q.participant_id for q in quotes if q.theme_id == hidden.theme.theme_id}
    assert len(said) > 2
    assert len(printed) <= 2


def cell(site: str, n: int, raised: int, **more: object) -> PrevalenceRow:
    """A row of a hand-coded group."""
    share = raised / n
    made = PrevalenceRow(
        theme=Theme("time"), scope="direct", group=Group((("site", site),) if site else ()),
        participants=n, no_text=0, hand_coded=n, hand_with_theme=raised, machine_with_theme=None,
        estimate=Estimate(share, share, share, "hand coding"), band="major",
        words=(("major", 1.0),),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def by_site(*rows: PrevalenceRow) -> PrevalenceTable:
    return PrevalenceTable(rows, ("site",), ("a rule",))


def counts(table: PrevalenceTable) -> list[int | None]:
    return [row.hand_with_theme for row in table.rows]


@pytest.mark.parametrize("below", [-1, 0, 1])
def test_up_to_one_nothing_is_hidden(below: int) -> None:
    table = by_site(cell("", 30, 3), cell("A", 20, 2), cell("B", 10, 1))
    assert suppress(table, below=below) is table


def test_one_of_two_groups_takes_the_other_or_the_whole_with_it() -> None:
    table = by_site(cell("", 60, 32), cell("A", 40, 30), cell("B", 20, 2))
    assert counts(suppress(table, below=5)) == [32, None, None]
    # At site B it may be two and up to twenty, as wide a doubt as from one to four.
    table = by_site(cell("", 60, 42), cell("A", 40, 40), cell("B", 20, 2))
    assert counts(suppress(table, below=5)) == [42, None, None]


def test_where_everybody_raised_it_that_is_said_of_all_though_groups_are_few() -> None:
    table = by_site(cell("", 43, 43), cell("A", 20, 20), cell("B", 20, 20), cell("C", 3, 3))
    after = suppress(table, below=5)
    assert (after.rows[0].hand_with_theme, after.rows[0].participants) == (43, 43)
    assert after.rows[3].participants is None


def test_what_cannot_be_left_in_doubt_takes_its_family_with_it_in_every_group() -> None:
    """Of two people, one raised it: no doubt of the sort that is wanted can be left."""
    table = by_site(cell("", 4, 1), cell("A", 2, 1), cell("B", 2, 0))
    figures = tally(table)
    search = Search(figures, [[0]], small_rows(figures, 2, zeros=False), 2, zeros=False)
    search.goals[0, 1, int(search.levels[0, 1])] = [(0, 9.0, 9.0, np.inf)]
    search.run([])
    assert search.given_up.all()
    assert (search.levels >= Hidden.THEME).all()


def test_the_smallest_group_that_helps_is_hidden_too() -> None:
    rows = [cell("", 120, 61), cell("A", 50, 25), cell("B", 20, 3), cell("C", 20, 11)]
    rows.append(cell("D", 30, 22))
    assert counts(suppress(by_site(*rows), below=5)) == [61, 25, None, None, 22]


def test_those_without_the_theme_are_protected_as_those_with_it() -> None:
    rows = (cell("", 60, 40), cell("A", 20, 18), cell("B", 20, 12), cell("C", 20, 10))
    after = suppress(by_site(*rows), below=5)
    assert after.rows[1].hidden
    assert sum(bool(row.hidden) for row in after.rows) == 2


def test_a_small_group_hides_its_size_and_another_groups() -> None:
    rows = (cell("", 63, 20), cell("A", 40, 10), cell("B", 20, 10), cell("C", 3, 0))
    after = suppress(by_site(*rows), below=5)
    assert [row.participants for row in after.rows] == [63, 40, None, None]
    hidden = after.rows[3]
    figures = (hidden.no_text, hidden.not_asked, hidden.hand_coded, hidden.machine_with_theme)
    assert figures == (None,) * 4
    assert (hidden.band, hidden.words) == ("", ())
    assert isinstance(hidden.estimate, WhyNot)
    assert hidden.estimate.reason.startswith("suppressed: fewer than 5")


def test_nobody_and_everybody_are_shown_unless_zeros_are_hidden() -> None:
    rows = (cell("", 60, 30), cell("A", 20, 0), cell("B", 20, 20), cell("C", 20, 10))
    assert counts(suppress(by_site(*rows), below=5)) == [30, 0, 20, 10]
    after = suppress(by_site(*rows), below=5, zeros=Zeros.HIDDEN)
    assert counts(after)[1:3] == [None, None]
    assert "hidden as well" in after.notes[-1]


def test_an_estimate_of_few_people_is_hidden_though_nobody_hand_coded_raised_it() -> None:
    few = Estimate(2.4 / 40, 0.0, 0.2, "draws")
    rows = (cell("", 80, 10, estimate=Estimate(30 / 80, 0.1, 0.6, "draws"), hand_coded=40),
            cell("A", 40, 0, estimate=few, hand_coded=20),
            cell("B", 40, 10, estimate=Estimate(0.69, 0.3, 0.9, ""), hand_coded=20))  # fmt: skip
    assert [bool(row.hidden) for row in suppress(by_site(*rows), below=5).rows][1]


def test_a_small_machine_count_is_hidden_alone() -> None:
    half = {"hand_coded": 20, "estimate": Estimate(0.5, 0.3, 0.7, "draws")}
    rows = (cell("", 80, 20, **half | {"hand_coded": 40}, machine_with_theme=22),
            cell("A", 40, 10, **half, machine_with_theme=2),
            cell("B", 40, 10, **half, machine_with_theme=20))  # fmt: skip
    after = suppress(by_site(*rows), below=5)
    assert {row.hidden for row in after.rows[1:2]} == {frozenset({"machine_with_theme"})}
    assert after.rows[1].hand_with_theme == 10
    assert after.rows[1].machine_with_theme is None


def test_units_of_a_hidden_cell_are_hidden_and_the_groups_talk_is_not() -> None:
    def units(total: int, raised: int) -> UnitCounts:
        return UnitCounts(total, total, raised)

    rows = (cell("", 60, 32, units=units(600, 90)), cell("A", 40, 30, units=units(400, 80)),
            cell("B", 20, 2, units=units(200, 10)))  # fmt: skip
    after = suppress(by_site(*rows), below=5)
    assert after.rows[2].units == UnitCounts(200, 200, None)


def test_a_study_of_few_people_shows_nothing() -> None:
    after = suppress(by_site(cell("", 4, 2), cell("A", 3, 1), cell("B", 1, 1)), below=5)
    assert {row.participants for row in after.rows} == {None}
    assert {row.band for row in after.rows} == {""}


def test_services_known_to_lie_in_sites_are_added_up_though_not_crossed() -> None:
    def service(name: str, n: int, raised: int) -> PrevalenceRow:
        return cell("", n, raised, group=Group((("service", name),)))

    rows = [cell("", 80, 30), cell("A", 40, 20), cell("B", 40, 10)]
    rows += [
        service("a1", 25, 18),
        service("a2", 15, 2),
        service("b1", 20, 5),
        service("b2", 20, 5),
    ]
    table = PrevalenceTable(tuple(rows), ("site", "service"), ())
    of = {"a1": ("A", 25), "a2": ("A", 15), "b1": ("B", 20), "b2": ("B", 20)}
    people = [
        Participant(f"{name}{i}", site, "", (("service", name),))
        for name, (site, n) in of.items()
        for i in range(n)
    ]
    hidden = [row.group.values for row in suppress(table, below=5).rows if row.hidden]
    known = [row.group.values for row in suppress(table, below=5, people=people).rows if row.hidden]
    assert (("service", "a1"),) not in hidden
    assert (("service", "a1"),) in known or (("site", "A"),) in known


def test_a_difference_from_a_hidden_share_is_hidden() -> None:
    before = by_site(cell("", 60, 32), cell("A", 40, 30), cell("B", 20, 2))
    after = suppress(before, below=5)
    gone = suppress_differences(all_differences(before), after)
    assert [isinstance(row.estimate, WhyNot) for row in gone.rows] == [True]
    assert gone.rows[0].probability_above is None
    assert gone.notes[-1].endswith("1 of 1 are hidden.")
    assert difference_pages(gone)[0].title.endswith("0 of 1 (1 hidden)")
    assert suppress_differences(all_differences(before), before) == all_differences(before)


def test_the_convention_is_named_under_the_table() -> None:
    table = by_site(cell("", 30, 3), cell("A", 20, 2), cell("B", 10, 1))
    assert suppress(table, below=5).notes == ("a rule", convention(5))
    assert "[c] means confidential" in convention(5)
    assert "1 to 4 people" in convention(5)
    assert "one person" in convention(2)


def test_the_same_table_is_hidden_in_the_same_way() -> None:
    table = People(*STUDIES["small groups and a family"]).table()
    assert suppress(table, below=5) == suppress(table, below=5)


def test_figures_are_not_hidden_twice() -> None:
    table = by_site(cell("", 30, 3), cell("A", 20, 2), cell("B", 10, 1))
    with pytest.raises(ValueError, match="hidden already"):
        suppress(suppress(table, below=5), below=3)
    with pytest.raises(ValueError, match="every group once"):
        suppress(by_site(*table.rows, table.rows[0]), below=5)
