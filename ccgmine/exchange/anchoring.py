"""Where the words of a source stand in the reading text that was made of it.

The reading text leaves out labels, times and page furniture and sets white space anew, but no
word is changed. So it can be found again in the source, line by line and letter by letter: what
comes out is proven, since every letter of the reading text has its place in the source.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from ccgmine.domain import Span
from ccgmine.matching import QuoteFinder, move_span, normalise_quote

# A label, with times before and behind it, is not longer than this.
_LONGEST_LABEL = 160
# A time in the margin or between words, in brackets or bare.
_TIME = re.compile(
    r"[\[({<#]\s*\d{1,3}:[0-5]\d[^\]\)}>#\n]{0,40}[\])}>#]"
    r"|\d{1,3}:[0-5]\d(?::[0-5]\d)?(?:[.,]\d{1,3})?(?:-\d(?!\d))?"
)
_WORD = re.compile(r"\S+")
_LINE = re.compile("[^\n\f\v\u2028\u2029]+")
# A text that was made of its source is laid out with hardly a step back.
_TRIES_A_LINE, _FURTHER_TRIES = 20, 5_000


@dataclass(frozen=True, slots=True)
class Anchored:
    """A span of the reading text, and whether words of the source are missing in it."""

    span: Span
    left_out: bool


class Anchor:
    """Places of a source's letters in the reading text.

    Args:
        source: The source's text.
        reading: The reading text.
        places: For each letter of the reading text (white space apart), where it stands in the
            source and in the reading text; none are needed where both are the same.
    """

    def __init__(self, source: str, reading: str, places: list[tuple[int, int]]) -> None:
        self._source = source
        self._reading = reading
        self._same = source == reading
        self._in_source = [place for place, _ in places]
        self._in_reading = [place for _, place in places]

    def find(self, span: Span) -> Anchored | None:
        """Where a span of the source stands; None if nothing of it is in the reading text."""
        if self._same:
            words = self._source[span.start : span.end]
            return Anchored(span, left_out=False) if words.strip() else None
        first = bisect_left(self._in_source, span.start)
        last = bisect_left(self._in_source, span.end) - 1
        if last < first:
            return None
        found = Span(self._in_reading[first], self._in_reading[last] + 1)
        wanted = _letters(self._source[span.start : span.end])
        return Anchored(found, _letters(self._reading[found.start : found.end]) != wanted)

    def source_span(self, span: Span) -> Span | None:
        """Where a span of the reading text stands in the source; None if it has no letters."""
        if self._same:
            return span if self._source[span.start : span.end].strip() else None
        first = bisect_left(self._in_reading, span.start)
        last = bisect_left(self._in_reading, span.end) - 1
        if last < first:
            return None
        return Span(self._in_source[first], self._in_source[last] + 1)


def _letters(text: str) -> str:
    return "".join(normalise_quote(text).split())


def anchor(source: str, reading: str) -> Anchor | None:
    """How a reading text lies in its source; None if it was not made of it."""
    if source == reading:
        return Anchor(source, reading, [])
    in_reading, letters = _places(reading, 0, len(reading))
    lines = [_Line(source, m.start(), m.end()) for m in _LINE.finditer(source)]
    taken = _lay_out([line for line in lines if line.letters], letters)
    if taken is None:
        return None
    return Anchor(source, reading, list(zip(taken, in_reading, strict=True)))


def _places(text: str, start: int, end: int) -> tuple[list[int], str]:
    """Where the letters of a part of a text stand, and the letters; white space is none."""
    places: list[int] = []
    letters: list[str] = []
    for match in _WORD.finditer(text, start, end):
        places.extend(range(match.start(), match.end()))
        letters.append(match.group())
    return places, "".join(letters)


def _ends_label(source: str, last: int, following: int) -> bool:
    """Whether a label, time or line number may end between two letters of a line."""
    between = source[last + 1 : following]
    return (
        source[last] in ":)]}>#|-–—"
        or source[last].isdigit()
        or len(between) > 1
        or (between == "\t")
    )


class _Line:
    """A line of the source: its letters with their places, and where times stand in it."""

    def __init__(self, source: str, start: int, end: int) -> None:
        self._source = source
        self.places, self.letters = _places(source, start, end)
        # From the letter that a time begins with to the one behind it.
        self.times: dict[int, int] = {}
        for match in _TIME.finditer(source, start, end):
            begin = bisect_left(self.places, match.start())
            if self.places[begin] == match.start():
                self.times[begin] = bisect_left(self.places, match.end())

    def starts(self, begin: int, wanted: str, at: int) -> Iterator[int]:
        """Letters from ``begin`` on where the talk may begin, if it goes on at ``at``."""
        letter = wanted[at : at + 1]
        for i in range(begin, min(len(self.places), _LONGEST_LABEL)):
            # What does not even go on with its first letter need not be looked at closely.
            if (self.letters[i] == letter or i in self.times) and (
                i == 0 or _ends_label(self._source, self.places[i - 1], self.places[i])
            ):
                yield i

    def matches(self, begin: int, wanted: str, at: int) -> list[int] | None:
        """Letters from ``begin`` to the line's end, times left out, if they go on at ``at``."""
        if not self.times:
            goes_on = wanted.startswith(self.letters[begin:], at)
            return self.places[begin:] if goes_on else None
        taken: list[int] = []
        i = begin
        while i < len(self.letters):
            after = self.times.get(i)
            if after is not None and not wanted.startswith(self.letters[i:after], at):
                i = after
            elif at < len(wanted) and self.letters[i] == wanted[at]:
                taken.append(self.places[i])
                i, at = i + 1, at + 1
            else:
                return None
        return taken


