"""Transcripts into a study: read, cast, laid out, split, and stored with what was coded before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ccgmine.domain import Role, Segment, Transcript
from ccgmine.errors import InputError
from ccgmine.files import sha256
from ccgmine.fingerprint import fingerprint
from ccgmine.ingest.gathering import Found
from ccgmine.ingest.intake import IngestOptions, IngestReport
from ccgmine.ingest.labels import fold
from ccgmine.ingest.people import ALIAS, PeopleIndex, Person
from ccgmine.ingest.raw import RawTranscript
from ccgmine.ingest.readers import READER_VERSION, READERS, read_transcript
from ccgmine.ingest.roles import Cast, build_transcript, cast_roles, known_labels
from ccgmine.ingest.run_storing import (
    NEARLY_ALL,
    CarriedOver,
    carry_over,
    settings_of_reading,
    talk,
    twin_of,
)
from ccgmine.ingest.segmenting import SentenceSplitter, segment_transcript, spacy_sentence_ends
from ccgmine.ingest.speakers import split_speakers
from ccgmine.matching import similar_pairs
from ccgmine.store.corpus import Source
from ccgmine.study import Study, now
from ccgmine.tables import TABLE_SUFFIXES
from ccgmine.versions import shared_words


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file whose speakers are told apart but not yet known."""

    digest: str
    raw: RawTranscript
    notes: tuple[str, ...]


class TranscriptReader:
    """Reads files into transcripts, writing nothing.

    Args:
        study: An open study.
        options: How to read the files.
        people: Everybody who may speak.
    """

    def __init__(self, study: Study, options: IngestOptions, people: Iterable[Person]) -> None:
        self.study = study
        self.options = options
        self.people = PeopleIndex(people)
        self.interviewers = (*study.settings.interviewer_labels, *options.interviewer_labels)
        self._known = known_labels(self.people, self.interviewers)

    def twin_of_bytes(self, found: Found, digest: str) -> str | None:
        """Name of another file with these very bytes that was taken in."""
        twin = self.study.corpus.source_of_hash(digest)
        return twin if twin is not None and twin != found.path.name else None

    def parse(self, found: Found) -> Parsed:
        """The utterances of a file.

        Raises:
            InputError: If the kind is not known, or nothing can be read from it.
        """
        path = found.path
        if path.suffix.lower() not in READERS:
            if not path.exists():
                found.load()
            raise InputError(
                f"files of kind '{path.suffix or path.name}' are not known",
                where=path,
                remedy=f"Known kinds are {', '.join(sorted(READERS))}, .zip of them, and for "
                f"tables {', '.join(sorted(TABLE_SUFFIXES))}.",
            )
        raw_bytes = found.load()
        content = read_transcript(raw_bytes, path, self.options.limits)
        raw = split_speakers(content.lines, self._known)
        if not raw.utterances:
            raise InputError(
                "holds no words", where=path, remedy="Save the transcript again, or leave it out."
            )
        return Parsed(sha256(raw_bytes), raw, (*content.notes, *raw.notes))

    def cast(self, parsed: Parsed, path: Path) -> Cast:
        """Who the speakers of a file are.

        Raises:
            InputError: If its participant cannot be found.
        """
        return cast_roles(parsed.raw, path, self.people, self.interviewers)

    def build(self, parsed: Parsed, cast: Cast, path: Path) -> Transcript:
        """The reading text with its turns.

        Raises:
            InputError: If no participant speaks in it.
        """
        transcript = build_transcript(parsed.raw, cast, path.stem, self.options.wave)
        if not any(turn.role is Role.PARTICIPANT for turn in transcript.turns):
            raise InputError(
                "no participant says anything in it",
                where=path,
                remedy="Check the speaker labels, or name the interviewer with --interviewer.",
            )
        kind = self.options.kind
        return transcript if kind is None else replace(transcript, kind=kind)


