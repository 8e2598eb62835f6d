"""``ccgmine import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccgmine.cli.options import StudyFolder


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Tables of codings, of coverage (what was read) or of decisions on the model's "
            "codings; annotations (.json, .jsonl); whole projects of other tools (.qdpx; "
            "QualCoder's .qda, Taguette's .sqlite3) and codebooks (.qdc, NVivo's and Taguette's "
            "tables)."
        ),
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
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="Table: which column is what, as in theme=Code; may be repeated."
        ),
    ] = None,
    separator: Annotated[
        str, typer.Option(help="Table: what stands between several themes in a cell.")
    ] = "",
    new_themes: Annotated[
        bool, typer.Option("--new-themes", help="Add unknown themes to the codebook.")
    ] = False,
    offsets: Annotated[
        list[str] | None,
        typer.Option(
            help="Project: what positions count, where that cannot be found out, as in "
            "utf16,crlf2,nomark; NAME=… for one source; may be repeated."
        ),
    ] = None,
    sources_folder: Annotated[
        Path | None,
        typer.Option(help="Project: folder in which texts outside the file may be looked up."),
    ] = None,
    interviewer: Annotated[
        list[str] | None,
        typer.Option(help="Project: a further label that is the interviewer's; may be repeated."),
    ] = None,
    site_attribute: Annotated[
        str, typer.Option(help="Project: the attribute that is the site (else: site).")
    ] = "",
    type_attribute: Annotated[
        str,
        typer.Option(help="Project: that of the respondent type (else: respondent_type, type)."),
    ] = "",
    allow_similar: Annotated[
        bool,
        typer.Option(
            "--allow-similar", help="Accept sites or types whose names differ by a letter."
        ),
    ] = False,
    notes: Annotated[
        Path | None,
        typer.Option(help="Project: write its notes and annotations to this CSV file."),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(help="Project: raise a limit against hostile files, as in text_mb=200."),
    ] = None,
    study: StudyFolder = None,
) -> None:
    """Import hand codings; what came from the same file and coder before is replaced."""
    from ccgmine.cli.coding_files import import_told
    from ccgmine.cli.projects import ProjectChoices, import_project_file
    from ccgmine.exchange.columns import read_map
    from ccgmine.exchange.readers import PROJECT_READERS
    from ccgmine.exchange.run_codebooks import read_codebook_export
    from ccgmine.exchange.run_codings import CodingOptions
    from ccgmine.study import find_folder, open_study

    choices = ProjectChoices(
        new_themes=new_themes,
        coder=coder,
        read_in_full=read_in_full,
        offsets=tuple(offsets or ()),
        sources_folder=sources_folder,
        interviewer=tuple(interviewer or ()),
        site_attribute=site_attribute,
        type_attribute=type_attribute,
        allow_similar=allow_similar,
        notes=notes,
        limits=tuple(limit or ()),
    )
    options = CodingOptions(
        coder=coder,
        read_in_full=read_in_full,
        skip_bad=skip_bad_rows,
        new_themes=new_themes,
        columns=read_map(columns or ()),
        separator=separator,
    )
    with open_study(find_folder(study), write=True) as opened:
        for path in files:
            codebook = None if options.columns else read_codebook_export(path)
            if codebook is not None or path.suffix.lower() in PROJECT_READERS:
                import_project_file(opened, path, choices, codebook)
                continue
            import_told(opened, path, options, alone=len(files) == 1)
