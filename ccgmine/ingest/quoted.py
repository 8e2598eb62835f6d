"""Quotes as other programs keep them: with the labels and times that stand in their documents."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccgmine.ingest.labels import is_usual, looks_like_a_name
from ccgmine.ingest.stamps import BRACKETED, CLOCK, split_time, time_of, without_times

_LINE_END = re.compile(r"_x000D_\n?|\r\n?|[\n\v\f\u2028\u2029¶]", re.IGNORECASE)
_RUN = re.compile(r"[^\S\t]+")
_LABELLED = re.compile(
    rf"\s*([^\s:\t][^:\t\n]{{0,39}}?)\s?(?:{BRACKETED}|\s{CLOCK})?\s?(?::|\t)\s*(.*)$", re.DOTALL
)
_SET_OFF = re.compile(
    r"\s*(?:\[([^\]]{1,40})\]|([^\W\d_]{1,14}\d{0,3})\s+[-–—]+)\s+(\S.*)$", re.DOTALL
)
_NAME_AND_TIME = re.compile(rf"\s*[^\s:][^:\n]{{0,39}}?\s+(?:{BRACKETED}|{CLOCK})\s*$")


def spoken_forms(quote: str) -> Iterator[str]:
    """What was said in a quote, without labels and times: several readings, the strictest first.

    Whoever looks one up must find it word for word, and once; so a reading that takes too much
    away finds nothing.

    >>> list(spoken_forms("[00:12] R: We tried."))
    ['We tried.']
    """
    # Runs of spaces say nothing, and search patterns try every place of one.
    lines = [_RUN.sub(" ", line) for line in _LINE_END.split(quote) if line.strip()]
    tried = {" ".join(quote.split())}
    for loose in (False, True):
        spoken = [_spoken(line, loose=loose) for line in lines]
        alone = [words for words in spoken if not _may_be_a_label(words)]
        for kept in (spoken, alone):
            form = " ".join(" ".join(kept).split())
            # A few letters of a long quote would be found anywhere.
            if form and form not in tried and 2 * len(form) >= len(quote.strip()) - 40 * len(lines):
                tried.add(form)
                yield form


def _spoken(line: str, *, loose: bool) -> str:
    """The words of a line; ``loose`` takes any short words before a colon for a label."""
    if time_of(line) is not None or _NAME_AND_TIME.match(line):
        return ""
    _, rest = split_time(line, doubtful=True)
    for pattern in (_SET_OFF, _LABELLED):
        match = pattern.match(rest)
        if match is None:
            continue
        *labels, words = match.groups()
        label = next(text for text in labels if text)
        if loose or is_usual(label) or looks_like_a_name(label):
            _, rest = split_time(words, doubtful=True)
            break
    return without_times(rest)


def _may_be_a_label(words: str) -> bool:
    return len(words.split()) <= 4 and not words.rstrip().endswith((".", "?", "!", ",", "…"))
