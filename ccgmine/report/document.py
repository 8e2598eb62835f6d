"""A Word document with the tables of a paper's results section: three lines, caption, notes."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ccgmine.domain import Estimate, Group, PrevalenceRow
from ccgmine.report.findings import Findings
from ccgmine.report.grid import (
    COMMONEST,
    HIDDEN,
    OVERALL,
    Line,
    View,
    chances,
    fraction,
    reason,
    share_and_interval,
    total_shown,
    views,
)
from ccgmine.report.packing import without_dates
from ccgmine.report.prevalence import group_title
from ccgmine.report.sheet import printable

_MOST_ACROSS = 7
"""Groups that fit on a landscape page beside the themes and everybody."""
_PORTRAIT = 3
_WIDTH = {False: 17.0, True: 25.7}
_POINTS, _NOTE_POINTS = 8.0, 8.0
_HARD_SPACE = "\u00a0"


def render_docx(findings: Findings) -> bytes:
    """The findings as a Word document; the same findings give the same bytes.

    One table a grouping: themes down, everybody and the groups across, the rules below.
    """
    import datetime

    import docx

    document = docx.Document()
    _styles(document)
    properties = document.core_properties
    properties.author = "ccgmine"
    properties.title = printable(findings.title)
    properties.comments = ""
    properties.created = properties.modified = datetime.datetime(2000, 1, 1)  # noqa: DTZ001
    document.add_heading(printable(findings.title), level=1)
    for number, part in enumerate(_parts(findings), 1):
        _page(document, wide=len(part.groups) > _PORTRAIT, first=number == 1)
        _write(document, part, number, findings)
    buffer = io.BytesIO()
    document.save(buffer)
    return without_dates(buffer.getvalue())


@dataclass(slots=True)
class _Part:
    """One table: some groups of a view beside everybody; reasons found on the way."""

    view: View
    everybody: View | None
    groups: tuple[Group, ...]
    share: str
    """Which part of the view it is, as ``1 of 2``; nothing for the whole."""
    unit: str
    reasons: list[str] = field(default_factory=list)

    def mark(self, why: str) -> str:
        """The letter under which a reason is explained."""
        if why not in self.reasons:
            self.reasons.append(why)
        return _letter(self.reasons.index(why))


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else str(number - 25)


def _parts(findings: Findings) -> list[_Part]:
    found = views(findings.table)
    everybody = next((view for view in found if view.name == OVERALL), None)
    grouped = [view for view in found if view.name != OVERALL]
    unit = findings.table.unit
    if not grouped:
        return [_Part(view, None, view.groups, "", unit) for view in found]
    parts = []
    for view in grouped:
        n = math.ceil(len(view.groups) / _MOST_ACROSS)
        size = math.ceil(len(view.groups) / n)
        for i in range(n):
            groups = view.groups[i * size : (i + 1) * size]
            parts.append(_Part(view, everybody, groups, f"{i + 1} of {n}" if n > 1 else "", unit))
    return parts


def _styles(document: Any) -> None:  # noqa: ANN401
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, size in (("Normal", 10), ("Caption", 10), ("Heading 1", 14)):
        style = document.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.rPr.rFonts
        for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{kind}"), None)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-GB")


def _page(document: Any, *, wide: bool, first: bool) -> None:  # noqa: ANN401
    """A page for the next table, landscape where it is wide."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm

    section = document.sections[0] if first else document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    long, short = Cm(29.7), Cm(21.0)
    section.page_width, section.page_height = (long, short) if wide else (short, long)
    for margin in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, margin, Cm(2.0))


def _write(document: Any, part: _Part, number: int, findings: Findings) -> None:  # noqa: ANN401
    _caption(document, part, number)
    if part.everybody is None:
        _write_overall(document, part)
    else:
        _write_groups(document, part, part.everybody)
    rules = findings.table.notes
    for note in (_signs(part, rules), *rules):
        _note(document, note)


