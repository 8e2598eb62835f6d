"""``ccgmine init`` and ``ccgmine check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccgmine.cli.options import StudyFolder
from ccgmine.cli.output import fail, note, write_out


def init(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of the new study; else this folder.")
    ] = None,
    codebook: Annotated[
        Path | None,
        typer.Option(help="Table of themes: theme, label, parent, definition, coded (yes or no)."),
    ] = None,
    coder: Annotated[
        str, typer.Option(help="Reference coder, where more than one person has coded.")
    ] = "",
    study: StudyFolder = None,
) -> None:
    """Make a new study: its settings, codebook and database in one folder."""
    from ccgmine.codebook import read_codebook
    from ccgmine.domain import Codebook
    from ccgmine.study import create_study, find_folder

    place = folder if folder is not None else find_folder(study)
    themes = read_codebook(codebook) if codebook is not None else Codebook()
    create_study(place, themes, reference_coder=coder)
    note(f"new study in {place.resolve()}: {len(themes)} themes, {len(themes.coded)} of them coded")


def check(study: StudyFolder = None) -> None:
    """Verify the study: every span, segment, coding, prediction and model file."""
    from ccgmine.checking import check_study
    from ccgmine.study import find_folder, open_study

    with open_study(find_folder(study)) as opened:
        checked, problems = check_study(opened)
    for problem in problems:
        fail(problem)
    if problems:
        raise typer.Exit(problems[0].exit_code)
    write_out("".join(f"ok  {line}\n" for line in checked))
