"""What hand and machine say of everybody in a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccgmine.coding.labels import HandLabel
from ccgmine.coding.run import hand_coding
from ccgmine.domain import Participant, Segment, ThemeState
from ccgmine.errors import StudyError
from ccgmine.store.predictions import ModelRecord
from ccgmine.study import Study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.prevalence.evidence import Evidence
    from ccgmine.prevalence.talk import Talk

PARTS = ("wave", "source_kind")
"""Attributes of transcripts: what a participant said in one of them is counted by itself."""


@dataclass(frozen=True, slots=True)
class Hand:
    """The segments, and what the reference coder said of them."""

    segments: list[tuple[int, Segment]]
    labels: dict[int, HandLabel]
    reference: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence, the model that is part of it, and notes for the table."""

    evidence: Evidence
    model: ModelRecord | None
    notes: list[str]
    hand: Hand


def gather(
    study: Study,
    participants: Sequence[Participant],
    coder: Sequence[str] = (),
    parts: tuple[str, ...] = (),
) -> Gathered:
    """What is known of every participant, or of what each said in every part.

    Args:
        study: An open study.
        participants: Everybody in it.
        coder: Reference coder, in place of the settings' one.
        parts: Those of ``PARTS`` by which a participant's talk is taken apart.

    Raises:
        StudyError: If the study is empty, or has neither hand nor machine codings.
    """
    import numpy as np

    from ccgmine.prevalence.evidence import Evidence

    model = study.predictions.classified_model()
    hand = _hand(study, model, coder)
    units, unit_of = _units(study, hand.segments, parts)
    by_id = {p.participant_id: p for p in participants}
    themes = tuple(theme.theme_id for theme in study.codebook.coded)
    labels = _hand_arrays(hand, unit_of, len(units), themes)
    machine = _machine_arrays(study, model, hand, unit_of, len(units), themes)
    spoke = {participant_id for participant_id, _ in units}
    evidence = Evidence(
        participants=tuple(by_id[participant_id] for participant_id, _ in units),
        parts=tuple(tuple(zip(parts, values, strict=True)) for _, values in units),
        themes=themes,
        hand=labels[0],
        read=labels[1],
        machine=machine[0],
        learned=machine[1],
        unit_of=np.array(unit_of, dtype=np.intp),
        scores=machine[2],
        selection=_selection(study, hand, unit_of, len(units)),
        silent=tuple(p for p in participants if p.participant_id not in spoke),
    )
    return Gathered(evidence, model, _notes(study, model, hand, evidence), hand)


def _hand(study: Study, model: ModelRecord | None, coder: Sequence[str]) -> Hand:
    if study.codings.coders():
        found = hand_coding(study, coder)
        return Hand(found.segments, found.labels, found.reference)
    segments = list(study.corpus.segments())
    if not segments:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    if model is None:
        raise StudyError(
            "nothing is coded yet, by hand or by machine",
            remedy="Import codings with `ccgmine import`, or run `ccgmine classify`.",
        )
    return Hand(segments, {}, ())


def _units(
    study: Study, segments: Sequence[tuple[int, Segment]], parts: tuple[str, ...]
) -> tuple[list[tuple[str, tuple[str, ...]]], list[int]]:
    """The units in order of first appearance, and the unit of every segment."""
    of_transcript = study.corpus.kinds_and_waves() if parts else {}
    number: dict[tuple[str, tuple[str, ...]], int] = {}
    unit_of = []
    for _, segment in segments:
        values: tuple[str, ...] = ()
        if parts:
            kind, wave = of_transcript[segment.transcript_id]
            values = tuple({"wave": wave, "source_kind": kind}[part] for part in parts)
        unit_of.append(number.setdefault((segment.participant_id, values), len(number)))
    return list(number), unit_of


