"""Excel workbooks as rows of text, whatever a workbook may claim of itself."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccgmine.errors import InputError
from ccgmine.files import check_readable

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MAX_ROWS = 1_048_576
"""Rows of a sheet, as Excel has them."""
MAX_SHEET_MB = 1_000
"""A sheet when unpacked; it is read as it comes."""
MAX_REST_MB = 250
"""The rest of a workbook when unpacked: the texts of its cells, which are held in memory."""
_PIECE = 1 << 20
# A cell further to the right than any program's. A row as wide as that is what openpyxl would make.
_FAR_RIGHT = re.compile(rb"""\sr\s*=\s*["'][A-Za-z]{4,}""")


def workbook_rows(path: Path) -> Iterator[tuple[int, Sequence[object]]]:
    """Row numbers and values of the first sheet.

    Raises:
        InputError: If the file is missing, damaged, or holds more than a workbook can.
    """
    with _first_sheet(path) as sheet:
        yield from _sheet_rows(sheet, path, values_only=True)


def workbook_indents(path: Path, column: int) -> dict[int, int]:
    """By row number of the first sheet, how far the cell of a column is set in.

    Args:
        path: The workbook.
        column: Counted from 0.

    Raises:
        InputError: As for ``workbook_rows``.
    """
    found: dict[int, int] = {}
    with _first_sheet(path) as sheet:
        for number, cells in _sheet_rows(sheet, path, values_only=False):
            cell = cells[column] if column < len(cells) else None
            if cell is not None and cell.value is not None and cell.alignment is not None:
                found[number] = int(cell.alignment.indent or 0)
    return found


@contextmanager
def _first_sheet(path: Path) -> Iterator[ReadOnlyWorksheet]:
    import warnings

    import openpyxl

    check_readable(path)
    try:
        _check(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that do not matter here
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = book.worksheets
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever its XML parser meets
        raise InputError(
            "cannot be opened as an Excel workbook",
            where=path,
            remedy="Open it in the spreadsheet program and save it again as .xlsx, or as CSV.",
        ) from error
    try:
        if not sheets:
            raise InputError("the workbook has no sheet", where=path, remedy="Save it again.")
        yield sheets[0]
    finally:
        book.close()


def _check(path: Path) -> None:
    """Look at what is in the file before anything of it is taken into the memory."""
    with zipfile.ZipFile(path) as archive:
        parts = [e for e in archive.infolist() if e.filename.endswith((".xml", ".rels"))]
        sheets = [e for e in parts if e.filename.startswith("xl/worksheets/")]
        largest = max((e.file_size for e in sheets), default=0)
        rest = sum(e.file_size for e in parts) - sum(e.file_size for e in sheets)
        for size, most, what in (
            (largest, MAX_SHEET_MB, "a sheet"),
            (rest, MAX_REST_MB, "its texts and styles"),
        ):
            if size > most * 1_000_000:
                raise InputError(
                    f"unpacks to more than {most} MB for {what}",
                    where=path,
                    remedy="Save it in several workbooks, or as CSV.",
                )
        for part in parts:
            if part.filename != "xl/sharedStrings.xml" and _has_far_cells(archive, part):
                raise InputError(
                    "has a cell in a column that no spreadsheet has",
                    where=path,
                    remedy="Open it in the spreadsheet program and save it again.",
                )


def _has_far_cells(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    before = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            if _FAR_RIGHT.search(before + piece):
                return True
            before = piece[-40:]
    return False


def _sheet_rows(
    sheet: ReadOnlyWorksheet, path: Path, *, values_only: bool
) -> Iterator[tuple[int, Sequence[Any]]]:
    # Some programs write a wrong extent into the sheet; let the cells speak.
    sheet.reset_dimensions()
    number = 0
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=values_only), 1):
            if number > MAX_ROWS:
                break
            yield number, cells
    except Exception as error:  # openpyxl raises whatever its XML parser meets
        raise InputError(
            "the first sheet of the workbook is damaged",
            where=path,
            remedy="Open it in the spreadsheet program and save it again.",
        ) from error
    if number > MAX_ROWS:
        raise InputError(
            f"has more than {MAX_ROWS} rows, which is more than a sheet can have",
            where=path,
            remedy="Delete the empty rows below the table, or save it as CSV.",
        )
