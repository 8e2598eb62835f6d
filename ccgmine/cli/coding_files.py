"""Files of codings on the command line: what ``export`` writes and what ``import`` tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccgmine.cli.output import emit, fail, note, spare_study, warn, write_out

if TYPE_CHECKING:
    from ccgmine.exchange.run_codings import CodingOptions, TakenIn
    from ccgmine.report.sheet import Sheet
    from ccgmine.study import Study

SHEETS = ("codings", "segments")
TASKS = ("label-studio", "label-studio-config", "prodigy", "doccano")
EXPORTS = (*SHEETS, *TASKS, "spacy")
"""What ``ccgmine export WHAT`` writes beside projects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChoices:
    """What the command line says of an export; ``machine`` None where it says nothing."""

    machine: bool | None = None
    probabilities: bool = False
    coders: tuple[str, ...] = ()
    reference: bool = False
    themes: tuple[str, ...] = ()
    limit: int | None = None
    audit: int = 0
    seed: int = 0
    unread: bool = False
    hand_coded: bool = False
    answers_of: str = ""
    form: str | None = None
    output: Path | None = None
    raw: bool = False
    mark: bool = False


def export_what(study: Study, what: str, choices: ExportChoices) -> None:
    """Write codings, segments, tasks or docs, to a file or standard output.

    Raises:
        UsageError: If there is nothing of that name, or a DocBin is to go to a terminal.
    """
    from ccgmine.errors import UsageError

    if what in SHEETS:
        emit(
            [_sheet(study, what, choices)],
            form=choices.form,
            output=choices.output,
            raw=choices.raw,
            mark=choices.mark,
        )
    elif what in TASKS:
        from ccgmine.exchange.run_annotations import TaskOptions, answers_in_parts, export_tasks

        options = TaskOptions(
            themes=choices.themes,
            limit=choices.limit,
            audit=choices.audit,
            seed=choices.seed,
            machine=choices.machine is not False,
            unread=choices.unread,
            coder=choices.coders,
            answers_of=choices.answers_of,
        )
        _write(export_tasks(study, what, options).encode("utf-8"), choices.output)
        told = choices.answers_of and what != "label-studio-config"
        parts, left = answers_in_parts(study, options) if told else (0, 0)
        if parts or left:
            note(
                f"{parts} codings run over the bounds of segments and went out in parts; {left} "
                "label no segment and did not"
            )
    elif what == "spacy":
        from ccgmine.exchange.run_docbin import export_docbin

        if choices.output is None:
            raise UsageError("a DocBin needs a file", remedy="Name one with -o FILE.spacy.")
        content = export_docbin(
            study, themes=choices.themes, coder=choices.coders, read_only=choices.hand_coded
        )
        _write(content, choices.output)
    else:
        raise UsageError(
            f"'{what}' cannot be exported",
            remedy=f"Use {', '.join(EXPORTS)}, or name a .qdpx or .qdc to write.",
        )


def _sheet(study: Study, what: str, choices: ExportChoices) -> Sheet:
    if what == "segments":
        from ccgmine.exchange.run_tables import segments_sheet

        return segments_sheet(
            study,
            choices.coders,
            machine=bool(choices.machine),
            probabilities=choices.probabilities,
        )
    if choices.machine:
        from ccgmine.exchange.run_review import ReviewOptions, review_sheet

        return review_sheet(
            study,
            ReviewOptions(
                themes=choices.themes,
                limit=choices.limit,
                audit=choices.audit,
                seed=choices.seed,
                coder=choices.coders,
            ),
        )
    from ccgmine.exchange.run_tables import codings_sheet

    return codings_sheet(study, choices.coders, reference=choices.reference, themes=choices.themes)


def _write(content: bytes, output: Path | None) -> None:
    from ccgmine.files import atomic_write

    spare_study(output)
    if output is None:
        write_out(content.decode("utf-8"))
        return
    with atomic_write(output) as stream:
        stream.write(content)
    note(f"written: {output}")


def import_told(study: Study, path: Path, options: CodingOptions, *, alone: bool) -> None:
    """Take a file of codings in, and say what became of it.

    Args:
        study: An open study that may be written to.
        path: The file.
        options: How to take it in.
        alone: Whether it is the only file of the command: what it lacks may be in another.
    """
    from ccgmine.exchange.run_codings import import_coding_file

    _tell(path, import_coding_file(study, path, options), alone=alone)
    reference = study.settings.reference_coder
    if options.coder and reference and options.coder not in reference:
        note(
            f"{path.name}: codings of '{options.coder}' count in no figure: the reference coder is "
            f"{', then '.join(reference)}. To count them where these have not read, write "
            f"reference_coder = {[*reference, options.coder]} in study.toml."
        )


def _tell(path: Path, taken: TakenIn, *, alone: bool) -> None:
    report = taken.report
    if taken.compared is not None:
        for text in taken.compared.notes:
            note(f"{path.name}: {text}")
        if taken.compared.sheet is not None:
            emit([taken.compared.sheet], form=None, output=None)
        return
    for problem in report.problems:
        fail(problem)
    for coding in report.without_segment:
        warn(
            f"{path.name}: '{coding.theme_id}' by {coding.coder} in '{coding.transcript_id}' at "
            f"{coding.span.start}-{coding.span.end} labels no segment: it is hardly in a "
            "participant's words"
        )
    for text in taken.notes:
        note(f"{path.name}: {text}")
    if report.covered:
        note(f"{path.name}: {report.covered} transcripts or passages read in full")
    if report.coverage_only:
        return
    note(
        f"{path.name}: {report.rows} rows read: {report.added} codings added, {report.changed} "
        f"changed, {report.removed} removed, {report.unchanged} unchanged, "
        f"{len(report.problems)} rows skipped"
        + (f", {report.repeated} that repeat another row" if report.repeated else "")
    )
    if report.read_otherwise:
        note(
            f"{path.name}: {report.read_otherwise} quotes were found without the speaker labels or "
            "times in them, which are no part of the text"
        )
    if report.elsewhere:
        note(
            f"{path.name}: {report.elsewhere} of these are in the study already, from another "
            "file; what that file says stays in force until it is imported again"
        )
    if report.unread and alone:
        note(
            f"{path.name}: of {report.unread} coded transcripts it is not known whether they were "
            "read in full, so their uncoded talk says nothing: import a coverage table, or pass "
            "--read-in-full"
        )
