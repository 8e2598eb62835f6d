"""Differences between groups, as tidy rows and as sentences, with what a reader wants first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ccgmine.domain import DifferenceRow, DifferenceTable, Estimate, WhyNot
from ccgmine.report.numbers import leaves_out_zero, points, share
from ccgmine.report.prevalence import PLUS, group_title, page_name
from ccgmine.report.sheet import HIDDEN, Cell, Sheet

COLUMNS = (
    "theme", "label", "scope", "attribute", "first", "second", "first_participants",
    "second_participants", "difference", "low", "high", "probability_above", "method",
)  # fmt: skip
FEW = 5
"""Of a group of fewer people a share jumps from one person to the next."""
_ORDER = (
    "In order: intervals that leave out 0, the largest least difference first; those with a group "
    f"of fewer than {FEW} participants after the others; then the rest."
)


def is_clear(row: DifferenceRow) -> bool:
    """Whether the interval leaves out 0, as it is printed."""
    return isinstance(row.estimate, Estimate) and leaves_out_zero(
        row.estimate.low, row.estimate.high
    )


def in_order(table: DifferenceTable) -> DifferenceTable:
    """The same with what a reader wants first.

    One person who is hand coded differs surely, and by a hundred points, from every
    other group; so pairs with a group of few come after those of larger groups.
    """
    return replace(table, rows=tuple(sorted(table.rows, key=_place)))


def _place(row: DifferenceRow) -> tuple[bool, bool, bool, float, float]:
    e = row.estimate
    if not isinstance(e, Estimate):
        return True, True, True, 0.0, 0.0
    few = any(size is None or size < FEW for size in row.sizes)
    least = min(abs(e.low), abs(e.high)) if is_clear(row) else 0.0
    return False, not is_clear(row), few, -least, -abs(e.point)


def differences(table: DifferenceTable) -> Sheet:
    """One row a theme, scope and pair of groups; differences are shares from -1 to 1."""
    rows = tuple(
        (
            row.theme.theme_id,
            row.theme.name,
            row.scope,
            row.first.name,
            group_title(row.first),
            group_title(row.second),
            *_sizes(row),
            *_figures(row),
        )
        for row in in_order(table).rows
    )
    return Sheet("differences", COLUMNS, rows, (*table.notes, _ORDER))


def is_hidden(row: DifferenceRow) -> bool:
    """Whether disclosure control took the difference away."""
    return isinstance(row.estimate, WhyNot) and row.estimate.reason.startswith("suppressed")


def _sizes(row: DifferenceRow) -> tuple[Cell, Cell]:
    first, second = (HIDDEN if n is None and is_hidden(row) else n for n in row.sizes)
    return first, second


def _figures(row: DifferenceRow) -> tuple[Cell, ...]:
    e = row.estimate
    if isinstance(e, WhyNot):
        gone = HIDDEN if is_hidden(row) else None
        return gone, gone, gone, gone, f"none: {e.reason}"
    above = None if row.probability_above is None else share(row.probability_above)
    return share(e.point), share(e.low), share(e.high), above, e.method


def difference_pages(table: DifferenceTable, *, everything: bool = False) -> list[Sheet]:
    """The differences whose interval leaves out 0, as sentences; ``everything``: then the rest."""
    rows = in_order(table).rows
    clear = [row for row in rows if is_clear(row)]
    title = f"Differences whose interval leaves out 0: {len(clear)} of {len(rows)}"
    if n_hidden := sum(map(is_hidden, rows)):
        title += f" ({n_hidden} hidden)"
    notes = (PLUS, *table.notes, _ORDER)
    pages = [_page(title, clear, () if everything else notes)]
    if everything:
        rest = [row for row in rows if not is_clear(row)]
        pages.append(_page(f"The others: {len(rest)} of {len(rows)}", rest, notes))
    return pages


def _page(title: str, rows: Sequence[DifferenceRow], notes: tuple[str, ...]) -> Sheet:
    cells = tuple((page_name(r.theme.name, r.scope), sentence(r), _people(r)) for r in rows)
    return Sheet(title, ("theme", "difference", "people"), cells, notes)


def sentence(row: DifferenceRow) -> str:
    """A difference in words: "GP more than Manager: +21 points, 3 to 38"."""
    first, second = group_title(row.first), group_title(row.second)
    e = row.estimate
    if not isinstance(e, Estimate):
        return f"{first} and {second}: {HIDDEN if is_hidden(row) else e.reason}"
    point, low, high = e.point, e.low, e.high
    if point < 0:
        first, second, point, low, high = second, first, -point, -high, -low
    if not round(share(point), 2):
        return f"{first} as {second}: 0 points, {_bound(low)} to {_bound(high)}"
    return f"{first} more than {second}: {points(point)} points, {_bound(low)} to {_bound(high)}"


def _bound(value: float) -> str:
    return points(value).removeprefix("+")


def _people(row: DifferenceRow) -> str:
    """Sizes of both groups, in the order of the sentence."""
    first, second = _sizes(row)
    turned = isinstance(row.estimate, Estimate) and row.estimate.point < 0
    pair = (second, first) if turned else (first, second)
    return " and ".join("?" if n is None else str(n) for n in pair)
