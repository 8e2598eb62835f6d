"""``ingest --dry-run``: who is taken for whom, by which rule, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccgmine.domain import Codebook
from ccgmine.ingest.intake import IngestOptions
from ccgmine.ingest.run import ingest
from ccgmine.ingest.run_preview import Preview, preview
from ccgmine.study import create_study, open_study
from tests.ingest.reading import docx
from tests.running import ccgmine

FILES = {
    "GP-35.txt": "I: Why did you?\nP: It rained all day.\nI: And?\nP: So.\n",
    "talk.txt": "Mod: Who?\nGP35: I do.\nSam Hill: So do I.\nPat Moss: No.\nSam Hill: Oh.\n",
    "GP-36.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Jane Smith>Why is that?</v>\n\n"
    "00:02.000 --> 00:03.000\n<v Tom Jones>Because nobody else would.</v>\n",
    "unclear GP-35.txt": "Ann: Hello.\nBob: Hello.\nAnn: Well.\nBob: Well.\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_study(tmp_path / "study", Codebook())
    (tmp_path / "people.csv").write_text("participant_id,speaker\nGP 35,\nGP 36,\nGP 37,Sam Hill\n")
    (tmp_path / "files").mkdir()
    for name, text in FILES.items():
        (tmp_path / "files" / name).write_text(text)
    raw = docx("**Why did you sign up?**", "Nobody else would have done it.")
    (tmp_path / "files" / "notes GP 37.docx").write_bytes(raw)
    return tmp_path


def look(folder: Path) -> Preview:
    options = IngestOptions(participants=folder / "people.csv")
    with open_study(folder / "study") as study:
        return preview(study, [folder / "files"], options, lambda *_: None)


def test_every_speaker_is_shown_with_the_rule(folder: Path) -> None:
    rows = {(row[0], row[1]): row[2:] for row in look(folder).sheet.rows}
    owner = "a usual label of interviewees; the file name names the participant"
    asks = "asks in 1 of 1 turns and says less"
    other = "the other speaker asks the questions; the file name names the participant"
    usual = "a usual label of interviewers"
    assert rows == {
        ("GP-35.txt", "I"): ("interviewer", "interviewer", "", 2, 4, usual, "new"),
        ("GP-35.txt", "P"): ("GP 35", "participant", "GP 35", 2, 5, owner, "new"),
        ("talk.txt", "Mod"): ("interviewer", "interviewer", "", 1, 1, usual, "new"),
        ("talk.txt", "GP35"): (
            *("GP 35", "participant", "GP 35", 1, 2),
            *("the label is the participant's ID", "new"),
        ),
        ("talk.txt", "Sam Hill"): (
            *("GP 37", "participant", "GP 37", 2, 4),
            *("the column 'speaker'", "new"),
        ),
        ("talk.txt", "Pat Moss"): (
            *("speaker 1", "other", "", 1, 1),
            *("not in the participants table", "new"),
        ),
        ("GP-36.vtt", "Jane Smith"): ("interviewer", "interviewer", "", 1, 3, asks, "new"),
        ("GP-36.vtt", "Tom Jones"): ("GP 36", "participant", "GP 36", 1, 4, other, "new"),
        ("unclear GP-35.txt", "Ann"): ("", "not known", "", 2, 2, "", "refused"),
        ("unclear GP-35.txt", "Bob"): ("", "not known", "", 2, 2, "", "refused"),
        ("notes GP 37.docx", "Interviewer"): (
            *("interviewer", "interviewer", "", 1, 5),
            *("paragraphs in bold, which ask; no speakers are marked", "new"),
        ),
        ("notes GP 37.docx", "Participant"): (
            *("GP 37", "participant", "GP 37", 1, 6),
            "paragraphs not in bold; no speakers are marked; the file name names the participant",
            "new",
        ),
    }


def test_a_file_in_which_no_participant_speaks_is_refused_with_its_labels(folder: Path) -> None:
    path = folder / "files" / "GP-35 asks.txt"
    path.write_text("Interviewer: Hello?\nInterviewer: Anybody?\n")
    result = look(folder)
    assert [row[8] for row in result.sheet.rows if row[0] == path.name] == ["refused"]
    assert any("no participant says anything in it" in p.line for p in result.problems)


def test_what_is_in_the_study_already_is_told(folder: Path) -> None:
    options = IngestOptions(participants=folder / "people.csv")
    with open_study(folder / "study", write=True) as study:
        ingest(study, [folder / "files"], options, lambda *_: None)
    (folder / "files" / "GP-35.txt").write_text("I: Why?\nP: It rained all day.\n")
    states = {row[0]: row[-1] for row in look(folder).sheet.rows}
    assert states["GP-35.txt"] == "changed"
    assert states["GP-36.vtt"] == "as in the study"


def test_the_command_prints_the_table_writes_nothing_and_tells_what_is_wrong(folder: Path) -> None:
    before = {p: p.read_bytes() for p in (folder / "study").rglob("*") if p.is_file()}
    result = ccgmine(
        "ingest", folder / "files", "--participants", folder / "people.csv", "--dry-run",
        "--study", folder / "study",
    )  # fmt: skip
    assert result.code == 3
    assert len(result.rows) == 12
    assert result.rows[0]["rule"] != ""
    assert [("unclear GP-35.txt" in e, "has 2 speakers" in e) for e in result.errors] == [
        (True, True)
    ]
    assert "Jane" not in result.err
    assert {p: p.read_bytes() for p in (folder / "study").rglob("*") if p.is_file()} == before
