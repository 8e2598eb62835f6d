"""Reading REFI-QDA: a project (.qdpx) or a codebook (.qdc) of any program that writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ccgmine.domain import Span
from ccgmine.errors import CcgmineError, InputError, InputErrors
from ccgmine.exchange.archive import Archive
from ccgmine.exchange.markup import Node, read_tree
from ccgmine.exchange.offsets import Convention, Fit, find_convention, repeats_words
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.own import NOTE_NAME, read_own_state
from ccgmine.exchange.project import (
    CaseIn,
    CodeIn,
    CodingIn,
    Counts,
    GroupIn,
    Member,
    OwnState,
    Project,
    RemarkIn,
    SourceIn,
)
from ccgmine.exchange.refi_codes import (
    guid,
    plain_name,
    read_codes,
    read_users,
    read_values,
    read_variables,
    target,
    without_case_codes,
)
from ccgmine.exchange.refi_sources import (
    RawCoding,
    RawSelection,
    RawSource,
    SourceReader,
    codings_of,
    remark_of,
)
from ccgmine.files import read_bytes, sha256
from ccgmine.matching import QuoteFinder

_PIECE = 1 << 20


def read_qdc(path: Path, options: ReadOptions) -> Project:
    """A codebook.

    Raises:
        InputError: If it is none, damaged or beyond the limits.
    """
    raw = read_bytes(path)
    if len(raw) > options.limits.xml_mb << 20:
        raise InputError(
            f"is larger than {options.limits.xml_mb} MB",
            where=path,
            remedy="If the file is to be trusted, raise the limit with --limit xml_mb=NUMBER.",
        )
    pieces = (raw[i : i + _PIECE] for i in range(0, len(raw), _PIECE))
    root = read_tree(pieces, path, options.limits)
    if root.tag != "CodeBook":
        raise InputError(
            "is no REFI-QDA codebook", where=path, remedy="Export the codebook again as .qdc."
        )
    codes = tuple(read_codes(root, root.get("origin")))
    if not codes:
        raise InputError("the codebook has no codes", where=path, remedy="Export it again.")
    counts = Counts(themes=len(codes))
    return Project(name=path.stem, origin=root.get("origin"), codes=codes, in_file=counts)


def read_qdpx(path: Path, options: ReadOptions) -> Project:
    """A project.

    Raises:
        InputError: If it is none, damaged, beyond the limits or without text.
        InputErrors: For every source whose positions can be read in several ways.
    """
    with Archive(path, options.limits) as archive:
        project_file = archive.project_file()
        pieces = archive.chunks(project_file, options.limits.xml_mb, "xml_mb")
        root = read_tree(pieces, path, options.limits, skip=frozenset({"Graphs"}))
        if root.tag != "Project":
            raise InputError(
                "is no REFI-QDA project", where=path, remedy="Export the project again as .qdpx."
            )
        variables = read_variables(root)
        sources = SourceReader(archive, project_file, options, variables)
        found = sources.read(list(root.below("Sources")))
        notes = [(node, sources.note_text(node)) for node in root.below("Notes")]
    if not any(s.text is not None and s.text.text.strip() for s in found.sources):
        raise InputError(
            f"none of its {found.n_in_file} sources has any text",
            where=path,
            remedy="Some programs lose the texts when they export; open the project where it was "
            "made and export it again.",
        )
    assembly = _Assembly(path, root, found.sources, found.aliases, variables, notes)
    project = assembly.project(options)
    return replace(
        project,
        lost=(*found.lost, *project.lost),
        notes=(*found.notes, *project.notes),
        in_file=replace(
            project.in_file,
            sources=found.n_in_file,
            codings=found.n_codings - assembly.n_case_codings,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A source with where its selections stand."""

    raw: RawSource
    fit: Fit
    selections: tuple[RawSelection, ...]


