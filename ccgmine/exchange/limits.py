"""How much a project file may hold. All limits of this room stand here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits against files that would eat the machine's memory; media are never unpacked."""

    members: int = 100_000
    """Files in the archive."""
    xml_mb: int = 512
    """The project's XML, unpacked."""
    text_mb: int = 64
    """One source, unpacked."""
    total_mb: int = 2048
    """Everything that is unpacked, together."""
    ratio: int = 250
    """Times that a file of more than 10 MB may grow when it is unpacked."""
    depth: int = 200
    """Elements inside elements."""
    elements: int = 5_000_000
    """Elements in the XML."""
    token_mb: int = 16
    """One tag with its attributes."""
