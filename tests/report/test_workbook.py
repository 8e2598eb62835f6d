"""The workbook: what stands where, that text stays text, and that LibreOffice opens it."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ccgmine.domain import Estimate, PrevalenceTable, Theme, UnitCounts
from ccgmine.report.excel import Book
from ccgmine.report.workbook import render_workbook
from tests.report.offices import converted, needs_office
from tests.report.small_findings import (
    BY_SITE,
    HOME,
    LONG,
    MEETINGS,
    NOTES,
    findings,
    row_of,
    without_extras,
)


@pytest.fixture(scope="module")
def content() -> bytes:
    return render_workbook(findings())


@pytest.fixture(scope="module")
def book(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(page: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in page.iter_rows()]


def block(page: Any, group: str) -> tuple[int, list[str]]:
    """First column of a group's block, and the headings of the block."""
    heads = {cell.value: cell.column for cell in page[1] if cell.value}
    first = heads[group]
    end = min((c for c in heads.values() if c > first), default=page.max_column + 1)
    return first, [page.cell(2, c).value for c in range(first, end)]


def cells_of(page: Any, group: str, theme: str, counts: str = "theme itself") -> dict[str, Any]:
    """The cells of a theme in a group's block, by heading."""
    first, heads = block(page, group)
    (row,) = (
        r
        for r in range(3, page.max_row + 1)
        if (page.cell(r, 1).value, page.cell(r, 2).value) == (theme, counts)
    )
    return {head: page.cell(row, first + i) for i, head in enumerate(heads)}


def test_a_sheet_for_every_view_in_reading_order(book: Any) -> None:
    assert book.sheetnames == [
        "overall", "by site", "by respondent type", "by site x respondent type", "differences",
        "quotes", "agreement", "table", "notes",
    ]  # fmt: skip


def test_what_is_empty_has_no_sheet() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(without_extras())))
    assert book.sheetnames == ["overall", "table", "notes"]


def shown(cell: Any) -> str:
    """A cell as text: its value, and what is special about its looks."""
    if cell.value is None:
        return ""
    value = f"{cell.value:.4f}" if isinstance(cell.value, float) else str(cell.value)
    marks = "*" * bool(cell.font.b) + "_" * bool(cell.font.i)
    form = "" if cell.number_format in ("General", "0") else f" {{{cell.number_format}}}"
    return value.replace("\n", " / ") + form + (f" {marks}" if marks else "")


def test_the_sheets_are_as_approved(book: Any, golden) -> None:
    """What a reader sees, but for the tidy table, which has a golden file of its own as CSV."""
    lines = []
    for page in book.worksheets:
        if page.title == "table":
            continue
        lines.append(f"=== {page.title} (frozen at {page.freeze_panes})")
        lines += [" | ".join(shown(cell) for cell in row).rstrip(" |") for row in page.iter_rows()]
    golden("workbook.txt", "\n".join(lines) + "\n")


def test_every_reading_sheet_is_frozen_filtered_and_printed_with_its_headings(book: Any) -> None:
    for page in book.worksheets:
        assert page.freeze_panes is not None, page.title
        assert page.page_setup.orientation == "landscape"
        assert page.page_setup.paperSize == 9
        assert page.print_title_rows, page.title
        if page.title != "notes":
            assert page.auto_filter.ref, page.title
    page = book["by site"]
    assert page.freeze_panes == "C3"
    assert page.auto_filter.ref == f"A2:{page.cell(2, page.max_column).column_letter}12"
    assert page.print_title_rows == "$1:$2"
    assert page.print_title_cols == "$A:$B"
    assert page.sheet_properties.pageSetUpPr.fitToPage


def test_many_groups_are_printed_two_a_page(book: Any) -> None:
    page = book["by site x respondent type"]
    breaks = [b.id for b in page.col_breaks.brk]
    # Theme and what counts, then eight columns a group.
    assert breaks == [2 + 16, 2 + 32]
    assert not page.sheet_properties.pageSetUpPr.fitToPage


def test_an_estimate_is_numbers_with_the_form_of_per_cent(book: Any) -> None:
    row = row_of(findings(), MEETINGS, BY_SITE[0])
    assert isinstance(row.estimate, Estimate)
    cells = cells_of(book["by site"], "Site 1", "Too many meetings")
    for head, value in (
        ("share", row.estimate.point), ("low", row.estimate.low), ("high", row.estimate.high),
    ):  # fmt: skip
        assert cells[head].value == pytest.approx(value, abs=5e-5)
        assert cells[head].number_format.endswith("0 %")
    counts = [cells[head].value for head in ("raised it", "hand coded", "N")]
    assert counts == [9, 14, 22]


def test_the_commonest_theme_is_bold_with_a_star_and_still_a_number(book: Any) -> None:
    starred = cells_of(book["by site"], "Site 1", "Too many meetings")["share"]
    other = cells_of(book["by site"], "Site 1", "Paperwork and reporting")["share"]
    assert (starred.number_format, starred.font.b) == ('"★ "0 %', True)
    assert (other.number_format, bool(other.font.b)) == ("0 %", False)
    assert isinstance(starred.value, float)


