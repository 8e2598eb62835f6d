"""``ccgmine import`` and ``export`` of projects, as a user runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.exchange.building import MAXQDA, NVIVO_MAC, NVIVO_WINDOWS, Doc, Mark, write_project
from tests.running import Result

DOC = Doc(
    "Anna.docx",
    "I: And the meetings 😀?\n\nP: Long, all of them, and nobody read the papers.",
    [Mark("Long, all", "Burden/Meetings"), Mark("nobody read", "Burden/Papers", "Ben")],
    remark="Recorded at home.",
)
CODES = ["Burden", "Burden/Meetings", "Burden/Papers"]


def test_a_project_in_and_out_again(tmp_path: Path, run: Callable[..., Result]) -> None:
    path = write_project(tmp_path, NVIVO_WINDOWS, [DOC], CODES)
    assert run("init", tmp_path / "s").code == 0
    taken = run("import", path, "--study", tmp_path / "s", "--notes", tmp_path / "notes.csv")
    assert taken.code == 0, taken.err
    assert {r["what"]: (r["in_file"], r["in_study"]) for r in taken.rows} == {
        "sources": ("1", "1"),
        "characters": (str(len(DOC.text)), str(len(DOC.text) - len("I: ") - len("\nP: "))),
        "themes": ("3", "3"),
        "codings": ("2", "2"),
        "coders": ("2", "2"),
        "participants": ("0", "1"),
        "attributes": ("0", "0"),
    }
    assert "Anna.docx: positions read as utf16,crlf2,nomark (4 of 4 edges at words)" in taken.err
    assert "Recorded at home." in (tmp_path / "notes.csv").read_text("utf-8-sig")
    again = run("import", path, "--study", tmp_path / "s")
    assert "nothing was changed" in again.err
    files = ("out.qdpx", "out.qdc", "--cases-as-codes")
    written = run("export", *files, "--study", tmp_path / "s", cwd=tmp_path)
    assert written.code == 0, written.err
    assert "2 hand and 0 machine codings" in written.err
    assert run("init", tmp_path / "t").code == 0
    back = run("import", tmp_path / "out.qdpx", "--study", tmp_path / "t")
    assert {r["what"]: r["in_study"] for r in back.rows}["codings"] == "2"
    options = ("--answers-of", "Ben", "-o", "tasks.json", "--study", tmp_path / "s")
    assert run("export", "label-studio", *options, cwd=tmp_path).code == 0
    told = run("import", tmp_path / "tasks.json", "--study", tmp_path / "t").err
    assert "1 of these are in the study already, from another file" in told


def test_what_goes_wrong_is_one_line_and_changes_nothing(
    tmp_path: Path, run: Callable[..., Result]
) -> None:
    assert run("init", tmp_path / "s").code == 0
    tied = Doc("Tied", "😀😀😀 we so no me as us", [Mark("no", "Burden")])
    path = write_project(tmp_path, NVIVO_MAC, [tied], CODES, name="tied.qdpx")
    stopped = run("import", path, "--study", tmp_path / "s")
    assert stopped.code == 3
    assert len(stopped.err.splitlines()) == 1
    assert "--offsets codepoint,crlf2,nomark" in stopped.errors[0]
    empty = write_project(tmp_path, MAXQDA, [replace(DOC, text=" ", marks=())], CODES)
    assert run("import", empty, "--study", tmp_path / "s").code == 3
    assert run("import", path, "--offsets", "bytes", "--study", tmp_path / "s").code == 2
    assert run("export", "x.qdpx", "--study", tmp_path / "s").code == 4
    idle = run("export", "segments", "--answers-of", "ann", "--study", tmp_path / "s")
    assert idle.code == 2
    assert "--answers-of has no effect on segments. It is for label-studio" in idle.errors[0]
