"""doccano: texts with labels, a JSON object a line, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

LABELS = ("label", "labels", "cats", "categories")
SPANS = ("label", "labels", "entities", "spans")


def doccano_lines(tasks: Sequence[Task], names: Mapping[str, str]) -> str:
    """A text a line, without labels.

    doccano does not tell labels that were there before from those that a person gave; the
    machine's themes therefore stand beside the text (``suggested``), not in its labels.
    """
    lines = []
    for task in tasks:
        record: dict[str, object] = {"text": task.text, "label": [], **task.about}
        if task.machine:
            record["suggested"] = [f"{names[theme]} ({p:.2f})" for theme, p in task.machine]
        lines.append(as_json(record) + "\n")
    return "".join(lines)


def is_doccano(record: Mapping[str, Any]) -> bool:
    """Whether an object is one that doccano writes."""
    has_text = "text" in record or "data" in record
    return has_text and any(isinstance(record.get(k), list) for k in (*LABELS, *SPANS))


def read_doccano(path: Path) -> Answers:
    """The labels of an export; a text without any may not have been looked at, and says nothing.

    Raises:
        InputError: If a line is no JSON object.
    """
    answers: list[Answer] = []
    problems: list[InputError] = []
    empty = 0
    for number, record in parse_lines(read_text(path), path):
        at = f"line {number}"
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
