"""Label Studio: tasks with predictions out, exported annotations in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from ccgmine.domain import Codebook
from ccgmine.errors import InputError
from ccgmine.exchange.annotated import (
    Answer,
    Answers,
    Said,
    SpanAnswer,
    Task,
    as_json,
    chance_of,
    clues_of,
    mapping,
    offered_by,
    parse,
    place,
    read_text,
    text_of,
    texts_of,
    utf16_units,
)
from ccgmine.tables import read_table

_NOT_DATA = frozenset(
    ["id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"]
)


def label_studio_tasks(
    tasks: Sequence[Task], names: Mapping[str, str], offered: Sequence[str]
) -> str:
    """Tasks as Label Studio imports them; the machine's themes are predictions, never annotations.

    What a coder has said is an annotation, its passages marked; such a task offers, for the way
    back, only the themes that the coder has read it for.

    Args:
        tasks: The segments.
        names: The choice that stands for each theme.
        offered: The themes that are offered; each task tells them, so that a choice left empty
            can be read as a no when the annotations come back.
    """
    made = []
    for task in tasks:
        choices = [names[theme] for theme, _ in task.machine]
        read_for = offered if task.said is None else task.said.covered
        entry: dict[str, object] = {
            "data": {
                "text": task.text,
                **task.about,
                "offered": [names[theme] for theme in read_for],
            }
        }
        if task.said is not None:
            entry["annotations"] = [_annotation(task, task.said, names)]
        if task.model:
            result = {
                "from_name": "theme",
                "to_name": "text",
                "type": "choices",
                "value": {"choices": choices},
            }
            score = max((p for _, p in task.machine), default=0.0)
            entry["predictions"] = [
                {
                    "model_version": task.model,
                    "score": round(score, 4),
                    "result": [result] if choices else [],
                }
            ]
        made.append(entry)
    return as_json(made, indent=1) + "\n"


def _annotation(task: Task, said: Said, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "completed_by": {"email": said.coder},
        "result": [
            {
                "from_name": "passage",
                "to_name": "text",
                "type": "labels",
                "value": {
                    "start": utf16_units(task.text, mark.span.start),
                    "end": utf16_units(task.text, mark.span.end),
                    "text": task.text[mark.span.start : mark.span.end],
                    "labels": [names[mark.theme_id]],
                },
            }
            for mark in said.marks
        ],
    }


def label_studio_config(
    codebook: Codebook, names: Mapping[str, str], themes: Sequence[str], *, passages: bool = False
) -> str:
    """The labelling interface that these tasks need, for a project's settings.

    ``passages``: whether passages can be marked as well, as in tasks with answers.
    """
    book = {theme.theme_id: theme for theme in codebook}
    choices = []
    for theme_id in themes:
        definition = " ".join(book[theme_id].definition.split())
        hint = f" hint={quoteattr(definition)}" if definition else ""
        choices.append(f"    <Choice value={quoteattr(names[theme_id])}{hint}/>\n")
    labels = "".join(f"    <Label value={quoteattr(names[t])}/>\n" for t in themes)
    marking = f'  <Labels name="passage" toName="text">\n{labels}  </Labels>\n' if passages else ""
    return (
        f'<View>\n{marking}  <Text name="text" value="$text"/>\n'
        '  <Choices name="theme" toName="text" choice="multiple" showInline="false">\n'
        + "".join(choices)
        + "  </Choices>\n</View>\n"
    )


def is_label_studio_table(columns: Sequence[str]) -> bool:
    """Whether these are the columns of Label Studio's CSV: its data, and who annotated it."""
    return {"annotation_id", "annotator"} <= set(columns)


def read_label_studio(path: Path) -> Answers:
    """The annotations of an export (JSON, JSON-MIN, CSV or TSV).

    Raises:
        InputError: If it is none of them.
    """
    reading = _Reading(path)
    if path.suffix.lower() != ".json":
        table = read_table(path)
        for number, cells in table.rows:
            record = {name: _value(c) for name, c in zip(table.columns, cells, strict=True)}
            reading.minimal(record, f"row {number}")
        return reading.answers()
    raw = parse(read_text(path), path)
    tasks = [raw] if isinstance(raw, dict) else raw
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise InputError(
            "this is not what Label Studio exports",
            where=path,
            remedy="Export the project as JSON: a list of tasks.",
        )
    for number, task in enumerate(tasks, 1):
        at = f"task {number}"
        if isinstance(task.get("data"), dict):
            reading.full(task, at)
        elif _text_in(task):
            reading.minimal(task, at)
        else:
            reading.problem(
                at, "has neither 'data' nor 'text'", "Export it again as JSON or JSON-MIN."
            )
    return reading.answers()


def _value(cell: str) -> object:
    """A cell of its CSV: several choices, and passages, are JSON."""
    if cell.startswith(("{", "[")):
        try:
            return parse(cell, Path("cell"))
        except InputError:
            return cell
    return cell


def _text_in(data: Mapping[str, Any]) -> str:
    """The text that was annotated; where it has another name, the longest of the task's texts."""
    if isinstance(data.get("text"), str):
        return text_of(data["text"])
    texts = [v for k, v in data.items() if isinstance(v, str) and k not in _NOT_DATA]
    return text_of(max(texts, key=len, default=""))


