"""The same participants in two parts of the material: who raised a theme in both, or in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ccgmine.prevalence.evidence import Evidence, Line, of_lines


class Change(NamedTuple):
    """Participants hand coded in full in both parts, and in which of them they raised a theme."""

    n: int
    both: int
    first_only: int
    second_only: int


def changes(
    evidence: Evidence, the_lines: Sequence[Line], part: str, first: str, second: str
) -> list[Change]:
    """One change a line, between two values of a part such as the wave.

    Args:
        evidence: With talk taken apart by the part.
        the_lines: The table's lines.
        part: ``wave`` or ``source_kind``.
        first: Its one value.
        second: Its other value.
    """
    known = of_lines(evidence, the_lines)
    where = {
        (evidence.participants[unit].participant_id, evidence.value(unit, part)): unit
        for unit in range(len(evidence.participants))
    }
    pairs = [
        (unit, where[person, second])
        for (person, value), unit in where.items()
        if value == first and (person, second) in where
    ]
    found = []
    for i in range(len(the_lines)):
        of_pairs = [
            (bool(known.present[a, i]), bool(known.present[b, i]))
            for a, b in pairs
            if known.known[a, i] and known.known[b, i]
        ]
        found.append(
            Change(
                len(of_pairs),
                of_pairs.count((True, True)),
                of_pairs.count((True, False)),
                of_pairs.count((False, True)),
            )
        )
    return found
