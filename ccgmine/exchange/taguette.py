"""Reading a project of Taguette: an SQLite file whose documents are HTML.

Highlights count the UTF-8 bytes of a document's text, tags not among them. Each holds a copy of
its words, by which its place is checked.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.codebook import numbered
from ccgmine.domain import Span, unique
from ccgmine.errors import InputError, shown
from ccgmine.exchange.cells import no_text, number, open_tables, words
from ccgmine.exchange.options import ReadOptions, Row, Tables
from ccgmine.exchange.project import (
    CodeIn,
    CodingIn,
    Counts,
    Project,
    RemarkIn,
    SourceIn,
    UserIn,
)
from ccgmine.exchange.refi_codes import plain_name
from ccgmine.exchange.web_text import WebText, read_web_text
from ccgmine.matching import QuoteFinder

_TABLES = {
    "projects": ("id", "name", "description?"),
    "documents": ("id", "name", "project_id", "contents", "description?"),
    "highlights": ("id", "document_id", "start_offset", "end_offset", "snippet?"),
    "tags": ("id", "project_id", "path", "description?"),
    "highlight_tags": ("highlight_id", "tag_id"),
    # Who did what; passwords and addresses stand in another table, which is not read.
    "commands?": ("id", "user_login", "date?", "project_id?", "payload"),
}


def read_taguette(path: Path, options: ReadOptions) -> Project:
    """The project in an SQLite file of Taguette.

    Raises:
        InputError: If it is none, damaged, beyond the limits, or holds several projects.
    """
    tables = open_tables(path, "Taguette", _TABLES, options)
    project = _the_project(tables, path)
    project_id = number(project, "id")
    documents = [d for d in tables["documents"] if number(d, "project_id") == project_id]
    pages = {str(number(d, "id")): read_web_text(words(d, "contents")) for d in documents}
    if not any(page.text.strip() for page in pages.values()):
        raise no_text(path, len(documents))
    reading = _Reading(tables, project_id, pages)
    names = {str(number(d, "id")): plain_name(words(d, "name"), "document") for d in documents}
    reading.place_all(names)
    sources = tuple(
        SourceIn(i, names[i], page.text, (), reading.positions.get(i, ""))
        for i, page in pages.items()
    )
    codes = _codes(tables["tags"], project_id)
    known = {code.code_id for code in codes}
    codings = [c for c in reading.codings if c.code_id in known]
    if len(codings) < len(reading.codings):
        n = len(reading.codings) - len(codings)
        reading.lost.append(f"{n} codings with a tag that is not in the project")
    users = unique(c.user_id for c in codings if c.user_id)
    about = [words(project, "description"), *(words(d, "description") for d in documents)]
    whose = ["", *pages]
    return Project(
        name=plain_name(words(project, "name"), path.stem),
        origin="Taguette",
        users=tuple(UserIn(user, user) for user in users),
        codes=tuple(codes),
        sources=sources,
        codings=tuple(codings),
        remarks=tuple(
            RemarkIn("memo", text, i) for i, text in zip(whose, about, strict=True) if text.strip()
        ),
        in_file=Counts(
            sources=len(documents),
            characters=sum(len(page.text) for page in pages.values()),
            themes=len(codes),
            codings=reading.n_codings,
            coders=len({c.user_id for c in codings}),
        ),
        lost=tuple(reading.lost),
        notes=tuple(reading.notes),
    )


def _the_project(tables: Tables, path: Path) -> Row:
    """The only project that has documents; a server's or desktop's own file may hold many."""
    used = {number(d, "project_id") for d in tables["documents"]}
    found = [p for p in tables["projects"] if number(p, "id") in used - {None}]
    if not found:
        raise no_text(path, len(tables["documents"]))
    if len(found) > 1:
        names = ", ".join(shown(plain_name(words(p, "name"), "")) for p in found[:5])
        raise InputError(
            f"holds {len(found)} projects: {names}{', …' if len(found) > 5 else ''}",
            where=path,
            remedy="In Taguette, export the one you want as a project file (.sqlite3).",
        )
    return found[0]


def _codes(rows: Sequence[Row], project_id: int | None) -> list[CodeIn]:
    """The tags. Taguette has no tree of them: a name with a stop in it is a name."""
    taken: set[str] = set()
    codes = []
    for row in rows:
        if number(row, "project_id") != project_id or number(row, "id") is None:
            continue
        name = numbered(plain_name(words(row, "path"), "tag"), taken)
        taken.add(name.casefold())
        code_id = str(number(row, "id"))
        codes.append(CodeIn(code_id, (name,), definition=words(row, "description").strip()))
    return codes


@dataclass(slots=True)
class _Maker:
    """Who made a highlight, who gave it which tag, and when."""

    first: tuple[str, str]
    tags: dict[int, tuple[str, str]] = field(default_factory=dict)

    def of(self, tag_id: int | None) -> tuple[str, str]:
        return self.tags.get(tag_id, self.first) if tag_id is not None else self.first


def _makers(rows: Sequence[Row], project_id: int | None) -> dict[int, _Maker]:
    """By highlight, from the log, in which a change of its tags is a ``highlight_add`` again."""
    makers: dict[int, _Maker] = {}
    for row in sorted(rows, key=lambda r: number(r, "id") or 0):
        if row.get("project_id", project_id) != project_id:
            continue
        try:
            said = json.loads(words(row, "payload"))
        except (ValueError, RecursionError):
            continue
        if not isinstance(said, dict) or said.get("type") != "highlight_add":
            continue
        highlight, tags = said.get("highlight_id"), said.get("tags")
        if not isinstance(highlight, int):
            continue
        at = words(row, "date").strip().replace(" ", "T")
        who = (words(row, "user_login").strip(), at)
        maker = makers.setdefault(highlight, _Maker(who))
        now = [tag for tag in tags if isinstance(tag, int)] if isinstance(tags, list) else []
        maker.tags = {tag: maker.tags.get(tag, who) for tag in now}
    return makers


class _Reading:
    """Places the highlights of a project."""

    def __init__(
        self, tables: Tables, project_id: int | None, pages: Mapping[str, WebText]
    ) -> None:
        self._pages = pages
        self._makers = _makers(tables["commands"], project_id)
        others = {
            str(number(d, "id"))
            for d in tables["documents"]
            if number(d, "project_id") != project_id
        }
        self._tags: dict[int | None, list[int | None]] = defaultdict(list)
        for row in tables["highlight_tags"]:
            self._tags[number(row, "highlight_id")].append(number(row, "tag_id"))
        self._rows: dict[str, list[Row]] = defaultdict(list)
        for row in tables["highlights"]:
            document = str(number(row, "document_id"))
            if document not in others:
                self._rows[document].append(row)
        self.codings: list[CodingIn] = []
        self.positions: dict[str, str] = {}
        self.lost: list[str] = []
        self.notes: list[str] = []
        self.n_codings = 0

    def place_all(self, names: Mapping[str, str]) -> None:
        """Place every highlight, document by document."""
        untagged = 0
        for document, rows in self._rows.items():
            tags = [self._tags[number(row, "id")] for row in rows]
            n = sum(map(len, tags))
            self.n_codings += n
            untagged += sum(1 for found in tags if not found)
            page = self._pages.get(document)
            if page is None:
                self.lost.append(f"{n} codings of a document that is not in the project")
                continue
            spans = self._place(document, page, rows, names[document])
            missing = 0
            for row, span, found in zip(rows, spans, tags, strict=True):
                if span is None:
                    missing += len(found)
                    continue
                maker = self._makers.get(number(row, "id") or 0, _Maker(("", "")))
                for tag in found:
                    user, at = maker.of(tag)
                    self.codings.append(CodingIn(document, str(tag), user, span, at))
            if missing:
                self.lost.append(
                    f"{names[document]}: {missing} codings of places that its text has not"
                )
        if untagged:
            self.notes.append(f"{untagged} highlights have no tag")

    def _place(
        self, document: str, page: WebText, rows: Sequence[Row], name: str
    ) -> list[Span | None]:
        """Where highlights stand; the copy of their words decides where both disagree.

        Taguette's own parser leaves out the white space that a document begins with.
        """
        pairs = [(number(r, "start_offset"), number(r, "end_offset")) for r in rows]
        given = [(-1, -1) if a is None or b is None else (a, b) for a, b in pairs]
        moved = [(a + page.leading, b + page.leading) if a >= 0 else (a, b) for a, b in given]
        ways = [page.spans(moved), page.spans(given)]
        copies = [read_web_text(words(r, "snippet")).content for r in rows]
        finder: QuoteFinder | None = None
        spans: list[Span | None] = []
        matched = searched = 0
        for i, copy in enumerate(copies):
            places = [way[i] for way in ways]
            if not copy.strip():
                spans.append(places[0])
                continue
            same = [s for s in places if s is not None and _same(page.text, s, copy)]
            if same:
                matched += 1
                spans.append(same[0])
                continue
            finder = finder or QuoteFinder(page.text)
            found = finder.find(read_web_text(words(rows[i], "snippet")).text)
            spans.append(found[0] if len(found) == 1 else None)
            searched += 1
        n = sum(1 for copy in copies if copy.strip())
        self.positions[document] = f"positions read as UTF-8 bytes ({matched} of {n} quotes match)"
        if searched:
            self.notes.append(f"{name}: {searched} highlights looked up by their words")
        return spans


def _same(text: str, span: Span, copy: str) -> bool:
    """Whether a place has the words of a copy, whatever white space is between them."""
    near = len(span) <= 2 * len(copy)  # a long passage is not worth taking apart
    return near and "".join(text[span.start : span.end].split()) == "".join(copy.split())
