"""Words for amounts, from cut-points that the researcher sets and every table prints."""

from __future__ import annotations

from collections.abc import Sequence

NOT_RAISED = "not raised"
Bands = Sequence[tuple[str, float]]
"""Words with the share from which each applies, highest first, the last at 0."""


def word(share: float, bands: Bands) -> str:
    """The prevalence word for a share of people.

    >>> word(0.5, [("predominant", 0.5), ("minor", 0.0)]), word(0.0, [("minor", 0.0)])
    ('predominant', 'not raised')
    """
    if share <= 0:
        return NOT_RAISED
    # A share such as 3/12 must not fall below its own cut-point by rounding.
    return next(name for name, cut in bands if share >= cut - 1e-12)


def words(low: float, high: float, bands: Bands) -> str:
    """The word that an interval supports, or the two that it spans.

    >>> words(0.3, 0.6, [("predominant", 0.5), ("major", 0.25), ("minor", 0.0)])
    'major to predominant'
    """
    lowest, highest = word(low, bands), word(high, bands)
    return lowest if lowest == highest else f"{lowest} to {highest}"


def rule(bands: Bands) -> str:
    """The bands as a sentence.

    >>> rule([("predominant", 0.5), ("minor", 0.0)])
    'predominant from 50 %, minor above 0 %, else not raised'
    """
    parts = [f"{name} from {100 * cut:g} %" if cut else f"{name} above 0 %" for name, cut in bands]
    return ", ".join(parts) + f", else {NOT_RAISED}"
