"""Counts and draws for the prevalence table, kept so that a report need not make them again."""

from __future__ import annotations

import sqlite3


class Tallies:
    """Reads and writes tallies; ``stamp`` says of which state of the study one is."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put(self, name: str, stamp: str, content: bytes) -> None:
        """Keep a tally in the place of an older one of that name."""
        self._db.execute("INSERT OR REPLACE INTO tally VALUES (?, ?, ?)", (name, stamp, content))

    def find(self, name: str, stamp: str) -> bytes | None:
        """The tally of that name and state, if there is one."""
        row = self._db.execute(
            "SELECT content FROM tally WHERE name = ? AND stamp = ?", (name, stamp)
        ).fetchone()
        return bytes(row[0]) if row else None
