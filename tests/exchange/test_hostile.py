"""Files that want to do harm, or are broken: our own errors, and nothing else."""

from __future__ import annotations

import contextlib
import io
import resource
import stat
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccgmine.errors import CcgmineError, InputError, UsageError
from ccgmine.exchange.limits import Limits
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.own import read_own_state
from ccgmine.exchange.readers import PROJECT_READERS
from ccgmine.exchange.refi import read_qdc, read_qdpx
from ccgmine.limits import changed_limits
from tests.exchange.building import (
    NVIVO_WINDOWS,
    STANDARD,
    Doc,
    Mark,
    element,
    guid,
    project_xml,
    texts_of,
    write_project,
    zipped,
)

DOC = Doc(
    "Interview", "The money 😀 was gone.\nAll of it, by May.", [Mark("money 😀 was", "Money")]
)
CODES = ["Money", "Money/Spent"]
GOOD = {
    "project.qde": project_xml(NVIVO_WINDOWS, [DOC], CODES).encode(),
    **texts_of(NVIVO_WINDOWS, [DOC]),
}


def put(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "p.qdpx"
    path.write_bytes(zipped(members))
    return path


def refused(path: Path, match: str, **limits: int) -> None:
    with pytest.raises(InputError, match=match) as stop:
        read_qdpx(path, ReadOptions(limits=Limits(**limits)))
    assert "\n" not in stop.value.line
    assert "money" not in stop.value.line


def test_the_good_file_is_good(tmp_path: Path) -> None:
    assert len(read_qdpx(put(tmp_path, GOOD), ReadOptions()).codings) == 1


# --- the archive ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "match"),
    [
        pytest.param(b"not a zip at all", "no whole zip", id="no zip"),
        pytest.param(b"PK\x03\x04" + b"\0" * 50, "no whole zip", id="the start of a zip"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, r"no \.qde", id="an empty zip"),
    ],
)
def test_what_is_no_project_is_refused(content: bytes, match: str, tmp_path: Path) -> None:
    path = tmp_path / "p.qdpx"
    path.write_bytes(content)
    refused(path, match)


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_what_is_not_there_is_refused(what: str, tmp_path: Path) -> None:
    path = tmp_path / "p.qdpx"
    if what == "folder":
        path.mkdir()
    refused(path, "no such file|is a folder")


def test_a_bomb_in_the_xml_stops_early(tmp_path: Path) -> None:
    bomb = b"<Project>" + b" " * (80 << 20) + b"</Project>"
    path = put(tmp_path, {"project.qde": bomb})
    assert path.stat().st_size < 200_000
    start = time.perf_counter()
    refused(path, "grows more than 250 times")
    assert time.perf_counter() - start < 3


def test_a_bomb_among_the_texts_stops_early(tmp_path: Path) -> None:
    name = f"Sources/{guid('source', 'Interview')}.txt"
    refused(put(tmp_path, {**GOOD, name: b"a" * (40 << 20)}), "--limit ratio=")


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        pytest.param({"members": 1}, "--limit members", id="files"),
        pytest.param({"depth": 3}, "--limit depth", id="depth"),
        pytest.param({"elements": 5}, "--limit elements", id="elements"),
        pytest.param({"text_mb": 0}, "--limit text_mb", id="one text"),
        pytest.param({"xml_mb": 0}, "--limit xml_mb", id="the XML"),
        pytest.param({"total_mb": 0}, "--limit total_mb", id="all of it"),
    ],
)
def test_every_limit_holds_and_says_how_to_raise_it(
    limits: dict[str, int], match: str, tmp_path: Path
) -> None:
    refused(put(tmp_path, GOOD), match, **limits)


def test_limits_are_read_from_the_command_line() -> None:
    limits = changed_limits(Limits(), ["text_mb=1", "depth=7"])
    assert (limits.text_mb, limits.depth, limits.xml_mb) == (1, 7, Limits().xml_mb)


@pytest.mark.parametrize("text", ["text_mb", "text_mb=", "text_mb=-1", "what=5", "depth=x", "="])
def test_limits_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="NAME=NUMBER"):
        changed_limits(Limits(), [text])


def test_a_source_that_is_a_link_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in GOOD.items():
            entry = zipfile.ZipInfo(name)
            if name.endswith(".txt"):
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
                content = b"/etc/passwd"
            archive.writestr(entry, content)
    path = tmp_path / "p.qdpx"
    path.write_bytes(buffer.getvalue())
    refused(path, "is a link")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_source_that_stands_twice_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in GOOD.items():
            archive.writestr(name, content)
            if name.endswith(".txt"):
                archive.writestr(name.replace("Sources", "SOURCES"), b"other words")
    path = tmp_path / "p.qdpx"
    path.write_bytes(buffer.getvalue())
    refused(path, "stands 2 times")


