"""Sentence vectors in the study file, so that no passage goes through the encoder twice.

A vector goes with its segment: when a transcript is replaced, its vectors are gone, too. The key
is the hash of the encoder's hash and the text; labels and definitions of themes have no segment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence


class Vectors:
    """Reads and writes sentence vectors, as bytes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The vectors that are there, by key."""
        found = {}
        for key in keys:
            row = self._db.execute("SELECT vector FROM vector WHERE key = ?", (key,)).fetchone()
            if row is not None:
                found[key] = bytes(row[0])
        return found

    def put(self, vectors: Iterable[tuple[bytes, int | None, bytes]]) -> None:
        """Insert keys, segment numbers (None: no segment's text) and vectors."""
        self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", vectors)
