"""Estimates of prevalence against the truth, on populations with all codings known.

``python benchmarks/prevalence.py COMMENTS.csv [--population P] [--size N] [--draws N] [--unit U]``

In every draw some participants are hand coded, the shipped classifier learns from them and scores
the others, and every share of every group is estimated. Printed are, per level of groups: how many
95 % intervals hold the true share, with its Monte Carlo error over draws; the same within strata;
the mean absolute error against the best other method on the same draws; and the mean width against
Wilson's interval with finite-population correction on the hand coded alone. Each figure that has a
target is followed by it and by pass, FAIL or, where it is outside by less than twice its Monte
Carlo error, close. COMMENTS.csv (population a and b) has the columns respondent_id, site,
respondent_type, text and themes.
"""

from __future__ import annotations

import argparse
import os

# A process of its own thread count would make times and sums depend on the machine.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from populations import SIZES, Population, population
from prevalence_peers import ALONE, noisy_or, peers
from prevalence_scores import Scored, scored
from prevalence_tables import Records, table
from prevalence_talk import UNITS, talk_records

from ccgmine.prevalence.checks import Cells, Figures
from ccgmine.prevalence.score import person_scores
from ccgmine.prevalence.smallarea import Options, People, ThemeDraws, estimate
from ccgmine.prevalence.summary import summarise

OURS = "ours"
# Seeds below are those on which priors and settings were tried.
FIRST_SEED = 5_000
DRAWS = {"a": 50, "b": 50, "c": 200}
# Groups of each level, and how wide intervals may be against Wilson's in population a.
WIDTHS = {2: 0.88, 7: 0.72, 14: 0.64}


@dataclass(frozen=True)
class Setting:
    """Population, participants (in a: comments) hand coded, unit, and where scores are kept."""

    name: str
    of: Population
    size: int
    unit: str
    cache: Path | None


@dataclass
class Timing:
    """Seconds spent in scoring and in estimating."""

    scoring: float = 0.0
    estimating: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comments", type=Path, nargs="?")
    parser.add_argument("--population", action="append", choices=sorted(SIZES))
    parser.add_argument("--size", type=int, action="append", help="hand coded; all sizes if none")
    parser.add_argument("--draws", type=int, help="50, in population c 200")
    parser.add_argument("--unit", choices=("participants", *UNITS), default="participants")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--cache", type=Path, help="folder that keeps the classifier's scores")
    chosen = parser.parse_args()
    for name in chosen.population or (sorted(SIZES) if chosen.comments else ["c"]):
        of = population(name, chosen.comments)
        for size in SIZES[name]:
            if chosen.size and size not in chosen.size:
                continue
            draws = range(chosen.first_seed, chosen.first_seed + (chosen.draws or DRAWS[name]))
            timing = Timing()
            setting = Setting(name, of, size, chosen.unit, chosen.cache)
            records = simulate(setting, draws, timing)
            print(_heading(name, of, size, len(draws), timing))
            widths = (
                WIDTHS
                if (name, chosen.unit) == ("a", "participants")
                else dict.fromkeys(range(2, 100), 1.0)
            )
            print(table(records, OURS, ALONE, widths), flush=True)


def _heading(name: str, of: Population, size: int, n_draws: int, timing: Timing) -> str:
    return (
        f"\npopulation {name}, {size} hand coded, {n_draws} draws, {of.n_people} participants, "
        f"{of.counted.sum()} themes; seconds a draw: {timing.scoring / n_draws:.1f} to score, "
        f"{timing.estimating / n_draws:.1f} to estimate"
    )


def simulate(setting: Setting, draws: range, timing: Timing) -> Records:
    """Every method on every draw."""
    together: Records = defaultdict(lambda: defaultdict(list))
    for draw in draws:
        start = time.perf_counter()
        by_machine = scored(setting.name, setting.of, setting.size, draw, setting.cache)
        timing.scoring += time.perf_counter() - start
        if setting.unit == "participants":
            records = _people_records(setting.of, by_machine, draw, timing)
        else:
            records = talk_records(setting.of, by_machine, setting.unit, draw)
        for level, by_method in records.items():
            for method, rows in by_method.items():
                together[level][method] += rows
    return together


def _people_records(of: Population, by_machine: Scored, draw: int, timing: Timing) -> Records:
    records: Records = defaultdict(lambda: defaultdict(list))
    raised = of.raised
    share = raised.mean(axis=0)[of.counted]
    start = time.perf_counter()
    drawn = ours(of, by_machine, draw)
    timing.estimating += time.perf_counter() - start
    f = noisy_or(by_machine.probability, of.person, of.n_people)[:, of.counted]
    for level, cell in of.levels.items():
        known = np.broadcast_to(by_machine.coded[:, None], raised.shape)[:, of.counted]
        cells = Cells(cell, known, raised[:, of.counted])
        found = peers(cells, f, draw)
        found[OURS] = _figures([d for d, c in zip(drawn, of.counted, strict=True) if c], level)
        truth = cells.sums(raised[:, of.counted]) / cells.size
        for method, figures in found.items():
            records[level][method].append(_rows(figures, truth, cells, share, draw))
    return records


def ours(of: Population, by_machine: Scored, seed: int) -> list[ThemeDraws]:
    """Draws for all themes."""
    known = np.repeat(by_machine.coded[:, None], of.labels.shape[1], axis=1)
    person = person_scores(by_machine.score, of.person, of.n_people, known, of.raised)
    people = People(levels=of.levels, score=person.score, known=known, present=of.raised & known)
    return estimate(people, Options(seed=seed))


def _figures(drawn: list[ThemeDraws], level: str) -> Figures:
    found = [summarise(d.totals[level], d.size[level]) for d in drawn]
    return Figures(*(np.stack([getattr(f, k) for f in found], 1) for k in ("point", "low", "high")))


def _rows(
    figures: Figures,
    truth: NDArray[np.float64],
    cells: Cells,
    share: NDArray[np.float64],
    draw: int,
) -> NDArray[np.float64]:
    """Cells with somebody uncoded; columns as in ``prevalence_tables.COLUMNS``."""
    columns = (np.float64(draw), share, truth, cells.n, figures.point, figures.low, figures.high)
    rows = np.stack([np.broadcast_to(c, truth.shape) for c in columns], axis=-1)
    return rows[(cells.n < cells.size).all(axis=1)].reshape(-1, len(columns))


if __name__ == "__main__":
    main()
