"""Locks, read-only folders, full disks, Ctrl-C and kill: what was finished is kept, no more."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from ccgmine.errors import CcgmineError, InputError, MachineError
from ccgmine.files import machine_error
from tests.cli.small import (
    MONEY,
    ROOMS,
    assert_discreet,
    copied,
    here,
    interview,
    make_study,
    told,
)
from tests.running import Result, ccgmine

MACHINE = 5
linux_only = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="looks into /proc to find the moment"
)


@pytest.fixture(scope="module")
def _study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("small"))


@pytest.fixture
def study(_study: Path, tmp_path: Path) -> Path:
    """A study with four interviews, nothing coded; yours to change."""
    return copied(_study, tmp_path)


def database(study: Path) -> bytes:
    return (study / "study.db").read_bytes()


# --- another process -----------------------------------------------------------------------

HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute(f"BEGIN {sys.argv[2]}")
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def held(study: Path, how: str) -> Iterator[None]:
    """Another process holds the study's file."""
    command = [sys.executable, "-c", HOLD, str(study / "study.db"), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            assert process.stdin
            process.stdin.close()


def test_second_writer_is_told_and_readers_go_on(study: Path, tmp_path: Path) -> None:
    before = database(study)
    people = tmp_path / "people.csv"
    people.write_text("participant_id,site\nGP ID 1,Site 8\n", encoding="utf-8")
    with held(study, "IMMEDIATE"):
        error = told(here("ingest", "--participants", people, "--study", study), MACHINE)
        assert error.startswith(f"error: {study / 'study.db'}: another ccgmine is writing")
        assert "Wait until it has finished" in error
        result = here("report", "participants", "--study", study)
        assert (result.code, result.errors) == (0, [])
    with held(study, "EXCLUSIVE"):
        error = told(here("report", "participants", "--study", study), MACHINE)
        assert "another ccgmine is writing" in error
    assert database(study) == before
    assert here("ingest", "--participants", people, "--study", study).code == 0
    assert database(study) != before


# --- disks ---------------------------------------------------------------------------------


@contextlib.contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own in a folder, where the machine lets us have one."""
    folder.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "ccgmine-test", str(folder)],
        capture_output=True,
        check=False,
    )
    if not done or done.returncode:
        pytest.skip("no file system can be mounted here (needs root and Linux)")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_read_only_folder_can_be_read_and_refuses_the_rest(study: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("participant_id,site\nGP ID 1,Site 8\n", encoding="utf-8")
    disk = tmp_path / "disk"
    with mounted(disk, "8m"):
        inside = Path(shutil.copytree(study, disk / "study"))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        before = database(inside)
        assert here("check", "--study", inside).code == 0
        result = here("report", "participants", "--study", inside)
        assert (result.code, result.errors) == (0, [])
        for words in (["ingest", "--participants", people], ["train"]):
            error = told(ccgmine(*words, "--study", inside), MACHINE)
            assert "the study cannot be written to" in error
            assert "read-only" in error
        table = inside / "table.csv"
        words = ["report", "participants", "-o", table, "--study", inside]
        error = told(ccgmine(*words), MACHINE)
        assert error.startswith(f"error: {table}: not allowed by the system (read-only")
        assert "not allowed" in told(here("init", disk / "new"), MACHINE)
        assert database(inside) == before
        assert sorted(p.name for p in inside.iterdir()) == sorted(p.name for p in study.iterdir())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind root")
def test_folder_without_permission_to_write_refuses(study: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("participant_id,site\nGP ID 1,Site 8\n", encoding="utf-8")
    before = database(study)
    study.chmod(0o555)
    try:
        assert here("report", "participants", "--study", study).code == 0
        result = here("ingest", "--participants", people, "--study", study)
        assert "cannot be written to" in told(result, MACHINE)
        result = here("report", "participants", "-o", study / "t.csv", "--study", study)
        assert "not allowed by the system" in told(result, MACHINE)
    finally:
        study.chmod(0o755)
    assert database(study) == before


def many_people(path: Path) -> None:
    rows = "".join(f"P{i},Site {i % 7},GP,{'x' * 200}{i}\n" for i in range(4000))
    path.write_text(f"participant_id,site,respondent_type,remark\n{rows}", encoding="utf-8")


def test_full_disk_is_told_and_nothing_is_lost(study: Path, tmp_path: Path) -> None:
    many_people(tmp_path / "people.csv")
    expected = here("report", "participants", "--study", study).out
    disk = tmp_path / "disk"
    with mounted(disk, "400k"):
        inside = Path(shutil.copytree(study, disk / "study"))
        for words in (
            ["ingest", "--participants", tmp_path / "people.csv"],
            ["report", "participants", "-o", inside / "table.csv"],
        ):
            if words[0] == "report":
                filled = disk / "filling"
                with contextlib.suppress(OSError), filled.open("wb", buffering=0) as stream:
                    while stream.write(b"\0" * 4096):
                        pass
            error = told(ccgmine(*words, "--study", inside), MACHINE)
            assert "the disk is full. Make room; nothing was lost, run again." in error
        assert not list(inside.glob(".*.part"))
        result = here("report", "participants", "--study", inside)
        assert result.out == expected
        assert here("check", "--study", inside).code == 0


def limited(words: Sequence[object], n_bytes: int) -> Result:
    """Run ccgmine where no file may grow beyond a size."""
    import resource

    done = subprocess.run(
        [sys.executable, "-m", "ccgmine", *map(str, words)],
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes)),
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


@linux_only
def test_file_that_may_not_grow_is_told_and_nothing_is_lost(study: Path, tmp_path: Path) -> None:
    many_people(tmp_path / "people.csv")
    expected = here("report", "participants", "--study", study).out
    size = len(database(study)) + 20_000
    words = ["ingest", "--participants", tmp_path / "people.csv", "--study", study]
    error = told(limited(words, size), MACHINE)
    assert str(study / "study.db") in error
    assert "disk" in error
    assert here("report", "participants", "--study", study).out == expected

    table = tmp_path / "table.csv"
    table.write_text("the table of last week", encoding="utf-8")
    words = ["report", "participants", "-o", table, "--study", study]
    error = told(limited(words, 10), MACHINE)
    assert error.startswith(f"error: {table}: the disk is full.")
    assert table.read_text(encoding="utf-8") == "the table of last week"
    assert not list(tmp_path.glob(".*.part"))
    assert "disk" in told(limited(["init", tmp_path / "new"], 2000), MACHINE)
    # What the failed init left does not stand in the way of the next.
    assert here("init", tmp_path / "new").code == 0
    assert here("check", "--study", tmp_path / "new").code == 0


@pytest.mark.parametrize(
    ("number", "kind", "what"),
    [
        pytest.param(errno.EACCES, MachineError, "not allowed by the system", id="no permission"),
        pytest.param(errno.EPERM, MachineError, "not allowed by the system", id="not permitted"),
        pytest.param(errno.EROFS, MachineError, "not allowed by the system", id="read-only disk"),
        pytest.param(errno.ENOSPC, MachineError, "the disk is full", id="no space"),
        pytest.param(errno.EFBIG, MachineError, "the disk is full", id="file too large"),
        pytest.param(errno.EIO, MachineError, "the system says: ", id="failing disk"),
        pytest.param(errno.EMFILE, MachineError, "the system says: ", id="too many open files"),
        pytest.param(errno.ENOENT, InputError, "there is no such file", id="missing"),
        pytest.param(errno.EISDIR, InputError, "is a folder", id="a folder"),
        pytest.param(errno.ENOTDIR, InputError, "where a folder is needed", id="a file above"),
        pytest.param(errno.EEXIST, InputError, "where a folder is needed", id="a file there"),
        pytest.param(errno.ENAMETOOLONG, InputError, "too long", id="name too long"),
    ],
)
def test_what_the_system_refuses_is_said_in_our_words(
    number: int, kind: type[CcgmineError], what: str
) -> None:
    error = machine_error(OSError(number, os.strerror(number), "a/b.txt"), "a/b.txt")
    assert type(error) is kind
    assert error.line.startswith("a/b.txt: ")
    assert what in error.line
    assert error.remedy


# --- Ctrl-C and kill -----------------------------------------------------------------------


Moment = Callable[[int], bool]
"""Whether the moment has come, from the number of the process."""


def launch(words: Sequence[object]) -> subprocess.Popen[bytes]:
    """Start ccgmine as a shell would: with Ctrl-C at work."""
    return subprocess.Popen(
        [sys.executable, "-m", "ccgmine", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def interrupt(words: Sequence[object], number: int, when: Moment) -> bool:
    """Start ccgmine and send the signal once ``when`` holds; whether it came in time."""
    process = launch(words)
    while process.poll() is None and not when(process.pid):
        time.sleep(0.002)
    in_time = process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert_discreet(err.decode())
    if process.returncode == 0:
        return False
    assert in_time, err
    assert out == b""
    if number == signal.SIGINT:
        assert process.returncode == 130, err
        assert err.decode().splitlines()[-1].startswith("stopped: what was finished before is kept")
    else:
        assert process.returncode == -number
    return True


def opened(path: Path) -> Moment:
    """The process has a file open."""

    def has_it_open(pid: int) -> bool:
        with contextlib.suppress(OSError):
            descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
            return any(d.readlink() == path for d in descriptors)
        return False

    return has_it_open


def loads(name: str) -> Moment:
    """The process is loading a library."""

    def has_mapped_it(pid: int) -> bool:
        with contextlib.suppress(OSError):
            return name in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
        return False

    return has_mapped_it


def writes(study: Path) -> Moment:
    """A transaction is under way."""
    return makes(study / "study.db-journal")


def makes(path: Path) -> Moment:
    """A file or folder is there that is not what an earlier run left."""
    start = 0

    def is_new(_pid: int) -> bool:
        nonlocal start
        start = start or time.time_ns()
        with contextlib.suppress(OSError):
            return path.stat().st_mtime_ns > start
        return False

    return is_new


def n_transcripts(study: Path) -> int:
    """How many transcripts are committed; -1 while the file is locked."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{(study / 'study.db').as_uri()}?mode=ro", uri=True, timeout=0.2)
        ) as db:
            return int(db.execute("SELECT count(*) FROM transcript").fetchone()[0])
    except sqlite3.OperationalError:
        return -1


