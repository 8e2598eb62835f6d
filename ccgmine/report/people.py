"""Who was interviewed: participants by site and respondent type, with totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from ccgmine.domain import Participant
from ccgmine.report.sheet import Cell, Sheet


def participants_sheet(
    participants: Sequence[Participant],
    with_text: Collection[str],
    order: Sequence[tuple[str, str]],
) -> Sheet:
    """Sites down, respondent types across, totals at the ends.

    Args:
        participants: Everybody in the study.
        with_text: Ids of those who have a transcript; only they are counted.
        order: (site, respondent type) pairs in the order to show them.
    """
    sites = list(dict.fromkeys(site for site, _ in order))
    types = sorted({kind for _, kind in order})
    counted = [p for p in participants if p.participant_id in with_text]
    n = Counter((p.site, p.respondent_type) for p in counted)
    rows: list[tuple[Cell, ...]] = []
    for site in sites:
        cells = [n[site, kind] for kind in types]
        rows.append((site or "(not given)", *cells, sum(cells)))
    sums = [sum(n[site, kind] for site in sites) for kind in types]
    rows.append(("total", *sums, sum(sums)))
    columns = ("site", *(kind or "(not given)" for kind in types), "total")
    without = len(participants) - len(counted)
    notes = (f"{without} participants of the table have no transcript.",) if without else ()
    return Sheet("participants", columns, tuple(rows), notes)