def _lay_out(lines: list[_Line], wanted: str) -> list[int] | None:
    """Places of all wanted letters: each line gives a tail of itself, or nothing.

    Depth first, the longest tail before shorter ones and before none; what has failed once from
    a line and place is not tried again.
    """
    failed: set[tuple[int, int]] = set()
    # For each line so far: where it began in what is wanted, and which tail is tried next.
    stack: list[list[int]] = [[0, 0]]
    pieces: list[list[int]] = []
    tries, most_tries = 0, _FURTHER_TRIES + _TRIES_A_LINE * len(lines)
    while stack:
        number = len(stack) - 1
        at, begin = stack[-1]
        if number == len(lines):
            if at == len(wanted):
                return [place for piece in pieces for place in piece]
            step = None
        else:
            step = _next_tail(lines[number], begin, wanted, at)
        tries += 1
        if tries > most_tries:
            return None
        if step is None:
            failed.add((number, at))
            stack.pop()
            if pieces:
                pieces.pop()
            continue
        begin, piece = step
        stack[-1][1] = begin + 1
        if (number + 1, at + len(piece)) not in failed:
            pieces.append(piece)
            stack.append([at + len(piece), 0])
    return None


def _next_tail(line: _Line, begin: int, wanted: str, at: int) -> tuple[int, list[int]] | None:
    """The next tail of a line that goes on at ``at``, from ``begin`` on; the last one is none."""
    for start in line.starts(begin, wanted, at):
        piece = line.matches(start, wanted, at)
        if piece:
            return start, piece
    return (len(line.letters) + 1, []) if begin <= len(line.letters) else None


class Mover:
    """Finds passages of one text in another version of it; both are made ready once."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new
        self._before, self._now = QuoteFinder(old), QuoteFinder(new)

    def find(self, span: Span) -> Span | None:
        """Where the words of a span stand now; None if they are gone or cannot be told apart."""
        quote = self._old[span.start : span.end]
        now = self._now.find(quote)
        before = self._before.find(quote)
        if not now:
            return move_span(self._old, span, self._new)
        if len(now) != len(before):
            return None
        nearest = min(range(len(before)), key=lambda i: abs(before[i].start - span.start))
        return now[nearest]
