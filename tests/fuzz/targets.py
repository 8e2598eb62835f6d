"""What is fuzzed: every reader of files, with small good files of its kind to begin with.

A target takes any bytes. It may raise our own errors and nothing else, and has to be done soon.
"""

from __future__ import annotations

import atexit
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ccgmine.codebook import read_codebook
from ccgmine.domain import Codebook
from ccgmine.errors import CcgmineError
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.run_codings import CodingOptions, import_coding_file
from ccgmine.exchange.run_import import ImportOptions, import_project, read_project
from ccgmine.ingest.comments import Columns, ThemeReading, read_comments
from ccgmine.ingest.gathering import gather
from ccgmine.ingest.people import read_people
from ccgmine.study import Study, create_study, open_study
from ccgmine.tables import stream_table
from tests.exchange import test_qualcoder, test_taguette
from tests.exchange.building import NVIVO_WINDOWS, WAYS, Doc, Mark, project_xml, texts_of, zipped
from tests.exchange.coded import coded_study
from tests.ingest.test_formats import ODT, odt
from tests.ingest.test_hostile import GOOD, W, package, survive

Run = Callable[[bytes, Path], None]
"""Reads the bytes; the folder is empty and its own."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that reads files, and good files to begin with."""

    seeds: Sequence[bytes]
    run: Run


# --- transcripts -----------------------------------------------------------------------------


def _transcript(suffix: str) -> Run:
    def run(raw: bytes, folder: Path) -> None:
        survive(raw, suffix)

    return run


def _docx_inside(raw: bytes, folder: Path) -> None:
    survive(package(word__document_xml=raw, word__styles_xml=raw), ".docx")


def _odt_inside(raw: bytes, folder: Path) -> None:
    survive(package(content_xml=raw), ".odt")


def _inside(raw: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return archive.read(name)


def _zip(raw: bytes, folder: Path) -> None:
    path = folder / "x.zip"
    path.write_bytes(raw)
    for found in gather([path]).files:
        with suppress(CcgmineError):
            found.load()


_PARAGRAPH = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>I: Why?</w:t></w:r></w:p>"
_DOCX = (
    f"<w:document {W}><w:body>{_PARAGRAPH}<w:tbl><w:tr><w:tc>{_PARAGRAPH}</w:tc><w:tc>{_PARAGRAPH}"
    f"</w:tc></w:tr></w:tbl><w:sdt><w:sdtContent><w:p><w:ins><w:r><w:t>P</w:t><w:tab/><w:br/>"
    f"</w:r></w:ins><w:del><w:r><w:t>x</w:t></w:r></w:del></w:p></w:sdtContent></w:sdt></w:body>"
    f"<w:style w:styleId='B'><w:basedOn w:val='C'/><w:rPr><w:b w:val='0'/></w:rPr></w:style>"
    f"</w:document>"
)


# --- tables ----------------------------------------------------------------------------------

_CSV = "participant_id,site,respondent_type,text,theme,quote\nGP 1,A,GP,So é 😀.,money,so\n"
_JSONL = '{"participant_id": "GP 1", "text": "so", "site": null, "n": [1, 2.0]}\n'


def _table(suffix: str) -> Run:
    def run(raw: bytes, folder: Path) -> None:
        path = folder / f"t{suffix}"
        path.write_bytes(raw)
        for read in (_people, _codebook, _comments, _stream):
            with suppress(CcgmineError):
                read(path)

    return run


def _people(path: Path) -> None:
    read_people(path)


def _codebook(path: Path) -> None:
    read_codebook(path)


def _comments(path: Path) -> None:
    columns = Columns(text="text", participant="participant_id", themes="theme")
    read_comments(path, columns, Codebook(), ThemeReading(new_themes=True))


def _stream(path: Path) -> None:
    if path.suffix != ".xlsx":
        for _ in stream_table(path).rows:
            pass


@cache
def _xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in _CSV.splitlines():
        book.active.append(row.split(","))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension '
    'ref="A1:B2"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>text</t></is></c><c r="B1" '
    't="s"><v>0</v></c></row><row r="2"><c r="A2"><v>1.5</v></c><c r="B2" t="d"><v>2024-01-01</v>'
    '</c><c r="C2" t="b"><v>1</v></c><c r="D2" t="e"><v>#N/A</v></c></row></sheetData></worksheet>'
)


def _xlsx_inside(raw: bytes, folder: Path) -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_xlsx())) as old,
        zipfile.ZipFile(stream, "w") as new,
    ):
        for name in old.namelist():
            replaced = name in {"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"}
            new.writestr(name, raw if replaced else old.read(name))
    _table(".xlsx")(stream.getvalue(), folder)


# --- projects --------------------------------------------------------------------------------

_DOC = Doc("Interview", "I: Why?\nP: The money 😀 was gone.", [Mark("money 😀 was", "Money/Spent")])
_CODES = ["Money", "Money/Spent"]


def _project(name: str) -> Run:
    def run(raw: bytes, folder: Path) -> None:
        path = folder / name
        path.write_bytes(raw)
        _take(path, folder)

    return run


def _take(path: Path, folder: Path) -> None:
    """Read a project and, if it can be read, take it into a new study."""
    with suppress(CcgmineError):
        project = read_project(path, ReadOptions())
        create_study(folder / "study", Codebook())
        with open_study(folder / "study", write=True) as study:
            import_project(study, project, path, ImportOptions(), lambda *_: None)


