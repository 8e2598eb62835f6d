"""Shares of segments and of words, counted by hand in a small study."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccgmine.domain import Coverage, Estimate, PrevalenceRow, UnitCounts, WhyNot
from ccgmine.errors import UsageError
from ccgmine.prevalence.run import PrevalenceQuery, prevalence_table
from ccgmine.prevalence.talk import CENSUS_METHOD, HAND_METHOD, MODEL_METHOD
from ccgmine.study import Study
from tests.building import add_coverage, code, conversation, made_study, person, predict, themes

# Six words of which two carry the theme; ten and five; four and none; two and none.
SCRIPTS = {
    "p1": ["I: So?", "P1: one two |three four five six"],
    "p2": ["P2: a b c d e |f g h i j"],
    "p3": ["P3: w x |y z"],
    "p4": ["P4: nothing here"],
}
PEOPLE = [
    person("P1", "Site 1", "GP"),
    person("P2", "Site 1", "Nurse"),
    person("P3", "Site 2", "GP"),
    person("P4", "Site 2", "GP"),
    person("P5", "Site 3", "GP"),
]
CODEBOOK = themes("*work", "work/time", "work/money")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with made_study(tmp_path / "s", SCRIPTS, codebook=CODEBOOK, people=PEOPLE) as made:
        code(made, "p1", "one two", "time")
        code(made, "p1", "one two", "money")
        code(made, "p2", "f g h i j", "money")
        add_coverage(made, *(Coverage(t, "ann") for t in ("p1", "p2", "p3")))
        yield made


def row_of(study: Study, theme: str, scope: str = "direct", site: str = "", **query: object):
    table = prevalence_table(study, PrevalenceQuery(**query))  # type: ignore[arg-type]
    assert table.unit == query["unit"]
    found: list[PrevalenceRow] = [
        row
        for row in table.rows
        if (row.theme.theme_id, row.scope) == (theme, scope)
        and row.group.name == ("site" if site else "overall")
        and (not site or row.group.values == (("site", site),))
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("unit", "theme", "scope", "units"),
    [
        pytest.param("words", "time", "direct", UnitCounts(22, 20, 2), id="words"),
        pytest.param("words", "money", "direct", UnitCounts(22, 20, 7), id="words of two people"),
        pytest.param("segments", "money", "direct", UnitCounts(7, 6, 2), id="segments"),
        pytest.param(
            "segments", "work", "with_children", UnitCounts(7, 6, 2),
            id="a segment counts once for a family",
        ),
    ],
)  # fmt: skip
def test_units_are_those_of_participants_talk(
    study: Study, unit: str, theme: str, scope: str, units: UnitCounts
) -> None:
    row = row_of(study, theme, scope, unit=unit)
    assert row.units == units
    assert (row.participants, row.no_text, row.hand_coded) == (4, 1, 3)
    assert isinstance(row.estimate, Estimate)
    assert row.estimate.method == HAND_METHOD
    # Without a model the others are held to be like the hand coded.
    assert units.hand_coded
    assert row.estimate.point == pytest.approx(units.hand_with_theme / units.hand_coded)
    assert row.estimate.low <= row.estimate.point <= row.estimate.high
    # The words for prevalence are for shares of participants.
    assert (row.band, row.words, row.commonest) == ("", (), False)


def test_participants_are_what_the_raising_is_counted_in(study: Study) -> None:
    row = row_of(study, "money", unit="words")
    assert row.hand_with_theme == 2


def test_a_group_read_in_full_is_exact(study: Study) -> None:
    row = row_of(study, "money", site="Site 1", unit="words")
    assert row.estimate == Estimate(*[pytest.approx(7 / 16)] * 3, CENSUS_METHOD)
    assert row.units == UnitCounts(16, 16, 7)


@pytest.mark.parametrize(
    ("site", "reason"),
    [
        ("Site 2", "fewer than 2 participants of the group are hand coded in full"),
        ("Site 3", "nobody in the group has text"),
    ],
)
def test_a_group_of_which_too_little_is_known_has_a_reason(
    study: Study, site: str, reason: str
) -> None:
    assert row_of(study, "time", site=site, unit="words").estimate == WhyNot(reason)


FOUND = {"p1:1": {"time": 0.9, "money": 0.9}, "p4:1": {"time": 0.8, "money": 0.1}}


def test_the_model_is_part_of_it_unless_the_hand_coded_alone_are_asked_for(study: Study) -> None:
    predict(study, FOUND, learned=["time"], suggested=["money"])
    with_model = row_of(study, "time", unit="words")
    assert with_model.estimate.method == MODEL_METHOD
    assert with_model.machine_with_theme == 1
    # A theme that is only suggested is no part of a count.
    suggested = row_of(study, "money", unit="words")
    assert suggested.estimate.method == HAND_METHOD
    assert suggested.machine_with_theme is None
    by_hand = row_of(study, "time", unit="words", basis="hand")
    assert by_hand.estimate.method == HAND_METHOD
    assert by_hand.estimate.point == pytest.approx(2 / 20)


def test_talk_that_the_model_has_not_seen_yet_is_not_talk_without_the_theme(study: Study) -> None:
    """As long as one segment is not classified, the hand coded alone are counted, and say so."""
    predict(study, FOUND, learned=["time", "money"])
    from ccgmine.store.corpus import Source

    late = conversation("late", "P4: One more thing.")
    with study.transaction():
        source = study.corpus.put_source(Source("late.txt", "transcript", "x", "test"))
        study.corpus.put_transcript(*late, source, "x")
    row = row_of(study, "time", unit="words")
    assert row.estimate.method == HAND_METHOD
    assert row.estimate.point == pytest.approx(2 / 20)


def test_the_notes_say_that_people_are_the_sample(study: Study) -> None:
    notes = prevalence_table(study, PrevalenceQuery(unit="segments")).notes
    assert "Intervals take each participant as a whole" in notes[0]
    assert "Reference coder: ann." in notes


def test_machine_counts_of_talk_are_refused_and_not_passed_off_as_estimates(study: Study) -> None:
    with pytest.raises(UsageError, match="machine counts are of participants"):
        prevalence_table(study, PrevalenceQuery(unit="words", basis="machine"))


@pytest.mark.filterwarnings("error")
def test_who_was_not_asked_has_no_talk_in_the_denominator(tmp_path: Path) -> None:
    from ccgmine.domain import Codebook, Theme

    book = Codebook((Theme("time", asked_of=("Nurse",)), Theme("of nobody", asked_of=("Porter",))))
    with made_study(tmp_path / "s", SCRIPTS, codebook=book, people=PEOPLE) as study:
        code(study, "p2", "f g h i j", "time")
        add_coverage(study, *(Coverage(t, "ann") for t in SCRIPTS))
        row = row_of(study, "time", unit="words")
        assert row.units == UnitCounts(10, 10, 5)
        assert (row.participants, row.not_asked) == (1, 3)
        assert row_of(study, "of nobody", unit="words").estimate == WhyNot(
            "nobody in the group was asked"
        )
