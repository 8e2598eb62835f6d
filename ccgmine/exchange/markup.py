"""XML into a tree of nodes, safely.

The parser is expat: it reads in a stream, never opens anything, and tells of a document type
before it acts on it. REFI-QDA has none, so any is refused, and with it every entity that could
be expanded or fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.parsers import expat

from ccgmine.errors import CcgmineError, InputError
from ccgmine.exchange.limits import Limits

# Attributes that say who or what is meant, in a project's every coding.
_REFERENCES = frozenset({"targetGUID", "creatingUser", "modifyingUser"})


class Node:
    """An element: its name without namespace, its attributes, children and own text.

    A project of a million codings has three million of them, so they hold no more than they need.
    """

    __slots__ = ("_attributes", "_children", "_parts", "tag")

    def __init__(self, tag: str, attributes: Sequence[str] = ()) -> None:
        self.tag = tag
        self._attributes = tuple(attributes)  # names and values in turn
        self._children: list[Node] | None = None
        self._parts: list[str] | None = None

    def __repr__(self) -> str:
        return f"<{self.tag}>"  # never the words in it

    @property
    def children(self) -> Sequence[Node]:
        """The elements right in it."""
        return self._children or ()

    def add(self, child: Node) -> None:
        """Take an element in."""
        if self._children is None:
            self._children = []
        self._children.append(child)

    def say(self, words: str) -> None:
        """Add to its own text; white space counts only where a text has begun or may begin."""
        if self._parts is not None:
            self._parts.append(words)
        elif self._children is None or words.strip():
            self._parts = [words]

    def forget(self) -> None:
        """Let go of what is in it."""
        self._children = self._parts = None

    def get(self, name: str) -> str:
        """An attribute, "" if it is not there."""
        held = self._attributes
        return next((held[i + 1] for i in range(len(held) - 2, -1, -2) if held[i] == name), "")

    def all(self, *tags: str) -> Iterator[Node]:
        """Children of these names."""
        return (child for child in self.children if child.tag in tags)

    def first(self, tag: str) -> Node | None:
        """The first child of that name."""
        return next(self.all(tag), None)

    def below(self, *tags: str) -> Iterator[Node]:
        """Children of the children of these names: ``below("Cases")`` gives the cases."""
        for child in self.all(*tags):
            yield from child.children

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self._parts or ())

    def text_of(self, tag: str) -> str:
        """Text of the first child of that name, "" if there is none."""
        child = self.first(tag)
        return child.text if child is not None else ""


class _Builder:
    """Makes nodes of what the parser meets; elements called ``skip`` are left out."""

    def __init__(self, where: Path, limits: Limits, skip: frozenset[str]) -> None:
        self.root: Node | None = None
        self._where = where
        self._limits = limits
        self._skip = skip
        self._open: list[Node] = []
        self._same: dict[str, str] = {}  # one string for each reference
        self._depth = self._count = self._skipping = 0

    def start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > self._limits.depth:
            raise too_much(self._where, f"elements nested more than {self._limits.depth}", "depth")
        if self._count > self._limits.elements:
            raise too_much(self._where, f"more than {self._limits.elements} elements", "elements")
        tag = name.rpartition(" ")[2]
        if self._skipping or tag in self._skip:
            self._skipping += 1
            return
        for i in range(0, len(attributes), 2):
            attributes[i] = attributes[i].rpartition(" ")[2]
            if attributes[i] in _REFERENCES:
                attributes[i + 1] = self._same.setdefault(attributes[i + 1], attributes[i + 1])
        node = Node(tag, attributes)
        if self._open:
            self._open[-1].add(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._depth -= 1
        if self._skipping:
            self._skipping -= 1
        else:
            self._open.pop()

    def words(self, text: str) -> None:
        if not self._skipping and self._open:
            self._open[-1].say(text)

    def document_type(self, *_what: object) -> None:
        raise InputError(
            "its XML declares a document type, which may hide harmful entities",
            where=self._where,
            remedy="No program that follows the standard writes one; export the project again.",
        )


def read_tree(
    chunks: Iterable[bytes], where: Path, limits: Limits, skip: frozenset[str] = frozenset()
) -> Node:
    """The root element of an XML document.

    Args:
        chunks: The document's bytes.
        where: The file, for errors.
        limits: How deep and large it may be.
        skip: Names of elements to leave out with all that is in them.

    Raises:
        InputError: If it is no well-formed XML, declares a document type, or is too large.
    """
    builder = _Builder(where, limits, skip)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.words
    parser.StartDoctypeDeclHandler = builder.document_type
    parser.EntityDeclHandler = builder.document_type
    fed = 0
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            fed += len(chunk)
            # expat begins a tag anew with every piece of it, so a very long one takes for ever.
            if fed - parser.CurrentByteIndex > limits.token_mb << 20:
                raise too_much(where, f"a tag of more than {limits.token_mb} MB", "token_mb")
        parser.Parse(b"", True)
    except CcgmineError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:
        place = f"line {error.lineno}" if isinstance(error, expat.ExpatError) else ""
        raise InputError(
            "its XML is damaged",
            where=where,
            at=place,
            remedy="Export it again from the program that made it.",
        ) from error
    if builder.root is None:
        raise InputError("its XML is empty", where=where, remedy="Export it again.")
    return builder.root


def too_much(where: Path, what: str, limit: str) -> InputError:
    """The error for XML beyond a limit."""
    return InputError(
        f"its XML has {what}",
        where=where,
        remedy=f"If the file is to be trusted, raise the limit with --limit {limit}=NUMBER.",
    )
