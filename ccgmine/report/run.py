"""From a study to the sheets of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ccgmine.codebook import ThemeFinder
from ccgmine.coding.labels import HandLabel
from ccgmine.coding.run import HandCoding, hand_coding
from ccgmine.domain import Coding, Participant, Segment, Span, Theme, ThemeState
from ccgmine.errors import StudyError, UsageError
from ccgmine.ordering import natural
from ccgmine.report.people import participants_sheet
from ccgmine.report.quotes import Quote, quotes_sheet, spread
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteQuery:
    """Which quotes are wanted; an empty value means any."""

    theme: str
    site: str = ""
    respondent_type: str = ""
    participant: str = ""
    limit: int | None = None


def participants_report(study: Study) -> Sheet:
    """Participants by site and respondent type.

    Raises:
        StudyError: If there are none.
    """
    participants = study.corpus.participants()
    if not participants:
        raise StudyError(
            "the study has no participants", remedy="Take them in with `ccgmine ingest`."
        )
    with_text = {segment.participant_id for _, segment in study.corpus.segments()}
    pairs = sorted(
        {(p.site, p.respondent_type) for p in participants},
        key=lambda pair: (natural(pair[0]), natural(pair[1])),
    )
    return participants_sheet(participants, with_text, pairs)


def quotes_report(study: Study, query: QuoteQuery, coder: Sequence[str] = ()) -> Sheet:
    """The passages that carry a theme or a theme below it.

    Raises:
        UsageError: If the theme, site or respondent type is not known.
        StudyError: If nothing is coded.
    """
    quotes = quotes_of(study, query, coder)
    notes = () if quotes else ("No passage carries this theme in this selection.",)
    return quotes_sheet(spread(quotes, query.limit), notes)


def quotes_of(study: Study, query: QuoteQuery, coder: Sequence[str] = ()) -> list[Quote]:
    """The quotes of a theme and those below it, all of them.

    Raises:
        UsageError: If the theme, site or respondent type is not known.
        StudyError: If nothing is coded.
    """
    finder = ThemeFinder(study.codebook)
    theme_id = finder.find(query.theme)
    if theme_id is None:
        raise UsageError(
            f"the theme '{query.theme}' is not in the codebook", remedy=finder.nearest(query.theme)
        )
    everybody = study.corpus.participants()
    _check_value(query.site, "site", [p.site for p in everybody])
    _check_value(query.respondent_type, "respondent type", [p.respondent_type for p in everybody])
    _check_value(query.participant, "participant", [p.participant_id for p in everybody])
    people = {p.participant_id: p for p in everybody if _wanted(p, query)}
    themes = {t.theme_id: t for t in study.codebook}
    wanted = {i: themes[i] for i in study.codebook.with_children(theme_id) if themes[i].coded}
    hand = HandCoding((), list(study.corpus.segments()), {})
    if study.codings.coders():
        hand = hand_coding(study, coder)
    return [
        *hand_quotes(study, hand, wanted, people),
        *machine_quotes(study, hand, wanted, people),
    ]


def _check_value(value: str, what: str, known: Sequence[str]) -> None:
    if value and value not in known:
        there = ", ".join(sorted(set(known), key=natural)[:30])
        raise UsageError(f"there is no {what} '{value}'", remedy=f"There are: {there}.")


def _wanted(participant: Participant, query: QuoteQuery) -> bool:
    return (
        query.site in ("", participant.site)
        and query.respondent_type in ("", participant.respondent_type)
        and query.participant in ("", participant.participant_id)
    )


def hand_quotes(
    study: Study, hand: HandCoding, wanted: dict[str, Theme], people: dict[str, Participant]
) -> Iterator[Quote]:
    """The coded spans of the reference, in the participant's own words."""
    of_transcript: dict[str, list[tuple[int, Segment]]] = {}
    for number, segment in hand.segments:
        of_transcript.setdefault(segment.transcript_id, []).append((number, segment))
    texts: dict[str, str] = {}
    for coding in study.codings.all():
        if coding.coder not in hand.reference or coding.theme_id not in wanted:
            continue
        inside = [
            (n, s)
            for n, s in of_transcript.get(coding.transcript_id, [])
            if s.span.overlap(coding.span)
        ]
        if coding.transcript_id not in texts:
            transcript = study.corpus.transcript(coding.transcript_id)
            texts[coding.transcript_id] = transcript.text if transcript else ""
        carriers: dict[str, Segment] = {}
        for n, s in inside:
            if _carries(hand.labels.get(n), coding):
                carriers.setdefault(s.participant_id, s)
        for participant_id, carrier in carriers.items():
            if participant_id in people:
                own = [s for _, s in inside if s.participant_id == participant_id]
                yield _quote(
                    wanted[coding.theme_id],
                    people[participant_id],
                    carrier,
                    _own_words(own, coding.span, texts[coding.transcript_id]),
                    source=coding.coder,
                    probability=None,
                )


def _own_words(segments: Sequence[Segment], coding: Span, text: str) -> tuple[int, int, str]:
    """Start, end and words of a coding in one participant's segments; others' talk is left out."""
    start = at = max(coding.start, segments[0].span.start)
    words = ""
    for segment in segments:
        gap = text[at : segment.span.start]
        words += " […] " if gap.strip() else gap
        end = min(coding.end, segment.span.end)
        words += text[max(at, segment.span.start) : end]
        at = end
    return start, at, words


def _carries(label: HandLabel | None, coding: Coding) -> bool:
    return label is not None and coding.theme_id in label.themes


def machine_quotes(
    study: Study, hand: HandCoding, wanted: dict[str, Theme], people: dict[str, Participant]
) -> Iterator[Quote]:
    """Segments that the model assigned and that nobody has read for the theme."""
    import struct

    model = study.predictions.classified_model()
    if model is None:
        return
    columns = [
        (i, theme)
        for i, (theme, state) in enumerate(zip(model.themes, model.states, strict=True))
        if theme in wanted and state is ThemeState.LEARNED
    ]
    segments = dict(hand.segments)
    for prediction in study.predictions.of(model.name):
        segment = segments[prediction.segment_no]
        if segment.participant_id not in people:
            continue
        label = hand.labels.get(prediction.segment_no)
        for i, theme_id in columns:
            if not prediction.assigned[i] or (label is not None and label.is_read_for(theme_id)):
                continue
            probability = struct.unpack_from("<f", prediction.probabilities, 4 * i)[0]
            yield _quote(
                wanted[theme_id],
                people[segment.participant_id],
                segment,
                (segment.span.start, segment.span.end, segment.text),
                source=model.name,
                probability=probability,
            )


def _quote(
    theme: Theme,
    participant: Participant,
    segment: Segment,
    passage: tuple[int, int, str],
    *,
    source: str,
    probability: float | None,
) -> Quote:
    start, end, text = passage
    return Quote(
        theme_id=theme.theme_id,
        label=theme.name,
        participant_id=participant.participant_id,
        site=participant.site,
        respondent_type=participant.respondent_type,
        transcript_id=segment.transcript_id,
        segment=segment.name,
        start=start,
        end=end,
        by_hand=probability is None,
        source=source,
        probability=probability,
        text=" ".join(text.split()),
    )
