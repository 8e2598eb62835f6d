"""What hand and machine say of each participant and segment, for the views of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ccgmine.codebook import ThemeFinder
from ccgmine.coding.run import HandCoding, hand_coding
from ccgmine.domain import Group, Participant, Theme, ThemeState, unique
from ccgmine.errors import StudyError, UsageError
from ccgmine.ordering import natural
from ccgmine.store.predictions import ModelRecord
from ccgmine.study import Study

NOT_COVERED = "Say what was read in full: `ccgmine import coverage.csv`, or --read-in-full."


@dataclass
class Person:
    """What is known of one participant who said something.

    ``read_for`` None: people have read all of it for every theme; a set: only for these; empty:
    not in full. ``machine`` counts the segments in which the model found a theme that nobody has
    read them for; ``waiting`` those that no model has seen.
    """

    participant: Participant
    read_for: frozenset[str] | None = None
    touched: bool = False
    hand: Counter[str] = field(default_factory=Counter)
    machine: Counter[str] = field(default_factory=Counter)
    segments: list[int] = field(default_factory=list)
    waiting: int = 0

    def is_known(self, themes: Iterable[str]) -> bool:
        """Whether all of it was read for all of these themes."""
        return self.read_for is None or self.read_for.issuperset(themes)


@dataclass(frozen=True, slots=True)
class Reading:
    """A study as the views count it: people with text only, in the order of their first words.

    ``found`` has the learned themes that the model assigned to each segment it has seen.
    """

    people: dict[str, Person]
    n_silent: int
    hand: HandCoding
    model: ModelRecord | None
    found: dict[int, frozenset[str]]

    @property
    def learned(self) -> frozenset[str]:
        """Themes of which the model may say anything."""
        if self.model is None:
            return frozenset()
        pairs = zip(self.model.themes, self.model.states, strict=True)
        return frozenset(theme for theme, state in pairs if state is ThemeState.LEARNED)


def read_study(study: Study, coder: Sequence[str] = (), *, machine: bool = False) -> Reading:
    """Read a study once.

    Args:
        study: An open study.
        coder: Reference coder, in place of the settings' one.
        machine: Also what the model that classified last says.

    Raises:
        StudyError: If the study is empty or nothing is coded in the way asked for.
    """
    model = study.predictions.classified_model() if machine else None
    if machine and model is None:
        raise StudyError(
            "nothing is coded by machine yet", remedy="Run `ccgmine train` and `ccgmine classify`."
        )
    if study.codings.coders() or not machine:
        hand = hand_coding(study, coder)
    else:
        hand = HandCoding((), list(study.corpus.segments()), {})
    reading = Reading({}, 0, hand, model, _found(study, model))
    everybody = {p.participant_id: p for p in study.corpus.participants()}
    people = reading.people
    for number, segment in hand.segments:
        person = people.setdefault(
            segment.participant_id, Person(everybody[segment.participant_id])
        )
        _add(person, number, reading)
    return Reading(people, len(everybody) - len(people), hand, model, reading.found)


def _found(study: Study, model: ModelRecord | None) -> dict[int, frozenset[str]]:
    if model is None:
        return {}
    pairs = list(zip(model.themes, model.states, strict=True))
    columns = [(i, theme) for i, (theme, s) in enumerate(pairs) if s is ThemeState.LEARNED]
    return {
        p.segment_no: frozenset(theme for i, theme in columns if p.assigned[i])
        for p in study.predictions.of(model.name)
    }


def _add(person: Person, number: int, reading: Reading) -> None:
    person.segments.append(number)
    label = reading.hand.labels.get(number)
    if label is None:
        person.read_for = frozenset()
    else:
        person.touched = True
        person.hand.update(label.themes)
        if label.covered_for is not None:
            before = person.read_for
            person.read_for = label.covered_for if before is None else before & label.covered_for
    if reading.model is None:
        return
    found = reading.found.get(number)
    if found is None:
        person.waiting += 1
        return
    # Where a person has read the segment, the machine's word on it counts no more.
    person.machine.update(t for t in found if label is None or not label.is_read_for(t))


@dataclass(frozen=True, slots=True)
class Line:
    """A theme, alone or with those below it, and the ids of the coded themes that count."""

    theme: Theme
    themes: frozenset[str]


def theme_lines(study: Study, names: Sequence[str] = (), *, families: bool = False) -> list[Line]:
    """The themes of a view, in the order of the codebook.

    Args:
        study: An open study.
        names: Only these themes and those below them; all if empty.
        families: Every theme with all below it, in place of the coded ones alone.

    Raises:
        UsageError: If a theme is not known.
        StudyError: If no theme is left.
    """
    codebook = study.codebook
    finder = ThemeFinder(codebook)
    wanted: set[str] = set()
    for name in names:
        theme_id = finder.find(name)
        if theme_id is None:
            raise UsageError(
                f"the theme '{name}' is not in the codebook", remedy=finder.nearest(name)
            )
        wanted |= codebook.with_children(theme_id)
    coded = {theme.theme_id for theme in codebook.coded}
    lines = []
    for theme in codebook:
        own = frozenset({theme.theme_id})
        counted = (codebook.with_children(theme.theme_id) if families else own) & coded
        if counted and (not names or theme.theme_id in wanted):
            lines.append(Line(theme, counted))
    if not lines:
        raise StudyError("no theme is left to report", remedy="Look at codebook.csv.")
    return lines


def asked_of(
    study: Study, people: Iterable[Person], themes: frozenset[str]
) -> dict[str, frozenset[str]]:
    """Those of the themes that each respondent type was asked of (``asked_of`` in the codebook)."""
    kinds = {p.participant.respondent_type for p in people}
    of = {t.theme_id: {a.casefold() for a in t.asked_of} for t in study.codebook}
    return {
        kind: frozenset(t for t in themes if not of[t] or kind.casefold() in of[t])
        for kind in kinds
    }


def known_attributes(participants: Iterable[Participant]) -> list[str]:
    """Names that people can be grouped by."""
    return unique(
        ["site", "respondent_type", *(name for p in participants for name, _ in p.attributes)]
    )


def check_attributes(participants: Sequence[Participant], names: Sequence[str]) -> list[str]:
    """The names without repeats.

    Raises:
        UsageError: If participants have no such attribute.
    """
    known = known_attributes(participants)
    for name in names:
        if name not in known:
            raise UsageError(
                f"participants have no attribute '{name}'",
                remedy=f"They have: {', '.join(known)}.",
            )
    return unique(names)


def chosen(people: Iterable[Person], *, site: str = "", respondent_type: str = "") -> list[Person]:
    """The people of a site and a respondent type; empty means any.

    Raises:
        UsageError: If there is nobody.
    """
    everybody = list(people)
    for value, what in ((site, "site"), (respondent_type, "respondent_type")):
        there = {p.participant.value(what) for p in everybody}
        if value and value not in there:
            listed = ", ".join(sorted(there - {""}, key=natural)[:30])
            raise UsageError(
                f"there is no {what.replace('_', ' ')} '{value}'", remedy=f"There are: {listed}."
            )
    found = [
        p
        for p in everybody
        if site in ("", p.participant.site)
        and respondent_type in ("", p.participant.respondent_type)
    ]
    if not found:
        raise UsageError("nobody of that site is of that respondent type")
    return found


def by_group(attributes: Sequence[str]) -> Callable[[Person], tuple[object, ...]]:
    """Sort key: groups, then participants, in natural order."""
    return lambda person: (
        *(natural(person.participant.value(a)) for a in attributes),
        natural(person.participant.participant_id),
    )


def grouped(people: Sequence[Person], by: Sequence[str]) -> list[tuple[Group, list[Person]]]:
    """Everybody, then the groups of each attribute in natural order."""
    found = [(Group(), list(people))]
    for attribute in by:
        values = sorted({p.participant.value(attribute) for p in people}, key=natural)
        for value in values:
            group = Group(((attribute, value),))
            found.append((group, [p for p in people if group.holds(p.participant)]))
    return found
