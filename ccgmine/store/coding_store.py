"""Hand codings and coverage in the study file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator

from ccgmine.domain import Coding, Coverage, Span


class Codings:
    """Reads and writes what people coded and what they read in full."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def all(self) -> Iterator[Coding]:
        """Every coding once, whatever number of sources it came from."""
        rows = self._db.execute(
            'SELECT DISTINCT transcript_id, start, "end", theme_id, coder '
            "FROM coding JOIN transcript USING (transcript_no) "
            'ORDER BY transcript_no, start, "end", theme_id, coder'
        )
        for transcript_id, start, end, theme_id, coder in rows:
            yield Coding(transcript_id, Span(start, end), theme_id, coder)

    def dated(self) -> Iterator[tuple[Coding, str]]:
        """Every coding once, with when it was made or first stored."""
        rows = self._db.execute(
            'SELECT transcript_id, start, "end", theme_id, coder, min(at) '
            "FROM coding JOIN transcript USING (transcript_no) "
            'GROUP BY transcript_no, start, "end", theme_id, coder '
            'ORDER BY transcript_no, start, "end", theme_id, coder'
        )
        for transcript_id, start, end, theme_id, coder, at in rows:
            yield Coding(transcript_id, Span(start, end), theme_id, coder), at

    def of_source(self, source: str) -> set[Coding]:
        """The codings that came from one source."""
        rows = self._db.execute(
            'SELECT transcript_id, start, "end", theme_id, coder '
            "FROM coding JOIN transcript USING (transcript_no) WHERE source = ?",
            (source,),
        )
        return {Coding(t, Span(a, b), theme, coder) for t, a, b, theme, coder in rows}

    def with_sources(self, transcript_id: str) -> list[tuple[Coding, str]]:
        """Codings of one transcript, each with its source."""
        rows = self._db.execute(
            'SELECT transcript_id, start, "end", theme_id, coder, source '
            "FROM coding JOIN transcript USING (transcript_no) WHERE transcript_id = ? "
            'ORDER BY start, "end", theme_id, coder, source',
            (transcript_id,),
        )
        return [(Coding(t, Span(a, b), theme, coder), s) for t, a, b, theme, coder, s in rows]

    def coders(self) -> list[str]:
        """Everyone who coded or read something."""
        rows = self._db.execute(
            "SELECT coder FROM coding UNION SELECT coder FROM coverage ORDER BY coder"
        )
        return [row[0] for row in rows]

    def coders_of_other_sources(self, source: str) -> list[str]:
        """Everyone with codings from elsewhere."""
        rows = self._db.execute(
            "SELECT DISTINCT coder FROM coding WHERE source != ? ORDER BY coder", (source,)
        )
        return [row[0] for row in rows]

    def themes(self) -> list[str]:
        """Ids of the themes that something is coded with."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT theme_id FROM coding")]

    def add(self, codings: Iterable[Coding], source: str, at: str) -> None:
        """Insert codings of a source."""
        self._db.executemany(
            "INSERT OR IGNORE INTO coding "
            "SELECT transcript_no, ?, ?, ?, ?, ?, ? FROM transcript WHERE transcript_id = ?",
            (
                (c.span.start, c.span.end, c.theme_id, c.coder, source, at, c.transcript_id)
                for c in codings
            ),
        )

    def remove(self, codings: Iterable[Coding], source: str) -> None:
        """Delete codings of a source."""
        self._db.executemany(
            'DELETE FROM coding WHERE source = ? AND start = ? AND "end" = ? AND theme_id = ? '
            "AND coder = ? AND transcript_no = "
            "(SELECT transcript_no FROM transcript WHERE transcript_id = ?)",
            (
                (source, c.span.start, c.span.end, c.theme_id, c.coder, c.transcript_id)
                for c in codings
            ),
        )

    # --- coverage --------------------------------------------------------------------------

    def coverage(self, transcript_id: str | None = None) -> list[Coverage]:
        """What has been read in full, of one transcript or of all."""
        rows = self._db.execute(
            'SELECT DISTINCT transcript_id, coder, themes, start, "end", selection_probability '
            "FROM coverage JOIN transcript USING (transcript_no) "
            "WHERE ?1 IS NULL OR transcript_id = ?1 ORDER BY transcript_no, coder, start",
            (transcript_id,),
        )
        return [_coverage(row) for row in rows]

    def coverage_sources(self, transcript_id: str) -> list[tuple[Coverage, str]]:
        """Coverage of one transcript with its sources."""
        rows = self._db.execute(
            'SELECT DISTINCT transcript_id, coder, themes, start, "end", selection_probability, '
            "source FROM coverage JOIN transcript USING (transcript_no) "
            "WHERE transcript_id = ? ORDER BY source, coder, start",
            (transcript_id,),
        )
        return [(_coverage(row[:6]), row[6]) for row in rows]

    def clear_coverage(self, source: str, coders: Iterable[str]) -> None:
        """Forget what came from a source by these coders."""
        self._db.executemany(
            "DELETE FROM coverage WHERE source = ? AND coder = ?",
            ((source, coder) for coder in coders),
        )

    def clear_coverage_of(self, source: str, transcript_ids: Iterable[str]) -> None:
        """Forget what a source said of these transcripts."""
        self._db.executemany(
            "DELETE FROM coverage WHERE source = ? AND transcript_no = "
            "(SELECT transcript_no FROM transcript WHERE transcript_id = ?)",
            ((source, transcript_id) for transcript_id in transcript_ids),
        )

    def add_coverage(self, coverage: Iterable[Coverage], source: str) -> None:
        """Insert coverage of a source."""
        self._db.executemany(
            "INSERT INTO coverage "
            "SELECT transcript_no, ?, ?, ?, ?, ?, ? FROM transcript WHERE transcript_id = ?",
            (
                (
                    c.coder,
                    None if c.themes is None else json.dumps(sorted(c.themes)),
                    None if c.span is None else c.span.start,
                    None if c.span is None else c.span.end,
                    c.selection_probability,
                    source,
                    c.transcript_id,
                )
                for c in coverage
            ),
        )


def _coverage(row: tuple[str, str, str | None, int | None, int, float | None]) -> Coverage:
    transcript_id, coder, themes, start, end, probability = row
    return Coverage(
        transcript_id,
        coder,
        None if themes is None else frozenset(json.loads(themes)),
        None if start is None else Span(start, end),
        probability,
    )
