"""Rich Text Format into lines.

Read here and not by a package: the labels depend on what is bold, on table cells and on which
words are deleted, and the packages for RTF hand over none of these.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccgmine.errors import InputError
from ccgmine.ingest.grids import table_lines
from ccgmine.ingest.limits import USUAL, Limits
from ccgmine.ingest.paragraphs import Run, paragraph_lines
from ccgmine.ingest.raw import Content, Line

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n\0]+"
    r"|([^\\{}\r\n\0]+)",
    re.DOTALL,
)
_LEFT_OUT = frozenset({
    "fonttbl", "colortbl", "stylesheet", "info", "header", "headerl", "headerr", "headerf",
    "footer", "footerl", "footerr", "footerf", "footnote", "annotation", "atnid", "atnauthor",
    "atntime", "atndate", "atnref", "pict", "objdata", "objclass", "fldinst", "listtable",
    "listoverridetable", "revtbl", "rsidtbl", "themedata", "colorschememapping", "datastore",
    "latentstyles", "xmlnstbl", "shp", "nonshppict", "txe", "xe", "tc", "bkmkstart", "bkmkend",
    "generator", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "filetbl", "listtext", "pntext",
})  # fmt: skip
_WORDS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ",
    "qmspace": " ", "nestcell": "\n", "softline": "\n", "lbr": "\n",
}  # fmt: skip
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
_PAGES = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside a group and is forgotten at its end."""

    skip: bool = False
    fonts: bool = False
    bold: bool = False
    deleted: bool = False
    font: int = -1
    fallback: int = 1  # characters behind \u for programs that do not know it


