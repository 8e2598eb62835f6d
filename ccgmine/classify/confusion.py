"""Which theme the model takes for which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bool = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Confusion:
    """``n`` texts carry theme ``missed`` and were given ``said`` instead (column numbers)."""

    missed: int
    said: int
    n: int


def confusions(
    present: Bool, assigned: Bool, known: Bool, *, most: int = 10, at_least: int = 2
) -> list[Confusion]:
    """The most frequent confusions, on held-out texts.

    Args:
        present: Shape (n_texts, n_themes), the hand coding.
        assigned: Shape (n_texts, n_themes), held out.
        known: Shape (n_texts, n_themes), cells that were looked at.
        most: How many to give.
        at_least: Leave out what happened less often.
    """
    missed = (present & ~assigned & known).astype(np.int64)
    wrong = (assigned & ~present & known).astype(np.int64)
    counts = missed.T @ wrong
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    pairs = [divmod(int(i), counts.shape[1]) for i in order]
    return [Confusion(a, b, int(counts[a, b])) for a, b in pairs if counts[a, b] >= at_least]
