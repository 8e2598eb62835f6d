"""Work grows with the file and no faster: counted in lines of Python that run, not in seconds."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ccgmine.coding.labels import label_segments
from ccgmine.domain import Coding, Coverage, Participant, Segment, Span, Transcript
from ccgmine.exchange.anchoring import anchor
from ccgmine.exchange.offsets import Selection, SourceText, find_convention
from ccgmine.ingest.people import PeopleIndex, Person
from ccgmine.ingest.readers import read_transcript
from ccgmine.ingest.roles import build_transcript, cast_roles, known_labels
from ccgmine.ingest.segmenting import segment_transcript
from ccgmine.ingest.speakers import split_speakers
from ccgmine.matching import similar_pairs
from tests.ingest.reading import docx, vtt
from tests.ingest.test_formats import odt, rtf
from tests.ingest.test_segmenting import by_full_stops

PEOPLE = PeopleIndex([Person(Participant("GP 1"))])
SAID = "So it was 😀. "


def lines_run(job: Callable[[], object]) -> int:
    """How many lines of ccgmine run, every turn of a loop within a line counted."""
    counted = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal counted
        if f"{os.sep}ccgmine{os.sep}" not in frame.f_code.co_filename:
            return None
        counted += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        job()
    finally:
        sys.settrace(before)
    return counted


def whole_way(suffix: str, make: Callable[[int], bytes]) -> Callable[[int], Callable[[], object]]:
    def job_of(n: int) -> Callable[[], object]:
        raw, path = make(n), Path(f"GP 1{suffix}")

        def job() -> Transcript:
            content = read_transcript(raw, path)
            parted = split_speakers(content.lines, known_labels(PEOPLE))
            made = build_transcript(parted, cast_roles(parted, path, PEOPLE), "GP 1")
            assert len(segment_transcript(made, by_full_stops, 100)) >= n // 4
            return made

        return job

    return job_of


def turns(n: int) -> list[str]:
    return [f"{'IP'[i % 2]}: {SAID}" for i in range(n)]


def placing(n: int) -> Callable[[], object]:
    source = SourceText("\ufeff" + "\r\n".join(turns(n)))
    selections = [Selection(20 * i, 20 * i + 9) for i in range(n // 2)]
    return lambda: find_convention(source, selections)


def counting(n: int) -> Callable[[], object]:
    return lambda: SourceText("\r\n".join(turns(n)))


def anchoring(n: int) -> Callable[[], object]:
    source = "\n".join(f"[00:12] {turn}" for turn in turns(n))
    return lambda: anchor(source, "\n".join(SAID.strip() for _ in range(n)))


def labelling(n: int) -> Callable[[], object]:
    spans = [Span(10 * i, 10 * i + 10) for i in range(n)]
    segments = [
        (i, Segment("t", i, span, "p", "So it was ", (span,))) for i, span in enumerate(spans, 1)
    ]
    codings = [Coding("t", span, "x", "ann") for span in spans]
    coverage = [Coverage("t", "ann", span=span) for span in spans[::2]]
    return lambda: label_segments(segments, codings, coverage, ["ann"])


def comparing(n: int) -> Callable[[], object]:
    return lambda: similar_pairs(f"{a}{b}{c} {n}" for a in "ab" for b in "cd" for c in range(n))


JOBS = {
    ".txt": whole_way(".txt", lambda n: "\n".join(turns(n)).encode()),
    ".md": whole_way(".md", lambda n: "\n\n".join(turns(n)).encode()),
    ".vtt": whole_way(".vtt", lambda n: vtt(*turns(n)).encode()),
    ".srt": whole_way(".srt", lambda n: vtt(*turns(n)).removeprefix("WEBVTT").encode()),
    ".rtf": whole_way(
        ".rtf", lambda n: rtf("".join(f"{x}\\par " for x in turns(n)).replace("😀", ""))
    ),
    ".docx": whole_way(".docx", lambda n: docx(*turns(n))),
    ".odt": whole_way(".odt", lambda n: odt("".join(f"<text:p>{x}</text:p>" for x in turns(n)))),
    "counting offsets": counting,
    "converting offsets": placing,
    "anchoring": anchoring,
    "labelling": labelling,
    "comparing names": comparing,
}


@pytest.mark.parametrize("name", JOBS)
def test_four_times_the_file_is_four_times_the_work(name: str) -> None:
    JOBS[name](20)()  # what is done once, is done
    small, large = (lines_run(JOBS[name](n)) for n in (40, 160))
    assert small > 40
    assert large < 4.6 * small


def test_work_that_grows_faster_would_be_seen() -> None:
    from ccgmine.matching import normalise_quote

    def pairs(n: int) -> Callable[[], object]:
        return lambda: [normalise_quote("a") for _ in range(n * n)]

    small, large = (lines_run(pairs(n)) for n in (10, 40))
    assert large > 8 * small
