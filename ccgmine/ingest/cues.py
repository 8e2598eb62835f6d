"""Subtitle files, as meeting and dictation programs export them: WebVTT and SubRip."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from ccgmine.errors import InputError
from ccgmine.files import decode
from ccgmine.ingest.limits import USUAL, Limits
from ccgmine.ingest.raw import Content, Line

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):([0-5]\d)(?:[.,](\d{1,3}))?"
_CUE_TIMES = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?$")
# The marks of WebVTT and SubRip inside a cue; any other < is one that somebody wrote.
_TAG = re.compile(
    r"</?(?:[bciuvs]|rt|ruby|lang|font)(?:[.\s][^<>]*)?>|<\d+:[\d:.]+>|\{\\[^{}]*\}", re.IGNORECASE
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>")
# Two people in one cue, and the arrows of live captions.
_DASH = re.compile(r"^\s*(?:[-–—]\s*(?=[^\W\d_][^:]{0,39}:(?:\s|$))|>{2,3}\s*)")


def read_vtt(raw: bytes, path: Path, _: Limits = USUAL) -> Content:
    """Cues of a WebVTT file as lines, one a voice span.

    Raises:
        InputError: If the mark WEBVTT is missing or a cue's times are damaged.
    """
    text = decode(raw, path)
    if not re.match(r"WEBVTT([ \t].*)?(\n|$)", text):
        raise InputError(
            "does not begin with WEBVTT, so it is no .vtt file",
            where=path,
            remedy="Export the transcript again, or rename it to .txt if it is plain text.",
        )
    return _content(_vtt_cues(text.split("\n"), path), path)


def read_srt(raw: bytes, path: Path, _: Limits = USUAL) -> Content:
    """Cues of a SubRip file as lines.

    Raises:
        InputError: If there is no cue, or a cue's times are damaged.
    """
    return _content(_srt_cues(decode(raw, path).split("\n"), path), path)


def _content(cues: Iterator[tuple[int, list[str]]], path: Path) -> Content:
    lines = [
        Line(words, start, speaker, starts_paragraph=False)
        for start, payload in cues
        for speaker, words in _voices("\n".join(payload))
    ]
    if not lines:
        raise InputError(
            "holds no cue with words in it", where=path, remedy="Export the transcript again."
        )
    return Content(tuple(lines))


def _vtt_cues(lines: list[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    """(start, lines) of every cue; whatever is none and no note either is refused."""
    block = "header"  # what the lines up to the next empty one belong to
    start, payload = 0, list[str]()
    for number, line in enumerate(lines, 1):
        if not line:
            block = ""
        elif block == "note":
            continue
        elif "-->" in line:
            if payload:
                yield start, payload
            start, payload = _start(line, path, f"line {number}"), []
            block = "cue"
        elif block == "cue":
            payload.append(line)
        elif block == "" and re.match(r"(NOTE|STYLE|REGION)(\s|$)", line):
            block = "note"
        elif block == "" and "-->" not in "".join(lines[number : number + 1]):
            if re.fullmatch(r"\s*|\d[\w/-]*", line):
                continue  # the number of a cue that is not there
            raise InputError(
                "words stand here without the times of a cue",
                where=path,
                at=f"line {number}",
                remedy="Give them times, as in 00:03:05.200 --> 00:03:10.000, or take out the "
                "empty line above them.",
            )
    if payload:
        yield start, payload


def _srt_cues(lines: list[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    """(start, lines) of every cue; empty lines inside one do no harm."""
    start: int | None = None
    payload: list[str] = []
    for number, line in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ""
        if "-->" in line:
            if start is not None and payload:
                yield start, payload
            start, payload = _start(line, path, f"line {number}"), []
        elif re.fullmatch(r"\s*\d+\s*", line) and "-->" in following:
            continue
        elif line.strip():
            if start is None:
                raise InputError(
                    "words stand here without the times of a cue",
                    where=path,
                    at=f"line {number}",
                    remedy="A .srt file begins with a number and a line of times, as in "
                    "00:03:05,200 --> 00:03:10,000; rename it to .txt if it is plain text.",
                )
            payload.append(line)
    if start is not None and payload:
        yield start, payload


def _start(line: str, path: Path, place: str) -> int:
    match = _CUE_TIMES.fullmatch(line)
    if match is None:
        raise InputError(
            "the times of this cue are damaged",
            where=path,
            at=place,
            remedy="They must read like 00:03:05.200 --> 00:03:10.000.",
        )
    start, end = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:8])
    if start > end:
        raise InputError(
            "the cue ends before it starts", where=path, at=place, remedy="Correct the two times."
        )
    return start


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _voices(payload: str) -> Iterator[tuple[str, str]]:
    """(speaker, words) of each voice span of a cue; the speaker is "" outside any.

    Outside a voice span each line stands for itself: it may begin with a name and a colon.
    """
    parts = _VOICE.split(payload)
    for speaker, words in zip(["", *parts[1::2]], parts[::2], strict=True):
        for line in [words] if speaker else words.split("\n"):
            spoken = _unescaped(_TAG.sub("", line if speaker else _DASH.sub("", line)))
            spoken = " ".join(spoken.replace("\u200e", "").replace("\u200f", "").split())
            if spoken:
                yield " ".join(_unescaped(speaker).split()), spoken


def _unescaped(text: str) -> str:
    """The text with ``&amp;`` and the like as the characters they stand for."""
    if "&" not in text:
        return text
    try:
        text = html.unescape(text)
    except ValueError:  # a number with thousands of digits
        return text
    return text.replace("\0", "")