def has(study: Path, n: int) -> Moment:
    """So many transcripts are committed."""
    return lambda _pid: n_transcripts(study) >= n


def content(study: Path) -> list[object]:
    """Everything that ingest and classify store, whatever the order and time of their runs."""
    queries = (
        "SELECT * FROM participant ORDER BY 1",
        "SELECT name, kind, sha256 FROM source ORDER BY 1",
        "SELECT transcript_id, kind, sha256, text FROM transcript ORDER BY 1",
        "SELECT transcript_id, segment.number, segment.start, participant_id FROM segment "
        "JOIN transcript USING (transcript_no) ORDER BY 1, 2",
        "SELECT transcript_id, start, theme_id, coder FROM coding "
        "JOIN transcript USING (transcript_no) ORDER BY 1, 2, 3, 4",
        "SELECT segment_no, probabilities, assigned, out_of_fold FROM prediction ORDER BY 1",
    )
    with contextlib.closing(sqlite3.connect(study / "study.db")) as db:
        return [db.execute(query).fetchall() for query in queries]


N_FILES = 60


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many interviews, and a study that took them in undisturbed."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "talk").mkdir()
    chance = random.Random(7)
    people = ["participant_id,site,respondent_type"]
    codings = ["participant_id,theme,quote"]
    for i in range(N_FILES):
        who = f"GP ID {i}"
        people.append(f"{who},Site {i % 5},GP")
        answers = [f"Answer {k} about {chance.choice(['wards', 'beds'])} here." for k in range(12)]
        text = interview(who, MONEY, *answers, ROOMS)
        (folder / "talk" / f"GP-ID-{i}.txt").write_text(text, encoding="utf-8")
        if i % 3:
            codings += [f"{who},money,{MONEY}", f"{who},meetings,{ROOMS}"]
    (folder / "people.csv").write_text("\n".join(people), encoding="utf-8")
    (folder / "codings.csv").write_text("\n".join(codings), encoding="utf-8")
    (folder / "codebook.csv").write_text("theme\nmoney\nmeetings\n", encoding="utf-8")
    finish(folder, folder / "study")
    return folder


