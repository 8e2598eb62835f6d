"""The way in: a project of another tool into a study, all of it or nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccgmine.codebook import suggestion
from ccgmine.coding.labels import label_segments
from ccgmine.coding.run import source_name
from ccgmine.domain import (
    Coding,
    Coverage,
    Participant,
    Span,
    unique,
)
from ccgmine.errors import CcgmineError, InputError, InputErrors, shown
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.own import MACHINE_USER
from ccgmine.exchange.people import AttributeNames
from ccgmine.exchange.project import CodingIn, Counts, OwnState, Project
from ccgmine.exchange.qualcoder import database_of
from ccgmine.exchange.readers import PROJECT_READERS, READER_VERSION
from ccgmine.exchange.report import ProjectReport
from ccgmine.exchange.run_settling import SettledText, Settlement, SettleOptions
from ccgmine.exchange.run_texts import (
    segments_of,
    word_text,
)
from ccgmine.exchange.themes import ThemePlan, plan_themes
from ccgmine.files import read_bytes, sha256
from ccgmine.fingerprint import fingerprint
from ccgmine.ingest.segmenting import SentenceSplitter, spacy_sentence_ends
from ccgmine.matching import QuoteFinder
from ccgmine.store.corpus import Source
from ccgmine.store.foreign import read_tables
from ccgmine.study import Study, now

Progress = Callable[[str, int, int], None]
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How to take a project in."""

    read: ReadOptions = field(default_factory=ReadOptions)
    new_themes: bool = False
    coder: str = ""
    read_in_full: bool = False
    attributes: AttributeNames = field(default_factory=AttributeNames)
    interviewer_labels: tuple[str, ...] = ()
    allow_similar: bool = False


def read_project(path: Path, options: ReadOptions) -> Project:
    """The project in a file, by its suffix.

    Raises:
        InputError: If no reader takes it, or its reader refuses.
    """
    reader = PROJECT_READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"files of kind '{path.suffix or path.name}' hold no project",
            where=path,
            remedy=f"Known kinds are {', '.join(sorted(PROJECT_READERS))}.",
        )
    tools = replace(options, docx=options.docx or word_text, tables=options.tables or read_tables)
    return reader(path, tools)


def import_file(
    study: Study, path: Path, options: ImportOptions, progress: Progress
) -> ProjectReport:
    """Read a project file and take it in; see `import_project`."""
    return import_project(study, read_project(path, options.read), path, options, progress)


def import_project(
    study: Study, project: Project, path: Path, options: ImportOptions, progress: Progress
) -> ProjectReport:
    """Take a project into a study; what came from the same file before is replaced.

    Args:
        study: An open study that may be written to.
        project: What a reader made of the file.
        path: The file, by whose name its codings are known.
        options: How to take it in.
        progress: Told what is being done.

    Raises:
        InputErrors: For every theme that is not in the codebook, unless they may be added.
    """
    path = database_of(path)
    report = ProjectReport(project.name, project.origin, project.in_file)
    report.lost += project.lost
    report.notes += project.notes
    plan = plan_themes(project, study.codebook)
    if plan.new and len(study.codebook) and not options.new_themes:
        plan = _only_known(study, project, plan, path, report)
    report.conflicts += plan.conflicts
    take = _Taking(study, project, path, options, report, plan)
    take.texts(progress)
    take.codings()
    take.store()
    return report


def _only_known(
    study: Study, project: Project, plan: ThemePlan, path: Path, report: ProjectReport
) -> ThemePlan:
    """The plan without new themes, if nothing is coded with them."""
    new = {theme.theme_id for theme in plan.new}
    used = {plan.ids[c.code_id] for c in project.codings if c.code_id in plan.ids}
    names = [name for t in study.codebook for name in (t.theme_id, t.label) if name]
    missing = [t for t in plan.new if t.theme_id in used or not project.sources]
    problems: list[CcgmineError] = [
        InputError(
            f"the theme {shown(theme.theme_id)} is not in the codebook",
            where=path,
            remedy=f"{suggestion(theme.theme_id, names)} Or pass --new-themes to add it.",
        )
        for theme in missing
    ]
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputErrors(
            problems,
            f"{len(problems)} themes are not in the codebook, so nothing was imported; pass "
            "--new-themes to add them",
        )
    report.notes.append(f"{len(new)} codes that nothing is coded with are not in the codebook")
    ids = {code: theme for code, theme in plan.ids.items() if theme not in new}
    return ThemePlan(ids, (), plan.conflicts)


