"""The framework matrix: never a false 0, sums that the prevalence table confirms."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccgmine.domain import Coverage, PrevalenceRow
from ccgmine.errors import StudyError, UsageError
from ccgmine.prevalence.run import prevalence_table
from ccgmine.report.matrix import distinct
from ccgmine.report.run_views import matrix_report
from ccgmine.report.sheet import Sheet
from ccgmine.report.writers import render_text
from ccgmine.study import Study, open_study
from tests.building import add_coverage, code, made_study, person, predict, themes
from tests.conftest import CORPUS
from tests.report.small_study import small_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with small_study(tmp_path_factory.mktemp("small") / "study") as made:
        yield made


def cells(sheet: Sheet, *columns: str) -> dict[object, tuple[object, ...]]:
    at = [sheet.columns.index(name) for name in columns]
    return {row[0]: tuple(row[i] for i in at) for row in sheet.rows}


def test_raised_is_1_not_raised_is_0_and_not_read_is_empty(study: Study) -> None:
    assert cells(matrix_report(study), "hand_coded", "meetings", "travel", "money") == {
        "GP ID 1": ("in full", 1, 0, 1),
        "GP ID 2": ("in full", 0, 0, 0),
        "GP ID 3": ("in full", 1, 0, 0),
        "Manager ID 4": ("in full", 1, 0, 0),
        "Manager ID 5": ("no", None, None, None),
    }


def test_rows_go_by_site_type_and_participant_in_natural_order(study: Study) -> None:
    sheet = matrix_report(study)
    assert [row[:3] for row in sheet.rows] == [
        ("GP ID 1", "Site 1", "GP"),
        ("GP ID 2", "Site 2", "GP"),
        ("GP ID 3", "Site 2", "GP"),
        ("Manager ID 4", "Site 2", "Manager"),
        ("Manager ID 5", "Site 10", "Manager"),
    ]
    by_type = matrix_report(study, by=["respondent_type"])
    assert [row[0] for row in by_type.rows][-2:] == ["Manager ID 4", "Manager ID 5"]


def test_who_has_no_text_is_told_and_left_out(study: Study) -> None:
    sheet = matrix_report(study)
    assert "Nurse ID 6" not in [row[0] for row in sheet.rows]
    assert "1 participants without text are left out." in sheet.notes


def test_machine_codings_are_columns_of_their_own_and_numbers(study: Study) -> None:
    sheet = matrix_report(study, machine=True)
    found = cells(sheet, "meetings [machine]", "travel [machine]", "money [machine]")
    # The model knows nothing of travel; what is hand coded in full is no business of the machine.
    assert found["Manager ID 5"] == (1, None, 0)
    assert all(found[name] == (None, None, None) for name in found if name != "Manager ID 5")


def test_counts_are_of_segments(study: Study) -> None:
    sheet = matrix_report(study, content="count", machine=True)
    found = cells(sheet, "meetings", "money", "meetings [machine]")
    assert found["GP ID 1"] == (1, 1, None)
    assert found["GP ID 3"] == (2, 0, None)
    assert found["Manager ID 5"] == (None, None, 2)


def test_quotes_are_the_first_with_a_pointer(study: Study) -> None:
    sheet = matrix_report(study, content="quote", machine=True)
    found = cells(sheet, "Meetings", "Travel", "Meetings [machine]")
    assert found["GP ID 1"][0] == "“[laughs] It is =1+1 meetings a week.” [GP-ID-1:1]"
    assert found["GP ID 2"][:2] == ("not raised", "not raised")
    assert found["Manager ID 5"] == (
        None,
        None,
        "“Meetings, always meetings.” [Manager-ID-5:1, p = 0.81]",
    )


def test_a_family_counts_once_for_a_person(study: Study) -> None:
    sheet = matrix_report(study, with_children=True, themes=["burden"], content="count")
    assert sheet.columns[4:] == ("burden", "meetings", "travel")
    assert cells(sheet, "burden", "meetings", "travel")["GP ID 3"] == (2, 2, 0)


def test_a_machine_zero_needs_every_theme_of_the_family_learned(study: Study) -> None:
    found = cells(matrix_report(study, with_children=True, machine=True), "burden [machine]")
    assert found["Manager ID 5"] == (1,)
    with_none = cells(
        matrix_report(study, themes=["travel"], with_children=True, machine=True),
        "travel [machine]",
    )
    assert with_none["Manager ID 5"] == (None,)


def test_a_site_and_a_type_may_be_chosen(study: Study) -> None:
    sheet = matrix_report(study, site="Site 2", respondent_type="GP")
    assert [row[0] for row in sheet.rows] == ["GP ID 2", "GP ID 3"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"content": "words"}, id="a content that there is not"),
        pytest.param({"themes": ["meeting"]}, id="a theme that there is not"),
        pytest.param({"site": "Site 3"}, id="a site that there is not"),
        pytest.param({"by": ["age"]}, id="an attribute that there is not"),
        pytest.param({"site": "Site 1", "respondent_type": "Manager"}, id="nobody"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(study: Study, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError) as error:
        matrix_report(study, **wrong)  # type: ignore[arg-type]
    assert "\n" not in error.value.line


def test_partly_read_and_not_asked_are_empty_but_what_was_found_stands(tmp_path: Path) -> None:
    lines = {"one": ["GP 1: Costs a lot. |Fine."], "two": ["Nurse 2: Costs a lot too."]}
    people = [person("GP 1", "A", "GP"), person("Nurse 2", "A", "Nurse")]
    with made_study(tmp_path / "s", lines, codebook=themes("cost"), people=people) as study:
        code(study, "one", "Costs a lot.", "cost")
        (theme,) = study.codebook.themes
        sheet = matrix_report(study)
        # What was found is known, though not what else was said.
        assert [row[3:] for row in sheet.rows] == [("in part", 1), ("no", None)]
        counts = matrix_report(study, content="count")
        assert [row[4] for row in counts.rows] == [None, None]
        quotes = matrix_report(study, content="quote")
        assert [row[4] for row in quotes.rows] == ["“Costs a lot.” [one:1]", None]
        add_coverage(study, Coverage("one", "ann"), Coverage("two", "ann"))
        object.__setattr__(theme, "asked_of", ("gp",))
        assert [row[3:] for row in matrix_report(study).rows] == [("in full", 1), ("in full", None)]
        assert matrix_report(study, content="quote").rows[1][4] == "not asked"


def test_a_machine_that_has_not_seen_everything_says_no_zero(tmp_path: Path) -> None:
    lines = {"one": ["A: Cost. |Fine."], "two": ["B: Well."]}
    with made_study(tmp_path / "s", lines, codebook=themes("cost")) as study:
        predict(study, {"one:1": {"cost": 0.9}}, learned=["cost"])
        assert [row[-1] for row in matrix_report(study, machine=True).rows] == [1, 0]
        with study.transaction():
            study.predictions.forget("machine", out_of_fold=False)
        assert [row[-1] for row in matrix_report(study, machine=True).rows] == [None, None]


def test_without_codings_there_is_no_matrix_of_hand_coding(tmp_path: Path) -> None:
    with (
        made_study(tmp_path / "s", {"one": ["A: Cost."]}, codebook=themes("cost")) as study,
        pytest.raises(StudyError, match="nothing is hand coded"),
    ):
        matrix_report(study)


def sums(sheet: Sheet, ending: str = "") -> dict[str, int]:
    return {
        name.removesuffix(ending): sum(row[i] or 0 for row in sheet.rows)  # type: ignore[misc]
        for i, name in enumerate(sheet.columns)
        if i > sheet.columns.index("hand_coded") and name.endswith("]") == bool(ending)
    }


def overall(study: Study) -> list[PrevalenceRow]:
    return [r for r in prevalence_table(study).rows if not r.group.values]


@pytest.mark.parametrize("families", [False, True], ids=["themes", "families"])
def test_sums_of_the_matrix_are_the_counts_of_the_prevalence_table(
    read_only_sample_study: Path, families: bool
) -> None:
    scope = "with_children" if families else "direct"
    with open_study(read_only_sample_study) as study:
        sheet = matrix_report(study, machine=True, with_children=families)
        rows = [r for r in overall(study) if r.scope == scope]
        found, by_machine = sums(sheet), sums(sheet, " [machine]")
        assert len(rows) >= 8
        assert {r.theme.theme_id: r.hand_with_theme for r in rows} == {
            r.theme.theme_id: found[r.theme.theme_id] for r in rows
        }
        assert {r.theme.theme_id: r.machine_with_theme for r in rows} == {
            r.theme.theme_id: by_machine[r.theme.theme_id] for r in rows
        }


def test_the_sample_matrix_is_what_its_codings_say(read_only_sample_study: Path) -> None:
    with (CORPUS / "codings.csv").open(encoding="utf-8", newline="") as stream:
        coded = {
            (row["participant_id"], row["theme"])
            for row in csv.DictReader(stream)
            if row["coder"] == "coder1"
        }
    with open_study(read_only_sample_study) as study:
        sheet = matrix_report(study)
    known = [row for row in sheet.rows if row[4] == "in full"]
    assert len(known) == 24
    raised = {
        (row[0], theme)
        for row in known
        for theme, cell in zip(sheet.columns[5:], row[5:], strict=True)
        if cell
    }
    assert raised == coded


def test_the_sample_matrix_is_as_approved(read_only_sample_study: Path, golden) -> None:
    with open_study(read_only_sample_study) as study:
        sheet = matrix_report(study)
        quotes = matrix_report(study, content="quote", themes=["time_spent_on_ccg"], site="Site 1")
    golden("matrix.csv", render_text(sheet, "csv"))
    golden("matrix-quotes.md", render_text(quotes, "md"))


def test_no_two_columns_are_alike() -> None:
    assert distinct(["a", "b", "a", "a"]) == ("a", "b", "a (2)", "a (3)")
