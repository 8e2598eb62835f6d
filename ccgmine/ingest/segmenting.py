"""From turns to segments: a turn, split at sentence ends where it is long."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ccgmine.domain import Role, Segment, Span, Transcript

if TYPE_CHECKING:
    from spacy.language import Language

# spaCy takes punctuation off the ends of a word mark by mark, copying the word each time: what
# nobody says (a line of dots, a page without a space) would take hours.
_MARKS = re.compile(r"[^\w\s]{60,}")
_ENDLESS = re.compile(r"\S{1000,}")
_ASCII_MARKS = re.compile(r"[!-/:-@\[-`{-~‘’“”]")
_OPENING = re.compile(r"(?<=\s)[(\[{“‘\"']+\s*\Z")

# Characters that spaCy reads before it may forget the words in them again. Forgetting costs more
# than reading a short turn, and never forgetting costs memory.
_AT_A_TIME = 1_000_000

SentenceSplitter = Callable[[Sequence[str]], Iterable[list[int]]]
"""Takes texts and gives for each the offsets where its sentences end, its length being the last."""


def segment_transcript(
    transcript: Transcript, sentence_ends: SentenceSplitter, max_words: int
) -> list[Segment]:
    """Segments of the participants' turns; they tile the turns without overlap.

    Args:
        transcript: The transcript.
        sentence_ends: Finds the sentences of the turns.
        max_words: A longer turn is split into parts of about equal size, at sentence ends.
    """
    spoken = [
        (turn.span.start, turn.participant_id, transcript.text[turn.span.start : turn.span.end])
        for turn in transcript.turns
        if turn.role is Role.PARTICIPANT and turn.participant_id is not None and len(turn.span)
    ]
    segments: list[Segment] = []
    all_ends = sentence_ends([text for _, _, text in spoken])
    for (start, participant_id, _), ends_in_turn in zip(spoken, all_ends, strict=True):
        ends = [start + end for end in ends_in_turn]
        sentences = [Span(a, b) for a, b in zip([start, *ends], ends, strict=False)]
        for part in _parts(transcript.text, sentences, max_words):
            span = Span(part[0].start, part[-1].end)
            segments.append(
                Segment(
                    transcript.transcript_id,
                    len(segments) + 1,
                    span,
                    participant_id,
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
    may_end_inside = _may_end_inside(nlp)

    def ends(texts: Sequence[str]) -> Iterator[list[int]]:
        for some in _portions(texts):
            long = [text for text in some if may_end_inside(text)]
            with nlp.memory_zone():
                read = nlp.pipe(map(_tractable, long))
                starts = [[sentence.start_char for sentence in doc.sents] for doc in read]
            found = iter(starts)
            for text in some:
                yield _sentence_ends(text, next(found)) if may_end_inside(text) else [len(text)]

    return ends


def _may_end_inside(nlp: Language) -> Callable[[str], object]:
    """Whether a text can be more than one sentence; if not, spaCy need not read it.

    The rule of the blank pipeline begins a sentence behind a mark that ends one, and nowhere
    else. What a pretrained pipeline does nobody knows.
    """
    if nlp.pipe_names != ["sentencizer"]:
        return lambda text: True
    marks = "".join(map(re.escape, sorted(nlp.get_pipe("sentencizer").punct_chars)))
    return re.compile(f"[{marks}].", re.DOTALL).search


def _portions(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in runs of about as many characters as spaCy reads at a time."""
    some: list[str] = []
    size = 0
    for text in texts:
        some.append(text)
        size += len(text)
        if size >= _AT_A_TIME:
            yield some
            some, size = [], 0
    if some:
        yield some


def _sentence_ends(text: str, starts: list[int]) -> list[int]:
    """Where sentences end that start there; what opens the next sentence is part of that."""
    # spaCy leaves an opening bracket or quotation mark with the sentence before it.
    for i, (before, start) in enumerate(itertools.pairwise(starts), 1):
        opening = _OPENING.search(text, before, start)
        if opening:
            starts[i] = opening.start()
    return [*starts[1:], len(text)]
