"""Simulated people for the tests of the estimate: groups that differ, scores that err."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ccgmine.prevalence.hyper import PriorOptions
from ccgmine.prevalence.smallarea import Options, People

# Fewer draws and settings than a study has: the laws hold for any number.
QUICK = Options(n_draws=200, n_settings=12, priors=PriorOptions())


@dataclass(frozen=True)
class Simulated:
    """People as the estimate sees them, and the truth of everybody."""

    people: People
    truth: np.ndarray

    def share(self, level: str) -> np.ndarray:
        """True shares, (n_cells, n_themes)."""
        cell = self.people.levels[level]
        return np.stack([self.truth[cell == c].mean(axis=0) for c in np.unique(cell)])


def simulated(
    seed: int = 1,
    *,
    n: int = 90,
    n_known: int = 40,
    n_themes: int = 4,
    worth: float = 2.0,
    differ: float = 0.7,
) -> Simulated:
    """People of 3 sites and 2 kinds; the log-odds rise by ``worth`` a unit of the score."""
    rng = np.random.default_rng(seed)
    # Everybody's group is there for certain, whatever the seed.
    site, kind = np.arange(n) % 3, np.arange(n) // 3 % 2
    score = rng.standard_normal((n, n_themes))
    base = np.linspace(-2.5, 0.5, n_themes)
    effect = differ * rng.standard_normal((3, n_themes))
    truth = rng.random((n, n_themes)) < 1 / (1 + np.exp(-base - effect[site] - worth * score))
    known = np.zeros((n, n_themes), dtype=bool)
    known[rng.permutation(n)[:n_known]] = True
    levels = {
        "overall": np.zeros(n, dtype=int),
        "site": site,
        "kind": kind,
        "cross": site * 2 + kind,
    }
    people = People(levels=levels, score=score, known=known, present=truth & known)
    return Simulated(people, truth)


def everybody_known(of: Simulated) -> People:
    """The same people, all of them hand coded."""
    return replace(of.people, known=np.ones_like(of.people.known), present=of.truth)
