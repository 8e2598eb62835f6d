"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyFolder = Annotated[
    Path | None,
    typer.Option("--study", help="Study folder; else CCGMINE_STUDY, else this folder."),
]
Coder = Annotated[
    list[str] | None,
    typer.Option("--coder", help="Reference coder, in place of study.toml; may be repeated."),
]
Embeddings = Annotated[
    Path | None,
    typer.Option(help="Folder of the model's sentence encoder; else as study.toml says."),
]
By = Annotated[
    list[str] | None,
    typer.Option(help="Group by this attribute; may be repeated; else as study.toml says."),
]
Mark = Annotated[
    bool,
    typer.Option("--bom", help="Begin piped CSV with the UTF-8 mark that Excel looks for."),
]
Format = Annotated[
    str | None,
    typer.Option("--format", help="table, csv, tsv, json, md or xlsx; else by file and terminal."),
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file instead.")]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="For machines: no UTF-8 mark, formula-like text left as it is."),
]
SmallHidden = Annotated[
    bool,
    typer.Option("--for-publication", help="Hide small cells: below 5 if no limit is set."),
]
SuppressBelow = Annotated[
    int | None,
    typer.Option(
        min=0, help="Hide cells that rest on fewer participants; else as study.toml says."
    ),
]
