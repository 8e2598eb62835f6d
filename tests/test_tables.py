"""Tables as people hand them over: separators, encodings, workbooks, damage."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine import tables
from ccgmine.errors import InputError
from ccgmine.tables import read_delimited, read_table, stream_table

ROWS = [["id", "text"], ["1", "Long, wet; wait"], ["2", 'She said "no".\nTwice.'], ["3", "café"]]
CSV = 'id,text\n1,"Long, wet; wait"\n2,"She said ""no"".\nTwice."\n3,café\n'


def rows_of(path: Path) -> list[list[str]]:
    table = read_table(path)
    return [list(table.columns), *[list(cells) for _, cells in table.rows]]


def written(folder: Path, content: bytes | str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(CSV, "t.csv", id="commas"),
        pytest.param(CSV.replace("\n", "\r\n"), "t.csv", id="CRLF"),
        pytest.param(
            'id;text\n1;"Long, wet; wait"\n2;"She said ""no"".\nTwice."\n3;café\n',
            "t.csv",
            id="semicolons",
        ),
        pytest.param(
            'id\ttext\n1\tLong, wet; wait\n2\t"She said ""no"".\nTwice."\n3\tcafé\n',
            "t.csv",
            id="tabs in a .csv",
        ),
        pytest.param(
            'id\ttext\n1\tLong, wet; wait\n2\t"She said ""no"".\nTwice."\n3\tcafé\n',
            "t.tsv",
            id="a .tsv",
        ),
        pytest.param("sep=,\r\n" + CSV.replace("\n", "\r\n"), "t.csv", id="Excel's sep= line"),
        pytest.param("\n  \n" + CSV, "t.csv", id="empty lines above"),
        pytest.param(CSV + ",\n,\n\n", "t.csv", id="empty rows below"),
        pytest.param("id , text,,\n" + CSV[8:], "t.csv", id="empty columns on the right"),
        pytest.param(b"\xef\xbb\xbf" + CSV.encode(), "t.csv", id="byte order mark"),
        pytest.param(CSV.encode("utf-16"), "t.csv", id="UTF-16"),
        pytest.param(CSV.encode("cp1252"), "t.csv", id="Windows-1252"),
        pytest.param(
            "\n".join(json.dumps({"id": i, "text": t}) for i, t in ROWS[1:]),
            "t.jsonl",
            id="JSON lines",
        ),
        pytest.param(
            "\n\n".join(json.dumps({"text": t, "id": int(i)}) for i, t in ROWS[1:]),
            "t.ndjson",
            id="JSON lines with numbers, another order and empty lines",
        ),
        pytest.param(
            json.dumps({"columns": ["id"], "rows": [{"id": i, "text": t} for i, t in ROWS[1:]]}),
            "t.json",
            id="JSON as ccgmine writes it",
        ),
    ],
)
def test_the_same_rows_come_out_of_every_kind_of_file(tmp_path: Path, content, name) -> None:
    columns, *rows = rows_of(written(tmp_path, content, name))
    order = [columns.index("id"), columns.index("text")]
    assert [[row[i] for i in order] for row in rows] == ROWS[1:]


def test_a_workbook_reads_as_people_see_it(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for at, value in {
        "A2": "id", "B2": "text", "C2": "agreed",
        "A3": 17.0, "B3": "one", "C3": True,
        "A5": "GP 2", "B5": "two\nlines", "C5": 0.5,
    }.items():  # fmt: skip
        book.active[at] = value
    book.create_sheet("more")["A1"] = "not read"
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.columns == ("id", "text", "agreed")
    assert [(n, list(cells)) for n, cells in table.rows] == [
        (3, ["17", "one", "TRUE"]),
        (5, ["GP 2", "two\nlines", "0.5"]),
    ]


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0\r")), min_size=3, max_size=3),
        max_size=8,
    ),
    st.sampled_from(",;\t"),
)
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]], mark: str) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=mark, lineterminator="\n")
    writer.writerows([["a", "b", "c"], *rows])
    table = read_delimited(io.StringIO(stream.getvalue(), newline=""), "x")
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert [list(cells) for _, cells in table.rows] == filled


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        pytest.param("id,text\n1,a\n2,b\n", [2, 3], id="the header is row 1"),
        pytest.param("\n\nid,text\n1,a\n\n2,b\n", [4, 6], id="empty lines count"),
        pytest.param('id,text\n1,"a\nb"\n2,b\n', [2, 3], id="a cell of two lines is one row"),
        pytest.param("sep=;\nid;text\n1;a\n", [2], id="the sep= line does not count"),
    ],
)
def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path, content, numbers) -> None:
    assert [n for n, _ in read_table(written(tmp_path, content)).rows] == numbers


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        pytest.param("", "t.csv", "is empty", id="an empty file"),
        pytest.param("\n\n", "t.csv", "table is empty", id="nothing but line ends"),
        pytest.param("a,b,a\n1,2,3\n", "t.csv", "two columns are called 'a'", id="a column twice"),
        pytest.param("a,b\n1,2,3\n", "t.csv", "3 cells under 2", id="more cells than columns"),
        pytest.param('a,b\n1,"x\n2,y\n', "t.csv", "row 2: .*damaged", id="an open quotation mark"),
        pytest.param("a,b\n1,2\n", "t.ods", "kind '.ods' is not known", id="an unknown kind"),
        pytest.param(b"PK\3\4" + bytes(90), "t.csv", "not a text file", id="a zip called .csv"),
        pytest.param("a,b\n1,2\n", "t.xlsx", "cannot be opened", id="a CSV called .xlsx"),
        pytest.param('{"a": 1}\nno\n', "t.jsonl", "line 2: .*no JSON", id="a line of no JSON"),
        pytest.param("[1]\n", "t.jsonl", "line 1: .*no JSON object", id="a JSON list"),
        pytest.param('{"a": 1}\n{"b": 1}\n', "t.jsonl", "key 'b' is not", id="a new key"),
        pytest.param('{"a": "x\\u0000y"}\n', "t.jsonl", "NUL", id="a NUL character"),
        pytest.param('{"rows": 3}', "t.json", "no table as ccgmine", id="JSON of another kind"),
        pytest.param("[" * 100_000, "t.json", "no table as ccgmine", id="JSON that is too deep"),
    ],
)
def test_damage_is_refused_with_its_place(tmp_path: Path, content, name, said) -> None:
    with pytest.raises(InputError, match=said):
        rows_of(written(tmp_path, content, name))


def test_half_an_emoji_in_json_does_no_harm(tmp_path: Path) -> None:
    content = '{"id": "1", "text": "ok \\ud83d"}\n{"id": "2", "text": "\\ud83d\\ude00"}\n'
    rows = rows_of(written(tmp_path, content, "t.jsonl"))
    assert rows[1:] == [["1", "ok \ufffd"], ["2", "\U0001f600"]]


def test_a_column_is_found_by_name_and_the_nearest_is_suggested(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "Participant ID,comment\n1,a\n"))
    assert table.find("nothing", "participant_id") == 0
    assert table.index("comment") == 1
    with pytest.raises(InputError, match="Did you mean 'comment'"):
        table.index("coment")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_stream_reads_the_same_rows(tmp_path: Path, encoding: str) -> None:
    table = stream_table(written(tmp_path, CSV.encode(encoding)))
    assert [list(table.columns), *[list(cells) for _, cells in table.rows]] == ROWS


def test_a_line_without_end_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_CELL", 50)
    for line in ("1," + "a" * 60, '1,"' + "a\n" * 60):
        with pytest.raises(InputError, match=r"more than 50 characters|damaged"):
            list(stream_table(written(tmp_path, f"id,text\n{line}")).rows)
    assert len(list(stream_table(written(tmp_path, "id,text\n" + "1,a\n" * 60)).rows)) == 60
