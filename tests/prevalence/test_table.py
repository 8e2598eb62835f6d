"""From counts and draws made by hand to rows whose every figure is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.bands import DEFAULT, PRESETS, Band
from ccgmine.domain import Codebook, Estimate, Group, PrevalenceRow, Theme, WhyNot
from ccgmine.prevalence.counted import Counted
from ccgmine.prevalence.evidence import Line
from ccgmine.prevalence.table import (
    CENSUS_METHOD,
    HAND_METHOD,
    MACHINE_METHOD,
    MODEL_METHOD,
    Basis,
    TableOptions,
    rows,
    with_verdicts,
)
from tests.prevalence.invented import counted

THEMES = {name: Theme(name) for name in "abcde"}


def line(theme: str, *below: str) -> Line:
    scope = "with_children" if below else "direct"
    return Line(THEMES[theme], scope, frozenset(below or theme))


def table(
    made: Counted,
    *the_lines: Line,
    bands: tuple[Band, ...] = DEFAULT,
    basis: Basis = Basis.MODEL,
    level: float = 0.95,
) -> dict[tuple[str, str], PrevalenceRow]:
    """Rows by ``theme scope`` and site; "" is everybody."""
    options = TableOptions(attributes=("site",), cross=False, level=level, bands=bands, basis=basis)
    found = rows([made], the_lines, options)
    assert len(found) == len(the_lines) * (1 + len(made.groups["site",]))
    return {
        (f"{row.theme.theme_id} {row.scope}", dict(row.group.values).get("site", "")): row
        for row in found
    }


def repeat(**times: int) -> list[int]:
    """Draws: ``_3=50`` is fifty draws of 3."""
    return [int(name[1:]) for name, n in times.items() for _ in range(n)]


# --- method --------------------------------------------------------------------------------

A = ("a direct", "S")


def test_hand_coding_and_model_together() -> None:
    draws = repeat(_4=400, _5=600)
    made = counted([("a", "direct")], {"S": {"n": 10, "known": 6}},
                   draws={"a direct": {"S": draws}}, present={A: 3})  # fmt: skip
    row = table(made, line("a"))[A]
    assert row.estimate == Estimate(0.5, 0.4, 0.5, MODEL_METHOD, 0.95)
    assert (row.participants, row.hand_coded, row.hand_with_theme) == (10, 6, 3)
    assert row.machine_with_theme == 0
    assert row.words == (
        ("predominant", 0.6), ("major", 0.4), ("minor", 0.0), ("not raised", 0.0),
    )  # fmt: skip
    assert row.band == "major to predominant"


def test_hand_coding_alone_where_the_model_says_nothing() -> None:
    made = counted([("a", "direct")], {"S": {"n": 200, "known": 10}}, present={A: 5})
    row = table(made, line("a"))[A]
    assert isinstance(row.estimate, Estimate)
    assert row.estimate.method == HAND_METHOD
    assert row.estimate.point == 0.5
    # Wilson 1927 at 10 (200 - 1) / (200 - 10) people, worked apart: z = 1.959964.
    n, z = 10 * 199 / 190, 1.959964
    half = z * math.sqrt(0.25 / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # Widened to whole people of 200.
    assert row.estimate.low == math.floor((0.5 - half) * 200) / 200 == 0.24
    assert row.estimate.high == math.ceil((0.5 + half) * 200) / 200 == 0.76
    assert row.machine_with_theme is None
    assert row.words == ()


def test_everybody_hand_coded_is_exact_with_and_without_a_model() -> None:
    for draws in (None, {"a direct": {"S": [3] * 100}}):
        made = counted([("a", "direct")], {"S": {"n": 12, "known": 12}}, draws=draws,
                       present={A: 3})  # fmt: skip
        row = table(made, line("a"))[A]
        assert row.estimate == Estimate(0.25, 0.25, 0.25, CENSUS_METHOD, 0.95)
        assert row.band == "major"


def test_on_request_the_hand_codings_alone() -> None:
    made = counted([("a", "direct")], {"S": {"n": 10, "known": 6}},
                   draws={"a direct": {"S": [9] * 100}}, present={A: 3})  # fmt: skip
    row = table(made, line("a"), basis=Basis.HAND)[A]
    assert isinstance(row.estimate, Estimate)
    assert (row.estimate.point, row.estimate.method) == (0.5, HAND_METHOD)
    assert row.words == ()


def test_on_request_machine_counts_which_are_no_estimate_and_get_no_word() -> None:
    made = counted([("a", "direct")], {"S": {"n": 10, "known": 6}},
                   draws={"a direct": {"S": [9] * 100}}, present={A: 3})  # fmt: skip
    made.counts["site",][5] = 2
    row = table(made, line("a"), basis=Basis.MACHINE)[A]
    assert isinstance(row.estimate, Estimate)
    assert row.estimate.point == 0.5
    assert math.isnan(row.estimate.low)
    assert math.isnan(row.estimate.high)
    assert row.estimate.method == MACHINE_METHOD
    assert (row.band, row.words, row.commonest) == ("", (), False)


@pytest.mark.parametrize("basis", list(Basis))
def test_a_group_with_nobody_has_a_reason(basis: Basis) -> None:
    cells = {"S": {"n": 20, "known": 12}, "T": {"n": 0}, "U": {"n": 0}}
    draws = {"S": [5] * 100, "T": [0] * 100, "U": [0] * 100}
    made = counted([("a", "direct")], cells, draws={"a direct": draws})
    made.counts["site",][2, 2] = 4
    found = table(made, line("a"), basis=basis)
    assert found["a direct", "T"].estimate == WhyNot("nobody in the group has text")
    assert found["a direct", "U"].estimate == WhyNot("nobody in the group was asked")
    assert found["a direct", "U"].not_asked == 4
    assert found["a direct", "T"].band == ""


def test_a_group_where_nobody_is_hand_coded_has_an_estimate_only_from_a_model() -> None:
    cells = {"S": {"n": 20, "known": 12}, "T": {"n": 5, "known": 0}}
    drawn = {"a direct": {"S": [5] * 100, "T": [2] * 100}}
    with_model = table(counted([("a", "direct")], cells, draws=drawn), line("a"))
    assert isinstance(with_model["a direct", "T"].estimate, Estimate)
    without = table(counted([("a", "direct")], cells), line("a"))
    reason = WhyNot("nobody in the group is hand coded in full")
    assert without["a direct", "T"].estimate == reason


# --- words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        # Of 20: 100 draws of 1, 300 of 4, 500 of 12 and 100 of 19.
        pytest.param(
            "predominant-major-minor",
            {"predominant": 0.6, "major": 0.0, "minor": 0.4, "not raised": 0.0},
            id="shares",
        ),
        pytest.param(
            "cqr-over-15",
            {
                "general": 0.1, "typical": 0.5, "variant": 0.3, "rare": 0.0, "single case": 0.1,
                "not raised": 0.0,
            },
            id="numbers of cases",
        ),
    ],
)  # fmt: skip
def test_the_probability_of_every_word(preset: str, expected: dict[str, float]) -> None:
    draws = repeat(_1=100, _4=300, _12=500, _19=100)
    made = counted([("a", "direct")], {"S": {"n": 20, "known": 1}},
                   draws={"a direct": {"S": draws}})  # fmt: skip
    row = table(made, line("a"), bands=PRESETS[preset])[A]
    assert list(dict(row.words)) == list(expected)
    assert dict(row.words) == pytest.approx(expected)


@given(
    st.lists(st.integers(0, 14), min_size=1, max_size=5),
    st.sampled_from(["predominant-major-minor", "cqr", "commonest"]),
    st.sampled_from([0.8, 0.95]),
)
def test_words_and_their_probabilities_agree(chosen: list[int], preset: str, level: float) -> None:
    rng = np.random.default_rng(len(chosen))
    lines = [("a", "direct"), ("b", "direct"), ("c", "direct")]
    draws = {
        f"{name} direct": {"S": rng.choice(chosen, 400).tolist()} for name, _ in lines
    }  # fmt: skip
    made = counted(lines, {"S": {"n": 14, "known": 0}}, draws=draws)
    bands = PRESETS[preset]
    order = ["not raised", *(band.name for band in reversed(bands))]
    for row in table(made, line("a"), line("b"), line("c"), bands=bands, level=level).values():
        shares = dict(row.words)
        assert sum(shares.values()) == pytest.approx(1)
        assert set(shares) == set(order)
        ends = row.band.split(" to ")
        inside = order[order.index(ends[0]) : order.index(ends[-1]) + 1]
        # A total at an end of the interval is taken in once seven tenths of its probability are
        # needed, so that no more than three times the rest is left out.
        held = sum(shares[name] for name in inside)
        assert held >= 1 - 3 * (1 - level)
        if len(ends) == 1:
            assert max(shares, key=lambda name: shares[name]) == row.band


def test_words_by_rank_count_the_draws_in_which_a_theme_leads() -> None:
    draws = {
        # In 30 of 100 draws a leads, in 60 b does, in 10 they tie at the top; c is third.
        "a direct": {"S": repeat(_9=30, _5=60, _7=10)},
        "b direct": {"S": repeat(_8=30, _6=60, _7=10)},
        "c direct": {"S": repeat(_1=90, _0=10)},
    }
    lines = [("a", "direct"), ("b", "direct"), ("c", "direct")]
    made = counted(lines, {"S": {"n": 10, "known": 0}}, draws=draws)
    bands = PRESETS["commonest"]
    found = table(made, line("a"), line("b"), line("c"), bands=bands)
    of_a, of_b, of_c = (dict(found[f"{name} direct", "S"].words) for name in "abc")
    assert of_a == pytest.approx({"predominant": 0.4, "major": 0.6, "minor": 0, "not raised": 0})
    assert of_b == pytest.approx({"predominant": 0.7, "major": 0.3, "minor": 0, "not raised": 0})
    assert of_c == pytest.approx({"predominant": 0, "major": 0.9, "minor": 0, "not raised": 0.1})
    assert found["a direct", "S"].band == "major to predominant"
    assert found["c direct", "S"].band == "not raised to major"


def test_words_by_rank_without_a_model_go_by_the_hand_codings_and_have_no_probability() -> None:
    lines = [(name, "direct") for name in "abc"]
    made = counted(lines, {"S": {"n": 10, "known": 8}},
                   present={("a direct", "S"): 5, ("b direct", "S"): 2})  # fmt: skip
    found = table(made, *(line(name) for name in "abc"), bands=PRESETS["commonest"])
    assert [found[f"{name} direct", "S"].band for name in "abc"] == [
        "predominant", "major", "not raised",
    ]  # fmt: skip
    assert all(row.words == () for row in found.values())


def test_families_are_ranked_among_families_and_as_unsure_as_their_draws() -> None:
    """Lifting a family to its themes must not make certain which of two families leads."""
    rng = np.random.default_rng(4)
    mostly = {name: rng.integers(3, 9, 1000) for name in ("a", "c")}
    draws = {
        "a with_children": {"S": mostly["a"].tolist()},
        "b direct": {"S": [1] * 1000},
        "c with_children": {"S": mostly["c"].tolist()},
        "d direct": {"S": [1] * 1000},
    }
    lines = [tuple(name.split()) for name in draws]
    made = counted(lines, {"S": {"n": 10, "known": 0}}, draws=draws)  # type: ignore[arg-type]
    found = table(made, line("a", "a", "b"), line("b"), line("c", "c", "d"), line("d"),
                  bands=PRESETS["commonest"])  # fmt: skip
    leads = float((mostly["a"] >= mostly["c"]).mean())
    assert 0.5 < leads < 0.7
    assert dict(found["a with_children", "S"].words)["predominant"] == pytest.approx(leads)
    assert dict(found["b direct", "S"].words)["predominant"] == 1


# --- the commonest theme -------------------------------------------------------------------


def marked(found: dict[tuple[str, str], PrevalenceRow], site: str) -> set[str]:
    return {name for (name, at), row in found.items() if at == site and row.commonest}


def test_the_commonest_direct_theme_of_every_group_is_marked_with_all_that_tie() -> None:
    lines = [("a", "direct"), ("a", "with_children"), ("b", "direct"), ("c", "direct")]
    made = counted(
        lines,
        {
            "S": {"n": 10, "known": 10}, "T": {"n": 5, "known": 5}, "U": {"n": 4, "known": 4},
            "V": {"n": 1, "known": 1},
        },
        present={
            ("a direct", "S"): 2, ("a with_children", "S"): 5, ("b direct", "S"): 3,
            ("c direct", "S"): 3, ("a direct", "T"): 4, ("a with_children", "T"): 4,
            ("b direct", "T"): 1, ("b direct", "V"): 1,
        },
    )  # fmt: skip
    found = table(made, line("a"), line("a", "a", "b"), line("b"), line("c"))
    assert marked(found, "S") == {"b direct", "c direct"}
    assert marked(found, "T") == {"a direct"}
    # Where nobody raised anything, no theme is the commonest.
    assert marked(found, "U") == set()
    # Nor where there is one person.
    assert marked(found, "V") == set()
    assert marked(found, "") == {"a direct"}


# --- families ------------------------------------------------------------------------------


@given(st.integers(0, 60))
def test_a_family_is_never_below_any_of_its_themes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    centre = rng.integers(1, 9, 5)
    names = ["a with_children", "b with_children", "b direct", "c direct", "d direct"]
    draws = {
        name: {
            site: np.clip(rng.integers(-3, 4, 60) + centre[i] - at, 0, 10).tolist()
            for at, site in enumerate("ST")
        }
        for i, name in enumerate(names)
    }
    lines = [tuple(name.split()) for name in names]
    cells = {site: {"n": 10, "known": 0} for site in "ST"}
    made = counted(lines, cells, draws=draws)  # type: ignore[arg-type]
    # a: b, c, d; and b: b, c.
    found = table(made, line("a", "b", "c", "d"), line("b", "b", "c"), line("b"), line("c"),
                  line("d"))  # fmt: skip
    below = {"a with_children": names[1:], "b with_children": ["b direct", "c direct"]}
    for family, members in below.items():
        for site in ("", "S", "T"):
            whole, parts = found[family, site], [found[name, site] for name in members]
            for part in parts:
                assert isinstance(whole.estimate, Estimate)
                assert isinstance(part.estimate, Estimate)
                assert whole.estimate.point >= part.estimate.point - 1e-12
                assert whole.estimate.low >= part.estimate.low - 1e-12
                assert whole.estimate.high >= part.estimate.high - 1e-12
                for upto in range(1, 5):
                    # At least so many words from the top.
                    one, other = (
                        sum(share for _, share in row.words[:upto]) for row in (whole, part)
                    )
                    assert one >= other - 1e-12


def test_a_line_is_found_whatever_the_order_of_the_codebook() -> None:
    lines = [("a", "direct"), ("b", "direct")]
    draws = {"a direct": {"S": [2] * 50}, "b direct": {"S": [6] * 50}}
    made = counted(lines, {"S": {"n": 10, "known": 0}}, draws=draws)
    found = table(made, line("b"), line("a"))
    assert list(found) == [
        ("b direct", ""), ("b direct", "S"), ("a direct", ""), ("a direct", "S"),
    ]  # fmt: skip
    points = {key: row.estimate.point for key, row in found.items()
              if isinstance(row.estimate, Estimate)}  # fmt: skip
    assert (points["a direct", "S"], points["b direct", "S"]) == (0.2, 0.6)


def test_the_first_counts_that_have_a_grouping_serve_it() -> None:
    """A participant of two waves is one person overall, whatever the waves' counts say."""
    people = counted([("a", "direct")], {"S": {"n": 6, "known": 6}}, present={A: 3})
    talk = counted([("a", "direct")], {"S": {"n": 9, "known": 9}}, present={A: 3})
    only_overall = {(): people.groups[()]}
    from dataclasses import replace

    people = replace(people, groups=only_overall)
    options = TableOptions(attributes=("site",), cross=False, level=0.95, bands=DEFAULT)
    found = rows([people, talk], [line("a")], options)
    assert [(row.group, row.participants) for row in found] == [
        (Group(), 6),
        (Group((("site", "S"),)), 9),
    ]


def test_nothing_gives_no_rows() -> None:
    made = counted([], {"S": {"n": 3, "known": 3}})
    assert table(made) == {}
    assert Codebook().coded == ()


def test_a_verdict_stands_only_where_the_estimate_rests_on_the_model() -> None:
    def cell(scope: str, estimate: Estimate | WhyNot) -> PrevalenceRow:
        return PrevalenceRow(
            theme=Theme("t"), scope=scope, group=Group(), participants=4, no_text=0, hand_coded=2,
            hand_with_theme=1, machine_with_theme=1, estimate=estimate, band="",
        )  # fmt: skip

    of_model, of_hand = (Estimate(0.5, 0.2, 0.7, how) for how in (MODEL_METHOD, HAND_METHOD))
    rows_ = [
        cell("direct", of_model), cell("with_children", of_model), cell("direct", of_hand),
        cell("direct", WhyNot("nobody")),
    ]  # fmt: skip
    found = [row.verdict for row in with_verdicts(rows_, {"t": "check by hand"})]
    assert found == ["check by hand", "", "", ""]
    assert [row.verdict for row in with_verdicts(rows_, {})] == [""] * 4
