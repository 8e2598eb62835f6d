"""Sheets into files: CSV, TSV, JSON, Markdown and XLSX. The same sheet, the same bytes."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence

from ccgmine.report.numbers import plain
from ccgmine.report.sheet import Cell, Sheet, safe_text

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


def render_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Sheets as an Excel workbook with their notes on a sheet of their own."""
    import datetime

    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    notes = [(note,) for sheet in sheets for note in sheet.notes]
    pages = list(sheets)
    if notes:
        pages.append(Sheet("notes", ("note",), tuple(dict.fromkeys(notes))))
    for sheet in pages:
        page = book.create_sheet(sheet.title[:31])
        for r, row in enumerate([sheet.columns, *sheet.rows], 1):
            for c, value in enumerate(row, 1):
                if value is None:
                    continue
                target = page.cell(r, c)
                if isinstance(value, str):
                    # As an inline text it is never a formula, whatever it begins with.
                    target.value = ILLEGAL_CHARACTERS_RE.sub(" ", value)[:32_767]
                    target.data_type = "s"
                else:
                    target.value = value
                    target.number_format = "0.00%" if isinstance(value, float) else "0"
        for c, column in enumerate(sheet.columns, 1):
            page.cell(1, c).font = Font(bold=True)
            longest = max([len(column), *(len(str(row[c - 1] or "")) for row in sheet.rows)])
            page.column_dimensions[get_column_letter(c)].width = min(60, max(8, longest + 2))
            if longest > 60:
                for r in range(2, len(sheet.rows) + 2):
                    page.cell(r, c).alignment = Alignment(wrap_text=True, vertical="top")
        page.freeze_panes = "B2"
        if sheet.rows:
            page.auto_filter.ref = page.dimensions
    # A workbook carries its date; a fixed one makes the same table the same bytes.
    book.properties.creator = "ccgmine"
    book.properties.created = datetime.datetime(2000, 1, 1)  # noqa: DTZ001
    book.properties.modified = datetime.datetime(2000, 1, 1)  # noqa: DTZ001
    buffer = io.BytesIO()
    book.save(buffer)
    return _fixed_dates(buffer.getvalue())


def _fixed_dates(workbook: bytes) -> bytes:
    import re

    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(
                    rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*",
                    rb"\g<1>2000-01-01T00:00:00Z",
                    content,
                )
            entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return out.getvalue()
