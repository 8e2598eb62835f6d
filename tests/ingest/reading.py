"""Reading invented transcripts: files as people hand them over, and what is read from them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccgmine.domain import Participant, Transcript
from ccgmine.ingest.people import PeopleIndex, Person
from ccgmine.ingest.readers import read_transcript
from ccgmine.ingest.roles import build_transcript, cast_roles, known_labels
from ccgmine.ingest.speakers import split_speakers

GP = "GP ID 35"
MANAGER = "Manager ID 35"
ASKED = "interviewer"


@dataclass(frozen=True)
class Reading:
    transcript: Transcript
    notes: tuple[str, ...]

    @property
    def turns(self) -> list[tuple[str, str]]:
        """(speaker, words) of every turn."""
        t = self.transcript
        return [(turn.speaker, t.text[turn.span.start : turn.span.end]) for turn in t.turns]

    @property
    def times(self) -> list[int | None]:
        return [turn.start_ms for turn in self.transcript.turns]


def person(participant_id: str, *files: str, speaker: str = "") -> Person:
    return Person(Participant(participant_id), files, speaker)


def read(
    content: bytes | str,
    name: str = "GP ID 35.txt",
    people: Iterable[Person | str] = (GP, MANAGER),
    interviewer: Sequence[str] = (),
) -> Reading:
    """What ingest makes of one file."""
    index = PeopleIndex(person(p) if isinstance(p, str) else p for p in people)
    path = Path(name)
    raw_bytes = content.encode() if isinstance(content, str) else content
    content = read_transcript(raw_bytes, path)
    raw = split_speakers(content.lines, known_labels(index, interviewer))
    cast = cast_roles(raw, path, index, interviewer)
    return Reading(
        build_transcript(raw, cast, path.stem), (*content.notes, *raw.notes, *cast.notes)
    )


def docx(*blocks: str | list[Sequence[str]], header: str = "", footer: str = "") -> bytes:
    """A Word document: ``**bold**`` in a paragraph, line breaks in it, a list of rows a table."""
    import docx as python_docx

    document = python_docx.Document()
    for block in blocks:
        if isinstance(block, str):
            fill(document.add_paragraph(), block)
        else:
            table = document.add_table(rows=0, cols=len(block[0]))
            for row in block:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    first, *more = text.split("\n\n")
                    fill(cell.paragraphs[0], first)
                    for paragraph in more:
                        fill(cell.add_paragraph(), paragraph)
    if header:
        document.sections[0].header.paragraphs[0].text = header
    if footer:
        document.sections[0].footer.paragraphs[0].text = footer
    return saved(document)


def fill(paragraph: Any, text: str) -> None:
    """Runs of a paragraph; python-docx turns line ends into breaks and tabs into tabs."""
    for piece in re.split(r"(\*\*.+?\*\*)", text):
        if piece.startswith("**"):
            paragraph.add_run(piece[2:-2]).bold = True
        elif piece:
            paragraph.add_run(piece)


def saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def vtt(*cues: str) -> str:
    """A WebVTT file with one cue every four seconds."""
    blocks = [
        f"00:{4 * i // 60:02}:{4 * i % 60:02}.000 --> 00:{4 * i // 60:02}:{4 * i % 60 + 3:02}.500\n"
        f"{cue}\n"
        for i, cue in enumerate(cues)
    ]
    return "WEBVTT\n\n" + "\n".join(blocks)
