"""A delimited file in pieces that end where rows end, so that pieces can be read apart.

Whether a line end lies inside a quoted cell follows from the number of quotation marks before it,
as long as every mark stands where RFC 4180 allows one. Each piece is checked for that; from the
first that breaks the rule on, the rest is left to be read row by row.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

PIECE_BYTES = 1 << 20
MAX_PIECE_BYTES = 16 << 20
_QUOTE, _NEWLINE, _RETURN = 34, 10, 13


@dataclass(frozen=True, slots=True)
class Rest:
    """What could not be cut into pieces, to be read as one stream."""

    stream: IO[bytes]


def row_pieces(
    stream: IO[bytes], delimiter: str, *, size: int = PIECE_BYTES
) -> Iterator[bytes | Rest]:
    """Pieces of whole rows, in order, and a `Rest` if the quoting is not regular.

    Args:
        stream: UTF-8 text, without a mark.
        delimiter: One ASCII character.
        size: About how many bytes a piece has.
    """
    buffer = b""
    while True:
        block = stream.read(size)
        buffer += block
        cut = len(buffer) if not block else _last_row_end(buffer)
        if cut and not _is_regular(buffer[:cut], ord(delimiter)):
            yield Rest(_joined(buffer, stream))
            return
        if cut:
            yield buffer[:cut]
            buffer = buffer[cut:]
        if not block:
            return
        if len(buffer) > MAX_PIECE_BYTES:
            yield Rest(_joined(buffer, stream))
            return


def _last_row_end(data: bytes) -> int:
    """Offset behind the last line feed that is not inside a quoted cell; 0 if there is none."""
    end = len(data)
    quotes = data.count(b'"')
    while True:
        at = data.rfind(b"\n", 0, end)
        if at < 0:
            return 0
        quotes -= data.count(b'"', at, end)
        if quotes % 2 == 0:
            return at + 1
        end = at


def _is_regular(data: bytes, delimiter: int) -> bool:
    """Whether every quotation mark opens or closes a whole cell, or is doubled inside one."""
    if b'"' not in data:
        return True
    import numpy as np

    text = np.frombuffer(data, dtype=np.uint8)
    marks = np.flatnonzero(text == _QUOTE)
    if len(marks) % 2:
        return False
    edge = np.zeros(256, dtype=np.bool_)
    edge[[delimiter, _NEWLINE, _RETURN]] = True
    opening, closing = marks[::2], marks[1::2]
    doubled = np.zeros(len(opening), dtype=np.bool_)
    doubled[1:] = opening[1:] == closing[:-1] + 1
    before = (opening == 0) | edge[text[np.maximum(opening - 1, 0)]] | doubled
    doubled_next = np.append(doubled[1:], False)
    last = len(text) - 1
    after = (closing == last) | edge[text[np.minimum(closing + 1, last)]] | doubled_next
    return bool(before.all() and after.all())


class _Joined(io.RawIOBase):
    """Bytes that were read already, and then the stream they came from."""

    def __init__(self, first: bytes, stream: IO[bytes]) -> None:
        self._first = memoryview(first)
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, target: bytearray | memoryview) -> int:  # type: ignore[override]
        size = len(target)
        if not self._first:
            data = self._stream.read(size)
            target[: len(data)] = data
            return len(data)
        size = min(size, len(self._first))
        target[:size] = self._first[:size]
        self._first = self._first[size:]
        return size


def _joined(first: bytes, stream: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(_Joined(first, stream), 1 << 16)
