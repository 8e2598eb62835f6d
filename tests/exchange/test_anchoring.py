"""Finding a cleaned text again in its source, letter by letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import Span
from ccgmine.exchange.anchoring import Mover, anchor

SOURCE = (
    "Interview 4\nDate: 3 May\n\n"
    "I: And the meetings?\n"
    "[00:01:05] P: I: well, I think of\nthem as work. [00:12:31] All 12 of them.\n\n"
    "Interviewer: Page 1?\nPage 1 of 3\nP: Yes.\tYes."
)
READING = "And the meetings?\nI: well, I think of them as work. All 12 of them.\nPage 1?\nYes. Yes."


def span_of(text: str, words: str, nth: int = 0) -> Span:
    at = -1
    for _ in range(nth + 1):
        at = text.index(words, at + 1)
    return Span(at, at + len(words))


@pytest.mark.parametrize(
    ("words", "nth", "expected"),
    [
        pytest.param("I think of\nthem", 0, "I think of them", id="over a wrapped line"),
        pytest.param("I: well", 0, "I: well", id="words that look like a label"),
        pytest.param("Page 1", 0, "Page 1", id="the words beside page furniture"),
        pytest.param("Yes.", 1, "Yes.", id="the second of two"),
        pytest.param("12 of", 0, "12 of", id="a number beside a time"),
    ],
)
def test_passages_are_found(words: str, nth: int, expected: str) -> None:
    found = anchor(SOURCE, READING)
    assert found is not None
    placed = found.find(span_of(SOURCE, words, nth))
    assert placed is not None
    assert READING[placed.span.start : placed.span.end] == expected
    assert not placed.left_out


def test_the_second_of_two_equal_words_is_the_second() -> None:
    found = anchor(SOURCE, READING)
    assert found is not None
    first, second = (found.find(span_of(SOURCE, "Yes.", n)) for n in (0, 1))
    assert first is not None and second is not None  # noqa: PT018
    assert first.span.end < second.span.start


def test_a_passage_over_a_label_or_time_says_that_words_are_missing() -> None:
    found = anchor(SOURCE, READING)
    assert found is not None
    start, end = SOURCE.index("as work."), SOURCE.index("All 12") + len("All 12")
    placed = found.find(Span(start, end))
    assert placed is not None
    assert placed.left_out
    assert READING[placed.span.start : placed.span.end] == "as work. All 12"


@pytest.mark.parametrize(
    "words", ["Interview 4", "Date: 3 May", "[00:01:05]", "Page 1 of 3", "\n\n"]
)
def test_what_is_no_talk_is_nowhere(words: str) -> None:
    found = anchor(SOURCE, READING)
    assert found is not None
    assert found.find(span_of(SOURCE, words)) is None


@pytest.mark.parametrize(
    "reading",
    [
        pytest.param("And the meetings? No.", id="a word that is not there"),
        pytest.param(READING.replace("of them as", "of as"), id="a word that is missing inside"),
        pytest.param("Yes. Yes.\nAnd the meetings?", id="another order"),
    ],
)
def test_another_text_is_not_taken_for_it(reading: str) -> None:
    assert anchor(SOURCE, reading) is None


def test_spans_of_the_reading_text_lead_back() -> None:
    found = anchor(SOURCE, READING)
    assert found is not None
    back = found.source_span(span_of(READING, "I think of them"))
    assert back is not None
    assert SOURCE[back.start : back.end] == "I think of\nthem"


WORDS = st.lists(
    st.text(st.sampled_from("abI.:😀é"), min_size=1, max_size=4), min_size=1, max_size=6
).map(" ".join)
LABELS = st.sampled_from(["I: ", "P: ", "a: ", "[00:01] P: ", "ab\t", ""])
TIMES = st.sampled_from(["", "", " [00:12:31] ", " (01:02:03)"])


@given(st.lists(st.tuples(LABELS, WORDS, TIMES, WORDS), min_size=1, max_size=8), st.data())
def test_every_passage_comes_back_word_for_word(
    lines: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    """Labels and times taken out by construction; the words of any passage stay its words."""
    source = "\n".join(a + b + t + c for a, b, t, c in lines)
    reading = "\n".join(f"{b} {c}" for _, b, _, c in lines)
    found = anchor(source, reading)
    assert found is not None
    line = data.draw(st.integers(0, len(lines) - 1))
    words = lines[line][1]
    start = sum(len("".join(x)) + 1 for x in lines[:line]) + len(lines[line][0])
    placed = found.find(Span(start, start + len(words)))
    assert placed is not None
    said = reading[placed.span.start : placed.span.end]
    # Where the same letters could be a label or talk, either is a right reading of the text.
    if not placed.left_out:
        assert "".join(said.split()) == "".join(words.split())


def test_a_long_text_takes_no_long_time() -> None:
    import time

    lines = [
        f"P: the {i} meetings went on and on, as they do, all of us there" for i in range(4000)
    ]
    source = "\n".join(lines)
    reading = "\n".join(line.removeprefix("P: ") for line in lines)
    start = time.perf_counter()
    assert anchor(source, reading) is not None
    assert anchor(source, reading.replace("the 3999", "the 3998")) is None
    assert time.perf_counter() - start < 10


def test_passages_move_to_where_their_words_stand_now() -> None:
    old, new = "We met. We met on Mondays.", "Well, we met. We met. We met on Mondays, always."
    mover = Mover(old, new)
    moved = mover.find(span_of(old, "on Mondays"))
    assert moved is not None
    assert new[moved.start : moved.end] == "on Mondays"
    assert Mover(old, "Nothing of the kind.").find(Span(0, 7)) is None
