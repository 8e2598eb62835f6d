"""The value that every writer renders: columns, rows of text and numbers, and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; None is an empty cell, a ``float`` is a share or probability."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    notes: tuple[str, ...] = ()


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_text(text: str) -> str:
    """Text that no spreadsheet runs as a formula: an apostrophe goes before such a start.

    A text that is a plain number stays as it is.

    >>> safe_text("=1+1"), safe_text("-5"), safe_text("GP ID 3")
    ("'=1+1", '-5', 'GP ID 3')
    """
    if not text.startswith(FORMULA_STARTS) or _NUMBER.fullmatch(text):
        return text
    return "'" + text


def columns_with(attributes: Sequence[str]) -> tuple[str, ...]:
    """Attribute columns of a tidy table: site and respondent type always, others as asked."""
    return tuple(dict.fromkeys(["site", "respondent_type", *attributes]))
