"""Running a command and measuring it from outside, with the system's own accounting."""

from __future__ import annotations

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
    started = time.perf_counter()
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
    )
    assert child.stdout is not None
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    # Linux counts kilobytes, macOS bytes.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, out)


def median_of(runs: int, *words: object) -> Measured:
    """The run of median wall time, after one that is not counted."""
    ccgmine(*words)
    measured = sorted((ccgmine(*words) for _ in range(runs)), key=lambda m: m.wall)
    return measured[runs // 2]
