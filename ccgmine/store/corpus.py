"""Sources, participants, transcripts, turns and segments in the study file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ccgmine.domain import Participant, Role, Segment, SourceKind, Span, Transcript, Turn

# Beside the attributes, under a name that no column has: the files of the participant.
_FILES = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was taken in."""

    name: str
    kind: str
    sha256: str
    reader: str


@dataclass(frozen=True, slots=True)
class CorpusCounts:
    """How much is in the study."""

    transcripts: int
    turns: int
    segments: int
    participants: int


class Corpus:
    """Reads and writes the material of a study."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # --- sources -----------------------------------------------------------------------

    def source(self, name: str) -> Source | None:
        """The file of that name, if it was taken in."""
        row = self._db.execute(
            "SELECT name, kind, sha256, reader FROM source WHERE name = ?", (name,)
        ).fetchone()
        return Source(*row) if row else None

    def source_of_hash(self, sha256: str) -> str | None:
        """Name of the file with these very bytes, if there is one."""
        row = self._db.execute("SELECT name FROM source WHERE sha256 = ?", (sha256,)).fetchone()
        return str(row[0]) if row else None

    def put_source(self, source: Source) -> int:
        """Insert or update a source; returns its number."""
        self._db.execute(
            "INSERT INTO source (name, kind, sha256, reader) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, sha256 = excluded.sha256, "
            "reader = excluded.reader",
            (source.name, source.kind, source.sha256, source.reader),
        )
        row = self._db.execute("SELECT source_no FROM source WHERE name = ?", (source.name,))
        return int(row.fetchone()[0])

    def rename_source(self, old: str, new: str) -> None:
        """Give a source the name of the file that takes its place."""
        self._db.execute("DELETE FROM source WHERE name = ?", (new,))
        self._db.execute("UPDATE source SET name = ? WHERE name = ?", (new, old))

    # --- participants --------------------------------------------------------------------

    def participants(self) -> list[Participant]:
        """All participants, by id."""
        rows = self._db.execute(
            "SELECT participant_id, site, respondent_type, attributes FROM participant "
            "ORDER BY participant_id"
        )
        found = []
        for i, site, kind, attributes in rows:
            values = json.loads(attributes)
            files = tuple(values.pop(_FILES, "").split(";")) if _FILES in values else ()
            found.append(Participant(i, site, kind, tuple(values.items()), files))
        return found

    def put_participants(self, participants: Iterable[Participant]) -> None:
        """Insert or update participants."""
        self._db.executemany(
            "INSERT INTO participant VALUES (?, ?, ?, ?) "
            "ON CONFLICT (participant_id) DO UPDATE SET site = excluded.site, "
            "respondent_type = excluded.respondent_type, attributes = excluded.attributes",
            ((p.participant_id, p.site, p.respondent_type, _json(_kept(p))) for p in participants),
        )

    # --- transcripts ---------------------------------------------------------------------

    def transcript_ids(self) -> list[str]:
        """Ids of all transcripts, in order of ingest."""
        rows = self._db.execute("SELECT transcript_id FROM transcript ORDER BY transcript_no")
        return [row[0] for row in rows]

    def source_of(self, transcript_id: str) -> str | None:
        """Name of the file that a transcript came from."""
        row = self._db.execute(
            "SELECT source.name FROM transcript JOIN source USING (source_no) "
            "WHERE transcript_id = ?",
            (transcript_id,),
        ).fetchone()
        return str(row[0]) if row else None

    def transcript(self, transcript_id: str) -> Transcript | None:
        """A transcript with its turns."""
        row = self._db.execute(
            "SELECT transcript_no, kind, text, wave FROM transcript WHERE transcript_id = ?",
            (transcript_id,),
        ).fetchone()
        if row is None:
            return None
        number, kind, text, wave = row
        turns = self._db.execute(
            'SELECT start, "end", role, speaker, participant_id, start_ms FROM turn '
            "WHERE transcript_no = ? ORDER BY number",
            (number,),
        )
        return Transcript(
            transcript_id,
            SourceKind(kind),
            text,
            tuple(Turn(Span(a, b), Role(r), s, p, ms) for a, b, r, s, p, ms in turns),
            wave,
        )

    def kinds_and_waves(self) -> dict[str, tuple[str, str]]:
        """Source kind and wave of every transcript, by its id."""
        rows = self._db.execute("SELECT transcript_id, kind, wave FROM transcript")
        return {transcript_id: (kind, wave) for transcript_id, kind, wave in rows}

    def transcripts_of(self, participant_id: str) -> list[str]:
        """Ids of the transcripts that a participant speaks in."""
        rows = self._db.execute(
            "SELECT DISTINCT transcript_id FROM segment JOIN transcript USING (transcript_no) "
            "WHERE participant_id = ? ORDER BY transcript_no",
            (participant_id,),
        )
        return [row[0] for row in rows]

    def fingerprints(self, source_name: str | None = None) -> dict[str, str]:
        """Hash of each transcript of a source, or of all."""
        return dict(
            self._db.execute(
                "SELECT transcript_id, transcript.sha256 FROM transcript JOIN source "
                "USING (source_no) WHERE ?1 IS NULL OR source.name = ?1",
                (source_name,),
            )
        )

    def put_transcript(
        self, transcript: Transcript, segments: Iterable[Segment], source_no: int, sha256: str
    ) -> None:
        """Insert a transcript, or put a new version in the old one's place.

        A new version drops the old one's turns, segments, codings, coverage and predictions.
        """
        self._db.execute(
            "DELETE FROM transcript WHERE transcript_id = ?", (transcript.transcript_id,)
        )
        cursor = self._db.execute(
            "INSERT INTO transcript (transcript_id, source_no, kind, wave, sha256, text) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                transcript.transcript_id,
                source_no,
                str(transcript.kind),
                transcript.wave,
                sha256,
                transcript.text,
            ),
        )
        number = cursor.lastrowid
        self._db.executemany(
            "INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    i,
                    t.span.start,
                    t.span.end,
                    str(t.role),
                    t.speaker,
                    t.participant_id,
                    t.start_ms,
                )
                for i, t in enumerate(transcript.turns, 1)
            ),
        )
        self._db.executemany(
            'INSERT INTO segment (transcript_no, number, start, "end", participant_id, sentences) '
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    s.number,
                    s.span.start,
                    s.span.end,
                    s.participant_id,
                    " ".join(str(sentence.end) for sentence in s.sentences),
                )
                for s in segments
            ),
        )

    # --- segments ------------------------------------------------------------------------

    def segments(self) -> Iterator[tuple[int, Segment]]:
        """All segments with their numbers in the file, transcript by transcript."""
        rows = self._db.execute(
            'SELECT segment_no, transcript_id, number, start, "end", participant_id, sentences, '
            'substr(text, start + 1, "end" - start) '
            "FROM segment JOIN transcript USING (transcript_no) ORDER BY transcript_no, number"
        )
        for number, transcript_id, n, start, end, participant, sentences, text in rows:
            ends = [int(e) for e in sentences.split()]
            spans = tuple(Span(a, b) for a, b in zip([start, *ends], ends, strict=False))
            segment = Segment(transcript_id, n, Span(start, end), participant, text, spans)
            yield int(number), segment

    def counts(self) -> CorpusCounts:
        """How much is in the study."""
        row = self._db.execute(
            "SELECT (SELECT count(*) FROM transcript), (SELECT count(*) FROM turn), "
            "(SELECT count(*) FROM segment), (SELECT count(*) FROM participant)"
        ).fetchone()
        return CorpusCounts(*row)


def _kept(participant: Participant) -> dict[str, str]:
    files = {_FILES: ";".join(participant.files)} if participant.files else {}
    return {**dict(participant.attributes), **files}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
