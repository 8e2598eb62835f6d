"""Times, memory and sizes: ``python benchmarks/classifier_speed.py COMMENTS.csv [--quick]``.

What is compared is measured in one run, in turns, on one core: training against the reference,
classifying against fastText. ``--rows`` says how many comments are classified from CSV to CSV.
"""

from __future__ import annotations

import argparse
import os

# Before numpy is loaded: one core for everybody.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import csv
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from comments import NOT_AN_ANSWER, Comments, read_comments
from measuring import Measured, ccgmine, median_of
from reference import fit_reference
from rival import FastText, one_line

from ccgmine.classify.bundle import load_bundle
from ccgmine.classify.features import tokenise
from ccgmine.classify.fit import FitResult, TrainingData, fit
from ccgmine.classify.predict import BATCH_TEXTS, Predictor

IN_MEMORY = 40_000
PASSAGE_WORDS = ((1, 39), (40, 79), (80, 149), (150, 250))
N_PASSAGES = 3_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comments", type=Path)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--rows", type=int, default=1_000_000, help="comments from CSV to CSV")
    chosen = parser.parse_args()
    rounds = 3 if chosen.quick else 7
    comments = read_comments(chosen.comments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = training(comments, 1 if chosen.quick else 3)
        rival = FastText(comments, folder)
        predictor = Predictor(result.model)
        in_memory(comments, predictor, rival, rounds)
        passages(comments, predictor, rival)
        model = trained_by_command(chosen.comments, folder)
        start_up(folder, model)
        from_csv_to_csv(comments, folder, model, rival, chosen.rows, 1 if chosen.quick else 3)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def training(comments: Comments, rounds: int) -> FitResult:
    """Processor time of training on all comments, model selection and thresholds included."""
    data = TrainingData(
        texts=comments.texts,
        present=comments.present,
        groups=comments.group_of.tolist(),
        labels=comments.themes,
    )
    result = fit(data)  # loads what is loaded once
    ours, theirs = [], []
    for _ in range(rounds):
        started = time.process_time()
        fit(data)
        ours.append(time.process_time() - started)
        started = time.process_time()
        fit_reference(comments)
        theirs.append(time.process_time() - started)
    own, reference = statistics.median(ours), statistics.median(theirs)
    print(f"Training on {len(comments.texts):,} comments, processor time, median of {rounds}:")
    print(f"  ccgmine {own:.1f} s, reference {reference:.1f} s, ratio {own / reference:.2f}")
    return result


def in_memory(comments: Comments, predictor: Predictor, rival: FastText, rounds: int) -> None:
    """Texts in memory to themes, in turns; and the floor, one pass that hashes the words."""
    texts = list(islice(cycle(comments.texts), IN_MEMORY))
    lines = [one_line(text) for text in texts]
    n_bytes = sum(len(text.encode()) for text in texts)

    def floor() -> None:
        for begin in range(0, len(texts), BATCH_TEXTS):
            tokenise(texts[begin : begin + BATCH_TEXTS])

    works: dict[str, Callable[[], object]] = {
        "fastText, batch call": lambda: rival.classify(lines),
        "ccgmine": lambda: _all(predictor, texts),
        "floor: words found and hashed": floor,
    }
    times: dict[str, list[float]] = {what: [] for what in works}
    for _ in range(rounds + 1):
        for what, work in works.items():
            times[what].append(_seconds(work))
    rivals = times["fastText, batch call"][1:]
    print(f"\n{len(texts):,} comments in memory to themes, one core, {rounds} rounds in turns:")
    for what, measured in times.items():
        median = statistics.median(measured[1:])
        ratio = statistics.median(r / m for r, m in zip(rivals, measured[1:], strict=True))
        print(
            f"  {what:<32} {len(texts) / median:9,.0f} comments/s {n_bytes / 1e6 / median:6.1f} "
            f"MB/s  {ratio:.2f} times fastText"
        )


def passages(comments: Comments, predictor: Predictor, rival: FastText) -> None:
    """The same for passages as long as an interview's, put together from the comments' words."""
    words = " ".join(one_line(text) for text in comments.texts).split()
    rng = random.Random(0)
    print("\nPassages of running words in memory to themes, by size:")
    for low, high in PASSAGE_WORDS:
        starts = [rng.randrange(len(words) - high) for _ in range(N_PASSAGES)]
        texts = [" ".join(words[s : s + rng.randint(low, high)]) for s in starts]
        pairs = [
            (_seconds(partial(_all, predictor, texts)), _seconds(partial(rival.classify, texts)))
            for _ in range(5)
        ]
        own = statistics.median(pair[0] for pair in pairs)
        ratio = statistics.median(pair[1] / pair[0] for pair in pairs)
        print(
            f"  {low:3d} to {high:3d} words {len(texts) / own:9,.0f} passages/s  "
            f"{ratio:.2f} times fastText"
        )


def _all(predictor: Predictor, texts: list[str]) -> None:
    for _ in predictor.stream(texts):
        pass


def trained_by_command(table: Path, folder: Path) -> Path:
    """Train with ``ccgmine train`` in a study; gives the study."""
    study, coded = folder / "study", folder / "coded.csv"
    _without_empty_answers(table, coded)
    option = ("--study", study)
    ccgmine("init", study)
    columns = ["--id-column", "comment_id", "--participant-column", "respondent_id"]
    columns += ["--text-column", "text", "--themes-column", "themes"]
    ccgmine("ingest", coded, *columns, *option)
    trained = ccgmine("train", *option)
    print("\nCommands:")
    print("  " + trained.line("train, with learning curve and words"))
    model = study / "models" / "themes"
    size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    n_buckets = len(load_bundle(model).model.vocabulary.buckets)
    print(f"  model: {size / 1e6:.1f} MB, {n_buckets:,} n-grams with weights")
    return study


def _without_empty_answers(table: Path, coded: Path) -> None:
    with table.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        rows = [row for row in reader if row["text"].strip() != NOT_AN_ANSWER]
        names = list(reader.fieldnames or ())
    with coded.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)


