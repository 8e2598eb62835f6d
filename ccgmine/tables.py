"""Rows out of CSV, TSV, XLSX and JSON-lines files, as text, with the row numbers users see."""

from __future__ import annotations

import codecs
import csv
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import IO

from ccgmine.errors import InputError, shown
from ccgmine.files import check_readable, decode, encoding_of, machine_error, read_bytes
from ccgmine.workbooks import workbook_rows

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".jsonl", ".ndjson"})
MAX_CELL = 20_000_000
"""Characters of a cell, and of a line of a table that is read as it comes."""
# How workbooks write the first half of a line end as Windows has it.
_CARRIAGE_RETURN = re.compile(r"_x000D_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """Column names and the rows below them.

    ``rows`` yields (row number as the user's program shows it, cells in the order of
    ``columns``); it can be run through once.
    """

    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Sequence[str]]]
    where: Path | str

    def index(self, column: str) -> int:
        """Position of a column.

        Raises:
            InputError: If there is none of that name; the nearest is suggested.
        """
        if column in self.columns:
            return self.columns.index(column)
        near = difflib.get_close_matches(column, self.columns, n=1)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        raise InputError(
            f"there is no column '{column}'",
            where=self.where,
            remedy=f"{hint}{self.listed}",
        )

    @property
    def listed(self) -> str:
        """The columns as an error lists them; a first row of talk is not repeated."""
        if any(re.search(r"[.!:;](\s|$)|^\d+$", c) for c in self.columns):
            return "Its first row does not look like the names of columns."
        names = [c for c in self.columns if len(c) <= 40 and len(c.split()) <= 5]
        n_long = len(self.columns) - len(names)
        if n_long:
            names.append(f"and {n_long} with a long name")
        return f"The columns are: {', '.join(names)}."

    def find(self, *names: str) -> int | None:
        """Position of the first of ``names`` that is a column, upper and lower case alike."""
        folded = [c.casefold().replace(" ", "_") for c in self.columns]
        return next((folded.index(name) for name in names if name in folded), None)


def read_table(path: Path, separator: str = ";") -> Table:
    """Open a table file.

    Args:
        path: A .csv, .tsv, .xlsx, .jsonl or .ndjson file, or a .json that ccgmine wrote. The
            delimiter of a .csv may be a comma, semicolon or tab; its encoding UTF-8, UTF-16 or
            Windows-1252.
        separator: What a list in a .jsonl file is joined with to make one cell of it.

    Raises:
        InputError: If it is missing, empty, damaged or of another kind.
    """
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        rows = (
            (number, [_CARRIAGE_RETURN.sub("\r", _cell(value)) for value in cells])
            for number, cells in workbook_rows(path)
        )
        return _named(rows, path)
    if suffix not in TABLE_SUFFIXES | {".json"}:
        raise InputError(
            f"a table of kind '{path.suffix or path.name}' is not known",
            where=path,
            remedy="Save it as .csv, .tsv, .xlsx or .jsonl.",
        )
    text = decode(read_bytes(path), path)
    if suffix in {".jsonl", ".ndjson"}:
        return read_json_lines(text.split("\n"), path, separator)
    if suffix == ".json":
        return read_json_lines(_json_objects(text, path), path, separator)
    return read_delimited(StringIO(text, newline=""), path, "\t" if suffix == ".tsv" else "")


def read_delimited(lines: Iterable[str], where: Path | str, delimiter: str = "") -> Table:
    """Rows of delimited text; an empty ``delimiter`` is found from the header line."""
    csv.field_size_limit(MAX_CELL)
    iterator = iter(lines)
    first = next(iterator, "").removeprefix("\ufeff")
    # Excel writes, and hides, a first line that says what stands between the cells.
    said = re.fullmatch(r'"?sep=([^\s"]|\t)"?\s*', first, re.IGNORECASE)
    if said:
        delimiter, first = said.group(1), next(iterator, "")
    skipped = 0
    while first.strip() == "" and first:
        first = next(iterator, "")
        skipped += 1
    chosen = delimiter or delimiter_of(first)

    def chain() -> Iterator[str]:
        yield first
        yield from iterator

    reader = csv.reader(chain(), delimiter=chosen, strict=True)
    return _named(_numbered(reader, where, skipped + 1), where)


def read_json_lines(lines: Iterable[str], where: Path | str, separator: str = ";") -> Table:
    """Rows of JSON objects, one a line; the first object names the columns."""
    return _named(_json_rows(lines, where, separator), where)


def _json_objects(text: str, path: Path) -> Iterator[str]:
    """The rows of a table that ccgmine wrote as JSON, one a line."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    rows = content.get("rows") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise InputError(
            "this JSON holds no table as ccgmine writes them",
            where=path,
            remedy="Save the table as .csv, .tsv, .xlsx or .jsonl.",
        )
    return (json.dumps(row) for row in rows)


def _json_rows(
    lines: Iterable[str], where: Path | str, separator: str
) -> Iterator[tuple[int, Sequence[str]]]:
    columns: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(
                "this line is no JSON",
                where=where,
                at=f"line {number}",
                remedy="One object a line.",
            ) from error
        if not isinstance(record, dict):
            raise InputError(
                "this line is no JSON object",
                where=where,
                at=f"line {number}",
                remedy='Write one object a line, as in {"id": "1", "text": "…"}.',
            )
        if not columns:
            columns = [str(key) for key in record]
            yield 0, columns
        stray = [key for key in record if key not in columns]
        if stray:
            raise InputError(
                f"the key {shown(stray[0])} is not in the first object",
                where=where,
                at=f"line {number}",
                remedy="Give every line the same keys.",
            )
        cells = [_whole(_cell(record.get(key), separator)) for key in columns]
        if any("\0" in cell for cell in cells):
            raise InputError(
                "this line holds a NUL character, which is no text",
                where=where,
                at=f"line {number}",
                remedy="Take it out.",
            )
        yield number, cells


