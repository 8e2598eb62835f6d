"""The prevalence table as people read it: themes down, groups across, a view for each grouping."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ccgmine.domain import (
    Codebook,
    Estimate,
    Group,
    PrevalenceRow,
    PrevalenceTable,
    Theme,
    WhyNot,
    unique,
)
from ccgmine.report.numbers import chance, interval, percent, share
from ccgmine.report.sheet import HIDDEN as HIDDEN

COMMONEST = "★"
OVERALL = "overall"
SCOPES = {"direct": "theme itself", "with_children": "with sub-themes"}


@dataclass(frozen=True, slots=True)
class Line:
    """A theme and scope.

    ``name`` sets it apart from other lines of the theme; ``depth`` is how far it is indented;
    ``heads`` says that it stands for a family of themes.
    """

    theme: Theme
    scope: str
    name: str
    depth: int
    heads: bool

    @property
    def key(self) -> tuple[str, str]:
        """Theme id and scope."""
        return self.theme.theme_id, self.scope

    @property
    def counts(self) -> str:
        """What counts as raising it, in words."""
        return SCOPES.get(self.scope, self.scope)


@dataclass(frozen=True, slots=True)
class View:
    """The cells of one grouping; ``name`` is ``overall``, ``site``, ``site x respondent_type``."""

    name: str
    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    cells: Mapping[tuple[tuple[str, str], Group], PrevalenceRow]

    @property
    def title(self) -> str:
        """``overall``, or what the groups are of: ``by site``."""
        return self.name if self.name == OVERALL else f"by {self.name.replace('_', ' ')}"

    def cell(self, line: Line, group: Group) -> PrevalenceRow | None:
        """The row of a line and group; None where the table has none."""
        return self.cells.get((line.key, group))

    def of_group(self, group: Group) -> list[PrevalenceRow]:
        """The rows of a group, in the order of the lines."""
        return [row for line in self.lines if (row := self.cell(line, group)) is not None]


def views(table: PrevalenceTable) -> tuple[View, ...]:
    """One view a grouping, in the order of the table, all with the same lines."""
    found = lines(table)
    return tuple(
        View(
            name,
            tuple(dict.fromkeys(r.group for r in table.rows if r.group.name == name)),
            found,
            {(r.line, r.group): r for r in table.rows if r.group.name == name},
        )
        for name in unique(row.group.name for row in table.rows)
    )


def lines(table: PrevalenceTable) -> tuple[Line, ...]:
    """The lines with every theme below its parent, otherwise in the order of the table.

    A parent's figure with its sub-themes comes first and heads its family.
    """
    scopes: dict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        if row.scope not in scopes[row.theme.theme_id]:
            scopes[row.theme.theme_id].append(row.scope)
    themes = list({row.theme.theme_id: row.theme for row in table.rows}.values())
    book = Codebook(tuple(themes))
    below: dict[str, list[Theme]] = defaultdict(list)
    for theme in themes:
        # A parent that is not shown, or lies below its own child, heads nobody.
        headed = theme.parent_id in scopes and theme.parent_id not in book.with_children(
            theme.theme_id
        )
        below[theme.parent_id if headed else ""].append(theme)
    found: list[Line] = []

    def add(theme: Theme, depth: int) -> None:
        own = sorted(scopes[theme.theme_id], key=lambda scope: scope != "with_children")
        heads = "with_children" in own
        for scope in own:
            family = scope == "with_children"
            name = theme.name
            if heads:
                name += " (with sub-themes)" if family else " (itself)"
            found.append(Line(theme, scope, name, depth + (heads and not family), family))
        for child in below[theme.theme_id]:
            add(child, depth + 1)

    for theme in below[""]:
        add(theme, 0)
    return tuple(found)


def count_shown(row: PrevalenceRow, value: int | None) -> int | str | None:
    """A count, the marker where it is hidden, None where there is none."""
    return HIDDEN if value is None and row.hidden else value


def counts_of(row: PrevalenceRow, unit: str) -> tuple[int | str | None, ...]:
    """Raised it, of those hand coded, and all; people, or whatever else is counted."""
    if unit == "participants":
        counted = (row.hand_with_theme, row.hand_coded, row.participants)
    elif row.units is None:
        counted = (None, None, None)
    else:
        counted = (row.units.hand_with_theme, row.units.hand_coded, row.units.total)
    return tuple(count_shown(row, value) for value in counted)


def fraction(row: PrevalenceRow, unit: str) -> str:
    """Raised it of those hand coded, as ``9/14``; nothing where nobody is hand coded."""
    raised, coded, _ = counts_of(row, unit)
    return f"{raised}/{coded}" if coded and raised is not None else ""


def share_and_interval(estimate: Estimate) -> str:
    """A share with its interval, for people.

    >>> share_and_interval(Estimate(0.5, 0.4, 0.625, "by hand"))
    '50 % [40–63 %]'
    """
    if not has_interval(estimate):
        return percent(estimate.point)
    return f"{percent(estimate.point)} [{interval(estimate.low, estimate.high)}]"


def has_interval(estimate: Estimate) -> bool:
    """Whether a share has bounds: a machine count has none."""
    return not (math.isnan(estimate.low) or math.isnan(estimate.high))


def reason(row: PrevalenceRow) -> str:
    """Why a cell has no estimate: the marker where it is hidden, nothing where it has one."""
    if not isinstance(row.estimate, WhyNot):
        return ""
    return HIDDEN if "estimate" in row.hidden else row.estimate.reason


def spans_words(row: PrevalenceRow) -> bool:
    """Whether the interval holds two words."""
    return bool(row.words) and row.band not in {word for word, _ in row.words}


def chances(row: PrevalenceRow, between: str = ", ") -> str:
    """The probability of each word that may hold, where the interval spans two; else nothing."""
    if not spans_words(row):
        return ""
    found = (f"{word} {chance(p)}" for word, p in row.words if share(p) >= 0.005)
    return between.join(text.replace(" ", "\N{NO-BREAK SPACE}") for text in found)


def total_shown(rows: list[PrevalenceRow], unit: str) -> str:
    """N of a group: one number, a range where not everybody was asked everything, or the marker."""
    found = {total for row in rows if (total := counts_of(row, unit)[2]) is not None}
    if HIDDEN in found:
        return HIDDEN
    # Where nobody was asked, the cell says so itself.
    numbers = sorted({int(n) for n in found} - ({0} if found != {0} else set()))
    if len(numbers) > 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return str(numbers[0]) if numbers else ""
