"""Fuzzes the readers of files, guided by which lines of ccgmine an input reaches.

    python -m tests.fuzz                          # what there is to fuzz
    python -m tests.fuzz qdpx-inside              # until something is found, or Ctrl-C
    python -m tests.fuzz rtf --seconds 300
    python -m tests.fuzz rtf --again crash-1a2b   # one input that was found

Needs the extra ``fuzz`` (Linux, macOS). A finding is any error but our own, more than 20 seconds,
or more than 2 GB; its bytes are left in the folder of findings. Inputs that reached something new
are kept beside it, and the next run begins with them.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import redirect_stderr, suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import atheris

# Every module would be told of.
with redirect_stderr(StringIO()), atheris.instrument_imports(include=["ccgmine"]):
    from tests.fuzz.targets import TARGETS, Target

from ccgmine.errors import CcgmineError

SECONDS_FOR_ONE = 20
MEGABYTES = 2048
LONGEST = 30_000


def try_one(target: Target, raw: bytes) -> None:
    """Hand one input to a target."""
    with TemporaryDirectory() as folder, suppress(CcgmineError):
        target.run(raw, Path(folder))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the readers.")
    parser.add_argument("target", nargs="?", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=0, help="stop after so many; 0 never")
    parser.add_argument("--again", type=Path, help="only try this input")
    parser.add_argument(
        "--folder", type=Path, default=Path(gettempdir()) / "ccgmine-fuzz", help="for what is found"
    )
    given = parser.parse_args()
    if given.target is None:
        print(*sorted(TARGETS), sep="\n")
        return
    target = TARGETS[given.target]
    if given.again is not None:
        try_one(target, given.again.read_bytes())
        return
    seeds, kept = (given.folder / given.target / name for name in ("seeds", "kept"))
    for folder in (seeds, kept):
        folder.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(target.seeds):
        (seeds / str(number)).write_bytes(raw)
    options = [
        f"-max_total_time={given.seconds}",
        f"-timeout={SECONDS_FOR_ONE}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-max_len={LONGEST}",
        f"-artifact_prefix={given.folder / given.target}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(kept), str(seeds)], lambda raw: try_one(target, raw))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
