"""How files are to be taken in, and the report of what was."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.domain import SourceKind
from ccgmine.errors import CcgmineError
from ccgmine.ingest.comments import Columns, ThemeReading
from ccgmine.ingest.limits import USUAL, Limits


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
    limits: Limits = USUAL


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