def test_a_cell_that_spans_two_words_gives_the_chance_of_each(book: Any) -> None:
    cells = cells_of(book["by respondent type"], "Manager", "Paperwork and reporting")
    assert cells["word"].value == "minor to major"
    chances = cells["chance of each word"].value.replace("\N{NO-BREAK SPACE}", " ")
    assert chances == "major 50 %, minor 50 %"
    one_word = cells_of(book["by respondent type"], "GP", "Funding", "with sub-themes")
    assert one_word["word"].value == "major"
    assert one_word["chance of each word"].value is None


def test_a_hidden_figure_is_its_marker_and_what_is_shown_stays(book: Any) -> None:
    cells = cells_of(book["by site"], "Site 10", HOME.name)
    marked = {head for head, cell in cells.items() if cell.value == "[c]"}
    assert marked == {"share", "low", "high", "word", "raised it"}
    assert (cells["hand coded"].value, cells["N"].value) == (10, 17)
    whole = cells_of(book["by site x respondent type"], "Site 10, Nurse", "Too many meetings")
    assert {cell.value for head, cell in whole.items() if "chance" not in head} == {"[c]"}


def test_where_there_is_no_estimate_stands_why_in_grey(book: Any) -> None:
    cells = cells_of(book["by respondent type"], "Nurse", "=Price? Contracts & quality")
    assert cells["share"].value == "nobody in the group was asked"
    assert cells["share"].font.i
    assert cells["share"].font.color.rgb.endswith("595959")
    assert all(cells[head].value is None for head in ("low", "high", "word"))
    assert cells["N"].value == 0


def test_families_are_in_bold_and_what_lies_below_them_is_indented(book: Any) -> None:
    page = book["overall"]
    found = [
        (page.cell(r, 1).value, page.cell(r, 2).value, bool(page.cell(r, 1).font.b),
         page.cell(r, 1).alignment.indent)
        for r in range(2, 12)
    ]  # fmt: skip
    assert found[:6] == [
        ("Administrative burden", "with sub-themes", True, 0),
        ("Too many meetings", "theme itself", False, 2),
        ("Paperwork and reporting", "theme itself", False, 2),
        ("Funding", "with sub-themes", True, 0),
        ("Funding", "theme itself", False, 2),
        ("Cuts to services", "theme itself", False, 2),
    ]
    assert found[-1] == ("Travel", "theme itself", False, 0)


def test_shares_are_shaded_from_white_to_blue_between_fixed_ends(book: Any) -> None:
    ranges = {
        str(found.sqref): rule.colorScale
        for found in book["by site"].conditional_formatting
        for rule in found.rules
    }
    assert set(ranges) == {"C3:C12", "K3:K12"}
    scale = ranges["C3:C12"]
    assert [(v.type, v.val) for v in scale.cfvo] == [("num", 0), ("num", 1)]
    # The darker the more, in black and white too, and dark type can be read on all of it.
    assert [c.rgb[-6:] for c in scale.color] == ["FFFFFF", "5B9BD5"]


