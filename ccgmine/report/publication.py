"""Quotes that may be printed: people re-numbered, and hidden figures not to be counted from them.

Of a person, a published quote says the new number and, where that singles nobody out, the
respondent type; never the site, the transcript, or where in it the words stand. Hidden cells of
the prevalence table are quoted from one person at most, so that quotes say no more than that a
hidden figure is not nothing; and not from every one of them, so that silence says nothing either.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ccgmine.domain import Group, Participant, PrevalenceRow, PrevalenceTable
from ccgmine.report.numbers import share
from ccgmine.report.quotes import Quote
from ccgmine.report.sheet import Sheet

TYPE = "respondent_type"
COLUMNS = (
    "theme", "label", "participant", "respondent_type", "coded_by", "probability", "quote",
    "attribution",
)  # fmt: skip
NOTE = (
    "For publication: participants are re-numbered; sites, transcripts and respondent types that "
    "few people share are left out; from a hidden cell one person is quoted at most. Quotes are a "
    "selection: that there is none of a theme does not mean that nobody raised it."
)
Line = tuple[str, str]


def renumbered(people: Iterable[Participant], salt: str) -> dict[str, str]:
    """New names of participants, in an order that says nothing of them.

    Args:
        people: Everybody in the study.
        salt: Something that stays in the study, such as the hash of its transcripts: who has it
            and all IDs can make the numbers again.

    >>> people = [Participant("GP ID 1"), Participant("GP ID 2"), Participant("Manager ID 3")]
    >>> renumbered(people, "secret")
    {'Manager ID 3': 'Participant 1', 'GP ID 2': 'Participant 2', 'GP ID 1': 'Participant 3'}
    """
    ids = sorted((p.participant_id for p in people), key=lambda i: _digest(salt, i))
    return {participant_id: f"Participant {n}" for n, participant_id in enumerate(ids, 1)}


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8")).digest()


def types_to_name(
    people: Sequence[Participant], table: PrevalenceTable, below: int
) -> frozenset[str]:
    """Respondent types that quotes may carry.

    At least ``below`` people, and two, share them, and the table shows how many. Those left out
    are two types or more, with as many people, so that having no type gives none away.
    """
    size = Counter(p.respondent_type for p in people)
    least = max(2, below)
    in_table = {dict(r.group.values)[TYPE] for r in table.rows if r.group.name == TYPE}
    named = {t for t in in_table if t and size[t] >= least} - _types_of_hidden_size(table)
    unnamed = set(size) - named
    while named and unnamed - {""} and (len(unnamed) < 2 or sum(size[t] for t in unnamed) < least):
        smallest = min(named, key=lambda t: (size[t], t))
        named.remove(smallest)
        unnamed.add(smallest)
    return frozenset(named)


def _types_of_hidden_size(table: PrevalenceTable) -> frozenset[str]:
    return frozenset(
        dict(row.group.values)[TYPE]
        for row in table.rows
        if row.group.name == TYPE and "participants" in row.hidden
    )


def publishable(
    quotes: Iterable[Quote],
    table: PrevalenceTable,
    people: Sequence[Participant],
    *,
    below: int,
    salt: str = "",
    zeros_hidden: bool = False,
) -> tuple[Quote, ...]:
    """Quotes as they may be printed beside a table.

    Args:
        quotes: The best first: where one person only may be quoted, it is the first.
        table: After disclosure control.
        people: Everybody in the study.
        below: As for disclosure control; up to 1, only one-person types are left out.
        salt: As for ``renumbered``.
        zeros_hidden: Whether the table hides nobody and everybody too; hidden cells are then not
            quoted from at all.

    Returns:
        Those that may be printed, without anything that points to a person.
    """
    names = renumbered(people, salt)
    named = types_to_name(people, table, below)
    types = {p.participant_id: p.respondent_type for p in people}
    gate = _Gate(table, below, salt, zeros_hidden=zeros_hidden)
    published = []
    for quote in quotes:
        kind = types.get(quote.participant_id, "")
        if gate.lets_through(quote, kind):
            published.append(
                replace(
                    quote, participant_id=names[quote.participant_id], site="",
                    respondent_type=kind if kind in named else "", transcript_id="", segment="",
                    start=0, end=0, source="",
                )
            )  # fmt: skip
    return tuple(published)


@dataclass
class _Gate:
    """Which quotes leave every hidden figure as unknown as the table does."""

    table: PrevalenceTable
    below: int
    salt: str
    zeros_hidden: bool = field(kw_only=True)

    def __post_init__(self) -> None:
        self.rows = {(row.line, row.group): row for row in self.table.rows}
        self.lines = _lines_of_themes(self.table)
        self.hidden_sizes = _types_of_hidden_size(self.table)
        kinds = dict.fromkeys(r.group for r in self.table.rows if r.group.name == TYPE)
        self.kinds = {dict(group.values)[TYPE]: group for group in kinds}
        self.quoted: dict[tuple[Line, str, bool], str] = {}

    def lets_through(self, quote: Quote, kind: str) -> bool:
        """Whether a quote may be printed; it is remembered if so."""
        lines = self.lines.get(quote.theme_id, ())
        cells: list[tuple[Line, str, bool]] = []
        for line in lines:
            found = self._cells(line, kind, quote)
            if found is None:
                return False
            cells += found
        if any(self.quoted.get(c, quote.participant_id) != quote.participant_id for c in cells):
            return False
        self.quoted.update((cell, quote.participant_id) for cell in cells)
        return bool(lines)

    def _cells(self, line: Line, kind: str, quote: Quote) -> list[tuple[Line, str, bool]] | None:
        """Hidden cells of a line that a quote would be from; None if it may not be."""
        by_hand = quote.by_hand
        whole = self.rows.get((line, Group()))
        own = self.rows.get((line, self.kinds[kind])) if kind in self.kinds else None
        cells: list[tuple[Line, str, bool]] = []
        if whole is not None and self._is_hidden(whole, by_hand):
            if not self._is_roomy(whole, by_hand) or kind != self._largest_type(line, kind):
                return None
            cells.append((line, "", by_hand))
        elif (
            own is not None
            and self._is_hidden(own, by_hand)
            and self._tossed(quote.theme_id, kind, by_hand)
        ):
            return None
        if own is None or not self._is_hidden(own, by_hand):
            return cells
        if kind in self.hidden_sizes:
            if whole is None or self._left_over(line, whole, by_hand) <= self.below:
                return None
            return None if self.zeros_hidden else [*cells, (line, "few", by_hand)]
        return [*cells, (line, f"type {kind}", by_hand)] if self._is_roomy(own, by_hand) else None

    def _is_hidden(self, row: PrevalenceRow, by_hand: bool) -> bool:  # noqa: FBT001
        return ("hand_with_theme" if by_hand else "machine_with_theme") in row.hidden

    def _is_roomy(self, row: PrevalenceRow, by_hand: bool) -> bool:  # noqa: FBT001
        """Whether a hidden cell has so many people that one of them may be quoted."""
        return not self.zeros_hidden and _capacity(row, by_hand) > self.below

    def _largest_type(self, line: Line, default: str) -> str:
        """The type of most people, of those whose size is shown; any where there are none."""
        sizes = {
            kind: self.rows[line, group].participants or 0
            for kind, group in self.kinds.items()
            if kind not in self.hidden_sizes
        }
        return max(sizes, key=lambda kind: sizes[kind]) if sizes else default

    def _left_over(self, line: Line, whole: PrevalenceRow, by_hand: bool) -> int:  # noqa: FBT001
        """People of the types whose size is hidden, taken together."""
        others = (g for kind, g in self.kinds.items() if kind not in self.hidden_sizes)
        return _capacity(whole, by_hand) - sum(
            _capacity(self.rows[line, group], by_hand) for group in others
        )

    def _tossed(self, theme_id: str, kind: str, by_hand: bool) -> bool:  # noqa: FBT001
        """Every other hidden cell is not quoted from, so that silence says nothing of it."""
        own = "few" if kind in self.hidden_sizes else kind
        return bool(_digest(self.salt, theme_id, own, str(by_hand))[0] % 2)


def _capacity(row: PrevalenceRow, by_hand: bool) -> int:  # noqa: FBT001
    if row.participants is None or row.hand_coded is None:
        return 0
    return row.hand_coded if by_hand else row.participants - row.hand_coded


def _lines_of_themes(table: PrevalenceTable) -> dict[str, tuple[Line, ...]]:
    """Lines in which a theme counts: its own, and those with children at and above it."""
    lines = {row.line for row in table.rows}
    parents = {row.theme.theme_id: row.theme.parent_id for row in table.rows}
    found = {}
    for theme_id in parents:
        own = [(theme_id, "direct")]
        above: str = theme_id
        seen: set[str] = set()
        while above in parents and above not in seen:
            seen.add(above)
            own.append((above, "with_children"))
            above = parents[above]
        found[theme_id] = tuple(line for line in own if line in lines)
    return found


def publication_sheet(quotes: Sequence[Quote], notes: tuple[str, ...] = ()) -> Sheet:
    """One row a quote, after ``publishable``."""
    rows = tuple(
        (
            q.theme_id,
            q.label,
            q.participant_id,
            q.respondent_type or None,
            "hand" if q.by_hand else "machine",
            None if q.probability is None else share(q.probability),
            q.text,
            q.attribution,
        )
        for q in quotes
    )
    return Sheet("quotes", COLUMNS, rows, (*notes, NOTE))
