"""Finding again in the study what went out of it: a segment in a spreadsheet's row, in a task."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.domain import Segment, Span
from ccgmine.errors import InputError, shown
from ccgmine.exchange.keys import passage_key
from ccgmine.matching import QuoteFinder, normalise_quote, unguarded

# Programs cut long cells: 255 characters in old formats, 32,767 in new ones.
_CUT = 250
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What a row or task says of its passage; all of it may be missing or damaged."""

    text: str = field(default="", repr=False)
    key: str = ""
    segment: str = ""
    transcript_id: str = ""
    participant_id: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Where it stands now; ``moved`` if its transcript or its segments are others than before."""

    transcript_id: str
    span: Span
    moved: bool = False


def same_words(cell: str, text: str) -> bool:
    """Whether a cell holds the words of a text, as far as a spreadsheet may have damaged it.

    A trimmed or cut cell, an apostrophe before a formula, characters that a code page lacks:
    letters and digits decide, and what is cut off must be long enough to tell.

    >>> same_words("'=so  I said?", "=so I said\N{GRINNING FACE} "), same_words("so", "so I said")
    (True, False)
    """
    if normalise_quote(cell) == normalise_quote(text):
        return True
    left, right = _bare(unguarded(cell)), _bare(text)
    if not left or not right:
        return False
    return left == right or (len(cell.strip()) >= _CUT and right.startswith(left))


def _bare(text: str) -> str:
    return "".join(re.findall(r"[a-z0-9]+", text.lower()))


class PassageFinder:
    """The passages of a study.

    Args:
        segments: All segments.
        transcript_ids: All transcripts.
        text_of: The text of a transcript.
    """

    def __init__(
        self,
        segments: Iterable[Segment],
        transcript_ids: Sequence[str],
        text_of: Callable[[str], str],
    ) -> None:
        self._segments = list(segments)
        self._by_name = {s.name: s for s in self._segments}
        self._ids = {i.casefold(): i for i in reversed(transcript_ids)}
        self._ids.update({i: i for i in transcript_ids})
        self._text_of = text_of
        self._by_key: dict[str, Segment] | None = None
        self._by_words: dict[str, list[Segment]] | None = None
        self._texts: dict[str, tuple[str, QuoteFinder]] = {}

    def find(self, clues: Clues) -> Passage:
        """Where the passage stands now.

        Raises:
            InputError: Without place, if it is not there any more, or in several places.
        """
        if clues.key:
            segment = self._keyed(clues.key)
            if segment is not None:
                if clues.text and not same_words(clues.text, segment.text):
                    raise InputError(
                        "the key and the words of the row belong to different passages",
                        remedy="Was one column sorted without the others? Take the file's columns "
                        "back into one order.",
                    )
                return Passage(segment.transcript_id, segment.span)
        segment = self._by_name.get(clues.segment)
        if segment is not None and clues.text and same_words(clues.text, segment.text):
            return Passage(segment.transcript_id, segment.span)
        transcript_id = self._transcript(clues)
        if transcript_id:
            return self._inside(transcript_id, clues)
        return self._anywhere(clues)

    def _transcript(self, clues: Clues) -> str:
        for name in (clues.transcript_id, clues.segment.rpartition(":")[0]):
            if name:
                found = self._ids.get(name) or self._ids.get(name.casefold())
                found = found or self._ids.get(Path(name).stem.casefold())
                if found:
                    return found
        return ""

    def _inside(self, transcript_id: str, clues: Clues) -> Passage:
        text, quotes = self._text(transcript_id)
        if _is_offset(clues.start) and _is_offset(clues.end):
            span = Span(int(clues.start), int(clues.end))
            there = text[span.start : span.end]
            if span.start < span.end <= len(text) and (
                not clues.text or same_words(clues.text, there)
            ):
                return Passage(transcript_id, span)
        if not normalise_quote(clues.text):
            raise InputError(
                "the row has no words to find its passage by", remedy="Keep the column of words."
            )
        words = _CONTROL.sub(" ", clues.text)
        spans = quotes.find(words) or quotes.find(unguarded(words))
        if len(spans) > 1:
            whole = [
                s.span
                for s in self._segments
                if s.transcript_id == transcript_id and same_words(clues.text, s.text)
            ]
            spans = whole if len(whole) == 1 else spans
        if len(spans) == 1:
            return Passage(transcript_id, spans[0], moved=True)
        if spans:
            raise InputError(
                f"its words stand {len(spans)} times in transcript '{transcript_id}'",
                remedy="Keep the column 'key', which tells them apart.",
            )
        raise InputError(
            f"its words do not stand in transcript '{transcript_id}' any more",
            remedy="The text was changed since; decide this passage again in a new export.",
        )

    def _anywhere(self, clues: Clues) -> Passage:
        if not normalise_quote(clues.text):
            raise InputError(
                "nothing says which passage this is",
                remedy="Give the words, or the segment as in `ccgmine export segments`.",
            )
        if self._by_words is None:
            self._by_words = {}
            for segment in self._segments:
                self._by_words.setdefault(normalise_quote(segment.text), []).append(segment)
        found = self._by_words.get(normalise_quote(clues.text), [])
        if not found:
            found = self._by_words.get(normalise_quote(unguarded(clues.text)), [])
        if clues.participant_id and len(found) > 1:
            found = [s for s in found if s.participant_id == clues.participant_id]
        if len(found) == 1:
            return Passage(found[0].transcript_id, found[0].span, moved=bool(clues.segment))
        if found:
            raise InputError(
                f"{len(found)} segments of the study have just these words",
                remedy="Name the segment, as in `ccgmine export segments`.",
            )
        named = clues.transcript_id or clues.segment
        about = f"there is no transcript {shown(named)}, and " if named else ""
        raise InputError(
            f"{about}no segment of the study has these words",
            remedy="Was the text changed since, or is it of another study?",
        )

    def words(self, passage: Passage) -> str:
        """The words of a passage."""
        return self._text(passage.transcript_id)[0][passage.span.start : passage.span.end]

    def _keyed(self, key: str) -> Segment | None:
        if self._by_key is None:
            self._by_key = {passage_key(segment): segment for segment in self._segments}
        return self._by_key.get(key)

    def _text(self, transcript_id: str) -> tuple[str, QuoteFinder]:
        if transcript_id not in self._texts:
            text = self._text_of(transcript_id)
            self._texts[transcript_id] = (text, QuoteFinder(text))
        return self._texts[transcript_id]


def _is_offset(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12
