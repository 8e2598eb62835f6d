"""The interval for a proportion that scores and prevalence share."""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(n_present: float, n_units: float, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson score interval for a proportion of independent units.

    Do not use it on segments: segments of one participant are not independent.

    Args:
        n_present: Units that show the theme, 0 to ``n_units``; need not be whole.
        n_units: Units examined, above 0.
        level: Confidence level, strictly between 0 and 1.

    Returns:
        Lower and upper bound, each in [0, 1].

    Raises:
        ValueError: If the counts or the level are out of range.

    Source:
        Wilson, E. B. (1927). Probable inference, the law of succession, and statistical
        inference. Journal of the American Statistical Association 22, 209-212.

    Example:
        >>> low, high = wilson(3, 10)
        >>> round(low, 4), round(high, 4)
        (0.1078, 0.6032)
    """
    if not 0 <= n_present <= n_units or n_units <= 0:
        raise ValueError(f"{n_present} of {n_units} is no proportion")
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    z2 = NormalDist().inv_cdf(0.5 + level / 2) ** 2
    share = n_present / n_units
    centre = (share + z2 / (2 * n_units)) / (1 + z2 / n_units)
    spread = share * (1 - share) / n_units + z2 / (4 * n_units**2)
    half = math.sqrt(z2 * spread) / (1 + z2 / n_units)
    # Algebra puts the share inside the interval; rounding can push a bound past it by 1e-17.
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))
