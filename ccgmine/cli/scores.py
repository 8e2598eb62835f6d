"""Held-out scores as columns, and as they fit a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ccgmine.report.numbers import share
from ccgmine.report.sheet import Cell, Sheet

if TYPE_CHECKING:
    from ccgmine.classify.evaluate import ThemeScores

FIGURES = ("precision", "recall", "f1", "kappa")


def score_columns() -> tuple[str, ...]:
    """Names of the columns that `score_figures` fills."""
    return tuple(f"{figure}{end}" for figure in FIGURES for end in ("", "_low", "_high"))


def score_figures(scores: ThemeScores) -> tuple[Cell, ...]:
    """Value and interval of each figure; undefined ones are empty."""
    found = [getattr(scores, figure) for figure in FIGURES]
    return tuple(_cell(x) for score in found for x in (score.value, score.low, score.high))


def _cell(value: float) -> Cell:
    return None if math.isnan(value) else share(value)


def scores_for_reading(sheet: Sheet, title: str) -> Sheet:
    """The scores with two digits, and few enough columns for a terminal."""
    at = {name: i for i, name in enumerate(sheet.columns)}
    rows = []
    for row in sheet.rows:
        precision, recall, f1, low, high, kappa = (
            _two_digits(row[at[name]])
            for name in ("precision", "recall", "f1", "f1_low", "f1_high", "kappa")
        )
        interval = f"{low}–{high}" if low else ""
        first = tuple(row[at[name]] for name in ("label", "verdict", "n", "participants"))
        rows.append((*first, precision, recall, f1, interval, kappa))
    columns = ("theme", "verdict", "n", "ppl", "P", "R", "F1", "95 %", "kappa")
    return Sheet(title, columns, tuple(rows), sheet.notes)


def _two_digits(value: Cell) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else ""
