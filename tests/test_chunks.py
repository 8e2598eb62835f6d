"""Pieces of a delimited file end where rows end, and together they are the file."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.chunks import Rest, row_pieces

CELL = st.text(alphabet='ab"\n\r,;é ', max_size=6)
ROWS = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12)


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@settings(max_examples=300)
@given(ROWS, st.integers(1, 40))
def test_pieces_of_a_written_table_read_as_the_whole(
    rows: list[tuple[str, str]], size: int
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    data = buffer.getvalue().encode()
    pieces = list(row_pieces(io.BytesIO(data), ",", size=size))
    whole = [p.stream.read() if isinstance(p, Rest) else p for p in pieces]
    assert b"".join(whole) == data
    assert not any(isinstance(p, Rest) for p in pieces)
    assert [row for p in whole for row in read(p.decode())] == read(data.decode())


@settings(max_examples=300)
@given(st.text(alphabet='ab"\n,', max_size=40), st.integers(1, 12))
def test_nothing_is_lost_whatever_the_quotes(text: str, size: int) -> None:
    data = text.encode()
    pieces = list(row_pieces(io.BytesIO(data), ",", size=size))
    parts = [p.stream.read() if isinstance(p, Rest) else p for p in pieces]
    assert b"".join(parts) == data
    rows = [row for part in parts for row in read(part.decode())]
    assert rows == read(text)
