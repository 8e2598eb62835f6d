"""What a theme's held-out scores allow, in words."""

from __future__ import annotations

import math

from ccgmine.classify.evaluate import ThemeScores
from ccgmine.domain import ThemeState

GOOD = "good enough to count"
CARE = "count with care"
CHECK = "check by hand"
SUGGESTED = "suggested only"
NOT_LEARNED = "not learned"

GOOD_F1, GOOD_LOW = 0.70, 0.45
CARE_F1, CARE_LOW = 0.50, 0.20

RULE = (
    f"Verdicts: {GOOD}: F1 from {GOOD_F1:.2f} and its lower bound from {GOOD_LOW:.2f}; {CARE}: F1 "
    f"from {CARE_F1:.2f}, lower bound from {CARE_LOW:.2f}; else, and where kappa may be 0, "
    f"{CHECK}. {SUGGESTED}: fewer than 5 coded segments or 3 participants."
)


def verdict(state: ThemeState, scores: ThemeScores) -> str:
    """The verdict on a theme.

    The cut-points are ours: F1 0.70 at a theme of one passage in ten is a kappa of about 0.67,
    where McHugh (2012) begins to call agreement moderate; the lower bound keeps a handful of
    lucky passages from being called good. Of a theme that most passages carry, F1 is high even by
    chance; kappa is not (Cohen, 1960), and without one that is surely above 0 nothing is to be
    counted.
    """
    if state is ThemeState.NOT_LEARNED:
        return NOT_LEARNED
    if state is ThemeState.SUGGESTED:
        return SUGGESTED
    f1, low = scores.f1.value, scores.f1.low
    if math.isnan(f1) or not scores.kappa.low > 0:
        return CHECK
    if f1 >= GOOD_F1 and low >= GOOD_LOW:
        return GOOD
    return CARE if f1 >= CARE_F1 and low >= CARE_LOW else CHECK
