"""Streams, consoles and surroundings: pipes, encodings, colours, sockets, and what help loads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from ccgmine.cli.app import app
from tests.cli.small import (
    MONEY,
    ROOMS,
    assert_discreet,
    here,
    interview,
    make_study,
    told,
    write_material,
)
from tests.running import ccgmine

COMMANDS = ("demo", "init", "ingest", "import", "train", "classify", "report", "check")
HEAVY = ("spacy", "sklearn", "scipy", "numpy", "docx", "openpyxl", "webvtt", "thinc")
posix_only = pytest.mark.skipif(os.name == "nt", reason="closes file descriptors as POSIX has them")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that these tests only read."""
    return make_study(tmp_path_factory.mktemp("small"))


def start(
    words: Sequence[object],
    *,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
    closed: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start ccgmine with its streams as given; ``closed`` are closed before it begins."""

    def close() -> None:
        for number in closed:
            os.close(number)

    return subprocess.Popen(
        [sys.executable, "-m", "ccgmine", *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=close if closed else None,
    )


# --- pipes ---------------------------------------------------------------------------------


@posix_only
@pytest.mark.parametrize("jobs", [1, 2], ids=["one process", "two processes"])
def test_reader_that_has_seen_enough_ends_the_stream_quietly(
    jobs: int, read_only_sample_study: Path, tmp_path: Path
) -> None:
    """``ccgmine classify comments.csv | head -1``"""
    table = tmp_path / "comments.csv"
    rows = "".join(f"{i},The budget of practice {i} is small\n" for i in range(60_000))
    table.write_text(f"id,text\n{rows}", encoding="utf-8")
    words = ["classify", table, "--jobs", jobs, "--study", read_only_sample_study]
    with start(words) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"id,themes,suggested\n"
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (0, b"")


@posix_only
@pytest.mark.parametrize(
    ("words", "both"),
    [
        pytest.param(["--help"], False, id="help"),
        pytest.param(["report", "participants"], False, id="a table"),
        pytest.param(["report", "participants", "--format", "xlsx"], False, id="a workbook"),
        pytest.param(["report", "everything"], True, id="an error, with standard error closed too"),
    ],
)
def test_pipe_that_nobody_reads_is_no_error(words: list[str], both: bool, study: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [*words, "--study", str(study)] if words != ["--help"] else words
    with start(words, stdout=writing, stderr=writing if both else subprocess.PIPE) as process:
        os.close(writing)
        err = process.stderr.read() if process.stderr else b""
    assert (process.returncode, err) == (0, b"")


NOWHERE = b"error: standard output is closed, so the result went nowhere."


@posix_only
@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["check"],
        ["report", "participants", "--format", "xlsx"],
        ["export", "segments"],
        ["ingest", "GP-ID-1.txt", "--dry-run"],
    ],
    ids=" ".join,
)
def test_result_that_nobody_can_get_is_told(words: list[str], study: Path, tmp_path: Path) -> None:
    """``ccgmine export segments >&-``"""
    talk = tmp_path / "GP-ID-1.txt"
    talk.write_text(interview("GP ID 1", MONEY), encoding="utf-8")
    words = [str(talk) if word == talk.name else word for word in words]
    words += [] if words[0].startswith("--") else ["--study", str(study)]
    with start(words, closed=[1]) as process:
        assert process.stderr
        err = process.stderr.read()
    assert process.returncode == 5
    assert err.count(b"\n") == 1
    assert err.startswith(NOWHERE)


@posix_only
def test_closed_standard_streams_do_no_harm(
    study: Path, read_only_sample_study: Path, tmp_path: Path
) -> None:
    """A file that gets the number of a closed stream must not get what is printed."""
    before = (study / "study.db").read_bytes()
    with start(["report", "participants", "--study", study], closed=[0, 1, 2]) as process:
        pass
    assert process.returncode == 5
    assert (study / "study.db").read_bytes() == before
    with start(["init", tmp_path / "new"], closed=[0, 1, 2]) as process:
        pass
    assert process.returncode == 0
    assert ccgmine("check", "--study", tmp_path / "new").code == 0
    words = ["classify", "-", "--study", read_only_sample_study]
    with start(words, closed=[0]) as process:
        assert process.stderr
        err = process.stderr.read()
    assert process.returncode == 3
    assert err.startswith(b"error: standard input: the table is empty.")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_full_disk_under_standard_output_is_told(study: Path) -> None:
    for words in (["report", "participants"], ["check"], ["report", "participants", "--format=md"]):
        with Path("/dev/full").open("wb") as full:
            process = start([*words, "--study", study], stdout=full.fileno())
            _, err = process.communicate()
        assert process.returncode == 5
        assert err.decode().splitlines()[0].startswith("error: the disk is full. Make room")
        assert_discreet(err.decode())


# --- consoles ------------------------------------------------------------------------------

ASCII_CONSOLE = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii:strict",
}


def test_console_without_utf8_gets_utf8_and_plain_line_ends(tmp_path: Path) -> None:
    people = tmp_path / "pobl.csv"
    people.write_text("participant_id,site\nMeddyg 1,Ynys Môn “A”\n", encoding="utf-8")
    assert ccgmine("init", tmp_path / "s", **ASCII_CONSOLE).code == 0
    words = ["ingest", "--participants", people, "--study", tmp_path / "s"]
    assert ccgmine(*words, **ASCII_CONSOLE).code == 0
    for form in ("csv", "table"):
        words = ["report", "participants", "--format", form, "--study", tmp_path / "s"]
        result = ccgmine(*words, **ASCII_CONSOLE)
        assert result.code == 0
        assert "Ynys Môn “A”" in result.out
        assert "\r" not in result.out
    error = told(
        ccgmine("ingest", "cyfweliad-ŵyl.txt", "--study", tmp_path / "s", **ASCII_CONSOLE), 3
    )
    assert error.startswith("error: cyfweliad-ŵyl.txt: there is no such file.")
    assert ccgmine("--help", **ASCII_CONSOLE).code == 0


@posix_only
def test_names_that_are_no_text_or_move_the_cursor_are_shown_harmless(study: Path) -> None:
    """A file's name may hold any byte: none of them gets to the terminal as it is."""
    name = b"\x1b[31mred\xff\n.txt"
    done = subprocess.run(
        [sys.executable, "-m", "ccgmine", "ingest", name, "--study", str(study)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3
    assert b"\x1b" not in done.stderr
    errors = [x for x in done.stderr.decode("utf-8").split("\n") if x.startswith("error: ")]
    assert len(errors) == 1
    assert errors[0].startswith("error: ?[31mred\ufffd .txt: there is no such file.")


def test_quiet_leaves_out_notes_and_keeps_errors(study: Path, tmp_path: Path) -> None:
    assert ccgmine("init", tmp_path / "a").err.startswith("new study in ")
    quiet = ccgmine("--quiet", "init", tmp_path / "b")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    loud = ccgmine("report", "participants", "--study", study)
    quiet = ccgmine("-q", "report", "participants", "--study", study)
    assert (quiet.code, quiet.out, quiet.err) == (0, loud.out, "")
    result = ccgmine("--quiet", "report", "--study", study)
    assert result.err == told(result, 4) + "\n"


def terminal(words: Sequence[object], **environment: str) -> str:
    """Everything ccgmine writes to a terminal, standard output and error together."""
    import pty

    ours, theirs = pty.openpty()
    env = {k: v for k, v in os.environ.items() if k not in {"CI", "NO_COLOR"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "ccgmine", *map(str, words)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**env, "TERM": "xterm-256color", "COLUMNS": "90", **environment},
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        written += chunk
    os.close(ours)
    assert process.wait() == 0
    return written.decode("utf-8")


@posix_only
def test_no_color_is_heeded_by_tables_and_progress(tmp_path: Path) -> None:
    coloured = re.compile(r"\x1b\[[0-9;]*(3[0-7]|38|9[0-7])[0-9;]*m")
    write_material(tmp_path)
    for i in range(12):
        text = interview("GP ID 1", *[f"Number {i} of {k}. {MONEY}" for k in range(20)])
        (tmp_path / "talk" / f"more-{i}-GP-ID-1.txt").write_text(text, encoding="utf-8")
    assert here("init", tmp_path / "plain").code == 0
    words = ["ingest", tmp_path / "talk", "--participants", tmp_path / "people.csv"]
    words.append("--allow-similar")  # the interviews are near-copies of each other
    written = terminal([*words, "--study", tmp_path / "plain"], NO_COLOR="1")
    written += terminal(["report", "participants", "--study", tmp_path / "plain"], NO_COLOR="1")
    assert "read 16 files" in written
    assert "Manager" in written
    assert_discreet(written)
    assert not coloured.search(written)


# --- surroundings --------------------------------------------------------------------------

WITHOUT_NETWORK = """
import os, sys

def refuse(event, _arguments):
    # Opening a socket and binding it is how a library of spaCy's looks whether there is IPv6.
    if event.startswith("socket.") and event not in {"socket.__new__", "socket.bind"}:
        os.write(2, f"a socket was used: {event}\\n".encode())
        os._exit(99)

sys.addaudithook(refuse)
from ccgmine.cli.app import app

for line in sys.stdin.read().splitlines():
    code = app(line.split("\\t"), standalone_mode=False)
    assert not code, (line, code)
sys.stdout.flush()
os.write(2, b"all done\\n")
import socket
socket.getaddrinfo("localhost", 80)
"""


def test_the_whole_way_works_without_a_socket(tmp_path: Path) -> None:
    write_material(tmp_path)
    codings = [
        f"{who},{theme},{words}"
        for who in ("GP ID 1", "GP ID 3", "Manager ID 1")
        for theme, words in (("money", MONEY), ("meetings", ROOMS))
    ]
    table = "participant_id,theme,quote\n" + "\n".join(codings)
    (tmp_path / "codings.csv").write_text(table, encoding="utf-8")
    lines = (
        ["init", "study", "--codebook", "codebook.csv"],
        ["ingest", "talk", "--participants", "people.csv", "--study", "study"],
        ["import", "codings.csv", "--coder", "ann", "--read-in-full", "--study", "study"],
        ["train", "--study", "study"],
        ["classify", "--study", "study"],
        ["report", "--format", "csv", "-o", "table.csv", "--study", "study"],
        ["report", "-o", "table.xlsx", "--study", "study"],
        ["check", "--study", "study"],
    )
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NETWORK],
        input="\n".join("\t".join(line) for line in lines).encode(),
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    err = done.stderr.decode()
    # The last line of the child opens one, to show that it would have been seen.
    assert err.splitlines()[-2:] == ["all done", "a socket was used: socket.getaddrinfo"], err
    assert done.returncode == 99
    assert_discreet(err)
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig").startswith("theme,label,")


LOADED = """
import sys
from ccgmine.cli.app import main
for line in sys.argv[1:]:
    sys.argv = ["ccgmine", *line.split()]
    try:
        main()
    except SystemExit as ending:
        assert ending.code == 0, (line, ending.code)
print("LOADED:", *sorted(set(sys.modules) & {%s}))
"""


def test_help_and_version_load_nothing_heavy() -> None:
    lines = ["--version", "--help", "-h", *(f"{command} --help" for command in COMMANDS)]
    script = LOADED % ", ".join(repr(name) for name in HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script, *lines], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "LOADED:"
    assert done.stdout.count("Usage: ccgmine") == len(lines) - 1
    assert re.search(r"^ccgmine \d+\.\d+", done.stdout, re.MULTILINE)


def test_every_command_and_every_option_has_help() -> None:
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    assert set(commands) >= set(COMMANDS)
    assert group.help
    for name, command in commands.items():
        assert command.help, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"