def _hand_arrays(
    hand: Hand, unit_of: Sequence[int], n_units: int, themes: Sequence[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Hand coded with, and read in full for, each theme: both (n_units, n_themes)."""
    import numpy as np

    column = {theme: i for i, theme in enumerate(themes)}
    present = np.zeros((n_units, len(themes)), dtype=np.bool_)
    read = np.ones_like(present)
    for (number, _), unit in zip(hand.segments, unit_of, strict=True):
        label = hand.labels.get(number)
        if label is None:
            read[unit] = False
            continue
        for theme in label.themes:
            if theme in column:
                present[unit, column[theme]] = True
        if label.covered_for is not None:
            read[unit] &= [theme in label.covered_for for theme in themes]
    return present, read


def _machine_arrays(
    study: Study,
    model: ModelRecord | None,
    hand: Hand,
    unit_of: Sequence[int],
    n_units: int,
    themes: Sequence[str],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    """Found by the model in what nobody read (n_units, n_themes); learned (n_themes,); scores."""
    import numpy as np

    machine = np.zeros((n_units, len(themes)), dtype=np.bool_)
    learned = np.zeros(len(themes), dtype=np.bool_)
    scores = np.full((len(hand.segments), len(themes)), np.nan)
    if model is None:
        return machine, learned, scores
    column = {theme: i for i, theme in enumerate(themes)}
    pairs = [(i, column[theme]) for i, theme in enumerate(model.themes) if theme in column]
    there, here = (list(side) for side in zip(*pairs, strict=True)) if pairs else ([], [])
    is_learned = np.array([state is ThemeState.LEARNED for state in model.states], dtype=np.bool_)
    learned[here] = is_learned[there]
    row_of = {number: row for row, (number, _) in enumerate(hand.segments)}
    for prediction in study.predictions.of(model.name):
        row = row_of[prediction.segment_no]
        found = np.frombuffer(prediction.assigned, dtype=np.bool_) & is_learned
        label = hand.labels.get(prediction.segment_no)
        if label is not None:
            # Where a person has read the segment, the machine's word on it counts no more.
            if label.read_for is None:
                continue
            found = found & [not label.is_read_for(theme) for theme in model.themes]
        machine[unit_of[row], here] |= found[there]
    # Scores of a theme that is only suggested order people, too; its labels count for nothing.
    unknown = np.array([state is ThemeState.NOT_LEARNED for state in model.states], dtype=np.bool_)
    for number, content in study.predictions.scores(model.name):
        scores[row_of[number], here] = np.where(
            unknown, np.nan, np.frombuffer(content, dtype="<f4")
        )[there]
    return machine, learned, scores


def talk(study: Study, gathered: Gathered, *, words: bool) -> Talk:
    """What every segment says by hand and by machine, and its size.

    Args:
        study: An open study.
        gathered: Its evidence.
        words: Count words; else segments.
    """
    import numpy as np

    from ccgmine.prevalence.talk import Talk

    segments, themes = gathered.hand.segments, gathered.evidence.themes
    size = [len(s.text.split()) if words else 1 for _, s in segments]
    column = {theme: i for i, theme in enumerate(themes)}
    hand = np.zeros((len(segments), len(themes)), dtype=np.bool_)
    for row, (number, _) in enumerate(segments):
        label = gathered.hand.labels.get(number)
        for theme in label.themes if label is not None else ():
            if theme in column:
                hand[row, column[theme]] = True
    probability = np.full(hand.shape, np.nan)
    if gathered.model is not None:
        row_of = {number: row for row, (number, _) in enumerate(segments)}
        pairs = [(i, column[t]) for i, t in enumerate(gathered.model.themes) if t in column]
        there, here = (list(side) for side in zip(*pairs, strict=True)) if pairs else ([], [])
        for prediction in study.predictions.of(gathered.model.name):
            values = np.frombuffer(prediction.probabilities, dtype="<f4")
            probability[row_of[prediction.segment_no], here] = values[there]
        probability[:, ~gathered.evidence.learned] = np.nan
    return Talk(np.array(size, dtype=float), hand, probability)


def _selection(
    study: Study, hand: Hand, unit_of: Sequence[int], n_units: int
) -> NDArray[np.float64]:
    """The probability with which each unit was chosen for hand coding; NaN where unknown."""
    import numpy as np

    found = np.full(n_units, np.nan)
    stated = {
        c.transcript_id: c.selection_probability
        for c in study.codings.coverage()
        # A passage that was chosen by itself says nothing of how its person was.
        if c.coder in hand.reference and c.span is None and c.selection_probability is not None
    }
    for (_, segment), unit in zip(hand.segments, unit_of, strict=True):
        probability = stated.get(segment.transcript_id)
        if probability is not None:
            found[unit] = np.fmax(found[unit], probability)
    return found


def _notes(study: Study, model: ModelRecord | None, hand: Hand, evidence: Evidence) -> list[str]:
    """Whose coding counts, how those hand coded were chosen, and what is missing."""
    import numpy as np

    notes = [f"Reference coder: {', then '.join(hand.reference)}."] if hand.reference else []
    known = evidence.read.any(axis=1)
    if known.any() and not known.all() and np.isnan(evidence.selection[known]).any():
        notes.append(
            "It is not recorded how the hand-coded participants were chosen; the estimates hold if "
            "that was by chance. Give selection_probability in the coverage table if it is known."
        )
    n_in_part = int((evidence.hand & ~evidence.read).any(axis=1).sum())
    if n_in_part:
        notes.append(
            f"{n_in_part} participants have codings in what is not read in full: a theme found "
            "there counts as raised, one not found as unknown. n is of those read in full."
        )
    if model is None:
        return notes
    notes.append(
        f"Machine counts: participants not hand coded in whom the model '{model.name}' found the "
        "theme. They are no estimate: the model errs."
    )
    seen = {prediction.segment_no for prediction in study.predictions.of(model.name)}
    if len(seen) < len(hand.segments):
        notes.append(
            f"{len(hand.segments) - len(seen)} segments are not classified yet: run "
            "`ccgmine classify` again."
        )
    elif np.isnan(evidence.scores).all(axis=1).any():
        notes.append(
            "For some of what the model learned from there is no score by a model that never saw "
            "it: run `ccgmine train` and `ccgmine classify` again."
        )
    return notes
