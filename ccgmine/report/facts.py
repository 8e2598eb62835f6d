"""What a study says of itself: the facts that its methods paragraphs are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ccgmine.domain import PrevalenceTable


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The model that coded the study last.

    ``report`` and ``provenance`` are what its folder says, None where the folder is not the one
    that coded the study. ``n_unread`` segments it has seen and nobody has read.
    """

    name: str
    n_themes: int
    n_learned: int
    n_seen: int
    n_unread: int
    n_people_unread: int
    n_trained_on: int
    provenance: dict[str, object] | None = None
    report: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """Pooled agreement of two coders; figures as they are printed.

    A decision is one theme on one segment.
    """

    first: str
    second: str
    n_segments: int
    n_participants: int
    n_decisions: int
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFacts:
    """What a study says of itself.

    Attributes:
        version: Of ccgmine, now.
        runs: (command, version) of what made the study.
        sample: (site, respondent type) of every participant with text.
        n_silent: Participants without text.
        transcripts: Source kind of every transcript.
        n_repeated: Participants who speak in more than one transcript.
        n_segments: Segments.
        n_words: Words of the participants.
        n_themes: Themes that passages are coded with.
        n_grouping: Themes that only group others.
        n_defined: Coded themes with a definition.
        coders: (name, transcripts with declared coverage, coded passages).
        reference: The reference coders.
        n_full: Participants hand coded in full for every theme.
        n_part: Participants of whom something was read, but not in full for every theme.
        n_read: Segments that were read in full for every theme.
        selection: (lowest, highest) recorded probability of being hand coded, and how many
            of the participants hand coded in full have one.
        agreement: Of every pair of coders who read the same text.
        saturation: What `report saturation` says of everybody.
        model: None if no model has coded the study.
        table: The prevalence table, None if there is none.
        suppress_below: Groups of fewer participants are not told; 0 tells all.
    """

    version: str
    runs: tuple[tuple[str, str], ...]
    sample: tuple[tuple[str, str], ...]
    n_silent: int
    transcripts: tuple[str, ...]
    n_repeated: int
    n_segments: int
    n_words: int
    n_themes: int
    n_grouping: int
    n_defined: int
    coders: tuple[tuple[str, int, int], ...]
    reference: tuple[str, ...]
    n_full: int
    n_part: int
    n_read: int
    selection: tuple[float, float, int] | None
    agreement: tuple[AgreementFacts, ...]
    saturation: str
    model: ModelFacts | None
    table: PrevalenceTable | None
    suppress_below: int = 0

    def may_show(self, count: int) -> bool:
        """Whether a group is large enough to be told."""
        return count >= self.suppress_below

    def told(self, count: int, what: str = "participant") -> str:
        """A number of people and their noun, without the number where it is small."""
        if count > 0 and not self.may_show(count):
            return f"fewer than {n_of(self.suppress_below, what)}"
        return n_of(count, what)


def authors(what: str) -> str:
    """A place that the authors fill."""
    return f"[to be written by the authors: {what}]"


def n_of(count: int, what: str) -> str:
    """A count and its noun.

    >>> n_of(1, "site"), n_of(2000, "word")
    ('1 site', '2,000 words')
    """
    return f"{count:,} {what if count == 1 else what + 's'}"


def listed(counts: Iterable[tuple[str, int]]) -> str:
    """Names with their counts."""
    return ", ".join(f"{name or '(not given)'} {n}" for name, n in counts)
