"""The participants table, and which participant a file or label means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from ccgmine.domain import Participant
from ccgmine.errors import CcgmineError, InputError, InputErrors, shown
from ccgmine.files import decode, read_bytes
from ccgmine.ingest.classification import Sheet, classification_sheet
from ccgmine.ingest.comments import Columns
from ccgmine.ingest.labels import without_brackets
from ccgmine.matching import similar_pairs, tokens
from ccgmine.tables import Table, read_delimited, read_table

# What ties a label to a participant, as it is told.
ALIAS = "the column 'speaker'"
OWN_ID = "the label is the participant's ID"
SHORT_ID = "the label is the participant's ID in another spelling"

_MADE_DATE = re.compile(
    r"\d{4}-\d\d-\d\d 00:00:00|\d{1,2}[- ][A-Za-z]{3}(?:[- ]\d{2,4})?|[A-Za-z]{3}[- ]\d{2,4}"
)
_RANGE = re.compile(r"\d+\s*[-–]\s*\d+|\d+\s*\+|[<>]\s*\d+")


@dataclass(frozen=True, slots=True)
class Person:
    """A participant with what ties files and speaker labels to them."""

    participant: Participant
    files: tuple[str, ...] = ()
    speaker: str = ""

    @property
    def participant_id(self) -> str:
        """The participant's id."""
        return self.participant.participant_id


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """Everybody in a participants table.

    ``adds`` says that it only adds to what is known of somebody, as a classification sheet does;
    else its rows are all there is. ``of_files`` says that each row is a file, which stands for
    the one who speaks in it. ``missing`` are columns that the user named and it does not have.
    """

    people: list[Person]
    notes: tuple[str, ...] = ()
    adds: bool = False
    of_files: bool = False
    missing: tuple[str, ...] = ()


def read_people(path: Path, named: Columns | None = None) -> PeopleTable:
    """Read a participants table, or a classification sheet of NVivo.

    Args:
        path: CSV, TSV, XLSX or JSON lines, or tab-separated .txt, with the column
            ``participant_id`` and, as far as there are, ``site``, ``respondent_type``, ``file``
            (one or more file names, ``;`` between) and ``speaker`` (the label in the
            transcript). Anything more becomes an attribute, but for ``file``, which is no value
            to group by, and ``speaker``, which may be a name and is not kept.
        named: What the user calls the columns of id, site and respondent type.

    Raises:
        InputError: If there is no such column, two of one name, or nobody in it.
        InputErrors: For all rows without an id or with one that stands in another row.
    """
    named = named or Columns()
    table = _table(path)
    rows = list(table.rows)
    there = set(table.columns)
    elsewhere = named.participant and named.participant in table.columns[1:]
    sheet = None if elsewhere else classification_sheet(table, rows)
    if sheet is not None:
        table, rows = sheet.table, list(sheet.table.rows)
        there.update(table.columns)  # which are without letters before them now
    folded = [name.casefold() for name in table.columns]
    twice = next((name for name in table.columns if name and folded.count(name.casefold()) > 1), "")
    if twice:  # of which one would be lost, or be another attribute of the same name
        raise InputError(
            f"two columns are called {shown(twice)}, upper and lower case alike",
            where=path,
            remedy="Rename one of them.",
        )
    id_at = _at(table, named.participant, "participant_id", "participant", "id")
    if id_at is None:
        raise InputError(
            "a participants table needs a column 'participant_id'",
            where=path,
            remedy=f"Rename the column with the IDs, or name it with --participant-column. "
            f"{table.listed}",
        )
    people, problems = _people(Table(table.columns, iter(rows), table.where), id_at, named)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputErrors(
            problems, f"{len(problems)} rows of the participants table are not usable"
        )
    if not people:
        raise InputError(
            "the participants table has no rows", where=path, remedy="Write one row a participant."
        )
    wanted = (named.participant, named.site, named.respondent_type)
    return PeopleTable(
        people,
        (*(_of_sheet(sheet, len(people)) if sheet else ()), *_spoiled(table, rows)),
        adds=sheet is not None,
        of_files=sheet is not None and sheet.of_files,
        missing=tuple(name for name in wanted if name and name not in there),
    )


def _table(path: Path) -> Table:
    if path.suffix.lower() != ".txt":
        return read_table(path)
    # As NVivo writes and reads classification sheets.
    return read_delimited(StringIO(decode(read_bytes(path), path), newline=""), path)


