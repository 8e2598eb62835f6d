"""The way in for matrices of counts: compared with the study, which takes nothing from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ccgmine.codebook import ThemeFinder
from ccgmine.domain import Participant
from ccgmine.errors import InputError, shown
from ccgmine.exchange.columns import CodeFinder
from ccgmine.exchange.matrix import Count, Matrix, parts_of
from ccgmine.files import without_suffix
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study

EXPORT_INSTEAD = (
    "To bring the codings themselves in, export the project from NVivo (.qdpx), or its coding "
    "reports."
)
_NOBODY = frozenset({"unassigned", "not applicable"})


@dataclass(frozen=True, slots=True)
class Compared:
    """How a matrix agrees with the study: a sheet of the cells that do not, and what to say."""

    sheet: Sheet | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A coding as it is counted here: in which transcript, and in whose words."""

    transcript_id: str
    persons: frozenset[str]


_Holds = Callable[[_Placed], bool]
_Column = tuple[_Holds, frozenset[str]]
"""Which codings are counted in a column, and the participants that it stands for."""

_MEASURES: tuple[tuple[str, Callable[[Sequence[_Placed], frozenset[str]], int]], ...] = (
    ("codings", lambda found, _: len(found)),
    ("participants", lambda found, whom: len(whom & {p for x in found for p in x.persons})),
    ("transcripts", lambda found, _: len({x.transcript_id for x in found})),
    ("coded or not", lambda found, _: int(bool(found))),
)


def _nowhere(_: _Placed) -> bool:
    return False


_NOWHERE: _Column = (_nowhere, frozenset())


def compare_matrix(study: Study, matrix: Matrix, path: Path, coder: str = "") -> Compared:
    """Compare the counts with the study's hand codings.

    What the cells count is found, not assumed: codings, participants, transcripts or 0 and 1, of
    the theme itself or with those below it; the way in which most cells agree is taken.

    Args:
        study: An open study.
        matrix: The counts.
        path: The file, for errors.
        coder: Whose codings to count; "" for everybody's.

    Raises:
        InputError: If the study has nothing to compare with: no codings, or no code or column of
            the matrix.
    """
    placed = _placed(study, coder)
    if not placed:
        raise InputError(
            "holds counts of codings and no codings, and the study has none to compare with them",
            where=path,
            remedy=EXPORT_INSTEAD,
        )
    codes = CodeFinder(study.codebook, ThemeFinder(study.codebook).find)
    themes = {code: codes.find(code) for code in matrix.codes}
    columns = _Columns(study)
    meant = {column: columns.find(column) for column in matrix.columns}
    cells = [c for c in matrix.counts if themes[c.code] and meant[c.column]]
    if not cells:
        raise InputError(
            "holds counts of codings and no codings; its rows are no themes of the study, or its "
            "columns none of its participants, transcripts or attribute values",
            where=path,
            remedy=EXPORT_INSTEAD,
        )
    counted, values = _best_count(study, cells, themes, meant, placed)
    agree = sum(v == c.value for v, c in zip(values, cells, strict=True))
    rows = tuple(
        (cell.code, cell.column, cell.value, value)
        for cell, value in zip(cells, values, strict=True)
        if cell.value != value
    )
    columns_of = ("code", "column", "in_file", "in_study")
    sheet = Sheet(f"{path.name}: counted otherwise in the study", columns_of, rows)
    whose = f" by {coder}" if coder else ""
    notes = [
        f"a matrix of counts, which holds no codings: nothing was imported. {EXPORT_INSTEAD}",
        f"compared with the study's codings{whose}, counted as {counted}: "
        f"{agree} of {len(cells)} cells agree",
        *_left_out("rows are no themes of the study", [c for c, t in themes.items() if not t]),
        *_left_out(
            "columns are no participant, transcript or attribute value of the study",
            [c for c, m in meant.items() if not m],
        ),
    ]
    return Compared(sheet if rows else None, tuple(notes))


