"""Quotes as other programs keep them, found in a text without labels and times."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.ingest.quoted import spoken_forms
from ccgmine.matching import QuoteFinder

TEXT = "And the new clinic?\nThe clinic helped us: a lot. We like it."


def found(quote: str) -> list[str]:
    """The words of the first reading that is found."""
    finder = QuoteFinder(TEXT)
    for form in spoken_forms(quote):
        places = finder.find(form)
        if places:
            return [TEXT[s.start : s.end] for s in places]
    return []


@pytest.mark.parametrize(
    "quote",
    [
        "I: And the new clinic?\nR: The clinic helped us: a lot.",
        "I: And the new clinic?\r\n\r\nR: The clinic helped us: a lot.",
        "I: And the new clinic?_x000D_\n_x000D_\nR: The clinic helped us: a lot.",
        "I: And the new clinic?\N{PILCROW SIGN}P12: The clinic helped us: a lot.",
        "I:\tAnd the new clinic?\nR:\tThe clinic helped us: a lot.",
        "I\tAnd the new clinic?\nR\tThe clinic helped us: a lot.",
        "[00:01] I: And the new clinic?\n[00:04] R: The clinic helped us: a lot.",
        "I: [00:01] And the new clinic?\nR: The clinic [00:05] helped us: a lot.",
        "Jane Smith   0:03\nAnd the new clinic?\nDr Bob   0:12\nThe clinic helped us: a lot.",
        "Jane Smith\nAnd the new clinic?\n\nDr Bob\nThe clinic helped us: a lot.",
        "I - And the new clinic?\nR \N{EN DASH} The clinic helped us: a lot.",
        "[I] And the new clinic?\n[R] The clinic helped us: a lot.",
        "#00:01:02-3# And the new clinic?\n#00:01:09-1# The clinic helped us: a lot.",
    ],
)
def test_labels_and_times_of_the_document_are_no_part_of_the_words(quote: str) -> None:
    (words,) = found(quote)
    assert words == TEXT[: TEXT.index(" We")]


def test_any_short_words_before_a_colon_may_be_a_label() -> None:
    assert found("the other one: And the new clinic?") == ["And the new clinic?"]


def test_words_that_were_not_said_are_not_found() -> None:
    assert found("R: The clinic helped them a lot.") == []
    assert (
        found(f"R: {'Nobody came. ' * 9}\nR: We like") == []
    )  # no reading is a scrap of the quote


@given(st.text(alphabet=st.sampled_from("aI: \t\n[](-)0123.\u2026_xD"), max_size=80))
def test_any_quote_has_a_few_readings(quote: str) -> None:
    forms = list(spoken_forms(quote))
    assert len(forms) == len(set(forms)) <= 4
    assert all(form.strip() and len(form) <= len(quote) for form in forms)


@pytest.mark.parametrize("piece", [" ", "\t", "a ", "0:", "[", "I:", "\n", "- "])
def test_long_quotes_are_read_in_a_moment(piece: str) -> None:
    began = time.process_time()
    list(spoken_forms("a" + piece * 50_000))
    assert time.process_time() - began < 3
