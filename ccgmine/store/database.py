"""Opening the study's file: locks, migrations, and SQLite's refusals in the user's words."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ccgmine.errors import CcgmineError, MachineError, StudyError
from ccgmine.store.schema import APPLICATION_ID, MIGRATIONS

_BUSY_SECONDS = 2.0


class Database:
    """A connection to ``study.db``.

    Args:
        path: The file.
        write: Whether the study is going to be changed; a report opens it read-only, so that
            it works in a folder that nobody may write to.

    Raises:
        StudyError: If it is missing, no study, or made by a newer ccgmine.
        MachineError: If another process holds it or the system refuses.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        if not path.exists():
            raise StudyError(
                "there is no study here",
                where=path.parent,
                remedy="Make one with `ccgmine init`, or name its folder with --study.",
            )
        if write and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            raise _read_only(path)
        with self.refusals():
            if not write:
                self._roll_back_killed_run()
            mode = "rw" if write else "ro"
            self.connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                timeout=_BUSY_SECONDS,
            )
            try:
                self._check()
                if write:
                    self.connection.execute("PRAGMA journal_mode = DELETE")
                    self.connection.execute("PRAGMA foreign_keys = ON")
                    # A second writer is told before any work is done.
                    self.connection.execute("BEGIN IMMEDIATE")
                    self.connection.execute("ROLLBACK")
            except BaseException:
                self.connection.close()
                raise

    @classmethod
    def create(cls, path: Path) -> Database:
        """A new, empty study file; an unfinished one of an interrupted run is replaced."""
        temporary = path.with_name(f".{path.name}.new")
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        try:
            with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as fresh:
                fresh.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                _migrate(fresh, 0)
            temporary.replace(path)
        except sqlite3.Error as error:
            raise _refusal(error, path) from error
        return cls(path, write=True)

    def is_whole(self) -> bool:
        """Whether SQLite finds the file undamaged and every reference in it met."""
        rows = self.connection.execute("PRAGMA integrity_check").fetchall()
        rows += self.connection.execute("PRAGMA foreign_key_check").fetchall()
        return rows == [("ok",)]

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what happens inside, or nothing of it, whatever interrupts."""
        with self.refusals():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def refusals(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise _refusal(error, self.path) from error

    def _check(self) -> None:
        application = self.connection.execute("PRAGMA application_id").fetchone()[0]
        version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID:
            raise StudyError(
                "is not a ccgmine study",
                where=self.path,
                remedy="Name the study's folder with --study.",
            )
        if version > len(MIGRATIONS):
            raise StudyError(
                "was made by a newer ccgmine",
                where=self.path,
                remedy="Install the newest version with `python -m pip install --upgrade ccgmine`.",
            )
        if version < len(MIGRATIONS):
            backup = self.path.with_name(f"{self.path.name}.before-{len(MIGRATIONS)}")
            try:
                shutil.copy2(self.path, backup)
            except PermissionError as error:
                raise _read_only(self.path) from error
            with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as writer:
                _migrate(writer, version)

    def _roll_back_killed_run(self) -> None:
        # A run that was killed leaves its journal; a read-only connection may not undo it.
        if self.path.with_name(f"{self.path.name}-journal").exists():
            with (
                contextlib.suppress(sqlite3.Error),
                contextlib.closing(sqlite3.connect(self.path, timeout=_BUSY_SECONDS)) as writer,
            ):
                writer.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for number, migration in enumerate(MIGRATIONS[version:], version + 1):
        migration(connection)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute("COMMIT")


def _refusal(error: sqlite3.Error, path: Path) -> CcgmineError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return MachineError(
            "another ccgmine is writing to this study",
            where=path,
            remedy="Wait until it has finished, or close the program that has the file open.",
        )
    if "full" in text:
        return MachineError(
            "the disk is full", where=path, remedy="Make room; nothing was lost, run again."
        )
    if "readonly" in text or "unable to open" in text:
        return _read_only(path)
    if any(sign in text for sign in ("not a database", "malformed", "no such", "Could not decode")):
        return StudyError(
            "the study file is damaged",
            where=path,
            remedy="Restore it from a backup, or make the study again from its files.",
        )
    if "disk" in text:
        return MachineError(
            "the disk refuses to read or write the study",
            where=path,
            remedy="See whether it is full or failing; nothing was lost, run again.",
        )
    # The text of any other error may hold what stands in the study.
    return MachineError(
        f"the study's database refused ({type(error).__name__})",
        where=path,
        remedy="Look with `ccgmine check`.",
    )


def _read_only(path: Path) -> MachineError:
    return MachineError(
        "the study cannot be written to",
        where=path,
        remedy="The file or its folder is read-only; copy the study to a folder of your own.",
    )
