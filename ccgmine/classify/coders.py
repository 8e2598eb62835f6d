"""Is the machine as far from the reference coder as another person is?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.evaluate import Score, score_theme

Bool = NDArray[np.bool_]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CoderComparison:
    """Agreement with the reference over all themes, on the segments that both people read."""

    coder: str
    n_segments: int
    coder_f1: Score
    machine_f1: Score
    coder_kappa: Score
    machine_kappa: Score

    @property
    def sentence(self) -> str:
        """The comparison in one sentence."""
        if self.machine_f1.high < self.coder_f1.low:
            word = "further from the reference coder than"
        elif self.machine_f1.low > self.coder_f1.high:
            word = "closer to the reference coder than"
        else:
            word = "about as far from the reference coder as"
        return (
            f"On the {self.n_segments} segments that {self.coder} has read too, the machine is "
            f"{word} {self.coder} is: F1 {self.machine_f1.value:.2f} "
            f"({self.machine_f1.low:.2f}–{self.machine_f1.high:.2f}) against "
            f"{self.coder_f1.value:.2f} ({self.coder_f1.low:.2f}–{self.coder_f1.high:.2f}), kappa "
            f"{self.machine_kappa.value:.2f} against {self.coder_kappa.value:.2f}."
        )


def compare_coder(
    coder: str,
    reference: Bool,
    other: Bool,
    machine: Bool,
    looked_at: Bool,
    groups: Sequence[str],
) -> CoderComparison | None:
    """Compare a second coder and the machine with the reference.

    Args:
        coder: The second coder's name.
        reference: Shape (n_segments, n_themes), the reference coding.
        other: Same shape, the second coder's.
        machine: Same shape, held-out predictions.
        looked_at: Same shape, cells that both people looked at.
        groups: n_segments participants.

    Returns:
        The comparison, or None if there is nothing that both have read.
    """
    from ccgmine.classify.folds import group_numbers

    if not looked_at.any():
        return None
    rows, _ = np.nonzero(looked_at)
    group_of: I64 = group_numbers(groups)[rows]
    person = score_theme(reference[looked_at], other[looked_at], group_of)
    model = score_theme(reference[looked_at], machine[looked_at], group_of)
    return CoderComparison(
        coder, int(looked_at.any(axis=1).sum()), person.f1, model.f1, person.kappa, model.kappa
    )
