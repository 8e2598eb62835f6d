"""What the positions of a source count, found from the source itself.

The standard says code points; programs write code points or UTF-16 units, take a CRLF for two or
for one, and count the byte order mark or do not. Each way that makes a difference in a source is
tried on all its selections and scored: by the words that a selection's name repeats, and where
names say nothing, by how well edges fit words. The best wins; ways that score alike and give
different words are a tie, which nobody should guess away.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from ccgmine.domain import Span
from ccgmine.errors import UsageError
from ccgmine.matching import normalise_quote

_MARK = "\ufeff"
_ENDINGS = ("…", "...")


@dataclass(frozen=True, slots=True, order=True)
class Convention:
    """What positions count: UTF-16 units or code points, a CRLF as 1 or 2, how many marks."""

    utf16: bool = False
    crlf: int = 2
    marks: int = 0

    @property
    def name(self) -> str:
        """As ``--offsets`` takes it."""
        mark = ("nomark", "mark")[self.marks] if self.marks < 2 else f"mark{self.marks}"
        return f"{'utf16' if self.utf16 else 'codepoint'},crlf{self.crlf},{mark}"


def read_convention(text: str) -> Convention:
    """A convention as ``--offsets`` takes it; what is not said is ``codepoint,crlf2,nomark``.

    >>> read_convention("utf16,crlf1").name
    'utf16,crlf1,nomark'

    Raises:
        UsageError: If it says anything else.
    """
    said: dict[str, int] = {}
    for word in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(utf16|codepoints?)|crlf([12])|(nomark)|mark([12]?)", word)
        if match is None:
            raise UsageError(
                f"the offsets '{text}' are not known",
                remedy="Write utf16 or codepoint, crlf2 or crlf1, mark or nomark, with commas "
                "between, as in --offsets utf16,crlf2,nomark.",
            )
        unit, crlf, nomark, mark = match.groups()
        if unit:
            said["utf16"] = unit == "utf16"
        elif crlf:
            said["crlf"] = int(crlf)
        else:
            said["marks"] = 0 if nomark else int(mark or 1)
    return Convention(bool(said.get("utf16")), said.get("crlf", 2), said.get("marks", 0))


@dataclass(frozen=True, slots=True)
class Selection:
    """A selection as the file has it: two positions and a name that may repeat the words."""

    start: int
    end: int
    name: str = field(default="", repr=False)


class SourceText:
    r"""A source's text with what its positions may count.

    Args:
        raw: The text as stored, marks and line ends included.
        line_ends_lost: Whether a line end may have been a CRLF before (XML makes them ``\n``).
    """

    def __init__(self, raw: str, *, line_ends_lost: bool = False) -> None:
        body = raw.lstrip(_MARK)
        self.marks = min(2, len(raw) - len(body))
        if line_ends_lost and "\r" not in body:
            body = body.replace("\n", "\r\n")
        self.line_ends_lost = line_ends_lost
        self.text = body.replace("\r\n", "\n").replace("\r", "\n")
        # Where something stands that not every way of counting takes for one: in the text as it
        # is here, and the number of CRLF and of astral characters up to there.
        self._special: list[tuple[int, bool]] = []
        removed = 0
        for match in re.finditer("\r\n|[\U00010000-\U0010ffff]", body):
            is_crlf = match.group() == "\r\n"
            self._special.append((match.start() - removed, is_crlf))
            removed += is_crlf
        self.has_crlf = any(is_crlf for _, is_crlf in self._special)
        self.has_astral = any(not is_crlf for _, is_crlf in self._special)

    def candidates(self) -> list[Convention]:
        """The conventions that make a difference here, the plainest first."""
        line_ends = (2, 1) if self.has_crlf else (2,)
        if self.line_ends_lost and self.has_crlf:
            line_ends = (1, 2)
        return [
            Convention(utf16, crlf, marks)
            for marks in range(self.marks + 1)
            for utf16 in ((False, True) if self.has_astral else (False,))
            for crlf in line_ends
        ]

    def as_relevant(self, convention: Convention) -> Convention:
        """The candidate that a convention named by the user amounts to here."""
        return Convention(
            convention.utf16 and self.has_astral,
            convention.crlf if self.has_crlf else 2,
            min(convention.marks, self.marks),
        )

    def spans(self, selections: Sequence[Selection], convention: Convention) -> list[Span | None]:
        """Where the selections stand in the text, None for what is not in it."""
        units, marks = self._units(convention), convention.marks
        return [units.span(s.start - marks, s.end - marks) for s in selections]

    def length(self, convention: Convention) -> int:
        """Length of the whole text, as a convention counts it."""
        return self._units(convention).n_units + convention.marks

    def _units(self, convention: Convention) -> _Units:
        return _Units(self._special, len(self.text), convention)


class _Units:
    """Turns positions of a convention into code points of the text."""

    def __init__(
        self, special: Sequence[tuple[int, bool]], length: int, convention: Convention
    ) -> None:
        # Positions, in units, of the characters that count two: all others count one.
        self._double: list[int] = []
        for at, is_crlf in special:
            if (convention.crlf == 2) if is_crlf else convention.utf16:
                self._double.append(at + len(self._double))
        self._length = length
        self._marks = convention.marks
        self.n_units = length + len(self._double)

    def span(self, start: int, end: int) -> Span | None:
        if start < 0 <= start + self._marks:
            start = 0  # the mark itself was selected, too
        if not 0 <= start < end or start >= self.n_units:
            return None
        return Span(
            self._code_point(start, up=False), min(self._code_point(end, up=True), self._length)
        )

    def _code_point(self, unit: int, *, up: bool) -> int:
        """Code point of a position; one inside a character goes to its start, or end."""
        before = bisect_right(self._double, unit)
        if not before:
            return unit
        inside = unit - self._double[before - 1]
        return unit - before + (inside == 0 or (inside == 1 and up))


@dataclass(frozen=True, slots=True)
class Score:
    """How well a convention fits the selections of a source."""

    quotes: int = 0
    n_quotes: int = 0
    edges: int = 0
    n_edges: int = 0
    points: int = 0
    sentences: int = 0

    @property
    def key(self) -> tuple[int, int, int]:
        """What is compared: words repeated in names, how edges fit words, then sentences."""
        return self.quotes, self.points, self.sentences

    @property
    def said(self) -> str:
        """The score as it is told."""
        parts = []
        if self.n_quotes:
            parts.append(f"{self.quotes} of {self.n_quotes} quotes match")
        if self.n_edges:
            parts.append(f"{self.edges} of {self.n_edges} edges at words")
        return ", ".join(parts) or "no selections"


@dataclass(frozen=True, slots=True)
class Fit:
    """The convention found for a source, its score, and where the selections stand.

    ``tied`` are conventions that score alike and give other words, none of them chosen for good;
    ``best`` are all that score alike, other words or not.
    """

    convention: Convention
    score: Score
    spans: tuple[Span | None, ...]
    tied: tuple[Convention, ...] = ()
    best: tuple[Convention, ...] = ()


def find_convention(
    source: SourceText, selections: Sequence[Selection], chosen: Convention | None = None
) -> Fit:
    """The way of counting under which a source's selections make most sense.

    Args:
        source: The text.
        selections: Its selections.
        chosen: What the user says; it is scored all the same.
    """
    candidates = source.candidates() if chosen is None else [source.as_relevant(chosen)]
    spans = [source.spans(selections, c) for c in candidates]
    ends = [(c.marks, source.length(c)) for c in candidates]
    scores = _scores(source.text, selections, spans, ends)
    best = max(score.key for score in scores)
    top = [i for i, score in enumerate(scores) if score.key == best]
    first = top[0]
    words = [_words(source.text, spans[i]) for i in top]
    tied = [
        candidates[i]
        for i, said in zip(top, words, strict=True)
        if said != words[0] and not _settled(source, candidates[first], candidates[i])
    ]
    return Fit(
        candidates[first],
        scores[first],
        tuple(spans[first]),
        (candidates[first], *tied) if tied else (),
        tuple(candidates[i] for i in top),
    )


def _settled(source: SourceText, first: Convention, other: Convention) -> bool:
    """Whether the format decides between two: line ends in XML are one character."""
    same = (first.utf16, first.marks) == (other.utf16, other.marks)
    return source.line_ends_lost and same and first.crlf == 1


def _words(text: str, spans: Sequence[Span | None]) -> list[str]:
    return ["" if s is None else normalise_quote(text[s.start : s.end]) for s in spans]


def _scores(
    text: str,
    selections: Sequence[Selection],
    spans: Sequence[Sequence[Span | None]],
    ends: Sequence[tuple[int, int]],
) -> list[Score]:
    """Score of each candidate over all selections.

    ``ends`` are where the text begins and ends in each: what runs past its end fits nothing
    there, and what begins before it, at a mark, fits no better than white space.
    """
    # Quotes, edges, how many edges, points, sentences.
    tables = [[0, 0, 0, 0, 0] for _ in spans]
    n_quotes = 0
    for i, selection in enumerate(selections):
        places = [candidate[i] for candidate in spans]
        repeats = [repeats_words(selection.name, text, place) for place in places]
        telling = any(repeats)
        n_quotes += telling
        for table, place, hit, (begin, end) in zip(tables, places, repeats, ends, strict=True):
            first, last = edge_points(text, place)
            first = min(first, 1) if selection.start < begin else first
            last *= selection.end <= end
            table[3] += first + last
            table[4] += _sentence_edges(text, place)
            if telling:
                table[0] += hit
            else:
                table[1] += (first > 0) + (last > 0)
                table[2] += 2
    return [Score(q, n_quotes, edges, n, p, sentences) for q, edges, n, p, sentences in tables]


def repeats_words(name: str, text: str, place: Span | None) -> bool:
    """Whether a selection's name repeats its words, whole or cut off with an ellipsis."""
    if not name.strip() or place is None:
        return False
    quote = text[place.start : min(place.end, place.start + 4 * len(name) + 100)]
    same = name == quote or normalise_quote(name) == normalise_quote(quote)
    if same and place.end - place.start == len(quote):
        return True
    ending = next((e for e in _ENDINGS if name.rstrip().endswith(e)), None)
    if ending is None:
        return False
    stem = normalise_quote(name.rstrip().removesuffix(ending))
    return len(stem) > 2 and normalise_quote(quote).startswith(stem)


def edge_points(text: str, place: Span | None) -> tuple[int, int]:
    """How well both edges fit words: 2 at a word, 1 beside white space, 0 inside a word.

    >>> edge_points("so it goes", Span(3, 5)), edge_points("so it goes", Span(2, 4))
    ((2, 2), (1, 0))
    """
    if place is None:
        return 0, 0
    return _edge(text, place.start, place.start), _edge(text, place.end, place.end - 1)


def _sentence_edges(text: str, place: Span | None) -> int:
    """Edges at which a sentence or line begins or ends: people rarely leave its full stop out."""
    if place is None:
        return 0
    before = text[max(0, place.start - 3) : place.start].rstrip(" \t\"'“”‘’(")
    begins = not before or before[-1] in ".?!\n…"
    ends = text[place.end - 1] in '.?!…"”' or text[place.end : place.end + 1] in {"", "\n"}
    return begins + ends


def _edge(text: str, at: int, inner: int) -> int:
    if 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum():
        return 0
    return 1 if text[inner].isspace() else 2
