"""From a study to its findings: figures, quotes, agreement and provenance, protected as asked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ccgmine import __version__
from ccgmine.bands import rule
from ccgmine.coding.run import HandCoding, hand_coding
from ccgmine.domain import DifferenceTable, PrevalenceTable
from ccgmine.errors import CcgmineError, StudyError, UsageError
from ccgmine.files import sha256
from ccgmine.prevalence.run import (
    Comparison,
    PrevalenceQuery,
    compare_parts,
    difference_table,
    prevalence_table,
)
from ccgmine.report.agreement import POOLED
from ccgmine.report.findings import Findings
from ccgmine.report.quotes import Quote, spread
from ccgmine.report.run import QuoteQuery, hand_quotes, machine_quotes, quotes_of
from ccgmine.report.run_agreement import agreement_report
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study

if TYPE_CHECKING:
    from ccgmine.prevalence.disclosure import Zeros

MOST_GROUPS = 300
"""Of more groups together nothing could be shown anyway, and working it out would take hours."""
FOR_PUBLICATION = 5
"""Cells resting on fewer people are hidden in what is published, if nothing else is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsQuery:
    """What is wanted, and how it is protected.

    Attributes:
        prevalence: Groups, coder, unit and basis of the table.
        suppress_below: Cells resting on fewer people are hidden; None: as the settings say.
        hide_zeros: Hide nobody and everybody as well.
        for_publication: Protect people in quotes, too.
        quotes: At most so many quotes a theme.
    """

    prevalence: PrevalenceQuery = field(default_factory=PrevalenceQuery)
    suppress_below: int | None = None
    hide_zeros: bool = False
    for_publication: bool = False
    quotes: int = 100

    def below(self, study: Study) -> int:
        """Below how many people cells are hidden."""
        if self.suppress_below is not None:
            return self.suppress_below
        settings = study.settings.suppress_below
        return max(settings, FOR_PUBLICATION) if self.for_publication else settings

    @property
    def zeros(self) -> Zeros:
        """The policy on zeros."""
        from ccgmine.prevalence.disclosure import Zeros

        return Zeros.HIDDEN if self.hide_zeros else Zeros.SHOWN


def check_publication(query: FindingsQuery, study: Study) -> None:
    """Refuse what is published with small figures in it.

    Raises:
        UsageError: If no limit is left below which figures are hidden.
    """
    if query.for_publication and query.below(study) < 2:
        raise UsageError(
            "what is published needs a limit below which figures are hidden",
            remedy="Leave --suppress-below out, or name 2 or more.",
        )


def protected_table(study: Study, query: FindingsQuery) -> PrevalenceTable:
    """The prevalence table, with disclosure control applied."""
    return _protected(study, query, prevalence_table(study, query.prevalence))


def _protected(study: Study, query: FindingsQuery, table: PrevalenceTable) -> PrevalenceTable:
    below = query.below(study)
    if below < 2:
        return table
    groups = {row.group for row in table.rows}
    if len(groups) > MOST_GROUPS:
        raise UsageError(
            f"{len(groups)} groups are too many to hide small figures in",
            remedy=f"Group by something with fewer values; up to {MOST_GROUPS} groups in all.",
        )
    from ccgmine.prevalence.disclosure import suppress

    return suppress(table, below=below, zeros=query.zeros, people=study.corpus.participants())


def protected_differences(
    study: Study, query: FindingsQuery, table: PrevalenceTable
) -> DifferenceTable:
    """The differences between groups, without those that would give a hidden figure away."""
    differences = difference_table(study, query.prevalence)
    if query.below(study) < 2:
        return differences
    from ccgmine.prevalence.disclosure import suppress_differences

    return suppress_differences(differences, table)


def protected_comparison(study: Study, part: str, query: FindingsQuery) -> Comparison:
    """Two parts of the material, with disclosure control applied.

    Where figures are hidden, who changed between the parts is not told at all: these counts add
    up with those of each part.

    Raises:
        StudyError: If all of the material is of one part.
    """
    found = compare_parts(study, part, query.prevalence.coder)
    if query.below(study) < 2:
        return found
    from ccgmine.prevalence.disclosure import suppress_differences

    table = _protected(study, query, found.table)
    differences = suppress_differences(found.differences, table)
    notes = tuple(dict.fromkeys((*differences.notes, *table.notes)))
    return Comparison(table, replace(differences, notes=notes), tuple(None for _ in found.changes))


