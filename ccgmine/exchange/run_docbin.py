"""Segments as a spaCy ``DocBin``, to train or look at in spaCy itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ccgmine.coding.run import hand_coding
from ccgmine.domain import Coding
from ccgmine.exchange.run_shared import People, segments_of_study, themes_named
from ccgmine.language import blank_pipeline
from ccgmine.study import Study

SPANS_KEY = "sc"
"""Where spaCy's span categorizer looks for spans."""


def export_docbin(
    study: Study,
    *,
    themes: Sequence[str] = (),
    coder: Sequence[str] = (),
    read_only: bool = False,
) -> bytes:
    """A doc a segment.

    ``doc.cats`` has 1 for the themes that the segment carries and 0 for those it was read for and
    does not; a theme that nobody read it for is left out, which spaCy takes for unknown.
    ``doc.spans["sc"]`` has the reference coder's passages, on the tokens that they touch.
    ``doc.user_data`` has ``segment``, ``transcript``, ``participant_id``, ``start`` and the
    participant's ``attributes``.

    Args:
        study: An open study.
        themes: Only these themes and those below them.
        coder: Reference coder, in place of the settings' one.
        read_only: Leave out segments that nobody has read for any of the themes.

    Raises:
        StudyError: If there are no segments, or several coders and no reference.
    """
    from spacy.tokens import DocBin

    segments = segments_of_study(study)
    wanted = themes_named(study, themes)
    order = [theme.theme_id for theme in study.codebook.coded if theme.theme_id in wanted]
    hand = hand_coding(study, coder) if study.codings.coders() else None
    labels, reference = (hand.labels, hand.reference) if hand is not None else ({}, ())
    codings: dict[str, list[Coding]] = defaultdict(list)
    for coding in study.codings.all():
        if coding.coder in reference and coding.theme_id in wanted:
            codings[coding.transcript_id].append(coding)
    people = People(study.corpus.participants())
    nlp = blank_pipeline(study.settings.language)
    docs = DocBin(store_user_data=True)
    for number, segment in segments:
        label = labels.get(number)
        cats = {
            theme: float(theme in label.themes)
            for theme in order
            if label is not None and label.is_read_for(theme)
        }
        if read_only and not cats:
            continue
        doc = nlp.make_doc(segment.text)
        doc.cats = cats
        spans = []
        for coding in codings[segment.transcript_id]:
            start = max(coding.span.start, segment.span.start) - segment.span.start
            end = min(coding.span.end, segment.span.end) - segment.span.start
            if start < end:
                span = doc.char_span(start, end, coding.theme_id, alignment_mode="expand")
                spans += [span] if span is not None else []
        doc.spans[SPANS_KEY] = spans
        doc.user_data.update(
            segment=segment.name,
            transcript=segment.transcript_id,
            participant_id=segment.participant_id,
            start=segment.span.start,
            attributes=people.attributes(segment.participant_id),
        )
        docs.add(doc)
    return bytes(docs.to_bytes())
