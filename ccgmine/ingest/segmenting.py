"""From turns to segments: a turn, split at sentence ends where it is long."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from ccgmine.domain import Role, Segment, Span, Transcript

# spaCy takes punctuation off the ends of a word mark by mark, copying the word each time: what
# nobody says (a line of dots, a page without a space) would take hours.
_MARKS = re.compile(r"[^\w\s]{60,}")
_ENDLESS = re.compile(r"\S{1000,}")
_ASCII_MARKS = re.compile(r"[!-/:-@\[-`{-~‘’“”]")
_OPENING = re.compile(r"(?<=\s)[(\[{“‘\"']+\s*\Z")

SentenceSplitter = Callable[[str], list[int]]
"""Takes a text and gives the offsets where its sentences end, the last being its length."""


def segment_transcript(
    transcript: Transcript, sentence_ends: SentenceSplitter, max_words: int
) -> list[Segment]:
    """Segments of the participants' turns; they tile the turns without overlap.

    Args:
        transcript: The transcript.
        sentence_ends: Finds the sentences of a turn.
        max_words: A longer turn is split into parts of about equal size, at sentence ends.
    """
    segments: list[Segment] = []
    for turn in transcript.turns:
        if turn.role is not Role.PARTICIPANT or turn.participant_id is None or not len(turn.span):
            continue
        text = transcript.text[turn.span.start : turn.span.end]
        ends = [turn.span.start + end for end in sentence_ends(text)]
        sentences = [Span(a, b) for a, b in zip([turn.span.start, *ends], ends, strict=False)]
        for part in _parts(transcript.text, sentences, max_words):
            span = Span(part[0].start, part[-1].end)
            segments.append(
                Segment(
                    transcript.transcript_id,
                    len(segments) + 1,
                    span,
                    turn.participant_id,
                    transcript.text[span.start : span.end],
                    tuple(part),
                )
            )
    return segments


def _parts(text: str, sentences: Sequence[Span], max_words: int) -> list[list[Span]]:
    """Runs of sentences with about equally many words, none above the limit if possible."""
    words = [len(text[s.start : s.end].split()) for s in sentences]
    total = sum(words)
    n_parts = -(-total // max_words)
    parts: list[list[Span]] = [[]]
    size = done = 0
    for sentence, n in zip(sentences, words, strict=True):
        target = (total - done) / max(1, n_parts - len(parts) + 1)
        over = size + n > max_words or abs(size + n - target) > abs(size - target)
        if parts[-1] and len(parts) < n_parts and over:
            done += size
            parts.append([])
            size = 0
        elif parts[-1] and size + n > max_words:
            done += size
            parts.append([])
            n_parts = max(n_parts, len(parts))
            size = 0
        parts[-1].append(sentence)
        size += n
    return parts


def _tractable(text: str) -> str:
    """The text, as long as it is, without runs of marks that spaCy cannot deal with."""
    text = _MARKS.sub(lambda m: "x" * len(m.group()), text)
    return _ENDLESS.sub(lambda m: _ASCII_MARKS.sub("x", m.group()), text)


def spacy_sentence_ends(language: str, pipeline: str) -> SentenceSplitter:
    """Sentence ends as spaCy finds them, with the white space behind a sentence in it."""
    from ccgmine.language import sentence_pipeline

    nlp = sentence_pipeline(language, pipeline)

    def ends(text: str) -> list[int]:
        with nlp.memory_zone():
            starts = [sentence.start_char for sentence in nlp(_tractable(text)).sents]
        # spaCy leaves an opening bracket or quotation mark with the sentence before it.
        for i, (before, start) in enumerate(itertools.pairwise(starts), 1):
            opening = _OPENING.search(text, before, start)
            if opening:
                starts[i] = opening.start()
        return [*starts[1:], len(text)]

    return ends
