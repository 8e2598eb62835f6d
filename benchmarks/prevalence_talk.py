"""The share of talk that carries a theme, against the truth: see ``prevalence.py --unit``."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from populations import Population
from prevalence_scores import Scored
from prevalence_tables import Records

from ccgmine.prevalence.units import share_of_talk

Floats = NDArray[np.float64]

UNITS = ("segments", "words")
OURS, ALONE = "ours", "hand coded alone"


def talk_records(of: Population, by_machine: Scored, unit: str, draw: int) -> Records:
    """One draw; groups with an estimate and with somebody uncoded."""
    records: Records = defaultdict(lambda: defaultdict(list))
    words = np.array([max(1, len(text.split())) for text in of.texts], dtype=float)
    units = words if unit == "words" else np.ones(len(of.texts))
    size = np.bincount(of.person, units)
    for t in np.flatnonzero(of.counted).tolist():
        by_hand = np.bincount(of.person, units * of.labels[:, t])
        probable = np.bincount(of.person, units * by_machine.probability[:, t])
        for level, cell in of.levels.items():
            truth = np.bincount(cell, by_hand) / np.bincount(cell, size)
            for method, machine in ((OURS, probable), (ALONE, np.full(len(size), np.nan))):
                found = share_of_talk(size, by_hand, machine, by_machine.coded, cell)
                columns = (
                    np.float64(draw), np.float64(by_hand.sum() / size.sum()), truth, found.known,
                    found.point, found.low, found.high,
                )  # fmt: skip
                rows = np.stack([np.broadcast_to(c, truth.shape) for c in columns], axis=-1)
                some = np.isfinite(found.point) & (found.known < found.people)
                records[level][method].append(rows[some].astype(float))
    return records
