"""Sheets as text: CSV, TSV, JSON and Markdown. The same sheet, the same bytes."""

from __future__ import annotations

import csv
import io
import json

from ccgmine.report.excel import render_xlsx
from ccgmine.report.numbers import plain
from ccgmine.report.sheet import Cell, Sheet, safe_text

__all__ = ["FORMATS", "TEXT_FORMATS", "render_text", "render_xlsx"]
TEXT_FORMATS = ("csv", "tsv", "json", "md")
FORMATS = (*TEXT_FORMATS, "xlsx")


def render_text(sheet: Sheet, form: str, *, raw: bool = False) -> str:
    r"""A sheet as text with ``\n`` line ends.

    Args:
        sheet: The table.
        form: One of ``csv``, ``tsv``, ``json``, ``md``.
        raw: Leave text that a spreadsheet would run as a formula as it is.
    """
    if form == "json":
        return _json(sheet)
    if form == "md":
        return _markdown(sheet)
    return _delimited(sheet, "," if form == "csv" else "\t", raw=raw)


def _delimited(sheet: Sheet, delimiter: str, *, raw: bool) -> str:
    lines = []
    for row in (sheet.columns, *sheet.rows):
        buffer = io.StringIO()
        # With this line end, a carriage return inside a cell is put in quotation marks too.
        writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(_field(cell, raw=raw) for cell in row)
        lines.append(buffer.getvalue().removesuffix("\r\n") + "\n")
    return "".join(lines)


def _field(cell: Cell, *, raw: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return plain(cell)
    if isinstance(cell, int):
        return str(cell)
    return cell if raw else safe_text(cell)


def _json(sheet: Sheet) -> str:
    content = {
        "title": sheet.title,
        "columns": sheet.columns,
        "rows": [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows],
        "notes": sheet.notes,
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _markdown(sheet: Sheet) -> str:
    def cell(value: Cell) -> str:
        text = _field(value, raw=True)
        return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")

    numeric = [
        all(isinstance(row[i], int | float | None) for row in sheet.rows) and bool(sheet.rows)
        for i in range(len(sheet.columns))
    ]
    lines = [
        "| " + " | ".join(cell(c) for c in sheet.columns) + " |",
        "| " + " | ".join("---:" if right else "---" for right in numeric) + " |",
        *("| " + " | ".join(cell(c) for c in row) + " |" for row in sheet.rows),
    ]
    notes = [f"\n{note}" for note in sheet.notes]
    return "\n".join([*lines, *notes]) + "\n"
