"""Which words of a transcript file are speaker labels, and who says what.

A label stands before a colon or tab, in bold, in a voice tag, in a table column, or on a line
of its own, with or without a time. A word before a colon is taken for a label when it is a
usual one (I, Interviewer, P, Respondent …), names a participant, looks like a name and comes
back, or is plainly a name where a turn begins; everything else is talk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial

from ccgmine.ingest.header import header_end, is_footer, is_title
from ccgmine.ingest.labels import (
    fold,
    is_interviewer,
    is_respondent,
    is_talk,
    is_usual,
    looks_like_a_name,
    plainly_a_name,
)
from ccgmine.ingest.layouts import (
    BOLD_RULES,
    with_bare_labels,
    with_bold_questions,
    with_set_off_labels,
    without_line_numbers,
    without_markers,
)
from ccgmine.ingest.raw import Line, RawTranscript, Utterance
from ccgmine.ingest.stamps import BRACKETED, CLOCK, milliseconds, split_time, time_of, without_times

_LABEL = rf"(?!{CLOCK})[\w\[({{<>#@][^:\n\t]{{0,39}}?"
_MARKED = re.compile(
    rf"^\s*({_LABEL})(?:\s*({BRACKETED})|\s+({CLOCK}))?\s*(?::(?=\s|$)|\t)[\s:]*(.*)$", re.DOTALL
)
_TIGHT = re.compile(rf"^\s*({_LABEL}):(?![\s/\d:])(\S.*)$", re.DOTALL)
_WITH_TIME = re.compile(rf"^\s*({_LABEL})(?:\s+{CLOCK}|\s*{BRACKETED})\s*$")
_LABEL_TIME = re.compile(rf"\s*{BRACKETED}$")
_SENTENCE_END = re.compile(r"[.?!…:;][\"'”’)\]]*\s*$|[\])]\s*$")


_BOLD_NOTES = ("no speakers are marked; the questions in bold are the interviewer's",)


class _Mark(Enum):
    """What makes the words at the start of a line look like a label."""

    FORMAT = "the file format says who speaks"
    COLON = "a colon or tab stands behind them"
    TIGHT = "a colon stands behind them without a space"
    TIME = "a time stands before or behind them and nothing else"
    LINE = "they are a short line of their own"


@dataclass(frozen=True, slots=True)
class _Candidate:
    label: str
    rest: str
    start_ms: int | None
    mark: _Mark
    begins: bool  # whether a turn may begin here, not a wrapped line of talk
    paragraph: bool  # whether it stands after an empty line, or in a cue of its own

    @property
    def key(self) -> tuple[str, bool]:
        return fold(self.label), self.mark is not _Mark.LINE


def split_speakers(lines: Sequence[Line], known: Callable[[str], bool]) -> RawTranscript:
    """Turn a file's lines into utterances.

    Args:
        lines: The lines or cues of one file.
        known: Says whether a label names a participant or an interviewer of this study.
    """
    lines = without_markers(without_line_numbers(lines))
    body_at = header_end(lines, known)
    header = [line.text for line in lines[:body_at]]
    body = list(lines[body_at:])
    while len(body) > 1 and is_footer(body[-1]):
        body.pop()
    body = without_markers(body)
    speaking = _speaking(body, known)
    in_bold = None
    if not any(speaking):
        # The layout of a file without a label may tell who speaks.
        labelled = with_set_off_labels(body, known) or with_bare_labels(body, known)
        in_bold = None if labelled is not None else with_bold_questions(body)
        body = labelled or in_bold or body
        speaking = _speaking(body, known)
    notes, rules = (_BOLD_NOTES, BOLD_RULES) if in_bold is not None else ((), {})
    return RawTranscript(*_utterances(body, speaking, header), notes, rules)


def _utterances(
    body: Sequence[Line], speaking: Sequence[_Candidate | None], header: Sequence[str]
) -> tuple[tuple[Utterance, ...], tuple[str, ...]]:
    """What is said, by whom, and the header with the titles that stand above it."""
    titles = list(header)
    utterances: list[Utterance] = []
    pieces: list[tuple[str, bool]] = []
    speaker, start, waiting = "", None, None
    for line, candidate in zip(body, speaking, strict=True):
        label, rest = speaker, line.text
        at = line.start_ms if line.start_ms is not None else waiting
        if candidate is not None:
            label, rest = candidate.label, candidate.rest
            at = candidate.start_ms if candidate.start_ms is not None else at
        elif time_of(line.text) is not None:
            waiting = time_of(line.text)
            continue
        words = _clean(rest)
        if not speaker and candidate is None and words and is_title(words) and any(speaking):
            titles.append(words)  # nobody speaks yet
            continue
        if label != speaker:
            if pieces:
                utterances.append(Utterance(speaker, _join(pieces), start))
            pieces, speaker, start = [], label, at
        elif not pieces and start is None:
            start = at
        waiting = None
        if words:
            pieces.append((words, line.starts_paragraph))
    if pieces:
        utterances.append(Utterance(speaker, _join(pieces), start))
    return tuple(utterances), tuple(titles)


def _speaking(body: Sequence[Line], known: Callable[[str], bool]) -> list[_Candidate | None]:
    """The label that each line begins with, if it does."""
    candidates = _candidates(body)
    accepted = _accepted(candidates, body, known)
    return _without_doubtful_times(
        [
            c if c is not None and (c.mark is _Mark.FORMAT or c.key in accepted) else None
            for c in candidates
        ]
    )


def _candidates(lines: Sequence[Line]) -> list[_Candidate | None]:
    """The label that each line may begin with."""
    found: list[_Candidate | None] = []
    for i, line in enumerate(lines):
        ended = i == 0 or line.starts_paragraph or bool(_SENTENCE_END.search(lines[i - 1].text))
        following = lines[i + 1].text if i + 1 < len(lines) else ""
        cue = line.start_ms is not None
        made = partial(_Candidate, begins=ended or cue, paragraph=line.starts_paragraph or cue)
        found.append(_candidate(line, following, made))
    return found


def _candidate(
    line: Line, following: str, made: Callable[[str, str, int | None, _Mark], _Candidate]
) -> _Candidate | None:
    if line.speaker:
        label = _LABEL_TIME.sub("", line.speaker)
        start, rest = split_time(line.text, doubtful=False)
        start = line.start_ms if line.start_ms is not None else start
        return made(label, rest, start, _Mark.FORMAT)
    before, text = split_time(line.text, doubtful=True)
    start = before if before is not None else line.start_ms
    with_time = _WITH_TIME.match(text)
    if with_time:
        label = with_time.group(1)
        return made(label, "", milliseconds(text[len(label) :]), _Mark.TIME)
    marked = _MARKED.match(text)
    if marked:
        label, *times, rest = marked.groups()
        stamp = next((t for t in times if t), None)
        behind, rest = split_time(rest, doubtful=False)
        start = milliseconds(stamp) if stamp else behind if behind is not None else start
        return made(label, rest, start, _Mark.COLON)
    tight = _TIGHT.match(text)
    if tight:
        return made(tight.group(1), tight.group(2), start, _Mark.TIGHT)
    bare = text.strip()
    if not 0 < len(bare) <= 40 or re.search(r"[.?!,;…\"”]$", bare):
        return None
    # A time and a name, and the words on the lines below it.
    if before is not None and following and split_time(following, doubtful=True)[0] is None:
        return made(bare, "", start, _Mark.TIME)
    if line.starts_paragraph or not bare[0].islower():
        return made(bare, "", start, _Mark.LINE)
    return None


def _accepted(
    candidates: Sequence[_Candidate | None], lines: Sequence[Line], known: Callable[[str], bool]
) -> frozenset[tuple[str, bool]]:
    """Keys of the candidates that are speakers."""
    marked = [c for c in candidates if c is not None and c.key[1]]
    accepted = _accepted_marked(marked, known)
    # A name that stands once is a speaker where a turn can begin: after an empty line, in a
    # cue, or where every line is a turn.
    dense = len(marked) == len(lines)
    paragraphs = {
        i for i, line in enumerate(lines) if line.starts_paragraph or line.start_ms is not None
    }
    series = {key.split()[0] for key, _ in accepted if key}
    if accepted:
        accepted |= {
            c.key
            for i, c in enumerate(candidates)
            if c is not None
            and c.mark is _Mark.COLON
            and (dense or i in paragraphs)
            and plainly_a_name(c.label, series)
        }
    heads = [i for i, c in enumerate(candidates) if c is not None and c.key in accepted]
    bare = [(i, c) for i, c in enumerate(candidates) if c is not None and not c.key[1]]
    if len(heads) > 1 and not any(is_interviewer(c.label) for i, c in bare if i < heads[0]):
        # Above the first label, a line with the participant's ID is a title.
        bare = [(i, c) for i, c in bare if i > heads[0]]
    return frozenset(accepted | _accepted_lines([c for _, c in bare], known, alone=not heads))


def _accepted_marked(
    marked: Sequence[_Candidate], known: Callable[[str], bool]
) -> set[tuple[str, bool]]:
    def lower(c: _Candidate) -> bool:
        return c.label[0].islower() and len(c.label) > 2

    sure = [c for c in marked if known(c.label) or (is_usual(c.label) and not lower(c))]
    # Where turns stand apart by empty lines, names must too.
    apart = len(sure) > 1 and all(c.paragraph for c in sure)
    times = Counter(
        c.key for c in marked if c.mark is not _Mark.TIGHT and (c.paragraph if apart else c.begins)
    )
    spelled = Counter(c.label for c in marked)
    at_start = {c.label for c in marked if (c.paragraph if apart else c.begins)}
    accepted = set()
    for c in marked:
        if known(c.label):
            accepted.add(c.key)
            continue
        # "the answer: nobody" on a wrapped line is talk.
        if lower(c) and c.label not in at_start and (apart or spelled[c.label] < 3):
            continue
        if is_usual(c.label):
            accepted.add(c.key)
        elif times[c.key] > 1 and c.mark is not _Mark.TIGHT:
            usual = is_interviewer(c.label) or is_respondent(c.label)
            if usual or looks_like_a_name(c.label):
                accepted.add(c.key)
    return accepted


def _accepted_lines(
    bare: Sequence[_Candidate], known: Callable[[str], bool], *, alone: bool
) -> set[tuple[str, bool]]:
    """Keys of the short lines that are labels; ``alone`` where the file has no others."""
    times = Counter(c.key for c in bare)
    again = [c for c in bare if times[c.key] > 1]
    # A line with nothing but I on it may be talk, unless I and P both come back.
    letters = any(is_interviewer(c.label) for c in again) and any(
        is_respondent(c.label) or known(c.label) for c in again
    )
    accepted = set()
    for c in bare:
        usual = is_interviewer(c.label) or is_respondent(c.label)
        if len(fold(c.label)) <= 2:
            taken = known(c.label) or (usual and letters and times[c.key] > 1)
        else:
            once = is_usual(c.label) and len(c.label.split()) <= 2
            taken = known(c.label) or once or (usual and times[c.key] > 1)
            taken = taken or (alone and times[c.key] > 1 and plainly_a_name(c.label))
        if taken and not is_talk(c.label):
            accepted.add(c.key)
    return accepted


def _without_doubtful_times(speaking: Sequence[_Candidate | None]) -> list[_Candidate | None]:
    """``I: 00:12 And then?``: a clock behind a colon is a time if every turn has one."""
    turns = [c for c in speaking if c is not None and c.mark is _Mark.COLON and c.rest]
    split = [split_time(c.rest, doubtful=True) for c in turns]
    if len(turns) < 2 or any(start is None for start, _ in split):
        return list(speaking)
    return [
        replace(c, start_ms=start, rest=rest)
        if c is not None
        and c.mark is _Mark.COLON
        and (start := split_time(c.rest, doubtful=True)[0]) is not None
        and (rest := split_time(c.rest, doubtful=True)[1]) is not None
        else c
        for c in speaking
    ]


def _clean(text: str) -> str:
    """Words without times, one space between them; hard wraps inside become spaces."""
    return " ".join(without_times(text).replace("\u00a0", " ").split())


def _join(pieces: Sequence[tuple[str, bool]]) -> str:
    """Pieces of one utterance: wrapped lines with a space, paragraphs on a new line."""
    parts = [pieces[0][0]]
    for words, starts_paragraph in pieces[1:]:
        if starts_paragraph:
            parts.append("\n")
        elif not (re.search(r"[^\W\d_]-$", parts[-1][-2:]) and words[0].islower()):
            parts.append(" ")  # else a word that was broken at its own hyphen
        parts.append(words)
    return "".join(parts)
