"""What goes to annotation tools and comes back from them, whichever tool it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccgmine.codebook import ThemeFinder, distinct_names
from ccgmine.domain import Codebook, Span
from ccgmine.errors import InputError
from ccgmine.exchange.passages import Clues
from ccgmine.files import check_readable, encoding_of, machine_error
from ccgmine.matching import QuoteFinder, normalise_quote

MAX_BYTES = 512 << 20
"""An annotation file may be so large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandSpan:
    """A passage that somebody coded, counted from the start of its segment."""

    coder: str
    theme_id: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a coder has said of a segment: passages marked, and themes it was read for."""

    coder: str
    covered: tuple[str, ...]
    marks: tuple[HandSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A segment on its way to an annotation tool; ``said`` goes as an answer given already."""

    text: str = field(repr=False)
    segment: str
    transcript_id: str
    participant_id: str
    attributes: Mapping[str, str]
    start: int
    end: int
    key: str
    model: str = ""
    machine: tuple[tuple[str, float], ...] = ()
    hand: tuple[HandSpan, ...] = ()
    said: Said | None = None
    selection_probability: float | None = None

    @property
    def about(self) -> dict[str, object]:
        """What stands beside the text in every tool, and brings the answer home again."""
        found: dict[str, object] = {
            "segment": self.segment,
            "transcript": self.transcript_id,
            "participant_id": self.participant_id,
            **{k: v for k, v in self.attributes.items() if k not in _OWN},
            "start": self.start,
            "end": self.end,
            "key": self.key,
        }
        if self.selection_probability is not None:
            found["selection_probability"] = self.selection_probability
        return found


