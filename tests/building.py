"""Small studies made by hand, straight into the store: no files to read, no model to train."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ccgmine.domain import (
    Codebook,
    Coding,
    Coverage,
    Participant,
    Role,
    Segment,
    SourceKind,
    Span,
    Theme,
    ThemeState,
    Transcript,
    Turn,
)
from ccgmine.fingerprint import fingerprint
from ccgmine.store.corpus import Source
from ccgmine.store.predictions import ModelRecord, SegmentPrediction
from ccgmine.study import Study, create_study, open_study

INTERVIEWER = "I"
AT = "2024-05-06T07:08:09+00:00"


def conversation(transcript_id: str, *lines: str) -> tuple[Transcript, list[Segment]]:
    """A transcript out of ``WHO: words`` lines; ``I`` asks, ``|`` ends a segment inside a turn."""
    text = ""
    turns: list[Turn] = []
    segments: list[Segment] = []
    for line in lines:
        who, _, words = line.partition(": ")
        if text:
            text += "\n"
        start = len(text)
        role = Role.INTERVIEWER if who == INTERVIEWER else Role.PARTICIPANT
        for part in words.split("|"):
            first = len(text)
            text += part
            if role is Role.PARTICIPANT:
                ends = [first + m.end() for m in re.finditer(r"[^.?!]+[.?!]*\s*", part)]
                sentences = tuple(
                    Span(a, b) for a, b in zip([first, *ends], ends, strict=False)
                )  # fmt: skip
                segments.append(
                    Segment(
                        transcript_id,
                        len(segments) + 1,
                        Span(first, len(text)),
                        who,
                        part,
                        sentences,
                    )
                )
        person = who if role is Role.PARTICIPANT else None
        turns.append(Turn(Span(start, len(text)), role, who, person))
    return Transcript(transcript_id, SourceKind.INTERVIEW, text, tuple(turns)), segments


def themes(*names: str) -> Codebook:
    """A codebook out of ``id`` or ``parent/id``; a ``*`` before the id: it only groups."""
    made = []
    for name in names:
        parent, _, theme_id = name.rpartition("/")
        made.append(
            Theme(
                theme_id.removeprefix("*"),
                theme_id.removeprefix("*").replace("_", " ").capitalize(),
                parent,
                coded=not theme_id.startswith("*"),
            )
        )
    return Codebook(tuple(made))


def person(participant_id: str, site: str = "", kind: str = "", **attributes: str) -> Participant:
    """A participant; keywords are further attributes."""
    return Participant(participant_id, site, kind, tuple(sorted(attributes.items())))


@contextmanager
def made_study(
    folder: Path,
    scripts: Mapping[str, Sequence[str]],
    *,
    codebook: Codebook,
    people: Sequence[Participant] = (),
    reference: str = "",
) -> Iterator[Study]:
    """A new study with these conversations, open for changes; speakers become participants."""
    create_study(folder, codebook, reference_coder=reference)
    with open_study(folder, write=True) as study:
        with study.transaction():
            known = {p.participant_id for p in people}
            made = [conversation(name, *lines) for name, lines in scripts.items()]
            spoke = {s.participant_id for _, segments in made for s in segments}
            study.corpus.put_participants([*people, *(person(i) for i in sorted(spoke - known))])
            for transcript, segments in made:
                name = f"{transcript.transcript_id}.txt"
                source = study.corpus.put_source(Source(name, "transcript", name, "test"))
                mark = fingerprint(transcript, segments)
                study.corpus.put_transcript(transcript, segments, source, mark)
        yield study


def add_codings(study: Study, *codings: Coding, source: str = "codings.csv") -> None:
    """Put codings into a study."""
    with study.transaction():
        study.codings.add(codings, source, AT)


def add_coverage(study: Study, *coverage: Coverage, source: str = "coverage.csv") -> None:
    """Put coverage into a study."""
    with study.transaction():
        study.codings.add_coverage(coverage, source)


def code(study: Study, transcript_id: str, words: str, theme: str, coder: str = "ann") -> Coding:
    """A coding of the words of a transcript, which must stand there once; it is stored."""
    transcript = study.corpus.transcript(transcript_id)
    assert transcript is not None
    assert transcript.text.count(words) == 1
    start = transcript.text.index(words)
    coding = Coding(transcript_id, Span(start, start + len(words)), theme, coder)
    add_codings(study, coding)
    return coding


def predict(
    study: Study,
    found: Mapping[str, Mapping[str, float]],
    *,
    learned: Sequence[str],
    suggested: Sequence[str] = (),
    name: str = "machine",
) -> None:
    """Machine codings: probabilities by segment name and theme; from 0.5 it is assigned."""
    order = (*learned, *suggested)
    states = (ThemeState.LEARNED,) * len(learned) + (ThemeState.SUGGESTED,) * len(suggested)
    rows = []
    for number, segment in study.corpus.segments():
        p = [found.get(segment.name, {}).get(theme, 0.01) for theme in order]
        rows.append(
            SegmentPrediction(
                number, struct.pack(f"<{len(p)}f", *p), bytes(int(x >= 0.5) for x in p)
            )
        )
    with study.transaction():
        study.predictions.put_model(ModelRecord(name, "0" * 64, order, states))
        study.predictions.put(name, rows)
        study.predictions.mark_classified(name)
