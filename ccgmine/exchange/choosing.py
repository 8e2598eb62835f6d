"""Which of the machine's codings a person should look at first, and a random sample of the rest.

Most useful first: where the model is least sure (its probability is near the theme's threshold),
and where people have coded the theme seldom. Whatever is learned that way says nothing of how
often a theme is raised, since it was not chosen by chance; therefore, on request, a random sample
of all that is left goes with it. Together they are a two-part sample with known probabilities: 1
for what was listed, n of N for the rest.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

USEFUL, AUDIT = "useful", "audit"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The model's word on a segment and a theme that nobody has read the segment for."""

    segment_no: int
    theme_id: str
    probability: float
    assigned: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate, why it is here, and the probability with which it came here."""

    candidate: Candidate
    why: str
    selection_probability: float


def choose(
    candidates: Callable[[], Iterable[Candidate]],
    coded: Mapping[str, int],
    *,
    limit: int | None = None,
    audit: int = 0,
    seed: int = 0,
) -> list[Chosen]:
    """The machine's codings, most useful first, and then the audit sample.

    Args:
        candidates: Makes all candidates, in one order always; they may be very many.
        coded: How many codings by hand each theme has.
        limit: At most so many of the machine's codings.
        audit: So many of all other candidates, at random: every one with the same probability.
        seed: Of the random sample.
    """
    found, total, cuts = [], 0, _Cuts()
    for candidate in candidates():
        total += 1
        cuts.add(candidate)
        if candidate.assigned:
            found.append(candidate)
    order = {c: i for i, c in enumerate(found)}
    found.sort(key=lambda c: (-usefulness(c, cuts.of(c.theme_id), coded), order[c]))
    listed = found if limit is None else found[:limit]
    chosen = [Chosen(c, USEFUL, 1.0) for c in listed]
    rest = total - len(listed)
    n = min(audit, rest)
    if not n:
        return chosen
    wanted = frozenset(random.Random(seed).sample(range(rest), n))  # noqa: S311 - no secret
    there = frozenset(listed)
    left = (c for c in candidates() if c not in there)
    return chosen + [Chosen(c, AUDIT, n / rest) for i, c in enumerate(left) if i in wanted]


def usefulness(candidate: Candidate, threshold: float, coded: Mapping[str, int]) -> float:
    """From 0 to 1: how near to the threshold in log-odds, and how seldom the theme was coded."""
    distance = abs(_logit(candidate.probability) - _logit(threshold))
    return math.exp(-distance) / math.sqrt(1 + coded.get(candidate.theme_id, 0))


def _logit(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


class _Cuts:
    """The threshold of each theme, as its decisions show it."""

    def __init__(self) -> None:
        self._lowest: dict[str, float] = {}
        self._highest: dict[str, float] = {}

    def add(self, candidate: Candidate) -> None:
        theme, p = candidate.theme_id, candidate.probability
        if candidate.assigned:
            self._lowest[theme] = min(p, self._lowest.get(theme, 1.0))
        else:
            self._highest[theme] = max(p, self._highest.get(theme, 0.0))

    def of(self, theme_id: str) -> float:
        lowest = self._lowest.get(theme_id, 0.5)
        highest = self._highest.get(theme_id, lowest)
        # Held-out predictions have thresholds of their own, so the two may overlap.
        return (lowest + highest) / 2 if highest <= lowest else lowest
