"""The way in: files, folders and zips into a study, one transaction a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ccgmine.domain import Participant
from ccgmine.errors import InputError, InputErrors, shown
from ccgmine.ingest.gathering import Found, gather
from ccgmine.ingest.intake import IngestOptions, IngestReport
from ccgmine.ingest.people import Person, added_to, check_spelling, differences, read_people
from ccgmine.ingest.run_comments import CommentIntake
from ccgmine.ingest.run_transcripts import TranscriptIntake, TranscriptReader
from ccgmine.study import Study
from ccgmine.tables import TABLE_SUFFIXES

__all__ = ["IngestOptions", "IngestReport", "Progress", "ingest", "known_people"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""


def ingest(
    study: Study, paths: Sequence[Path], options: IngestOptions, progress: Progress
) -> IngestReport:
    """Take transcripts, tables of short texts and the participants table into a study.

    Args:
        study: An open study that may be written to.
        paths: Files, folders and zips; of the last two, every transcript is read.
        options: How to read them.
        progress: Told what is being done.

    Returns:
        The report; its ``problems`` are files of which nothing was taken in.

    Raises:
        InputError: If the participants table is not usable, or nothing was handed in.
    """
    gathered = gather(paths, options.limits)
    report = IngestReport(skipped=gathered.skipped, problems=gathered.problems)
    people = _update_people(study, options, report, gathered.files)
    reader = TranscriptReader(study, options, people)
    transcripts = TranscriptIntake(reader, report)
    comments = CommentIntake(study, options, report)
    files = gathered.files
    for done, found in enumerate(files):
        progress(found.path.name, done, len(files))
        try:
            if found.path.suffix.lower() in TABLE_SUFFIXES:
                comments.take(found)
            else:
                transcripts.take(found)
            report.files += 1
        except InputErrors as error:
            report.problems += error.problems
        except InputError as error:
            report.problems.append(error)
    progress("", len(files), len(files))
    report.notes += transcripts.aliases.unused()
    return report


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """Everybody who may speak; the participants of the study, and those of the table as merged."""

    everybody: list[Person]
    stored: dict[str, Participant]
    table: dict[str, Participant]
    notes: tuple[str, ...] = ()


def known_people(study: Study, options: IngestOptions, files: Sequence[Found]) -> KnownPeople:
    """Everybody who may speak, by the study and by the participants table.

    Raises:
        InputError: If the participants table is not usable.
    """
    stored = {p.participant_id: p for p in study.corpus.participants()}
    people = {i: Person(p, p.files or _files_of(p)) for i, p in stored.items()}
    path = options.participants
    if path is None:
        return KnownPeople(list(people.values()), stored, {})
    read = read_people(path, options.columns)
    # The columns named may be those of a table of texts.
    if read.missing and not any(f.path.suffix.lower() in TABLE_SUFFIXES for f in files):
        raise InputError(
            f"there is no column {shown(read.missing[0])}",
            where=path,
            remedy="Name a column of the participants table.",
        )
    fresh = {}
    for person in read.people:
        if read.of_files:
            person = _speaker_of(study, person)
        if read.adds:
            person = added_to(stored.get(person.participant_id), person)
        fresh[person.participant_id] = person
    table = {i: person.participant for i, person in fresh.items()}
    if not options.allow_similar:
        check_spelling((stored | table).values(), path)
    notes = tuple(f"{path.name}: {note}" for note in read.notes)
    return KnownPeople(list((people | fresh).values()), stored, table, notes)


def _speaker_of(study: Study, person: Person) -> Person:
    """The participant who speaks in the file that a row is named after, if there is one only."""
    transcript = study.corpus.transcript(person.participant_id)
    speaking = (
        {t.participant_id for t in transcript.turns if t.participant_id} if transcript else ()
    )
    if len(speaking) != 1:
        return person
    return replace(person, participant=replace(person.participant, participant_id=min(speaking)))


def _update_people(
    study: Study, options: IngestOptions, report: IngestReport, files: Sequence[Found]
) -> list[Person]:
    """Bring the participants up to date and say what changed."""
    known = known_people(study, options, files)
    report.notes += known.notes
    stored, fresh = known.stored, known.table
    changed = [p for i, p in fresh.items() if stored.get(i) != p]
    if changed:
        with study.transaction():
            study.corpus.put_participants(changed)
            # What is kept of the study's counts is of other groups now.
            study.record(
                "ingest", {"file": str(options.participants and options.participants.name)}
            )
    for participant in changed:
        old = stored.get(participant.participant_id)
        if old is not None:
            report.participant_changes += differences(old, participant)
    added = len(fresh.keys() - stored.keys())
    if added and stored:
        report.participant_changes.append(f"{added} participants added")
    return known.everybody


def _files_of(participant: Participant) -> tuple[str, ...]:
    """Files of a participant in a study that kept them as an attribute."""
    for name, value in participant.attributes:
        if name.casefold() in {"file", "files", "transcript"}:
            return tuple(f.strip() for f in value.split(";") if f.strip())
    return ()
