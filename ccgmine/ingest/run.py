"""The way in: files and folders into a study, one transaction a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccgmine.domain import (
    Coding,
    Coverage,
    Participant,
    Role,
    Segment,
    SourceKind,
    Span,
    Transcript,
    Turn,
)
from ccgmine.errors import CcgmineError, InputError, InputErrors, shown
from ccgmine.files import read_bytes, sha256
from ccgmine.fingerprint import fingerprint
from ccgmine.ingest.comments import Columns, Comment, CommentTable, ThemeReading, read_comments
from ccgmine.ingest.people import PeopleIndex, Person, check_spelling, read_people
from ccgmine.ingest.readers import READER_VERSION, READERS
from ccgmine.ingest.roles import build_transcript, cast_roles, known_labels
from ccgmine.ingest.segmenting import SentenceSplitter, segment_transcript, spacy_sentence_ends
from ccgmine.ingest.speakers import split_speakers
from ccgmine.matching import move_span
from ccgmine.store.corpus import Source
from ccgmine.study import Study, now
from ccgmine.tables import TABLE_SUFFIXES

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestOptions:
    """How to take files in."""

    participants: Path | None = None
    columns: Columns = field(default_factory=Columns)
    themes: ThemeReading = field(default_factory=ThemeReading)
    coder: str = "hand"
    interviewer_labels: tuple[str, ...] = ()
    wave: str = ""
    kind: SourceKind | None = None
    allow_similar: bool = False
    drop_unplaced: bool = False


@dataclass
class IngestReport:
    """What was read, what changed, what was left out and why."""

    files: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    codings: int = 0
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    participant_changes: list[str] = field(default_factory=list)
    problems: list[CcgmineError] = field(default_factory=list)


def ingest(
    study: Study, paths: Sequence[Path], options: IngestOptions, progress: Progress
) -> IngestReport:
    """Take transcripts, tables of short texts and the participants table into a study.

    Args:
        study: An open study that may be written to.
        paths: Files and folders; of a folder, every file of a known kind is read.
        options: How to read them.
        progress: Told what is being done.

    Returns:
        The report; its ``problems`` are files of which nothing was taken in.

    Raises:
        InputError: If the participants table is not usable, or nothing was handed in.
    """
    report = IngestReport()
    files = _expand(paths, report)
    people = _update_people(study, options, report)
    intake = _Intake(study, options, people, report)
    for done, path in enumerate(files):
        progress(path.name, done, len(files))
        try:
            if path.suffix.lower() in TABLE_SUFFIXES:
                intake.take_table(path)
            else:
                intake.take_transcript(path)
            report.files += 1
        except InputErrors as error:
            report.problems += error.problems
        except InputError as error:
            report.problems.append(error)
    progress("", len(files), len(files))
    return report


def _expand(paths: Sequence[Path], report: IngestReport) -> list[Path]:
    """Files to read: those named, and in folders those of a known kind."""
    known = READERS.keys() | TABLE_SUFFIXES
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(p for p in path.rglob("*") if p.is_file())
        usable = [
            p for p in inside if p.suffix.lower() in READERS and not p.name.startswith((".", "~$"))
        ]
        left = [p for p in inside if p not in usable and not p.name.startswith((".", "~$"))]
        report.skipped += [f"{p.name} ({_why_left(p)})" for p in left]
        if not usable:
            raise InputError(
                "there is no transcript in this folder",
                where=path,
                remedy=f"Known kinds are {', '.join(sorted(known))}.",
            )
        files += usable
    by_stem: dict[str, Path] = {}
    for path in files:
        twin = by_stem.setdefault(path.stem.casefold(), path)
        if twin != path and path.suffix.lower() in READERS:
            raise InputError(
                f"has the same name as {twin}",
                where=path,
                remedy="A transcript is known by its file name; rename one of the two.",
            )
    return files


def _why_left(path: Path) -> str:
    if path.suffix.lower() in TABLE_SUFFIXES:
        return "a table; name it itself to take it in"
    return f"kind '{path.suffix}' is not known"


def _update_people(study: Study, options: IngestOptions, report: IngestReport) -> list[Person]:
    """Bring the participants up to date and say what changed."""
    stored = {p.participant_id: p for p in study.corpus.participants()}
    people = {i: Person(p, _files_of(p)) for i, p in stored.items()}
    if options.participants is None:
        return list(people.values())
    table = read_people(options.participants)
    fresh = {person.participant_id: person for person in table}
    merged = {**{i: p.participant for i, p in people.items()}}
    merged |= {i: p.participant for i, p in fresh.items()}
    if not options.allow_similar:
        check_spelling(merged.values(), options.participants)
    changed = [p.participant for i, p in fresh.items() if stored.get(i) != p.participant]
    if changed:
        with study.transaction():
            study.corpus.put_participants(changed)
            study.record("ingest", {"file": options.participants.name})
    for participant in changed:
        old = stored.get(participant.participant_id)
        if old is not None:
            report.participant_changes += _differences(old, participant)
    added = len(fresh.keys() - stored.keys())
    if added and stored:
        report.participant_changes.append(f"{added} participants added")
    return list((people | fresh).values())


def _files_of(participant: Participant) -> tuple[str, ...]:
    for name, value in participant.attributes:
        if name.casefold() in {"file", "files", "transcript"}:
            return tuple(f.strip() for f in value.split(";") if f.strip())
    return ()


def _differences(old: Participant, new: Participant) -> list[str]:
    before = {"site": old.site, "respondent_type": old.respondent_type, **dict(old.attributes)}
    after = {"site": new.site, "respondent_type": new.respondent_type, **dict(new.attributes)}
    pairs = [(key, before.get(key, ""), after.get(key, "")) for key in {**before, **after}]
    return [
        f"{new.participant_id}: {key} {shown(a)} is now {shown(b)}" for key, a, b in pairs if a != b
    ]


class _Intake:
    """Takes one file after another into the study."""

    def __init__(
        self, study: Study, options: IngestOptions, people: list[Person], report: IngestReport
    ) -> None:
        self.study = study
        self.options = options
        self.people = PeopleIndex(people)
        self.report = report
        labels = (*study.settings.interviewer_labels, *options.interviewer_labels)
        self.interviewers = labels
        self._sentence_ends: SentenceSplitter | None = None

    # --- transcripts ---------------------------------------------------------------------

    def take_transcript(self, path: Path) -> None:
        """Read a transcript and store it unless it is there already."""
        reader = READERS.get(path.suffix.lower())
        if reader is None:
            if not path.exists():
                read_bytes(path)
            raise InputError(
                f"files of kind '{path.suffix or path.name}' are not known",
                where=path,
                remedy=f"Known kinds are {', '.join(sorted(READERS))}, and for tables "
                f"{', '.join(sorted(TABLE_SUFFIXES))}.",
            )
        raw_bytes = read_bytes(path)
        digest = sha256(raw_bytes)
        twin = self.study.corpus.source_of_hash(digest)
        if twin is not None and twin != path.name:
            self.report.skipped.append(f"{path.name} (the same file as {twin})")
            return
        known = known_labels(self.people, self.interviewers)
        raw = split_speakers(reader(raw_bytes, path), known)
        if not raw.utterances:
            raise InputError(
                "holds no words", where=path, remedy="Save the transcript again, or leave it out."
            )
        cast = cast_roles(raw, path, self.people, self.interviewers)
        transcript = self._of_kind(build_transcript(raw, cast, path.stem, self.options.wave))
        segments = segment_transcript(transcript, self._sentences(), self.study.settings.max_words)
        self.report.notes += [f"{path.name}: {note}" for note in cast.notes]
        if not segments:
            raise InputError(
                "no participant says anything in it",
                where=path,
                remedy="Check the speaker labels, or name the interviewer with --interviewer.",
            )
        self._store(transcript, segments, path, digest)

    def _sentences(self) -> SentenceSplitter:
        if self._sentence_ends is None:
            settings = self.study.settings
            self._sentence_ends = spacy_sentence_ends(settings.language, settings.pipeline)
        return self._sentence_ends

    def _store(
        self, transcript: Transcript, segments: list[Segment], path: Path, digest: str
    ) -> None:
        study, name = self.study, transcript.transcript_id
        source = study.corpus.source_of(name)
        if source is not None and source != path.name:
            raise InputError(
                f"the transcript '{name}' came from {source} already",
                where=path,
                remedy="A transcript is known by its file name; rename the file.",
            )
        mark = fingerprint(transcript, segments)
        before = study.corpus.fingerprints(path.name).get(name)
        if before == mark:
            self.report.unchanged += 1
            return
        old = study.corpus.transcript(name) if before is not None else None
        codings, coverage = self._carried_over(old, transcript, path)
        with study.transaction():
            source_no = study.corpus.put_source(
                Source(path.name, "transcript", digest, READER_VERSION)
            )
            study.corpus.put_transcript(transcript, segments, source_no, mark)
            for coding, origin in codings:
                study.codings.add([coding], origin, now())
            for cover, origin in coverage:
                study.codings.add_coverage([cover], origin)
            study.record("ingest", {"file": path.name, "sha256": digest, **self._reading()})
        if old is None:
            self.report.new += 1
        else:
            self.report.changed += 1

    def _carried_over(
        self, old: Transcript | None, new: Transcript, path: Path, own: str = ""
    ) -> tuple[list[tuple[Coding, str]], list[tuple[Coverage, str]]]:
        """Codings and coverage of the old version, moved to where their words stand now.

        Those from the source ``own`` are left out: the file brings them again.
        """
        if old is None:
            return [], []
        lost: list[str] = []
        codings: list[tuple[Coding, str]] = []
        for coding, origin in self.study.codings.with_sources(old.transcript_id):
            if origin == own:
                continue
            span = move_span(old.text, coding.span, new.text)
            if span is None:
                where = f"{coding.span.start}-{coding.span.end}"
                lost.append(f"'{coding.theme_id}' by {coding.coder} at {where}")
            else:
                codings.append((replace(coding, span=span), origin))
        coverage: list[tuple[Coverage, str]] = []
        for cover, origin in self.study.codings.coverage_sources(old.transcript_id):
            if origin == own:
                continue
            moved = None if cover.span is None else move_span(old.text, cover.span, new.text)
            if cover.span is None or moved is not None:
                coverage.append((replace(cover, span=moved), origin))
            else:
                lost.append(f"coverage by {cover.coder} at {cover.span.start}-{cover.span.end}")
        if lost and not self.options.drop_unplaced:
            raise InputError(
                f"{len(lost)} codings of the earlier version are not found in this one: "
                f"{'; '.join(lost)}",
                where=path,
                remedy="Nothing was changed. Restore the words, or pass --drop-unplaced to go on "
                "without these codings.",
            )
        self.report.notes += [f"{path.name}: dropped the coding {item}" for item in lost]
        return codings, coverage

    def _reading(self) -> dict[str, str]:
        """What reads the language, for the record."""
        settings = self.study.settings
        return {"language": settings.language, "pipeline": settings.pipeline}

    def _of_kind(self, transcript: Transcript) -> Transcript:
        """The transcript with the source kind that was named, if one was."""
        kind = self.options.kind
        return transcript if kind is None else replace(transcript, kind=kind)

    # --- tables of short texts -------------------------------------------------------------

    def take_table(self, path: Path) -> None:
        """Read a table of short texts and store its rows."""
        digest = sha256(read_bytes(path))
        reader = repr((READER_VERSION, self.options.columns, self.options.themes))
        reader += self.options.coder + self.options.wave + (self.options.kind or "")
        known = self.study.corpus.source(path.name)
        if known is not None and (known.sha256, known.reader) == (digest, reader):
            self.report.unchanged += 1
            return
        table = read_comments(path, self.options.columns, self.study.codebook, self.options.themes)
        if not table.comments:
            raise InputError("no row has a text in it", where=path, remedy="Check --text-column.")
        people, changes = self._merged_people(table, path)
        if table.without_text:
            self.report.skipped.append(f"{table.without_text} rows of {path.name} without text")
        # A longer codebook does no harm if the run is killed here; an unknown theme would.
        self.study.add_themes(list(table.new_themes))
        with self.study.transaction():
            self._store_comments(table, people, path, digest, reader)
        self.report.participant_changes += changes

    def _merged_people(
        self, table: CommentTable, path: Path
    ) -> tuple[list[Participant], list[str]]:
        """The table's people with what is known of them, and what the table changes."""
        stored = {p.participant_id: p for p in self.study.corpus.participants()}
        merged, changes = [], []
        for p in table.participants:
            old = stored.get(p.participant_id)
            if old is not None:
                p = Participant(
                    p.participant_id,
                    p.site or old.site,
                    p.respondent_type or old.respondent_type,
                    old.attributes,
                )
                changes += _differences(old, p)
            merged.append(p)
        if not self.options.allow_similar:
            everyone = stored | {p.participant_id: p for p in merged}
            check_spelling(everyone.values(), path)
        return merged, changes

    def _store_comments(
        self,
        table: CommentTable,
        people: list[Participant],
        path: Path,
        digest: str,
        reader: str,
    ) -> None:
        study, options = self.study, self.options
        before = study.corpus.fingerprints(path.name)
        taken = set(study.corpus.transcript_ids()) - before.keys()
        clash = next((c.row_id for c in table.comments if c.row_id in taken), None)
        if clash is not None:
            raise InputError(
                f"the ID '{clash}' is that of another text, from {study.corpus.source_of(clash)}",
                where=path,
                remedy="Give every text of the study an ID of its own.",
            )
        source_no = study.corpus.put_source(Source(path.name, "table", digest, reader))
        study.corpus.put_participants(people)
        others: list[tuple[Coding, str]] = []
        covers: list[tuple[Coverage, str]] = []
        new = changed = unchanged = 0
        for comment in table.comments:
            transcript, segment = _short_text(comment, options.wave)
            transcript = self._of_kind(transcript)
            mark = fingerprint(transcript, [segment])
            old_mark = before.pop(comment.row_id, None)
            if old_mark == mark:
                unchanged += 1
                continue
            if old_mark is not None:
                old = study.corpus.transcript(comment.row_id)
                kept, covered = self._carried_over(old, transcript, path, own=path.name)
                others += kept
                covers += covered
                changed += 1
            else:
                new += 1
            study.corpus.put_transcript(transcript, [segment], source_no, mark)
        for coding, origin in others:
            study.codings.add([coding], origin, now())
        for cover, origin in covers:
            study.codings.add_coverage([cover], origin)
        self.report.new += new
        self.report.changed += changed
        self.report.unchanged += unchanged
        if before:
            self.report.notes.append(
                f"{path.name}: {len(before)} rows of its earlier version are not in it any more; "
                "they stay in the study"
            )
        self._store_table_codings(table, path)
        study.record("ingest", {"file": path.name, "sha256": digest, **self._reading()})

    def _store_table_codings(self, table: CommentTable, path: Path) -> None:
        study, coder = self.study, self.options.coder
        coded = [c for c in table.comments if c.themes is not None]
        wanted = {
            Coding(c.row_id, Span(0, len(c.text)), theme, coder)
            for c in coded
            for theme in c.themes or ()
        }
        rows = {c.row_id for c in table.comments}
        stored = {c for c in study.codings.of_source(path.name) if c.transcript_id in rows}
        study.codings.remove(stored - wanted, path.name)
        study.codings.add(sorted(wanted - stored), path.name, now())
        study.codings.clear_coverage_of(path.name, rows)
        study.codings.add_coverage((Coverage(c.row_id, coder) for c in coded), path.name)
        self.report.codings += len(wanted)


def _short_text(comment: Comment, wave: str) -> tuple[Transcript, Segment]:
    span = Span(0, len(comment.text))
    turn = Turn(span, Role.PARTICIPANT, comment.participant_id, comment.participant_id)
    transcript = Transcript(comment.row_id, SourceKind.COMMENT, comment.text, (turn,), wave)
    segment = Segment(comment.row_id, 1, span, comment.participant_id, comment.text, (span,))
    return transcript, segment
