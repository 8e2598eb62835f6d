"""Evidence and counts made by hand: no study, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ccgmine.domain import Group, Participant
from ccgmine.prevalence.counted import Counted
from ccgmine.prevalence.evidence import Evidence
from tests.building import person


@dataclass(frozen=True)
class Said:
    """What is known of one participant; ``read`` None: read in full for every theme."""

    hand: frozenset[str] | set[str] = frozenset()
    read: frozenset[str] | set[str] | None = frozenset()
    machine: frozenset[str] | set[str] = frozenset()
    scores: Mapping[str, float] = field(default_factory=dict)
    kind: str = "GP"
    site: str = "Site 1"
    parts: tuple[tuple[str, str], ...] = ()
    name: str = ""


def evidence(
    themes: Sequence[str],
    people: Sequence[Said],
    *,
    learned: Sequence[str] | None = None,
    silent: Sequence[Participant] = (),
    selection: Sequence[float] | None = None,
) -> Evidence:
    """One segment a participant."""

    def table(of: Sequence[frozenset[str] | set[str] | None]) -> NDArray[np.bool_]:
        rows = [[found is None or theme in found for theme in themes] for found in of]
        return np.array(rows, dtype=np.bool_).reshape(len(people), len(themes))

    scores = [[said.scores.get(theme, np.nan) for theme in themes] for said in people]
    chosen = themes if learned is None else learned
    return Evidence(
        participants=tuple(
            person(said.name or f"P{i}", said.site, said.kind) for i, said in enumerate(people)
        ),
        parts=tuple(said.parts for said in people),
        themes=tuple(themes),
        hand=table([said.hand for said in people]),
        read=table([said.read for said in people]),
        machine=table([said.machine for said in people]),
        learned=np.array([theme in chosen for theme in themes], dtype=np.bool_),
        unit_of=np.arange(len(people), dtype=np.intp),
        scores=np.array(scores, dtype=float).reshape(len(people), len(themes)),
        selection=np.full(len(people), np.nan) if selection is None else np.array(selection),
        silent=tuple(silent),
    )


def counted(
    lines: Sequence[tuple[str, str]],
    cells: Mapping[str, Mapping[str, int]],
    *,
    draws: Mapping[str, Mapping[str, Sequence[int]]] | None = None,
    present: Mapping[tuple[str, str], int] | None = None,
) -> Counted:
    """Counts by site: ``cells`` has participants and hand coded of each site.

    Args:
        lines: Theme and scope.
        cells: Site -> ``n`` and ``known``, the same for every line.
        draws: Line as ``theme scope`` -> site -> draws of people with the theme.
        present: (line as above, site) -> hand coded with the theme; 0 where not named.
    """
    sites = list(cells)
    groups = {
        (): (Group(),),
        ("site",): tuple(Group((("site", site),)) for site in sites),
    }
    counts = np.zeros((6, len(sites), len(lines)), dtype=np.int64)
    for at, site in enumerate(sites):
        counts[0, at] = cells[site]["n"]
        counts[3, at] = cells[site].get("known", 0)
        for i, (theme, scope) in enumerate(lines):
            counts[4, at, i] = (present or {}).get((f"{theme} {scope}", site), 0)
    made = draws or {}
    modelled = np.array([f"{theme} {scope}" in made for theme, scope in lines], dtype=np.bool_)
    stacked = [
        np.array([made[f"{theme} {scope}"][site] for site in sites]).T
        for theme, scope in lines
        if f"{theme} {scope}" in made
    ]
    of_sites = np.array(stacked, dtype=np.int32) if stacked else None
    return Counted(
        attributes=("site",),
        lines=tuple(lines),
        groups=groups,
        counts={(): counts.sum(axis=1, keepdims=True), ("site",): counts},
        modelled=modelled,
        learned=modelled.copy(),
        draws={}
        if of_sites is None
        else {(): of_sites.sum(axis=2, keepdims=True), ("site",): of_sites},
    )
