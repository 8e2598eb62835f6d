"""Tables of codings and coverage, and the places their rows mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ccgmine.codebook import ThemeFinder
from ccgmine.coding.codings import (
    CodingRow,
    CoverageRow,
    Library,
    place_coding,
    place_coverage,
    read_coding_table,
)
from ccgmine.domain import Coverage, Span, Transcript
from ccgmine.errors import InputError
from tests.building import conversation, themes

MEETING = conversation(
    "GP-ID-1",
    "I: Was it slow?",
    "GP ID 1: It was slow. She said “it’s fine”, and so­ it was.",
    "GP ID 2: It was slow, yes. Yes indeed, very odd.",
    "GP ID 1: Was it slow? Not always.",
)[0]
LATER = conversation("GP-ID-1-again", "GP ID 1: Later on it was quicker. Not always.")[0]


def library(*transcripts: Transcript) -> Library:
    by_id = {t.transcript_id: t for t in transcripts}
    speaks = {
        turn.participant_id: [t.transcript_id for t in transcripts if _has(t, turn.participant_id)]
        for t in transcripts
        for turn in t.turns
        if turn.participant_id
    }
    return Library(
        by_id.get, list(by_id), lambda i: speaks.get(i, []), [*speaks, "GP ID 9", "Nurse 1"]
    )


def _has(transcript: Transcript, participant_id: str | None) -> bool:
    return any(turn.participant_id == participant_id for turn in transcript.turns)


BOTH = library(MEETING, LATER)
THEMES = ThemeFinder(themes("workload", "pct_comparison"))


def row(
    quote: str = "",
    *,
    person: str = "",
    transcript: str = "GP-ID-1",
    theme: str = "workload",
    coder: str = "ann",
    start: str = "",
    end: str = "",
) -> CodingRow:
    return CodingRow(2, person, transcript, theme, coder, quote, start, end)


def words_of(placed_row: CodingRow, where: Library = BOTH) -> str:
    coding = place_coding(placed_row, where, THEMES)
    transcript, _ = where.get(coding.transcript_id)
    return transcript.text[coding.span.start : coding.span.end]


@pytest.mark.parametrize(
    ("placed_row", "words"),
    [
        pytest.param(row("Yes indeed, very odd."), "Yes indeed, very odd.", id="word for word"),
        pytest.param(row("  Yes \n indeed, very\todd. "), "Yes indeed, very odd.", id="spaces"),
        pytest.param(
            row('She said "it\'s fine", and so it was.'),
            "She said “it’s fine”, and so­ it was.",
            id="straight quotation marks and no soft hyphen",
        ),
        pytest.param(
            row("in\u00addeed, ‘very".replace("‘", "")), "indeed, very", id="soft hyphen in quote"
        ),
        pytest.param(
            row("It was slow", person="GP ID 2"),
            "It was slow",
            id="said by two, the row's participant is meant",
        ),
        pytest.param(
            row("Was it slow?"), "Was it slow?", id="the interviewer's same words do not count"
        ),
        pytest.param(row(start="13", end="25"), "It was slow.", id="offsets count from 0"),
        pytest.param(
            row("It  was slow.", start="13", end="25"), "It was slow.", id="offsets and quote agree"
        ),
        pytest.param(
            row("Later on", person="GP ID 1", transcript=""),
            "Later on",
            id="the participant alone: any of their transcripts",
        ),
        pytest.param(
            row("Yes indeed", transcript="gp-id-1.DOCX"), "Yes indeed", id="the file's name"
        ),
        pytest.param(
            row("Yes indeed", theme="PCT Comparison"), "Yes indeed", id="the theme's label"
        ),
    ],
)
def test_a_row_is_placed(placed_row: CodingRow, words: str) -> None:
    assert words_of(placed_row) == words


def test_the_speaker_decides_which_of_two_equal_quotes_is_meant() -> None:
    mine = place_coding(row("It was slow", person="GP ID 1"), BOTH, THEMES)
    hers = place_coding(row("It was slow", person="GP ID 2"), BOTH, THEMES)
    assert mine.span.start == 13
    assert hers.span.start == MEETING.text.index("It was slow, yes")


@pytest.mark.parametrize(
    ("bad_row", "said"),
    [
        pytest.param(row("never said"), "not found in transcript 'GP-ID-1'", id="not there"),
        pytest.param(row("yes indeed"), "not found", id="upper and lower case are not forgiven"),
        pytest.param(row("It was slow"), "stands 2 times", id="found twice"),
        pytest.param(
            row("Not always.", person="GP ID 1", transcript=""),
            "stands 2 times in the 2 transcripts",
            id="once in each of two transcripts",
        ),
        pytest.param(row(" “” ".replace("“”", "")), "no quote", id="neither quote nor offsets"),
        pytest.param(row("x", theme=""), "no theme", id="no theme"),
        pytest.param(row("x", theme="worklod"), "Did you mean 'workload'?", id="a slip"),
        pytest.param(row("x", coder=""), "no coder", id="no coder"),
        pytest.param(row("x", person="GP 1"), "no participant 'GP 1'", id="unknown participant"),
        pytest.param(row("x", transcript="GP-ID-7"), "no transcript 'GP-ID-7'", id="unknown file"),
        pytest.param(
            row("x", person="Nurse 1", transcript=""), "has no transcript yet", id="no interview"
        ),
        pytest.param(row("x", transcript=""), "neither participant nor transcript", id="neither"),
        pytest.param(row(start="16"), "whole numbers", id="a start and no end"),
        pytest.param(row(start="x", end="9"), "whole numbers", id="offsets that are no numbers"),
        pytest.param(row(start="9", end="9"), "not inside", id="an empty span"),
        pytest.param(row(start="-1", end="9"), "not inside", id="before the beginning"),
        pytest.param(row(start="0", end="9999"), "not inside", id="behind the end"),
        pytest.param(
            row("Something else", start="13", end="25"), "not what stands between", id="they differ"
        ),
        pytest.param(
            row(start="0", end="4", person="GP ID 1", transcript=""),
            "need a transcript",
            id="offsets in one of several transcripts",
        ),
        pytest.param(
            row("Yes indeed", person="GP ID 1"),
            "not in the words of 'GP ID 1' but of another",
            id="another participant says it",
        ),
        pytest.param(
            row(start="13", end="25", person="GP ID 2"),
            "not in the words of 'GP ID 2'",
            id="offsets in another participant's words",
        ),
    ],
)
def test_a_row_that_cannot_be_placed_says_why(bad_row: CodingRow, said: str) -> None:
    with pytest.raises(InputError) as caught:
        place_coding(bad_row, BOTH, THEMES)
    assert said in caught.value.line
    assert caught.value.remedy


@pytest.mark.parametrize("quote", ["never said", "It was slow"])
def test_no_quote_shows_in_an_error_or_a_repr(quote: str) -> None:
    bad = row(quote)
    with pytest.raises(InputError) as caught:
        place_coding(bad, BOTH, THEMES)
    assert quote not in caught.value.line
    assert quote not in repr(bad)


# --- coverage ------------------------------------------------------------------------------


def cover(
    transcript: str = "GP-ID-1",
    *names: str,
    coder: str = "ann",
    start: str = "",
    end: str = "",
    probability: str = "",
) -> CoverageRow:
    return CoverageRow(2, transcript, coder, names, start, end, probability)


@pytest.mark.parametrize(
    ("coverage_row", "meant"),
    [
        pytest.param(cover(), Coverage("GP-ID-1", "ann"), id="whole, for all themes"),
        pytest.param(
            cover("gp-id-1.txt", "Workload", "pct_comparison"),
            Coverage("GP-ID-1", "ann", frozenset({"workload", "pct_comparison"})),
            id="for two themes, by file name and label",
        ),
        pytest.param(
            cover(start="0", end="15", probability="0.25"),
            Coverage("GP-ID-1", "ann", None, Span(0, 15), 0.25),
            id="a span that was drawn with a known probability",
        ),
    ],
)
def test_a_coverage_row_is_placed(coverage_row: CoverageRow, meant: Coverage) -> None:
    assert place_coverage(coverage_row, BOTH, THEMES) == meant


@pytest.mark.parametrize(
    ("coverage_row", "said"),
    [
        pytest.param(cover("GP-ID-7"), "no transcript 'GP-ID-7'", id="unknown transcript"),
        pytest.param(cover(""), "no transcript ''", id="no transcript"),
        pytest.param(cover(coder=""), "no coder", id="no coder"),
        pytest.param(cover("GP-ID-1", "worklod"), "Did you mean 'workload'?", id="theme"),
        pytest.param(cover(start="3", end="2"), "not inside", id="span turned round"),
        pytest.param(cover(probability="0"), "above 0 and at most 1", id="probability 0"),
        pytest.param(cover(probability="57 %"), "above 0 and at most 1", id="no number"),
        pytest.param(cover(probability="nan"), "above 0 and at most 1", id="not a number"),
    ],
)
def test_a_coverage_row_that_cannot_be_placed_says_why(
    coverage_row: CoverageRow, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        place_coverage(coverage_row, BOTH, THEMES)
    assert said in caught.value.line


# --- tables --------------------------------------------------------------------------------


def table(tmp_path: Path, lines: Sequence[str], name: str = "codings.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_codings_are_read_with_their_row_numbers(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        [
            "participant_id,transcript,coder,theme,quote",
            'GP ID 1,GP-ID-1,ann,workload,"two',
            'lines, a comma"',
            "GP ID 2,,,pct,short",
        ],
    )
    rows = read_coding_table(path, "bob")
    assert rows == [
        CodingRow(2, "GP ID 1", "GP-ID-1", "workload", "ann", "two\nlines, a comma"),
        CodingRow(3, "GP ID 2", "", "pct", "bob", "short"),
    ]


def test_coverage_is_told_from_codings_by_its_columns(tmp_path: Path) -> None:
    path = table(tmp_path, ["Transcript,Coder,Themes", "GP-ID-1,ann,workload; pct_comparison"])
    assert read_coding_table(path, "") == [
        CoverageRow(2, "GP-ID-1", "ann", ("workload", "pct_comparison"), "", "", "")
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        pytest.param("theme,participant_id", "'quote', or 'start' and 'end'", id="no passage"),
        pytest.param("theme,transcript,start", "'quote', or 'start' and 'end'", id="half a span"),
        pytest.param("name,age", "neither codings nor coverage", id="something else"),
        pytest.param("theme,quote", "neither codings nor coverage", id="no place"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, header: str, said: str) -> None:
    path = table(tmp_path, [header, ",".join("x" for _ in header.split(","))])
    with pytest.raises(InputError) as caught:
        read_coding_table(path, "ann")
    assert said in caught.value.line
    assert "codings.csv" in caught.value.line
