"""The estimate's priors and settings on simulated populations, and how long it takes.

``python benchmarks/prevalence_robust.py [--draws N] [--only coverage|time]``

800 people, 24 themes with shares of 1 to 60 %. Groups do not differ, or differ strongly (Student's
t with 4 degrees of freedom, standard deviation 1.5 on the log-odds); the classifier is good, poor
or useless, its scores skewed and, in "slopes", of different worth in every group; 3, 14 or 200
cells; 40 or 250 hand coded, at random or, in "selected", with a probability that rises with how
much a person says, which goes with the theme; the probability is known to the estimate or not.
"""

from __future__ import annotations

import argparse
import os

# A process of its own thread count would make times and sums depend on the machine.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import time
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prevalence_tables import (
    DRAW,
    HIGH,
    LOW,
    MAE,
    POINT,
    STRATA,
    TRUTH,
    WITHIN_STRATA,
    N,
    Records,
    hits,
    mean_and_error,
    verdict,
)

from ccgmine.prevalence.checks import Cells, Figures, hand_coded_alone
from ccgmine.prevalence.score import person_scores
from ccgmine.prevalence.smallarea import Options, People, estimate
from ccgmine.prevalence.summary import summarise, word_probabilities

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

N_PEOPLE, N_THEMES, FIRST_SEED = 800, 24, 5_000
WORTH = {"good": 2.0, "poor": 0.7, "useless": 0.0}


@dataclass(frozen=True)
class Scenario:
    """How a population is made, and who of it is hand coded."""

    n_cells: int
    differ: float
    worth: str
    n_known: int
    slopes: bool = False
    selected: str = ""

    def __str__(self) -> str:
        groups = f"{self.n_cells} groups that differ {self.differ:g}"
        more = (", slopes" if self.slopes else "") + (
            f", selected, probability {self.selected}" if self.selected else ""
        )
        return f"{groups}, {self.worth} classifier, {self.n_known} coded{more}"


SCENARIOS = (
    Scenario(3, 0.0, "good", 40), Scenario(3, 1.5, "good", 40), Scenario(3, 1.5, "useless", 40),
    Scenario(14, 0.0, "poor", 40), Scenario(14, 0.0, "useless", 40),
    Scenario(14, 1.5, "good", 250), Scenario(14, 1.5, "useless", 250),
    Scenario(14, 0.7, "good", 250, slopes=True),
    Scenario(200, 0.0, "good", 250), Scenario(200, 1.5, "good", 250),
    Scenario(200, 1.5, "useless", 250),
    Scenario(14, 0.5, "poor", 250, selected="known"),
    Scenario(14, 0.5, "poor", 250, selected="unknown"),
)  # fmt: skip


@dataclass(frozen=True)
class Simulated:
    """One population: group of each person; score, y and known by theme; selection."""

    cell: Ints
    score: Floats
    y: Bools
    known: Bools
    probability: Floats | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--only", choices=("coverage", "time"))
    chosen = parser.parse_args()
    if chosen.only != "time":
        for scenario in SCENARIOS:
            print(_lines(scenario, _records(scenario, chosen.draws)), flush=True)
    if chosen.only != "coverage":
        for n_people, n_known, n_segments in ((42, 24, 1_000), (100_000, 1_000, 150_000)):
            print(_timed(n_people, n_known, n_segments), flush=True)


def simulate(scenario: Scenario, seed: int) -> Simulated:
    """A population and who of it is hand coded."""
    rng = np.random.default_rng([seed, 77])
    sizes = rng.dirichlet(np.full(scenario.n_cells, 1.5))
    more = rng.choice(scenario.n_cells, N_PEOPLE - scenario.n_cells, p=sizes)
    cell = np.concatenate([np.arange(scenario.n_cells), more])
    base = rng.uniform(0.01, 0.6, N_THEMES) ** 1.3
    of_cells = (scenario.n_cells, N_THEMES)
    effect = scenario.differ * rng.standard_t(4, of_cells) / np.sqrt(2)
    latent = rng.standard_normal((N_PEOPLE, N_THEMES))
    slope = np.full(of_cells, WORTH[scenario.worth])
    if scenario.slopes:
        slope = slope * (1 + 0.5 * rng.standard_normal(of_cells))
    length = rng.gamma(3, 1 / 3, N_PEOPLE)
    eta = np.log(base / (1 - base)) + effect[cell] + slope[cell] * latent
    if scenario.selected:
        eta += (length - 1)[:, None]
    y = rng.random(eta.shape) < 1 / (1 + np.exp(-eta))
    score = latent + 0.15 * latent**2
    probability = None
    known = np.zeros(N_PEOPLE, dtype=np.bool_)
    if scenario.selected:
        p = np.clip(scenario.n_known / N_PEOPLE * length, 0.02, 0.95)
        known = rng.random(N_PEOPLE) < p
        probability = p if scenario.selected == "known" else None
    else:
        known[rng.permutation(N_PEOPLE)[: scenario.n_known]] = True
    return Simulated(cell, score, y, np.repeat(known[:, None], N_THEMES, axis=1), probability)