class _Assembly:
    """Makes a project of the parts of its file."""

    def __init__(
        self,
        path: Path,
        root: Node,
        sources: Sequence[RawSource],
        aliases: Mapping[str, str],
        variables: Mapping[str, str],
        notes: Sequence[tuple[Node, str]],
    ) -> None:
        self._path = path
        self._root = root
        self._sources = sources
        self._aliases = dict(aliases)
        self._variables = variables
        self._own = _own_state(notes)
        self._note_nodes = [(n, text) for n, text in notes if n.get("name") != NOTE_NAME]
        self._lost: list[str] = []
        self._notes: list[str] = []
        self._codings: list[CodingIn] = []
        self._remarks: list[RemarkIn] = []
        # Where the selections are, for cases and links that refer to them.
        self._members: dict[str, Member] = {s.source_id: Member(s.source_id) for s in sources}
        self._members |= {a: Member(s) for a, s in self._aliases.items()}
        self._creator = ""  # whose codings are that name nobody
        self.n_case_codings = 0

    def project(self, options: ReadOptions) -> Project:
        """The whole of it."""
        root = self._root
        users, notes = read_users(root)
        self._notes += notes
        origin = plain_name(root.get("origin"), "")
        codes = read_codes(root.first("CodeBook"), origin)
        creator = guid(root.get("creatingUserGUID"))
        self._creator = creator if any(u.user_id == creator for u in users) else ""
        placed = self._fits(options)
        for item in placed:
            self._take_codings(item)
        cases, codes = self._cases(codes)
        groups = self._groups()
        self._take_notes()
        known = {code.code_id for code in codes}
        codings = [c for c in self._codings if c.code_id in known]
        if len(codings) < len(self._codings):
            n = len(self._codings) - len(codings)
            self._lost.append(f"{n} codings with a code that is not in the codebook")
        sources = tuple(_source(item) for item in placed)
        return Project(
            name=plain_name(root.get("name"), self._path.stem),
            origin=origin,
            users=tuple(users),
            codes=tuple(codes),
            sources=sources,
            codings=tuple(codings),
            cases=tuple(cases),
            groups=tuple(groups),
            remarks=tuple(self._remarks),
            in_file=Counts(
                characters=sum(len(s.text or "") for s in sources),
                themes=len(codes),
                coders=len({c.user_id for c in codings}),
                participants=sum(1 for case in cases if case.name),
                attributes=_n_values(cases, sources),
            ),
            lost=tuple(self._lost),
            notes=tuple(self._notes),
            own=self._own,
        )

    # --- positions ---------------------------------------------------------------------------

    def _fits(self, options: ReadOptions) -> list[_Placed]:
        placed = []
        for raw in self._sources:
            if raw.text is None:
                self._lose_source(raw)
                continue
            usable = tuple(s for s in raw.selections if s.place is not None)
            if len(usable) < len(raw.selections):
                n = sum(len(s.codings) for s in raw.selections if s.place is None)
                self._lost.append(f"{raw.name}: {n} codings whose positions are no numbers")
            fit = find_convention(
                raw.text,
                [s.place for s in usable if s.place is not None],
                options.convention_of(raw.name) or self._own_convention(raw),
            )
            placed.append(_Placed(raw, fit, usable))
        settled = [_settle(item, placed) for item in placed]
        ties = [item for item in settled if item.fit.tied]
        problems: list[CcgmineError] = [self._tie(item) for item in ties]
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise InputErrors(
                problems, f"{len(problems)} sources whose positions can be read in several ways"
            )
        return settled

    def _own_convention(self, raw: RawSource) -> Convention | None:
        """Code points, where ccgmine wrote the text and nobody has touched it."""
        own = self._own.sources.get(raw.source_id) if self._own is not None else None
        text = raw.text.text if raw.text is not None else ""
        return Convention() if own is not None and own.sha256 == sha256(text.encode()) else None

    def _lose_source(self, raw: RawSource) -> None:
        n = len(raw.whole) + sum(len(s.codings) for s in raw.selections)
        self._lost.append(f"{raw.name}: {n} codings, since {raw.why_no_text or 'it has no text'}")

    def _tie(self, item: _Placed) -> InputError:
        names = [c.name for c in item.fit.tied]
        return InputError(
            f"the positions in the source '{item.raw.name}' can be read in {len(names)} ways that "
            f"fit alike and give different words: {' or '.join(names)}",
            where=self._path,
            remedy=f"Look one passage up in the program it comes from, and choose with --offsets "
            f"{names[0]} (or --offsets '{item.raw.name}={names[0]}' for this source alone).",
        )

    # --- codings -----------------------------------------------------------------------------

    def _take_codings(self, item: _Placed) -> None:
        raw, outside, unlike = item.raw, 0, 0
        text = raw.text.text if raw.text is not None else ""
        self._remarks += remark_of(raw)
        self._add_codings(raw.source_id, None, raw.whole)
        finder: QuoteFinder | None = None
        for selection, span in zip(item.selections, item.fit.spans, strict=True):
            name = selection.place.name if selection.place is not None else ""
            if raw.from_word and name.strip() and not repeats_words(name, text, span):
                # Nobody knows how the program wrote this document out: the words decide.
                finder = finder or QuoteFinder(text)
                found = finder.find(name)
                span = found[0] if len(found) == 1 else None
                unlike += len(selection.codings)
            if span is None or not text[span.start : span.end].strip():
                outside += len(selection.codings)
                continue
            self._members.setdefault(selection.selection_id, Member(raw.source_id, span))
            self._add_codings(raw.source_id, span, selection.codings)
            if selection.remark:
                self._remarks.append(
                    RemarkIn("annotation", selection.remark, raw.source_id, span, selection.user_id)
                )
        if unlike:
            self._notes.append(f"{raw.name}: {unlike} codings looked up by their words")
        if outside:
            self._lost.append(f"{raw.name}: {outside} codings of places that its text has not")

    def _add_codings(self, source_id: str, span: Span | None, codings: Sequence[RawCoding]) -> None:
        self._codings += [
            CodingIn(source_id, c.code_id, c.user_id or self._creator, span, c.at) for c in codings
        ]

    # --- cases and sets ----------------------------------------------------------------------

    def _cases(self, codes: list[CodeIn]) -> tuple[list[CaseIn], list[CodeIn]]:
        nodes = list(self._root.below("Cases"))
        names = {guid(n.get("guid")): plain_name(n.get("name"), "") for n in nodes}
        used = {c.code_id for c in self._codings}
        codes, of_cases = without_case_codes(codes, names, used - names.keys())
        spoken: dict[str, list[Member]] = {}
        for coding in self._codings:
            if coding.code_id in of_cases:
                place = Member(coding.source_id, coding.span)
                spoken.setdefault(coding.code_id, []).append(place)
        n_all = len(self._codings)
        self._codings = [c for c in self._codings if c.code_id not in of_cases]
        self.n_case_codings = n_all - len(self._codings)
        cases = [self._case(node, spoken, of_cases) for node in nodes if node.tag == "Case"]
        return cases, codes

    def _case(self, node: Node, spoken: Mapping[str, list[Member]], of_cases: set[str]) -> CaseIn:
        case_id = guid(node.get("guid"))
        members = [
            self._members[target(reference)]
            for reference in node.all("SourceRef", "SelectionRef")
            if target(reference) in self._members
        ]
        members += spoken.get(case_id, [])
        name = plain_name(node.get("name"), "")
        description = node.text_of("Description").strip()
        if description:
            self._remarks.append(RemarkIn("memo", description))
        for reference in node.all("CodeRef"):
            code_id = target(reference)
            if code_id in of_cases:
                members += spoken.get(code_id, []) if code_id != case_id else []
                continue
            # A case that is coded: everything that belongs to it is.
            self._codings += [
                CodingIn(m.source_id, code_id, self._creator, m.span) for m in members
            ]
        values = read_values(node, self._variables, verbatim=self._own is not None)
        return CaseIn(case_id, name, values, tuple(dict.fromkeys(members)))

    def _groups(self) -> list[GroupIn]:
        groups = []
        for node in self._root.below("Sets"):
            ids = [target(member) for member in node.all("MemberSource")]
            members = [self._members[i].source_id for i in ids if i in self._members]
            if not members:
                continue
            groups.append(
                GroupIn(plain_name(node.get("name"), "set"), tuple(dict.fromkeys(members)))
            )
            # Not in the schema, but written all the same: a code on a whole set.
            for coding in codings_of(node):
                self._codings += [
                    CodingIn(m, coding.code_id, coding.user_id or self._creator, None, coding.at)
                    for m in groups[-1].source_ids
                ]
        return groups

    # --- notes -------------------------------------------------------------------------------

    def _take_notes(self) -> None:
        """Notes, with what they are linked to: a Link, or a NoteRef on what they are about."""
        about: dict[str, Member] = {}
        for link in self._root.below("Links"):
            ends = guid(link.get("originGUID")), guid(link.get("targetGUID"))
            for note_id, other in (ends, ends[::-1]):
                if other in self._members:
                    about.setdefault(note_id, self._members[other])
        coded = 0
        for node, text in self._note_nodes:
            place = about.get(guid(node.get("guid")), Member(""))
            body = "\n".join(t for t in (text.strip(), node.text_of("Description").strip()) if t)
            user_id = guid(node.get("creatingUser"))
            self._remarks.append(RemarkIn("note", body, place.source_id, place.span, user_id))
            coded += len(codings_of(node))
            coded += sum(len(codings_of(s)) for s in node.all("PlainTextSelection"))
        if coded:
            self._lost.append(f"{coded} codings of notes, which are nobody's talk")


