"""The way out: a study as a project that other tools open, or its codebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ccgmine import __version__
from ccgmine.codebook import distinct_names
from ccgmine.domain import Codebook, Role, Theme, ThemeState, Transcript
from ccgmine.errors import StudyError, UsageError
from ccgmine.exchange.own import MACHINE_USER
from ccgmine.exchange.project import (
    CaseIn,
    CodeIn,
    CodingIn,
    Counts,
    Member,
    OwnSource,
    OwnState,
    OwnTheme,
    Project,
    SourceIn,
    UserIn,
)
from ccgmine.exchange.writing import made_guid, write_qdc, write_qdpx
from ccgmine.files import atomic_write, sha256
from ccgmine.study import Study


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    project: Project
    n_hand: int
    n_machine: int

    @property
    def counts(self) -> Counts:
        """How much of everything."""
        p = self.project
        return Counts(
            sources=len(p.sources),
            characters=sum(len(s.text or "") for s in p.sources),
            themes=len(p.codes),
            codings=len(p.codings),
            coders=len(p.users),
            participants=len(p.cases),
            attributes=sum(1 for case in p.cases for _, value in case.attributes if value),
        )


def export_file(
    study: Study, path: Path, *, machine: bool = True, cases_as_codes: bool = False
) -> Exported:
    """Write the study to a .qdpx, or its codebook to a .qdc.

    Args:
        study: The open study.
        path: The file; its suffix says which.
        machine: Whether the machine's codings go with the hand codings.
        cases_as_codes: Whether a project ties participants to their words by codes as well,
            which is all that some programs (QualCoder) read.

    Raises:
        UsageError: If the suffix is neither.
        StudyError: If there is nothing to write.
    """
    suffix = path.suffix.lower()
    if suffix == ".qdpx":
        return _write_project(study, path, machine=machine, cases_as_codes=cases_as_codes)
    if suffix == ".qdc":
        return _write_codebook(study, path)
    raise UsageError(
        f"a file ending in '{path.suffix}' cannot hold a project",
        remedy="Name a .qdpx for the whole project, or a .qdc for the codebook.",
    )


def study_project(study: Study, name: str, *, machine: bool = True) -> Exported:
    """A study as a project value, its ids GUIDs."""
    sources: list[SourceIn] = []
    own_sources: dict[str, OwnSource] = {}
    members: dict[str, list[Member]] = {}
    for transcript_id in study.corpus.transcript_ids():
        transcript = study.corpus.transcript(transcript_id)
        if transcript is None:
            continue
        guid = made_guid("source", transcript_id)
        sources.append(SourceIn(guid, transcript_id, transcript.text))
        digest = sha256(transcript.text.encode("utf-8", "replace"))
        own_sources[guid] = OwnSource(
            transcript_id, transcript.kind, transcript.wave, digest, transcript.turns
        )
        for participant_id, place in _members(guid, transcript):
            members.setdefault(participant_id, []).append(place)
    hand = [
        CodingIn(
            made_guid("source", coding.transcript_id),
            made_guid("code", coding.theme_id),
            made_guid("user", coding.coder),
            coding.span,
            at,
        )
        for coding, at in study.codings.dated()
    ]
    by_machine, machine_users = _machine_codings(study) if machine else ([], [])
    users = [UserIn(made_guid("user", coder), coder) for coder in study.codings.coders()]
    codes = _codes(study)
    names = {code.code_id: code.name for code in codes}
    cases = [
        CaseIn(
            made_guid("case", p.participant_id),
            p.participant_id,
            (("site", p.site), ("respondent_type", p.respondent_type), *p.attributes),
            tuple(members.get(p.participant_id, ())),
        )
        for p in study.corpus.participants()
    ]
    project = Project(
        name=name,
        origin=f"ccgmine {__version__}",
        users=tuple(users + machine_users),
        codes=tuple(codes),
        sources=tuple(sources),
        codings=tuple(hand + by_machine),
        cases=tuple(cases),
        own=OwnState(
            themes={
                guid: OwnTheme(t.theme_id, t.label, names[guid], t.asked_of, t.further)
                for t in study.codebook
                for guid in [made_guid("code", t.theme_id)]
            },
            sources=own_sources,
            participants={case.case_id: case.name for case in cases},
            files={p.participant_id: p.files for p in study.corpus.participants() if p.files},
            machine_users=frozenset(u.user_id for u in machine_users),
            coverage=tuple(study.codings.coverage()),
        ),
    )
    return Exported(project, len(hand), len(by_machine))


def _members(guid: str, transcript: Transcript) -> list[tuple[str, Member]]:
    """Whose a transcript is: all of it one participant's, or turns of several."""
    turns = [t for t in transcript.turns if t.role is Role.PARTICIPANT and t.participant_id]
    speaking = {t.participant_id or "" for t in turns}
    if len(speaking) == 1:
        return [(speaking.pop(), Member(guid))]
    return [(t.participant_id or "", Member(guid, t.span)) for t in turns if len(t.span)]


def _codes(study: Study) -> list[CodeIn]:
    """The themes as codes, parents first; a theme that is only coded with stands at the end."""
    used = [Theme(i) for i in study.codings.themes() if i not in study.codebook]
    book = Codebook((*study.codebook.themes, *sorted(used, key=lambda t: t.theme_id)))
    themes = {theme.theme_id: theme for theme in book}
    names = distinct_names(book)
    return [
        CodeIn(
            made_guid("code", theme.theme_id),
            _path(theme, themes, names),
            made_guid("code", theme.parent_id) if theme.parent_id in themes else "",
            theme.definition,
            theme.coded,
        )
        for theme in book
    ]


def _path(theme: Theme, themes: Mapping[str, Theme], names: Mapping[str, str]) -> tuple[str, ...]:
    path, above = [names[theme.theme_id]], theme.parent_id
    while above in themes and len(path) <= len(themes):
        path.append(names[above])
        above = themes[above].parent_id
    return tuple(reversed(path))


def _machine_codings(study: Study) -> tuple[list[CodingIn], list[UserIn]]:
    """What the model that classified the study last has assigned, by a user of its own."""
    model = study.predictions.classified_model()
    if model is None:
        return [], []
    user = UserIn(made_guid("machine", model.name), f"{MACHINE_USER}{model.name}")
    segments = dict(study.corpus.segments())
    learned = [
        (i, made_guid("code", theme))
        for i, (theme, state) in enumerate(zip(model.themes, model.states, strict=True))
        if state is ThemeState.LEARNED and theme in study.codebook
    ]
    found = []
    for prediction in study.predictions.of(model.name):
        segment = segments.get(prediction.segment_no)
        if segment is None:
            continue
        source = made_guid("source", segment.transcript_id)
        found += [
            CodingIn(source, code, user.user_id, segment.span)
            for i, code in learned
            if prediction.assigned[i]
        ]
    return found, [user]


def _write_project(study: Study, path: Path, *, machine: bool, cases_as_codes: bool) -> Exported:
    if not study.corpus.transcript_ids():
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    exported = study_project(study, path.stem, machine=machine)
    with atomic_write(path) as stream:
        write_qdpx(exported.project, stream, cases_as_codes=cases_as_codes)
    return exported


def _write_codebook(study: Study, path: Path) -> Exported:
    if not study.codebook.themes:
        raise StudyError("the codebook is empty", remedy="Fill in codebook.csv.")
    project = Project(name=path.stem, origin=f"ccgmine {__version__}", codes=tuple(_codes(study)))
    with atomic_write(path) as stream:
        write_qdc(project, stream)
    return Exported(project, 0, 0)
