"""``ccgmine report`` as a whole: approved pages, and what goes where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from ccgmine.cli.report import Basis, Unit, differences, participants, prevalence, quotes
from ccgmine.errors import UsageError
from tests.report.small_study import small_study
from tests.running import ccgmine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("small") / "study"
    with small_study(place):
        pass
    return place


@pytest.mark.parametrize(
    ("name", "report", "options"),
    [
        pytest.param("prevalence.txt", prevalence, {"form": "table"}, id="the terminal page"),
        pytest.param(
            "prevalence.csv", prevalence, {"form": "csv", "cross": True}, id="csv with the cross"
        ),
        pytest.param("prevalence.md", prevalence, {"form": "md", "wide": True}, id="wide markdown"),
        pytest.param(
            "prevalence-words.csv", prevalence, {"form": "csv", "unit": Unit.WORDS},
            id="shares of the words spoken",
        ),
        pytest.param(
            "prevalence-machine.csv", prevalence, {"form": "csv", "basis": Basis.MACHINE},
            id="machine counts",
        ),
        pytest.param("differences.csv", differences, {"form": "csv"}, id="differences"),
        pytest.param(
            "quotes.txt", quotes, {"theme": "meetings", "form": "table"}, id="quotes on a terminal"
        ),
        pytest.param("quotes.csv", quotes, {"theme": "burden", "form": "csv"}, id="quotes as csv"),
        pytest.param("participants.txt", participants, {"form": "table"}, id="participants"),
    ],
)  # fmt: skip
def test_reports_are_as_approved(
    folder: Path, golden, capsys, name: str, report: Callable[..., None], options
) -> None:
    report(study=folder, **options)
    shown = capsys.readouterr()
    notes = f"--- standard error ---\n{shown.err}" if shown.err else ""
    golden(name, shown.out + notes)


def test_square_brackets_of_transcripts_stay_on_a_terminal(folder: Path, capsys) -> None:
    quotes(theme="meetings", form="table", study=folder)
    shown = capsys.readouterr().out
    assert "[laughs]" in shown
    assert "[GP ID 1]" in shown
    assert "machine, p = 0.81" in shown


def test_piped_it_is_csv_with_the_rules_on_standard_error(folder: Path) -> None:
    piped = ccgmine("report", "--study", folder)
    assert piped.code == 0
    assert not piped.out.startswith("\ufeff")
    assert "\r" not in piped.out
    assert len(piped.rows) == 4 * (1 + 3 + 3)
    assert "predominant from 50 %" in piped.err
    assert ccgmine("report", "--study", folder).out == piped.out


def test_reports_have_names_and_options_of_their_own(folder: Path) -> None:
    found = ccgmine("report", "differences", "--by", "site", "--study", folder)
    assert found.code == 0
    assert len(found.rows) == 4 * 3
    first = next(row for row in found.rows if row["theme"] == "burden")
    assert (first["first"], first["second"]) == ("Site 1", "Site 2")
    # One of one against two of three.
    assert first["difference"] == "0.3333"
    by_hand = ccgmine("report", "--basis", "hand", "--unit", "words", "--study", folder)
    overall = by_hand.rows[0]
    assert (overall["units"], overall["units_hand_coded"]) == ("40", "35")
    assert "model" not in overall["method"]


def written(
    folder: Path, path: Path, report: Callable[..., None] = prevalence, **options: object
) -> bytes:
    report(study=folder, output=path, **options)
    return path.read_bytes()


def test_files_for_spreadsheets_carry_the_utf8_mark_and_machine_files_do_not(
    folder: Path, tmp_path: Path, capsys
) -> None:
    mark = b"\xef\xbb\xbf"
    for name, marked in (("a.csv", True), ("a.tsv", True), ("a.json", False), ("a.md", False)):
        assert written(folder, tmp_path / name).startswith(mark) == marked, name
    assert not written(folder, tmp_path / "raw.csv", raw=True).startswith(mark)
    assert capsys.readouterr().out == ""
    prevalence(study=folder, form="csv")
    assert capsys.readouterr().out.encode() == (tmp_path / "a.csv").read_bytes().removeprefix(mark)


def test_a_spreadsheet_runs_nothing_that_people_said(folder: Path, tmp_path: Path, capsys) -> None:
    # A participant's label is the user's own, and may look like anything.
    quotes(theme="meetings", form="csv", study=folder)
    assert ",[laughs] It is =1+1 meetings a week.," in capsys.readouterr().out
    path = tmp_path / "quotes.xlsx"
    written(folder, path, quotes, theme="meetings")
    cells = [cell for row in openpyxl.load_workbook(path)["quotes"].iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)


def test_every_format_holds_the_same_figures(folder: Path, tmp_path: Path, capsys) -> None:
    import csv
    import io

    prevalence(study=folder, form="csv")
    in_csv = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    prevalence(study=folder, form="tsv")
    in_tsv = list(csv.DictReader(io.StringIO(capsys.readouterr().out), delimiter="\t"))
    prevalence(study=folder, form="json")
    in_json = json.loads(capsys.readouterr().out)["rows"]
    assert in_tsv == in_csv
    assert len(in_csv) == len(in_json)
    for texts, numbers in zip(in_csv, in_json, strict=True):
        for name, text in texts.items():
            value = numbers[name]
            if isinstance(value, int | float):
                assert float(text) == value
            else:
                assert text == (value or "")
    # Quotes of a workbook are those of the other formats.
    quotes(theme="meetings", form="csv", study=folder)
    said = [row["quote"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))]
    written(folder, tmp_path / "q.xlsx", quotes, theme="meetings")
    head, *rows = openpyxl.load_workbook(tmp_path / "q.xlsx")["quotes"].iter_rows(values_only=True)
    assert [dict(zip(head, row, strict=True))["quote"] for row in rows] == said


def test_two_workbooks_of_one_study_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert written(folder, tmp_path / "1.xlsx") == written(folder, tmp_path / "2.xlsx")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"form": "ods"}, "format 'ods' is not known", id="unknown format"),
        pytest.param({"output": Path("t.ods")}, "ending in '.ods'", id="unknown suffix"),
        pytest.param({"output": Path("table")}, "ending in ''", id="no suffix"),
        pytest.param(
            {"form": "table", "output": Path("t.txt")}, "for the terminal", id="a table in a file"
        ),
        pytest.param({"by": ["colour"]}, "no attribute 'colour'", id="unknown attribute"),
    ],
)
def test_wrong_use_is_one_clear_line(folder: Path, options, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        prevalence(study=folder, **options)
    assert said in caught.value.line


def test_quotes_need_a_theme(folder: Path) -> None:
    with pytest.raises(UsageError, match="which theme"):
        quotes(study=folder)


def test_a_failed_write_leaves_the_old_file(folder: Path, tmp_path: Path) -> None:
    from ccgmine.errors import CcgmineError

    with pytest.raises(CcgmineError):
        prevalence(study=folder, output=tmp_path / "no" / "such" / "folder" / "t.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param(["--view", "site"], "--view has no effect on csv", id="view"),
        pytest.param(["--quotes", "3"], "--quotes has no effect on csv", id="quotes"),
        pytest.param(["--wide", "-o", "x.html"], "--wide has no effect on html", id="wide"),
        pytest.param(["--hide-zeros"], "--hide-zeros has no effect", id="zeros"),
        pytest.param(["--by", "site", "--cross"], "--cross is for two", id="cross"),
        pytest.param(["--bom", "--format", "json"], "--bom has no effect", id="mark"),
        pytest.param(["differences", "--and", "GP"], "--and names the second", id="and"),
        pytest.param(["differences", "--cross"], "--cross has no effect", id="crossed pairs"),
        pytest.param(["cooccurrence", "--measure", "phi"], "without --wide", id="measure"),
    ],
)
def test_an_option_without_effect_is_refused(folder: Path, args: list[str], says: str) -> None:
    found = ccgmine("report", *args, "--study", folder)
    assert (found.code, found.out) == (2, "")
    assert says in found.err


def test_one_pair_of_groups_is_chosen_in_any_spelling(folder: Path) -> None:
    chosen = ["--between", "site 2", "--and", "SITE 1", "--study", folder]
    found = ccgmine("report", "differences", "--by", "site", *chosen)
    assert {(row["first"], row["second"]) for row in found.rows} == {("Site 2", "Site 1")}
    assert len(found.rows) == 4
    assert "4 differences are looked at" in found.err


@pytest.mark.parametrize("report", ["differences", "methods"])
def test_for_publication_small_figures_are_hidden_though_no_limit_is_set(
    folder: Path, report: str
) -> None:
    asked = ["report", report, "--study", folder]
    published = ccgmine(*asked, "--for-publication")
    assert published.code == 0
    assert published.out == ccgmine(*asked, "--suppress-below", "5").out
    assert published.out != ccgmine(*asked).out
    refused = ccgmine(*asked, "--for-publication", "--suppress-below", "0")
    assert refused.code == 2
    assert "needs a limit" in refused.err
