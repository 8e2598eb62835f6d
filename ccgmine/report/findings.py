"""Everything that one export shows: the value that workbooks, pages and documents render."""

from __future__ import annotations

from dataclasses import dataclass

from ccgmine.domain import DifferenceTable, PrevalenceTable
from ccgmine.report.quotes import Quote
from ccgmine.report.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """A study's results.

    Attributes:
        table: Prevalence overall and by group; disclosure control has been applied already.
        differences: Between groups; None where there are no two groups.
        quotes: The passages behind the figures, those of a theme one after another.
        agreement: Between coders; None where one person coded.
        facts: What made the figures, as (name, value): versions, model, seed, hashes, settings.
        title: What the study is called.
    """

    table: PrevalenceTable
    differences: DifferenceTable | None
    quotes: tuple[Quote, ...]
    agreement: Sheet | None
    facts: tuple[tuple[str, str], ...]
    title: str
