"""How numbers are written, in one place, so that every output agrees to the last digit."""

from __future__ import annotations

SHARE_DIGITS = 4


def share(value: float) -> float:
    """A share or probability as a number of four decimals, without a negative zero."""
    return round(value, SHARE_DIGITS) + 0.0


def percent(value: float) -> str:
    """A share as whole per cent for people.

    >>> percent(0.5833), percent(1 / 8)
    ('58 %', '13 %')
    """
    return f"{_whole(value)} %"


def interval(low: float, high: float) -> str:
    """An interval as whole per cent for people.

    >>> interval(0.45, 0.7)
    '45–70 %'
    """
    return f"{_whole(low)}–{_whole(high)} %"


def bounds(low: float, high: float) -> str:
    """An interval as whole per cent, where the heading says that it is per cent.

    >>> bounds(0.45, 0.7)
    '45–70'
    """
    return f"{_whole(low)}–{_whole(high)}"


def _whole(value: float) -> int:
    """Whole per cent of a share, as a spreadsheet rounds the four decimals it is given."""
    from decimal import ROUND_HALF_UP, Decimal

    return int((100 * Decimal(str(share(value)))).quantize(Decimal(1), ROUND_HALF_UP))


def points(difference: float) -> str:
    """A difference of shares as percentage points.

    >>> points(0.21), points(-0.035)
    ('+21', '-4')
    """
    whole = _whole(abs(difference))
    return f"{'-' if difference < 0 and whole else '+'}{whole}"


def chance(value: float) -> str:
    """A probability as whole per cent; what is not certain never looks so.

    >>> chance(0.8125), chance(0.9996), chance(0.0), chance(0.005)
    ('81 %', '>99 %', '<1 %', '1 %')
    """
    value = share(value)
    if value >= 0.995:
        return ">99 %"
    return "<1 %" if value < 0.005 else percent(value)


def leaves_out_zero(low: float, high: float) -> bool:
    """Whether an interval of differences has one sign, as it is printed.

    An interval "+0 to +23" does not leave out zero.

    >>> leaves_out_zero(0.03, 0.23), leaves_out_zero(0.004, 0.23), leaves_out_zero(-0.1, 0.2)
    (True, False, False)
    """
    return low * high > 0 and _whole(abs(low)) > 0 and _whole(abs(high)) > 0


def plain(value: float) -> str:
    """A number as text: no exponent, no superfluous zeros.

    >>> plain(0.5), plain(0.0), plain(1.0)
    ('0.5', '0', '1')
    """
    return f"{value:.10f}".rstrip("0").rstrip(".")