def _records(scenario: Scenario, n_draws: int) -> Records:
    records: Records = defaultdict(lambda: defaultdict(list))
    for seed in range(FIRST_SEED, FIRST_SEED + n_draws):
        of = simulate(scenario, seed)
        levels = {"overall": np.zeros(N_PEOPLE, dtype=np.intp), "group": of.cell}
        people = People(
            levels=levels, score=of.score, known=of.known, present=of.y & of.known,
            selection_probability=of.probability,
        )  # fmt: skip
        drawn = estimate(people, Options(seed=seed))
        for level, cell in levels.items():
            cells = Cells(cell, of.known, of.y)
            truth = cells.sums(of.y) / cells.size
            found = [summarise(d.totals[level], d.size[level]) for d in drawn]
            parts = (np.stack([getattr(f, k) for f in found], 1) for k in ("point", "low", "high"))
            alone = hand_coded_alone(cells)
            share = np.where(cells.n > 0, alone.point, of.y[of.known[:, 0]].mean(axis=0))
            for method, figures in (
                ("ours", Figures(*parts)),
                ("alone", Figures(share, alone.low, alone.high)),
            ):
                columns = (
                    np.float64(seed), of.y.mean(axis=0), truth, cells.n,
                    figures.point, figures.low, figures.high,
                )  # fmt: skip
                rows = np.stack([np.broadcast_to(c, truth.shape) for c in columns], axis=-1)
                somebody = (cells.n < cells.size).all(axis=1)
                records[level][method].append(rows[somebody].reshape(-1, len(columns)))
    return records


def _lines(scenario: Scenario, records: Records) -> str:
    lines = [str(scenario)]
    for level, by_method in records.items():
        mine, alone = np.concatenate(by_method["ours"]), np.concatenate(by_method["alone"])
        mean, error = mean_and_error(hits(mine).astype(float), mine[:, DRAW])
        errors = [np.abs(r[:, POINT] - r[:, TRUTH]) for r in (mine, alone)]
        ratio = errors[0].mean() / errors[1].mean()
        some = mine[:, N] > 0
        width = (mine[:, HIGH] - mine[:, LOW])[some].mean()
        width /= (alone[:, HIGH] - alone[:, LOW])[some].mean()
        judged = verdict(mean, error, WITHIN_STRATA) if scenario.selected != "unknown" else ""
        no_worse = f" [to {MAE[1]}] {verdict(ratio, 0, MAE)}" if scenario.worth == "useless" else ""
        strata = [
            f"{name} {100 * hits(mine[where(mine)]).mean():.1f}"
            for name, (where, _) in STRATA.items()
            if np.count_nonzero(where(mine)) >= 100 and level == "group"
        ]
        lines.append(
            f"    {level:<8} coverage {100 * mean:5.1f} ± {100 * error:.1f} % {judged:<5} "
            f"error against hand coding alone {ratio:.2f}{no_worse}, width {width:.2f}; alone "
            f"covers {100 * hits(alone).mean():.1f}; {', '.join(strata)}"
        )
    return "\n".join(lines)


def _timed(n_people: int, n_known: int, n_segments: int) -> str:
    """Seconds for 36 themes by site (8), type (3) and both, scores to draws to figures."""
    n_themes = 36
    rng = np.random.default_rng(1)
    person = np.concatenate([np.arange(n_people), rng.integers(0, n_people, n_segments - n_people)])
    site, kind = rng.integers(0, 8, n_people), rng.integers(0, 3, n_people)
    levels = {
        "overall": np.zeros(n_people, dtype=np.intp), "site": site, "type": kind,
        "cross": site * 3 + kind,
    }  # fmt: skip
    segment_scores = rng.standard_normal((n_segments, n_themes))
    y = rng.random((n_people, n_themes)) < 0.3
    known = np.zeros((n_people, n_themes), dtype=np.bool_)
    known[rng.permutation(n_people)[:n_known]] = True
    start = time.perf_counter()
    scores = person_scores(segment_scores, person, n_people, known, y)
    people = People(levels=levels, score=scores.score, known=known, present=y & known)
    drawn = estimate(people, Options())
    made = time.perf_counter() - start
    start = time.perf_counter()
    for theme in drawn:
        for level in levels:
            summarise(theme.totals[level], theme.size[level])
            word_probabilities(theme.totals[level], theme.size[level], [0.5, 0.25, 0.0])
    told = time.perf_counter() - start
    wanted = (5, 1) if n_people < 1_000 else (60, 10)
    return (
        f"{n_people:,} people, {n_segments:,} segments, {n_themes} themes, overall, site, type and "
        f"their cross: draws {made:.1f} s [to {wanted[0]}], figures from stored draws {told:.2f} s "
        f"[to {wanted[1]}]"
    )


if __name__ == "__main__":
    main()
