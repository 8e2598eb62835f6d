"""Counting people: who was read in full, who raised what, and who belongs to which group."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from ccgmine.domain import Group, Participant


@dataclass
class Evidence:
    """What is known of one participant's themes.

    ``read_for`` None means that all of their talk was read for every theme; a set, only for
    these themes; empty, not in full.
    """

    has_text: bool = False
    read_for: frozenset[str] | None = None
    hand: set[str] = field(default_factory=set)
    machine: set[str] = field(default_factory=set)

    def is_known(self, themes: frozenset[str]) -> bool:
        """Whether people have read all of it for all of these themes."""
        return self.has_text and (self.read_for is None or themes <= self.read_for)


@dataclass(frozen=True, slots=True)
class Counts:
    """Participants of one group, for one theme or family of themes."""

    participants: int
    no_text: int
    hand_coded: int
    hand_with_theme: int
    machine_with_theme: int


def count(people: Iterable[Evidence], themes: frozenset[str]) -> Counts:
    """Count people; a family of themes counts once for a person who raised any of it."""
    with_text = no_text = known = raised = machine = 0
    for evidence in people:
        if not evidence.has_text:
            no_text += 1
            continue
        with_text += 1
        if evidence.is_known(themes):
            known += 1
            raised += not themes.isdisjoint(evidence.hand)
        else:
            machine += not themes.isdisjoint(evidence.machine)
    return Counts(with_text, no_text, known, raised, machine)


def groupings(by: Sequence[str], *, cross: bool) -> list[tuple[str, ...]]:
    """The sets of attributes to group by: everybody, each attribute, and their cross."""
    found: list[tuple[str, ...]] = [(), *((attribute,) for attribute in by)]
    if cross and len(by) > 1:
        found.append(tuple(by))
    return found


def groups(participants: Sequence[Participant], attributes: tuple[str, ...]) -> list[Group]:
    """The groups that somebody is in, in natural order of their values."""
    values = [
        sorted({p.value(attribute) for p in participants}, key=natural) for attribute in attributes
    ]
    combined = (Group(tuple(zip(attributes, v, strict=True))) for v in product(*values))
    return [group for group in combined if any(group.holds(p) for p in participants)]


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which ``Site 2`` comes before ``Site 10``.

    >>> sorted(["Site 10", "Site 2"], key=natural)
    ['Site 2', 'Site 10']
    """
    parts = re.findall(r"\d+|\D+", text)
    key = ((0, int(p), "") if p.isdecimal() else (1, 0, p.casefold()) for p in parts)
    # "Site 1" and "Site 01" are two values: the text itself keeps their order the same always.
    return (*key, (-1, 0, text))


def members(
    group: Group, participants: Iterable[Participant], evidence: Mapping[str, Evidence]
) -> list[Evidence]:
    """Evidence on the members of a group."""
    return [evidence[p.participant_id] for p in participants if group.holds(p)]
