"""Held-out scores with intervals that respect participants.

Everything is computed from nested out-of-fold assignments (``FitResult``): thresholds and
calibration never saw the text they are scored on.

An interval says where a figure will lie among ``n_new`` participants who are not hand coded. They
are a draw of their own, so an interval for them is wider than one for an endless population: a mean
over n people and one over m others differ by chance with variance s^2 (1/n + 1/m), that is
s^2/n times 1 + n/m (the prediction interval for a mean, Hahn & Meeker 1991). The variance s^2 is
itself estimated from participants, so the normal quantile gives way to Student's t.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.proportions import wilson

Bool = NDArray[np.bool_]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

Z_95 = 1.959963984540054
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Score:
    """A held-out figure; NaN where it is not defined.

    Attributes:
        value: Between 0 and 1 (kappa: -1 and 1).
        low: Lower end of the 95 % interval.
        high: Upper end of the 95 % interval.
        n: What it rests on: assigned (precision), present (recall), either (F1), looked at (kappa).
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class ThemeScores:
    """How well one theme is found; ``n_present`` positives of ``n_participants`` people."""

    n_present: int
    n_participants: int
    n_assigned: int
    precision: Score
    recall: Score
    f1: Score
    kappa: Score


def score_theme(
    present: Bool, assigned: Bool, group_of: I64, *, n_new: float = math.inf
) -> ThemeScores:
    """Scores of one theme on the texts that were looked at.

    Args:
        present: Shape (n_texts,), the hand coding.
        assigned: Shape (n_texts,), the machine's.
        group_of: Shape (n_texts,), participant numbers, 0-based.
        n_new: For how many further participants the intervals are; infinite: for the population.
    """
    both, either = present & assigned, present | assigned
    n_scored = int(np.count_nonzero(np.bincount(group_of)))
    widening = 1.0 + n_scored / n_new
    jaccard = _proportion(both, either, group_of, widening)
    return ThemeScores(
        int(present.sum()),
        len(np.unique(group_of[present])),
        int(assigned.sum()),
        _proportion(both, assigned, group_of, widening),
        _proportion(both, present, group_of, widening),
        Score(_f1_of(jaccard.value), _f1_of(jaccard.low), _f1_of(jaccard.high), jaccard.n),
        _kappa(present, assigned, group_of, widening),
    )


def _f1_of(jaccard: float) -> float:
    """F1 = 2 TP / (2 TP + FP + FN) as a function of TP / (TP + FP + FN)."""
    return 2.0 * jaccard / (1.0 + jaccard)


def _proportion(hits: Bool, among: Bool, group_of: I64, widening: float) -> Score:
    """Share of ``among`` that are ``hits``; Wilson (1927) with the effective n of cluster samples.

    F1 is a monotone function of the Jaccard index, which is a proportion too, so one interval does
    for precision, recall and F1. The design effect (Kish 1965) is the participant-clustered
    variance over the binomial one, at least 1; ``widening`` multiplies the variance.
    """
    n = int(among.sum())
    if n == 0:
        return Score(NAN, NAN, NAN, 0)
    share = float(hits.sum()) / n
    n_people = int(np.count_nonzero(np.bincount(group_of[among])))
    quantile = _quantile(n_people) / Z_95
    effective = n / (widening * quantile**2 * _design_effect(hits, among, group_of, share))
    low, high = wilson(share * effective, effective)
    return Score(share, low, high, n)


def _quantile(n_people: int) -> float:
    """The two-sided 95 % quantile of Student's t for a variance from so many participants."""
    from scipy.special import stdtrit

    return float(stdtrit(max(1, n_people - 1), 0.975))


def _design_effect(hits: Bool, among: Bool, group_of: I64, share: float) -> float:
    residual = np.where(among, hits - share, 0.0)
    binomial = share * (1.0 - share) * among.sum()
    if binomial <= 0.0:
        sizes = np.bincount(group_of[among])
        return float((sizes**2).sum() / sizes.sum())
    clustered = np.bincount(group_of, weights=residual)
    return max(1.0, float((clustered**2).sum() / binomial))


