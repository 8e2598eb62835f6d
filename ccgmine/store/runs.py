"""What was done to the study, by which version, when and with what."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping


class Runs:
    """Writes the log of runs; it holds names, hashes and settings, never text."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def add(self, command: str, version: str, at: str, details: Mapping[str, object]) -> None:
        """Record a run."""
        self._db.execute(
            "INSERT INTO run (command, version, at, details) VALUES (?, ?, ?, ?)",
            (command, version, at, json.dumps(dict(details), ensure_ascii=False, sort_keys=True)),
        )

    def latest(self) -> int:
        """Number of the latest run; 0 before the first."""
        row = self._db.execute("SELECT coalesce(max(run_no), 0) FROM run").fetchone()
        return int(row[0])

    def versions(self) -> list[tuple[str, str]]:
        """Commands that were run and the versions that ran them, in order of their first run."""
        rows = self._db.execute(
            "SELECT command, version FROM run GROUP BY command, version ORDER BY min(run_no)"
        )
        return [(command, version) for command, version in rows]
