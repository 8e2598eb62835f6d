"""What REFI-QDA has no place for, as a note in the project that ccgmine reads back.

Theme ids, turns and their speakers, coverage: other programs show it as one note and leave it
alone. All of it is checked when it comes back, since anybody may have written it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ccgmine.domain import Coverage, Role, SourceKind, Span, Turn
from ccgmine.exchange.project import OwnSource, OwnState, OwnTheme

NOTE_NAME = "ccgmine: what other programs have no place for"
MACHINE_USER = "ccgmine model "
"""What the names of the users begin with whose codings are a model's, in any file."""
_VERSION = 1
_T = TypeVar("_T")


def own_state_text(state: OwnState) -> str:
    """The state as text, in plain ASCII."""
    return json.dumps(
        {
            "version": _VERSION,
            "themes": [  # in the order of the codebook
                {
                    "guid": guid,
                    "id": t.theme_id,
                    "label": t.label,
                    "name": t.name,
                    "asked_of": t.asked_of,
                    "further": t.further,
                }
                for guid, t in state.themes.items()
            ],
            "sources": {
                guid: {
                    "id": s.transcript_id,
                    "kind": str(s.kind),
                    "wave": s.wave,
                    "sha256": s.sha256,
                    "turns": [
                        [t.span.start, t.span.end, str(t.role), t.speaker, t.participant_id]
                        + ([] if t.start_ms is None else [t.start_ms])
                        for t in s.turns
                    ],
                }
                for guid, s in state.sources.items()
            },
            "participants": dict(state.participants),
            "files": {participant: list(files) for participant, files in state.files.items()},
            "machine_users": sorted(state.machine_users),
            "coverage": [
                {
                    "transcript": c.transcript_id,
                    "coder": c.coder,
                    "themes": None if c.themes is None else sorted(c.themes),
                    "span": None if c.span is None else [c.span.start, c.span.end],
                    "selection_probability": c.selection_probability,
                }
                for c in state.coverage
            ],
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def read_own_state(text: str) -> OwnState | None:
    """The state out of a note's text; None if it is not what ccgmine writes."""
    try:
        raw = json.loads(text)
        if not isinstance(raw, dict) or raw.get("version") != _VERSION:
            return None
        return OwnState(
            themes={_text(x["guid"]): _theme(x) for x in _list(raw["themes"])},
            sources=_each(raw["sources"], _source),
            participants=_each(raw["participants"], _text),
            files=_each(raw.get("files", {}), lambda x: tuple(map(_text, _list(x)))),
            machine_users=frozenset(_text(x) for x in _list(raw["machine_users"])),
            coverage=tuple(_coverage(x) for x in _list(raw["coverage"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _each(raw: Any, read: Callable[[Any], _T]) -> Mapping[str, _T]:  # noqa: ANN401
    if not isinstance(raw, dict):
        raise TypeError
    return {_text(key): read(value) for key, value in raw.items()}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # a lone surrogate is a ValueError
    if "\0" in value:
        raise ValueError
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _whole_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
        raise TypeError
    return value


def _theme(raw: Mapping[str, Any]) -> OwnTheme:
    further = tuple((_text(name), _text(value)) for name, value in _list(raw["further"]))
    asked_of = tuple(map(_text, _list(raw["asked_of"])))
    theme_id, label, name = _text(raw["id"]), _text(raw["label"]), _text(raw["name"])
    return OwnTheme(theme_id, label, name, asked_of, further)


def _source(raw: Mapping[str, Any]) -> OwnSource:
    turns = tuple(_turn(_list(x)) for x in _list(raw["turns"]))
    return OwnSource(
        _text(raw["id"]),
        SourceKind(raw["kind"]),
        _text(raw["wave"]),
        _text(raw["sha256"]),
        turns,
    )


def _turn(raw: list[Any]) -> Turn:
    start, end, role, speaker, participant, *more = raw
    span = Span(_whole_number(start), _whole_number(end))
    person = None if participant is None else _text(participant)
    if (role == Role.PARTICIPANT) != (person is not None):
        raise ValueError
    return Turn(span, Role(role), _text(speaker), person, _whole_number(more[0]) if more else None)


def _coverage(raw: Mapping[str, Any]) -> Coverage:
    themes, span, probability = raw["themes"], raw["span"], raw["selection_probability"]
    if probability is not None and not (isinstance(probability, int | float) and probability > 0):
        raise ValueError
    return Coverage(
        _text(raw["transcript"]),
        _text(raw["coder"]),
        None if themes is None else frozenset(map(_text, _list(themes))),
        None if span is None else Span(*map(_whole_number, _list(span))),
        probability,
    )


def turns_tile(turns: Iterable[Turn], length: int) -> bool:
    """Whether turns follow one another inside a text of that length."""
    at = 0
    for turn in turns:
        if not at <= turn.span.start <= turn.span.end:
            return False
        at = turn.span.end
    return at <= length
