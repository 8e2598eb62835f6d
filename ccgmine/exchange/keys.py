"""Short names that survive a spreadsheet: letters only, so that none is taken for a date or number.

A transcript ``1-2`` comes back from a spreadsheet as the first of February, a segment ``12:3`` as
a time of day. A key is neither, and says by itself which passage and theme a row is about.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from ccgmine.domain import Segment

# No vowels: no words, no months, no TRUE.
_LETTERS = "bcdfghjklmnpqrstvwxz"
_PASSAGE, _THEME, _BATCH = 12, 8, 6
_KEY = re.compile(f"([a-z]{{{_PASSAGE}}})_([a-z]{{{_THEME}}})_([a-z]{{{_BATCH}}})")


def letters(parts: Iterable[object], length: int) -> str:
    """So many letters that stand for the parts."""
    text = "\x1f".join(str(part) for part in parts)
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest(), "big")
    found = ""
    for _ in range(length):
        number, rest = divmod(number, len(_LETTERS))
        found += _LETTERS[rest]
    return found


def passage_key(segment: Segment) -> str:
    """Stands for a segment: its transcript, its place and its words."""
    span = segment.span
    return letters((segment.transcript_id, span.start, span.end, segment.text), _PASSAGE)


def theme_key(theme_id: str) -> str:
    """Stands for a theme."""
    return letters((theme_id,), _THEME)


def batch_key(keys: Iterable[str]) -> str:
    """Stands for everything that was exported together."""
    return letters(keys, _BATCH)


def row_key(passage: str, theme: str, batch: str) -> str:
    """The key of a row."""
    return f"{passage}_{theme}_{batch}"


def split_key(text: str) -> tuple[str, str, str]:
    """Passage, theme and batch of a row's key; empty if it is none."""
    match = _KEY.fullmatch(text.strip().lower())
    return (match[1], match[2], match[3]) if match else ("", "", "")