def _best_count(
    study: Study,
    cells: Sequence[Count],
    themes: Mapping[str, str | None],
    meant: Mapping[str, _Column | None],
    placed: Mapping[str, Sequence[_Placed]],
) -> tuple[str, list[int]]:
    """The way of counting in which most cells agree, and what the study then has in each."""
    direct = {code: {theme} for code, theme in themes.items() if theme}
    below = {c: set(study.codebook.with_children(t)) for c, t in themes.items() if t}
    ways: list[tuple[str, list[int]]] = []
    for scope, families in (("", direct), (" with those of sub-themes", below)):
        found = []
        for cell in cells:
            holds, whom = meant[cell.column] or _NOWHERE
            family = sorted(families[cell.code])
            found.append(([x for t in family for x in placed.get(t, ()) if holds(x)], whom))
        ways += [(what + scope, [count(*each) for each in found]) for what, count in _MEASURES]
    wanted = [cell.value for cell in cells]
    # Of ways that agree alike the first is taken.
    return max(ways, key=lambda way: sum(map(int.__eq__, way[1], wanted)))


def _left_out(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    listed = ", ".join(shown(name) for name in names[:5]) + (" …" if len(names) > 5 else "")
    return [f"left out: {len(names)} {what}: {listed}"]


def _placed(study: Study, coder: str) -> Mapping[str, list[_Placed]]:
    """By theme, every coding with the participants in whose words it stands.

    A coding of an interviewer's words is that of the only participant, as it is where a file
    belongs to a case as a whole.
    """
    found: dict[str, list[_Placed]] = defaultdict(list)
    turns: dict[str, list[tuple[int, int, str]]] = {}
    for coding in study.codings.all():
        if coder and coding.coder != coder:
            continue
        name = coding.transcript_id
        if name not in turns:
            transcript = study.corpus.transcript(name)
            turns[name] = [
                (t.span.start, t.span.end, t.participant_id)
                for t in (transcript.turns if transcript else ())
                if t.participant_id
            ]
        span = coding.span
        persons = {who for a, b, who in turns[name] if a < span.end and span.start < b}
        everybody = {who for *_, who in turns[name]}
        persons = persons or (everybody if len(everybody) == 1 else set())
        found[coding.theme_id].append(_Placed(name, frozenset(persons)))
    return found


class _Columns:
    """Finds what a column stands for: a participant, a transcript, or a value of an attribute."""

    def __init__(self, study: Study) -> None:
        people = study.corpus.participants()
        self._people = {_fold(p.participant_id): p.participant_id for p in people}
        self._transcripts = {_fold(name): name for name in study.corpus.transcript_ids()}
        self._values: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for person in people:
            for name, value in _attributes(person).items():
                self._values[_fold(name)][_fold(value)].add(person.participant_id)

    def find(self, column: str) -> _Column | None:
        """What a column stands for; None if that is not known."""
        attribute, value = (_fold(part) for part in parts_of(column))
        if attribute in self._values:
            value = "" if value in _NOBODY else value
            return _of_people(self._values[attribute].get(value, set()))
        for name in (_fold(column), value):
            if name in self._people:
                return _of_people({self._people[name]})
            transcript = self._transcripts.get(name) or self._transcripts.get(without_suffix(name))
            if transcript is not None:
                return _of_transcript(transcript), frozenset(self._people.values())
        holding = [values[value] for values in self._values.values() if value and value in values]
        return _of_people(holding[0]) if len(holding) == 1 else None


def _of_transcript(name: str) -> _Holds:
    return lambda x: x.transcript_id == name


def _of_people(whom: set[str]) -> _Column:
    chosen = frozenset(whom)
    return (lambda x: bool(x.persons & chosen)), chosen


def _attributes(person: Participant) -> dict[str, str]:
    own = {"site": person.site, "respondent type": person.respondent_type}
    return dict(person.attributes) | own | {"type": person.respondent_type}


def _fold(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())