@pytest.mark.parametrize(
    "reference",
    ["internal://../../../etc/passwd", "internal:///etc/passwd", "internal://..%2f..%2fpasswd",
     "internal://C:\\secret.txt", "file:///etc/passwd", "internal://", "http://x/y.txt"],
)  # fmt: skip
def test_paths_that_climb_out_lead_nowhere(reference: str, tmp_path: Path) -> None:
    bad = element("TextSource", {"guid": guid("x"), "name": "Bad", "plainTextPath": reference})
    path = write_project(tmp_path, STANDARD, [DOC], CODES, further_sources=bad)
    project = read_qdpx(path, ReadOptions())
    assert [s.name for s in project.sources] == ["Interview"]
    assert any(line.startswith("Bad: ") for line in project.lost)


def test_names_that_climb_out_are_written_nowhere(tmp_path: Path) -> None:
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    path = put(inside, {**GOOD, "../../evil.txt": b"x", "/abs.txt": b"x", "..\\w.txt": b"x"})
    read_qdpx(path, ReadOptions())
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "b", "p.qdpx"]


def test_a_password_is_told(tmp_path: Path) -> None:
    raw = bytearray(zipped(GOOD))
    at = raw.find(b"PK\x01\x02")
    while at >= 0:
        raw[at + 8] |= 1
        at = raw.find(b"PK\x01\x02", at + 1)
    path = tmp_path / "p.qdpx"
    path.write_bytes(bytes(raw))
    refused(path, "password")


# --- the XML -------------------------------------------------------------------------------

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(12))
    + "]><Project name='&m;'/>"
)


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(LAUGHS, id="a billion laughs"),
        pytest.param(
            '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><Project name="P">&x;</Project>',
            id="an external entity",
        ),
        pytest.param(
            '<!DOCTYPE p SYSTEM "http://localhost/evil.dtd"><Project/>', id="an external type"
        ),
        pytest.param(
            '<!DOCTYPE p [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><Project/>',
            id="a parameter entity",
        ),
    ],
)
def test_entities_are_refused_before_they_are_expanded(xml: str, tmp_path: Path) -> None:
    start = time.perf_counter()
    refused(put(tmp_path, {"project.qde": xml.encode()}), "document type")
    path = tmp_path / "c.qdc"
    path.write_text(xml)
    with pytest.raises(InputError, match="document type"):
        read_qdc(path, ReadOptions())
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    ("xml", "match"),
    [
        pytest.param(b"", "damaged", id="empty"),
        pytest.param(b"<Project", "damaged", id="cut off"),
        pytest.param(b"<Project>\0</Project>", "damaged", id="NUL"),
        pytest.param(b"<Project>&#0;</Project>", "damaged", id="NUL by number"),
        pytest.param(b"<Project>&#xD800;</Project>", "damaged", id="half a character by number"),
        pytest.param(b"<Project>\xed\xa0\x80</Project>", "damaged", id="half a character"),
        pytest.param(b"<Project>\xff\xfe</Project>", "damaged", id="no UTF-8"),
        pytest.param(b"<q:Project/>", "damaged", id="a prefix of nothing"),
        pytest.param(b"<Project>&unknown;</Project>", "damaged", id="an unknown entity"),
        pytest.param(b"<?xml version='1.0' encoding='x-none'?><P/>", "damaged", id="no encoding"),
        pytest.param(
            "<?xml version='1.0' encoding='utf-8'?><P/>".encode("utf-16"), "damaged|no REFI",
            id="a wrong encoding",
        ),
        pytest.param(b"<?xml version='1.0' encoding='utf-16'?><P/>", "damaged", id="not UTF-16"),
        pytest.param(b"<CodeBook/>", "is no REFI-QDA project", id="a codebook"),
        pytest.param(b"<html><body/></html>", "is no REFI-QDA project", id="a web page"),
        pytest.param(b"<a>" * 5000 + b"</a>" * 5000, "nested more than 200", id="deep"),
    ],
)  # fmt: skip
def test_xml_that_is_none(xml: bytes, match: str, tmp_path: Path) -> None:
    refused(put(tmp_path, {"project.qde": xml}), match)


