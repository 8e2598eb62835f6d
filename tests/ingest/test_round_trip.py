"""An invented dialogue, written in any text layout and read back, is the same dialogue."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.ingest.reading import ASKED, GP, read

Dialogue = list[tuple[str, str]]

# Words that tempt a reader of labels, times and marks to see what is not there.
TEMPTING = """
the a I we so and well it was rained went surgery doctor nobody question answer part subject
participant [laughs] [name] [inaudible] (quietly) 10:30 3:1 half-past follow-up café “quite” ‘so’
don’t naïve £5 5% & <5 >3 * # note: reason: Manager Smith: answer: P http://a.org/b 2024 Q. 17 e.g.
… – ok
"""
WORDS = st.sampled_from(TEMPTING.split())
_NAME = re.compile(r"(?:\S+ )?Smith:")


def _sentence(words: list[str], end: str) -> str:
    # A turn that itself begins like a label cannot be told from one by anybody.
    return "It " + " ".join(words) + " then" + end


SENTENCES = st.builds(
    _sentence, st.lists(WORDS, min_size=1, max_size=20), st.sampled_from([".", "?", "!"])
)
TURNS = st.lists(SENTENCES, min_size=1, max_size=3).map(" ".join)


@st.composite
def dialogues(draw: st.DrawFn) -> Dialogue:
    """Turn and turn about, the interviewer first or the participant."""
    said = draw(st.lists(TURNS, min_size=4, max_size=6))
    first = draw(st.integers(0, 1))
    return [((ASKED, GP)[(i + first) % 2], words) for i, words in enumerate(said)]


def _wrap(text: str, width: int) -> str:
    # Word processors break lines at spaces only.
    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False))


def _same_line(labels: dict[str, str], mark: str, gap: str) -> Callable[[Dialogue], str]:
    return lambda said: gap.join(f"{labels[who]}{mark}{words}" for who, words in said)


def _own_line(labels: dict[str, str], mark: str, gap: str) -> Callable[[Dialogue], str]:
    return lambda said: gap.join(f"{labels[who]}{mark}\n{words}" for who, words in said)


def _wrapped(labels: dict[str, str], width: int) -> Callable[[Dialogue], str]:
    def write(said: Dialogue) -> str:
        turns = [_wrap(f"{labels[who]}: {words}", width) for who, words in said]
        # A name and a colon where a line happens to be broken are a label to anybody.
        assume(not any(_NAME.match(line) for turn in turns for line in turn.split("\n")[1:]))
        return "\n\n".join(turns)

    return write


def _timed(form: str, labels: dict[str, str]) -> Callable[[Dialogue], str]:
    return lambda said: "\n".join(
        form.format(time=f"00:{i // 6:02}:{i % 6 * 10:02}", who=labels[who], words=words)
        for i, (who, words) in enumerate(said)
    )


LONG = {ASKED: "Interviewer", GP: GP}
SHORT = {ASKED: "I", GP: "P"}
LETTERS = {ASKED: "Q", GP: "A"}

LAYOUTS: dict[str, tuple[str, Callable[[Dialogue], str]]] = {
    "long labels": ("txt", _same_line(LONG, ": ", "\n")),
    "short labels and blank lines": ("txt", _same_line(SHORT, ": ", "\n\n")),
    "letters and tabs": ("txt", _same_line(LETTERS, "\t", "\n")),
    "colons and tabs": ("txt", _same_line(SHORT, ":\t", "\n")),
    "no space behind the colon": ("txt", _same_line(SHORT, ":", "\n")),
    "own line with a colon": ("txt", _own_line(LONG, ":", "\n\n")),
    "own line without a colon": ("txt", _own_line(LONG, "", "\n\n")),
    "own line, nothing between turns": ("txt", _own_line(LONG, "", "\n")),
    "wrapped at 30": ("txt", _wrapped(LONG, 30)),
    "wrapped at 72": ("txt", _wrapped(SHORT, 72)),
    "times before": ("txt", _timed("[{time}] {who}: {words}", SHORT)),
    "times in the label": ("txt", _timed("{who} ({time}): {words}", LONG)),
    "times behind the label": ("txt", _timed("{who}: [{time}] {words}", SHORT)),
    "times at the end": ("txt", _timed("{who}: {words} #{time}-3#", SHORT)),
    "times on their own line": ("txt", _timed("{time}\n{who}: {words}", LONG)),
    "Otter": ("txt", _timed("{who}  {time}\n{words}\n", LONG)),
    "Word transcribe": ("txt", _timed("{time} {who}\n{words}", LONG)),
    "Markdown": (
        "md",
        lambda said: "\n\n".join(
            f"**{LONG[who]}:** " + words.replace("*", "\\*").replace("[", "\\[").replace("#", "\\#")
            for who, words in said
        ),
    ),
    "voice tags": (
        "vtt",
        lambda said: (
            "WEBVTT\n\n"
            + "\n\n".join(
                f"00:{i:02}:{j % 60:02}.000 --> 00:{i:02}:{j % 60:02}.900\n"
                f"<v {LONG[who]}>{part.replace('&', '&amp;').replace('<', '&lt;')}</v>"
                for i, (who, words) in enumerate(said)
                for j, part in enumerate(_wrap(words, 40).split("\n"))
            )
        ),
    ),
    "names in the cues": (
        "vtt",
        lambda said: (
            "WEBVTT\n\n"
            + "\n\n".join(
                f"00:{i:02}:00.000 --> 00:{i:02}:59.900\n"
                f"{LONG[who]}: {words.replace('&', '&amp;').replace('<', '&lt;')}"
                for i, (who, words) in enumerate(said)
            )
        ),
    ),
}


@pytest.mark.parametrize(("suffix", "layout"), LAYOUTS.values(), ids=LAYOUTS.keys())
@settings(deadline=None, max_examples=25)
@given(said=dialogues(), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
def test_what_is_written_is_read_back(suffix, layout, said: Dialogue, encoding: str) -> None:
    written = layout(said).replace("\n", "\r\n")
    assert read(written.encode(encoding), f"GP-ID-35.{suffix}").turns == said
