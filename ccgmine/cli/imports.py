"""``ccgmine import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccgmine.cli.options import StudyFolder
from ccgmine.cli.output import fail, note, warn


def import_(
    files: Annotated[
        list[Path], typer.Argument(help="Tables of codings, or of coverage (what was read).")
    ],
    coder: Annotated[str, typer.Option(help="Who coded, where the table has no column.")] = "",
    read_in_full: Annotated[
        bool,
        typer.Option(
            "--read-in-full",
            help="Every transcript coded here was read in full: uncoded talk carries no theme.",
        ),
    ] = False,
    skip_bad_rows: Annotated[
        bool,
        typer.Option("--skip-bad-rows", help="Go on without rows that cannot be used."),
    ] = False,
    study: StudyFolder = None,
) -> None:
    """Import hand codings; what came from the same file and coder before is replaced."""
    from ccgmine.coding.run import import_codings
    from ccgmine.study import find_folder, open_study

    with open_study(find_folder(study), write=True) as opened:
        for path in files:
            result = import_codings(
                opened, path, coder=coder, read_in_full=read_in_full, skip_bad=skip_bad_rows
            )
            for problem in result.problems:
                fail(problem)
            for coding in result.without_segment:
                warn(
                    f"{path.name}: '{coding.theme_id}' by {coding.coder} in "
                    f"'{coding.transcript_id}' at {coding.span.start}-{coding.span.end} labels no "
                    "segment: it is hardly in a participant's words"
                )
            if result.covered:
                note(f"{path.name}: {result.covered} transcripts or passages read in full")
            if result.coverage_only:
                continue
            note(
                f"{path.name}: {result.rows} rows read: {result.added} codings added, "
                f"{result.changed} changed, {result.removed} removed, {result.unchanged} "
                f"unchanged, {len(result.problems)} rows skipped"
                + (f", {result.repeated} that repeat another row" if result.repeated else "")
            )
            if result.elsewhere:
                note(
                    f"{path.name}: {result.elsewhere} of these are in the study already, from "
                    "another file; what that file says stays in force until it is imported again"
                )
            if result.unread and len(files) == 1:
                note(
                    f"{path.name}: of {result.unread} coded transcripts it is not known whether "
                    "they were read in full, so their uncoded talk says nothing: import a coverage "
                    "table, or pass --read-in-full"
                )
