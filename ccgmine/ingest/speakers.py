"""Which words of a transcript file are speaker labels, and who says what.

A label stands before a colon or tab, in bold, in a voice tag, in a table column, or on a line
of its own, with or without a time. A word before a colon is taken for a label when it is a
usual one (I, Interviewer, P, Respondent …), names a participant, or looks like a name and
comes back; everything else is talk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ccgmine.ingest.raw import Line, RawTranscript, Utterance
from ccgmine.ingest.readers import time_of

_INTERVIEWER = {
    "i", "int", "intv", "inter", "interviewer", "iv", "q", "question", "researcher", "res",
    "moderator", "mod", "facilitator", "fac",
}  # fmt: skip
_RESPONDENT = {
    "p", "r", "a", "resp", "respondent", "participant", "part", "interviewee", "ie", "pt",
    "subject", "answer", "informant",
}  # fmt: skip
# Words that make up the keys of header lines, such as "Date of interview: 3 May".
_HEADER_WORDS = {
    "participant", "respondent", "interviewee", "interviewer", "id", "no", "number", "type",
    "site", "date", "of", "interview", "interviewed", "by", "location", "place", "venue",
    "duration", "length", "transcript", "transcribed", "transcriber", "file", "name", "recording",
    "audio", "role", "job", "title", "study", "project", "wave", "version", "status", "present",
    "format", "setting", "time", "start", "end", "language", "consent", "note", "notes",
}  # fmt: skip
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_TIME_PREFIX = re.compile(rf"^\s*[\[({{#]?{_CLOCK}(?:-\d)?[\])}}#]?\s+")
_INLINE_TIME = re.compile(rf"\s*(?:\[{_CLOCK}\]|#\d{{1,2}}:\d{{2}}:\d{{2}}(?:-\d)?#)")
_LABEL = r"[^\s:][^:\n\t]{0,39}?"
_COLON = re.compile(rf"^\s*({_LABEL})\s*(?::|\t)(?:\s+|$)(.*)$", re.DOTALL)
_OWN_LINE_TIME = re.compile(rf"^\s*((?!\d){_LABEL})\s+[\[(]?({_CLOCK})[\])]?\s*$")
_LABEL_TIME = re.compile(rf"\s*[\[(]{_CLOCK}[\])]$")


def fold(label: str) -> str:
    """A label as it is compared: case, spacing and a trailing colon do not matter."""
    return " ".join(label.casefold().replace("_", " ").rstrip(":").split())


def is_interviewer(label: str, extra: Iterable[str] = ()) -> bool:
    """Whether the label is one of the usual ones for an interviewer, or one of ``extra``."""
    folded = fold(label)
    if folded in {fold(e) for e in extra}:
        return True
    return _stem(folded) in _INTERVIEWER


def is_respondent(label: str) -> bool:
    """Whether the label is one of the usual ones for whoever is interviewed."""
    return _stem(fold(label)) in _RESPONDENT


def _stem(folded: str) -> str:
    return re.sub(r"[\s.]*\d{0,2}$", "", folded)


@dataclass(frozen=True, slots=True)
class _Candidate:
    label: str
    rest: str
    start_ms: int | None
    marked: bool = True  # by a colon, tab or time behind it, not just a short line
    certain: bool = False  # the format itself says who speaks

    @property
    def key(self) -> tuple[str, bool]:
        return fold(self.label), self.marked


def split_speakers(lines: Sequence[Line], known: Callable[[str], bool]) -> RawTranscript:
    """Turn a file's lines into utterances.

    Args:
        lines: The lines or cues of one file.
        known: Says whether a label names a participant or an interviewer of this study.
    """
    body_at = _header_end(lines, known)
    header = tuple(line.text for line in lines[:body_at])
    candidates = [_candidate(line) for line in lines[body_at:]]
    accepted = _accepted(candidates, known)
    parts: list[tuple[str, int | None, list[tuple[str, bool]]]] = []
    speaker = ""
    for line, candidate in zip(lines[body_at:], candidates, strict=True):
        label, rest, start = speaker, line.text, line.start_ms
        if candidate is not None and (candidate.certain or candidate.key in accepted):
            label, rest = candidate.label, candidate.rest
            start = candidate.start_ms if candidate.start_ms is not None else start
        elif time_of(line.text) is not None:
            continue
        words = _clean(rest)
        if label != speaker or not parts:
            parts.append((label, start, []))
            speaker = label
        if words:
            parts[-1][2].append((words, line.starts_paragraph))
    utterances = [
        Utterance(label, _join(pieces), start) for label, start, pieces in parts if pieces
    ]
    if len(utterances) > 1 and not utterances[0].speaker and _is_title(utterances[0].text):
        header = (*header, utterances.pop(0).text)
    return RawTranscript(tuple(utterances), header)


def _is_title(text: str) -> bool:
    return len(text.split()) <= 15 and not text.rstrip().endswith((".", "?", "!"))


def _candidate(line: Line) -> _Candidate | None:
    """The label that a line may begin with."""
    if line.speaker:
        return _Candidate(_LABEL_TIME.sub("", line.speaker), line.text, line.start_ms, certain=True)
    text, start = line.text, line.start_ms
    prefix = _TIME_PREFIX.match(text)
    if prefix:
        start = time_of(prefix.group())
        text = text[prefix.end() :]
    own = _OWN_LINE_TIME.match(text)
    if own:
        return _Candidate(own.group(1), "", time_of(own.group(2)))
    match = _COLON.match(text)
    if match is None:
        bare = text.strip()
        return _Candidate(bare, "", start, marked=False) if 0 < len(bare) <= 40 else None
    label = match.group(1)
    timed = _LABEL_TIME.search(label)
    if timed:
        start = time_of(timed.group())
        label = label[: timed.start()]
    rest = match.group(2)
    time_first = _TIME_PREFIX.match(rest + " ")
    if time_first and (rest + " ")[0] in "[({#":
        start = time_of(time_first.group())
        rest = rest[time_first.end() - (time_first.end() > len(rest)) :]
    return _Candidate(label, rest, start)


def _accepted(
    candidates: Sequence[_Candidate | None], known: Callable[[str], bool]
) -> frozenset[tuple[str, bool]]:
    """Keys of the candidates that are speakers."""
    found = [c for c in candidates if c is not None]
    times = Counter(c.key for c in found)
    accepted = set()
    for candidate in found:
        label, usual = candidate.label, False
        if candidate.marked or len(fold(label)) > 2:
            usual = is_interviewer(label) or is_respondent(label)
        repeated = candidate.marked and times[candidate.key] > 1 and _looks_like_a_name(label)
        if usual or repeated or known(label):
            accepted.add(candidate.key)
    return frozenset(accepted)


def _looks_like_a_name(label: str) -> bool:
    words = label.split()
    if not 1 <= len(words) <= 5 or re.search(r"[.?!,;\"“”](\s|$)", label.removesuffix(".")):
        return False
    capitals = sum(w[0].isupper() or w[0].isdigit() or w[0] in "[(" for w in words)
    return capitals == len(words) or (len(words) > 1 and words[-1].isdigit())


def _header_end(lines: Sequence[Line], known: Callable[[str], bool]) -> int:
    """Index of the first line that is no header: titles and ``Key: value`` lines at the top."""
    started, end = False, 0
    for i, line in enumerate(lines[:40]):
        if line.speaker or line.start_ms is not None:
            break
        match = _COLON.match(line.text)
        if match is None:
            # A title or a rule; it belongs to the header if key lines follow.
            if len(line.text.split()) > 12 or known(line.text.strip()):
                break
            if is_interviewer(line.text) or is_respondent(line.text):
                break
            continue
        key, value = fold(match.group(1)), match.group(2).strip()
        short = len(value.split()) <= 8 and not value.endswith("?")
        speaks = is_interviewer(key) or is_respondent(key) or known(key)
        if not short or not all(w in _HEADER_WORDS for w in key.split()):
            break
        if speaks and not known(value) and not (started and len(value.split()) <= 3):
            break
        started, end = True, i + 1
    return end if started else 0


def _clean(text: str) -> str:
    """Words without times, one space between them; hard wraps inside become spaces."""
    return " ".join(_INLINE_TIME.sub("", text).replace("\u00a0", " ").split())


def _join(pieces: Sequence[tuple[str, bool]]) -> str:
    """Pieces of one utterance: wrapped lines with a space, paragraphs on a new line."""
    text = pieces[0][0]
    for words, starts_paragraph in pieces[1:]:
        if starts_paragraph:
            text += "\n" + words
        elif re.search(r"[^\W\d_]-$", text) and words[0].islower():
            text += words  # a word that was broken at its own hyphen
        else:
            text += " " + words
    return text
