"""Who says what in plain-text transcripts, in every layout that people type or export."""

from __future__ import annotations

import pytest

from tests.ingest.reading import ASKED, GP, read

# One short interview. Every layout below holds it, and nothing else that is spoken.
SPOKEN = [
    (ASKED, "Why did you sign up?"),
    (GP, "Because nobody else would."),
    (ASKED, "And now?"),
    (GP, "It fits: the board meets at 10:30, I go."),
]

LAYOUTS = {
    "short labels on the same line": """\
I: Why did you sign up?
P: Because nobody else would.
I: And now?
P: It fits: the board meets at 10:30, I go.
""",
    "the participant's own label": """\
Interviewer: Why did you sign up?

GP ID 35: Because nobody else would.

Interviewer: And now?

GP ID 35: It fits: the board meets at 10:30, I go.
""",
    "R answers I": """\
I: Why did you sign up?
R: Because nobody else would.
I: And now?
R: It fits: the board meets at 10:30, I go.
""",
    "R is the researcher beside P": """\
R: Why did you sign up?
P: Because nobody else would.
R: And now?
P: It fits: the board meets at 10:30, I go.
""",
    "questions and answers": """\
Q. 1: Why did you sign up?
A: Because nobody else would.
Q. 2: And now?
A: It fits: the board meets at 10:30, I go.
""",
    "lower-case labels": """\
int: Why did you sign up?
resp: Because nobody else would.
int: And now?
resp: It fits: the board meets at 10:30, I go.
""",
    "no space behind the colon": """\
I:Why did you sign up?
P:Because nobody else would.
I:And now?
P:It fits: the board meets at 10:30, I go.
""",
    "labels on their own line with a colon": """\
Interviewer:
Why did you sign up?

GP ID 35:
Because nobody else would.

Interviewer:
And now?

GP ID 35:
It fits: the board meets at 10:30, I go.
""",
    "labels on their own line without a colon": """\
Interviewer
Why did you sign up?
Participant
Because nobody else would.
Interviewer
And now?
Participant
It fits: the board meets at 10:30, I go.
""",
    "single letters on their own line": """\
I
Why did you sign up?

P
Because nobody else would.

I
And now?

P
It fits: the board meets at 10:30, I go.
""",
    "hard-wrapped": """\
Interviewer: Why did you
sign up?

GP ID 35: Because nobody
else would.

Interviewer: And now?

GP ID 35: It fits: the
board meets at 10:30,
I go.
""",
    "tabs behind the colon": """\
I:\tWhy did you sign up?
P:\tBecause nobody else would.
I:\tAnd now?
P:\tIt fits: the board meets at 10:30, I go.
""",
    "tabs in the place of colons": """\
I\tWhy did you sign up?
P\tBecause nobody else would.
I\tAnd now?
P\tIt fits: the board meets at 10:30, I go.
""",
    "columns by tabs: speaker, time, words": """\
I\t00:05\tWhy did you sign up?
P\t00:09\tBecause nobody else would.
I\t00:12\tAnd now?
P\t00:14\tIt fits: the board meets at 10:30, I go.
""",
    "columns by tabs: time, speaker, words": """\
00:00:05\tI\tWhy did you sign up?
00:00:09\tP\tBecause nobody else would.
00:00:12\tI\tAnd now?
00:00:14\tP\tIt fits: the board meets at 10:30, I go.
""",
    "times in brackets before the labels": """\
[00:00:05] I: Why did you sign up?
[00:00:09] P: Because nobody else would.
[00:00:12] I: And now?
[00:00:14] P: It fits: the board meets at 10:30, I go.
""",
    "bare times before the labels": """\
00:05 I: Why did you sign up?
00:09 P: Because nobody else would.
00:12 I: And now?
00:14 P: It fits: the board meets at 10:30, I go.
""",
    "times between label and colon": """\
I [00:05]: Why did you sign up?
P (00:09): Because nobody else would.
I 00:00:12: And now?
P [00:14]: It fits: the board meets at 10:30, I go.
""",
    "times in brackets behind the labels": """\
I: [00:00:05] Why did you sign up?
P: (00:09) Because nobody else would.
I: {00:12} And now?
P: #00:00:14-2# It fits: the board meets at 10:30, I go.
""",
    "bare times behind every label": """\
I: 00:05 Why did you sign up?
P: 00:09 Because nobody else would.
I: 00:12 And now?
P: 00:14 It fits: the board meets at 10:30, I go.
""",
    "times on lines of their own": """\
00:00:05
I: Why did you sign up?
[00:00:09]
P: Because nobody else would.
00:00:12 --> 00:00:13
I: And now?
(00:14)
P: It fits: the board meets at 10:30, I go.
""",
    "time ranges before the labels": """\
[00:00:05.000 --> 00:00:08.500] I: Why did you sign up?
[00:00:09.000 --> 00:00:11.000] P: Because nobody else would.
00:00:12 - 00:00:13 I: And now?
00:00:14.000 --> 00:00:19.000 P: It fits: the board meets at 10:30, I go.
""",
    "subtitles saved as text": """\
1
00:00:05,000 --> 00:00:08,500
I: Why did you sign up?

2
00:00:09,000 --> 00:00:11,000
P: Because nobody

3
00:00:11,000 --> 00:00:11,900
else would.

4
00:00:12,000 --> 00:00:13,000
I: And now?

5
00:00:14,000 --> 00:00:19,000
P: It fits: the board meets at 10:30, I go.
""",
    "f4 times at the end of turns": """\
I: Why did you sign up? #00:00:05-5#
P: Because nobody else would. #00:00:09-1#
I: And now? #00:00:12-0#
P: It fits: the board meets at 10:30, I go. #00:00:14-9#
""",
    "times inside the talk": """\
I: Why did you [00:00:05] sign up?
P: Because (00:00:09) nobody else would.
I: And now?
P: It fits: the board [00:14] meets at 10:30, I go.
""",
    "Otter": """\
Speaker 1  0:05
Why did you sign up?

Speaker 2  0:09
Because nobody else would.

Speaker 1  0:12
And now?

Speaker 2  1:00:14
It fits: the board meets at 10:30, I go.

Transcribed by https://otter.ai
""",
    "Word transcribe": """\
00:00:05 Speaker 1
Why did you sign up?
00:00:09 Speaker 2
Because nobody else would.
00:00:12 Speaker 1
And now?
00:00:14 Speaker 2
It fits: the board meets at 10:30, I go.
""",
    "Zoom, names in brackets": """\
[Jane Smith] 10:03:05
Why did you sign up?

[Tom Jones] 10:03:09
Because nobody else would.

[Jane Smith] 10:03:12
And now?

[Tom Jones] 10:03:14
It fits: the board meets at 10:30, I go.
""",
    "Teams pasted from Word": """\
Jane Smith   0:05
Why did you sign up?
Tom Jones   0:09
Because nobody else would.
Jane Smith   0:12
And now?
Tom Jones   0:14
It fits: the board meets at 10:30, I go.
""",
    "Rev, time behind the name": """\
Jane Smith (00:05):
Why did you sign up?

Tom Jones (00:09):
Because nobody else would.

Jane Smith (00:12):
And now?

Tom Jones (00:14):
It fits: the board meets at 10:30, I go.
""",
    "names on their own line": """\
Jane Smith
Why did you sign up?

Tom Jones
Because nobody else would.

Jane Smith
And now?

Tom Jones
It fits: the board meets at 10:30, I go.
""",
    "labels in brackets": """\
[Interviewer]: Why did you sign up?
[GP ID 35]: Because nobody else would.
[Interviewer]: And now?
[GP ID 35]: It fits: the board meets at 10:30, I go.
""",
    "QualCoder marks": """\
#Interviewer: Why did you sign up?
#Tom: Because nobody else would.
#Interviewer: And now?
#Tom: It fits: the board meets at 10:30, I go.
""",
    "an interviewer with a name": """\
Interviewer (Jane Smith): Why did you sign up?
GP35: Because nobody else would.
Interviewer (Jane Smith): And now?
gp id 35: It fits: the board meets at 10:30, I go.
""",
    "page numbers": """\
I: Why did you sign up?

P: Because nobody else

Page 1 of 2
\f
would.

I: And now?

P: It fits: the board meets at 10:30, I go.

Page 2 of 2
""".replace("else\n\nPage 1 of 2\n\f\n", "else\nPage 1 of 2\f"),
    "line breaks of a word processor": "I: Why did you sign up?\v"
    "P: Because nobody else would.\u2028I: And now?\vP: It fits: the board meets at 10:30, I go.",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_holds_the_same_turns(text: str) -> None:
    assert read(text).turns == SPOKEN


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(lambda t: t.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda t: t.replace("\n", "\r").encode(), id="old Mac line ends"),
        pytest.param(lambda t: b"\xef\xbb\xbf" + t.encode(), id="with a byte order mark"),
        pytest.param(lambda t: t.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(lambda t: t.encode("utf-16-be"), id="UTF-16 without a mark"),
    ],
)
def test_line_ends_and_encodings_do_not_matter(text: str, encoded) -> None:
    assert read(encoded(text)).turns == SPOKEN


