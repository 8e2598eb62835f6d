"""What the command line writes and tells of files of codings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ccgmine.cli.coding_files import EXPORTS, ExportChoices, export_what, import_told
from ccgmine.coding.codings import CodingRow
from ccgmine.coding.run import import_rows
from ccgmine.domain import Coverage
from ccgmine.errors import InputError, UsageError
from ccgmine.exchange.run_codings import CodingOptions
from ccgmine.prevalence.run_evidence import gather
from ccgmine.study import Study
from tests.building import add_coverage
from tests.exchange.coded import coded_study, said, write_csv


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with coded_study(tmp_path / "study") as made:
        yield made


@pytest.mark.parametrize("what", [w for w in EXPORTS if w != "spacy"])
def test_exports_go_to_standard_output(
    study: Study, capsysbinary: pytest.CaptureFixture[bytes], what: str
) -> None:
    export_what(study, what, ExportChoices())
    out = capsysbinary.readouterr().out
    assert out.endswith(b"\n")
    assert (b"caf\xc3\xa9" in out) == (what not in {"codings", "label-studio-config"})


def test_the_machines_codings_are_filled_in_and_read_back(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "check.csv"
    choices = ExportChoices(machine=True, themes=("time",), audit=1, output=path)
    export_what(study, "codings", choices)
    text = path.read_text("utf-8-sig")
    assert "random sample" in capsys.readouterr().err
    path.write_text(text.replace("\n,time", "\nyes,time", 1), "utf-8-sig")
    import_told(study, path, CodingOptions(coder="eve"), alone=True)
    told = capsys.readouterr().err
    assert "check.csv: 1 yes, 0 no, 0 another theme, 1 not decided, of 2 rows" in told
    assert "check.csv: 2 rows read: 1 codings added, 0 changed, 0 removed" in told
    assert {t for *_, t in said(study, "eve")} == {"time"}


def test_a_docbin_needs_a_file_and_other_words_are_refused(study: Study, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="DocBin needs a file"):
        export_what(study, "spacy", ExportChoices())
    export_what(study, "spacy", ExportChoices(output=tmp_path / "out.spacy"))
    assert (tmp_path / "out.spacy").stat().st_size > 100
    with pytest.raises(UsageError, match="'figures' cannot be exported"):
        export_what(study, "figures", ExportChoices())


def test_codings_that_label_nothing_and_skipped_rows_are_told(
    study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"Document name": "12", "Code": "Money", "Weight": "0", "Segment": quote}
        for quote in ("And you?", "nobody said so", "The money never comes.")
    ]
    path = write_csv(tmp_path / "maxqda.csv", rows)
    import_told(study, path, CodingOptions(coder="eve", skip_bad=True), alone=True)
    told = capsys.readouterr().err
    assert "read as MAXQDA coded segments" in told
    assert "row 3: the quote is not found" in told
    assert "labels no segment" in told
    assert "2 codings added" in told
    assert "not known whether they were read in full" in told


def test_a_passage_chosen_by_itself_says_nothing_of_how_its_person_was_chosen(
    study: Study,
) -> None:
    span = next(s.span for _, s in study.corpus.segments() if s.name == "talk:1")
    add_coverage(study, Coverage("talk", "ann", frozenset({"time"}), span, 0.25))
    assert np.isnan(gather(study, study.corpus.participants()).evidence.selection).all()
    add_coverage(study, Coverage("talk", "ann", None, None, 0.5))
    assert set(gather(study, study.corpus.participants()).evidence.selection) == {0.5}


def test_rows_made_by_a_program_are_placed_like_those_of_a_table(
    study: Study, tmp_path: Path
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("anything", "utf-8")
    row = CodingRow(2, "P2", "", "Money", "eve", "'The money never comes.")
    with pytest.raises(Exception, match="nothing was imported"):
        import_rows(study, path, [row])
    guarded = CodingRow(2, "P1", "", "Money", "eve", "'=We said money is short.")
    assert import_rows(study, path, [guarded]).added == 1


@pytest.mark.parametrize("words", ["text", "label"])
def test_words_and_labels_under_other_names_are_no_coverage(
    study: Study, tmp_path: Path, words: str
) -> None:
    row = {"transcript": "12", "start": "0", "end": "5", words: "Money"}
    path = write_csv(tmp_path / "passages.csv", [row])
    with pytest.raises(InputError, match="these columns are not known"):
        import_told(study, path, CodingOptions(coder="eve"), alone=True)
