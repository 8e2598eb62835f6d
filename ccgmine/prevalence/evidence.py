"""What hand and machine say of each participant, as arrays, and the lines of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ccgmine.domain import Codebook, Group, Participant, Theme
from ccgmine.ordering import natural
from ccgmine.prevalence.counted import Counted
from ccgmine.prevalence.score import family_scores, person_scores
from ccgmine.prevalence.smallarea import Options, People, estimate

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# With fewer participants hand coded, an estimate would be little but its prior.
LEAST_HAND_CODED = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: a theme, alone or with those below it, and the themes that count."""

    theme: Theme
    scope: str
    themes: frozenset[str]


def lines(codebook: Codebook) -> list[Line]:
    """The lines of a codebook's table: direct where passages are coded, else the family."""
    coded = {theme.theme_id for theme in codebook.coded}
    found = []
    for theme in codebook:
        family = codebook.with_children(theme.theme_id) & coded
        if theme.coded:
            found.append(Line(theme, "direct", frozenset({theme.theme_id})))
        if family - {theme.theme_id}:
            found.append(Line(theme, "with_children", family))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of everybody who said something.

    A unit is a participant, or what a participant said in one wave or kind of source where the
    table is by these.

    Attributes:
        participants: Of each unit, n_units.
        parts: Wave and source kind of each unit, as far as the table is by them.
        themes: Ids of the coded themes, n_themes.
        hand: Shape (n_units, n_themes), hand coded with the theme anywhere.
        read: Same shape, read in full for the theme.
        machine: Same shape, the model found it in what nobody has read.
        learned: Shape (n_themes,), whether the model's labels of the theme may be counted.
        unit_of: Shape (n_segments,), unit of each segment.
        scores: Shape (n_segments, n_themes), scores by a model that never saw the unit's
            participant; NaN where there is none.
        selection: Shape (n_units,), probability with which the hand coded were chosen, NaN
            where it is not known.
        silent: Participants without text.
    """

    participants: tuple[Participant, ...]
    parts: tuple[tuple[tuple[str, str], ...], ...]
    themes: tuple[str, ...]
    hand: Bools
    read: Bools
    machine: Bools
    learned: Bools
    unit_of: Ints
    scores: Floats
    selection: Floats
    silent: tuple[Participant, ...]

    def value(self, unit: int, attribute: str) -> str:
        """A unit's value of an attribute of its participant, or of its wave or source kind."""
        return dict(self.parts[unit]).get(attribute, self.participants[unit].value(attribute))


@dataclass(frozen=True, slots=True)
class OfLines:
    """What is known of every unit for every line, each (n_units, n_lines).

    asked: Whether the unit's participant was asked. known: Read in full for all of the line's
    themes. present: Hand coded with any of them. machine: The model found any, and it is not
    known.
    """

    asked: Bools
    known: Bools
    present: Bools
    machine: Bools

    @property
    def in_part(self) -> Bools:
        """Hand coded with a theme of the line, though not read in full for it."""
        return self.present & ~self.known & self.asked


def of_lines(evidence: Evidence, the_lines: Sequence[Line]) -> OfLines:
    """Known, present, machine and asked for every line; a family counts once for a person."""
    column = {theme: i for i, theme in enumerate(evidence.themes)}
    asked_of = _asked(evidence, the_lines)
    # Of what nobody asked them, people are known to have said nothing that counts.
    read = evidence.read | ~asked_of
    asked, known, present, machine = (
        np.zeros((len(evidence.participants), len(the_lines)), dtype=np.bool_) for _ in range(4)
    )
    for i, line in enumerate(the_lines):
        at = sorted(column[theme] for theme in line.themes)
        asked[:, i] = asked_of[:, at].any(axis=1)
        known[:, i] = read[:, at].all(axis=1) & asked[:, i]
        present[:, i] = (evidence.hand & asked_of)[:, at].any(axis=1)
        machine[:, i] = (evidence.machine & asked_of)[:, at].any(axis=1)
    return OfLines(asked, known, present, machine & ~known)


def _asked(evidence: Evidence, the_lines: Sequence[Line]) -> Bools:
    """Whether each unit's participant was asked of each theme: (n_units, n_themes)."""
    asked = np.ones(evidence.hand.shape, dtype=np.bool_)
    of = {line.theme.theme_id: line.theme.asked_of for line in the_lines}
    kinds = [p.respondent_type for p in evidence.participants]
    for i, theme in enumerate(evidence.themes):
        if of.get(theme):
            wanted = {kind.casefold() for kind in of[theme]}
            asked[:, i] = [kind.casefold() in wanted for kind in kinds]
    return asked


def groupings(attributes: Sequence[str], *, cross: bool) -> list[tuple[str, ...]]:
    """The sets of attributes to group by: everybody, each attribute, and all at once.

    >>> groupings(["site", "role"], cross=True)
    [(), ('site',), ('role',), ('site', 'role')]
    """
    found: list[tuple[str, ...]] = [(), *((attribute,) for attribute in attributes)]
    if cross and len(attributes) > 1:
        found.append(tuple(attributes))
    return found


