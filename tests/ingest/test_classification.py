"""NVivo's classification sheets as participants tables."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from ccgmine.domain import Participant
from ccgmine.errors import InputError
from ccgmine.ingest.comments import Columns
from ccgmine.ingest.people import read_people
from ccgmine.ingest.run import IngestOptions, IngestReport, ingest
from ccgmine.study import open_study
from tests.building import made_study, person, themes
from tests.running import ccgmine

SHEET = (
    ("Person", "Site", "Respondent type", "Age group"),
    ("Cases\\\\People\\Anna", "Hill", "GP", "30-39"),
    ("Cases\\\\People\\Ben", "Dale", "Unassigned", "Not Applicable"),
)


def written(path: Path, rows: tuple[tuple[str, ...], ...], encoding: str = "utf-8") -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(list(row))
        book.save(path)
        return path
    mark = "," if path.suffix == ".csv" else "\t"
    path.write_text("".join(mark.join(row) + "\n" for row in rows), encoding=encoding)
    return path


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("s.xlsx", ""), ("s.csv", "utf-8-sig"), ("s.txt", "utf-16"), ("s.txt", "cp1252")],
)
def test_cases_by_path_and_values_that_are_none(tmp_path: Path, name: str, encoding: str) -> None:
    read = read_people(written(tmp_path / name, SHEET, encoding))
    assert [p.participant for p in read.people] == [
        Participant("Anna", "Hill", "GP", (("Age group", "30-39"),)),
        Participant("Ben", "Dale", "", (("Age group", ""),)),
    ]
    assert read.adds
    assert read.notes == (
        "read as NVivo's classification sheet 'Person': 2 cases; 2 values unassigned or not "
        "applicable are empty; what the study knows beside it stays",
    )


@pytest.mark.parametrize(
    "rows",
    [
        (("Person", "Site"), ("Anna", "Hill")),
        (("Our people", "Site"), ("Anna", "Hill"), ("Ben", "Unassigned")),
        (("Our people", "A : Site"), ("1 : Anna", "Hill"), ("2 : Ben", "Not applicable")),
        (("Participant", "Site"), ("<Nodes\\\\GPs\\Anna>", "Hill")),
    ],
)
def test_a_sheet_is_known_by_its_first_cell_its_paths_or_its_words(
    tmp_path: Path, rows: tuple[tuple[str, ...], ...]
) -> None:
    read = read_people(written(tmp_path / "s.csv", rows))
    assert read.adds
    assert read.people[0].participant == Participant("Anna", "Hill")


@pytest.mark.parametrize(
    "rows",
    [
        (("Name", "Site"), ("Anna", "Hill")),  # who knows whether names are IDs
        (("Our people", "Site"), ("Anna", "Unassigned"), ("Anna", "Hill")),
    ],
)
def test_any_other_table_needs_its_ids_named(
    tmp_path: Path, rows: tuple[tuple[str, ...], ...]
) -> None:
    with pytest.raises(InputError, match="participant_id") as caught:
        read_people(written(tmp_path / "s.csv", rows))
    assert "--participant-column" in caught.value.remedy


def test_the_first_column_of_a_sheet_may_be_named(tmp_path: Path) -> None:
    path = written(tmp_path / "s.csv", SHEET)
    read = read_people(path, Columns(participant="Person"))
    assert [p.participant_id for p in read.people] == ["Anna", "Ben"]
    assert read.missing == ()
    lettered = (("Person", "A : Town", "B : Age"), ("Anna", "Hill", "40"))
    read = read_people(written(tmp_path / "l.csv", lettered), Columns(site="Town"))
    assert read.missing == ()
    assert read.people[0].participant.site == "Hill"
    rows = (("Name", "Code", "Site"), ("Anna", "P1", "Unassigned"))
    read = read_people(written(tmp_path / "p.csv", rows), Columns(participant="Code"))
    assert [p.participant_id for p in read.people] == ["P1"]
    assert not read.adds


def test_our_own_table_is_never_taken_for_a_sheet(tmp_path: Path) -> None:
    rows = (("participant_id", "shift"), ("Anna", "Unassigned"))
    read = read_people(written(tmp_path / "p.csv", rows))
    assert not read.adds
    assert read.people[0].participant == Participant("Anna", attributes=(("shift", "Unassigned"),))


def test_a_range_that_became_a_date_is_told(tmp_path: Path) -> None:
    rows = (("participant_id", "years"), ("A", "01-Feb"), ("B", "3-5"), ("C", "10+"))
    (note,) = read_people(written(tmp_path / "p.csv", rows)).notes
    assert note == (
        "the column 'years' has '01-Feb' beside ranges: a spreadsheet may have made a date of a "
        "range such as 1-2"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study with one participant, whose interview is called otherwise."""
    scripts = {"Interview 1": ["I: And?", "Anna: Fine. We manage."]}
    people = [person("Anna", "Hill", "GP", years="5")]
    with made_study(tmp_path / "study", scripts, codebook=themes("money"), people=people):
        return tmp_path


