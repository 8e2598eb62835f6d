"""Codings and segments as tables, for a spreadsheet or any other program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ccgmine.coding.labels import HandLabel, choose_reference, coders_there, label_segments
from ccgmine.domain import Segment, Theme, unique
from ccgmine.errors import StudyError, UsageError
from ccgmine.exchange.run_shared import (
    Machine,
    MachineWord,
    People,
    code_path,
    needed_machine,
    segments_of_study,
    themes_named,
)
from ccgmine.report.numbers import share
from ccgmine.report.sheet import Cell, Sheet
from ccgmine.study import Study

SEPARATOR = "; "


def chosen_coders(study: Study, coders: Sequence[str], *, reference: bool) -> tuple[str, ...]:
    """The coders meant: those named, the reference, or all.

    Raises:
        StudyError: If nobody coded, or there is no reference.
        UsageError: If one who is named coded nothing.
    """
    known = study.codings.coders()
    if reference:
        return choose_reference(known, study.settings.reference_coder, coders)
    if not known:
        raise StudyError(
            "nothing is hand coded yet",
            remedy="Import codings with `ccgmine import codings.csv`.",
        )
    unknown = [c for c in coders if c not in known]
    if unknown:
        raise UsageError(
            f"the coder '{unknown[0]}' has coded nothing",
            remedy=coders_there(known, unknown[0]),
        )
    return tuple(coders) or tuple(known)


def codings_sheet(
    study: Study,
    coders: Sequence[str] = (),
    *,
    reference: bool = False,
    themes: Sequence[str] = (),
) -> Sheet:
    """Every hand coding with its place, words, participant and theme; ``import`` takes it back.

    A passage in which several participants speak is told of the one who says most of it; the
    others stand in a column of their own. A coding that came from two files has two rows.

    Args:
        study: An open study.
        coders: Whose codings; all if none is named.
        reference: Only the reference coders' (``coders``, else those of the settings).
        themes: Only these themes and those below them.
    """
    chosen = frozenset(chosen_coders(study, coders, reference=reference))
    wanted = themes_named(study, themes) if themes else None
    people = People(study.corpus.participants())
    book = {theme.theme_id: theme for theme in study.codebook}
    inside: dict[str, list[Segment]] = defaultdict(list)
    for _, segment in study.corpus.segments():
        inside[segment.transcript_id].append(segment)
    rows: list[tuple[Cell, ...]] = []
    for transcript_id in study.corpus.transcript_ids():
        transcript = study.corpus.transcript(transcript_id)
        text = transcript.text if transcript is not None else ""
        for coding, source in study.codings.with_sources(transcript_id):
            if coding.coder not in chosen or (wanted and coding.theme_id not in wanted):
                continue
            theme = book.get(coding.theme_id, Theme(coding.theme_id))
            touched = [s for s in inside[transcript_id] if s.span.overlap(coding.span)]
            speaking = sorted(
                unique(s.participant_id for s in touched),
                key=lambda who, here=touched, span=coding.span: (
                    -sum(  # type: ignore[misc]
                        s.span.overlap(span) for s in here if s.participant_id == who
                    )
                ),
            )
            rows.append(
                (
                    transcript_id,
                    *people.cells(speaking[0] if speaking else ""),
                    SEPARATOR.join(speaking[1:]),
                    coding.coder,
                    coding.theme_id,
                    theme.label,
                    code_path(theme, study.codebook),
                    coding.span.start,
                    coding.span.end,
                    SEPARATOR.join(s.name for s in touched),
                    text[coding.span.start : coding.span.end],
                    source,
                )
            )
    columns = people.between(
        ("transcript",),
        ("other_participants", "coder", "theme", "label", "code_path", "start", "end", "segments",
         "quote", "source"),
    )  # fmt: skip
    return Sheet("codings", columns, tuple(rows))


def segments_sheet(
    study: Study,
    coders: Sequence[str] = (),
    *,
    machine: bool = False,
    probabilities: bool = False,
) -> Sheet:
    """Every segment with its participant, its words and what people and machine said of it.

    Each coder has two columns: ``read_by_X`` says for what they read the segment (``all``, or the
    themes; empty: not at all), ``themes_by_X`` what they found. A segment that was read and
    carries nothing so differs from one that nobody looked at.

    Args:
        study: An open study.
        coders: Whose codings; everybody's if nobody is named.
        machine: Also the themes that the machine assigned.
        probabilities: Also its probability of every theme that it has learned.

    Raises:
        StudyError: If there are no segments, or nothing is classified and that is asked for.
    """
    segments = segments_of_study(study)
    names = chosen_coders(study, coders, reference=False) if coders else study.codings.coders()
    codings, coverage = list(study.codings.all()), study.codings.coverage()
    by_coder = {name: label_segments(segments, codings, coverage, [name])[0] for name in names}
    people = People(study.corpus.participants())
    found = needed_machine(study) if machine or probabilities else None
    words = {word.segment_no: word for word in found.words} if found is not None else {}
    rows = []
    for number, segment in segments:
        said: list[Cell] = []
        for name in names:
            said += _by_hand(by_coder[name].get(number))
        rows.append(
            (
                segment.name,
                segment.transcript_id,
                *people.cells(segment.participant_id),
                segment.span.start,
                segment.span.end,
                segment.text,
                *said,
                *_by_machine(found, words.get(number), probabilities=probabilities),
            )
        )
    further = [f"{what}_by_{name}" for name in names for what in ("read", "themes")]
    if found is not None:
        further.append("machine_themes")
        further += [f"p: {theme}" for theme in found.themes] if probabilities else []
    columns = people.between(("segment", "transcript"), ("start", "end", "text", *further))
    notes = (f"Machine: the model '{found.model.name}'.",) if found is not None else ()
    return Sheet("segments", columns, tuple(rows), notes)


def _by_hand(label: HandLabel | None) -> list[Cell]:
    """What a coder read a segment for, and what they found in it."""
    if label is None:
        return [None, None]
    read = "all" if label.read_for is None else SEPARATOR.join(sorted(label.read_for))
    return [read, SEPARATOR.join(sorted(label.themes))]


def _by_machine(
    machine: Machine | None, word: MachineWord | None, *, probabilities: bool
) -> list[Cell]:
    if machine is None:
        return []
    if word is None:
        return [None] * (1 + len(machine.themes) * probabilities)
    pairs = zip(machine.themes, word.assigned, strict=True)
    cells: list[Cell] = [SEPARATOR.join(theme for theme, assigned in pairs if assigned)]
    return cells + [share(p) for p in word.probabilities] if probabilities else cells
