"""From a project's source to a transcript with its speakers, and where its passages stand in it.

Where a source bears speaker labels, it is read as ingest reads a file; its codings are then
looked up in the cleaned text by the letters they cover. Where it bears none, or the cleaned text
cannot be proven to come from it, the text stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.domain import (
    Participant,
    Role,
    Segment,
    SourceKind,
    Span,
    Transcript,
    Turn,
    unique,
)
from ccgmine.errors import InputError
from ccgmine.exchange.anchoring import Anchor, anchor
from ccgmine.exchange.own import turns_tile
from ccgmine.exchange.people import SourcePeople
from ccgmine.exchange.project import OwnSource
from ccgmine.files import sha256, without_suffix
from ccgmine.ingest.labels import fold, is_interviewer
from ccgmine.ingest.people import PeopleIndex, Person
from ccgmine.ingest.raw import RawTranscript
from ccgmine.ingest.readers import read_text
from ccgmine.ingest.roles import Cast, build_transcript, cast_roles, known_labels
from ccgmine.ingest.segmenting import SentenceSplitter, segment_transcript
from ccgmine.ingest.speakers import split_speakers
from ccgmine.ingest.word import read_docx

_NOBODY = "in no case"


@dataclass(slots=True)
class Made:
    """A transcript, how it lies in its source, and participants who came up in it."""

    transcript: Transcript
    anchor: Anchor
    notes: list[str] = field(default_factory=list)
    speakers: list[str] = field(default_factory=list)


def word_text(raw: bytes, path: Path) -> str:
    """Text of a Word document, a line a paragraph, as far as ingest reads it."""
    lines = read_docx(raw, path).lines
    return "\n".join(f"{x.speaker}: {x.text}" if x.speaker else x.text for x in lines)


def transcript_name(source_name: str) -> str:
    """A transcript's id from the name of its source: without suffix, on one line."""
    return without_suffix(" ".join(source_name.split()))


def own_transcript(own: OwnSource, transcript_id: str, text: str) -> Transcript | None:
    """The transcript that ccgmine itself wrote, if its text is untouched."""
    if sha256(text.encode()) != own.sha256 or not turns_tile(own.turns, len(text)):
        return None
    return Transcript(transcript_id, own.kind, text, own.turns, own.wave)


def make_transcript(
    text: str,
    transcript_id: str,
    whose: SourcePeople,
    participants: Mapping[str, Participant],
    interviewers: Sequence[str],
) -> Made:
    """The transcript of a source.

    Args:
        text: The source's text.
        transcript_id: What the transcript is called.
        whose: Whose the source is, or passages of it.
        participants: All participants of the project.
        interviewers: Further labels that are the interviewer's.
    """
    people = PeopleIndex(
        Person(participants[p], (transcript_id,))
        for p in unique([*whose.owners, *(p for _, p in whose.passages)])
    )
    raw = _labelled(text, transcript_id, people, interviewers)
    if raw is not None:
        made = _by_labels(text, raw, transcript_id, whose, people, interviewers)
        if made is not None:
            return made
    if whose.passages:
        return _by_passages(text, transcript_id, whose)
    return _in_one_turn(text, transcript_id, whose)


def _labelled(
    text: str, name: str, people: PeopleIndex, interviewers: Sequence[str]
) -> RawTranscript | None:
    """The text as utterances, if any of them bears a label."""
    try:
        lines = read_text(text.encode(), Path(f"{name}.txt")).lines
    except (InputError, UnicodeEncodeError):
        return None
    raw = split_speakers(lines, known_labels(people, interviewers))
    return raw if any(u.speaker for u in raw.utterances) else None


def _by_labels(
    text: str,
    raw: RawTranscript,
    name: str,
    whose: SourcePeople,
    people: PeopleIndex,
    interviewers: Sequence[str],
) -> Made | None:
    """The cleaned transcript, or None where it is not clear or not proven who says what."""
    notes: list[str] = []
    speakers: list[str] = []
    cast: Cast | None
    if whose.passages:
        cast = _cast_by_passages(text, raw, whose, interviewers)
        if cast is None:
            return None
    else:
        try:
            cast = cast_roles(raw, Path(f"{name}.txt"), people, interviewers)
        except InputError:
            cast, speakers = _cast_openly(raw, name, whose, interviewers)
            if speakers:
                notes.append(f"its {len(speakers)} speakers are taken as participants by number")
            elif len(whose.owners) > 1:
                return None
            else:
                notes.append(f"all its speakers but the interviewer are '{whose.owners[0]}'")
    transcript = build_transcript(raw, cast, name)
    if not any(t.role is Role.PARTICIPANT and len(t.span) for t in transcript.turns):
        return None
    found = anchor(text, transcript.text)
    if found is None:
        return None
    return Made(transcript, found, [*cast.notes, *notes], speakers)


