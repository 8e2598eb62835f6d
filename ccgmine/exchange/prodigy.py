"""Prodigy: tasks for its ``choice`` interface out, its annotations in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    names_in,
    parse_lines,
    place,
    read_text,
    text_of,
    texts_of,
)


def prodigy_tasks(tasks: Sequence[Task], names: Mapping[str, str], offered: Sequence[str]) -> str:
    """A task a line: the options, the machine's themes ticked, the hand-coded passages as spans.

    What a coder has said is an answer: the themes of the spans that are the coder's are ticked.
    """
    options = [{"id": theme, "text": names[theme]} for theme in offered]
    lines = []
    for task in tasks:
        meta: dict[str, object] = dict(task.about)
        if task.machine:
            meta["score"] = round(max(p for _, p in task.machine), 4)
        record: dict[str, object] = {
            "text": task.text,
            "options": options,
            "accept": [theme for theme, _ in task.machine],
            "meta": meta,
        }
        if task.hand:
            record["spans"] = [
                {
                    "start": h.span.start,
                    "end": h.span.end,
                    "label": h.theme_id,
                    "source": h.coder,
                }
                for h in task.hand
            ]
        if task.said is not None:
            ticked = {mark.theme_id for mark in task.said.marks}
            record["accept"] = [theme for theme in offered if theme in ticked]
            record["answer"] = "accept"
            record["_annotator_id"] = task.said.coder
            meta["offered"] = list(task.said.covered)
        lines.append(as_json(record) + "\n")
    return "".join(lines)


def is_prodigy(record: Mapping[str, Any]) -> bool:
    """Whether an object is one that Prodigy writes."""
    if "text" not in record:
        return False
    # Tasks that nobody has answered yet have none of these marks, but look like nothing else.
    others = {"label", "labels", "cats", "categories", "entities", "theme"} & record.keys()
    task = isinstance(record.get("meta"), dict) or isinstance(record.get("options"), list)
    return (task and not others) or bool({"answer", "_task_hash", "_input_hash"} & record.keys())


def read_prodigy(path: Path) -> Answers:
    """The annotations of ``prodigy db-out``.

    A rejected label is a no. An option that was not ticked is a no too, if the task was
    accepted; of a task that was rejected as a whole or ignored nothing is known.

    Raises:
        InputError: If a line is no JSON object, or nobody has answered anything.
    """
    answers: list[Answer] = []
    problems: list[InputError] = []
    ignored = rejected = unanswered = 0
    for number, record in parse_lines(read_text(path), path):
        at = f"line {number}"
        answer = record.get("answer")
        if not isinstance(record.get("text"), str):
            problems.append(
                InputError("has no text", where=path, at=at, remedy="Export it again (db-out).")
            )
        elif answer == "ignore":
            ignored += 1
        elif answer not in ("accept", "reject"):
            unanswered += 1
        else:
            found = _answer(record, at, accepted=answer == "accept")
            rejected += found is None
            answers += [found] if found is not None else []
    if unanswered and not (answers or problems or ignored or rejected):
        raise InputError(
            f"none of its {unanswered} tasks has an answer",
            where=path,
            remedy="Annotate them in Prodigy, and import what `prodigy db-out` writes.",
        )
    notes = []
    if ignored:
        notes.append(f"{ignored} tasks were ignored by their annotators")
    if rejected:
        notes.append(f"{rejected} tasks were rejected as a whole, which says nothing of a theme")
    if unanswered:
        notes.append(f"{unanswered} tasks have no answer")
    return Answers("Prodigy", tuple(answers), tuple(notes), tuple(problems))


def _answer(record: dict[str, Any], at: str, *, accepted: bool) -> Answer | None:
    meta = mapping(record.get("meta"))
    options = record.get("options")
    spans = record.get("spans")
    label = text_of(record.get("label")).strip()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    read_for: tuple[str, ...] | None = None
    coder = text_of(record.get("_annotator_id")) or text_of(record.get("_session_id"))
    marked: tuple[SpanAnswer, ...] = ()
    if isinstance(options, list):
        if not accepted:
            return None
        ticked = names_in([record.get("accept")])
        # Spans beside options are what was shown; one's own, of a theme still ticked, one meant.
        shown = spans if isinstance(spans, list) else []
        marked = _marked([s for s in shown if coder and mapping(s).get("source") == coder], ticked)
        yes = tuple(theme for theme in ticked if theme not in {m.name for m in marked})
        offered = meta.get("offered", [mapping(o).get("id") for o in options])
        read_for = names_in(offered if isinstance(offered, list) else [])
    elif label:
        yes, no = ((label,), ()) if accepted else ((), (label,))
    elif not accepted:
        return None
    else:
        yes = names_in([record.get("accept")])
        marked = _marked(spans if isinstance(spans, list) else [])
    return Answer(
        at=at,
        clues=clues_of(text_of(record["text"]), meta),
        coder=coder.strip(),
        yes=yes,
        no=no,
        spans=marked,
        read_for=read_for,
        selection_probability=chance_of(meta),
    )


def _marked(
    spans: Sequence[object], wanted: Collection[str] | None = None
) -> tuple[SpanAnswer, ...]:
    """The spans, of wanted labels only."""
    return tuple(
        SpanAnswer(
            name=name,
            start=place(mapping(span).get("start")),
            end=place(mapping(span).get("end")),
            quote=text_of(mapping(span).get("text")),
        )
        for span in spans
        for name in texts_of(mapping(span).get("label"))
        if wanted is None or name in wanted
    )
