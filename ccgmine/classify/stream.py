"""Rows in, rows out: classifying texts without a study, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ccgmine.classify.predict import BATCH_CHARS, BATCH_TEXTS, Predictor
from ccgmine.domain import ThemeState

if TYPE_CHECKING:
    from ccgmine.classify.bundle import Bundle

SCORE_DIGITS = 4


def header(bundle: Bundle, id_name: str, *, scores: bool) -> list[str]:
    """Column names of the output."""
    extra = [f"p({t.theme_id})" for t in bundle.themes] if scores else []
    return [id_name, "themes", "suggested", *extra]


def classify_rows(
    bundle: Bundle, rows: Iterable[tuple[str, str]], *, scores: bool, separator: str = ";"
) -> Iterator[list[str]]:
    """Classify texts one after another.

    Args:
        bundle: The model.
        rows: (id, text) of each row.
        scores: Also give the calibrated probability of every theme, four decimals.
        separator: What stands between themes.

    Yields:
        Id, learned themes that are assigned, themes that are only suggested, probabilities.
    """
    predictor = Predictor(bundle.model)
    names = [t.theme_id for t in bundle.themes]
    learned = [s is ThemeState.LEARNED for s in bundle.model.states]
    for batch in _batches(rows):
        found = predictor.predict([text for _, text in batch])
        themes: list[list[str]] = [[] for _ in batch]
        suggested: list[list[str]] = [[] for _ in batch]
        row_of, theme_of = found.assigned.nonzero()
        for row, theme in zip(row_of.tolist(), theme_of.tolist(), strict=True):
            (themes if learned[theme] else suggested)[row].append(names[theme])
        probabilities: Sequence[Sequence[float]] = ()
        if scores:
            probabilities = predictor.probabilities(found.scores).tolist()
        for i, (row_id, _) in enumerate(batch):
            line = [row_id, separator.join(themes[i]), separator.join(suggested[i])]
            if scores:
                line += [f"{p:.{SCORE_DIGITS}f}" for p in probabilities[i]]
            yield line


def _batches(rows: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    batch: list[tuple[str, str]] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += len(row[1])
        if len(batch) >= BATCH_TEXTS or characters >= BATCH_CHARS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
