"""The way in for files of codings: whichever program they come from, one function takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from ccgmine.codebook import ThemeFinder, numbered
from ccgmine.coding.codings import CodingRow
from ccgmine.coding.run import ImportReport, import_codings, import_rows
from ccgmine.domain import Theme
from ccgmine.errors import InputError, UsageError
from ccgmine.exchange.annotated import Answers, mapping, parse, parse_lines, read_text
from ccgmine.exchange.columns import (
    CodeFinder,
    ForeignRow,
    mapped_rows,
    nothing_fits,
    path_of,
    preset_rows,
)
from ccgmine.exchange.decisions import is_decision_table
from ccgmine.exchange.doccano import is_doccano, is_doccano_table, is_fasttext, read_doccano
from ccgmine.exchange.label_studio import is_label_studio_table, read_label_studio
from ccgmine.exchange.matrix import is_matrix, read_matrix
from ccgmine.exchange.nvivo_report import is_nvivo_report, nvivo_rows
from ccgmine.exchange.own import MACHINE_USER
from ccgmine.exchange.prodigy import is_prodigy, read_prodigy
from ccgmine.exchange.readers import refuse_own_format
from ccgmine.exchange.run_annotations import import_annotations
from ccgmine.exchange.run_matrix import Compared, compare_matrix
from ccgmine.exchange.run_review import import_decisions
from ccgmine.exchange.run_texts import word_text
from ccgmine.exchange.themes import path_id
from ccgmine.files import decode, read_bytes
from ccgmine.ingest.classification import classification_sheet
from ccgmine.study import Study
from ccgmine.tables import TABLE_SUFFIXES, Table, read_delimited, read_table

SUFFIXES = TABLE_SUFFIXES | {".json", ".txt", ".docx"}
"""What `import_coding_file` takes; other kinds of files are projects or transcripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingOptions:
    """How to take a file of codings in.

    ``columns`` is what the user says of its columns (`ccgmine.exchange.columns.read_map`);
    ``separator`` stands between several themes of one cell; ``new_themes`` adds themes that the
    codebook lacks (an empty codebook always takes them).
    """

    coder: str = ""
    read_in_full: bool = False
    skip_bad: bool = False
    new_themes: bool = False
    separator: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass
class TakenIn:
    """What kind of file it was, what its import changed, and what else there is to say.

    ``compared`` is there for a file that holds counts only, of which nothing is imported.
    """

    kind: str
    report: ImportReport
    notes: list[str] = field(default_factory=list)
    compared: Compared | None = None


def import_coding_file(study: Study, path: Path, options: CodingOptions) -> TakenIn:
    """Take a file of codings, coverage, decisions or annotations in: all of it or nothing.

    Raises:
        InputError: If the file is of no kind that is known.
        InputErrors: With every row that cannot be used.
    """
    refuse_own_format(path)
    if options.columns:
        return _mapped(study, path, options)
    reader = _reader_of(path)
    if reader is not None:
        return _annotations(study, path, reader, options)
    if path.suffix.lower() in {".txt", ".docx"}:
        return _text(study, path, options)
    return _table(study, path, read_table(path), options)


def _mapped(study: Study, path: Path, options: CodingOptions) -> TakenIn:
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise UsageError("--map is for tables", remedy="Leave it out for this file.")
    table = read_table(path)
    rows = mapped_rows(table, options.columns, options.coder, options.separator)
    return _foreign(study, path, "columns as named", list(rows), options)


