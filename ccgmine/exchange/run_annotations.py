"""Segments out to annotation tools, and what was annotated back as hand codings and coverage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccgmine.codebook import ThemeFinder
from ccgmine.coding.labels import HandLabel
from ccgmine.coding.run import (
    ImportReport,
    Parcel,
    hand_coding,
    refuse_bad_rows,
    source_name,
    store_codings,
)
from ccgmine.domain import Coding, Coverage, Segment, Span, unique
from ccgmine.errors import InputError, UsageError, shown
from ccgmine.exchange.annotated import (
    Answer,
    Answers,
    HandSpan,
    Said,
    Task,
    settle_span,
    theme_names,
)
from ccgmine.exchange.choosing import choose
from ccgmine.exchange.doccano import doccano_lines
from ccgmine.exchange.keys import passage_key
from ccgmine.exchange.label_studio import label_studio_config, label_studio_tasks
from ccgmine.exchange.passages import Passage, PassageFinder, same_words
from ccgmine.exchange.prodigy import prodigy_tasks
from ccgmine.exchange.run_shared import (
    Machine,
    People,
    hand_labels,
    machine_of,
    passage_finder,
    segments_of_study,
    themes_named,
    times_coded,
)
from ccgmine.study import Study

TOOLS = ("label-studio", "label-studio-config", "prodigy", "doccano")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOptions:
    """Which segments go out, and with what.

    Without ``limit`` and ``audit`` all segments go, those that the reference has read left out
    if ``unread``. With them: the segments of the most useful ``limit`` machine codings, and
    ``audit`` segments at random of the rest.
    """

    themes: tuple[str, ...] = ()
    limit: int | None = None
    audit: int = 0
    seed: int = 0
    machine: bool = True
    unread: bool = False
    coder: tuple[str, ...] = ()
    answers_of: str = ""
    """Whose codings go with the segments, as answers given already."""


def export_tasks(study: Study, tool: str, options: TaskOptions) -> str:
    """The file that a tool imports.

    Raises:
        UsageError: If the tool or a theme is not known.
        StudyError: If there are no segments.
    """
    if tool not in TOOLS:
        raise UsageError(f"the tool '{tool}' is not known", remedy=f"Use {', '.join(TOOLS)}.")
    wanted = themes_named(study, options.themes)
    offered = [theme.theme_id for theme in study.codebook.coded if theme.theme_id in wanted]
    names = theme_names(study.codebook)
    if tool == "label-studio-config":
        passages = bool(options.answers_of)
        return label_studio_config(study.codebook, names, offered, passages=passages)
    tasks = tasks_of(study, options)
    if tool == "label-studio":
        return label_studio_tasks(tasks, names, offered)
    return (
        prodigy_tasks(tasks, names, offered) if tool == "prodigy" else doccano_lines(tasks, names)
    )


def tasks_of(study: Study, options: TaskOptions) -> list[Task]:
    """The segments that go out.

    Raises:
        StudyError: If there are none, or the choice needs a model's word and nothing is classified.
    """
    segments = segments_of_study(study)
    wanted = themes_named(study, options.themes)
    machine = machine_of(study) if options.machine or options.limit is not None else None
    chances = _chosen(study, segments, wanted, machine, options)
    assigned: dict[int, tuple[tuple[str, float], ...]] = {}
    for word in machine.words if machine is not None and options.machine else ():
        assigned[word.segment_no] = tuple(
            (theme, p)
            for theme, p, yes in zip(
                machine.themes if machine else (), word.probabilities, word.assigned, strict=True
            )
            if yes and theme in wanted
        )
    hand: dict[str, list[Coding]] = defaultdict(list)
    for coding in study.codings.all():
        if coding.theme_id in wanted:
            hand[coding.transcript_id].append(coding)
    people = People(study.corpus.participants())
    by_number = dict(segments)
    labels = hand_coding(study, (options.answers_of,)).labels if options.answers_of else {}
    model = machine.model.name if machine is not None and options.machine else ""
    return [
        replace(
            _task(by_number[number], people, hand),
            model=model if number in assigned else "",
            machine=assigned.get(number, ()),
            said=_said(by_number[number], labels.get(number), hand, wanted, options.answers_of),
            selection_probability=chance,
        )
        for number, chance in chances.items()
    ]


def _chosen(
    study: Study,
    segments: Sequence[tuple[int, Segment]],
    wanted: frozenset[str],
    machine: Machine | None,
    options: TaskOptions,
) -> dict[int, float | None]:
    """Segments in the order they go out, with the probability of each if that is known."""
    by_chance = options.limit is not None or options.audit > 0
    labels = hand_labels(study, options.coder) if options.unread or by_chance else {}
    left = [
        number
        for number, _ in segments
        if number not in labels or not all(labels[number].is_read_for(t) for t in wanted)
    ]
    if not by_chance:
        return dict.fromkeys(left if options.unread else [n for n, _ in segments])
    found: dict[int, float | None] = {}
    if machine is not None and options.limit:
        for item in choose(machine.candidates(labels, wanted), times_coded(study)):
            if len(found) == options.limit:
                break
            found.setdefault(item.candidate.segment_no, 1.0)
    rest = [number for number in left if number not in found]
    n = min(options.audit, len(rest))
    if n:
        import random

        sample = random.Random(options.seed).sample(range(len(rest)), n)  # noqa: S311 - no secret
        for i in sorted(sample):
            found[rest[i]] = n / len(rest)
    return found


def answers_in_parts(study: Study, options: TaskOptions) -> tuple[int, int]:
    """How many codings go out in parts, since they run over segments, and how many not at all."""
    hand = hand_coding(study, (options.answers_of,))
    wanted = themes_named(study, options.themes)
    carrying: Counter[Coding] = Counter()
    own = [c for c in study.codings.all() if c.coder == options.answers_of and c.theme_id in wanted]
    by_transcript: dict[str, list[Coding]] = defaultdict(list)
    for coding in own:
        by_transcript[coding.transcript_id].append(coding)
    for number, segment in hand.segments:
        label = hand.labels.get(number)
        for coding in by_transcript[segment.transcript_id] if label is not None else ():
            inside = coding.span.overlap(segment.span)
            if label is not None and inside and coding.theme_id in label.themes:
                carrying[coding] += 1 if inside == len(coding.span) else 2
    return sum(1 for n in carrying.values() if n > 1), len(set(own)) - len(carrying)


def _said(
    segment: Segment,
    label: HandLabel | None,
    hand: Mapping[str, Sequence[Coding]],
    wanted: frozenset[str],
    coder: str,
) -> Said | None:
    """What the coder has said of the segment; None if nothing is known of that.

    Of a coding over several segments the part in a segment that does not carry the theme stays
    behind: by itself it would make the segment carry it.
    """
    if label is None:
        return None
    marks = tuple(
        mark
        for mark in _inside(segment, hand)
        if mark.coder == coder and mark.theme_id in label.themes
    )
    covered = wanted if label.covered_for is None else wanted & label.covered_for
    if not marks and not covered:
        return None
    return Said(coder=coder, covered=tuple(sorted(covered)), marks=marks)


def _inside(segment: Segment, hand: Mapping[str, Sequence[Coding]]) -> list[HandSpan]:
    """The codings as far as they are in the segment, counted from its start."""
    inside = []
    for coding in hand.get(segment.transcript_id, ()):
        if coding.span.overlap(segment.span):
            start = max(coding.span.start, segment.span.start) - segment.span.start
            end = min(coding.span.end, segment.span.end) - segment.span.start
            inside.append(
                HandSpan(coder=coding.coder, theme_id=coding.theme_id, span=Span(start, end))
            )
    return inside


def _task(segment: Segment, people: People, hand: Mapping[str, Sequence[Coding]]) -> Task:
    return Task(
        text=segment.text,
        segment=segment.name,
        transcript_id=segment.transcript_id,
        participant_id=segment.participant_id,
        attributes=people.attributes(segment.participant_id),
        start=segment.span.start,
        end=segment.span.end,
        key=passage_key(segment),
        hand=tuple(_inside(segment, hand)),
    )


# --- back in -----------------------------------------------------------------------------------


@dataclass
class AnnotationReport(ImportReport):
    """What an import of annotations changed."""

    tool: str = ""
    answers: int = 0
    moved: int = 0
    replaced: int = 0
    notes: list[str] = field(default_factory=list)


def import_annotations(
    study: Study,
    path: Path,
    reader: Callable[[Path], Answers],
    *,
    coder: str = "",
    read_in_full: bool = False,
    skip_bad: bool = False,
) -> AnnotationReport:
    """Take annotations in; what came from the same file and coders before is replaced.

    Args:
        study: An open study that may be written to.
        path: The tool's export.
        reader: Reads it.
        coder: Who annotated, where the file names nobody, or one person only.
        read_in_full: Every annotated text was read for all themes, whatever the file says.
        skip_bad: Go on without annotations that cannot be used.

    Raises:
        InputErrors: With every annotation that cannot be used; nothing is changed then.
    """
    found = reader(path)
    coders = unique(answer.coder for answer in found.answers)
    taking = _Taking(study, passage_finder(study), read_in_full=read_in_full)
    report = AnnotationReport(tool=found.tool, answers=len(found.answers))
    report.rows = len(found.answers) + len(found.problems)
    report.problems += found.problems
    report.notes += found.notes
    for answer in found.answers:
        name = coder if coder and len(coders) == 1 else answer.coder or coder
        if not name:
            raise InputError(
                "the file does not say who annotated", where=path, remedy="Pass --coder NAME."
            )
        try:
            taking.take(answer, name, report)
        except InputError as error:
            report.problems.append(
                InputError(error.message, where=path, at=answer.at, remedy=error.remedy)
            )
    refuse_bad_rows(report, skip_bad=skip_bad)
    if coder and len(coders) > 1:
        report.notes.append(
            f"the file names {len(coders)} annotators, who keep their names; --coder is for "
            "annotations without one"
        )
    store_codings(study, path, taking.parcels(source_name(study, path), coder, coders), report)
    return report


class _Taking:
    """Gathers what the answers say: the last word on a passage and theme counts."""

    def __init__(self, study: Study, passages: PassageFinder, *, read_in_full: bool) -> None:
        self._passages = passages
        self._finder = ThemeFinder(study.codebook)
        self._all = [t.theme_id for t in study.codebook.coded] if read_in_full else []
        self._said: dict[tuple[str, Passage, str], tuple[bool, float | None]] = {}
        self._spans: dict[Coding, None] = {}

    def take(self, answer: Answer, coder: str, report: AnnotationReport) -> None:
        """Settle one answer, all of it or nothing."""
        passage = self._passages.find(answer.clues)
        yes = [self._theme(name) for name in answer.yes]
        no = [self._theme(name) for name in answer.no]
        spans = self._settled(answer, passage, coder)
        marked = {c.theme_id for c in spans}
        # A theme that was offered but is not in the codebook any more is nothing to be read for.
        offered = [t for t in map(self._finder.find, answer.read_for or ()) if t is not None]
        no += [t for t in dict.fromkeys([*offered, *self._all]) if t not in yes and t not in no]
        report.moved += passage.moved
        chance = answer.selection_probability
        here = Passage(passage.transcript_id, passage.span)
        for theme, verdict in [*((t, True) for t in yes), *((t, False) for t in no)]:
            before = self._said.get((coder, here, theme))
            report.replaced += before is not None and before[0] != verdict
            self._said[coder, here, theme] = (verdict, chance)
        for theme in marked - set(yes):
            self._said.pop((coder, here, theme), None)
            if theme in offered or theme in self._all:
                self._said[coder, here, theme] = (False, chance)
        self._spans.update(dict.fromkeys(spans))

    def _theme(self, name: str) -> str:
        found = self._finder.find(name)
        if found is None:
            raise InputError(
                f"the theme {shown(name)} is not in the codebook",
                remedy=self._finder.nearest(name),
            )
        return found

    def _settled(self, answer: Answer, passage: Passage, coder: str) -> list[Coding]:
        words = self._passages.words(passage)
        text = answer.clues.text
        made = []
        for span in answer.spans:
            theme = self._theme(span.name)
            # Places count in the text as the tool had it; where the study's differs, words do.
            if text.strip() and text != words and same_words(text, words) and not span.quote:
                there = settle_span(text, span, utf16=answer.utf16)
                span = replace(span, quote=text[there.start : there.end])
            at = settle_span(words, span, utf16=answer.utf16)
            start = passage.span.start
            made.append(
                Coding(passage.transcript_id, Span(start + at.start, start + at.end), theme, coder)
            )
        return made

    def parcels(self, source: str, coder: str, coders: Sequence[str]) -> list[Parcel]:
        """What to store, by coder."""
        codings: dict[str, list[Coding]] = defaultdict(list)
        read: dict[tuple[str, Passage, float | None], set[str]] = defaultdict(set)
        for made in self._spans:
            codings[made.coder].append(made)
        for (name, passage, theme), (verdict, chance) in self._said.items():
            read[name, passage, chance].add(theme)
            if verdict:
                made = Coding(passage.transcript_id, passage.span, theme, name)
                codings[name].append(made)
        named = [name for name in coders if name]
        names = unique([*codings, *(name for name, _, _ in read), *([coder] if coder else named)])
        return [
            Parcel(
                source,
                [name],
                codings[name],
                [
                    Coverage(passage.transcript_id, name, frozenset(themes), passage.span, chance)
                    for (who, passage, chance), themes in read.items()
                    if who == name
                ],
            )
            for name in names
        ]