def _caption(document: Any, part: _Part, number: int) -> None:  # noqa: ANN401
    """The caption, numbered by a field so that Word can refer to it and count on."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_after = Pt(4)
    paragraph.add_run("Table ").bold = True
    sequence = OxmlElement("w:fldSimple")
    sequence.set(qn("w:instr"), " SEQ Table \\* ARABIC ")
    run = paragraph.add_run(str(number))
    run.bold = True
    sequence.append(run._r)
    paragraph._p.append(sequence)
    title = "Themes raised, overall"
    if part.everybody is not None:
        title += f" and {part.view.title}"
    if part.share:
        title += f" ({part.share})"
    run = paragraph.add_run(f". {printable(title)}")
    run.bold = False


def _write_overall(document: Any, part: _Part) -> None:  # noqa: ANN401
    view = part.view
    (group,) = part.groups
    total = total_shown(view.of_group(group), part.unit)
    heads = ["Theme", "n/N", f"Share [interval]{_of(total)}", "Word"]
    spans = any(chances(row) for row in view.cells.values())
    widths = [5.4, 1.8, 3.5, 3.1 if spans else 6.3, *[3.2] * spans]
    table = _table(document, heads + ["Chance of each word"] * spans, widths)
    for line in view.lines:
        row = view.cell(line, group)
        cells = table.add_row().cells
        _theme(cells[0], line)
        if row is None:
            continue
        _say(cells[1], fraction(row, part.unit))
        if isinstance(row.estimate, Estimate):
            _say(cells[2], _kept(share_and_interval(row.estimate)), bold=row.commonest)
            _say(cells[3], row.band + f" {COMMONEST}" * row.commonest, bold=row.commonest)
        else:
            _why(cells[2], part, row)
        if spans:
            _say(cells[4], chances(row, "\n"))
    _finish(table)


def _of(total: str) -> str:
    return f"\nN{_HARD_SPACE}={_HARD_SPACE}{total}" if total else ""


def _write_groups(document: Any, part: _Part, everybody: View) -> None:  # noqa: ANN401
    columns = [(everybody, group) for group in everybody.groups]
    columns += [(part.view, group) for group in part.groups]
    heads = ["Theme"]
    for view, group in columns:
        total = total_shown(view.of_group(group), part.unit)
        name = "All" if view.name == OVERALL else group_title(group)
        heads.append(name + _of(total))
    room = _WIDTH[len(part.groups) > _PORTRAIT]
    first = max(4.2, min(6.5, room - 3.6 * len(columns)))
    table = _table(document, heads, [first, *[(room - first) / len(columns)] * len(columns)])
    for line in part.view.lines:
        cells = table.add_row().cells
        _theme(cells[0], line)
        for cell, (view, group) in zip(cells[1:], columns, strict=True):
            row = view.cell(line, group)
            if row is not None:
                _group_cell(cell, part, row)
    _finish(table)


def _group_cell(cell: Any, part: _Part, row: PrevalenceRow) -> None:  # noqa: ANN401
    """``62 % [50–73 %]`` and, below it, ``9/14 predominant``."""
    counted = fraction(row, part.unit)
    if isinstance(row.estimate, Estimate):
        _say(cell, _kept(share_and_interval(row.estimate)), bold=row.commonest)
    else:
        _why(cell, part, row)
        if counted == f"{HIDDEN}/{HIDDEN}":
            counted = ""
    word = row.band if isinstance(row.estimate, Estimate) else ""
    if not counted and not word:
        return
    below = cell.add_paragraph()
    below.add_run(counted + " " * bool(counted and word))
    if word:
        run = below.add_run(printable(word + f" {COMMONEST}" * row.commonest))
        run.italic, run.bold = True, row.commonest
    _tight(below)


def _why(cell: Any, part: _Part, row: PrevalenceRow) -> None:  # noqa: ANN401
    """The marker where a cell is hidden, else a dash with the letter of the reason."""
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    _tight(paragraph)
    why = reason(row)
    paragraph.add_run(HIDDEN if why == HIDDEN else "–").font.size = Pt(_POINTS)
    if why != HIDDEN:
        letter = paragraph.add_run(f"{_HARD_SPACE}{part.mark(why)}")
        letter.font.superscript = True
        letter.font.size = Pt(_POINTS)


def _kept(text: str) -> str:
    """Figures that are not torn apart at the end of a line."""
    return text.replace(" %", f"{_HARD_SPACE}%")


def _table(document: Any, heads: Sequence[str], widths: Sequence[float]) -> Any:  # noqa: ANN401
    """A table with its heading row, which Word repeats on every page."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table = document.add_table(rows=1, cols=len(heads))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        _say(cell, head, bold=True)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    return table


def _finish(table: Any) -> None:  # noqa: ANN401
    """The three lines; no row is torn apart between two pages."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def line(where: str, eighths: int) -> Any:  # noqa: ANN401
        border = OxmlElement(f"w:{where}")
        border.set(qn("w:val"), "single")
        border.set(qn("w:sz"), str(eighths))
        border.set(qn("w:space"), "0")
        border.set(qn("w:color"), "000000")
        return border

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "70")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    borders = OxmlElement("w:tblBorders")
    borders.append(line("top", 12))
    borders.append(line("bottom", 12))
    # Word refuses properties in another order than the schema's.
    table._tbl.tblPr.find(qn("w:tblLayout")).addprevious(borders)
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
    for cell in table.rows[0].cells:
        own = OxmlElement("w:tcBorders")
        own.append(line("bottom", 6))
        cell._tc.get_or_add_tcPr().append(own)
    for cell in table._cells:
        for paragraph in cell.paragraphs:
            _tight(paragraph)
    widths = [column.width for column in table.columns]
    for row in table.rows:
        whole = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().insert(0, whole)
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


def _theme(cell: Any, line: Line) -> None:  # noqa: ANN401
    from docx.shared import Cm

    _say(cell, line.name, bold=line.heads)
    cell.paragraphs[0].paragraph_format.left_indent = Cm(0.35 * line.depth)


def _say(cell: Any, text: str, *, bold: bool = False) -> None:  # noqa: ANN401
    paragraph = cell.paragraphs[0]
    paragraph.add_run(printable(text)).bold = bold
    _tight(paragraph)


def _tight(paragraph: Any) -> None:  # noqa: ANN401
    from docx.shared import Pt

    paragraph.paragraph_format.space_before = Pt(1)
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.line_spacing = 1.0
    for run in paragraph.runs:
        run.font.size = Pt(_POINTS)


def _signs(part: _Part, rules: Sequence[str]) -> str:
    """What the signs in a table mean."""
    shown = [*part.view.cells.values()]
    if part.everybody is not None:
        shown += part.everybody.cells.values()
    notes = [
        f"n/N: of the {part.unit} hand coded in full (N), those with the theme (n). "
        "Share: estimate for all of the group [interval]."
    ]
    if any(line.heads for line in part.view.lines):
        notes.append("With sub-themes: the theme or any below it, each participant counted once.")
    if any(row.commonest for row in shown):
        notes.append(f"{COMMONEST} (bold): the commonest theme of its group, whatever its share.")
    if any(row.hidden for row in shown) and not any(HIDDEN in rule for rule in rules):
        notes.append(f"{HIDDEN}: hidden by disclosure control.")
    notes += [f"{_letter(i)}: {why}." for i, why in enumerate(part.reasons)]
    return " ".join(notes)


def _note(document: Any, text: str) -> None:  # noqa: ANN401
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(2)
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.add_run(printable(text)).font.size = Pt(_NOTE_POINTS)
