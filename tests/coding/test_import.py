"""Hand codings into a study: what an import adds, changes, removes, refuses and lists."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ccgmine.coding.labels import HandLabel
from ccgmine.coding.run import ImportReport, hand_coding, import_codings, source_name
from ccgmine.domain import Coverage
from ccgmine.errors import InputError, InputErrors, StudyError
from ccgmine.study import Study
from tests.building import made_study, themes
from tests.running import ccgmine

SCRIPTS = {
    "one": ["I: Tell me.", "P1: The meetings never end. |The money never comes."],
    "two": ["I: Tell me.", "P2: The meetings never end. |Nothing else to say."],
    "three": ["I: Go on.", "P3: I have no view at all."],
}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with made_study(tmp_path / "study", SCRIPTS, codebook=themes("time", "money")) as made:
        yield made


Row = Sequence[str]
HEADER = ("participant_id", "transcript", "coder", "theme", "quote")
TIME_1 = ("P1", "one", "ann", "time", "The meetings never end.")
TIME_2 = ("P2", "two", "ann", "time", "The meetings never end.")
MONEY_1 = ("P1", "one", "ann", "money", "The money never comes.")
BOB_1 = ("P1", "one", "bob", "time", "The money never comes.")


def write(path: Path, *rows: Row, header: Row = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.removed, report.unchanged


def stored(study: Study) -> set[tuple[str, str, str, str]]:
    found = set()
    for coding in study.codings.all():
        transcript = study.corpus.transcript(coding.transcript_id)
        assert transcript is not None
        words = transcript.text[coding.span.start : coding.span.end]
        found.add((coding.transcript_id, coding.coder, coding.theme_id, words))
    return found


def test_the_first_import_adds_and_the_same_again_changes_nothing(
    study: Study, tmp_path: Path
) -> None:
    path = write(tmp_path / "codings.csv", TIME_1, TIME_2, MONEY_1)
    assert counts(import_codings(study, path)) == (3, 0, 0, 0)
    before = stored(study)
    assert before == {r[1:] for r in (TIME_1, TIME_2, MONEY_1)}
    assert counts(import_codings(study, path)) == (0, 0, 0, 3)
    assert stored(study) == before


def test_importing_again_replaces_and_counts_added_changed_removed(
    study: Study, tmp_path: Path
) -> None:
    path = write(tmp_path / "codings.csv", TIME_1, TIME_2, MONEY_1)
    import_codings(study, path)
    shorter = (*TIME_1[:4], "meetings never end")
    new = ("P2", "two", "ann", "money", "Nothing else to say.")
    write(path, shorter, MONEY_1, new)
    # The span of TIME_1 moved, TIME_2 went, `new` came, MONEY_1 stayed.
    assert counts(import_codings(study, path)) == (1, 1, 1, 1)
    assert stored(study) == {shorter[1:], MONEY_1[1:], new[1:]}


def test_another_theme_on_the_same_words_is_one_added_and_one_removed(
    study: Study, tmp_path: Path
) -> None:
    path = write(tmp_path / "codings.csv", TIME_1)
    import_codings(study, path)
    write(path, (*TIME_1[:3], "money", TIME_1[4]))
    assert counts(import_codings(study, path)) == (1, 0, 1, 0)


def test_only_the_same_source_and_coder_are_replaced(study: Study, tmp_path: Path) -> None:
    import_codings(study, write(tmp_path / "ann.csv", TIME_1))
    both = write(tmp_path / "both.csv", MONEY_1, BOB_1)
    import_codings(study, both)
    write(both, TIME_2)  # ann's part of this file changes; bob is not in it any more
    assert counts(import_codings(study, both)) == (1, 0, 1, 0)
    assert stored(study) == {TIME_1[1:], TIME_2[1:], BOB_1[1:]}


def test_a_coding_of_two_sources_is_one_coding_until_neither_has_it(
    study: Study, tmp_path: Path
) -> None:
    first = write(tmp_path / "a.csv", TIME_1, MONEY_1)
    second = write(tmp_path / "b.csv", TIME_1)
    import_codings(study, first)
    assert counts(import_codings(study, second)) == (1, 0, 0, 0)
    assert len(list(study.codings.all())) == 2
    write(first, MONEY_1)
    import_codings(study, first)
    assert stored(study) == {TIME_1[1:], MONEY_1[1:]}
    write(second, TIME_2)
    import_codings(study, second)
    assert stored(study) == {MONEY_1[1:], TIME_2[1:]}


def test_rows_that_repeat_one_another_are_counted(study: Study, tmp_path: Path) -> None:
    path = write(tmp_path / "codings.csv", TIME_1, MONEY_1, TIME_1)
    report = import_codings(study, path)
    assert (report.rows, report.added, report.repeated) == (3, 2, 1)
    assert len(list(study.codings.all())) == 2


BAD = [
    ("P1", "one", "ann", "time", "Words that are not there."),
    ("P1", "one", "ann", "tme", "The money never comes."),
    ("P1", "four", "ann", "time", "The money never comes."),
]


def test_every_bad_row_is_told_and_nothing_is_imported(study: Study, tmp_path: Path) -> None:
    path = write(tmp_path / "codings.csv", TIME_1, BAD[0], MONEY_1, BAD[1], BAD[2])
    with pytest.raises(InputErrors) as caught:
        import_codings(study, path)
    lines = [problem.line for problem in caught.value.problems]
    assert [line.split(", ")[1].split(":")[0] for line in lines] == ["row 3", "row 5", "row 6"]
    assert "3 of 5 rows" in caught.value.line
    assert "Did you mean 'time'?" in lines[1]
    assert not any("Words that" in line for line in lines)
    assert stored(study) == set()


def test_bad_rows_can_be_skipped_and_are_still_told(study: Study, tmp_path: Path) -> None:
    path = write(tmp_path / "codings.csv", TIME_1, *BAD)
    report = import_codings(study, path, skip_bad=True)
    assert counts(report) == (1, 0, 0, 0)
    assert len(report.problems) == 3
    assert report.rows == report.added + len(report.problems)


def test_a_table_without_rows_is_an_error_and_removes_nothing(study: Study, tmp_path: Path) -> None:
    path = write(tmp_path / "codings.csv", TIME_1)
    import_codings(study, path)
    write(path)
    with pytest.raises(InputError, match="no rows"):
        import_codings(study, path)
    assert stored(study) == {TIME_1[1:]}


def test_a_coding_that_labels_nothing_is_stored_and_listed(study: Study, tmp_path: Path) -> None:
    question = ("", "one", "ann", "time", "Tell me.")
    report = import_codings(study, write(tmp_path / "codings.csv", TIME_1, question))
    assert [(c.transcript_id, c.span.start) for c in report.without_segment] == [("one", 0)]
    assert len(stored(study)) == 2


def test_read_in_full_covers_every_coded_transcript(study: Study, tmp_path: Path) -> None:
    path = write(tmp_path / "codings.csv", TIME_1, TIME_2)
    import_codings(study, path, read_in_full=True)
    assert study.codings.coverage() == [Coverage("one", "ann"), Coverage("two", "ann")]
    labels = hand_coding(study).labels
    assert sorted(len(label.themes) for label in labels.values()) == [0, 0, 1, 1]
    # Said no more, it holds no more.
    import_codings(study, path)
    assert study.codings.coverage() == []
    assert len(hand_coding(study).labels) == 2


def test_coverage_comes_from_a_table_and_is_replaced_by_it(study: Study, tmp_path: Path) -> None:
    header = ("transcript", "coder", "themes", "start", "end", "selection_probability")
    rows = [("one", "ann", "time;money", "", "", "0.5"), ("three", "ann", "", "", "", "")]
    path = write(tmp_path / "coverage.csv", *rows, header=header)
    report = import_codings(study, path)
    assert (report.covered, report.coverage_only) == (2, True)
    assert study.codings.coverage() == [
        Coverage("one", "ann", frozenset({"time", "money"}), None, 0.5),
        Coverage("three", "ann"),
    ]
    write(path, rows[1], header=header)
    import_codings(study, path)
    assert study.codings.coverage() == [Coverage("three", "ann")]


def test_a_transcript_read_and_found_empty_is_labelled(study: Study, tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", ("three",), header=("transcript",))
    import_codings(study, path, coder="ann")
    hand = hand_coding(study)
    assert hand.reference == ("ann",)
    names = {number: segment.name for number, segment in hand.segments}
    assert {names[n]: label for n, label in hand.labels.items()} == {
        "three:1": HandLabel(frozenset())
    }


def test_codings_and_coverage_of_one_coder_have_sources_of_their_own(
    study: Study, tmp_path: Path
) -> None:
    codings = write(tmp_path / "codings.csv", TIME_1)
    import_codings(study, write(tmp_path / "c.csv", ("one", "ann"), header=("transcript", "coder")))
    import_codings(study, codings)
    import_codings(study, codings)
    assert study.codings.coverage() == [Coverage("one", "ann")]
    assert stored(study) == {TIME_1[1:]}


def test_the_source_is_the_path_from_the_study(study: Study, tmp_path: Path) -> None:
    assert source_name(study, tmp_path / "codings.csv") == "../codings.csv"
    assert source_name(study, tmp_path / "study" / "in" / "c.csv") == "in/c.csv"


def test_several_coders_and_no_reference_is_an_error(study: Study, tmp_path: Path) -> None:
    import_codings(study, write(tmp_path / "codings.csv", TIME_1, BOB_1))
    with pytest.raises(StudyError, match="several coders"):
        hand_coding(study)
    assert hand_coding(study, ["bob"]).reference == ("bob",)


def test_an_empty_study_takes_no_codings(tmp_path: Path) -> None:
    path = write(tmp_path / "codings.csv", TIME_1)
    with (
        made_study(tmp_path / "empty", {}, codebook=themes("time")) as empty,
        pytest.raises(StudyError, match="no transcripts yet"),
    ):
        import_codings(empty, path)


def test_the_command_reports_each_row_and_what_changed(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    with made_study(folder, SCRIPTS, codebook=themes("time", "money")):
        pass
    question = ("", "one", "ann", "time", "Tell me.")
    path = write(tmp_path / "codings.csv", TIME_1, question, TIME_1, BAD[0])
    refused = ccgmine("import", path, "--study", folder)
    assert refused.code == 3
    assert "row 5" in refused.errors[0]
    assert "nothing was imported" in refused.errors[-1]
    done = ccgmine("import", path, "--skip-bad-rows", "--read-in-full", "--study", folder)
    assert done.code == 0
    assert done.out == ""
    assert (
        "codings.csv: 4 rows read: 2 codings added, 0 changed, 0 removed, 0 unchanged" in done.err
    )
    assert "1 rows skipped, 1 that repeat another row" in done.err
    assert "1 transcripts or passages read in full" in done.err
    assert "warning: codings.csv: 'time' by ann in 'one' at 0-8 labels no segment" in done.err
    assert "never end" not in done.err
