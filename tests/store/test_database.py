"""Opening the study file: whose it is, which version, who else holds it, and transactions."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ccgmine.errors import MachineError, StudyError
from ccgmine.store import database as database_module
from ccgmine.store import schema
from ccgmine.store.database import Database
from ccgmine.store.schema import APPLICATION_ID, MIGRATIONS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "study.db"
    Database.create(place).close()
    return place


def value(path: Path, statement: str) -> object:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchone()[0]


def change(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def sites(path: Path) -> int:
    found = value(path, "SELECT count(*) FROM participant")
    assert isinstance(found, int)
    return found


ADD = "INSERT INTO participant VALUES ('P1', 'Site 1', 'GP', '{}')"


def test_a_new_study_carries_our_mark_and_the_newest_version(path: Path) -> None:
    assert value(path, "PRAGMA application_id") == APPLICATION_ID == int.from_bytes(b"CCGM")
    assert value(path, "PRAGMA user_version") == len(MIGRATIONS)
    assert [p.name for p in path.parent.iterdir()] == ["study.db"]


def test_a_half_made_file_of_a_killed_run_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".study.db.new").write_bytes(b"half")
    Database.create(tmp_path / "study.db").close()
    assert [p.name for p in tmp_path.iterdir()] == ["study.db"]


def test_what_happens_in_a_transaction_happens_wholly(path: Path) -> None:
    with contextlib.closing(Database(path, write=True)) as database:
        with database.transaction():
            database.connection.execute(ADD)
        assert sites(path) == 1


@pytest.mark.parametrize(
    "interruption",
    [
        pytest.param(ValueError("a bug"), id="an error"),
        pytest.param(KeyboardInterrupt(), id="Ctrl-C"),
        pytest.param(SystemExit(1), id="an exit"),
    ],
)
def test_or_not_at_all_whatever_interrupts(path: Path, interruption: BaseException) -> None:
    with contextlib.closing(Database(path, write=True)) as database:
        with pytest.raises(type(interruption)), database.transaction():  # noqa: PT012
            database.connection.execute(ADD)
            raise interruption
        assert sites(path) == 0
        with database.transaction():
            database.connection.execute(ADD)
    assert sites(path) == 1


KILLED = """
import os, sys
from pathlib import Path
from ccgmine.store.database import Database
database = Database(Path(sys.argv[1]), write=True)
with database.transaction():
    add = "INSERT INTO participant VALUES (?, 'x', 'y', ?)"
    for i in range(20000):
        database.connection.execute(add, (str(i), "z" * 500))
    os._exit(9)