def _qdpx_inside(raw: bytes, folder: Path) -> None:
    path = folder / "p.qdpx"
    path.write_bytes(zipped({"project.qde": raw, **texts_of(NVIVO_WINDOWS, [_DOC])}))
    _take(path, folder)


def _xml(way: str) -> bytes:
    return project_xml(WAYS[way], [_DOC], _CODES).encode()


def _qdpx(way: str) -> bytes:
    return zipped({"project.qde": _xml(way), **texts_of(WAYS[way], [_DOC])})


_QDC = (
    b'<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="ATLAS.ti"><Codes><Code guid="{1}" '
    b'name="A::B" isCodable="true"><Description>So.</Description><Code guid="2" name="C"/></Code>'
    b'</Codes><Sets><Set guid="3" name="S"><MemberCode guid="1"/></Set></Sets></CodeBook>'
)


@cache
def _taguette() -> bytes:
    with TemporaryDirectory() as folder:
        return test_taguette.made(Path(folder)).read_bytes()


@cache
def _qualcoder() -> bytes:
    with TemporaryDirectory() as folder:
        return (test_qualcoder.made(Path(folder)) / "data.qda").read_bytes()


# --- files of codings ------------------------------------------------------------------------


@cache
def _study() -> Study:
    """One study for all inputs: what each takes in, the next one replaces."""
    open_till_the_end = ExitStack()
    atexit.register(open_till_the_end.close)
    folder = open_till_the_end.enter_context(TemporaryDirectory())
    return open_till_the_end.enter_context(coded_study(Path(folder) / "study"))


def _codings(suffix: str) -> Run:
    def run(raw: bytes, folder: Path) -> None:
        path = folder / f"c{suffix}"
        path.write_bytes(raw)
        for options in (
            CodingOptions(coder="eve"),
            CodingOptions(coder="eve", skip_bad=True, columns={"theme": "theme", "quote": "quote"}),
        ):
            with suppress(CcgmineError):
                import_coding_file(_study(), path, options)

    return run


_TASK = {
    "id": 1, "data": {"text": "The money never comes. ", "segment": "12:1", "offered": ["money"]},
    "annotations": [{"completed_by": {"email": "a"}, "result": [
        {"type": "choices", "value": {"choices": ["Money"]}},
        {"type": "labels", "value": {"start": 4, "end": 9, "text": "money", "labels": ["Money"]}},
    ]}],
}  # fmt: skip
_PRODIGY = {
    "text": "The money never comes. ", "options": [{"id": "money"}], "accept": ["money"],
    "answer": "accept", "spans": [{"start": 4, "end": 9, "label": "money"}], "_annotator_id": "a",
}  # fmt: skip
_DOCCANO = {"id": 1, "text": "The money never comes. ", "label": [[4, 9, "Money"], "time"]}
_NVIVO = (
    "Name: Money\n\n<Files\\\\12> - § 1 reference coded [5.12% Coverage]\n\n"
    "Reference 1 - 5.12% Coverage\n\nThe money never comes.\n"
)
_TABLES = [
    "transcript,theme,coder,quote,start,end\n12,Money,ann,The money,,\n12,time,ann,,0,4\n",
    "transcript,coder,themes,start,end,selection_probability\n12,ann,,,,0.5\n",
    "Document name,Code,Segment,Coverage %,Modified by\n12,Money,The money,1.2,ann\n",
    "Document,Quotation Content,Codes,Created by\nD 1: 12,The money,Money;Time,ann\n",
    "key,segment,theme,decision,probability,text\nx,12:1,money,yes,0.5,The money never comes.\n",
]


def _lines(*records: object) -> bytes:
    return "\n".join(json.dumps(r) for r in records).encode()


TARGETS: dict[str, Target] = {
    **{
        suffix.removeprefix("."): Target([raw], _transcript(suffix)) for suffix, raw in GOOD.items()
    },
    "docx-inside": Target([_DOCX.encode()], _docx_inside),
    "odt-inside": Target([_inside(odt("".join(ODT.values())), "content.xml")], _odt_inside),
    "zip": Target([package(a_txt="I: Why?", b__c_txt="x")], _zip),
    "csv": Target([_CSV.encode(), _CSV.replace(",", ";").encode("utf-16")], _table(".csv")),
    "jsonl": Target([_JSONL.encode()], _table(".jsonl")),
    "xlsx": Target([_xlsx()], _table(".xlsx")),
    "xlsx-inside": Target([_SHEET.encode()], _xlsx_inside),
    "qdpx": Target([_qdpx(i) for i in WAYS], _project("p.qdpx")),
    "qdpx-inside": Target([_xml(i) for i in WAYS], _qdpx_inside),
    "qdc": Target([_QDC], _project("p.qdc")),
    "taguette": Target([_taguette()], _project("p.sqlite3")),
    "qualcoder": Target([_qualcoder()], _project("data.qda")),
    "codings-csv": Target([t.encode() for t in _TABLES], _codings(".csv")),
    "codings-json": Target([json.dumps([_TASK]).encode()], _codings(".json")),
    "codings-jsonl": Target([_lines(_PRODIGY), _lines(_DOCCANO)], _codings(".jsonl")),
    "codings-txt": Target([_NVIVO.encode()], _codings(".txt")),
}
