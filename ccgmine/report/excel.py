"""Workbooks of one look, in which text is always text; same values, same bytes."""

from __future__ import annotations

import io
import re
import textwrap
from collections import defaultdict
from collections.abc import Collection, Sequence
from copy import copy
from typing import Any

from ccgmine.report.packing import without_dates
from ccgmine.report.sheet import FORMULA_STARTS, Cell, Sheet, printable

WHOLE = "0"
PERCENT = "0 %"
EXACT_PERCENT = "0.00%"
SIGNED_PERCENT = "[>=0.005]+0 %;[<=-0.005]-0 %;0 %"
CHANCE = '[>=0.995]">99 %";[<0.005]"<1 %";0 %'
"""A probability out of random draws is never quite 0 or 1."""
TWO_DECIMALS = "0.00"
CELL_LIMIT = 32_767
"""Characters that a cell of Excel holds."""
_NO_TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONG, _WIDE = 60, 90
_A4 = 9
_FONT, _POINTS, _LINE = "Calibri", 11, 15.0
_TALLEST = 409.0


class Book:
    """A workbook in the making."""

    def __init__(self, title: str = "") -> None:
        import openpyxl

        self.title = title
        self._book = openpyxl.Workbook()
        self._book.remove(self._book.worksheets[0])
        self._pages: list[Page] = []

    def page(self, name: str) -> Page:
        """A new sheet at the end; its name is made one that Excel takes and no other has."""
        cleaned = " ".join(_NO_TITLE.sub(" ", name).split()).strip("'") or "sheet"
        taken = {sheet.title.casefold() for sheet in self._book.worksheets}
        title, number = cleaned[:31].strip(), 1
        while title.casefold() in taken:
            number += 1
            title = f"{cleaned[: 31 - len(str(number)) - 3]} ({number})"
        self._pages.append(Page(self._book.create_sheet(title), self.title))
        return self._pages[-1]

    def content(self) -> bytes:
        """The workbook as a file."""
        import datetime

        for page in self._pages:
            page.set_heights()
        properties = self._book.properties
        properties.creator = "ccgmine"
        properties.title = _text(self.title) or None
        properties.created = properties.modified = datetime.datetime(2000, 1, 1)  # noqa: DTZ001
        buffer = io.BytesIO()
        self._book.save(buffer)
        return without_dates(buffer.getvalue())


