"""How the machine does on the 18 participants of the sample corpus that it never saw.

``python benchmarks/answer_key.py`` trains on the 24 hand-coded participants, classifies the
others, and compares with their reference coding, which no command of the demo reads.
"""

from __future__ import annotations

import csv
import io
import statistics
import tempfile
from pathlib import Path

from measuring import ccgmine

from ccgmine.coding.run import HandCoding, hand_coding
from ccgmine.domain import ThemeState
from ccgmine.store.predictions import ModelRecord, SegmentPrediction
from ccgmine.study import open_study

Pair = tuple[str, str]

MIN_CODED = 10
LONGEST = 1_000_000
SIZES = ((1, 39), (40, 79), (80, LONGEST))
CORPUS = Path(__file__).resolve().parent.parent / "sample_corpus"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "study"
        option = ("--study", study)
        ccgmine("init", study, "--codebook", CORPUS / "codebook.csv", "--coder", "coder1")
        people = CORPUS / "participants.csv"
        ccgmine("ingest", CORPUS / "transcripts", "--participants", people, *option)
        ccgmine("import", CORPUS / "codings.csv", CORPUS / "coverage.csv", *option)
        trained = ccgmine("train", *option)
        ccgmine("classify", *option)
        with open_study(study) as opened:
            model = opened.predictions.classified_model()
            assert model is not None
            found = {p.segment_no: p for p in opened.predictions.of(model.name)}
        ccgmine("import", CORPUS / "answer_key.csv", "--read-in-full", *option)
        with (CORPUS / "answer_key.csv").open(encoding="utf-8", newline="") as stream:
            kept_apart = {row["participant_id"] for row in csv.DictReader(stream)}
        with open_study(study) as opened:
            hand = hand_coding(opened, ["coder1"])
        segments, persons = _pairs(model, found, hand, kept_apart)
        print(f"participants kept apart: {len(kept_apart)}")
        for what, (said, true) in (("segments", segments), ("participants", persons)):
            print(_line(f"{what} x themes", len(said & true), len(said), len(true)))
        words = {str(number): len(segment.text.split()) for number, segment in hand.segments}
        for low, high in SIZES:
            said, true = (
                {pair for pair in pairs if low <= words[pair[0]] <= high} for pairs in segments
            )
            what = f"{low} to {high} words" if high < LONGEST else f"{low} words and more"
            print(_line(what, len(said & true), len(said), len(true)))
        print(_intervals(trained.out.decode(), *segments))


def _intervals(printed: str, said: set[Pair], true: set[Pair]) -> str:
    """How often the interval that `train` printed holds the F1 on those kept apart."""
    held, widths = [], []
    for row in csv.DictReader(io.StringIO(printed)):
        mine = {pair for pair in said if pair[1] == row["theme"]}
        keys = {pair for pair in true if pair[1] == row["theme"]}
        if row["f1_low"] and keys and int(row["n"]) >= MIN_CODED:
            low, high = float(row["f1_low"]), float(row["f1_high"])
            held.append(low <= 2 * len(mine & keys) / (len(mine) + len(keys)) <= high)
            widths.append(high - low)
    return (
        f"printed intervals of F1 that hold, themes with {MIN_CODED} coded passages or more: "
        f"{sum(held)} of {len(held)}, mean width {statistics.mean(widths):.2f}"
    )


def _pairs(
    model: ModelRecord,
    found: dict[int, SegmentPrediction],
    hand: HandCoding,
    kept_apart: set[str],
) -> tuple[tuple[set[Pair], set[Pair]], tuple[set[Pair], set[Pair]]]:
    """(Unit, theme) pairs that machine and key say, by segment and by participant."""
    said: set[Pair] = set()
    true: set[Pair] = set()
    person = {}
    for number, segment in hand.segments:
        if segment.participant_id not in kept_apart:
            continue
        person[str(number)] = segment.participant_id
        label = hand.labels.get(number)
        for i, theme in enumerate(model.themes):
            if model.states[i] is ThemeState.LEARNED:
                if found[number].assigned[i]:
                    said.add((str(number), theme))
                if label is not None and theme in label.themes:
                    true.add((str(number), theme))
    by_person = [{(person[number], theme) for number, theme in pairs} for pairs in (said, true)]
    return (said, true), (by_person[0], by_person[1])


def _line(what: str, hits: int, machine: int, key: int) -> str:
    precision, recall = hits / max(1, machine), hits / max(1, key)
    f1 = 2 * hits / max(1, machine + key)
    return (
        f"{what:<24} coded {key:4d}, machine {machine:4d}, both {hits:4d}: "
        f"precision {precision:.3f}, recall {recall:.3f}, micro-F1 {f1:.3f}"
    )


if __name__ == "__main__":
    main()