class _Taking:
    """Takes one project into the study: everything is settled before anything is written."""

    def __init__(
        self,
        study: Study,
        project: Project,
        path: Path,
        options: ImportOptions,
        report: ProjectReport,
        plan: ThemePlan,
    ) -> None:
        self._study = study
        self._project = project
        self._path = path
        self._options = options
        self._report = report
        self._plan = plan
        self._own = project.own or OwnState()
        # Known by their names as well, where another program has written the project anew.
        self._machine_users = self._own.machine_users | {
            user.user_id for user in project.users if user.name.startswith(MACHINE_USER)
        }
        self._texts: Mapping[str, SettledText] = {}
        self._people: Mapping[str, Participant] = {}
        self._named: frozenset[str] = frozenset()
        self._wanted: dict[Coding, str] = {}
        self._coverage: list[Coverage] = []

    def texts(self, progress: Progress) -> None:
        """Settle which transcript each source is, and who speaks in it."""
        options = SettleOptions(
            attributes=self._options.attributes,
            interviewer_labels=self._options.interviewer_labels,
            allow_similar=self._options.allow_similar,
        )
        settled = Settlement(self._study, self._project, self._path, options, self._report)
        settled.settle(progress)
        self._texts, self._people = settled.texts, settled.changed
        self._named = frozenset(settled.people.named)

    # --- codings ---------------------------------------------------------------------------

    def codings(self) -> None:
        """Settle where each coding stands in the study and whose it is."""
        coders = self._coders()
        machine = labels = repeated = 0
        lost: dict[str, int] = defaultdict(int)
        for coding in self._project.codings:
            if coding.user_id in self._machine_users:
                machine += 1
                continue
            text = self._texts.get(coding.source_id)
            theme = self._plan.ids.get(coding.code_id)
            if text is None or theme is None:
                lost[coding.source_id] += 1
                continue
            span, left_out = self._place(coding, text)
            if span is None:
                lost[coding.source_id] += 1
                continue
            labels += left_out
            made = Coding(text.transcript.transcript_id, span, theme, coders[coding.user_id])
            repeated += made in self._wanted
            self._wanted.setdefault(made, _time(coding.at))
        self._report.repeated = repeated
        self._tell_codings(machine, labels, lost)
        self._take_coverage()

    def _tell_codings(self, machine: int, labels: int, lost: Mapping[str, int]) -> None:
        report = self._report
        names = {s.source_id: s.name for s in self._project.sources}
        for source_id, n in lost.items():
            if source_id in self._texts:
                name = names.get(source_id, "a source")
                report.lost.append(f"{name}: {n} codings of labels, times or headings alone")
        if machine:
            report.notes.append(f"{machine} codings of ccgmine's own model are no hand codings")
        if labels:
            report.notes.append(
                f"{labels} codings run over speaker labels or times, which are no part of the text"
            )
        if report.repeated:
            report.notes.append(f"{report.repeated} codings repeat another of the same coder")

    def _coders(self) -> dict[str, str]:
        """Coder by user; who is not named is ``--coder``, else the only user, else "hand"."""
        given = self._options.coder
        names = {user.user_id: user.name for user in self._project.users}
        users = unique(
            c.user_id for c in self._project.codings if c.user_id not in self._machine_users
        )
        if given and len(users) == 1:
            return {users[0]: given}
        alone = next(iter(names.values())) if len(names) == 1 else "hand"
        return {user: names.get(user, given or alone) for user in users}

    def _place(self, coding: CodingIn, text: SettledText) -> tuple[Span | None, bool]:
        """Where a coding stands in its transcript, and whether words are missing there."""
        length = len(text.transcript.text)
        if coding.span is None and coding.quote:
            text.quotes = text.quotes or QuoteFinder(text.transcript.text)
            found = text.quotes.find(coding.quote)
            return (found[0] if len(found) == 1 else None), False
        if coding.span is None:
            return (Span(0, length) if length else None), False
        if text.anchor is not None:
            anchored = text.anchor.find(coding.span)
            return (anchored.span, anchored.left_out) if anchored else (None, False)
        if text.mover is not None:
            return text.mover.find(coding.span), False
        inside = 0 <= coding.span.start < coding.span.end <= length
        return (coding.span if inside else None), False

    def _take_coverage(self) -> None:
        ids = {
            self._own.sources[source_id].transcript_id: text.transcript.transcript_id
            for source_id, text in self._texts.items()
            if source_id in self._own.sources
        }
        for cover in self._own.coverage:
            if cover.transcript_id in ids:
                self._coverage.append(replace(cover, transcript_id=ids[cover.transcript_id]))
        if self._options.read_in_full:
            pairs = unique_pairs(self._wanted)
            self._coverage += [Coverage(transcript_id, coder) for transcript_id, coder in pairs]
        self._coverage = list(dict.fromkeys(self._coverage))

    # --- writing ---------------------------------------------------------------------------

    def store(self) -> None:
        """Write what is new, in one transaction; nothing if nothing is."""
        study, report = self._study, self._report
        source = source_name(study, self._path)
        stored = study.codings.of_source(source)
        added, removed = self._wanted.keys() - stored, stored - self._wanted.keys()
        new = [text for text in self._texts.values() if text.new]
        coders = sorted({c.coder for c in self._wanted} | {c.coder for c in self._coverage})
        cover_changed = self._coverage_differs(source)
        report.added, report.removed = len(added), len(removed)
        report.unchanged = len(self._wanted) - len(added)
        report.new_transcripts, report.new_themes = len(new), len(self._plan.new)
        report.covered = len(self._coverage)
        if not (added or removed or new or self._people or self._plan.new or cover_changed):
            self._finish()
            return
        report.changed_anything = True
        fresh = added - set(study.codings.all())
        report.elsewhere = len(added) - len(fresh)
        if not stored:
            self._tell_of_namesakes(source, {coding.coder for coding in fresh})
        # A longer codebook does no harm if the run is killed here; an unknown theme would.
        study.add_themes(list(self._plan.new))
        with study.transaction():
            study.corpus.put_participants(self._people.values())
            self._put_transcripts(new)
            study.codings.remove(removed, source)
            by_time: dict[str, list[Coding]] = defaultdict(list)
            for coding in sorted(added):
                by_time[self._wanted[coding]].append(coding)
            for at, codings in sorted(by_time.items()):
                study.codings.add(codings, source, at or now())
            if cover_changed:
                study.codings.clear_coverage(source, coders)
                study.codings.add_coverage(self._coverage, source)
            digest = sha256(read_bytes(self._path))
            study.record("import", {"file": self._path.name, "sha256": digest})
        self._finish()

    def _tell_of_namesakes(self, source: str, here: Collection[str]) -> None:
        """Two people whose programs call both of them "default" would become one."""
        both = [c for c in self._study.codings.coders_of_other_sources(source) if c in here]
        if both:
            names = ", ".join(f"'{coder}'" for coder in both)
            self._report.notes.append(
                f"{names} coded in another file as well; if that is somebody else, rename one of "
                "them in the program they come from, or pass --coder with a file of one coder"
            )

    def _coverage_differs(self, source: str) -> bool:
        ids = {c.transcript_id for c in self._coverage}
        stored = {
            cover
            for transcript_id in ids
            for cover, origin in self._study.codings.coverage_sources(transcript_id)
            if origin == source
        }
        return not stored.issuperset(self._coverage)

    def _put_transcripts(self, new: Sequence[SettledText]) -> None:
        corpus = self._study.corpus
        if not new:
            return
        digest = sha256(read_bytes(self._path))
        sentences, words = self._sentences(), self._study.settings.max_words
        number = corpus.put_source(Source(self._path.name, "project", digest, READER_VERSION))
        for text in new:
            segments = segments_of(text.transcript, sentences, words)
            mark = fingerprint(text.transcript, segments)
            corpus.put_transcript(text.transcript, segments, number, mark)

    def _sentences(self) -> SentenceSplitter:
        settings = self._study.settings
        return spacy_sentence_ends(settings.language, settings.pipeline)

    def _finish(self) -> None:
        """Count what of the file is in the study now, and find codings that label nothing."""
        study, report = self._study, self._report
        ids = {text.transcript.transcript_id for text in self._texts.values()}
        speaking = {
            t.participant_id
            for text in self._texts.values()
            for t in text.transcript.turns
            if t.participant_id
        }
        people = {
            p.participant_id: p
            for p in study.corpus.participants()
            if p.participant_id in speaking | self._named
        }
        values = [
            v
            for p in people.values()
            for v in (p.site, p.respondent_type, *(value for _, value in p.attributes))
        ]
        report.in_study = Counts(
            sources=len(ids),
            characters=sum(len(text.transcript.text) for text in self._texts.values()),
            themes=len(set(self._plan.ids.values())),
            codings=len(self._wanted),
            coders=len({c.coder for c in self._wanted}),
            participants=len(people),
            attributes=sum(1 for value in values if value),
        )
        segments = [(n, s) for n, s in study.corpus.segments() if s.transcript_id in ids]
        coders = unique(c.coder for c in self._wanted)
        for coder in coders:
            own = [c for c in self._wanted if c.coder == coder]
            report.without_segment += label_segments(segments, own, [], [coder])[1]


def unique_pairs(codings: Mapping[Coding, str]) -> list[tuple[str, str]]:
    """Transcript and coder of the codings, each pair once."""
    return list(dict.fromkeys((c.transcript_id, c.coder) for c in codings))


def _time(text: str) -> str:
    """When a coding was made, as the store writes it; "" if the file does not say."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        return ""
    stem = text.strip().removesuffix("Z")
    return stem if match.group(1) not in (None, "Z") else f"{stem}+00:00"
