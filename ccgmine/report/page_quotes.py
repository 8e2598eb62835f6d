"""Which passages a page carries: so many a theme and group, and never too much for a browser."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ccgmine.domain import Group, PrevalenceRow, PrevalenceTable
from ccgmine.report.page_view import Column, Line
from ccgmine.report.quotes import Quote, spread

MOST_OF_A_CELL = 20
MOST_CHARACTERS = 4_000_000
LONGEST = 2_000
_FEWER = (MOST_OF_A_CELL, 10, 5, 3, 2, 1)
Where = tuple[str, str, str, bool, bool]
"""Theme, site, respondent type, whether coded by hand, and whether it may be shown as it is.

A passage that names no transcript has been made fit to print: it was chosen so that it tells no
hidden figure.
"""


@dataclass(frozen=True, slots=True)
class OfCell:
    """Passages of a cell: positions in ``Chosen.quotes``, and how many there are in all."""

    quotes: tuple[int, ...]
    total: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The passages on the page.

    Attributes:
        quotes: Each once.
        cells: Those of line and column number; a cell without any is not there.
        unknown: Numbers of columns whose passages cannot be picked: a passage only knows its
            site and respondent type, if that.
        most: So many a cell at most.
        overall_only: The groups have none, as there would be too many.
        withheld: Passages were left out because they belong to a cell that hides a figure.
    """

    quotes: tuple[Quote, ...] = field(repr=False)
    cells: Mapping[tuple[int, int], OfCell]
    unknown: frozenset[int]
    most: int
    overall_only: bool
    withheld: bool


def choose(
    table: PrevalenceTable,
    quotes: Sequence[Quote],
    lines: Sequence[Line],
    columns: Sequence[Column],
) -> Chosen:
    """The passages of every cell, every participant once before anybody twice."""
    told = {
        *(["site"] if any(q.site for q in quotes) else []),
        *(["respondent_type"] if any(q.respondent_type for q in quotes) else []),
    }
    answerable = {c.group: c for c in columns if {a for a, _ in c.group.values} <= told}
    buckets: dict[Where, list[Quote]] = defaultdict(list)
    for quote in quotes:
        fit = not quote.transcript_id
        where = quote.theme_id, quote.site, quote.respondent_type, quote.by_hand, fit
        buckets[where].append(quote)
    hidden = {(row.line, row.group, hand) for row in table.rows for hand in _hides(row)}
    places = _places(buckets, lines, answerable)
    open_to_all = {
        where: [(line.number, column.number) for line, column in found]
        for where, found in places.items()
        if where[4]
        or not any((line.key, column.group, where[3]) in hidden for line, column in found)
    }
    shortlist = {where: spread(buckets[where], MOST_OF_A_CELL) for where in open_to_all}
    totals = _totals(open_to_all, buckets)
    overall = {c.number for c in columns if not c.group.values}
    picked: dict[tuple[int, int], list[Quote]] = {}
    most, overall_only = MOST_OF_A_CELL, False
    for most in _FEWER:
        picked = _picked(open_to_all, shortlist, most)
        if _characters(picked) <= MOST_CHARACTERS:
            break
    else:
        picked = {cell: found for cell, found in picked.items() if cell[1] in overall}
        overall_only = True
    numbers: dict[int, int] = {}
    listed: list[Quote] = []
    for found in picked.values():
        for quote in found:
            if id(quote) not in numbers:
                numbers[id(quote)] = len(listed)
                listed.append(quote)
    return Chosen(
        quotes=tuple(listed),
        cells={
            cell: OfCell(tuple(numbers[id(q)] for q in found), *totals[cell])
            for cell, found in sorted(picked.items())
        },
        unknown=frozenset(c.number for c in columns if quotes and c.group not in answerable),
        most=most,
        overall_only=overall_only,
        withheld=len(open_to_all) < len(places),
    )


def _hides(row: PrevalenceRow) -> tuple[bool, ...]:
    """Which passages would tell a figure that the cell hides: those by hand, by machine, or both.

    As many people as are quoted raised the theme; so no list may hold them, or what a list of
    everybody has more than those of the groups would be theirs.
    """
    if not row.hidden:
        return ()
    return (False,) if row.hidden <= {"machine_with_theme"} else (True, False)


def _places(
    buckets: Mapping[Where, Sequence[Quote]],
    lines: Sequence[Line],
    answerable: Mapping[Group, Column],
) -> dict[Where, list[tuple[Line, Column]]]:
    """The cells that the passages of a theme, site and type stand in."""
    shapes = {tuple(a for a, _ in group.values) for group in answerable}
    of_theme: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for theme_id in line.family:
            of_theme[theme_id].append(line)
    found = {}
    for where in buckets:
        value = {"site": where[1], "respondent_type": where[2]}
        groups = (Group(tuple((a, value[a]) for a in shape)) for shape in sorted(shapes))
        columns = [answerable[group] for group in groups if group in answerable]
        found[where] = [(line, c) for line in of_theme[where[0]] for c in columns]
    return found


def _totals(
    places: Mapping[Where, Sequence[tuple[int, int]]], buckets: Mapping[Where, Sequence[Quote]]
) -> dict[tuple[int, int], tuple[int, int]]:
    passages: dict[tuple[int, int], int] = defaultdict(int)
    people: dict[tuple[int, int], set[str]] = defaultdict(set)
    for where, cells in places.items():
        own = {quote.participant_id for quote in buckets[where]}
        for cell in cells:
            passages[cell] += len(buckets[where])
            people[cell] |= own
    return {cell: (n, len(people[cell])) for cell, n in passages.items()}


def _picked(
    places: Mapping[Where, Sequence[tuple[int, int]]],
    shortlist: Mapping[Where, Sequence[Quote]],
    most: int,
) -> dict[tuple[int, int], list[Quote]]:
    pool: dict[tuple[int, int], list[Quote]] = defaultdict(list)
    for where, cells in places.items():
        for cell in cells:
            pool[cell] += shortlist[where]
    return {cell: spread(found, most) for cell, found in pool.items()}


def _characters(picked: Mapping[tuple[int, int], Sequence[Quote]]) -> int:
    texts = {id(q): min(len(q.text), LONGEST) for found in picked.values() for q in found}
    return sum(texts.values())


def shortened(text: str) -> str:
    """A passage as the page shows it: a very long one is cut, and says so."""
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " […]"
