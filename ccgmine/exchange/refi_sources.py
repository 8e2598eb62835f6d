"""The sources of a REFI-QDA project: their texts, selections and codings as the file has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from ccgmine.errors import InputError
from ccgmine.exchange.archive import Archive
from ccgmine.exchange.markup import Node
from ccgmine.exchange.offsets import Selection, SourceText
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.project import Attributes, RemarkIn
from ccgmine.exchange.refi_codes import guid, plain_name, read_values, target
from ccgmine.files import encoding_of, read_bytes

_MEDIA = {"AudioSource": "audio", "VideoSource": "video", "PictureSource": "picture"}


@dataclass(frozen=True, slots=True)
class RawCoding:
    """A code given by somebody, before it is known where."""

    code_id: str
    user_id: str
    at: str


@dataclass(frozen=True, slots=True)
class RawSelection:
    """A selection with its positions as written; None where these are no numbers."""

    selection_id: str
    place: Selection | None
    codings: tuple[RawCoding, ...]
    remark: str = field(default="", repr=False)
    user_id: str = ""


@dataclass(slots=True)
class RawSource:
    """A source with text, or with the reason why there is none."""

    source_id: str
    name: str
    text: SourceText | None = field(default=None, repr=False)
    why_no_text: str = ""
    from_word: bool = False
    selections: list[RawSelection] = field(default_factory=list)
    whole: list[RawCoding] = field(default_factory=list)
    attributes: Attributes = ()
    remark: str = field(default="", repr=False)


@dataclass(slots=True)
class RawSources:
    """All sources of a project; ``aliases`` are the ids by which else a source is meant."""

    sources: list[RawSource] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    n_in_file: int = 0
    n_codings: int = 0
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def codings_of(node: Node, user_id: str = "") -> list[RawCoding]:
    """The codings right below an element, by their own user or else ``user_id``."""
    return [
        RawCoding(
            target(reference),
            guid(coding.get("creatingUser")) or user_id,
            coding.get("creationDateTime"),
        )
        for coding in node.all("Coding")
        for reference in coding.all("CodeRef")
    ]


class SourceReader:
    """Reads the sources of one project.

    Args:
        archive: The project's file.
        project_file: The name of its XML in there.
        options: How to read.
        variables: Names of the variables by GUID.
    """

    def __init__(
        self,
        archive: Archive,
        project_file: str,
        options: ReadOptions,
        variables: Mapping[str, str],
    ) -> None:
        self._archive = archive
        self._project_file = project_file
        self._options = options
        self._variables = variables
        self._found = RawSources()
        self._used: set[str] = set()

    def read(self, nodes: Sequence[Node]) -> RawSources:
        """All sources below ``Sources``; the nodes are empty then."""
        self._found.n_in_file = len(nodes)
        # What a film was transcribed to may stand among the texts as well.
        self._used = {n.get("plainTextPath") for n in nodes if n.tag == "TextSource"}
        for node in nodes:
            if node.tag == "TextSource":
                self._add(self._text_source(node, node))
            elif node.tag == "PDFSource":
                self._pdf(node)
            elif node.tag in _MEDIA:
                self._media(node)
            node.forget()  # most of the file's elements are in its sources
        return self._found

    def _add(self, source: RawSource) -> None:
        self._found.sources.append(source)
        self._found.n_codings += len(source.whole)
        self._found.n_codings += sum(len(s.codings) for s in source.selections)

    def _text_source(self, node: Node, outer: Node) -> RawSource:
        """A TextSource, Representation or Transcript; ``outer`` bears its name and codings."""
        user_id = guid(outer.get("creatingUser") or outer.get("modifyingUser"))
        source = RawSource(
            guid(outer.get("guid")) or f"source {len(self._found.sources) + 1}",
            plain_name(outer.get("name"), plain_name(node.get("name"), "source without a name")),
            whole=codings_of(outer, user_id)
            + (codings_of(node, user_id) if node is not outer else []),
            attributes=read_values(outer, self._variables),
            remark=outer.text_of("Description").strip(),
        )
        source.selections = [_selection(x, user_id) for x in node.all("PlainTextSelection")]
        self._fill_text(source, node)
        return source

    def _pdf(self, node: Node) -> None:
        representation = node.first("Representation")
        if representation is None:
            self._left_out(node, "a PDF without its text")
            return
        source = self._text_source(representation, node)
        self._add(source)
        known = {s.selection_id for s in source.selections}
        areas = [s for s in node.all("PDFSelection") if guid(s.get("guid")) not in known]
        n = sum(len(codings_of(area)) for area in areas)
        self._found.n_codings += n
        if n:
            self._found.lost.append(f"{source.name}: {n} codings of areas of pages")

    def _media(self, node: Node) -> None:
        transcripts = [
            t
            for t in node.all("Transcript")
            if (t.get("plainTextPath") or "\0") not in self._used
            or any(s.first("Coding") for s in t.all("TranscriptSelection"))
        ]
        timed = [s for s in node.children if s.tag.endswith("Selection")]
        n = sum(len(codings_of(s)) for s in timed)
        for i, transcript in enumerate(transcripts):
            source = self._text_source(transcript, transcript)
            source.name = plain_name(
                transcript.get("name"), plain_name(node.get("name"), source.name)
            )
            source.attributes = read_values(node, self._variables)
            source.selections += _timed_selections(transcript)
            if i == 0:
                source.whole += codings_of(node)
                self._found.aliases[guid(node.get("guid"))] = source.source_id
            self._add(source)
        if not transcripts:
            self._left_out(node, f"{_MEDIA[node.tag]} without a transcript")
        elif n:
            self._found.n_codings += n
            name = plain_name(node.get("name"), _MEDIA[node.tag])
            self._found.lost.append(f"{name}: {n} codings by time or place, not of words")

    def _left_out(self, node: Node, what: str) -> None:
        n = len(codings_of(node))
        n += sum(len(codings_of(s)) for s in node.children if s.tag.endswith("Selection"))
        self._found.n_codings += n
        name = plain_name(node.get("name"), node.tag)
        if n:
            self._found.lost.append(f"{name}: {n} codings, since it is {what}")
        else:
            self._found.notes.append(f"{name} is left out: it is {what}")

    # --- texts -----------------------------------------------------------------------------

    def note_text(self, node: Node) -> str:
        """Text of a note, "" if it cannot be read."""
        note = RawSource("", plain_name(node.get("name"), "note"))
        self._fill_text(note, node)
        return note.text.text if note.text is not None else ""

    def _fill_text(self, source: RawSource, node: Node) -> None:
        """Find a source's text: in the XML, in a text file, in a Word document."""
        content = node.first("PlainTextContent")
        plain, rich = node.get("plainTextPath"), node.get("richTextPath")
        if content is not None and (content.text or not plain):
            source.text = SourceText(content.text, line_ends_lost=True)
            return
        for reference in (plain, rich):
            if not reference or (reference == rich and source.text is not None):
                continue
            raw = self._bytes(reference, source)
            if raw is None:
                continue
            source.why_no_text = ""
            if reference.casefold().endswith(".docx"):
                self._from_word(source, raw, reference)
            else:
                self._from_file(source, raw)
            if source.text is not None:
                return
        if not plain and not rich:
            source.why_no_text = "the file has no text of it"

    def _from_file(self, source: RawSource, raw: bytes) -> None:
        encoding = encoding_of(raw)
        kept = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
        if kept in {"utf-16", "utf-32"}:  # with its mark, which positions may count
            kept += "-le" if raw[0] == 0xFF else "-be"
        try:
            text = raw.decode(kept)
        except UnicodeDecodeError:
            source.why_no_text = "its file is no text"
            return
        if "\0" in text:
            source.why_no_text = "its file is no text"
            return
        if not kept.startswith("utf-8"):
            name = {"cp1252": "Windows-1252"}.get(kept, kept.upper())
            self._found.notes.append(f"{source.name}: its text is {name}, not UTF-8")
        source.text = SourceText(text)

    def _from_word(self, source: RawSource, raw: bytes, reference: str) -> None:
        if self._options.docx is None:
            source.why_no_text = "its text is in a Word document only"
            return
        try:
            text = self._options.docx(raw, Path(PurePosixPath(reference).name))
        except InputError as error:
            source.why_no_text = f"its Word document {error.message}"
            return
        source.text, source.from_word = SourceText(text, line_ends_lost=True), True

    def _bytes(self, reference: str, source: RawSource) -> bytes | None:
        scheme, _, rest = reference.partition("://")
        scheme = scheme.casefold()
        if scheme in {"relative", "absolute"}:
            return self._outside(rest, source)
        member = self._archive.source_member(rest or reference, self._project_file)
        if member is None:
            source.why_no_text = "the file that should hold its text is missing"
            return None
        raw = self._archive.read(member)
        if not raw:
            source.why_no_text = "the file that should hold its text is empty"
            return None
        return raw

    def _outside(self, reference: str, source: RawSource) -> bytes | None:
        """A text that lies outside the project, if it is in the folder that the user allows."""
        folder = self._options.folder
        if folder is None:
            source.why_no_text = "its text lies outside the file (allow with --sources-folder)"
            return None
        for path in _places(unquote(reference), folder):
            try:
                inside = path.resolve().is_relative_to(folder.resolve())
                usable = inside and path.suffix.casefold() in {".txt", ".docx"} and path.is_file()
                if usable and path.stat().st_size <= self._options.limits.text_mb << 20:
                    return read_bytes(path)
            except (OSError, ValueError, InputError):
                continue
        source.why_no_text = "its text is not found in the folder of --sources-folder"
        return None


