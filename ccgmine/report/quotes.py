"""The passages behind a figure, attributed to their participants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ccgmine.report.numbers import share
from ccgmine.report.sheet import Sheet

COLUMNS = (
    "theme", "label", "participant_id", "site", "respondent_type", "transcript", "segment",
    "start", "end", "coded_by", "coder_or_model", "probability", "quote", "attribution",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A passage that carries a theme, by hand or by machine."""

    theme_id: str
    label: str
    participant_id: str
    site: str
    respondent_type: str
    transcript_id: str
    segment: str
    start: int
    end: int
    by_hand: bool
    source: str
    probability: float | None
    text: str = field(repr=False)

    @property
    def attribution(self) -> str:
        """The participant in square brackets, as papers write it."""
        return f"[{self.participant_id}]"


def spread(quotes: Iterable[Quote], limit: int | None) -> list[Quote]:
    """Quotes so ordered that every participant speaks once before anybody speaks twice.

    Hand codings come before machine codings, these from the most probable down.
    """
    of_person: dict[str, list[Quote]] = defaultdict(list)
    for quote in quotes:
        of_person[quote.participant_id].append(quote)
    ranked = []
    for own in of_person.values():
        own.sort(key=lambda q: (not q.by_hand, -(q.probability or 0), q.transcript_id, q.start))
        ranked += [(rank, quote) for rank, quote in enumerate(own)]
    ranked.sort(
        key=lambda item: (
            item[0],
            not item[1].by_hand,
            -(item[1].probability or 0),
            item[1].transcript_id,
            item[1].start,
        )
    )
    chosen = [quote for _, quote in ranked]
    return chosen if limit is None else chosen[:limit]


def quotes_sheet(quotes: Sequence[Quote], notes: tuple[str, ...] = ()) -> Sheet:
    """One row a quote."""
    rows = tuple(
        (
            q.theme_id,
            q.label,
            q.participant_id,
            q.site,
            q.respondent_type,
            q.transcript_id,
            q.segment,
            q.start,
            q.end,
            "hand" if q.by_hand else "machine",
            q.source,
            None if q.probability is None else share(q.probability),
            q.text,
            q.attribution,
        )
        for q in quotes
    )
    return Sheet("quotes", COLUMNS, rows, notes)