"""


@pytest.mark.parametrize("write", [True, False], ids=["written to next", "read next"])
def test_a_killed_run_leaves_what_was_there(path: Path, write: bool) -> None:
    change(path, ADD)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert done.returncode == 9
    with contextlib.closing(Database(path, write=write)) as database:
        assert database.connection.execute("SELECT count(*) FROM participant").fetchone() == (1,)
        assert database.is_whole()


def test_a_reader_cannot_write(path: Path) -> None:
    with (
        contextlib.closing(Database(path, write=False)) as database,
        pytest.raises(MachineError, match="cannot be written"),
        database.transaction(),
    ):
        database.connection.execute(ADD)


def test_a_second_writer_is_told_and_a_reader_is_not_disturbed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_BUSY_SECONDS", 0.05)
    with contextlib.closing(Database(path, write=True)) as first, first.transaction():
        first.connection.execute(ADD)
        with contextlib.closing(Database(path, write=False)) as reader:
            count = reader.connection.execute("SELECT count(*) FROM participant").fetchone()
            assert count == (0,)
        with (
            pytest.raises(MachineError, match="another ccgmine is writing"),
            contextlib.closing(Database(path, write=True)) as second,
            second.transaction(),
        ):
            second.connection.execute(ADD)
    assert sites(path) == 1


def make_missing(path: Path) -> None:
    path.unlink()


def make_foreign(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE t (x)")


def make_newer(path: Path) -> None:
    change(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")


def make_text(path: Path) -> None:
    path.write_text("These are no database pages. " * 100)


def make_torn(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[4096:12288] = b"\xff" * 8192
    path.write_bytes(bytes(raw))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(make_missing, "no study here", id="no file"),
        pytest.param(make_foreign, "is not a ccgmine study", id="another program's database"),
        pytest.param(make_newer, "made by a newer ccgmine", id="a newer version"),
        pytest.param(make_text, "damaged", id="no database at all"),
    ],
)
@pytest.mark.parametrize("write", [True, False], ids=["to write", "to read"])
def test_what_cannot_be_opened_is_refused_and_left_alone(
    path: Path, damage: Callable[[Path], None], said: str, write: bool
) -> None:
    damage(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StudyError) as caught:
        Database(path, write=write)
    assert said in caught.value.line
    assert caught.value.remedy
    assert (path.read_bytes() if path.exists() else None) == before


def whole(path: Path) -> bool:
    try:
        with contextlib.closing(Database(path, write=False)) as database, database.refusals():
            return database.is_whole()
    except StudyError as error:
        return "damaged" not in error.line


def test_a_torn_page_is_found(path: Path) -> None:
    assert whole(path)
    make_torn(path)
    assert not whole(path)


def test_a_reference_to_nothing_is_found(path: Path) -> None:
    change(path, "INSERT INTO coverage VALUES (99, 'ann', NULL, NULL, NULL, NULL, 'x')")
    with contextlib.closing(Database(path, write=False)) as database:
        assert not database.is_whole()


def _add_table(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE later (x INTEGER)")


def _fail(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE half (x INTEGER)")
    raise sqlite3.OperationalError("no such thing")


def migrations(monkeypatch: pytest.MonkeyPatch, *added: Callable[..., None]) -> None:
    monkeypatch.setattr(database_module, "MIGRATIONS", (*schema.MIGRATIONS, *added))


@pytest.mark.parametrize("write", [True, False], ids=["to write", "to read"])
def test_an_older_study_is_migrated_after_a_backup(
    path: Path, monkeypatch: pytest.MonkeyPatch, write: bool
) -> None:
    change(path, ADD)
    before = path.read_bytes()
    migrations(monkeypatch, _add_table)
    with contextlib.closing(Database(path, write=write)) as database:
        assert database.connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
    assert value(path, "PRAGMA user_version") == len(MIGRATIONS) + 1
    assert sites(path) == 1
    backups = [p for p in path.parent.iterdir() if p != path]
    assert [p.read_bytes() for p in backups] == [before]


def made_by_version(path: Path, version: int) -> None:
    """A study as an older ccgmine left it: one person, one segment, and what a model said."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for migration in MIGRATIONS[:version]:
            migration(connection)
        connection.execute(f"PRAGMA user_version = {version}")
        for statement in (
            ADD,
            "INSERT INTO source VALUES (1, 'a.txt', 'transcript', '0', '1')",
            "INSERT INTO transcript VALUES (1, 'a', 1, 'interview', '', '0', 'Hello.')",
            "INSERT INTO segment VALUES (7, 1, 1, 0, 6, 'P1', '6')",
            "INSERT INTO model VALUES (1, 'm', '0', '[]', '[]', 1)",
            "INSERT INTO prediction VALUES (1, 7, 0, x'01', x'00')",
            "INSERT INTO vector VALUES (x'0A', 7, x'0B')",
        ):
            connection.execute(statement)


def test_a_study_of_version_2_keeps_its_data_and_gets_room_for_estimates(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    made_by_version(path, 2)
    before = path.read_bytes()
    with contextlib.closing(Database(path, write=False)) as database:
        read = database.connection.execute
        assert read("SELECT * FROM segment").fetchall() == [(7, 1, 1, 0, 6, "P1", "6")]
        assert read("SELECT * FROM prediction").fetchall() == [(1, 7, 0, b"\1", b"\0")]
        assert read("SELECT * FROM vector").fetchall() == [(b"\x0a", 7, b"\x0b")]
        assert read("SELECT count(*) FROM score").fetchone() == (0,)
        assert read("SELECT count(*) FROM tally").fetchone() == (0,)
        assert database.is_whole()
    assert value(path, "PRAGMA user_version") == 3
    assert (tmp_path / "study.db.before-3").read_bytes() == before
    # What is put there goes with the segment that it is of.
    with contextlib.closing(Database(path, write=True)) as database:
        database.connection.execute("INSERT INTO score VALUES (1, 7, x'02')")
        database.connection.execute("DELETE FROM segment")
    assert value(path, "SELECT count(*) FROM score") == 0


def test_a_migration_that_fails_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations(monkeypatch, _add_table, _fail)
    with pytest.raises(StudyError):
        Database(path, write=True)
    assert value(path, "PRAGMA user_version") == len(MIGRATIONS)
    assert value(path, "SELECT count(*) FROM sqlite_master WHERE name IN ('later', 'half')") == 0


def test_a_study_of_version_0_gets_the_whole_schema(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    change(path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 0")
    with contextlib.closing(Database(path, write=True)) as database:
        names = {
            row[0]
            for row in database.connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
        }
    assert {"run", "source", "participant", "transcript", "turn", "segment", "coding"} <= names
    assert value(path, "PRAGMA user_version") == len(MIGRATIONS)