def _kappa(present: Bool, assigned: Bool, group_of: I64, widening: float) -> Score:
    """Cohen's kappa (1960) with a jackknife over participants."""
    n = len(present)
    cells = np.column_stack([present & assigned, present, assigned, np.ones(n, np.bool_)])
    n_groups = int(group_of.max()) + 1 if n else 0
    by_group = np.zeros((n_groups, 4))
    np.add.at(by_group, group_of, cells.astype(np.float64))
    total = by_group.sum(axis=0)
    value = float(_kappa_of(total[None, :])[0]) if n else NAN
    used = by_group[by_group[:, 3] > 0]
    left_out = _kappa_of(total - used) if len(used) > 1 else np.array([NAN])
    if not np.isfinite(value) or not np.all(np.isfinite(left_out)):
        return Score(value, NAN, NAN, n)
    m = len(used)
    variance = (m - 1) / m * ((left_out - left_out.mean()) ** 2).sum()
    half = _quantile(m) * math.sqrt(widening * variance)
    return Score(value, max(-1.0, value - half), min(1.0, value + half), n)


def _kappa_of(sums: F64) -> F64:
    """Kappa from rows of (both, present, assigned, n); NaN if chance agreement is complete."""
    both, present, assigned, n = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        agree = (n - present - assigned + 2 * both) / n
        chance = (present * assigned + (n - present) * (n - assigned)) / n**2
        result: F64 = np.where(chance < 1.0, (agree - chance) / (1.0 - chance), NAN)
    return result


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All themes, and their means.

    Attributes:
        themes: One per theme; scores are NaN where nothing is defined.
        macro_f1: Mean F1 over themes with at least ``min_present`` positives.
        n_macro: How many themes that is.
        micro_f1: F1 of all cells together.
    """

    themes: tuple[ThemeScores, ...]
    macro_f1: float
    n_macro: int
    micro_f1: Score


def evaluate(
    present: Bool,
    assigned: Bool,
    known: Bool,
    group_of: I64,
    *,
    n_new: float = math.inf,
    min_present: int = 10,
) -> Evaluation:
    """Scores per theme, macro- and micro-averaged, on the cells that were looked at.

    Args:
        present: Shape (n_texts, n_themes), the hand coding.
        assigned: Shape (n_texts, n_themes), nested out-of-fold.
        known: Shape (n_texts, n_themes), cells that were looked at.
        group_of: Shape (n_texts,), participant numbers, 0-based.
        n_new: For how many further participants the intervals are; infinite: for the population.
        min_present: Themes with fewer positives are left out of the macro mean.
    """
    themes = tuple(
        score_theme(present[rows, theme], assigned[rows, theme], group_of[rows], n_new=n_new)
        for theme, rows in enumerate(known.T)
    )
    counted = [theme.f1.value for theme in themes if theme.n_present >= min_present]
    rows, _ = np.nonzero(known)
    micro = score_theme(present[known], assigned[known], group_of[rows], n_new=n_new).f1
    macro = float(np.mean(counted)) if counted else NAN
    return Evaluation(themes, macro, len(counted), micro)


def brier_skill(present: Bool, probabilities: F32, base_rates: F64) -> float:
    """1 - Brier score / that of the base rates, all themes together (Brier 1950); NaN if undefined.

    Args:
        present: Shape (n_texts, n_themes).
        probabilities: Shape (n_texts, n_themes).
        base_rates: Shape (n_themes,), from the training texts.
    """
    brier = ((probabilities - present) ** 2).mean(axis=0)
    reference = ((base_rates - present) ** 2).mean(axis=0)
    usable = reference > 0
    return float(1.0 - brier[usable].sum() / reference[usable].sum()) if usable.any() else NAN
