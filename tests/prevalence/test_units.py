"""The share of a group's talk that carries a theme."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.prevalence.units import UnitShares, share_of_talk

quick = settings(max_examples=50, deadline=None)


def talk(
    seed: int = 1, n: int = 60, n_known: int = 30, worth: float = 0.8
) -> dict[str, np.ndarray]:
    """People of 3 groups with 4 to 20 segments; the machine's totals go with the hand's."""
    rng = np.random.default_rng(seed)
    size = rng.integers(4, 21, n).astype(float)
    cell = np.arange(n) % 3
    share = np.minimum(rng.beta(1, 4, n) + 0.1 * cell, 1.0)
    by_hand = rng.binomial(size.astype(int), share).astype(float)
    by_machine = size * (worth * by_hand / size + (1 - worth) * rng.random(n) * 0.3)
    known = np.zeros(n, dtype=bool)
    known[rng.permutation(n)[:n_known]] = True
    return {
        "size": size, "by_hand": by_hand, "by_machine": by_machine, "known": known, "cell": cell,
    }  # fmt: skip


def true_shares(of: dict[str, np.ndarray]) -> np.ndarray:
    """What reading everything would give."""
    return np.bincount(of["cell"], of["by_hand"]) / np.bincount(of["cell"], of["size"])


def test_where_everybody_is_known_the_interval_is_the_share() -> None:
    of = talk(n_known=60)
    found = share_of_talk(**of)
    assert found.point == pytest.approx(true_shares(of))
    assert (found.low == found.point).all()
    assert (found.high == found.point).all()


def test_without_a_machine_it_is_the_ratio_of_the_hand_coded() -> None:
    of = talk() | {"by_machine": np.full(60, np.nan)}
    known = of["known"]
    expected = [
        of["by_hand"][known & (of["cell"] == c)].sum() / of["size"][known & (of["cell"] == c)].sum()
        for c in range(3)
    ]
    assert share_of_talk(**of).point == pytest.approx(expected)


def test_a_machine_that_is_right_leaves_next_to_no_error() -> None:
    of = talk()
    of["by_machine"] = of["by_hand"].copy()
    found = share_of_talk(**of)
    assert found.point == pytest.approx(true_shares(of))
    assert (found.high - found.low).max() < 0.02


def test_a_machine_that_always_says_too_much_is_put_right() -> None:
    of = talk()
    of["by_machine"] = of["by_hand"] + 0.3 * of["size"]
    assert share_of_talk(**of).point == pytest.approx(true_shares(of))


def test_one_group_by_hand() -> None:
    # Known: 10 units with 4, 20 with 5, 10 with 3: 12 of 40. Two unknown of 10 each: 12/40 of 60.
    found = share_of_talk(
        np.array([10.0, 20, 10, 10, 10]),
        np.array([4.0, 5, 3, 0, 0]),
        np.zeros(5),
        np.array([True, True, True, False, False]),
        np.zeros(5, dtype=int),
    )
    assert found.point[0] == pytest.approx(0.3)
    assert found.units[0] == 60
    # At least the 12 that are known of 60, at most all 20 unknown on top.
    assert found.low[0] == pytest.approx(12 / 60)
    assert found.high[0] <= 32 / 60 + 1e-9


@pytest.mark.parametrize(
    ("known", "too_few"),
    [
        pytest.param([True, False, False], True, id="one of three is hand coded"),
        pytest.param([False, False, False], True, id="nobody is"),
        pytest.param([True, True, False], False, id="two of three are"),
        pytest.param([True, True, True], False, id="everybody is"),
    ],
)
def test_fewer_than_two_hand_coded_give_no_estimate(known, too_few) -> None:
    size, hand = np.array([5.0, 6, 7] + [8.0] * 6), np.array([1.0, 2, 3] + [2.0] * 6)
    everybody_else = [True, True, True, False, False, False]
    cell = np.array([0, 0, 0] + [1] * 6)
    found = share_of_talk(size, hand, np.zeros(9), np.array(known + everybody_else), cell)
    assert bool(found.too_few[0]) is too_few
    assert bool(np.isnan(found.point[0])) is too_few
    assert np.isfinite(found.point[1])


@quick
@given(st.integers(0, 5_000), st.integers(0, 60))
def test_it_stays_within_what_is_possible(seed, n_known) -> None:
    of = talk(seed, n_known=n_known)
    found = share_of_talk(**of)
    known, cell = of["known"], of["cell"]
    units = np.bincount(cell, of["size"])
    least = np.bincount(cell, of["by_hand"] * known, minlength=3) / units
    never = np.bincount(cell, (of["size"] - of["by_hand"]) * known, minlength=3) / units
    some = ~found.too_few
    assert (found.low[some] >= least[some] - 1e-9).all()
    assert (found.high[some] <= 1 - never[some] + 1e-9).all()
    assert (found.low[some] <= found.point[some] + 1e-9).all()
    assert (found.point[some] <= found.high[some] + 1e-9).all()


@quick
@given(st.integers(0, 5_000), st.floats(0.1, 100))
def test_the_unit_of_size_does_not_matter(seed, scale) -> None:
    of = talk(seed)
    scaled = of | {name: of[name] * scale for name in ("size", "by_hand", "by_machine")}
    one, other = share_of_talk(**of), share_of_talk(**scaled)
    for name in ("point", "low", "high"):
        assert getattr(other, name) == pytest.approx(getattr(one, name))


@quick
@given(st.integers(0, 5_000))
def test_the_order_of_people_does_not_matter(seed) -> None:
    of = talk(seed)
    order = np.random.default_rng(seed).permutation(60)
    one, other = share_of_talk(**of), share_of_talk(**{k: v[order] for k, v in of.items()})
    assert other.point == pytest.approx(one.point)
    assert other.high == pytest.approx(one.high)


def test_people_in_no_group_count_nowhere() -> None:
    of = talk()
    out = of["cell"] == 2
    found = share_of_talk(**(of | {"cell": np.where(out, -1, of["cell"])}))
    fewer = share_of_talk(**{k: v[~out] for k, v in of.items()})
    assert found.point == pytest.approx(fewer.point)
    assert len(found.point) == 2


def test_intervals_cover_and_halved_ones_would_not() -> None:
    held, half_held = [], []
    for seed in range(300):
        of = talk(seed, n=60, n_known=24, worth=0.5)
        found: UnitShares = share_of_talk(**of)
        truth = true_shares(of)
        held += list((found.low <= truth) & (truth <= found.high))
        quarter = (found.high - found.low) / 4
        half_held += list(np.abs(truth - (found.low + found.high) / 2) <= quarter)
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(half_held) < 0.8