def new_study(material: Path, study: Path) -> None:
    assert here("init", study, "--codebook", material / "codebook.csv").code == 0


def ingest_words(material: Path, study: Path) -> list[object]:
    return [
        "ingest",
        material / "talk",
        "--participants",
        material / "people.csv",
        "--study",
        study,
    ]


def finish(material: Path, study: Path) -> str:
    """Take everything in and import the codings; returns the report."""
    if not study.exists():
        new_study(material, study)
    steps = [ingest_words(material, study)]
    steps.append(
        ["import", material / "codings.csv", "--coder", "a", "--read-in-full", "--study", study]
    )
    for step in steps:
        result = ccgmine(*step)
        assert result.code == 0, result.err
    result = here("report", "--study", study)
    assert result.code == 0, result.err
    return result.out


@linux_only
def test_ingest_may_be_stopped_and_killed_at_any_moment(many: Path, tmp_path: Path) -> None:
    study = tmp_path / "study"
    new_study(many, study)
    hits = 0
    for number, n in (
        (signal.SIGINT, 0),  # while spaCy is being loaded
        (signal.SIGKILL, 5),
        (signal.SIGINT, 20),
        (signal.SIGKILL, 35),
    ):
        moment = has(study, n) if n else loads("spacy")
        hits += interrupt(ingest_words(many, study), number, moment)
        result = here("check", "--study", study)
        assert (result.code, result.errors) == (0, [])
        assert n <= n_transcripts(study) <= N_FILES
    assert hits >= 3
    expected = here("report", "--study", many / "study").out
    assert finish(many, study) == expected
    assert content(study) == content(many / "study")
    assert "0 new transcripts" in ccgmine(*ingest_words(many, study)).err


