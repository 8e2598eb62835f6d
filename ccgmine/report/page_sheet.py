"""A sheet of measures as people read it: a measure and its interval in one cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ccgmine.report.numbers import plain
from ccgmine.report.sheet import Cell, Sheet

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class ReadCell:
    """A text, what it is sorted by, and whether it stands to the right."""

    text: str
    order: str
    number: bool


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """Columns and cells, and in ``constant`` what is the same in every row, said once."""

    columns: tuple[str, ...]
    rows: tuple[tuple[ReadCell, ...], ...]
    constant: tuple[tuple[str, str], ...]


def read_sheet(sheet: Sheet) -> ReadSheet:
    """A sheet for reading: ``kappa``, ``kappa_low`` and ``kappa_high`` become one column.

    A theme is named by its label; texts that are the same in every row stand once above.

    >>> sheet = Sheet("s", ("theme", "unit", "kappa", "kappa_low", "kappa_high"),
    ...     (("a", "turn", 0.5, 0.25, 0.75), ("b", "turn", None, None, None)))
    >>> read = read_sheet(sheet)
    >>> read.columns, [cell.text for cell in read.rows[0]], read.constant
    (('theme', 'kappa'), ['a', '0.50 (0.25–0.75)'], (('unit', 'turn'),))
    """
    at = {name: i for i, name in enumerate(sheet.columns)}
    bounds = {f"{name}_{end}" for name in at for end in ("low", "high") if _folds(name, at)}
    same = {
        name
        for name, i in at.items()
        if name not in ("theme", "label")
        and len(sheet.rows) > 1
        and isinstance(sheet.rows[0][i], str)
        and len({row[i] for row in sheet.rows}) == 1
    }
    left = bounds | same | ({"label"} if "theme" in at else set())
    names = [name for name in at if name not in left]
    rows = tuple(tuple(_cell(name, row, at) for name in names) for row in sheet.rows)
    constant = tuple(
        (_spaced(name), str(sheet.rows[0][i])) for name, i in at.items() if name in same
    )
    return ReadSheet(tuple(map(_spaced, names)), rows, constant)


def _folds(name: str, at: dict[str, int]) -> bool:
    return f"{name}_low" in at and f"{name}_high" in at


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _cell(name: str, row: Sequence[Cell], at: dict[str, int]) -> ReadCell:
    value = row[at[name]]
    if name == "theme" and "label" in at and row[at["label"]]:
        value = row[at["label"]]
    if value is None:
        return ReadCell(NOTHING, "", number=True)
    if isinstance(value, str):
        undefined = _folds(name, at)
        return ReadCell(value, "" if undefined else value, number=undefined)
    if not _folds(name, at):
        return ReadCell(plain(value), plain(value), number=True)
    low, high = row[at[f"{name}_low"]], row[at[f"{name}_high"]]
    text = _two(value)
    if isinstance(low, int | float) and isinstance(high, int | float):
        text += f" ({_two(low)} to {_two(high)})" if low < 0 else f" ({_two(low)}–{_two(high)})"
    return ReadCell(text, plain(value), number=True)


def _two(value: float) -> str:
    """Two decimals, with a minus that is read as one, and never a negative zero."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
