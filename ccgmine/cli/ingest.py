"""``ccgmine ingest``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ccgmine.cli.options import StudyFolder
from ccgmine.cli.output import ProgressBar, emit, fail, note
from ccgmine.domain import SourceKind

if TYPE_CHECKING:
    from ccgmine.ingest.run import IngestOptions, IngestReport
    from ccgmine.study import Study


def ingest(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Transcripts (.txt .md .docx .odt .rtf .pdf .vtt .srt), folders or zips of them, "
            "or tables."
        ),
    ] = None,
    participants: Annotated[
        Path | None,
        typer.Option(
            help="Table of participants: participant_id, site, respondent_type, …; or a "
            "classification sheet of NVivo."
        ),
    ] = None,
    interviewer: Annotated[
        list[str] | None,
        typer.Option(help="A further speaker label that is the interviewer's; may be repeated."),
    ] = None,
    wave: Annotated[str, typer.Option(help="Wave of interviews these files belong to.")] = "",
    kind: Annotated[
        SourceKind | None,
        typer.Option(help="What these files are; else told by what is in them."),
    ] = None,
    text_column: Annotated[str, typer.Option(help="Table: column with the texts.")] = "",
    id_column: Annotated[str, typer.Option(help="Table: column with each text's ID.")] = "",
    participant_column: Annotated[
        str, typer.Option(help="Table, or participants: column with the participant's ID.")
    ] = "",
    site_column: Annotated[
        str, typer.Option(help="Table, or participants: column with the site.")
    ] = "",
    type_column: Annotated[
        str, typer.Option(help="Table, or participants: column with the respondent type.")
    ] = "",
    themes_column: Annotated[
        str, typer.Option(help="Table: column with the themes given by hand.")
    ] = "",
    themes_separator: Annotated[
        str, typer.Option(help="Table: what stands between themes in a cell.")
    ] = ";",
    new_themes: Annotated[
        bool, typer.Option("--new-themes", help="Table: add unknown themes to the codebook.")
    ] = False,
    empty_means_none: Annotated[
        bool,
        typer.Option(
            "--empty-means-none",
            help="Table: an empty themes cell was read and carries none (else: not coded).",
        ),
    ] = False,
    coder: Annotated[str, typer.Option(help="Table: who gave the themes.")] = "hand",
    allow_similar: Annotated[
        bool,
        typer.Option(
            "--allow-similar",
            help="Accept sites or types whose names differ by a letter, and transcripts of one "
            "participant that are nearly the same.",
        ),
    ] = False,
    drop_unplaced: Annotated[
        bool,
        typer.Option(
            "--drop-unplaced",
            help="New version of a transcript: drop codings whose words are gone.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show who is taken for whom and by which rule; write nothing."
        ),
    ] = False,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            help="Change a limit against hostile files, as in text_mb=200; may be repeated."
        ),
    ] = None,
    study: StudyFolder = None,
) -> None:
    """Take transcripts, tables of short texts and participants into the study."""
    from ccgmine.errors import UsageError
    from ccgmine.ingest.comments import Columns, ThemeReading
    from ccgmine.ingest.limits import Limits
    from ccgmine.ingest.run import IngestOptions
    from ccgmine.ingest.run import ingest as run
    from ccgmine.limits import changed_limits
    from ccgmine.study import find_folder, open_study

    if not files and participants is None:
        raise UsageError(
            "nothing to ingest", remedy="Name files or a folder, or --participants FILE."
        )
    if not themes_separator:
        raise UsageError("the themes separator is empty", remedy="Give a character such as ';'.")
    options = IngestOptions(
        participants=participants,
        columns=Columns(
            text=text_column,
            row_id=id_column,
            participant=participant_column,
            site=site_column,
            respondent_type=type_column,
            themes=themes_column,
        ),
        themes=ThemeReading(
            separator=themes_separator, new_themes=new_themes, empty_means_none=empty_means_none
        ),
        coder=coder,
        interviewer_labels=tuple(interviewer or ()),
        wave=wave,
        kind=kind,
        allow_similar=allow_similar,
        drop_unplaced=drop_unplaced,
        limits=changed_limits(Limits(), limit or ()),
    )
    if dry_run:
        _show(find_folder(study), list(files or ()), options)
        return
    with open_study(find_folder(study), write=True) as opened, ProgressBar() as progress:
        result = run(opened, list(files or ()), options, progress)
        _tell(opened, result)
    if result.problems:
        raise typer.Exit(3)


def _show(folder: Path, files: list[Path], options: IngestOptions) -> None:
    from ccgmine.ingest.run_preview import preview
    from ccgmine.study import open_study

    with open_study(folder) as opened, ProgressBar() as progress:
        result = preview(opened, files, options, progress)
    for text in result.notes:
        note(f"note: {text}")
    for text in result.skipped:
        note(f"skipped: {text}")
    emit([result.sheet], form=None, output=None)
    for problem in result.problems:
        fail(problem)
    if result.problems:
        raise typer.Exit(3)


def _tell(study: Study, result: IngestReport) -> None:
    for change in result.participant_changes:
        note(f"changed: {change}")
    for text in result.notes:
        note(f"note: {text}")
    for text in result.skipped:
        note(f"skipped: {text}")
    counts = study.corpus.counts()
    note(
        f"read {result.files} files: {result.new} new transcripts, {result.changed} changed, "
        f"{result.unchanged} unchanged, {result.codings} codings read, {len(result.skipped)} "
        "skipped"
    )
    note(
        f"the study holds {counts.transcripts} transcripts, {counts.turns} turns, "
        f"{counts.segments} segments, {counts.participants} participants"
    )
    for problem in result.problems:
        fail(problem)
    if result.problems:
        note("nothing of a file with an error was taken in; mend it and run the same line again")
