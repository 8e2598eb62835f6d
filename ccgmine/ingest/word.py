"""Word documents into lines: paragraphs with labels, or a table of turns."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccgmine.errors import InputError
from ccgmine.ingest.header import is_header_key
from ccgmine.ingest.labels import is_talk, is_usual
from ccgmine.ingest.raw import Line
from ccgmine.ingest.stamps import BRACKETED, CLOCK, milliseconds, split_time, time_of

if TYPE_CHECKING:
    from docx.document import Document

_MAX_UNPACKED = 500_000_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Deleted and moved words, and text boxes, which Word writes twice and sets beside the talk.
_LEFT_OUT = {f"{_WORD}del", f"{_WORD}moveFrom", f"{_WORD}txbxContent"}
_TIME_BEHIND = re.compile(rf"\s*{BRACKETED}\s*:?$|\s+{CLOCK}$")
# What may stand around paragraphs, rows and cells: content controls and tracked changes.
_WRAPPERS = {f"{_WORD}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo")}
_HEADINGS = {
    "speaker", "speakers", "speaker name", "text", "time", "timestamp", "timecode", "time code",
    "start", "start time", "end", "end time", "transcript", "transcription", "who", "turn", "name",
    "no", "no.", "number", "content", "talk", "utterance", "utterances", "dialogue", "speech",
    "said", "words", "#", "line", "line no", "line no.", "line number", "turn no", "turn no.",
    "notes", "note", "comments", "comment", "code", "codes", "coding", "theme", "themes", "memo",
    "duration", "id",
}  # fmt: skip


def read_docx(raw: bytes, path: Path) -> list[Line]:
    """Paragraphs of a Word document, or the rows of its two- or three-column table.

    Headers, footers, comments and deleted text are left out.

    Raises:
        InputError: If it is no Word document or too large when unpacked.
    """
    document = _open_docx(raw, path)
    lines: list[Line] = []
    for block in _inside(document.element.body, "p", "tbl"):
        if block.tag == f"{_WORD}tbl":
            lines += _table_lines(block)
        else:
            lines += _paragraph_lines(block)
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


def _inside(element: Any, *names: str) -> Iterator[Any]:  # noqa: ANN401
    """Children of these kinds, those in content controls too."""
    for child in element:
        if child.tag in {f"{_WORD}{name}" for name in names}:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _inside(child, *names)


def _paragraph_lines(paragraph: Any) -> list[Line]:  # noqa: ANN401
    """A paragraph, as several lines where breaks are set in it.

    Some people write a whole interview as one paragraph.
    """
    pieces: list[list[tuple[str, bool]]] = [[]]
    for run in paragraph.iter(f"{_WORD}r"):
        bold = _is_bold(run)
        first, *more = _run_text(run).split("\n")
        pieces[-1].append((first, bold))
        pieces += [[(text, bold)] for text in more]
    lines = [_line(piece) for piece in pieces]
    filled = [line for line in lines if line is not None]
    return [Line(x.text, x.start_ms, x.speaker, i == 0) for i, x in enumerate(filled)]


def _line(runs: Sequence[tuple[str, bool]]) -> Line | None:
    """A line with the label that is set in bold at its start, if one is."""
    text = "".join(words for words, _ in runs)
    if not text.strip():
        return None
    n_bold = next((i for i, (words, bold) in enumerate(runs) if words.strip() and not bold), None)
    prefix = "".join(words for words, _ in runs[:n_bold])
    rest = text[len(prefix) :]
    label = prefix.strip().removesuffix(":").strip()
    if n_bold is None or not label or len(label) > 40 or re.search(r"[:\t]", label):
        return Line(text.strip())
    if prefix.rstrip().endswith(":") or rest.lstrip().startswith(":"):
        start, words = split_time(rest.strip().removeprefix(":"), doubtful=False)
        return Line(text.strip()) if is_talk(label) else Line(words.strip(), start, label)
    # Bold and no colon is a label or stress; a tab leaves that to whoever sees all the lines.
    if time_of(rest) is None and re.search(r"\s$", prefix) is None and not rest[:1].isspace():
        return Line(text.strip())
    return Line(f"{label}{' ' if time_of(rest) is not None else chr(9)}{rest.strip()}")


def _is_bold(run: Any) -> bool:  # noqa: ANN401
    mark = run.find(f"{_WORD}rPr/{_WORD}b")
    if mark is not None:
        return mark.get(f"{_WORD}val", "true") not in {"0", "false", "off"}
    style = run.find(f"{_WORD}rPr/{_WORD}rStyle")
    return style is not None and style.get(f"{_WORD}val") == "Strong"


def _run_text(run: Any) -> str:  # noqa: ANN401
    if any(a.tag in _LEFT_OUT for a in run.iterancestors()):
        return ""
    parts = []
    for node in run:
        if node.tag == f"{_WORD}t":
            parts.append((node.text or "").replace("\n", " "))
        elif node.tag in {f"{_WORD}tab", f"{_WORD}ptab"}:
            parts.append("\t")
        elif node.tag in {f"{_WORD}br", f"{_WORD}cr"}:
            parts.append("\n")
        elif node.tag == f"{_WORD}noBreakHyphen":
            parts.append("-")
    return "".join(parts)


def _cell_lines(cell: Any) -> list[str]:  # noqa: ANN401
    lines: list[str] = []
    for paragraph in cell.iter(f"{_WORD}p"):
        text = "".join(_run_text(run) for run in paragraph.iter(f"{_WORD}r"))
        lines += [line.strip() for line in text.split("\n") if line.strip()]
    return lines


def _table_lines(table: Any) -> list[Line]:  # noqa: ANN401
    """Rows of a transcript set as a table."""
    rows = [[_cell_lines(cell) for cell in _inside(row, "tc")] for row in _inside(table, "tr")]
    width = max((len(cells) for cells in rows), default=0)
    if width < 2:
        return [Line(text) for cells in rows for cell in cells for text in cell]
    if _is_metadata(rows):
        return [Line(f"{' '.join(key).rstrip(':')}: {' '.join(value)}") for key, value in rows]
    if len(rows) > 1 and _is_heading(rows[0]):
        rows = rows[1:]
    full = [cells for cells in rows if len(cells) == width]
    talk, speaker = _talk_and_speaker(full, width)
    others = [i for i in range(width) if i != talk]
    lines: list[Line] = []
    for cells in rows:
        if len(cells) < width:  # a note across the whole table
            lines += [Line(text) for cell in cells for text in cell]
            continue
        label, start = _label_and_time(cells[speaker] if speaker is not None else [])
        times = (time_of(text) for i in others for text in cells[i])
        start = next((t for t in times if t is not None), start)
        lines += [Line(text, start, label) for text in cells[talk]]
    return lines


def _label_and_time(cell: Sequence[str]) -> tuple[str, int | None]:
    """A cell such as ``[00:05] Interviewer:``, or with the time on a line of its own."""
    start, words = None, []
    for text in cell:
        if time_of(text) is not None:
            start = time_of(text)
            continue
        before, label = split_time(text, doubtful=True)
        behind = _TIME_BEHIND.search(label)
        found = milliseconds(behind.group()) if behind else before
        start = found if found is not None else start
        words.append(label[: behind.start()] if behind else label)
    return " ".join(words).rstrip(":").strip(), start


def _is_metadata(rows: Sequence[Sequence[Sequence[str]]]) -> bool:
    """Whether a table holds keys and values, such as Date and Site, rather than talk."""
    if any(len(cells) != 2 or len(" ".join(cells[1]).split()) > 12 for cells in rows):
        return False
    keys = [" ".join(key) for key, _ in rows]
    return len(set(keys)) == len(keys) and any(map(is_header_key, keys))


def _is_heading(cells: Sequence[Sequence[str]]) -> bool:
    names = [" ".join(cell).casefold().rstrip(":") for cell in cells]
    return any(names) and all(name in _HEADINGS | {""} for name in names)


def _talk_and_speaker(
    rows: Sequence[Sequence[Sequence[str]]], width: int
) -> tuple[int, int | None]:
    """Which column is the talk, and which names the speakers, if one does."""
    labels = [[_label_and_time(cells[i])[0] for cells in rows] for i in range(width)]
    lettered = [[x for x in column if re.search(r"[^\W\d_]", x)] for column in labels]
    usual = [sum(map(is_usual, column)) for column in lettered]
    # Talk differs from row to row and is long; speakers come back.
    weight = [(len(set(x)), sum(map(len, x))) for x in lettered]
    speaker = usual.index(max(usual)) if any(usual) else None
    talk = max((i for i in range(width) if i != speaker), key=lambda i: weight[i])
    if speaker is None:
        named = [i for i in range(width) if i != talk and lettered[i]]
        speaker = max(named, key=lambda i: len(lettered[i]), default=None)
    return talk, speaker
