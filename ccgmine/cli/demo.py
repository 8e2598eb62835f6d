"""``ccgmine demo``: the whole job on the sample corpus, command by command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from ccgmine.cli import classify, imports, ingest, report, study, train
from ccgmine.cli.output import note

CODER = "coder1"
MATERIAL = ("transcripts", "participants.csv", "codebook.csv", "codings.csv", "coverage.csv")


def demo(
    folder: Annotated[Path, typer.Argument(help="Folder for the demo study.")] = Path(
        "ccgmine-demo"
    ),
) -> None:
    """Do the whole job on the sample corpus: ingest, import, train, classify, report."""
    from ccgmine.study import DATABASE_FILE

    fresh = not (folder / DATABASE_FILE).exists()
    if not fresh:
        _refuse_other_study(folder)
    corpus = _copy_material(folder)
    table = folder / "prevalence.csv"
    transcripts, participants = corpus / "transcripts", corpus / "participants.csv"
    codings, coverage = corpus / "codings.csv", corpus / "coverage.csv"
    if fresh:
        _show("init", folder, "--codebook", corpus / "codebook.csv", "--coder", CODER)
        study.init(folder, codebook=corpus / "codebook.csv", coder=CODER)
    _show("ingest", transcripts, "--participants", participants, "--study", folder)
    ingest.ingest([transcripts], participants=participants, study=folder)
    _show("import", codings, coverage, "--study", folder)
    imports.import_([codings, coverage], study=folder)
    _show("train", "--study", folder)
    train.train(study=folder, form="table")
    _show("classify", "--study", folder)
    classify.classify(study=folder, form="table")
    _show("report", "participants", "--study", folder)
    report.participants(study=folder, form="table")
    _show("report", "-o", table, "--study", folder)
    report.prevalence(study=folder, output=table)
    _show("report", "--study", folder)
    report.prevalence(study=folder, form="table")
    sys.stdout.write(f"The table as CSV, for a spreadsheet: {table}\n")
    sys.stdout.write(
        f"The passages behind a figure: ccgmine report quotes --theme pct_comparison --limit 5 "
        f"--study {folder}\n"
    )


def _show(*words: object) -> None:
    line = " ".join(f'"{w}"' if " " in str(w) else str(w) for w in words)
    sys.stdout.write(f"\n$ ccgmine {line}\n")
    sys.stdout.flush()


def _refuse_other_study(folder: Path) -> None:
    """The demo may run again in its own folder, but never touches another study."""
    from ccgmine.errors import StudyError
    from ccgmine.shipped import shipped
    from ccgmine.study import open_study

    own = {path.stem for path in (shipped("sample_corpus") / "transcripts").iterdir()}
    with open_study(folder) as opened:
        if set(opened.corpus.transcript_ids()) - own:
            raise StudyError(
                "holds a study of your own",
                where=folder,
                remedy="Name another folder: ccgmine demo FOLDER.",
            )
    note(f"going on with the demo in {folder}")


def _copy_material(folder: Path) -> Path:
    """Put the sample corpus into the study folder, where it can be looked at."""
    from ccgmine.files import machine_error
    from ccgmine.shipped import shipped

    source, target = shipped("sample_corpus"), folder / "sample_corpus"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in MATERIAL:
            if (source / name).is_dir():
                shutil.copytree(source / name, target / name, dirs_exist_ok=True)
            else:
                shutil.copyfile(source / name, target / name)
    except OSError as error:
        raise machine_error(error, target) from error
    return target
