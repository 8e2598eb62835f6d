"""The methods paragraphs: facts of the study, places for the authors, nothing that was not done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccgmine.domain import Estimate, Group, PrevalenceRow, PrevalenceTable, Theme
from ccgmine.errors import StudyError
from ccgmine.report.facts import StudyFacts
from ccgmine.report.methods import methods_sheet, methods_text
from ccgmine.report.run_methods import gather_facts, methods_report
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study, open_study
from tests.building import code, made_study, themes
from tests.report.small_study import small_study

TABLE = PrevalenceTable(
    tuple(
        PrevalenceRow(
            theme=Theme(name.casefold(), name),
            scope="direct",
            group=Group(),
            participants=5,
            no_text=1,
            hand_coded=4,
            hand_with_theme=n,
            machine_with_theme=0,
            estimate=Estimate(n / 4, 0.1, 0.9, "hand coding; a method"),
            band=band,
        )
        for name, n, band in (("Meetings", 3, "predominant"), ("Money", 1, "minor to major"))
    ),
    (),
    ("Words: predominant from 50 %.", "Interval: a method's."),
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with small_study(tmp_path_factory.mktemp("small") / "study") as made:
        yield made


@pytest.fixture(scope="module")
def facts(study: Study) -> StudyFacts:
    # Versions change with every release; the rest is what the small study holds.
    return replace(gather_facts(study, table=TABLE), version="9.9", runs=())


def parts(sheet: Sheet) -> dict[str, str]:
    return {
        str(topic if part == "methods" else part): str(text) for part, topic, text in sheet.rows
    }


def test_the_text_is_as_approved(facts: StudyFacts, golden) -> None:
    golden("methods.md", methods_text(methods_sheet(facts)))


def test_facts_are_those_of_the_study(facts: StudyFacts) -> None:
    assert len(facts.sample) == 5
    assert facts.n_silent == 1
    assert facts.n_segments == 10
    assert (facts.n_full, facts.n_part, facts.n_read) == (4, 0, 8)
    assert facts.coders == (("ann", 3, 3),)
    assert facts.model is not None
    assert (facts.model.n_seen, facts.model.n_unread, facts.model.n_people_unread) == (10, 2, 1)
    assert (facts.model.n_learned, facts.model.n_themes) == (2, 3)
    assert facts.agreement == ()
    assert facts.selection is None


def test_words_and_rules_are_those_of_the_table(facts: StudyFacts) -> None:
    found = parts(methods_sheet(facts))
    assert "Words: predominant from 50 %. Interval: a method's." in found["prevalence"]
    assert "predominant: Meetings; minor to major: Money." in found["COREQ 31"]


def test_what_was_not_done_is_not_mentioned(tmp_path: Path) -> None:
    lines = {"one": ["A: Cost. |Fine."]}
    with made_study(tmp_path / "s", lines, codebook=themes("cost")) as study:
        code(study, "one", "Cost.", "cost")
        text = methods_text(methods_report(study))
    for word in ("classifier", "kappa", "probability", "Guest", "model", "Machine"):
        assert word not in text
    assert "Of nobody is it declared that everything they said was read" in text
    assert "COREQ" in text


def test_without_hand_coding_no_coder_is_claimed(tmp_path: Path) -> None:
    from tests.building import predict

    lines = {"one": ["A: Cost. |Fine."]}
    with made_study(tmp_path / "s", lines, codebook=themes("cost")) as study:
        predict(study, {"one:1": {"cost": 0.9}}, learned=["cost"])
        found = parts(methods_report(study, table=TABLE))
    assert "hand coding" not in found
    assert "COREQ 24" not in found
    assert "coded 2 of the 2 segments" in found["machine coding"]
    # The folder of this model is nowhere: its scores are left to the authors.
    assert "[to be written by the authors: its held-out scores" in found["machine coding"]


def test_earlier_versions_are_told(facts: StudyFacts) -> None:
    mixed = replace(facts, runs=(("ingest", "9.8"), ("import", "9.9")))
    assert "ccgmine 9.9 (ingest with version 9.8)." in parts(methods_sheet(mixed))["software"]


@pytest.mark.parametrize(
    ("least", "shown"),
    [
        pytest.param(0, "Site 1 GP 1, Site 2 GP 2, Site 2 Manager 1, Site 10 Manager 1.", id="all"),
        pytest.param(2, "GP 3, Manager 2.", id="types, where sites are too small"),
        pytest.param(4, "Some groups are too small to be told.", id="nothing"),
    ],
)
def test_small_groups_of_the_sample_are_not_told(facts: StudyFacts, least: int, shown: str) -> None:
    found = parts(methods_sheet(replace(facts, suppress_below=least)))
    assert found["COREQ 16"].startswith(f"{shown} [to be written")
    assert ("(GP 3, Manager 2)" in found["material"]) == (least <= 2)


def test_no_words_of_participants_are_in_it(facts: StudyFacts) -> None:
    text = methods_text(methods_sheet(facts))
    assert "meetings a week" not in text
    assert "Nothing to tell" not in text


def test_uncoded_and_empty_studies_are_refused(tmp_path: Path) -> None:
    with (
        made_study(tmp_path / "a", {}, codebook=themes("cost")) as study,
        pytest.raises(StudyError, match="empty"),
    ):
        methods_report(study)
    with (
        made_study(tmp_path / "b", {"one": ["A: Cost."]}, codebook=themes("cost")) as study,
        pytest.raises(StudyError, match="nothing is coded"),
    ):
        methods_report(study)


def test_scores_are_those_of_the_models_folder(read_only_sample_study: Path) -> None:
    report = json.loads((read_only_sample_study / "models/themes/report.json").read_text("utf-8"))
    first = report["themes"][0]
    with open_study(read_only_sample_study) as study:
        sheet = methods_report(study, table=TABLE)
    found = parts(sheet)
    scores = [row for row in sheet.rows if row[0] == "held-out scores"]
    assert len(scores) == len(report["themes"]) == 36
    assert scores[0][1] == first["label"]
    assert f"F1 {first['f1']['value']:.2f} ({first['f1']['low']:.2f} to" in str(scores[0][2])
    assert f"micro-F1 is {report['micro_f1']['value']:.2f}" in found["machine coding"]
    # From the sample's own tables: 24 of 42 hand coded, 12 of these by a second coder, too.
    assert "24 of the 42 participants (57 %)" in found["hand coding"]
    assert "coder1 and coder2 have both read 258 segments of 12 participants" in found["agreement"]
    assert "recorded (0.5 to 1)" in found["hand coding"]
    assert "Krippendorff's alpha 0.87" in found["agreement"]


def test_a_changed_model_folder_is_not_believed(sample_study: Path) -> None:
    path = sample_study / "models" / "themes" / "report.json"
    path.write_text(path.read_text("utf-8").replace('"n_folds": 8', '"n_folds": 9'), "utf-8")
    with open_study(sample_study) as study:
        found = parts(methods_report(study, table=TABLE))
    assert "held-out scores; the model's folder is not at hand" in found["machine coding"]


def test_where_small_figures_are_hidden_no_small_number_of_people_is_told(
    read_only_sample_study: Path,
) -> None:
    with open_study(read_only_sample_study) as study:
        told = methods_report(study, table=TABLE)
        facts = replace(gather_facts(study, table=TABLE, below=6), n_silent=3, n_part=2)
    assert any(row[0] == "held-out scores" for row in told.rows)
    found = parts(methods_sheet(facts))
    assert "held-out scores" not in found
    assert "scores by theme are not told" in found["machine coding"]
    assert "fewer than 6 participants without text" in found["COREQ 13"]
    assert "a part was read of fewer than 6 participants more" in found["hand coding"]
    assert found["COREQ 18"].startswith("Fewer than 6 participants with more than one transcript")


def test_words_of_hidden_figures_are_in_no_item(study: Study) -> None:
    gone = replace(TABLE.rows[1], band="", hidden=frozenset({"estimate"}))
    table = replace(TABLE, rows=(TABLE.rows[0], gone))
    told = parts(methods_report(study, table=table, suppress_below=2))["COREQ 31"]
    assert "Meetings" in told
    assert "Money" not in told
    assert "themes whose figure is hidden are left out" in told
