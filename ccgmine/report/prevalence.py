"""The prevalence table as tidy rows, as a wide table for people, and as pages for a terminal."""

from __future__ import annotations

from ccgmine.domain import Estimate, Group, PrevalenceRow, PrevalenceTable, WhyNot, unique
from ccgmine.report.numbers import interval, percent, share
from ccgmine.report.sheet import Cell, Sheet, columns_with

_COUNTS = ("participants", "no_text", "hand_coded", "hand_with_theme", "machine_with_theme")
_ESTIMATE = ("estimate", "low", "high", "method", "band")


def tidy(table: PrevalenceTable) -> Sheet:
    """One row a theme, scope and group; shares are numbers from 0 to 1."""
    attributes = columns_with(table.attributes)
    fixed = ("theme", "label", "parent", "scope", "group", *_COUNTS, *_ESTIMATE)
    # A participant's attribute may be called like one of our columns.
    names = tuple(f"{a} (attribute)" if a in fixed else a for a in attributes)
    columns = (*fixed[:5], *names, *fixed[5:])
    return Sheet(
        "prevalence", columns, tuple(_tidy_row(r, attributes) for r in table.rows), table.notes
    )


def _tidy_row(row: PrevalenceRow, attributes: tuple[str, ...]) -> tuple[Cell, ...]:
    values = dict(row.group.values)
    estimate: tuple[Cell, ...]
    if isinstance(row.estimate, WhyNot):
        estimate = (None, None, None, f"none: {row.estimate.reason}")
    else:
        e = row.estimate
        estimate = (share(e.point), share(e.low), share(e.high), e.method)
    return (
        row.theme.theme_id,
        row.theme.name,
        row.theme.parent_id,
        row.scope,
        row.group.name,
        *(_shown(values[a]) if a in values else None for a in attributes),
        row.participants,
        row.no_text,
        row.hand_coded,
        row.hand_with_theme,
        row.machine_with_theme,
        *estimate,
        row.band,
    )


def _shown(value: str) -> str:
    return value or "(not given)"


def group_title(group: Group) -> str:
    """What a group is called over a column."""
    return ", ".join(_shown(value) for _, value in group.values) or "overall"


def wide(table: PrevalenceTable) -> Sheet:
    """One row a theme, one column a group; each cell says n/N, per cent and word."""
    groups = list(dict.fromkeys(row.group for row in table.rows))
    cells = {(r.theme.theme_id, r.scope, r.group): r for r in table.rows}
    lines = dict.fromkeys((r.theme, r.scope) for r in table.rows)
    rows = tuple(
        (_line_name(theme.name, scope), *(_cell(cells[theme.theme_id, scope, g]) for g in groups))
        for theme, scope in lines
    )
    columns = ("theme", *(group_title(g) for g in groups))
    note = (
        "Cells: participants with the theme / participants hand coded (of all participants), "
        "share, word."
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
    if isinstance(row.estimate, WhyNot):
        return row.estimate.reason
    n = f"{row.hand_with_theme}/{row.hand_coded} (of {row.participants})"
    return f"{n}, {percent(row.estimate.point)}, {row.band}"


def overall_page(table: PrevalenceTable) -> Sheet:
    """Themes for everybody, with interval and word, the most frequent first."""
    rows = [r for r in table.rows if r.group.name == "overall"]
    rows.sort(key=lambda r: -_point(r))
    columns = ("theme", "n/N", "share", "interval", "word", "machine")
    page = tuple(
        (_page_name(r.theme.name, r.scope), *_overall_cells(r), r.machine_with_theme) for r in rows
    )
    total = rows[0].participants if rows else 0
    title = f"All {total} participants: n with the theme of N hand coded in full"
    return Sheet(title, columns, page, (_PLUS, *table.notes))


_PLUS = "+ : the theme or any below it (with_children)."


def _page_name(name: str, scope: str) -> str:
    return name if scope == "direct" else f"{name} +"


def _point(row: PrevalenceRow) -> float:
    return row.estimate.point if isinstance(row.estimate, Estimate) else -1.0


def _overall_cells(row: PrevalenceRow) -> tuple[str, str, str, str]:
    if isinstance(row.estimate, WhyNot):
        return "", "", row.estimate.reason, ""
    e = row.estimate
    n = f"{row.hand_with_theme}/{row.hand_coded}"
    return n, percent(e.point), interval(e.low, e.high), row.band


def group_pages(table: PrevalenceTable) -> list[Sheet]:
    """One page a grouping: themes by group, n with the theme of N hand coded."""
    pages = []
    for name in unique(r.group.name for r in table.rows if r.group.name != "overall"):
        rows = [r for r in table.rows if r.group.name == name]
        groups = list(dict.fromkeys(r.group for r in rows))
        cells = {(r.theme.theme_id, r.scope, r.group): r for r in rows}
        lines = dict.fromkeys((r.theme, r.scope) for r in rows)
        page = tuple(
            (
                _page_name(theme.name, scope),
                *(_short_cell(cells[theme.theme_id, scope, g]) for g in groups),
            )
            for theme, scope in lines
        )
        heads = [f"{group_title(g)}\n(of {_size(rows, g)})" for g in groups]
        title = f"By {name.replace('_', ' ')}: n with the theme of N hand coded in full"
        pages.append(Sheet(title, _distinct(("theme", *heads)), page))
    return pages


def _size(rows: list[PrevalenceRow], group: Group) -> int | None:
    return next(r.participants for r in rows if r.group == group)


def _short_cell(row: PrevalenceRow) -> str:
    return f"{row.hand_with_theme}/{row.hand_coded}" if row.hand_coded else "–"
