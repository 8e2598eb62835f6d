"""What is taken in at most: every limit of the readers of transcripts and tables, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits that keep a damaged or hostile file from filling the memory.

    They are far above what people say into a recorder: an hour of talk is 60 KB of text.
    """

    file_mb: int = 500
    """One file on the disk, and all the files in a zip when unpacked."""
    text_mb: int = 100
    """A file that is text: .txt, .md, .vtt, .srt and .rtf."""
    xml_mb: int = 50
    """The text part of a .docx or .odt when unpacked."""
    zip_files: int = 10_000
    """Files in a zip."""
    pdf_pages: int = 5_000
    """Pages of a PDF."""
    pdf_page_mb: int = 20
    """What draws one page of a PDF, when unpacked."""
    pdf_steps: int = 3_000_000
    """Drawing steps of a whole PDF: parts of a page may be drawn over and over."""
    characters: int = 20_000_000
    """The words of one transcript, which is more than 300 hours of talk."""
    lines: int = 1_500_000
    """Cues, paragraphs or lines with words in one transcript."""
    depth: int = 200
    """Elements inside elements in a .docx or .odt."""
    elements: int = 4_000_000
    """Elements and attributes in a part of a .docx or .odt."""


MEGABYTE = 1_000_000
USUAL = Limits()
