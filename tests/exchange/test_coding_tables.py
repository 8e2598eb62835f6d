"""Codings and segments as tables: what stands in them, and that it comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ccgmine.coding.run import import_codings
from ccgmine.domain import Coding, Span
from ccgmine.errors import StudyError, UsageError
from ccgmine.exchange.run_codings import CodingOptions, import_coding_file
from ccgmine.exchange.run_tables import codings_sheet, segments_sheet
from ccgmine.report.writers import render_text, render_xlsx
from ccgmine.study import Study
from tests.building import add_codings, code, made_study, themes
from tests.exchange.coded import BOOK, PEOPLE, SCRIPTS, coded_study, rows_of

Golden = Callable[[str, str], None]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with coded_study(tmp_path / "study") as made:
        yield made


def test_codings_as_a_person_reads_them(study: Study, golden: Golden) -> None:
    code(study, "1-2", "=We said money is short.", "money", "bob")
    golden("export-codings.csv", render_text(codings_sheet(study), "csv"))


def test_segments_as_a_person_reads_them(study: Study, golden: Golden) -> None:
    code(study, "1-2", "Nothing more.", "people", "bob")
    sheet = segments_sheet(study, machine=True, probabilities=True)
    golden("export-segments.csv", render_text(sheet, "csv"))


def test_a_segment_read_and_found_empty_differs_from_one_that_nobody_read(study: Study) -> None:
    rows = {row["segment"]: row for row in rows_of(segments_sheet(study))}
    assert (rows["talk:3"]["read_by_ann"], rows["talk:3"]["themes_by_ann"]) == ("all", "")
    assert (rows["12:1"]["read_by_ann"], rows["12:1"]["themes_by_ann"]) == ("", "")
    assert "machine_themes" not in rows["12:1"]


def test_a_coding_over_two_speakers_names_both_and_every_segment(study: Study) -> None:
    text = study.corpus.transcript("talk").text  # type: ignore[union-attr]
    start = text.index("the money")
    add_codings(study, Coding("talk", Span(start, text.index(", then?")), "people", "bob"))
    (row,) = rows_of(codings_sheet(study, ["bob"]))
    assert row["participant_id"] == "P2"  # "The meetings" is longer than "the money."
    assert row["other_participants"] == "P1"
    assert row["segments"] == "talk:1; talk:2"
    assert (row["site"], row["age"], row["code_path"]) == ("Site 2", "51", "People")


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "xlsx"])
def test_what_was_exported_can_be_imported_into_the_same_material(
    study: Study, tmp_path: Path, form: str
) -> None:
    code(study, "1-2", "=We said money is short.", "money", "bob")
    code(study, "12", "caf\xe9", "people", "bob")
    path = tmp_path / f"out.{form}"
    if form == "xlsx":
        path.write_bytes(render_xlsx([codings_sheet(study)]))
    else:
        path.write_text(render_text(codings_sheet(study), form), "utf-8-sig")
    with made_study(tmp_path / "other", SCRIPTS, codebook=BOOK, people=PEOPLE) as other:
        taken = import_coding_file(other, path, CodingOptions())
        assert (taken.kind, taken.report.problems) == ("codings", [])
        assert set(other.codings.all()) == set(study.codings.all())
        # Without offsets, the words alone find their places, the apostrophe before "=" or not.
        rows = [{k: v for k, v in r.items() if k not in {"start", "end"}} for r in
                rows_of(codings_sheet(study))]  # fmt: skip
        from tests.exchange.coded import write_csv

        assert import_codings(other, write_csv(tmp_path / "words.csv", rows)).rows == len(rows)
        assert set(other.codings.all()) == set(study.codings.all())


@pytest.mark.parametrize(
    ("coders", "reference", "expected"),
    [
        pytest.param((), False, {"ann", "bob"}, id="everybody if nobody is named"),
        pytest.param(("bob",), False, {"bob"}, id="one who is named"),
        pytest.param((), True, {"ann"}, id="the reference of study.toml"),
        pytest.param(("bob",), True, {"bob"}, id="a reference that is named"),
    ],
)
def test_whose_codings(
    study: Study, coders: tuple[str, ...], reference: bool, expected: set[str]
) -> None:
    code(study, "12", "people", "people", "bob")
    rows = rows_of(codings_sheet(study, coders, reference=reference))
    assert {row["coder"] for row in rows} == expected


def test_themes_below_the_one_named_are_taken_with_it(study: Study) -> None:
    code(study, "12", "people", "people", "bob")
    rows = rows_of(codings_sheet(study, themes=["burden"]))
    assert {row["theme"] for row in rows} == {"money", "time"}
    assert {row["code_path"] for row in rows} == {"Burden > Money", "Burden > Time"}


def test_an_attribute_called_like_one_of_our_columns_keeps_its_values(tmp_path: Path) -> None:
    from tests.building import person

    people = [person("P1", "Site 1", "GP", quote="loud", theme="blue"), person("P2")]
    with made_study(tmp_path / "s", SCRIPTS, codebook=BOOK, people=people) as made:
        code(made, "1-2", "Nothing more.", "time")
        (row,) = rows_of(codings_sheet(made))
    assert (row["quote"], row["theme"]) == ("Nothing more.", "time")
    assert (row["quote (2)"], row["theme (2)"]) == ("loud", "blue")


def test_what_cannot_be_exported_is_said(tmp_path: Path) -> None:
    with made_study(tmp_path / "s", SCRIPTS, codebook=themes("time")) as made:
        with pytest.raises(StudyError, match="nothing is hand coded yet"):
            codings_sheet(made)
        with pytest.raises(StudyError, match="nothing is coded by machine yet"):
            segments_sheet(made, machine=True)
        code(made, "12", "people", "time", "bob")
        with pytest.raises(UsageError, match="'eve' has coded nothing"):
            codings_sheet(made, ["eve"])
        with pytest.raises(UsageError, match="'tim' is not in the codebook"):
            codings_sheet(made, themes=["tim"])
