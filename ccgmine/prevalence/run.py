"""From a study to its prevalence table."""

from __future__ import annotations

from collections.abc import Sequence

from ccgmine.coding.labels import HandLabel
from ccgmine.coding.run import hand_coding
from ccgmine.domain import (
    Codebook,
    Estimate,
    Group,
    Participant,
    PrevalenceRow,
    PrevalenceTable,
    Segment,
    Theme,
    ThemeState,
    WhyNot,
    unique,
)
from ccgmine.errors import StudyError, UsageError
from ccgmine.prevalence.bands import rule, words
from ccgmine.prevalence.counting import Counts, Evidence, count, groupings, groups, members
from ccgmine.prevalence.intervals import wilson_finite
from ccgmine.store.predictions import ModelRecord
from ccgmine.study import Settings, Study

HAND_METHOD = "hand coding; Wilson, finite population"
CENSUS_METHOD = "hand coding of everybody"


def prevalence_table(
    study: Study, *, by: Sequence[str] = (), cross: bool = False, coder: Sequence[str] = ()
) -> PrevalenceTable:
    """How many participants raised each theme, overall and by group.

    The estimate rests on the participants whose every word a person has read; machine codings
    of the others stand beside it as a count.

    Args:
        study: An open study.
        by: Attributes to group by; site and respondent type if empty.
        cross: Also by all of them at once.
        coder: Reference coder, in place of the settings' one.

    Raises:
        StudyError: If the study is empty, or has neither hand nor machine codings.
        UsageError: If an attribute is not known.
    """
    participants = study.corpus.participants()
    attributes = _attributes(participants, by)
    evidence, model, notes = gather_evidence(study, participants, coder)
    learned = _learned(model)
    rows = []
    for theme, scope, themes in _lines(study.codebook):
        for attributes_of_group in groupings(attributes, cross=cross):
            for group in groups(participants, attributes_of_group):
                counts = count(members(group, participants, evidence), themes)
                rows.append(_row(theme, scope, group, counts, themes & learned, study.settings))
    return PrevalenceTable(tuple(rows), tuple(attributes), tuple(_rules(study) + notes))


def _attributes(participants: Sequence[Participant], by: Sequence[str]) -> list[str]:
    if not by:
        return ["site", "respondent_type"]
    known = unique(
        ["site", "respondent_type", *(name for p in participants for name, _ in p.attributes)]
    )
    for name in by:
        if name not in known:
            raise UsageError(
                f"participants have no attribute '{name}'",
                remedy=f"They have: {', '.join(known)}.",
            )
    return unique(by)


def gather_evidence(
    study: Study, participants: Sequence[Participant], coder: Sequence[str] = ()
) -> tuple[dict[str, Evidence], ModelRecord | None, list[str]]:
    """What hand and machine say of each participant, the model, and notes for the table."""
    evidence = {p.participant_id: Evidence() for p in participants}
    model = study.predictions.classified_model()
    notes: list[str] = []
    if study.codings.coders():
        hand = hand_coding(study, coder)
        segments, labels = hand.segments, hand.labels
        notes.append(f"Reference coder: {', then '.join(hand.reference)}.")
    else:
        segments, labels = list(study.corpus.segments()), {}
        if not segments:
            raise StudyError(
                "the study is empty", remedy="Take transcripts in with `ccgmine ingest`."
            )
        if model is None:
            raise StudyError(
                "nothing is coded yet, by hand or by machine",
                remedy="Import codings with `ccgmine import`, or run `ccgmine classify`.",
            )
    for number, segment in segments:
        _add_hand(evidence[segment.participant_id], labels.get(number))
    if model is not None:
        notes += _add_machine(study, model, segments, labels, evidence)
    return evidence, model, notes


def _add_hand(evidence: Evidence, label: HandLabel | None) -> None:
    evidence.has_text = True
    if label is None:
        evidence.read_for = frozenset()
        return
    evidence.hand |= label.themes
    if label.covered_for is not None:
        before = evidence.read_for
        evidence.read_for = label.covered_for if before is None else before & label.covered_for


