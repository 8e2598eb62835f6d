"""Two parts of the material side by side: waves, or what was said against what was seen."""

from __future__ import annotations

from collections.abc import Sequence

from ccgmine.domain import DifferenceRow, DifferenceTable, Estimate, Group, PrevalenceTable, WhyNot
from ccgmine.report.differences import is_hidden
from ccgmine.report.grid import count_shown
from ccgmine.report.numbers import share
from ccgmine.report.prevalence import group_title
from ccgmine.report.sheet import HIDDEN, Cell, Sheet

_SIDE = ("", "_n", "_share", "_low", "_high")
COLUMNS = (
    "theme", "label", "scope", *(f"first{s}" for s in _SIDE), *(f"second{s}" for s in _SIDE),
    "difference", "low", "high", "probability_above",
    "coded_in_both", "raised_in_both", "raised_in_first_only", "raised_in_second_only",
)  # fmt: skip
NOTES = (
    "n: participants with text in that part. difference: share of the first less that of the "
    "second.",
    "coded_in_both: participants hand coded in full in both parts; the last columns say in which "
    "of them these raised the theme.",
)


def compare_sheet(
    table: PrevalenceTable,
    differences: DifferenceTable,
    changes: Sequence[tuple[int, int, int, int] | None],
) -> Sheet:
    """One row a theme, scope and pair of parts.

    Args:
        table: Shares in each part.
        differences: Between the parts.
        changes: For each row of ``differences``, participants hand coded in both parts, and of
            these those who raised the theme in both, in the first only, in the second
            only; None where they are hidden.
    """
    cells = {(r.theme.theme_id, r.scope, r.group): r for r in table.rows}

    def side(theme_id: str, scope: str, group: Group) -> tuple[Cell, ...]:
        row = cells[theme_id, scope, group]
        return group_title(group), count_shown(row, row.participants), *_figures(row.estimate)

    rows = tuple(
        (
            row.theme.theme_id,
            row.theme.name,
            row.scope,
            *side(row.theme.theme_id, row.scope, row.first),
            *side(row.theme.theme_id, row.scope, row.second),
            *_figures(row.estimate),
            _above(row),
            *(change or [HIDDEN] * 4),
        )
        for row, change in zip(differences.rows, changes, strict=True)
    )
    return Sheet("compare", COLUMNS, rows, (*NOTES, *differences.notes))


def _figures(estimate: Estimate | WhyNot) -> tuple[Cell, Cell, Cell]:
    if isinstance(estimate, WhyNot):
        gone = HIDDEN if estimate.reason.startswith("suppressed") else None
        return gone, gone, gone
    return share(estimate.point), share(estimate.low), share(estimate.high)


def _above(row: DifferenceRow) -> Cell:
    if is_hidden(row):
        return HIDDEN
    return None if row.probability_above is None else share(row.probability_above)
