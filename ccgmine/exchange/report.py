"""What was in a project's file, what of it is in the study, and what not and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from ccgmine.domain import Coding
from ccgmine.exchange.project import Counts


@dataclass
class ProjectReport:
    """What was in the file, what of it is in the study, and what not and why."""

    name: str
    origin: str
    in_file: Counts
    in_study: Counts = field(default_factory=Counts)
    new_transcripts: int = 0
    new_themes: int = 0
    added: int = 0
    removed: int = 0
    unchanged: int = 0
    elsewhere: int = 0
    """Of those added, how many are in the study already, from another file."""
    repeated: int = 0
    covered: int = 0
    changed_anything: bool = False
    positions: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    without_segment: list[Coding] = field(default_factory=list)
