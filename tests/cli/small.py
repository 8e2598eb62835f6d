"""A small study out of files, whose every interview holds words that no error may repeat."""

from __future__ import annotations

import io
import re
import shutil
import sys
from pathlib import Path

import pytest

from ccgmine.cli import output
from ccgmine.cli.app import main
from tests.running import Result, ccgmine

# Somebody's words: they stand in every input, and must stand in no error, note or warning.
CANARY = "the purple heron counted seventeen silver kettles"
SECRETS = ("heron", "kettles")

CODEBOOK = """\
theme,label,definition
money,Money,Budgets and costs
meetings,Meetings,Sitting in rooms
comparison,PCT comparison,Then and now
"""
PEOPLE = """\
participant_id,site,respondent_type
GP ID 1,Site 1,GP
GP ID 2,Site 1,GP
GP ID 3,Site 2,GP
Manager ID 1,Site 2,Manager
"""
MONEY = "The budget is set by people who never saw a ward."
ROOMS = "We sat in that room for three hours again."


def interview(who: str, *answers: str) -> str:
    """An interview as text, with the canary in it."""
    lines = [f"{who}: {answer}\nInterviewer: And then?" for answer in answers]
    return "\n".join([*lines, f"{who}: I said that {CANARY}, and left."]) + "\n"


def write_material(folder: Path) -> None:
    """Codebook, participants and four interviews."""
    (folder / "talk").mkdir(parents=True)
    (folder / "codebook.csv").write_text(CODEBOOK, encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    for who in ("GP ID 1", "GP ID 2", "GP ID 3", "Manager ID 1"):
        # GP ID 2 says one sentence twice.
        answers = [MONEY, ROOMS, *([ROOMS] if who == "GP ID 2" else [])]
        text = interview(who, *answers)
        (folder / "talk" / f"{who.replace(' ', '-')}.txt").write_text(text, encoding="utf-8")


def make_study(folder: Path) -> Path:
    """A study with the material taken in; returns its folder."""
    write_material(folder)
    study = folder / "study"
    for step in (
        ["init", study, "--codebook", folder / "codebook.csv"],
        ["ingest", folder / "talk", "--participants", folder / "people.csv", "--study", study],
    ):
        result = ccgmine(*step)
        assert result.code == 0, result.err
    return study


def copied(study: Path, to: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(study, to / "copy"))


def assert_discreet(text: str) -> None:
    """No word of a transcript, and no traceback."""
    assert "Traceback" not in text
    assert not [word for word in SECRETS if word in text]


def here(*words: object, stdin: bytes = b"", **environment: str) -> Result:
    """Run the command line in this process: the same ``main``, without the time to start.

    For the many small cases; each kind of ending is also seen in a process of its own.
    """
    streams = {"stdin": io.BytesIO(stdin), "stdout": io.BytesIO(), "stderr": io.BytesIO()}
    code: object = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ccgmine", *map(str, words)])
        patch.setattr(output, "quiet", False)
        for name, value in {"CCGMINE_STUDY": "", **environment}.items():
            patch.setenv(name, value)
        for name, stream in streams.items():
            patch.setattr(sys, name, io.TextIOWrapper(stream, encoding="utf-8"))
        try:
            main()
        except SystemExit as ending:
            code = ending.code
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = (streams[name].getvalue().decode("utf-8") for name in ("stdout", "stderr"))
    return Result(code if isinstance(code, int) else 0, out, err)


def told(result: Result, code: int) -> str:
    """The one error of a failed run, after what holds of every error: its code, nothing on
    standard output, one line that ends with how to mend it, and no word of a transcript.
    """
    assert_discreet(result.err)
    assert result.code == code, result.err
    assert result.out == ""
    assert len(result.errors) == 1, result.err
    (line,) = result.errors
    assert re.search(r"[.?!] [A-Z`].*[.?!]$", line), f"no remedy: {line}"
    return line


def all_told(result: Result, code: int) -> list[str]:
    """The errors of a run with several, after the same checks."""
    assert_discreet(result.err)
    assert result.code == code, result.err
    assert result.out == ""
    assert result.errors
    return result.errors
