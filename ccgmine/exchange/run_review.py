"""The machine's codings out to a person, and the person's decisions back as hand codings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.codebook import ThemeFinder
from ccgmine.coding.run import (
    ImportReport,
    Parcel,
    refuse_bad_rows,
    source_name,
    store_codings,
)
from ccgmine.domain import Coding, Coverage, Segment, Span, unique
from ccgmine.errors import InputError, UsageError
from ccgmine.exchange.choosing import AUDIT, Chosen, choose
from ccgmine.exchange.decisions import (
    Decision,
    DecisionRow,
    decide,
    read_decisions,
    read_probability,
)
from ccgmine.exchange.keys import batch_key, passage_key, row_key, split_key, theme_key
from ccgmine.exchange.passages import Passage, PassageFinder
from ccgmine.exchange.run_shared import (
    People,
    hand_labels,
    needed_machine,
    passage_finder,
    themes_named,
    times_coded,
)
from ccgmine.report.numbers import share
from ccgmine.report.sheet import Cell, Sheet
from ccgmine.study import Study
from ccgmine.tables import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOptions:
    """Which of the machine's codings go out.

    ``audit`` is the number of further passages and themes drawn at random from all that nobody
    has read; ``coder`` is whose reading counts, in place of the settings.
    """

    themes: tuple[str, ...] = ()
    limit: int | None = None
    audit: int = 0
    seed: int = 0
    coder: tuple[str, ...] = ()


def review_sheet(study: Study, options: ReviewOptions) -> Sheet:
    """The machine's codings that nobody has checked, with an empty column for decisions.

    Raises:
        StudyError: If nothing is classified yet.
        UsageError: If a theme is not in the codebook, or a number is below zero.
    """
    if options.audit < 0 or (options.limit is not None and options.limit < 0):
        raise UsageError("a number of passages cannot be below zero", remedy="Give another.")
    machine = needed_machine(study)
    candidates = machine.candidates(
        hand_labels(study, options.coder), themes_named(study, options.themes)
    )
    chosen = choose(
        candidates,
        times_coded(study),
        limit=options.limit,
        audit=options.audit,
        seed=options.seed,
    )
    wanted = {c.candidate.segment_no for c in chosen}
    segments = {number: s for number, s in study.corpus.segments() if number in wanted}
    people = People(study.corpus.participants())
    columns = people.between(
        ("decision", "theme", "label", "probability", "text"),
        ("transcript", "segment", "start", "end", "machine_theme", "model", "chosen",
         "selection_probability", "key"),
    )  # fmt: skip
    rows = _rows(study, chosen, segments, people, machine.model.name)
    return Sheet("machine codings", columns, rows, _notes(chosen))


def _chance(probability: float) -> str:
    """As text: a spreadsheet that saves what it shows would make 0.00 of one in ten thousand."""
    return f"{probability:.12f}".rstrip("0").rstrip(".")


def _rows(
    study: Study,
    chosen: Sequence[Chosen],
    segments: Mapping[int, Segment],
    people: People,
    model: str,
) -> tuple[tuple[Cell, ...], ...]:
    themes = {theme.theme_id: theme for theme in study.codebook}
    keys = [
        (passage_key(segments[c.candidate.segment_no]), theme_key(c.candidate.theme_id))
        for c in chosen
    ]
    batch = batch_key(key for pair in keys for key in pair)
    rows = []
    for item, pair in zip(chosen, keys, strict=True):
        candidate = item.candidate
        segment = segments[candidate.segment_no]
        rows.append(
            (
                None,
                candidate.theme_id,
                themes[candidate.theme_id].label,
                share(candidate.probability),
                segment.text,
                *people.cells(segment.participant_id),
                segment.transcript_id,
                segment.name,
                segment.span.start,
                segment.span.end,
                candidate.theme_id,
                model,
                item.why,
                _chance(item.selection_probability),
                row_key(*pair, batch),
            )
        )
    return tuple(rows)


def _notes(chosen: Sequence[Chosen]) -> tuple[str, ...]:
    notes = [
        "decision: yes, no, or another theme; several with ; between (yes; workload). Empty: not "
        "decided. `ccgmine import FILE --coder NAME` reads it back.",
    ]
    audit = [c for c in chosen if c.why == AUDIT]
    if audit:
        notes.append(
            f"{len(audit)} rows are a random sample of what is not listed, each chosen with "
            f"probability {audit[0].selection_probability:.6g}; the other rows were all taken."
        )
    elif chosen:
        notes.append(
            "The rows were not chosen by chance: how often they are right says nothing of how "
            "often a theme is raised. --audit N adds a random sample."
        )
    return tuple(notes)


# --- back in ---------------------------------------------------------------------------------


@dataclass
class ReviewReport(ImportReport):
    """What an import of decisions changed."""

    yes: int = 0
    no: int = 0
    other: int = 0
    undecided: int = 0
    moved: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class _Said:
    """What one coder said in one source."""

    codings: dict[Coding, None] = field(default_factory=dict)
    read: dict[tuple[str, Span, float | None], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )


def import_decisions(
    study: Study, path: Path, table: Table, *, coder: str = "", skip_bad: bool = False
) -> ReviewReport:
    """Take a person's decisions in: codings where they said yes, coverage where they decided.

    What the same file said before is replaced. A row without a decision says nothing.

    Args:
        study: An open study that may be written to.
        path: The table's file.
        table: Its rows.
        coder: Who decided, where the table does not say.
        skip_bad: Go on without rows that cannot be used.

    Raises:
        InputErrors: With every row that cannot be used; nothing is changed then.
    """
    taking = _Taking(study, passage_finder(study))
    report = ReviewReport()
    for row in read_decisions(table, coder):
        report.rows += 1
        try:
            taking.take(row, report)
        except InputError as error:
            report.problems.append(
                InputError(error.message, where=path, at=f"row {row.row}", remedy=error.remedy)
            )
    if not report.rows:
        raise InputError("the table has no rows", where=path, remedy="Export it again.")
    if taking.nobody:
        raise InputError(
            "nobody is named as the one who decided", where=path, remedy="Pass --coder NAME."
        )
    refuse_bad_rows(report, skip_bad=skip_bad)
    source = source_name(study, path)
    store_codings(study, path, taking.parcels(source, coder), report)
    report.notes += taking.conflicts(source)
    return report


class _Taking:
    """Gathers what the rows say."""

    def __init__(self, study: Study, passages: PassageFinder) -> None:
        self._study = study
        self._passages = passages
        self._themes = ThemeFinder(study.codebook)
        self._by_key = {theme_key(theme.theme_id): theme.theme_id for theme in study.codebook}
        self._said: dict[tuple[str, str], _Said] = defaultdict(_Said)
        self._batches: dict[str, None] = {}
        self._verdicts: dict[tuple[str, str, Span, str], tuple[bool, int]] = {}
        self.nobody = False

    def take(self, row: DecisionRow, report: ReviewReport) -> None:
        """Settle one row."""
        batch = split_key(row.key)[2]
        self._batches.setdefault(batch)
        decision = decide(row, self._themes, self._by_key)
        if decision is None:
            report.undecided += 1
            return
        if not row.coder:
            self.nobody = True
            return
        passage = self._passages.find(row.clues)
        probability = read_probability(row.selection_probability)
        self._check(row, decision, passage)
        report.moved += passage.moved
        report.yes += decision.machine_theme in decision.yes
        report.no += decision.machine_theme in decision.no
        report.other += sum(theme != decision.machine_theme for theme in decision.yes)
        said = self._said[batch, row.coder]
        for theme in decision.yes:
            said.codings.setdefault(Coding(passage.transcript_id, passage.span, theme, row.coder))
        for theme in decision.read_for:
            # Another theme was not asked for: by what chance it was seen is not known.
            chance = probability if theme == decision.machine_theme else None
            said.read[passage.transcript_id, passage.span, chance].add(theme)

    def _check(self, row: DecisionRow, decision: Decision, passage: Passage) -> None:
        for theme in decision.read_for:
            place = (row.coder, passage.transcript_id, passage.span, theme)
            verdict = theme in decision.yes
            before = self._verdicts.setdefault(place, (verdict, row.row))
            if before[0] != verdict:
                raise InputError(
                    f"says the opposite of row {before[1]} of the same passage and theme '{theme}'",
                    remedy="Make the two agree.",
                )

    def parcels(self, source: str, coder: str) -> list[Parcel]:
        """What to store: a source for every export that the rows come from.

        A later export saved under the same name so never takes away what was decided in an
        earlier one.
        """
        pairs = dict.fromkeys(self._said)
        if coder:
            # Decisions that were taken out of the file again are taken out of the study.
            pairs.update(dict.fromkeys((batch, coder) for batch in self._batches))
        return [
            Parcel(
                _named(source, batch),
                [name],
                list(self._said[batch, name].codings),
                [
                    Coverage(transcript_id, name, frozenset(themes), span, chance)
                    for (transcript_id, span, chance), themes in self._said[
                        batch, name
                    ].read.items()
                ],
            )
            for batch, name in pairs
        ]

    def conflicts(self, source: str) -> list[str]:
        """Themes said not to be in a passage that the same coder coded with them elsewhere."""
        own = {_named(source, batch) for batch in self._batches}
        notes = []
        transcripts = unique(place[1] for place in self._verdicts)
        stored = {
            t: [c for c, origin in self._study.codings.with_sources(t) if origin not in own]
            for t in transcripts
        }
        for (coder, transcript_id, span, theme), (verdict, row) in self._verdicts.items():
            if not verdict and any(
                c.coder == coder and c.theme_id == theme and c.span.overlap(span)
                for c in stored[transcript_id]
            ):
                notes.append(
                    f"row {row}: {coder} says no, but has coded '{theme}' there in another file; "
                    "that coding stays in force"
                )
        return notes


def _named(source: str, batch: str) -> str:
    return f"{source} ({batch})" if batch else source
