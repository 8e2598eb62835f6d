"""The text layer of a PDF into lines, without what every page repeats at its top and bottom."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ccgmine.errors import InputError
from ccgmine.ingest.labels import is_usual
from ccgmine.ingest.limits import MEGABYTE, USUAL, Limits
from ccgmine.ingest.raw import Content, Line
from ccgmine.limits import trusted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdf import PdfReader

_EDGE = 3  # lines at the top and at the bottom of a page that may be its furniture
_PAGE_NUMBER = re.compile(
    r"(?:[-–—(\[|]\s*)?(?:(?:page|p\.?|seite|tudalen)\s*)?(\d{1,4}|[ivxl]{1,6})"
    r"(?:\s*(?:of|/|von|o)\s*\d{1,4})?(?:\s*[-–—)\]|])?",
    re.IGNORECASE,
)


def read_pdf(raw: bytes, path: Path, limits: Limits = USUAL) -> Content:
    """Lines of a PDF's text layer.

    Raises:
        InputError: If it is no PDF, is protected, damaged, or has no text layer.
    """
    pages = _pages(raw, path, limits)
    if not any(pages):
        raise InputError(
            "the PDF has no text layer: its pages are pictures",
            where=path,
            remedy="Run text recognition (OCR) over it first, or use the document that it was "
            "made from.",
        )
    bodies, n_left = _without_furniture(pages)
    lines: list[Line] = []
    for page in bodies:
        after_blank = not lines
        for text in page:
            if text:
                lines.append(Line(text, starts_paragraph=after_blank))
            after_blank = not text
    notes = [f"{n_left} lines of page headers, footers and numbers are left out"] if n_left else []
    return Content(tuple(lines), tuple(notes))


def _pages(raw: bytes, path: Path, limits: Limits) -> list[list[str]]:
    """The lines of every page, without empty ones at its ends."""
    import io

    from pypdf import PdfReader

    pages: list[list[str]] = []
    n_characters = 0
    try:
        with _silence():
            reader = PdfReader(io.BytesIO(raw), strict=False)
            refused = _refusal(reader, path, limits)
            steps = _Steps(limits.pdf_steps)
            for page in () if refused else reader.pages:
                contents = page.get_contents()
                if (
                    contents is not None
                    and len(contents.get_data()) > limits.pdf_page_mb * MEGABYTE
                ):
                    refused = _too_much(
                        path, "takes more drawing than a page of words does", "pdf_page_mb"
                    )
                    break
                text = page.extract_text(visitor_operand_before=steps)
                n_characters += len(text)
                if n_characters > limits.characters:
                    refused = _too_much(
                        path, f"holds more than {limits.characters} characters", "characters"
                    )
                    break
                pages.append(_lines_of(text))
    except _TooMuch:
        refused = _too_much(path, "takes more drawing than words do", "pdf_steps")
    except Exception as error:  # a damaged file raises whatever its objects meet
        raise InputError(
            "cannot be read as a PDF",
            where=path,
            remedy="Print it to a new PDF, or use the document that it was made from.",
        ) from error
    if refused is not None:
        raise refused
    return pages


class _TooMuch(Exception):
    """The steps are used up."""


class _Steps:
    """Counts the drawing steps of a file and stops it at the limit, at every step from then on."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self, *_: object) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooMuch


def _refusal(reader: PdfReader, path: Path, limits: Limits) -> InputError | None:
    if reader.is_encrypted and not reader.decrypt(""):
        return InputError(
            "the PDF is protected by a password", where=path, remedy="Save it without one."
        )
    if len(reader.pages) > limits.pdf_pages:
        return _too_much(path, f"has more than {limits.pdf_pages} pages", "pdf_pages")
    return None


def _too_much(path: Path, what: str, limit: str) -> InputError:
    return InputError(
        f"the PDF {what}", where=path, remedy=f"Save it in several files. {trusted(limit)}"
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Without pypdf's warnings, which may quote the file."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _lines_of(text: str) -> list[str]:
    # Half characters, and those that stand for no character at all, come of broken fonts.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    text = re.sub("\u00ad\\s*\n\\s*", "", text)
    lines = [" ".join(line.split()) for line in re.split("[\n\r\f\v\u2028\u2029]", text)]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return lines


def _without_furniture(pages: Sequence[Sequence[str]]) -> tuple[list[list[str]], int]:
    """Pages without their headers, footers and numbers, and how many such lines there were.

    A line is furniture if it stands within three lines of the same edge on most pages, figures
    aside, or if it is a page's number and nothing else.
    """
    filled = [page for page in pages if page]
    top = Counter(k for page in filled for k in {_key(x) for x in page[:_EDGE]} if k)
    bottom = Counter(k for page in filled for k in {_key(x) for x in page[-_EDGE:]} if k)
    most = max(2, len(filled) // 2 + 1)
    bodies: list[list[str]] = []
    n_left = 0
    for page in pages:
        lines = list(page)
        for at, common in ((0, top), (-1, bottom)):
            for _ in range(_EDGE):
                if not lines or not (
                    common[_key(lines[at])] >= most or _is_page_number(lines[at], pages)
                ):
                    break
                lines.pop(at)
                n_left += 1
                while lines and not lines[at]:
                    lines.pop(at)
        bodies.append(lines)
    return bodies, n_left


def _key(line: str) -> str:
    """A line without its figures; "" for one that may be talk: a label, or a sentence of it."""
    label = re.match(r"([^:]{1,40}):", line)
    if (label and is_usual(label.group(1))) or is_usual(line) or line.endswith(("?", ",")):
        return ""
    return re.sub(r"\d+", "#", line).casefold()


def _is_page_number(line: str, pages: Sequence[object]) -> bool:
    match = _PAGE_NUMBER.fullmatch(line)
    if match is None:
        return False
    number = match.group(1)
    return line != number or (number.isdigit() and int(number) <= len(pages) + 1000)
