"""Which themes go together: in the same segment, or in the same participant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccgmine.domain import Theme
from ccgmine.report.numbers import share
from ccgmine.report.sheet import Cell, Sheet


@dataclass(frozen=True, slots=True)
class Unit:
    """A segment or participant: themes it carries, and those it was looked at for (None: all)."""

    themes: frozenset[str]
    looked_for: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two themes over the units looked at for both.

    Undefined measures are None, never 0.
    """

    n_both: int
    n_first: int
    n_second: int
    n_units: int

    @property
    def jaccard(self) -> float | None:
        """Units with both, of those with either (Jaccard 1901): both / (a + b - both)."""
        either = self.n_first + self.n_second - self.n_both
        return self.n_both / either if either else None

    @property
    def phi(self) -> float | None:
        """Pearson's correlation of two yes-or-no variables (Yule 1912), from -1 to 1.

        (n both - a b) / sqrt(a b (n - a) (n - b)), a and b the units with either theme.
        """
        n, a, b = self.n_units, self.n_first, self.n_second
        spread = a * b * (n - a) * (n - b)
        return (n * self.n_both - a * b) / math.sqrt(spread) if spread else None

    @property
    def lift(self) -> float | None:
        """How many times as often together as if they had nothing to do with each other.

        n both / (a b); 1 means independent (Brin et al. 1997, who call it interest).
        """
        expected = self.n_first * self.n_second
        return self.n_units * self.n_both / expected if expected else None


MEASURES = ("n_both", "jaccard", "phi", "lift")
Pairs = dict[tuple[str, str], Pair]


def count_pairs(units: Iterable[Unit], themes: Sequence[str]) -> Pairs:
    """Counts of every pair of themes, both ways round, and of each theme with itself.

    A unit counts for a pair if it was looked at for both of its themes.
    """
    import numpy as np

    column = {theme: i for i, theme in enumerate(themes)}
    found = list(units)
    looked = np.zeros((len(found), len(themes)))
    carried = np.zeros_like(looked)
    for i, unit in enumerate(found):
        if unit.looked_for is None:
            looked[i] = 1.0
        else:
            looked[i, [column[t] for t in unit.looked_for if t in column]] = 1.0
        carried[i, [column[t] for t in unit.themes if t in column]] = 1.0
    carried *= looked
    both = (carried.T @ carried).astype(int)
    first = (carried.T @ looked).astype(int)
    n = (looked.T @ looked).astype(int)
    return {
        (a, b): Pair(int(both[i, j]), int(first[i, j]), int(first[j, i]), int(n[i, j]))
        for i, a in enumerate(themes)
        for j, b in enumerate(themes)
    }


def tidy_sheet(
    pairs: Sequence[tuple[str, Pairs]], themes: Sequence[Theme], unit: str, notes: tuple[str, ...]
) -> Sheet:
    """A row a pair of themes, each pair once.

    Args:
        pairs: (who coded, counts), hand before machine.
        themes: In the order of the codebook.
        unit: What was counted.
        notes: What stands under the table.
    """
    columns = (
        "theme_a", "label_a", "theme_b", "label_b", "coded_by", "unit", "n_both", "n_a", "n_b",
        "n_units", "jaccard", "phi", "lift",
    )  # fmt: skip
    rows = []
    for i, a in enumerate(themes):
        for b in themes[i + 1 :]:
            for coded_by, counts in pairs:
                pair = counts.get((a.theme_id, b.theme_id))
                if pair is not None:
                    names = (a.theme_id, a.name, b.theme_id, b.name, coded_by, unit)
                    rows.append((*names, *_figures(pair)))
    return Sheet("cooccurrence", columns, tuple(rows), notes, ("phi", "lift"))


def _figures(pair: Pair) -> tuple[Cell, ...]:
    counts = (pair.n_both, pair.n_first, pair.n_second, pair.n_units)
    return (*counts, *map(_measure, (pair.jaccard, pair.phi, pair.lift)))


def _measure(value: float | None) -> Cell:
    return None if value is None else share(value)


def square_sheet(
    pairs: Pairs, themes: Sequence[Theme], measure: str, coded_by: str, notes: tuple[str, ...]
) -> Sheet:
    """Themes by themes; on the diagonal each theme's own units, or nothing.

    Args:
        pairs: Counts of all pairs.
        themes: In the order of the codebook.
        measure: One of ``MEASURES``.
        coded_by: ``hand`` or ``machine``.
        notes: What stands under the table.
    """
    rows = []
    for a in themes:
        cells: list[Cell] = [a.theme_id]
        for b in themes:
            pair = pairs.get((a.theme_id, b.theme_id))
            value = None if pair is None else getattr(pair, measure)
            if measure != "n_both" and a is b:
                value = None
            cells.append(_measure(value) if isinstance(value, float) else value)
        rows.append(tuple(cells))
    title = f"cooccurrence {measure} ({coded_by})"
    heads = tuple(theme.theme_id for theme in themes)
    measures = heads if measure in {"phi", "lift"} else ()
    return Sheet(title, ("theme", *heads), tuple(rows), notes, measures)
