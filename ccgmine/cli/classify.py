"""``ccgmine classify``: the study's segments, or any table straight through."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Annotated

import typer

from ccgmine.cli.options import Format, Output, Raw, StudyFolder
from ccgmine.cli.output import emit, note
from ccgmine.tables import Table

_CHUNK_ROWS = 2000


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
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    study: StudyFolder = None,
) -> None:
    """Classify the study's segments, or tables and standard input straight to CSV."""
    from ccgmine.classify.run import DEFAULT_MODEL, classify_study
    from ccgmine.study import find_folder, open_study

    if files:
        _classify_tables(
            files,
            model=model,
            id_column=id_column,
            text_column=text_column,
            separator=themes_separator,
            scores=scores,
            form=form,
            output=output,
            raw=raw,
            study=study,
        )
        return
    from ccgmine.cli.output import chosen_format
    from ccgmine.report.sheet import Sheet

    chosen_format(form, output)
    with open_study(find_folder(study), write=True) as opened:
        counts = classify_study(opened, model or DEFAULT_MODEL)
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
    form: str | None,
    output: Path | None,
    raw: bool,
    study: Path | None,
) -> None:
    from ccgmine.classify.run import DEFAULT_MODEL, open_model
    from ccgmine.classify.stream import classify_rows, header
    from ccgmine.errors import UsageError
    from ccgmine.files import atomic_write
    from ccgmine.study import MODELS_FOLDER, find_folder

    if form not in (None, "csv", "tsv"):
        raise UsageError(
            f"texts are classified to csv or tsv, not to {form}", remedy="Leave --format out."
        )
    tsv = form == "tsv" or (form is None and output is not None and output.suffix == ".tsv")
    bundle = open_model(find_folder(study) / MODELS_FOLDER, model or DEFAULT_MODEL)
    source = _Texts(files, id_column, text_column)
    lines = classify_rows(bundle, source.rows(), scores=scores, separator=separator)
    head = header(bundle, source.id_name(), scores=scores)
    delimiter = "\t" if tsv else ","
    if output is None:
        sys.stdout.flush()
        stream = getattr(sys.stdout, "buffer", None) or _Plain(sys.stdout)
        n = _write(stream, head, lines, delimiter=delimiter, raw=raw)
        stream.flush()
    else:
        with atomic_write(output) as stream:
            if not raw:
                stream.write(b"\xef\xbb\xbf")
            n = _write(stream, head, lines, delimiter=delimiter, raw=raw)
    note(f"{n} texts classified with the model '{bundle.name}'")


class _Plain:
    """A text stream that takes bytes, where standard output has no byte stream below it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        return self._stream.write(data.decode("utf-8"))

    def flush(self) -> None:
        self._stream.flush()


def _write(
    stream: IO[bytes] | _Plain,
    head: list[str],
    lines: Iterable[list[str]],
    *,
    delimiter: str,
    raw: bool,
) -> int:
    """Write rows as they come; returns how many."""
    from ccgmine.report.sheet import safe_text

    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(head)
    n = 0
    for n, line in enumerate(lines, 1):
        if not raw:
            line[:3] = [safe_text(cell) for cell in line[:3]]
        writer.writerow(line)
        if n % _CHUNK_ROWS == 0:
            stream.write(buffer.getvalue().encode("utf-8", "replace"))
            buffer.seek(0)
            buffer.truncate()
    stream.write(buffer.getvalue().encode("utf-8", "replace"))
    return n


class _Texts:
    """(id, text) pairs of one or more tables."""

    def __init__(self, files: list[Path], id_column: str, text_column: str) -> None:
        self._tables = [_open(path) for path in files]
        self._text = text_column
        self._id = id_column
        self._places = [self._columns(table) for table in self._tables]

    def id_name(self) -> str:
        """Name of the id column in the output."""
        at, _ = self._places[0]
        return "row" if at is None else self._tables[0].columns[at]

    def rows(self) -> Iterator[tuple[str, str]]:
        """All rows, table after table."""
        for table, (id_at, text_at) in zip(self._tables, self._places, strict=True):
            for number, cells in table.rows:
                yield (str(number) if id_at is None else cells[id_at]), cells[text_at]

    def _columns(self, table: Table) -> tuple[int | None, int]:
        from ccgmine.errors import InputError

        text_at = table.index(self._text) if self._text else table.find("text", "comment")
        if text_at is None:
            raise InputError(
                "the column with the texts is not known",
                where=table.where,
                remedy=f"Name it with --text-column. The columns are: {', '.join(table.columns)}.",
            )
        id_at = table.index(self._id) if self._id else table.find("id", "comment_id")
        return id_at, text_at


def _open(path: Path) -> Table:
    from ccgmine.tables import no_binary, read_delimited, read_table, stream_table

    if str(path) == "-":
        stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        return read_delimited(no_binary(stream, "standard input"), "standard input")
    if path.suffix.lower() in {".csv", ".tsv"}:
        return stream_table(path)
    return read_table(path)
