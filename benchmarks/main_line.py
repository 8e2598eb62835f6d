"""Times and memory of the main line: ``python benchmarks/main_line.py [COMMENTS.csv]``.

Without an argument, on the sample corpus; with a table of comments (comment_id, respondent_id,
site, respondent_type, text, themes), also the same four commands on it, with its held-out scores,
and 200,000 of its rows classified in one process.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
import tempfile
from pathlib import Path

from measuring import ccgmine, median_of

CORPUS = Path(__file__).resolve().parent.parent / "sample_corpus"
N_LARGE = 200_000


def sample_corpus(folder: Path) -> None:
    study = folder / "sample"
    option = ("--study", study)
    print(median_of(5, "--help").line("--help"))
    print(median_of(5, "--version").line("--version"))
    ccgmine("init", study, "--codebook", CORPUS / "codebook.csv", "--coder", "coder1")
    people = CORPUS / "participants.csv"
    print(
        ccgmine("ingest", CORPUS / "transcripts", "--participants", people, *option).line(
            "ingest, sample corpus"
        )
    )
    files = (CORPUS / "codings.csv", CORPUS / "coverage.csv")
    print(ccgmine("import", *files, *option).line("import, sample corpus"))
    print(ccgmine("train", *option).line("train, sample corpus"))
    print(ccgmine("classify", *option).line("classify, sample corpus"))
    print(median_of(5, "report", *option).line("report, sample corpus"))


def comments(table: Path, folder: Path) -> None:
    study = folder / "comments"
    option = ("--study", study)
    ccgmine("init", study)
    columns = ["--id-column", "comment_id", "--participant-column", "respondent_id"]
    columns += ["--text-column", "text", "--site-column", "site"]
    columns += ["--type-column", "respondent_type", "--themes-column", "themes"]
    print(ccgmine("ingest", table, *columns, *option).line("ingest, comments"))
    trained = ccgmine("train", *option)
    print(trained.line("train, comments"))
    print(ccgmine("classify", *option).line("classify, comments (study)"))
    print(ccgmine("report", *option).line("report, comments"))
    large = folder / "large.csv"
    _repeat(table, large)
    straight = ["--id-column", "comment_id", "--text-column", "text", "--model", "themes"]
    done = ccgmine("classify", large, *straight, *option)
    print(done.line(f"classify, {N_LARGE:,} comments, CSV to CSV"))
    print(f"\nHeld out by respondent, per theme, from `ccgmine train` on {table.name}:")
    _print_scores(trained.out.decode())


def _repeat(table: Path, large: Path) -> None:
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with large.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["comment_id", "text"])
        for number, row in zip(range(N_LARGE), itertools.cycle(rows), strict=False):
            writer.writerow([number, row["text"]])


def _print_scores(out: str) -> None:
    rows = list(csv.DictReader(io.StringIO(out)))
    for row in rows:
        print(f"{row['label'][:44]:<44} {row['n']:>5} {row['f1'] or '–':>7}")
    common = [float(row["f1"]) for row in rows if int(row["n"]) >= 10 and row["f1"]]
    print(
        f"{'macro-F1, themes with 10 or more':<44} {len(common):>5} {sum(common) / len(common):.4f}"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample_corpus(folder)
        if len(sys.argv) > 1:
            comments(Path(sys.argv[1]), folder)


if __name__ == "__main__":
    main()
