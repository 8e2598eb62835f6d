r"""NVivo's coding reports as text: references under the file that they are in.

::

    <Files\\Interviews\\Anna> - § 2 references coded [5.12% Coverage]

    Reference 1 - 1.20% Coverage

    The words that were coded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from ccgmine.errors import InputError
from ccgmine.exchange.columns import ForeignRow

_SHARE = r"\d[\d.,]*\s?%\s*Coverage"
_FILE = re.compile(rf"<([^<>]+)>\s*-\s*§?\s*(\d{{1,9}})\s+references?\s+coded\s*\[{_SHARE}\]\s*")
_REFERENCE = re.compile(rf"References?\s+\d[\d\s,-]*-\s*{_SHARE}\s*")
_CODE = re.compile(r"(?:Name|Code|Node)\s*:\s*(\S.*)|(?:Nodes|Codes)\\+(\S.*)")


def is_nvivo_report(text: str) -> bool:
    """Whether a text is such a report."""
    return any(_FILE.fullmatch(line.strip()) for line in text.split("\n"))


def nvivo_rows(text: str, theme: str, coder: str, where: Path) -> list[ForeignRow]:
    """The codings of a report; ``row`` is the line of the file at which each begins.

    Args:
        text: The report.
        theme: Its code, where no line ``Name: …`` says so before the references.
        coder: Who coded; the report does not say.
        where: The file, for errors.

    Raises:
        InputError: If it tells of more or fewer references than it holds.
    """
    return list(_rows(text, theme, coder, where))


def _rows(text: str, theme: str, coder: str, where: Path) -> Iterator[ForeignRow]:
    document, wanted, at = "", 0, 0
    quote: list[str] = []
    found = 0

    def done() -> Iterator[ForeignRow]:
        words = "\n".join(quote).strip()
        if at and words:
            yield ForeignRow(row=at, theme=theme, transcript=document, coder=coder, quote=words)

    def check() -> None:
        if document and found != wanted:
            raise InputError(
                f"says {wanted} references of a file and holds {found}",
                where=where,
                at=f"before line {number}",
                remedy="Export the report again, with its references.",
            )

    number = 0
    for number, line in enumerate([*text.split("\n"), "<end>"], 1):
        head = _FILE.fullmatch(line.strip())
        ends = line == "<end>" and number > text.count("\n") + 1
        if head or ends or _REFERENCE.fullmatch(line.strip()):
            yield from done()
            quote, at = [], 0
            if head or ends:
                check()
                found = 0
            if head:
                path = head[1].strip()
                document, wanted = PureWindowsPath(path).name or path, int(head[2])
            elif not ends:
                found, at = found + 1, number
            continue
        code = _CODE.fullmatch(line.strip()) if not at else None
        if code:
            theme = (code[1] or code[2]).strip()
        quote.append(line)
