"""NVivo's matrices and crosstabs: how often each code stands with each case, file or value.

They hold counts and no passages, so nothing can be imported from them; they can be compared with
what the study has.

::

                     A : Anna    B : Ben    C : Site = Hill
    1 : Meetings     2           0          3
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ccgmine.errors import InputError
from ccgmine.tables import Table

_ROW = re.compile(r"\d+ : (?=\S)")
_COLUMN = re.compile(r"[A-Z]{1,3} : (?=\S)")
_COUNT = re.compile(r"\d{1,9}")
_TOTAL = re.compile(r"(?:grand )?total(?: \(.*\))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Count:
    """A cell: the code and the case, file or value that it counts, and where it stands."""

    row: int
    code: str
    column: str
    value: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """The counts of a matrix, without its totals."""

    codes: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[Count, ...]


def is_matrix(table: Table, rows: Sequence[tuple[int, Sequence[str]]]) -> bool:
    """Whether a table is laid out so: numbered rows under lettered columns, or a bare corner."""
    heads, names = table.columns[1:], [cells[0].strip() for _, cells in rows]
    if not heads or not names:
        return False
    lettered = any(map(_COLUMN.match, heads)) and any(map(_ROW.match, names))
    bare = not table.columns[0] and all(heads) and all(names)
    cells = [cell.strip() for _, row in rows for cell in row[1:] if cell.strip()]
    return lettered or (bare and bool(cells) and all(map(_COUNT.fullmatch, cells)))


def read_matrix(table: Table, rows: Sequence[tuple[int, Sequence[str]]]) -> Matrix:
    """The counts; an empty cell is 0.

    Raises:
        InputError: If a cell is no count, such as a share of coverage.
    """
    heads = [(i, _bare(_COLUMN, head)) for i, head in enumerate(table.columns) if i]
    heads = [(i, head) for i, head in heads if head and not _TOTAL.fullmatch(head)]
    counts: list[Count] = []
    codes: list[str] = []
    for number, cells in rows:
        code = _bare(_ROW, cells[0])
        if not code or _TOTAL.fullmatch(code):
            continue
        codes.append(code)
        for i, head in heads:
            cell = cells[i].strip() or "0"
            if not _COUNT.fullmatch(cell):
                raise InputError(
                    "holds cells that are no counts",
                    where=table.where,
                    at=f"row {number}",
                    remedy="Let NVivo show the number of references or of cases in the cells.",
                )
            counts.append(Count(number, code, head, int(cell)))
    return Matrix(tuple(codes), tuple(head for _, head in heads), tuple(counts))


def _bare(number: re.Pattern[str], name: str) -> str:
    return " ".join(number.sub("", name.strip(), count=1).split())


def parts_of(column: str) -> tuple[str, str]:
    """Attribute and value of a column; the attribute is empty where only a name stands.

    >>> parts_of("Person:Site = Hill"), parts_of("Site: Hill"), parts_of("Anna")
    (('Site', 'Hill'), ('Site', 'Hill'), ('', 'Anna'))
    """
    attribute, equals, value = column.partition("=")
    if not equals:
        attribute, equals, value = column.rpartition(":")
    if not equals or not value.strip():
        return "", re.split(r"\\+", column.strip("<>"))[-1].strip()
    return re.split(r"[:\\]", attribute)[-1].strip(), value.strip()
