"""Projects and coded text of QualCoder: every coding word for word, and nothing else touched."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccgmine.domain import Span
from ccgmine.errors import CcgmineError
from ccgmine.exchange.run_codings import CodingOptions, import_coding_file
from tests.exchange.databases import change, quotes, read, refused, write_database
from tests.exchange.test_project_import import coded, fresh, people, take

TABLES = {
    "project": "databaseversion, date, memo, about, codername",
    "source": "id INTEGER PRIMARY KEY, name, fulltext, mediapath, memo, owner, date, av_text_id",
    "code_name": "cid INTEGER PRIMARY KEY, name, memo, catid, owner, date, color",
    "code_cat": "catid INTEGER PRIMARY KEY, name, owner, date, memo, supercatid",
    "code_text": "ctid INTEGER PRIMARY KEY, cid, fid, seltext, pos0, pos1, owner, date, memo, "
    "avid, important",
    "cases": "caseid INTEGER PRIMARY KEY, name, memo, owner, date",
    "case_text": "id INTEGER PRIMARY KEY, caseid, fid, pos0, pos1, owner, date, memo",
    "attribute_type": "name, date, owner, memo, caseOrFile, valuetype",
    "attribute": "attrid INTEGER PRIMARY KEY, name, attr_type, value, id, date, owner",
    "annotation": "anid INTEGER PRIMARY KEY, fid, pos0, pos1, memo, owner, date",
    "journal": "jid INTEGER PRIMARY KEY, name, jentry, date, owner",
    "code_image": "imid INTEGER PRIMARY KEY, id, cid",
    "code_av": "avid INTEGER PRIMARY KEY, id, cid",
}
ANNA = "The money 😀 was gone.\r\nAll of it, we said 😀.\r\nNobody read the papers."
# Code points of ANNA: "money 😀 was" 4 to 15, "gone" 16 to 20, "All of it" 23 to 32,
# "Nobody" 46 to 52.
BEN = "\ufeffLong meetings, all of them."
FILES = [
    {"id": 1, "name": "Anna.docx", "fulltext": ANNA, "memo": "by phone"},
    {"id": 2, "name": "Ben.txt", "fulltext": BEN},
    {"id": 3, "name": "photo.png", "fulltext": None, "mediapath": "/images/photo.png"},
]
CODINGS = [
    (1, 1, 4, 15, "money 😀 was", "ann"),
    (2, 1, 16, 20, "gone", "ben"),
    (2, 1, 23, 32, "All of it", "ann"),
    (3, 1, 46, 52, "Nobody", "ann"),
    (3, 2, 1, 5, "Long", "ben"),
    (3, 3, 0, 0, "", "ben"),
]


def row(coding: tuple[object, ...]) -> dict[str, object]:
    names = ("cid", "fid", "pos0", "pos1", "seltext", "owner")
    return {**dict(zip(names, coding, strict=True)), "date": "2024-05-03 10:00:00"}


def made(folder: Path, codings: list[tuple[object, ...]] = CODINGS) -> Path:  # type: ignore[assignment]
    inside = folder / "Meetings.qda"
    inside.mkdir()
    (inside / "pseudonyms.json").write_text('{"P1": "Anna Real"}')
    rows = {
        "project": [{"databaseversion": "v13"}],
        "source": FILES,
        "code_cat": [
            {"catid": 1, "name": "Burden", "memo": "What weighs"},
            {"catid": 2, "name": "Money", "supercatid": 1},
        ],
        "code_name": [
            {"cid": 1, "name": "Spent", "catid": 2, "memo": "It is gone"},
            {"cid": 2, "name": "Lost", "catid": 1},
            {"cid": 3, "name": "Burden"},
        ],
        "code_text": [row(c) for c in codings],
        "cases": [{"caseid": 1, "name": "P1"}, {"caseid": 2, "name": "P2", "memo": "shy"}],
        "case_text": [
            {"caseid": 1, "fid": 1, "pos0": 0, "pos1": 0},
            {"caseid": 2, "fid": 2, "pos0": 1, "pos1": 28},
        ],
        "attribute": [
            {"name": "site", "attr_type": "case", "value": "North", "id": 1},
            {"name": "age", "attr_type": "case", "value": 51, "id": 2},
            {"name": "wave", "attr_type": "file", "value": "2", "id": 1},
            {"name": "empty", "attr_type": "file", "value": "", "id": 1},
        ],
        "annotation": [{"fid": 1, "pos0": 16, "pos1": 20, "memo": "how?", "owner": "ann"}],
        "code_image": [{"id": 3, "cid": 1}],
    }
    write_database(inside / "data.qda", TABLES, rows)  # type: ignore[arg-type]
    return inside


WANTED = [
    ("Anna.docx", "Burden (2) > Money > Spent", "ann", "money 😀 was"),
    ("Anna.docx", "Burden (2) > Lost", "ben", "gone"),
    ("Anna.docx", "Burden (2) > Lost", "ann", "All of it"),
    ("Anna.docx", "Burden", "ann", "Nobody"),
    ("Ben.txt", "Burden", "ben", "Long"),
]


@pytest.mark.parametrize("name", ["", "data.qda"], ids=["the folder", "the database in it"])
def test_every_coding_word_for_word(name: str, tmp_path: Path) -> None:
    project = read(made(tmp_path) / name)
    assert quotes(project) == WANTED
    assert project.name == "Meetings"
    assert project.sources[0].text == ANNA.replace("\r\n", "\n")
    assert project.sources[0].positions == (
        "positions read as codepoint,crlf2,nomark (4 of 4 quotes match)"
    )
    assert project.sources[0].attributes == (("wave", "2"),)
    assert [c.definition for c in project.codes if c.codable] == ["", "", "It is gone"]
    assert (project.in_file.sources, project.in_file.codings) == (3, 7)
    assert project.lost == (
        "photo.png: 1 codings, since it has no text",
        "1 codings of pictures, sound and films",
    )
    assert "Real" not in repr(project)


def test_a_project_becomes_a_study_with_its_people_and_twice_is_once(tmp_path: Path) -> None:
    path = made(tmp_path)
    with fresh(tmp_path / "s") as study:
        report = take(study, path)
        assert coded(study) == [
            ("Anna", "Burden", "ann", "Nobody"),
            ("Anna", "Burden (2) > Lost", "ann", "All of it"),
            ("Anna", "Burden (2) > Lost", "ben", "gone"),
            ("Anna", "Burden (2) > Money > Spent", "ann", "money 😀 was"),
            ("Ben", "Burden", "ben", "Long"),
        ]
        assert people(study) == {"P1": ("North", "", {"wave": "2"}), "P2": ("", "", {"age": "51"})}
        assert report.in_study.codings == 5
        assert not take(study, path).changed_anything
        assert not take(study, path / "data.qda").changed_anything
    assert not list(tmp_path.glob("s/**/pseudonyms*"))


def test_notes_are_kept_apart(tmp_path: Path) -> None:
    remarks = {(r.kind, r.text, r.span) for r in read(made(tmp_path)).remarks}
    assert remarks == {
        ("annotation", "how?", Span(16, 20)),
        ("memo", "by phone", None),
        ("memo", "shy", None),
    }


def test_hand_codings_in_utf16_units_beside_automatic_ones_are_both_right(tmp_path: Path) -> None:
    text = ANNA.replace("\r\n", "\n")
    at = len(text[: text.index("papers")].encode("utf-16-le")) // 2
    lines = len(ANNA[: ANNA.index("papers")])
    codings = [
        (2, 1, at, at + 6, "papers", "ann"),  # UTF-16, a line end counts one
        (2, 1, lines, lines + 6, "papers", "ben"),  # code points, a line end counts two
        (2, 1, 1, 2, "we said", "ann"),  # nowhere near
        (2, 1, 1, 2, "in no place", "ann"),
        (2, 1, "x", None, "read the papers", "ann"),
    ]
    project = read(made(tmp_path, codings))  # type: ignore[arg-type]
    assert [q[2:] for q in quotes(project)] == [
        ("ann", "papers"), ("ben", "papers"), ("ann", "we said"), ("ann", "read the papers")
    ]  # fmt: skip
    assert "Anna.docx: 1 codings of places that its text has not" in project.lost


@pytest.mark.parametrize(
    ("statement", "match"),
    [
        pytest.param("DROP TABLE code_cat", "'code_cat' is missing", id="a table is missing"),
        pytest.param("ALTER TABLE source DROP COLUMN fulltext", "'fulltext'", id="a column"),
        pytest.param("UPDATE source SET fulltext = NULL", "any text", id="no text"),
        pytest.param("UPDATE code_cat SET supercatid = 2", "without end", id="a ring"),
        pytest.param("UPDATE source SET fulltext = zeroblob(3000000)", "text_mb", id="huge"),
    ],
)
def test_what_is_refused(statement: str, match: str, tmp_path: Path) -> None:
    path = made(tmp_path)
    change(path / "data.qda", statement)
    refused(path, match, text_mb=2)


def test_what_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "a.qda").mkdir()
    refused(tmp_path / "a.qda", "data.qda")
    (tmp_path / "b.qda").write_text("words")
    refused(tmp_path / "b.qda", "no SQLite database")
    refused(write_database(tmp_path / "c.qda", {"x": "a"}, {}), "is no project of QualCoder")


def test_values_of_any_type_and_tables_that_older_versions_lack(tmp_path: Path) -> None:
    path = made(tmp_path)
    change(
        path / "data.qda",
        "UPDATE code_text SET owner = 7.5, date = x'00', memo = 3 WHERE ctid = 1",
        "UPDATE code_text SET pos1 = 9223372036854775807 WHERE ctid = 2",
        "UPDATE code_name SET name = NULL, catid = 'x' WHERE cid = 2",
        "UPDATE source SET fulltext = 'a' || char(0) || 'b money' WHERE id = 2",
        "UPDATE code_text SET pos0 = 4, pos1 = 9, seltext = 'money' WHERE ctid = 5",
        "DROP TABLE code_av",
        "DROP TABLE attribute",
        "DROP TABLE journal",
    )
    project = read(path)
    assert quotes(project) == [
        ("Anna.docx", "Burden (2) > Money > Spent", "7.5", "money 😀 was"),
        ("Anna.docx", "code", "ben", "gone"),
        ("Anna.docx", "code", "ann", "All of it"),
        ("Anna.docx", "Burden", "ann", "Nobody"),
        ("Ben.txt", "Burden", "ben", "money"),
    ]


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_gives_our_own_errors_or_a_project(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "Meetings.qda" / "data.qda"
    if not path.exists():
        made(tmp_path)
        (tmp_path / "good").write_bytes(path.read_bytes())
    raw = bytearray((tmp_path / "good").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(1, len(raw)))])
    with contextlib.suppress(CcgmineError):
        read(path)


def test_coded_text_as_a_table(tmp_path: Path) -> None:
    table = tmp_path / "report.csv"
    table.write_text(
        '"File","Coder","Coded","Id","Codename","Coded_Memo","Category","Category"\n'
        '"Anna.docx","cleo","All of it,\nwe said 😀.","ctid:1","Lost","","Burden",""\n',
        "utf-8-sig",
    )
    with fresh(tmp_path / "s") as study:
        take(study, made(tmp_path))
        assert import_coding_file(study, table, CodingOptions()).kind == "QualCoder coded text"
        assert [c for c in coded(study) if c[2] == "cleo"] == [
            ("Anna", "Burden (2) > Lost", "cleo", "All of it, we said 😀.")
        ]