def _reader_of(path: Path) -> Callable[[Path], Answers] | None:
    """Who reads a file of annotations, by its first object; None for other files."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _reader_of_json(path)
    if suffix in {".jsonl", ".ndjson"}:
        record = next((r for _, r in parse_lines(read_text(path), path)), {})
        if is_prodigy(record):
            return read_prodigy
        if is_doccano(record) and "theme" not in record:
            return read_doccano
    return None


def _table(study: Study, path: Path, table: Table, options: CodingOptions) -> TakenIn:
    """A table, known by its columns."""
    if is_decision_table(table.columns):
        return _decisions(study, path, table, options)
    if table.find("machine_theme") is not None:
        # Without the decisions, what the model found would pass for hand codings.
        raise InputError(
            "holds codings of the model, but no column 'decision'",
            where=path,
            remedy="Give the column its name back, with what was decided in it.",
        )
    if is_label_studio_table(table.columns):
        return _annotations(study, path, read_label_studio, options)
    found = preset_rows(table, options.coder)
    if found is not None and not _is_own(table):
        return _foreign(study, path, found.name, list(found.rows), options, found.uncoded)
    if not _is_known(table):
        if is_doccano_table(table.columns):
            return _annotations(study, path, read_doccano, options)
        return _other_table(study, path, table, options)
    report = import_codings(
        study,
        path,
        coder=options.coder,
        read_in_full=options.read_in_full,
        skip_bad=options.skip_bad,
    )
    return TakenIn("coverage" if report.coverage_only else "codings", report)


def _reader_of_json(path: Path) -> Callable[[Path], Answers] | None:
    """Who reads this JSON: doccano exports lists of texts, Label Studio lists of tasks.

    None for a table that ccgmine wrote.
    """
    found = parse(read_text(path), path)
    content = mapping(found)
    if isinstance(content.get("columns"), list) and isinstance(content.get("rows"), list):
        return None
    first = found[0] if isinstance(found, list) and found else None
    is_task = isinstance(first, dict) and {"annotation_id", "annotator"} & first.keys()
    return read_doccano if is_doccano(first) and not is_task else read_label_studio


def _is_own(table: Table) -> bool:
    """Whether these are the columns of codings as ccgmine itself writes them."""
    return (
        table.find("theme") is not None and table.find("transcript", "participant_id") is not None
    )


def _is_known(table: Table) -> bool:
    """Whether `read_coding_table` takes these columns."""
    transcript = table.find("transcript", "transcript_id", "document", "file")
    person = table.find("participant_id", "participant")
    if table.find("theme", "theme_id", "code", "tag") is not None:
        return transcript is not None or person is not None
    if table.find("text", "label", "labels", "quote") is not None:
        return False  # words or codes under other names: to read it as coverage would lose them
    said = table.find("coder", "themes", "start", "end", "selection_probability")
    return transcript is not None and (said is not None or len(table.columns) == 1)


def _other_table(study: Study, path: Path, table: Table, options: CodingOptions) -> TakenIn:
    """What becomes of a table that holds no codings.

    Raises:
        InputError: If it cannot be used here.
    """
    rows = list(table.rows)
    if is_matrix(table, rows):
        compared = compare_matrix(study, read_matrix(table, rows), path, options.coder)
        return TakenIn("matrix", ImportReport(), compared=compared)
    if classification_sheet(table, rows) is not None:
        raise InputError(
            "this is a classification sheet of NVivo: it tells of participants, not of codings",
            where=path,
            remedy="Take it in with `ccgmine ingest --participants`.",
        )
    raise nothing_fits(table, path)


def _decisions(study: Study, path: Path, table: Table, options: CodingOptions) -> TakenIn:
    report = import_decisions(study, path, table, coder=options.coder, skip_bad=options.skip_bad)
    notes = [
        f"{report.yes} yes, {report.no} no, {report.other} another theme, {report.undecided} not "
        f"decided, of {report.rows} rows"
    ]
    if report.moved:
        notes.append(
            f"{report.moved} passages were found by their words: their transcript or its "
            "segments are others than when they were exported"
        )
    return TakenIn("decisions", report, notes + report.notes)


def _annotations(
    study: Study, path: Path, reader: Callable[[Path], Answers], options: CodingOptions
) -> TakenIn:
    report = import_annotations(
        study,
        path,
        reader,
        coder=options.coder,
        read_in_full=options.read_in_full,
        skip_bad=options.skip_bad,
    )
    notes = [f"{report.tool}: {report.answers} annotations read", *report.notes]
    if report.replaced:
        notes.append(
            f"{report.replaced} answers were given twice and differently; the later one counts"
        )
    if report.moved:
        notes.append(
            f"{report.moved} texts were found by their words: their transcript or its segments "
            "are others than when they were exported"
        )
    return TakenIn(report.tool, report, notes)


def _text(study: Study, path: Path, options: CodingOptions) -> TakenIn:
    raw = read_bytes(path)
    text = word_text(raw, path) if path.suffix.lower() == ".docx" else decode(raw, path)
    if path.suffix.lower() == ".txt" and is_fasttext(text):
        return _annotations(study, path, read_doccano, options)
    if not is_nvivo_report(text):
        if path.suffix.lower() == ".txt" and "\t" in text.split("\n", 1)[0]:
            table = read_delimited(StringIO(text, newline=""), path)
            return _other_table(study, path, table, options)
        raise InputError(
            "this is no coding report of NVivo",
            where=path,
            remedy="Transcripts are taken in with `ccgmine ingest`; codings are tables.",
        )
    rows = nvivo_rows(text, path.stem, options.coder, path)
    return _foreign(study, path, "NVivo coding report", rows, options)


def _foreign(
    study: Study,
    path: Path,
    kind: str,
    rows: Sequence[ForeignRow],
    options: CodingOptions,
    uncoded: str = "",
) -> TakenIn:
    """Codings of another program's table: its codes are found in the codebook by name or path.

    ``uncoded`` is what its rows without a code are called, if it may have such.
    """
    notes = [f"read as {kind}"]
    if uncoded:
        coded_rows = [row for row in rows if row.theme]
        if rows and not coded_rows:
            raise InputError(
                f"none of its {len(rows)} {uncoded} has a code",
                where=path,
                remedy="Export them with their codes.",
            )
        if len(coded_rows) < len(rows):
            notes.append(f"left out: {len(rows) - len(coded_rows)} {uncoded} without a code")
        rows = coded_rows
    finder = CodeFinder(study.codebook, ThemeFinder(study.codebook).find)
    n_all = len(rows)
    rows = [row for row in rows if not row.coder.startswith(MACHINE_USER)]
    ids = {row.theme: finder.find(row.theme) for row in rows if row.theme}
    missing = [name for name, theme_id in ids.items() if theme_id is None]
    new: list[Theme] = []
    if missing and (options.new_themes or not len(study.codebook)):
        new, made = _new_themes(study, missing)
        ids.update(made)
    coded = [
        CodingRow(
            row.row,
            row.participant_id,
            row.transcript,
            ids.get(row.theme) or row.theme,
            row.coder,
            row.quote,
            row.start,
            row.end,
        )
        for row in rows
    ]
    report = import_rows(
        study,
        path,
        coded,
        read_in_full=options.read_in_full,
        skip_bad=options.skip_bad,
        new_themes=new,
    )
    if len(rows) < n_all:
        notes.append(f"{n_all - len(rows)} codings of ccgmine's own model are no hand codings")
    if new:
        notes.append(f"{len(new)} themes added to the codebook")
    return TakenIn(kind, report, notes)


def _new_themes(study: Study, names: Sequence[str]) -> tuple[list[Theme], dict[str, str]]:
    """Themes for codes that the codebook lacks, their parents with them, and their ids by name."""
    finder = CodeFinder(study.codebook, ThemeFinder(study.codebook).find)
    taken = {theme.theme_id.casefold() for theme in study.codebook}
    made: dict[tuple[str, ...], Theme] = {}
    ids: dict[str, str] = {}
    paths = {name: path_of(name) or (name,) for name in names}
    wanted = {tuple(part.casefold() for part in path) for path in paths.values()}
    for name, path in paths.items():
        parent = ""
        for depth in range(1, len(path) + 1):
            above = path[:depth]
            folded = tuple(part.casefold() for part in above)
            if folded not in made:
                known = finder.find(" > ".join(above)) if depth < len(path) else None
                if known is not None:
                    parent = known
                    continue
                theme_id = numbered(path_id(above), taken)
                taken.add(theme_id.casefold())
                made[folded] = Theme(theme_id, above[-1], parent, coded=folded in wanted)
            parent = made[folded].theme_id
        ids[name] = parent
    return list(made.values()), ids
