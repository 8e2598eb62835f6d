"""The order in which people expect names: ``Site 2`` before ``Site 10``."""

from __future__ import annotations

import re


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which ``Site 2`` comes before ``Site 10``.

    >>> sorted(["Site 10", "Site 2"], key=natural)
    ['Site 2', 'Site 10']
    """
    parts = re.findall(r"\d+|\D+", text)
    key = ((0, int(p), "") if p.isdecimal() else (1, 0, p.casefold()) for p in parts)
    # "Site 1" and "Site 01" are two values: the text itself keeps their order the same always.
    return (*key, (-1, 0, text))
