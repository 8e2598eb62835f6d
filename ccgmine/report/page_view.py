"""What the page shows, as plain values: groupings, lines and cells, every figure as its text.

The template and the script only place these texts; no number is written anywhere else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccgmine.domain import (
    Codebook,
    DifferenceRow,
    DifferenceTable,
    Estimate,
    Group,
    PrevalenceRow,
    PrevalenceTable,
    Theme,
    unique,
)
from ccgmine.report import grid
from ccgmine.report.numbers import chance, interval, leaves_out_zero, percent, points, share
from ccgmine.report.prevalence import group_title

NOTHING = "–"
MOST_CELLS = 6_000
"""Cells of one grouping that a browser still lays out at once without a pause."""
MOST_DIFFERENCES = 4_000
LineKey = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table: a theme by itself or with its children.

    ``path`` are the labels of the themes above it, outermost first; ``family`` the ids that count.
    """

    number: int
    theme: Theme
    scope: str
    tag: str
    depth: int
    path: tuple[str, ...]
    family: frozenset[str]

    @property
    def key(self) -> LineKey:
        """Theme id and scope."""
        return self.theme.theme_id, self.scope

    @property
    def title(self) -> str:
        """Label and scope as a text."""
        return f"{self.theme.name} ({self.tag})" if self.tag else self.theme.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A group over a column; ``size`` is N as a text."""

    number: int
    group: Group
    title: str
    key: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """A cell as texts; ``level`` is its step of the heat scale, ``reason`` why it has none.

    ``position`` are low, point and high from 0 to 100, for the mark that stands for the colour.
    ``spanned`` are all words that the interval touches.
    """

    row: PrevalenceRow
    share: str = ""
    interval: str = ""
    counts: str
    word: str
    spanned: tuple[str, ...]
    level: int = 0
    position: tuple[str, str, str] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """One table: lines down, the groups of some attributes across, everybody first."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Line, tuple[CellView | None, ...]], ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """A difference as texts; ``clear`` says that its interval leaves out zero."""

    line: Line
    points: str = ""
    interval: str = ""
    probability: str = ""
    order: float | None = None
    above: float | str = ""
    clear: bool = False
    position: tuple[str, str, str] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups and their differences in every line."""

    first: str
    second: str
    rows: tuple[DifferenceView, ...]


def lines_of(table: PrevalenceTable) -> tuple[Line, ...]:
    """The lines, every theme below its parent."""
    themes = {row.theme.theme_id: row.theme for row in table.rows}
    book = Codebook(tuple(themes.values()))
    return tuple(
        Line(
            number=number,
            theme=line.theme,
            scope=line.scope,
            tag=line.name.removeprefix(line.theme.name).strip(" ()"),
            depth=min(line.depth, 5),
            path=_path(line.theme, themes),
            family=book.with_children(line.theme.theme_id)
            if line.scope == "with_children"
            else frozenset({line.theme.theme_id}),
        )
        for number, line in enumerate(grid.lines(table))
    )


def _path(theme: Theme, themes: Mapping[str, Theme]) -> tuple[str, ...]:
    names: list[str] = []
    seen = {theme.theme_id}
    while theme.parent_id in themes and theme.parent_id not in seen:
        theme = themes[theme.parent_id]
        seen.add(theme.theme_id)
        names.append(theme.name)
    return tuple(reversed(names))


def columns_of(table: PrevalenceTable) -> tuple[Column, ...]:
    """The groups in the order of the table."""
    of_group: dict[Group, list[PrevalenceRow]] = {}
    for row in table.rows:
        of_group.setdefault(row.group, []).append(row)
    return tuple(
        Column(
            number=number,
            group=group,
            title=group_title(group) if group.values else "Overall",
            key=group_key(group),
            size=grid.total_shown(rows, table.unit),
        )
        for number, (group, rows) in enumerate(of_group.items())
    )


def group_key(group: Group) -> str:
    """A group in a link.

    >>> group_key(Group((("site", "Site 1"), ("type", "A&E"))))
    'site=Site 1&type=A%26E'
    """
    return "&".join(f"{_escaped(a)}={_escaped(v)}" for a, v in group.values) or "overall"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("&", "%26").replace("=", "%3D")


def grouping_title(name: str) -> str:
    """What a grouping is called.

    >>> grouping_title("overall"), grouping_title("site x respondent_type")
    ('Overall', 'By site and respondent type')
    """
    if name == "overall":
        return "Overall"
    parts = [part.replace("_", " ") for part in name.split(" x ")]
    return "By " + (", ".join(parts[:-1]) + " and " if len(parts) > 1 else "") + parts[-1]


