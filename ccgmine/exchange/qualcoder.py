"""Reading a project of QualCoder: its folder, or the ``data.qda`` in it (SQLite).

Positions are code points, but those that its editor made count UTF-16 units in some versions;
every coding keeps its words, by which the way of counting is found. Nothing else in the folder
is opened, above all not the key to the pseudonyms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from ccgmine.codebook import numbered
from ccgmine.domain import Span, unique
from ccgmine.errors import InputError
from ccgmine.exchange.cells import no_text, number, open_tables, words
from ccgmine.exchange.offsets import Selection, SourceText, find_convention, repeats_words
from ccgmine.exchange.options import ReadOptions, Row, Tables
from ccgmine.exchange.project import (
    Attributes,
    CaseIn,
    CodeIn,
    CodingIn,
    Counts,
    Member,
    Project,
    RemarkIn,
    SourceIn,
    UserIn,
)
from ccgmine.exchange.refi_codes import plain_name
from ccgmine.matching import QuoteFinder

_DATABASE = "data.qda"
_TABLES = {
    "source": ("id", "name", "fulltext", "memo?"),
    "code_name": ("cid", "name", "memo?", "catid?", "supercid?"),
    "code_cat": ("catid", "name", "memo?", "supercatid?"),
    "code_text": ("cid", "fid", "pos0", "pos1", "seltext?", "owner?", "date?", "memo?"),
    "cases?": ("caseid", "name", "memo?"),
    "case_text?": ("caseid", "fid", "pos0", "pos1"),
    "attribute?": ("name", "attr_type", "value", "id"),
    "annotation?": ("fid", "pos0", "pos1", "memo", "owner?"),
    "journal?": ("name", "jentry", "owner?"),
    "code_image?": ("id", "cid"),
    "code_av?": ("id", "cid"),
}


def database_of(path: Path) -> Path:
    """The database of a project folder; any other path as it is."""
    return path / _DATABASE if path.suffix.lower() == ".qda" and path.is_dir() else path


def read_qualcoder(path: Path, options: ReadOptions) -> Project:
    """The project in a folder of QualCoder, or in the ``data.qda`` of one.

    Raises:
        InputError: If it is none, damaged or beyond the limits.
    """
    file = database_of(path)
    tables = open_tables(file, "QualCoder", _TABLES, options)
    rows = {_id(row, "id"): row for row in tables["source"] if words(row, "fulltext").strip()}
    texts = {i: SourceText(words(row, "fulltext")) for i, row in rows.items()}
    if not texts:
        raise no_text(file, len(tables["source"]))
    reading = _Reading(tables, texts, file)
    reading.place_all(options)
    codes = _codes(tables, file, options.limits.depth)
    known = {code.code_id for code in codes}
    codings = [c for c in reading.codings if c.code_id in known]
    if len(codings) < len(reading.codings):
        n = len(reading.codings) - len(codings)
        reading.lost.append(f"{n} codings with a code that is not in the codebook")
    values = _attributes(tables["attribute"])
    sources = tuple(reading.source(row, values) for row in rows.values())
    people = {_id(row, "caseid"): row for row in tables["cases"]}
    cases = tuple(reading.case(row, values) for row in people.values())
    n_other = len(tables["code_image"]) + len(tables["code_av"])
    if n_other:
        reading.lost.append(f"{n_other} codings of pictures, sound and films")
    folder = file.parent.name if file.name == _DATABASE else file.stem
    return Project(
        name=plain_name(folder.removesuffix(".qda"), "project"),
        origin="QualCoder",
        users=tuple(UserIn(u, u) for u in unique(c.user_id for c in codings if c.user_id)),
        codes=tuple(codes),
        sources=sources,
        codings=tuple(codings),
        cases=cases,
        remarks=tuple(reading.remarks),
        in_file=Counts(
            sources=len(tables["source"]),
            characters=sum(len(s.text or "") for s in sources),
            themes=len(codes),
            codings=len(tables["code_text"]) + n_other,
            coders=len({c.user_id for c in codings}),
            participants=sum(1 for case in cases if case.name),
            attributes=sum(len(case.attributes) for case in cases)
            + sum(len(source.attributes) for source in sources),
        ),
        lost=tuple(reading.lost),
        notes=tuple(reading.notes),
    )


def _id(row: Row, column: str) -> str:
    return str(number(row, column))


def _attributes(rows: Sequence[Row]) -> dict[tuple[str, str], Attributes]:
    """Attributes with a value, by what they are of (case or file) and its id."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        name, value = plain_name(words(row, "name"), ""), words(row, "value").strip()
        if name and value:
            found[words(row, "attr_type"), _id(row, "id")].append((name, value))
    return {key: tuple(dict(pairs).items()) for key, pairs in found.items()}


