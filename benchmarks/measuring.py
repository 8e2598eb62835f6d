"""Running a command and measuring it from outside, with the system's own accounting.

This file is also the small process in between: the system counts towards a command's peak memory
what the process that starts it holds, and a benchmark may hold much.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """A finished command: wall seconds, processor seconds, peak memory in MB, standard output."""

    wall: float
    cpu: float
    peak_mb: float
    out: bytes

    def line(self, what: str) -> str:
        """One row of a table."""
        return f"{what:<44} {self.wall:8.2f} s {self.cpu:8.2f} s cpu {self.peak_mb:7.0f} MB"


def ccgmine(*words: object, cwd: Path | None = None) -> Measured:
    """Run ``ccgmine WORDS``; ends the benchmark if the command fails."""
    command = [sys.executable, "-m", "ccgmine", *map(str, words)]
    reader, writer = os.pipe()
    between = [sys.executable, "-I", "-S", __file__, str(writer), *command]
    with subprocess.Popen(
        between,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        pass_fds=(writer,),
    ) as child:
        os.close(writer)
        assert child.stdout is not None
        out = child.stdout.read()
        with os.fdopen(reader) as stream:
            report = json.loads(stream.read() or "{}")
    if report.pop("status", 1) != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return Measured(out=out, **report)


def median_of(runs: int, *words: object) -> Measured:
    """The run of median wall time, after one that is not counted."""
    ccgmine(*words)
    measured = sorted((ccgmine(*words) for _ in range(runs)), key=lambda m: m.wall)
    return measured[runs // 2]


def _in_between(writer: int, command: list[str]) -> None:
    started = time.perf_counter()
    child = subprocess.Popen(command)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    # Linux counts kilobytes, macOS bytes.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    report = {
        "status": status,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / unit,
    }
    with os.fdopen(writer, "w") as stream:
        json.dump(report, stream)


if __name__ == "__main__":
    _in_between(int(sys.argv[1]), sys.argv[2:])
