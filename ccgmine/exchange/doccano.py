"""doccano: texts with labels, a JSON object a line, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ccgmine.errors import InputError
from ccgmine.exchange.annotated import (
    Answer,
    Answers,
    SpanAnswer,
    Task,
    as_json,
    chance_of,
    clues_of,
    mapping,
    parse,
    parse_lines,
    place,
    read_text,
    text_of,
    texts_of,
)
from ccgmine.tables import Table, read_table

LABELS = ("label", "labels", "cats", "categories")
SPANS = ("label", "labels", "entities", "spans")


def doccano_lines(tasks: Sequence[Task], names: Mapping[str, str]) -> str:
    """A text a line, with the passages that a coder has marked as labels, if any.

    doccano does not tell labels that were there before from those that a person gave; the
    machine's themes therefore stand beside the text (``suggested``), not in its labels.
    """
    lines = []
    for task in tasks:
        record: dict[str, object] = {"text": task.text, "label": [], **task.about}
        if task.said is not None:
            record["label"] = [
                [mark.span.start, mark.span.end, names[mark.theme_id]] for mark in task.said.marks
            ]
            record["annotator"] = task.said.coder
        if task.machine:
            record["suggested"] = [f"{names[theme]} ({p:.2f})" for theme, p in task.machine]
        lines.append(as_json(record) + "\n")
    return "".join(lines)


def is_doccano(record: object) -> bool:
    """Whether a JSON value is an object that doccano writes."""
    if not isinstance(record, dict):
        return False
    has_text = isinstance(record.get("text"), str) or isinstance(record.get("data"), str)
    return has_text and any(isinstance(record.get(k), list) for k in (*LABELS, *SPANS))


def is_doccano_table(columns: Sequence[str]) -> bool:
    """Whether these are the columns of doccano's CSV: ``id``, ``text`` or ``data``, ``label``."""
    names = {column.casefold() for column in columns}
    return bool(names & {"text", "data"}) and bool(names & set(LABELS))


def is_fasttext(text: str) -> bool:
    """Whether a text is labels and words, ``__label__A __label__B text``."""
    return text.lstrip("\ufeff \t\r\n").startswith(_FASTTEXT)


_FASTTEXT = "__label__"
_Records = Iterator[tuple[str, dict[str, Any]]]


def _records(path: Path) -> _Records:
    """Place and object of every text, whichever kind of file it is."""
    suffix = path.suffix.lower()
    if suffix in {".csv", ".tsv", ".xlsx"}:
        return _of_table(read_table(path))
    if suffix == ".txt":
        return _of_fasttext(read_text(path))
    if suffix == ".json":
        found = parse(read_text(path), path)
        listed = found if isinstance(found, list) else [found]
        return ((f"text {i}", mapping(record)) for i, record in enumerate(listed, 1))
    return ((f"line {number}", record) for number, record in parse_lines(read_text(path), path))


def _of_table(table: Table) -> _Records:
    """Rows of a CSV; several labels of a text stand in one cell, ``A#B``."""
    columns = [column.casefold() for column in table.columns]
    for number, cells in table.rows:
        record: dict[str, Any] = dict(zip(columns, cells, strict=True))
        for name in LABELS:
            if name in record:
                labels = [label.strip() for label in record[name].split("#")]
                record[name] = [label for label in labels if label]
        yield f"row {number}", record


def _of_fasttext(text: str) -> _Records:
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        labels: list[str] = []
        while words.startswith(_FASTTEXT):
            label, _, words = words.partition(" ")
            labels.append(label.removeprefix(_FASTTEXT))
            words = words.lstrip()
        if words or labels:
            yield f"line {number}", {"text": words, "label": labels}


def read_doccano(path: Path) -> Answers:
    """The labels of an export; a text without any may not have been looked at, and says nothing.

    Args:
        path: JSON lines, a JSON list, a table with labels in one column, or fastText's lines.

    Raises:
        InputError: If a line is no JSON object, or the table damaged.
    """
    answers: list[Answer] = []
    problems: list[InputError] = []
    empty = 0
    for at, record in _records(path):
        text = record.get("text", record.get("data"))
        if not isinstance(text, str):
            problems.append(
                InputError("has no text", where=path, at=at, remedy="Export it again as JSONL.")
            )
            continue
        yes: list[str] = []
        spans: list[SpanAnswer] = []
        bad = False
        for item in _items(record):
            if isinstance(item, list | dict):
                span = _span(item)
                bad = bad or span is None
                spans += [span] if span is not None else []
            else:
                yes += texts_of(item)
        if bad:
            problems.append(
                InputError(
                    "holds a label that is none",
                    where=path,
                    at=at,
                    remedy='A label is a name or [start, end, "name"].',
                )
            )
        if not yes and not spans:
            empty += not bad
            continue
        about = {**_meta(record), **record}
        coder = text_of(record.get("annotator")) or text_of(record.get("username"))
        answers.append(
            Answer(
                at=at,
                clues=clues_of(text_of(text), about),
                coder=coder.strip(),
                yes=tuple(dict.fromkeys(yes)),
                spans=tuple(dict.fromkeys(spans)),
                selection_probability=chance_of(about),
            )
        )
    notes = [f"{empty} texts have no label, read or not"] if empty else []
    return Answers("doccano", tuple(answers), tuple(notes), tuple(problems))


def _items(record: Mapping[str, Any]) -> list[Any]:
    return [
        item
        for name in dict.fromkeys((*LABELS, *SPANS))
        if isinstance(record.get(name), list)
        for item in record[name]
    ]


def _span(item: list[Any] | dict[str, Any]) -> SpanAnswer | None:
    """``[start, end, name]``, or the object that projects with relations are exported with."""
    if isinstance(item, dict):
        start, end, name = item.get("start_offset"), item.get("end_offset"), item.get("label")
    elif len(item) == 3:
        start, end, name = item
    else:
        return None
    if place(start) < 0 or place(end) < 0 or not text_of(name).strip():
        return None
    return SpanAnswer(name=text_of(name).strip(), start=place(start), end=place(end))


def _meta(record: Mapping[str, Any]) -> dict[str, Any]:
    """What was imported beside the text: at the top, or in ``meta``, an object or its JSON."""
    meta = record.get("meta", record.get("metadata"))
    if isinstance(meta, str):
        try:
            meta = parse(meta, Path("meta"))
        except InputError:
            return {}
    return mapping(meta)