def _own_state(notes: Sequence[tuple[Node, str]]) -> OwnState | None:
    texts = [text for node, text in notes if node.get("name") == NOTE_NAME]
    return read_own_state(texts[0]) if len(texts) == 1 else None


def _settle(item: _Placed, placed: Sequence[_Placed]) -> _Placed:
    """A tie decided by the other sources: by what these prove, where they prove one thing."""
    if not item.fit.tied or item.raw.text is None:
        return item
    left = [
        c
        for c in item.fit.tied
        if c.utf16 in _proven(placed, "has_astral", lambda x: x.utf16, c.utf16)
        and c.crlf in _proven(placed, "has_crlf", lambda x: x.crlf, c.crlf)
        and c.marks in _proven(placed, "marks", lambda x: x.marks, c.marks)
    ]
    if len(left) != 1:
        return item
    spans = item.raw.text.spans([s.place for s in item.selections if s.place], left[0])
    return replace(item, fit=Fit(left[0], item.fit.score, tuple(spans)))


def _proven(
    placed: Sequence[_Placed], telling: str, value: Callable[[Convention], int], otherwise: int
) -> set[int]:
    """What sources in which it makes a difference say without a doubt; else ``otherwise``."""
    found = set()
    for item in placed:
        said = {value(c) for c in item.fit.best}
        if getattr(item.raw.text, telling, False) and len(said) == 1:
            found |= said
    return found or {otherwise}


def _source(item: _Placed) -> SourceIn:
    raw, fit = item.raw, item.fit
    said = ""
    if item.selections:
        said = f"{_counted(fit.convention)} ({fit.score.said})"
    text = raw.text.text if raw.text is not None else ""
    return SourceIn(raw.source_id, raw.name, text, raw.attributes, said)


def _counted(convention: Convention) -> str:
    return f"positions read as {convention.name}"


def _n_values(cases: Sequence[CaseIn], sources: Sequence[SourceIn]) -> int:
    values = [v for case in cases for _, v in case.attributes]
    values += [v for source in sources for _, v in source.attributes]
    return sum(1 for value in values if value)
