"""The prevalence table as tidy rows, wide for people, and as terminal pages; participants."""

from __future__ import annotations

from ccgmine.domain import Estimate, Group, PrevalenceRow, PrevalenceTable, Theme, WhyNot
from ccgmine.report.people import participants_sheet
from ccgmine.report.prevalence import group_pages, overall_page, tidy, wide
from ccgmine.report.sheet import Sheet
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
        "no_text", "hand_coded", "hand_with_theme", "machine_with_theme", "estimate", "low",
        "high", "method", "band",
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
            "1/4 (of 8), 25 %, minor to predominant",
            "1/4 (of 8), 25 %, minor to predominant",
            "nobody in the group is hand coded in full",
        ),
        (
            "Time",
            "1/4 (of 8), 75 %, most",
            "1/4 (of 8), 25 %, minor to predominant",
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
    assert page.rows[0][1:5] == ("1/4", "75 %", "50–100 %", "most")
    assert "A rule." in page.notes


def test_group_pages_show_n_of_n_and_a_dash_where_nobody_is_known() -> None:
    (page,) = group_pages(TABLE)
    heads = [" ".join(column.split()) for column in page.columns]
    assert heads == ["theme", "Site 1 (of 8)", "(not given) (of 8)"]
    assert page.rows == (("Workload +", "1/4", "–"), ("Time", "1/4", "–"))


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
