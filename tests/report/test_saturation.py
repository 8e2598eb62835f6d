"""When interviews stop bringing new themes."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import Coverage
from ccgmine.errors import StudyError, UsageError
from ccgmine.report.run_saturation import saturation_report
from ccgmine.report.saturation import (
    Rule,
    as_dates,
    date_attribute,
    new_themes,
    random_orders,
    reached,
    saturation_point,
)
from ccgmine.report.sheet import Sheet
from ccgmine.report.writers import render_text
from ccgmine.study import open_study
from tests.building import add_coverage, code, made_study, person, themes

# New themes of 13 interviews, in the manner of Guest, Namey & Chen (2020): the base of four has
# 37 themes; runs of two bring 8 (22 %), 6 (16 %), 3 (8 %) and 1 (3 %) new ones.
NEW = [16, 11, 6, 4, 4, 4, 2, 1, 0, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(Rule(4, 2, 0.05), "7+2", id="runs of two, at most 5 %"),
        pytest.param(Rule(4, 2, 0.0), "8+2", id="runs of two, nothing new"),
        pytest.param(Rule(4, 3, 0.05), "7+3", id="runs of three, at most 5 %"),
        pytest.param(Rule(4, 3, 0.0), "not reached", id="runs of three, nothing new"),
        pytest.param(Rule(12, 2, 0.05), "too few interviews", id="no run after the base"),
    ],
)
def test_saturation_worked_out_by_hand(rule: Rule, expected: str) -> None:
    assert reached(NEW, rule) == expected


def test_five_per_cent_is_met_exactly() -> None:
    assert saturation_point([60, 0, 0, 0, 3, 0, 0], Rule(4, 2, 0.05)) == 4


def test_nothing_in_the_base_is_no_saturation() -> None:
    assert reached([0] * 8, Rule(4, 2, 0.05)) == "no themes in the base"


INTERVIEWS = st.lists(st.frozensets(st.sampled_from("abcdefgh")), min_size=1, max_size=12)


@given(INTERVIEWS)
def test_new_themes_add_up_to_all_themes(interviews: list[frozenset[str]]) -> None:
    new = new_themes(interviews)
    for place in range(len(new)):
        assert sum(new[: place + 1]) == len(frozenset().union(*interviews[: place + 1]))


@given(INTERVIEWS)
def test_every_random_order_ends_with_all_themes(interviews: list[frozenset[str]]) -> None:
    orders = random_orders(interviews, n_orders=5)
    assert set(orders.cumulative[:, -1].tolist()) == {len(frozenset().union(*interviews))}
    assert orders.new.min() >= 0


@given(INTERVIEWS, st.sampled_from([Rule(2, 2, 0.05), Rule(4, 3, 0.3), Rule(1, 2, 0.0)]))
def test_all_orders_at_once_are_judged_as_each_alone(
    interviews: list[frozenset[str]], rule: Rule
) -> None:
    if len(interviews) < rule.base_size + rule.run_length:
        return
    orders = random_orders(interviews, n_orders=8)
    alone = [saturation_point(order, rule) for order in orders.new.tolist()]
    assert orders.points(rule) == [point for point in alone if point is not None]


def test_random_orders_come_to_the_exact_mean() -> None:
    interviews = [frozenset("abc"), frozenset("a"), frozenset("ad"), frozenset(), frozenset("bd")]
    n, held = 5, {"a": 3, "b": 2, "c": 1, "d": 2}
    mean = random_orders(interviews, n_orders=20_000).cumulative.mean(axis=0)
    for k in range(1, n + 1):
        # A theme of m interviews is missed by k of them with C(n - m, k) / C(n, k) (Hurlbert 1971).
        exact = sum(1 - comb(n - m, k) / comb(n, k) for m in held.values())
        assert mean[k - 1] == pytest.approx(exact, abs=0.03)


def test_a_seed_gives_the_same_orders() -> None:
    interviews = [frozenset("ab"), frozenset("c"), frozenset("a")]
    first, second = random_orders(interviews, seed=3), random_orders(interviews, seed=3)
    assert first.new.tolist() == second.new.tolist()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["age", "interview_date"], "interview_date", id="as in the sample"),
        pytest.param(["Interview date"], "Interview date", id="with a capital and a space"),
        pytest.param(["birth_date", "update"], "", id="another date is none of the interview"),
    ],
)
def test_the_date_of_the_interview_is_found_by_its_name(names: list[str], expected: str) -> None:
    assert date_attribute(names) == expected


def test_dates_are_of_one_form_or_none_at_all() -> None:
    found = as_dates(["3/4/2021", "10/1/2021"])
    assert found is not None
    assert [d.month for d in found] == [4, 1]
    assert as_dates(["2021-04-03", "3/4/2021"]) is None
    assert as_dates(["soon"]) is None


SCRIPTS = {"c": ["P 3: Cost. |Time."], "a": ["P 1: Time."], "b": ["P 2: Time."]}


def made(folder: Path, dates: Sequence[str], **more: str):
    people = [
        person(f"P {i}", kind="GP" if i < 3 else "Nurse", **({"interview_date": d} if d else {}))
        for i, d in enumerate(dates, 1)
    ]
    return made_study(folder / "s", SCRIPTS, codebook=themes("cost", "time"), people=people)


def fill(study) -> None:
    code(study, "c", "Cost.", "cost")
    code(study, "c", "Time.", "time")
    code(study, "a", "Time.", "time")
    add_coverage(study, *(Coverage(t, "ann") for t in ("a", "b", "c")))


def order(sheet: Sheet) -> list[tuple[object, ...]]:
    at = [sheet.columns.index(c) for c in ("participant_id", "new_themes", "themes_so_far")]
    group = sheet.columns.index("group")
    return [tuple(r[i] for i in at) for r in sheet.rows if r[group] == "overall"]


def test_interviews_go_by_date_where_there_is_one(tmp_path: Path) -> None:
    with made(tmp_path, ["2020-03-01", "2020-01-01", "2020-02-01"]) as study:
        fill(study)
        by_date, _ = saturation_report(study, n_orders=10)
        assert order(by_date) == [("P 2", 0, 0), ("P 3", 2, 2), ("P 1", 0, 2)]
        as_taken_in, _ = saturation_report(study, order="ingest", n_orders=10)
        assert order(as_taken_in) == [("P 3", 2, 2), ("P 1", 0, 2), ("P 2", 0, 2)]


def test_a_date_that_some_lack_is_not_used_and_this_is_told(tmp_path: Path) -> None:
    with made(tmp_path, ["2020-03-01", "", "2020-02-01"]) as study:
        fill(study)
        sheet, _ = saturation_report(study, n_orders=10)
        assert [row[0] for row in order(sheet)] == ["P 3", "P 1", "P 2"]
        assert "1 have no 'interview_date'" in sheet.notes[0]
        with pytest.raises(UsageError, match="1 of 3 participants have no"):
            saturation_report(study, order="interview_date")


def test_only_who_is_hand_coded_in_full_counts(tmp_path: Path) -> None:
    with made(tmp_path, ["", "", ""]) as study:
        code(study, "c", "Cost.", "cost")
        with pytest.raises(StudyError, match="hand coded in full"):
            saturation_report(study)
        add_coverage(study, Coverage("a", "ann"), Coverage("c", "ann", frozenset({"cost"})))
        sheet, _ = saturation_report(study, n_orders=10)
        assert order(sheet) == [("P 1", 0, 0)]
        # For this theme alone, the participant who was read for it counts too.
        sheet, _ = saturation_report(study, themes=["cost"], n_orders=10)
        assert order(sheet) == [("P 3", 1, 1), ("P 1", 0, 1)]


def test_who_was_not_asked_need_not_be_read_for_it(tmp_path: Path) -> None:
    with made(tmp_path, ["", "", ""]) as study:
        fill(study)
        with study.transaction():
            study.codings.clear_coverage("coverage.csv", ["ann"])
        add_coverage(study, Coverage("c", "ann", frozenset({"time"})), Coverage("a", "ann"))
        object.__setattr__(study.codebook.themes[0], "asked_of", ("GP",))
        sheet, _ = saturation_report(study, n_orders=10)
        # The nurse's word on costs, of which only GPs were asked, is no theme of the interview.
        assert order(sheet) == [("P 3", 1, 1), ("P 1", 0, 1)]


def test_groups_have_rows_of_their_own_with_their_n(tmp_path: Path) -> None:
    with made(tmp_path, ["", "", ""]) as study:
        fill(study)
        _, summary = saturation_report(study, by=["respondent_type"], n_orders=10)
        groups = {(row[0], row[1]): (row[2], row[3]) for row in summary.rows}
        assert groups == {
            ("overall", ""): (3, 2),
            ("respondent_type", "GP"): (2, 1),
            ("respondent_type", "Nurse"): (1, 2),
        }
        assert {row[8] for row in summary.rows} == {"too few interviews"}


def test_the_sample_is_as_approved(read_only_sample_study: Path, golden) -> None:
    with open_study(read_only_sample_study) as study:
        interviews, summary = saturation_report(study, by=["respondent_type"])
    golden("saturation.csv", render_text(summary, "csv"))
    golden("saturation-interviews.csv", render_text(interviews, "csv"))
