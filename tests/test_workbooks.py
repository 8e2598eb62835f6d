"""Workbooks that are damaged or made to harm: our own errors, in little time and memory."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from ccgmine import workbooks
from ccgmine.errors import InputError
from ccgmine.tables import read_table

LAUGHS = "<!DOCTYPE d [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
)
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TEXT = '<row r="1"><c r="A1" t="inlineStr"><is><t>text</t></is></c></row>'


def workbook(path: Path, **parts: str) -> Path:
    """A workbook with one cell, some of its parts put in anew; "" takes a part away."""
    made, changed = io.BytesIO(), {}
    book = openpyxl.Workbook()
    book.active["A1"] = "text"
    book.save(made)
    for name, content in parts.items():
        changed[name.replace("__", "/") + ".xml"] = content
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))
    return path


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        pytest.param(
            f'{SHEET}<row r="1"><c r="AAAAAAAA1"><v>1</v></c></row></sheetData></worksheet>',
            "a column that no spreadsheet has",
            id="a cell at the end of the world",
        ),
        pytest.param(
            f'{SHEET}{TEXT}<row r="2000000000"><c><v>1</v></c></row></sheetData></worksheet>',
            "more than 20 rows",
            id="a row two thousand million down",
        ),
        pytest.param(
            f"{LAUGHS}]>{SHEET}{TEXT.replace('text', '&j;')}</sheetData></worksheet>",
            "cannot be opened|damaged",
            id="laughs",
        ),
        pytest.param(
            "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
            f"{SHEET}{TEXT.replace('text', '&x;')}</sheetData></worksheet>",
            "cannot be opened|damaged|is empty",
            id="a file of the machine",
        ),
        pytest.param(f"{SHEET}{'<a>' * 50_000}", "cannot be opened|damaged", id="deep nesting"),
        pytest.param("<worksheet/>", "is empty", id="nothing"),
    ],
)
def test_a_sheet_that_is_none_is_refused(
    sheet: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "MAX_ROWS", 20)
    path = workbook(tmp_path / "t.xlsx", xl__worksheets__sheet1=sheet)
    with pytest.raises(InputError, match=said):
        list(read_table(path).rows)


def test_a_workbook_without_a_sheet_is_refused(tmp_path: Path) -> None:
    book = (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/>'
        "</workbook>"
    )
    with pytest.raises(InputError, match=r"has no sheet|cannot be opened"):
        read_table(workbook(tmp_path / "t.xlsx", xl__workbook=book))


@pytest.mark.parametrize(
    ("part", "limit", "said"),
    [
        ("xl__worksheets__sheet1", "MAX_SHEET_MB", "more than 1 MB for a sheet"),
        ("xl__styles", "MAX_REST_MB", "more than 1 MB for its texts and styles"),
    ],
)
def test_a_bomb_is_refused_before_it_is_unpacked(
    part: str, limit: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, limit, 1)
    path = workbook(tmp_path / "t.xlsx", **{part: f"<x>{' ' * 1_100_000}</x>"})
    assert path.stat().st_size < 20_000
    with pytest.raises(InputError, match=said):
        read_table(path)
