"""OpenDocument texts into lines, as LibreOffice, Google Docs and dictation programs write them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ccgmine.errors import InputError
from ccgmine.ingest.grids import table_lines
from ccgmine.ingest.limits import USUAL, Limits
from ccgmine.ingest.packages import Package
from ccgmine.ingest.paragraphs import Run, paragraph_lines
from ccgmine.ingest.raw import Content, Line

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_OFFICE, _TEXT, _TABLE, _STYLE, _DRAW = (
    f"{{{_SPACE.format(name)}}}" for name in ("office", "text", "table", "style", "drawing")
)
_BOLD = f"{{{_SPACE.format('xsl-fo-compatible')}}}font-weight"
# Comments, deleted words (which are kept apart from the text), notes, boxes beside the talk,
# and lists of contents.
_LEFT_OUT = {
    f"{_OFFICE}annotation", f"{_TEXT}tracked-changes", f"{_TEXT}note", f"{_DRAW}frame",
    f"{_DRAW}custom-shape", f"{_TEXT}table-of-content", f"{_TEXT}ruby-text",
    f"{_OFFICE}forms", f"{_TEXT}sequence-decls",
}  # fmt: skip
_PARAGRAPHS = {f"{_TEXT}p", f"{_TEXT}h"}


def read_odt(raw: bytes, path: Path, limits: Limits = USUAL) -> Content:
    """Paragraphs and tables of an OpenDocument text.

    Headers, footers, comments and deleted text are left out. Read as a zip with XML in it: the
    one package for the format has not been released for years, and builds every table in full.

    Raises:
        InputError: If it is no OpenDocument text, or protected by a password.
    """
    package = Package(raw, path, what="an OpenDocument text", suffix=".odt", limits=limits)
    root = package.tree("content.xml")
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise InputError(
            "cannot be opened as an OpenDocument text",
            where=path,
            remedy="Open it in Word or LibreOffice and save it again as .odt.",
        )
    bold = _bold_styles(root)
    if "styles.xml" in package:
        bold |= _bold_styles(package.tree("styles.xml"))
    lines: list[Line] = []
    for block in _blocks(body):
        if block.tag in _PARAGRAPHS:
            lines += paragraph_lines(list(_runs(block, bold, block_bold=False)))
        else:
            lines += table_lines(_rows(block))
    return Content(tuple(lines), _notes(body))


def _notes(body: Any) -> tuple[str, ...]:  # noqa: ANN401
    notes = []
    comments = sum(1 for _ in body.iter(f"{_OFFICE}annotation"))
    if comments:
        notes.append(f"{comments} comment(s) in the document are left out")
    if next(body.iter(f"{_TEXT}changed-region"), None) is not None:
        notes.append("its tracked changes are read as accepted")
    return tuple(notes)


def _bold_styles(root: Any) -> set[str]:  # noqa: ANN401
    return {
        str(style.get(f"{_STYLE}name"))
        for style in root.iter(f"{_STYLE}style")
        if any(
            part.get(_BOLD) in {"bold", "600", "700", "800", "900"}
            for part in style.iter(f"{_STYLE}text-properties")
        )
    } | {"Strong_20_Emphasis"}


def _blocks(element: Any) -> Iterator[Any]:  # noqa: ANN401
    """Paragraphs and tables, those in sections and lists too."""
    for child in element:
        if child.tag in _PARAGRAPHS or child.tag == f"{_TABLE}table":
            yield child
        elif child.tag not in _LEFT_OUT:
            yield from _blocks(child)


def _runs(element: Any, bold: set[str], *, block_bold: bool) -> Iterator[Run]:  # noqa: ANN401
    here = block_bold or str(element.get(f"{_TEXT}style-name")) in bold
    if element.text:
        yield " ".join(element.text.split("\n")), here
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield "  ", here  # however many: they are one space in the end
        elif child.tag == f"{_TEXT}tab":
            yield "\t", here
        elif child.tag == f"{_TEXT}line-break":
            yield "\n", here
        elif child.tag not in _LEFT_OUT:
            yield from _runs(child, bold, block_bold=here)
        if child.tail:
            yield " ".join(child.tail.split("\n")), here


def _rows(table: Any) -> list[list[list[str]]]:  # noqa: ANN401
    """The cells of a table; a row or cell that is said to be repeated stands once."""
    return [
        [_cell_lines(cell) for cell in row if cell.tag == f"{_TABLE}table-cell"]
        for row in table.iter(f"{_TABLE}table-row")
    ]


def _cell_lines(cell: Any) -> list[str]:  # noqa: ANN401
    lines: list[str] = []
    for block in _blocks(cell):
        if block.tag in _PARAGRAPHS:
            text = "".join(words for words, _ in _runs(block, set(), block_bold=False))
            lines += [line.strip() for line in text.split("\n") if line.strip()]
    return lines
