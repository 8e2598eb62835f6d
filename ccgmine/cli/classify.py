"""``ccgmine classify``: the study's segments, or any table straight through."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from ccgmine.cli.options import Embeddings, Format, Output, Raw, StudyFolder
from ccgmine.cli.output import ProgressBar, emit, note, spare_study

if TYPE_CHECKING:
    from ccgmine.classify.stream import RowClassifier
    from ccgmine.cli.straight import Source


def classify(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Tables of texts, or - for standard input; none: the study."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model of the study, shipped model, or folder.")
    ] = None,
    id_column: Annotated[str, typer.Option(help="Column with each text's ID.")] = "",
    text_column: Annotated[str, typer.Option(help="Column with the texts.")] = "",
    themes_separator: Annotated[
        str, typer.Option(help="What stands between themes in a cell.")
    ] = ";",
    scores: Annotated[
        bool, typer.Option("--scores", help="Also every theme's calibrated probability.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Tables: processes to use.")] = 1,
    embeddings: Embeddings = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    study: StudyFolder = None,
) -> None:
    """Classify the study's segments, or tables and standard input straight to CSV."""
    if files:
        _classify_tables(
            files,
            model=model,
            id_column=id_column,
            text_column=text_column,
            separator=themes_separator,
            scores=scores,
            jobs=jobs,
            embeddings=embeddings,
            form=form,
            output=output,
            raw=raw,
            study=study,
        )
        return
    # Not before: tables go straight through, and start sooner without what a study needs.
    from ccgmine.classify.run_prediction import DEFAULT_MODEL, classify_study
    from ccgmine.cli.output import chosen_format
    from ccgmine.errors import UsageError
    from ccgmine.prevalence.run import keep_tally
    from ccgmine.report.sheet import Sheet
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    if embeddings is not None:
        raise UsageError("--embeddings is for tables", remedy="Set embeddings in study.toml.")
    with open_study(find_folder(study), write=True) as opened, ProgressBar() as progress:
        counts = classify_study(opened, model or DEFAULT_MODEL, progress)
        progress("estimating", 0, 1)
        keep_tally(opened)
    rows = tuple((c.theme_id, c.label, str(c.state), c.segments, c.participants) for c in counts)
    notes = (
        "Machine counts over the segments of participants the model was not trained on; they are "
        "no estimate of prevalence.",
    )
    columns = ("theme", "label", "state", "segments", "participants")
    sheet = Sheet("machine counts", columns, rows, notes)
    short = Sheet("Machine counts", columns[1:], tuple(row[1:] for row in rows), notes)
    emit([sheet], form=form, output=output, raw=raw, pages=lambda: [short])


def _classify_tables(
    files: list[Path],
    *,
    model: str | None,
    id_column: str,
    text_column: str,
    separator: str,
    scores: bool,
    jobs: int,
    embeddings: Path | None,
    form: str | None,
    output: Path | None,
    raw: bool,
    study: Path | None,
) -> None:
    from ccgmine.classify.bundle import load_bundle
    from ccgmine.classify.run_prediction import DEFAULT_MODEL, model_folder, settle_model
    from ccgmine.classify.stream import RowClassifier, StreamOptions
    from ccgmine.cli.straight import Source
    from ccgmine.errors import UsageError
    from ccgmine.files import atomic_write
    from ccgmine.report.sheet import FORMULA_STARTS, safe_text
    from ccgmine.study import MODELS_FOLDER, find_folder

    if form not in (None, "csv", "tsv"):
        raise UsageError(
            f"texts are classified to csv or tsv, not to {form}", remedy="Leave --format out."
        )
    if (
        output is not None
        and form is None
        and output.suffix.lower() not in {".csv", ".tsv", ".txt"}
    ):
        raise UsageError(
            f"texts are classified to csv or tsv, not to '{output.suffix}'",
            remedy="Name a file that ends in .csv; a spreadsheet program opens it.",
        )
    spare_study(output)
    if output is not None and any(_same_file(output, path) for path in files):
        raise UsageError(
            "the result would take the place of a file that is to be read",
            where=output,
            remedy="Name another file with -o.",
        )
    tsv = form == "tsv" or (form is None and output is not None and output.suffix == ".tsv")
    settle_model(find_folder(study), model or DEFAULT_MODEL)
    folder = model_folder(find_folder(study) / MODELS_FOLDER, model or DEFAULT_MODEL)
    bundle = load_bundle(folder)
    if embeddings is None and bundle.model.second is not None:
        from ccgmine.classify.run_embedding import configured_folder

        embeddings = configured_folder(find_folder(study))
    options = StreamOptions(
        scores=scores,
        separator=separator,
        delimiter="\t" if tsv else ",",
        tidy=str if raw else safe_text,
        tidy_starts=() if raw else FORMULA_STARTS,
        embeddings=embeddings,
    )
    classifier = RowClassifier(bundle, options)
    sources = (Source(path, id_column, text_column) for path in files)
    # Closed whatever happens: the processes of --jobs end with it.
    with contextlib.closing(_parts(sources, classifier, folder, jobs)) as parts:
        if output is None:
            sys.stdout.flush()
            n = _write(sys.stdout.buffer, parts)
        else:
            with atomic_write(output) as stream:
                stream.write(b"" if raw else b"\xef\xbb\xbf")
                n = _write(stream, parts)
    note(f"{n} texts classified with the model '{classifier.bundle.name}'")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False


def _parts(
    sources: Iterable[Source], classifier: RowClassifier, folder: Path, jobs: int
) -> Generator[tuple[bytes, int]]:
    """The header, and then the output of every source."""
    from ccgmine.cli.straight import classify_source

    for number, source in enumerate(sources):
        id_name, parts = classify_source(source, classifier, folder, jobs)
        first = next(parts, (b"", 0))  # before the header: an error leaves nothing behind
        if number == 0:
            yield classifier.header(id_name), 0
        yield first
        yield from parts


def _write(stream: IO[bytes], parts: Iterable[tuple[bytes, int]]) -> int:
    """Write output as it comes; returns how many rows it holds."""
    total = 0
    for data, n in parts:
        stream.write(data)
        total += n
    stream.flush()
    return total
