"""What the exports and imports of this room share: people's columns, labels, passages, choice."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ccgmine.codebook import ThemeFinder
from ccgmine.coding.labels import HandLabel
from ccgmine.coding.run import hand_coding
from ccgmine.domain import Codebook, Participant, Segment, Theme, ThemeState, unique
from ccgmine.errors import StudyError, UsageError
from ccgmine.exchange.choosing import Candidate
from ccgmine.exchange.passages import PassageFinder
from ccgmine.report.matrix import distinct
from ccgmine.report.sheet import Cell
from ccgmine.store.predictions import ModelRecord
from ccgmine.study import Study


class People:
    """The columns that say who somebody is: id, site, type and all further attributes."""

    def __init__(self, participants: Sequence[Participant]) -> None:
        self._by_id = {p.participant_id: p for p in participants}
        further = unique(name for p in participants for name, _ in p.attributes)
        self._attributes = ("site", "respondent_type", *further)
        self.columns: tuple[str, ...] = ("participant_id", *self._attributes)

    def between(self, before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
        """Columns with these in the middle; no attribute takes another column's name."""
        own = [*before, *self.columns[:1], *after]
        attributes = distinct([*own, *self._attributes])[len(own) :]
        return distinct([*own[: len(before) + 1], *attributes, *own[len(before) + 1 :]])

    def cells(self, participant_id: str) -> tuple[Cell, ...]:
        """The values of one participant; "" for nobody."""
        person = self._by_id.get(participant_id, Participant(participant_id))
        return (participant_id, *(person.value(name) for name in self._attributes))

    def attributes(self, participant_id: str) -> dict[str, str]:
        """The attributes of one participant by name, those without a value left out."""
        values = zip(self.columns[1:], self.cells(participant_id)[1:], strict=True)
        return {name: str(value) for name, value in values if value}


def code_path(theme: Theme, codebook: Codebook) -> str:
    """The names of a theme's ancestors and its own, as in ``Burden > Meetings``."""
    themes = {t.theme_id: t for t in codebook}
    names, above = [theme.name], theme.parent_id
    while above in themes and len(names) <= len(themes):
        names.append(themes[above].name)
        above = themes[above].parent_id
    return " > ".join(reversed(names))


def themes_named(study: Study, names: Sequence[str]) -> frozenset[str]:
    """Ids of the themes named and of those below them; all that are coded if none is named.

    Raises:
        UsageError: If a theme is not in the codebook.
    """
    finder = ThemeFinder(study.codebook)
    if not names:
        return frozenset(t.theme_id for t in study.codebook.coded)
    wanted: set[str] = set()
    for name in names:
        theme_id = finder.find(name)
        if theme_id is None:
            raise UsageError(
                f"the theme '{name}' is not in the codebook", remedy=finder.nearest(name)
            )
        wanted |= study.codebook.with_children(theme_id)
    return frozenset(wanted)


def passage_finder(study: Study) -> PassageFinder:
    """Finds passages of the study.

    Raises:
        StudyError: If it has none.
    """
    corpus = study.corpus
    segments = [segment for _, segment in corpus.segments()]
    if not segments:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")

    def text_of(transcript_id: str) -> str:
        transcript = corpus.transcript(transcript_id)
        return transcript.text if transcript is not None else ""

    return PassageFinder(segments, corpus.transcript_ids(), text_of)


def segments_of_study(study: Study) -> list[tuple[int, Segment]]:
    """All segments with their numbers.

    Raises:
        StudyError: If there are none.
    """
    segments = list(study.corpus.segments())
    if not segments:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    return segments


def hand_labels(study: Study, coder: Sequence[str] = ()) -> dict[int, HandLabel]:
    """What the reference coder said of the segments; nothing if nobody has coded."""
    return hand_coding(study, coder).labels if study.codings.coders() else {}


@dataclass(frozen=True, slots=True)
class MachineWord:
    """What a model said of a segment, by theme: probability, and whether it is assigned."""

    segment_no: int
    probabilities: tuple[float, ...]
    assigned: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """The model that classified the study last, and the themes it has learned."""

    model: ModelRecord
    themes: tuple[str, ...]
    words: tuple[MachineWord, ...]

    def candidates(
        self, labels: dict[int, HandLabel], wanted: frozenset[str]
    ) -> Callable[[], Iterator[Candidate]]:
        """Makes a candidate of every segment and theme that nobody has read the segment for."""
        columns = [(i, theme) for i, theme in enumerate(self.themes) if theme in wanted]

        def make() -> Iterator[Candidate]:
            for word in self.words:
                label = labels.get(word.segment_no)
                for i, theme in columns:
                    if label is None or not label.is_read_for(theme):
                        yield Candidate(
                            word.segment_no, theme, word.probabilities[i], word.assigned[i]
                        )

        return make


def machine_of(study: Study) -> Machine | None:
    """What the machine says, of themes it has learned; None if nothing is classified."""
    model = study.predictions.classified_model()
    if model is None:
        return None
    columns = [
        i
        for i, (theme, state) in enumerate(zip(model.themes, model.states, strict=True))
        if state is ThemeState.LEARNED and theme in study.codebook
    ]
    words = []
    for prediction in study.predictions.of(model.name):
        values = struct.unpack(f"<{len(model.themes)}f", prediction.probabilities)
        words.append(
            MachineWord(
                prediction.segment_no,
                tuple(values[i] for i in columns),
                tuple(bool(prediction.assigned[i]) for i in columns),
            )
        )
    return Machine(model, tuple(model.themes[i] for i in columns), tuple(words))


def needed_machine(study: Study) -> Machine:
    """What the machine says.

    Raises:
        StudyError: If nothing is classified yet.
    """
    machine = machine_of(study)
    if machine is None:
        raise StudyError(
            "nothing is coded by machine yet", remedy="Run `ccgmine train` and `ccgmine classify`."
        )
    return machine


def times_coded(study: Study) -> Counter[str]:
    """How many codings by hand each theme has."""
    return Counter(coding.theme_id for coding in study.codings.all())
