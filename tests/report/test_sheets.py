"""The prevalence table as tidy rows, wide for people, and as terminal pages; participants."""

from __future__ import annotations

from dataclasses import replace

from ccgmine.domain import (
    DifferenceRow,
    DifferenceTable,
    Estimate,
    Group,
    PrevalenceRow,
    PrevalenceTable,
    Theme,
    UnitCounts,
    WhyNot,
)
from ccgmine.report.differences import difference_pages, differences
from ccgmine.report.people import participants_sheet
from ccgmine.report.prevalence import (
    group_pages,
    overall_page,
    tidy,
    wide,
)
from ccgmine.report.sheet import HIDDEN, Sheet
from tests.building import person

WORK = Theme("work", "Workload", "", coded=False)
TIME = Theme("time", "Time", "work")
OVERALL = Group()
SITE_1, NO_SITE = Group((("site", "Site 1"),)), Group((("site", ""),))


def row(theme: Theme, scope: str, group: Group, **changes: object) -> PrevalenceRow:
    fields: dict[str, object] = {
        "participants": 8,
        "no_text": 1,
        "hand_coded": 4,
        "hand_with_theme": 1,
        "machine_with_theme": 2,
        "estimate": Estimate(0.25, 1 / 8, 0.51234567, "a method"),
        "band": "minor to predominant",
    }
    return PrevalenceRow(theme=theme, scope=scope, group=group, **{**fields, **changes})  # type: ignore[arg-type]


NOBODY = {
    "hand_coded": 0,
    "hand_with_theme": 0,
    "machine_with_theme": None,
    "estimate": WhyNot("nobody in the group is hand coded in full"),
    "band": "",
}
TABLE = PrevalenceTable(
    (
        row(WORK, "with_children", OVERALL),
        row(WORK, "with_children", SITE_1),
        row(WORK, "with_children", NO_SITE, **NOBODY),
        row(TIME, "direct", OVERALL, estimate=Estimate(0.75, 0.5, 1.0, "a method"), band="most"),
        row(TIME, "direct", SITE_1),
        row(TIME, "direct", NO_SITE, **NOBODY),
    ),
    ("site",),
    ("A rule.",),
)


def dicts(sheet: Sheet) -> list[dict[str, object]]:
    return [dict(zip(sheet.columns, r, strict=True)) for r in sheet.rows]


def test_tidy_columns_are_those_of_the_contract() -> None:
    assert tidy(TABLE).columns == (
        "theme", "label", "parent", "scope", "group", "site", "respondent_type", "participants",
        "no_text", "not_asked", "hand_coded", "hand_with_theme", "machine_with_theme", "estimate",
        "low", "high", "method", "verdict", "band", "commonest",
    )  # fmt: skip


def test_other_attributes_get_columns_of_their_own() -> None:
    by_wave = PrevalenceTable(
        (row(TIME, "direct", Group((("wave", "1"),))),), ("wave", "site"), ()
    )  # fmt: skip
    sheet = tidy(by_wave)
    assert sheet.columns[5:8] == ("site", "respondent_type", "wave")
    assert sheet.rows[0][4:8] == ("wave", None, None, "1")


def test_a_tidy_row_holds_numbers() -> None:
    first, site, unknown = dicts(tidy(TABLE))[:3]
    assert first["theme"] == "work"
    assert first["label"] == "Workload"
    assert first["scope"] == "with_children"
    assert first["group"] == "overall"
    assert first["site"] is None
    assert (first["estimate"], first["low"], first["high"]) == (0.25, 0.125, 0.5123)
    assert site["site"] == "Site 1"
    assert unknown["site"] == "(not given)"


def test_a_cell_without_estimate_says_why_and_holds_no_zero() -> None:
    unknown = dicts(tidy(TABLE))[2]
    assert (unknown["estimate"], unknown["low"], unknown["high"]) == (None, None, None)
    assert unknown["method"] == "none: nobody in the group is hand coded in full"
    assert unknown["machine_with_theme"] is None
    assert unknown["band"] == ""


def test_wide_is_a_row_a_theme_and_a_column_a_group() -> None:
    sheet = wide(TABLE)
    assert sheet.columns == ("theme", "overall", "Site 1", "(not given)")
    assert sheet.rows == (
        (
            "Workload (with children)",
            "25 % (13–51 %), minor to predominant, 1/4 (of 8)",
            "25 % (13–51 %), minor to predominant, 1/4 (of 8)",
            "nobody in the group is hand coded in full",
        ),
        (
            "Time",
            "75 % (50–100 %), most, 1/4 (of 8)",
            "25 % (13–51 %), minor to predominant, 1/4 (of 8)",
            "nobody in the group is hand coded in full",
        ),
    )
    assert "A rule." in sheet.notes