@dataclass
class _Reader:
    text: str = field(repr=False)
    state: _State = field(default_factory=_State)
    groups: list[_State] = field(default_factory=list)
    page: str = "cp1252"
    pages: dict[int, str] = field(default_factory=dict)
    to_pass: int = 0
    pending: bytearray = field(default_factory=bytearray)
    runs: list[Run] = field(default_factory=list)
    in_table: bool = False
    cell: list[str] = field(default_factory=list)
    row: list[list[str]] = field(default_factory=list)
    rows: list[list[list[str]]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    comments: int = 0
    changes: bool = False

    def read(self) -> None:
        """Run through the whole file."""
        at, size = 0, len(self.text)
        while at < size:
            match = _TOKEN.match(self.text, at)
            if match is None:  # a backslash that ends the file
                break
            at = match.end()
            word, number, byte, symbol, brace, words = match.groups()
            if byte is not None:
                self._byte(int(byte, 16))
            elif word is not None:
                if word == "bin":
                    at += min(max(0, int(number or 0)), size - at)
                else:
                    self._word(word, None if number is None else int(number))
            elif symbol is not None:
                self._symbol(symbol)
            elif brace is not None:
                self._group(opens=brace == "{")
            elif words is not None:
                passed = min(self.to_pass, len(words))
                self.to_pass -= passed
                self._say(words[passed:])
        self._end_paragraph()
        self._end_table()

    def _group(self, *, opens: bool) -> None:
        self._decode()
        self.to_pass = 0
        if opens:
            self.groups.append(self.state)
        elif self.groups:
            self.state = self.groups.pop()

    def _set(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]

    def _byte(self, value: int) -> None:
        if self.to_pass:
            self.to_pass -= 1
        elif not self.state.skip:
            self.pending.append(value)

    def _decode(self) -> None:
        """Bytes in a code page stand together until something else comes: some take two."""
        if self.pending:
            raw, page = bytes(self.pending), self.pages.get(self.state.font, self.page)
            self.pending.clear()
            self._keep(raw.decode(page, "replace"))

    def _say(self, words: str) -> None:
        self._decode()
        self._keep(words)

    def _keep(self, words: str) -> None:
        if words and not self.state.skip and not self.state.deleted:
            self.runs.append((words, self.state.bold))

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._set(skip=True)  # a destination that programs may leave out
        elif self.to_pass:
            self.to_pass -= 1
        elif symbol in "\r\n":
            self._word("par", None)
        else:
            self._say({"~": " ", "_": "-", "-": "", "\t": "\t"}.get(symbol, symbol))

    def _word(self, word: str, number: int | None) -> None:
        if self.to_pass and word != "u":
            self.to_pass -= 1
            return
        self._decode()
        on = number != 0
        if word in _LEFT_OUT:
            self.comments += word == "annotation"
            self._set(skip=True, fonts=word == "fonttbl")
        elif word in _MARKS:
            _MARKS[word](self, number, on)
        elif word in _WORDS:
            self._say(_WORDS[word])
        elif word in _PAGES:
            self.page = _PAGES[word]

    def _unicode(self, number: int | None) -> None:
        self._keep(chr((number or 0) & 0xFFFF))
        self.to_pass = self.state.fallback

    def _choose_page(self, number: int | None) -> None:
        name = "utf-8" if number == 65001 else f"cp{number}"
        try:
            self.page = codecs.lookup(name).name
        except LookupError:
            self.page = "cp1252"

    def _plain(self) -> None:
        self._set(bold=False, deleted=False)

    def _revised(self, *, deleted: bool) -> None:
        self.changes = True
        if deleted:
            self._set(deleted=True)

    def _charset(self, number: int | None) -> None:
        if self.state.fonts and number in _CHARSETS:
            self.pages[self.state.font] = _CHARSETS[number]

    def _paragraph_of_table(self, *, inside: bool) -> None:
        self.in_table = inside

    def _end_paragraph(self) -> None:
        self._decode()
        runs, self.runs = self.runs, []
        if self.in_table:
            text = "".join(words for words, _ in runs)
            self.cell += [line.strip() for line in text.split("\n") if line.strip()]
        else:
            if self.row or self.rows or self.cell:
                self._end_table()
            self.lines += paragraph_lines(runs)

    def _end_cell(self) -> None:
        self.in_table = True
        self._end_paragraph()
        self.row.append(self.cell)
        self.cell = []

    def _end_row(self) -> None:
        if self.row:
            self.rows.append(self.row)
        self.row = []

    def _end_table(self) -> None:
        if self.cell:
            self.row.append(self.cell)
            self.cell = []
        self._end_row()
        self.lines += table_lines(self.rows)
        self.rows = []


_MARKS: dict[str, Callable[[_Reader, int | None, bool], None]] = {
    "u": lambda r, number, on: r._unicode(number),
    "uc": lambda r, number, on: r._set(fallback=min(max(0, number or 0), 100)),
    "b": lambda r, number, on: r._set(bold=on),
    "plain": lambda r, number, on: r._plain(),
    "deleted": lambda r, number, on: r._revised(deleted=on) if on else r._set(deleted=False),
    "revised": lambda r, number, on: r._revised(deleted=False),
    "f": lambda r, number, on: r._set(font=number or 0),
    "fcharset": lambda r, number, on: r._charset(number),
    "ansicpg": lambda r, number, on: r._choose_page(number),
    "pard": lambda r, number, on: r._paragraph_of_table(inside=False),
    "intbl": lambda r, number, on: r._paragraph_of_table(inside=True),
    "par": lambda r, number, on: None if r.state.skip else r._end_paragraph(),
    "sect": lambda r, number, on: None if r.state.skip else r._end_paragraph(),
    "page": lambda r, number, on: None if r.state.skip else r._end_paragraph(),
    "cell": lambda r, number, on: None if r.state.skip else r._end_cell(),
    "row": lambda r, number, on: None if r.state.skip else r._end_row(),
}


def read_rtf(raw: bytes, path: Path, _: Limits = USUAL) -> Content:
    """Paragraphs and tables of a rich-text file.

    Headers, footers, comments and deleted text are left out.

    Raises:
        InputError: If it does not begin and end as such a file does.
    """
    start = raw.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(b"{\\rtf"):
        raise InputError(
            "does not begin with {\\rtf, so it is no .rtf file",
            where=path,
            remedy="Open it in Word or LibreOffice and save it again as .rtf or .docx.",
        )
    reader = _Reader(start.decode("cp1252", "replace"))
    reader.read()
    if reader.groups:
        raise InputError(
            "ends before its last brace is closed: its end is missing",
            where=path,
            remedy="Copy it anew, or look in Word what is missing and save it again.",
        )
    notes = []
    if reader.comments:
        notes.append(f"{reader.comments} comment(s) in the document are left out")
    if reader.changes:
        notes.append("its tracked changes are read as accepted")
    return Content(tuple(reader.lines), tuple(notes))