def _whole(text: str) -> str:
    """The text with half characters, as cut-off emoji leave them, as question marks in boxes."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def delimiter_of(text: str) -> str:
    """What stands between the cells: a comma, semicolon or tab, by the first line with words."""
    lines = text.lstrip().splitlines()
    first = lines[0] if lines else ""
    return max(",;\t", key=lambda mark: (_outside_quotes(first, mark), mark == ","))


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])


def _numbered(
    reader: Iterator[list[str]], where: Path | str, first: int
) -> Iterator[tuple[int, Sequence[str]]]:
    number = first - 1
    try:
        for number, cells in enumerate(reader, first):
            yield number, cells
    except csv.Error as error:
        raise InputError(
            f"the table is damaged ({error})",
            where=where,
            at=f"row {number + 1}",
            remedy="Look for a quotation mark that is never closed, or save it again as CSV.",
        ) from error


def _cell(value: object, separator: str = ";") -> str:
    """A cell as the text a person sees: 17.0 is 17, nothing is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return separator.join(_cell(item) for item in value)
    return str(value)


def _levels_numbered(columns: tuple[str, ...]) -> tuple[str, ...]:
    """QualCoder heads the column of every level of its categories ``Category``.

    >>> _levels_numbered(("Codename", "Category", "Category"))
    ('Codename', 'Category', 'Category 2')
    """
    level = "Category"
    before = (columns[:i].count(level) for i in range(len(columns)))
    return tuple(
        f"{name} {n + 1}" if name == level and n else name
        for name, n in zip(columns, before, strict=True)
    )


def _named(rows: Iterator[tuple[int, Sequence[str]]], where: Path | str) -> Table:
    header: Sequence[str] = ()
    for _, cells in rows:
        if any(cell.strip() for cell in cells):
            header = cells
            break
    columns = tuple(cell.strip() for cell in header)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if "Codename" in columns:
        columns = _levels_numbered(columns)
    if not columns:
        raise InputError(
            "the table is empty", where=where, remedy="Its first row must name the columns."
        )
    twice = sorted({c for c in columns if c and columns.count(c) > 1})
    if twice:
        raise InputError(
            f"two columns are called {shown(twice[0])}", where=where, remedy="Rename one of them."
        )
    return Table(columns, _full_rows(rows, len(columns), where), where)


def _full_rows(
    rows: Iterator[tuple[int, Sequence[str]]], width: int, where: Path | str
) -> Iterator[tuple[int, Sequence[str]]]:
    for number, cells in rows:
        n = len(cells)
        if n == width:
            # Spreadsheets leave rows of nothing but separators at the end.
            if cells[0].strip() or any(cell.strip() for cell in cells):
                yield number, cells
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if n > width and any(cell.strip() for cell in cells[width:]):
            raise InputError(
                f"has {n} cells under {width} column names",
                where=where,
                at=f"row {number}",
                remedy="Put text that holds the separator in quotation marks.",
            )
        yield number, (*cells[:width], *[""] * (width - n))


def stream_table(path: Path) -> Table:
    """Open a .csv or .tsv whose rows are read as they are needed, whatever the file's size.

    Raises:
        InputError: If it is missing, empty or no text.
    """
    encoding = stream_encoding(path)
    try:
        text = path.open(encoding=encoding, newline="")
    except OSError as error:
        raise machine_error(error, path) from error
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ""
    return read_delimited(no_binary(bounded_lines(text, path), path), path, delimiter)


def bounded_lines(stream: IO[str], where: Path | str) -> Iterator[str]:
    """The lines of a stream, none of which can fill the memory.

    Raises:
        InputError: If one is longer than any row of a table.
    """
    while line := stream.readline(MAX_CELL):
        if len(line) == MAX_CELL and line[-1] not in "\r\n":
            raise too_long(where)
        yield line


def too_long(where: Path | str) -> InputError:
    """The error for a line without an end."""
    return InputError(
        f"has a line of more than {MAX_CELL} characters, which is no row of a table",
        where=where,
        remedy="Save it as CSV, a row a line.",
    )


def stream_encoding(path: Path) -> str:
    """Encoding of a text file of any size.

    Raises:
        InputError: If it is missing or a folder.
    """
    check_readable(path)
    try:
        with path.open("rb") as stream:
            return _encoding_of_stream(stream)
    except OSError as error:
        raise machine_error(error, path) from error


def _encoding_of_stream(stream: IO[bytes]) -> str:
    """Encoding of a file of any size: its mark, or whether all of it is UTF-8."""
    first = stream.read(1 << 20)
    named = encoding_of(first[:4096])
    if named not in {"utf-8", "cp1252"}:
        return named
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = first
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = stream.read(1 << 20)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def no_binary(lines: Iterable[str], where: Path | str) -> Iterator[str]:
    """The lines, unless one of them shows that this is no text."""
    number = 0
    try:
        for number, line in enumerate(lines, 1):
            if "\0" in line:
                raise InputError(
                    "this is not a text file",
                    where=where,
                    at=f"line {number}",
                    remedy="Save the table as CSV UTF-8.",
                )
            yield line
    except UnicodeDecodeError as error:
        raise InputError(
            "the text is not UTF-8",
            where=where,
            at=f"after line {number}",
            remedy="Save the table as CSV UTF-8.",
        ) from error
