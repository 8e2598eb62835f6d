"""From a study to keyword in context."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccgmine.domain import Participant, Role, Segment
from ccgmine.errors import StudyError, UsageError
from ccgmine.ordering import natural
from ccgmine.report.kwic import INTERVIEWER, Talk, kwic_sheet
from ccgmine.report.run_reading import check_attributes
from ccgmine.report.searching import find_expression, find_words, words_pattern
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study


def kwic_report(
    study: Study,
    pattern: str,
    *,
    regex: bool = False,
    window: int = 8,
    by: Sequence[str] = (),
    interviewer: bool = False,
    limit: int | None = None,
) -> Sheet:
    """Every place where participants say a word, with the words around it.

    Args:
        study: An open study.
        pattern: Whole words, ``*`` for any letters within a word; upper and lower case alike.
        regex: The pattern is a regular expression instead.
        window: How many words are shown on either side.
        by: Attributes that the rows are sorted by, and the hits counted by.
        interviewer: Also what interviewers say, in a count of its own.
        limit: At most so many rows.

    Raises:
        UsageError: If the pattern, an attribute or the window cannot be used.
        StudyError: If the study is empty.
    """
    if window < 0:
        raise UsageError("a window has no fewer than 0 words")
    expression = "" if regex else words_pattern(pattern)
    everybody = study.corpus.participants()
    attributes = check_attributes(everybody, by)
    talk = list(_talk_of_participants(study, everybody, attributes))
    if not talk:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    if interviewer:
        talk += _talk_of_interviewers(study, attributes)
        place = {t: i for i, t in enumerate(study.corpus.transcript_ids())}
        talk.sort(key=lambda t: (place[t.transcript_id], t.start))
    if attributes:
        talk.sort(key=lambda t: [natural(dict(t.attributes)[a]) for a in attributes])
    texts = [t.text for t in talk]
    hits = find_expression(pattern, texts) if regex else find_words(expression, texts)
    note = (
        "Talk of participants and, as told, interviewers."
        if interviewer
        else "Talk of participants only."
    )
    return kwic_sheet(
        talk,
        hits,
        window=window,
        by=attributes,
        with_speaker=interviewer,
        limit=limit,
        notes=(f"{note} How often a word is said is no prevalence of a theme.",),
    )


def _talk_of_participants(
    study: Study, everybody: Sequence[Participant], attributes: Sequence[str]
) -> Iterator[Talk]:
    people = {p.participant_id: p for p in everybody}
    turn: list[Segment] = []
    for _, segment in study.corpus.segments():
        # Segments of one turn follow each other without a gap; between turns there is one.
        if turn and (
            segment.transcript_id != turn[-1].transcript_id
            or segment.participant_id != turn[-1].participant_id
            or segment.span.start != turn[-1].span.end
        ):
            yield _turn(turn, people[turn[0].participant_id], attributes)
            turn = []
        turn.append(segment)
    if turn:
        yield _turn(turn, people[turn[0].participant_id], attributes)


def _turn(segments: Sequence[Segment], person: Participant, attributes: Sequence[str]) -> Talk:
    start = segments[0].span.start
    return Talk(
        participant_id=person.participant_id,
        attributes=tuple((n, person.value(n)) for n in _shown(attributes)),
        transcript_id=segments[0].transcript_id,
        start=start,
        parts=tuple((s.span.start - start, s.name) for s in segments),
        text="".join(s.text for s in segments),
    )


def _shown(attributes: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(["site", "respondent_type", *attributes]))


def _talk_of_interviewers(study: Study, attributes: Sequence[str]) -> Iterator[Talk]:
    for transcript_id in study.corpus.transcript_ids():
        transcript = study.corpus.transcript(transcript_id)
        for turn in transcript.turns if transcript is not None else ():
            if transcript is not None and turn.role is Role.INTERVIEWER:
                yield Talk(
                    participant_id="",
                    attributes=tuple((name, "") for name in _shown(attributes)),
                    transcript_id=transcript_id,
                    start=turn.span.start,
                    parts=(),
                    text=transcript.text[turn.span.start : turn.span.end],
                    speaker=INTERVIEWER,
                )
