"""Studies made at random, for disclosure control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ccgmine.domain import Estimate, Group, Participant, PrevalenceRow, PrevalenceTable, Theme
from ccgmine.report.quotes import Quote

ATTRIBUTES = ("site", "respondent_type")


class People:
    """A study made at random: who is who, who is hand coded, who raised what."""

    def __init__(
        self, sizes: dict[tuple[str, str], int], parents: Sequence[str], seed: int, coded: float
    ) -> None:
        rng = np.random.default_rng(seed)
        self.values = [who for who, n in sizes.items() for _ in range(n)]
        n = len(self.values)
        self.themes = [Theme(f"t{i}", f"Theme {i}", parent) for i, parent in enumerate(parents)]
        self.raised = rng.random((n, len(parents))) < rng.beta(0.7, 2, len(parents))
        self.known: np.ndarray = np.asarray(rng.random(n) < coded)
        self.known[0] = True
        self.found = ~self.known[:, None] & (rng.random(self.raised.shape) < 0.3)
        guess = np.where(self.raised, 0.8, 0.15)
        self.draws = rng.random((60, *self.raised.shape)) < guess
        self.draws[:, self.known] = self.raised[self.known]

    def lines(self) -> Iterator[tuple[Theme, str, list[int]]]:
        for i, theme in enumerate(self.themes):
            yield theme, "direct", [i]
            children = [j for j, t in enumerate(self.themes) if t.parent_id == theme.theme_id]
            if children:
                yield theme, "with_children", [i, *children]

    def groups(self, *, cross: bool) -> Iterator[tuple[Group, np.ndarray]]:
        kinds = [(), (0,), (1,), *([(0, 1)] if cross else [])]
        for kind in kinds:
            values = [tuple(who[i] for i in kind) for who in self.values]
            for value in sorted(set(values)):
                pairs = tuple((ATTRIBUTES[i], v) for i, v in zip(kind, value, strict=True))
                yield Group(pairs), np.array([v == value for v in values])

    def table(self, *, cross: bool = True) -> PrevalenceTable:
        rows = []
        for theme, scope, members in self.lines():
            raised = self.raised[:, members].any(axis=1)
            drawn = self.draws[:, :, members].any(axis=2)
            for group, inside in self.groups(cross=cross):
                n, totals = int(inside.sum()), drawn[:, inside].sum(axis=1)
                low, high = np.quantile(totals, [0.025, 0.975], method="inverted_cdf")
                median = np.sort(totals)[len(totals) // 2]
                rows.append(
                    PrevalenceRow(
                        theme=theme, scope=scope, group=group, participants=n, no_text=0,
                        hand_coded=int((inside & self.known).sum()),
                        hand_with_theme=int((inside & self.known & raised).sum()),
                        machine_with_theme=int(self.found[inside][:, members].any(axis=1).sum()),
                        estimate=Estimate(float(median / n), low / n, high / n, "draws"),
                        band="minor", words=(("minor", 1.0),),
                    )
                )  # fmt: skip
        return PrevalenceTable(tuple(rows), ATTRIBUTES, ())

    def participants(self) -> list[Participant]:
        return [Participant(f"{t} ID {i}", s, t) for i, (s, t) in enumerate(self.values)]

    def quotes(self) -> list[Quote]:
        """Everything that anybody said, hand codings first."""
        people = self.participants()
        found = []
        for i, j in np.argwhere((self.raised & self.known[:, None]) | self.found).tolist():
            person = people[i]
            found.append(
                Quote(
                    theme_id=self.themes[j].theme_id, label=self.themes[j].label,
                    participant_id=person.participant_id, site=person.site,
                    respondent_type=person.respondent_type, transcript_id=f"T{i}",
                    segment=f"T{i}:1", start=3, end=9, by_hand=bool(self.known[i]),
                    source="ann" if self.known[i] else "model",
                    probability=None if self.known[i] else 0.9, text="words",
                )
            )  # fmt: skip
        return sorted(found, key=lambda q: not q.by_hand)
