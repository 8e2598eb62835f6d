"""Values of other programs' databases: any type may stand in any column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ccgmine.errors import InputError
from ccgmine.exchange.options import ReadOptions, Row, Tables
from ccgmine.files import check_readable


def open_tables(
    path: Path, program: str, wanted: Mapping[str, Sequence[str]], options: ReadOptions
) -> Tables:
    """The tables of a program's database, within the limits.

    Raises:
        InputError: If the file is missing, of another program, damaged or too large.
    """
    check_readable(path)
    if options.tables is None:
        raise InputError("databases cannot be read here", where=path, remedy="Export a table.")
    limits = options.limits
    sizes = (limits.text_mb << 20, limits.elements, limits.total_mb << 20)
    return options.tables(path, program, wanted, sizes)


def words(row: Row, column: str) -> str:
    """A text, "" if there is none; a NUL is shown as what it is, a sign that says nothing."""
    value = row.get(column)
    if isinstance(value, (int, float)):
        return str(value)
    return value.replace("\0", "\ufffd") if isinstance(value, str) else ""


def number(row: Row, column: str) -> int | None:
    """A whole number; None for anything else."""
    value = row.get(column)
    return value if isinstance(value, int) else None


def no_text(path: Path, n: int) -> InputError:
    """The error for a project whose texts are all empty."""
    return InputError(
        f"none of its {n} sources has any text",
        where=path,
        remedy="Open the project in the program that made it, and look whether it is this one.",
    )