# --- codes ---------------------------------------------------------------------------------------


def _codes(tables: Tables, path: Path, depth: int) -> list[CodeIn]:
    """Codes and the categories above them, parents first; names are unique under a parent."""
    # Codes first, so that a category of the same name is the one that gets the number.
    nodes = [(f"code {_id(r, 'cid')}", r, _above_code(r)) for r in tables["code_name"]]
    nodes += [
        (f"category {_id(r, 'catid')}", r, _above(r, "supercatid")) for r in tables["code_cat"]
    ]
    rows = {code_id: row for code_id, row, _ in nodes}
    parents = {code_id: above if above in rows else "" for code_id, _, above in nodes}
    taken: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for code_id, row in rows.items():
        siblings = taken[parents[code_id]]
        names[code_id] = numbered(plain_name(words(row, "name"), "code"), siblings)
        siblings.add(names[code_id].casefold())
    lines = {code_id: _line(code_id, parents, depth, path) for code_id in rows}
    return [
        CodeIn(
            code_id,
            tuple(names[i] for i in line),
            line[-2] if len(line) > 1 else "",
            words(rows[code_id], "memo").strip(),
            codable=code_id.startswith("code"),
        )
        for code_id, line in sorted(lines.items(), key=lambda item: len(item[1]))
    ]


def _above_code(row: Row) -> str:
    code = number(row, "supercid")
    return f"code {code}" if code is not None else _above(row, "catid")


def _above(row: Row, column: str) -> str:
    category = number(row, column)
    return f"category {category}" if category is not None else ""


def _line(code_id: str, parents: Mapping[str, str], depth: int, path: Path) -> list[str]:
    """The code with all above it, the highest first."""
    line = [code_id]
    while above := parents[line[-1]]:
        line.append(above)
        if len(line) > depth:
            raise InputError(
                "its categories are nested without end",
                where=path,
                remedy="Mend the code tree in QualCoder, or raise --limit depth=NUMBER.",
            )
    return line[::-1]


# --- places --------------------------------------------------------------------------------------


