"""Projects of other tools on the command line: options into values, a report into words."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from ccgmine.cli.output import ProgressBar, emit, note, warn

if TYPE_CHECKING:
    from ccgmine.exchange.project import Counts, Project
    from ccgmine.exchange.report import ProjectReport
    from ccgmine.study import Study

_WHAT = ("sources", "characters", "themes", "codings", "coders", "participants", "attributes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectChoices:
    """What the command line says of projects."""

    new_themes: bool = False
    coder: str = ""
    read_in_full: bool = False
    offsets: tuple[str, ...] = ()
    sources_folder: Path | None = None
    interviewer: tuple[str, ...] = ()
    site_attribute: str = ""
    type_attribute: str = ""
    allow_similar: bool = False
    notes: Path | None = None
    limits: tuple[str, ...] = ()


def import_project_file(
    study: Study, path: Path, choices: ProjectChoices, project: Project | None = None
) -> None:
    """Take a project in, and say what was in it and what became of that.

    Args:
        study: An open study that may be written to.
        path: The file.
        choices: How to take it in.
        project: What is in the file, where that is known already.
    """
    from ccgmine.exchange.limits import Limits
    from ccgmine.exchange.options import ReadOptions, read_offsets
    from ccgmine.exchange.people import AttributeNames
    from ccgmine.exchange.run_import import ImportOptions, import_project, read_project
    from ccgmine.files import atomic_write
    from ccgmine.limits import changed_limits

    options = ImportOptions(
        read=ReadOptions(
            limits=changed_limits(Limits(), choices.limits),
            offsets=read_offsets(choices.offsets),
            folder=choices.sources_folder,
        ),
        new_themes=choices.new_themes,
        coder=choices.coder,
        read_in_full=choices.read_in_full,
        attributes=AttributeNames(choices.site_attribute, choices.type_attribute),
        interviewer_labels=choices.interviewer,
        allow_similar=choices.allow_similar,
    )
    with ProgressBar() as progress:
        project = project or read_project(path, options.read)
        report = import_project(study, project, path, options, progress)
    if choices.notes is not None:
        with atomic_write(choices.notes) as stream:
            stream.write(_notes_table(project).encode("utf-8-sig", "replace"))
        note(f"{path.name}: {len(project.remarks)} notes and annotations: {choices.notes}")
    _tell(path, project, report)


def _notes_table(project: Project) -> str:
    """Notes, annotations and memos as CSV, apart from themes."""
    from ccgmine.report.sheet import safe_text

    names = {s.source_id: s.name for s in project.sources}
    users = {u.user_id: u.name for u in project.users}
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["kind", "source", "start", "end", "user", "text"])
    for remark in project.remarks:
        start, end = (remark.span.start, remark.span.end) if remark.span else ("", "")
        source, user = names.get(remark.source_id, ""), users.get(remark.user_id, "")
        cells = (remark.kind, source, start, end, user, remark.text)
        writer.writerow([safe_text(c) if isinstance(c, str) else c for c in cells])
    return buffer.getvalue()


def _tell(path: Path, project: Project, report: ProjectReport) -> None:
    name = path.name
    for text in report.positions:
        note(f"{name}: {text}")
    for text in report.notes:
        note(f"note: {name}: {text}")
    for text in report.conflicts:
        warn(f"{name}: {text}")
    for text in report.lost:
        warn(f"{name}: not kept: {text}")
    for coding in report.without_segment:
        warn(
            f"{name}: '{coding.theme_id}' by {coding.coder} in '{coding.transcript_id}' at "
            f"{coding.span.start}-{coding.span.end} labels no segment: it is hardly in a "
            "participant's words"
        )
    origin = f" of {report.origin}" if report.origin else ""
    kinds = [r.kind for r in project.remarks]
    if kinds:
        note(
            f"{name}: {len(kinds)} notes, memos and annotations are no themes; --notes FILE writes "
            "them to a table"
        )
    if not project.sources:
        note(f"{name}: a codebook{origin}: {report.new_themes} themes added")
        return
    print_counts(f"{name}: what is in it, and in the study", report.in_file, report.in_study)
    if not report.changed_anything:
        note(f"{name}: all of it is in the study already; nothing was changed")
        return
    note(
        f"{name}: a project{origin}: {report.new_transcripts} new transcripts, "
        f"{report.new_themes} new themes; codings: {report.added} added, {report.removed} removed, "
        f"{report.unchanged} unchanged"
    )
    if report.elsewhere:
        note(
            f"{name}: {report.elsewhere} of these are in the study already, from another file; "
            "what that file says stays in force until it is imported again"
        )


def print_counts(title: str, in_file: Counts, in_study: Counts) -> None:
    """The reconciliation table, to standard output."""
    from ccgmine.report.sheet import Sheet

    rows = tuple((what, getattr(in_file, what), getattr(in_study, what)) for what in _WHAT)
    emit(
        [Sheet(title, ("what", "in_file", "in_study"), rows)],
        form=None,
        output=None,
    )
