"""Tables of short texts, row by row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ccgmine.domain import Codebook, Participant, Theme
from ccgmine.errors import InputError, InputErrors, UsageError
from ccgmine.ingest.comments import Columns, Comment, CommentTable, ThemeReading, read_comments

BOOK = Codebook((Theme("wait", "Waiting time"), Theme("staff", "Staff"), Theme("food", "Food")))
NAMED = Columns("answer", "no", "who", "place", "kind", "codes")


def comments(
    folder: Path,
    text: str,
    columns: Columns = NAMED,
    book: Codebook = BOOK,
    name: str = "t.csv",
    **reading: object,
) -> CommentTable:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_comments(path, columns, book, ThemeReading(**reading))  # type: ignore[arg-type]


def test_columns_are_those_that_were_named(tmp_path: Path) -> None:
    table = comments(
        tmp_path,
        "no,who,place,kind,answer,codes,id\n"
        "7,P1,North, nurse ,  It   was\tlong. ,wait; staff;wait,x\n"
        '8,P1,North,nurse,"[laughs]\nGood.",Waiting time,y\n',
    )
    assert table.comments == (
        Comment("7", "P1", "It was long.", ("wait", "staff")),
        Comment("8", "P1", "[laughs] Good.", ("wait",)),
    )
    assert table.participants == (Participant("P1", "North", "nurse"),)


def test_the_usual_column_names_need_not_be_named(tmp_path: Path) -> None:
    table = comments(tmp_path, "comment_id,Respondent ID,Comment,Site\n1,P1,Good.,N\n", Columns())
    assert table.comments == (Comment("1", "P1", "Good."),)
    assert table.participants == (Participant("P1", "N"),)


def test_without_ids_every_row_is_a_text_and_a_person_of_its_own(tmp_path: Path) -> None:
    table = comments(tmp_path, "text\nGood.\n\nBad.\n", Columns())
    assert [(c.row_id, c.participant_id) for c in table.comments] == [
        ("t-2", "t-2"),
        ("t-4", "t-4"),
    ]


@pytest.mark.parametrize(
    ("cell", "reading", "themes"),
    [
        pytest.param("", {}, None, id="empty is not coded"),
        pytest.param(" ; ", {}, None, id="separators alone are not coded"),
        pytest.param("", {"empty_means_none": True}, (), id="unless empty means none"),
        pytest.param("wait;food", {}, ("wait", "food"), id="ids"),
        pytest.param("Waiting time;FOOD", {}, ("wait", "food"), id="labels, in any case"),
        pytest.param("wait | food", {"separator": "|"}, ("wait", "food"), id="another separator"),
        pytest.param("wait, food", {"separator": ", "}, ("wait", "food"), id="two characters"),
        pytest.param("new;wait", {"new_themes": True}, ("new", "wait"), id="new themes, if asked"),
    ],
)
def test_themes_of_a_cell(tmp_path: Path, cell, reading, themes) -> None:
    text = f'no,who,place,kind,answer,codes\n1,P,N,k,Good.,"{cell}"\n'
    assert comments(tmp_path, text, **reading).comments[0].themes == themes


def test_an_empty_codebook_takes_the_themes_as_they_stand(tmp_path: Path) -> None:
    text = "no,who,place,kind,answer,codes\n1,P,N,k,Good.,Wait Time;food\n2,P,N,k,Bad.,food\n"
    table = comments(tmp_path, text, book=Codebook())
    assert [t.theme_id for t in table.new_themes] == ["Wait Time", "food"]
    assert [c.themes for c in table.comments] == [("Wait Time", "food"), ("food",)]


@pytest.mark.parametrize("separator", [";", "|"])
def test_themes_as_a_json_list_need_no_separator(tmp_path: Path, separator: str) -> None:
    rows = [{"id": 1, "text": "Good.", "codes": ["wait", "Food"]}, {"id": 2, "text": "Bad."}]
    text = "\n".join(json.dumps(row) for row in rows)
    table = comments(tmp_path, text, Columns(themes="codes"), name="t.jsonl", separator=separator)
    assert [c.themes for c in table.comments] == [("wait", "food"), None]


def test_rows_without_text_are_counted_and_their_people_kept(tmp_path: Path) -> None:
    table = comments(
        tmp_path, "no,who,place,kind,answer,codes\n1,P1,N,k,Good.,\n2,P2,N,k,  ,\n,,,,,\n"
    )
    assert [c.row_id for c in table.comments] == ["1"]
    assert [p.participant_id for p in table.participants] == ["P1", "P2"]
    assert table.without_text == 1


def test_all_bad_rows_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        comments(
            tmp_path,
            "no,who,place,kind,answer,codes\n"
            "1,P1,North,k,Good.,wait\n"
            ",P1,North,k,Good.,\n"
            "1,P1,North,k,Good.,\n"
            "2,,North,k,Good.,\n"
            "3,P1,South,k,Good.,\n"
            "4,P2,North,k,Good.,foood\n"
            "5,P2,North,k,Good.,foood\n",
        )
    found = [(p.at, p.message) for p in caught.value.problems]
    assert found == [
        ("row 3", "the row has no ID"),
        ("row 4", "the ID '1' stands in row 2 already"),
        ("row 5", "the row has no participant"),
        ("row 6", "participant 'P1' has the site 'South' here and 'North' in row 2"),
        ("row 7", "the theme 'foood' (and 1 more rows) is not in the codebook"),
    ]
    assert "Did you mean 'food'" in caught.value.problems[-1].line
    assert "--new-themes" in caught.value.problems[-1].line


@pytest.mark.parametrize(
    ("text", "columns", "error", "said"),
    [
        pytest.param("a,b\n1,2\n", Columns(), InputError, "--text-column", id="no text column"),
        pytest.param(
            "id,text\n1,a\n", Columns(text="txt"), InputError, "Did you mean 'text'", id="a slip"
        ),
        pytest.param(
            "participant_id,site\n1,a\n", Columns(), UsageError, "--participants", id="people"
        ),
        pytest.param(
            "id,text\n1,a\n", Columns(themes="codes"), InputError, "no column", id="no themes"
        ),
    ],
)
def test_a_column_that_is_not_there_is_told(tmp_path: Path, text, columns, error, said) -> None:
    with pytest.raises(error, match=said):
        comments(tmp_path, text, columns)
