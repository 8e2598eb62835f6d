"""A prevalence table as arrays, and how its figures hang together: what an outsider can add up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ccgmine.domain import Estimate, Group, Participant, PrevalenceRow, PrevalenceTable, Theme
from ccgmine.prevalence.table import HAND_METHOD

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Line = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """All figures of a table, each (n_lines, n_groups); NaN where there is none.

    participants to machine: people. expected: the estimate times what it is a share of, people
    or units. unit_total to unit_with: segments or words, of everybody, the hand coded, and
    theirs with the theme. commonest: the mark. of_hand_coded: (n_lines,) whether estimates are
    no more than the share of those hand coded. relations: (n_relations, n_groups), each row a
    sum over groups that is zero for every additive figure. families: a line, and the lines
    whose union it is.
    """

    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    participants: Floats
    no_text: Floats
    not_asked: Floats
    hand: Floats
    with_theme: Floats
    machine: Floats
    expected: Floats
    unit_total: Floats
    unit_hand: Floats
    unit_with: Floats
    commonest: Bools
    of_hand_coded: Bools
    of_people: bool
    relations: Floats
    families: tuple[tuple[int, tuple[int, ...]], ...]


def tally(table: PrevalenceTable, people: Sequence[Participant] = ()) -> Tally:
    """The figures of a table before anything is hidden.

    Args:
        table: A row for every line and group.
        people: Those whose groups are known to lie in one another (services in sites), although
            the table does not show it.

    Raises:
        ValueError: If a line lacks a group, or figures are hidden already.
    """
    rows = {(row.line, row.group): row for row in table.rows}
    lines = tuple(dict.fromkeys(row.line for row in table.rows))
    groups = tuple(dict.fromkeys(row.group for row in table.rows))
    if len(rows) != len(lines) * len(groups) or len(rows) != len(table.rows):
        raise ValueError("every line needs every group once")
    if any(row.hidden for row in table.rows):
        raise ValueError("figures are hidden already")
    of_people = table.unit == "participants"
    figures = np.array([[_figures(rows[line, g], of_people) for g in groups] for line in lines])
    figures = figures.reshape(len(lines), len(groups), 10)
    found = [figures[:, :, i] for i in range(10)]
    marks = np.array([[rows[line, g].commonest for g in groups] for line in lines], dtype=bool)
    extrapolated = {
        row.line
        for row in table.rows
        if isinstance(row.estimate, Estimate) and row.estimate.method == HAND_METHOD
    }
    themes = tuple({row.theme.theme_id: row.theme for row in table.rows}.values())
    sizes = np.concatenate(found[:4])
    return Tally(
        lines=lines, groups=groups,
        participants=found[0], no_text=found[1], not_asked=found[2], hand=found[3],
        with_theme=found[4], machine=found[5], expected=found[6],
        unit_total=found[7], unit_hand=found[8], unit_with=found[9],
        commonest=marks.reshape(len(lines), len(groups)), of_people=of_people,
        of_hand_coded=np.array([line in extrapolated for line in lines], dtype=bool),
        relations=_relations(groups, sizes, people), families=tuple(_families(lines, themes)),
    )  # fmt: skip


def _figures(row: PrevalenceRow, of_people: bool) -> list[float]:  # noqa: FBT001
    counts = (row.participants, row.no_text, row.not_asked, row.hand_coded, row.hand_with_theme)
    units = row.units
    unit = (None,) * 3 if units is None else (units.total, units.hand_coded, units.hand_with_theme)
    whole = row.participants if of_people else unit[0]
    expected = None
    if isinstance(row.estimate, Estimate) and whole is not None:
        expected = row.estimate.point * whole
    elif whole == 0:
        expected = 0
    figures = (*counts, row.machine_with_theme, expected, *unit)
    return [np.nan if figure is None else float(figure) for figure in figures]


def _relations(groups: Sequence[Group], sizes: Floats, people: Sequence[Participant]) -> Floats:
    """Sums over groups that are zero; only those that hold of the table, which may be a part."""
    at: dict[tuple[str, ...], list[int]] = {}
    for i, group in enumerate(groups):
        at.setdefault(tuple(name for name, _ in group.values), []).append(i)
    found: dict[bytes, Floats] = {}
    for first, second in combinations(at, 2):
        common = tuple(name for name in first if name in second)
        between = set(at) - {first, second}
        sums = []
        if common not in between:
            sums += list(_margins(groups, at[first], at[second], common))
        sums += list(_nestings(groups, at[first], at[second], people))
        sums += list(_nestings(groups, at[second], at[first], people))
        for coefficients in sums:
            if np.abs(sizes @ coefficients).max(initial=0) < 1e-6:
                found.setdefault(coefficients.tobytes(), coefficients)
    return np.array(list(found.values())).reshape(len(found), len(groups))


def _margins(
    groups: Sequence[Group], first: list[int], second: list[int], common: tuple[str, ...]
) -> Iterator[Floats]:
    """For every value of the common attributes: the sum over one grouping minus the other's."""

    def key(i: int) -> tuple[str, ...]:
        values = dict(groups[i].values)
        return tuple(values[name] for name in common)

    for value in dict.fromkeys(map(key, [*first, *second])):
        coefficients = np.zeros(len(groups))
        coefficients[[i for i in first if key(i) == value]] = 1
        coefficients[[i for i in second if key(i) == value]] = -1
        yield coefficients


def _nestings(
    groups: Sequence[Group], coarse: list[int], fine: list[int], people: Sequence[Participant]
) -> Iterator[Floats]:
    """Each coarse group as the sum of the fine ones, if every fine one lies in one coarse."""
    lies_in: dict[int, set[int]] = {}
    for person in people:
        inside = next((i for i in coarse if groups[i].holds(person)), -1)
        for i in fine:
            if groups[i].holds(person):
                lies_in.setdefault(i, set()).add(inside)
    if not lies_in or any(len(where) > 1 or -1 in where for where in lies_in.values()):
        return
    for i in coarse:
        coefficients = np.zeros(len(groups))
        coefficients[i] = 1
        coefficients[[j for j, where in lies_in.items() if i in where]] = -1
        yield coefficients


def _families(
    lines: Sequence[Line], themes: Iterable[Theme]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Lines with children, each with the lines that make it up: its own and its children's."""
    at = {line: i for i, line in enumerate(lines)}
    children: dict[str, list[str]] = {}
    for theme in themes:
        children.setdefault(theme.parent_id, []).append(theme.theme_id)
    for line, i in at.items():
        theme_id, scope = line
        if scope != "with_children":
            continue
        parts = [at.get((theme_id, "direct"))]
        for child in children.get(theme_id, []):
            parts.append(at.get((child, "with_children"), at.get((child, "direct"))))
        yield i, tuple(part for part in parts if part is not None)


def components(n_lines: int, families: Iterable[tuple[int, tuple[int, ...]]]) -> list[list[int]]:
    """Lines that hang together through families; most are alone.

    >>> components(4, [(1, (0, 3))])
    [[0, 1, 3], [2]]
    """
    leader = list(range(n_lines))
    for whole, parts in families:
        for part in parts:
            old, new = sorted((leader[part], leader[whole]), reverse=True)
            leader = [new if one == old else one for one in leader]
    return [[i for i in range(n_lines) if leader[i] == first] for first in dict.fromkeys(leader)]
