"""Hostile files through the command line: what is refused leaves nothing behind anywhere."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from tests.cli.small import assert_discreet, here, make_study, told
from tests.exchange.test_hostile import GOOD

OUT = ("../../out.txt", "/tmp/out.txt", "..\\..\\out.txt", "C:\\out.txt", "a/../../../out.txt")
TALK = b"I: Why?\nP: So."


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return stream.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def bomb(levels: int) -> bytes:
    """A zip in a zip in a zip …, the innermost of which unpacks to a megabyte."""
    raw = zipped(("GP-ID-1.txt", b"P: so. " * 150_000))
    for level in range(levels):
        raw = zipped((f"{level}.zip", raw), (f"{level}.docx", raw))
    return raw


FILES = {
    **{f"{i}.zip": zipped((name, TALK)) for i, name in enumerate(OUT)},
    "link.zip": zipped((link("GP-ID-1.txt"), b"/etc/passwd")),
    "nested.zip": bomb(5),
    "nested.docx": bomb(3),
    "nested.odt": bomb(3),
    "nested.xlsx": bomb(3),
    "names.qdpx": zipped(*GOOD.items(), *((name, TALK) for name in OUT)),
    "nested.qdpx": zipped(*GOOD.items(), ("sources/a.qdpx", bomb(3)), ("Sources/b.txt", bomb(2))),
    "link.qdpx": zipped((link("project.qde"), b"/etc/passwd")),
    "nested.qdc": bomb(2),
    "nested.sqlite3": bomb(2),
    "nested.json": bomb(1),
}


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() if p.is_file() else b"" for p in folder.rglob("*")}


def test_nothing_outside_the_study_is_ever_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b"
    (inner / "temporary").mkdir(parents=True)
    study = make_study(inner)
    monkeypatch.chdir(inner)
    for name in ("TMPDIR", "TEMP", "TMP", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(inner / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", None)
    for name, raw in FILES.items():
        (inner / name).write_bytes(raw)
    before = {p: c for p, c in everything(tmp_path).items() if not p.startswith(str(study))}
    outside = sorted(Path("/tmp").glob("out*")) if Path("/tmp").is_dir() else []
    for name in FILES:
        for words in (["ingest", name], ["import", name, "--coder", "ann", "--new-themes"]):
            result = here(*words, "--study", study)
            assert result.code in {0, 3}, (words, result.err)
            assert_discreet(result.err)
    after = {p: c for p, c in everything(tmp_path).items() if not p.startswith(str(study))}
    assert after == before
    assert (sorted(Path("/tmp").glob("out*")) if Path("/tmp").is_dir() else []) == outside
    names = {p.name for p in study.rglob("*")}
    assert names <= {"study.toml", "codebook.csv", "study.db", "models"} | {
        n for n in names if n.endswith(".backup")
    }


def test_a_quotation_mark_that_is_never_closed_is_told_in_a_moment(tmp_path: Path) -> None:
    """It took hours: every further line was put behind a copy of those before it."""
    table = tmp_path / "t.csv"
    table.write_text('id,text\n1,"' + "so\n" * 2_000_000)
    error = told(here("classify", table, "--model", "ccg-themes"), 3)
    assert "a quotation mark that is never closed" in error
