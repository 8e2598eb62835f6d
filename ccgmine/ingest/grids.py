"""Tables in documents, as transcripts are set in them: time | speaker | words, in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ccgmine.ingest.header import is_header_key
from ccgmine.ingest.labels import is_usual
from ccgmine.ingest.raw import Line
from ccgmine.ingest.stamps import BRACKETED, CLOCK, milliseconds, split_time, time_of

Rows = Sequence[Sequence[Sequence[str]]]
"""Rows of cells, each the lines in it."""

_TIME_BEHIND = re.compile(rf"\s*{BRACKETED}\s*:?$|\s+{CLOCK}$")
_HEADINGS = {
    "speaker", "speakers", "speaker name", "text", "time", "timestamp", "timecode", "time code",
    "start", "start time", "end", "end time", "transcript", "transcription", "who", "turn", "name",
    "no", "no.", "number", "content", "talk", "utterance", "utterances", "dialogue", "speech",
    "said", "words", "#", "line", "line no", "line no.", "line number", "turn no", "turn no.",
    "notes", "note", "comments", "comment", "code", "codes", "coding", "theme", "themes", "memo",
    "duration", "id",
}  # fmt: skip


def table_lines(rows: Rows) -> list[Line]:
    """The lines of a transcript that is set as a table, or of a table of keys and values."""
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


def _is_metadata(rows: Rows) -> bool:
    """Whether a table holds keys and values, such as Date and Site, rather than talk."""
    if any(len(cells) != 2 or len(" ".join(cells[1]).split()) > 12 for cells in rows):
        return False
    keys = [" ".join(key) for key, _ in rows]
    return len(set(keys)) == len(keys) and any(map(is_header_key, keys))


def _is_heading(cells: Sequence[Sequence[str]]) -> bool:
    names = [" ".join(cell).casefold().rstrip(":") for cell in cells]
    return any(names) and all(name in _HEADINGS | {""} for name in names)


def _talk_and_speaker(rows: Rows, width: int) -> tuple[int, int | None]:
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
