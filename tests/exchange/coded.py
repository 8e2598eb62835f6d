"""A small study whose names spreadsheets love to spoil, and ways to spoil a table as they do."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import openpyxl

from ccgmine.domain import Coverage, Span
from ccgmine.report.sheet import Sheet
from ccgmine.report.writers import render_text, render_xlsx
from ccgmine.study import Study
from tests.building import add_coverage, code, made_study, person, predict, themes

SMILE = "\N{GRINNING FACE}"
SCRIPTS = {
    # Segments 1-2:1, 1-2:2, 1-2:3 …: a spreadsheet takes the transcript for a day in February.
    "1-2": [
        "I: What is it like?",
        f"P1: The meetings never end, {SMILE} honestly. |=We said money is short. |Nothing more.",
    ],
    "12": ["I: And you?", "P2: The money never comes. |I like the people here, caf\xe9 and all."],
    "talk": ["I: Both?", "P1: We agree on the money.", "P2: The meetings, then? |No idea at all."],
}
BOOK = themes("*burden", "burden/time", "burden/money", "people")
PEOPLE = (
    person("P1", "Site 1", "GP", age="40"),
    person("P2", "Site 2", "Manager", age="51"),
)
FOUND = {
    "1-2:1": {"time": 0.9},
    "1-2:2": {"money": 0.55, "time": 0.45},
    "12:1": {"money": 0.8},
    "12:2": {"people": 0.52},
    "talk:1": {"money": 0.97},
    "talk:2": {"time": 0.6},
}


@contextmanager
def coded_study(folder: Path, *, machine: bool = True) -> Iterator[Study]:
    """Ann has read ``talk`` in full and coded two passages of it; the machine has its say."""
    with made_study(folder, SCRIPTS, codebook=BOOK, people=PEOPLE, reference="ann") as study:
        code(study, "talk", "We agree on the money.", "money")
        code(study, "talk", "meetings", "time")
        add_coverage(study, Coverage("talk", "ann"))
        if machine:
            predict(study, FOUND, learned=["time", "money", "people"])
        yield study


def words_of(study: Study, transcript_id: str, span: Span) -> str:
    transcript = study.corpus.transcript(transcript_id)
    assert transcript is not None
    return transcript.text[span.start : span.end]


def said(study: Study, coder: str) -> set[tuple[str, str, str]]:
    """Transcript, words and theme of all that a coder coded."""
    return {
        (c.transcript_id, words_of(study, c.transcript_id, c.span), c.theme_id)
        for c in study.codings.all()
        if c.coder == coder
    }


def read_for(study: Study, coder: str) -> set[tuple[str, str, str, float | None]]:
    """Transcript, words, theme and selection probability of all that a coder has read."""
    return {
        (c.transcript_id, words_of(study, c.transcript_id, c.span), theme, c.selection_probability)
        for c in study.codings.coverage()
        if c.coder == coder and c.span is not None
        for theme in c.themes or ("*",)
    }


Rows = list[dict[str, str]]


def rows_of(sheet: Sheet, *, raw: bool = False) -> Rows:
    """The rows as a CSV reader sees them."""
    return list(csv.DictReader(io.StringIO(render_text(sheet, "csv", raw=raw))))


def decided(rows: Rows, decisions: Mapping[tuple[str, str], str]) -> Rows:
    """The rows with decisions written into them, by segment and theme."""
    return [{**row, "decision": decisions.get((row["segment"], row["theme"]), "")} for row in rows]


def write_csv(path: Path, rows: Rows, delimiter: str = ",", encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, errors="replace", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_german_excel(path: Path, rows: Rows) -> Path:
    """Opened and saved by Excel with German settings: days, times, commas, a code page."""
    spoilt = {"1-2": "01. Feb", "12:1": "12:01", "12:2": "12:02"}
    saved = [
        {
            name: spoilt.get(
                value, value.replace(".", ",", 1) if _is_number(value) else value
            ).strip()
            for name, value in reversed(row.items())
        }
        for row in rows
    ]
    return write_csv(path, saved, delimiter=";", encoding="cp1252")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def as_excel_workbook(path: Path, sheet: Sheet, decisions: Sequence[object]) -> Path:
    """Our own workbook, filled in and saved again, with a transcript and segments made dates."""
    path.write_bytes(render_xlsx([sheet]))
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    head = {
        str(cell.value): cell.column
        for row in page.iter_rows()
        for cell in row
        if cell.value and str(cell.value) in sheet.columns
    }
    first = next(r for r in range(1, 20) if page.cell(r, head["key"]).value == "key") + 1
    for i, decision in enumerate(decisions):
        page.cell(first + i, head["decision"], decision)
        if page.cell(first + i, head["transcript"]).value == "1-2":
            page.cell(first + i, head["transcript"], datetime.date(2026, 2, 1))
        page.cell(first + i, head["segment"], datetime.time(12, 1))
    book.save(path)
    return path
