"""Waves and kinds of source: what one person says in each is counted by itself, overall once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccgmine.domain import (
    Codebook,
    Coverage,
    Estimate,
    PrevalenceRow,
    SourceKind,
    Theme,
    WhyNot,
)
from ccgmine.prevalence.run import PrevalenceQuery, difference_table, prevalence_table
from ccgmine.report.compare import compare_sheet
from ccgmine.report.run_findings import FindingsQuery, protected_comparison
from ccgmine.report.sheet import HIDDEN
from ccgmine.store.corpus import Source
from ccgmine.study import Study
from tests.building import (
    add_coverage,
    code,
    conversation,
    made_study,
    person,
    predict,
    themes,
)

SCRIPTS = {
    "one": ("1", SourceKind.INTERVIEW, "A: Time flies. ", "B: Nothing of it."),
    "two": ("2", SourceKind.INTERVIEW, "A: All is well.", "C: Time is short."),
    "seen": ("2", SourceKind.OBSERVATION, "A: Time, time!", "B: Time again?"),
}
PEOPLE = [person("A", "X"), person("B", "Y"), person("C", "Y"), person("D", "Y")]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with made_study(tmp_path / "s", {}, codebook=themes("time"), people=PEOPLE) as made:
        for name, (wave, kind, *lines) in SCRIPTS.items():
            transcript, segments = conversation(name, *lines)
            with made.transaction():
                source = made.corpus.put_source(Source(name, "transcript", name, "test"))
                transcript = replace(transcript, wave=wave, kind=kind)
                made.corpus.put_transcript(transcript, segments, source, name)
        code(made, "one", "Time flies.", "time")
        code(made, "two", "Time is short.", "time")
        code(made, "seen", "Time, time!", "time")
        code(made, "seen", "Time again?", "time")
        add_coverage(made, *(Coverage(t, "ann") for t in SCRIPTS))
        yield made


def by_group(study: Study, *by: str, cross: bool = False) -> dict[str, PrevalenceRow]:
    table = prevalence_table(study, PrevalenceQuery(by=by, cross=cross))
    return {", ".join(v for _, v in row.group.values): row for row in table.rows}


def fraction(row: PrevalenceRow) -> tuple[int | None, int | None, int | None]:
    return row.hand_with_theme, row.hand_coded, row.participants


def test_a_participant_of_two_waves_counts_once_overall_and_once_in_each(study: Study) -> None:
    found = by_group(study, "wave")
    assert {name: fraction(row) for name, row in found.items()} == {
        "": (3, 3, 3),
        "1": (1, 2, 2),
        "2": (3, 3, 3),
    }
    # D was invited and said nothing: that is told overall, and belongs to no wave.
    assert [row.no_text for row in found.values()] == [1, 0, 0]


def test_kinds_of_source_and_their_cross_with_wave_and_site(study: Study) -> None:
    assert {name: fraction(row) for name, row in by_group(study, "source_kind").items()} == {
        "": (3, 3, 3),
        "interview": (2, 3, 3),
        "observation": (2, 2, 2),
    }
    found = by_group(study, "source_kind", "wave", "site", cross=True)
    assert {name: fraction(row) for name, row in found.items() if ", " in name} == {
        "interview, 1, X": (1, 1, 1),
        "interview, 1, Y": (0, 1, 1),
        "interview, 2, X": (0, 1, 1),
        "interview, 2, Y": (1, 1, 1),
        "observation, 2, X": (1, 1, 1),
        "observation, 2, Y": (1, 1, 1),
    }
    assert fraction(found["Y"]) == (2, 2, 2)


def test_each_part_is_known_by_what_of_it_was_read(study: Study) -> None:
    with study.transaction():
        study.codings.clear_coverage_of("coverage.csv", ["two"])
    found = by_group(study, "wave")
    # In wave 2, B alone is read in full; in wave 1, A and B are. Overall only B is.
    assert [fraction(found[wave]) for wave in ("1", "2", "")] == [(1, 2, 2), (1, 1, 3), (1, 1, 3)]


def test_machine_codings_belong_to_the_part_they_were_found_in(study: Study) -> None:
    with study.transaction():
        study.codings.clear_coverage_of("coverage.csv", ["two", "seen"])
    predict(study, {"two:1": {"time": 0.9}, "seen:1": {"time": 0.9}}, learned=["time"])
    found = by_group(study, "wave")
    # What is coded in passing is read too, but two:1 was not coded.
    assert [found[wave].machine_with_theme for wave in ("1", "2", "")] == [0, 1, 1]


def test_an_attribute_of_participants_of_that_name_goes_first(tmp_path: Path) -> None:
    people = [person("A", "X", wave="early"), person("B", "Y", wave="late")]
    scripts = {"one": ["A: Time flies.", "B: Nothing."]}
    with made_study(tmp_path / "s", scripts, codebook=themes("time"), people=people) as study:
        add_coverage(study, Coverage("one", "ann"))
        assert set(by_group(study, "wave")) == {"", "early", "late"}


def test_differences_between_waves(study: Study) -> None:
    (row,) = difference_table(study, PrevalenceQuery(by=("wave",))).rows
    assert (row.first.values, row.second.values) == ((("wave", "1"),), (("wave", "2"),))
    assert isinstance(row.estimate, Estimate)
    assert row.estimate.point == pytest.approx(-0.5)
    assert row.probability_above == 0.0


# --- who was asked -------------------------------------------------------------------------


def test_who_was_not_asked_is_told_by_the_codebook(tmp_path: Path) -> None:
    book = Codebook(
        (
            Theme("all", coded=False),
            Theme("of gps", parent_id="all", asked_of=("GP",)),
            Theme("of anybody", parent_id="all"),
        )
    )
    people = [person("G", "X", "GP"), person("N", "X", "Nurse"), person("M", "Y", "Nurse")]
    scripts = {"one": ["G: Time flies.", "N: Nothing.", "M: Nor I."]}
    with made_study(tmp_path / "s", scripts, codebook=book, people=people) as study:
        code(study, "one", "Time flies.", "of gps")
        code(study, "one", "Nor I.", "of anybody")
        add_coverage(study, Coverage("one", "ann"))
        rows = prevalence_table(study, PrevalenceQuery(by=("site",))).rows
        differences = difference_table(study, PrevalenceQuery(by=("site",))).rows
    cells = {
        (row.theme.theme_id, "".join(v for _, v in row.group.values)): row for row in rows
    }  # fmt: skip
    overall = cells["of gps", ""]
    assert (*fraction(overall), overall.not_asked) == (1, 1, 1, 2)
    nobody = cells["of gps", "Y"]
    assert (*fraction(nobody), nobody.not_asked) == (0, 0, 0, 1)
    assert nobody.estimate == WhyNot("nobody in the group was asked")
    assert fraction(cells["of anybody", ""]) == (1, 3, 3)
    # The family is for all: those who were not asked of one were asked of the other.
    assert fraction(cells["all", ""]) == (2, 3, 3)
    by_theme = {row.theme.theme_id: row.estimate for row in differences}
    assert by_theme["of gps"] == WhyNot("a group has nobody with text who was asked")
    assert isinstance(by_theme["all"], Estimate)


def test_compared_waves_follow_disclosure_control(study: Study) -> None:
    query = FindingsQuery(suppress_below=4)
    found = protected_comparison(study, "wave", query)
    assert found.changes == (None,)
    sheet = compare_sheet(found.table, found.differences, found.changes)
    (row,) = (dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows)
    figures = [row[name] for name in row if name not in {"theme", "label", "scope"}]
    assert [figure for figure in figures if figure not in {HIDDEN, "1", "2"}] == []
    assert any("[c] means confidential" in note for note in found.table.notes)
