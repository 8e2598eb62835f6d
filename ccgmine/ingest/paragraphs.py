"""Paragraphs of word processors' documents into lines, with the label that is set in bold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ccgmine.ingest.labels import is_talk
from ccgmine.ingest.raw import Line
from ccgmine.ingest.stamps import split_time, time_of

Run = tuple[str, bool]
"""Words, and whether they are bold; a line end in them is a break set by hand."""


def paragraph_lines(runs: Sequence[Run]) -> list[Line]:
    """A paragraph, as several lines where breaks are set in it.

    Some people write a whole interview as one paragraph.
    """
    pieces: list[list[Run]] = [[]]
    for words, bold in runs:
        first, *more = words.split("\n")
        pieces[-1].append((first, bold))
        pieces += [[(text, bold)] for text in more]
    lines = [_line(piece) for piece in pieces]
    filled = [line for line in lines if line is not None]
    return [replace(line, starts_paragraph=i == 0) for i, line in enumerate(filled)]


def _line(runs: Sequence[Run]) -> Line | None:
    """A line with the label that is set in bold at its start, if one is."""
    text = "".join(words for words, _ in runs)
    if not text.strip():
        return None
    n_bold = next((i for i, (words, bold) in enumerate(runs) if words.strip() and not bold), None)
    prefix = "".join(words for words, _ in runs[:n_bold])
    rest = text[len(prefix) :]
    label = prefix.strip().removesuffix(":").strip()
    if n_bold is None or not label or len(label) > 40 or re.search(r"[:\t]", label):
        return Line(text.strip(), bold=n_bold is None)
    if prefix.rstrip().endswith(":") or rest.lstrip().startswith(":"):
        start, words = split_time(rest.strip().removeprefix(":"), doubtful=False)
        return Line(text.strip()) if is_talk(label) else Line(words.strip(), start, label)
    # Bold and no colon is a label or stress; a tab leaves that to whoever sees all the lines.
    if time_of(rest) is None and re.search(r"\s$", prefix) is None and not rest[:1].isspace():
        return Line(text.strip())
    return Line(f"{label}{' ' if time_of(rest) is not None else chr(9)}{rest.strip()}")
