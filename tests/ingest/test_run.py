"""Files into a study: what is stored, what is said about it, and what happens the second time."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from ccgmine.checking import check_study
from ccgmine.domain import Codebook, Coding, Coverage, Participant, Role, Span, Theme
from ccgmine.errors import InputError, InputErrors
from ccgmine.ingest.comments import Columns, ThemeReading
from ccgmine.ingest.run import IngestOptions, IngestReport, ingest
from ccgmine.study import Study, create_study, now, open_study
from tests.ingest.reading import docx, vtt
from tests.running import ccgmine

BOOK = Codebook((Theme("wait", "Waiting"), Theme("staff", "Staff")))
PEOPLE = "participant_id,site,respondent_type\nGP ID 35,North,GP\nManager ID 35,South,Manager\n"
GP_TEXT = "I: Why did you?\n\nGP ID 35: It rained. Yes. [laughs] We waited for hours. Yes.\n"
MANAGER_TEXT = "I: Why did you?\n\nManager ID 35: Nobody else would.\n\nSam Porter: Hello all.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study with two participants in its table, and a folder of their interviews."""
    create_study(tmp_path / "study", BOOK)
    (tmp_path / "people.csv").write_text(PEOPLE)
    files = tmp_path / "files"
    files.mkdir()
    (files / "GP-ID-35.txt").write_text(GP_TEXT)
    (files / "Manager-ID-35.txt").write_text(MANAGER_TEXT)
    return tmp_path


def take(folder: Path, *names: str, people: str = "", **options: Any) -> IngestReport:
    if people:
        options["participants"] = folder / people
    with open_study(folder / "study", write=True) as study:
        report = ingest(
            study,
            [folder / name for name in names],
            IngestOptions(**options),
            lambda *_: None,
        )
        assert check_study(study)[1] == []
        return report


