"""Layouts that are told from a whole file: numbered lines, labels before a dash, bold questions.

Each function takes the lines of a file and gives them back with what the layout says put where
it belongs; a file that is not laid out so comes back as it is.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ccgmine.ingest.header import is_title
from ccgmine.ingest.labels import fold, is_interviewer, is_usual, looks_like_a_name
from ccgmine.ingest.raw import Line
from ccgmine.ingest.stamps import CLOCK, split_time

_NUMBERED = re.compile(r"\s*(\d{1,5})[.):]?(?:[ \t]+|$)(?!-->)")
_LABEL = r"[^\W_][\w.'’ ()]{0,39}?"
_DASHED = re.compile(rf"^\s*({_LABEL})(?:\s+[-–—]+|[-–—]+(?=\s))\s+(\S.*)$", re.DOTALL)
_BRACKETS = re.compile(rf"^\s*(?:\[({_LABEL})\]|\{{({_LABEL})\}}|<({_LABEL})>)\s*:?\s*(\S.*)$")

_NOUN = (
    r"(?:the\s+)?(?:(?:audio|video|tape|interview|meeting)[ -]?)?"
    r"(?:recording|interview|transcript(?:ion)?|audio(?:file| file)?|tape|session|focus group|"
    r"meeting|discussion|conversation|call|side [ab]|(?:file|part|tape|session) \d{1,2})"
)
_AT = rf"(?:\s*(?:at|@|,|-|–)?\s*[\[(]?{CLOCK}[\])]?)?"
_EVENT = (
    rf"(?:(?:end|start|beginning|begin|finish|close)\s+(?:of\s+)?{_NOUN}"
    rf"(?:\s+(?:recording|transcript(?:ion)?))?"
    rf"|{_NOUN}\s+(?:is\s+|was\s+)?(?:ends?|ended|starts?|started|begins?|began|stops?|stopped|"
    r"pauses?|paused|resumes?|resumed|concludes?|concluded|continues?|continued|finishe[sd]|"
    r"finished|interrupted|(?:switched|turned)\s+o(?:ff|n))"
    rf"(?:\s+here)?){_AT}\s*[.!]?"
)
_BRACKETED_EVENT = re.compile(
    rf"\s*(?:\[\s*{_EVENT}\s*\]|\(\s*{_EVENT}\s*\)|\{{\s*{_EVENT}\s*\}}|<{{1,3}}\s*{_EVENT}\s*>{{1,3}}|"
    rf"\*{{1,3}}\s*{_EVENT}\s*\*{{1,3}})",
    re.IGNORECASE,
)
_BARE_EVENT = re.compile(rf"[-–—*=_#\s]*{_EVENT}[-–—*=_#\s]*", re.IGNORECASE)
_END = re.compile(r"[\[(<*\-–—=_#\s]*(?:THE )?(?:END|ENDS|FINISH)[\])>*\-–—=_#\s.]*")
_TEAMS = re.compile(r"\S.{0,80} (?:started|stopped) (?:the )?(?:transcription|recording)")


def without_markers(lines: Sequence[Line]) -> list[Line]:
    """Lines without what says where the recording begins, stops or ends.

    ``[End of recording]`` is taken out wherever it stands; without brackets it must be a
    paragraph of its own, or the first or last line.
    """
    kept: list[Line] = []
    for i, line in enumerate(lines):
        edge = i == 0 or i == len(lines) - 1
        bare = line.text.strip()
        if (edge or line.starts_paragraph or line.start_ms is not None) and _is_event(
            bare, edge=edge
        ):
            continue
        text = _BRACKETED_EVENT.sub("", line.text) if re.search(r"[\[({<*]", bare) else line.text
        if text != line.text and not text.strip():
            continue
        kept.append(line if text == line.text else replace(line, text=text))
    return kept


def _is_event(text: str, *, edge: bool) -> bool:
    if len(text) > 120:
        return False
    if edge and _END.fullmatch(text):
        return True
    if _TEAMS.fullmatch(text) and not text[0].islower():
        return True
    return bool(text) and not text[0].islower() and _BARE_EVENT.fullmatch(text) is not None


def without_line_numbers(lines: Sequence[Line]) -> list[Line]:
    """Lines without the numbers in their margin, if (nearly) all of them are numbered.

    Every line may have its number, every paragraph or every fifth line; the count may begin
    again on a new page.
    """
    numbers = [_number(line) for line in lines]
    found = [(i, n) for i, n in enumerate(numbers) if n is not None]
    if len(found) < 4:
        return list(lines)
    paragraphs = [i for i, line in enumerate(lines) if line.starts_paragraph]
    of_paragraphs = sum(numbers[i] is not None for i in paragraphs)
    steps = [(b - a, j - i) for (i, a), (j, b) in itertools.pairwise(found) if b > a]
    if len(steps) < 0.8 * (len(found) - 1):
        return list(lines)
    by_one = sum(step == 1 for step, _ in steps)
    by_five = sum(step == between for step, between in steps)
    dense = len(found) >= 0.8 * len(lines) or of_paragraphs >= max(4, 0.8 * len(paragraphs))
    sparse = all(n % 5 == 0 for _, n in found) and by_five >= 0.8 * len(steps)
    if not (dense and by_one >= 0.8 * len(steps)) and not sparse:
        return list(lines)
    kept = [
        line if n is None else replace(line, text=_NUMBERED.sub("", line.text, count=1))
        for line, n in zip(lines, numbers, strict=True)
    ]
    return [line for line in kept if line.text.strip()]


def _number(line: Line) -> int | None:
    match = None if line.speaker else _NUMBERED.match(line.text)
    return int(match.group(1)) if match else None


def with_set_off_labels(lines: Sequence[Line], known: Callable[[str], bool]) -> list[Line] | None:
    """Lines with the labels before a dash (``I - Why?``) or in brackets (``[I] Why?``).

    None where the file is not laid out so: most paragraphs must begin with such a label, and
    there must be two of them. A stutter ("I - I mean") is otherwise easily taken for one.
    """
    for pattern in (_DASHED, _BRACKETS):
        matches = [pattern.match(line.text) for line in lines]
        labels = ["" if m is None else next(g for g in m.groups() if g) for m in matches]
        times = Counter(fold(label) for label in labels if label)
        good = {
            fold(label)
            for label in labels
            if label
            and (
                known(label)
                or is_usual(label)
                or (times[fold(label)] > 1 and looks_like_a_name(label))
            )
        }
        heads = [i for i, label in enumerate(labels) if label and fold(label) in good]
        begins = [i for i, line in enumerate(lines) if line.starts_paragraph]
        of_begins = sum(labels[i] != "" and fold(labels[i]) in good for i in begins)
        enough = 2 * len(heads) >= len(lines) or 2 * of_begins > len(begins)
        if len({fold(labels[i]) for i in heads}) > 1 and enough:
            found = list(lines)
            for i in heads:
                match = matches[i]
                assert match is not None
                words = match.groups()[-1]
                found[i] = replace(lines[i], speaker=labels[i].strip(), text=words)
            return found
    return None


def with_bare_labels(lines: Sequence[Line], known: Callable[[str], bool]) -> list[Line] | None:
    """Lines with labels that nothing sets off, as the columns of a table come out of a PDF.

    None unless an interviewer's label and another one each begin two lines or more. Single
    letters ("I" begins many a line of talk) only count where (nearly) every line that begins
    with a time goes on with a label.
    """
    heads = [_bare_label(line, known) for line in lines]
    timed = [
        head
        for line, head in zip(lines, heads, strict=True)
        if split_time(line.text, doubtful=True)[0] is not None
    ]
    if sum(head is not None for head in timed) < 0.95 * max(len(timed), 1):
        heads = [None if head is None or len(head[0]) == 1 else head for head in heads]
    times = Counter(fold(head[0]) for head in heads if head is not None)
    good = {label for label, n in times.items() if n > 1}
    if not any(map(is_interviewer, good)) or all(map(is_interviewer, good)):
        return None
    return [
        line
        if head is None or fold(head[0]) not in good
        else replace(line, speaker=head[0], start_ms=head[1], text=head[2])
        for line, head in zip(lines, heads, strict=True)
    ]


def _bare_label(line: Line, known: Callable[[str], bool]) -> tuple[str, int | None, str] | None:
    start, text = split_time(line.text, doubtful=True)
    words = text.split(" ", 5)
    for n in range(min(4, len(words) - 1), 0, -1):
        label = " ".join(words[:n])
        long_enough = len(label) > 1 or start is not None
        if long_enough and label[0].isupper() and (known(label) or is_usual(label)):
            return label, start, " ".join(words[n:])
    return None


ASKING, ANSWERING = "Interviewer", "Participant"
_ASKS = re.compile(
    r"\W*(?:(?:so|and|ok|okay|right|well|now|then|please|just|but|first|finally|maybe|perhaps|"
    r"great|thanks|thank you|yeah|yes)\W+)*"
    r"(?:could|can|would|will|do|did|does|have|has|are|is|was|were|what|how|why|when|where|who|"
    r"which|tell|talk|describe|explain|say|walk|take|think|give|let['’]?s|let us|i['’]d like|"
    r"i would like|i want|i wonder)\b",
    re.IGNORECASE,
)


def _asks(line: Line) -> bool:
    """Whether a line asks, with a question mark or without: "Tell me about your role."."""
    return "?" in line.text or _ASKS.match(line.text) is not None


BOLD_RULES = {
    fold(ASKING): "paragraphs in bold, which ask; no speakers are marked",
    fold(ANSWERING): "paragraphs not in bold; no speakers are marked",
}
"""By which rule those two were found who have no label in the file."""


def with_bold_questions(lines: Sequence[Line]) -> list[Line] | None:
    """Lines whose bold ones are the interviewer's; None where bold does not plainly ask.

    Half of the bold lines must ask, and there must be fewer words in them than in the others.
    Titles in bold may stand above the first one.
    """
    first = next(
        (i for i, x in enumerate(lines) if x.bold and (_asks(x) or not is_title(x.text))), None
    )
    if first is None:
        return None
    body = lines[first:]
    bold = [line for line in body if line.bold]
    plain = [line for line in body if not line.bold]
    asking = sum(map(_asks, bold))
    n_bold, n_plain = (sum(len(x.text.split()) for x in part) for part in (bold, plain))
    if not plain or 2 * asking < len(bold) or n_bold >= n_plain:
        return None
    return [
        replace(line, speaker=ASKING if line.bold else ANSWERING) if i >= first else line
        for i, line in enumerate(lines)
    ]