def test_no_text_is_ever_a_formula(book: Any, content: bytes) -> None:
    cells = [c for page in book.worksheets for row in page.iter_rows() for c in row]
    assert {c.data_type for c in cells if isinstance(c.value, str)} == {"s"}
    texts = {c.value: c.quotePrefix for c in cells if isinstance(c.value, str)}
    for text in ("=SUM(meetings), that’s what my diary says [laughs]",
                 '+ another form, and "another", and <b>another</b>',
                 "-5 points if the return is late",
                 "@[name] said the money was gone, | all of it.",
                 "=Price? Contracts & quality"):  # fmt: skip
        assert texts[text], text
    assert not texts["Too many meetings"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        assert not any(b"<f>" in archive.read(name) for name in sheets)


def test_long_quotes_are_wrapped_in_rows_high_enough(book: Any) -> None:
    page = book["quotes"]
    head = [cell.value for cell in page[1]]
    assert head[:3] == ["label", "quote", "attribution"]
    quote = page.cell(2, 2)
    assert quote.value == LONG
    assert quote.alignment.wrap_text
    width = page.column_dimensions["B"].width
    assert width <= 90
    assert page.row_dimensions[2].height >= 15 * len(LONG) / width
    assert page.row_dimensions[3].height is None


def test_columns_are_wide_enough_for_what_is_not_wrapped(book: Any) -> None:
    for page in book.worksheets:
        key = [r for r in range(1, page.max_row + 1) if page.cell(r, 1).font.i]
        for row in page.iter_rows(min_row=3):
            for cell in row:
                value = cell.value
                if not isinstance(value, str) or cell.alignment.wrap_text or cell.row in key:
                    continue
                if cell.font.i:  # reasons run over the empty cells beside them
                    continue
                assert len(value) <= page.column_dimensions[cell.column_letter].width, value


def test_notes_hold_the_rules_the_signs_and_what_made_the_figures(book: Any) -> None:
    found = rows_of(book["notes"])
    assert [row[1] for row in found if row[0] == "prevalence"] == list(NOTES)
    pairs = {row[0]: row[1] for row in found}
    assert pairs["seed"] == "7"
    assert pairs["study"] == "Commissioning & “care closer to home”"
    assert "commonest" in pairs["★"]
    assert "disclosure" in pairs["[c]"]


def test_differences_are_signed_and_bold_where_the_interval_leaves_out_nothing(book: Any) -> None:
    page = book["differences"]
    clear = {(r[0].value, r[2].value, r[3].value): r for r in page.iter_rows(min_row=2)
             if r[0].font.b}  # fmt: skip
    row = clear["Paperwork and reporting", "GP", "Manager"]
    assert row[4].value == pytest.approx(9.94 / 22 - 2.02 / 11, abs=5e-5)
    assert row[5].value > 0
    assert row[4].number_format == "[>=0.005]+0 %;[<=-0.005]-0 %;0 %"
    assert ("Too many meetings", "Site 1", "Site 10") not in clear


def test_a_kappa_is_no_percentage(book: Any) -> None:
    page = book["agreement"]
    assert [cell.number_format for cell in page[2]][-3:] == ["0.00"] * 3


def test_only_differences_that_leave_out_nothing_are_printed_and_these_come_first(
    book: Any,
) -> None:
    page = book["differences"]
    bold = [row[0].font.bold for row in page.iter_rows(min_row=2) if row[2].value]
    n_clear = sum(map(bool, bold))
    assert 0 < n_clear < len(bold)
    assert all(bold[:n_clear])
    assert page.print_area.endswith(f"$H${1 + n_clear}")


def test_an_ampersand_in_the_title_is_printed_as_one(book: Any) -> None:
    assert book["overall"].oddFooter.left.text == "Commissioning && “care closer to home”"


def test_other_units_show_their_own_counts() -> None:
    given = without_extras()
    rows = tuple(replace(row, units=UnitCounts(4321, 1234, 56)) for row in given.table.rows)
    table = replace(given.table, rows=rows, unit="segments")
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(replace(given, table=table))))
    head, first = rows_of(book["overall"])[:2]
    found = dict(zip(head, first, strict=True))
    assert found["raised it (segments)"] == 56
    assert found["hand coded (segments)"] == 1234
    assert found["N (segments)"] == 4321


def test_a_machine_count_has_no_interval() -> None:
    given = without_extras()
    bare = Estimate(0.5, float("nan"), float("nan"), "machine counts, no estimate")
    rows = tuple(replace(row, estimate=bare, band="", words=()) for row in given.table.rows)
    table = replace(given.table, rows=rows)
    page = openpyxl.load_workbook(io.BytesIO(render_workbook(replace(given, table=table))))
    head, first = rows_of(page["overall"])[:2]
    found = dict(zip(head, first, strict=True))
    assert (found["share"], found["low"], found["high"]) == (0.5, None, None)


def test_a_theme_below_a_parent_that_is_not_shown_and_one_below_itself() -> None:
    given = without_extras()
    (row, *_) = given.table.rows
    odd = [Theme("a", "A", "nowhere"), Theme("b", "B", "c"), Theme("c", "C", "b")]
    rows = tuple(replace(row, theme=theme, scope="direct") for theme in odd)
    table = PrevalenceTable(rows, (), NOTES)
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(replace(given, table=table))))
    assert {r[0] for r in rows_of(book["overall"])[1:4]} == {"A", "B", "C"}


def test_the_same_findings_are_the_same_bytes_a_day_later(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    assert render_workbook(findings()) == content


@pytest.mark.parametrize(
    ("names", "made"),
    [
        pytest.param(["by a/b [x]: y?"], ["by a b x y"], id="signs that Excel forbids"),
        pytest.param(["x" * 40, "x" * 40], ["x" * 31, "x" * 27 + " (2)"], id="too long, twice"),
        pytest.param(["Notes", "notes"], ["Notes", "notes (2)"], id="the same but for case"),
        pytest.param(["'", ""], ["sheet", "sheet (2)"], id="no name at all"),
    ],
)
def test_names_of_sheets_are_such_as_excel_takes(names: list[str], made: list[str]) -> None:
    book = Book()
    for name in names:
        book.page(name)
    assert openpyxl.load_workbook(io.BytesIO(book.content())).sheetnames == made


@pytest.mark.office
@needs_office
def test_libreoffice_opens_it_and_finds_what_was_written(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "findings.xlsx"
    path.write_bytes(content)
    again = openpyxl.load_workbook(converted(path, "xlsx"))
    original = openpyxl.load_workbook(io.BytesIO(content))
    assert again.sheetnames == original.sheetnames
    for page in original.worksheets:
        for row in page.iter_rows():
            for cell in row:
                theirs = again[page.title].cell(cell.row, cell.column)
                where = f"{page.title} {cell.coordinate}"
                assert (theirs.value or "") == (cell.value or ""), where
                assert theirs.data_type == cell.data_type or cell.value is None, where
                if isinstance(cell.value, float):
                    assert theirs.number_format.replace("\\", "") == cell.number_format, where