def write_comments(path: Path, n: int) -> None:
    chance = random.Random(3)
    words = ["ward", "bed", "nurse", "budget", "clinic", "doctor", "board", "time", "care"]
    rows = [f"c{i},p{i % 900},{' '.join(chance.choices(words, k=12))}" for i in range(n)]
    path.write_text("id,participant_id,text\n" + "\n".join(rows), encoding="utf-8")


@linux_only
def test_table_is_taken_in_whole_or_not_at_all(tmp_path: Path) -> None:
    """Killed in the middle of its one transaction, with the journal still there."""
    study, table = tmp_path / "study", tmp_path / "comments.csv"
    write_comments(table, 20_000)
    assert here("init", study).code == 0
    empty = content(study)
    words = ["ingest", table, "--study", study]
    for number in (signal.SIGINT, signal.SIGKILL):
        assert interrupt(words, number, writes(study))
        if number == signal.SIGKILL:
            assert (study / "study.db-journal").exists()
        # Whoever reads next finds the study as it was.
        error = told(here("report", "--study", study), 4)
        assert "the study is empty" in error
        assert here("check", "--study", study).code == 0
        assert content(study) == empty
    result = ccgmine(*words)
    assert "20000 new transcripts" in result.err
    assert n_transcripts(study) == 20_000


