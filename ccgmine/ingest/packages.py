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
from ccgmine.ingest.limits import MEGABYTE, Limits
from ccgmine.limits import trusted

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
        limits: How large its parts may be.

    Raises:
        InputError: If it is no zip.
    """

    def __init__(self, raw: bytes, path: Path, *, what: str, suffix: str, limits: Limits) -> None:
        self._path = path
        self._limits = limits
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
        if not isinstance(root.tag, str) or _is_deeper(root, self._limits.depth):
            raise self._unusable
        etree.strip_elements(root, etree.Comment, etree.ProcessingInstruction, with_tail=False)
        return root

    def _parsed(self, name: str) -> Any:  # noqa: ANN401
        from lxml import etree

        if self._sizes.get(name, 0) > self._limits.xml_mb * MEGABYTE:
            raise self._beyond(
                f"its text is larger than {self._limits.xml_mb} MB when unpacked", "xml_mb"
            )
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            content = self._archive.read(name)
            # Each takes some hundred times the memory that it takes in the file.
            if content.count(b"<") // 2 + content.count(b"=") > self._limits.elements:
                raise self._beyond(
                    f"its text has more than {self._limits.elements} elements", "elements"
                )
            return etree.fromstring(content, parser)
        except (*DAMAGED, etree.XMLSyntaxError) as error:
            raise self._unusable from error

    def _beyond(self, what: str, limit: str) -> InputError:
        return InputError(
            what, where=self._path, remedy=f"Save it in several files. {trusted(limit)}"
        )


def _is_deeper(root: Any, most: int) -> bool:  # noqa: ANN401
    """Whether elements stand inside elements more than so many times."""
    from lxml import etree

    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > most:
            return True
    return False