def groups_of(
    evidence: Evidence, attributes: tuple[str, ...]
) -> tuple[tuple[Group, ...], Ints, Ints]:
    """The groups that somebody is in, in natural order.

    Returns:
        The groups, the group of each unit, and that of each silent participant (-1: none, where
        groups are of what was said).
    """
    values = [
        tuple(evidence.value(unit, a) for a in attributes)
        for unit in range(len(evidence.participants))
    ]
    of_parts = {name for part in evidence.parts for name, _ in part}
    silent = (
        []
        if of_parts & set(attributes)
        else [tuple(p.value(a) for a in attributes) for p in evidence.silent]
    )
    ordered = sorted({*values, *silent}, key=lambda vs: [natural(v) for v in vs])
    number = {v: i for i, v in enumerate(ordered)}
    groups = tuple(Group(tuple(zip(attributes, v, strict=True))) for v in ordered)
    return (
        groups,
        np.array([number[v] for v in values], dtype=np.intp),
        np.array([number[v] for v in silent], dtype=np.intp),
    )


def count(
    evidence: Evidence, the_lines: Sequence[Line], attributes: Sequence[str], options: Options
) -> Counted:
    """Count everybody, and draw how many of those nobody coded raised each theme.

    Args:
        evidence: What is known of everybody.
        the_lines: The table's lines.
        attributes: To group by; the groups of all of them at once are counted too.
        options: Seed and number of draws.
    """
    known = of_lines(evidence, the_lines)
    levels: dict[tuple[str, ...], Ints] = {}
    groups: dict[tuple[str, ...], tuple[Group, ...]] = {}
    counts: dict[tuple[str, ...], NDArray[np.int64]] = {}
    in_part: dict[tuple[str, ...], NDArray[np.int64]] = {}
    for grouping in groupings(attributes, cross=True):
        found, of_unit, of_silent = groups_of(evidence, grouping)
        levels[grouping], groups[grouping] = of_unit, found
        counts[grouping] = counts_of(known, of_unit, of_silent, len(found))
        in_part[grouping] = _sum_by(of_unit, known.in_part, len(found))
    empty = Counted(
        attributes=tuple(attributes),
        lines=tuple((line.theme.theme_id, line.scope) for line in the_lines),
        groups=groups,
        counts=counts,
        modelled=np.zeros(len(the_lines), dtype=np.bool_),
        learned=_any_of(evidence.learned, evidence.themes, the_lines),
        draws={},
        in_part=in_part,
    )
    return _with_draws(empty, evidence, the_lines, known, levels, options)


def counts_of(of: OfLines, cell: Ints, silent: Ints, n_cells: int) -> NDArray[np.int64]:
    """Shape (6, n_cells, n_lines), in the order of ``Counted.counts``."""
    n_lines = of.asked.shape[1]
    known = of.known & of.asked
    found = np.zeros((6, n_cells, n_lines), dtype=np.int64)
    rows = (of.asked, None, ~of.asked, known, known & of.present, of.machine & of.asked)
    for which, who in enumerate(rows):
        if who is None:
            found[which] = np.bincount(silent, minlength=n_cells)[:, None]
        else:
            found[which] = _sum_by(cell, who, n_cells)
    return found


def _sum_by(cell: Ints, who: Bools, n_cells: int) -> NDArray[np.int64]:
    """How many of each column are in each cell: (n_units, n_lines) to (n_cells, n_lines)."""
    found = np.zeros((n_cells, who.shape[1]), dtype=np.int64)
    if len(cell):
        order = np.argsort(cell, kind="stable")
        starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
        found[cell[order][starts]] = np.add.reduceat(who[order].astype(np.int64), starts, axis=0)
    return found


def _any_of(values: Bools, themes: Sequence[str], the_lines: Sequence[Line]) -> Bools:
    column = {theme: i for i, theme in enumerate(themes)}
    return np.array([any(values[column[t]] for t in line.themes) for line in the_lines], dtype=bool)


def _with_draws(
    counted: Counted,
    evidence: Evidence,
    the_lines: Sequence[Line],
    known: OfLines,
    levels: dict[tuple[str, ...], Ints],
    options: Options,
) -> Counted:
    """Add draws for the lines that the model knows and for which enough people are hand coded."""
    n_known = (known.known & known.asked).sum(axis=0)
    n_asked = known.asked.sum(axis=0)
    has_scores: Bools = np.any(np.isfinite(evidence.scores), axis=0)
    scored = _any_of(has_scores, evidence.themes, the_lines)
    modelled = scored & (n_known >= LEAST_HAND_CODED) & (n_known < n_asked)
    chosen = np.flatnonzero(modelled)
    if not len(chosen) or not len(evidence.unit_of):
        return counted
    column = {theme: i for i, theme in enumerate(evidence.themes)}
    families = [sorted(column[t] for t in the_lines[i].themes) for i in chosen.tolist()]
    people = person_scores(
        family_scores(evidence.scores, families),
        evidence.unit_of,
        len(evidence.participants),
        known.known[:, chosen],
        known.present[:, chosen],
    )
    names = {grouping: " x ".join(grouping) for grouping in levels}
    drawn = estimate(
        People(
            levels={names[grouping]: cell for grouping, cell in levels.items()},
            score=people.score,
            known=known.known[:, chosen],
            present=known.present[:, chosen],
            asked=known.asked[:, chosen],
            # Hand coded with the theme, though not read in full: sure, and no evidence on others.
            sure=known.in_part[:, chosen],
            selection_probability=evidence.selection,
        ),
        options,
    )
    draws = {
        grouping: _for_groups(
            np.stack([of_line.totals[name] for of_line in drawn]), len(counted.groups[grouping])
        )
        for grouping, name in names.items()
    }
    return replace(counted, modelled=modelled, draws=draws)


def _for_groups(draws: NDArray[np.int64], n_groups: int) -> NDArray[np.int32]:
    """Draws with a column for every group: the last groups may be of silent participants alone."""
    missing = n_groups - draws.shape[-1]
    return np.pad(draws, ((0, 0), (0, 0), (0, missing))).astype(np.int32)
