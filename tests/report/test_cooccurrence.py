"""Themes that go together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.domain import Theme
from ccgmine.errors import StudyError, UsageError
from ccgmine.report.cooccurrence import Pair, Unit, count_pairs, square_sheet
from ccgmine.report.run_views import cooccurrence_report
from ccgmine.report.sheet import Sheet
from ccgmine.report.writers import render_text
from ccgmine.study import Study, open_study
from tests.building import code, made_study, themes
from tests.report.small_study import small_study

THEMES = ["a", "b", "c"]
SOME = st.frozensets(st.sampled_from(THEMES))
UNITS = st.lists(st.builds(Unit, SOME, st.none() | SOME), max_size=30)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with small_study(tmp_path_factory.mktemp("small") / "study") as made:
        yield made


def row(sheet: Sheet, a: str, b: str, coded_by: str = "hand") -> dict[str, object]:
    rows = [dict(zip(sheet.columns, r, strict=True)) for r in sheet.rows]
    (found,) = [r for r in rows if (r["theme_a"], r["theme_b"], r["coded_by"]) == (a, b, coded_by)]
    return found


def test_measures_of_a_table_worked_out_by_hand() -> None:
    # 10 units: 4 with a, 5 with b, 3 with both.
    pair = Pair(n_both=3, n_first=4, n_second=5, n_units=10)
    assert pair.jaccard == pytest.approx(3 / 6)
    assert pair.lift == pytest.approx(30 / 20)
    # (3 x 4 - 1 x 2) / sqrt(4 x 6 x 5 x 5), from the four cells 3, 1, 2, 4
    assert pair.phi == pytest.approx(10 / math.sqrt(600))


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(Pair(0, 0, 0, 9), id="neither theme"),
        pytest.param(Pair(0, 0, 3, 9), id="one theme alone"),
        pytest.param(Pair(9, 9, 9, 9), id="both everywhere"),
        pytest.param(Pair(0, 0, 0, 0), id="nothing looked at"),
    ],
)
def test_what_is_undefined_is_no_number(pair: Pair) -> None:
    assert pair.phi is None
    assert 0 not in (pair.lift, pair.phi)


@given(UNITS)
def test_counts_are_those_of_a_loop_and_the_same_both_ways_round(units: list[Unit]) -> None:
    found = count_pairs(units, THEMES)
    for a in THEMES:
        for b in THEMES:
            seen = [u for u in units if u.looked_for is None or {a, b} <= u.looked_for]
            pair = found[a, b]
            assert pair.n_units == len(seen)
            assert pair.n_both == sum({a, b} <= u.themes for u in seen)
            assert pair.n_first == sum(a in u.themes for u in seen)
            other = found[b, a]
            assert (pair.n_both, pair.n_first) == (other.n_both, other.n_second)
            assert (pair.jaccard, pair.phi, pair.lift) == (other.jaccard, other.phi, other.lift)


@given(UNITS)
def test_phi_stays_in_its_range(units: list[Unit]) -> None:
    phis = [pair.phi for pair in count_pairs(units, THEMES).values()]
    assert all(phi is None or -1 - 1e-9 <= phi <= 1 + 1e-9 for phi in phis)


def test_segments_that_nobody_has_read_do_not_count(study: Study) -> None:
    found = row(cooccurrence_report(study), "meetings", "money")
    # 3 of GP 1, 2 of GP 2 and 3 in the group; manager 5 was left to the machine.
    assert [found[n] for n in ("n_both", "n_a", "n_b", "n_units")] == [0, 4, 1, 8]
    assert found["jaccard"] == 0
    assert row(cooccurrence_report(study), "travel", "money")["phi"] is None


def test_a_participant_counts_once(study: Study) -> None:
    found = row(cooccurrence_report(study, unit="participant"), "meetings", "money")
    assert [found[n] for n in ("n_both", "n_a", "n_b", "n_units")] == [1, 3, 1, 4]
    assert found["jaccard"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["lift"] == pytest.approx(4 / 3, abs=1e-4)


def test_who_was_not_asked_of_a_theme_counts_for_no_pair_with_it(study: Study) -> None:
    money = next(t for t in study.codebook if t.theme_id == "money")
    object.__setattr__(money, "asked_of", ("GP",))
    try:
        sheet = cooccurrence_report(study, unit="participant")
        found = row(sheet, "meetings", "money")
        assert [found[n] for n in ("n_both", "n_a", "n_b", "n_units")] == [1, 2, 1, 3]
        assert row(sheet, "meetings", "travel")["n_units"] == 4
    finally:
        object.__setattr__(money, "asked_of", ())


def test_machine_pairs_are_labelled_and_only_of_what_it_learned(study: Study) -> None:
    sheet = cooccurrence_report(study, machine=True, unit="participant")
    assert row(sheet, "meetings", "money", "machine")["n_units"] == 1
    with pytest.raises(ValueError, match="not enough values"):
        row(sheet, "meetings", "travel", "machine")
    segments = row(cooccurrence_report(study, machine=True), "meetings", "money", "machine")
    assert [segments[n] for n in ("n_both", "n_a", "n_b", "n_units")] == [0, 2, 0, 2]


def test_the_square_has_each_themes_own_units_on_its_diagonal(study: Study) -> None:
    sheet = cooccurrence_report(study, unit="participant", wide=True)
    assert sheet.columns == ("theme", "meetings", "travel", "money")
    assert sheet.rows == (("meetings", 3, 0, 1), ("travel", 0, 0, 0), ("money", 1, 0, 1))
    jaccard = cooccurrence_report(study, unit="participant", wide=True, measure="jaccard")
    assert [r[1] for r in jaccard.rows] == [None, 0.0, 0.3333]


def test_a_square_is_empty_where_nothing_is_known() -> None:
    a, b = Theme("a"), Theme("b")
    sheet = square_sheet({("a", "a"): Pair(1, 1, 1, 2)}, [a, b], "n_both", "machine", ())
    assert sheet.rows == (("a", 1, None), ("b", None, None))


def test_without_coverage_there_is_an_error_not_a_table_of_coded_text_alone(
    tmp_path: Path,
) -> None:
    lines = {"one": ["A: Cost and time."]}
    with made_study(tmp_path / "s", lines, codebook=themes("cost", "time")) as study:
        code(study, "one", "Cost", "cost")
        with pytest.raises(StudyError, match="hand coded in full"):
            cooccurrence_report(study)


@pytest.mark.parametrize("wrong", [{"unit": "word"}, {"measure": "p"}, {"themes": ["x"]}])
def test_what_is_not_there_is_told(study: Study, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        cooccurrence_report(study, **wrong)  # type: ignore[arg-type]


def test_the_sample_is_as_approved(read_only_sample_study: Path, golden) -> None:
    with open_study(read_only_sample_study) as study:
        pairs = cooccurrence_report(study, themes=["ccg_role"])
        square = cooccurrence_report(study, unit="participant", wide=True)
    golden("cooccurrence.csv", render_text(pairs, "csv"))
    golden("cooccurrence-square.csv", render_text(square, "csv"))
