"""Which transcripts and participants of the study a project's sources and cases are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ccgmine.codebook import numbered
from ccgmine.domain import Participant, Role, Transcript, unique
from ccgmine.errors import shown
from ccgmine.exchange.anchoring import Anchor, Mover, anchor
from ccgmine.exchange.people import AttributeNames, People, SourcePeople, find_people
from ccgmine.exchange.project import OwnState, Project, SourceIn
from ccgmine.exchange.report import ProjectReport
from ccgmine.exchange.run_texts import Made, make_transcript, own_transcript, transcript_name
from ccgmine.ingest.people import check_spelling
from ccgmine.matching import QuoteFinder
from ccgmine.study import Study

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class SettledText:
    """A source of the project beside the transcript that it is in the study."""

    source: SourceIn
    transcript: Transcript
    anchor: Anchor | None
    mover: Mover | None = None
    new: bool = False
    quotes: QuoteFinder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleOptions:
    """How to tell who is who."""

    attributes: AttributeNames
    interviewer_labels: tuple[str, ...]
    allow_similar: bool


class Settlement:
    """Settles, for one project, what is new to the study and what it has already.

    Args:
        study: The open study.
        project: The project.
        path: Its file, for errors.
        options: How to tell who is who.
        report: Takes what was decided.
    """

    def __init__(
        self,
        study: Study,
        project: Project,
        path: Path,
        options: SettleOptions,
        report: ProjectReport,
    ) -> None:
        self._study = study
        self._project = project
        self._path = path
        self._options = options
        self._report = report
        self._own = project.own or OwnState()
        self._stored = {p.participant_id: p for p in study.corpus.participants()}
        self._labels = (*study.settings.interviewer_labels, *options.interviewer_labels)
        self.texts: dict[str, SettledText] = {}
        self.people = People()
        self.changed: dict[str, Participant] = {}

    # --- texts -----------------------------------------------------------------------------

    def settle(self, progress: Progress) -> None:
        """Settle which transcript each source is, and who speaks in it."""
        known = {i.casefold(): i for i in self._study.corpus.transcript_ids()}
        ids = self._transcript_ids()
        self.people = find_people(self._project, ids, self._options.attributes)
        self._report.notes += self.people.notes
        total = len(ids)
        for done, source in enumerate(self._project.sources):
            progress(source.name, done, total)
            if source.positions:
                self._report.positions.append(f"{source.name}: {source.positions}")
            self._take_text(source, ids[source.source_id], known)
        progress("", total, total)
        self._take_people()

    def _transcript_ids(self) -> dict[str, str]:
        """What each source's transcript is called, unless the study has it under a number."""
        taken: set[str] = set()
        ids: dict[str, str] = {}
        for source in self._project.sources:
            own = self._own.sources.get(source.source_id)
            wanted = own.transcript_id if own is not None else transcript_name(source.name)
            ids[source.source_id] = numbered(wanted, taken)
            taken.add(ids[source.source_id].casefold())
        return ids

    def _take_text(self, source: SourceIn, transcript_id: str, known: dict[str, str]) -> None:
        if source.text is None:
            found = self._in_study(known.get(transcript_id.casefold()))
            if found is None:
                n = sum(c.source_id == source.source_id for c in self._project.codings)
                self._report.lost.append(f"{source.name}: {n} codings, since the study has no text")
            else:
                self.texts[source.source_id] = SettledText(source, found, None)
            return
        if not source.text.strip():
            self._report.lost.append(f"{source.name}: its text is empty")
            return
        made = self._made(source, transcript_id)
        own = source.source_id in self._own.sources
        for number in range(1, 1000):
            name = transcript_id if number == 1 else f"{transcript_id} ({number})"
            there = self._in_study(known.get(name.casefold()))
            if there is None:
                self._take_new(source, made, name, known, own=own)
                return
            text = self._same_text(source, made, there)
            if text is not None:
                self.texts[source.source_id] = text
                return
            if number == 1:
                self._report.conflicts.append(
                    f"'{there.transcript_id}' has other words in the study, where not all codings "
                    "of this file can be found; both versions are kept"
                )

    def _made(self, source: SourceIn, transcript_id: str) -> Made:
        text = source.text or ""
        own = self._own.sources.get(source.source_id)
        if own is not None:
            transcript = own_transcript(own, transcript_id, text)
            found = anchor(text, text)
            if transcript is not None and found is not None:
                return Made(transcript, found)
        whose = self.people.of_source.get(source.source_id, SourcePeople((transcript_id,)))
        people = self.people.participants
        return make_transcript(text, transcript_id, whose, people, self._labels)

    def _in_study(self, transcript_id: str | None) -> Transcript | None:
        if transcript_id is None:
            return None
        return self._study.corpus.transcript(transcript_id)

    def _same_text(self, source: SourceIn, made: Made, there: Transcript) -> SettledText | None:
        """The source as a transcript that the study has, if all its codings are found there."""
        if made.transcript.text == there.text:
            return SettledText(source, there, made.anchor)
        found = anchor(source.text or "", there.text)
        if found is not None:
            return SettledText(source, there, found)
        mover = Mover(source.text or "", there.text)
        spans = {c.span for c in self._project.codings if c.source_id == source.source_id}
        if all(span is None or mover.find(span) is not None for span in spans):
            self._report.notes.append(
                f"'{there.transcript_id}' has other words in the study; all codings of this file "
                "were found in it"
            )
            return SettledText(source, there, None, mover)
        return None

    def _take_new(
        self, source: SourceIn, made: Made, name: str, known: dict[str, str], *, own: bool
    ) -> None:
        transcript = replace(made.transcript, transcript_id=name)
        self._report.notes += [f"{source.name}: {note}" for note in made.notes]
        whose = self.people.of_source.get(source.source_id)
        base = self.people.participants.get(whose.owners[0]) if whose and whose.owners else None
        for speaker in made.speakers:
            values = replace(base, participant_id=speaker) if base else Participant(speaker)
            self.people.participants[speaker] = values
        speaking = {t.participant_id for t in transcript.turns if t.participant_id}
        for participant_id in sorted(speaking - self.people.participants.keys()):
            self.people.participants[participant_id] = Participant(participant_id)
        if not speaking and not own:
            self._report.lost.append(f"{source.name}: nobody who is a participant speaks in it")
        self.texts[source.source_id] = SettledText(source, transcript, made.anchor, new=True)
        known[name.casefold()] = name

    # --- people ----------------------------------------------------------------------------

    def _take_people(self) -> None:
        """Participants who speak or are cases, beside what the study knows of them."""
        speaking = unique(
            t.participant_id
            for text in self.texts.values()
            if text.new
            for t in text.transcript.turns
            if t.participant_id
        )
        for participant_id in unique([*speaking, *sorted(self.people.named)]):
            fresh = self.people.participants[participant_id]
            other = self._otherwise_called(participant_id, speaking)
            if other is not None:
                self._report.conflicts.append(
                    f"the case '{participant_id}' is the participant '{other}' in the study"
                )
                fresh = replace(fresh, participant_id=other)
            old = self.changed.get(fresh.participant_id, self._stored.get(fresh.participant_id))
            merged = fresh if old is None else self._merged(old, fresh)
            if merged != self._stored.get(merged.participant_id):
                self.changed[merged.participant_id] = merged
        if not self._options.allow_similar:
            check_spelling((self._stored | self.changed).values(), self._path)

    def _otherwise_called(self, participant_id: str, speaking: Sequence[str]) -> str | None:
        """Who a case is in the study, where its only transcript is there under another's name."""
        if participant_id in speaking or participant_id in self._stored:
            return None
        mine = [
            self.texts[source_id].transcript
            for source_id, whose in self.people.of_source.items()
            if source_id in self.texts and whose.owners == (participant_id,)
        ]
        persons = {t.participant_id for x in mine for t in x.turns if t.role is Role.PARTICIPANT}
        return persons.pop() if len(persons) == 1 else None

    def _merged(self, old: Participant, fresh: Participant) -> Participant:
        """What both say of a person; where they differ, the study's word stays and it is told."""

        def settle(name: str, before: str, after: str) -> str:
            if before and after and before != after:
                self._report.conflicts.append(
                    f"{old.participant_id}: {name} is {shown(before)} in the study and "
                    f"{shown(after)} in the file; the study's stays"
                )
            return before or after

        before = dict(old.attributes)
        for name, value in fresh.attributes:
            before[name] = settle(name, before.get(name, ""), value)
        return replace(
            old,
            site=settle("site", old.site, fresh.site),
            respondent_type=settle("respondent_type", old.respondent_type, fresh.respondent_type),
            attributes=tuple(sorted(before.items())),
            files=old.files or fresh.files,
        )
