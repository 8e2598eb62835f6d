"""Quotes: whose words, how they were coded, and that they bear out every figure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccgmine.errors import UsageError
from ccgmine.prevalence.run import PrevalenceQuery, prevalence_table
from ccgmine.report.run import QuoteQuery, participants_report, quotes_report
from ccgmine.study import Study
from tests.report.small_study import small_study


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with small_study(tmp_path / "study") as made:
        yield made


def quotes(study: Study, theme: str, **query: object) -> list[dict[str, object]]:
    sheet = quotes_report(study, QuoteQuery(theme=theme, **query))  # type: ignore[arg-type]
    return [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]


def said(found: list[dict[str, object]]) -> set[tuple[object, object, object]]:
    return {(q["attribution"], q["coded_by"], q["quote"]) for q in found}


def test_everybody_who_carries_a_coding_is_quoted_with_their_own_words_only(study: Study) -> None:
    assert said(quotes(study, "meetings")) == {
        ("[GP ID 1]", "hand", "[laughs] It is =1+1 meetings a week."),
        ("[GP ID 3]", "hand", "We lost a week to meetings. […] Every quarter, mind."),
        ("[Manager ID 4]", "hand", "Two weeks of it."),
        ("[Manager ID 5]", "machine", "Meetings, always meetings."),
        ("[Manager ID 5]", "machine", "Fine, thanks."),
    }


def test_the_interviewers_words_are_left_out_of_a_passage(study: Study) -> None:
    assert said(quotes(study, "money")) == {
        ("[GP ID 1]", "hand", "The money is gone. […] Really gone")
    }


def test_a_machine_quote_gives_its_probability_and_a_hand_quote_none(study: Study) -> None:
    found = quotes(study, "meetings")
    assert [q["probability"] for q in found if q["coded_by"] == "machine"] == [0.8125, 0.625]
    assert {q["probability"] for q in found if q["coded_by"] == "hand"} == {None}
    assert {q["coder_or_model"] for q in found} == {"ann", "machine"}


def test_where_a_quote_stands(study: Study) -> None:
    (quote,) = quotes(study, "meetings", participant="GP ID 1")
    assert (quote["transcript"], quote["segment"]) == ("GP-ID-1", "GP-ID-1:1")
    transcript = study.corpus.transcript("GP-ID-1")
    assert transcript is not None
    assert isinstance(quote["start"], int)
    assert isinstance(quote["end"], int)
    assert transcript.text[quote["start"] : quote["end"]] == quote["quote"]


def test_a_parent_gives_the_quotes_of_its_children(study: Study) -> None:
    assert said(quotes(study, "burden")) == said(quotes(study, "meetings"))
    assert {q["theme"] for q in quotes(study, "Burden")} == {"meetings"}


@pytest.mark.parametrize(
    ("query", "people"),
    [
        pytest.param({"site": "Site 2"}, {"GP ID 3", "Manager ID 4"}, id="by site"),
        pytest.param(
            {"respondent_type": "Manager"}, {"Manager ID 4", "Manager ID 5"}, id="by type"
        ),
        pytest.param({"site": "Site 2", "respondent_type": "GP"}, {"GP ID 3"}, id="by both"),
        pytest.param({"participant": "GP ID 1"}, {"GP ID 1"}, id="by participant"),
        pytest.param({"site": "Site 1", "respondent_type": "Nurse"}, set(), id="nobody"),
    ],
)
def test_quotes_can_be_narrowed(study: Study, query: dict[str, str], people: set[str]) -> None:
    assert {q["participant_id"] for q in quotes(study, "meetings", **query)} == people


def test_a_limit_gives_each_participant_a_voice_before_anybody_speaks_twice(study: Study) -> None:
    found = quotes(study, "meetings", limit=4)
    assert [q["participant_id"] for q in found] == [
        "GP ID 1", "GP ID 3", "Manager ID 4", "Manager ID 5",
    ]  # fmt: skip


def test_no_quote_says_so(study: Study) -> None:
    sheet = quotes_report(study, QuoteQuery(theme="travel"))
    assert sheet.rows == ()
    assert sheet.notes == ("No passage carries this theme in this selection.",)


@pytest.mark.parametrize(
    ("query", "line"),
    [
        pytest.param({"theme": "meetngs"}, "Did you mean 'meetings'?", id="theme"),
        pytest.param({"theme": "money", "site": "Site 3"}, "Site 1, Site 2, Site 10", id="site"),
        pytest.param(
            {"theme": "money", "respondent_type": "gp"}, "GP, Manager, Nurse", id="type"
        ),
        pytest.param({"theme": "money", "participant": "GP 1"}, "GP ID 1", id="participant"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_named_with_what_is(study: Study, query, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        quotes_report(study, QuoteQuery(**query))
    assert line in caught.value.line


def test_every_figure_is_borne_out_by_quotes(study: Study) -> None:
    for row in prevalence_table(study, PrevalenceQuery(cross=True)).rows:
        wanted = dict(row.group.values)
        found = [
            q
            for q in quotes(study, row.theme.theme_id)
            if (row.scope == "with_children" or q["theme"] == row.theme.theme_id)
            and all(q[name] == value for name, value in wanted.items())
        ]
        by_hand = {q["participant_id"] for q in found if q["coded_by"] == "hand"}
        by_machine = {q["participant_id"] for q in found if q["coded_by"] == "machine"}
        assert len(by_hand) == row.hand_with_theme
        assert len(by_machine) == (row.machine_with_theme or 0)


def test_participants_are_counted_by_site_and_type(study: Study) -> None:
    sheet = participants_report(study)
    assert sheet.columns == ("site", "GP", "Manager", "Nurse", "total")
    assert sheet.rows == (
        ("Site 1", 1, 0, 0, 1),
        ("Site 2", 2, 1, 0, 3),
        ("Site 10", 0, 1, 0, 1),
        ("total", 3, 2, 0, 5),
    )
