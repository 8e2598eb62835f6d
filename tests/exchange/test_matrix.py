"""NVivo's matrices of counts: compared with the study, never taken for codings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ccgmine.domain import Coding
from ccgmine.errors import InputError
from ccgmine.exchange.run_codings import CodingOptions, TakenIn, import_coding_file
from ccgmine.study import Study
from tests.building import code, made_study
from tests.exchange.coded import BOOK, PEOPLE, SCRIPTS, coded_study
from tests.exchange.test_columns import table
from tests.running import ccgmine

HEADER = ("", "A : P1", "B : P2")


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """P1 speaks of money twice; P2 of money and of time once."""
    with coded_study(tmp_path / "study", machine=False) as made:
        code(made, "1-2", "We said money is short.", "money")
        code(made, "12", "The money never comes.", "money")
        yield made


def compared(study: Study, *rows: Sequence[object], header: Sequence[str] = HEADER) -> TakenIn:
    path = table(study.folder / "m.xlsx", header, *rows)
    before: list[Coding] = sorted(study.codings.all())
    taken = import_coding_file(study, path, CodingOptions())
    assert sorted(study.codings.all()) == before
    return taken


def found(taken: TakenIn) -> tuple[str, list[tuple[object, ...]]]:
    assert taken.compared is not None
    sheet = taken.compared.sheet
    return taken.compared.notes[1], list(sheet.rows) if sheet else []


@pytest.mark.parametrize(
    ("rows", "counted"),
    [
        ([("1 : Money", 2, 1), ("2 : Time", 0, 1)], "codings"),
        ([("1 : Money", 1, 1), ("2 : Time", None, 1)], "participants"),
        ([("1 : burden", 2, 2), ("2 : Money", 2, 1)], "codings with those of sub-themes"),
        ([("1 : Codes\\\\Burden\\Money", 2, 1), ("Total", 9, 9)], "codings"),
    ],
)
def test_what_the_cells_count_is_found(
    study: Study, rows: list[tuple[object, ...]], counted: str
) -> None:
    n = 2 * sum(row[0] != "Total" for row in rows)
    said, differing = found(compared(study, *rows))
    start = "compared with the study's codings, counted as "
    assert said == f"{start}{counted}: {n} of {n} cells agree"
    assert differing == []


def test_columns_may_be_cases_files_or_values(study: Study) -> None:
    header = ("", "A : Cases\\\\People\\P1", "B : Site = Site 2", "C : Files\\\\1-2", "D : 51",
              "Total")  # fmt: skip
    said, differing = found(compared(study, ("1 : Money", 2, 1, 1, 1, 5), header=header))
    assert said.endswith("counted as codings: 4 of 4 cells agree")
    assert differing == []


def test_cells_that_differ_are_listed_and_what_is_unknown_is_named(study: Study) -> None:
    rows = [("1 : Money", 2, 4, 1), ("2 : Time", 0, 1, 1), ("3 : Weather", 1, 1, 1)]
    taken = compared(study, *rows, header=(*HEADER, "C : Zoe"))
    said, differing = found(taken)
    assert said.endswith("counted as codings: 3 of 4 cells agree")
    assert differing == [("Money", "P2", 4, 1)]
    assert taken.compared is not None
    assert taken.compared.notes[2:] == (
        "left out: 1 rows are no themes of the study: 'Weather'",
        "left out: 1 columns are no participant, transcript or attribute value of the study: 'Zoe'",
    )


def test_a_matrix_that_cannot_be_compared_is_refused_and_says_what_to_export(
    study: Study, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="its rows are no themes") as caught:
        compared(study, ("1 : Weather", 1, 1))
    assert "export the project from NVivo (.qdpx)" in caught.value.remedy
    with pytest.raises(InputError, match="cells that are no counts"):
        compared(study, ("1 : Money", "12.5%", "3%"))
    with (
        made_study(tmp_path / "bare", SCRIPTS, codebook=BOOK, people=PEOPLE) as bare,
        pytest.raises(InputError, match="the study has none to compare"),
    ):
        compared(bare, ("1 : Money", 1, 1))


def test_the_command_shows_what_differs(tmp_path: Path) -> None:
    path = table(tmp_path / "m.csv", HEADER, ("1 : Money", 1, 4))
    with coded_study(tmp_path / "study", machine=False) as made:
        code(made, "12", "The money never comes.", "money")
    result = ccgmine("import", path, "--study", tmp_path / "study")
    assert result.code == 0
    assert result.out.replace("\r", "") == "code,column,in_file,in_study\nMoney,P2,4,1\n"
    assert "holds no codings: nothing was imported" in result.err