_OWN = frozenset(
    {"text", "segment", "transcript", "participant_id", "start", "end", "key", "offered"}
    | {"selection_probability", "suggested", "label", "id", "theme", "annotator", "username"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanAnswer:
    """A theme on a passage of the task's text, counted as the tool counts."""

    name: str
    start: int
    end: int
    quote: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one person said of one task.

    ``yes`` and ``no`` are names of themes; ``read_for`` those that were offered, None if that is
    not known; ``utf16`` tells how the places of ``spans`` are counted.
    """

    at: str
    clues: Clues
    coder: str = ""
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    spans: tuple[SpanAnswer, ...] = ()
    read_for: tuple[str, ...] | None = None
    utf16: bool = False
    selection_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything in a file: answers, what was skipped and why, and what cannot be used."""

    tool: str
    answers: tuple[Answer, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[InputError, ...] = ()


def theme_names(codebook: Codebook) -> dict[str, str]:
    """The name that stands for each theme in a tool: its label if that is enough to find it."""
    finder = ThemeFinder(codebook)
    distinct = distinct_names(codebook)
    return {
        t.theme_id: next(
            (n for n in (t.label, distinct[t.theme_id]) if n and finder.find(n) == t.theme_id),
            t.theme_id,
        )
        for t in codebook
    }


def as_json(value: object, indent: int | None = None) -> str:
    """JSON, always the same; letters of every script as they are."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8")


# --- reading -----------------------------------------------------------------------------------


def read_text(path: Path) -> str:
    """The text of a JSON file.

    Raises:
        InputError: If it is missing, empty, too large or no text.
    """
    check_readable(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(
                f"the file is larger than {MAX_BYTES >> 20} MB",
                where=path,
                remedy="Export fewer tasks at a time.",
            )
        raw = path.read_bytes()
    except OSError as error:
        raise machine_error(error, path) from error
    try:
        text = raw.decode(encoding_of(raw)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(
            "this is not a text file", where=path, remedy="Export it again as JSON."
        ) from error
    if not text.strip():
        raise InputError("the file is empty", where=path, remedy="Export it again.")
    return text


def parse(text: str, where: Path, at: str = "") -> Any:  # noqa: ANN401
    """The value of JSON text.

    Raises:
        InputError: If it is none, or too deep.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "this is no JSON", where=where, at=at, remedy="Export it again, or repair it."
        ) from error


def parse_lines(text: str, where: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and object of every line of JSON lines.

    Raises:
        InputError: For a line that is no JSON object.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        record = parse(line, where, f"line {number}")
        if not isinstance(record, dict):
            raise InputError(
                "this line is no JSON object",
                where=where,
                at=f"line {number}",
                remedy="One object a line.",
            )
        yield number, record


def text_of(value: object) -> str:
    """A JSON value as text that can be stored: strings and numbers; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        text = str(value)
    except ValueError:  # an integer of thousands of digits
        return ""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd")


def texts_of(value: object) -> list[str]:
    """The strings of a JSON list, or a single one; empty ones left out."""
    values = value if isinstance(value, list) else [value]
    return [text for text in (text_of(v).strip() for v in values) if text]


def mapping(value: object) -> dict[str, Any]:
    """A JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def place(value: object) -> int:
    """An offset; -1 for anything that is none."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value < 1 << 40 else -1  # type: ignore[operator,return-value]


def clues_of(text: str, about: Mapping[str, Any]) -> Clues:
    """Where a task came from, as it still says."""
    return Clues(
        text=text,
        key=text_of(about.get("key")),
        segment=text_of(about.get("segment")),
        transcript_id=text_of(about.get("transcript")),
        participant_id=text_of(about.get("participant_id")),
        start=text_of(about.get("start")),
        end=text_of(about.get("end")),
    )


def chance_of(about: Mapping[str, Any]) -> float | None:
    """The selection probability that a task kept, if it is one."""
    value = about.get("selection_probability")
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value <= 1 else None  # type: ignore[operator,arg-type]


def utf16_units(text: str, code_points: int) -> int:
    """UTF-16 units of so many code points, as programs in the browser count.

    >>> utf16_units("a\N{GRINNING FACE}b", 2)
    3
    """
    return len(text[:code_points].encode("utf-16-le", "surrogatepass")) // 2


def settle_span(text: str, answer: SpanAnswer, *, utf16: bool) -> Span:
    """Where a passage stands in the task's text, in code points.

    The words that the tool keeps with it decide; without them its own way of counting does.

    Raises:
        InputError: Without place, if it stands nowhere in the text.
    """
    quote = normalise_quote(answer.quote)
    for counts_units in (utf16, not utf16):
        for more in (0, 1):
            start, end = answer.start, answer.end + more
            if counts_units:
                start, end = _from_utf16(text, start), _from_utf16(text, end)
            if not 0 <= start < end <= len(text):
                continue
            if not quote or normalise_quote(text[start:end]) == quote:
                return _trimmed(text, start, end)
    found = QuoteFinder(text).find(quote) if quote else []
    if len(found) == 1:
        return found[0]
    raise InputError(
        f"a marked passage at {answer.start}-{answer.end} is not in the task's text",
        remedy="Mark it again.",
    )


def _from_utf16(text: str, units: int) -> int:
    """Code points before so many UTF-16 units; -1 if there are fewer or one would be halved."""
    if units < 0:
        return -1
    if units <= len(text) and text[:units].isascii():
        return units
    raw = text.encode("utf-16-le", "surrogatepass")
    if 2 * units > len(raw):
        return -1
    try:
        return len(raw[: 2 * units].decode("utf-16-le"))
    except UnicodeDecodeError:
        return -1


def _trimmed(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    words = text[start:end]
    if not words.strip():
        return Span(start, end)
    left = len(words) - len(words.lstrip())
    return Span(start + left, start + len(words.rstrip()))


def offered_by(about: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The themes that a task offered, as it still says."""
    names = about.get("offered")
    found = texts_of(names) if isinstance(names, list) else []
    return tuple(found) or None


def names_in(values: Sequence[object]) -> tuple[str, ...]:
    """Names without repeats."""
    return tuple(dict.fromkeys(text for value in values for text in texts_of(value)))
