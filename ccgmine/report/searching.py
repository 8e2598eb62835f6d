"""Patterns for the keyword in context, and a search that cannot hang.

Words and wildcards become an expression whose time grows with the text only. An expression of the
user's own can take for ever on a few dozen characters, and Python cannot stop its search engine
from within; so it runs in a process of its own that is ended when its time is up. (The package
``regex`` has a time limit, but would be one more dependency for this alone.)
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence

from ccgmine.errors import MachineError, UsageError

SECONDS = 20.0
LONGEST_WORD = 60
"""A wildcard stands for at most so many letters: no text is one endless word."""

Hits = list[list[tuple[int, int]]]

_APOSTROPHES = "['’ʼ]"
_LETTERS = rf"\w{{0,{LONGEST_WORD}}}"
_DOTTED = {
    "i": "(?-i:[iI\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}])",
    "I": "(?-i:[iI\N{LATIN SMALL LETTER DOTLESS I}])",
    "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}": (
        "(?-i:[i\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}])"
    ),
    "\N{LATIN SMALL LETTER DOTLESS I}": "(?-i:[I\N{LATIN SMALL LETTER DOTLESS I}])",
}
"""Small and capital as English and Turkish have them; to `re` all four letters are one."""
_SEARCH = """
import json, re, sys, warnings
warnings.simplefilter("ignore")
pattern, texts = json.load(sys.stdin)
search = re.compile(pattern, re.IGNORECASE).finditer
json.dump([[m.span() for m in search(t) if m.end() > m.start()] for t in texts], sys.stdout)
"""


def words_pattern(words: str) -> str:
    """The expression for whole words, any number of white space between them.

    ``*`` stands for any letters within a word, and on its own for any one word; straight and
    curly apostrophes are one.

    Raises:
        UsageError: If there is no word in it.

    >>> bool(re.search(words_pattern("commission*"), "re-commissioning"))
    True
    >>> bool(re.search(words_pattern("GP"), "the GPs"))
    False
    """
    parts = words.split()
    if not any(c.isalnum() for c in words):
        raise UsageError("there is no word to look for", remedy="Write one, such as commission*.")
    return r"\s+".join(map(_word_pattern, parts))


def _word_pattern(word: str) -> str:
    if word == "*":
        return r"\S+"
    first, *later = (_literal(part) for part in re.split(r"\*+", word))
    out = first
    for number, part in enumerate(later, 1):
        last = number == len(later)
        # What stands between two wildcards is taken where it first comes, and never tried anew:
        # else every further wildcard would multiply the time.
        out += rf"{_LETTERS}{part}" if last else rf"(?>{_LETTERS}?{part})"
    # Whole words: a letter may not go on before the first or after the last.
    start = r"(?<!\w)" if word[0] == "*" or _is_letter(word[0]) else ""
    end = r"(?!\w)" if word[-1] == "*" or _is_letter(word[-1]) else ""
    return start + out + end


def _literal(part: str) -> str:
    return "".join(
        _APOSTROPHES if char in _APOSTROPHES else _DOTTED.get(char) or re.escape(char)
        for char in part
    )


def _is_letter(char: str) -> bool:
    return re.match(r"\w", char) is not None


def check_expression(pattern: str) -> None:
    """Refuse what is no regular expression.

    Raises:
        UsageError: If it is not valid, or finds nothing but the empty text.
    """
    if not pattern:
        raise UsageError("there is nothing to look for", remedy="Write a regular expression.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"the regular expression is not valid ({error})",
            remedy="Mend it, or leave out --regex to look for words.",
        ) from None


def find_words(pattern: str, texts: Sequence[str]) -> Hits:
    """Start and end of the hits in each text, for a pattern made here."""
    search = re.compile(pattern, re.IGNORECASE)
    return [[match.span() for match in search.finditer(text)] for text in texts]


def find_expression(pattern: str, texts: Sequence[str], *, seconds: float = SECONDS) -> Hits:
    """Start and end of the hits in each text, for a pattern of the user's; empty hits left out.

    Raises:
        UsageError: If the search takes longer than that.
        MachineError: If no process can be started.
    """
    check_expression(pattern)
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; pattern and texts go in as data
            [sys.executable, "-I", "-c", _SEARCH],
            input=json.dumps([pattern, list(texts)]).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"the regular expression takes longer than {seconds:g} seconds on this text",
            remedy="Write it without repeats inside repeats, such as (a+)+.",
        ) from None
    except (OSError, subprocess.CalledProcessError):
        raise MachineError(
            "the search could not be run", remedy="Look for words, without --regex."
        ) from None
    return [[(start, end) for start, end in hits] for hits in json.loads(done.stdout)]


def context(text: str, start: int, end: int, window: int) -> Iterator[str]:
    """Up to ``window`` words before a hit, the hit, and up to so many after, on one line each."""
    # Enough for so many words of any length that words have.
    reach = (window + 1) * (LONGEST_WORD + 1)
    left = text[max(0, start - reach) : start].split()
    right = text[end : end + reach].split()
    yield " ".join(left[-window:] if window else [])
    yield " ".join(text[start:end].split())
    yield " ".join(right[:window])
