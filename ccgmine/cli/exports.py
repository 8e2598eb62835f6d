"""``ccgmine export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ccgmine.cli.options import Format, Mark, Output, Raw, StudyFolder
from ccgmine.cli.output import note

if TYPE_CHECKING:
    from ccgmine.study import Study


def export(
    what: Annotated[
        list[str],
        typer.Argument(
            help="codings, segments, label-studio, label-studio-config, prodigy, doccano or spacy; "
            "or files to write: PROJECT.qdpx (the whole study), CODEBOOK.qdc."
        ),
    ],
    machine: Annotated[
        bool | None,
        typer.Option(
            "--machine/--no-machine",
            help="Codings: those of the model, with a column to decide on each. Segments, tasks, "
            "project: with or without what the model says.",
        ),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Segments: a column of every theme.")
    ] = False,
    coder: Annotated[
        list[str] | None, typer.Option(help="Only this coder's codings; may be repeated.")
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Codings: the reference coder's only.")
    ] = False,
    theme: Annotated[
        list[str] | None,
        typer.Option(help="Only this theme and those below it; may be repeated."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many, the most useful first.")
    ] = None,
    audit: Annotated[
        int,
        typer.Option(min=0, help="So many more by chance, their selection probability recorded."),
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of what is chosen by chance.")] = 0,
    unread: Annotated[
        bool, typer.Option("--unread", help="Tasks: only what nobody has read.")
    ] = False,
    hand_coded: Annotated[
        bool, typer.Option("--hand-coded", help="spacy: only what was read in full.")
    ] = False,
    answers_of: Annotated[
        str,
        typer.Option(
            "--answers-of",
            metavar="CODER",
            help="Tasks: what this coder has said goes along as answers given already.",
        ),
    ] = "",
    cases_as_codes: Annotated[
        bool,
        typer.Option(
            "--cases-as-codes",
            help="Project: tie participants to their words by codes, too, as QualCoder needs it.",
        ),
    ] = False,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """Write codings, segments, tasks or the whole study for other tools."""
    from ccgmine.cli.coding_files import EXPORTS, ExportChoices, export_what
    from ccgmine.errors import UsageError
    from ccgmine.study import find_folder, open_study

    with open_study(find_folder(study)) as opened:
        if what[0] not in EXPORTS:
            if not Path(what[0]).suffix:
                raise UsageError(
                    f"'{what[0]}' cannot be exported",
                    remedy=f"Use {', '.join(EXPORTS)}, or name a .qdpx or .qdc to write.",
                )
            _export_projects(
                opened,
                [Path(name) for name in what],
                machine=machine is not False,
                cases_as_codes=cases_as_codes,
            )
            return
        if len(what) > 1:
            raise UsageError(
                f"'{what[0]}' is exported by itself", remedy="Name the file to write with -o."
            )
        choices = ExportChoices(
            machine=machine,
            probabilities=probabilities,
            coders=tuple(coder or ()),
            reference=reference,
            themes=tuple(theme or ()),
            limit=limit,
            audit=audit,
            seed=seed,
            unread=unread,
            hand_coded=hand_coded,
            answers_of=answers_of,
            form=form,
            output=output,
            raw=raw,
            mark=mark,
        )
        export_what(opened, what[0], choices)


def _export_projects(
    study: Study, paths: list[Path], *, machine: bool, cases_as_codes: bool
) -> None:
    from ccgmine.exchange.run_export import export_file

    for path in paths:
        done = export_file(study, path, machine=machine, cases_as_codes=cases_as_codes)
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