def _places(reference: str, folder: Path) -> Iterator[Path]:
    """Where a path from another machine may be found: below the folder, or by name in it."""
    parts = [p for p in reference.replace("\\", "/").split("/") if p not in {"", "."}]
    for start in range(len(parts)):
        yield folder.joinpath(*parts[start:])


def _selection(node: Node, source_user: str) -> RawSelection:
    user_id = guid(node.get("creatingUser") or node.get("modifyingUser")) or source_user
    try:
        start, end = int(node.get("startPosition")), int(node.get("endPosition"))
        place = Selection(start, end, node.get("name"))
    except ValueError:
        place = None
    return RawSelection(
        guid(node.get("guid")),
        place,
        tuple(codings_of(node, user_id)),
        node.text_of("Description").strip(),
        user_id,
    )


def _timed_selections(transcript: Node) -> list[RawSelection]:
    """Passages of a transcript between two of its sync points."""
    at: dict[str, int] = {}
    for point in transcript.all("SyncPoint"):
        if point.get("position").strip().isdecimal() and len(point.get("position")) < 12:
            at[guid(point.get("guid"))] = int(point.get("position"))
    found = []
    for node in transcript.all("TranscriptSelection"):
        start = at.get(guid(node.get("fromSyncPoint")))
        end = at.get(guid(node.get("toSyncPoint")))
        known = start is not None and end is not None
        place = Selection(start or 0, end or 0, node.get("name")) if known else None
        user_id = guid(node.get("creatingUser"))
        found.append(
            RawSelection(
                guid(node.get("guid")), place, tuple(codings_of(node, user_id)), "", user_id
            )
        )
    return found


def remark_of(source: RawSource) -> list[RemarkIn]:
    """What is written about a source as a whole."""
    if not source.remark:
        return []
    return [RemarkIn("memo", source.remark, source.source_id)]
