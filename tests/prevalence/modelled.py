"""A study with enough hand coded for draws, without a model to train: scores are put in."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ccgmine.domain import Coverage
from ccgmine.study import Study
from tests.building import add_coverage, code, made_study, person, predict, themes

N_PEOPLE, N_CODED = 26, 16
CODEBOOK = themes("*work", "work/time", "work/money", "rare")
LEARNED = ("time", "money")


def raised(i: int) -> list[str]:
    """Every second person spoke of time, every third of money."""
    return [theme for theme, every in (("time", 2), ("money", 3)) if i % every == 0]


@contextmanager
def modelled_study(folder: Path) -> Iterator[Study]:
    """Persons P00 to P25 of three sites and two kinds, the first 16 hand coded in full."""
    ids = [f"P{i:02}" for i in range(N_PEOPLE)]
    people = [
        person(p, f"Site {i % 3 + 1}", "GP" if i % 5 else "Manager", shift=str(i % 2))
        for i, p in enumerate(ids)
    ]
    scripts = {p: [f"{p}: Words of {p}. |More words of {p}, again."] for p in ids}
    with made_study(folder, scripts, codebook=CODEBOOK, people=people) as study:
        for i, p in enumerate(ids[:N_CODED]):
            for theme in raised(i):
                code(study, p, f"Words of {p}.", theme)
        add_coverage(study, *(Coverage(p, "ann", None, None, 0.6) for p in ids[:N_CODED]))
        predict(
            study,
            {f"{p}:1": dict.fromkeys(raised(i), 0.9) for i, p in enumerate(ids)},
            learned=LEARNED,
            suggested=["rare"],
        )
        put_scores(study)
        study.record("classify", {})
        yield study


def put_scores(study: Study, seed: int = 1) -> None:
    """Scores that say well, though not perfectly, who raised what."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, segment in study.corpus.segments():
        of = raised(int(segment.participant_id[1:])) if segment.number == 1 else []
        values = [rng.normal(1.5 if theme in of else -1.5) for theme in (*LEARNED, "rare")]
        rows.append((number, struct.pack("<3f", *values)))
    with study.transaction():
        study.predictions.put_scores("machine", rows)
