"""The estimate: what must hold for any study, and that its intervals cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.prevalence.checks import Cells, hand_coded_alone
from ccgmine.prevalence.smallarea import Options, estimate, likelihood_weights
from ccgmine.prevalence.summary import summarise
from tests.prevalence.simulated import QUICK, everybody_known, simulated

seeds = st.integers(0, 10_000)
few = settings(max_examples=12, deadline=None)


@few
@given(seeds, st.integers(0, 60))
def test_totals_of_groups_add_up_to_those_of_the_whole_in_every_draw(seed, n_known) -> None:
    for theme in estimate(simulated(seed, n=60, n_known=n_known).people, QUICK):
        for level in ("site", "kind", "cross"):
            assert (theme.totals[level].sum(axis=1) == theme.totals["overall"][:, 0]).all()


@few
@given(seeds, st.integers(0, 60))
def test_no_draw_contradicts_what_is_known(seed, n_known) -> None:
    of = simulated(seed, n=60, n_known=n_known)
    known, truth = of.people.known, of.truth
    for t, theme in enumerate(estimate(of.people, QUICK)):
        for level, cell in of.people.levels.items():
            sure = np.bincount(cell, known[:, t] & truth[:, t])
            never = np.bincount(cell, known[:, t] & ~truth[:, t])
            assert (theme.totals[level] >= sure).all()
            assert (theme.totals[level] <= np.bincount(cell) - never).all()
            assert theme.known_present[level].tolist() == sure.tolist()
            assert theme.known[level].tolist() == (sure + never).tolist()


def test_where_everybody_is_known_the_interval_is_the_point() -> None:
    of = simulated(3)
    for t, theme in enumerate(estimate(everybody_known(of), QUICK)):
        for level in of.people.levels:
            cells = summarise(theme.totals[level], theme.size[level])
            assert cells.low.tolist() == cells.point.tolist() == cells.high.tolist()
            assert cells.point == pytest.approx(of.share(level)[:, t])


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    people = simulated(4).people
    one, same, other = (
        b"".join(theme.totals["cross"].tobytes() for theme in estimate(people, options))
        for options in (QUICK, QUICK, replace(QUICK, seed=1))
    )
    assert one == same
    assert one != other


def test_the_order_of_people_changes_no_more_than_the_draws_do() -> None:
    people = simulated(5, n=120, n_known=60).people
    order = np.random.default_rng(1).permutation(120)
    shuffled = replace(
        people,
        levels={name: cell[order] for name, cell in people.levels.items()},
        score=people.score[order],
        known=people.known[order],
        present=people.present[order],
    )
    options = replace(QUICK, n_draws=2_000)
    for one, other in zip(estimate(people, options), estimate(shuffled, options), strict=True):
        means = (t.totals["overall"].mean() / 120 for t in (one, other))
        assert abs(np.subtract(*means)) < 0.006


def test_groups_named_twice_and_a_level_of_one_group_change_nothing() -> None:
    people = simulated(6).people
    more = replace(people, levels={**people.levels, "again": people.levels["site"][::1] + 0})
    one, other = estimate(people, QUICK), estimate(more, QUICK)
    for a, b in zip(one, other, strict=True):
        assert (a.totals["cross"] == b.totals["cross"]).all()
        assert (b.totals["again"] == b.totals["site"]).all()


def test_people_not_asked_are_in_no_figure_of_the_theme() -> None:
    of = simulated(7)
    asked = np.ones_like(of.people.known)
    asked[of.people.levels["kind"] == 1, 0] = False
    first, second = estimate(replace(of.people, asked=asked), QUICK)[:2]
    assert first.size["kind"].tolist() == [45, 0]
    assert first.totals["kind"][:, 1].max() == 0
    assert second.size["kind"].tolist() == [45, 45]


def test_better_scores_narrow_the_intervals_and_useless_ones_do_not_mislead() -> None:
    def mean_width(worth: float, *, blind: bool = False) -> float:
        widths = []
        for seed in range(4):
            of = simulated(seed, worth=worth, differ=0.3)
            score = np.full_like(of.people.score, np.nan) if blind else of.people.score
            for theme in estimate(replace(of.people, score=score), QUICK):
                cells = summarise(theme.totals["site"], theme.size["site"])
                widths.append((cells.high - cells.low).mean())
        return float(np.mean(widths))

    assert mean_width(4.0) < mean_width(4.0, blind=True) * 0.87
    assert mean_width(0.0) < mean_width(0.0, blind=True) * 1.1


def test_a_theme_nobody_raised_is_near_zero_and_its_interval_holds_zero() -> None:
    of = simulated(8)
    nobody = replace(of.people, present=np.zeros_like(of.people.present))
    for theme in estimate(nobody, QUICK):
        cells = summarise(theme.totals["cross"], theme.size["cross"])
        assert cells.low.max() == 0
        assert cells.point.max() < 0.15


def test_nobody_hand_coded_gives_draws_from_end_to_end() -> None:
    people = simulated(9, n_known=0).people
    for theme in estimate(people, QUICK):
        cells = summarise(theme.totals["overall"], theme.size["overall"])
        assert cells.low[0] < 0.2
        assert cells.high[0] > 0.8


# 6 populations x 11 cells x 8 themes; the populations are those of fixed seeds.
def test_intervals_cover_and_halved_ones_would_not() -> None:
    options = Options(n_draws=400, n_settings=24)
    held, half_held, errors, errors_alone = [], [], [], []
    for seed in range(6):
        of = simulated(100 + seed, n=240, n_known=60, n_themes=8)
        drawn = estimate(of.people, options)
        for level, cell in of.people.levels.items():
            truth = of.share(level)
            alone = hand_coded_alone(Cells(cell, of.people.known, of.people.present)).point
            for t, theme in enumerate(drawn):
                cells = summarise(theme.totals[level], theme.size[level])
                quarter = (cells.high - cells.low) / 4
                held += list((cells.low <= truth[:, t]) & (truth[:, t] <= cells.high))
                within = np.abs(truth[:, t] - (cells.low + cells.high) / 2) <= quarter
                half_held += list(within)
                errors += list(np.abs(cells.point - truth[:, t]))
                errors_alone += list(np.abs(alone[:, t] - truth[:, t]))
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(half_held) < 0.85
    assert np.mean(errors) < 0.75 * np.mean(errors_alone)


def test_a_known_selection_is_made_good() -> None:
    """Who says much is likelier to be chosen and to raise the theme."""
    rng = np.random.default_rng(11)
    wrong = {"known": [], "ignored": []}
    for _ in range(6):
        of = simulated(0, n=300, n_known=0, n_themes=6)
        length = rng.gamma(3, 1 / 3, 300)
        truth = rng.random((300, 6)) < 1 / (1 + np.exp(1 - 1.5 * (length - 1)))[:, None]
        p = np.clip(0.3 * length, 0.02, 0.95)
        known = np.repeat((rng.random(300) < p)[:, None], 6, axis=1)
        for name, probability in (("known", p), ("ignored", None)):
            people = replace(
                of.people,
                score=np.full((300, 6), np.nan),
                known=known,
                present=truth & known,
                selection_probability=probability,
            )
            points = [
                summarise(d.totals["overall"], d.size["overall"]).point[0]
                for d in estimate(people, QUICK)
            ]
            wrong[name].append(np.mean(points - truth.mean(axis=0)))
    assert np.mean(wrong["ignored"]) > 0.05
    assert abs(np.mean(wrong["known"])) < 0.03


def test_weights_are_the_odds_of_not_being_chosen() -> None:
    known = np.array([[True], [True], [True], [False]])
    p = np.array([0.5, 0.2, 0.5, np.nan])
    # Odds 1, 4, 1: total 6, squares 18, worth 2 people (Kish): weights 1/3, 4/3, 1/3.
    found = likelihood_weights(known, p, np.zeros(4, dtype=int))
    assert found[:, 0].tolist() == pytest.approx([1 / 3, 4 / 3, 1 / 3, 0])


@pytest.mark.parametrize(
    ("probability", "group"),
    [
        pytest.param(None, [0, 0, 1, 1], id="no probability"),
        pytest.param([np.nan] * 4, [0, 0, 1, 1], id="none known"),
        pytest.param([0.5, 0.5, 0.1, 0.1], [0, 0, 1, 1], id="the same within every group"),
    ],
)
def test_everybody_weighs_the_same_where_the_probability_says_nothing_new(
    probability, group
) -> None:
    known = np.ones((4, 2), dtype=bool)
    p = None if probability is None else np.array(probability)
    assert (likelihood_weights(known, p, np.array(group)) == 1).all()


def test_many_people_are_drawn_in_bins_to_like_figures() -> None:
    people = simulated(12, n=1_200, n_known=100).people
    exact, binned = (
        estimate(people, replace(QUICK, n_draws=1_000, most_bins=bins)) for bins in (4_000, 60)
    )
    for one, other in zip(exact, binned, strict=True):
        assert other.totals["overall"].mean() == pytest.approx(
            one.totals["overall"].mean(), abs=0.02 * 1_200
        )
        assert other.totals["overall"].std() == pytest.approx(one.totals["overall"].std(), rel=0.25)


def test_shapes_that_do_not_fit_are_refused() -> None:
    people = simulated(13).people
    with pytest.raises(ValueError, match="one shape"):
        replace(people, known=people.known[:, :1])
    with pytest.raises(ValueError, match="a cell for every person"):
        replace(people, levels={"site": people.levels["site"][:5]})
    with pytest.raises(ValueError, match="at least one level"):
        replace(people, levels={})
