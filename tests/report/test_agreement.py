"""Agreement between coders: published examples, and what is undefined stays so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import Coverage
from ccgmine.errors import StudyError, UsageError
from ccgmine.report import kappas
from ccgmine.report.agreement import POOLED, landis_koch, mchugh
from ccgmine.report.run_agreement import agreement_report
from ccgmine.report.sheet import Sheet
from ccgmine.report.writers import render_text
from ccgmine.study import Study, open_study
from tests.building import add_coverage, code, made_study, themes


def table(both: int, first: int, second: int, neither: int) -> np.ndarray:
    return np.array([[neither, second], [first, both]], dtype=float)


def test_cohen_1960() -> None:
    # Two psychiatrists, 200 patients, three diagnoses; Cohen (1960), table 2: kappa .492.
    patients = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]], dtype=float)
    assert float(kappas.percent_agreement(patients)) == pytest.approx(0.70)
    assert float(kappas.cohen_kappa(patients)) == pytest.approx(0.492, abs=0.0005)


def test_gwet_2008_the_paradox() -> None:
    # 118 both positive, 5 and 2 one of them, none negative: 94 % agreement, kappa below 0.
    paradox = table(118, 5, 2, 0)
    assert float(kappas.percent_agreement(paradox)) == pytest.approx(0.944)
    assert float(kappas.cohen_kappa(paradox)) == pytest.approx(-0.0234, abs=5e-5)
    assert float(kappas.gwet_ac1(paradox)) == pytest.approx(0.9408, abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "kappa", "positive", "negative"),
    [
        pytest.param((40, 9, 6, 45), 0.70, 0.84, 0.86, id="balanced"),
        pytest.param((80, 10, 5, 5), 0.32, 0.91, 0.40, id="one-sided"),
    ],
)
def test_cicchetti_and_feinstein_1990(
    counts: tuple[int, int, int, int], kappa: float, positive: float, negative: float
) -> None:
    assert float(kappas.cohen_kappa(table(*counts))) == pytest.approx(kappa, abs=0.005)
    assert float(kappas.positive_agreement(table(*counts))) == pytest.approx(positive, abs=0.005)
    assert float(kappas.negative_agreement(table(*counts))) == pytest.approx(negative, abs=0.005)


KRIPPENDORFF = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


def test_krippendorff_four_observers_with_values_missing() -> None:
    # Krippendorff (2011), 12 units, values 1 to 5: nominal alpha .743.
    counts = np.array([[unit.count(v) for v in range(1, 6)] for unit in zip(*KRIPPENDORFF)])  # noqa: B905
    disagreements, totals = kappas.coincidences(counts.astype(float))
    assert float(kappas.alpha(disagreements.sum(), totals.sum(axis=0))) == pytest.approx(
        0.743, abs=0.0005
    )


def test_krippendorff_two_observers() -> None:
    # Krippendorff (2011), ten units, two observers, 0 or 1: alpha .095.
    first = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    pairs = list(zip(first, second, strict=True))
    counts = table(*(pairs.count(x) for x in ((1, 1), (1, 0), (0, 1), (0, 0))))
    assert float(kappas.pair_alpha(counts)) == pytest.approx(0.095, abs=0.0005)


@pytest.mark.parametrize(
    ("counts", "undefined"),
    [
        pytest.param(
            (0, 0, 0, 9), {"kappa", "positive_agreement", "alpha"}, id="a theme nobody coded"
        ),
        pytest.param((9, 0, 0, 0), {"kappa", "negative_agreement", "alpha"}, id="coded throughout"),
        pytest.param((0, 0, 0, 0), set(kappas.STATISTICS), id="nothing read by both"),
    ],
)
def test_what_is_undefined_is_nan(counts: tuple[int, ...], undefined: set[str]) -> None:
    found = {n for n, f in kappas.STATISTICS.items() if math.isnan(float(f(table(*counts))))}
    assert found == undefined


COUNTS = st.tuples(*[st.integers(0, 40)] * 4)


@given(COUNTS)
def test_it_does_not_matter_who_is_first(counts: tuple[int, int, int, int]) -> None:
    both, first, second, neither = counts
    for statistic in kappas.STATISTICS.values():
        one, other = table(*counts), table(both, second, first, neither)
        np.testing.assert_allclose(statistic(one), statistic(other))


@given(COUNTS)
def test_figures_stay_in_their_range_and_agreement_is_1(counts: tuple[int, ...]) -> None:
    for statistic in kappas.STATISTICS.values():
        value = float(statistic(table(*counts)))
        assert math.isnan(value) or -1 - 1e-9 <= value <= 1 + 1e-9
    same = table(counts[0] + 1, 0, 0, counts[3] + 1)
    assert [float(f(same)) for f in kappas.STATISTICS.values()] == pytest.approx([1] * 6)


def test_intervals_respect_participants() -> None:
    rng = np.random.default_rng(1)
    people = rng.multinomial(12, [0.3, 0.1, 0.1, 0.5], size=20).reshape(20, 2, 2).astype(float)
    draws = kappas.resample(people, 4000, 0)
    assert draws.sum(axis=(1, 2)).tolist() == [240.0] * 4000
    assert draws.mean(axis=0) == pytest.approx(people.sum(axis=0), rel=0.02)
    once = kappas.bootstrap_interval(kappas.cohen_kappa(draws), 20)
    # The same words said ten times over by the same people are no more evidence.
    again = kappas.bootstrap_interval(kappas.cohen_kappa(kappas.resample(people * 10, 4000, 0)), 20)
    assert once == pytest.approx(again)
    assert once is not None
    assert once[0] < float(kappas.cohen_kappa(people.sum(axis=0))) < once[1]


def test_an_interval_covers_what_it_should() -> None:
    rng = np.random.default_rng(7)
    hits, rounds = 0, 300
    for _ in range(rounds):
        share = rng.beta(8, 2, size=12)
        same = rng.binomial(15, share)
        people = np.zeros((12, 2, 2))
        people[:, 1, 1], people[:, 1, 0] = same, 15 - same
        values = kappas.percent_agreement(kappas.resample(people, 600, 0))
        interval = kappas.bootstrap_interval(values, 12)
        assert interval is not None
        hits += interval[0] <= 0.8 <= interval[1]
    assert 0.90 <= hits / rounds <= 0.99


@pytest.mark.parametrize(
    ("values", "people"),
    [
        pytest.param([0.5, 0.6, 0.7] * 10, 2, id="two participants"),
        pytest.param([1.0] * 30, 10, id="the same in every draw"),
        pytest.param([float("nan")] * 10 + [0.5, 0.6] * 10, 10, id="often undefined"),
    ],
)
def test_no_interval_where_the_draws_say_nothing(values: list[float], people: int) -> None:
    assert kappas.bootstrap_interval(np.array(values), people) is None


@pytest.mark.parametrize(
    ("kappa", "landis", "hugh"),
    [
        (-0.1, "poor", "none"),
        (0.2, "slight", "none"),
        (0.39, "fair", "minimal"),
        (0.4, "fair", "weak"),
        (0.6, "moderate", "moderate"),
        (0.8, "substantial", "strong"),
        (0.9, "almost perfect", "strong"),
        (0.91, "almost perfect", "almost perfect"),
    ],
)
def test_words_have_the_cut_points_of_their_authors(kappa: float, landis: str, hugh: str) -> None:
    assert (landis_koch(kappa), mchugh(kappa)) == (landis, hugh)


LINES = {
    "one": ["A: Cost. |Time. |Fine."],
    "two": ["B: Cost. |Time. |Fine."],
    "three": ["C: Cost again. |Fine."],
    "four": ["D: Cost here."],
}


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """Ann and Bob read one and two in full; of three Bob read only for time, of four nothing."""
    with made_study(tmp_path / "s", LINES, codebook=themes("cost", "time", "luck")) as made:
        for transcript in ("one", "two", "three"):
            code(made, transcript, "Cost", "cost", "ann")
        code(made, "one", "Cost.", "cost", "bob")
        code(made, "two", "Time.", "cost", "bob")
        code(made, "one", "Time.", "time", "bob")
        add_coverage(
            made,
            *(Coverage(t, "ann") for t in ("one", "two", "three", "four")),
            *(Coverage(t, "bob") for t in ("one", "two")),
            Coverage("three", "bob", frozenset({"time"})),
        )
        yield made


def rows(sheet: Sheet) -> dict[object, dict[str, object]]:
    found = [dict(zip(sheet.columns, r, strict=True)) for r in sheet.rows]
    return {(r["theme"], r["coder_a"], r["coder_b"]): r for r in found}


def test_only_what_both_read_in_full_counts(study: Study) -> None:
    found = rows(agreement_report(study, n_resamples=50))
    cost = found["cost", "ann", "bob"]
    counts = ("units", "participants", "positive_a", "positive_b", "positive_both")
    assert [cost[name] for name in counts] == [6, 2, 2, 2, 1]
    # po = 4/6, pe = (2 x 2 + 4 x 4) / 36
    assert cost["kappa"] == pytest.approx((4 / 6 - 20 / 36) / (1 - 20 / 36), abs=1e-4)
    assert cost["positive_agreement"] == pytest.approx(0.5)
    assert [found["time", "ann", "bob"][name] for name in counts] == [8, 3, 0, 1, 0]
    pooled = found[POOLED, "ann", "bob"]
    assert [pooled[name] for name in counts] == [20, 3, 2, 3, 1]
    assert pooled["unit"] == "segment x theme"


def test_undefined_is_a_word_and_no_zero(study: Study) -> None:
    luck = rows(agreement_report(study, n_resamples=50))["luck", "ann", "bob"]
    assert luck["percent_agreement"] == 1.0
    assert {luck[name] for name in ("kappa", "positive_agreement", "alpha")} == {"undefined"}
    assert luck["percent_agreement_low"] == "undefined"


def test_kappa_gets_words_only_when_asked(study: Study) -> None:
    assert "kappa_in_words" not in agreement_report(study, n_resamples=50).columns
    sheet = agreement_report(study, n_resamples=50, words="mchugh")
    found = rows(sheet)
    assert found["cost", "ann", "bob"]["kappa_in_words"] == "minimal"
    assert found["luck", "ann", "bob"]["kappa_in_words"] == "undefined"
    with pytest.raises(UsageError, match="no words for kappa"):
        agreement_report(study, words="fleiss")


def test_with_three_coders_there_is_alpha_of_all(study: Study) -> None:
    code(study, "one", "Cost.", "cost", "cleo")
    add_coverage(study, Coverage("one", "cleo"), source="more.csv")
    found = rows(agreement_report(study, n_resamples=50, themes=["cost"]))
    assert {key[1:] for key in found} == {  # type: ignore[index]
        ("ann", "bob"),
        ("ann", "cleo"),
        ("bob", "cleo"),
        ("all 3 coders", ""),
    }
    together = found["cost", "all 3 coders", ""]
    # Six units: three judged by three, three by two; two of the latter are disagreed on. 15
    # values, 5 of them positive: 1 - 14 x 2 / (5 x 10).
    assert together["units"] == 6
    assert together["alpha"] == pytest.approx(1 - 14 * 2 / 50, abs=1e-4)
    assert together["kappa"] is None


@pytest.mark.parametrize(
    ("coders", "message"),
    [
        pytest.param(["ann", "eve"], "no coder 'eve'", id="nobody of that name"),
        pytest.param(["ann"], "between two coders", id="one alone"),
        pytest.param(["ann", "ann"], "between two coders", id="one twice"),
    ],
)
def test_coders_that_cannot_be_compared(study: Study, coders: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        agreement_report(study, coders)


def test_without_text_that_both_read_there_is_nothing_to_compare(tmp_path: Path) -> None:
    with made_study(tmp_path / "s", LINES, codebook=themes("cost")) as study:
        code(study, "one", "Cost", "cost", "ann")
        code(study, "one", "Cost.", "cost", "bob")
        with pytest.raises(StudyError, match="no two coders"):
            agreement_report(study)


def test_the_sample_is_as_approved(read_only_sample_study: Path, golden) -> None:
    with open_study(read_only_sample_study) as study:
        sheet = agreement_report(study, n_resamples=500)
    golden("agreement.csv", render_text(sheet, "csv"))
