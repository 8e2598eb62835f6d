"""Which files are meant: those named, and what is in folders and zips, with its bytes."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from ccgmine.errors import CcgmineError, InputError, shown
from ccgmine.files import machine_error, read_bytes
from ccgmine.ingest.limits import MEGABYTE, USUAL, Limits
from ccgmine.ingest.packages import DAMAGED
from ccgmine.ingest.readers import READERS, TEXT_SUFFIXES
from ccgmine.limits import trusted
from ccgmine.tables import TABLE_SUFFIXES

_ZIP = ".zip"
_STORED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read: on the disk, or in a zip as ``interviews.zip/GP-ID-3.txt``."""

    path: Path
    load: Callable[[], bytes]


@dataclass
class Gathered:
    """The files to read, what was passed over and why, and what cannot be read at all."""

    files: list[Found] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    problems: list[CcgmineError] = field(default_factory=list)


def gather(paths: Sequence[Path], limits: Limits = USUAL) -> Gathered:
    """Files to read: those named, and in folders and zips those of a known kind.

    Raises:
        InputError: If a folder holds none, or two files of one name were handed in.
    """
    gathered = Gathered()
    for path in paths:
        if path.is_dir():
            _gather_folder(path, gathered, limits)
        elif path.suffix.lower() == _ZIP:
            _gather_zip(path, gathered, limits)
        else:
            gathered.files.append(Found(path, partial(load, path, limits)))
    by_stem: dict[str, Path] = {}
    for found in gathered.files:
        path = found.path
        twin = by_stem.setdefault(path.stem.casefold(), path)
        if twin != path and path.suffix.lower() in READERS:
            raise InputError(
                f"has the same name as {twin}",
                where=path,
                remedy="A transcript is known by its file name; rename one of the two.",
            )
    return gathered


def load(path: Path, limits: Limits = USUAL) -> bytes:
    """The bytes of a file on the disk.

    Raises:
        InputError: If it is missing, empty or too large.
    """
    try:
        size = path.stat().st_size if path.is_file() else 0
    except OSError as error:
        raise machine_error(error, path) from error
    name = "text_mb" if path.suffix.lower() in TEXT_SUFFIXES else "file_mb"
    most = min(getattr(limits, name), limits.file_mb)
    if size > most * MEGABYTE:
        raise InputError(
            f"is larger than {most} MB",
            where=path,
            remedy="See that it is the right file; take pictures and sound out of a document. "
            + trusted(name),
        )
    return read_bytes(path)


def _gather_folder(folder: Path, gathered: Gathered, limits: Limits) -> None:
    inside = sorted(p for p in folder.rglob("*") if p.is_file() and not _is_hidden(p.name))
    known = False
    for path in inside:
        if path.suffix.lower() == _ZIP:
            _gather_zip(path, gathered, limits)
        elif path.suffix.lower() in READERS:
            gathered.files.append(Found(path, partial(load, path, limits)))
        else:
            gathered.skipped.append(f"{path.name} ({_why_left(path)})")
            continue
        known = True
    if not known:
        raise InputError(
            "there is no transcript in this folder",
            where=folder,
            remedy=f"Known kinds are {', '.join(sorted({*READERS, *TABLE_SUFFIXES, _ZIP}))}.",
        )


def _is_hidden(name: str) -> bool:
    """Lock files of word processors, and what systems put into folders."""
    return name.startswith((".", "~$"))


def _why_left(path: Path) -> str:
    if path.suffix.lower() in TABLE_SUFFIXES:
        return "a table; name it itself to take it in"
    return f"kind '{path.suffix}' is not known"


def _gather_zip(path: Path, gathered: Gathered, limits: Limits) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(load(path, limits)))
        entries = list(_checked(archive, path, limits))
    except InputError as error:
        gathered.problems.append(error)
        return
    except DAMAGED:
        gathered.problems.append(_damaged(path))
        return
    known = False
    for entry, name in entries:
        inside = path / name
        if inside.suffix.lower() in READERS:
            known = True
            gathered.files.append(Found(inside, partial(_unpacked, archive, entry, inside)))
        else:
            gathered.skipped.append(f"{inside.name} ({_why_left(inside)})")
    if not known:
        gathered.problems.append(
            InputError(
                "there is no transcript in this zip",
                where=path,
                remedy=f"Known kinds are {', '.join(sorted(READERS))}.",
            )
        )


def _damaged(path: Path) -> InputError:
    return InputError(
        "cannot be opened as a zip", where=path, remedy="Make it again, or hand in the folder."
    )


def _checked(
    archive: zipfile.ZipFile, path: Path, limits: Limits
) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """Entries that are files, with their names; nothing is unpacked to the disk.

    Raises:
        InputError: If one of them would not be what it seems, or all are too many or too large.
    """
    entries = archive.infolist()
    refused = limit = ""
    if len(entries) > limits.zip_files:
        refused, limit = f"holds more than {limits.zip_files} files", "zip_files"
    elif sum(entry.file_size for entry in entries) > limits.file_mb * MEGABYTE:
        refused, limit = f"is larger than {limits.file_mb} MB when unpacked", "file_mb"
    if refused:
        raise InputError(refused, where=path, remedy=f"Make several zips of it. {trusted(limit)}")
    seen: set[str] = set()
    for entry in entries:
        name = _name(entry)
        if (
            not name
            or name.endswith("/")
            or any(_is_hidden(part) or part == "__MACOSX" for part in _parts(name))
        ):
            continue
        why = _why_refused(entry, name, seen)
        if why:
            raise InputError(
                f"holds {why}",
                where=path,
                at=shown(PurePosixPath(name).name),
                remedy="Unpack it yourself, look at what is in it, and hand in the folder.",
            )
        seen.add(name.casefold())
        yield entry, name


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; older programs write UTF-8 without saying so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    return name.replace("\\", "/")


def _parts(name: str) -> Collection[str]:
    # ".." is no hidden file but a way out; it is refused below.
    return [part for part in name.split("/") if part not in {"", ".", ".."}]


def _why_refused(entry: zipfile.ZipInfo, name: str, seen: Collection[str]) -> str:
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        return "a file whose name leads out of it"
    if any(not c.isprintable() for c in name):
        return "a file whose name cannot be shown"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link"
    if name.lower().endswith(_ZIP):
        return "another zip"
    if entry.flag_bits & 0x1:
        return "a file with a password"
    if entry.compress_type not in _STORED:
        return "a file that is packed in an unusual way"
    return "two files of one name" if name.casefold() in seen else ""


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: Path) -> bytes:
    # `read` gives no more than the size that was added up above, whatever is packed.
    try:
        raw = archive.read(entry)
    except DAMAGED as error:
        raise _damaged(where) from error
    if not raw:
        raise InputError("the file is empty", where=where, remedy="Save it again, or leave it out.")
    return raw
