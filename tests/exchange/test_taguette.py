"""Projects and highlights of Taguette: every coding word for word, and no harm from bad files."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccgmine.domain import Codebook, Span, Theme
from ccgmine.errors import CcgmineError
from ccgmine.exchange.run_codings import CodingOptions, import_coding_file
from ccgmine.exchange.web_text import read_web_text
from ccgmine.study import create_study, open_study
from tests.exchange.databases import change, quotes, read, refused, write_database
from tests.exchange.test_project_import import coded, fresh, take

TABLES = {
    "projects": "id INTEGER PRIMARY KEY, name, description, created",
    "documents": "id INTEGER PRIMARY KEY, name, description, filename, created, project_id, "
    "text_direction, contents",
    "highlights": "id INTEGER PRIMARY KEY, document_id, start_offset, end_offset, snippet",
    "tags": "id INTEGER PRIMARY KEY, project_id, path, description, parent_id",
    "highlight_tags": "highlight_id, tag_id",
    "commands": "id INTEGER PRIMARY KEY, date, user_login, project_id, document_id, payload",
    "users": "login, hashed_password, email",
}
HTML = (
    "<h1>Anna &amp; Ben 😀</h1><p>The <b>money</b> was gone 😀 by May.</p>\r\n"
    "<p>All of it, we\r\nsaid.</p><p>Café closed.</p>"
)
# The bytes of "Anna & Ben 😀The money was gone 😀 by May.\nAll of it, we\nsaid.Café closed."
# "Anna & Ben 😀" is 15, "The money was gone 😀 by May." 31 (to 46), the line end 1,
# "All of it, we\nsaid." 19 (47 to 66), "Café closed." 13 (66 to 79).
MARKS = [
    (1, 19, 37, "<b>money</b> was gone 😀", [1, 2]),
    (2, 11, 15, "<h1>😀</h1>", [2]),
    (3, 57, 66, "<p>we\nsaid.</p>", [1]),
    (4, 66, 71, "<p>Café</p>", [1]),
    (5, 41, 54, "<p>May.</p>\n<p>All of</p>", [2]),
]


def log(number: int, user: str, highlight: int, tags: list[int]) -> dict[str, object]:
    said = {"type": "highlight_add", "highlight_id": highlight, "tags": tags}
    return {
        "id": number, "date": f"2024-05-03 10:0{number}:00.000000", "user_login": user,
        "project_id": 1, "document_id": 1, "payload": json.dumps(said),
    }  # fmt: skip


def made(folder: Path, html: str = HTML, marks: list = MARKS) -> Path:  # type: ignore[type-arg]
    rows = {
        "projects": [{"id": 1, "name": "Meetings", "description": "What we ask"}],
        "documents": [
            {"id": 1, "name": "Anna.docx", "description": "", "project_id": 1, "contents": html}
        ],
        "tags": [
            {"id": 1, "project_id": 1, "path": "Burden", "description": "What weighs"},
            {"id": 2, "project_id": 1, "path": "time.lost", "description": ""},
        ],
        "highlights": [
            {"id": i, "document_id": 1, "start_offset": a, "end_offset": b, "snippet": snippet}
            for i, a, b, snippet, _ in marks
        ],
        "highlight_tags": [{"highlight_id": m[0], "tag_id": tag} for m in marks for tag in m[4]],
        "commands": [
            log(1, "ann", 1, [1]), log(2, "ben", 1, [1, 2]), log(3, "ann", 2, [2]),
            {"id": 4, "user_login": "ann", "payload": "{"}, log(5, "ben", 3, [1]),
        ],
        "users": [{"login": "ann", "hashed_password": "secret", "email": "a@b.example"}],
    }  # fmt: skip
    return write_database(folder / "meetings.sqlite3", TABLES, rows)  # type: ignore[arg-type]


WANTED = [
    ("Anna.docx", "Burden", "ann", "money was gone 😀"),
    ("Anna.docx", "time.lost", "ben", "money was gone 😀"),
    ("Anna.docx", "time.lost", "ann", "😀"),
    ("Anna.docx", "Burden", "ben", "we said."),
    ("Anna.docx", "Burden", "", "Café"),
    ("Anna.docx", "time.lost", "", "May.\nAll of"),
]


def test_every_highlight_word_for_word(tmp_path: Path) -> None:
    project = read(made(tmp_path))
    assert quotes(project) == WANTED
    assert project.sources[0].text == (
        "Anna & Ben 😀\nThe money was gone 😀 by May.\nAll of it, we said.\nCafé closed."
    )
    assert project.sources[0].positions == "positions read as UTF-8 bytes (5 of 5 quotes match)"
    assert [(c.path, c.definition) for c in project.codes] == [
        (("Burden",), "What weighs"), (("time.lost",), "")
    ]  # fmt: skip
    assert project.codings[1].at == "2024-05-03T10:02:00.000000"
    assert (project.in_file.codings, project.lost) == (6, ())
    assert "secret" not in repr(project)


def test_a_project_becomes_a_study_and_twice_is_once(tmp_path: Path) -> None:
    path = made(tmp_path)
    with fresh(tmp_path / "s") as study:
        report = take(study, path)
        assert coded(study) == [
            ("Anna", "Burden", "ann", "money was gone 😀"),
            ("Anna", "Burden", "ben", "we said."),
            ("Anna", "Burden", "hand", "Café"),
            ("Anna", "time.lost", "ann", "😀"),
            ("Anna", "time.lost", "ben", "money was gone 😀"),
            ("Anna", "time.lost", "hand", "May. All of"),
        ]
        assert (report.in_file.codings, report.in_study.codings) == (6, 6)
        assert not take(study, path).changed_anything


def test_white_space_before_the_document_is_not_counted_unless_the_words_say_so(
    tmp_path: Path,
) -> None:
    assert quotes(read(made(tmp_path, "\n\n  " + HTML))) == WANTED
    (tmp_path / "b").mkdir()
    moved = [(i, a + 4, b + 4, snippet, tags) for i, a, b, snippet, tags in MARKS]
    assert quotes(read(made(tmp_path / "b", "\n\n  " + HTML, moved))) == WANTED


def test_words_decide_where_places_are_wrong(tmp_path: Path) -> None:
    marks = [(1, 0, 4, "closed", [1]), (2, 3, 5, "it", [1]), (3, 500, 600, "of it", [1]),
             (4, "x", None, "nowhere", [1]), (5, 66, 71, "", [1])]  # fmt: skip
    project = read(made(tmp_path, marks=marks))
    assert [q[3] for q in quotes(project)] == ["closed", "it", "of it", "Café"]
    assert project.lost == ("Anna.docx: 1 codings of places that its text has not",)


def test_several_projects_are_refused_by_name_and_empty_ones_do_not_count(tmp_path: Path) -> None:
    path = made(tmp_path)
    change(path, "INSERT INTO projects (id, name) VALUES (2, 'Other')")
    assert quotes(read(path)) == WANTED
    change(path, "INSERT INTO documents (id, name, project_id, contents) VALUES (9, 'x', 2, 'y')")
    refused(path, "holds 2 projects: 'Meetings', 'Other'")


@pytest.mark.parametrize(
    ("statement", "match"),
    [
        pytest.param("DROP TABLE tags", "the table 'tags' is missing", id="a table is missing"),
        pytest.param(
            "ALTER TABLE highlights DROP COLUMN end_offset", "column 'end_offset'",
            id="a column is missing",
        ),
        pytest.param("DELETE FROM documents", "sources has any text", id="no documents"),
        pytest.param("UPDATE documents SET contents = ''", "has any text", id="empty documents"),
        pytest.param("UPDATE documents SET contents = x'00ff'", "any text", id="bytes for text"),
        pytest.param(
            "UPDATE documents SET contents = zeroblob(3000000)", "text_mb", id="a huge value"
        ),
    ],
)  # fmt: skip
def test_what_is_refused(statement: str, match: str, tmp_path: Path) -> None:
    refused(change(made(tmp_path), statement), match, text_mb=2)


def test_a_view_instead_of_a_table_is_not_run(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"
    path = change(made(tmp_path), "DROP TABLE tags", f"CREATE VIEW tags AS {endless}")
    refused(path, "the table 'tags' is missing")


def test_a_schema_that_is_no_text_is_damage(tmp_path: Path) -> None:
    path = made(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE tags", b"CREATE\xffTABLE tags"))
    refused(path, "is damaged")


def test_too_many_rows_and_a_file_still_open_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path)
    refused(path, "too many rows", elements=5)
    Path(f"{path}-wal").write_bytes(b"x")
    refused(path, "still open in another program")


def test_values_of_any_type_are_no_reason_to_fall_over(tmp_path: Path) -> None:
    path = change(
        made(tmp_path),
        "UPDATE tags SET path = x'00' WHERE id = 1",
        "UPDATE highlights SET end_offset = 9e99 WHERE id = 2",
        "UPDATE highlights SET start_offset = -9223372036854775808, snippet = 7 WHERE id = 3",
        "UPDATE documents SET name = 5",
        "UPDATE commands SET payload = '[' || payload WHERE id = 5",
        "INSERT INTO highlight_tags VALUES (NULL, 'x'), (4, 77), (99, 1)",
    )
    project = read(path)
    assert ("5", "tag", "ann", "money was gone 😀") in quotes(project)
    assert "1 codings with a tag that is not in the project" in project.lost


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_gives_our_own_errors_or_a_project(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "meetings.sqlite3"
    if not path.exists():
        made(tmp_path)
        (tmp_path / "good").write_bytes(path.read_bytes())
    raw = bytearray((tmp_path / "good").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(1, len(raw)))])
    with contextlib.suppress(CcgmineError):
        read(path)


PIECES = st.sampled_from(
    ["<p>", "</p>", "<br/>", "<b>", "<a href='>'>", " ", "\n", "😀", "é", "word", "&amp;", "<",
     "&#99999999;", "<!-- x -->", "<pre>\n", "</pre>", "<td>", "\0", "&lt;b&gt;", '<i title="']
)  # fmt: skip


@given(st.lists(PIECES, max_size=30))
def test_every_character_that_is_no_white_space_keeps_its_place(pieces: list[str]) -> None:
    page = read_web_text("".join(pieces))
    assert "".join(page.text.split()) == "".join(page.content.split())
    at = 0
    for i, character in enumerate(page.content):
        size = len(character.encode())
        if not character.isspace():
            assert page.text[page.places[i]] == character
            assert page.spans([(at, at + size)]) == [Span(page.places[i], page.places[i] + 1)]
        at += size


def test_html_that_never_ends_is_read_in_a_moment() -> None:
    for piece in ("<a ", "<!--", "</", "<a '", "&#" + "9" * 5000, "<!"):
        read_web_text(piece * 100_000 if len(piece) < 9 else piece)


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_highlights_as_a_table(suffix: str, tmp_path: Path) -> None:
    project = made(tmp_path)
    comma = "," if suffix == ".csv" else "\t"
    rows = [
        ["id", "document", "tag", "content"],
        ["1", "Anna.docx", "burden", '"The money was gone 😀"'],
        ["2", "Anna.docx", "new one", "Café closed."],
    ]
    table = tmp_path / f"highlights{suffix}"
    table.write_text("".join(comma.join(row) + "\r\n" for row in rows), "utf-8", newline="")
    create_study(tmp_path / "s", Codebook((Theme("Burden"), Theme("time.lost"))))
    with open_study(tmp_path / "s", write=True) as study:
        take(study, project)
        options = CodingOptions(coder="cleo", new_themes=True)
        taken = import_coding_file(study, table, options)
        assert taken.kind == "Taguette highlights"
        assert [c for c in coded(study) if c[2] == "cleo"] == [
            ("Anna", "Burden", "cleo", "The money was gone 😀"),
            ("Anna", "new one", "cleo", "Café closed."),
        ]