@pytest.mark.parametrize(
    ("layout", "times"),
    [
        ("times in brackets before the labels", [5, 9, 12, 14]),
        ("bare times before the labels", [5, 9, 12, 14]),
        ("times between label and colon", [5, 9, 12, 14]),
        ("times in brackets behind the labels", [5, 9, 12, 14]),
        ("bare times behind every label", [5, 9, 12, 14]),
        ("times on lines of their own", [5, 9, 12, 14]),
        ("time ranges before the labels", [5, 9, 12, 14]),
        ("columns by tabs: speaker, time, words", [5, 9, 12, 14]),
        ("columns by tabs: time, speaker, words", [5, 9, 12, 14]),
        ("Otter", [5, 9, 12, 3614]),
        ("Word transcribe", [5, 9, 12, 14]),
        ("Zoom, names in brackets", [36185, 36189, 36192, 36194]),
        ("Rev, time behind the name", [5, 9, 12, 14]),
    ],
)
def test_times_are_kept_on_the_turns(layout: str, times: list[int]) -> None:
    got = [None if ms is None else ms // 1000 for ms in read(LAYOUTS[layout]).times]
    assert got == times


def test_windows_1252_keeps_its_letters_and_quotation_marks() -> None:
    text = "I: Why?\r\nP: “It’s the café” – naïve… £5 or 5 €.\r\n"
    assert read(text.encode("cp1252")).turns == [
        (ASKED, "Why?"),
        (GP, "“It’s the café” – naïve… £5 or 5 €."),
    ]


# --- words before a colon, and short lines, that are talk ------------------------------------

TALK = {
    "a word before a colon, once": "Honestly: no.",
    "a word before a colon that comes back": "Honestly: no.\n\nHonestly: nobody.",
    "a name-like word before a colon, once": "Mornings: never.",
    "a discourse word on every line": "Well: no.\nWell: perhaps.\nWell: yes.",
    "an address": "It is on http://example.org/a and so on.",
    "a time of day at the start of a line": "We open at\n10:30 and close at\n12:45 again.",
    "a list of times": "10:30 we meet.\n11:45 we part.",
    "a wrapped line that ends a paragraph with 'part.'": "That is only a small\npart.",
    "a wrapped line that is 'question'": "And that is a good\nquestion",
    "a wrapped line that begins with 'question:'": "Here is my\nquestion: who pays?",
    "two wrapped lines that begin with 'answer:'": "My\nanswer: you.\nYour\nanswer: me.",
    "the participant's own id at the end of a line": "They call me\nGP ID 35.",
    "a lone I on a wrapped line": "It was only ever my partner and\nI\nwho went.",
    "wrapped lines that begin with a name and a colon": "I asked, e.g.\nSmith: then\nSmith: so.",
    "three wrapped lines in lower case": "My\nanswer: you. My\nanswer: me. My\nanswer: they.",
    "a line that begins with a mark": "So …\n… participant note: mine.",
    "a sign, a time and a sign": "About # 10:30 >3 or so.",
    "notes in brackets": "[laughs] It was [inaudible] then.\n\n[phone rings]\n\n[laughs]",
    "a note at the start of a paragraph": "[GP] was away, and [Manager] came.",
    "a short line said twice": "Right\n\nIt was not.\n\nRight",
    "a quotation": 'She said: "No." He said: "Yes."',
    "a tab inside a line": "so\twe went",
    "a ratio": "One in 3:1 or so.",
}


@pytest.mark.parametrize("said", TALK.values(), ids=TALK.keys())
def test_talk_stays_talk(said: str) -> None:
    text = f"I: Who goes?\n\nP: I do.\n\n{said}\n\nI: And then?\n\nP: Nothing.\n"
    turns = read(text).turns
    assert [who for who, _ in turns] == [ASKED, GP, ASKED, GP]
    assert turns[1][1].split() == ["I", "do.", *said.split()]


def test_paragraphs_of_a_turn_stay_apart_and_wrapped_lines_do_not() -> None:
    text = "I: Why?\n\nP: First\nhalf.\n\nSecond\nhalf.\n"
    assert read(text).turns == [(ASKED, "Why?"), (GP, "First half.\nSecond half.")]


def test_a_word_broken_at_its_own_hyphen_is_one_word() -> None:
    text = "I: Why?\n\nP: It was a follow-\nup, I think-\nI am not sure.\n"
    assert read(text).turns[1] == (GP, "It was a follow-up, I think- I am not sure.")


# --- headers and footers ------------------------------------------------------------------------

HEADERS = {
    "keys and values": "Participant: GP ID 35\nSite: 2\nDate of interview: 3 May 2024\n",
    "the interviewer's name first": "Interviewer: Jane Smith\nParticipant: GP ID 35\nDate: 3 May\n",
    "the interviewer's name last": "Date: 3 May\nInterviewee: GP ID 35\nInterviewer: J. Smith\n",
    "keys nobody foresaw": "Participant ID: GP ID 35\nAge: 45\nPractice size: 9,000\nDate: 3 May\n",
    "keys nobody foresaw at the end": "Participant: GP ID 35\nDate: 3 May\nAge: 45\n",
    "tabs for colons": "Participant\tGP ID 35\nDate\t3 May 2024\n",
    "a title and keys": "CCG study, interview 12\n\nParticipant: GP ID 35\nDuration: 40 minutes\n",
    "a title over keys and an opening note": "Interview\nParticipant: GP ID 35\n\n[tape starts]\n",
    "a real name beside the id": "Interviewee: GP ID 35\nName: Tom Jones\nTranscribed by: Ann\n",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize("gap", [pytest.param("", id="no gap"), pytest.param("\n", id="a gap")])
def test_the_header_names_the_participant_and_is_not_talk(header: str, gap: str) -> None:
    talk = "Interviewer: Hello\nParticipant: Hello there.\nInterviewer: Why?\nParticipant: So.\n"
    assert read(header + gap + talk, "interview 12.txt").turns == [
        (ASKED, "Hello"),
        (GP, "Hello there."),
        (ASKED, "Why?"),
        (GP, "So."),
    ]


def test_a_title_with_the_id_alone_on_a_line_is_no_label() -> None:
    text = "Interview transcript\nGP ID 35\n3 May 2024\n\nI: Hello.\nP: Hi there.\nI: So?\nP: No.\n"
    assert read(text).turns == [(ASKED, "Hello."), (GP, "Hi there."), (ASKED, "So?"), (GP, "No.")]


def test_yaml_front_matter_is_a_header() -> None:
    text = "---\nparticipant: GP ID 35\ndate: 3 May\n---\n\n**I:** Why?\n\n**P:** So.\n"
    assert read(text, "x.md").turns == [(ASKED, "Why?"), (GP, "So.")]


def test_lines_about_the_recording_at_the_end_are_not_talk() -> None:
    text = "I: Why?\nP: So.\nDuration: 40 minutes\nTranscribed by: Jane Smith\n"
    assert read(text).turns == [(ASKED, "Why?"), (GP, "So.")]


def test_numbers_of_dates_and_sites_in_the_header_are_nobody() -> None:
    text = "Date: 17 May 2024\nSite: 2\nDuration: 40 minutes\n\nI: Why?\nP: So.\n"
    assert read(text, "Interview 5.txt", ["2", "5", "17", "40"]).turns[1] == ("5", "So.")


def test_prose_before_the_first_label_is_kept_but_nobody_of_the_study_says_it() -> None:
    preface = "This is what was said on a wet day in a room that was too small for all of us there."
    text = f"{preface}\n\nI: Why?\n\nGP ID 35: So.\n"
    assert read(text).turns == [("speaker 1", preface), (ASKED, "Why?"), (GP, "So.")]


# --- people nobody knows ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label", ["Sam Porter", "Dr Mary O'Neill", "Speaker 3", "Unknown Speaker", "GP ID 77", "P3"]
)
@pytest.mark.parametrize(
    "layout",
    [
        pytest.param("{0}\n\n{1}\n\n{2}\n\n{3}\n", id="paragraphs"),
        pytest.param("{0}\n{1}\n{2}\n{3}\n", id="one line a turn"),
    ],
)
def test_a_stranger_who_says_one_thing_is_a_numbered_speaker(label: str, layout: str) -> None:
    text = layout.format(
        "Interviewer: Why?", "GP ID 35: So.", f"{label}: Sorry, wrong room.", "GP ID 35: No matter."
    )
    reading = read(text)
    assert reading.turns == [
        (ASKED, "Why?"),
        (GP, "So."),
        ("speaker 1", "Sorry, wrong room."),
        (GP, "No matter."),
    ]
    assert label not in repr(reading.transcript) + reading.transcript.text
    assert any("1 speaker(s) not in the participants table" in note for note in reading.notes)


def test_two_strangers_have_two_numbers_and_keep_them() -> None:
    text = "I: Why?\nGP ID 35: So.\nSam Porter: Hm.\nAnna Bell: Ha.\nSam Porter: Hm.\n"
    assert [who for who, _ in read(text).turns][2:] == ["speaker 1", "speaker 2", "speaker 1"]
