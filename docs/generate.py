"""Writes what of the documentation a program can say: docs/cli.md, and the README's tour.

``python docs/generate.py`` runs every command and writes what it prints; ``--check`` changes
nothing and fails if something would change. The tour runs on a terminal of 96 columns, in a
folder of its own with a copy of the sample corpus in it. A comment
``<!-- show 5 first, 3 last -->`` before a block of the tour cuts its middle out.
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLI_PAGE = ROOT / "docs" / "cli.md"
README = ROOT / "README.md"
WIDTH = 96
COMMANDS = ("demo", "init", "ingest", "import", "export", "train", "classify", "report")
COMMANDS += ("evaluate", "models", "explain", "check")
REPORTS = ("prevalence", "differences", "compare", "participants", "quotes", "matrix")
REPORTS += ("cooccurrence", "saturation", "kwic", "agreement", "methods")
_BLOCK = re.compile(
    r"(?:<!-- show (?P<first>\d+) first, (?P<last>\d+) last -->\n)?```console\n(?P<body>.*?)```\n",
    re.DOTALL,
)


def cli_page() -> str:
    """The command reference, from the program's own help."""
    parts = [
        "# Command reference",
        "",
        "Made by `python docs/generate.py` from the program's own help.",
        "",
        "Every command finds the study from `--study`, else from the environment variable "
        "`CCGMINE_STUDY`, else in the current folder. Results go to standard output, everything "
        "else to standard error. Exit codes: 0 done, 1 a bug, 2 usage, 3 input, 4 study, "
        "5 machine, 130 interrupted.",
        "",
        *_help_of([]),
    ]
    for command in COMMANDS:
        parts += [f"## ccgmine {command}", "", *_help_of([command])]
        if command == "report":
            for report in REPORTS:
                parts += [f"### ccgmine report {report}", "", *_help_of([command, report])]
    return "\n".join(parts)


def _help_of(words: list[str]) -> list[str]:
    environment = {**os.environ, "COLUMNS": "88", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "ccgmine", *words, "--help"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        check=True,
    )
    lines = [line.rstrip() for line in done.stdout.strip().splitlines()]
    return ["```text", *[line.replace("python -m ccgmine", "ccgmine") for line in lines], "```", ""]


def readme_with_tour() -> str:
    """The README with every console block's output as the program prints it now."""
    text = README.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        shutil.copytree(ROOT / "sample_corpus", folder / "sample_corpus")
        here = [folder]

        def fill(match: re.Match[str]) -> str:
            lines = []
            for command in re.findall(r"(?m)^\$ (.*)$", match["body"]):
                lines.append(f"$ {command}")
                if command.startswith("cd "):
                    here[0] = (here[0] / command.removeprefix("cd ")).resolve()
                    continue
                lines += _cut(_on_terminal(command, here[0], folder), match)
            mark = match[0].split("```console")[0]
            return f"{mark}```console\n" + "\n".join(lines) + "\n```\n"

        return _BLOCK.sub(fill, text)


def _cut(lines: list[str], match: re.Match[str]) -> list[str]:
    if match["first"] is None:
        return lines
    first, last = int(match["first"]), int(match["last"])
    if len(lines) <= first + last + 1:
        return lines
    return [*lines[:first], "…", *lines[len(lines) - last :]]


def _on_terminal(command: str, folder: Path, root: Path) -> list[str]:
    """What a person sees when they type the command."""
    import pty

    words = command.replace("ccgmine", f'"{sys.executable}" -m ccgmine', 1)
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": "60", "NO_COLOR": "1"}
    environment |= {"TERM": "dumb"}
    environment.pop("CCGMINE_STUDY", None)
    master, slave = pty.openpty()
    try:
        child = subprocess.Popen(
            ["/bin/sh", "-c", words],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
        )
        os.close(slave)
        chunks = []
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                break
            if not chunk:
                break
            chunks.append(chunk)
        if child.wait() != 0:
            raise SystemExit(f"{command} failed:\n" + b"".join(chunks).decode())
    finally:
        os.close(master)
    text = b"".join(chunks).decode("utf-8").replace(str(root), "…")
    return [line.rstrip() for line in text.replace("\r\n", "\n").strip("\n").split("\n")]


def main() -> None:
    """Write the pages, or compare them."""
    stale = []
    for path, fresh in ((CLI_PAGE, cli_page()), (README, readme_with_tour())):
        now = path.read_text(encoding="utf-8") if path.exists() else ""
        if now == fresh:
            continue
        stale.append(path.name)
        if "--check" in sys.argv:
            sys.stdout.writelines(
                difflib.unified_diff(
                    now.splitlines(keepends=True), fresh.splitlines(keepends=True), path.name, "now"
                )
            )
        else:
            path.write_text(fresh, encoding="utf-8", newline="\n")
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(stale)}; run python docs/generate.py")


if __name__ == "__main__":
    main()
