"""The zip file of a project: what is in it, read within limits and never written anywhere."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import unquote

from ccgmine.errors import CcgmineError, InputError, shown
from ccgmine.exchange.limits import Limits
from ccgmine.files import check_readable, machine_error

_CHUNK = 1 << 20
_SMALL = 10 << 20


class Archive:
    """A project's zip file, open for reading.

    Args:
        path: The file.
        limits: How much may be unpacked.

    Raises:
        InputError: If it is missing, no zip file, or has too many files in it.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        check_readable(path)
        self.path = path
        self._limits = limits
        self._unpacked = 0
        try:
            self._stream: IO[bytes] = path.open("rb")
        except OSError as error:
            raise machine_error(error, path) from error
        try:
            with self._damage("cannot be opened as a project (it is no whole zip file)"):
                self._zip = zipfile.ZipFile(self._stream)
                entries = self._zip.infolist()
        except BaseException:
            self._stream.close()
            raise
        if len(entries) > limits.members:
            self._stream.close()
            raise self._too_large(f"{len(entries)} files", "members")
        self._members: dict[str, list[zipfile.ZipInfo]] = {}
        for entry in entries:
            name = entry.filename.replace("\\", "/")
            if not name.endswith("/"):
                self._members.setdefault(name.casefold(), []).append(entry)

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()

    def project_file(self) -> str:
        """Name of the one ``*.qde`` at the root, or in the one folder that holds everything.

        Raises:
            InputError: If there is none, or more than one.
        """
        names = [
            name
            for name in self._members
            if name.endswith(".qde") and not name.rpartition("/")[2].startswith("._")
        ]
        at_root = [name for name in names if "/" not in name]
        found = at_root or [name for name in names if name.count("/") == 1]
        if len(found) != 1:
            what = f"{len(found)} .qde files" if found else "no .qde file"
            raise InputError(
                f"holds {what} at its root, where a REFI-QDA project has exactly one",
                where=self.path,
                remedy="Export the project again as REFI-QDA (.qdpx).",
            )
        return found[0]

    def source_member(self, reference: str, project_file: str) -> str | None:
        """The file that ``internal://…`` means: in ``sources``, written in any case."""
        base = project_file.rpartition("/")[0]
        for name in (reference, unquote(reference)):
            wanted = name.replace("\\", "/").rpartition("/")[2].casefold()
            folder = f"{base}/sources/".lstrip("/")
            for candidate in (f"{folder}{wanted}", f"{base}/{wanted}".lstrip("/")):
                if wanted and candidate in self._members:
                    return candidate
            elsewhere = [n for n in self._members if wanted and n.endswith(f"/{wanted}")]
            if len(elsewhere) == 1:
                return elsewhere[0]
        return None

    def read(self, member: str) -> bytes:
        """All of one file.

        Raises:
            InputError: If it is damaged, a link, stands twice in the archive or is too large.
        """
        return b"".join(self.chunks(member, self._limits.text_mb, "text_mb"))

    def chunks(self, member: str, most_mb: int, limit: str) -> Iterator[bytes]:
        """One file in pieces, as far as the limits allow."""
        entries = self._members[member]
        if len(entries) > 1:
            raise self._refused(member, f"stands {len(entries)} times in the archive")
        entry = entries[0]
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise self._refused(member, "is a link to somewhere else")
        if entry.flag_bits & 1:
            raise self._refused(member, "is protected with a password")
        size = 0
        with self._damage(f"is damaged at {_name(member)}"), self._zip.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                self._unpacked += len(chunk)
                if size > most_mb << 20:
                    raise self._too_large(f"more than {most_mb} MB of {_name(member)}", limit)
                if self._unpacked > self._limits.total_mb << 20:
                    raise self._too_large(f"more than {self._limits.total_mb} MB", "total_mb")
                if size > _SMALL and size > self._limits.ratio * max(1, entry.compress_size):
                    raise self._too_large(
                        f"{_name(member)} grows more than {self._limits.ratio} times", "ratio"
                    )
                yield chunk

    @contextmanager
    def _damage(self, message: str) -> Iterator[None]:
        try:
            yield
        except CcgmineError:
            raise
        except Exception as error:  # a damaged archive raises whatever its parts meet
            raise InputError(
                message, where=self.path, remedy="Export the project again, or copy it anew."
            ) from error

    def _refused(self, member: str, why: str) -> InputError:
        return InputError(
            f"its file {_name(member)} {why}",
            where=self.path,
            remedy="Export the project again from the program that made it.",
        )

    def _too_large(self, what: str, limit: str) -> InputError:
        return InputError(
            f"unpacks to {what}",
            where=self.path,
            remedy=f"If the file is to be trusted, raise the limit with --limit {limit}=NUMBER.",
        )


def _name(member: str) -> str:
    return shown(member.rpartition("/")[2])
