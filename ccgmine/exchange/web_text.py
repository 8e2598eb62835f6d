"""HTML into the text that one reads, and where each character of it went.

Made for HTML that a program has cleaned before it kept it; anything else is read without fail,
if not as a browser would.
"""

from __future__ import annotations

import html
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ccgmine.domain import Span

_LINES = frozenset(
    {"address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt"}
    | {"figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"}
    | {"hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead"}
    | {"tr", "ul"}
)
_CELLS = frozenset({"td", "th"})
# White space, or words with one space between each: most of a text at once.
_PARTS = re.compile(r"[ \t\n\r\f]+|[^ \t\n\r\f]+(?: [^ \t\n\r\f]+)*")
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,30})")
_IN_TAG = re.compile("[>\"']")


@dataclass(frozen=True, slots=True)
class WebText:
    """A document's text (``text``), and what its HTML holds without tags (``content``)."""

    text: str = field(repr=False)
    content: str = field(repr=False)
    places: Sequence[int] = field(repr=False)
    """By character of the content, and its end: where that stands in the text."""

    @property
    def leading(self) -> int:
        """Bytes of white space that the content begins with."""
        return len(self.content) - len(self.content.lstrip(" \t\n\r\f"))

    def spans(self, places: Sequence[tuple[int, int]]) -> list[Span | None]:
        """Byte offsets of the content as spans of the text; None for what holds no words."""
        raw = self.content.encode()
        at = self._characters(raw, {x for pair in places for x in pair if 0 <= x <= len(raw)})
        found: list[Span | None] = []
        for start, end in places:
            end = min(end, len(raw))
            if not 0 <= start < end:
                found.append(None)
                continue
            first = self.places[at[start]]
            last = self.places[at[end] if end in at else len(self.content)]
            while first < last and self.text[first].isspace():
                first += 1
            while first < last and self.text[last - 1].isspace():
                last -= 1
            found.append(Span(first, last) if first < last else None)
        return found

    def _characters(self, raw: bytes, wanted: set[int]) -> dict[int, int]:
        """Characters before each byte offset, in one walk; inside one counts as behind it."""
        found: dict[int, int] = {}
        before = count = 0
        for offset in sorted(wanted):
            end = offset
            while end < len(raw) and raw[end] & 0xC0 == 0x80:
                end += 1
            count += len(raw[before:end].decode("utf-8", "replace")) if end > before else 0
            before = max(before, end)
            found[offset] = count
        return found


def read_web_text(page: str) -> WebText:
    r"""The text of a piece of HTML: a line a block, white space within as one space.

    >>> read_web_text("<p>How &amp; why</p><p>So <b>it</b>  goes</p>").text
    'How & why\nSo it goes'
    """
    page = page.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    written: list[str] = []
    content: list[str] = []
    places = array("I")
    length, apart = 0, ""
    for tag, words in _pieces(page):
        if tag in _LINES:
            apart = "\n"
        elif tag in _CELLS:
            apart = apart or " "
        for part in _PARTS.findall(words):
            content.append(part)
            if part[0] in " \t\n\r\f":
                places.extend([length] * len(part))
                apart = apart or " "
                continue
            if apart and length:
                written.append(apart)
                length += 1
            apart = ""
            written.append(part)
            places.extend(range(length, length + len(part)))
            length += len(part)
    places.append(length)
    return WebText("".join(written), "".join(content), places)


def _pieces(page: str) -> Iterator[tuple[str, str]]:
    """Tags by name and texts, one of both each time; what is cut off in a tag ends it."""
    at = 0
    while at < len(page):
        open_at = page.find("<", at)
        open_at = len(page) if open_at < 0 else open_at
        if open_at > at:
            yield "", _unescaped(page[at:open_at])
        if open_at == len(page):
            return
        tag = _TAG.match(page, open_at)
        if tag is not None:
            at = _end_of_tag(page, tag.end())
            name = tag[1].lower()
            yield name, ""
            if name == "pre" and page[open_at + 1] != "/" and page[at : at + 1] == "\n":
                at += 1  # HTML takes this line end for a part of the tag
        elif page.startswith("<!--", open_at):
            end = page.find("-->", open_at + 4)
            at = len(page) if end < 0 else end + 3
        elif page[open_at + 1 : open_at + 2] in {"!", "?", "/"}:
            end = page.find(">", open_at)
            at = len(page) if end < 0 else end + 1
        else:
            yield "", "<"
            at = open_at + 1


def _end_of_tag(page: str, at: int) -> int:
    while (mark := _IN_TAG.search(page, at)) is not None:
        if mark.group() == ">":
            return mark.end()
        at = page.find(mark.group(), mark.end()) + 1
        if not at:
            break
    return len(page)


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits
        return text
