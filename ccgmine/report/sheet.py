"""The value that every writer renders: columns, rows of text and numbers, and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | int | float | None

HIDDEN = "[c]"
"""What stands where disclosure control took a figure away: statistics offices' "confidential"."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table; None is an empty cell, a ``float`` is a share or probability.

    ``measures`` are columns whose floats are neither, such as kappa: no per cent for them.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


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


_NO_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    r"""Text without the characters that office files cannot hold.

    >>> printable("a bell\x07 rings")
    'a bell  rings'
    """
    return _NO_CONTROL.sub(" ", text)


def columns_with(attributes: Sequence[str]) -> tuple[str, ...]:
    """Attribute columns of a tidy table: site and respondent type always, others as asked."""
    return tuple(dict.fromkeys(["site", "respondent_type", *attributes]))
