"""Files out of folders and zips, and zips that would do harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ccgmine.errors import InputError
from ccgmine.ingest.gathering import gather, load
from ccgmine.ingest.limits import Limits


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def test_a_folder_of_any_mixture_with_a_zip_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"P: a")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.odt").write_bytes(b"b")
    (tmp_path / "notes.csv").write_bytes(b"x")
    zipped(
        tmp_path / "more.zip",
        ("in/c.srt", b"c"),
        ("__MACOSX/in/._c.srt", b"x"),
        ("in/.DS_Store", b"x"),
        ("in/~$d.docx", b"x"),
        ("in/picture.png", b"x"),
    )
    gathered = gather([tmp_path])
    assert {(f.path.name, f.load()) for f in gathered.files} == {
        ("a.txt", b"P: a"),
        ("b.odt", b"b"),
        ("c.srt", b"c"),
    }
    assert gathered.problems == []
    assert sorted(gathered.skipped) == [
        "notes.csv (a table; name it itself to take it in)",
        "picture.png (kind '.png' is not known)",
    ]


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        pytest.param([("../a.txt", b"P: a")], "leads out of it", id="a name that climbs"),
        pytest.param([("/etc/a.txt", b"P: a")], "leads out of it", id="an absolute name"),
        pytest.param([("C:\\a.txt", b"P: a")], "leads out of it", id="a drive"),
        pytest.param([("x\\..\\..\\a.txt", b"P: a")], "leads out of it", id="backslashes"),
        pytest.param([(link("a.txt"), b"/etc/passwd")], "holds a link", id="a link"),
        pytest.param([("a.txt", b"a"), ("b.ZIP", b"x")], "another zip", id="a zip in the zip"),
        pytest.param([("A.txt", b"a"), ("a.txt", b"b")], "two files of one name", id="twins"),
        pytest.param([("a\nb.txt", b"a")], "cannot be shown", id="a line end in the name"),
        pytest.param([("readme.pdx", b"a")], "no transcript in this zip", id="nothing usable"),
    ],
)
def test_a_zip_that_is_not_what_it_seems_is_refused_whole(
    tmp_path: Path, entries: list[tuple[str | zipfile.ZipInfo, bytes]], said: str
) -> None:
    gathered = gather([zipped(tmp_path / "x.zip", *entries)])
    assert gathered.files == []
    assert [said in problem.line for problem in gathered.problems] == [True]


def test_a_zip_bomb_is_refused_by_what_it_says_and_gives_no_more_than_that(
    tmp_path: Path,
) -> None:
    bomb = zipped(tmp_path / "bomb.zip", *((f"{i}.txt", b"a" * 600_000) for i in range(2)))
    assert bomb.stat().st_size < 2_000
    said = gather([bomb], Limits(file_mb=1)).problems[0].line
    assert "is larger than 1 MB when unpacked" in said
    assert "--limit file_mb=" in said
    # One that says it is small: the size is written in two places, both four bytes.
    raw = zipped(tmp_path / "liar.zip", ("a.txt", b"a" * 200_000)).read_bytes()
    (tmp_path / "liar.zip").write_bytes(raw.replace((200_000).to_bytes(4, "little"), b"\x05\0\0\0"))
    (found,) = gather([tmp_path / "liar.zip"]).files
    with pytest.raises(InputError, match="cannot be opened as a zip"):
        found.load()


def test_too_many_files_and_damage_are_told(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", *((f"{i}.txt", b"P: a") for i in range(3)))
    assert "more than 2 files" in gather([path], Limits(zip_files=2)).problems[0].line
    path.write_bytes(path.read_bytes()[:60])
    assert "cannot be opened as a zip" in gather([path]).problems[0].line
    path.write_bytes(b"")
    assert "empty" in gather([path]).problems[0].line


def test_a_password_is_told(tmp_path: Path) -> None:
    raw = bytearray(zipped(tmp_path / "x.zip", ("a.txt", b"P: a")).read_bytes())
    at = raw.index(b"PK\x01\x02") + 8
    raw[at] |= 1
    (tmp_path / "x.zip").write_bytes(bytes(raw))
    assert "with a password" in gather([tmp_path / "x.zip"]).problems[0].line


@pytest.mark.parametrize(("suffix", "most"), [(".docx", 500), (".txt", 100)])
def test_a_file_beyond_the_limit_is_refused_before_it_is_read(
    suffix: str, most: int, tmp_path: Path
) -> None:
    path = tmp_path / f"GP-ID-3{suffix}"
    with path.open("wb") as stream:
        stream.truncate(most * 1_000_000 + 1)  # sparse: nothing is written
    with pytest.raises(InputError, match=f"is larger than {most} MB"):
        load(path)


def test_two_files_of_one_name_in_a_zip_and_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"x")
    zipped(tmp_path / "x.zip", ("in/a.txt", b"P: a"))
    with pytest.raises(InputError, match="has the same name as"):
        gather([tmp_path])


def test_names_that_old_programs_wrote_as_utf_8_are_read_so(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("Gespräch.txt", b"P: a")
    raw = bytearray(stream.getvalue())
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        raw[raw.index(mark) + offset] &= ~0x08  # take the flag "UTF-8" away
    (tmp_path / "x.zip").write_bytes(bytes(raw))
    assert gather([tmp_path / "x.zip"]).files[0].path.name == "Gespräch.txt"


def test_a_file_in_a_zip_may_have_no_name_at_all(tmp_path: Path) -> None:
    raw = zipped(tmp_path / "x.zip", ("a.txt", b"P: a"), ("b.txt", b"P: b")).read_bytes()
    # Found by the fuzzer: a length of 0 for the name, in the list at the end.
    at = raw.index(b"PK\x01\x02") + 28
    (tmp_path / "x.zip").write_bytes(raw[:at] + b"\0" + raw[at + 1 :])
    gathered = gather([tmp_path / "x.zip"])
    assert [f.path.name for f in gathered.files] in ([], ["b.txt"])
