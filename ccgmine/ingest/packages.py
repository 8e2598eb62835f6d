"""The zip packages that word processors write: one part out of them, and its XML, safely.

Nothing but the part that is asked for is unpacked; no document type, entity or outside file is
ever followed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ccgmine.errors import InputError
from ccgmine.ingest.limits import XML_BYTES, XML_DEPTH, megabytes

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises for archives that are damaged, encrypted or of a kind it cannot read."""


class Package:
    """A document that is a zip of parts.

    Args:
        raw: The file's bytes.
        path: The file, for errors.
        what: What it is, for errors.
        suffix: Its usual suffix, for errors.

    Raises:
        InputError: If it is no zip.
    """

    def __init__(self, raw: bytes, path: Path, *, what: str, suffix: str) -> None:
        self._path = path
        self._unusable = InputError(
            f"cannot be opened as {what}",
            where=path,
            remedy=f"Open it in Word or LibreOffice and save it again as {suffix}.",
        )
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(raw))
            self._sizes = {entry.filename: entry.file_size for entry in self._archive.infolist()}
        except DAMAGED as error:
            raise self._unusable from error

    def __contains__(self, name: object) -> bool:
        return name in self._sizes

    def tree(self, name: str) -> Any:  # noqa: ANN401
        """The root element of an XML part.

        Raises:
            InputError: If it is missing, too large or damaged.
        """
        from lxml import etree

        root = self._parsed(name)
        if root is None or root.getroottree().docinfo.doctype:
            raise self._unusable
        if not isinstance(root.tag, str) or _depth(root) > XML_DEPTH:
            raise self._unusable
        etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, with_tail=False)
        return root

    def _parsed(self, name: str) -> Any:  # noqa: ANN401
        from lxml import etree

        if self._sizes.get(name, 0) > XML_BYTES:
            raise InputError(
                f"its text is larger than {megabytes(XML_BYTES)} when unpacked",
                where=self._path,
                remedy="Save it in several files.",
            )
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            return etree.fromstring(self._archive.read(name), parser)
        except (*DAMAGED, etree.XMLSyntaxError) as error:
            raise self._unusable from error


def _depth(root: Any) -> int:  # noqa: ANN401
    deepest = 0
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in element]
    return deepest
