"""Which themes of the study the codes of a project are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ccgmine.codebook import ThemeFinder, numbered
from ccgmine.domain import Codebook, Theme
from ccgmine.errors import shown
from ccgmine.exchange.project import CodeIn, OwnState, OwnTheme, Project
from ccgmine.exchange.refi_codes import plain_name

PATH_MARK = " > "


@dataclass(frozen=True, slots=True)
class ThemePlan:
    """Theme by code, the themes that the study lacks, and where both say different things."""

    ids: Mapping[str, str]
    new: tuple[Theme, ...]
    conflicts: tuple[str, ...]


def path_id(path: Sequence[str]) -> str:
    """A theme's id from its path; a semicolon would be taken for the end of it in lists.

    >>> path_id(("Burden", "Meetings; email"))
    'Burden > Meetings, email'
    """
    return PATH_MARK.join(name.replace(";", ",") for name in path)


def plan_themes(project: Project, codebook: Codebook) -> ThemePlan:
    """Find each code in the codebook, by its path or its name, or make a theme of it."""
    used = {coding.code_id for coding in project.codings}
    own = project.own or OwnState()
    finder = _Finder(codebook, project.codes)
    ids: dict[str, str] = {}
    new: list[Theme] = []
    conflicts: list[str] = []
    taken = {theme.theme_id.casefold() for theme in codebook}
    for code in project.codes:
        known = own.themes.get(code.code_id)
        theme = finder.find(code, known)
        if theme is not None:
            ids[code.code_id] = theme.theme_id
            conflicts += _conflicts(theme, code, known, ids)
            continue
        wanted = known.theme_id if known is not None else path_id(code.path)
        theme_id = numbered(wanted, taken)
        taken.add(theme_id.casefold())
        ids[code.code_id] = theme_id
        new.append(_theme(theme_id, code, known, ids, used))
    rank = {theme.theme_id: i for i, theme in enumerate(own.themes.values())}
    new.sort(key=lambda theme: rank.get(theme.theme_id, len(rank)))
    return ThemePlan(ids, tuple(new), tuple(conflicts))


def _conflicts(
    theme: Theme, code: CodeIn, known: OwnTheme | None, ids: Mapping[str, str]
) -> Iterator[str]:
    """Where a code says something else of a theme than the codebook; the codebook's word stays."""
    name = f"the theme '{theme.theme_id}'"
    if code.definition and theme.definition not in ("", code.definition):
        yield f"{name} is defined in other words; the study's stay"
    if known is None:
        return
    if known.label and theme.label not in ("", known.label):
        here, there = shown(theme.label), shown(known.label)
        yield f"{name} is called {here} in the study and {there} in the file"
    parent = ids.get(code.parent_id, "")
    if parent != theme.parent_id:
        here, there = (f"under '{p}'" if p else "at the top" for p in (theme.parent_id, parent))
        yield f"{name} stands {here} in the study and {there} in the file"


def _theme(
    theme_id: str,
    code: CodeIn,
    known: OwnTheme | None,
    ids: Mapping[str, str],
    used: Collection[str],
) -> Theme:
    label = code.name
    if known is not None and known.name == code.name:  # nobody has renamed it
        label = known.label
    return Theme(
        theme_id,
        label,
        ids.get(code.parent_id, ""),
        code.definition,
        code.codable or code.code_id in used,
        known.asked_of if known is not None else (),
        known.further if known is not None else (),
    )


class _Finder:
    """Finds codes in a codebook."""

    def __init__(self, codebook: Codebook, codes: Sequence[CodeIn]) -> None:
        self._by_id = {theme.theme_id: theme for theme in codebook}
        self._by_path: dict[tuple[str, ...], list[Theme]] = {}
        for theme in codebook:
            self._by_path.setdefault(self._path(theme), []).append(theme)
        self._named = ThemeFinder(codebook)
        self._times = Counter(code.name.casefold() for code in codes)

    def _path(self, theme: Theme) -> tuple[str, ...]:
        names, above = [theme.name], theme.parent_id
        while above in self._by_id and len(names) <= len(self._by_id):
            names.append(self._by_id[above].name)
            above = self._by_id[above].parent_id
        return tuple(plain_name(name, "").casefold() for name in reversed(names))

    def find(self, code: CodeIn, known: OwnTheme | None) -> Theme | None:
        if known is not None:
            return self._by_id.get(known.theme_id)
        if path_id(code.path) in self._by_id:
            return self._by_id[path_id(code.path)]
        same = self._by_path.get(tuple(name.casefold() for name in code.path), [])
        if len(same) == 1:
            return same[0]
        # A name that stands once on either side means the same, wherever it is filed.
        if self._times[code.name.casefold()] > 1:
            return None
        theme_id = self._named.find(code.name)
        return self._by_id[theme_id] if theme_id is not None else None
