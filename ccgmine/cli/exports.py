"""``ccgmine export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccgmine.cli.options import StudyFolder
from ccgmine.cli.output import note


def export(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files to write: PROJECT.qdpx for the whole study, CODEBOOK.qdc for its codebook."
        ),
    ],
    machine: Annotated[
        bool,
        typer.Option(
            "--machine/--no-machine",
            help="Write the model's codings beside the hand codings, by a user of its own.",
        ),
    ] = True,
    study: StudyFolder = None,
) -> None:
    """Write the study for other tools: NVivo, MAXQDA, ATLAS.ti, QualCoder … (REFI-QDA)."""
    from ccgmine.exchange.run_export import export_file
    from ccgmine.study import find_folder, open_study

    with open_study(find_folder(study)) as opened:
        for path in files:
            done = export_file(opened, path, machine=machine)
            counts = done.counts
            if not counts.sources:
                note(f"written: {path}: {counts.themes} themes")
                continue
            note(
                f"written: {path}: {counts.sources} sources, {counts.characters} characters, "
                f"{counts.themes} themes, {done.n_hand} hand and {done.n_machine} machine codings, "
                f"{counts.coders} users, {counts.participants} cases, {counts.attributes} "
                "attributes"
            )
