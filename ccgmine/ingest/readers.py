"""One function a format: a file's bytes into lines. Which suffix goes to which stands below."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from ccgmine.errors import InputError
from ccgmine.files import decode
from ccgmine.ingest.cues import read_srt, read_vtt
from ccgmine.ingest.grids import table_lines
from ccgmine.ingest.limits import MEGABYTE, USUAL, Limits
from ccgmine.ingest.odt import read_odt
from ccgmine.ingest.pdf import read_pdf
from ccgmine.ingest.raw import Content, Line
from ccgmine.ingest.rtf import read_rtf
from ccgmine.ingest.word import read_docx
from ccgmine.limits import trusted

# Page breaks, and the line breaks that word processors leave in what is copied out of them.
_BREAKS = re.compile("[\f\v\u2028\u2029]")
_CUE_NUMBER = re.compile(r"^\d+[ \t]*\n(?=[ \t]*[\d:.,]+ --> )", re.MULTILINE)
_FURNITURE = re.compile(r"\s*(?:page \d+ of \d+|transcribed by https?://\S+)\s*", re.IGNORECASE)
# Search patterns try every place of a run of spaces; nobody types a hundred of them.
_WIDE = re.compile(r"\s{100,}")
_BOLD_START = re.compile(r"\s{0,3}(?:\*\*|__)(?=[^\s*_])")
_ALL_BOLD = re.compile(r"\s*(?:#{1,6}\s+.*|\*\*(?=\S)[^*]+(?<=\S)\*\*|__(?=\S)[^_]+(?<=\S)__)\s*")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def read_text(raw: bytes, path: Path, _: Limits = USUAL) -> Content:
    """Lines of a plain-text transcript; an empty line starts a new paragraph.

    Where paragraphs begin in bold as Markdown writes it, the text is read as that.
    """
    lines = _text_lines(raw, path)
    if sum(_BOLD_START.match(line.text) is not None for line in lines) > 1:
        return _markdown(lines)
    return Content(tuple(lines))


def _text_lines(raw: bytes, path: Path) -> list[Line]:
    lines: list[Line] = []
    after_blank = True
    for text in _CUE_NUMBER.sub("", _BREAKS.sub("\n", decode(raw, path))).split("\n"):
        if _FURNITURE.fullmatch(text):
            continue
        if text.strip():
            lines.append(Line(_bounded(text.rstrip()), starts_paragraph=after_blank))
        after_blank = not text.strip()
    return lines


def read_markdown(raw: bytes, path: Path, _: Limits = USUAL) -> Content:
    """Lines of a Markdown transcript, without its marks for headings, bold and quotations.

    A table of speakers and words is read as one in a document is.
    """
    return _markdown(_text_lines(raw, path))


def _markdown(found: Iterable[Line]) -> Content:
    lines: list[Line] = []
    rows: list[str] = []
    for line in found:
        if re.fullmatch(r"\s*\|.*\|\s*", line.text):
            rows.append(line.text.strip())
            continue
        lines += _table(rows)
        rows = []
        if not re.fullmatch(r"\s*(?:([-*_])(\s*\1){2,}|=+)\s*", line.text):
            text = _without_marks(line.text)
            bold = _ALL_BOLD.fullmatch(line.text) is not None
            lines.append(Line(text, starts_paragraph=line.starts_paragraph, bold=bold))
    return Content((*lines, *_table(rows)))


def _table(rows: Iterable[str]) -> list[Line]:
    """Lines of a table; its second row says how the columns are set."""
    cells = [_cells(row) for row in rows if not re.fullmatch(r"\|(?:\s*:?-+:?\s*\|)+", row)]
    return [line for line in table_lines(cells) if line.text.strip()]


def _cells(row: str) -> list[list[str]]:
    return [
        [
            _without_marks(line).replace("\\|", "|").strip()
            for line in re.split(r"<br\s*/?>", cell)
            if line.strip()
        ]
        for cell in re.split(r"(?<!\\)\|", row[1:-1])
    ]


def _without_marks(text: str) -> str:
    text = re.sub(r"^\s{0,3}(#{1,6}\s+|>\s?|[-*+]\s+(?=\*\*|__))", "", text)
    # Bold words at the start may be a label without a colon; a tab says so.
    text = re.sub(r"^\s*(\*\*|__)(?=\S)([^*_:\t]{1,40})(?<=\S)\1[ \t]+(?=\S)", "\\2\t", text)
    text = re.sub(r"(\*\*|__)(?=\S)(.{1,400}?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*\\])\*(?=\S)([^*\n]+?)(?<=[^\s\\])\*(?![\w*])", r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!>])", r"\1", text).removesuffix("\\")


def _bounded(text: str) -> str:
    return _WIDE.sub(lambda m: "\t" if "\t" in m.group() else " ", text)


READERS: dict[str, Callable[[bytes, Path, Limits], Content]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".docx": read_docx,
    ".odt": read_odt,
    ".rtf": read_rtf,
    ".pdf": read_pdf,
    ".vtt": read_vtt,
    ".srt": read_srt,
}
READER_VERSION = "2"
TEXT_SUFFIXES = frozenset({".txt", ".md", ".rtf", ".vtt", ".srt"})


def read_transcript(raw: bytes, path: Path, limits: Limits = USUAL) -> Content:
    """The lines of a transcript of any known kind.

    Raises:
        InputError: If the kind is not known, or the file damaged or beyond the limits.
    """
    suffix = path.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        if len(raw) > limits.text_mb * MEGABYTE:
            raise _beyond(path, f"is larger than {limits.text_mb} MB", "text_mb")
        # A cue has a line for its times, one for its words, a number and an empty line.
        if raw.count(b"\n") + raw.count(b"\r") > 8 * limits.lines:
            raise _beyond(path, f"has more than {limits.lines} lines", "lines")
    content = READERS[suffix](raw, path, limits)
    if len(content.lines) > limits.lines:
        raise _beyond(path, f"has more than {limits.lines} lines", "lines")
    if sum(len(line.text) for line in content.lines) > limits.characters:
        raise _beyond(path, f"holds more than {limits.characters} characters", "characters")
    if suffix in {".txt", ".md"}:
        return content
    return replace(content, lines=tuple(map(_clean, content.lines)))


def _beyond(path: Path, what: str, limit: str) -> InputError:
    return InputError(
        f"{what}, which is no transcript",
        where=path,
        remedy=f"Save it in several files. {trusted(limit)}",
    )


def _clean(line: Line) -> Line:
    text, speaker = _bounded(_whole(line.text)), _whole(line.speaker)
    same = (text, speaker) == (line.text, line.speaker)
    return line if same else replace(line, text=text, speaker=speaker)


def _whole(text: str) -> str:
    """Text without NUL; of halves of astral characters, pairs become one, others a box."""
    if _NO_TEXT.search(text):
        text = text.replace("\0", "")
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
