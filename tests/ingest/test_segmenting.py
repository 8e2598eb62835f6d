"""Segments tile the participants' turns, whatever the transcript."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.domain import Role, SourceKind, Span, Transcript, Turn
from ccgmine.errors import StudyError
from ccgmine.ingest.segmenting import segment_transcript, spacy_sentence_ends

SPACY = spacy_sentence_ends("en", "")


def by_full_stops(texts: Sequence[str]) -> Iterator[list[int]]:
    for text in texts:
        ends = [m.end() for m in re.finditer(r"[.?!]+\s*", text)]
        yield ends if ends and ends[-1] == len(text) else [*ends, len(text)]


def transcript(*turns: tuple[Role, str]) -> Transcript:
    text, made = "", []
    for role, words in turns:
        start = len(text)
        text += words
        who = f"GP {len(made) % 3}" if role is Role.PARTICIPANT else None
        made.append(Turn(Span(start, len(text)), role, who or "x", who))
        text += "\n"
    return Transcript("t", SourceKind.INTERVIEW, text, tuple(made))


WORDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
    | st.sampled_from(["no.", "Well.", "why?", "[laughs]", "Dr.", "…", "10.30", "!\n", "e.g."]),
    min_size=1,
    max_size=60,
).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(list(Role)), WORDS), max_size=6),
    st.integers(10, 30),
    st.sampled_from([SPACY, by_full_stops]),
)
def test_segments_tile_the_participants_turns(turns, max_words, splitter) -> None:
    made = transcript(*turns)
    segments = segment_transcript(made, splitter, max_words)
    assert [s.number for s in segments] == list(range(1, len(segments) + 1))
    rest = list(segments)
    for turn in made.turns:
        if turn.role is not Role.PARTICIPANT:
            continue
        position = turn.span.start
        while position < turn.span.end:
            segment = rest.pop(0)
            assert segment.span.start == position
            assert segment.participant_id == turn.participant_id
            assert segment.text == made.text[position : segment.span.end]
            assert segment.sentences[0].start == position
            assert segment.sentences[-1].end == segment.span.end
            for a, b in zip(segment.sentences, segment.sentences[1:], strict=False):
                assert a.end == b.start
            position = segment.span.end
        assert position == turn.span.end
    assert rest == []


@settings(deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=30), st.integers(12, 40))
def test_no_segment_is_longer_than_the_limit_when_no_sentence_is(lengths, max_words) -> None:
    text = " ".join(" ".join(["word"] * n) + "." for n in lengths)
    made = transcript((Role.PARTICIPANT, text))
    segments = segment_transcript(made, by_full_stops, max_words)
    assert max(len(s.text.split()) for s in segments) <= max_words


@pytest.mark.parametrize(
    ("n_words", "sizes"),
    [
        pytest.param(100, [100], id="at the limit a turn is one segment"),
        pytest.param(110, [55, 55], id="above it the parts are about equal"),
        pytest.param(300, [100, 100, 100], id="three full parts"),
    ],
)
def test_long_turns_are_split_into_even_parts(n_words: int, sizes: list[int]) -> None:
    text = " ".join(["word word word word word."] * (n_words // 5))
    segments = segment_transcript(transcript((Role.PARTICIPANT, text)), by_full_stops, 100)
    assert [len(s.text.split()) for s in segments] == sizes


def test_one_sentence_longer_than_the_limit_is_not_cut() -> None:
    text = "word " * 200 + "end. Short one."
    segments = segment_transcript(transcript((Role.PARTICIPANT, text)), by_full_stops, 20)
    assert [len(s.text.split()) for s in segments] == [201, 2]


def test_interviewers_and_strangers_have_no_segments() -> None:
    made = transcript((Role.INTERVIEWER, "Why?"), (Role.OTHER, "Hm."), (Role.PARTICIPANT, "So."))
    assert [s.text for s in segment_transcript(made, by_full_stops, 100)] == ["So."]


def test_spacy_ends_sentences_with_the_space_behind_them() -> None:
    text = 'It rained. We went. “Did you?” (No.) She said. "Oh?" [laughs] No.'
    (ends,) = SPACY([text])
    assert ends[-1] == len(text)
    starts = [0, *ends[:-1]]
    assert [text[a:b] for a, b in zip(starts, ends, strict=True)] == [
        "It rained. ",
        "We went. ",
        "“Did you?” ",
        "(No.) ",
        "She said. ",
        '"Oh?" ',
        "[laughs] No.",
    ]


@pytest.mark.parametrize(
    ("language", "pipeline", "said"),
    [
        pytest.param("xq", "", "knows no language 'xq'", id="a language nobody speaks"),
        pytest.param("en", "xq_none==1.0", "'xq_none' is not installed", id="no such pipeline"),
    ],
)
def test_a_language_or_pipeline_that_is_not_there_is_told(language, pipeline, said) -> None:
    with pytest.raises(StudyError, match=said):
        spacy_sentence_ends(language, pipeline)