def looked_at(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Turns of every transcript."""
    with open_study(folder / "study") as study:
        return {
            name: [
                (t.speaker, transcript.text[t.span.start : t.span.end]) for t in transcript.turns
            ]
            for name in study.corpus.transcript_ids()
            if (transcript := study.corpus.transcript(name)) is not None
        }


def stored(folder: Path) -> bytes:
    return (folder / "study" / "study.db").read_bytes()


def test_a_folder_and_a_table_of_people_make_a_study(folder: Path) -> None:
    report = take(folder, "files", people="people.csv")
    assert (report.files, report.new, report.problems) == (2, 2, [])
    assert looked_at(folder) == {
        "GP-ID-35": [
            ("interviewer", "Why did you?"),
            ("GP ID 35", "It rained. Yes. [laughs] We waited for hours. Yes."),
        ],
        "Manager-ID-35": [
            ("interviewer", "Why did you?"),
            ("Manager ID 35", "Nobody else would."),
            ("speaker 1", "Hello all."),
        ],
    }
    with open_study(folder / "study") as study:
        who = {s.participant_id for _, s in study.corpus.segments()}
        transcript = study.corpus.transcript("Manager-ID-35")
    assert who == {"GP ID 35", "Manager ID 35"}
    assert transcript is not None
    assert [t.role for t in transcript.turns] == [Role.INTERVIEWER, Role.PARTICIPANT, Role.OTHER]
    # The stranger's name is nowhere in the file.
    assert b"Porter" not in stored(folder)


def test_the_alias_of_a_speaker_is_not_stored(folder: Path) -> None:
    (folder / "people.csv").write_text(
        "participant_id,site,speaker,years\nGP ID 35,North,Tom Jonquil,20\n"
    )
    (folder / "files" / "one.vtt").write_text(vtt("<v Jane>Why?</v>", "<v Tom Jonquil>So.</v>"))
    report = take(folder, "files/one.vtt", people="people.csv", interviewer_labels=("Jane",))
    assert report.problems == []
    assert looked_at(folder)["one"] == [("interviewer", "Why?"), ("GP ID 35", "So.")]
    assert b"Jonquil" not in stored(folder)
    assert b"Jane" not in stored(folder)
    assert b"years" in stored(folder)


def test_the_same_input_again_changes_nothing(folder: Path) -> None:
    table = "id,text,themes\n1,It was long.,wait\n2,Fine.,\n"
    (folder / "comments.csv").write_text(table)
    options: dict[str, Any] = {"people": "people.csv", "columns": Columns(themes="themes")}
    take(folder, "files", "comments.csv", **options)
    before = stored(folder)
    report = take(folder, "files", "comments.csv", **options)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 3)
    assert (report.participant_changes, report.notes) == (
        [],
        ["Manager-ID-35.txt: 1 speaker(s) not in the participants table, kept but not counted"],
    )
    assert stored(folder) == before


def test_a_changed_table_of_people_updates_and_says_what_changed(folder: Path) -> None:
    take(folder, "files", people="people.csv")
    (folder / "people.csv").write_text(
        "participant_id,site,respondent_type,years\nGP ID 35,East,GP,20\n"
        "Manager ID 35,South,Manager,\nNurse ID 1,East,Nurse,\n"
    )
    report = take(folder, people="people.csv")
    assert report.participant_changes == [
        "GP ID 35: site 'North' is now 'East'",
        "GP ID 35: years '' is now '20'",
        "1 participants added",
    ]
    with open_study(folder / "study") as study:
        people = {p.participant_id: p for p in study.corpus.participants()}
    assert people["GP ID 35"] == Participant("GP ID 35", "East", "GP", (("years", "20"),))
    assert set(people) == {"GP ID 35", "Manager ID 35", "Nurse ID 1"}


def test_a_site_spelled_in_two_ways_stops_the_table_unless_it_is_meant(folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE + "GP ID 36,north,GP\n")
    with pytest.raises(InputError, match="differs from"):
        take(folder, people="people.csv")
    with open_study(folder / "study") as study:
        assert study.corpus.participants() == []
    take(folder, people="people.csv", allow_similar=True)


def test_one_bad_file_does_not_keep_the_others_out_and_all_are_told(folder: Path) -> None:
    files = folder / "files"
    (files / "GP-ID-36.txt").write_text("I: Why?\nP: So.\n")
    (files / "broken.docx").write_bytes(b"no zip")
    (files / "empty.txt").write_bytes(b"")
    (files / "binary.txt").write_bytes(bytes(range(256)) * 4)
    (files / "cut.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:0\nHm\n")
    (files / "notes.pages").write_bytes(b"x")
    (files / "codes.csv").write_text("a,b\n1,2\n")
    report = take(folder, "files", people="people.csv")
    assert report.new == 2
    told = {Path(str(p.where)).name for p in report.problems}
    assert told == {"GP-ID-36.txt", "broken.docx", "empty.txt", "binary.txt", "cut.vtt"}
    assert set(report.skipped) == {
        "notes.pages (kind '.pages' is not known)",
        "codes.csv (a table; name it itself to take it in)",
    }
    assert set(looked_at(folder)) == {"GP-ID-35", "Manager-ID-35"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("files/nobody.txt", "no such file"),
        ("files/picture.png", "files of kind '.png' are not known"),
    ],
)
def test_files_that_cannot_be_taken_in(folder: Path, name: str, said: str) -> None:
    (folder / "files" / "picture.png").write_bytes(b"\x89PNG")
    report = take(folder, name, people="people.csv")
    assert [said in p.line for p in report.problems] == [True]


def test_word_files_that_are_open_and_hidden_files_are_passed_over(folder: Path) -> None:
    (folder / "files" / "~$GP-ID-35.docx").write_bytes(b"lock")
    (folder / "files" / ".GP-ID-35.txt").write_bytes(b"x")
    report = take(folder, "files", people="people.csv")
    assert (report.new, report.skipped, report.problems) == (2, [], [])


def test_a_copy_under_another_name_is_skipped_and_two_of_one_name_are_refused(
    folder: Path,
) -> None:
    take(folder, "files", people="people.csv")
    (folder / "GP-ID-35 copy.txt").write_text(GP_TEXT)
    report = take(folder, "GP-ID-35 copy.txt")
    assert report.skipped == ["GP-ID-35 copy.txt (the same file as GP-ID-35.txt)"]
    (folder / "GP-ID-35.docx").write_bytes(docx("I: Why?", "GP ID 35: Another."))
    with pytest.raises(InputError, match="same name"):
        take(folder, "files", "GP-ID-35.docx")
    assert "came from GP-ID-35.txt already" in take(folder, "GP-ID-35.docx").problems[0].line


def _code(study: Study, words: str, theme: str, nth: int = 0) -> Coding:
    transcript = study.corpus.transcript("GP-ID-35")
    assert transcript is not None
    start = transcript.text.index(words)
    for _ in range(nth):
        start = transcript.text.index(words, start + 1)
    coding = Coding("GP-ID-35", Span(start, start + len(words)), theme, "ann")
    with study.transaction():
        study.codings.add([coding], "codings.csv", now())
    return coding


def test_a_new_version_of_a_transcript_keeps_its_codings_where_the_words_now_stand(
    folder: Path,
) -> None:
    take(folder, "files", people="people.csv")
    with open_study(folder / "study", write=True) as study:
        _code(study, "We waited for hours.", "wait")
        _code(study, "Yes.", "staff", nth=1)
        with study.transaction():
            study.codings.add_coverage([Coverage("GP-ID-35", "ann")], "coverage.csv")
    (folder / "files" / "GP-ID-35.txt").write_text(
        "I: Why, then?\n\nGP ID 35: Well: it rained.\nYes. We waited\nfor hours. And so. Yes.\n"
    )
    report = take(folder, "files/GP-ID-35.txt")
    assert (report.changed, report.problems) == (1, [])
    with open_study(folder / "study") as study:
        text = study.corpus.transcript("GP-ID-35").text  # type: ignore[union-attr]
        spans = {c.theme_id: c.span for c in study.codings.all()}
        assert text[spans["wait"].start : spans["wait"].end] == "We waited for hours."
        assert spans["staff"].end == len(text)
        assert text[spans["staff"].start :] == "Yes."
        assert len(study.codings.coverage_sources("GP-ID-35")) == 1


def test_a_new_version_that_lost_coded_words_is_refused_unless_they_may_go(folder: Path) -> None:
    take(folder, "files", people="people.csv")
    with open_study(folder / "study", write=True) as study:
        _code(study, "We waited for hours.", "wait")
    before = stored(folder)
    (folder / "files" / "GP-ID-35.txt").write_text("I: Why?\n\nGP ID 35: It rained.\n")
    report = take(folder, "files/GP-ID-35.txt")
    assert "'wait' by ann" in report.problems[0].line
    assert "waited" not in report.problems[0].line
    assert stored(folder) == before
    report = take(folder, "files/GP-ID-35.txt", drop_unplaced=True)
    assert (report.changed, report.problems) == (1, [])
    with open_study(folder / "study") as study:
        assert list(study.codings.all()) == []


def test_a_zip_is_read_as_the_folder_in_it_is(folder: Path) -> None:
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("interviews/GP-ID-35.txt", GP_TEXT)
        archive.writestr("interviews/Manager-ID-35.rtf", "{\\rtf1 I: Why?\\par P: So.\\par}")
    (folder / "bad.zip").write_bytes(b"PK\x03\x04")
    report = take(folder, "all.zip", "bad.zip", people="people.csv")
    assert (report.new, len(report.problems)) == (2, 1)
    assert looked_at(folder)["Manager-ID-35"] == [("interviewer", "Why?"), ("Manager ID 35", "So.")]
    assert take(folder, "all.zip").unchanged == 2
    assert take(folder, "files/GP-ID-35.txt").unchanged == 1


# --- tables of short texts ------------------------------------------------------------------


COMMENTS = (
    "no,who,place,kind,answer,codes\n"
    "1,P1,North,patient,It was long. Very long.,wait\n"
    "2,P1,North,patient,Kind people.,staff;wait\n"
    "3,P2,South,carer,Nothing.,\n"
    "4,P3,South,carer,,\n"
)
COLUMNS = Columns("answer", "no", "who", "place", "kind", "codes")


def test_a_coded_table_gives_segments_people_codings_and_coverage(folder: Path) -> None:
    (folder / "c.csv").write_text(COMMENTS)
    report = take(folder, "c.csv", columns=COLUMNS, coder="bea")
    assert (report.new, report.codings, report.problems) == (3, 3, [])
    assert report.skipped == ["1 rows of c.csv without text"]
    with open_study(folder / "study") as study:
        segments = [s for _, s in study.corpus.segments()]
        assert [(s.transcript_id, s.participant_id, s.text) for s in segments] == [
            ("1", "P1", "It was long. Very long."),
            ("2", "P1", "Kind people."),
            ("3", "P2", "Nothing."),
        ]
        assert {(c.transcript_id, c.theme_id, c.coder) for c in study.codings.all()} == {
            ("1", "wait", "bea"),
            ("2", "staff", "bea"),
            ("2", "wait", "bea"),
        }
        covered = [n for n in "123" if study.codings.coverage_sources(n)]
        assert [p.participant_id for p in study.corpus.participants()] == ["P1", "P2", "P3"]
    assert covered == ["1", "2"]


def test_a_row_is_one_segment_however_long(folder: Path) -> None:
    (folder / "c.csv").write_text("id,text\n1," + "It was long. " * 200 + "\n")
    take(folder, "c.csv")
    with open_study(folder / "study") as study:
        assert len(list(study.corpus.segments())) == 1


def test_empty_themes_count_as_read_when_asked(folder: Path) -> None:
    (folder / "c.csv").write_text(COMMENTS)
    take(folder, "c.csv", columns=COLUMNS, themes=ThemeReading(empty_means_none=True))
    with open_study(folder / "study") as study:
        assert [n for n in "123" if study.codings.coverage_sources(n)] == ["1", "2", "3"]


def test_changed_rows_are_updated_and_the_others_left(folder: Path) -> None:
    (folder / "c.csv").write_text(COMMENTS)
    take(folder, "c.csv", columns=COLUMNS)
    changed = COMMENTS.replace("Kind people.,staff;wait", "Kinder people.,staff")
    changed = changed.replace("P2,South", "P2,North")
    changed = changed.replace("4,P3,South,carer,", "5,P3,South,carer,So.")
    (folder / "c.csv").write_text(changed)
    report = take(folder, "c.csv", columns=COLUMNS)
    assert (report.new, report.changed, report.unchanged) == (1, 1, 2)
    assert report.participant_changes == ["P2: site 'South' is now 'North'"]
    with open_study(folder / "study") as study:
        assert {(c.transcript_id, c.theme_id) for c in study.codings.all()} == {
            ("1", "wait"),
            ("2", "staff"),
        }
        assert study.corpus.transcript("2").text == "Kinder people."  # type: ignore[union-attr]


def test_what_others_said_of_a_changed_row_is_kept_with_its_words(folder: Path) -> None:
    (folder / "c.csv").write_text(COMMENTS)
    take(folder, "c.csv", columns=COLUMNS)
    with open_study(folder / "study", write=True) as study, study.transaction():
        study.codings.add([Coding("1", Span(13, 23), "staff", "cal")], "codings.csv", now())
        study.codings.add_coverage([Coverage("1", "cal")], "coverage.csv")
    (folder / "c.csv").write_text(COMMENTS.replace("It was long.", "It was."))
    report = take(folder, "c.csv", columns=COLUMNS)
    assert (report.changed, report.unchanged, report.problems) == (1, 2, [])
    with open_study(folder / "study") as study:
        spans = {c.coder: c.span for c in study.codings.all() if c.transcript_id == "1"}
        coders = {cover.coder for cover, _ in study.codings.coverage_sources("1")}
    assert spans == {"cal": Span(8, 18), "hand": Span(0, 18)}
    assert coders == {"cal", "hand"}


def test_a_table_that_fails_half_way_counts_nothing(folder: Path) -> None:
    (folder / "c.csv").write_text(COMMENTS)
    take(folder, "c.csv", columns=COLUMNS)
    with open_study(folder / "study", write=True) as study, study.transaction():
        study.codings.add([Coding("2", Span(0, 4), "staff", "cal")], "codings.csv", now())
    before = stored(folder)
    (folder / "c.csv").write_text(COMMENTS.replace("Kind people", "Nobody"))
    report = take(folder, "c.csv", columns=COLUMNS)
    assert (report.new, report.changed, report.unchanged) == (0, 0, 0)
    assert "'staff' by cal" in report.problems[0].line
    assert stored(folder) == before


def test_rows_that_are_gone_stay_and_are_told(folder: Path) -> None:
    (folder / "c.csv").write_text(COMMENTS)
    take(folder, "c.csv", columns=COLUMNS)
    (folder / "c.csv").write_text("\n".join(COMMENTS.splitlines()[:2]) + "\n")
    report = take(folder, "c.csv", columns=COLUMNS)
    assert any("2 rows of its earlier version are not in it any more" in n for n in report.notes)
    assert set(looked_at(folder)) == {"1", "2", "3"}


def test_an_unknown_theme_keeps_the_whole_table_out_unless_new_ones_are_wanted(
    folder: Path,
) -> None:
    (folder / "c.csv").write_text(COMMENTS.replace("staff;wait", "stuff;food"))
    report = take(folder, "c.csv", columns=COLUMNS)
    assert len(report.problems) == 2
    assert looked_at(folder) == {}
    take(folder, "c.csv", columns=COLUMNS, themes=ThemeReading(new_themes=True))
    with open_study(folder / "study") as study:
        assert [t.theme_id for t in study.codebook] == ["wait", "staff", "stuff", "food"]


def test_an_id_of_another_file_is_refused(folder: Path) -> None:
    (folder / "c.csv").write_text("id,text\n1,a\n")
    (folder / "d.csv").write_text("id,text\n1,b\n")
    report = take(folder, "c.csv", "d.csv")
    assert "the ID '1' is that of another text, from c.csv" in report.problems[0].line
    assert looked_at(folder) == {"1": [("1", "a")]}


def test_a_table_without_any_text_is_refused(folder: Path) -> None:
    (folder / "c.csv").write_text("id,text\n1,\n")
    assert "no row has a text" in take(folder, "c.csv").problems[0].line


def test_people_of_a_table_with_two_faults_are_told_together(folder: Path) -> None:
    (folder / "people.csv").write_text("participant_id,site\nGP ID 1,N\n,N\nGP ID 1,N\n")
    with pytest.raises(InputErrors) as caught:
        take(folder, people="people.csv")
    assert len(caught.value.problems) == 2


# --- the command ----------------------------------------------------------------------------


def test_the_command_takes_everything_in_and_reconciles(folder: Path) -> None:
    (folder / "c.csv").write_text(COMMENTS)
    line = ["--study", folder / "study", "--participants", folder / "people.csv"]
    result = ccgmine("ingest", folder / "files", *line)
    assert result.code == 0
    assert result.out == ""
    assert "read 2 files: 2 new transcripts, 0 changed, 0 unchanged" in result.err
    assert "2 transcripts, 5 turns, 2 segments, 2 participants" in result.err
    named = ["--text-column", "answer", "--id-column", "no", "--participant-column", "who"]
    named += ["--site-column", "place", "--type-column", "kind", "--themes-column", "codes"]
    result = ccgmine("ingest", folder / "c.csv", *line, *named, "--themes-separator", ";")
    assert result.code == 0
    assert "3 codings read" in result.err
    assert "skipped: 1 rows of c.csv without text" in result.err
    (folder / "bad.txt").write_text("I: Why?\nP: Because.\n")
    result = ccgmine("ingest", folder / "bad.txt", folder / "no.txt", *line)
    assert result.code == 3
    assert len(result.errors) == 2
    assert "Because" not in result.err


def test_init_makes_a_study_once_and_takes_its_codebook(tmp_path: Path) -> None:
    book = tmp_path / "themes.csv"
    book.write_text(
        "theme,label,parent,definition,coded\naccess,Access,,,no\nwait,Wait,access,,yes\n"
    )
    made = ccgmine("init", tmp_path / "new", "--codebook", book)
    assert made.code == 0
    assert "2 themes, 1 of them coded" in made.err
    with open_study(tmp_path / "new") as study:
        assert [(t.theme_id, t.parent_id) for t in study.codebook] == [
            ("access", ""),
            ("wait", "access"),
        ]
    again = ccgmine("init", tmp_path / "new")
    assert again.code == 4
    assert "there is a study here already" in again.err
