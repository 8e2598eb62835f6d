"""The framework matrix: a row a participant, a column a theme (Ritchie & Spencer 1994).

What people have not read in full is an empty cell, never 0: not looked at is not absent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ccgmine.domain import Participant, unique
from ccgmine.report.sheet import Cell, Sheet

MACHINE = " [machine]"
NOT_RAISED = "not raised"
NOT_ASKED = "not asked"


class Content(StrEnum):
    """What the cells hold."""

    RAISED = "01"
    QUOTE = "quote"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a participant and a theme, by hand or by machine.

    ``known``: everything they said was looked at for the theme. ``asked``: False where the
    codebook says that people of this kind were not asked. ``segments`` carry the theme;
    ``quote`` is the first of them, with its pointer.
    """

    known: bool
    segments: int
    quote: str = field(default="", repr=False)
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the matrix: findings of hand and machine, one a theme each."""

    participant: Participant
    hand_coded: str
    hand: tuple[Finding, ...]
    machine: tuple[Finding, ...] = ()


def matrix_sheet(
    cases: Sequence[Case],
    heads: Sequence[str],
    content: Content,
    *,
    machine: bool = False,
    notes: tuple[str, ...] = (),
) -> Sheet:
    """Participants by themes.

    Args:
        cases: The rows, in their order.
        heads: What each theme's column is called.
        content: What the cells hold.
        machine: Also a column a theme of what the machine found where nobody has read.
        notes: What stands under the table.

    Source:
        Ritchie, J., & Spencer, L. (1994). Qualitative data analysis for applied policy research.
        Gale, N. K., et al. (2013). Using the framework method for the analysis of qualitative
        data in multi-disciplinary health research. BMC Medical Research Methodology 13, 117.
    """
    attributes = unique(name for case in cases for name, _ in case.participant.attributes)
    columns = ["participant_id", "site", "respondent_type", *attributes, "hand_coded", *heads]
    if machine:
        columns += [head + MACHINE for head in heads]
    rows = []
    for case in cases:
        person = case.participant
        row: list[Cell] = [person.participant_id, person.site, person.respondent_type]
        row += [person.value(name) for name in attributes]
        row.append(case.hand_coded)
        row += [hand_cell(finding, content) for finding in case.hand]
        if machine:
            row += [machine_cell(finding, content) for finding in case.machine]
        rows.append(tuple(row))
    return Sheet("matrix", distinct(columns), tuple(rows), notes)


def hand_cell(finding: Finding, content: Content) -> Cell:
    """A cell of hand coding.

    A theme that somebody found is raised. That it was not raised, and how often it was, is known
    only where all of the talk was read.

    >>> hand_cell(Finding(known=True, segments=0), Content.RAISED)
    0
    >>> hand_cell(Finding(known=False, segments=0), Content.RAISED) is None
    True
    """
    if not finding.asked:
        return NOT_ASKED if content is Content.QUOTE else None
    if content is Content.QUOTE:
        return finding.quote or (NOT_RAISED if finding.known else None)
    if content is Content.RAISED and finding.segments:
        return 1
    if not finding.known:
        return None
    return finding.segments if content is Content.COUNT else 0


def machine_cell(finding: Finding, content: Content) -> Cell:
    """A cell of machine coding; what it found stands, what it cannot know stays empty.

    >>> machine_cell(Finding(known=False, segments=2), Content.RAISED)
    1
    """
    if not finding.asked:
        return None
    if content is Content.QUOTE:
        return finding.quote or None
    if content is Content.COUNT:
        return finding.segments if finding.known else None
    return int(finding.segments > 0) if finding.known or finding.segments else None


def distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Column names of which no two are alike.

    >>> distinct(["site", "cost", "site"])
    ('site', 'cost', 'site (2)')
    """
    taken: set[str] = set()
    found = []
    for column in columns:
        name, number = column, 1
        while name in taken:
            number += 1
            name = f"{column} ({number})"
        taken.add(name)
        found.append(name)
    return tuple(found)
