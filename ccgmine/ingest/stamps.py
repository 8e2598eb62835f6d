"""Times that stand in a transcript's margins: ``[00:12:31]``, ``#00:00:03-5#``, ``0:03``.

Hours, minutes, seconds and fractions or frames; with AM or PM; ranges; in brackets also
``[12.31]``, ``[12m 31s]``, ``[1h02m]`` and ``[at 12:31]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# Frames or a fraction behind the seconds, and the half of the day.
_REST = r"(?:[.,]\d{1,9}|[:;]\d{2}(?!\d))?(?:-\d(?!\d))?(?:\s?[AaPp]\.?[Mm]\b\.?)?"
CLOCK = rf"\d{{1,3}}:[0-5]\d(?::[0-5]\d)?{_REST}"
_RANGE = rf"{CLOCK}(?:\s*(?:-->|[-–—]|to)\s*{CLOCK})?"
# Forms that are times only where brackets say so.
_DOTTED = r"\d{1,2}\.[0-5]\d(?:\.[0-5]\d)?"
_HOURS, _MINUTES, _SECONDS = (
    r"\d{1,2}\s?(?:h|hrs?|hours?)",
    r"\d{1,3}\s?(?:m|min|mins|minutes?|['′])",
    r"\d{1,2}\s?(?:s|secs?|seconds?|[\"″])",
)
_UNITS = rf"(?:{_HOURS}\s?{_MINUTES}(?:\s?{_SECONDS})?|{_MINUTES}\s?{_SECONDS})"
_TIMES = "|".join(rf"{time}(?:\s*[-–—]\s*{time})?" for time in (_DOTTED, _UNITS))
_IN_BRACKETS = rf"(?:(?i:at|time|timestamp|time ?code|tc)\s?:?\s?)?(?:{_RANGE}|{_TIMES})"
_PAIRS = (r"\[\]", r"\{\}", "<>", "##", r"\(\)")


def _between(pairs: Iterable[str], times: str) -> str:
    forms = []
    for pair in pairs:
        opening, closing = pair[: len(pair) // 2], pair[len(pair) // 2 :]
        gap = "" if pair == "##" else r"\s*"
        forms.append(f"{opening}{gap}{times}{gap}{closing}")
    return f"(?:{'|'.join(forms)})"


# In round brackets, (2.30) may be a price or a score.
BRACKETED = f"(?:{_between(_PAIRS[:-1], _IN_BRACKETS)}|{_between(_PAIRS[-1:], _RANGE)})"
# Nobody says hours, minutes and seconds; two numbers alone may be a time of day.
_WITH_HOURS = rf"\d{{1,3}}:[0-5]\d:[0-5]\d{_REST}"
_RANGE_WITH_HOURS = rf"{_WITH_HOURS}(?:\s*(?:-->|[-–—]|to)\s*{_WITH_HOURS})?"

_ONLY = re.compile(rf"\s*(?:{BRACKETED}|{_RANGE})\s*")
_FIRST = re.compile(rf"\s*(?:({BRACKETED})\s*|({_RANGE})(?:\s+|$))")
_FIRST_FOR_SURE = re.compile(
    rf"\s*(?:({BRACKETED})\s*|({_RANGE_WITH_HOURS})(?:\s+|$)|({_RANGE})(?:\t\s*|\s*$))"
)
_INLINE = re.compile(
    rf"\s*(?:{_between(_PAIRS[:-1], _IN_BRACKETS)}|{_between(_PAIRS[-1:], _RANGE_WITH_HOURS)})"
    rf"|^\s*{_RANGE_WITH_HOURS}(?=\s|$)"
)
_PARTS = re.compile(r"(?:(\d{1,3})[:.])?(\d{1,3})[:.](\d{2})(?:[.,](\d{1,3}))?")
_UNIT_PARTS = re.compile(
    r"(?:(\d{1,2})\s?h[a-z]*\s?)?(\d{1,3})\s?(?:m[a-z]*|['′])(?:\s?(\d{1,2}))?"
)


def milliseconds(stamp: str) -> int | None:
    """The first time in a text."""
    match = _PARTS.search(stamp)
    fraction = None
    if match is not None:
        hours, minutes, seconds, fraction = match.groups()
    elif (match := _UNIT_PARTS.search(stamp)) is not None:
        hours, minutes, seconds = match.groups()
    else:
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def time_of(text: str) -> int | None:
    """Milliseconds of a text that is a time and nothing else, such as ``[00:12:31]``."""
    return milliseconds(text) if _ONLY.fullmatch(text) else None


def split_time(text: str, *, doubtful: bool) -> tuple[int | None, str]:
    """The time at the start of a text, and what follows it.

    Args:
        text: The text.
        doubtful: Whether ``10:30 in the morning`` counts as a time too.
    """
    match = (_FIRST if doubtful else _FIRST_FOR_SURE).match(text)
    if match is None:
        return None, text
    return milliseconds(match.group()), text[match.end() :]


def without_times(text: str) -> str:
    """The text without times in brackets or between number signs."""
    return _INLINE.sub("", text)
