"""The nouns of a study: frozen values, standard library only.

Text never shows in a ``repr``, so that interviews do not leak into tracebacks or logs.
A span counts Unicode code points of the transcript's reading text, half open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range ``[start, end)`` of code points."""

    start: int
    end: int

    def __len__(self) -> int:
        return max(0, self.end - self.start)

    def overlap(self, other: Span) -> int:
        """Number of code points both spans hold."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


class Role(StrEnum):
    """Who speaks a turn. Only participants' turns are coded, learned from and counted."""

    INTERVIEWER = "interviewer"
    PARTICIPANT = "participant"
    OTHER = "other"


class SourceKind(StrEnum):
    """What kind of material a transcript is."""

    INTERVIEW = "interview"
    FOCUS_GROUP = "focus group"
    COMMENT = "survey comment"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True)
class Participant:
    """A person of the study; ``participant_id`` is the researchers' own label.

    ``files`` are the names of files that the participants table says are theirs.
    """

    participant_id: str
    site: str = ""
    respondent_type: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()

    def value(self, attribute: str) -> str:
        """Value of ``site``, ``respondent_type`` or any further attribute ("" if none)."""
        if attribute == "site":
            return self.site
        if attribute == "respondent_type":
            return self.respondent_type
        return dict(self.attributes).get(attribute, "")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says in one go, as a span of the transcript's text."""

    span: Span
    role: Role
    speaker: str
    participant_id: str | None = None
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words spoken, one turn after another, without page furniture. Never changes."""

    transcript_id: str
    kind: SourceKind
    text: str = field(repr=False)
    turns: tuple[Turn, ...]
    wave: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """The span that is classified: a participant's turn or a run of its sentences.

    ``sentences`` are the spans of its sentences, which tile the segment.
    """

    transcript_id: str
    number: int
    span: Span
    participant_id: str
    text: str = field(repr=False)
    sentences: tuple[Span, ...] = ()

    @property
    def name(self) -> str:
        """``TRANSCRIPT:NUMBER``, as commands take and print it."""
        return f"{self.transcript_id}:{self.number}"


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme of the codebook; a theme that is not ``coded`` only groups its children."""

    theme_id: str
    label: str = ""
    parent_id: str = ""
    definition: str = ""
    coded: bool = True
    asked_of: tuple[str, ...] = ()
    """Respondent types that were asked of it; none means everybody."""
    further: tuple[tuple[str, str], ...] = ()
    """Columns of the codebook that ccgmine does not use, kept for the researchers."""

    @property
    def name(self) -> str:
        """The label, or the id where there is none."""
        return self.label or self.theme_id


@dataclass(frozen=True, slots=True)
class Codebook:
    """The themes, in the order of the codebook."""

    themes: tuple[Theme, ...] = ()

    def __iter__(self) -> Iterator[Theme]:
        return iter(self.themes)

    def __len__(self) -> int:
        return len(self.themes)

    def __contains__(self, theme_id: object) -> bool:
        return any(theme.theme_id == theme_id for theme in self.themes)

    @property
    def coded(self) -> tuple[Theme, ...]:
        """The themes that passages are coded with."""
        return tuple(theme for theme in self.themes if theme.coded)

    def with_children(self, theme_id: str) -> frozenset[str]:
        """The theme itself and everything below it."""
        family = {theme_id}
        grown = True
        while grown:
            below = {t.theme_id for t in self.themes if t.parent_id in family} - family
            family |= below
            grown = bool(below)
        return frozenset(family)


@dataclass(frozen=True, slots=True, order=True)
class Coding:
    """A coder's statement that a span of text carries a theme."""

    transcript_id: str
    span: Span
    theme_id: str
    coder: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a coder has read in full: silence there means absent.

    ``themes`` None stands for all themes, ``span`` None for the whole transcript,
    ``selection_probability`` None for unknown.
    """

    transcript_id: str
    coder: str
    themes: frozenset[str] | None = None
    span: Span | None = None
    selection_probability: float | None = None


class ThemeState(StrEnum):
    """What a model may say about a theme."""

    LEARNED = "learned"
    SUGGESTED = "suggested"
    NOT_LEARNED = "not learned"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of units with an interval that contains the target as often as ``level`` says."""

    point: float
    low: float
    high: float
    method: str
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a cell holds no estimate; never a bare zero."""

    reason: str


def unique(values: Iterable[str]) -> list[str]:
    """The values without repeats, in the order of their first appearance."""
    return list(dict.fromkeys(values))


@dataclass(frozen=True, slots=True)
class Group:
    """Participants who share the values of some attributes; none for everybody."""

    values: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """``overall``, ``site``, or ``site x respondent_type`` for a cross."""
        return " x ".join(attribute for attribute, _ in self.values) or "overall"

    def holds(self, participant: Participant) -> bool:
        """Whether a participant belongs to the group."""
        return all(participant.value(name) == value for name, value in self.values)


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """Segments or words of a group: all, those of the hand coded, and theirs with the theme."""

    total: int | None
    hand_coded: int | None
    hand_with_theme: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalenceRow:
    """How many participants of a group raised a theme.

    ``participants`` have text and were asked, ``no_text`` have none, ``not_asked`` have text but
    were not asked of this theme; of the first ``hand_coded`` were read in full,
    ``hand_with_theme`` of these raised the theme, and in ``machine_with_theme`` of the others the
    model found it (None where no model says anything of the theme).

    ``band`` is the word, or the two that the interval spans; ``words`` has the probability of
    every word, highest cut-point first, "not raised" last, () where there is none.
    ``commonest`` marks the theme with the highest estimate of its group. ``verdict`` is what
    training said of the model's codings of the theme, where the estimate rests on them.
    ``hidden`` names the figures that disclosure control took away: they are None, and the
    estimate is a reason.
    """

    theme: Theme
    scope: str
    group: Group
    participants: int | None
    no_text: int | None
    not_asked: int | None = 0
    hand_coded: int | None
    hand_with_theme: int | None
    machine_with_theme: int | None
    estimate: Estimate | WhyNot
    band: str
    words: tuple[tuple[str, float], ...] = ()
    commonest: bool = False
    verdict: str = ""
    units: UnitCounts | None = None
    hidden: frozenset[str] = frozenset()

    @property
    def line(self) -> tuple[str, str]:
        """Theme id and scope: the line of the table that this is a cell of."""
        return self.theme.theme_id, self.scope


@dataclass(frozen=True, slots=True)
class PrevalenceTable:
    """The prevalence of themes in groups, with the rules that stand under it.

    ``unit`` is what is counted: participants, segments or words.
    """

    rows: tuple[PrevalenceRow, ...]
    attributes: tuple[str, ...]
    notes: tuple[str, ...]
    unit: str = "participants"


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """How many more of one group than of another raised a theme.

    ``estimate`` is the share of ``first`` minus that of ``second``, from -1 to 1;
    ``probability_above`` is that it is positive, None where there is no estimate. ``sizes`` are the
    participants of both groups with text who were asked, None where that is not known or hidden.
    """

    theme: Theme
    scope: str
    first: Group
    second: Group
    estimate: Estimate | WhyNot
    probability_above: float | None
    sizes: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class DifferenceTable:
    """Differences between groups, with the rules that stand under them."""

    rows: tuple[DifferenceRow, ...]
    attributes: tuple[str, ...]
    notes: tuple[str, ...]
