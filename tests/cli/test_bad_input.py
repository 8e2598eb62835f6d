"""Bad input through the real command line: a clear line, the right exit code, nothing lost."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.small import (
    CANARY,
    MONEY,
    PEOPLE,
    ROOMS,
    all_told,
    assert_discreet,
    copied,
    here,
    interview,
    make_study,
    told,
)
from tests.running import ccgmine

USAGE, INPUT, STUDY = 2, 3, 4


@pytest.fixture(scope="module")
def _study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_study(tmp_path_factory.mktemp("small"))


@pytest.fixture
def study(_study: Path, tmp_path: Path) -> Path:
    """A study with four interviews, nothing coded; yours to change."""
    return copied(_study, tmp_path)


@pytest.fixture
def untouched(_study: Path) -> Path:
    """The same study for tests that must leave it as it is."""
    return _study


def database(study: Path) -> bytes:
    return (study / "study.db").read_bytes()


# --- files ---------------------------------------------------------------------------------


def vtt(*blocks: str) -> bytes:
    return "\n\n".join(["WEBVTT", *blocks]).encode() + b"\n"


def zipped(name: str, content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


GOOD_CUE = f"00:00:01.000 --> 00:00:04.000\n<v GP ID 3>{CANARY}"
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "GP-ID-3-empty.txt": (b"", "the file is empty"),
    "GP-ID-3-blank.txt": (b" \r\n\r\n", "holds no words"),
    "GP-ID-3-binary.txt": (bytes(range(256)) * 8 + CANARY.encode(), "not a text file"),
    "GP-ID-3-picture.txt": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not a text file"),
    "GP-ID-3.pdf": (f"%PDF-1.7 {CANARY}".encode(), "cannot be read as a PDF"),
    "GP-ID-3-mac.pages": (CANARY.encode(), "files of kind '.pages' are not known"),
    "GP-ID-3-rich.rtf": (CANARY.encode(), "so it is no .rtf file"),
    "GP-ID-3-open.odt": (CANARY.encode(), "cannot be opened as an OpenDocument text"),
    "GP-ID-3-sub.srt": (CANARY.encode(), "without the times of a cue"),
    "GP-ID-3-noszip.docx": (CANARY.encode(), "cannot be opened as a Word document"),
    "GP-ID-3-otherzip.docx": (zipped("a.txt", CANARY), "cannot be opened as a Word document"),
    "GP-ID-3-torn.docx": (zipped("word/document.xml", CANARY)[:60], "as a Word document"),
    "GP-ID-3-asks.txt": (f"Interviewer: {CANARY}?\n".encode(), "no participant says anything"),
    "somebody.txt": (interview("Paul Smith", CANARY).encode(), "the file name 'somebody'"),
    "GP-ID-3-text.vtt": (interview("GP ID 3").encode(), "does not begin with WEBVTT"),
    "GP-ID-3-nocue.vtt": (vtt(), "holds no cue with words in it"),
    "GP-ID-3-clock.vtt": (vtt(GOOD_CUE, f"00:00:0x.000 --> 00:00:09.000\n{CANARY}"), "line 6"),
    "GP-ID-3-minute.vtt": (vtt(GOOD_CUE, f"00:00:71.000 --> 00:00:99.000\n{CANARY}"), "line 6"),
    "GP-ID-3-half.vtt": (vtt(GOOD_CUE, f"00:00:08.000 -->\n{CANARY}"), "line 6"),
    "GP-ID-3-arrow.vtt": (vtt(GOOD_CUE, f"00:00:08.000 -> 00:00:09.000\n{CANARY}"), "line 6"),
    "GP-ID-3-backwards.vtt": (vtt(f"00:09.000 --> 00:08.000\n{CANARY}"), "ends before it starts"),
    "GP-ID-3-untimed.vtt": (vtt(GOOD_CUE, f"2\n{CANARY}"), "without the times of a cue"),
    "GP-ID-3-split.vtt": (vtt(GOOD_CUE + "\n\nand then they flew"), "without the times of a cue"),
}


def test_every_unusable_file_is_told_at_once_and_the_good_one_is_taken_in(
    study: Path, tmp_path: Path
) -> None:
    before = ccgmine("report", "participants", "--study", study).out
    files = [tmp_path / name for name in BAD_FILES]
    for path in files:
        path.write_bytes(BAD_FILES[path.name][0])
    good = tmp_path / "second talk with GP-ID-3.txt"
    good.write_text(interview("GP", "Not much to add."), encoding="utf-8")
    missing = tmp_path / "GP-ID-3-missing.txt"
    result = ccgmine("ingest", missing, *files, good, "--study", study)
    errors = all_told(result, INPUT)
    assert errors[0].startswith(f"error: {missing}: there is no such file.")
    assert len(errors) == len(files) + 1
    for path, error in zip(files, errors[1:], strict=True):
        assert error.startswith(f"error: {path}")
        assert BAD_FILES[path.name][1] in error
        assert len(error.split(". ")) > 1, f"no remedy: {error}"
    assert "read 1 files: 1 new transcripts" in result.err
    assert "nothing of a file with an error was taken in" in result.err
    with sqlite3.connect(study / "study.db") as db:
        texts = [row[0] for row in db.execute("SELECT transcript_id FROM transcript")]
        sources = db.execute("SELECT count(*) FROM source").fetchone()[0]
    assert texts[4:] == [good.stem]
    assert sources == 5
    assert ccgmine("report", "participants", "--study", study).out == before


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        pytest.param(["ingest", "{}/none"], INPUT, "no such file", id="nothing of that name"),
        pytest.param(["ingest", "{}"], INPUT, "no transcript in this folder", id="empty folder"),
        pytest.param(["import", "{}"], INPUT, "a table of kind", id="folder as codings"),
        pytest.param(
            ["ingest", "--participants", "{}"],
            INPUT,
            "a table of kind",
            id="folder as participants",
        ),
        pytest.param(["ingest", "x" * 300 + ".txt"], INPUT, "too long", id="endless name"),
        pytest.param(["ingest"], USAGE, "nothing to ingest", id="nothing named"),
    ],
)
def test_what_is_no_file_is_told(
    words: list[str], code: int, what: str, untouched: Path, tmp_path: Path
) -> None:
    before = database(untouched)
    result = here(*(w.format(tmp_path) for w in words), "--study", untouched)
    errors = all_told(result, code)
    assert len(errors) == 1
    assert what in errors[0]
    assert database(untouched) == before


# --- participants --------------------------------------------------------------------------


def sites_and_types(*rows: str) -> str:
    return "participant_id,site,respondent_type\n" + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(
            PEOPLE + "GP ID 3,Site 3,GP\n,Site 1,GP\n",
            ["row 6: the ID 'GP ID 3' stands in row 4 already", "row 7: the participant has no ID"],
            id="an ID twice and an ID missing",
        ),
        pytest.param(
            sites_and_types("A1,Site 1,GP", "A2,SITE 1,GP", "A3,Site 1,GP"),
            ["the site 'SITE 1' (A2) differs from 'Site 1' in case or spacing only"],
            id="site differs in case",
        ),
        pytest.param(
            sites_and_types("A1,Site 1,GP", "A2,Site1,GP"),
            ["differs from", "in case or spacing only"],
            id="site differs in spacing",
        ),
        pytest.param(
            sites_and_types("A1,Leeds,Manager", "A2,Leeds,Manager", "A3,Leeds,Managr"),
            ["the respondent_type 'Managr' (A3) differs from 'Manager' in a letter only"],
            id="type differs in a letter",
        ),
        pytest.param(
            sites_and_types("A1,Site 9,GP", "A2,Site 9,Manager", "A3,site 9,manager"),
            ["the site 'site 9' (A3)", "the respondent_type 'manager' (A3)"],
            id="both at once, both told",
        ),
        pytest.param(
            sites_and_types("GP ID 9,site 2,GP"),
            ["the site 'site 2' (GP ID 9) differs from 'Site 2'"],
            id="new person, site of the study in another case",
        ),
        pytest.param(
            "name,site\nA1,Site 1\n",
            ["needs a column 'participant_id'", "The columns are: name, site."],
            id="no column of IDs",
        ),
        pytest.param("participant_id,site\n", ["has no rows"], id="header only"),
        pytest.param("", ["the file is empty"], id="empty"),
        pytest.param('participant_id,site\nA1,"Site 1\n', ["row 2", "damaged"], id="open quote"),
        pytest.param("participant_id,site\nA1,S,x\n", ["row 2: has 3 cells"], id="too many cells"),
        pytest.param("participant_id,site,site\nA1,S,T\n", ["two columns"], id="column twice"),
        pytest.param("PK\0\0" * 9, ["not a text file"], id="binary"),
        pytest.param(
            interview("GP ID 1", f"Well, {CANARY}"),
            ["needs a column"],
            id="a transcript by mistake",
        ),
    ],
)
def test_unusable_participants_table_changes_nothing(
    table: str, expected: list[str], untouched: Path, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text(table, encoding="utf-8")
    before = database(untouched)
    errors = all_told(here("ingest", "--participants", path, "--study", untouched), INPUT)
    assert errors[0].startswith(f"error: {path}")
    for what in expected:
        assert any(what in error for error in errors), errors
    assert database(untouched) == before


def test_names_that_differ_in_a_digit_are_two_and_others_may_be_allowed(
    study: Path, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    rows = [f"A{i},Site {i},Band {i} nurse" for i in range(1, 12)]
    path.write_text(sites_and_types(*rows, "B1,Ward 1A,GP", "B2,Ward 1B,GP"), encoding="utf-8")
    result = here("ingest", "--participants", path, "--study", study)
    assert (result.code, result.errors) == (0, [])
    path.write_text(sites_and_types("C1,SITE 3,GP"), encoding="utf-8")
    result = here("ingest", "--participants", path, "--allow-similar", "--study", study)
    assert (result.code, result.errors) == (0, [])


@pytest.mark.parametrize(
    "part", ["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]
)
def test_damaged_workbook_is_told(part: str, untouched: Path, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["participant_id", "site"])
    book.active.append(["GP ID 1", "Site 1"])
    book.save(tmp_path / "whole.xlsx")
    path = tmp_path / "people.xlsx"
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(path, "w") as torn:
        for name in whole.namelist():
            content = whole.read(name)
            torn.writestr(name, content[: len(content) // 2] if name == part else content)
    error = told(here("ingest", "--participants", path, "--study", untouched), INPUT)
    assert error.startswith(f"error: {path}: ")
    assert "workbook" in error


# --- hand codings --------------------------------------------------------------------------

CODINGS = [
    # participant_id, transcript, theme, coder, quote, start, end; what the error says
    (("GP ID 1", "", "money", "ann", MONEY, "", ""), ""),
    (("GP ID 1", "", "comparisn", "ann", MONEY, "", ""), "Did you mean 'comparison'?"),
    (("GP ID 1", "", "PCT comparizon", "ann", MONEY, "", ""), "Did you mean 'PCT comparison'?"),
    (("GP ID 1", "", "zzz", "ann", MONEY, "", ""), "not in the codebook. Add it to codebook.csv"),
    (("GP ID 1", "", "money", "ann", "the golden heron sang", "", ""), "the quote is not found"),
    (("GP ID 2", "", "meetings", "ann", ROOMS, "", ""), "the quote stands 2 times"),
    (("GP ID 7", "", "money", "ann", MONEY, "", ""), "there is no participant 'GP ID 7'"),
    (("", "talk-9", "money", "ann", MONEY, "", ""), "there is no transcript 'talk-9'"),
    (("", "", "money", "ann", MONEY, "", ""), "neither participant nor transcript"),
    (("GP ID 1", "", "money", "", MONEY, "", ""), "the row has no coder"),
    (("GP ID 1", "", "", "ann", MONEY, "", ""), "the row has no theme"),
    (("GP ID 1", "", "money", "ann", "", "", ""), "the row has no quote"),
    (("", "GP-ID-1", "money", "ann", "", "5", "99999"), "not inside the transcript's"),
    (("", "GP-ID-1", "money", "ann", "", "five", "9"), "must be whole numbers"),
    (("", "GP-ID-1", "money", "ann", CANARY, "0", "9"), "not what stands between"),
    ((CANARY, "", "money", "ann", MONEY, "", ""), "there is no participant"),
    (("GP ID 1", "", f"{CANARY}, {CANARY}", "ann", MONEY, "", ""), "is not in the codebook"),
    (("GP ID 1", "", "meetings", "ann", f"“{ROOMS[:-1]}", "", ""), "the quote is not found"),
    (("GP ID 3", "", "Money", "ann", MONEY.replace(" ", "\n"), "", ""), ""),
]


def csv_of(header: str, rows: list[tuple[str, ...]]) -> str:
    import csv

    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header.split(","), *rows])
    return buffer.getvalue()


def test_every_bad_row_of_codings_is_told_and_nothing_imported(study: Path, tmp_path: Path) -> None:
    path = tmp_path / "codings.csv"
    header = "participant_id,transcript,theme,coder,quote,start,end"
    path.write_text(csv_of(header, [row for row, _ in CODINGS]), encoding="utf-8")
    before = database(study)
    errors = all_told(ccgmine("import", path, "--study", study), INPUT)
    wrong = [(number, what) for number, (_, what) in enumerate(CODINGS, 2) if what]
    assert len(errors) == len(wrong) + 1
    for (number, what), error in zip(wrong, errors, strict=False):
        assert error.startswith(f"error: {path}, row {number}: ")
        assert what in error
    assert (
        f"{len(wrong)} of {len(CODINGS)} rows cannot be used, so nothing was imported" in errors[-1]
    )
    assert database(study) == before

    result = ccgmine("import", path, "--skip-bad-rows", "--study", study)
    assert result.code == 0
    assert_discreet(result.err)
    assert len(result.errors) == len(wrong)
    assert (
        f"2 codings added, 0 changed, 0 removed, 0 unchanged, {len(wrong)} rows skipped"
        in result.err
    )
    quotes = ccgmine("report", "quotes", "--theme", "money", "--study", study).rows
    assert [(q["participant_id"], q["quote"]) for q in quotes] == [
        ("GP ID 1", MONEY),
        ("GP ID 3", MONEY),
    ]


@pytest.mark.parametrize(
    ("table", "what"),
    [
        pytest.param("theme,quote\nmoney,x\n", "these columns are not known", id="nobody named"),
        pytest.param(
            "participant_id,theme\nGP ID 1,money\n", "need a column 'quote'", id="no quote"
        ),
        pytest.param("participant_id,theme,quote\n", "has no rows", id="header only"),
        pytest.param(f"GP ID 1,{CANARY},money\n", "these columns are not known", id="no header"),
        pytest.param("transcript,coder\nnone.txt,ann\n", "no transcript 'none.txt'", id="coverage"),
        pytest.param(
            "transcript,coder,selection_probability\nGP-ID-1,ann,2\n",
            "must be above 0 and at most 1",
            id="impossible probability",
        ),
    ],
)
def test_unusable_codings_table_is_told(
    table: str, what: str, untouched: Path, tmp_path: Path
) -> None:
    path = tmp_path / "codings.csv"
    path.write_text(table, encoding="utf-8")
    before = database(untouched)
    errors = all_told(here("import", path, "--study", untouched), INPUT)
    assert errors[0].startswith(f"error: {path}")
    assert what in errors[0]
    assert database(untouched) == before


def test_two_coders_without_a_reference_are_named_and_one_can_be_chosen(
    study: Path, tmp_path: Path
) -> None:
    path = tmp_path / "codings.csv"
    rows = [("GP ID 1", "money", "ann", MONEY), ("GP ID 1", "meetings", "bob", ROOMS)]
    path.write_text(csv_of("participant_id,theme,coder,quote", rows), encoding="utf-8")
    assert here("import", path, "--study", study).code == 0
    for command in (["report"], ["train"], ["report", "quotes", "--theme", "money"]):
        error = told(here(*command, "--study", study), STUDY)
        assert "several coders (ann, bob) and none is the reference" in error
        assert "study.toml" in error
        assert "--coder" in error
    error = told(here("report", "--coder", "eve", "--study", study), STUDY)
    assert "'eve' has coded nothing. The coders are: ann, bob." in error
    result = here("report", "--coder", "bob", "--study", study)
    assert result.code == 0
    assert "Reference coder: bob." in result.err


# --- tables of short texts -----------------------------------------------------------------


def test_bad_rows_of_a_table_of_texts_are_told_at_once(untouched: Path, tmp_path: Path) -> None:
    path = tmp_path / "comments.csv"
    rows = [
        ("c1", "p1", "North", f"{CANARY}.", "money"),
        ("c1", "p2", "North", f"{CANARY}!", "money"),
        ("", "p3", "North", f"{CANARY}?", "money"),
        ("c4", "", "North", f"So {CANARY}.", "money"),
        ("c5", "p1", "South", f"Well {CANARY}.", "mony;meetings"),
        ("c6", "p6", "North", f"Yes {CANARY}.", "mony"),
    ]
    path.write_text(csv_of("id,participant_id,site,text,themes", rows), encoding="utf-8")
    before = database(untouched)
    words = ["ingest", path, "--study", untouched]
    errors = all_told(here(*words, "--themes-column", "themes"), INPUT)
    for what in (
        "row 3: the ID 'c1' stands in row 2 already",
        "row 4: the row has no ID",
        "row 5: the row has no participant",
        "row 6: participant 'p1' has the site 'South' here and 'North' in row 2",
        "row 6: the theme 'mony' (and 1 more rows) is not in the codebook. Did you mean 'money'?",
    ):
        assert any(error.startswith(f"error: {path}, {what}") for error in errors), (what, errors)

    # The wrong column: what stands in it is somebody's words.
    errors = all_told(here(*words, "--themes-column", "text"), INPUT)
    assert any("is not in the codebook" in error for error in errors)
    error = told(here(*words, "--text-column", "txt"), INPUT)
    assert "there is no column 'txt'. Did you mean 'text'?" in error
    path.write_text("\n".join(f"{i},{CANARY} {i}." for i in range(3)), encoding="utf-8")
    for options in ([], ["--text-column", "text"], ["--id-column", "id"]):
        error = told(here(*words, *options), INPUT)
        assert "does not look like the names of columns" in error
    path.write_text(json.dumps({"id": 1, "text": CANARY}) + f"\n{CANARY}\n", encoding="utf-8")
    error = told(here("ingest", path.rename(path.with_suffix(".jsonl")), *words[2:]), INPUT)
    assert "line 2: this line is no JSON" in error
    assert database(untouched) == before


# --- studies -------------------------------------------------------------------------------


def test_no_study_and_an_empty_study_are_told(tmp_path: Path) -> None:
    codings = tmp_path / "codings.csv"
    codings.write_text("participant_id,theme,quote\nGP ID 1,money,x\n", encoding="utf-8")
    commands = {
        "ingest": ["ingest", codings],
        "import": ["import", codings],
        "train": ["train"],
        "classify": ["classify"],
        "report": ["report"],
        "participants": ["report", "participants"],
        "check": ["check"],
    }
    for name in ("ingest", "report"):
        error = told(here(*commands[name]), STUDY)
        assert error.startswith("error: .: there is no study here. Make one with `ccgmine init`")
    assert "there is no study here" in told(here("report", CCGMINE_STUDY="nowhere"), STUDY)
    assert not list(tmp_path.glob("*.db"))

    assert here("init", tmp_path / "new").code == 0
    for name in ("import", "train", "classify", "report", "participants"):
        error = told(here("--study", tmp_path / "new", *commands[name]), STUDY)
        assert "ccgmine ingest" in error
    assert here("check", "--study", tmp_path / "new").code == 0


def test_nothing_coded_is_told(untouched: Path) -> None:
    for command, remedy in (("report", "ccgmine import"), ("train", "ccgmine import")):
        assert remedy in told(here(command, "--study", untouched), STUDY)
    result = here("classify", "--study", untouched)
    assert "there is no model 'themes'" in told(result, STUDY)


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    own = "theme,label,notes\nmoney,Money,keep me\n"
    (tmp_path / "codebook.csv").write_text(own, encoding="utf-8")
    error = told(here("init", tmp_path), STUDY)
    assert "codebook.csv: there is a codebook here already" in error
    assert [p.name for p in tmp_path.iterdir()] == ["codebook.csv"]
    assert here("init", tmp_path, "--codebook", tmp_path / "codebook.csv").code == 0
    assert (tmp_path / "codebook.csv").read_text(encoding="utf-8") == own
    assert "there is a study here already" in told(here("init", tmp_path), STUDY)

    # An init that was killed before its database was there can be run again.
    (tmp_path / "study.db").unlink()
    assert here("init", tmp_path, "--codebook", tmp_path / "codebook.csv").code == 0
    assert "a file stands where a folder is" in told(here("init", tmp_path / "study.db"), INPUT)


@pytest.mark.parametrize(
    ("codebook", "what"),
    [
        pytest.param("label\nMoney\n", "needs a column 'theme'", id="no theme column"),
        pytest.param(
            "theme\nmoney\nmoney\n", "row 3: the theme 'money' stands in row 2", id="twice"
        ),
        pytest.param("theme,parent\na,b\n", "row 2: the parent 'b' is not", id="unknown parent"),
        pytest.param("theme,parent\na,b\nb,a\n", "is its own ancestor", id="circle of parents"),
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("\0\1\2\3" * 9, "not a text file", id="binary"),
        pytest.param(f"{CANARY}. {CANARY}.\n", "needs a column 'theme'", id="prose"),
    ],
)
def test_broken_codebook_is_told(codebook: str, what: str, study: Path, tmp_path: Path) -> None:
    path = tmp_path / "themes.csv"
    path.write_text(codebook, encoding="utf-8")
    errors = all_told(here("init", tmp_path / "new", "--codebook", path), INPUT)
    assert any(what in error for error in errors), errors
    assert not (tmp_path / "new").exists()
    shutil.copyfile(path, study / "codebook.csv")
    errors = all_told(here("report", "--study", study), STUDY)
    assert errors[0].startswith(f"error: {study / 'codebook.csv'}")
    assert any(what in error for error in errors), errors


def test_missing_files_of_a_study_are_told(study: Path) -> None:
    for name in ("codebook.csv", "study.toml"):
        content = (study / name).read_bytes()
        (study / name).unlink()
        assert name in told(here("report", "participants", "--study", study), STUDY)
        (study / name).write_bytes(content)
    assert here("report", "participants", "--study", study).code == 0


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        pytest.param('language = "en"', "language = en", "line 5", id="no quotation marks"),
        pytest.param('language = "en"', "langauge = 'en'", "'langauge' is not a", id="misspelt"),
        pytest.param(
            "max_words = 100", "max_words = 'many'", "'max_words' must", id="not a number"
        ),
        pytest.param("max_words = 100", "max_words = 1", "'max_words' must", id="too small"),
        pytest.param("level = 0.95", "level = 95", "'level' must", id="percent for a share"),
        pytest.param('["minor", 0.0]', '["minor", 0.3]', "'bands' must", id="bands in disorder"),
        pytest.param("[report]", "[report", "TOML", id="open bracket"),
        pytest.param("interviewer = []", "interviewer = 7", "'interviewer' must", id="no list"),
        pytest.param("language", "language\xff", "UTF-8", id="no UTF-8"),
    ],
)
def test_broken_settings_are_told(old: str, new: str, what: str, study: Path) -> None:
    path = study / "study.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("latin-1"))
    error = told(here("report", "participants", "--study", study), STUDY)
    assert error.startswith(f"error: {path}: ")
    assert what in error


def of_a_newer_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")


def of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE notes (words TEXT)")


def without_a_table(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE turn")
        db.execute("DROP TABLE segment")


def torn(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def scrambled(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 64] = bytes(range(64))
    path.write_bytes(content)


def of_text(path: Path) -> None:
    path.write_text(f"{CANARY}\n" * 200, encoding="utf-8")


def with_undecodable_text(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE participant SET site = CAST(x'ff' || ? AS TEXT)", (CANARY,))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        pytest.param(of_a_newer_version, "newer ccgmine", id="newer version"),
        pytest.param(of_another_program, "is not a ccgmine study", id="another program's file"),
        pytest.param(of_text, "damaged", id="text"),
        pytest.param(torn, "damaged", id="cut off in the middle"),
        pytest.param(scrambled, "damaged", id="scrambled pages"),
        pytest.param(without_a_table, "damaged", id="a table is missing"),
        pytest.param(with_undecodable_text, "damaged", id="text that is no UTF-8"),
        pytest.param(emptied, "is not a ccgmine study", id="empty file"),
    ],
)
def test_damaged_study_is_told_and_left_alone(
    damage: Callable[[Path], None], what: str, study: Path
) -> None:
    path = study / "study.db"
    damage(path)
    before = path.read_bytes()
    for words in (["report", "participants"], ["check"]):
        errors = all_told(here(*words, "--study", study), STUDY)
        assert what in errors[0]
    assert path.read_bytes() == before


def test_folder_named_study_db_is_told(study: Path) -> None:
    a_folder(study / "study.db")
    assert "study.db" in told(here("report", "--study", study), 5)


# --- models --------------------------------------------------------------------------------


def test_model_of_another_codebook_is_refused(
    untouched: Path, read_only_sample_study: Path
) -> None:
    before = database(untouched)
    model = read_only_sample_study / "models" / "themes"
    error = told(here("classify", "--model", model, "--study", untouched), STUDY)
    assert "the model 'themes' is of another codebook: 36 of its 36 themes" in error
    assert database(untouched) == before


def test_unknown_model_is_told_with_the_ones_there_are(
    read_only_sample_study: Path, tmp_path: Path
) -> None:
    study = read_only_sample_study
    error = told(here("classify", "--model", "thems", "--study", study), STUDY)
    assert "there is no model 'thems'. There are: ccg-themes, themes." in error
    assert "is no ccgmine model" in told(
        here("classify", "--model", tmp_path, "--study", study), INPUT
    )
    assert "cannot be the name" in told(here("train", "--model", "a/b", "--study", study), USAGE)


def test_tampered_model_is_refused_whichever_file_it_is(sample_study: Path) -> None:
    """One copy of the model for each of its files, changed or missing; one run tells them all."""
    models = sample_study / "models"
    model = models / "themes"
    files = sorted(p.relative_to(model).as_posix() for p in model.rglob("*") if p.is_file())
    assert {Path(name).suffix for name in files} >= {".npz", ".json", ".cfg", ".md"}
    expected = []
    for number, name in enumerate(files):
        changed = Path(shutil.copytree(model, models / f"changed-{number:02}"))
        content = (changed / name).read_bytes()
        # One bit, in the middle: nothing that a reader of the format must notice.
        middle = len(content) // 2
        content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        (changed / name).write_bytes(content)
        what = f"the model's file '{name}' was changed after training"
        expected.append((changed, "manifest" if name == "manifest.json" else what))
        lacking = Path(shutil.copytree(model, models / f"lacking-{number:02}"))
        (lacking / name).unlink()
        what = f"the model's file '{name}' is missing"
        expected.append((lacking, "no ccgmine model" if name == "manifest.json" else what))
    added = Path(shutil.copytree(model, models / "added"))
    (added / "extra.pkl").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    expected.append((added, "holds a file 'extra.pkl' that training did not write"))
    before = database(sample_study)
    errors = all_told(ccgmine("check", "--study", sample_study), INPUT)
    assert len(errors) == len(expected)
    for (folder, what), error in zip(sorted(expected), errors, strict=True):
        assert error.startswith(f"error: {folder}: ")
        assert what in error
    for name in ("changed-00", f"lacking-{files.index('manifest.json'):02}", "added"):
        words = ["classify", "-", "--model", name, "--study", sample_study]
        error = told(ccgmine(*words, stdin="id,text\n1,words\n"), INPUT)
        assert error in errors
    assert database(sample_study) == before


def test_consistently_forged_model_is_not_the_studys(sample_study: Path) -> None:
    """Whoever changes a file and its hash in the manifest is found out by the study."""
    import hashlib

    model = sample_study / "models" / "themes"
    card = model / "README.md"
    manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    card.write_text("harmless", encoding="utf-8")
    manifest["files"]["README.md"] = hashlib.sha256(card.read_bytes()).hexdigest()
    (model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "is not the one that this study knows" in told(
        here("classify", "--study", sample_study), STUDY
    )
    assert "is not the model that this study knows" in told(
        here("check", "--study", sample_study), STUDY
    )
    # A manifest of a version to come, or that is no manifest.
    for text, what in (
        (json.dumps(manifest | {"format": 99}), "newer ccgmine"),
        ("[]", "manifest is damaged"),
        ('{"format": 1, "files": 3}', "manifest is damaged"),
    ):
        (model / "manifest.json").write_text(text, encoding="utf-8")
        assert what in told(here("check", "--study", sample_study), INPUT)


# --- texts straight through ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("stdin", "options", "what"),
    [
        pytest.param(b"", [], "standard input: the table is empty", id="nothing"),
        pytest.param(b"id,words\n1,WORDS\n", [], "Name it with --text-column", id="no text column"),
        pytest.param(b"id,text\n1,WORDS\xe9\n", [], "not UTF-8", id="not UTF-8"),
        pytest.param(b"id,text\n1,WORDS\0\n", [], "line 2: this is not a text file", id="binary"),
        pytest.param(b"id,text\n1,WORDS,3\n", [], "row 2: has 3 cells", id="too many cells"),
        pytest.param(b'id,text\n1,"WORDS\n', [], "row 2: the table is damaged", id="open quote"),
        pytest.param(
            b"id,text\n1,WORDS\n", ["--id-column", "idd"], "Did you mean 'id'?", id="no id"
        ),
    ],
)
def test_unusable_texts_are_told(
    stdin: bytes, options: list[str], what: str, read_only_sample_study: Path, tmp_path: Path
) -> None:
    stdin = stdin.replace(b"WORDS", CANARY.encode())
    model = read_only_sample_study / "models" / "themes"
    result = here("classify", "-", "--model", model, *options, "-o", "out.csv", stdin=stdin)
    assert what in told(result, INPUT)
    assert list(tmp_path.iterdir()) == []


# --- usage ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "what"),
    [
        pytest.param(["reprt"], "Did you mean 'report'", id="misspelt command"),
        pytest.param(["report", "--bogus"], "--bogus", id="unknown option"),
        pytest.param(["report", "everything"], "no such command 'everything'", id="unknown report"),
        pytest.param(["report", "--format", "doc"], "csv, tsv, json, md, xlsx", id="format"),
        pytest.param(["report", "-o", "x.doc"], "'.doc' is not known", id="suffix of the output"),
        pytest.param(["train", "--folds", "many"], "--folds", id="not a number"),
        pytest.param(["train", "--folds", "1"], "--folds", id="number out of range"),
        pytest.param(["import"], "files", id="no file"),
        pytest.param(["--study"], "--study", id="option without its value"),
        pytest.param(["report", "quotes"], "--theme", id="quotes of no theme"),
        pytest.param(["report", "quotes", "--theme", "mony"], "'money'", id="misspelt theme"),
        pytest.param(["report", "--by", "age"], "no attribute 'age'", id="unknown attribute"),
    ],
)
def test_wrong_usage_is_told_in_one_line(words: list[str], what: str, untouched: Path) -> None:
    result = here(*words, CCGMINE_STUDY=str(untouched))
    if words == ["report", "--by", "age"]:
        result = here(*words, "--coder", "ann", CCGMINE_STUDY=str(untouched))
    error = told(result, USAGE)
    assert what in error


def test_unwritable_output_is_told(untouched: Path, tmp_path: Path) -> None:
    (tmp_path / "table.csv").mkdir()
    for name, what in (
        ("table.csv", "is a folder"),
        ("none/table.csv", "its folder does not exist"),
    ):
        result = here("report", "participants", "-o", tmp_path / name, "--study", untouched)
        error = told(result, INPUT)
        assert error.startswith(f"error: {tmp_path / name}: ")
        assert what in error
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_a_result_never_takes_the_place_of_what_is_read(tmp_path: Path) -> None:
    table = tmp_path / "texts.csv"
    table.write_text("id,text\n1,So much email.\n")
    done = ccgmine("classify", table, "--model", "ccg-themes", "-o", table)
    assert done.code == USAGE
    assert "would take the place of a file that is to be read" in done.err
    assert table.read_text() == "id,text\n1,So much email.\n"


def test_a_group_without_a_name_is_refused(study: Path) -> None:
    done = ccgmine("--study", study, "report", "differences", "--between", "")
    assert done.code == USAGE
    assert "the name of a group is empty" in done.err


@pytest.mark.parametrize(("what", "name"), [("segments", "codebook.csv"), ("prodigy", "study.db")])
def test_a_result_never_takes_the_place_of_the_study(study: Path, what: str, name: str) -> None:
    before = (study / name).read_bytes()
    done = ccgmine("--study", study, "export", what, "-o", study / name)
    assert done.code == USAGE
    assert "is part of the study and would be lost" in done.err
    assert (study / name).read_bytes() == before