class TranscriptIntake:
    """Takes one transcript after another into the study.

    Args:
        reader: Reads them.
        report: Told what was read.
    """

    def __init__(self, reader: TranscriptReader, report: IngestReport) -> None:
        self.reader = reader
        self.study = reader.study
        self.options = reader.options
        self.report = report
        self.aliases = Aliases(reader.people)
        self._sentence_ends: SentenceSplitter | None = None

    def take(self, found: Found) -> None:
        """Read a transcript and store it unless it is there already.

        Raises:
            InputError: If it cannot be read or its participant cannot be found, or if codings of
                its earlier version have lost their words.
        """
        path, reader = found.path, self.reader
        if path.suffix.lower() in READERS:
            twin = reader.twin_of_bytes(found, sha256(found.load()))
            if twin is not None:
                self.report.skipped.append(f"{path.name} (the same file as {twin})")
                return
        parsed = reader.parse(found)
        cast = reader.cast(parsed, path)
        transcript = reader.build(parsed, cast, path)
        segments = segment_transcript(transcript, self._sentences(), self.study.settings.max_words)
        self.report.notes += [f"{path.name}: {note}" for note in (*parsed.notes, *cast.notes)]
        self.aliases.note(path, parsed.raw, cast)
        self._store(transcript, segments, path, parsed.digest)

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
        mark = fingerprint(transcript, segments)
        before = study.corpus.fingerprints(source).get(name) if source is not None else None
        if before == mark and source == path.name:
            self.report.unchanged += 1
            return
        old = study.corpus.transcript(name) if source is not None else None
        if source is not None and source != path.name and old is not None:
            self._refuse_another(old, transcript, source, path)
        if old is None and not self.options.allow_similar:
            self._refuse_twin(transcript, path)
        carried = CarriedOver()
        if old is not None:
            drop = self.options.drop_unplaced
            carried = carry_over(study, old, transcript, path, drop=drop)
            self.report.notes += carried.notes
        with study.transaction():
            if source is not None and source != path.name:
                study.corpus.rename_source(source, path.name)
            source_no = study.corpus.put_source(
                Source(path.name, "transcript", digest, READER_VERSION)
            )
            study.corpus.put_transcript(transcript, segments, source_no, mark)
            for coding, origin in carried.codings:
                study.codings.add([coding], origin, now())
            for cover, origin in carried.coverage:
                study.codings.add_coverage([cover], origin)
            details = {"file": path.name, "sha256": digest, **settings_of_reading(study)}
            study.record("ingest", details)
        if old is None:
            self.report.new += 1
        else:
            self.report.changed += 1

    def _refuse_another(
        self, old: Transcript, transcript: Transcript, source: str, path: Path
    ) -> None:
        """A transcript of this name came from a file of another kind: it may be the same talk."""
        if shared_words(talk(old), talk(transcript)) > NEARLY_ALL:
            self.report.notes.append(f"{path.name}: takes the place of {source}, as a new version")
            return
        raise InputError(
            f"the transcript '{transcript.transcript_id}' came from {source} already",
            where=path,
            remedy="A transcript is known by its file name; rename the file.",
        )

    def _refuse_twin(self, transcript: Transcript, path: Path) -> None:
        twin = twin_of(self.study, transcript)
        if twin is not None:
            raise InputError(
                f"the same participant says mostly the same words in '{twin}', which is in the "
                "study",
                where=path,
                remedy=f"To make it a new version that keeps the codings, name the file "
                f"'{twin}{path.suffix}'; if these are two interviews, pass --allow-similar.",
            )


class Aliases:
    """Whether every value of the column ``speaker`` is a label somewhere.

    Args:
        people: Everybody who may speak.
    """

    def __init__(self, people: PeopleIndex) -> None:
        self._people = people
        self._used: set[str] = set()
        self._elsewhere: dict[str, tuple[str, bool]] = {}

    def note(self, path: Path, raw: RawTranscript, cast: Cast) -> None:
        """Look at one file's labels."""
        strangers = [
            u.speaker
            for u in {fold(u.speaker): u for u in raw.utterances}.values()
            if u.speaker and ALIAS not in cast.rules.get(fold(u.speaker), "")
        ]
        for label, rule in cast.rules.items():
            whose = cast.parts[label][2]
            if whose is not None and rule == ALIAS:
                self._used.add(whose)
        here = {whose for _, _, whose in cast.parts.values() if whose is not None}
        here |= {p.participant_id for p in self._people.by_file_column(path)}
        for person in self._people.people:
            if not person.speaker:
                continue
            close = any(
                similar_pairs([fold(person.speaker), fold(label)]) for label in strangers[:200]
            )
            if person.participant_id in here or close:
                self._elsewhere.setdefault(person.participant_id, (path.name, close))

    def unused(self) -> list[str]:
        """What to say of values that are no label of any file in which they were expected."""
        return [
            f"{name}: the 'speaker' of {who} in the participants table is no label of it"
            + (", but one differs from it by a letter or so" if close else "")
            for who, (name, close) in self._elsewhere.items()
            if who not in self._used
        ]
