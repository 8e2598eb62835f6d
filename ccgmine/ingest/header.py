"""Where a transcript file's header ends: titles and ``Key: value`` lines before the talk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from ccgmine.ingest.labels import fold, is_interviewer, is_respondent, is_talk
from ccgmine.ingest.raw import Line

# Words that make up the keys of header lines, such as "Date of interview: 3 May".
_WORDS = {
    "participant", "respondent", "interviewee", "interviewer", "id", "no", "number", "type",
    "site", "date", "of", "interview", "interviewed", "by", "location", "place", "venue",
    "duration", "length", "transcript", "transcribed", "transcriber", "file", "name", "recording",
    "audio", "role", "job", "title", "study", "project", "wave", "version", "status", "present",
    "format", "setting", "time", "start", "end", "language", "consent", "note", "notes",
    "pseudonym", "code", "researcher", "moderator", "facilitator", "ref", "reference", "started",
    "ended", "conducted", "group", "attendees", "participants", "finished", "and",
}  # fmt: skip
# Header lines with one of these never say who the participant is.
_ELSEWHERE = {
    "date", "time", "start", "end", "started", "ended", "finished", "duration", "length", "site",
    "location", "place", "venue", "interviewer", "researcher", "moderator", "facilitator", "by",
    "transcriber", "transcribed", "wave", "version", "present", "language",
}  # fmt: skip
_KEY_LINE = re.compile(r"^\s*([^\s:][^:\n\t]{0,39}?)\s*(?::(?=\s|$)|\t)[\s:]*(.*)$", re.DOTALL)
_FOOT = re.compile(
    r"(duration|length|transcri\w+|(interview |recording )?(end|ended|finished)( time| of \w+)?)"
    r"( .*)?"
)


def header_end(lines: Sequence[Line], known: Callable[[str], bool]) -> int:
    """Index of the first line that is no header.

    Args:
        lines: The lines of a file.
        known: Says whether a label names a participant or an interviewer of this study.
    """
    if any(line.start_ms is not None for line in lines[:1]):
        return 0
    keys = Counter(fold(key) for key, _ in map(_key_and_value, lines) if key)
    kinds: list[str] = []
    for i, line in enumerate(lines[:40]):
        kind = _kind(line, known, keys)
        if kind == "talk":
            break
        if kind == "speaker" and not _names_somebody(lines[i], known):
            break
        kinds.append(kind)
    # A speaker's key and a name are a header only among lines that can be nothing else:
    # "Interviewer: Jane Smith" above "Date: 3 May", or "Participant: GP ID 35".
    sure = [
        i
        for i, kind in enumerate(kinds)
        if kind == "key" or (kind == "speaker" and known(_key_and_value(lines[i])[1]))
    ]
    if not sure:
        return 0
    end = sure[-1] + 1
    while end < len(kinds) and kinds[end] in {"speaker", "other"}:
        end += 1
    return end


def _key_and_value(line: Line) -> tuple[str, str]:
    if line.speaker:
        return line.speaker, line.text.strip()
    match = _KEY_LINE.match(line.text)
    return (match.group(1), match.group(2).strip()) if match else ("", "")


def _kind(line: Line, known: Callable[[str], bool], keys: Counter[str]) -> str:
    """What a line before the talk may be: key, speaker, other (key), title or talk."""
    key, value = _key_and_value(line)
    if not key:
        title = len(line.text.split()) <= 12
        label = line.text.strip()
        speaks = is_interviewer(label) or is_respondent(label)
        return "title" if title and not speaks else "talk"
    folded = fold(key)
    if len(value.split()) > 12 or value.endswith("?"):
        return "talk"
    if is_interviewer(key) or is_respondent(key) or known(key):
        return "speaker"
    if is_header_key(key):
        return "key"
    # Age: 45, Practice size: 9,000. Whoever speaks is labelled more than once.
    plain = keys[folded] == 1 and len(value.split()) <= 6 and not value.endswith((".", "!"))
    return "other" if value and plain and not is_talk(key) else "talk"


def is_header_key(key: str) -> bool:
    """Whether a key is one of a header: ``Date of interview``, but not ``Interviewer``."""
    words = re.findall(r"[^\W\d_]+", fold(key))
    speaks = is_interviewer(key) or is_respondent(key)
    return bool(words) and not speaks and all(w in _WORDS for w in words)


def _names_somebody(line: Line, known: Callable[[str], bool]) -> bool:
    """Whether what stands behind a speaker's key is a name, not something said."""
    value = _key_and_value(line)[1]
    if known(value):
        return True
    words = value.replace(",", " ").replace("/", " ").split()
    if not 1 <= len(words) <= 5 or is_talk(value) or value.endswith((".", "!", "…")):
        return bool(re.fullmatch(r"([A-Z]\.\s*){1,3}([A-Z][\w'’-]+)?", value))
    return all(w[0].isupper() or w[0].isdigit() or w == "and" for w in words)


def is_title(text: str) -> bool:
    """Whether a line before the first label is a title rather than talk."""
    return len(text.split()) <= 15 and not text.rstrip().endswith((".", "?", "!"))


def is_footer(line: Line) -> bool:
    """Whether a line at the end says how the recording ended: ``Duration: 40 minutes``."""
    key, value = _key_and_value(line)
    return bool(key) and len(value.split()) <= 8 and _FOOT.fullmatch(fold(key)) is not None


def may_name_the_participant(line: str) -> bool:
    """Whether a header line can be about the participant: ``Date: 17 May`` cannot."""
    key, _ = _key_and_value(Line(line))
    return not _ELSEWHERE & set(re.findall(r"[^\W\d_]+", fold(key)))
