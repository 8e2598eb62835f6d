"""Scores of the shipped classifier for every segment of a population, held out by participant.

As `ccgmine train` makes them: everybody is scored by one fold model that never saw them, the hand
coded by their own fold's, the others in turn, and fold models are brought to one scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from populations import Population, choose

from ccgmine.classify.fit import FitOptions, TrainingData, fit
from ccgmine.classify.run_scoring import held_out_scores
from ccgmine.domain import Segment, Span, ThemeState

Bools = NDArray[np.bool_]
Singles = NDArray[np.float32]


@dataclass(frozen=True)
class Scored:
    """What the classifier says in one draw.

    Attributes:
        coded: Shape (n_people,), who is hand coded.
        score: Shape (n_segments, n_themes).
        probability: The same, calibrated.
        learned: Shape (n_themes,), themes with enough codings to be counted.
    """

    coded: Bools
    score: Singles
    probability: Singles
    learned: Bools


def scored(name: str, of: Population, size: int, seed: int, cache: Path | None) -> Scored:
    """Choose who is hand coded, train on them and score everybody; kept in a folder if given."""
    path = cache / f"{name}_{size}_{seed:05d}.npz" if cache else None
    if path is not None and path.exists():
        with np.load(path, allow_pickle=False) as kept:
            return Scored(kept["coded"], kept["score"], kept["probability"], kept["learned"])
    coded = choose(name, of, size, seed)
    found = _score(of, coded, seed)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fields = ("coded", "score", "probability", "learned")
        np.savez_compressed(path, **{f: getattr(found, f) for f in fields})
    return found


def _score(of: Population, coded: Bools, seed: int) -> Scored:
    names = [f"person {number}" for number in of.person.tolist()]
    read = np.flatnonzero(coded[of.person])
    unread = np.flatnonzero(~coded[of.person])
    result = fit(
        TrainingData(
            texts=[of.texts[i] for i in read],
            present=of.labels[read],
            groups=[names[i] for i in read],
            labels=of.themes,
            definitions=of.definitions,
            unlabelled=[of.texts[i] for i in unread],
            unlabelled_groups=[names[i] for i in unread],
        ),
        FitOptions(seed=seed),
    )
    segments = [
        (i, Segment("", i, Span(0, len(text)), name, text))
        for i, (text, name) in enumerate(zip(of.texts, names, strict=True))
    ]
    rows = [np.frombuffer(row, dtype="<f4") for _, row in held_out_scores(segments, result, None)]
    score = np.stack(rows)
    probability = result.model.calibration.probabilities(score)
    learned = np.array([state is ThemeState.LEARNED for state in result.model.states])
    return Scored(coded, score, probability, learned)
