"""Other programs' tables of codings: columns named by the user, or known."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
import pytest

from ccgmine.errors import InputError, InputErrors, UsageError
from ccgmine.exchange.columns import CodeFinder, path_of, read_map
from ccgmine.exchange.run_codings import CodingOptions, TakenIn, import_coding_file
from ccgmine.study import Study, open_study
from tests.building import made_study, themes
from tests.exchange.coded import coded_study, said

MONEY_12 = "The money never comes."
PEOPLE_12 = "I like the people here, caf\xe9 and all."
BOTH = {("12", MONEY_12, "money"), ("12", PEOPLE_12, "people"), ("12", PEOPLE_12, "time")}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with coded_study(tmp_path / "study", machine=False) as made:
        yield made


def table(path: Path, header: Sequence[str], *rows: Sequence[object]) -> Path:
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        page = book.worksheets[0]
        for row in (header, *rows):
            page.append(list(row))
        book.save(path)
        return path
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def take(study: Study, path: Path, *columns: str, **options: object) -> TakenIn:
    return import_coding_file(
        study,
        path,
        CodingOptions(columns=read_map(columns), **options),  # type: ignore[arg-type]
    )


# --- known programs --------------------------------------------------------------------------

MAXQDA = (
    ("Document group", "Document name", "Code", "Beginning", "End", "Weight score", "Segment",
     "Modified by", "Modified", "Comment", "Coverage %"),
    ("GPs", "12", "Burden > Money", 2, 2, 0, MONEY_12, "zoe", "01/02/2024", "", 12.5),
    ("GPs", "12", "People", 3, 3, 0, PEOPLE_12, "zoe", "01/02/2024", "good", 30.1),
    ("GPs", "12", "Burden\\Time", 3, 3, 0, PEOPLE_12, "zoe", "01/02/2024", "", 30.1),
)  # fmt: skip
ATLAS = (
    ("ID", "Document", "Quotation Name", "Quotation Content", "Codes", "Comment", "Created by"),
    ("1:1", "D 1: 12.docx", "The money", MONEY_12, "Burden::Money", "", "zoe"),
    ("1:2", "12.docx", "I like", PEOPLE_12, "People\nTime", "", "zoe"),
)
DEDOOSE = (
    ("Excerpt Copy", "Media Title", "Excerpt Range", "Excerpt Creator", "Excerpt Date",
     "Code: Money Applied", "Code: Money Weight", "Code: People Applied", "Code: Time Applied"),
    (MONEY_12, "12.txt", "9-31", "zoe", "2024-02-01", "True", 3, "False", False),
    (PEOPLE_12, "12.txt", "32-69", "zoe", "2024-02-01", "false", "", "TRUE", True),
)  # fmt: skip
NVIVO = (
    ("Code", "File Name", "Reference Number", "Coverage", "Coded Text", "Coded By Initials"),
    ("Nodes\\\\Burden\\\\Money", "Files\\\\Interviews\\\\12", 1, "5.12%", MONEY_12, "zoe"),
    ("People", "Files\\\\12", 2, "7.1%", PEOPLE_12, "zoe"),
    ("Time", "12", 3, "7.1%", PEOPLE_12, "zoe"),
)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        pytest.param(MAXQDA, "MAXQDA coded segments", id="MAXQDA"),
        pytest.param(
            [[row[i] for i in (1, 2, 6, 7)] for row in MAXQDA],
            "MAXQDA coded segments",
            id="MAXQDA, four columns",
        ),
        pytest.param(ATLAS, "ATLAS.ti quotations", id="ATLAS.ti"),
        pytest.param(DEDOOSE, "Dedoose excerpts", id="Dedoose"),
        pytest.param(NVIVO, "NVivo references", id="NVivo"),
    ],
)
def test_a_program_is_known_by_its_columns(
    study: Study, tmp_path: Path, rows: Sequence[Sequence[object]], kind: str, suffix: str
) -> None:
    header, *body = rows
    taken = take(study, table(tmp_path / f"out{suffix}", [str(c) for c in header], *body))
    assert taken.kind == kind
    assert said(study, "zoe") == BOTH
    assert taken.report.added == 3


REPORT = """\
<Files\\\\Interviews\\\\12> - § 2 references coded [45.12% Coverage]