def test_two_groups_of_one_name_stay_two_columns() -> None:
    rows = [
        row(TIME, "direct", Group((("site", "North"),))),
        row(TIME, "direct", Group((("team", "North"),))),
    ]
    assert wide(PrevalenceTable(tuple(rows), ("site", "team"), ())).columns == (
        "theme", "North", "North (2)",
    )  # fmt: skip


def test_the_overall_page_has_the_most_frequent_first_and_the_rule() -> None:
    page = overall_page(TABLE)
    assert [r[0] for r in page.rows] == ["Time", "Workload +"]
    assert page.columns == ("theme", "share", "interval", "word", "n/N", "machine")
    assert page.rows[0] == ("Time", "75 %", "50–100 %", "most", "1/4", 2)
    assert "A rule." in page.notes


def test_group_pages_show_share_and_interval_and_a_dash_where_nobody_is_known() -> None:
    (page,) = group_pages(TABLE)
    heads = [" ".join(column.split()) for column in page.columns]
    assert heads == ["theme", "Site 1 (of 8)", "(not given) (of 8)"]
    assert page.rows == (("Workload +", "25 %\n13–51", "–"), ("Time", "25 %\n13–51", "–"))


WORDS = (("predominant", 0.1), ("major", 0.62345), ("minor", 0.27655), ("not raised", 0.0))


def test_every_word_has_a_column_with_its_probability() -> None:
    rows = (row(TIME, "direct", OVERALL, words=WORDS, commonest=True), row(TIME, "direct", SITE_1))
    sheet = tidy(PrevalenceTable(rows, ("site",), ()))
    assert sheet.columns[-5:] == (
        "p_predominant", "p_major", "p_minor", "p_not raised", "commonest",
    )  # fmt: skip
    first, second = sheet.rows
    assert first[-5:] == (0.1, 0.6234, 0.2766, 0.0, "yes")
    # Without a model there is no probability, which is not a probability of nought.
    assert second[-5:] == (None,) * 5


def test_who_was_not_asked_has_a_column() -> None:
    (first,) = dicts(tidy(PrevalenceTable((row(TIME, "direct", OVERALL, not_asked=3),), (), ())))
    assert (first["participants"], first["no_text"], first["not_asked"]) == (8, 1, 3)


def test_machine_counts_have_no_interval() -> None:
    nan = float("nan")
    table = PrevalenceTable(
        (row(TIME, "direct", OVERALL, estimate=Estimate(0.5, nan, nan, "machine count"), band=""),),
        (),
        (),
    )
    (first,) = dicts(tidy(table))
    assert (first["estimate"], first["low"], first["high"]) == (0.5, None, None)
    assert wide(table).rows[0][1] == "50 %, 1/4 (of 8)"
    assert overall_page(table).rows[0][1:5] == ("50 %", "", "", "1/4")


def test_segments_and_words_have_columns_of_their_own() -> None:
    units = UnitCounts(1200, 600, 90)
    table = PrevalenceTable(
        (row(TIME, "direct", OVERALL, units=units, band=""), row(TIME, "direct", SITE_1)),
        ("site",), (), "words",
    )  # fmt: skip
    first, second = dicts(tidy(table))
    names = ("units", "units_hand_coded", "units_hand_with_theme")
    assert [first[name] for name in names] == [1200, 600, 90]
    assert [second[name] for name in names] == [None] * 3
    assert overall_page(table).title == "Share of words, of all 8 participants"
    assert group_pages(table)[0].title == "By site: share of words, and its interval in per cent"


HIDDEN_FIGURES = {
    "participants": None, "hand_coded": None, "hand_with_theme": None, "machine_with_theme": None,
    "estimate": WhyNot("hidden: small numbers"), "band": "",
    "hidden": frozenset(
        {"participants", "hand_coded", "hand_with_theme", "machine_with_theme", "estimate"}
    ),
}  # fmt: skip


def test_what_is_hidden_is_marked_and_never_blank_or_zero() -> None:
    rows = (row(TIME, "direct", OVERALL), row(TIME, "direct", SITE_1, **HIDDEN_FIGURES))
    table = PrevalenceTable(rows, ("site",), ())
    second = dicts(tidy(table))[1]
    for name in ("participants", "hand_coded", "hand_with_theme", "machine_with_theme",
                 "estimate", "low", "high"):  # fmt: skip
        assert second[name] == HIDDEN
    assert second["no_text"] == 1
    assert wide(table).rows[0][2] == HIDDEN
    (page,) = group_pages(table)
    assert page.columns[1].splitlines() == ["Site 1", f"(of {HIDDEN})"]
    assert page.rows == (("Time", HIDDEN),)


