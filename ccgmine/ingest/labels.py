"""Speaker labels: how they are compared, and what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_INTERVIEWER = {
    "i", "int", "intv", "inter", "interviewer", "iv", "q", "question", "researcher", "res",
    "moderator", "mod", "facilitator", "fac",
}  # fmt: skip
_RESPONDENT = {
    "p", "r", "a", "resp", "respondent", "participant", "part", "interviewee", "ie", "pt",
    "subject", "answer", "informant",
}  # fmt: skip
# Those of them that begin a line of ordinary talk as well.
_ORDINARY = {"question", "answer", "part", "subject"}
# What people say before a colon, or as a whole line, and no name.
_TALK = {
    "actually", "again", "agreed", "ah", "all", "also", "although", "and", "another", "anyway",
    "as", "at", "basically", "because", "both", "brilliant", "but", "bye", "cheers", "clearly",
    "correct", "example", "exactly", "fair", "finally", "fine", "first", "firstly", "for",
    "frankly", "from", "generally", "god", "good", "great", "hello", "hi", "hm", "hmm", "honestly",
    "how", "however", "if", "in", "indeed", "it", "just", "last", "lastly", "like", "listen",
    "look", "lovely", "maybe", "me", "mm", "more", "my", "never", "next", "no", "none", "not",
    "note", "nothing", "now", "number", "obviously", "of", "oh", "ok", "okay", "on", "one", "or",
    "our", "perfect", "perhaps", "personally", "plus", "point", "possibly", "probably", "problem",
    "really", "reason", "remember", "result", "right", "second", "secondly", "seriously", "she",
    "simple", "so", "some", "sometimes", "sorry", "still", "sure", "thank", "thanks", "that",
    "the", "then", "there", "they", "thing", "third", "thirdly", "this", "three", "to", "true",
    "truthfully", "two", "typically", "uh", "um", "usually", "was", "we", "well", "what", "when",
    "where", "which", "who", "why", "with", "yeah", "yep", "yes", "you", "your",
}  # fmt: skip
_SOMEBODY = re.compile(
    r"(?:unknown |unidentified )?(?:speaker|person|voice|participant|respondent|p|r)[ _-]?\d{0,3}"
)


@lru_cache(maxsize=10_000)
def fold(label: str) -> str:
    """A label as it is compared: case, spacing, brackets and a colon do not matter.

    >>> fold("[GP ID_35]: ")
    'gp id 35'
    """
    return " ".join(label.casefold().replace("_", " ").strip(" \t:[](){}<>#@*").split())


def is_interviewer(label: str, extra: Iterable[str] = ()) -> bool:
    """Whether the label is one of the usual ones for an interviewer, or one of ``extra``."""
    folded = fold(label)
    if folded in {fold(e) for e in extra}:
        return True
    return _stem(folded) in _INTERVIEWER or _begins_with(
        folded, {"interviewer", "interviewers", "researcher", "moderator", "facilitator"}
    )


@lru_cache(maxsize=10_000)
def is_respondent(label: str) -> bool:
    """Whether the label is one of the usual ones for whoever is interviewed."""
    folded = fold(label)
    return _stem(folded) in _RESPONDENT or _begins_with(
        folded, {"participant", "respondent", "interviewee"}
    )


def _begins_with(folded: str, roles: set[str]) -> bool:
    """Interviewer 2, Interviewer JS, Interviewer (Jane Smith), but not Participant ID."""
    words = re.findall(r"\w+", folded)
    about = {"id", "name", "names", "no", "number", "code", "type", "role", "initials", "s"}
    return 1 < len(words) <= 4 and words[0] in roles and not about & set(words)


@lru_cache(maxsize=10_000)
def is_usual(label: str) -> bool:
    """Whether the label says by itself that somebody speaks: I, Interviewer 2, P, Resp."""
    return _stem(fold(label)) not in _ORDINARY and (is_interviewer(label) or is_respondent(label))


def _stem(folded: str) -> str:
    return re.sub(r"[\s.]*\d{0,2}$", "", folded)


def is_talk(words: str) -> bool:
    """Whether the first word is one that people speak with rather than are called by."""
    first = re.split(r"[\s,'’.!?…-]", words.strip().casefold(), maxsplit=1)[0]
    return first in _TALK


def without_brackets(label: str) -> str:
    """A label without what is said of somebody behind it.

    >>> without_brackets("P25 (GP, Hill)"), without_brackets("(P25)")
    ('P25', '(P25)')
    """
    return re.sub(r"(?<=\S)\s*\([^()]*\)?$", "", label.strip())


def looks_like_a_name(label: str) -> bool:
    """Whether a label that comes back may be somebody's: capitals or a number at the end."""
    label = without_brackets(label)
    words = label.split()
    if not 1 <= len(words) <= 5 or re.search(r"[.?!,;\"“”](\s|$)", label.removesuffix(".")):
        return False
    if is_talk(label):
        return False
    capitals = sum(w[0].isupper() or w[0].isdigit() or w[0] in "[({#@<" for w in words)
    return capitals == len(words) or (len(words) > 1 and words[-1].isdigit())


def plainly_a_name(label: str, series: Iterable[str] = ()) -> bool:
    """Whether a label that stands once is somebody's all the same.

    Args:
        label: The label.
        series: First words of labels that are speakers: beside GP ID 35, GP ID 36 is one.
    """
    folded = fold(label)
    if _SOMEBODY.fullmatch(folded):
        return len(folded) > 1
    words = label.strip("[](){}<>#@").split()
    if not 2 <= len(words) <= 4 or is_talk(label):
        return False
    if words[-1].isdigit():
        return words[0].casefold() in set(series)
    return all(re.fullmatch(r"[^\W\d_a-z][^\W\d_]*(?:['’-][^\W\d_]+)*\.?", w) for w in words)
