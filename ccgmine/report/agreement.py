"""Agreement between coders, theme by theme and pooled, with intervals that respect participants."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccgmine.domain import Theme
from ccgmine.report.kappas import (
    STATISTICS,
    alpha,
    bootstrap_interval,
    coincidences,
    resample,
)
from ccgmine.report.numbers import share
from ccgmine.report.sheet import Cell, Sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    F64 = NDArray[np.float64]
    Bool = NDArray[np.bool_]

UNDEFINED = "undefined"
POOLED = "(pooled)"
N_RESAMPLES = 2000
SEED = 0
SHARES = ("percent_agreement", "positive_agreement", "negative_agreement")


@dataclass(frozen=True, slots=True)
class Judgements:
    """What coders said of units.

    Attributes:
        coders: Names, n_coders.
        present: Shape (n_coders, n_units, n_themes).
        read: Same shape, the coder has read the unit in full for the theme.
        person_of: Shape (n_units,), number of the unit's participant.
    """

    coders: tuple[str, ...]
    present: Bool
    read: Bool
    person_of: NDArray[np.intp]

    def pair_tables(self, first: int, second: int) -> F64:
        """Shape (n_people, n_themes, 2, 2), of the people of whom both read anything."""
        import numpy as np

        both = self.read[first] & self.read[second]
        a, b = self.present[first], self.present[second]
        n_people = int(self.person_of.max()) + 1 if len(self.person_of) else 0
        tables = np.zeros((n_people, both.shape[1], 2, 2))
        for i, of_first in enumerate((~a, a)):
            for j, of_second in enumerate((~b, b)):
                np.add.at(tables[:, :, i, j], self.person_of, both & of_first & of_second)
        used: F64 = tables[tables.sum(axis=(1, 2, 3)) > 0]
        return used

    def coincidences(self) -> tuple[F64, F64, F64]:
        """Of all coders, a row a person: disagreements, paired values and units, by theme."""
        import numpy as np

        n_units, n_themes = self.present.shape[1:]
        n_people = int(self.person_of.max()) + 1 if n_units else 0
        unequal, paired = np.zeros((n_people, n_themes)), np.zeros((n_people, n_themes, 2))
        units = np.zeros((n_people, n_themes))
        for t in range(n_themes):
            said = (self.present & self.read)[:, :, t].sum(axis=0)
            counts = np.column_stack([self.read[:, :, t].sum(axis=0) - said, said]).astype(float)
            disagreements, values = coincidences(counts)
            np.add.at(unequal[:, t], self.person_of, disagreements)
            np.add.at(paired[:, t], self.person_of, values)
            np.add.at(units[:, t], self.person_of, counts.sum(axis=1) > 1)
        used = units.sum(axis=1) > 0
        return unequal[used], paired[used], units[used]


def agreement_sheet(
    judgements: Judgements,
    themes: Sequence[Theme],
    *,
    unit: str = "segment",
    words: Callable[[float], str] | None = None,
    level: float = 0.95,
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
    notes: tuple[str, ...] = (),
) -> Sheet:
    """A row a pair of coders and theme, and one for all themes pooled.

    With more than two coders, further rows give alpha of all of them together.

    Args:
        judgements: What the coders said.
        themes: The columns of the judgements.
        unit: What a unit is called.
        words: Names a kappa; nothing is named without.
        level: Of the intervals.
        n_resamples: Draws of the bootstrap over participants.
        seed: Of the draws.
        notes: What stands under the table.
    """
    columns = [
        "theme", "label", "coder_a", "coder_b", "unit", "units", "participants", "positive_a",
        "positive_b", "positive_both",
    ]  # fmt: skip
    for name in STATISTICS:
        columns += [name, f"{name}_low", f"{name}_high"]
    if words is not None:
        columns.append("kappa_in_words")
    rows: list[tuple[Cell, ...]] = []
    coders = judgements.coders
    for i, first in enumerate(coders):
        for j in range(i + 1, len(coders)):
            per_person = _with_pooled(judgements.pair_tables(i, j))
            draws = _draws(per_person, n_resamples, seed)
            for t, head in enumerate(_heads(themes)):
                people = int((per_person[:, t].sum(axis=(1, 2)) > 0).sum())
                row = _pair_row(per_person[:, t].sum(axis=0), draws[:, t], people, level)
                word = () if words is None else (_worded(row, words),)
                rows.append((*head, first, coders[j], _unit(unit, head), *row, *word))
    if len(coders) > 2:
        empty: tuple[Cell, ...] = () if words is None else (None,)
        rows += [
            (*row, *empty)
            for row in _rows_of_all(judgements, themes, unit, level, n_resamples, seed)
        ]
    measures = tuple(
        f"{name}{end}" for name in STATISTICS if name not in SHARES for end in ("", "_low", "_high")
    )
    return Sheet("agreement", tuple(columns), tuple(rows), notes, measures)


def _heads(themes: Sequence[Theme]) -> list[tuple[str, str]]:
    return [*((t.theme_id, t.name) for t in themes), (POOLED, "all themes, every cell a decision")]


def _unit(unit: str, head: tuple[str, str]) -> str:
    return f"{unit} x theme" if head[0] == POOLED else unit


def _with_pooled(per_person: F64) -> F64:
    """Counts by theme, and their sum over themes as one theme more."""
    import numpy as np

    return np.concatenate([per_person, per_person.sum(axis=1, keepdims=True)], axis=1)


def _draws(per_person: F64, n_resamples: int, seed: int) -> F64:
    if not len(per_person):
        return per_person
    return resample(per_person, n_resamples, seed)


def _pair_row(table: F64, draws: F64, n_people: int, level: float) -> tuple[Cell, ...]:
    n, a, b = int(table.sum()), int(table[1].sum()), int(table[:, 1].sum())
    row: list[Cell] = [n, n_people, a, b, int(table[1, 1])]
    for statistic in STATISTICS.values():
        row += _with_interval(float(statistic(table)), statistic(draws), n_people, level)
    return tuple(row)


def _with_interval(value: float, draws: F64, n_people: int, level: float) -> list[Cell]:
    if math.isnan(value):
        return [UNDEFINED] * 3
    bounds = bootstrap_interval(draws, n_people, level=level)
    if bounds is None:
        return [share(value), UNDEFINED, UNDEFINED]
    return [share(value), share(bounds[0]), share(bounds[1])]


def _worded(row: tuple[Cell, ...], words: Callable[[float], str]) -> str:
    kappa = row[5 + 3 * list(STATISTICS).index("kappa")]
    return words(kappa) if isinstance(kappa, float) else UNDEFINED


def _rows_of_all(
    judgements: Judgements,
    themes: Sequence[Theme],
    unit: str,
    level: float,
    n_resamples: int,
    seed: int,
) -> list[tuple[Cell, ...]]:
    """Alpha of all coders; units that fewer than two read count for nothing."""
    import numpy as np

    unequal, paired, units = judgements.coincidences()
    joined = _with_pooled(np.concatenate([unequal[:, :, None], paired], axis=2))
    units = _with_pooled(units)
    draws = _draws(joined, n_resamples, seed)
    rows: list[tuple[Cell, ...]] = []
    blank: list[Cell] = [None] * (3 * (len(STATISTICS) - 1))
    for t, head in enumerate(_heads(themes)):
        total = joined[:, t].sum(axis=0)
        people = int((units[:, t] > 0).sum())
        value = float(alpha(total[0], total[1:]))
        spread = alpha(draws[:, t, 0], draws[:, t, 1:])
        figures = _with_interval(value, spread, people, level)
        counts: list[Cell] = [int(units[:, t].sum()), people, None, None, None]
        names = (f"all {len(judgements.coders)} coders", "")
        rows.append((*head, *names, _unit(unit, head), *counts, *blank, *figures))
    return rows


def landis_koch(kappa: float) -> str:
    """Landis, J. R., & Koch, G. G. (1977). Biometrics 33, 159-174; their own cut-points.

    >>> landis_koch(0.61)
    'substantial'
    """
    if kappa < 0:
        return "poor"
    steps = ((0.20, "slight"), (0.40, "fair"), (0.60, "moderate"), (0.80, "substantial"))
    return next((word for top, word in steps if round(kappa, 2) <= top), "almost perfect")


def mchugh(kappa: float) -> str:
    """McHugh, M. L. (2012). Biochemia Medica 22, 276-282.

    >>> mchugh(0.61)
    'moderate'
    """
    steps = ((0.20, "none"), (0.39, "minimal"), (0.59, "weak"), (0.79, "moderate"))
    later = "strong" if round(kappa, 2) <= 0.90 else "almost perfect"
    return next((word for top, word in steps if round(kappa, 2) <= top), later)


WORDS = {"landis-koch": landis_koch, "mchugh": mchugh}