# --- differences ---------------------------------------------------------------------------

SITE_2 = Group((("site", "Site 2"),))


def difference(
    low: float, point: float, high: float, sizes: tuple[int | None, int | None] = (9, 7)
) -> DifferenceRow:
    estimate = Estimate(point, low, high, "m")
    return DifferenceRow(TIME, "direct", SITE_1, SITE_2, estimate, 0.99, sizes)


DIFFERENCES = DifferenceTable(
    (
        DifferenceRow(WORK, "with_children", SITE_1, NO_SITE, WhyNot("nobody"), None),
        difference(0.0, 0.1, 0.3),
        difference(-0.1, 0.2, 0.4),
        difference(0.9, 1.0, 1.0, (1, 7)),
        difference(0.03, 0.21, 0.38),
        difference(-0.5, -0.35, -0.18),
    ),
    ("site",),
    ("Look at many, and some are chance.",),
)


def test_a_difference_is_a_row_of_two_groups() -> None:
    rows = dicts(differences(DIFFERENCES))
    assert rows[1] == {
        "theme": "time", "label": "Time", "scope": "direct", "attribute": "site",
        "first": "Site 1", "second": "Site 2", "first_participants": 9, "second_participants": 7,
        "difference": 0.21, "low": 0.03, "high": 0.38, "probability_above": 0.99, "method": "m",
    }  # fmt: skip
    last = rows[-1]
    assert last["second"] == "(not given)"
    assert last["method"] == "none: nobody"
    assert [last[name] for name in ("difference", "low", "high", "probability_above")] == [None] * 4


def test_clear_differences_between_larger_groups_come_first() -> None:
    lows = [row["low"] for row in dicts(differences(DIFFERENCES))]
    # Clear, by the least difference; clear with a group of few; not clear; none.
    assert lows == [-0.5, 0.03, 0.9, -0.1, 0.0, None]


def test_the_page_says_in_words_which_differences_leave_out_zero() -> None:
    (page,) = difference_pages(DIFFERENCES)
    assert page.title == "Differences whose interval leaves out 0: 3 of 6"
    # The group with more is named first and its interval is positive.
    assert page.rows == (
        ("Time", "Site 2 more than Site 1: +35 points, 18 to 50", "7 and 9"),
        ("Time", "Site 1 more than Site 2: +21 points, 3 to 38", "9 and 7"),
        ("Time", "Site 1 more than Site 2: +100 points, 90 to 100", "1 and 7"),
    )
    assert "Look at many, and some are chance." in page.notes


def test_of_chosen_pairs_the_page_says_the_others_too() -> None:
    clear, rest = difference_pages(DIFFERENCES, everything=True)
    assert len(clear.rows) == 3
    assert [row[1] for row in rest.rows] == [
        "Site 1 more than Site 2: +20 points, -10 to 40",
        "Site 1 more than Site 2: +10 points, 0 to 30",
        "Site 1 and (not given): nobody",
    ]
    assert rest.rows[2][2] == "? and ?"
    assert not clear.notes
    assert "Look at many, and some are chance." in rest.notes


def test_participants_by_site_and_type_with_totals() -> None:
    people = [
        person("1", "Site 1", "GP"),
        person("2", "Site 1", "GP"),
        person("3", "Site 2", "Nurse"),
        person("4", "Site 2", "GP"),
        person("5", "", "GP"),
    ]
    order = [("", "GP"), ("Site 1", "GP"), ("Site 2", "GP"), ("Site 2", "Nurse")]
    sheet = participants_sheet(people, {"1", "2", "3", "5"}, order)
    assert sheet.columns == ("site", "GP", "Nurse", "total")
    assert sheet.rows == (
        ("(not given)", 1, 0, 1),
        ("Site 1", 2, 0, 2),
        ("Site 2", 0, 1, 1),
        ("total", 3, 1, 4),
    )
    assert sheet.notes == ("1 participants of the table have no transcript.",)


def test_the_verdict_of_training_stands_beside_the_figure() -> None:
    modelled = row(TIME, "direct", OVERALL, verdict="check by hand")
    careful = row(TIME, "direct", SITE_1, verdict="count with care")
    table = PrevalenceTable((modelled, careful), ("site",), ())
    assert [found["verdict"] for found in dicts(tidy(table))] == [
        "check by hand",
        "count with care",
    ]
    page = overall_page(table)
    assert page.rows[0][-1] == "  2 !"
    assert any("check them by hand" in note for note in page.notes)
    plain = PrevalenceTable((replace(modelled, verdict=""),), (), ())
    assert overall_page(plain).rows[0][-1] == 2
    assert dicts(tidy(plain))[0]["verdict"] is None
