"""Every writer says the same of the same sheet, and no spreadsheet runs what people said."""

from __future__ import annotations

import csv
import io
import json
import time

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.report.sheet import Cell, Sheet, safe_text
from ccgmine.report.writers import TEXT_FORMATS, render_text, render_xlsx

NASTY = Sheet(
    "quotes",
    ("id", "quote", "n", "share"),
    (
        ("=1+1", '=HYPERLINK("http://x","y")', -5, 0.625),
        ("+44 20 7946", "two\nlines, a comma", 0, 0.0),
        ("-5", 'she said "no", twice', 10_000_000, 1.0),
        ("@home", "a\ttab; and [laughs] | a pipe \\", None, 0.0001),
        ("\t=1", "carriage\rreturn", 3, None),
        ("", "naïve café – “quoted” 🙂", 1, 0.3333),
    ),
    ("A note.", "Another, with a comma."),
)


def parsed(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        pytest.param("=1+1", "'=1+1", id="a formula"),
        pytest.param("+SUM(A1)", "'+SUM(A1)", id="a formula that begins with plus"),
        pytest.param("-2+3", "'-2+3", id="a sum that begins with minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="an old formula sign"),
        pytest.param("\t=1", "'\t=1", id="a tab before the formula"),
        pytest.param("\r=1", "'\r=1", id="a carriage return before it"),
        pytest.param("\n=1", "'\n=1", id="a line end before it"),
        pytest.param("=", "'=", id="the sign alone"),
        pytest.param("+inf", "'+inf", id="not every float is a plain number"),
        pytest.param("-1_000", "'-1_000", id="nor what only Python reads as one"),
        pytest.param("-5", "-5", id="a negative number stays"),
        pytest.param("+4.5e-3", "+4.5e-3", id="a number with an exponent stays"),
        pytest.param("-.5", "-.5", id="a number without a zero stays"),
        pytest.param("GP ID 3", "GP ID 3", id="ordinary text stays"),
        pytest.param("a=1", "a=1", id="a sign in the middle stays"),
        pytest.param("", "", id="nothing stays"),
        pytest.param("–5 °C", "–5 °C", id="a dash is no minus"),
    ],
)
def test_formulas_are_neutralised(text: str, safe: str) -> None:
    assert safe_text(text) == safe


@pytest.mark.parametrize(
    ("form", "delimiter"), [pytest.param("csv", ",", id="csv"), pytest.param("tsv", "\t", id="tsv")]
)
def test_delimited_text_neutralises_text_and_leaves_numbers(form: str, delimiter: str) -> None:
    rows = parsed(render_text(NASTY, form), delimiter)
    assert rows[0] == ["id", "quote", "n", "share"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'+44 20 7946", "-5", "'@home", "'\t=1", ""]
    assert rows[1][1] == '\'=HYPERLINK("http://x","y")'
    assert [row[2] for row in rows[1:]] == ["-5", "0", "10000000", "", "3", "1"]
    assert [row[3] for row in rows[1:]] == ["0.625", "0", "1", "0.0001", "", "0.3333"]


def test_raw_leaves_every_text_as_it_is() -> None:
    rows = parsed(render_text(NASTY, "csv", raw=True))
    assert [row[:2] for row in rows[1:]] == [list(row[:2]) for row in NASTY.rows]


def test_a_column_name_is_neutralised_too() -> None:
    sheet = Sheet("t", ("=1+1", "n"), (("x", 1),))
    assert render_text(sheet, "csv").splitlines()[0] == "'=1+1,n"


@pytest.mark.parametrize("form", TEXT_FORMATS)
def test_text_has_unix_line_ends_no_mark_and_one_end(form: str) -> None:
    text = render_text(Sheet("t", ("a", "b"), (("x", 1), ("y", 2))), form)
    assert "\r" not in text
    assert not text.startswith("\ufeff")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_json_carries_numbers_as_numbers_and_nothing_as_null() -> None:
    content = json.loads(render_text(NASTY, "json"))
    assert content["title"] == "quotes"
    assert content["columns"] == list(NASTY.columns)
    assert [tuple(row.values()) for row in content["rows"]] == list(NASTY.rows)
    assert content["notes"] == list(NASTY.notes)
    assert "café" in render_text(NASTY, "json")


def test_markdown_keeps_every_row_on_one_line_and_every_pipe_inside_its_cell() -> None:
    text = render_text(NASTY, "md")
    lines = text.splitlines()
    assert lines[0] == "| id | quote | n | share |"
    assert lines[1] == "| --- | --- | ---: | ---: |"
    assert lines[3] == "| +44 20 7946 | two lines, a comma | 0 | 0 |"
    assert lines[5] == r"| @home | a tab; and [laughs] \| a pipe \\ |  | 0.0001 |"
    assert lines[8:] == ["", "A note.", "", "Another, with a comma."]


def workbook(sheet: Sheet) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(render_xlsx([sheet])))