def test_one_tag_without_end_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "c.qdc"
    path.write_bytes(b'<CodeBook x="' + b"a" * (40 << 20))
    start = time.perf_counter()
    with pytest.raises(InputError, match="--limit token_mb"):
        read_qdc(path, ReadOptions())
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "place",
    ["x", "", "1e3", "0x10", "9" * 5000, "-1", "NaN", "½"],
)
def test_positions_that_are_no_numbers(place: str, tmp_path: Path) -> None:
    xml = GOOD["project.qde"].decode()
    start = xml.index('startPosition="') + len('startPosition="')
    xml = xml[:start] + place + xml[xml.index('"', start) :]
    project = read_qdpx(put(tmp_path, {**GOOD, "project.qde": xml.encode()}), ReadOptions())
    assert project.codings == ()
    assert project.lost


def test_an_xml_in_utf_16_is_read(tmp_path: Path) -> None:
    xml = GOOD["project.qde"].decode().replace("utf-8", "utf-16").encode("utf-16")
    project = read_qdpx(put(tmp_path, {**GOOD, "project.qde": xml}), ReadOptions())
    assert len(project.codings) == 1


@pytest.mark.parametrize(
    "content", [b"\0binary\0", b"\xff\xfe\x00", b"\x81\x8d\x8f\x90\x9d", b"a\0" * 50]
)
def test_texts_that_are_none(content: bytes, tmp_path: Path) -> None:
    name = f"Sources/{guid('source', 'Interview')}.txt"
    path = put(tmp_path, {**GOOD, name: content})
    with contextlib.suppress(CcgmineError):
        read_qdpx(path, ReadOptions())


RAW = zipped(GOOD)


@pytest.mark.parametrize("part", range(4))
def test_a_file_cut_off_at_any_byte(part: int, tmp_path: Path) -> None:
    path = tmp_path / "p.qdpx"
    for n in range(part, len(RAW), 4):
        path.write_bytes(RAW[:n])
        with pytest.raises(InputError):
            read_qdpx(path, ReadOptions())


def test_an_xml_cut_off_at_any_byte(tmp_path: Path) -> None:
    xml = GOOD["project.qde"]
    path = tmp_path / "c.qdc"
    for n in range(0, len(xml), 3):
        path.write_bytes(xml[:n])
        with pytest.raises(InputError):
            read_qdc(path, ReadOptions())


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_a_byte_changed_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(RAW)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "p.qdpx"
    path.write_bytes(bytes(raw))
    with contextlib.suppress(CcgmineError):
        read_qdpx(path, ReadOptions())


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_xml_with_pieces_changed_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    """Well-formed or not, in the schema or not."""
    xml = GOOD["project.qde"].decode()
    pieces = st.sampled_from(
        ["<Case>", "</Case>", '"', "<Coding/>", "<Code/>", "guid", "}", "", "<Sources>", "&#10;",
         "<Set><MemberSource/><Coding/></Set>", "TextSource", "Transcript", "\u202e", "-", "😀",
         "<PDFSource><Representation/></PDFSource>", "<Note/>", "Position", "true", "internal://"]
    )  # fmt: skip
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(xml)))
        xml = xml[:at] + data.draw(pieces) + xml[at + data.draw(st.integers(0, 12)) :]
    path = put(tmp_path, {**GOOD, "project.qde": xml.encode()})
    with contextlib.suppress(CcgmineError):
        read_qdpx(path, ReadOptions())


@given(st.binary(max_size=400), st.sampled_from(sorted(PROJECT_READERS)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes(tmp_path: Path, raw: bytes, suffix: str) -> None:
    path = tmp_path / f"p{suffix}"
    path.write_bytes(raw)
    with pytest.raises(CcgmineError):
        PROJECT_READERS[suffix](path, ReadOptions())


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    nested,
    max_leaves=10,
)


@given(
    st.fixed_dictionaries(
        {
            "version": st.just(1),
            "themes": JSON,
            "sources": JSON,
            "participants": JSON,
            "machine_users": JSON,
            "coverage": JSON,
        }
    )
)
def test_what_we_left_in_a_note_may_come_back_as_anything(raw: dict[str, object]) -> None:
    import json

    read_own_state(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "[" * 100_000, '{"version": 1}', "null"])
def test_a_note_that_is_not_ours(text: str) -> None:
    assert read_own_state(text) is None


def test_a_large_file_does_not_fill_the_memory(tmp_path: Path) -> None:
    """A 200 MB picture in the project is never unpacked."""
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in GOOD.items():
            archive.writestr(name, content)
        with archive.open("sources/scan.png", "w") as stream:
            for _ in range(200):
                stream.write(b"\0" * (1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(read_qdpx(path, ReadOptions()).codings) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