def groupings_of(
    table: PrevalenceTable, lines: Sequence[Line], columns: Sequence[Column]
) -> tuple[Grouping, ...]:
    """A table for every grouping; each but the first begins with everybody."""
    cells = {(row.line, row.group): row for row in table.rows}
    overall = [c for c in columns if not c.group.values]
    room = max(10, MOST_CELLS // max(1, len(lines)))
    out = []
    for name in unique(c.group.name for c in columns):
        own = [c for c in columns if c.group.name == name]
        shown = own[:room] if name == "overall" else [*overall, *own[:room]]
        rows = tuple(
            (line, tuple(_cell(cells.get((line.key, c.group)), name, table.unit) for c in shown))
            for line in lines
        )
        out.append(
            Grouping(
                key=name,
                title=grouping_title(name),
                columns=tuple(shown),
                rows=rows,
                left_out=len(own) - len(own[:room]),
            )
        )
    return tuple(out)


def _cell(row: PrevalenceRow | None, grouping: str, unit: str) -> CellView | None:
    if row is None:
        return None
    counts = grid.fraction(row, unit)
    if not isinstance(row.estimate, Estimate):
        return CellView(
            row=row,
            # Two marks say no more than the one above them.
            counts="" if counts == f"{grid.HIDDEN}/{grid.HIDDEN}" else counts,
            word="",
            spanned=(),
            reason=grid.reason(row),
        )
    e = row.estimate
    return CellView(
        row=row,
        share=percent(e.point),
        interval=interval_of(e) if grouping == "overall" else "",
        counts=counts,
        word=row.band,
        spanned=spanned(row),
        level=heat_level(e.point),
        position=_position(e.low, e.point, e.high),
    )


def interval_of(estimate: Estimate) -> str:
    """The interval as a text; a machine count has none."""
    return "" if math.isnan(estimate.low) else interval(estimate.low, estimate.high)


def figure(value: int | None, *, hidden: bool) -> str:
    """A count, the mark that it is hidden, or a dash where there is none."""
    if value is not None:
        return str(value)
    return grid.HIDDEN if hidden else NOTHING


def spanned(row: PrevalenceRow) -> tuple[str, ...]:
    """All words from the lower to the upper one of a cell.

    A cell from "minor to predominant" is found by "major" too.
    """
    names = [name for name, _ in row.words]
    if row.band in names or not names:
        return (row.band,) if row.band else ()
    for i, upper in enumerate(names):
        for j in range(i + 1, len(names)):
            if row.band == f"{names[j]} to {upper}":
                return tuple(names[i : j + 1])
    return (row.band,) if row.band else ()


def heat_level(point: float) -> int:
    """Step of the heat scale: 0 for nobody, then one for every begun tenth.

    >>> [heat_level(p) for p in (0.0, 0.001, 0.1, 0.11, 1.0)]
    [0, 1, 1, 2, 10]
    """
    return 0 if point <= 0 else max(1, min(10, math.ceil(10 * point - 1e-9)))


def _position(low: float, point: float, high: float) -> tuple[str, str, str]:
    bounds = (point, point) if math.isnan(low) else (low, high)
    a, b, c = (f"{100 * value:.1f}".removesuffix(".0") for value in (bounds[0], point, bounds[1]))
    return a, b, c


def all_words(table: PrevalenceTable) -> list[str]:
    """Every word that a cell may carry, highest first."""
    return unique(
        [name for row in table.rows for name, _ in row.words]
        + [row.band for row in table.rows if row.band and not row.words]
    )


def levels(table: PrevalenceTable) -> str:
    """The levels of the intervals, as a rule one."""
    estimates = [row.estimate for row in table.rows if isinstance(row.estimate, Estimate)]
    found = {f"{100 * e.level:g} %" for e in estimates if not math.isnan(e.low)}
    return " and ".join(sorted(found))


def no_estimates(table: PrevalenceTable) -> str:
    """How shares without an interval came about; nothing where all have one."""
    estimates = (row.estimate for row in table.rows if isinstance(row.estimate, Estimate))
    return next((e.method for e in estimates if math.isnan(e.low)), "")


def comparisons_of(table: DifferenceTable | None, lines: Sequence[Line]) -> list[Comparison]:
    """Differences, a block for every two groups."""
    if table is None:
        return []
    of_line = {line.key: line for line in lines}
    blocks: dict[tuple[Group, Group], list[DifferenceView]] = {}
    for row in table.rows[:MOST_DIFFERENCES]:
        line = of_line.get((row.theme.theme_id, row.scope))
        if line is not None:
            blocks.setdefault((row.first, row.second), []).append(_difference(row, line))
    return [
        Comparison(
            group_title(first),
            group_title(second),
            tuple(sorted(rows, key=lambda row: row.line.number)),
        )
        for (first, second), rows in blocks.items()
    ]


def _difference(row: DifferenceRow, line: Line) -> DifferenceView:
    if not isinstance(row.estimate, Estimate):
        return DifferenceView(line=line, reason=row.estimate.reason)
    e = row.estimate
    above = row.probability_above
    return DifferenceView(
        line=line,
        points=f"{signed(e.point)} points",
        interval=f"{signed(e.low)} to {signed(e.high)}",
        probability=NOTHING if above is None else chance(above),
        order=share(e.point),
        above="" if above is None else share(above),
        clear=leaves_out_zero(e.low, e.high),
        position=_position(*((1 + value) / 2 for value in (e.low, e.point, e.high))),
    )


def signed(value: float) -> str:
    """A difference in percentage points, with a minus that is read as one.

    >>> signed(0.214), signed(-0.03)
    ('+21', '−3')
    """
    return points(value).replace("-", "−")