@pytest.fixture(scope="module")
def trained(many: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study of many interviews with a model, not yet classified."""
    study = Path(shutil.copytree(many / "study", tmp_path_factory.mktemp("trained") / "study"))
    result = ccgmine("train", "--folds", 3, "--study", study)
    assert result.code == 0, result.err
    return study


@linux_only
def test_classify_may_be_stopped_and_killed_at_any_moment(trained: Path, tmp_path: Path) -> None:
    undisturbed = Path(shutil.copytree(trained, tmp_path / "undisturbed"))
    assert ccgmine("classify", "--study", undisturbed).code == 0
    study = Path(shutil.copytree(trained, tmp_path / "study"))
    before, report = content(study), here("report", "--study", study).out
    words = ["classify", "--study", study]
    for number, moment in (
        (signal.SIGINT, opened(study / "study.db")),
        (signal.SIGKILL, writes(study)),
        (signal.SIGINT, writes(study)),
    ):
        interrupt(words, number, moment)
        # All of it or nothing: a signal may also come just after the commit.
        committed = content(study) != before
        assert content(study) == (content(undisturbed) if committed else before)
        assert committed or here("report", "--study", study).out == report
        assert here("check", "--study", study).code == 0
    assert ccgmine(*words).code == 0
    assert content(study) == content(undisturbed)
    expected = here("report", "--study", undisturbed).out
    assert here("report", "--study", study).out == expected != report
    assert here("check", "--study", study).code == 0


def children(pid: int) -> list[int]:
    """Processes that a process has started and that are there still."""
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]
    return []


def is_there(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


@linux_only
@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
    ids=["stopped by Ctrl-C", "ended by another program", "killed"],
)
def test_processes_of_jobs_end_with_the_command(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C goes to all of them, and one of them tells; any other signal to the first alone."""
    table = tmp_path / "comments.csv"
    write_comments(table, 200_000)
    words = ["classify", table, "--model", "ccg-themes", "--jobs", 2, "-o", tmp_path / "out.csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ccgmine", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while process.poll() is None and len(children(process.pid)) < 2:
        time.sleep(0.002)
    started = children(process.pid)
    assert len(started) == 2
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert out == b""
    told_lines = err.decode().splitlines()
    assert len(told_lines) == (number == signal.SIGINT), err
    deadline = time.monotonic() + 10
    while any(map(is_there, started)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [pid for pid in started if is_there(pid)]
    assert not (tmp_path / "out.csv").exists()


RETRAIN = ["train", "--folds", 2, "--seed", 5, "--study"]


@pytest.fixture(scope="module")
def retrained(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same study trained again, undisturbed, to another model of the same name."""
    study = Path(shutil.copytree(trained, tmp_path_factory.mktemp("retrained") / "study"))
    result = ccgmine(*RETRAIN, study)
    assert result.code == 0, result.err
    assert files_of(study / "models") != files_of(trained / "models")
    return study


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


@linux_only
def test_train_may_be_stopped_and_killed_at_any_moment(
    trained: Path, retrained: Path, tmp_path: Path
) -> None:
    study = Path(shutil.copytree(trained, tmp_path / "study"))
    fresh = study / "models" / ".themes.new"
    for number, moment in (
        (signal.SIGINT, opened(study / "study.db")),
        (signal.SIGKILL, makes(fresh)),
        (signal.SIGINT, writes(study)),
    ):
        interrupt([*RETRAIN, study], number, moment)
        result = here("check", "--study", study)
        assert (result.code, result.errors) == (0, [])
    assert ccgmine(*RETRAIN, study).code == 0
    assert files_of(study / "models") == files_of(retrained / "models")
    assert content(study) == content(retrained)


def test_two_trainings_do_not_write_into_one_folder(trained: Path, tmp_path: Path) -> None:
    """While another saves its model, a second one is told so and leaves what it finds alone."""
    study = Path(shutil.copytree(trained, tmp_path / "study"))
    fresh = study / "models" / ".themes.new"
    fresh.mkdir()
    (fresh / "half").write_text("another's", "utf-8")
    with contextlib.closing(sqlite3.connect(study / "study.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        result = here(*RETRAIN, study)
    assert result.code == 5
    assert result.errors == [
        f"error: {study / 'study.db'}: another ccgmine is writing to this study. Wait until it has "
        "finished, or close the program that has the file open."
    ]
    assert (fresh / "half").read_text("utf-8") == "another's"
    assert files_of(trained / "models").items() <= files_of(study / "models").items()


@pytest.mark.parametrize("old_is_there", [True, False], ids=["beside the old", "the old moved off"])
def test_model_recorded_before_the_kill_is_put_in_its_place_afterwards(
    old_is_there: bool, trained: Path, retrained: Path, tmp_path: Path
) -> None:
    """Killed between the commit and the renaming: the next command does the renaming."""
    study = Path(shutil.copytree(retrained, tmp_path / "study"))
    (study / "models" / "themes").rename(study / "models" / ".themes.new")
    old = "themes" if old_is_there else ".themes.old"
    shutil.copytree(trained / "models" / "themes", study / "models" / old)
    assert ccgmine("classify", "--study", study).code == 0
    assert files_of(study / "models") == files_of(retrained / "models")
    assert here("check", "--study", study).code == 0


def test_table_is_classified_with_the_model_that_was_recorded(
    trained: Path, retrained: Path, tmp_path: Path
) -> None:
    """The same where the study itself is not classified, and its old model is there still."""
    study = Path(shutil.copytree(retrained, tmp_path / "study"))
    (study / "models" / "themes").rename(study / "models" / ".themes.new")
    shutil.copytree(trained / "models" / "themes", study / "models" / "themes")
    table = tmp_path / "comments.csv"
    table.write_text(f"id,text\n1,{MONEY}\n", encoding="utf-8")
    words = ["classify", table, "--scores", "--study"]
    found = here(*words, study)
    assert (found.code, found.out) == (0, here(*words, retrained).out)
    assert files_of(study / "models") == files_of(retrained / "models")
