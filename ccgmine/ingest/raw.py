"""What a reader hands over before anyone knows who the speakers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """A line or paragraph of a transcript file.

    ``speaker`` is set where the format itself names one (a voice tag, a table column, a bold
    name); otherwise the label may still stand in the text. ``bold`` is a line that is set in bold
    from end to end.
    """

    text: str = field(repr=False)
    start_ms: int | None = None
    speaker: str = ""
    starts_paragraph: bool = True
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A transcript file as its reader hands it over: its lines, and what was left out of them."""

    lines: tuple[Line, ...] = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker, as labelled in the file, says before another is labelled."""

    speaker: str = field(repr=False)
    text: str = field(repr=False)
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RawTranscript:
    """A transcript with the speaker labels of its file.

    ``rules`` says of labels that stand for something else in the file what that is.
    """

    utterances: tuple[Utterance, ...]
    header: tuple[str, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    rules: Mapping[str, str] = field(default_factory=dict)
