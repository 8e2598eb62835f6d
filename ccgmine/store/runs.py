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