def _add_machine(
    study: Study,
    model: ModelRecord,
    segments: Sequence[tuple[int, Segment]],
    labels: dict[int, HandLabel],
    evidence: dict[str, Evidence],
) -> list[str]:
    person = {number: segment.participant_id for number, segment in segments}
    learned = [
        (i, theme)
        for i, (theme, state) in enumerate(zip(model.themes, model.states, strict=True))
        if state is ThemeState.LEARNED
    ]
    seen = 0
    for prediction in study.predictions.of(model.name):
        seen += 1
        label = labels.get(prediction.segment_no)
        # Where a person has read the segment, the machine's word on it counts no more.
        evidence[person[prediction.segment_no]].machine.update(
            theme
            for i, theme in learned
            if prediction.assigned[i] and not (label is not None and label.is_read_for(theme))
        )
    notes = [
        f"Machine counts: participants not hand coded in whom the model '{model.name}' found the "
        "theme. They are no estimate: the model errs."
    ]
    if seen < len(segments):
        notes.append(
            f"{len(segments) - seen} segments are not classified yet: run `ccgmine classify` again."
        )
    return notes


def _learned(model: ModelRecord | None) -> frozenset[str]:
    if model is None:
        return frozenset()
    pairs = zip(model.themes, model.states, strict=True)
    return frozenset(theme for theme, state in pairs if state is ThemeState.LEARNED)


def _lines(codebook: Codebook) -> list[tuple[Theme, str, frozenset[str]]]:
    """Theme, scope and the theme ids that count, for every line of the table."""
    coded = {theme.theme_id for theme in codebook.coded}
    lines = []
    for theme in codebook:
        family = codebook.with_children(theme.theme_id) & coded
        if theme.coded:
            lines.append((theme, "direct", frozenset({theme.theme_id})))
        if family - {theme.theme_id}:
            lines.append((theme, "with_children", family))
    return lines


def _row(
    theme: Theme,
    scope: str,
    group: Group,
    counts: Counts,
    learned: frozenset[str],
    settings: Settings,
) -> PrevalenceRow:
    estimate = estimate_share(counts, settings.level)
    band = ""
    if isinstance(estimate, Estimate):
        band = words(estimate.low, estimate.high, settings.bands)
    return PrevalenceRow(
        theme=theme,
        scope=scope,
        group=group,
        participants=counts.participants,
        no_text=counts.no_text,
        hand_coded=counts.hand_coded,
        hand_with_theme=counts.hand_with_theme,
        machine_with_theme=counts.machine_with_theme if learned else None,
        estimate=estimate,
        band=band,
    )


def estimate_share(counts: Counts, level: float) -> Estimate | WhyNot:
    """Share of a group's participants with a theme, from those hand coded in full.

    This is the seam where an estimate that also uses the model's scores, with the model's
    errors in its interval, takes the place of hand coding alone.
    """
    if not counts.participants:
        return WhyNot("nobody in the group has text")
    if not counts.hand_coded:
        return WhyNot("nobody in the group is hand coded in full")
    low, high = wilson_finite(
        counts.hand_with_theme, counts.hand_coded, counts.participants, level=level
    )
    method = CENSUS_METHOD if counts.hand_coded == counts.participants else HAND_METHOD
    return Estimate(counts.hand_with_theme / counts.hand_coded, low, high, method, level)


def _rules(study: Study) -> list[str]:
    level = f"{100 * study.settings.level:g} %"
    return [
        f"Words: share of participants, {rule(study.settings.bands)}. Where the {level} interval "
        "spans two words, both are given.",
        "Estimate and interval rest on the participants hand coded in full (n), for all "
        "participants of the group (N); they hold if those hand coded were not picked for what "
        "they say. Wilson interval with finite-population correction.",
        "Only themes coded at the theme itself count as direct; with_children adds the themes "
        "below it, each participant counted once.",
    ]
