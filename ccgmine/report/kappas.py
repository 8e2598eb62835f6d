"""Coefficients of agreement between coders, on tables of counts.

A table has the shape (..., q, q): how often the first coder said the row's value and the second
the column's; for a theme, value 0 is absent and 1 is present. All functions work on any number of
tables at once. What is not defined is NaN, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    F64 = NDArray[np.float64]


def _ratio(above: F64, below: F64) -> F64:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        found: F64 = np.where(below > 0, above / below, np.nan)
    return found


def _observed(tables: F64) -> tuple[F64, F64]:
    """Number of units, and how many of them both coders gave the same value."""
    import numpy as np

    return tables.sum(axis=(-2, -1)), np.trace(tables, axis1=-2, axis2=-1)


def percent_agreement(tables: F64) -> F64:
    """Share of the units on which both coders say the same."""
    n, same = _observed(tables)
    return _ratio(same, n)


def cohen_kappa(tables: F64) -> F64:
    """Agreement beyond chance, each coder with their own habits.

    (po - pe) / (1 - pe); pe is the sum over values of the product of both coders' shares.

    Source:
        Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and
        Psychological Measurement 20, 37-46.
    """
    n, same = _observed(tables)
    by_chance = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1)
    # Multiplied through by n squared: counts, so that complete chance agreement is exactly 0 / 0.
    return _ratio(n * same - by_chance, n * n - by_chance)


def positive_agreement(tables: F64) -> F64:
    """Of what either coder found, how much both did: 2 n11 / (2 n11 + n10 + n01).

    Source:
        Cicchetti, D. V., & Feinstein, A. R. (1990). High agreement but low kappa: II. Resolving
        the paradoxes. Journal of Clinical Epidemiology 43, 551-558.
    """
    return _of_value(tables, 1)


def negative_agreement(tables: F64) -> F64:
    """The same for what they did not find: 2 n00 / (2 n00 + n10 + n01)."""
    return _of_value(tables, 0)


def _of_value(tables: F64, value: int) -> F64:
    said = tables[..., value, :].sum(axis=-1) + tables[..., :, value].sum(axis=-1)
    return _ratio(2 * tables[..., value, value], said)


def gwet_ac1(tables: F64) -> F64:
    """Agreement beyond chance, chance being guesses on hard units; steady where themes are rare.

    (po - pe) / (1 - pe); pe = sum of p (1 - p) / (q - 1), p the mean share of a value, q values.

    Source:
        Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the presence of
        high agreement. British Journal of Mathematical and Statistical Psychology 61, 29-48.
    """
    n, same = _observed(tables)
    q = tables.shape[-1]
    p = _ratio((tables.sum(axis=-1) + tables.sum(axis=-2)) / 2, n[..., None])
    by_chance = (p * (1 - p)).sum(axis=-1) / (q - 1)
    return _ratio(_ratio(same, n) - by_chance, 1 - by_chance)


def pair_alpha(tables: F64) -> F64:
    """Krippendorff's alpha of two coders who both judged every unit."""
    n, same = _observed(tables)
    return alpha(n - same, tables.sum(axis=-1) + tables.sum(axis=-2))


def alpha(disagreements: F64, totals: F64) -> F64:
    """Krippendorff's alpha for nominal values: 1 - observed over expected disagreement.

    Args:
        disagreements: Shape (...), from `coincidences`, summed over units.
        totals: Shape (..., q), likewise.

    Source:
        Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of
        Pennsylvania. 1 - (n - 1) sum of o_ck / sum of n_c n_k, over the pairs c < k.
    """
    n = totals.sum(axis=-1)
    products = (n * n - (totals**2).sum(axis=-1)) / 2
    return 1 - _ratio((n - 1) * disagreements, products)


def coincidences(counts: F64) -> tuple[F64, F64]:
    """What units add to `alpha`, for any number of coders of whom some may be missing.

    Args:
        counts: Shape (n_units, q), how many coders gave the unit each value.

    Returns:
        Disagreements, shape (n_units,), and values that can be paired, shape (n_units, q).
    """
    import numpy as np

    m = counts.sum(axis=1)
    paired = m > 1
    unequal = (m * m - (counts**2).sum(axis=1)) / 2
    disagreements = np.where(paired, unequal / np.maximum(m - 1, 1), 0.0)
    return disagreements, np.where(paired[:, None], counts, 0.0)


STATISTICS: dict[str, Callable[[F64], F64]] = {
    "percent_agreement": percent_agreement,
    "kappa": cohen_kappa,
    "positive_agreement": positive_agreement,
    "negative_agreement": negative_agreement,
    "ac1": gwet_ac1,
    "alpha": pair_alpha,
}
"""What is reported of two coders, by name."""


def resample(per_person: F64, n_resamples: int, seed: int) -> F64:
    """Sums over participants drawn with replacement: a bootstrap of whole participants.

    Args:
        per_person: Shape (n_people, ...), counts of each participant.
        n_resamples: How many draws.
        seed: Of the random numbers.

    Returns:
        Shape (n_resamples, ...).

    Source:
        Davison, A. C., & Hinkley, D. V. (1997). Bootstrap methods and their application.
        Cambridge University Press, section 3.8.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    n = len(per_person)
    flat = per_person.reshape(n, -1)
    out = np.empty((n_resamples, flat.shape[1]))
    rows = max(1, 4_000_000 // max(1, n))
    for start in range(0, n_resamples, rows):
        size = min(rows, n_resamples - start)
        out[start : start + size] = rng.multinomial(n, np.full(n, 1 / n), size=size) @ flat
    return out.reshape(n_resamples, *per_person.shape[1:])


LEAST_DEFINED = 0.9


def bootstrap_interval(
    values: F64, n_people: int, *, level: float = 0.95
) -> tuple[float, float] | None:
    """Expanded percentile interval; None where the resamples say nothing.

    Percentiles of few participants are too narrow; they are taken further out, as Student's t is
    against the normal, and by the square root of n / (n - 1). There is no interval from fewer than
    three participants, where the figure is undefined in more than a tenth of the resamples, or
    where it is the same in all: participants who never differ cannot say how much others would.

    Args:
        values: Shape (n_resamples,), NaN where undefined.
        n_people: How many participants were resampled.
        level: Confidence level.

    Source:
        Hesterberg, T. C. (2015). What teachers should know about the bootstrap. The American
        Statistician 69, 371-386 (section 5.3).
    """
    import numpy as np
    from scipy.special import ndtr, stdtrit

    defined = values[np.isfinite(values)]
    if n_people < 3 or len(defined) < LEAST_DEFINED * len(values):
        return None
    if np.ptp(defined) < 1e-12:
        return None
    tail = (1 - level) / 2
    expanded = float(ndtr(np.sqrt(n_people / (n_people - 1)) * stdtrit(n_people - 1, tail)))
    low, high = np.quantile(defined, [expanded, 1 - expanded])
    return float(low), float(high)