def _of_sheet(sheet: Sheet, n_rows: int) -> tuple[str, ...]:
    what = "files" if sheet.of_files else "cases"
    said = f"read as NVivo's classification sheet {shown(sheet.classification)}: {n_rows} {what}"
    if sheet.unassigned:
        said += f"; {sheet.unassigned} values unassigned or not applicable are empty"
    return (f"{said}; what the study knows beside it stays",)


def _spoiled(table: Table, rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[str, ...]:
    """Columns in which some ranges became dates, as spreadsheets do to 1-2 and 10-12."""
    notes = []
    for i, name in enumerate(table.columns):
        values = {cells[i].strip() for _, cells in rows} - {""}
        dates = {value for value in values if _MADE_DATE.fullmatch(value)}
        if dates and any(_RANGE.fullmatch(value) for value in values):
            notes.append(
                f"the column {shown(name)} has {shown(min(dates))} beside ranges: a spreadsheet "
                "may have made a date of a range such as 1-2"
            )
    return tuple(notes)


def _at(table: Table, named: str, *usual: str) -> int | None:
    # A column without a name is not the one that was not named.
    there = named and named in table.columns
    return table.columns.index(named) if there else table.find(*usual)


def _people(table: Table, id_at: int, named: Columns) -> tuple[list[Person], list[CcgmineError]]:
    path = table.where
    site_at = _at(table, named.site, "site")
    type_at = _at(table, named.respondent_type, "respondent_type", "type")
    file_at = table.find("file", "files", "transcript")
    speaker_at = table.find("speaker", "speaker_label")
    taken = {id_at, site_at, type_at, file_at, speaker_at}
    rest = [i for i, name in enumerate(table.columns) if i not in taken and name]
    people: list[Person] = []
    rows: dict[str, int] = {}
    problems: list[CcgmineError] = []
    for number, cells in table.rows:
        place = f"row {number}"

        def cell(at: int | None, cells: Sequence[str] = cells) -> str:
            return "" if at is None else " ".join(cells[at].split())

        participant_id = cell(id_at)
        if not participant_id:
            problems.append(
                InputError("the participant has no ID", where=path, at=place, remedy="Give it one.")
            )
            continue
        folded = participant_id.casefold()  # GP ID 3 and gp id 3 could not be told apart
        if folded in rows:
            problems.append(
                InputError(
                    f"the ID {shown(participant_id)} stands in row {rows[folded]} already",
                    where=path,
                    at=place,
                    remedy="Each participant has one row.",
                )
            )
            continue
        rows[folded] = number
        attributes = tuple((table.columns[i], cell(i)) for i in rest)
        files = tuple(f.strip() for f in cell(file_at).split(";") if f.strip())
        participant = Participant(participant_id, cell(site_at), cell(type_at), attributes, files)
        people.append(Person(participant, files, cell(speaker_at)))
    return people, problems


def check_spelling(participants: Iterable[Participant], where: Path | str) -> None:
    """Refuse sites and respondent types that look like one value written in two ways.

    Raises:
        InputErrors: Naming each pair and who carries the rarer spelling.
    """
    known = list(participants)
    problems: list[CcgmineError] = []
    for attribute in ("site", "respondent_type"):
        carriers: dict[str, list[str]] = {}
        for p in known:
            if p.value(attribute):
                carriers.setdefault(p.value(attribute), []).append(p.participant_id)
        for a, b, what in similar_pairs(sorted(carriers)):
            rare = min((a, b), key=lambda v: len(carriers[v]))
            usual = b if rare == a else a
            who = ", ".join(sorted(carriers[rare])[:3])
            problems.append(
                InputError(
                    f"the {attribute} {shown(rare)} ({who}) differs from {shown(usual)} in {what} "
                    "only",
                    where=where,
                    remedy="Write it in one way, or pass --allow-similar if these are two.",
                )
            )
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputErrors(problems, f"{len(problems)} spellings to settle; nothing was changed")


def added_to(old: Participant | None, person: Person) -> Person:
    """Somebody as the study knows them, with what a table that only adds says of them."""
    if old is None:
        return person
    new = person.participant
    attributes = dict(old.attributes)
    for name, value in new.attributes:
        attributes[name] = value or attributes.get(name, "")
    merged = replace(
        old,
        site=new.site or old.site,
        respondent_type=new.respondent_type or old.respondent_type,
        attributes=tuple(attributes.items()),
        files=new.files or old.files,
    )
    return replace(person, participant=merged)


def differences(old: Participant, new: Participant) -> list[str]:
    """What the participants table changes about somebody, a line each."""
    before, after = (
        {
            "site": p.site,
            "respondent_type": p.respondent_type,
            **dict(p.attributes),
            "file": "; ".join(p.files),
        }
        for p in (old, new)
    )
    pairs = [(key, before.get(key, ""), after.get(key, "")) for key in {**before, **after}]
    return [
        f"{new.participant_id}: {key} {shown(a)} is now {shown(b)}" for key, a, b in pairs if a != b
    ]


class PeopleIndex:
    """Finds participants by file name, header line or speaker label.

    Args:
        people: Everybody who may be meant.
    """

    def __init__(self, people: Iterable[Person]) -> None:
        self.people = list(people)
        self._tokens = {p.participant_id: tokens(p.participant_id) for p in self.people}
        self._by_label: dict[str, tuple[Person, str] | None] = {}
        # One look-up a label, however many people: a file may have thousands of labels.
        self._names: tuple[tuple[str, dict[object, list[Person]]], ...] = (
            (ALIAS, _grouped((tokens(p.speaker), p) for p in self.people if p.speaker)),
            (OWN_ID, _grouped((self._tokens[p.participant_id], p) for p in self.people)),
            (
                SHORT_ID,
                _grouped((_short(self._tokens[p.participant_id]), p) for p in self.people),
            ),
            (
                SHORT_ID,
                _grouped(("".join(self._tokens[p.participant_id]), p) for p in self.people),
            ),
        )

    def by_label(self, label: str) -> Person | None:
        """Who a speaker label names: their id, its short form, or their ``speaker`` alias."""
        found = self.named_by_label(label)
        return found[0] if found else None

    def named_by_label(self, label: str) -> tuple[Person, str] | None:
        """Who a speaker label names, and by what."""
        if label not in self._by_label:
            bare = without_brackets(label)  # P25 (GP, Hill) is P25, unless somebody is called so
            found = self._look_up(label)
            self._by_label[label] = found or (self._look_up(bare) if bare != label else None)
        return self._by_label[label]

    def _look_up(self, label: str) -> tuple[Person, str] | None:
        wanted = tokens(label)
        if not wanted:
            return None
        keys = (wanted, wanted, _short(wanted), "".join(wanted))
        for key, (what, names) in zip(keys, self._names, strict=True):
            found = names.get(key, [])
            if len(found) == 1:
                return found[0], what
        return None

    def by_file_column(self, path: Path) -> list[Person]:
        """Who has this file in their column ``file``, by name with or without suffix."""
        name, stem = path.name.casefold(), path.stem.casefold()
        return [
            p
            for p in self.people
            if any(f.replace("\\", "/").split("/")[-1].casefold() in {name, stem} for f in p.files)
        ]

    def named_in(self, text: str) -> list[Person]:
        """Who is named in a file name or header line; a longer id hides one inside it."""
        words = tokens(text)
        hits = [(p, s) for p in self.people for s in _places(self._tokens[p.participant_id], words)]
        if not hits:
            dropped = _short(words)
            short = ((p, _short(self._tokens[p.participant_id])) for p in self.people)
            hits = [(p, s) for p, t in short if len(t) > 1 for s in _places(t, dropped)]
        if not hits:
            joined = ((p, "".join(self._tokens[p.participant_id])) for p in self.people)
            hits = [(p, s) for p, name in joined for s in _run_on_places(name, words)]
        longest = [
            p
            for p, (a, b) in hits
            if not any(c <= a and b <= d and d - c > b - a for _, (c, d) in hits)
        ]
        return list({p.participant_id: p for p in longest}.values())


def _grouped(pairs: Iterable[tuple[object, Person]]) -> dict[object, list[Person]]:
    groups: dict[object, list[Person]] = {}
    for key, person in pairs:
        groups.setdefault(key, []).append(person)
    return groups


def _short(words: tuple[str, ...]) -> tuple[str, ...]:
    """Tokens without the filler words of ids: GP ID 17 and GP17 are one."""
    return tuple(w for w in words if w not in {"id", "no", "number", "nr"})


def _run_on_places(name: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where GPID 35 stands for GP ID 35: whole words that join to the same letters."""
    return [
        (i, j)
        for i in range(len(words))
        for j in range(i + 1, min(len(words), i + 6) + 1)
        if "".join(words[i:j]) == name
    ]


def _places(needle: tuple[str, ...], words: tuple[str, ...]) -> list[tuple[int, int]]:
    n = len(needle)
    if not n:
        return []
    return [(i, i + n) for i in range(len(words) - n + 1) if words[i : i + n] == needle]
