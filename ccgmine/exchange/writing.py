"""Writing REFI-QDA: a project (.qdpx) or a codebook (.qdc), the same bytes for the same content.

Element order is the schema's. Identifiers are made of names, and files in the archive bear one
fixed date, so that nothing depends on when or where it is written.
"""

from __future__ import annotations

import re
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import IO, NamedTuple

from ccgmine.codebook import numbered
from ccgmine.domain import Span
from ccgmine.exchange.own import NOTE_NAME, own_state_text
from ccgmine.exchange.project import CaseIn, CodeIn, CodingIn, Project, SourceIn

PROJECT_FILE = "project.qde"
_NAMESPACE = uuid.UUID("6f0f6d3c-7c53-5d0e-9a53-2f9c8f1d7b64")
_LONG_AGO = "2000-01-01T00:00:00Z"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
# What XML cannot hold in any form.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "\n": "&#10;",
        "\r": "&#13;",
        "\t": "&#9;",
    }
)
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_COLOURS = (
    "#1B9E77", "#D95F02", "#7570B3", "#E7298A", "#66A61E", "#E6AB02", "#A6761D", "#1F78B4",
    "#B2DF8A", "#FB9A99", "#CAB2D6", "#8C564B",
)  # fmt: skip
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def made_guid(*names: str) -> str:
    """The GUID that belongs to these names, always the same."""
    return str(uuid.uuid5(_NAMESPACE, "\0".join(names)))


def write_qdpx(project: Project, stream: IO[bytes], *, cases_as_codes: bool = False) -> None:
    """Write a project whose ids are GUIDs, texts in ``sources/``.

    Args:
        project: What to write.
        stream: Where to.
        cases_as_codes: Whether the members of cases are coded with a code of the case's GUID, too,
            as NVivo writes them.
    """
    if cases_as_codes:
        project = _with_case_codes(project)
    with zipfile.ZipFile(stream, "w") as archive:
        _put(archive, PROJECT_FILE, "".join(_project_lines(project)).encode())
        for source in project.sources:
            text = (source.text or "").encode("utf-8", "replace")
            _put(archive, f"sources/{source.source_id}.txt", text)


def write_qdc(project: Project, stream: IO[bytes]) -> None:
    """Write a project's codebook."""
    lines = [
        _HEADER,
        f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"{_attributes(origin=project.origin)}>\n',
        *_code_lines(project.codes, " "),
        "</CodeBook>\n",
    ]
    stream.write("".join(lines).encode())


_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # whatever system it is written on
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content, compresslevel=6)


def _attributes(**values: str) -> str:
    """Attributes in the order given, empty ones left out."""
    kept = ((name, _FORBIDDEN.sub("\ufffd", value)) for name, value in values.items() if value)
    return "".join(f' {name}="{value.translate(_ESCAPES)}"' for name, value in kept)


def _element(tag: str, text: str, indent: str) -> str:
    body = _FORBIDDEN.sub("\ufffd", text).translate(_IN_TEXT)
    return f"{indent}<{tag}>{body}</{tag}>\n"


def _date(at: str) -> str:
    return at.replace("+00:00", "Z") if _DATE.fullmatch(at) else _LONG_AGO


def _inside(tag: str, lines: Iterable[str], indent: str = " ") -> Iterator[str]:
    """Lines inside an element, which is left out when there are none."""
    body = list(lines)
    if body:
        yield f"{indent}<{tag}>\n"
        yield from body
        yield f"{indent}</{tag}>\n"


def _project_lines(project: Project) -> Iterator[str]:
    dates = [_date(c.at) for c in project.codings if c.at]
    variables = list(dict.fromkeys(name for case in project.cases for name, _ in case.attributes))
    yield _HEADER
    yield '<Project xmlns="urn:QDA-XML:project:1.0"'
    yield _attributes(
        name=project.name or "study",
        origin=project.origin,
        creationDateTime=min(dates, default=_LONG_AGO),
        modifiedDateTime=max(dates, default=_LONG_AGO),
    )
    yield ">\n"
    yield from _inside(
        "Users",
        (f"  <User{_attributes(guid=u.user_id, name=u.name)}/>\n" for u in project.users),
    )
    yield from _inside("CodeBook", _code_lines(project.codes, "  "))
    yield from _inside(
        "Variables",
        (
            f'  <Variable{_attributes(guid=_variable(name), name=name)} typeOfVariable="Text"/>\n'
            for name in variables
        ),
    )
    coded = frozenset(code.code_id for code in project.codes)
    yield from _inside(
        "Cases", (line for case in project.cases for line in _case_lines(case, coded))
    )
    yield from _inside("Sources", _all_sources(project))
    if project.own is not None:
        yield " <Notes>\n"
        yield f"  <Note{_attributes(guid=made_guid('note'), name=NOTE_NAME)}"
        yield f"{_attributes(creationDateTime=_LONG_AGO)}>\n"
        yield _element("PlainTextContent", own_state_text(project.own), "   ")
        yield "  </Note>\n </Notes>\n"
    yield "</Project>\n"


def _variable(name: str) -> str:
    return made_guid("variable", name)


