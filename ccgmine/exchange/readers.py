"""Which reader takes which file. A reader turns a file into a `Project` and does nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ccgmine.errors import InputError
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.project import Project
from ccgmine.exchange.qualcoder import read_qualcoder
from ccgmine.exchange.refi import read_qdc, read_qdpx
from ccgmine.exchange.taguette import read_taguette

PROJECT_READERS: dict[str, Callable[[Path, ReadOptions], Project]] = {
    ".qdpx": read_qdpx,
    ".qdc": read_qdc,
    ".qda": read_qualcoder,
    ".sqlite3": read_taguette,
    ".sqlite": read_taguette,
    ".db": read_taguette,
}
READER_VERSION = "1"

_OWN_FORMATS = {
    "NVivo": r"\.(nvp|nvpx|nvcx|nvb)",
    "MAXQDA": r"\.(mx\d{1,2}|mex\d{0,2}|mqda|mqex|mtr)",
    "ATLAS.ti": r"\.(atlproj\d*|atlcb|hpr\d)",
    "Quirkos": r"\.(qrk|qrkx)",
    "QDA Miner": r"\.(wpj|ppj)",
    "Transana": r"\.tra",
}


def refuse_own_format(path: Path) -> None:
    """Say what to export instead of a project in its program's own format.

    Raises:
        InputError: If the file's suffix is that of one.
    """
    for program, suffix in _OWN_FORMATS.items():
        if re.fullmatch(suffix, path.suffix.lower()):
            raise InputError(
                f"is a project in {program}'s own format, which only {program} reads",
                where=path,
                remedy="Export it there as a REFI-QDA project (.qdpx).",
            )
