"""WebVTT and Markdown: what is read from the file formats that mark speakers themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccgmine.errors import InputError
from ccgmine.ingest.readers import READERS
from tests.ingest.reading import ASKED, GP, person, read, vtt


def test_a_turn_over_many_cues_is_one_turn() -> None:
    text = vtt(
        "<v Interviewer>Why did you</v>",
        "<v Interviewer>sign up?</v>",
        "<v GP ID 35>Because nobody</v>",
        "<v GP ID 35>else would. I</v>",
        "<v GP ID 35>go at half past.</v>",
    )
    reading = read(text, "x.vtt")
    assert reading.turns == [
        (ASKED, "Why did you sign up?"),
        (GP, "Because nobody else would. I go at half past."),
    ]
    assert reading.times == [0, 8000]


def test_names_and_colons_in_the_cues_are_labels() -> None:
    text = vtt(
        "Interviewer: Why did you",
        "sign up?",
        "GP ID 35: Because nobody",
        "else would. Note: I",
        "go at 10:30: sharp.",
    )
    assert read(text, "x.vtt").turns == [
        (ASKED, "Why did you sign up?"),
        (GP, "Because nobody else would. Note: I go at 10:30: sharp."),
    ]


def test_two_speakers_in_one_cue() -> None:
    text = vtt("Interviewer: Why?\nGP ID 35: So.", "<v Interviewer>And?</v>\n<v GP ID 35>No.</v>")
    assert read(text, "x.vtt").turns == [(ASKED, "Why?"), (GP, "So."), (ASKED, "And?"), (GP, "No.")]


@pytest.mark.parametrize(
    "form", [pytest.param("<v {}>{}</v>", id="tags"), pytest.param("{}: {}", id="colons")]
)
def test_real_names_in_the_cues_with_the_participant_known_from_the_file_name(form: str) -> None:
    text = vtt(
        form.format("Smith, Jane (UNI)", "Could you tell me who you are?"),
        form.format("Tom Jones", "A doctor, for twenty years and more."),
        form.format("Smith, Jane (UNI)", "And why here?"),
        form.format("Tom Jones", "My wife was born over the bridge."),
    )
    reading = read(text.replace("Smith, Jane (UNI)", "Jane Smith"), "GP-ID-35_2024.vtt")
    assert [who for who, _ in reading.turns] == [ASKED, GP, ASKED, GP]
    for name in ("Jane", "Smith", "Tom", "Jones"):
        assert name not in repr(reading.transcript) + reading.transcript.text


@pytest.mark.parametrize(
    "form", [pytest.param("<v {}>{}</v>", id="tags"), pytest.param("{}: {}", id="colons")]
)
def test_a_third_name_is_kept_as_a_number(form: str) -> None:
    text = vtt(
        form.format("Interviewer", "Who is there?"),
        form.format("GP ID 35", "I am."),
        form.format("Sam Porter", "Only me."),
    )
    reading = read(text, "x.vtt")
    assert reading.turns[2] == ("speaker 1", "Only me.")
    assert "Sam" not in repr(reading.transcript) + reading.transcript.text


def test_notes_styles_regions_numbers_and_settings_are_no_talk() -> None:
    text = (
        "WEBVTT - a title\nKind: captions\nLanguage: en\n\n"
        "NOTE made by a machine\non two lines --> with an arrow\n\n"
        "STYLE\n::cue { color: red }\n\n"
        "REGION\nid:fred\nwidth:40%\n\n"
        "8c9f-1a/12-0\n00:00:01.000 --> 00:00:02.000 align:start position:0%\n"
        "<v.loud Interviewer>Why <c.yellow>did</c> <i>you</i>?</v>\n\n"
        "2\n00:03.000 --> 00:04.000\n"
        "<v GP ID 35>So <00:00:03.500>that I &lt;5 &amp; &gt;3 could.</v>\n\n"
        "NOTE the end\n"
    )
    reading = read(text, "x.vtt")
    assert reading.turns == [(ASKED, "Why did you?"), (GP, "So that I <5 & >3 could.")]
    assert reading.times == [1000, 3000]


def test_a_less_than_sign_that_nobody_escaped_is_kept() -> None:
    text = vtt("<v Interviewer>How many?</v>", "<v GP ID 35>Now <5 a day and it was > 30.</v>")
    assert read(text, "x.vtt").turns[1] == (GP, "Now <5 a day and it was > 30.")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
def test_vtt_line_ends_and_marks_do_not_matter(mark: bytes) -> None:
    text = vtt("<v Interviewer>Why?</v>", "<v GP ID 35>So – “so”.</v>")
    raw = mark + text.replace("\n", "\r\n").encode()
    assert read(raw, "x.vtt").turns == [(ASKED, "Why?"), (GP, "So – “so”.")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("1\n00:01.000 --> 00:02.000\nHm\n", "WEBVTT", id="no mark"),
        pytest.param("WEBVTT\n\n00:0x.000 --> 00:02.000\nHm\n", "line 3", id="a damaged time"),
        pytest.param("WEBVTT\n\n00:05.000 --> 00:02.000\nHm\n", "ends before", id="backwards"),
        pytest.param("WEBVTT\n\n", "no cue", id="no cue"),
    ],
)
def test_a_damaged_vtt_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        READERS[".vtt"](text.encode(), Path("x.vtt"))


# --- Markdown -----------------------------------------------------------------------------------

MARKDOWN = {
    "bold labels, colon inside": "**Interviewer:** Why?\n\n**GP ID 35:** Because *I* can.\n",
    "bold labels, colon behind": "**Interviewer**: Why?\n\n**GP ID 35**: Because _I_ can.\n",
    "bold labels, no colon": "**Interviewer** Why?\n\n**GP ID 35** Because I can.\n",
    "bold labels on their own line": "**Interviewer**\n\nWhy?\n\n**GP ID 35**\n\nBecause I can.\n",
    "underscores for bold": "__Interviewer:__ Why?\n\n__GP ID 35:__ Because I can.\n",
    "headings for labels": "## Interviewer\n\nWhy?\n\n## GP ID 35\n\nBecause I can.\n",
    "quotations for answers": "**Interviewer:** Why?\n\n> **GP ID 35:** Because I can.\n",
    "a list": "- **Interviewer:** Why?\n- **GP ID 35:** Because I can.\n",
    "a title and a rule": "# Talk\n\n---\n\n**Interviewer:** Why?\n\n**GP35:** Because I can.\n",
    "an underlined title": "Interview\n=========\n\n**I:** Why?\n\n**P:** Because I can.\n",
    "hard line breaks": "**I:** Why?  \n**P:** Because\\\nI can.\n",
    "bold italic times": "***[00:05]*** **I:** Why?\n\n*[00:09]* **P:** Because I can.\n",
}


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN.keys())
def test_markdown_marks_are_not_words(text: str) -> None:
    turns = [(who, words.replace("_", "")) for who, words in read(text, "GP ID 35.md").turns]
    assert turns == [(ASKED, "Why?"), (GP, "Because I can.")]


def test_stress_at_the_start_of_a_paragraph_is_no_label() -> None:
    text = "**I:** Why?\n\n**P:** So.\n\n**Never** again, [laughs] \\*ever\\*.\n"
    assert read(text, "GP ID 35.md").turns[1] == (GP, "So.\nNever again, [laughs] *ever*.")


def test_an_alias_in_the_table_ties_a_name_to_a_participant() -> None:
    text = vtt("<v Jane>Why?</v>", "<v Tom Jones>So.</v>", "<v Sam>No.</v>")
    people = [person(GP, speaker="Tom Jones"), person("Manager ID 35")]
    reading = read(text, "one.vtt", people, ["Jane"])
    assert reading.turns == [(ASKED, "Why?"), (GP, "So."), ("speaker 1", "No.")]
    assert "Jones" not in repr(reading.transcript)
