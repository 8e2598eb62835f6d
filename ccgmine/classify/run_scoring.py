"""Scores for the estimates: every participant's segments by a model that never saw them.

An estimate compares the scores of people who are hand coded with those of people who are not, so
both must be of one kind. The hand coded are scored by the fold model that never saw them; the
others, whom no fold model saw, by one fold model each, in turn. (Their mean over all the fold
models would be less noisy than the scores it is compared with, and estimates would come out low.)

Fold models are brought to one scale on the people whom none of them saw: the model that never saw
the people of one fold learned from fewer positives exactly where that fold holds many, so that all
its scores are lower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ccgmine.domain import Segment
from ccgmine.study import Study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.classify.fit import FitResult
    from ccgmine.classify.predict import Predictor
    from ccgmine.classify.run_embedding import StudyVectors

LEAST_UNSEEN = 5


def held_out_scores(
    segments: Sequence[tuple[int, Segment]], result: FitResult, vectors: StudyVectors | None
) -> Iterator[tuple[int, bytes]]:
    """Scores of every segment of the study by one fold model that never saw its participant.

    Args:
        segments: All segments with their numbers.
        result: The fit, with its fold models.
        vectors: The sentence encoder, if the model uses one.

    Returns:
        Segment numbers and float32 scores as bytes, in the model's order of themes; nothing if
        there is one fold only, because then nothing was held out.
    """
    import numpy as np

    from ccgmine.classify.views import fold_predictor

    n_folds = len(result.folds)
    if n_folds < 2:
        return
    people = sorted({s.participant_id for _, s in segments} - set(result.fold_of_group))
    turn = {person: number % n_folds for number, person in enumerate(people)}
    seen = np.array([s.participant_id in result.fold_of_group for _, s in segments])
    fold_of = np.array(
        [
            result.fold_of_group.get(s.participant_id, turn.get(s.participant_id, 0))
            for _, s in segments
        ]
    )
    means, spreads = [], []
    found = np.zeros((len(segments), result.model.n_themes), dtype=np.float32)
    for fold in range(n_folds):
        predictor = fold_predictor(result, fold, vectors)
        rows = np.flatnonzero(~seen | (fold_of == fold))
        scores = scores_of(predictor, [segments[row][1].text for row in rows.tolist()])
        own = fold_of[rows] == fold
        found[rows[own]] = scores[own]
        mean, spread = _scale(scores[~seen[rows]])
        means.append(mean)
        spreads.append(spread)
    common = np.mean(spreads, axis=0, dtype=np.float32)
    for fold in range(n_folds):
        rows = np.flatnonzero(fold_of == fold)
        found[rows] -= means[fold]
        found[rows] *= common / spreads[fold]
        found[rows] += np.mean(means, axis=0, dtype=np.float32)
    for (number, _), row in zip(segments, found, strict=True):
        yield number, row.astype("<f4").tobytes()


def _scale(scores: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each theme's scores; 0 and 1 where too few say so."""
    import numpy as np

    n_themes = scores.shape[1]
    if len(scores) == 0:
        return np.zeros(n_themes, dtype=np.float32), np.ones(n_themes, dtype=np.float32)
    spread = scores.std(axis=0) if len(scores) >= LEAST_UNSEEN else np.ones(n_themes)
    return scores.mean(axis=0), np.where(spread > 1e-6, spread, 1).astype(np.float32)


def scores_of(predictor: Predictor, texts: Sequence[str]) -> NDArray[np.float32]:
    """Scores of texts, one at least, batch by batch: (n_texts, n_themes)."""
    import numpy as np

    from ccgmine.classify.predict import BATCH_TEXTS

    parts = [
        predictor.scores(texts[begin : begin + BATCH_TEXTS])
        for begin in range(0, len(texts), BATCH_TEXTS)
    ]
    return np.concatenate(parts)


def score_the_rest(
    study: Study, model: str, segments: Sequence[tuple[int, Segment]], predictor: Predictor
) -> list[tuple[int, bytes]]:
    """Scores of segments that came after training, or of a study the model never saw.

    The mean of the fold models is on their common scale. People whose text the model learned from
    get none: nothing that never saw them is left.
    """
    there = {number for number, _ in study.predictions.scores(model)}
    learned_from = study.predictions.trained_on(model)
    rest = [
        (number, s)
        for number, s in segments
        if number not in there and s.participant_id not in learned_from
    ]
    if not rest:
        return []
    scores = scores_of(predictor, [s.text for _, s in rest])
    return [
        (number, row.astype("<f4").tobytes()) for (number, _), row in zip(rest, scores, strict=True)
    ]
