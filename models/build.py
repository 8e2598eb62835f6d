"""Trains the shipped model on the sample corpus: ``python models/build.py``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "sample_corpus"
NAME = "ccg-themes"


def main() -> None:
    """Make a study, train, and put the model in its place."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        for words in (
            ["init", study, "--codebook", CORPUS / "codebook.csv", "--coder", "coder1"],
            ["ingest", CORPUS / "transcripts", "--participants", CORPUS / "participants.csv"],
            ["import", CORPUS / "codings.csv", CORPUS / "coverage.csv"],
            ["train", "--model", NAME, "--format", "table"],
        ):
            command = [sys.executable, "-m", "ccgmine", "--study", study, *words]
            subprocess.run([str(word) for word in command], check=True)
        shutil.rmtree(ROOT / "models" / NAME, ignore_errors=True)
        shutil.copytree(study / "models" / NAME, ROOT / "models" / NAME)


if __name__ == "__main__":
    main()