def take(folder: Path, path: Path, **columns: str) -> IngestReport:
    options = IngestOptions(participants=path, columns=Columns(**columns))
    with open_study(folder / "study", write=True) as study:
        return ingest(study, [], options, lambda *_: None)


def test_a_sheet_adds_to_what_the_study_knows(folder: Path) -> None:
    rows = (("Person", "Practice", "Age"), ("Cases\\\\Anna", "Dale", "40"))
    path = written(folder / "s.csv", rows)
    report = take(folder, path, site="Practice")
    assert report.participant_changes == [
        "Anna: site 'Hill' is now 'Dale'",
        "Anna: Age '' is now '40'",
    ]
    assert take(folder, path, site="Practice").participant_changes == []
    with open_study(folder / "study") as study:
        assert study.corpus.participants() == [person("Anna", "Dale", "GP", years="5", Age="40")]


def test_files_that_are_classified_are_those_who_speak_in_them(folder: Path) -> None:
    rows = (("Interview", "Age"), ("Files\\\\Interviews\\Interview 1", "40"))
    report = take(folder, written(folder / "s.csv", rows))
    assert report.participant_changes == ["Anna: Age '' is now '40'"]


def test_a_column_that_is_named_must_be_there(folder: Path) -> None:
    with pytest.raises(InputError, match="there is no column 'Rolle'"):
        take(folder, written(folder / "s.csv", SHEET), respondent_type="Rolle")


@pytest.mark.parametrize(
    ("command", "name"), [("import", "s.xlsx"), ("import", "s.txt"), ("ingest", "s.xlsx")]
)
def test_a_sheet_handed_in_elsewhere_is_sent_to_the_right_place(
    folder: Path, command: str, name: str
) -> None:
    result = ccgmine(command, written(folder / name, SHEET), "--study", folder / "study")
    assert result.code != 0
    assert "this is a classification sheet of NVivo" in result.err
    assert "--participants" in result.err


def test_a_column_without_a_name_is_no_id(tmp_path: Path) -> None:
    rows = (("participant_id", "", "site"), ("Anna", "1", "Hill"))
    read = read_people(written(tmp_path / "p.csv", rows))
    assert read.people[0].participant == Participant("Anna", site="Hill")
    read = read_people(written(tmp_path / "s.csv", (("Person", "", "Age"), ("Anna", "", "3"))))
    assert read.adds
    assert read.people[0].participant == Participant("Anna", attributes=(("Age", "3"),))


@pytest.mark.parametrize("twice", [("Site", "site"), ("A : Site", "B : Site")])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, twice: tuple[str, str]) -> None:
    path = written(tmp_path / "p.csv", (("Person", *twice), ("Anna", "Hill", "Dale")))
    with pytest.raises(InputError, match="two columns are called 'Site'"):
        read_people(path)