def _cast_openly(
    raw: RawTranscript, name: str, whose: SourcePeople, interviewers: Sequence[str]
) -> tuple[Cast, list[str]]:
    """Who speaks where labels are nobody's known: the owner, or else a participant a label."""
    parts: dict[str, tuple[Role, str, str | None]] = {}
    speakers: list[str] = []
    for label in unique(fold(u.speaker) for u in raw.utterances):
        if label and is_interviewer(label, interviewers):
            parts[label] = (Role.INTERVIEWER, "interviewer", None)
        elif whose.named and label:
            parts[label] = (Role.PARTICIPANT, whose.owners[0], whose.owners[0])
        elif label:
            speakers.append(f"{name} speaker {len(speakers) + 1}")
            parts[label] = (Role.PARTICIPANT, speakers[-1], speakers[-1])
        else:
            parts[label] = (Role.OTHER, "speaker 0", None)
    return Cast(parts), speakers


def _cast_by_passages(
    text: str, raw: RawTranscript, whose: SourcePeople, interviewers: Sequence[str]
) -> Cast | None:
    """Who speaks by the cases' passages; None unless each label is clearly one person's."""
    labels = unique(fold(u.speaker) for u in raw.utterances)
    parts: dict[str, tuple[Role, str, str | None]] = {
        label: (Role.OTHER, label, None) for label in labels
    }
    draft = build_transcript(raw, Cast(parts), "draft")
    found = anchor(text, draft.text)
    if found is None:
        return None
    votes: dict[str, Counter[str]] = {label: Counter() for label in labels}
    for turn in draft.turns:
        place = found.source_span(turn.span)
        for span, person in whose.passages if place is not None else ():
            if place is not None and span.overlap(place):
                votes[turn.speaker][person] += span.overlap(place)
    others = 0
    for label, counted in votes.items():
        person, n = counted.most_common(1)[0] if counted else ("", 0)
        if n and 10 * n < 9 * counted.total():
            return None
        if n:
            parts[label] = (Role.PARTICIPANT, person, person)
        elif label and is_interviewer(label, interviewers):
            parts[label] = (Role.INTERVIEWER, "interviewer", None)
        else:
            others += 1
            parts[label] = (Role.OTHER, f"speaker {others}", None)
    return Cast(parts)


def _by_passages(text: str, name: str, whose: SourcePeople) -> Made:
    """The text as it is, with the cases' passages as turns."""
    turns: list[Turn] = []
    at = 0

    def add(start: int, end: int, person: str | None) -> None:
        span = trimmed(text, Span(start, end))
        if span is not None:
            role = Role.OTHER if person is None else Role.PARTICIPANT
            turns.append(Turn(span, role, person or _NOBODY, person))

    overlapping = 0
    for span, person in whose.passages:
        overlapping += span.start < at
        if span.end <= at:
            continue
        add(at, max(at, span.start), None)
        add(max(at, span.start), span.end, person)
        at = span.end
    add(at, len(text), None)
    notes = [f"{overlapping} passages of cases overlap; the first counts"] if overlapping else []
    return _verbatim(text, name, turns, notes)


def _in_one_turn(text: str, name: str, whose: SourcePeople) -> Made:
    """The text as it is, in one turn of its owner."""
    notes = []
    owner = whose.owners[0]
    speakers = []
    if len(whose.owners) > 1:
        owner = name
        speakers = [name]
        notes.append(
            f"its {len(whose.owners)} cases cannot be told apart in the text, which is taken as "
            f"the words of '{name}'"
        )
    span = trimmed(text, Span(0, len(text)))
    turns = [] if span is None else [Turn(span, Role.PARTICIPANT, owner, owner)]
    made = _verbatim(text, name, turns, notes)
    made.speakers = speakers
    return made


def _verbatim(text: str, name: str, turns: list[Turn], notes: list[str]) -> Made:
    n = len({t.participant_id for t in turns if t.participant_id})
    kind = SourceKind.FOCUS_GROUP if n > 1 else SourceKind.INTERVIEW
    found = anchor(text, text)
    assert found is not None  # a text lies in itself
    return Made(Transcript(name, kind, text, tuple(turns)), found, notes)


def trimmed(text: str, span: Span) -> Span | None:
    """The span without white space at its ends; None if there is nothing else in it."""
    words = text[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    end = span.start + len(words.rstrip())
    return Span(start, end) if start < end else None


def segments_of(
    transcript: Transcript, sentence_ends: SentenceSplitter, max_words: int
) -> list[Segment]:
    """Segments of a transcript; a short text out of a table is never split."""
    if transcript.kind is SourceKind.COMMENT:
        turns = [t for t in transcript.turns if t.participant_id is not None and len(t.span)]
        return [
            Segment(
                transcript.transcript_id,
                number,
                turn.span,
                turn.participant_id or "",
                transcript.text[turn.span.start : turn.span.end],
                (turn.span,),
            )
            for number, turn in enumerate(turns, 1)
        ]
    return segment_transcript(transcript, sentence_ends, max_words)
