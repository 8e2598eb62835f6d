"""Tables of codings that other programs export, read by the names of their columns.

What each column means is either said by the user, or known: MAXQDA's list of coded segments,
ATLAS.ti's list of quotations, Dedoose's excerpts, NVivo's references.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from ccgmine.domain import Codebook
from ccgmine.errors import InputError, UsageError
from ccgmine.exchange.themes import PATH_MARK
from ccgmine.tables import Table

FIELDS = ("participant_id", "transcript", "theme", "quote", "coder", "start", "end")
_YES = frozenset({"true", "1", "yes", "x", "wahr", "ja"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRow:
    """One coding of a table of another program; a row with several codes gives several."""

    row: int
    theme: str
    participant_id: str = ""
    transcript: str = ""
    coder: str = ""
    quote: str = field(default="", repr=False)
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Preset:
    """How a program names its columns.

    ``columns`` gives for each of our fields the names that it may have; those in ``needed`` must
    be there. ``codes_apart`` is what stands between several codes of one cell, a regular
    expression. ``uncoded`` is what a row without a code is called, where the program has such
    rows; elsewhere it is a mistake.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    needed: tuple[tuple[str, ...], ...]
    codes_apart: str = ""
    uncoded: str = ""
    document: Callable[[str], str] = str.strip


def _file_name(text: str) -> str:
    r"""A document's own name: ``Files\\Interviews\\Anna`` is Anna."""
    text = text.strip().strip("<>")
    return PureWindowsPath(text).name or text


def _numbered(text: str) -> str:
    """ATLAS.ti numbers its documents: ``D 3: Anna.docx``."""
    return re.sub(r"^D\s?\d+:\s*", "", text.strip())


PRESETS = (
    Preset(
        "MAXQDA coded segments",
        {
            "transcript": ("document name", "document", "dokumentname", "dokument"),
            "theme": ("code",),
            "quote": ("segment", "preview", "vorschau"),
            "coder": ("modified by", "author", "created by", "autor", "bearbeitet von"),
        },
        (
            ("document name", "dokumentname", "document", "dokument"),
            ("code",),
            ("segment", "preview", "vorschau"),
            (
                *("beginning", "begin", "anfang", "weight", "weight score", "gewicht"),
                *("coverage %", "modified by", "bearbeitet von"),
            ),
        ),
    ),
    Preset(
        "ATLAS.ti quotations",
        {
            "transcript": ("document", "document name", "dokument"),
            "theme": ("codes", "code", "kodes"),
            "quote": ("quotation content", "text content", "content", "zitatinhalt"),
            "coder": ("created by", "author", "creating author", "erstellt von"),
        },
        (
            ("quotation content", "text content", "zitatinhalt"),
            ("codes", "code", "kodes"),
            ("document", "document name", "dokument"),
        ),
        codes_apart=r"[\n\r]+|;\s",
        uncoded="quotations",
        document=_numbered,
    ),
    Preset(
        "NVivo references",
        {
            "transcript": ("file name", "file", "source", "internals", "files", "name of file"),
            "theme": ("code name", "code", "node", "codes", "hierarchical name"),
            "quote": ("coded text", "reference text", "text", "content"),
            "coder": ("coded by", "coded by initials", "user", "initials"),
            "participant_id": ("case", "case name", "cases"),
        },
        (
            ("code name", "code", "node", "codes", "hierarchical name"),
            ("coded text", "reference text", "text", "content"),
            ("file name", "file", "source", "internals", "files", "name of file", "case name"),
            ("coverage", "reference", "reference number", "coded by", "coded by initials"),
        ),
        document=_file_name,
    ),
    Preset(
        "Taguette highlights",
        {"transcript": ("document",), "theme": ("tag",), "quote": ("content",)},
        (("id",), ("document",), ("tag",), ("content",)),
    ),
    Preset(
        "QualCoder coded text",
        {
            "transcript": ("file", "filename"),
            "theme": ("codename",),
            "quote": ("coded",),
            "coder": ("coder",),
            "participant_id": ("case",),
        },
        (("file", "case"), ("codename",), ("coded",), ("coder",)),
    ),
)
_DEDOOSE_CODE = re.compile(r"code:\s*(.+?)\s+applied", re.IGNORECASE)
_DEDOOSE = {
    "transcript": ("media title", "resource title", "media", "document", "resource"),
    "quote": ("excerpt copy", "excerpt", "excerpt text", "excerpt content", "text"),
    "coder": ("excerpt creator", "creator", "excerpt created by", "user"),
}


