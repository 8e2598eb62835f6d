"""Word documents into lines: paragraphs with labels, or a table of turns."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ccgmine.errors import InputError
from ccgmine.ingest.grids import table_lines
from ccgmine.ingest.limits import USUAL, Limits
from ccgmine.ingest.packages import Package
from ccgmine.ingest.paragraphs import Run, paragraph_lines
from ccgmine.ingest.raw import Content, Line

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DELETED = (f"{_WORD}del", f"{_WORD}moveFrom")
# Deleted and moved words, and text boxes, which Word writes twice and sets beside the talk.
_LEFT_OUT = {*_DELETED, f"{_WORD}txbxContent"}
# What may stand around paragraphs, rows and cells: content controls and tracked changes.
_WRAPPERS = {f"{_WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo")}
_CHANGES = tuple(f"{_WORD}{name}" for name in ("ins", "del", "moveFrom", "moveTo"))


def read_docx(raw: bytes, path: Path, limits: Limits = USUAL) -> Content:
    """Paragraphs of a Word document, or the rows of its two- or three-column table.

    Headers, footers, comments and deleted text are left out.

    Raises:
        InputError: If it is no Word document or too large when unpacked.
    """
    package = Package(raw, path, what="a Word document", suffix=".docx", limits=limits)
    main = _main_part(package)
    body = package.tree(main).find(f"{_WORD}body")
    if body is None:
        raise InputError(
            "cannot be opened as a Word document",
            where=path,
            remedy="Open it in Word or LibreOffice and save it again as .docx.",
        )
    bold = _bold_styles(package, posixpath.join(posixpath.dirname(main), "styles.xml"))
    lines: list[Line] = []
    runs: list[Run] = []
    for block in _inside(body, "p", "tbl"):
        if block.tag == f"{_WORD}tbl":
            lines += [*paragraph_lines(runs), *table_lines(_rows(block, bold))]
            runs = []
            continue
        runs += _runs(block, bold)
        # A paragraph whose mark was deleted goes on in the next one.
        if block.find(f"{_WORD}pPr/{_WORD}rPr/{_WORD}del") is None:
            lines += paragraph_lines(runs)
            runs = []
    return Content((*lines, *paragraph_lines(runs)), _notes(body))


def _main_part(package: Package) -> str:
    """Name of the part that holds the text; online editors give it other names."""
    usual = "word/document.xml"
    if usual in package or "_rels/.rels" not in package:
        return usual
    for relation in package.tree("_rels/.rels").iter(_RELATION):
        if str(relation.get("Type")).endswith("/officeDocument"):
            return str(relation.get("Target")).lstrip("/")
    return usual


def _notes(body: Any) -> tuple[str, ...]:  # noqa: ANN401
    notes = []
    comments = {e.get(f"{_WORD}id") for e in body.iter(f"{_WORD}commentReference")}
    if comments:
        notes.append(f"{len(comments)} comment(s) in the document are left out")
    if next(body.iter(*_CHANGES), None) is not None:
        notes.append("its tracked changes are read as accepted")
    return tuple(notes)


def _inside(element: Any, *names: str) -> Iterator[Any]:  # noqa: ANN401
    """Children of these kinds, those in content controls too."""
    for child in element:
        if child.tag in {f"{_WORD}{name}" for name in names}:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _inside(child, *names)


def _bold_styles(package: Package, name: str) -> frozenset[str]:
    """Ids of the styles that set words in bold, by themselves or by what they rest on."""
    if name not in package:
        return frozenset({"Strong"})
    styles = {
        str(style.get(f"{_WORD}styleId")): style
        for style in package.tree(name).iter(f"{_WORD}style")
    }
    bold = {"Strong"}
    for style_id, style in styles.items():
        seen: set[str] = set()
        current, parent = style, style_id
        while current is not None and parent not in seen:
            seen.add(parent)
            mark = current.find(f"{_WORD}rPr/{_WORD}b")
            if mark is not None:
                bold |= {style_id} if _is_on(mark) else set()
                break
            rests_on = current.find(f"{_WORD}basedOn")
            parent = "" if rests_on is None else str(rests_on.get(f"{_WORD}val"))
            current = styles.get(parent)
    return frozenset(bold)


def _is_on(mark: Any) -> bool:  # noqa: ANN401
    return mark.get(f"{_WORD}val", "true") not in {"0", "false", "off"}


def _runs(paragraph: Any, bold: frozenset[str]) -> list[Run]:  # noqa: ANN401
    style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
    all_bold = style is not None and style.get(f"{_WORD}val") in bold
    return [
        (_run_text(run), _is_bold(run, bold, all_bold=all_bold))
        for run in paragraph.iter(f"{_WORD}r")
    ]


def _is_bold(run: Any, bold: frozenset[str], *, all_bold: bool) -> bool:  # noqa: ANN401
    mark = run.find(f"{_WORD}rPr/{_WORD}b")
    if mark is not None:
        return _is_on(mark)
    style = run.find(f"{_WORD}rPr/{_WORD}rStyle")
    return all_bold or (style is not None and style.get(f"{_WORD}val") in bold)


def _run_text(run: Any) -> str:  # noqa: ANN401
    if any(a.tag in _LEFT_OUT for a in run.iterancestors()):
        return ""
    parts = []
    for node in run:
        if node.tag == f"{_WORD}t":
            parts.append((node.text or "").replace("\n", " "))
        elif node.tag in {f"{_WORD}tab", f"{_WORD}ptab"}:
            parts.append("\t")
        elif node.tag in {f"{_WORD}br", f"{_WORD}cr"}:
            parts.append("\n")
        elif node.tag == f"{_WORD}noBreakHyphen":
            parts.append("-")
    return "".join(parts)


def _rows(table: Any, bold: frozenset[str]) -> list[list[list[str]]]:  # noqa: ANN401
    """The cells of a table, without rows whose deletion is tracked."""
    return [
        [_cell_lines(cell, bold) for cell in _inside(row, "tc")]
        for row in _inside(table, "tr")
        if row.find(f"{_WORD}trPr/{_WORD}del") is None
    ]


def _cell_lines(cell: Any, bold: frozenset[str]) -> list[str]:  # noqa: ANN401
    lines: list[str] = []
    for paragraph in cell.iter(f"{_WORD}p"):
        text = "".join(words for words, _ in _runs(paragraph, bold))
        lines += [line.strip() for line in text.split("\n") if line.strip()]
    return lines
