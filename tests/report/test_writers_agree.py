"""One value, every writer: the figures are the same to the last digit, whatever the file."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import Estimate, PrevalenceRow
from ccgmine.report.document import render_docx
from ccgmine.report.findings import Findings
from ccgmine.report.numbers import interval, percent, share
from ccgmine.report.prevalence import tidy
from ccgmine.report.workbook import render_workbook
from ccgmine.report.writers import render_text
from tests.report.small_findings import findings

FIGURES = (
    "participants", "no_text", "not_asked", "hand_coded", "hand_with_theme", "machine_with_theme",
    "estimate", "low", "high",
)  # fmt: skip
Table = list[dict[str, str]]


def by_hand(given: Findings) -> Table:
    """The figures as the findings hold them: shares to four decimals, nothing else rounded."""
    return [{name: figure(row, name) for name in FIGURES} for row in given.table.rows]


def figure(row: PrevalenceRow, name: str) -> str:
    if name in row.hidden or (name in ("low", "high") and "estimate" in row.hidden):
        return "[c]"
    if name not in ("estimate", "low", "high"):
        count = getattr(row, name)
        return "" if count is None else str(count)
    if not isinstance(row.estimate, Estimate):
        return ""
    value = {"estimate": row.estimate.point, "low": row.estimate.low, "high": row.estimate.high}
    return plain(value[name])


def plain(value: Any) -> str:
    """A figure of any file as text: four decimals without superfluous zeros."""
    if value is None or isinstance(value, str):
        return value or ""
    return str(Decimal(str(value)).quantize(Decimal("0.0001")).normalize() + 0).replace("E+1", "0")


def only_figures(rows: list[dict[str, Any]]) -> Table:
    return [
        {
            name: str(row[name]) if isinstance(row[name], int) else plain(row[name])
            for name in FIGURES
        }
        for row in rows
    ]


def from_delimited(given: Findings, form: str) -> Table:
    text = render_text(tidy(given.table), form)
    delimiter = "," if form == "csv" else "\t"
    return only_figures(list(csv.DictReader(io.StringIO(text), delimiter=delimiter)))


def from_json(given: Findings) -> Table:
    return only_figures(json.loads(render_text(tidy(given.table), "json"))["rows"])


def from_markdown(given: Findings) -> Table:
    lines = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in render_text(tidy(given.table), "md").splitlines()
        if line.startswith("|")
    ]
    return only_figures([dict(zip(lines[0], line, strict=True)) for line in lines[2:]])


def from_table_sheet(given: Findings) -> Table:
    page = openpyxl.load_workbook(io.BytesIO(render_workbook(given)))["table"]
    head, *rows = page.iter_rows(values_only=True)
    return only_figures([dict(zip(head, row, strict=True)) for row in rows])


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda given: from_delimited(given, "csv"), id="csv"),
        pytest.param(lambda given: from_delimited(given, "tsv"), id="tsv"),
        pytest.param(from_json, id="json"),
        pytest.param(from_markdown, id="markdown"),
        pytest.param(from_table_sheet, id="the tidy sheet of the workbook"),
    ],
)
def test_every_row_has_the_same_figures_in(read: Any) -> None:
    given = findings()
    assert read(given) == by_hand(given)


COUNTS = {"theme itself": "direct", "with sub-themes": "with_children"}
HEADS = {
    "share": "estimate", "low": "low", "high": "high", "raised it": "hand_with_theme",
    "hand coded": "hand_coded", "N": "participants",
}  # fmt: skip


def test_the_reading_sheets_of_the_workbook_have_them_too() -> None:
    given = findings()
    expected = {
        (row.theme.name, row.scope, title(row)): {n: figure(row, n) for n in HEADS.values()}
        for row in given.table.rows
    }
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(given)))
    found = {}
    for page in book.worksheets[:4]:
        head = 1 if page.title == "overall" else 2
        group = "overall"
        columns = {}
        for column in range(3, page.max_column + 1):
            group = (page.cell(1, column).value or group) if head == 2 else group
            columns[column] = (group, page.cell(head, column).value)
        for r in range(head + 1, head + 11):
            theme, scope = page.cell(r, 1).value, COUNTS[page.cell(r, 2).value]
            for column, (of, name) in columns.items():
                if name in HEADS:
                    cells = found.setdefault((theme, scope, of), {})
                    cells[HEADS[name]] = page.cell(r, column).value
    assert set(found) == set(expected)
    for key, cells in found.items():
        # Where there is no estimate stands why.
        why = isinstance(cells["estimate"], str) and cells["estimate"] != "[c]"
        shown = {n: str(v) if isinstance(v, int) else plain(v) for n, v in cells.items()}
        assert shown | ({"estimate": ""} if why else {}) == expected[key], key


def title(row: PrevalenceRow) -> str:
    return ", ".join(value for _, value in row.group.values) or "overall"


def whole(text: str) -> str:
    """Four decimals as whole per cent, halves up, as spreadsheets and people round."""
    return str((100 * Decimal(text)).quantize(Decimal(1), ROUND_HALF_UP) + 0)


def test_the_document_has_what_a_spreadsheet_shows_of_the_same_figures() -> None:
    given = findings()
    rows = list(csv.DictReader(io.StringIO(render_text(tidy(given.table), "csv"))))
    families = {row["theme"] for row in rows if row["scope"] == "with_children"}
    expected = {}
    for row in rows:
        name = row["label"].removeprefix("'")
        if row["theme"] in families:
            name += " (itself)" if row["scope"] == "direct" else " (with sub-themes)"
        group = ", ".join(v for v in (row["site"], row["respondent_type"]) if v) or "All"
        expected[name, group] = cell_text(row)
    document = docx.Document(io.BytesIO(render_docx(given)))
    found = {}
    for table in document.tables:
        heads = [cell.text.split("\n")[0] for cell in table.rows[0].cells]
        for row in table.rows[1:]:
            # The letter of a reason goes by the table; what it says is tested elsewhere.
            cells = [re.sub("–\u00a0[a-z]", "–", cell.text) for cell in row.cells]
            cells = [text.replace("\u00a0", " ") for text in cells]
            found |= {
                (cells[0], head): text for head, text in zip(heads[1:], cells[1:], strict=True)
            }
    assert found == expected


def cell_text(row: dict[str, str]) -> str:
    """What a cell of the document should say of a row of the CSV."""
    counted = f"{row['hand_with_theme']}/{row['hand_coded']}"
    counted = "" if counted in ("0/0", "[c]/[c]") else counted
    if row["estimate"] == "[c]":
        return f"[c]\n{counted}" if counted else "[c]"
    if not row["estimate"]:
        return f"–\n{counted}" if counted else "–"
    star = " ★" if row["commonest"] else ""
    bounds = f"{whole(row['low'])}–{whole(row['high'])} %"
    return f"{whole(row['estimate'])} % [{bounds}]\n{counted} {row['band']}{star}"


def test_whole_per_cent_are_those_of_a_spreadsheet() -> None:
    for parts in range(10_001):
        text = f"{parts / 10_000:.4f}"
        assert percent(parts / 10_000) == f"{whole(text)} %"
        assert interval(parts / 10_000, 1) == f"{whole(text)}–100 %"


@given(st.floats(0, 1))
def test_a_share_is_rounded_once_and_then_shown(value: float) -> None:
    assert percent(value) == percent(share(value))
