"""Bytes to text, and files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.errors import CcgmineError, InputError
from ccgmine.files import atomic_write, decode, read_bytes, sha256

TEXT = "I: Why – “so”?\nP: It’s café, £5 … naïve.\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(TEXT.encode(), id="UTF-8"),
        pytest.param(TEXT.encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16 with a mark"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), id="UTF-16 big-endian with a mark"),
        pytest.param(TEXT.encode("utf-16-le"), id="UTF-16 little-endian, no mark"),
        pytest.param(TEXT.encode("utf-16-be"), id="UTF-16 big-endian, no mark"),
        pytest.param(TEXT.encode("utf-32"), id="UTF-32 with a mark"),
        pytest.param(TEXT.encode("cp1252"), id="Windows-1252"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(TEXT.replace("\n", "\r").encode(), id="CR"),
        pytest.param(TEXT.replace("\n", "\r\n").encode("utf-16"), id="UTF-16 with CRLF"),
    ],
)
def test_the_same_text_comes_out_of_every_encoding(raw: bytes) -> None:
    assert decode(raw, "x.txt") == TEXT


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_utf_8_is_always_read_as_what_it_is(text: str) -> None:
    assert decode(text.encode("utf-8-sig"), "x.txt") == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(bytes(range(256)) * 8, id="every byte"),
        pytest.param(b"%PDF-1.7\n\0\0\1\2" * 50, id="a PDF"),
        pytest.param(b"PK\x03\x04" + bytes(200), id="a zip"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), id="an old .doc"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(400), id="a picture"),
        pytest.param(b"\xff\xfe\x00", id="half a UTF-16 character"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match="not a text file"):
        decode(raw, "x.txt")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda p: None, "no such file", id="missing"),
        pytest.param(lambda p: p.mkdir(), "is a folder", id="a folder"),
        pytest.param(lambda p: p.write_bytes(b""), "is empty", id="empty"),
    ],
)
def test_files_that_cannot_be_read_are_told_apart(tmp_path: Path, make, said: str) -> None:
    path = tmp_path / "x.txt"
    make(path)
    with pytest.raises(InputError, match=said) as caught:
        read_bytes(path)
    assert str(path) in caught.value.line


def test_sha256_is_the_published_one() -> None:
    # FIPS 180-4, example "abc".
    assert sha256(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_a_file_is_replaced_only_when_all_went_well(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"old")

    def stop_half_way() -> None:
        with atomic_write(path) as stream:
            stream.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop_half_way()
    assert path.read_bytes() == b"old"
    with atomic_write(path) as stream:
        stream.write(b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["report.csv"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_written_file_is_an_ordinary_one(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        with atomic_write(tmp_path / "report.csv") as stream:
            stream.write(b"x")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "report.csv").stat().st_mode) == 0o644


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(CcgmineError, match="its folder does not exist"),
        atomic_write(tmp_path / "no" / "x.csv") as stream,
    ):
        stream.write(b"x")
