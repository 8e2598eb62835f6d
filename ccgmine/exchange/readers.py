"""Which reader takes which file. A reader turns a file into a `Project` and does nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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
