"""Disclosure control: figures that rest on few people are hidden, and cannot be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ccgmine.domain import (
    DifferenceRow,
    DifferenceTable,
    Participant,
    PrevalenceRow,
    PrevalenceTable,
    UnitCounts,
    WhyNot,
)

if TYPE_CHECKING:
    from ccgmine.prevalence.smallness import Levels

MACHINE_FIGURES = frozenset({"machine_with_theme"})
THEME_FIGURES = MACHINE_FIGURES | {"hand_with_theme", "estimate", "band", "words", "commonest"}
SIZE_FIGURES = THEME_FIGURES | {"participants", "no_text", "not_asked", "hand_coded"}
_HIDDEN_SHARE = WhyNot("suppressed: a share is hidden")
_HIDDEN = (frozenset[str](), MACHINE_FIGURES, THEME_FIGURES, SIZE_FIGURES)

COARSE = (
    "In some themes all groups by several attributes, or all but the overall one, are hidden "
    "together: to find the fewest would have taken long. Fewer groups at once show more."
)


class Zeros(StrEnum):
    """What becomes of cells that say nobody, or everybody, raised a theme."""

    SHOWN = "shown"
    HIDDEN = "hidden"


def suppress(
    table: PrevalenceTable,
    *,
    below: int,
    zeros: Zeros = Zeros.SHOWN,
    people: Sequence[Participant] = (),
) -> PrevalenceTable:
    """The table without figures that rest on 1 to ``below`` - 1 people.

    A cell is hidden when its group is so small; when so few of the hand coded raised the theme,
    or did not; when the estimated number with or without it, to the nearest person, is so small.
    A machine count that is so small is hidden alone. Group sizes are hidden with small groups.
    Further figures are hidden until, by a linear programme over all that is published, every
    small hidden figure may still be anything up to ``below`` - 1 (as far as its group allows),
    in a doubt as wide as from 1 to there, and no other hidden figure is pinned unless it is
    nobody or everybody.

    Args:
        table: Every line with every group, nothing hidden.
        below: Smallest number of people that may be shown; up to 1 nothing is hidden.
        zeros: Whether nobody and everybody are shown; they can disclose too ("all managers").
        people: The study's participants, if readers may know which groups lie in one another
            (which service in which site) although the table does not cross them.

    Returns:
        The same rows; ``hidden`` names the figures that were taken away.

    Raises:
        ValueError: If a line lacks a group, or figures are hidden already.

    Example:
        Two of site B's seven hand-coded participants raised the theme. Hidden alone, they would
        be 27 - 10 - 15. With site A hidden as well, B may be anything from 1 to 7.

        >>> from ccgmine.domain import Estimate, Group, Theme
        >>> theme = Theme("time")
        >>> def row(site, n, raised):
        ...     return PrevalenceRow(
        ...         theme=theme, scope="direct", group=Group((("site", site),) if site else ()),
        ...         participants=n, no_text=0, hand_coded=n, hand_with_theme=raised,
        ...         machine_with_theme=None, band="",
        ...         estimate=Estimate(raised / n, raised / n, raised / n, "hand coding"))
        >>> rows = (row("", 54, 27), row("A", 20, 10), row("B", 7, 2), row("C", 27, 15))
        >>> safe = suppress(PrevalenceTable(rows, ("site",), ()), below=5)
        >>> [r.hand_with_theme for r in safe.rows], [r.participants for r in safe.rows]
        ([27, None, None, 15], [54, 20, 7, 27])
    """
    if below <= 1 or not table.rows:
        return table
    from ccgmine.prevalence.protection import protect
    from ccgmine.prevalence.smallness import small_rows
    from ccgmine.prevalence.tally import tally

    figures = tally(table, people)
    hide_zeros = zeros is Zeros.HIDDEN
    levels = small_rows(figures, below, zeros=hide_zeros)
    found = protect(figures, levels, below, zeros=hide_zeros)
    safe = hide(table, found.levels, below, zeros)
    return replace(safe, notes=(*safe.notes, COARSE)) if found.coarse else safe


def hide(table: PrevalenceTable, levels: Levels, below: int, zeros: Zeros) -> PrevalenceTable:
    """The table without what ``levels`` (n_lines, n_groups) take away, and with the note."""
    lines = {line: i for i, line in enumerate(dict.fromkeys(row.line for row in table.rows))}
    groups = {group: i for i, group in enumerate(dict.fromkeys(row.group for row in table.rows))}
    rows = tuple(
        _without(row, int(levels[lines[row.line], groups[row.group]]), below) for row in table.rows
    )
    return replace(table, rows=rows, notes=(*table.notes, convention(below, zeros)))


def _without(row: PrevalenceRow, level: int, below: int) -> PrevalenceRow:
    from ccgmine.prevalence.smallness import Hidden

    if level == Hidden.NOTHING:
        return row
    row = replace(row, hidden=_HIDDEN[level], machine_with_theme=None)
    if level == Hidden.MACHINE:
        return row
    reason = WhyNot(f"suppressed: fewer than {below}, or protects such a figure")
    units = row.units and replace(row.units, hand_with_theme=None)
    row = replace(
        row,
        hand_with_theme=None,
        estimate=reason,
        band="",
        words=(),
        commonest=False,
        verdict="",
        units=units,
    )
    if level == Hidden.THEME:
        return row
    units = row.units and UnitCounts(None, None, None)
    return replace(
        row, participants=None, no_text=None, not_asked=None, hand_coded=None, units=units
    )


def convention(below: int, zeros: Zeros = Zeros.SHOWN) -> str:
    """The rule, as it stands under a table.

    >>> convention(5)[:59]
    '[c] means confidential. Figures that rest on 1 to 4 people '
    """
    few = f"1 to {below - 1} people" if below > 2 else "one person"
    policy = (
        "Nobody and everybody are shown."
        if zeros is Zeros.SHOWN
        else "Nobody and everybody are hidden as well."
    )
    return (
        f"[c] means confidential. Figures that rest on {few} are hidden: of groups, of those in a "
        "group who raised a theme and of those who did not, hand coded or estimated, and machine "
        f"counts. {policy} Further cells are hidden so that none of these can be worked out from "
        "what is shown; a hidden cell need not be small."
    )


def suppress_differences(
    differences: DifferenceTable, table_after: PrevalenceTable
) -> DifferenceTable:
    """Differences without those that would give a hidden figure away.

    A difference is shown only where the shares of both groups are, for the same theme, in the
    table: one share and the difference are the other share.
    """
    after = {(*row.line, row.group): row for row in table_after.rows}
    rows = []
    for row in differences.rows:
        pair = [after.get((row.theme.theme_id, row.scope, g)) for g in (row.first, row.second)]
        first, second = (
            None if one is None or one.participants is None else size
            for one, size in zip(pair, row.sizes, strict=True)
        )
        kept = replace(row, sizes=(first, second))
        shown = all(one is not None and "estimate" not in one.hidden for one in pair)
        rows.append(kept if shown else _without_difference(kept))
    if tuple(rows) == differences.rows:
        return differences
    n_hidden = sum(row.estimate == _HIDDEN_SHARE for row in rows)
    note = (
        "[c] means confidential: a difference from a hidden share is hidden too; "
        f"{n_hidden} of {len(rows)} are hidden."
    )
    return replace(differences, rows=tuple(rows), notes=(*differences.notes, note))


def _without_difference(row: DifferenceRow) -> DifferenceRow:
    return replace(row, estimate=_HIDDEN_SHARE, probability_above=None)