def _text(value: str) -> str:
    return printable(value)[:CELL_LIMIT]


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column so many characters wide."""
    return sum(len(textwrap.wrap(part, max(4, int(width)))) or 1 for part in text.split("\n"))


class Page:
    """A sheet in the making; rows and columns count from 1."""

    def __init__(self, sheet: Any, title: str) -> None:  # noqa: ANN401
        self.sheet = sheet
        self._wrapped: defaultdict[int, list[tuple[int, str, int]]] = defaultdict(list)
        self._looks: dict[tuple[str | bool | int, ...], Any] = {}
        self._print_set_up(title)

    def _print_set_up(self, title: str) -> None:
        page = self.sheet
        page.page_setup.orientation = "landscape"
        page.page_setup.paperSize = _A4
        page.page_setup.fitToWidth = 1
        page.page_setup.fitToHeight = 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
        page.page_margins.left = page.page_margins.right = 0.4
        page.page_margins.top = page.page_margins.bottom = 0.6
        # In headers and footers & starts a code; twice it is itself.
        page.oddFooter.left.text = _text(title).replace("&", "&&")[:120] or None
        page.oddFooter.center.text = "&A"
        page.oddFooter.right.text = "&P/&N"

    def put(
        self,
        row: int,
        column: int,
        value: Cell,
        *,
        form: str = "",
        bold: bool = False,
        grey: bool = False,
        wrap: bool = False,
        indent: int = 0,
        align: str = "",
    ) -> None:
        """Write a cell; None leaves it empty but for its looks.

        Args:
            row: Row, from 1.
            column: Column, from 1.
            value: A text stays a text, whatever it begins with.
            form: Number format.
            bold: In bold type.
            grey: In grey italics, for what is no figure.
            wrap: Break the text into lines.
            indent: How far it is indented.
            align: ``left``, ``center`` or ``right``; else as Excel does.
        """
        cell = self.sheet.cell(row, column)
        quoted = isinstance(value, str) and value.startswith(FORMULA_STARTS)
        if isinstance(value, str):
            cell.value = _text(value)
            cell.data_type = "s"
            if wrap:
                self._wrapped[row].append((column, cell.value, indent))
        else:
            cell.value = value
        # To make a style anew for every cell takes longer than all else together.
        key = (form, bold, grey, wrap, indent, align, quoted)
        border, fill = (cell._style.borderId, cell._style.fillId) if cell.has_style else (0, 0)
        if key not in self._looks:
            cell._style = None
            self._looks[key] = self._look(cell, *key)
        cell._style = copy(self._looks[key])
        cell._style.borderId, cell._style.fillId = border, fill

    def _look(
        self,
        cell: Any,  # noqa: ANN401
        form: str,
        bold: bool,  # noqa: FBT001
        grey: bool,  # noqa: FBT001
        wrap: bool,  # noqa: FBT001
        indent: int,
        align: str,
        quoted: bool,  # noqa: FBT001
    ) -> Any:  # noqa: ANN401
        from openpyxl.styles import Alignment, Font

        if form:
            cell.number_format = form
        if bold or grey:
            color = "595959" if grey else None
            cell.font = Font(name=_FONT, size=_POINTS, bold=bold, italic=grey, color=color)
        # Else a text like a formula would become one as soon as somebody edits its cell.
        cell.quotePrefix = quoted
        cell.alignment = Alignment(
            wrap_text=wrap,
            vertical="top",
            indent=indent,
            horizontal=align or ("left" if indent else None),
        )
        return copy(cell._style)

    def head(
        self,
        row: int,
        column: int,
        text: str,
        *,
        over: int = 1,
        right: bool = False,
        indent: int = 0,
    ) -> None:
        """A heading, over one column or several; over numbers it stands right."""
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        for i in range(column, column + over):
            cell = self.sheet.cell(row, i)
            cell.fill = PatternFill("solid", fgColor="DDE3EA")
            cell.border = Border(bottom=Side(style="thin", color="44546A"))
        self.put(row, column, text, wrap=over == 1)
        first = self.sheet.cell(row, column)
        first.font = Font(name=_FONT, size=_POINTS, bold=True)
        horizontal = "center" if over > 1 else "right" if right else "left" if indent else None
        first.alignment = Alignment(
            wrap_text=over == 1, vertical="bottom", horizontal=horizontal, indent=indent
        )
        if over > 1:
            self.sheet.merge_cells(
                start_row=row, end_row=row, start_column=column, end_column=column + over - 1
            )

    def rule(self, first: int, last: int, columns: int) -> None:
        """A fine line under each of some rows; only before anything is written in them."""
        from openpyxl.styles import Border, Side

        if last < first:
            return
        pattern = self.sheet.cell(first, 1)
        pattern.border = Border(bottom=Side(style="hair", color="8497B0"))
        for row in range(first, last + 1):
            for column in range(1, columns + 1):
                self.sheet.cell(row, column)._style = copy(pattern._style)

    def edge(self, column: int, first: int, last: int) -> None:
        """A line left of a column, from one row to another."""
        from openpyxl.styles import Border, Side

        for row in range(first, last + 1):
            cell = self.sheet.cell(row, column)
            bottom = cell.border.bottom
            cell.border = Border(left=Side(style="thin", color="8497B0"), bottom=bottom)

    def widths(self, widths: Sequence[float], first: int = 1) -> None:
        """Widths of columns, in characters."""
        from openpyxl.utils import get_column_letter

        for i, width in enumerate(widths, first):
            self.sheet.column_dimensions[get_column_letter(i)].width = width

    def set_heights(self) -> None:
        """Rows as high as their wrapped text needs: not every program looks to that itself."""
        from openpyxl.utils import get_column_letter

        dimensions = self.sheet.column_dimensions
        for row, texts in self._wrapped.items():
            most = 1
            for column, text, indent in texts:
                room = dimensions[get_column_letter(column)].width - 2 - indent
                if len(text) > room or "\n" in text:
                    most = max(most, _lines(text, room))
            if most > 1:
                self.sheet.row_dimensions[row].height = min(_TALLEST, _LINE * most)

    def shade(self, column: int, first: int, last: int) -> None:
        """Shares from white (0) to mid-blue (1): the darker the more, in black and white too."""
        from openpyxl.formatting.rule import ColorScaleRule
        from openpyxl.utils import get_column_letter

        letter = get_column_letter(column)
        rule = ColorScaleRule(
            start_type="num", start_value=0, start_color="FFFFFF",
            end_type="num", end_value=1, end_color="5B9BD5",
        )  # fmt: skip
        self.sheet.conditional_formatting.add(f"{letter}{first}:{letter}{last}", rule)

    def freeze(self, row: int, column: int, last_row: int, last_column: int) -> None:
        """Keep what is above and left of a cell in sight and on every printed page; add filters."""
        from openpyxl.utils import get_column_letter

        page = self.sheet
        page.freeze_panes = page.cell(row, column)
        page.print_title_rows = f"1:{row - 1}"
        if column > 1:
            page.print_title_cols = f"A:{get_column_letter(column - 1)}"
        if last_row >= row:
            page.auto_filter.ref = f"A{row - 1}:{get_column_letter(last_column)}{last_row}"

    def print_only(self, rows: int, columns: int) -> None:
        """Print no more than so many rows and columns."""
        from openpyxl.utils import get_column_letter

        self.sheet.print_area = f"A1:{get_column_letter(columns)}{rows}"

    def break_after(self, columns: Sequence[int], scale: int) -> None:
        """Print on several pages side by side, broken after these columns, at a scale in %."""
        from openpyxl.worksheet.pagebreak import Break, ColBreak

        page = self.sheet
        page.sheet_properties.pageSetUpPr.fitToPage = False
        page.page_setup.fitToWidth = page.page_setup.fitToHeight = None
        page.page_setup.scale = scale
        page.col_breaks = ColBreak()
        for column in columns:
            page.col_breaks.append(Break(id=column))


def add_sheet(
    book: Book,
    sheet: Sheet,
    *,
    shares: str = EXACT_PERCENT,
    wide: Collection[str] = (),
) -> Page:
    """A plain table on a page of its own, without its notes.

    Args:
        book: Where to.
        sheet: The table.
        shares: Number format of shares.
        wide: Columns of long text.
    """
    page = book.page(sheet.title)
    for c, name in enumerate(sheet.columns):
        cells = [row[c] for row in sheet.rows if row[c] is not None]
        numbers = bool(cells) and not any(isinstance(cell, str) for cell in cells)
        page.head(1, c + 1, name, right=numbers)
    widths = [_width(sheet, c, _LONG) for c in range(len(sheet.columns))]
    for c, name in enumerate(sheet.columns):
        if name in wide:
            widths[c] = _width(sheet, c, _WIDE)
    for r, row in enumerate(sheet.rows, 2):
        for c, value in enumerate(row, 1):
            if value is None:
                continue
            form = "" if isinstance(value, str) else WHOLE
            if isinstance(value, float):
                form = TWO_DECIMALS if sheet.columns[c - 1] in sheet.measures else shares
            page.put(r, c, value, form=form, wrap=widths[c - 1] >= _LONG)
    page.widths(widths)
    page.freeze(2, 2, len(sheet.rows) + 1, len(sheet.columns))
    return page


def _width(sheet: Sheet, column: int, most: int) -> int:
    cells = (str(row[column]) for row in sheet.rows if row[column] is not None)
    longest = max((max(map(len, cell.split("\n"))) for cell in cells), default=0)
    # A heading may break between its words, and has a filter's button beside it.
    words = sheet.columns[column].split() or [""]
    return min(most, max(8, longest + 2, max(map(len, words)) + 4))


def render_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Sheets as an Excel workbook with their notes on a sheet of their own."""
    book = Book()
    for sheet in sheets:
        add_sheet(book, sheet)
    notes = dict.fromkeys((note,) for sheet in sheets for note in sheet.notes)
    if notes:
        add_sheet(book, Sheet("notes", ("note",), tuple(notes)))
    return book.content()
