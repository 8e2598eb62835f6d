"""One function a format: a file's bytes into lines. Which suffix goes to which stands below."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ccgmine.errors import InputError
from ccgmine.files import decode
from ccgmine.ingest.raw import Line
from ccgmine.ingest.word import read_docx

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):([0-5]\d)(?:[.,](\d{1,3}))?"
_CUE_TIMES = re.compile(rf"\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?$")
# Page breaks, and the line breaks that word processors leave in what is copied out of them.
_BREAKS = re.compile("[\f\v\u2028\u2029]")
_CUE_NUMBER = re.compile(r"^\d+[ \t]*\n(?=[ \t]*[\d:.,]+ --> )", re.MULTILINE)
_FURNITURE = re.compile(r"\s*(?:page \d+ of \d+|transcribed by https?://\S+)\s*", re.IGNORECASE)
# The marks of WebVTT inside a cue; any other < is one that somebody wrote.
_TAG = re.compile(r"</?(?:[bciuv]|rt|ruby|lang)(?:[.\s][^>]*)?>|<\d+:[\d:.]+>")


def read_text(raw: bytes, path: Path) -> list[Line]:
    """Lines of a plain-text transcript; an empty line starts a new paragraph."""
    lines: list[Line] = []
    after_blank = True
    for text in _CUE_NUMBER.sub("", _BREAKS.sub("\n", decode(raw, path))).split("\n"):
        if _FURNITURE.fullmatch(text):
            continue
        if text.strip():
            lines.append(Line(text.rstrip(), starts_paragraph=after_blank))
        after_blank = not text.strip()
    return lines


def read_markdown(raw: bytes, path: Path) -> list[Line]:
    """Lines of a Markdown transcript, without its marks for headings, bold and quotations."""
    return [
        Line(_without_marks(line.text), starts_paragraph=line.starts_paragraph)
        for line in read_text(raw, path)
        if not re.fullmatch(r"\s*(?:([-*_])(\s*\1){2,}|=+)\s*", line.text)
    ]


def _without_marks(text: str) -> str:
    text = re.sub(r"^\s{0,3}(#{1,6}\s+|>\s?|[-*+]\s+(?=\*\*|__))", "", text)
    # Bold words at the start may be a label without a colon; a tab says so.
    text = re.sub(r"^\s*(\*\*|__)(?=\S)([^*_:\t]{1,40})(?<=\S)\1[ \t]+(?=\S)", "\\2\t", text)
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*\\])\*(?=\S)([^*\n]+?)(?<=[^\s\\])\*(?![\w*])", r"\1", text)
    return re.sub(r"\\([\\`*_{}\[\]()#+\-.!>])", r"\1", text).removesuffix("\\")


def read_vtt(raw: bytes, path: Path) -> list[Line]:
    """Cues of a WebVTT file as lines, one a voice span.

    Raises:
        InputError: If the mark WEBVTT is missing or a cue's times are damaged.
    """
    import webvtt

    text = decode(raw, path)
    if not re.match(r"WEBVTT([ \t].*)?(\n|$)", text):
        raise InputError(
            "does not begin with WEBVTT, so it is no .vtt file",
            where=path,
            remedy="Export the transcript again, or rename it to .txt if it is plain text.",
        )
    captions = webvtt.from_string(_with_plain_times(text, path)).captions
    lines: list[Line] = []
    for caption in captions:
        start = int(caption.start_in_seconds * 1000)
        for speaker, words in _voices(caption.raw_text):
            lines.append(Line(words, start, speaker, starts_paragraph=False))
    if not lines:
        raise InputError(
            "holds no cue with words in it", where=path, remedy="Export the transcript again."
        )
    return lines


def _with_plain_times(text: str, path: Path) -> str:
    """The file with every cue's times in the one form that the parser knows.

    The parser passes damaged cues over in silence, so whatever is none is refused here.
    """
    lines = text.split("\n")
    block = "header"  # what the lines up to the next empty one belong to
    for number, line in enumerate(lines, 1):
        if not line:
            block = ""
        elif block == "note":
            continue
        elif "-->" in line:
            lines[number - 1] = _plain_times(line, path, f"line {number}")
            block = "cue"
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
    return "\n".join(lines)


def _plain_times(line: str, path: Path, place: str) -> str:
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
    return f"{_clock(start)} --> {_clock(end)}"


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _voices(payload: str) -> Iterator[tuple[str, str]]:
    """(speaker, words) of each voice span of a cue; the speaker is "" outside any.

    Outside a voice span each line stands for itself: it may begin with a name and a colon.
    """
    import html

    parts = re.split(r"<v(?:\.[^\s>]*)?[ \t]+([^>]*)>", payload)
    for speaker, words in zip(["", *parts[1::2]], parts[::2], strict=True):
        for line in [words] if speaker else words.split("\n"):
            spoken = html.unescape(_TAG.sub("", line))
            spoken = " ".join(spoken.replace("\u200e", "").replace("\u200f", "").split())
            if spoken:
                yield " ".join(html.unescape(speaker).split()), spoken


READERS: dict[str, Callable[[bytes, Path], list[Line]]] = {
    ".txt": read_text,
    ".md": read_markdown,
    ".docx": read_docx,
    ".vtt": read_vtt,
}
READER_VERSION = "1"
