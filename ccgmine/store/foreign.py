"""Databases of other programs: their tables as plain rows, read without touching the file.

The file is opened read-only and immutable, so nothing is ever written beside it. What other
programs define in it (views, virtual tables, triggers) is not run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from ccgmine.errors import InputError

_MAGIC = b"SQLite format 3\x00"
_SAVE_AGAIN = "Open it in the program that made it and save a copy there, or use a backup."


def read_tables(
    path: Path, program: str, wanted: Mapping[str, Sequence[str]], limits: tuple[int, int, int]
) -> dict[str, list[dict[str, object]]]:
    """Rows of tables, each a value by its column.

    Args:
        path: The database.
        program: The program whose project it should be, for errors.
        wanted: Columns by table. A name that ends in ``?`` need not be there: its column is left
            out of the rows, its table is empty.
        limits: Bytes of a value, rows of all tables, bytes of all values.

    Raises:
        InputError: If it is no database, not of that program, damaged, in use or too large.
    """
    _check_file(path, limits[2])
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return _Reading(connection, path, program, limits).tables(wanted)
    except (sqlite3.Error, UnicodeError, OverflowError) as error:  # names may be damaged, too
        if "too big" in str(error):
            raise _too_much(path, "a value that is too long", "text_mb") from error
        raise _damaged(path) from error


def _check_file(path: Path, total: int) -> None:
    try:
        if not path.is_file():
            raise InputError("is no file", where=path, remedy="Name the project's database.")
        size = path.stat().st_size
        with path.open("rb") as stream:
            magic = stream.read(len(_MAGIC))
        beside = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
        in_use = any(p.is_file() and p.stat().st_size for p in beside)
    except OSError as error:
        raise InputError(
            "cannot be read", where=path, remedy="Check that you may open it."
        ) from error
    if magic != _MAGIC:
        raise InputError("is no SQLite database", where=path, remedy=_SAVE_AGAIN)
    if size > total:
        raise _too_much(path, f"{size} bytes", "total_mb")
    if in_use:
        # What is not in the main file yet would be missed, and nobody would know.
        raise InputError(
            "is still open in another program, or that did not end well",
            where=path,
            remedy="Open the project where it was made and close it again.",
        )


class _Reading:
    """Reads one open database."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, program: str, limits: tuple[int, int, int]
    ) -> None:
        self._db = connection
        self._path = path
        self._program = program
        self._rows, self._total = limits[1:]
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(limits[0], (1 << 31) - 1))
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cell_size_check = ON")

    def tables(self, wanted: Mapping[str, Sequence[str]]) -> dict[str, list[dict[str, object]]]:
        there = {
            name.casefold()
            for name, sql in self._db.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
            )
            if isinstance(name, str) and not str(sql).upper().startswith("CREATE VIRTUAL")
        }
        for name in wanted:
            if not name.endswith("?") and name not in there:
                raise self._foreign(f"the table '{name}' is missing")
        # A page that is linked twice would be read for ever; the check ends, and finds it.
        for (said,) in self._db.execute("PRAGMA quick_check(100)"):
            if said != "ok" and not str(said).startswith(("NULL value in", "CHECK constraint")):
                raise _damaged(self._path)
        return {
            name.removesuffix("?"): self._table(name.removesuffix("?"), columns)
            if name.removesuffix("?") in there
            else []
            for name, columns in wanted.items()
        }

    def _table(self, table: str, columns: Sequence[str]) -> list[dict[str, object]]:
        have = {str(row[1]).casefold() for row in self._db.execute(f'PRAGMA table_info("{table}")')}
        missing = [c for c in columns if not c.endswith("?") and c.casefold() not in have]
        if missing:
            raise self._foreign(f"the column '{missing[0]}' of '{table}' is missing")
        names = [c.removesuffix("?") for c in columns if c.removesuffix("?").casefold() in have]
        listed = ", ".join(f'"{name}"' for name in names)
        rows = []
        # Names of tables and columns are ours, never the file's.
        for row in self._db.execute(f'SELECT {listed} FROM "{table}"'):  # noqa: S608
            self._rows -= 1
            self._total -= sum(len(value) for value in row if isinstance(value, (str, bytes)))
            if self._rows < 0:
                raise _too_much(self._path, "too many rows", "elements")
            if self._total < 0:
                raise _too_much(self._path, "too much text", "total_mb")
            rows.append(dict(zip(names, row, strict=True)))
        return rows

    def _foreign(self, why: str) -> InputError:
        return InputError(
            f"is no project of {self._program}: {why}",
            where=self._path,
            remedy="Name the file in which the program keeps the project.",
        )


def _damaged(path: Path) -> InputError:
    return InputError("its database is damaged", where=path, remedy=_SAVE_AGAIN)


def _too_much(path: Path, what: str, limit: str) -> InputError:
    return InputError(
        f"its database has {what}",
        where=path,
        remedy=f"If the file is to be trusted, raise the limit with --limit {limit}=NUMBER.",
    )
