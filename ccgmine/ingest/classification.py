r"""NVivo's classification sheets: a row a case, with its attributes, as a participants table.

::

    Person                  Site    Role    Age group
    Cases\\People\Anna      Hill    GP      30-39
    Cases\\People\Ben       Dale    Nurse   Unassigned

The first cell names the classification; cases are named alone or by their path. A sheet may also
classify files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ccgmine.files import without_suffix
from ccgmine.tables import Table

Row = tuple[int, Sequence[str]]

_NOTHING = frozenset({"unassigned", "not applicable"})
# What classifications of people are usually called; "name" may be anything.
_USUAL = frozenset({
    "person", "people", "case", "cases", "participants", "respondent", "respondents",
    "interviewee", "interviewees", "informant", "patient", "staff", "node", "nodes",
})  # fmt: skip
_OWN = frozenset({"participant_id", "id"})
_PATH = re.compile(r"<?(?:[^\\]+\\\\.|(?:cases|nodes|files|internals|externals|sources)\\.)", re.I)
_FILES = re.compile(r"<?(?:files|internals|externals|sources)\\", re.I)
_ROW_NUMBER = re.compile(r"\d+ : (?=\S)")
_COLUMN_LETTER = re.compile(r"[A-Z]{1,3} : (?=\S)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A classification sheet as a participants table.

    ``of_files`` says that its rows are files; ``unassigned`` counts the values that are none.
    """

    table: Table
    classification: str
    of_files: bool
    unassigned: int


def classification_sheet(table: Table, rows: Sequence[Row]) -> Sheet | None:
    """The sheet, if this is one: by paths of cases, NVivo's words for no value, or its first cell.

    Args:
        table: The table; its rows are not touched.
        rows: Its rows.
    """
    first = table.columns[0].casefold()
    names = [cells[0].strip() for _, cells in rows]
    paths = any(_PATH.match(name) for name in names)
    empty = any(cell.strip().casefold() in _NOTHING for _, cells in rows for cell in cells[1:])
    whole = len({name.casefold() for name in names if name}) == len(names) > 0
    usual = first in _USUAL and len(table.columns) > 1
    if first.replace(" ", "_") in _OWN or not (paths or (whole and (empty or usual))):
        return None
    of_files = paths and all(_FILES.match(name) for name in names)
    numbered = all(_ROW_NUMBER.match(name) for name in names)
    lettered = all(_COLUMN_LETTER.match(name) for name in table.columns[1:])
    unassigned = 0
    made: list[Row] = []
    for number, cells in rows:
        name = _ROW_NUMBER.sub("", cells[0].strip(), count=1) if numbered else cells[0]
        own = _own_name(name)
        if of_files:
            own = without_suffix(own)
        values = ["" if v.strip().casefold() in _NOTHING else v for v in cells[1:]]
        unassigned += sum(v.strip().casefold() in _NOTHING for v in cells[1:])
        made.append((number, [own, *values]))
    attributes = (
        [_COLUMN_LETTER.sub("", c, count=1) for c in table.columns[1:]]
        if lettered
        else table.columns[1:]
    )
    cleaned = Table(("participant_id", *attributes), iter(made), table.where)
    return Sheet(cleaned, table.columns[0], of_files, unassigned)


def _own_name(path: str) -> str:
    r"""The last part of a path.

    >>> _own_name(r"Cases\\People\Anna"), _own_name("Anna")
    ('Anna', 'Anna')
    """
    parts = [part for part in re.split(r"\\+", path.strip().strip("<>")) if part.strip()]
    return parts[-1].strip() if parts else ""
