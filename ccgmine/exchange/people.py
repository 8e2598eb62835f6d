"""Who the participants of a project are, and whose which source is.

A case that refers to a source is its participant; cases that refer to passages of it are its
speakers; a source of no case is a participant of its own. Variables, and sets such as
``gender: male``, are attributes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ccgmine.codebook import numbered
from ccgmine.domain import Participant, Span, unique
from ccgmine.exchange.project import OwnState, Project

_SITE = ("site",)
_TYPE = ("respondent_type", "type")


@dataclass(frozen=True, slots=True)
class SourcePeople:
    """Whose a source is: all of it ``owners``', or passages somebody's.

    ``named`` is False where the source stands for its own participant.
    """

    owners: tuple[str, ...]
    passages: tuple[tuple[Span, str], ...] = ()
    named: bool = True


@dataclass(slots=True)
class People:
    """Everybody in a project."""

    participants: dict[str, Participant] = field(default_factory=dict)
    of_source: dict[str, SourcePeople] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    """Participants that are cases of the project, whether they speak or not."""


@dataclass(frozen=True, slots=True)
class AttributeNames:
    """Which attributes are the site and the respondent type."""

    site: str = ""
    respondent_type: str = ""

    def participant(self, participant_id: str, values: Mapping[str, str]) -> Participant:
        """A participant with these attribute values."""
        rest = dict(values)
        site = _take(rest, (self.site,) if self.site else _SITE)
        kind = _take(rest, (self.respondent_type,) if self.respondent_type else _TYPE)
        return Participant(participant_id, site, kind, tuple(sorted(rest.items())))


def _take(values: dict[str, str], names: Sequence[str]) -> str:
    wanted = [name.casefold().replace(" ", "_") for name in names]
    for name in list(values):
        if name.casefold().replace(" ", "_") in wanted:
            return values.pop(name)
    return ""


def find_people(project: Project, ids: Mapping[str, str], names: AttributeNames) -> People:
    """Participants of a project and whose its sources are.

    Args:
        project: The project.
        ids: Transcript id by source id, for the sources that there are.
        names: Which attributes are site and respondent type.
    """
    people = People()
    person_of = _person_ids(project, people)
    owners, passages = _memberships(project, ids, person_of)
    n_sources = {p: sum(p in found for found in owners.values()) for p in person_of.values()}
    groups: dict[str, list[str]] = {}
    for source_id, transcript_id in ids.items():
        mine = unique(owners.get(source_id, []))
        spoken = tuple(sorted(passages.get(source_id, []), key=lambda x: (x[0], x[1])))
        speakers = unique(p for _, p in spoken)
        persons = mine
        if len(mine) > 1:
            fewest = min(n_sources[p] for p in mine)
            rare = [p for p in mine if n_sources[p] == fewest]
            persons = rare if len(rare) == 1 else mine
        elif speakers:
            persons = []
        groups[source_id] = [p for p in mine if p not in persons]
        if persons or speakers:
            people.of_source[source_id] = SourcePeople(
                tuple(persons), spoken if not persons or len(persons) > 1 else ()
            )
        else:
            people.of_source[source_id] = SourcePeople((transcript_id,), (), named=False)
    _fill_participants(project, people, person_of, groups, names)
    return people


def _person_ids(project: Project, people: People) -> dict[str, str]:
    """Participant id by case, for cases with a name."""
    own = project.own or OwnState()
    taken: set[str] = set()
    found: dict[str, str] = {}
    for case in project.cases:
        if not case.name:
            continue
        wanted = own.participants.get(case.case_id, case.name)
        participant_id = numbered(wanted, taken)
        if participant_id != wanted:
            people.notes.append(f"two cases are called '{wanted}'; one is '{participant_id}' here")
        taken.add(participant_id.casefold())
        found[case.case_id] = participant_id
    return found


def _memberships(
    project: Project, ids: Mapping[str, str], person_of: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, list[tuple[Span, str]]]]:
    """By source: the named cases of all of it, and of passages."""
    owners: dict[str, list[str]] = {}
    passages: dict[str, list[tuple[Span, str]]] = {}
    texts = {s.source_id: s.text or "" for s in project.sources}
    for case in project.cases:
        person = person_of.get(case.case_id)
        for member in case.members if person is not None else ():
            if member.source_id not in ids or person is None:
                continue
            span, text = member.span, texts[member.source_id]
            if span is None or not (text[: span.start] + text[span.end :]).strip():
                owners.setdefault(member.source_id, []).append(person)
            else:
                passages.setdefault(member.source_id, []).append((span, person))
    return owners, passages


def _fill_participants(
    project: Project,
    people: People,
    person_of: Mapping[str, str],
    groups: Mapping[str, Sequence[str]],
    names: AttributeNames,
) -> None:
    values: dict[str, dict[str, list[str]]] = {}

    def add(participant_id: str, name: str, value: str) -> None:
        values.setdefault(participant_id, {}).setdefault(name, []).append(value)

    only_groups = {p for found in groups.values() for p in found}
    for whose in people.of_source.values():
        only_groups -= {*whose.owners, *(p for _, p in whose.passages)}
    for case in project.cases:
        person = person_of.get(case.case_id)
        if person is None or person in only_groups:
            continue
        people.named.add(person)
        values.setdefault(person, {})
        for name, value in case.attributes:
            add(person, name, value)
    about = _said_of_sources(project)
    for source_id, whose in people.of_source.items():
        for person in unique([*whose.owners, *(p for _, p in whose.passages)]):
            values.setdefault(person, {})
            for name, value in about.get(source_id, []):
                add(person, name, value)
            for group in groups[source_id]:
                add(person, "cases", group)
    for participant_id, said in values.items():
        joined = {n: "; ".join(unique(v for v in values_ if v)) for n, values_ in said.items()}
        found = names.participant(participant_id, joined)
        files = project.own.files.get(participant_id, ()) if project.own is not None else ()
        people.participants[participant_id] = replace(found, files=files)


def _said_of_sources(project: Project) -> dict[str, list[tuple[str, str]]]:
    """Attributes by source: its own, those of cases without a name, and those that sets say."""
    about: dict[str, list[tuple[str, str]]] = {
        s.source_id: list(s.attributes) for s in project.sources
    }
    for case in project.cases:
        if not case.name:
            for member in case.members:
                about.setdefault(member.source_id, []).extend(case.attributes)
    for group in project.groups:
        match = re.fullmatch(r"\s*([^:]{1,60}?)\s*:\s+(.+?)\s*", group.name)
        pair = match.groups() if match else ("sets", group.name)
        for source_id in group.source_ids:
            about.setdefault(source_id, []).append((pair[0], pair[1]))
    return about