def test_xlsx_has_strings_as_strings_and_numbers_as_numbers() -> None:
    book = workbook(NASTY)
    assert book.sheetnames == ["quotes", "notes"]
    page = book["quotes"]
    cells = [[cell for cell in row] for row in page.iter_rows()]  # noqa: C416
    assert [cell.value for cell in cells[0]] == list(NASTY.columns)
    assert cells[1][0].value == "=1+1"
    assert {cell.data_type for row in cells[1:] for cell in row[:2] if cell.value} == {"s"}
    assert not any(cell.data_type == "f" for row in cells for cell in row)
    assert [row[2].value for row in cells[1:]] == [-5, 0, 10_000_000, None, 3, 1]
    assert [row[3].value for row in cells[1:]] == [0.625, 0.0, 1.0, 0.0001, None, 0.3333]
    assert cells[1][3].number_format == "0.00%"
    assert page.freeze_panes == "B2"
    assert [row[0].value for row in book["notes"].iter_rows(min_row=2)] == list(NASTY.notes)


def test_xlsx_bears_control_characters_and_very_long_text() -> None:
    page = workbook(Sheet("t", ("a",), (("\x00\x07bell",), ("x" * 40_000,))))["t"]
    assert page["A2"].value == "  bell"
    assert page["A3"].value == "x" * 32_767


@pytest.mark.parametrize("form", [*TEXT_FORMATS, "xlsx"])
def test_the_same_sheet_is_the_same_bytes_a_day_later(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rendered() -> bytes:
        return render_xlsx([NASTY]) if form == "xlsx" else render_text(NASTY, form).encode()

    first, tomorrow = rendered(), time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    assert rendered() == first


NUMBERS = (
    st.none()
    | st.integers(-(10**9), 10**9)
    | st.integers(0, 10_000).map(lambda n: n / 10_000)  # what `share` makes of any share
)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t\"',;|\\=+-@"),
    max_size=12,
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    rows: list[tuple[Cell, ...]] = draw(st.lists(st.tuples(TEXTS, NUMBERS, TEXTS), max_size=4))
    return Sheet("t", ("first", "number", "last"), tuple(rows))


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_all_formats_agree_to_the_last_digit(sheet: Sheet) -> None:
    in_json = [tuple(r.values()) for r in json.loads(render_text(sheet, "json"))["rows"]]
    assert in_json == list(sheet.rows)
    for form, delimiter in (("csv", ","), ("tsv", "\t")):
        rows = parsed(render_text(sheet, form, raw=True), delimiter)[1:]
        assert [(r[0], r[2]) for r in rows] == [(r[0], r[2]) for r in sheet.rows]
        assert [float(r[1]) if r[1] else None for r in rows] == [r[1] for r in sheet.rows]
        # Neutralised, a text differs by one apostrophe at most.
        safe = parsed(render_text(sheet, form), delimiter)[1:]
        for row, original in zip(safe, sheet.rows, strict=True):
            assert row[0] in (original[0], f"'{original[0]}")
    page = workbook(sheet)["t"]
    for row, original in zip(page.iter_rows(min_row=2), sheet.rows, strict=False):
        assert [cell.value or "" for cell in row[0:3:2]] == [original[0] or "", original[2] or ""]
        assert row[1].value == original[1]


@given(TEXTS)
def test_no_delimited_text_begins_like_a_formula(text: str) -> None:
    ((_, cell),) = parsed(render_text(Sheet("t", ("a", "b"), (("x", text),)), "csv"))[1:]
    if cell.startswith(("=", "@", "\t", "\r", "\n")):
        pytest.fail(f"runs in a spreadsheet: {cell!r}")
    if cell.startswith(("+", "-")):
        float(cell)
