r"""Codebooks that other programs export as tables: a row a code, nested by paths or by indents.

::

    Name           Description       Files   References
    Burden         What weighs       12      40
      Meetings                       9       21
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccgmine.codebook import numbered
from ccgmine.errors import InputError
from ccgmine.exchange.limits import Limits
from ccgmine.exchange.project import CodeIn, Counts, Project
from ccgmine.exchange.refi_codes import plain_name

_LEVELS = Limits().depth
_FOLDERS = frozenset({"nodes", "codes"})


@dataclass(frozen=True, slots=True)
class Layout:
    """What a program calls the columns; ``needed`` must all be there, ``paths`` split names."""

    origin: str
    name: tuple[str, ...]
    definition: tuple[str, ...]
    needed: tuple[tuple[str, ...], ...]
    paths: bool = False


LAYOUTS = (
    Layout(
        "NVivo",
        ("name",),
        ("description",),
        (("name",), ("description",), ("files", "sources"), ("references",)),
        paths=True,
    ),
    Layout(
        "Taguette",
        ("tag",),
        ("description",),
        (("tag",), ("description",), ("number of highlights",)),
    ),
)


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code as its row has it; ``indent`` only tells more from less."""

    indent: int
    name: str
    definition: str = field(default="", repr=False)


def layout_of(columns: Sequence[str]) -> tuple[Layout, int, int] | None:
    """Whose codebook these columns are, with the places of name and definition."""
    folded = [" ".join(column.casefold().split()) for column in columns]

    def at(names: Iterable[str]) -> int:
        return next((folded.index(name) for name in names if name in folded), -1)

    for layout in LAYOUTS:
        if all(at(names) >= 0 for names in layout.needed):
            return layout, at(layout.name), at(layout.definition)
    return None


def indent_of(name: str) -> int:
    """How far a name is set in by spaces before it."""
    return len(name) - len(name.lstrip())


def codebook_project(path: Path, layout: Layout, rows: Iterable[CodeRow]) -> Project:
    """The codes as a project without sources.

    Args:
        path: The file, by whose name the project is called.
        layout: Whose it is.
        rows: Its codes, parents before children where indents say so.

    Raises:
        InputError: If codes are nested deeper than anybody nests them.
    """
    codes: dict[tuple[str, ...], CodeIn] = {}
    taken: dict[str, set[str]] = {}
    open_rows: list[tuple[int, CodeIn]] = []

    def add(above: CodeIn | None, own: str, definition: str, *, codable: bool) -> CodeIn:
        parent_id = above.code_id if above else ""
        siblings = taken.setdefault(parent_id, set())
        own = numbered(own, siblings)
        siblings.add(own.casefold())
        path = (*(above.path if above else ()), own)
        made = CodeIn(f"code {len(codes) + 1}", path, parent_id, definition, codable)
        codes[path] = made
        return made

    for row in rows:
        parts = _parts(row.name, split=layout.paths)
        if max(len(parts), len(open_rows)) > _LEVELS:
            raise InputError(
                f"nests codes more than {_LEVELS} levels deep",
                where=path,
                remedy="Export the codebook again.",
            )
        while open_rows and open_rows[-1][0] >= row.indent:
            open_rows.pop()
        above = open_rows[-1][1] if open_rows and len(parts) == 1 else None
        for n in range(1, len(parts)):
            # A parent that has no row of its own only groups.
            above = codes.get(parts[:n]) or add(above, parts[n - 1], "", codable=False)
        whole = (*(above.path if above else ()), parts[-1])
        grouping = codes.get(whole)
        if grouping is not None and not grouping.codable:  # its children stand before it
            code = replace(grouping, definition=row.definition, codable=True)
            codes[whole] = code
        else:
            code = add(above, parts[-1], row.definition, codable=True)
        open_rows.append((row.indent, code))
    return Project(
        name=path.stem,
        origin=layout.origin,
        codes=tuple(codes.values()),
        in_file=Counts(themes=len(codes)),
    )


def _parts(name: str, *, split: bool) -> tuple[str, ...]:
    r"""A code's path: ``Codes\\Burden\Meetings``."""
    parts = [plain_name(part, "") for part in (re.split(r"\\+", name) if split else [name])]
    parts = [part for part in parts if part]
    if len(parts) > 1 and parts[0].casefold() in _FOLDERS:
        parts = parts[1:]
    return tuple(parts) or ("code without a name",)