def _straight(table: Path, study: Path, jobs: int) -> tuple[object, ...]:
    return ("classify", table, "--model", "themes", "--jobs", jobs, "--study", study)


def start_up(folder: Path, study: Path) -> None:
    """One comment from the command line: starting, loading the model, classifying."""
    one = folder / "one.csv"
    one.write_text("id,text\n1,The staff were friendly but the wait was long.\n", encoding="utf-8")
    print("  " + median_of(7, *_straight(one, study, 1)).line("classify, one comment, median of 7"))


def from_csv_to_csv(
    comments: Comments, folder: Path, study: Path, rival: FastText, n_rows: int, rounds: int
) -> None:
    """``ccgmine classify`` on a large table, with one process and two, against fastText alone."""
    table = folder / "large.csv"
    texts = list(islice(cycle(comments.texts), n_rows))
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text"])
        writer.writerows(enumerate(texts))
    lines = [one_line(text) for text in texts]
    works: dict[str, list[float]] = {"fastText": [], "1": [], "2": []}
    last: dict[int, Measured] = {}
    for _ in range(rounds):
        works["fastText"].append(_seconds(lambda: rival.classify(lines)))
        for jobs in (1, 2):
            last[jobs] = ccgmine(*_straight(table, study, jobs))
            works[str(jobs)].append(last[jobs].wall)
    print(f"\n{n_rows:,} comments from CSV to CSV, start of the program included, {rounds} rounds:")
    bare = statistics.median(works["fastText"])
    print(f"  fastText, texts in memory, bare  {n_rows / bare:9,.0f} comments/s")
    for jobs in (1, 2):
        wall = statistics.median(works[str(jobs)])
        print(
            f"  ccgmine classify --jobs {jobs}        {n_rows / wall:9,.0f} comments/s  "
            f"{bare / wall:.2f} times fastText, processor {last[jobs].cpu:.2f} s, "
            f"peak {last[jobs].peak_mb:.0f} MB a process"
        )
    faster = statistics.median(works["1"]) / statistics.median(works["2"])
    same = "the same bytes" if last[1].out == last[2].out else "OTHER BYTES"
    print(f"  two processes: {faster:.2f} times one, {same}")


if __name__ == "__main__":
    main()
