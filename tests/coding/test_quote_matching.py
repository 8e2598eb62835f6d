"""Finding quotes under the one stated normalisation, and following words into a new version."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ccgmine.domain import Span
from ccgmine.matching import QuoteFinder, move_span, normalise_quote


def found(text: str, quote: str) -> list[str]:
    return [text[s.start : s.end] for s in QuoteFinder(text).find(quote)]


@pytest.mark.parametrize(
    ("text", "quote", "places"),
    [
        pytest.param("It was slow.", "was slow", ["was slow"], id="word for word"),
        pytest.param("It  was\n\tslow.", "was slow", ["was\n\tslow"], id="runs of white space"),
        pytest.param("It was\u00a0slow.", "was slow", ["was\u00a0slow"], id="no-break space"),
        pytest.param("“It’s” slow", '"It\'s" slow', ["“It’s” slow"], id="curly in the text"),
        pytest.param('"It\'s" slow', "“It’s” slow", ['"It\'s" slow'], id="curly in the quote"),
        pytest.param("com\u00admissioning", "commissioning", ["com\u00admissioning"], id="hyphen"),
        pytest.param("a\u200bb", "ab", ["a\u200bb"], id="zero-width space"),
        pytest.param("a \u00ad b", "a b", ["a \u00ad b"], id="soft hyphen between spaces"),
        pytest.param("no no no", "no no", ["no no", "no no"], id="places that overlap count"),
        pytest.param("It was slow.", "IT WAS", [], id="case is not forgiven"),
        pytest.param("It was – slow", "It was - slow", [], id="dashes are not forgiven"),
        pytest.param("It was slow.", "it is slow", [], id="words are not forgiven"),
        pytest.param("It was slow.", " \u00ad ", [], id="an empty quote is nowhere"),
        pytest.param("🙂 naïve 🙂", "naïve 🙂", ["naïve 🙂"], id="offsets count code points"),
    ],
)
def test_quotes_are_found(text: str, quote: str, places: list[str]) -> None:
    assert found(text, quote) == places


TEXTS = st.text(st.sampled_from("ab \n\u00a0\u00ad’'“\"🙂."), min_size=1, max_size=40)


@given(TEXTS, st.data())
def test_any_passage_of_a_text_is_found_in_it(text: str, data) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    passage = text[start : data.draw(st.integers(start + 1, len(text)))]
    assume(normalise_quote(passage))
    places = found(text, passage)
    assert places
    assert {normalise_quote(place) for place in places} == {normalise_quote(passage)}


@given(TEXTS, TEXTS, st.integers(0, 30), st.integers(1, 20))
def test_a_span_moves_with_its_words(before: str, text: str, start: int, length: int) -> None:
    span = Span(min(start, len(text) - 1), min(start + length, len(text)))
    assume(len(span) and normalise_quote(text[span.start : span.end]))
    marked = f"{text}|"
    moved = move_span(marked, span, f"{before}|{marked}")
    if moved is not None:
        new = f"{before}|{marked}"[moved.start : moved.end]
        assert normalise_quote(new) == normalise_quote(text[span.start : span.end])


@pytest.mark.parametrize(
    ("old", "quote_at", "new", "moved"),
    [
        pytest.param("a b c", (2, 3), "x a b c", (4, 5), id="words were put before"),
        pytest.param("no. yes. no.", (9, 12), "Oh no. yes. no.", (12, 15), id="the second of two"),
        pytest.param("no. yes.", (0, 3), "no. yes. no.", None, id="now twice: not guessed"),
        pytest.param("no. yes.", (0, 3), "yes.", None, id="gone"),
        pytest.param("no. yes.", (0, 3), "no. yes.", (0, 3), id="the same text"),
    ],
)
def test_a_span_is_followed_or_given_up(old: str, quote_at, new: str, moved) -> None:
    expected = None if moved is None else Span(*moved)
    assert move_span(old, Span(*quote_at), new) == expected