def read_map(given: Iterable[str]) -> dict[str, str]:
    """The columns that a user names, ``FIELD=COLUMN`` each.

    >>> read_map(["theme=Code", 'quote="Text"'])
    {'theme': 'Code', 'quote': 'Text'}

    Raises:
        UsageError: If a field is not known, named twice, or nothing stands behind it.
    """
    found: dict[str, str] = {}
    for text in given:
        name, equals, column = text.partition("=")
        name, column = name.strip().casefold(), column.strip()
        if len(column) > 1 and column[0] == column[-1] and column[0] in "\"'":
            column = column[1:-1]
        if name == "participant":
            name = "participant_id"
        if name not in FIELDS or not equals or not column:
            raise UsageError(
                f"--map cannot use '{text}'",
                remedy=f"Write FIELD=COLUMN, with one of {', '.join(FIELDS)}.",
            )
        if name in found:
            raise UsageError(f"--map names '{name}' twice", remedy="Name it once.")
        found[name] = column
    return found


def mapped_rows(
    table: Table, columns: Mapping[str, str], coder: str, separator: str = ""
) -> Iterator[ForeignRow]:
    """The codings of a table whose columns the user has named.

    Args:
        table: The table.
        columns: Column by field, as `read_map` gives it.
        coder: Who coded, where no column says.
        separator: What stands between several themes of one cell; "" if there is one only.

    Raises:
        InputError: If a column is not there.
        UsageError: If what is needed is not named.
    """
    at = {name: table.index(column) for name, column in columns.items()}
    if "theme" not in at:
        raise UsageError("--map names no theme", remedy='Add --map theme="COLUMN".')
    if "participant_id" not in at and "transcript" not in at:
        raise UsageError(
            "--map names neither participant nor transcript",
            remedy='Add --map participant_id="COLUMN" or --map transcript="COLUMN".',
        )
    if "quote" not in at and not {"start", "end"} <= at.keys():
        raise UsageError(
            "--map names no quote", remedy='Add --map quote="COLUMN", or start and end.'
        )
    apart = re.escape(separator) if separator else ""
    yield from _rows(table, at, coder, apart, str.strip)


@dataclass(frozen=True, slots=True)
class KnownTable:
    """Whose table it is, its codings, and what its rows without a code are called, if it has such.

    Passages may be marked and commented in some programs before anybody codes them.
    """

    name: str
    rows: Iterator[ForeignRow]
    uncoded: str = ""


def preset_rows(table: Table, coder: str) -> KnownTable | None:
    """The codings of a table that is known by its columns; None if none fits.

    Args:
        table: The table.
        coder: Who coded, where no column says.
    """
    folded = [_folded(c) for c in table.columns]
    found = _dedoose(table, folded, coder)
    if found is not None:
        return KnownTable("Dedoose excerpts", found, "excerpts")
    for preset in PRESETS:
        if all(any(name in folded for name in names) for names in preset.needed):
            at = {
                name: i
                for name, names in preset.columns.items()
                if (i := _first(folded, names)) is not None
            }
            rows = _rows(table, at, coder, preset.codes_apart, preset.document)
            return KnownTable(preset.name, rows, preset.uncoded)
    return None


def _folded(column: str) -> str:
    return " ".join(column.casefold().replace("_", " ").split())


def _first(folded: Sequence[str], names: Iterable[str]) -> int | None:
    return next((folded.index(name) for name in names if name in folded), None)


def _rows(
    table: Table, at: Mapping[str, int], coder: str, apart: str, document: Callable[[str], str]
) -> Iterator[ForeignRow]:
    for number, cells in table.rows:
        found = {name: cells[i].strip() for name, i in at.items()}
        themes = re.split(apart, found["theme"]) if apart else [found["theme"]]
        themes = [theme.strip() for theme in themes if theme.strip()]
        # A row without a code is a row all the same: it must be told of, not dropped.
        for theme in themes or [""]:
            yield ForeignRow(
                row=number,
                theme=theme,
                participant_id=found.get("participant_id", ""),
                transcript=document(found.get("transcript", "")),
                coder=found.get("coder", "") or coder,
                quote=found.get("quote", ""),
                start=found.get("start", ""),
                end=found.get("end", ""),
            )