Reference 1 - 20.1% Coverage

The money never
comes.

Reference 2 - 25.02% Coverage

I like the people here, caf\xe9 and all.

<Files\\\\talk> - § 1 reference coded  [3.2% Coverage]

Reference 1 - 3.2% Coverage

No idea at all.
"""


@pytest.mark.parametrize("suffix", [".txt", ".docx"])
def test_a_coding_report_of_nvivo_is_read(study: Study, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"Money{suffix}"
    if suffix == ".txt":
        path.write_text(REPORT, "utf-16")
    else:
        import docx

        document = docx.Document()
        for line in REPORT.splitlines():
            document.add_paragraph(line)
        document.save(str(path))
    taken = take(study, path, coder="zoe")
    assert taken.kind == "NVivo coding report"
    assert said(study, "zoe") == {
        ("12", MONEY_12, "money"), ("12", PEOPLE_12, "money"), ("talk", "No idea at all.", "money"),
    }  # fmt: skip


def test_a_report_can_name_its_code_and_must_hold_what_it_says(
    study: Study, tmp_path: Path
) -> None:
    path = tmp_path / "report.txt"
    path.write_text("Name: People\n" + REPORT, "utf-8")
    take(study, path, coder="zoe")
    assert {t for *_, t in said(study, "zoe")} == {"people"}
    path.write_text(REPORT.replace("§ 2 ref", "§ 3 ref"), "utf-8")
    with pytest.raises(InputError, match="says 3 references of a file and holds 2"):
        take(study, path, coder="zoe")
    path.write_text("P1: Hello.", "utf-8")
    with pytest.raises(InputError, match="no coding report"):
        take(study, path, coder="zoe")


def test_passages_without_a_code_are_told_where_programs_have_such(
    study: Study, tmp_path: Path
) -> None:
    header, first, *_ = DEDOOSE
    bare = (PEOPLE_12, "12.txt", "32-69", "zoe", "", "False", "", "False", "False")
    path = table(tmp_path / "out.csv", header, [str(c) for c in first], bare)
    assert "left out: 1 excerpts without a code" in take(study, path).notes
    assert said(study, "zoe") == {("12", MONEY_12, "money")}
    path = table(tmp_path / "none.csv", header, bare)
    with pytest.raises(InputError, match="none of its 1 excerpts has a code"):
        take(study, path)


def test_elsewhere_a_row_without_a_code_is_a_mistake(study: Study, tmp_path: Path) -> None:
    header, first, *_ = MAXQDA
    bare = ["GPs", "12", "", 3, 3, 0, PEOPLE_12, "zoe", "", "", ""]
    path = table(tmp_path / "out.csv", header, first, bare)
    with pytest.raises(InputErrors) as caught:
        take(study, path)
    assert "row 3: the row has no theme" in caught.value.problems[0].line


def test_labels_and_times_in_a_segment_are_left_out_and_told(study: Study, tmp_path: Path) -> None:
    header, first, *_ = MAXQDA
    quote = f"I: And you?_x000D_\n_x000D_\nR: [00:01:02] {MONEY_12}"
    path = table(tmp_path / "out.xlsx", header, [*first[:6], quote, *first[7:]])
    taken = take(study, path)
    assert taken.report.read_otherwise == 1
    assert said(study, "zoe") == {("12", f"And you?\n{MONEY_12}", "money")}


def test_a_preview_that_is_cut_off_is_told(study: Study, tmp_path: Path) -> None:
    header, first, *_ = MAXQDA
    path = table(tmp_path / "out.csv", header, [*first[:6], "The money nev\u2026", *first[7:]])
    with pytest.raises(InputErrors) as caught:
        take(study, path)
    assert "it seems to be cut off. Export the passages in full" in caught.value.problems[0].line


@pytest.mark.parametrize(
    ("name", "program"), [("a.nvp", "NVivo"), ("a.mx24", "MAXQDA"), ("a.atlproj23", "ATLAS.ti")]
)
def test_a_programs_own_project_file_is_told_what_to_export(
    study: Study, tmp_path: Path, name: str, program: str
) -> None:
    (tmp_path / name).write_bytes(b"\0")
    with pytest.raises(InputError, match=f"in {program}'s own format") as caught:
        take(study, tmp_path / name)
    assert ".qdpx" in caught.value.remedy


def test_that_nobody_is_named_as_coder_is_told_once(study: Study, tmp_path: Path) -> None:
    header = ("id", "document", "tag", "content")
    rows = [(1, "12", "money", MONEY_12), (2, "12", "people", PEOPLE_12)]
    path = table(tmp_path / "tags.csv", header, *rows)
    with pytest.raises(InputError) as caught:
        take(study, path)
    assert caught.value.line.endswith("tags.csv: does not say who coded. Pass --coder NAME.")


def test_a_code_within_a_category_is_found(study: Study) -> None:
    find = CodeFinder(study.codebook, lambda name: {"Money": "money"}.get(name)).find
    assert find("Burden: Money") == "money"
    assert find("Burden: Nothing") is None


def test_our_own_tables_are_not_taken_for_another_programs(study: Study, tmp_path: Path) -> None:
    header = ("transcript", "theme", "code", "text", "file", "coverage", "coder")
    path = table(tmp_path / "own.csv", header, ("12", "money", "1", MONEY_12, "a", "5", "zoe"))
    assert take(study, path).kind == "codings"
    assert said(study, "zoe") == {("12", MONEY_12, "money")}
    cover = table(tmp_path / "coverage.csv", ("transcript", "coder"), ("12", "zoe"))
    assert take(study, cover).kind == "coverage"


def test_the_models_codings_do_not_come_back_as_a_persons(study: Study, tmp_path: Path) -> None:
    """As when a study was opened in another program, and its codings written from there."""
    header, first, second, _ = NVIVO
    rows = [first, (*second[:-1], "ccgmine model themes")]
    path = table(tmp_path / "out.csv", header, *[[str(c) for c in row] for row in rows])
    assert "1 codings of ccgmine's own model are no hand codings" in take(study, path).notes
    assert said(study, "zoe") == {("12", MONEY_12, "money")}
    assert study.codings.coders() == ["ann", "zoe"]


# --- columns named by the user -----------------------------------------------------------------


def test_columns_are_what_the_user_says(study: Study, tmp_path: Path) -> None:
    header = ("Nr", "Case", "Label", "Passage", "Who")
    rows = [(1, "P2", "money; time", MONEY_12, "zoe"), (2, "P2", "people", PEOPLE_12, "")]
    path = table(tmp_path / "mine.xlsx", header, *rows)
    named = ("participant_id=Case", 'theme="Label"', "quote=Passage", "coder=Who")
    take(study, path, *named, separator=";", coder="eve")
    assert said(study, "zoe") == {("12", MONEY_12, "money"), ("12", MONEY_12, "time")}
    assert said(study, "eve") == {("12", PEOPLE_12, "people")}


def test_places_can_be_named_in_place_of_words(study: Study, tmp_path: Path) -> None:
    path = table(tmp_path / "p.csv", ("doc", "c", "from", "to"), ("12", "money", 9, 31))
    take(study, path, "transcript=doc", "theme=c", "start=from", "end=to", coder="eve")
    assert said(study, "eve") == {("12", MONEY_12, "money")}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(("theme",), "cannot use 'theme'", id="no equals sign"),
        pytest.param(("tehme=Code",), "one of participant_id", id="no such field"),
        pytest.param(("theme=",), "cannot use 'theme='", id="no column"),
        pytest.param(("theme=a", "theme=b"), "names 'theme' twice", id="twice"),
        pytest.param(("quote=Text", "transcript=Doc"), "names no theme", id="no theme"),
        pytest.param(("theme=Code", "quote=Text"), "neither participant nor", id="no place"),
        pytest.param(("theme=Code", "transcript=Doc"), "names no quote", id="no words"),
        pytest.param(("theme=Kode", "transcript=Doc", "quote=Text"), "Did you mean 'Code'",
                     id="no such column"),
    ],
)  # fmt: skip
def test_a_map_that_cannot_work_is_told(
    study: Study, tmp_path: Path, given: Sequence[str], message: str
) -> None:
    path = table(tmp_path / "t.csv", ("Code", "Text", "Doc"), ("money", MONEY_12, "12"))
    with pytest.raises((UsageError, InputError), match=message):
        take(study, path, *given, coder="eve")
    with pytest.raises(UsageError, match="--map is for tables"):
        take(study, tmp_path / "x.json", "theme=a", "quote=b", "transcript=c")


def test_when_nothing_fits_the_line_says_what_to_write(study: Study, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", ("Nr", "Category", "Passage"), (1, "money", MONEY_12))
    with pytest.raises(InputError) as caught:
        take(study, path)
    line = caught.value.line
    assert '--map theme="Category" --map quote="Passage"' in line
    assert "The columns are: Nr, Category, Passage" in line


# --- codes and themes ----------------------------------------------------------------------------


def test_unknown_codes_are_errors_unless_they_may_be_added(study: Study, tmp_path: Path) -> None:
    header = ("Document name", "Code", "Segment", "Weight", "Author")
    rows = [("12", "Burden > Travel > Car", MONEY_12, 0, "zoe"), ("12", "Joy; fun", PEOPLE_12, 0,
            "zoe"), ("12", "joy; FUN", MONEY_12, 0, "zoe")]  # fmt: skip
    path = table(tmp_path / "m.csv", header, *rows)
    before = study.codebook
    with pytest.raises(InputErrors) as caught:
        take(study, path)
    assert len(caught.value.problems) == 3
    assert study.codebook == before
    bad = table(tmp_path / "bad.csv", header, *rows, ("12", "Gone", "never said", 0, "zoe"))
    with pytest.raises(InputErrors):
        take(study, bad, new_themes=True)
    assert study.codebook == before
    taken = take(study, path, new_themes=True)
    assert "3 themes added to the codebook" in taken.notes
    added = {t.theme_id: t for t in study.codebook if t not in before.themes}
    assert {t.theme_id: (t.label, t.parent_id, t.coded) for t in added.values()} == {
        "Burden > Travel": ("Travel", "burden", False),
        "Burden > Travel > Car": ("Car", "Burden > Travel", True),
        "Joy, fun": ("Joy; fun", "", True),
    }
    with open_study(study.folder) as opened:
        assert opened.codebook == study.codebook
    assert take(study, path).report.unchanged == 3


def test_an_empty_codebook_takes_every_code(tmp_path: Path) -> None:
    scripts = {"12": ["P2: The money never comes. |Nothing more."]}
    with made_study(tmp_path / "s", scripts, codebook=themes()) as study:
        header = ("Document name", "Code", "Segment", "Weight", "Author")
        take(study, table(tmp_path / "m.csv", header, ("12", "Money", MONEY_12, 0, "zoe")))
        assert [t.theme_id for t in study.codebook] == ["Money"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("Burden > Money", ("Burden", "Money")),
        ("Burden>Money", ("Burden", "Money")),
        ("Nodes\\\\Burden\\\\Money", ("Burden", "Money")),
        ("Burden::Money", ("Burden", "Money")),
        ("A/B: c", ("A/B: c",)),
        (" > ", ()),
    ],
)
def test_paths_in_every_programs_spelling(name: str, path: tuple[str, ...]) -> None:
    assert path_of(name) == path


def test_two_codes_of_one_name_are_told_apart_by_their_paths() -> None:
    from dataclasses import replace

    from ccgmine.codebook import ThemeFinder
    from ccgmine.domain import Codebook

    book = Codebook(
        tuple(
            replace(t, label="Other") if t.theme_id in {"o1", "o2"} else t
            for t in themes("work", "home", "work/o1", "home/o2")
        )
    )
    finder = CodeFinder(book, ThemeFinder(book).find)
    assert finder.find("Work > Other") == "o1"
    assert finder.find("HOME\\Other") == "o2"
    assert finder.find("Other") is None
    assert finder.find("Garden > Other") is None
    assert finder.find("Garden > o2") == "o2"
