"""How numbers are written, in one place, so that every output agrees to the last digit."""

from __future__ import annotations

SHARE_DIGITS = 4


def share(value: float) -> float:
    """A share or probability as a number of four decimals, without a negative zero."""
    return round(value, SHARE_DIGITS) + 0.0


def percent(value: float) -> str:
    """A share as whole per cent for people.

    >>> percent(0.5833)
    '58 %'
    """
    return f"{100 * value:.0f} %"


def interval(low: float, high: float) -> str:
    """An interval as whole per cent for people.

    >>> interval(0.45, 0.7)
    '45–70 %'
    """
    return f"{100 * low:.0f}–{100 * high:.0f} %"


def plain(value: float) -> str:
    """A number as text: no exponent, no superfluous zeros.

    >>> plain(0.5), plain(0.0), plain(1.0)
    ('0.5', '0', '1')
    """
    return f"{value:.10f}".rstrip("0").rstrip(".")
