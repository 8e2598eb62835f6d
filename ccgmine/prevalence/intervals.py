"""Intervals for a share of a finite group of people."""

from __future__ import annotations

import math

from ccgmine.proportions import wilson

ROUNDING = 1e-9


def wilson_finite(
    n_present: int, n_known: int, n_population: int, *, level: float = 0.95
) -> tuple[float, float]:
    """Interval for the share in a finite population of which a part is known.

    The Wilson interval on the sample size that a finite population makes it worth,
    ``n (N - 1) / (N - n)``, cut to what is possible: the known people with the theme are
    sure, and so are those without.

    Args:
        n_present: Known people who raised the theme, 0 to ``n_known``.
        n_known: People fully hand coded, 1 to ``n_population``; a random sample of all.
        n_population: People in the group.
        level: Confidence level, strictly between 0 and 1.

    Returns:
        Lower and upper bound of the share among all ``n_population``.

    Raises:
        ValueError: If the counts are out of range.

    Source:
        Cochran, W. G. (1977). Sampling Techniques, 3rd edition, sections 2.6 and 3.6
        (finite-population correction); Wilson (1927).

    Example:
        >>> wilson_finite(6, 10, 10)
        (0.6, 0.6)
        >>> low, high = wilson_finite(5, 10, 20)
        >>> round(low, 3), round(high, 3)
        (0.295, 0.705)
    """
    if not 0 <= n_present <= n_known <= n_population or n_known < 1:
        raise ValueError(f"{n_present} of {n_known} of {n_population} is not possible")
    if n_known == n_population:
        return n_present / n_known, n_present / n_known
    worth = n_known * (n_population - 1) / (n_population - n_known)
    low, high = wilson(n_present / n_known * worth, worth, level=level)
    unknown = n_population - n_known
    return (
        max(low, n_present / n_population),
        min(high, (n_present + unknown) / n_population),
    )


def whole_people(bounds: tuple[float, float], size: int, *, least: int) -> tuple[float, float]:
    """An interval of shares widened to whole people, with what is known of single people.

    Args:
        bounds: Lower and upper bound of a share.
        size: People in the group, at least 1.
        least: People of whom it is known that they raised the theme.

    Returns:
        The same as shares of ``size``, the lower bound not below ``least``.

    >>> low, high = whole_people((0.867, 1.0), 6, least=5)
    >>> round(low * 6), round(high * 6)
    (5, 6)
    """
    low = math.floor(bounds[0] * size + ROUNDING)
    high = math.ceil(bounds[1] * size - ROUNDING)
    return max(low, least) / size, max(high, least) / size