def _dedoose(table: Table, folded: Sequence[str], coder: str) -> Iterator[ForeignRow] | None:
    codes = [
        (i, match[1])
        for i, name in enumerate(table.columns)
        if (match := _DEDOOSE_CODE.match(name))
    ]
    at = {name: i for name, names in _DEDOOSE.items() if (i := _first(folded, names)) is not None}
    if not codes or "quote" not in at or "transcript" not in at:
        return None
    return _dedoose_rows(table, codes, at, coder)


def _dedoose_rows(
    table: Table, codes: Sequence[tuple[int, str]], at: Mapping[str, int], coder: str
) -> Iterator[ForeignRow]:
    for number, cells in table.rows:
        who = cells[at["coder"]].strip() if "coder" in at else ""
        applied = [name for i, name in codes if cells[i].strip().casefold() in _YES]
        for name in applied or [""]:
            yield ForeignRow(
                row=number,
                theme=name,
                transcript=cells[at["transcript"]].strip(),
                coder=who or coder,
                quote=cells[at["quote"]].strip(),
            )


def nothing_fits(table: Table, where: Path) -> InputError:
    """The error for a table that is none of those known."""
    guesses = {
        "theme": ("code", "codes", "theme", "themes", "tag", "label", "node", "category"),
        "quote": ("quote", "text", "segment", "excerpt", "content", "passage", "quotation"),
        "transcript": ("transcript", "document", "file", "source", "interview", "media title"),
        "participant_id": ("participant", "case", "participant id", "respondent", "id"),
        "coder": ("coder", "author", "created by", "user"),
    }
    folded = [_folded(c) for c in table.columns]
    guessed = [
        f'{name}="{table.columns[i]}"'
        for name, names in guesses.items()
        if (i := _first(folded, names)) is not None
    ]
    example = " ".join(f"--map {g}" for g in guessed) or '--map theme="Code" --map quote="Text"'
    return InputError(
        "these columns are not known",
        where=where,
        remedy=f"Say what they are, as in {example} (fields: {', '.join(FIELDS)}). {table.listed}",
    )


def path_of(name: str) -> tuple[str, ...]:
    r"""A code's path, whichever way a program writes it.

    >>> path_of("Burden > Meetings"), path_of("Nodes\\Burden\\Meetings"), path_of("a::b")
    (('Burden', 'Meetings'), ('Burden', 'Meetings'), ('a', 'b'))
    """
    parts = [p.strip() for p in re.split(r"\s*(?:>|\\+|::)\s*", name) if p.strip()]
    if len(parts) > 1 and "\\" in name and parts[0].casefold() in {"nodes", "codes"}:
        parts = parts[1:]
    return tuple(parts)


class CodeFinder:
    """Finds the theme that another program's code is: by its name, else by its path."""

    def __init__(self, codebook: Codebook, find: Callable[[str], str | None]) -> None:
        self._find = find
        themes = {theme.theme_id: theme for theme in codebook}
        self._by_path: dict[tuple[str, ...], set[str]] = {}
        for theme in codebook:
            names, above = [theme.name], theme.parent_id
            while above in themes and len(names) <= len(themes):
                names.append(themes[above].name)
                above = themes[above].parent_id
            path = tuple(name.casefold() for name in reversed(names))
            self._by_path.setdefault(path, set()).add(theme.theme_id)

    def find(self, name: str) -> str | None:
        """The theme's id; None if there is none, or several."""
        found = self._find(name)
        if found is not None:
            return found
        path = path_of(name)
        if len(path) < 2 and ": " in name:  # ATLAS.ti's code within a category
            path = path_of(name.replace(": ", PATH_MARK))
        if len(path) < 2:
            return self._find(path[0]) if path else None
        found = self._find(PATH_MARK.join(path))
        if found is not None:
            return found
        folded = tuple(part.casefold() for part in path)
        same = self._by_path.get(folded, set())
        if len(same) == 1:
            return next(iter(same))
        # A code filed elsewhere is the same code, if only one theme is called so.
        return self._find(path[-1])
