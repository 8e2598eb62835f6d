"""Estimates of the sample study: possible, coherent, and near the answer key."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccgmine.domain import Estimate, PrevalenceRow, PrevalenceTable
from ccgmine.prevalence import evidence
from ccgmine.prevalence.counted import Counted
from ccgmine.prevalence.run import PrevalenceQuery, _stamp, difference_table, prevalence_table
from ccgmine.prevalence.table import MODEL_METHOD
from ccgmine.study import Study, open_study
from tests.conftest import CORPUS


@pytest.fixture
def study(read_only_sample_study: Path) -> Iterator[Study]:
    with open_study(read_only_sample_study) as opened:
        yield opened


@pytest.fixture
def table(study: Study) -> PrevalenceTable:
    return prevalence_table(study, PrevalenceQuery(cross=True))


def counts(row: PrevalenceRow) -> tuple[int, int, int]:
    assert row.participants is not None
    assert row.hand_coded is not None
    assert row.hand_with_theme is not None
    return row.participants, row.hand_coded, row.hand_with_theme


def test_a_report_after_classify_makes_nothing_anew(
    study: Study, table: PrevalenceTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("counts were made anew")

    monkeypatch.setattr(evidence, "count", refuse)
    assert prevalence_table(study, PrevalenceQuery(cross=True)) == table


def test_estimates_are_possible(table: PrevalenceTable) -> None:
    checked = 0
    for row in table.rows:
        if not isinstance(row.estimate, Estimate):
            continue
        e, (n, known, present) = row.estimate, counts(row)
        assert e.low - 1e-9 <= e.point <= e.high + 1e-9
        # Those known to have raised it, and those known not to have.
        assert e.low >= present / n - 1e-9
        assert e.high <= 1 - (known - present) / n + 1e-9
        assert row.band
        if row.words:
            assert sum(share for _, share in row.words) == pytest.approx(1)
        checked += e.method == MODEL_METHOD
    assert checked > 300


def test_families_are_nowhere_below_their_themes(study: Study, table: PrevalenceTable) -> None:
    cells = {(row.theme.theme_id, row.scope, row.group): row for row in table.rows}
    checked = 0
    for (theme, scope, group), whole in cells.items():
        if scope == "direct" or not isinstance(whole.estimate, Estimate):
            continue
        for below in study.codebook.with_children(theme):
            part = cells.get((below, "direct", group))
            # Where a theme is estimated without the model, the two rest on different evidence.
            if part is None or not part.words or not isinstance(part.estimate, Estimate):
                continue
            assert whole.estimate.point >= part.estimate.point - 1e-9
            assert whole.estimate.low >= part.estimate.low - 1e-9
            assert whole.estimate.high >= part.estimate.high - 1e-9
            checked += 1
    assert checked > 100


def test_draws_of_the_groups_add_up_to_the_whole(study: Study) -> None:
    content = study.tallies.find("counts", _stamp(study))
    assert content is not None
    counted = Counted.from_bytes(content)
    assert counted.modelled.sum() > 10
    overall = counted.draws[()][:, :, 0]
    for grouping in (("site",), ("respondent_type",), ("site", "respondent_type")):
        assert (counted.draws[grouping].sum(axis=2) == overall).all()


def test_hand_coded_alone_rest_on_no_model(study: Study) -> None:
    by_hand = prevalence_table(study, PrevalenceQuery(basis="hand"))
    for row in by_hand.rows:
        _, known, present = counts(row)
        assert not row.words
        if known:
            assert isinstance(row.estimate, Estimate)
            assert row.estimate.point == pytest.approx(present / known)
            assert "model" not in row.estimate.method


def test_most_intervals_hold_what_the_answer_key_says(table: PrevalenceTable) -> None:
    raised: dict[str, set[str]] = defaultdict(set)
    for name in ("codings.csv", "answer_key.csv"):
        with (CORPUS / name).open(encoding="utf-8-sig", newline="") as stream:
            for coding in csv.DictReader(stream):
                raised[coding["theme"]].add(coding["participant_id"])
    inside = []
    for row in table.rows:
        unsure = row.participants != row.hand_coded
        if row.group.values or row.scope != "direct" or not unsure:
            continue
        assert isinstance(row.estimate, Estimate)
        truth = len(raised[row.theme.theme_id]) / 42
        inside.append(row.estimate.low - 1e-9 <= truth <= row.estimate.high + 1e-9)
    # One split of one corpus is no simulation: the benchmarks say how often. This one is unlucky:
    # those left out speak of more, and Wilson's intervals of the hand coded miss five of 36 too.
    assert len(inside) >= 30
    assert sum(inside) >= 0.75 * len(inside)


def test_differences_agree_with_their_groups(study: Study, table: PrevalenceTable) -> None:
    cells = {(row.theme.theme_id, row.scope, row.group): row for row in table.rows}
    found = difference_table(study)
    assert len(found.rows) > 300
    for row in found.rows:
        if not isinstance(row.estimate, Estimate):
            continue
        e = row.estimate
        assert -1 <= e.low <= e.point <= e.high <= 1
        first, second = (
            cells[row.theme.theme_id, row.scope, group] for group in (row.first, row.second)
        )
        (n, known, present), (m, known_m, present_m) = counts(first), counts(second)
        # No more than if nobody else of the one, and everybody else of the other, had raised it.
        assert e.low >= present / n - (1 - (known_m - present_m) / m) - 1e-9
        assert e.high <= (1 - (known - present) / n) - present_m / m + 1e-9
