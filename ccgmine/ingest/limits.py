"""What is taken in at most: every limit of the readers of transcripts, in one place.

They are far above what people say into a recorder (an hour of talk is 60 KB of text) and keep a
damaged or hostile file from filling the memory.
"""

from __future__ import annotations

MEGABYTE = 1_000_000

FILE_BYTES = 500 * MEGABYTE
"""Of one file on the disk, and of all the files in a zip when unpacked."""
TEXT_BYTES = 100 * MEGABYTE
"""Of a file that is text: .txt, .md, .vtt, .srt and .rtf."""
XML_BYTES = 50 * MEGABYTE
"""Of the text part of a .docx or .odt when unpacked."""
ZIP_ENTRIES = 10_000
PDF_PAGES = 5_000
PDF_PAGE_BYTES = 20 * MEGABYTE
"""Of what draws one page, when unpacked."""
PDF_OPERATIONS = 3_000_000
"""Drawing steps of a whole PDF: parts of a page may be drawn over and over."""
CHARACTERS = 20_000_000
"""Of the words of one transcript, which is more than 300 hours of talk."""
XML_DEPTH = 200


def megabytes(n_bytes: int) -> str:
    """A limit as an error names it.

    >>> megabytes(FILE_BYTES)
    '500 MB'
    """
    return f"{n_bytes // MEGABYTE} MB"
