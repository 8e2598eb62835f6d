"""Keyword in context: every place where a word is said, with the words around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ccgmine.report.matrix import distinct
from ccgmine.report.searching import Hits, context
from ccgmine.report.sheet import Cell, Sheet

PARTICIPANT, INTERVIEWER = "participant", "interviewer"
COLUMNS = (
    "participant_id", "site", "respondent_type", "transcript", "segment", "left", "keyword",
    "right",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Talk:
    """What one speaker says in one go.

    Attributes:
        participant_id: Of whom, "" for the interviewer.
        attributes: (name, value) of what the table shows of them, site and type first.
        transcript_id: Where.
        start: First character, in the transcript.
        parts: (offset in ``text``, segment name) of its segments, none of the interviewer's.
        text: The words.
        speaker: ``participant`` or ``interviewer``.
    """

    participant_id: str
    attributes: tuple[tuple[str, str], ...]
    transcript_id: str
    start: int
    parts: tuple[tuple[int, str], ...]
    text: str = field(repr=False)
    speaker: str = PARTICIPANT

    def segment_at(self, offset: int) -> str:
        """Name of the segment in which the character lies."""
        name = ""
        for start, segment in self.parts:
            if start > offset:
                break
            name = segment
        return name


def kwic_sheet(
    talk: Sequence[Talk],
    hits: Hits,
    *,
    window: int = 8,
    by: Sequence[str] = (),
    with_speaker: bool = False,
    limit: int | None = None,
    notes: tuple[str, ...] = (),
) -> Sheet:
    """A row a hit, in the order of the talk.

    Args:
        talk: Turns of speakers, in the order to show them.
        hits: Start and end of every hit in each turn.
        window: How many words are shown on either side; never another speaker's.
        by: Attributes by whose values the hits are also counted, in the notes.
        with_speaker: Also a column that tells participants from interviewers.
        limit: At most so many rows; the counts are of all.
        notes: What stands under the table, after the counts.

    Source:
        Luhn, H. P. (1960). Key word-in-context index for technical literature (KWIC index).
        American Documentation 11, 288-295.
    """
    rows: list[tuple[Cell, ...]] = []
    n_hits = sum(len(spans) for spans in hits)
    for turn, spans in zip(talk, hits, strict=True):
        for start, end in spans:
            if limit is None or len(rows) < limit:
                rows.append(_row(turn, start, end, window, with_speaker=with_speaker))
    further = tuple(name for name, _ in talk[0].attributes[2:]) if talk else ()
    columns = [*COLUMNS[:3], *further, *(["speaker"] if with_speaker else []), *COLUMNS[3:]]
    counts = [_counted(talk, hits)]
    if with_speaker:
        asked = sum(
            len(spans) for t, spans in zip(talk, hits, strict=True) if t.speaker == INTERVIEWER
        )
        counts.append(f"Interviewers' hits, in no count of participants: {asked}.")
    for attribute in by:
        counts.append(f"By {attribute.replace('_', ' ')}: {_by_group(talk, hits, attribute)}.")
    if limit is not None and n_hits > limit:
        counts.append(f"Only the first {limit} of {n_hits} hits are shown.")
    return Sheet("kwic", distinct(columns), tuple(rows), (*counts, *notes))


def _row(turn: Talk, start: int, end: int, window: int, *, with_speaker: bool) -> tuple[Cell, ...]:
    return (
        turn.participant_id,
        *(value for _, value in turn.attributes),
        *([turn.speaker] if with_speaker else []),
        turn.transcript_id,
        turn.segment_at(start) or None,
        *context(turn.text, start, end, window),
    )


def _counted(talk: Iterable[Talk], hits: Hits) -> str:
    people: set[str] = set()
    said: Counter[str] = Counter()
    for turn, spans in zip(talk, hits, strict=True):
        if turn.speaker == PARTICIPANT:
            people.add(turn.participant_id)
            said[turn.participant_id] += len(spans)
    return f"{said.total()} hits, in {len(+said)} of {len(people)} participants with text."


def _by_group(talk: Sequence[Talk], hits: Hits, attribute: str) -> str:
    """Hits and participants of every group, in order of appearance."""
    people: dict[str, set[str]] = {}
    said: dict[str, Counter[str]] = {}
    for turn, spans in zip(talk, hits, strict=True):
        if turn.speaker == PARTICIPANT:
            value = dict(turn.attributes)[attribute] or "(not given)"
            people.setdefault(value, set()).add(turn.participant_id)
            said.setdefault(value, Counter())[turn.participant_id] += len(spans)
    return "; ".join(
        f"{value}: {said[value].total()} hits, in {len(+said[value])} of {len(own)} participants"
        for value, own in people.items()
    )
