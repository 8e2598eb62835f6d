"""Files at the border: bytes to text, and writing that leaves nothing half done."""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ccgmine.errors import CcgmineError, InputError, MachineError

# Control characters but for those that text files hold: they say "this is no text".
_CONTROLS = re.compile("[\x00-\x07\x0e-\x19\x7f-\x84\x86-\x9f]")


def read_bytes(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        InputError: If the file is missing, a folder, empty or not readable.
    """
    check_readable(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise machine_error(error, path) from error
    if not raw:
        raise InputError("the file is empty", where=path, remedy="Save it again, or leave it out.")
    return raw


def check_readable(path: Path) -> None:
    """Raise `InputError` unless ``path`` is a file that exists."""
    try:
        is_folder, is_file = path.is_dir(), path.exists()
    except (OSError, ValueError):
        is_folder = is_file = False
    if is_folder:
        raise InputError("is a folder, not a file", where=path, remedy="Name a file in it.")
    if not is_file:
        raise InputError(
            "there is no such file", where=path, remedy="Check the name and the folder."
        )


def sha256(raw: bytes) -> str:
    """Hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(raw).hexdigest()


_DOCUMENT = re.compile(
    r"\.(txt|docx?|rtf|odt|pdf|md|vtt|srt|html?|mp3|mp4|m4a|wav)$", re.IGNORECASE
)


def without_suffix(name: str) -> str:
    """A document's name without the suffix of its kind: ``Anna.docx`` is Anna, ``Dr. B`` stays."""
    return _DOCUMENT.sub("", name) or name


def encoding_of(raw: bytes) -> str:
    """Encoding of a text file's bytes: a byte order mark, else UTF-8, UTF-16 or Windows-1252."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            return name
    sample = raw[:4096]
    if b"\0" in sample:
        # UTF-16 of western text without a mark: every other byte is zero.
        if sample[1::2].count(0) > 0.6 * len(sample[1::2]) and sample[::2].count(0) == 0:
            return "utf-16-le"
        if sample[::2].count(0) > 0.6 * len(sample[::2]) and sample[1::2].count(0) == 0:
            return "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decode(raw: bytes, where: Path | str) -> str:
    r"""Text of a file's bytes, with every line end as ``\n``.

    Raises:
        InputError: If the bytes are no text.
    """
    no_text = InputError(
        "this is not a text file",
        where=where,
        remedy="Save the transcript as plain text, .docx or .vtt.",
    )
    try:
        text = raw.decode(encoding_of(raw))
    except UnicodeDecodeError as error:
        raise no_text from error
    controls = sum(1 for _ in _CONTROLS.finditer(text))
    if "\0" in text or controls > max(2, len(text) // 500):
        raise no_text
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def machine_error(error: OSError, where: Path | str | None) -> CcgmineError:
    """The one-line error for what the operating system refused."""
    if isinstance(error, PermissionError) or error.errno in (
        errno.EACCES,
        errno.EROFS,
        errno.EPERM,
    ):
        return MachineError(
            "not allowed by the system (read-only, or open in another program)",
            where=where,
            remedy="Close it elsewhere, or choose a folder that you can write to.",
        )
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG):
        return MachineError(
            "the disk is full", where=where, remedy="Make room; nothing was lost, run again."
        )
    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file or folder", where=where, remedy="Check the name.")
    if isinstance(error, IsADirectoryError):
        return InputError("is a folder, not a file", where=where, remedy="Name a file.")
    if isinstance(error, NotADirectoryError | FileExistsError):
        return InputError(
            "a file stands where a folder is needed", where=where, remedy="Choose another name."
        )
    if error.errno == errno.ENAMETOOLONG:
        return InputError("the name is too long", where=where, remedy="Choose a shorter one.")
    reason = (error.strerror or type(error).__name__).lower()
    return MachineError(
        f"the system says: {reason}", where=where, remedy="Mend that, and run again."
    )


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes the place of ``path`` only when all went well.

    Raises:
        CcgmineError: If the folder cannot be written to or the disk is full; whatever stood
            at ``path`` is still there then.
    """
    temporary: Path | None = None
    if not path.parent.is_dir():
        raise InputError(
            "its folder does not exist", where=path, remedy="Make the folder, or name another."
        )
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            # A pipe or a device, as /dev/stdout, is written to, not replaced.
            with path.open("wb") as stream:
                yield stream
            return
        path = path.resolve() if path.is_symlink() else path
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes files for the owner alone; a report is an ordinary file.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise machine_error(error, path) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
