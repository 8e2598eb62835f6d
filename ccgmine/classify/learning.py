"""The learning curve: what more hand coding may be expected to bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccgmine.classify.evaluate import evaluate
from ccgmine.classify.fit import FitOptions, FitResult, TrainingData, fit
from ccgmine.classify.folds import group_numbers

SHARES = (0.35, 0.65)
MORE_PASSAGES = 50


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Held-out micro-F1 of a model that learned from ``n_coded`` codings in ``n_texts`` texts."""

    n_texts: int
    n_coded: int
    micro_f1: float


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Points from few to all codings, and the gain to expect from ``MORE_PASSAGES`` more."""

    points: tuple[CurvePoint, ...]
    expected_gain: float | None


Fit = Callable[[TrainingData, FitOptions], FitResult]


def learning_curve(
    data: TrainingData, result: FitResult, options: FitOptions, fit: Fit = fit
) -> LearningCurve:
    """Fit on parts of the participants and look where the scores are heading.

    The gain is read off a straight line through micro-F1 and the logarithm of the number of
    codings, as learning curves of text classifiers are roughly log-linear over such a range
    (Figueroa et al. 2012, BMC Med Inform Decis Mak 12:8).

    Args:
        data: All training data.
        result: The fit on all of it.
        options: How to fit.
        fit: What made the fit.
    """
    points = [
        _point(_part(data, share, options.seed), options, fit)
        for share in SHARES
        if len(set(data.groups)) * share >= 4
    ]
    whole = evaluate(result.present, result.assigned, result.known, result.group_of)
    n_coded = int(result.present.sum())
    points.append(CurvePoint(len(data.texts), n_coded, whole.micro_f1.value))
    usable = [p for p in points if np.isfinite(p.micro_f1) and p.n_coded]
    return LearningCurve(tuple(points), _gain(usable))


def _gain(points: Sequence[CurvePoint]) -> float | None:
    if len({p.n_coded for p in points}) < 3:
        return None
    x = np.log([p.n_coded for p in points])
    slope = float(np.polyfit(x, [p.micro_f1 for p in points], 1)[0])
    n = points[-1].n_coded
    return max(0.0, slope) * float(np.log((n + MORE_PASSAGES) / n))


def _part(data: TrainingData, share: float, seed: int) -> TrainingData:
    """The texts of a random part of the participants."""
    group_of = group_numbers(data.groups)
    n_groups = int(group_of.max()) + 1
    chosen = np.random.default_rng(seed).permutation(n_groups)[: max(2, round(share * n_groups))]
    rows: list[int] = np.flatnonzero(np.isin(group_of, chosen)).tolist()
    return replace(
        data,
        texts=[data.texts[i] for i in rows],
        groups=[data.groups[i] for i in rows],
        present=data.present[rows],
        known=None if data.known is None else data.known[rows],
    )


def _point(data: TrainingData, options: FitOptions, fit: Fit) -> CurvePoint:
    result = fit(data, options)
    scores = evaluate(result.present, result.assigned, result.known, result.group_of)
    return CurvePoint(len(data.texts), int(result.present.sum()), scores.micro_f1.value)
