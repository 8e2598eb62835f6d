"""The prevalence table as tidy rows, as a wide table for people, and as pages for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ccgmine.domain import (
    Estimate,
    Group,
    PrevalenceRow,
    PrevalenceTable,
    WhyNot,
    unique,
)
from ccgmine.report.numbers import bounds, interval, percent, share
from ccgmine.report.sheet import HIDDEN, Cell, Sheet, columns_with

_COUNTS = (
    "participants", "no_text", "not_asked", "hand_coded", "hand_with_theme", "machine_with_theme",
)  # fmt: skip
_UNITS = ("units", "units_hand_coded", "units_hand_with_theme")
_ESTIMATE = ("estimate", "low", "high", "method", "verdict", "band")
COMMONEST = "yes"


def tidy(table: PrevalenceTable) -> Sheet:
    """One row a theme, scope and group; shares are numbers from 0 to 1."""
    attributes = columns_with(table.attributes)
    words = unique(name for row in table.rows for name, _ in row.words)
    units = _UNITS if any(row.units for row in table.rows) else ()
    fixed = ("theme", "label", "parent", "scope", "group", *_COUNTS, *units, *_ESTIMATE)
    # A participant's attribute may be called like one of our columns.
    names = tuple(f"{a} (attribute)" if a in fixed else a for a in attributes)
    columns = (*fixed[:5], *names, *fixed[5:], *(f"p_{w}" for w in words), "commonest")
    rows = tuple(_tidy_row(row, attributes, words, with_units=bool(units)) for row in table.rows)
    return Sheet("prevalence", columns, rows, table.notes)


def _tidy_row(
    row: PrevalenceRow, attributes: tuple[str, ...], words: Sequence[str], *, with_units: bool
) -> tuple[Cell, ...]:
    values = dict(row.group.values)
    estimate: tuple[Cell, ...]
    if isinstance(row.estimate, WhyNot):
        gone = HIDDEN if row.hidden else None
        estimate = (gone, gone, gone, f"none: {row.estimate.reason}")
    else:
        e = row.estimate
        estimate = (_share(e.point), _share(e.low), _share(e.high), e.method)
    units = row.units
    of_units = (
        (units.total, units.hand_coded, units.hand_with_theme) if units else (None, None, None)
    )
    probabilities = dict(row.words)
    return (
        row.theme.theme_id,
        row.theme.name,
        row.theme.parent_id,
        row.scope,
        row.group.name,
        *(_shown(values[a]) if a in values else None for a in attributes),
        *(_count(row, name) for name in _COUNTS),
        *((HIDDEN if n is None and row.hidden else n for n in of_units) if with_units else ()),
        *estimate,
        row.verdict or None,
        row.band,
        *(share(probabilities[w]) if w in probabilities else None for w in words),
        COMMONEST if row.commonest else None,
    )


def _share(value: float) -> float | None:
    """A share as a number; none where a machine count has no interval."""
    return None if value != value else share(value)


def _count(row: PrevalenceRow, name: str) -> Cell:
    value: int | None = getattr(row, name)
    return HIDDEN if name in row.hidden else value


def _shown(value: str) -> str:
    return value or "(not given)"


def group_title(group: Group) -> str:
    """What a group is called over a column."""
    return ", ".join(_shown(value) for _, value in group.values) or "overall"


def wide(table: PrevalenceTable) -> Sheet:
    """One row a theme, one column a group; each cell says share, interval, word and n/N."""
    groups = list(dict.fromkeys(row.group for row in table.rows))
    cells = {(r.theme.theme_id, r.scope, r.group): r for r in table.rows}
    lines = dict.fromkeys((r.theme, r.scope) for r in table.rows)
    rows = tuple(
        (_line_name(theme.name, scope), *(_cell(cells[theme.theme_id, scope, g]) for g in groups))
        for theme, scope in lines
    )
    columns = ("theme", *(group_title(g) for g in groups))
    note = (
        "Cells: share with its interval, word, and participants with the theme / participants hand "
        "coded (of all participants)."
    )
    return Sheet("prevalence", _distinct(columns), rows, (note, *table.notes))


def _distinct(columns: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    out = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        out.append(column if seen[column] == 1 else f"{column} ({seen[column]})")
    return tuple(out)


def _line_name(name: str, scope: str) -> str:
    return name if scope == "direct" else f"{name} (with children)"


def _cell(row: PrevalenceRow) -> str:
    n = f"{_count(row, 'hand_with_theme')}/{_count(row, 'hand_coded')}"
    n += f" (of {_count(row, 'participants')})"
    if isinstance(row.estimate, WhyNot):
        return HIDDEN if row.hidden else row.estimate.reason
    e = row.estimate
    bounds = "" if e.low != e.low else f" ({interval(e.low, e.high)})"
    return ", ".join(part for part in (f"{percent(e.point)}{bounds}", row.band, n) if part)


def overall_page(table: PrevalenceTable) -> Sheet:
    """Themes for everybody, with interval and word, the most frequent first."""
    rows = [r for r in table.rows if r.group.name == "overall"]
    rows.sort(key=lambda r: -_point(r))
    columns = ("theme", "share", "interval", "word", "n/N", "machine")
    marked = any(r.verdict for r in rows)
    page = tuple(
        (
            page_name(r.theme.name, r.scope),
            *_overall_cells(r),
            _machine(r) if marked else _count(r, "machine_with_theme"),
        )
        for r in rows
    )
    total = max((r.participants or 0 for r in rows), default=0)
    title = f"All {total} participants (n with the theme of N hand coded in full)"
    if table.unit != "participants":
        title = f"Share of {table.unit}, of all {total} participants"
    notes = (PLUS, _MARKS) if marked else (PLUS,)
    return Sheet(title, columns, page, (*notes, *table.notes))


_MARK = {"count with care": " ~", "check by hand": " !"}
_MARKS = (
    "~ : training says to count the model's codings of the theme with care; ! : to check them by "
    "hand."
)


def _machine(row: PrevalenceRow) -> str:
    """The machine count with a mark for how far the machine can be trusted."""
    count = _count(row, "machine_with_theme")
    return "" if count is None else f"{count:>3}{_MARK.get(row.verdict, '')}"


PLUS = "+ : the theme or any below it (with_children)."


def page_name(name: str, scope: str) -> str:
    """A line on a terminal: + stands for with_children."""
    return name if scope == "direct" else f"{name} +"


def _point(row: PrevalenceRow) -> float:
    return row.estimate.point if isinstance(row.estimate, Estimate) else -1.0


def _overall_cells(row: PrevalenceRow) -> tuple[str, str, str, str]:
    if isinstance(row.estimate, WhyNot):
        return (HIDDEN, HIDDEN, "", "") if row.hidden else ("", "", row.estimate.reason, "")
    e = row.estimate
    n = f"{row.hand_with_theme}/{row.hand_coded}"
    return percent(e.point), "" if e.low != e.low else interval(e.low, e.high), row.band, n


def group_pages(table: PrevalenceTable) -> list[Sheet]:
    """One page a grouping: the share of each group with its interval, themes down."""
    pages = []
    for name in unique(r.group.name for r in table.rows if r.group.name != "overall"):
        rows = [r for r in table.rows if r.group.name == name]
        groups = list(dict.fromkeys(r.group for r in rows))
        cells = {(r.theme.theme_id, r.scope, r.group): r for r in rows}
        lines = dict.fromkeys((r.theme, r.scope) for r in rows)
        page = tuple(
            (
                page_name(theme.name, scope),
                *(_short_cell(cells[theme.theme_id, scope, g]) for g in groups),
            )
            for theme, scope in lines
        )
        heads = [f"{group_title(g)}\n(of {_size(rows, g)})" for g in groups]
        title = f"By {name.replace('_', ' ')}: share of {table.unit}, and its interval in per cent"
        pages.append(Sheet(title, _distinct(("theme", *heads)), page))
    return pages


def _size(rows: list[PrevalenceRow], group: Group) -> int | str:
    sizes = [r.participants for r in rows if r.group == group]
    return HIDDEN if None in sizes else max(n for n in sizes if n is not None)


def _short_cell(row: PrevalenceRow) -> str:
    if isinstance(row.estimate, WhyNot):
        return HIDDEN if row.hidden else "–"
    e = row.estimate
    return percent(e.point) if e.low != e.low else f"{percent(e.point)}\n{bounds(e.low, e.high)}"
