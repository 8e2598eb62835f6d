"""What the benchmark of the classifier counts, from hand codings and what a model said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from comments import Bool
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ccgmine.classify.evaluate import Evaluation

F64 = NDArray[np.float64]

MIN_MACRO = 10
MIN_CALIBRATION = 5
MIN_HONESTY = 20
CLEARLY_POSSIBLE = 0.1
SIZES = ((0, 9), (10, 19), (20, 39), (40, 100_000))


def f1_by_theme(present: Bool, assigned: Bool) -> F64:
    """Shape (n_themes,); 0 where nothing is present and nothing assigned."""
    both = (present & assigned).sum(axis=0)
    total: F64 = 2.0 * both / np.maximum(present.sum(axis=0) + assigned.sum(axis=0), 1)
    return total


def macro_f1(present: Bool, assigned: Bool) -> float:
    """Mean over the themes with at least ten positives."""
    return float(f1_by_theme(present, assigned)[present.sum(axis=0) >= MIN_MACRO].mean())


def micro_f1(present: Bool, assigned: Bool) -> float:
    """F1 of all cells together."""
    return float(2.0 * (present & assigned).sum() / max(int(present.sum() + assigned.sum()), 1))


def micro_by_size(texts: Sequence[str], present: Bool, assigned: Bool) -> tuple[float, ...]:
    """Micro-F1 of texts by their number of words, one figure for each of ``SIZES``."""
    words = np.array([len(text.split()) for text in texts])
    rows = [(low <= words) & (words <= high) for low, high in SIZES]
    return tuple(micro_f1(present[r], assigned[r]) if r.any() else float("nan") for r in rows)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Brier skill of all cells together, mean Brier skill of the themes, and the slope."""

    pooled: float
    by_theme: float
    slope: float


def calibration(present: Bool, probabilities: F64, coded: Bool) -> Calibrated:
    """How good probabilities are, over themes with five coded positives or more.

    Args:
        present: Shape (n_texts, n_themes), of the test part.
        probabilities: The same shape.
        coded: Shape (n_coded, n_themes), hand codings that the model learned from.
    """
    usable = (coded.sum(axis=0) >= MIN_CALIBRATION) & present.any(axis=0)
    present, probabilities = present[:, usable], probabilities[:, usable]
    model = ((probabilities - present) ** 2).mean(axis=0)
    base = ((coded[:, usable].mean(axis=0) - present) ** 2).mean(axis=0)
    return Calibrated(
        float(1.0 - model.sum() / base.sum()),
        float((1.0 - model / base).mean()),
        _slope(present, probabilities),
    )


def _slope(present: Bool, probabilities: F64) -> float:
    """Slope of a logistic regression of what is true on the log odds of clear probabilities."""
    clear = probabilities > CLEARLY_POSSIBLE
    bounded = np.clip(probabilities[clear], 1e-6, 1 - 1e-6)
    odds = np.log(bounded / (1.0 - bounded))[:, None]
    fitted = LogisticRegression(C=1e6).fit(odds, present[clear])
    return float(fitted.coef_[0, 0])


@dataclass(frozen=True, slots=True)
class Interval:
    """A printed interval of a theme's F1, and the F1 on participants who were not hand coded."""

    low: float
    high: float
    found: float
    n_new: int

    @property
    def holds(self) -> bool:
        """Whether the F1 that was found lies in the interval."""
        return self.low <= self.found <= self.high

    @property
    def width(self) -> float:
        """High less low."""
        return self.high - self.low


def intervals(evaluation: Evaluation, present: Bool, assigned: Bool) -> list[Interval]:
    """Of every theme with 20 coded positives or more and any new one."""
    found = f1_by_theme(present, assigned)
    n_new = present.sum(axis=0)
    return [
        Interval(theme.f1.low, theme.f1.high, float(found[i]), int(n_new[i]))
        for i, theme in enumerate(evaluation.themes)
        if theme.n_present >= MIN_HONESTY and n_new[i]
    ]


def honesty(found: Sequence[Interval]) -> tuple[float, float, int]:
    """Share of intervals that hold, their mean width, and how many there are."""
    if not found:
        return float("nan"), float("nan"), 0
    holds = float(np.mean([interval.holds for interval in found]))
    return holds, float(np.mean([interval.width for interval in found])), len(found)
