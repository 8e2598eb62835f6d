"""Tables of short texts: one row is one text of one participant, and one segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.codebook import ThemeFinder
from ccgmine.domain import Codebook, Participant, Theme, unique
from ccgmine.errors import CcgmineError, InputError, InputErrors, UsageError, shown
from ccgmine.ingest.classification import classification_sheet
from ccgmine.tables import Table, read_table


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; an empty name means the usual one, if the table has it."""

    text: str = ""
    row_id: str = ""
    participant: str = ""
    site: str = ""
    respondent_type: str = ""
    themes: str = ""

    @property
    def named(self) -> bool:
        """Whether any column was named."""
        return any((self.text, self.row_id, self.participant, self.themes))


@dataclass(frozen=True, slots=True)
class ThemeReading:
    """How the themes column is read."""

    separator: str = ";"
    new_themes: bool = False
    empty_means_none: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """One row: ``themes`` None means not coded, empty means read and nothing found."""

    row_id: str
    participant_id: str
    text: str = field(repr=False)
    themes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CommentTable:
    """What a table of short texts holds."""

    comments: tuple[Comment, ...]
    participants: tuple[Participant, ...]
    new_themes: tuple[Theme, ...] = ()
    without_text: int = 0


def read_comments(
    path: Path, columns: Columns, codebook: Codebook, reading: ThemeReading
) -> CommentTable:
    """Read a table of short texts.

    Args:
        path: CSV, TSV, XLSX or JSON lines.
        columns: Which column holds what.
        codebook: The study's themes.
        reading: How themes are separated, and whether unknown ones are taken in.

    Raises:
        InputError: If a column is missing or the table is damaged.
        InputErrors: For all rows that are not usable, at once.
    """
    table = read_table(path, reading.separator)
    if (
        table.find("participant_id") is not None
        and columns.text == ""
        and table.find("text") is None
    ):
        raise UsageError(
            "this looks like a participants table",
            where=path,
            remedy="Hand it in with --participants, or name the column with the texts by "
            "--text-column.",
        )
    rows = _Rows(table, columns, codebook, reading)
    for number, cells in table.rows:
        rows.add(number, cells)
    return rows.finish()


class _Rows:
    """Gathers rows and everything that is wrong with them."""

    def __init__(
        self, table: Table, columns: Columns, codebook: Codebook, reading: ThemeReading
    ) -> None:
        self.where = table.where
        self.reading = reading
        self.text_at = _at(table, columns.text, "text", "comment", "answer")
        if self.text_at is None:
            if classification_sheet(table, list(table.rows)) is not None:
                raise UsageError(
                    "this is a classification sheet of NVivo",
                    where=table.where,
                    remedy="Hand it in with --participants.",
                )
            raise InputError(
                "the column with the texts is not known",
                where=table.where,
                remedy=f"Name it with --text-column. {table.listed}",
            )
        self.id_at = _at(table, columns.row_id, "id", "comment_id", "row_id")
        self.person_at = _at(table, columns.participant, "participant_id", "respondent_id")
        self.site_at = _at(table, columns.site, "site")
        self.type_at = _at(table, columns.respondent_type, "respondent_type")
        self.themes_at = table.index(columns.themes) if columns.themes else None
        self.finder = ThemeFinder(codebook)
        self.take_new = reading.new_themes or not len(codebook)
        self.new: dict[str, Theme] = {}
        self.unknown: dict[str, list[int]] = {}
        self.comments: list[Comment] = []
        self.people: dict[str, tuple[Participant, int]] = {}
        self.ids: dict[str, int] = {}
        self.problems: list[CcgmineError] = []
        self.without_text = 0

    def add(self, number: int, cells: Sequence[str]) -> None:
        row_id = cells[self.id_at].strip() if self.id_at is not None else ""
        if self.id_at is not None and not row_id:
            self._problem(number, "the row has no ID", "Give it one.")
            return
        row_id = row_id or f"{Path(self.where).stem}-{number}"
        if row_id in self.ids:
            first = self.ids[row_id]
            self._problem(number, f"the ID {shown(row_id)} stands in row {first} already", "")
            return
        self.ids[row_id] = number
        person = cells[self.person_at].strip() if self.person_at is not None else row_id
        if not person:
            self._problem(number, "the row has no participant", "Give it the participant's ID.")
            return
        self._add_person(number, person, cells)
        # A cell is one text: white space inside is layout, not words.
        text = " ".join(cells[self.text_at].split()) if self.text_at is not None else ""
        if not text:
            self.without_text += 1
            return
        self.comments.append(Comment(row_id, person, text, self._themes(number, cells)))

    def _add_person(self, number: int, person: str, cells: Sequence[str]) -> None:
        def cell(at: int | None) -> str:
            return "" if at is None else " ".join(cells[at].split())

        found = Participant(person, cell(self.site_at), cell(self.type_at))
        known, first = self.people.setdefault(person, (found, number))
        for attribute in ("site", "respondent_type"):
            a, b = known.value(attribute), found.value(attribute)
            if a != b:
                self._problem(
                    number,
                    f"participant {shown(person)} has the {attribute} {shown(b)} here and "
                    f"{shown(a)} in row {first}",
                    "A person has one.",
                )

    def _themes(self, number: int, cells: Sequence[str]) -> tuple[str, ...] | None:
        if self.themes_at is None:
            return None
        names = [n.strip() for n in cells[self.themes_at].split(self.reading.separator)]
        names = unique(n for n in names if n)
        if not names:
            return () if self.reading.empty_means_none else None
        themes = []
        for name in names:
            theme_id = self.finder.find(name)
            if theme_id is None and name in self.new:
                theme_id = name
            if theme_id is None and self.take_new:
                self.new[name] = Theme(name, name)
                theme_id = name
            if theme_id is None:
                self.unknown.setdefault(name, []).append(number)
            else:
                themes.append(theme_id)
        return tuple(unique(themes))

    def _problem(self, number: int, message: str, remedy: str) -> None:
        self.problems.append(
            InputError(message, where=self.where, at=f"row {number}", remedy=remedy)
        )

    def finish(self) -> CommentTable:
        for name, numbers in self.unknown.items():
            more = f" (and {len(numbers) - 1} more rows)" if len(numbers) > 1 else ""
            self._problem(
                numbers[0],
                f"the theme {shown(name)}{more} is not in the codebook",
                f"{self.finder.nearest(name)} To take new themes in, pass --new-themes.",
            )
        if len(self.problems) == 1:
            raise self.problems[0]
        if self.problems:
            raise InputErrors(
                self.problems, f"{len(self.problems)} problems in {self.where}; nothing of it taken"
            )
        people = tuple(person for person, _ in self.people.values())
        return CommentTable(
            tuple(self.comments), people, tuple(self.new.values()), self.without_text
        )


def _at(table: Table, named: str, *usual: str) -> int | None:
    return table.index(named) if named else table.find(*usual)