def _code_lines(codes: Sequence[CodeIn], indent: str) -> Iterator[str]:
    """The codes, children inside their parents."""
    below: dict[str, list[CodeIn]] = defaultdict(list)
    known = {code.code_id for code in codes}
    for code in codes:
        below[code.parent_id if code.parent_id in known else ""].append(code)
    number = {code.code_id: i for i, code in enumerate(codes)}

    def lines(code: CodeIn, inner: str) -> Iterator[str]:
        yield f"{inner}<Code"
        yield _attributes(
            guid=code.code_id,
            name=code.name,
            isCodable="true" if code.codable else "false",
            color=_COLOURS[number[code.code_id] % len(_COLOURS)],
        )
        yield ">\n"
        if code.definition:
            yield _element("Description", code.definition, f"{inner} ")
        for child in below[code.code_id]:
            yield from lines(child, f"{inner} ")
        yield f"{inner}</Code>\n"

    body = (line for code in below[""] for line in lines(code, f"{indent} "))
    yield from _inside("Codes", body, indent)


def _case_lines(case: CaseIn, coded: Collection[str]) -> Iterator[str]:
    yield f"  <Case{_attributes(guid=case.case_id, name=case.name)}>\n"
    for name, value in case.attributes:
        yield "   <VariableValue>\n"
        yield f"    <VariableRef{_attributes(targetGUID=_variable(name))}/>\n"
        if value:
            yield _element("TextValue", value, "    ")
        yield "   </VariableValue>\n"
    for member in case.members:
        if member.span is None:
            yield f"   <SourceRef{_attributes(targetGUID=member.source_id)}/>\n"
    for selection in _spoken(case, coded):
        yield f"   <SelectionRef{_attributes(targetGUID=selection.guid)}/>\n"
    yield "  </Case>\n"


class _Selected(NamedTuple):
    """A selection: what, and by whom with which code.

    There is one for each coding. The schema allows several codings in one, but some programs
    (QualCoder) take them all for its creator's, and others read the first alone.
    """

    source_id: str
    span: Span
    user_id: str = ""
    code_id: str = ""

    @property
    def guid(self) -> str:
        start, end = str(self.span.start), str(self.span.end)
        return made_guid("selection", self.source_id, start, end, self.user_id, self.code_id)


def _spoken(case: CaseIn, coded: Collection[str]) -> Iterator[_Selected]:
    """The passages that are a case's; coded with it, where cases are codes, too."""
    code_id = case.case_id if case.case_id in coded else ""
    for member in case.members:
        if member.span is not None:
            yield _Selected(member.source_id, member.span, "", code_id)


def _with_case_codes(project: Project) -> Project:
    """The project with a code for every case, by its GUID, and its members coded with that."""
    length = {source.source_id: len(source.text or "") for source in project.sources}
    taken = {code.name.casefold() for code in project.codes}
    codes, codings = list(project.codes), list(project.codings)
    for case in project.cases:
        name = numbered(case.name, taken)
        taken.add(name.casefold())
        codes.append(CodeIn(case.case_id, (name,)))
        codings += [
            CodingIn(m.source_id, case.case_id, "", m.span or Span(0, length[m.source_id]))
            for m in case.members
        ]
    return replace(project, codes=tuple(codes), codings=tuple(codings))


def _all_sources(project: Project) -> Iterator[str]:
    whole: dict[str, list[CodingIn]] = defaultdict(list)
    placed: dict[str, dict[_Selected, CodingIn | None]] = defaultdict(dict)
    coded = frozenset(code.code_id for code in project.codes)
    for case in project.cases:
        for selection in _spoken(case, coded):
            placed[selection.source_id][selection] = None
    for coding in project.codings:
        if coding.span is None:
            whole[coding.source_id].append(coding)
        else:
            selection = _Selected(coding.source_id, coding.span, coding.user_id, coding.code_id)
            placed[coding.source_id][selection] = coding
    for source in project.sources:
        yield from _source_lines(source, placed[source.source_id], whole[source.source_id])


def _source_lines(
    source: SourceIn,
    placed: Mapping[_Selected, CodingIn | None],
    whole: Sequence[CodingIn],
) -> Iterator[str]:
    yield "  <TextSource"
    yield _attributes(
        guid=source.source_id,
        name=source.name,
        plainTextPath=f"internal://{source.source_id}.txt",
        creationDateTime=_LONG_AGO,
    )
    yield ">\n"
    for selection, coding in sorted(placed.items(), key=lambda item: item[0]):
        yield "   <PlainTextSelection"
        yield _attributes(
            guid=selection.guid,
            name=_quote(source.text or "", selection.span),
            startPosition=str(selection.span.start),
            endPosition=str(selection.span.end),
            creatingUser=selection.user_id,
            creationDateTime=_date(coding.at if coding is not None else ""),
        )
        yield ">\n"
        if coding is not None:
            yield from _coding_lines(coding, "    ")
        yield "   </PlainTextSelection>\n"
    for coding in sorted(whole, key=lambda c: (c.user_id, c.code_id)):
        yield from _coding_lines(coding, "   ")
    yield "  </TextSource>\n"


def _quote(text: str, span: Span) -> str:
    """The words of a selection, by which a reader can prove where it stands."""
    words = " ".join(text[span.start : min(span.end, span.start + 400)].split())
    return words if len(words) <= 100 and span.end - span.start <= 400 else f"{words[:100]}…"


def _coding_lines(coding: CodingIn, indent: str) -> Iterator[str]:
    place = "" if coding.span is None else f"{coding.span.start} {coding.span.end}"
    yield f"{indent}<Coding"
    yield _attributes(
        guid=made_guid("coding", coding.source_id, place, coding.code_id, coding.user_id),
        creatingUser=coding.user_id,
        creationDateTime=_date(coding.at),
    )
    yield f">\n{indent} <CodeRef{_attributes(targetGUID=coding.code_id)}/>\n{indent}</Coding>\n"
