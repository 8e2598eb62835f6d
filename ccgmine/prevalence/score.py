"""One score for a person from the classifier's scores of all of their segments.

People are counted, and people say many things. ``person_scores`` makes one number of a person's
segments; recalibrating it to a probability is the work of ``smallarea``. A segment's score must be
that of a model which never saw the person, on a scale that all persons share, whether they are
hand coded or not: only then is what the hand coded say of the scores' worth true of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.laplace import Coded, Design, Priors, fit

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

SHARPNESSES = (1.0, 2.0, 3.0, 5.0, 8.0, np.inf)
DEFAULT_SHARPNESS = 3.0
OUTLIER = 5.0


@dataclass(frozen=True, slots=True)
class PersonScores:
    """Scores of people, (n_people, n_themes), and the sharpness of the maximum they come from."""

    score: Floats
    sharpness: float


def person_scores(
    segment_scores: Floats, person: Ints, n_people: int, known: Bools, present: Bools
) -> PersonScores:
    """One score a person and theme: the soft maximum over the person's segments.

    Every theme's segment scores are brought to mean 0 and standard deviation 1 first, so that any
    classifier's scores will do, and damped: far out, scores of a regression rise faster than the
    log-odds do. How sharp the maximum is, is chosen once for the whole study, by
    what ranks the hand coded best over all themes together (``choose_sharpness``).

    Args:
        segment_scores: (n_segments, n_themes); a column of NaN: the theme has no classifier.
        person: (n_segments,) index of each segment's participant, 0-based, everybody at least
            once.
        n_people: Participants with text.
        known: (n_people, n_themes) hand coded in full for the theme.
        present: (n_people, n_themes) raised it; read only where known.

    Raises:
        ValueError: If somebody has no segment.
    """
    scaled = standardised(damped(standardised(segment_scores, cut=np.inf)), cut=np.inf)
    coded = np.flatnonzero(known.any(axis=1))
    position = np.full(n_people, -1)
    position[coded] = np.arange(len(coded))
    theirs = np.flatnonzero(position[person] >= 0)
    candidates = {
        q: soft_maximum(scaled[theirs], position[person[theirs]], len(coded), q)
        for q in SHARPNESSES
    }
    best = choose_sharpness(candidates, known[coded], present[coded])
    score = soft_maximum(scaled, person, n_people, best)
    score[:, np.all(~np.isfinite(segment_scores), axis=0)] = np.nan
    return PersonScores(score, best)


def family_scores(segment_scores: Floats, families: Sequence[Sequence[int]]) -> Floats:
    """Segment scores of families of themes: the highest of the members' standardised scores.

    Args:
        segment_scores: (n_segments, n_themes); members whose column is NaN are passed over.
        families: Column numbers of each family's themes.

    Returns:
        (n_segments, n_families); NaN for a family without any classifier.
    """
    found = np.full((len(segment_scores), len(families)), np.nan)
    scaled = standardised(segment_scores, cut=np.inf)
    has_scores: Bools = np.any(np.isfinite(segment_scores), axis=0)
    for column, members in enumerate(families):
        scored = [theme for theme in members if has_scores[theme]]
        if scored:
            found[:, column] = scaled[:, scored].max(axis=1)
    return found


def soft_maximum(
    scores: Floats, person: Ints, n_people: int, sharpness: float = DEFAULT_SHARPNESS
) -> Floats:
    """Soft maximum of the scores of a person's segments: log(sum(exp(q score))) / q.

    Were scores log-odds, q = 1 would be close to the log-odds that at least one segment has the
    theme if segments were independent ("noisy or"), in which many small probabilities drown one
    large; q = infinity is the largest score.

    Args:
        scores: (n_segments, n_themes).
        person: (n_segments,) index of each segment's participant, 0-based, everybody at least
            once.
        n_people: Participants with text.
        sharpness: q, above 0; ``math.inf`` allowed.

    Returns:
        (n_people, n_themes).

    Raises:
        ValueError: If somebody has no segment.

    >>> soft_maximum(np.array([[0.0], [0.0], [2.0]]), np.array([0, 0, 1]), 2).round(3).tolist()
    [[0.231], [2.0]]
    """
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.diff(np.asarray(person)[order], prepend=-1))
    if len(starts) != n_people:
        raise ValueError(f"{n_people - len(starts)} participants have no segment")
    scores = np.asarray(scores, dtype=float)[order]
    top: Floats = np.maximum.reduceat(scores, starts, axis=0)
    if np.isinf(sharpness):
        return top
    if not len(starts):
        return top
    counts = np.diff(starts, append=len(scores))
    total = np.add.reduceat(np.exp(sharpness * (scores - np.repeat(top, counts, axis=0))), starts)
    found: Floats = top + np.log(total) / sharpness
    return found


def damped(score: Floats) -> Floats:
    """Sign times log(1 + size).

    >>> damped(np.array([-1.0, 0.0, 3.0])).round(3).tolist()
    [-0.693, 0.0, 1.386]
    """
    return np.asarray(np.sign(score) * np.log1p(np.abs(score)))


def choose_sharpness(scores: dict[float, Floats], known: Bools, present: Bools) -> float:
    """Which sharpness ranks the hand coded best, over all themes together.

    One choice for the whole study, so that it is not fitted to any theme: the largest sum over
    themes of the log evidence of a logistic regression on the (held-out) score.

    Args:
        scores: Sharpness -> scores (n_people, n_themes).
        known: (n_people, n_themes) hand coded.
        present: (n_people, n_themes) raised it; read only where known.

    Returns:
        The best key; of equally good ones the first; the default where nobody is hand coded.
    """
    who = np.flatnonzero(known.any(axis=1))
    if not len(who):
        return DEFAULT_SHARPNESS if DEFAULT_SHARPNESS in scores else next(iter(scores))
    one = np.ones((1, 1))
    priors = Priors(np.array([[-1.0, 1.0]]), np.array([[2.5, 1.0]]))
    evidence = {}
    for sharpness, score in scores.items():
        coded = Coded(
            np.zeros(len(who), dtype=np.intp),
            standardised(score)[who].T.copy(),
            present[who].T.astype(float),
            known[who].T.astype(float),
        )
        evidence[sharpness] = float(fit(Design(one, one), coded, priors).log_evidence.sum())
    return max(evidence, key=lambda q: evidence[q])


def standardised(score: Floats, *, cut: float = OUTLIER) -> Floats:
    """Every column with mean 0 and standard deviation 1, outliers cut; 0 where NaN."""
    score = np.asarray(score, dtype=float)
    finite = np.isfinite(score)
    n = np.maximum(finite.sum(axis=0), 1)
    filled = np.where(finite, score, 0.0)
    centred = np.where(finite, filled - filled.sum(axis=0) / n, 0.0)
    sd = np.sqrt((centred**2).sum(axis=0) / n)
    scaled: Floats = centred / np.where(sd > 1e-9, sd, np.inf)
    return np.clip(scaled, -cut, cut)