class _Reading:
    """Places the codings, cases and annotations of a project."""

    def __init__(self, tables: Tables, texts: Mapping[str, SourceText], path: Path) -> None:
        self._tables = tables
        self._texts = texts
        self._path = path
        self._names = {
            _id(row, "id"): plain_name(words(row, "name"), "source") for row in tables["source"]
        }
        self._positions: dict[str, str] = {}
        self._members: dict[str, list[Member]] = defaultdict(list)
        self.codings: list[CodingIn] = []
        self.remarks: list[RemarkIn] = []
        self.lost: list[str] = []
        self.notes: list[str] = []

    def place_all(self, options: ReadOptions) -> None:
        """Place everything, source by source."""
        coded, spoken = self._by_source("code_text"), self._by_source("case_text")
        noted = self._by_source("annotation")
        for source_id, text in self._texts.items():
            rows, others = coded.pop(source_id, []), spoken.pop(source_id, [])
            notes = noted.pop(source_id, [])
            self._place(source_id, text, rows, (others, notes), options)
        for source_id, rows in coded.items():
            name = self._names.get(source_id, "a source that is not there")
            self.lost.append(f"{name}: {len(rows)} codings, since it has no text")
        for row in self._tables["journal"]:
            self._remark("note", words(row, "jentry"), "", None, words(row, "owner"))
        for row in self._tables["source"]:
            self._remark("memo", words(row, "memo"), _id(row, "id"))
        for row in self._tables["cases"]:
            self._remark("memo", words(row, "memo"))

    def _by_source(self, table: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self._tables[table]:
            found[_id(row, "fid")].append(row)
        return found

    def _place(
        self,
        source_id: str,
        text: SourceText,
        rows: Sequence[Row],
        others: tuple[Sequence[Row], Sequence[Row]],
        options: ReadOptions,
    ) -> None:
        name = self._names[source_id]
        selections = [_selection(row) for row in rows]
        fit = find_convention(text, selections, options.convention_of(name))
        if fit.tied and any(not s.name.strip() for s in selections):
            ways = [c.name for c in fit.tied]
            raise InputError(
                f"the positions in the source '{name}' can be read in {len(ways)} ways that fit "
                f"alike and give different words: {' or '.join(ways)}",
                where=self._path,
                remedy=f"Look one passage up in QualCoder, and choose with --offsets {ways[0]}.",
            )
        spans = self._checked(name, text, selections, fit.spans)
        if rows:
            self._positions[source_id] = (
                f"positions read as {fit.convention.name} ({fit.score.said})"
            )
        missing = 0
        for row, span in zip(rows, spans, strict=True):
            if span is None or not text.text[span.start : span.end].strip():
                missing += 1
                continue
            user, at = words(row, "owner").strip(), words(row, "date").strip().replace(" ", "T")
            code_id = f"code {_id(row, 'cid')}"
            self.codings.append(CodingIn(source_id, code_id, user, span, at))
            self._remark("annotation", words(row, "memo"), source_id, span, user)
        if missing:
            self.lost.append(f"{name}: {missing} codings of places that its text has not")
        cases, notes = others
        passages = text.spans([_selection(row) for row in cases], fit.convention)
        for row, span in zip(cases, passages, strict=True):
            # QualCoder writes the whole of a file as a passage from 0 to 0.
            whole = number(row, "pos0") == number(row, "pos1") == 0
            if whole or span is not None:
                self._members[_id(row, "caseid")].append(Member(source_id, span))
        passages = text.spans([_selection(row) for row in notes], fit.convention)
        for row, span in zip(notes, passages, strict=True):
            self._remark("annotation", words(row, "memo"), source_id, span, words(row, "owner"))

    def _checked(
        self,
        name: str,
        text: SourceText,
        selections: Sequence[Selection],
        fitting: Sequence[Span | None],
    ) -> list[Span | None]:
        """Places whose words are those that the coding keeps, as far as these can be found.

        Hand and automatic codings of one file may count in different ways, so each is looked at.
        """
        ways = [text.spans(selections, c) for c in text.candidates()]
        finder: QuoteFinder | None = None
        found: list[Span | None] = []
        otherwise = searched = 0
        for i, selection in enumerate(selections):
            if not selection.name.strip() or repeats_words(selection.name, text.text, fitting[i]):
                found.append(fitting[i])
                continue
            same = [w[i] for w in ways if repeats_words(selection.name, text.text, w[i])]
            if same:
                otherwise += 1
                found.append(same[0])
                continue
            finder = finder or QuoteFinder(text.text)
            places = finder.find(selection.name)
            found.append(places[0] if len(places) == 1 else None)
            searched += 1
        if otherwise:
            self.notes.append(f"{name}: {otherwise} codings count their positions in another way")
        if searched:
            self.notes.append(f"{name}: {searched} codings looked up by their words")
        return found

    def _remark(
        self, kind: str, text: str, source_id: str = "", span: Span | None = None, user: str = ""
    ) -> None:
        if text.strip():
            self.remarks.append(RemarkIn(kind, text, source_id, span, user))

    # --- what became of it -------------------------------------------------------------------

    def source(self, row: Row, values: Mapping[tuple[str, str], Attributes]) -> SourceIn:
        """A source that has a text."""
        source_id = _id(row, "id")
        return SourceIn(
            source_id,
            self._names[source_id],
            self._texts[source_id].text,
            values.get(("file", source_id), ()),
            self._positions.get(source_id, ""),
        )

    def case(self, row: Row, values: Mapping[tuple[str, str], Attributes]) -> CaseIn:
        """A case with its attributes and passages."""
        case_id = _id(row, "caseid")
        return CaseIn(
            case_id,
            plain_name(words(row, "name"), ""),
            values.get(("case", case_id), ()),
            tuple(dict.fromkeys(self._members[case_id])),
        )


def _selection(row: Row) -> Selection:
    """A row's place and words; one whose positions are no numbers has no place."""
    start, end = number(row, "pos0"), number(row, "pos1")
    if start is None or end is None:
        start = end = -1
    return Selection(start, end, words(row, "seltext"))
