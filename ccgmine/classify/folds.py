"""Folds that keep every participant's texts together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]


def group_numbers(groups: Sequence[Hashable]) -> I64:
    """Number of each text's participant, 0-based, in order of first appearance."""
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(group, len(seen)) for group in groups], dtype=np.int64)


def assign_folds(group_of: I64, positives: NDArray[np.float32], n_folds: int, seed: int) -> I64:
    """Fold of each text: participants whole, rare themes spread, folds of like size.

    Participants with the rarest themes are placed first, each into the fold that has the fewest
    positives of its rarest theme, then the fewest texts (iterative stratification after Sechidis
    et al. 2011, by participant).

    Args:
        group_of: Shape (n_texts,), participant numbers, 0-based.
        positives: Shape (n_texts, n_themes), 1 where a theme is known to be present.
        n_folds: At least 2; fewer participants give fewer folds.
        seed: Orders participants that are otherwise alike.

    Returns:
        Shape (n_texts,), 0-based. All zero if there is one participant only.
    """
    n_groups = int(group_of.max()) + 1 if len(group_of) else 0
    n_folds = min(n_folds, n_groups)
    if n_folds < 2:
        return np.zeros(len(group_of), dtype=np.int64)
    by_group = np.zeros((n_groups, positives.shape[1]), dtype=np.float64)
    np.add.at(by_group, group_of, positives)
    sizes = np.bincount(group_of, minlength=n_groups)
    totals = by_group.sum(axis=0)
    rarity = np.where(by_group > 0, totals[None, :], np.inf)
    rarest = rarity.argmin(axis=1)
    shuffled = np.random.default_rng(seed).permutation(n_groups)
    order = shuffled[np.argsort(rarity.min(axis=1)[shuffled], kind="stable")]
    fold_positives = np.zeros((n_folds, positives.shape[1]))
    fold_sizes = np.zeros(n_folds)
    fold_of_group = np.zeros(n_groups, dtype=np.int64)
    for group in order:
        theme = rarest[group]
        has_any = by_group[group, theme] > 0 if positives.shape[1] else False
        load = fold_positives[:, theme] if has_any else np.zeros(n_folds)
        fold = int(np.lexsort((fold_sizes, load))[0])
        fold_of_group[group] = fold
        fold_positives[fold] += by_group[group]
        fold_sizes[fold] += sizes[group]
    return fold_of_group[group_of]
