"""Tables of short texts into a study."""

from __future__ import annotations

from dataclasses import replace
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
from ccgmine.errors import InputError
from ccgmine.files import sha256
from ccgmine.fingerprint import fingerprint
from ccgmine.ingest.comments import Comment, CommentTable, read_comments
from ccgmine.ingest.gathering import Found
from ccgmine.ingest.intake import IngestOptions, IngestReport
from ccgmine.ingest.people import check_spelling, differences
from ccgmine.ingest.readers import READER_VERSION
from ccgmine.ingest.run_storing import carry_over, settings_of_reading
from ccgmine.store.corpus import Source
from ccgmine.study import Study, now


class CommentIntake:
    """Takes one table after another into the study.

    Args:
        study: An open study that may be written to.
        options: How to read the tables.
        report: Told what was read.
    """

    def __init__(self, study: Study, options: IngestOptions, report: IngestReport) -> None:
        self.study = study
        self.options = options
        self.report = report

    def take(self, found: Found) -> None:
        """Read a table of short texts and store its rows."""
        path = found.path
        digest = sha256(found.load())
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
                p = replace(
                    old,
                    site=p.site or old.site,
                    respondent_type=p.respondent_type or old.respondent_type,
                )
                changes += differences(old, p)
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
            if options.kind is not None:
                transcript = replace(transcript, kind=options.kind)
            mark = fingerprint(transcript, [segment])
            old_mark = before.pop(comment.row_id, None)
            if old_mark == mark:
                unchanged += 1
                continue
            if old_mark is not None:
                old = study.corpus.transcript(comment.row_id)
                if old is not None:
                    carried = carry_over(
                        study, old, transcript, path, own=path.name, drop=options.drop_unplaced
                    )
                    others += carried.codings
                    covers += carried.coverage
                    self.report.notes += carried.notes
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
        study.record("ingest", {"file": path.name, "sha256": digest, **settings_of_reading(study)})

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
