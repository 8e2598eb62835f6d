"""Words at their cut-points, words of intervals, presets, and rules as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.bands import (
    DEFAULT,
    PRESETS,
    Band,
    Cut,
    disorder,
    likely_words,
    rank_word,
    read_band,
    rule,
    word,
    words,
)


@pytest.mark.parametrize(
    ("count", "n", "expected"),
    [
        pytest.param(7, 7, "predominant", id="everybody"),
        pytest.param(5, 10, "predominant", id="half is predominant"),
        pytest.param(4999, 10_000, "major", id="just under half is major"),
        pytest.param(3, 12, "major", id="a quarter is major"),
        pytest.param(2499, 10_000, "minor", id="just under a quarter is minor"),
        pytest.param(1, 10_000, "minor", id="anybody at all is minor"),
        pytest.param(0, 12, "not raised", id="nobody is not raised"),
    ],
)
def test_words_at_the_cut_points(count: int, n: int, expected: str) -> None:
    assert word(count, n, DEFAULT) == expected


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_share_equal_to_its_cut_point_reaches_it_whatever_the_rounding(n: int, k: int) -> None:
    k = min(k, n)
    # The cut-point as a person writes it, a third of the way of arithmetic elsewhere.
    cut = 1 - (n - k) / n
    if cut > 0:
        bands = (Band("high", Cut.SHARE, cut), Band("low", Cut.SHARE, 0.0))
        assert word(k, n, bands) == "high"
        assert word(k - 1, n, bands) == ("low" if k > 1 else "not raised")
        above = (Band("high", Cut.OVER, cut), Band("low", Cut.SHARE, 0.0)) if cut < 1 else bands
        assert word(k, n, above) == ("low" if cut < 1 else "high")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        pytest.param(10, 20, "predominant", id="wholly inside one band"),
        pytest.param(6, 12, "major to predominant", id="over one cut-point"),
        pytest.param(2, 18, "minor to predominant", id="over two cut-points"),
        pytest.param(0, 4, "not raised to minor", id="nobody cannot be ruled out"),
        pytest.param(0, 0, "not raised", id="a census that found nobody"),
        pytest.param(5, 10, "major to predominant", id="from one cut-point to the next"),
        pytest.param(0.2, 4.9, "minor", id="a bound need not be a whole number"),
    ],
)
def test_an_interval_gets_the_words_that_it_spans(low: float, high: float, expected: str) -> None:
    assert words(low, high, 20, DEFAULT) == expected


@pytest.mark.parametrize(
    ("preset", "n", "expected"),
    [
        # Hill et al. 2005: general is all or all but one; typical more than half up to the cut-off
        # for general; variant at least two up to the cut-off for typical. In samples above 15,
        # rare is two or three, so variant begins at four.
        pytest.param(
            "cqr",
            12,
            ["not raised", "single case", *["variant"] * 5, *["typical"] * 4, *["general"] * 2],
            id="cqr, 12 cases",
        ),
        pytest.param(
            "cqr",
            9,
            ["not raised", "single case", *["variant"] * 3, *["typical"] * 3, *["general"] * 2],
            id="cqr, 9 cases: five are more than half",
        ),
        pytest.param(
            "cqr-over-15",
            20,
            [
                "not raised",
                "single case",
                *["rare"] * 2,
                *["variant"] * 7,
                *["typical"] * 8,
                *["general"] * 2,
            ],
            id="cqr, 20 cases",
        ),
    ],
)
def test_consensual_qualitative_research_as_published(
    preset: str, n: int, expected: list[str]
) -> None:
    assert [word(k, n, PRESETS[preset]) for k in range(n + 1)] == expected


@given(st.sampled_from(sorted(PRESETS)), st.integers(4, 300))
def test_words_never_fall_as_more_people_raise_a_theme(name: str, n: int) -> None:
    bands = PRESETS[name]
    assert disorder(bands) == ""
    if bands[0].cut is Cut.RANK:
        return
    order = ["not raised", *(band.name for band in reversed(bands))]
    places = [order.index(word(k, n, bands)) for k in range(n + 1)]
    assert places == sorted(places)
    assert places[0] == 0
    assert all(places[1:])
    for k, place in enumerate(places[1:], 1):
        # The word of so many people is the highest whose least number they reach.
        assert place == max(order.index(b.name) for b in bands if b.least(n) <= k)


@pytest.mark.parametrize(
    ("name", "ranks", "expected"),
    [
        pytest.param(
            "commonest",
            [1, 2, 5, 6, 40],
            ["predominant", "major", "major", "minor", "minor"],
            id="the commonest, the five commonest, the others",
        )
    ],
)
def test_words_by_rank(name: str, ranks: list[int], expected: list[str]) -> None:
    assert [rank_word(rank, PRESETS[name]) for rank in ranks] == expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        pytest.param([0.98, 0.02, 0.0, 0.0], "a", id="almost surely one"),
        pytest.param([0.96, 0.04, 0.0, 0.0], "b to a", id="a tail of more than half of the rest"),
        pytest.param([0.5, 0.5, 0.0, 0.0], "b to a", id="two as likely"),
        pytest.param([0.02, 0.6, 0.36, 0.02], "c to b", id="the tails are cut at either end"),
        pytest.param([0.03, 0.6, 0.34, 0.03], "d to a", id="tails too thick to be cut"),
        pytest.param([0.02, 0.96, 0.02, 0.0], "b", id="the middle alone"),
    ],
)
def test_likely_words_hold_all_but_the_tails(shares: list[float], expected: str) -> None:
    assert likely_words(list(zip("abcd", shares, strict=True)), 0.95) == expected


@pytest.mark.parametrize(
    ("written", "band"),
    [
        pytest.param(0.25, Band("x", Cut.SHARE, 0.25), id="a share"),
        pytest.param(0, Band("x", Cut.SHARE, 0.0), id="nothing but above zero"),
        pytest.param("over 0.5", Band("x", Cut.OVER, 0.5), id="more than half"),
        pytest.param("all but 1", Band("x", Cut.ALL_BUT, 1), id="all but one"),
        pytest.param("4 people", Band("x", Cut.PEOPLE, 4), id="people"),
        pytest.param("1 person", Band("x", Cut.PEOPLE, 1), id="a person"),
        pytest.param(" rank 5 ", Band("x", Cut.RANK, 5), id="a rank, with spaces"),
        pytest.param(True, None, id="true is no share"),
        pytest.param(1.5, None, id="more than everybody"),
        pytest.param(-0.1, None, id="less than nobody"),
        pytest.param("over 1", None, id="more than everybody, in words"),
        pytest.param("over .", None, id="no number"),
        pytest.param("all but 1.5", None, id="half a person"),
        pytest.param("half", None, id="another word"),
        pytest.param(["over", 0.5], None, id="a list"),
    ],
)
def test_a_rule_is_read_as_it_is_written(written: object, band: Band | None) -> None:
    assert read_band("x", written) == band


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        pytest.param([0.5, 0.25, 0.0], "", id="shares that fall"),
        pytest.param(["all but 1", "over 0.5", "2 people", "1 person"], "", id="mixed, falling"),
        pytest.param(["rank 1", "rank 5", "rank 0"], "", id="ranks"),
        pytest.param([0.25, 0.5, 0.0], "highest share", id="shares that rise"),
        pytest.param(["2 people", "over 0.5", "1 person"], "highest amount", id="amounts rise"),
        pytest.param(["rank 5", "rank 1", "rank 0"], "rank 1 downwards", id="ranks that rise"),
        pytest.param(["rank 1", "rank 5"], 'end with "rank 0"', id="ranks that end too early"),
        pytest.param(["rank 1", 0.0], "or none", id="ranks and shares"),
        pytest.param([0.5, "2 people"], "above 0.0", id="no word for one person"),
    ],
)
def test_rules_out_of_order_are_told(rules: list[object], wrong: str) -> None:
    bands = [read_band(f"w{i}", written) for i, written in enumerate(rules)]
    assert all(bands)
    found = disorder([band for band in bands if band is not None])
    assert wrong in found
    assert bool(found) == bool(wrong)


def test_two_bands_of_one_name_are_told() -> None:
    bands = (Band("x", Cut.SHARE, 0.5), Band("x", Cut.SHARE, 0.0))
    assert "word of its own" in disorder(bands)


def test_the_rule_says_every_cut_point() -> None:
    assert rule(DEFAULT) == (
        "predominant from 50 %, major from 25 %, minor above 0 %, else not raised"
    )
    shares = (Band("many", Cut.SHARE, 0.666), Band("some", Cut.SHARE, 0.0))
    assert rule(shares) == "many from 66.6 %, some above 0 %, else not raised"
    assert rule(PRESETS["cqr-over-15"]) == (
        "general all or all but 1, typical above 50 %, variant from 4 people, rare from 2 people, "
        "single case 1 person, else not raised"
    )
    assert rule(PRESETS["commonest"]) == (
        "predominant (the commonest theme of its group), major (the 5 commonest), "
        "minor (every other theme that was raised), else not raised"
    )
