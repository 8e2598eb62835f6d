"""The rule from codings to segment labels, and from several coders to one reference.

A segment carries a theme when it holds at least half of the coding (clipped to participants'
talk), or the coding covers at least half of it, or one whole sentence of it. What a coder has
not read says nothing: such a segment has no label, not the label "absent".
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ccgmine.domain import Coding, Coverage, Segment, Span
from ccgmine.errors import StudyError


@dataclass(frozen=True, slots=True)
class HandLabel:
    """What the reference coder said of a segment.

    ``themes`` are those it carries; ``read_for`` are the themes it was read for, None for all.
    ``covered_for`` are those of which coverage says so: only they make a participant known.
    """

    themes: frozenset[str]
    read_for: frozenset[str] | None = None
    covered_for: frozenset[str] | None = field(default=frozenset(), compare=False)

    def is_read_for(self, theme_id: str) -> bool:
        """Whether absence of the theme means that it is not there."""
        return self.read_for is None or theme_id in self.read_for


def choose_reference(
    coders: Sequence[str], settings: Sequence[str], named: Sequence[str] = ()
) -> tuple[str, ...]:
    """The coder whose coding counts, or several in order of preference.

    Args:
        coders: Everyone who coded.
        settings: ``reference_coder`` of ``study.toml``.
        named: What the command line says, which goes before the settings.

    Raises:
        StudyError: If nobody coded, the choice is not known, or there are several and none
            is chosen.
    """
    if not coders:
        raise StudyError(
            "nothing is hand coded yet",
            remedy="Import codings with `ccgmine import codings.csv`.",
        )
    chosen = tuple(named) or tuple(settings)
    if not chosen:
        if len(coders) == 1:
            return (coders[0],)
        raise StudyError(
            f"there are several coders ({', '.join(coders)}) and none is the reference",
            remedy=_how_to_choose(coders),
        )
    unknown = [c for c in chosen if c not in coders]
    if unknown:
        raise StudyError(
            f"the reference coder '{unknown[0]}' has coded nothing",
            remedy=coders_there(coders, unknown[0]),
        )
    return chosen


def _how_to_choose(coders: Sequence[str]) -> str:
    names = [json.dumps(name, ensure_ascii=False) for name in coders[:2]]
    return (
        f"Name one in study.toml (reference_coder = {names[0]}) or with {_options(coders[:1])}; "
        "or, where they split the interviews, several, the preferred one first "
        f"(reference_coder = [{', '.join(names)}], or {_options(coders[:2])})."
    )


def coders_there(coders: Sequence[str], unknown: str) -> str:
    """What to say to somebody who named a coder that there is not."""
    told = f"The coders are: {', '.join(coders)}."
    parts = [part.strip() for part in unknown.split(",")]
    if len(parts) > 1 and set(parts) <= set(coders):
        return f"{told} Repeat the option for several: {_options(parts)}."
    return told


def _options(coders: Sequence[str]) -> str:
    quoted = (f'"{name}"' if " " in name else name for name in coders)
    return " ".join(f"--coder {name}" for name in quoted)


def label_segments(
    segments: Iterable[tuple[int, Segment]],
    codings: Iterable[Coding],
    coverage: Iterable[Coverage],
    reference: Sequence[str],
) -> tuple[dict[int, HandLabel], list[Coding]]:
    """Labels of the segments that the reference has read.

    Args:
        segments: All segments with their numbers.
        codings: All codings.
        coverage: What was read in full.
        reference: Coders in order of preference; a segment takes the first who read it.

    Returns:
        Label by segment number, and the reference's codings that label no segment.
    """
    of_transcript: dict[str, list[tuple[int, Segment]]] = defaultdict(list)
    for number, segment in segments:
        of_transcript[segment.transcript_id].append((number, segment))
    made: dict[tuple[str, str], list[Coding]] = defaultdict(list)
    for coding in codings:
        made[coding.transcript_id, coding.coder].append(coding)
    read: dict[tuple[str, str], list[Coverage]] = defaultdict(list)
    for cover in coverage:
        read[cover.transcript_id, cover.coder].append(cover)
    labels: dict[int, HandLabel] = {}
    stray: list[Coding] = []
    for transcript_id, parts in of_transcript.items():
        parts.sort(key=lambda part: part[1].span)
        for coder in reference:
            own = made.get((transcript_id, coder), [])
            covered = read.get((transcript_id, coder), [])
            if not own and not covered:
                continue
            said = _said_of_segments([s for _, s in parts], own, covered, stray)
            for (number, segment), about in zip(parts, said, strict=True):
                label = _label(segment, about, any_coverage=bool(covered))
                if label is not None:
                    labels.setdefault(number, label)
    for (transcript_id, coder), own in made.items():
        if transcript_id not in of_transcript and coder in reference:
            stray += own
    return labels, stray


@dataclass(slots=True)
class _Said:
    """What a coder said that touches one segment."""

    themes: set[str] = field(default_factory=set)
    coded: list[Span] = field(default_factory=list)
    covered: list[Coverage] = field(default_factory=list)


def _said_of_segments(
    segments: Sequence[Segment],
    codings: Sequence[Coding],
    coverage: Sequence[Coverage],
    stray: list[Coding],
) -> list[_Said]:
    """What is said of each segment of one transcript; segments stand in the order of the text.

    Only the segments that a coding touches are looked at: there may be thousands of both.
    """
    said = [_Said() for _ in segments]
    starts = [s.span.start for s in segments]
    ends = [s.span.end for s in segments]

    def touched(span: Span) -> list[int]:
        some = range(bisect_right(ends, span.start), bisect_left(starts, span.end))
        return [i for i in some if segments[i].span.overlap(span)]

    for coding in codings:
        inside = touched(coding.span)
        clipped = sum(segments[i].span.overlap(coding.span) for i in inside)
        hits = [i for i in inside if carries(segments[i], coding.span, clipped)]
        for i in inside:
            said[i].coded.append(coding.span)
        for i in hits:
            said[i].themes.add(coding.theme_id)
        if not hits:
            stray.append(coding)
    for cover in coverage:
        for i in range(len(segments)) if cover.span is None else touched(cover.span):
            said[i].covered.append(cover)
    return said


def carries(segment: Segment, coding: Span, clipped: int) -> bool:
    """Whether a segment carries a coding's theme.

    Args:
        segment: The segment.
        coding: The coded span.
        clipped: How many of the coding's characters are participants' talk.
    """
    shared = segment.span.overlap(coding)
    if not shared:
        return False
    if 2 * shared >= clipped or 2 * shared >= len(segment.span):
        return True
    return any(_holds_words_of(coding, s, segment) for s in segment.sentences)


def _holds_words_of(coding: Span, sentence: Span, segment: Segment) -> bool:
    """Whether the coding holds the sentence, apart from white space at its ends."""
    offset = segment.span.start
    words = segment.text[sentence.start - offset : sentence.end - offset]
    start = sentence.start + len(words) - len(words.lstrip())
    end = sentence.end - (len(words) - len(words.rstrip()))
    return start < end and coding.start <= start and end <= coding.end


def _label(segment: Segment, said: _Said, *, any_coverage: bool) -> HandLabel | None:
    """What a coder said of a segment, or None if they are not known to have read it.

    ``any_coverage`` says whether anything is known of what they read in the transcript.
    """
    carried, coverage = said.themes, said.covered
    if not any_coverage:
        # Without coverage, the coded passages are all that is known to have been read: a segment
        # that is half coded or more says which themes it lacks, a smaller part only what it has.
        if not carried:
            return None
        read = 2 * _length_of_union(segment, said.coded) >= len(segment.span)
        return HandLabel(frozenset(carried), None if read else frozenset(carried))
    if _is_inside(segment, [c.span for c in coverage if c.themes is None]):
        return HandLabel(frozenset(carried), None, None)
    read_for = {
        theme
        for theme in {theme for c in coverage for theme in c.themes or ()}
        if _is_inside(segment, [c.span for c in coverage if c.themes is None or theme in c.themes])
    }
    if not read_for and not carried:
        return None
    return HandLabel(frozenset(carried), frozenset(read_for | carried), frozenset(read_for))


def _length_of_union(segment: Segment, spans: Iterable[Span]) -> int:
    """How many of the segment's characters the spans hold together."""
    at, total = segment.span.start, 0
    for span in sorted(spans):
        start, end = max(at, span.start), min(span.end, segment.span.end)
        if end > start:
            total += end - start
            at = end
    return total


def _is_inside(segment: Segment, read: Iterable[Span | None]) -> bool:
    """Whether the spans (None: everything) together hold every word of the segment."""
    offset = at = segment.span.start
    for span in sorted(segment.span if s is None else s for s in read):
        if segment.text[at - offset : max(at, span.start) - offset].strip():
            return False
        at = max(at, span.end)
    return not segment.text[at - offset :].strip()
