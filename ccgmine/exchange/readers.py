"""Which reader takes which file. A reader turns a file into a `Project` and does nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.project import Project
from ccgmine.exchange.refi import read_qdc, read_qdpx

PROJECT_READERS: dict[str, Callable[[Path, ReadOptions], Project]] = {
    ".qdpx": read_qdpx,
    ".qdc": read_qdc,
}
READER_VERSION = "1"
