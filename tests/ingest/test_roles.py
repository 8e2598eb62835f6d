"""Who the labels of a transcript are: participants, interviewers, and people nobody knows."""

from __future__ import annotations

import pytest

from ccgmine.domain import Role, SourceKind
from ccgmine.errors import InputError
from tests.ingest.reading import ASKED, GP, MANAGER, person, read

PLAIN = "I: Why?\nP: So.\n"


@pytest.mark.parametrize(
    "name",
    [
        "GP ID 35.txt",
        "gp-id-35.txt",
        "GP_ID_35_v2.txt",
        "2024-05-03 GP35.txt",
        "GPID35_a.txt",
    ],
)
def test_the_file_name_says_who_it_is(name: str) -> None:
    assert read(PLAIN, name).turns[1] == (GP, "So.")


@pytest.mark.parametrize(("name", "wanted"), [("GP-ID-35.txt", GP), ("Manager-ID-35.txt", MANAGER)])
def test_two_people_with_one_number_are_two(name: str, wanted: str) -> None:
    assert read(PLAIN, name).turns[1][0] == wanted
    assert read(f"I: Why?\n{wanted}: So.\n", "x.txt").turns[1][0] == wanted


@pytest.mark.parametrize("name", ["35.txt", "ID 35.txt", "GP ID 3.txt", "GP ID 350.txt"])
def test_half_an_id_is_nobodys(name: str) -> None:
    with pytest.raises(InputError, match="no participant could be found"):
        read(PLAIN, name)


def test_the_longer_id_hides_the_shorter_inside_it() -> None:
    people = ["GP 3", "GP 3 B", "GP 31"]
    assert read(PLAIN, "GP 3 B.txt", people).turns[1][0] == "GP 3 B"
    assert read(PLAIN, "GP 31.txt", people).turns[1][0] == "GP 31"


@pytest.mark.parametrize(
    "cell", ["interview 1.txt", "interview 1", "INTERVIEW 1.TXT", "data\\raw\\interview 1.txt"]
)
def test_the_column_file_says_who_it_is(cell: str) -> None:
    people = [person(GP, "another.docx", cell), person(MANAGER, "interview 11.txt")]
    assert read(PLAIN, "interview 1.txt", people).turns[1][0] == GP


def test_a_header_line_says_who_it_is() -> None:
    text = f"Recording: GP_ID_35.mp3\nDate: 3 May\n\n{PLAIN}"
    assert read(text, "x.txt").turns == [(ASKED, "Why?"), (GP, "So.")]


def test_the_speaker_label_says_who_it_is_in_its_short_form_too() -> None:
    assert read("I: Why?\nGP35: So.\n", "x.txt").turns[1][0] == GP
    assert read("I: Why?\nGPID-35: So.\n", "x.txt").turns[1][0] == GP


def test_what_was_tried_stands_in_the_error() -> None:
    text = "Site: 2\nDate: 3 May\n\nI: Why?\nSam: So.\nI: And?\nSam: No.\n"
    with pytest.raises(InputError) as caught:
        read(text, "interview nine.txt")
    line = caught.value.line
    for tried in ("column 'file'", "file name 'interview nine'", "2 header line(s)", "2 speaker"):
        assert tried in line
    assert "Sam" not in line


def test_without_participants_the_error_asks_for_their_table() -> None:
    with pytest.raises(InputError, match="--participants"):
        read(PLAIN, "GP ID 35.txt", [])


@pytest.mark.parametrize(
    ("name", "text", "people", "said"),
    [
        pytest.param(
            "GP ID 35.txt",
            f"Participant: {MANAGER}\nDate: 3 May\n\n{PLAIN}",
            [GP, MANAGER],
            "the file name says 'GP ID 35', but its header says 'Manager ID 35'",
            id="file name and header",
        ),
        pytest.param(
            "GP ID 35.txt",
            f"I: Why?\n{MANAGER}: So.\n",
            [GP, MANAGER],
            "the file name says 'GP ID 35', but the speaker label says 'Manager ID 35'",
            id="file name and speaker label",
        ),
        pytest.param(
            "GP ID 35.txt",
            PLAIN,
            [GP, person(MANAGER, "GP ID 35.txt")],
            "the column 'file' says 'Manager ID 35', but the file name says 'GP ID 35'",
            id="column file and file name",
        ),
    ],
)
def test_evidence_for_two_people_is_an_error(name, text, people, said) -> None:
    with pytest.raises(InputError) as caught:
        read(text, name, people)
    assert said in caught.value.message


def test_a_focus_group_has_several_participants() -> None:
    text = (
        "Moderator: Who goes?\nGP ID 35: I do.\nManager ID 35: So do I.\n"
        "Sam Porter: Not me.\nGP ID 35: Oh.\n"
    )
    reading = read(text, "focus group.txt")
    assert [who for who, _ in reading.turns] == [ASKED, GP, MANAGER, "speaker 1", GP]
    assert reading.transcript.kind is SourceKind.FOCUS_GROUP
    roles = [t.role for t in reading.transcript.turns]
    asked, talk, other = Role.INTERVIEWER, Role.PARTICIPANT, Role.OTHER
    assert roles == [asked, talk, talk, other, talk]


def test_a_focus_group_with_numbers_for_people_needs_the_column_speaker() -> None:
    text = "Mod: Who?\nP1: I.\nP2: And I.\nP3: Not I.\nP1: Oh.\n"
    people = [person(GP, speaker="P1"), person(MANAGER, speaker="P2")]
    assert [who for who, _ in read(text, "fg.txt", people).turns] == [
        ASKED,
        GP,
        MANAGER,
        "speaker 1",
        GP,
    ]
    with pytest.raises(InputError, match="has 3 speakers"):
        read(text, "fg GP ID 35.txt")


def test_a_file_without_labels_is_the_participants_own_words_and_says_so() -> None:
    reading = read("It was raining.\n\nI went home.\n")
    assert reading.turns == [(GP, "It was raining.\nI went home.")]
    assert any("no speakers are marked" in note for note in reading.notes)


def test_two_names_of_whom_neither_plainly_asks_are_not_guessed_at() -> None:
    text = "Jane: It was raining.\nTom: So it was.\nJane: It did stop.\nTom: It did.\n"
    with pytest.raises(InputError, match="has 2 speakers") as caught:
        read(text)
    assert "Jane" not in caught.value.line
    assert "Tom" not in caught.value.line
    assert [who for who, _ in read(text, interviewer=["jane"]).turns] == [ASKED, GP, ASKED, GP]


def test_turns_of_one_person_under_two_labels_are_one_turn() -> None:
    reading = read("I: Why?\nGP ID 35: So.\nGP35: And so.\nI: Hm.\n", "x.txt")
    assert reading.turns == [(ASKED, "Why?"), (GP, "So. And so."), (ASKED, "Hm.")]
    assert reading.transcript.text == "Why?\nSo. And so.\nHm."
    assert reading.transcript.kind is SourceKind.INTERVIEW
