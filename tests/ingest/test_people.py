"""The participants table."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccgmine.domain import Participant
from ccgmine.errors import InputError, InputErrors
from ccgmine.ingest.people import check_spelling, read_people


def table(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_become_site_type_files_alias_and_attributes(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Participant ID,Site,Respondent type,File,Speaker,Years\n"
        "GP ID 35,Site 2,GP,a.txt; b.docx,Tom Jones,20\n"
        " Manager ID 35 ,Site  2,Manager,,,\n",
    )
    gp, manager = read_people(path).people
    assert gp.participant == Participant(
        "GP ID 35", "Site 2", "GP", (("Years", "20"),), ("a.txt", "b.docx")
    )
    assert gp.files == ("a.txt", "b.docx")
    assert gp.speaker == "Tom Jones"
    assert manager.participant_id == "Manager ID 35"
    assert manager.participant.site == "Site 2"


def test_an_excel_workbook_reads_as_the_same_table(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["participant_id", "site", "respondent_type"], [17, 2.0, "GP"], ["GP 3", None, ""]):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    found = [p.participant for p in read_people(tmp_path / "people.xlsx").people]
    assert found == [Participant("17", "2", "GP"), Participant("GP 3")]


def test_all_bad_rows_are_told_at_once(tmp_path: Path) -> None:
    path = table(tmp_path, "participant_id,site\nGP 1,1\n,2\nGP 2,1\nGP 1,3\ngp  2,1\n,\n")
    with pytest.raises(InputErrors) as caught:
        read_people(path)
    assert [(p.at, p.message) for p in caught.value.problems] == [
        ("row 3", "the participant has no ID"),
        ("row 5", "the ID 'GP 1' stands in row 2 already"),
        ("row 6", "the ID 'gp 2' stands in row 4 already"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("name,site\nTom,1\n", "needs a column 'participant_id'", id="no id column"),
        pytest.param("participant_id,site\n", "has no rows", id="no rows"),
    ],
)
def test_a_table_without_people_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_people(table(tmp_path, text))


def test_a_site_written_in_two_ways_is_named_with_who_carries_the_rarer() -> None:
    people = [Participant(f"GP {i}", "North", "GP") for i in range(3)]
    people += [Participant("GP 7", "north", "GP"), Participant("GP 8", "Nort", "GPs")]
    with pytest.raises(InputErrors) as caught:
        check_spelling(people, "people.csv")
    said = {p.message for p in caught.value.problems}
    assert "the site 'north' (GP 7) differs from 'North' in case or spacing only" in said
    assert "the site 'Nort' (GP 8) differs from 'North' in a letter only" in said
    assert "the respondent_type 'GPs' (GP 8) differs from 'GP' in a letter only" in said


def test_sites_that_differ_in_a_digit_are_sites() -> None:
    check_spelling([Participant(f"GP {i}", f"Site {i}", "GP") for i in range(20)], "people.csv")
