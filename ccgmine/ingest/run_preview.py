"""Who the speakers of files would be taken for, and by which rule, with nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.domain import Transcript
from ccgmine.errors import CcgmineError, InputError, InputErrors
from ccgmine.ingest.gathering import Found, gather
from ccgmine.ingest.intake import IngestOptions
from ccgmine.ingest.labels import fold
from ccgmine.ingest.raw import Utterance
from ccgmine.ingest.run import Progress, known_people
from ccgmine.ingest.run_transcripts import Aliases, TranscriptReader
from ccgmine.report.sheet import Cell, Sheet
from ccgmine.study import Study
from ccgmine.tables import TABLE_SUFFIXES

COLUMNS = ("file", "label", "speaker", "role", "participant", "turns", "words", "rule", "state")
NOTES = (
    "label: what stands in the file; speaker: what the study would keep. Nothing was written.",
)
_NOT_KNOWN = "not known"


@dataclass
class Preview:
    """The speakers of every file, what was passed over, and what cannot be read."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    problems: list[CcgmineError] = field(default_factory=list)

    @property
    def sheet(self) -> Sheet:
        """The speakers as a table."""
        return Sheet("Speakers, as they would be read", COLUMNS, tuple(self.rows), NOTES)


def preview(
    study: Study, paths: Sequence[Path], options: IngestOptions, progress: Progress
) -> Preview:
    """Read files as `ingest` does, and say who is taken for whom.

    Args:
        study: An open study; nothing is written to it.
        paths: Files, folders and zips.
        options: How to read them.
        progress: Told what is being done.

    Raises:
        InputError: If the participants table is not usable, or nothing was handed in.
    """
    gathered = gather(paths, options.limits)
    known = known_people(study, options, gathered.files)
    reader = TranscriptReader(study, options, known.everybody)
    aliases = Aliases(reader.people)
    result = Preview(notes=list(known.notes), skipped=gathered.skipped, problems=gathered.problems)
    for done, found in enumerate(gathered.files):
        progress(found.path.name, done, len(gathered.files))
        if found.path.suffix.lower() in TABLE_SUFFIXES:
            result.skipped.append(f"{found.path.name} (a table of texts has no speakers)")
            continue
        try:
            _look_at(reader, found, aliases, result)
        except InputErrors as error:
            result.problems += error.problems
        except InputError as error:
            result.problems.append(error)
    progress("", len(gathered.files), len(gathered.files))
    result.notes += aliases.unused()
    return result


def _look_at(reader: TranscriptReader, found: Found, aliases: Aliases, result: Preview) -> None:
    path = found.path
    parsed = reader.parse(found)
    twin = reader.twin_of_bytes(found, parsed.digest)
    if twin is not None:
        result.skipped.append(f"{path.name} (the same file as {twin})")
        return
    try:
        cast = reader.cast(parsed, path)
    except InputError:
        # The labels are what the user needs to mend it.
        result.rows += [
            (path.name, label, "", _NOT_KNOWN, "", turns, words, "", "refused")
            for label, turns, words in _labels(parsed.raw.utterances)
        ]
        raise
    aliases.note(path, parsed.raw, cast)
    result.notes += [f"{path.name}: {note}" for note in (*parsed.notes, *cast.notes)]
    problem = None
    try:
        state = _state(reader.study, reader.build(parsed, cast, path), path)
    except InputError as error:
        state, problem = "refused", error
    for label, turns, words in _labels(parsed.raw.utterances):
        role, speaker, participant = cast.parts[fold(label)]
        rule = cast.rules.get(fold(label), "")
        result.rows.append(
            (path.name, label, speaker, str(role), participant or "", turns, words, rule, state)
        )
    if problem is not None:
        raise problem


def _labels(utterances: Iterable[Utterance]) -> list[tuple[str, int, int]]:
    """(label as it is first spelled, turns, words) of each speaker of a file."""
    found: dict[str, tuple[str, int, int]] = {}
    for utterance in utterances:
        key = fold(utterance.speaker)
        label, turns, words = found.get(key, (utterance.speaker, 0, 0))
        found[key] = (label, turns + 1, words + len(utterance.text.split()))
    return list(found.values())


def _state(study: Study, transcript: Transcript, path: Path) -> str:
    """Whether the study has the transcript, and as it is read now."""
    old = study.corpus.transcript(transcript.transcript_id)
    if old is None:
        return "new"
    same = study.corpus.source_of(transcript.transcript_id) == path.name
    return "as in the study" if same and old == transcript else "changed"
