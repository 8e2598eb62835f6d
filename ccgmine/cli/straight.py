"""``ccgmine classify FILES``: tables and standard input straight through to CSV."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from ccgmine.chunks import Rest, row_pieces
from ccgmine.classify.stream import Answer, Layout, RowClassifier, classify_pieces, classify_rows
from ccgmine.errors import InputError
from ccgmine.files import machine_error
from ccgmine.tables import (
    MAX_CELL,
    Table,
    bounded_lines,
    delimiter_of,
    no_binary,
    read_delimited,
    read_table,
    stream_encoding,
    stream_table,
    too_long,
)

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Source:
    """What to classify: a file or standard input (``-``), and the columns that matter."""

    path: Path
    id_column: str
    text_column: str

    @property
    def where(self) -> Path | str:
        """What errors call it."""
        return "standard input" if str(self.path) == "-" else self.path

    def columns(self, table: Table) -> tuple[int | None, int]:
        """Positions of id and text; the id's is None where there is none."""
        text_at = table.index(self.text_column) if self.text_column else None
        if text_at is None:
            text_at = table.find("text", "comment")
        if text_at is None:
            raise InputError(
                "the column with the texts is not known",
                where=table.where,
                remedy=f"Name it with --text-column. {table.listed}",
            )
        id_at = table.index(self.id_column) if self.id_column else table.find("id", "comment_id")
        return id_at, text_at


def classify_source(
    source: Source, classifier: RowClassifier, folder: Path, jobs: int
) -> tuple[str, Iterator[tuple[bytes, int]]]:
    """Classify one file.

    Returns:
        Name of the id column, and encoded output with the number of its rows, piece by piece.
    """
    stream = _utf8_stream(source)
    if stream is None:
        table = _other_table(source)
        return _by_rows(source, table, classifier)
    # The first piece holds the header; what follows needs no names any more.
    first, delimiter = _first_piece(stream, source)
    text = _decoded(first, source)
    table = read_delimited(
        no_binary(io.StringIO(text, newline=""), source.where), source.where, delimiter
    )
    id_at, text_at = source.columns(table)
    if id_at is None:
        rest = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        lines = chain(io.StringIO(text, newline=""), bounded_lines(rest, source.where))
        whole = read_delimited(no_binary(lines, source.where), source.where, delimiter)
        return _by_rows(source, whole, classifier)
    layout = Layout(delimiter, len(table.columns), id_at, text_at)
    return table.columns[id_at], _by_pieces(
        source, first, table, stream, layout, classifier, folder, jobs
    )


def _utf8_stream(source: Source) -> IO[bytes] | None:
    """The bytes of delimited UTF-8 text, behind its mark; None for anything else."""
    if str(source.path) == "-":
        stream: IO[bytes] = sys.stdin.buffer
        start = stream.peek(3)[:3] if hasattr(stream, "peek") else b""
        if start == _MARK:
            stream.read(3)
        return stream
    if source.path.suffix.lower() not in {".csv", ".tsv"}:
        return None
    if stream_encoding(source.path) != "utf-8-sig":
        return None
    try:
        stream = source.path.open("rb")
        if stream.read(3) != _MARK:
            stream.seek(0)
    except OSError as error:
        raise machine_error(error, source.path) from error
    return stream


def _other_table(source: Source) -> Table:
    if source.path.suffix.lower() in {".csv", ".tsv"}:
        return stream_table(source.path)
    return read_table(source.path)


def _first_piece(stream: IO[bytes], source: Source) -> tuple[bytes, str]:
    """The first whole lines of a stream, and its delimiter."""
    lines: list[bytes] = []
    size = quotes = 0
    # A row may go on over lines; quotation marks come in pairs where it does not.
    while len(lines) < 50 or (quotes % 2 and size < 1 << 24):
        line = stream.readline(MAX_CELL)
        if not line:
            break
        if len(line) == MAX_CELL:
            raise too_long(source.where)
        lines.append(line)
        size += len(line)
        quotes += line.count(b'"')
    data = b"".join(lines)
    fallback = "\t" if source.path.suffix.lower() == ".tsv" else ""
    return data, fallback or delimiter_of(data.decode("utf-8", "replace"))


def _decoded(data: bytes, source: Source) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            "the text is not UTF-8",
            where=source.where,
            at=f"line {len(data[: error.start].splitlines())}",
            remedy="Save the table as CSV UTF-8.",
        ) from error


def _by_rows(
    source: Source, table: Table, classifier: RowClassifier
) -> tuple[str, Iterator[tuple[bytes, int]]]:
    id_at, text_at = source.columns(table)
    rows = (
        (str(number) if id_at is None else cells[id_at], cells[text_at])
        for number, cells in table.rows
    )
    name = "row" if id_at is None else table.columns[id_at]
    return name, classify_rows(classifier, rows)


def _by_pieces(
    source: Source,
    first: bytes,
    table: Table,
    stream: IO[bytes],
    layout: Layout,
    classifier: RowClassifier,
    folder: Path,
    jobs: int,
) -> Iterator[tuple[bytes, int]]:
    n_read = 1
    head: list[tuple[str, str]] = []
    for number, cells in table.rows:
        n_read = number
        head.append((cells[layout.id_at], cells[layout.text_at]))
    yield from classify_rows(classifier, head)
    left: list[Rest] = []

    def pieces() -> Iterator[bytes]:
        for piece in row_pieces(stream, layout.delimiter):
            if isinstance(piece, Rest):
                left.append(piece)
            else:
                yield piece

    for answer in classify_pieces(classifier, folder, pieces(), layout, jobs=jobs):
        if answer.wrong:
            raise _wrong(answer, n_read, source)
        n_read += answer.n_read
        yield answer.output, answer.n_classified
    for rest in left:
        # A header that stands for the real one lets the rest be read as a table of its own.
        names = layout.delimiter.join(f"c{i}" for i in range(layout.width)) + "\n"
        words = io.TextIOWrapper(rest.stream, encoding="utf-8", newline="")
        lines = chain([names], bounded_lines(words, source.where))
        whole = read_delimited(no_binary(lines, source.where), source.where, layout.delimiter)
        rows = ((cells[layout.id_at], cells[layout.text_at]) for _, cells in whole.rows)
        yield from classify_rows(classifier, rows)


def _wrong(answer: Answer, n_before: int, source: Source) -> InputError:
    return InputError(
        answer.wrong,
        where=source.where,
        at=f"row {n_before + answer.n_read}",
        remedy=answer.remedy,
    )
