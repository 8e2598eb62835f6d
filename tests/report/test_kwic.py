"""Keyword in context: whole words, wildcards, expressions, and only who was meant."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.errors import StudyError, UsageError
from ccgmine.report.run_kwic import kwic_report
from ccgmine.report.searching import context, find_expression, find_words, words_pattern
from ccgmine.report.writers import render_text
from ccgmine.study import Study, open_study
from tests.building import made_study, person, themes
from tests.report.small_study import small_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with small_study(tmp_path_factory.mktemp("small") / "study") as made:
        yield made


def found(words: str, text: str) -> list[str]:
    (spans,) = find_words(words_pattern(words), [text])
    return [text[a:b] for a, b in spans]


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        pytest.param("GP", "A GP, two GPs, gp.", ["GP", "gp"], id="whole words, any case"),
        pytest.param("GP*", "A GP, two GPs, EGPs", ["GP", "GPs"], id="an open end"),
        pytest.param("*ing", "Being in singing rings", ["Being", "singing"], id="an open start"),
        pytest.param("c*t", "cat coat court scat", ["cat", "coat", "court"], id="open within"),
        pytest.param("time  off", "time\noff, time-off", ["time\noff"], id="any white space"),
        pytest.param("two * ago", "two years ago", ["two years ago"], id="a word of any kind"),
        pytest.param("don't", "Don’t, don't", ["Don’t", "don't"], id="both apostrophes"),
        pytest.param("e-mail", "my e-mail, email", ["e-mail"], id="a hyphen is itself"),
        pytest.param("(a+)+", "(a+)+ aaa", ["(a+)+"], id="signs of expressions are themselves"),
        pytest.param("£25", "£25 a head", ["£25"], id="a word that begins with a sign"),
        pytest.param("caf*", "Café, CAFÉ", ["Café", "CAFÉ"], id="letters with accents"),
        pytest.param("week", "", [], id="nothing in nothing"),
    ],
)
def test_words_find(words: str, text: str, expected: list[str]) -> None:
    assert found(words, text) == expected


@given(
    st.lists(
        st.sampled_from(["time", "Times", "overtime", "off", "-", "off.", "TIME"]), max_size=20
    ),
    st.sampled_from(["time", "off", "times"]),
)
def test_hits_are_those_of_a_naive_search(words: list[str], wanted: str) -> None:
    text = " ".join(words)
    naive = [w.strip(".") for w in words if w.strip(".").casefold() == wanted]
    assert found(wanted, text) == naive
    (spans,) = find_words(words_pattern(f"*{wanted}*"), [text])
    assert len(spans) == sum(wanted in w.casefold() for w in words)


@pytest.mark.parametrize("nothing", ["", "  ", "*", "* *", "..."])
def test_a_pattern_without_a_word_is_refused(nothing: str) -> None:
    with pytest.raises(UsageError, match="no word to look for"):
        words_pattern(nothing)


@pytest.mark.parametrize("wrong", ["(", "[a", "a{2,1}", "(?P<x", "*a", "\\", ""])
def test_a_bad_expression_is_one_line(study: Study, wrong: str) -> None:
    with pytest.raises(UsageError) as error:
        kwic_report(study, wrong, regex=True)
    assert "\n" not in error.value.line


def test_an_expression_that_never_ends_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(UsageError, match=r"takes longer than 0\.5 seconds") as error:
        find_expression(r"(\w+)+!", ["a" * 60 + " secret"], seconds=0.5)
    assert time.monotonic() - began < 10
    assert "secret" not in error.value.line


def test_words_never_run_away() -> None:
    text = "a" * 200_000
    began = time.monotonic()
    assert find_words(words_pattern("*a*b*c*"), [text]) == [[]]
    assert find_words(words_pattern("a*" * 12 + "b"), ["a" * 60]) == [[]]
    assert time.monotonic() - began < 10


def test_an_expression_finds_what_python_finds_and_no_empty_hits() -> None:
    texts = ["One two, ONE.", "no", "\ud83d one"]
    assert find_expression(r"one|x*", texts) == [[(0, 3), (9, 12)], [], [(2, 5)]]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param(2, ["c d", "hit me", "e f"], id="two words"),
        pytest.param(0, ["", "hit me", ""], id="none"),
        pytest.param(9, ["a b c d", "hit me", "e f"], id="more than there are"),
    ],
)
def test_the_context_is_so_many_words(window: int, expected: list[str]) -> None:
    text = "a b\nc  d hit\nme e f"
    start = text.index("hit")
    assert list(context(text, start, start + len("hit\nme"), window)) == expected


def test_hits_with_who_where_and_the_words_around(study: Study) -> None:
    sheet = kwic_report(study, "week*", window=3)
    assert sheet.columns == (
        "participant_id", "site", "respondent_type", "transcript", "segment", "left", "keyword",
        "right",
    )  # fmt: skip
    assert sheet.rows == (
        # The context goes on into the next segment of the same turn, and stays within the turn.
        ("GP ID 1", "Site 1", "GP", "GP-ID-1", "GP-ID-1:1", "=1+1 meetings a", "week",
         ". The money"),
        ("GP ID 3", "Site 2", "GP", "group", "group:1", "We lost a", "week", "to meetings."),
        ("Manager ID 4", "Site 2", "Manager", "group", "group:2", "Two", "weeks", "of it."),
    )  # fmt: skip
    assert sheet.notes[0] == "3 hits, in 3 of 5 participants with text."


def test_a_hit_in_the_second_segment_of_a_turn_is_there(study: Study) -> None:
    (row,) = kwic_report(study, "the money").rows
    assert row[4] == "GP-ID-1:2"


def test_interviewers_are_heard_only_when_asked_for(study: Study) -> None:
    assert kwic_report(study, "really").notes[0] == "1 hits, in 1 of 5 participants with text."
    sheet = kwic_report(study, "really", interviewer=True)
    at = [sheet.columns.index(c) for c in ("participant_id", "speaker", "segment", "keyword")]
    assert [tuple(r[i] for i in at) for r in sheet.rows] == [
        ("", "interviewer", None, "Really"),
        ("GP ID 1", "participant", "GP-ID-1:3", "Really"),
    ]
    assert sheet.notes[:2] == (
        "1 hits, in 1 of 5 participants with text.",
        "Interviewers' hits, in no count of participants: 1.",
    )


def test_groups_are_counted_in_people(study: Study) -> None:
    sheet = kwic_report(study, "meetings", by=["respondent_type"])
    assert [row[0] for row in sheet.rows] == ["GP ID 1", "GP ID 3", "Manager ID 5", "Manager ID 5"]
    assert (
        "By respondent type: GP: 2 hits, in 2 of 3 participants; "
        "Manager: 2 hits, in 1 of 2 participants." in sheet.notes
    )


def test_a_limit_cuts_rows_but_no_counts(study: Study) -> None:
    sheet = kwic_report(study, "meetings", limit=1)
    assert len(sheet.rows) == 1
    assert sheet.notes[0].startswith("4 hits, in 3 of 5")
    assert "Only the first 1 of 4 hits are shown." in sheet.notes


def test_further_attributes_are_columns(tmp_path: Path) -> None:
    people = [person("A", "X", "GP", age="50")]
    lines = {"one": ["A: Time and time."]}
    with made_study(tmp_path / "s", lines, codebook=themes("t"), people=people) as study:
        sheet = kwic_report(study, "time", by=["age"])
        assert sheet.columns[:4] == ("participant_id", "site", "respondent_type", "age")
        assert [row[3] for row in sheet.rows] == ["50", "50"]
        with pytest.raises(UsageError, match="no attribute 'sex'"):
            kwic_report(study, "time", by=["sex"])


def test_an_empty_study_says_so(tmp_path: Path) -> None:
    with (
        made_study(tmp_path / "s", {}, codebook=themes("t")) as study,
        pytest.raises(StudyError, match="empty"),
    ):
        kwic_report(study, "time")


def test_the_sample_is_as_approved_and_agrees_with_a_plain_search(
    read_only_sample_study: Path, golden
) -> None:
    with open_study(read_only_sample_study) as study:
        sheet = kwic_report(study, "spreadsheet")
        n = sum(
            len(re.findall(r"(?i)\bspreadsheet\b", segment.text))
            for _, segment in study.corpus.segments()
        )
    assert len(sheet.rows) == n > 0
    golden("kwic.md", render_text(sheet, "md"))


@pytest.mark.parametrize(
    ("word", "found"),
    [
        pytest.param("\u0130", ["\u0130", "i"], id="capital with a dot"),
        pytest.param("\u0131", ["I", "\u0131"], id="small without a dot"),
        pytest.param("i", ["\u0130", "i", "I"], id="small"),
        pytest.param("I", ["i", "I", "\u0131"], id="capital"),
    ],
)
def test_letters_with_and_without_a_dot_are_no_case_of_each_other(
    word: str, found: list[str]
) -> None:
    text = "\u0130 i I \u0131"
    (hits,) = find_words(words_pattern(word), [text])
    assert [text[start:end] for start, end in hits] == found
