"""The way in for codebooks that other programs export: spreadsheets, CSV and Word tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ccgmine.errors import InputError
from ccgmine.exchange.codebooks import CodeRow, Layout, codebook_project, indent_of, layout_of
from ccgmine.exchange.project import Project
from ccgmine.files import read_bytes
from ccgmine.ingest.limits import USUAL
from ccgmine.ingest.packages import Package
from ccgmine.tables import read_table
from ccgmine.workbooks import workbook_indents

_TABLES = frozenset({".csv", ".tsv", ".xlsx"})
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_codebook_export(path: Path) -> Project | None:
    """The codes of a codebook that NVivo or Taguette exported; None for any other file.

    Raises:
        InputError: If it is one, but damaged or without a code.
    """
    suffix = path.suffix.lower()
    if suffix not in _TABLES and suffix != ".docx":
        return None
    if suffix == ".docx":
        found = _in_word(path)
    elif suffix == ".xlsx":
        found = _in_sheet(path)
    else:
        found = _in_text(path)
    if found is None:
        return None
    layout, rows = found
    project = codebook_project(path, layout, rows)
    if not project.codes:
        raise InputError(
            "the codebook has no codes", where=path, remedy="Export it again with its codes."
        )
    return project


Found = tuple[Layout, list[CodeRow]]


def _in_text(path: Path) -> Found | None:
    table = read_table(path)
    known = layout_of(table.columns)
    if known is None:
        return None
    layout, name_at, definition_at = known
    rows = [
        CodeRow(indent_of(cells[name_at]), cells[name_at].strip(), cells[definition_at].strip())
        for _, cells in table.rows
        if cells[name_at].strip()
    ]
    return layout, rows


def _in_sheet(path: Path) -> Found | None:
    """Rows of a workbook; its names may be set in by the format of their cells."""
    table = read_table(path)
    known = layout_of(table.columns)
    if known is None:
        return None
    layout, name_at, definition_at = known
    indents = workbook_indents(path, name_at)
    rows = [
        CodeRow(
            indents.get(number, 0) + indent_of(cells[name_at]),
            cells[name_at].strip(),
            cells[definition_at].strip(),
        )
        for number, cells in table.rows
        if cells[name_at].strip()
    ]
    return layout, rows


def _in_word(path: Path) -> Found | None:
    """Rows of the tables of a document that have a codebook's columns."""
    package = Package(read_bytes(path), path, what="a Word document", suffix=".docx", limits=USUAL)
    if "word/document.xml" not in package:
        return None
    rows: list[CodeRow] = []
    layout = None
    for table in package.tree("word/document.xml").iter(f"{_WORD}tbl"):
        known = None
        for row in table.iter(f"{_WORD}tr"):
            cells = list(row.iter(f"{_WORD}tc"))
            if known is None:
                known = layout_of([_text(cell) for cell in cells])
                if known is None:
                    break
                layout = known[0]
                continue
            _, name_at, definition_at = known
            if len(cells) <= max(name_at, definition_at) or not _text(cells[name_at]):
                continue
            indent = _indent(cells[name_at])
            rows.append(CodeRow(indent, _text(cells[name_at]), _text(cells[definition_at])))
    return None if layout is None else (layout, rows)


def _paragraphs(cell: Any) -> Iterator[str]:  # noqa: ANN401
    for paragraph in cell.iter(f"{_WORD}p"):
        yield "".join(node.text or "" for node in paragraph.iter(f"{_WORD}t"))


def _text(cell: Any) -> str:  # noqa: ANN401
    return "\n".join(_paragraphs(cell)).strip()


def _indent(cell: Any) -> int:  # noqa: ANN401
    """How far the first paragraph is set in: by its format, in twentieths of a point, or spaces."""
    set_in = 0
    mark = next(cell.iter(f"{_WORD}ind"), None)
    if mark is not None:
        value = str(mark.get(f"{_WORD}left") or mark.get(f"{_WORD}start") or "")
        set_in = int(value) if value.isdecimal() and len(value) < 7 else 0
    return set_in + indent_of(next(_paragraphs(cell), ""))
