"""REFI-QDA projects as each vendor writes them, around invented talk.

Positions are counted here by encoding what stands before a passage, which is not how ccgmine
counts them.
"""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "urn:QDA-XML:project:1.0"
Counting = Callable[[str], int]


def code_points(text: str) -> int:
    return len(text)


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def crlf_as_one(counting: Counting) -> Counting:
    return lambda text: counting(text.replace("\r\n", "\n"))


def behind_mark(counting: Counting) -> Counting:
    return lambda text: counting(text) + 1


def guid(*names: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(names)))


@dataclass(frozen=True)
class Mark:
    """A code on words that stand once in a document; no words: on all of it."""

    words: str
    code: str
    user: str = "Ann"
    name: str | None = None


@dataclass(frozen=True)
class Doc:
    """A document: its text with plain line ends, and what is coded in it."""

    name: str
    text: str
    marks: Sequence[Mark] = ()
    selections: Sequence[str] = ()
    """Further selections, by their words, that bear no code."""
    values: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True)
class Way:
    """How a vendor writes projects."""

    origin: str
    counting: Counting
    line_end: str = "\n"
    mark: bool = False
    folder: str = "sources"
    project_file: str = "project.qde"
    braces: bool = False
    upper: bool = False
    quote_names: Callable[[str], str] = lambda _words: ""
    one_selection_each: bool = False
    inline: bool = False
    namespace: str = NAMESPACE
    member_attribute: str = "targetGUID"

    def id(self, *names: str) -> str:
        text = guid(*names)
        text = text.upper() if self.upper else text
        return f"{{{text}}}" if self.braces else text

    def text_of(self, doc: Doc) -> str:
        return doc.text.replace("\n", self.line_end)

    def place(self, doc: Doc, words: str) -> tuple[int, int]:
        text, words = self.text_of(doc), words.replace("\n", self.line_end)
        assert text.count(words) == 1, words
        start = text.index(words)
        return self.counting(text[:start]), self.counting(text[: start + len(words)])


