"""One function a format: a file's bytes into lines. Which suffix goes to which stands below."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccgmine.errors import InputError
from ccgmine.files import decode
from ccgmine.ingest.raw import Line

if TYPE_CHECKING:
    from docx.document import Document

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?"
_CUE_TIMES = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?$")
_MAX_UNPACKED = 500_000_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_text(raw: bytes, path: Path) -> list[Line]:
    """Lines of a plain-text transcript; an empty line starts a new paragraph."""
    lines: list[Line] = []
    after_blank = True
    for text in decode(raw, path).replace("\f", "\n").split("\n"):
        if text.strip():
            lines.append(Line(text.rstrip(), starts_paragraph=after_blank))
        after_blank = not text.strip()
    return lines


def read_markdown(raw: bytes, path: Path) -> list[Line]:
    """Lines of a Markdown transcript, without its marks for headings, bold and quotations."""
    return [
        Line(_without_marks(line.text), starts_paragraph=line.starts_paragraph)
        for line in read_text(raw, path)
        if not re.fullmatch(r"\s*([-*_])(\s*\1){2,}\s*", line.text)
    ]


def _without_marks(text: str) -> str:
    text = re.sub(r"^\s{0,3}(#{1,6}\s+|>\s?)", "", text)
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])", r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!>])", r"\1", text).removesuffix("  ")


def read_vtt(raw: bytes, path: Path) -> list[Line]:
    """Cues of a WebVTT file as lines, one a voice span.

    Raises:
        InputError: If the mark WEBVTT is missing or a cue's times are damaged.
    """
    import webvtt

    text = decode(raw, path)
    if not text.startswith("WEBVTT"):
        raise InputError(
            "does not begin with WEBVTT, so it is no .vtt file",
            where=path,
            remedy="Export the transcript again, or rename it to .txt if it is plain text.",
        )
    _check_cue_times(text, path)
    captions = webvtt.from_string(text).captions
    lines: list[Line] = []
    for caption in captions:
        start = int(caption.start_in_seconds * 1000)
        for speaker, words in _voices(caption.raw_text):
            lines.append(Line(words, start, speaker, starts_paragraph=False))
    if not lines:
        raise InputError(
            "holds no cue with words in it", where=path, remedy="Export the transcript again."
        )
    return lines


def _check_cue_times(text: str, path: Path) -> None:
    # The parser passes damaged cues over in silence; nothing may be lost that way.
    in_note = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("NOTE"):
            in_note = True
        elif not line.strip():
            in_note = False
        if "-->" not in line or in_note:
            continue
        match = _CUE_TIMES.fullmatch(line)
        if match is None:
            raise InputError(
                "the times of this cue are damaged",
                where=path,
                at=f"line {number}",
                remedy="They must read like 00:03:05.200 --> 00:03:10.000.",
            )
        times = match.groups()
        if _milliseconds(times[:4]) > _milliseconds(times[4:8]):
            raise InputError(
                "the cue ends before it starts",
                where=path,
                at=f"line {number}",
                remedy="Correct the two times.",
            )


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _voices(payload: str) -> Iterator[tuple[str, str]]:
    """(speaker, words) of each voice span of a cue; the speaker is "" outside any."""
    import html

    parts = re.split(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>", " ".join(payload.split("\n")))
    for speaker, words in zip(["", *parts[1::2]], parts[::2], strict=True):
        spoken = html.unescape(re.sub(r"<[^>]*>", "", words))
        spoken = " ".join(spoken.replace("\u200e", "").replace("\u200f", "").split())
        if spoken:
            yield " ".join(html.unescape(speaker).split()), spoken


def read_docx(raw: bytes, path: Path) -> list[Line]:
    """Paragraphs of a Word document, or the rows of its two- or three-column table.

    Headers, footers, comments and deleted text are left out.

    Raises:
        InputError: If it is no Word document or too large when unpacked.
    """
    document = _open_docx(raw, path)
    lines: list[Line] = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            lines += _table_lines(block)
        else:
            lines += _paragraph_lines(block._p)
    return lines


def _open_docx(raw: bytes, path: Path) -> Document:
    import docx

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        document = docx.Document(io.BytesIO(raw)) if unpacked <= _MAX_UNPACKED else None
    except Exception as error:  # a damaged package raises whatever its parts meet
        raise InputError(
            "cannot be opened as a Word document",
            where=path,
            remedy="Open it in Word or LibreOffice and save it again as .docx.",
        ) from error
    if document is None:
        raise InputError(
            "the Word document is larger than 500 MB when unpacked",
            where=path,
            remedy="Take the pictures out of it.",
        )
    return document


def _paragraph_lines(element: Any) -> list[Line]:  # noqa: ANN401
    """A paragraph with the label that is set in bold at its start, if one is.

    Breaks inside the paragraph make lines of it: some people write a whole interview so.
    """
    bold_prefix, rest, in_prefix = "", "", True
    for run in element.iter(f"{_WORD}r"):
        words = _run_text(run)
        if not words:
            continue
        if in_prefix and words.strip() and not _is_bold(run):
            in_prefix = False
        if in_prefix:
            bold_prefix += words
        else:
            rest += words
    label = bold_prefix.strip().rstrip(":").strip()
    if label and rest.strip() and not re.search(r"[:\n\t]", label) and len(label) <= 40:
        return [Line(rest.strip().removeprefix(":").strip(), speaker=label)]
    pieces = [piece.strip() for piece in (bold_prefix + rest).split("\n") if piece.strip()]
    return [Line(piece, starts_paragraph=i == 0) for i, piece in enumerate(pieces)]


def _is_bold(run: Any) -> bool:  # noqa: ANN401
    mark = run.find(f"{_WORD}rPr/{_WORD}b")
    return mark is not None and mark.get(f"{_WORD}val", "true") not in {"0", "false", "off"}


def _run_text(run: Any) -> str:  # noqa: ANN401
    if any(a.tag in {f"{_WORD}del", f"{_WORD}moveFrom"} for a in run.iterancestors()):
        return ""
    parts = []
    for node in run:
        if node.tag == f"{_WORD}t":
            parts.append(node.text or "")
        elif node.tag == f"{_WORD}tab":
            parts.append("\t")
        elif node.tag in {f"{_WORD}br", f"{_WORD}cr"}:
            parts.append("\n")
        elif node.tag == f"{_WORD}noBreakHyphen":
            parts.append("-")
    return "".join(parts)


def _table_lines(table: Any) -> list[Line]:  # noqa: ANN401
    """Rows of a transcript set as a table: which column is the talk shows in its length."""
    rows = []
    for row in table.rows:
        cells = []
        for cell in row._tr.tc_lst:
            paragraphs = ("".join(_run_text(r) for r in p.iter(f"{_WORD}r")) for p in cell.p_lst)
            cells.append("\n".join(p.strip() for p in paragraphs if p.strip()))
        rows.append(cells)
    width = max((len(cells) for cells in rows), default=0)
    rows = [cells + [""] * (width - len(cells)) for cells in rows]
    if width < 2:
        return [Line(cells[0]) for cells in rows if cells and cells[0]]
    if len(rows) > 1 and _is_heading(rows[0]):
        rows = rows[1:]
    lengths = [sum(len(cells[i]) for cells in rows) for i in range(width)]
    talk = lengths.index(max(lengths))
    others = [i for i in range(width) if i != talk]
    speaker = _speaker_column(rows, others)
    lines = []
    for cells in rows:
        start = next((t for i in others if (t := time_of(cells[i])) is not None), None)
        label = cells[speaker].rstrip(":").strip() if speaker is not None else ""
        if cells[talk]:
            lines.append(Line(cells[talk], start, label))
    return lines


def _is_heading(cells: list[str]) -> bool:
    known = {
        "speaker",
        "text",
        "time",
        "timestamp",
        "transcript",
        "who",
        "turn",
        "name",
        "no",
        "no.",
    }
    known |= {"content", "talk", "utterance", "#", "line"}
    return all(cell.strip().casefold() in known | {""} for cell in cells)


def _speaker_column(rows: list[list[str]], columns: list[int]) -> int | None:
    def is_label(text: str) -> bool:
        return bool(re.search(r"[^\W\d_]", text)) and time_of(text) is None

    scored = [(sum(is_label(cells[i]) for cells in rows), -i) for i in columns]
    best, position = max(scored, default=(0, 0))
    return -position if best else None


def time_of(text: str) -> int | None:
    """Milliseconds of a text that is a time and nothing else, such as ``[00:12:31]``."""
    match = re.fullmatch(rf"[\[({{#]?\s*{_TIME}(?:-\d)?\s*[\])}}#]?", text.strip())
    return _milliseconds(match.groups()) if match else None


READERS: dict[str, Callable[[bytes, Path], list[Line]]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".docx": read_docx,
    ".vtt": read_vtt,
}
READER_VERSION = "1"
