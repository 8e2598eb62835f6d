"""Codebooks that NVivo and Taguette export: codes alone, nested by paths or indents."""

from __future__ import annotations

from pathlib import Path

import docx
import openpyxl
import pytest
from docx.shared import Pt
from openpyxl.styles import Alignment

from ccgmine.errors import InputError
from ccgmine.exchange.project import Project
from ccgmine.exchange.run_codebooks import read_codebook_export
from ccgmine.study import create_study
from tests.building import themes
from tests.exchange.test_columns import table
from tests.running import ccgmine

HEADER = ("Name", "Description", "Files", "References")
CODES = (("Burden", 0, "What weighs"), ("Meetings", 1, ""), ("Long", 2, ""), ("Money", 1, ""),
         ("People", 0, ""), ("Meetings", 1, "With people"))  # fmt: skip
PATHS = {
    ("Burden",): "What weighs",
    ("Burden", "Meetings"): "",
    ("Burden", "Meetings", "Long"): "",
    ("Burden", "Money"): "",
    ("People",): "",
    ("People", "Meetings"): "With people",
}


def in_word(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("Codes")
    rows = document.add_table(1, 4)
    for cell, name in zip(rows.rows[0].cells, HEADER, strict=True):
        cell.text = name
    for name, depth, definition in CODES:
        cells = rows.add_row().cells
        cells[0].text, cells[1].text, cells[2].text, cells[3].text = name, definition, "3", "7"
        cells[0].paragraphs[0].paragraph_format.left_indent = Pt(12 * depth)
    document.save(str(path))
    return path


def in_excel(path: Path) -> Path:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(list(HEADER))
    for name, depth, definition in CODES:
        page.append([name, definition, 3, 7])
        page.cell(page.max_row, 1).alignment = Alignment(indent=depth)
    book.save(path)
    return path


def in_spaces(path: Path) -> Path:
    return table(path, HEADER, *[("  " * depth + name, text, 3, 7) for name, depth, text in CODES])


def by_path(path: Path) -> Path:
    rows = [("\\".join(("Codes\\", *names)), text, 3, 7) for names, text in PATHS.items()]
    return table(path, HEADER, *reversed(rows))  # children before parents


def codes(project: Project | None) -> dict[tuple[str, ...], str]:
    assert project is not None
    assert all(code.codable for code in project.codes)
    return {code.path: code.definition for code in project.codes}


@pytest.mark.parametrize(
    ("write", "name"),
    [(in_word, "c.docx"), (in_excel, "c.xlsx"), (in_spaces, "c.csv"), (by_path, "c.csv")],
)
def test_nvivos_codes_are_nested_however_that_is_written(
    tmp_path: Path, write: object, name: str
) -> None:
    assert callable(write)
    assert codes(read_codebook_export(write(tmp_path / name))) == PATHS


def test_a_parent_without_a_row_only_groups(tmp_path: Path) -> None:
    project = read_codebook_export(table(tmp_path / "c.csv", HEADER, ("Burden\\Money", "", 1, 1)))
    assert project is not None
    assert [(c.path, c.codable) for c in project.codes] == [
        (("Burden",), False),
        (("Burden", "Money"), True),
    ]


def test_taguettes_tags_are_names_whatever_is_in_them(tmp_path: Path) -> None:
    header = ("tag", "description", "number of highlights", "number of documents")
    path = table(tmp_path / "c.csv", header, ("a.b\\c", "text", 3, 1))
    assert codes(read_codebook_export(path)) == {("a.b\\c",): "text"}


def test_other_tables_and_documents_are_no_codebooks(tmp_path: Path) -> None:
    plain = docx.Document()
    plain.add_table(1, 2).rows[0].cells[0].text = "Name"
    plain.save(str(tmp_path / "talk.docx"))
    assert read_codebook_export(tmp_path / "talk.docx") is None
    assert read_codebook_export(table(tmp_path / "t.csv", ("Name", "Description"))) is None
    assert read_codebook_export(tmp_path / "t.json") is None


@pytest.mark.parametrize(
    "names", [["\\".join("x" * 300)], [" " * i + "n" for i in range(300)]], ids=["path", "indents"]
)
def test_codes_nested_without_end_are_refused(tmp_path: Path, names: list[str]) -> None:
    path = table(tmp_path / "c.csv", HEADER, *[(name, "", 1, 1) for name in names])
    with pytest.raises(InputError, match="more than 200 levels"):
        read_codebook_export(path)


def test_a_codebook_without_codes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the codebook has no codes"):
        read_codebook_export(table(tmp_path / "c.csv", HEADER))


def test_import_adds_what_the_codebook_lacks_when_told_to(tmp_path: Path) -> None:
    create_study(tmp_path / "study", themes("burden", "burden/money"))
    path = in_excel(tmp_path / "c.xlsx")
    refused = ccgmine("import", path, "--study", tmp_path / "study")
    assert refused.code == 3
    assert "the theme 'Burden > Meetings' is not in the codebook" in refused.err
    added = ccgmine("import", path, "--new-themes", "--study", tmp_path / "study")
    assert "c.xlsx: a codebook of NVivo: 4 themes added" in added.err
    assert "Burden > Meetings > Long,Long,Burden > Meetings,,yes" in (
        (tmp_path / "study" / "codebook.csv").read_text("utf-8-sig")
    )
