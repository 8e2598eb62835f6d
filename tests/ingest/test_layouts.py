"""Layouts that only a whole file tells, times in all their forms, and marks of the recording."""

from __future__ import annotations

import pytest

from ccgmine.ingest.stamps import time_of
from tests.ingest.reading import ASKED, GP, docx, read

SPOKEN = [
    (ASKED, "Why did you sign up?"),
    (GP, "Because nobody else would."),
    (ASKED, "And now?"),
    (GP, "I - I like it, most of it."),
]

LAYOUTS = {
    "labels before a dash": """\
I - Why did you sign up?
P - Because nobody else would.
I - And now?
P - I - I like it, most of it.
""",
    "names before a long dash, wrapped": """\
Interviewer – Why did you
sign up?

GP35 – Because nobody
else would.

Interviewer – And now?

GP35 – I - I like it,
most of it.
""",
    "labels in square brackets": """\
[I] Why did you sign up?
[P] Because nobody else would.
[I] And now?
[P] I - I like it, most of it.
""",
    "every line numbered": """\
1  I: Why did you sign up?
2  P: Because nobody
3  else would.
4  I: And now?
5  P: I - I like it,
6  most of it.
""",
    "numbers that begin again on a page": """\
1 I: Why did you sign up?
2 P: Because nobody
3 else would.
4 I: And now?
1 P: I - I like it,
2 most of it.
""",
    "numbered turns": """\
1. I: Why did you sign up?

2. P: Because nobody else
would.

3. I: And now?

4. P: I - I like it, most
of it.
""",
    "marks of the recording": """\
[Start of recording]
I: Why did you sign up? [recording paused]
P: Because nobody else would.
[Recording resumed 00:12:40]
I: And now?
P: I - I like it, most of it. [End of recording]
END OF INTERVIEW
""",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_holds_the_same_turns(text: str) -> None:
    assert read(text).turns == SPOKEN


def test_talk_that_looks_like_a_layout_stays() -> None:
    text = (
        "I: How many?\nP: 5 people came. The end of the interview\nwas odd.\n6 left.\n"
        "I - I mean, we\n7 of us. That was the end of it.\n"
        "I: And?\nP: [laughs] End of recording it was."
    )
    assert read(text).turns[1][1] == (
        "5 people came. The end of the interview was odd. 6 left. I - I mean, we 7 of us. "
        "That was the end of it."
    )
    assert read(text).turns[3][1] == "[laughs] End of recording it was."


def test_questions_in_bold_are_the_interviewers() -> None:
    blocks = ["**Interview 12**", "**Why did you sign up?**", "Because nobody else would."]
    blocks += ["So I did.", "**And now, do you like it?**", "Most of it, on the whole I do."]
    reading = read(docx(*blocks), "GP ID 35.docx")
    assert reading.turns == [
        (ASKED, "Why did you sign up?"),
        (GP, "Because nobody else would.\nSo I did."),
        (ASKED, "And now, do you like it?"),
        (GP, "Most of it, on the whole I do."),
    ]
    assert "questions in bold" in reading.notes[0]


def test_requests_in_bold_ask_without_a_question_mark() -> None:
    blocks = ["**Interview 12**", "**Could you tell me about your role.**", "I run the practice."]
    blocks += ["**So, talk me through the day.**", "It is long, and I like most of it."]
    blocks += ["**Okay.**", "So I do."]
    reading = read(docx(*blocks), "GP ID 35.docx")
    assert [who for who, _ in reading.turns] == [ASKED, GP] * 3
    assert reading.turns[1] == (GP, "I run the practice.")


@pytest.mark.parametrize("name", ["GP ID 35.md", "GP ID 35.txt"])
def test_bold_may_be_written_as_markdown_writes_it(name: str) -> None:
    text = "**Why did you sign up?**\n\nBecause nobody else would.\n\n"
    text += "**And now?**\n\nMost of it is fine, on the whole.\n"
    assert read(text, name).turns == [
        (ASKED, "Why did you sign up?"),
        (GP, "Because nobody else would."),
        (ASKED, "And now?"),
        (GP, "Most of it is fine, on the whole."),
    ]
    labelled = "**I:** Why?\n\n**R:** Because *I* can.\n"
    assert read(labelled, name).turns == [(ASKED, "Why?"), (GP, "Because I can.")]


def test_stars_in_plain_text_stay() -> None:
    assert read("I: Why?\nP: It **was** odd, 2 ** 3.", "GP ID 35.txt").turns[1] == (
        GP,
        "It **was** odd, 2 ** 3.",
    )


def test_letters_behind_times_are_labels_where_every_time_has_one() -> None:
    lines = ["00:00:01 I How are you?", "00:00:05 P Well. I", "think so.", "00:00:09 I And now?",
             "00:00:12 P A lot has changed."]  # fmt: skip
    reading = read("\n".join(lines), "GP ID 35.txt")
    assert reading.turns == [
        (ASKED, "How are you?"),
        (GP, "Well. I think so."),
        (ASKED, "And now?"),
        (GP, "A lot has changed."),
    ]
    talk = ["00:01 I think so.", "00:05 A lot has changed.", "00:09 I know that.",
            "00:12 A bit, yes.", "00:15 We all do."]  # fmt: skip
    assert [who for who, _ in read("\n".join(talk), "GP ID 35.txt").turns] == [GP]


def test_what_stands_in_brackets_behind_a_label_is_no_part_of_it() -> None:
    text = "Int: Why?\n\nGP ID 35 (GP, North): Because.\n\nInt: And?\n\nGP ID 35 (GP, North): So."
    assert [who for who, _ in read(text).turns] == [ASKED, GP] * 2


def test_bold_that_does_not_ask_tells_nothing() -> None:
    reading = read(
        docx("**My day.**", "It was long.", "**My night.**", "Was it longer? Yes."), "GP ID 35.docx"
    )
    assert [who for who, _ in reading.turns] == [GP]


def test_a_markdown_table_of_speakers_and_words() -> None:
    text = "# Talk\n\n| Speaker | Time | Text |\n|:--|--|---|\n"
    text += "| **I** | 0:05 | Why \\| how?<br>So? |\n"
    text += "| P | 0:09 | Because *I* can. |\n"
    reading = read(text, "GP ID 35.md")
    assert reading.turns == [(ASKED, "Why | how?\nSo?"), (GP, "Because I can.")]
    assert reading.times == [5000, 9000]


@pytest.mark.parametrize(
    ("stamp", "wanted"),
    [
        ("[00:12:31]", 751_000),
        ("[12:31]", 751_000),
        ("[12.31]", 751_000),
        ("{0:12:31}", 751_000),
        ("#00:12:31-5#", 751_000),
        ("(00:12:31)", 751_000),
        ("<12:31>", 751_000),
        ("00:12:31", 751_000),
        ("00:12:31,250", 751_250),
        ("[00:12:31.250]", 751_250),
        ("00:12:31:24", 751_000),
        ("[12m 31s]", 751_000),
        ("[1h 02m]", 3_720_000),
        ("[12'31\"]", 751_000),
        ("[at 12:31]", 751_000),
        ("[Time: 00:12:31]", 751_000),
        ("10:03:05 AM", 36_185_000),
        ("[12:31 - 12:40]", 751_000),
        ("00:12:31.000 --> 00:12:33.000", 751_000),
        ("(2.30)", None),
        ("[laughs]", None),
        ("[2 people]", None),
    ],
)
def test_times_in_their_usual_forms(stamp: str, wanted: int | None) -> None:
    assert time_of(stamp) == wanted
    if wanted is not None:
        reading = read(f"{stamp} I: Why?\n{stamp} P: So.\n")
        assert reading.turns == [(ASKED, "Why?"), (GP, "So.")]
        assert reading.times == [wanted, wanted]
