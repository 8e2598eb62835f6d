"""``ccgmine export``."""

from __future__ import annotations

from collections.abc import Mapping
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
    from ccgmine.cli.coding_files import EXPORTS, TASKS, ExportChoices, export_what
    from ccgmine.errors import UsageError
    from ccgmine.study import find_folder, open_study

    given = {
        "--probabilities": probabilities,
        "--coder": bool(coder),
        "--reference": reference,
        "--theme": bool(theme),
        "--limit": limit is not None,
        "--audit": audit > 0,
        "--unread": unread,
        "--hand-coded": hand_coded,
        "--answers-of": bool(answers_of),
        "--cases-as-codes": cases_as_codes,
        "-o": output is not None,
    }
    with open_study(find_folder(study)) as opened:
        if what[0] not in EXPORTS:
            if not Path(what[0]).suffix:
                raise UsageError(
                    f"'{what[0]}' cannot be exported",
                    remedy=f"Use {', '.join(EXPORTS)}, or name a .qdpx or .qdc to write.",
                )
            _check_options("projects", given)
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
        check = "checks" if what[0] == "codings" and machine else what[0]
        _check_options("tasks" if what[0] in TASKS else check, given)
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


_NAMES = {
    "codings": "codings",
    "checks": "codings --machine",
    "segments": "segments",
    "tasks": "label-studio, prodigy and doccano",
    "spacy": "spacy",
    "projects": "projects",
}
_FOR = {
    "--probabilities": ("segments",),
    "--coder": ("codings", "checks", "segments", "tasks", "spacy"),
    "--reference": ("codings",),
    "--theme": ("codings", "checks", "tasks", "spacy"),
    "--limit": ("checks", "tasks"),
    "--audit": ("checks", "tasks"),
    "--unread": ("tasks",),
    "--hand-coded": ("spacy",),
    "--answers-of": ("tasks",),
    "--cases-as-codes": ("projects",),
    "-o": ("codings", "checks", "segments", "tasks", "spacy"),
}


def _check_options(kind: str, given: Mapping[str, bool]) -> None:
    """Refuse what this export has no use for: who asks for it expects something else."""
    from ccgmine.errors import UsageError

    for name, kinds in _FOR.items():
        if given[name] and kind not in kinds:
            raise UsageError(
                f"{name} has no effect on {_NAMES[kind]}",
                remedy=f"It is for {', '.join(_NAMES[k] for k in kinds)}; leave it out.",
            )


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
