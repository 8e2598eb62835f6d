"""How to read a project file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.exchange.limits import Limits
from ccgmine.exchange.offsets import Convention, read_convention

Row = Mapping[str, object]
Tables = Mapping[str, Sequence[Row]]
TableReader = Callable[[Path, str, Mapping[str, Sequence[str]], tuple[int, int, int]], Tables]
"""`ccgmine.store.foreign.read_tables`, which readers are handed since they know no store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How to read a project file.

    ``offsets`` are conventions that the user names, by source ("" for every source);
    ``folder`` is where texts outside the file may be read from, nowhere if None; ``docx`` turns
    a Word document into its text, for sources that have no other; ``tables`` reads databases.
    """

    limits: Limits = field(default_factory=Limits)
    offsets: tuple[tuple[str, Convention], ...] = ()
    folder: Path | None = None
    docx: Callable[[bytes, Path], str] | None = None
    tables: TableReader | None = None

    def convention_of(self, source_name: str) -> Convention | None:
        """What the user says of a source: for itself, or for all."""
        said = {name.casefold(): convention for name, convention in self.offsets}
        return said.get(source_name.casefold(), said.get(""))


def read_offsets(given: Iterable[str]) -> tuple[tuple[str, Convention], ...]:
    """Conventions as ``--offsets`` takes them: for all sources, or for one as ``NAME=…``.

    >>> [(name, c.name) for name, c in read_offsets(["utf16", "Anna=crlf1"])]
    [('', 'utf16,crlf2,nomark'), ('Anna', 'codepoint,crlf1,nomark')]
    """
    found = []
    for text in given:
        name, equals, convention = text.rpartition("=")
        found.append((name.strip() if equals else "", read_convention(convention)))
    return tuple(found)
