"""Reading a codebook, and looking themes up in it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from ccgmine.domain import Codebook, Theme
from ccgmine.errors import CcgmineError, InputError, InputErrors, shown
from ccgmine.tables import read_table

_NO = frozenset({"no", "n", "false", "0"})
_YES = frozenset({"", "yes", "y", "true", "1"})
MOST_LEVELS = 200
"""Themes above each other."""


def read_codebook(path: Path) -> Codebook:
    """Read a codebook table.

    Args:
        path: A table with the column ``theme`` (or ``theme_id``, ``code``, ``name``, ``tag``)
            and, as far as there are, ``label``, ``parent``, ``definition`` (or
            ``description``), ``coded`` (yes or no) and ``asked_of`` (respondent types, ``;``
            between; empty: everybody).

    Raises:
        InputError: If it has no theme column, a theme twice, or a parent that is not in it.
    """
    table = read_table(path)
    id_at = table.find("theme", "theme_id", "id", "code", "tag", "name")
    if id_at is None:
        raise InputError(
            "a codebook needs a column 'theme'",
            where=path,
            remedy=table.listed,
        )
    label_at = table.find("label")
    parent_at = table.find("parent", "parent_id")
    definition_at = table.find("definition", "description")
    coded_at = table.find("coded")
    asked_at = table.find("asked_of")
    used = {id_at, label_at, parent_at, definition_at, coded_at, asked_at}
    further_at = [i for i, name in enumerate(table.columns) if i not in used and name]
    themes: dict[str, Theme] = {}
    rows: dict[str, int] = {}
    problems: list[CcgmineError] = []
    for number, cells in table.rows:

        def cell(at: int | None, cells: object = cells) -> str:
            return "" if at is None else cells[at].strip()  # type: ignore[index]

        theme_id, coded = cell(id_at), cell(coded_at)
        problem = _row_problem(theme_id, coded, rows)
        if problem is not None:
            what, remedy = problem
            problems.append(InputError(what, where=path, at=f"row {number}", remedy=remedy))
            continue
        themes[theme_id] = Theme(
            theme_id,
            cell(label_at),
            cell(parent_at),
            cell(definition_at),
            coded.casefold() not in _NO,
            tuple(kind.strip() for kind in cell(asked_at).split(";") if kind.strip()),
            tuple((table.columns[i], cell(i)) for i in further_at),
        )
        rows[theme_id] = number
    problems += _family_problems(themes, rows, path)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputErrors(problems, f"{len(problems)} rows of the codebook are not usable")
    return Codebook(tuple(themes.values()))


def _row_problem(theme_id: str, coded: str, rows: Mapping[str, int]) -> tuple[str, str] | None:
    """What is wrong with a row, and how to mend it; ``rows`` are those of the themes so far."""
    if not theme_id:
        return "the theme has no id", "Give it one, or delete the row."
    if theme_id in rows:
        stands = f"the theme {shown(theme_id)} stands in row {rows[theme_id]} already"
        return stands, "Give each theme an id of its own."
    if coded.casefold() not in _YES | _NO:
        return f"the column 'coded' says {shown(coded)}", "Write yes or no; empty means yes."
    return None


def _family_problems(
    themes: dict[str, Theme], rows: dict[str, int], path: Path
) -> list[CcgmineError]:
    problems: list[CcgmineError] = []
    for theme in themes.values():
        place = f"row {rows[theme.theme_id]}"
        if theme.parent_id and theme.parent_id not in themes:
            problems.append(
                InputError(
                    f"the parent {shown(theme.parent_id)} is not a theme of this codebook",
                    where=path,
                    at=place,
                    remedy=suggestion(theme.parent_id, themes),
                )
            )
        seen, above = {theme.theme_id}, theme.parent_id
        while above in themes and above not in seen and len(seen) <= MOST_LEVELS:
            seen.add(above)
            above = themes[above].parent_id
        if len(seen) > MOST_LEVELS:
            deep = f"more than {MOST_LEVELS} themes stand above {shown(theme.theme_id)}"
            remedy = "Mend the column 'parent'."
            return [*problems, InputError(deep, where=path, at=place, remedy=remedy)]
        if above == theme.theme_id:
            problems.append(
                InputError(
                    f"the theme '{theme.theme_id}' is its own ancestor",
                    where=path,
                    at=place,
                    remedy="Mend the column 'parent'.",
                )
            )
    return problems


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it if its folded form is taken."""
    unique, number = name, 1
    while unique.casefold() in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique


def distinct_names(codebook: Codebook) -> dict[str, str]:
    """A name for every theme that no other has, on one line: for programs that know codes by name.

    A name that stands once stays. One that stands several times gets the parent's in brackets.

    >>> distinct_names(Codebook((Theme("Money"), Theme("a", "Time"), Theme("b", "Time", "Money"))))
    {'Money': 'Money', 'a': 'Time', 'b': 'Time (Money)'}
    """
    names = {t.theme_id: " ".join(t.name.split()) or t.theme_id for t in codebook}
    times = Counter(name.casefold() for name in names.values())
    taken = {name for name, n in times.items() if n == 1}
    distinct = dict(names)
    for theme in codebook:
        name = names[theme.theme_id]
        if times[name.casefold()] > 1:
            above = names.get(theme.parent_id)
            distinct[theme.theme_id] = numbered(f"{name} ({above})" if above else name, taken)
            taken.add(distinct[theme.theme_id].casefold())
    return distinct


class ThemeFinder:
    """Finds the theme that a name means: its id or its label, upper and lower case alike.

    Where a label stands several times, also the name that it has in other programs.
    """

    def __init__(self, codebook: Codebook) -> None:
        self._by_label: dict[str, set[str]] = {}
        self._by_id: dict[str, set[str]] = {}
        for theme in codebook:
            if theme.label:
                self._by_label.setdefault(_fold(theme.label), set()).add(theme.theme_id)
            self._by_id.setdefault(_fold(theme.theme_id), set()).add(theme.theme_id)
        self._names = [name for t in codebook for name in (t.theme_id, t.label) if name]
        self._exact = {theme.theme_id for theme in codebook}
        self._by_distinct = {_fold(name): {i} for i, name in distinct_names(codebook).items()}

    def find(self, name: str) -> str | None:
        """The theme's id, or None if no theme or more than one has the name."""
        if name in self._exact:
            return name
        meant = self._meant(name)
        return next(iter(meant)) if len(meant) == 1 else None

    def _meant(self, name: str) -> set[str]:
        for known in (self._by_id, self._by_label, self._by_distinct):
            if _fold(name) in known:
                return known[_fold(name)]
        return set()

    def nearest(self, name: str) -> str:
        """A hint for a name that is not found."""
        several = sorted(self._meant(name))
        if len(several) > 1:
            return f"Several themes are called so; write the id: {', '.join(several)}."
        return suggestion(name, self._names)


def suggestion(name: str, names: object) -> str:
    """``Did you mean …?`` for the nearest of the names, or a pointer to the codebook."""
    known = [str(n) for n in names]  # type: ignore[attr-defined]
    folded = {n.casefold(): n for n in reversed(known)}  # an id goes before its label
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    if near:
        return f"Did you mean '{folded[near[0]]}'?"
    return "Add it to codebook.csv, or correct its name."


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())
