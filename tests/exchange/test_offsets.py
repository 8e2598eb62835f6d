"""Finding what positions count: every convention, with all that shifts them."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ccgmine.domain import Span
from ccgmine.errors import UsageError
from ccgmine.exchange.offsets import (
    Convention,
    Selection,
    SourceText,
    find_convention,
    read_convention,
)
from tests.exchange.building import code_points, utf16_units

TALK = (
    "So 😀 the meetings ran on, honestly.\r\nEvery Monday 🏥 we sat there for hours.\r\n"
    "And the money 💷 was gone before anybody had asked.\r\nThat is all there is to it."
)
WORDS = ["meetings", "Every Monday", "we sat there", "money", "anybody had asked", "That is all"]


def written(raw: str, words: str, convention: Convention, name: str = "") -> Selection:
    """A selection of words, counted by encoding what stands before it."""
    body = raw.lstrip("\ufeff")
    counting = utf16_units if convention.utf16 else code_points
    start = body.index(words)
    before, within = body[:start], body[: start + len(words)]
    if convention.crlf == 1:
        before, within = before.replace("\r\n", "\n"), within.replace("\r\n", "\n")
    marks = convention.marks
    return Selection(counting(before) + marks, counting(within) + marks, name)


CONVENTIONS = [Convention(u, c, m) for u in (False, True) for c in (2, 1) for m in (0, 1)]


@pytest.mark.parametrize("named", [True, False], ids=["by the words in names", "by words alone"])
@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda c: c.name)
def test_the_convention_is_found(convention: Convention, *, named: bool) -> None:
    raw = "\ufeff" + TALK
    selections = [written(raw, w, convention, w if named else "") for w in WORDS]
    source = SourceText(raw)
    fit = find_convention(source, selections)
    assert fit.convention == convention
    assert not fit.tied
    assert [source.text[s.start : s.end] for s in fit.spans if s is not None] == WORDS
    assert fit.score.said == ("6 of 6 quotes match" if named else "12 of 12 edges at words")


@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda c: c.name)
def test_names_cut_off_with_an_ellipsis_decide(convention: Convention) -> None:
    raw = "\ufeff" + TALK
    long = "Every Monday 🏥 we sat there for hours.\r\nAnd the money 💷 was gone before anybody"
    selections = [
        written(raw, long, convention, "Every Monday 🏥 we sat there for hours. And the…")
    ]
    source = SourceText(raw)
    fit = find_convention(source, selections)
    span = fit.spans[0]
    assert span is not None
    assert source.text[span.start : span.end].startswith("Every Monday")


def test_names_weigh_more_than_word_edges() -> None:
    # Read as code points both edges lie at words, but the name says otherwise.
    raw = "😀 aa bb cc dd"
    fit = find_convention(SourceText(raw), [written(raw, "b c", Convention(utf16=True), "b c")])
    assert fit.convention.utf16


def test_ways_that_fit_alike_and_give_other_words_are_a_tie() -> None:
    # Three emoji, so the two ways are three characters apart: "no" or "me", whole words both.
    source = SourceText("😀😀😀 we so no me as us")
    fit = find_convention(source, [Selection(13, 15)])
    assert [c.name for c in fit.tied] == ["codepoint,crlf2,nomark", "utf16,crlf2,nomark"]
    found = [source.spans([Selection(13, 15)], c)[0] for c in fit.tied]
    assert [source.text[s.start : s.end] for s in found if s is not None] == ["me", "no"]


def test_ways_that_fit_alike_and_give_the_same_words_are_none() -> None:
    raw = "All of it stands before the first 😀 here"
    fit = find_convention(SourceText(raw), [Selection(0, 9)])
    assert not fit.tied
    assert {c.utf16 for c in fit.best} == {False, True}


def test_what_the_user_says_is_taken() -> None:
    raw = "😀 one two three"
    fit = find_convention(SourceText(raw), [Selection(3, 6)], read_convention("utf16"))
    assert fit.convention == Convention(utf16=True)
    assert fit.spans == (Span(2, 5),)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param(Selection(-5, 3), None, id="before the text"),
        pytest.param(Selection(4, 4), None, id="empty"),
        pytest.param(Selection(7, 3), None, id="backwards"),
        pytest.param(Selection(400, 500), None, id="behind the text"),
        pytest.param(Selection(4, 500), Span(4, 13), id="running past the end is cut"),
        pytest.param(Selection(0, 10**30), Span(0, 13), id="absurd"),
    ],
)
def test_positions_outside_the_text(selection: Selection, expected: Span | None) -> None:
    assert find_convention(SourceText("one two three"), [selection]).spans == (expected,)


def test_line_ends_in_xml_may_have_counted_two() -> None:
    raw = TALK.replace("\r\n", "\n")
    for convention in (Convention(utf16=True, crlf=1), Convention(utf16=True, crlf=2)):
        selections = [written(TALK, w, convention, w) for w in WORDS]
        source = SourceText(raw, line_ends_lost=True)
        fit = find_convention(source, selections)
        assert [source.text[s.start : s.end] for s in fit.spans if s is not None] == WORDS


@pytest.mark.parametrize("text", ["utf32", "", "utf16;crlf2", "crlf3", "mark9", "=utf16"])
def test_offsets_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--offsets"):
        read_convention(text)


ALPHABET = st.sampled_from("ab cd\n.😀𝔘é\u05d0\u200d")
TEXTS = st.text(ALPHABET, min_size=1, max_size=60)


@given(TEXTS, st.data(), st.sampled_from(CONVENTIONS), st.booleans())
def test_reading_undoes_writing(
    text: str, data: st.DataObject, convention: Convention, mark: bool
) -> None:
    """Whatever is written under a convention is read back under it, to the letter."""
    assume(mark or not convention.marks)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    stored = ("\ufeff" if mark else "") + text.replace("\n", "\r\n")

    def count(part: str) -> int:
        part = part if convention.crlf == 1 else part.replace("\n", "\r\n")
        return (utf16_units if convention.utf16 else code_points)(part) + convention.marks

    source = SourceText(stored)
    selection = Selection(count(text[:start]), count(text[:end]))
    assert source.text == text
    # The first mark may be in the selection; it is no part of the text.
    assert source.spans([selection], convention) == [Span(start, end)]
    assert source.length(convention) == count(text)


@given(TEXTS, st.sampled_from(CONVENTIONS))
def test_every_position_is_inside_the_text(text: str, convention: Convention) -> None:
    source = SourceText("\ufeff" + text.replace("\n", "\r\n"))
    selections = [Selection(a, b) for a in range(-2, 30) for b in (a - 1, a + 1, a + 7, 999)]
    for span in source.spans(selections, convention):
        assert span is None or 0 <= span.start < span.end <= len(source.text)


@given(TEXTS, st.data(), st.sampled_from(CONVENTIONS))
def test_names_find_the_words_whatever_was_counted(
    text: str, data: st.DataObject, convention: Convention
) -> None:
    """With the words in the name, the words are what comes out, whichever way is chosen."""
    assume(text.strip())
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    words = text[start:end]
    assume(words.strip() and not words.strip().endswith(("…", "...")))

    def count(part: str) -> int:
        part = part if convention.crlf == 1 else part.replace("\n", "\r\n")
        return (utf16_units if convention.utf16 else code_points)(part) + convention.marks

    source = SourceText("\ufeff" + text.replace("\n", "\r\n"))
    fit = find_convention(source, [Selection(count(text[:start]), count(text[:end]), words)])
    span = fit.spans[0]
    assert span is not None
    found = source.text[span.start : span.end]
    drop = str.maketrans("", "", "\u200d")
    assert " ".join(found.translate(drop).split()) == " ".join(words.translate(drop).split())


def test_conversion_is_linear_in_the_text() -> None:
    def seconds(n: int) -> float:
        raw = "word 😀 word\r\n" * n
        selections = [Selection(i * 7, i * 7 + 5) for i in range(2000)]
        start = time.perf_counter()
        find_convention(SourceText(raw), selections)
        return time.perf_counter() - start

    small, large = min(seconds(20_000) for _ in range(2)), min(seconds(80_000) for _ in range(2))
    assert large < 12 * small  # four times the text; a quadratic way would take sixteen