def findings(study: Study, query: FindingsQuery) -> Findings:
    """Everything that a workbook, page or document shows.

    Raises:
        StudyError: If the study is empty, or has neither hand nor machine codings.
        UsageError: If an attribute is not known, or nothing may be published so.
    """
    check_publication(query, study)
    below = query.below(study)
    table = protected_table(study, query)
    differences = None
    if query.prevalence.unit == "participants" and query.prevalence.basis != "machine":
        found = protected_differences(study, query, table)
        differences = found if found.rows else None
    quotes = tuple(_all_quotes(study, query))
    if below > 1:
        # Where figures are hidden, quotes must not give them away either.
        from ccgmine.report.publication import publishable

        quotes = publishable(
            quotes,
            table,
            study.corpus.participants(),
            below=below,
            salt=_salt(study),
            zeros_hidden=query.hide_zeros,
        )
    return Findings(
        table=table,
        differences=differences,
        quotes=quotes,
        agreement=_agreement(study, pooled_only=below > 1),
        facts=_facts(study, query, below),
        title=study.folder.resolve().name,
    )


def publishable_quotes(study: Study, query: QuoteQuery, coder: Sequence[str] = ()) -> Sheet:
    """The passages that carry a theme, as they may be published.

    Raises:
        UsageError: If the theme is not known, or a participant is asked for.
    """
    from ccgmine.report.publication import publication_sheet, publishable

    if query.participant or query.site or query.respondent_type:
        raise UsageError(
            "quotes for publication cannot be chosen by site, type or participant",
            remedy="Leave --site, --type and --participant out.",
        )
    wanted = FindingsQuery(prevalence=PrevalenceQuery(coder=tuple(coder)), for_publication=True)
    table = protected_table(study, wanted)
    found = quotes_of(study, query, coder)
    below = wanted.below(study)
    people = study.corpus.participants()
    safe = publishable(found, table, people, below=below, salt=_salt(study))
    return publication_sheet(spread(safe, query.limit))


def _salt(study: Study) -> str:
    """What numbers of participants are made with: it stays in the study."""
    return sha256(json.dumps(sorted(study.corpus.fingerprints().items())).encode())


def _all_quotes(study: Study, query: FindingsQuery) -> list[Quote]:
    """Quotes of every coded theme, at most so many each, spread over participants."""
    people = {p.participant_id: p for p in study.corpus.participants()}
    themes = {theme.theme_id: theme for theme in study.codebook.coded}
    hand = HandCoding((), list(study.corpus.segments()), {})
    if study.codings.coders():
        hand = hand_coding(study, query.prevalence.coder)
    of_theme: dict[str, list[Quote]] = defaultdict(list)
    for quote in hand_quotes(study, hand, themes, people):
        of_theme[quote.theme_id].append(quote)
    for quote in machine_quotes(study, hand, themes, people):
        of_theme[quote.theme_id].append(quote)
    return [q for theme in themes for q in spread(of_theme[theme], query.quotes)]


def _agreement(study: Study, *, pooled_only: bool) -> Sheet | None:
    """Agreement between coders; of single themes only where no figure of a theme is hidden."""
    if len(study.codings.coders()) < 2:
        return None
    try:
        sheet = agreement_report(study)
    except StudyError:  # no two of them read the same text
        return None
    if not pooled_only:
        return sheet
    return replace(sheet, rows=tuple(row for row in sheet.rows if row[0] == POOLED))


def _facts(study: Study, query: FindingsQuery, below: int) -> tuple[tuple[str, str], ...]:
    """What made the figures."""
    import numpy

    model = study.predictions.classified_model()
    counts = study.corpus.counts()
    found = [
        ("ccgmine", __version__),
        ("numpy", numpy.__version__),
        ("transcripts", str(counts.transcripts)),
        ("segments", str(counts.segments)),
        ("participants", str(counts.participants)),
        ("unit", query.prevalence.unit),
        ("interval level", f"{100 * study.settings.level:g} %"),
        ("words", rule(study.settings.bands)),
        ("reference coder", ", then ".join(_reference(study, query.prevalence.coder)) or "none"),
        ("model", f"{model.name}, manifest sha256 {model.sha256}" if model else "none"),
        ("cells hidden below", str(below) if below > 1 else "none hidden"),
        ("quotes", f"at most {query.quotes} a theme, spread over participants"),
    ]
    return tuple(found)


def _reference(study: Study, coder: Sequence[str]) -> Sequence[str]:
    from ccgmine.coding.labels import choose_reference

    try:
        return choose_reference(study.codings.coders(), study.settings.reference_coder, coder)
    except CcgmineError:
        return ()
