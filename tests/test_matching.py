"""Finding quotes, moving spans to a new version of a text, and telling slips from names."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ccgmine.domain import Span
from ccgmine.matching import QuoteFinder, move_span, normalise_quote, similar_pairs, tokens

SPACES = [" ", "\n", "\r\n", "\t", "\u00a0", "  ", " \n ", "\u2003"]
QUOTES = {"'": "'‘’‚‛′", '"': '"“”„‟″'}
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"

WORD = st.text(
    st.characters(categories=["L", "N", "P", "S"]) | st.sampled_from("'\"’“”"),
    min_size=1,
    max_size=6,
)
TEXTS = st.lists(WORD, min_size=1, max_size=25).flatmap(
    lambda words: st.lists(
        st.sampled_from([" ", "\n", "  "]), min_size=len(words), max_size=len(words)
    ).map(lambda gaps: "".join(a + b for a, b in zip(words, gaps, strict=True)))
)


@given(TEXTS, st.data())
def test_any_passage_is_found_however_it_was_wrapped_and_quoted(text: str, data) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    passage = text[start:end]
    assume(passage.strip())
    written = []
    for character in passage:
        kind = next((k for k, marks in QUOTES.items() if character in marks), None)
        if character.isspace():
            written.append(data.draw(st.sampled_from(SPACES)))
        elif kind:
            written.append(data.draw(st.sampled_from(QUOTES[kind])))
        else:
            written.append(character)
        written.append(data.draw(st.sampled_from(["", "", "", *INVISIBLE])))
    quote = data.draw(st.sampled_from(["", " ", "\n"])) + "".join(written)
    left = start + len(passage) - len(passage.lstrip())
    right = start + len(passage.rstrip())
    assert Span(left, right) in QuoteFinder(text).find(quote)


@given(TEXTS, TEXTS)
def test_every_place_found_reads_as_the_quote(text: str, quote: str) -> None:
    for span in QuoteFinder(text).find(quote):
        assert normalise_quote(text[span.start : span.end]) == normalise_quote(quote)


@pytest.mark.parametrize(
    ("text", "quote", "places"),
    [
        pytest.param("we wai\u00adted", "waited", [(3, 10)], id="a soft hyphen in the text"),
        pytest.param("it’s “so”", 'it\'s "so"', [(0, 9)], id="curly marks in the text"),
        pytest.param("one\n two", "one two", [(0, 8)], id="a line end in the text"),
        pytest.param("no no no", "no no", [(0, 5), (3, 8)], id="places that overlap"),
        pytest.param("We went", "we went", [], id="case is not forgiven"),
        pytest.param("a – b", "a - b", [], id="a dash is not forgiven"),
        pytest.param("cafe", "café", [], id="an accent is not forgiven"),
        pytest.param("words", " \u00ad\n", [], id="a quote with nothing in it"),
        pytest.param("😀 so 😀", "so", [(2, 4)], id="offsets count code points"),
    ],
)
def test_quotes_are_found_under_the_stated_normalisation(text, quote, places) -> None:
    assert QuoteFinder(text).find(quote) == [Span(a, b) for a, b in places]


# --- move_span ------------------------------------------------------------------------------


@given(TEXTS, TEXTS, TEXTS)
def test_words_that_stand_once_are_found_after_anything_was_put_around_them(a, b, c) -> None:
    old = "MARK" + b.strip() + "MARK"
    assume("MARK" not in a + b + c)
    new = f"{a} {old}\n{c}"
    assert move_span(old, Span(0, len(old)), new) == Span(len(a) + 1, len(a) + 1 + len(old))


@given(TEXTS, TEXTS, st.data())
def test_a_moved_span_holds_the_same_words(old: str, new: str, data) -> None:
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))
    moved = move_span(old, Span(start, end), new)
    said = normalise_quote(old[start:end])
    # Of five words or more, one in five may be another.
    if moved is not None and old != new and len(re.findall(r"\w+", said)) < 5:
        assert normalise_quote(new[moved.start : moved.end]) == said


@pytest.mark.parametrize(
    ("old", "span", "new", "moved"),
    [
        pytest.param("Yes. Go.", (0, 4), "Oh. Yes. Go.", (4, 8), id="moved along"),
        pytest.param("Yes. Go. Yes.", (9, 13), "Yes. Stay. Yes.", (11, 15), id="the second of two"),
        pytest.param("Yes. Go. Yes.", (0, 4), "Oh. Yes. Go. Yes.", (4, 8), id="the first of two"),
        pytest.param("Yes. Go. Yes.", (0, 4), "Go. Yes.", None, id="one of two is gone"),
        pytest.param("Yes. Go.", (0, 4), "Yes. Yes. Go.", None, id="one became two"),
        pytest.param("Yes. Go.", (0, 4), "No. Go.", None, id="gone"),
        pytest.param("Yes. Go.", (3, 5), "Yes.\nGo.", (3, 4), id="an edge of white space"),
    ],
)
def test_spans_move_with_their_words_or_are_given_up(old, span, new, moved) -> None:
    found = move_span(old, Span(*span), new)
    assert found == (Span(*moved) if moved else None)


# --- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "what"),
    [
        ("Site 1", "site 1", "case or spacing"),
        ("Site 1", "Site1", "case or spacing"),
        ("Site 1", "Site-1", "case or spacing"),
        ("Site 1", "Site 2", None),
        ("Site 1", "Site 11", None),
        ("Site 1", "Site 01", None),
        ("Manager", "Managers", "a letter"),
        ("Manager", "Manger", "a letter"),
        ("Nurse", "Nusre", "a letter"),
        ("Practice manager", "Practise manager", "a letter"),
        ("GP", "GPs", "a letter"),
        ("GP", "GM", None),
        ("Ward A", "Ward B", None),
        ("GP", "Nurse", None),
        ("Hil", "Hill", "a letter"),
        ("Site Eas", "Site East", "a letter"),
        ("Bay", "Day", None),
        ("Ash", "Cash", None),
        ("RMN", "RMHN", None),
        ("North East", "North West", None),
        ("Nurse 2", "Nurses 3", None),
    ],
)
def test_slips_are_told_from_different_names(a: str, b: str, what: str | None) -> None:
    assert similar_pairs([a, b]) == ([(a, b, what)] if what else [])


def test_tokens_are_runs_of_letters_and_of_digits() -> None:
    assert tokens("GP-ID_17b (Élan)") == ("gp", "id", "17", "b", "élan")


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(
            "Well. I drive, forty miles before nine, most days. Then home.",
            "I drive, forty miles before nine, most days.",
            id="a comma was put in",
        ),
        pytest.param(
            "Well. I drive forty miles before [time], most days. Then home.",
            "I drive forty miles before [time], most days.",
            id="a word was anonymised",
        ),
        pytest.param("Well. I walk. Then home.", None, id="the passage was rewritten"),
    ],
)
def test_a_corrected_passage_keeps_its_coding(new: str, expected: str | None) -> None:
    old = "Well. I drive forty miles before nine, most days. Then home."
    start = old.index("I drive")
    moved = move_span(old, Span(start, old.index(" Then")), new)
    assert (None if moved is None else new[moved.start : moved.end]) == expected
