"""Two versions of one text: where a passage of the old one stands in the new one.

Both are aligned word by word. Stretches that stand once in each are the anchors, so that long
texts are aligned in linear time; what lies between two anchors is compared closely.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from ccgmine.domain import Span
from ccgmine.matching import QuoteFinder

# What stands in the place of a name: [name], <hospital>, {place}, XXX, ***, black bars.
_PLACEHOLDER = re.compile(
    r"\[[^\[\]\n]{1,40}\]|<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}|[*█▇]{2,}|_{2,}|[Xx]{2,}\b"
)
_WORD = re.compile(rf"{_PLACEHOLDER.pattern}|\w+")
_ANCHOR = 4  # words of an anchor
_CLOSE = 250_000  # a gap is compared closely up to so many pairs of words
_NEIGHBOURS = 3  # words around a quote that tell it from others of the same words
_HIDDEN_BY_ONE = 6  # words that one placeholder may stand for


class Versions:
    """An old and a new version of a text.

    Args:
        old: The old version.
        new: The new version.
    """

    def __init__(self, old: str, new: str) -> None:
        self._old_text, self._new_text = old, new
        self._finders: tuple[QuoteFinder, QuoteFinder] | None = None
        self._aligned: _Aligned | None = None

    def move(self, span: Span) -> Span | None:
        """Where the words of a span of the old version stand in the new one.

        Words that stand several times are told apart by their order, as long as both versions
        hold them equally often, else by what is around them. A passage in which words were
        corrected or names were replaced by a placeholder is found if four in five of its words
        are there still, or stand behind a placeholder; a passage that was rewritten more than
        that is not the coded one any more.
        """
        if self._old_text == self._new_text:
            return span
        if self._finders is None:
            self._finders = QuoteFinder(self._old_text), QuoteFinder(self._new_text)
        quote = self._old_text[span.start : span.end]
        before, places = (finder.find(quote) for finder in self._finders)
        if places and len(places) == len(before):
            nearest = min(range(len(before)), key=lambda i: abs(before[i].start - span.start))
            return places[nearest]
        if self._aligned is None:
            self._aligned = _Aligned(self._old_text, self._new_text)
        # Where the quote stands more or less often than before, its neighbours must tell which.
        return self._aligned.move(span, neighbours=_NEIGHBOURS if places else 0)


def shared_words(first: str, second: str) -> float:
    """How much of the shorter of two texts stands in the other, by runs of four words."""
    runs = [
        {tuple(words[i : i + _ANCHOR]) for i in range(len(words) - _ANCHOR + 1)}
        for words in ([w.casefold() for w in re.findall(r"\w+", t)] for t in (first, second))
    ]
    least = min(map(len, runs))
    return len(runs[0] & runs[1]) / least if least else 0.0


class _Aligned:
    """Two texts with the words that they share, in order."""

    def __init__(self, old_text: str, new_text: str) -> None:
        self._texts = old_text, new_text
        self._old = [m.span() for m in _WORD.finditer(old_text)]
        self._new = [m.span() for m in _WORD.finditer(new_text)]
        old = [old_text[a:b] for a, b in self._old]
        new = [new_text[a:b] for a, b in self._new]
        self._partner = dict(_pairs(old, new))
        self._matched = sorted(self._partner)
        self._hides = [_PLACEHOLDER.fullmatch(word) is not None for word in new]

    def move(self, span: Span, *, neighbours: int) -> Span | None:
        first = bisect_left(self._old, span.start, key=lambda place: place[1] - 1)
        last = bisect_left(self._old, span.end, key=lambda place: place[0]) - 1
        if first > last:
            return None
        # New places of its words; None where a word is gone.
        places = [self._places(i, first, last) for i in range(first, last + 1)]
        kept = [place for place in places if place is not None]
        if 5 * len(kept) < 4 * len(places):
            return None
        low, high = kept[0][0], kept[-1][1]
        if high < low or high - low > 1.25 * len(places):
            return None
        if self._beside(first, low, -1) + self._beside(last, high, 1) < neighbours:
            return None
        return self._with_marks(span, first, last, Span(self._new[low][0], self._new[high][1]))

    def _beside(self, i: int, j: int, step: int) -> int:
        """How many words in a row, up to three, are the same on one side of both places."""
        n = 0
        while n < _NEIGHBOURS and self._partner.get(i + step * (n + 1)) == j + step * (n + 1):
            n += 1
        return n

    def _places(self, i: int, first: int, last: int) -> tuple[int, int] | None:
        """First and last new word that stand for an old one."""
        if i in self._partner:
            return self._partner[i], self._partner[i]
        at = bisect_left(self._matched, i)
        start = self._matched[at - 1] + 1 if at else 0
        end = self._matched[at] if at < len(self._matched) else len(self._old)
        new_start = self._partner[start - 1] + 1 if start else 0
        new_end = self._partner[end] if end < len(self._old) else len(self._new)
        n_hiding = sum(self._hides[new_start:new_end])
        if n_hiding and end - start <= _HIDDEN_BY_ONE * n_hiding:
            if end - start == new_end - new_start:
                return new_start + i - start, new_start + i - start
            # One placeholder for several words: it is part of the passage as they are.
            return new_start, new_end - 1
        return None

    def _with_marks(self, span: Span, first: int, last: int, found: Span) -> Span | None:
        """The passage with the punctuation that opened and closed it, if it is there still."""
        old, new = self._texts
        start, end = found.start, found.end
        (first_start, _), (_, last_end) = self._old[first], self._old[last]
        if span.start > first_start and first in self._partner:  # it begins inside a word
            start += span.start - first_start
        if span.end < last_end and last in self._partner:
            end -= last_end - span.end
        head = old[span.start : first_start]
        while head and start and new[start - 1] == head[-1]:
            start, head = start - 1, head[:-1]
        tail = old[last_end : span.end]
        while tail and new[end : end + 1] == tail[0]:
            end, tail = end + 1, tail[1:]
        return Span(start, end) if start < end else None


def _pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of the words that both have, in the order of both."""
    pairs: list[tuple[int, int]] = []
    i = j = 0
    for a, b in [*_anchors(old, new), (len(old), len(new))]:
        if a < i or b < j:
            continue  # inside the stretch that the last anchor began
        pairs += [(i + x, j + y) for x, y in _close_pairs(old[i:a], new[j:b])]
        while a < len(old) and b < len(new) and old[a] == new[b]:
            pairs.append((a, b))
            a, b = a + 1, b + 1
        i, j = a, b
    return pairs


def _close_pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    if not old or not new or len(old) * len(new) > _CLOSE:
        return []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        (block.a + n, block.b + n)
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    ]


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Where runs of words stand that are in each text once: the longest chain in both orders."""
    places = []
    for words in (old, new):
        runs = [tuple(words[i : i + _ANCHOR]) for i in range(len(words) - _ANCHOR + 1)]
        times = Counter(runs)
        places.append({run: i for i, run in enumerate(runs) if times[run] == 1})
    both = [(i, places[1][run]) for run, i in places[0].items() if run in places[1]]
    # Longest increasing chain of the new places.
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, place) in enumerate(both):
        at = bisect_left(tails, place)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(place)
            ends.append(n)
        else:
            tails[at], ends[at] = place, n
    chain: list[tuple[int, int]] = []
    n = ends[-1] if ends else -1
    while n >= 0:
        chain.append(both[n])
        n = before[n]
    return chain[::-1]