def cut_off(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= 100 else flat[:100] + "…"


def whole(words: str) -> str:
    return words


NVIVO_WINDOWS = Way(
    "NVivo 12.6",
    utf16_units,
    "\r\n",
    mark=True,
    folder="Sources",
    one_selection_each=True,
)
NVIVO_MAC = Way("NVivo for Mac 12.7", utf16_units, one_selection_each=True)
ATLAS = Way(
    "ATLAS.ti 26",
    crlf_as_one(code_points),
    "\r\n",
    project_file="Clinics.qde",
    upper=True,
    quote_names=cut_off,
)
MAXQDA = Way("MAXQDA 2024", code_points, "\r\n", quote_names=lambda _w: "")
QUALCODER = Way("QualCoder 3.5", code_points, mark=True, quote_names=whole)
QUALCODER_SHIFTED = Way("QualCoder 3.5", behind_mark(code_points), mark=True, quote_names=whole)
TRANSANA = Way(
    "Transana 3.22",
    code_points,
    folder="Sources",
    namespace="urn:QDA-XML:project:0:10",
    member_attribute="guid",
    quote_names=whole,
)
QUIRKOS = Way("Quirkos 2.5", code_points, inline=True)
STANDARD = Way("Some tool", code_points, braces=True, inline=True, quote_names=whole)
WAYS = {
    "NVivo for Windows": NVIVO_WINDOWS,
    "NVivo for Mac": NVIVO_MAC,
    "ATLAS.ti": ATLAS,
    "MAXQDA": MAXQDA,
    "QualCoder": QUALCODER,
    "QualCoder with its mark counted": QUALCODER_SHIFTED,
    "Transana": TRANSANA,
    "Quirkos": QUIRKOS,
    "the standard's letter": STANDARD,
}


def element(tag: str, attributes: Mapping[str, object], body: str = "") -> str:
    text = "".join(f" {k}={quoteattr(str(v))}" for k, v in attributes.items() if v != "")
    return f"<{tag}{text}>{body}</{tag}>" if body else f"<{tag}{text}/>"


def code_tree(way: Way, paths: Iterable[str], definitions: Mapping[str, str] = {}) -> str:
    """Nested codes out of ``parent/child`` paths."""
    below: dict[str, list[str]] = {}
    for path in paths:
        below.setdefault(path.rpartition("/")[0], []).append(path)

    def lines(parent: str) -> str:
        made = ""
        for path in below.get(parent, []):
            words = escape(definitions.get(path, ""))
            body = f"<Description>{words}</Description>" if words else ""
            attributes = {
                "guid": way.id("code", path),
                "name": path.rpartition("/")[2],
                "isCodable": "true",
                "color": "#aa3300",
            }
            made += element("Code", attributes, body + lines(path))
        return made

    return f"<CodeBook><Codes>{lines('')}</Codes></CodeBook>"


def coding(way: Way, doc: Doc, mark: Mark) -> str:
    reference = element("CodeRef", {"targetGUID": way.id("code", mark.code)})
    attributes = {
        "guid": way.id("coding", doc.name, mark.words, mark.code, mark.user),
        "creatingUser": way.id("user", mark.user) if mark.user else "",
        "creationDateTime": "2024-03-27T18:01:07Z",
    }
    return element("Coding", attributes, reference)


def selections(way: Way, doc: Doc) -> str:
    groups: dict[tuple[str, str], list[Mark]] = {}
    for mark in doc.marks:
        if mark.words:
            key = (mark.words, f"{mark.code} {mark.user}" if way.one_selection_each else "")
            groups.setdefault(key, []).append(mark)
    for words in doc.selections:
        groups.setdefault((words, ""), [])
    made = ""
    for (words, more), marks in groups.items():
        start, end = way.place(doc, words)
        given = next((m.name for m in marks if m.name is not None), None)
        attributes = {
            "guid": way.id("selection", doc.name, words, more),
            "name": way.quote_names(words) if given is None else given,
            "startPosition": start,
            "endPosition": end,
        }
        made += element(
            "PlainTextSelection", attributes, "".join(coding(way, doc, m) for m in marks)
        )
    return made


def value(way: Way, name: str, text: str) -> str:
    reference = element("VariableRef", {"targetGUID": way.id("variable", name)})
    held = f"<TextValue>{escape(text)}</TextValue>" if text else ""
    return f"<VariableValue>{reference}{held}</VariableValue>"


def text_source(way: Way, doc: Doc) -> str:
    attributes = {"guid": way.id("source", doc.name), "name": doc.name}
    body = f"<Description>{escape(doc.remark)}</Description>" if doc.remark else ""
    if way.inline:
        body += f"<PlainTextContent>{escape(way.text_of(doc))}</PlainTextContent>"
    else:
        attributes["plainTextPath"] = f"internal://{guid('source', doc.name)}.txt"
    body += selections(way, doc)
    body += "".join(coding(way, doc, m) for m in doc.marks if not m.words)
    body += "".join(value(way, n, v) for n, v in doc.values.items())
    return element("TextSource", attributes, body)


@dataclass(frozen=True)
class Person:
    """A case: its name ("" for none), values, documents as a whole, and passages."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    docs: Sequence[str] = ()
    passages: Sequence[tuple[str, str]] = ()


def case(way: Way, person: Person) -> str:
    body = "".join(value(way, n, v) for n, v in person.values.items())
    for doc in person.docs:
        body += element("SourceRef", {"targetGUID": way.id("source", doc)})
    for doc, words in person.passages:
        body += element("SelectionRef", {"targetGUID": way.id("selection", doc, words, "")})
    key = person.name or "/".join(person.docs)
    return element("Case", {"guid": way.id("case", key), "name": person.name}, body or " ")


def project_xml(
    way: Way,
    docs: Sequence[Doc],
    codes: Sequence[str],
    *,
    people: Sequence[Person] = (),
    sets: Mapping[str, Sequence[str]] = {},
    definitions: Mapping[str, str] = {},
    further: str = "",
    further_sources: str = "",
) -> str:
    users = dict.fromkeys(m.user for d in docs for m in d.marks if m.user)
    names = dict.fromkeys(
        [n for p in people for n in p.values] + [n for d in docs for n in d.values]
    )
    body = ""
    if users:
        made = "".join(element("User", {"guid": way.id("user", u), "name": u}) for u in users)
        body += f"<Users>{made}</Users>"
    if codes:
        body += code_tree(way, codes, definitions)
    if names:
        made = "".join(
            element(
                "Variable", {"guid": way.id("variable", n), "name": n, "typeOfVariable": "Text"}
            )
            for n in names
        )
        body += f"<Variables>{made}</Variables>"
    if people:
        body += f"<Cases>{''.join(case(way, p) for p in people)}</Cases>"
    sources = "".join(text_source(way, d) for d in docs) + further_sources
    body += f"<Sources>{sources}</Sources>" if sources else ""
    body += further
    if sets:
        made = ""
        for name, members in sets.items():
            inner = "".join(
                element("MemberSource", {way.member_attribute: way.id("source", m)})
                for m in members
            )
            made += element("Set", {"guid": way.id("set", name), "name": name}, inner)
        body += f"<Sets>{made}</Sets>"
    root = {"xmlns": way.namespace, "name": "Clinics", "origin": way.origin}
    return '<?xml version="1.0" encoding="utf-8"?>\n' + element("Project", root, body or " ")


def texts_of(way: Way, docs: Sequence[Doc]) -> dict[str, bytes]:
    """The files below the sources folder."""
    if way.inline:
        return {}
    start = b"\xef\xbb\xbf" if way.mark else b""
    return {
        f"{way.folder}/{guid('source', d.name)}.txt": start + way.text_of(d).encode() for d in docs
    }


def zipped(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def write_project(
    folder: Path,
    way: Way,
    docs: Sequence[Doc],
    codes: Sequence[str],
    *,
    name: str = "clinics.qdpx",
    people: Sequence[Person] = (),
    sets: Mapping[str, Sequence[str]] = {},
    definitions: Mapping[str, str] = {},
    further: str = "",
    further_sources: str = "",
    members: Mapping[str, bytes] = {},
) -> Path:
    """A project file of that vendor."""
    xml = project_xml(
        way,
        docs,
        codes,
        people=people,
        sets=sets,
        definitions=definitions,
        further=further,
        further_sources=further_sources,
    )
    path = folder / name
    content = {way.project_file: xml.encode(), **texts_of(way, docs), **members}
    path.write_bytes(zipped(content))
    return path