def _answers_in(task: Mapping[str, Any]) -> list[object]:
    """What was answered in a task of JSON-MIN: it stands under the names of the tags, in the data.

    Lists of choices and passages are known by what they are, a single choice by the usual name.
    """
    found: list[object] = [
        value
        for name, value in task.items()
        if name not in _NOT_DATA
        and (
            (isinstance(value, dict) and "choices" in value)
            or (
                isinstance(value, list)
                and value
                and all(isinstance(v, dict) and {"start", "end"} <= v.keys() for v in value)
            )
        )
    ]
    single = next((task[k] for k in ("theme", "themes", "choices", "choice") if task.get(k)), None)
    if single is not None and single not in found:
        found.append(single)
    if found:
        return found
    # Label Studio writes the answers between the task's number and its annotator.
    names = list(task)
    if "id" in names and "annotator" in names:
        between = names[names.index("id") + 1 : names.index("annotator")]
        values = [task[name] for name in between if name not in _NOT_DATA and task[name]]
        return values if len(values) == 1 else []
    return []


class _Reading:
    """Gathers the answers of an export."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._answers: list[Answer] = []
        self._problems: list[InputError] = []
        self._cancelled = self._bare = self._other = 0

    def problem(self, at: str, message: str, remedy: str) -> None:
        self._problems.append(InputError(message, where=self._path, at=at, remedy=remedy))

    def full(self, task: dict[str, Any], at: str) -> None:
        """A task with its annotations; older versions call them completions."""
        data = mapping(task.get("data"))
        given = task.get("annotations", task.get("completions"))
        annotations = given if isinstance(given, list) else []
        self._bare += not annotations
        text = _text_in(data)
        for annotation in annotations:
            if not isinstance(annotation, dict):
                self.problem(at, "holds an annotation that is none", "Export it again.")
                continue
            if annotation.get("was_cancelled") is True:
                self._cancelled += 1
                continue
            yes: list[str] = []
            spans: list[SpanAnswer] = []
            results = annotation.get("result")
            for result in results if isinstance(results, list) else []:
                self._result(mapping(result), yes, spans)
            self._answers.append(
                Answer(
                    at=at,
                    clues=clues_of(text, data),
                    coder=_annotator(annotation.get("completed_by")),
                    yes=tuple(dict.fromkeys(yes)),
                    spans=tuple(spans),
                    read_for=offered_by(data),
                    utf16=True,
                    selection_probability=chance_of(data),
                )
            )

    def _result(self, result: dict[str, Any], yes: list[str], spans: list[SpanAnswer]) -> None:
        value = mapping(result.get("value"))
        marked = _labels(value)
        if result.get("type") == "choices":
            yes += texts_of(value.get("choices"))
        elif result.get("type") == "taxonomy":
            paths = value.get("taxonomy")
            # Of a path only the last name was chosen; those above it say where it stands.
            for path in paths if isinstance(paths, list) else []:
                yes += texts_of(path)[-1:]
        elif marked:
            spans += _marked(value, marked)
        else:
            self._other += 1

    def minimal(self, task: dict[str, Any], at: str) -> None:
        """A task of JSON-MIN or a row of CSV: its data, and answers under names of their own."""
        found = _answers_in(task)
        if not found:
            self._bare += 1
            return
        yes: list[str] = []
        spans: list[SpanAnswer] = []
        for value in found:
            if isinstance(value, list) and value and isinstance(value[0], dict):
                for item in value:
                    self._result({"value": item}, yes, spans)
            else:
                yes += texts_of(value.get("choices") if isinstance(value, dict) else value)
        about = {k: v for k, v in task.items() if k not in _NOT_DATA}
        self._answers.append(
            Answer(
                at=at,
                clues=clues_of(_text_in(task), about),
                coder=_annotator(task.get("annotator")),
                yes=tuple(dict.fromkeys(yes)),
                spans=tuple(spans),
                read_for=offered_by(about),
                utf16=True,
                selection_probability=chance_of(about),
            )
        )

    def answers(self) -> Answers:
        """Everything, with what was left out."""
        notes = []
        if self._cancelled:
            notes.append(f"{self._cancelled} annotations were skipped by their annotators")
        if self._bare:
            notes.append(f"{self._bare} tasks have no annotation")
        if self._other:
            notes.append(f"{self._other} results are neither choices nor labels and were left out")
        return Answers("Label Studio", tuple(self._answers), tuple(notes), tuple(self._problems))


def _labels(value: Mapping[str, Any]) -> list[str]:
    return texts_of(value.get("labels")) or texts_of(value.get("hypertextlabels"))


def _marked(value: Mapping[str, Any], labels: Sequence[str]) -> list[SpanAnswer]:
    start, end = place(value.get("start")), place(value.get("end"))
    quote = text_of(value.get("text"))
    return [SpanAnswer(name=name, start=start, end=end, quote=quote) for name in labels]


def _annotator(value: object) -> str:
    """Who annotated: Label Studio gives a number, or an object with a name or e-mail address."""
    if isinstance(value, dict):
        full = " ".join(texts_of([value.get("first_name"), value.get("last_name")]))
        value = full or value.get("username") or value.get("email") or value.get("id")
    name = text_of(value).strip()
    return f"annotator {name}" if name.isdecimal() else name
