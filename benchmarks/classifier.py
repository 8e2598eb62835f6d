"""Accuracy, calibration and honesty: ``python benchmarks/classifier.py COMMENTS.csv [--quick]``.

COMMENTS.csv has the columns respondent_id, text and themes (separated by semicolons). Respondents
are never on both sides of a split. The reference is fitted in the same run on the same rows. Every
model of ccgmine is fitted twice: *inductive*, the test text unseen, and *with the study's text*,
the test part's text without its codings at hand, as a study has it.
"""

from __future__ import annotations

import argparse
import os

# A process of its own thread count would make times and sums depend on the machine.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from comments import Comments, Split, read_comments, splits
from reference import fit_reference
from scoring import (
    MIN_HONESTY,
    SIZES,
    Calibrated,
    Interval,
    calibration,
    honesty,
    intervals,
    macro_f1,
    micro_by_size,
    micro_f1,
)

from ccgmine.classify.evaluate import evaluate
from ccgmine.classify.fit import TrainingData, fit
from ccgmine.classify.model import RECIPE
from ccgmine.classify.predict import Predictor

REFERENCE, CAUTIOUS = "reference", "cautious reference"
INDUCTIVE, WITH_TEXT = "inductive", "with the study's text"
GAINS = {"100": (0.17, 0.05), "300": (0.10, 0.06), "1,000": (0.02, 0.03), "all": (0.03, 0.02)}
SKILLS = {"300": 0.30, "all": 0.45}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one model did on one split."""

    split: Split
    model: str
    macro: float
    micro: float
    seconds: float
    by_size: tuple[float, ...]
    calibrated: Calibrated | None = None
    intervals: list[Interval] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comments", type=Path)
    parser.add_argument("--quick", action="store_true", help="fewer draws and folds")
    parser.add_argument("--setting", action="append", help="only these: 100, 300, 1,000, half, all")
    chosen = parser.parse_args()
    comments = read_comments(chosen.comments)
    n_people = len(np.unique(comments.group_of))
    print(f"{len(comments.texts)} comments, {n_people} respondents, {len(comments.themes)} themes")
    print(f"recipe {RECIPE}", flush=True)
    outcomes: list[Outcome] = []
    for split in splits(comments, quick=chosen.quick):
        if chosen.setting and split.setting not in chosen.setting:
            continue
        outcomes += _outcomes(comments, split)
        print(_progress(outcomes[-4:]), flush=True)
    for table in (_scores, _sizes, _calibration, _honesty):
        print("\n" + "\n".join(table(outcomes)))


def _outcomes(comments: Comments, split: Split) -> list[Outcome]:
    training, test = comments.take(split.training), comments.take(split.test)
    return [
        *_references(training, test, split),
        _ours(training, test, split, INDUCTIVE),
        _ours(training, test, split, WITH_TEXT),
    ]


def _references(training: Comments, test: Comments, split: Split) -> list[Outcome]:
    started = time.process_time()
    reference = fit_reference(training, split.seed)
    seconds = time.process_time() - started
    return [
        Outcome(
            split,
            model,
            macro_f1(test.present, said),
            micro_f1(test.present, said),
            seconds,
            micro_by_size(test.texts, test.present, said),
        )
        for model, said in zip((REFERENCE, CAUTIOUS), reference.predict(test.texts), strict=True)
    ]


def _ours(training: Comments, test: Comments, split: Split, model: str) -> Outcome:
    at_hand = test if model == WITH_TEXT else test.take(np.zeros(0, dtype=np.int64))
    data = TrainingData(
        texts=training.texts,
        present=training.present,
        groups=training.group_of.tolist(),
        labels=training.themes,
        unlabelled=at_hand.texts,
        unlabelled_groups=at_hand.group_of.tolist(),
    )
    started = time.process_time()
    result = fit(data)
    seconds = time.process_time() - started
    predictor = Predictor(result.model)
    found = list(predictor.stream(test.texts))
    said = np.vstack([batch.assigned for batch in found])
    probabilities = np.vstack([predictor.probabilities(batch.scores) for batch in found])
    evaluation = evaluate(
        result.present, result.assigned, result.known, result.group_of, n_new=result.n_new
    )
    return Outcome(
        split,
        model,
        macro_f1(test.present, said),
        micro_f1(test.present, said),
        seconds,
        micro_by_size(test.texts, test.present, said),
        calibration(test.present, probabilities.astype(np.float64), training.present),
        intervals(evaluation, test.present, said),
    )


def _progress(outcomes: Iterable[Outcome]) -> str:
    parts = [f"{o.macro:.3f}/{o.micro:.3f} in {o.seconds:.1f} s" for o in outcomes]
    first = next(iter(outcomes)).split
    return f"{first.setting:>6} seed {first.seed}: " + " | ".join(parts)


def _settings(outcomes: list[Outcome]) -> list[str]:
    return list(dict.fromkeys(o.split.setting for o in outcomes))


def _of(outcomes: list[Outcome], setting: str, model: str) -> list[Outcome]:
    return [o for o in outcomes if o.split.setting == setting and o.model == model]


def _mean(outcomes: list[Outcome], what: str) -> float:
    return float(np.mean([getattr(o, what) for o in outcomes]))


def _scores(outcomes: list[Outcome]) -> Iterable[str]:
    """Macro-F1, micro-F1 and seconds of processor time for training, mean over runs."""
    yield "Macro-F1 (themes with 10 test positives or more), micro-F1, training s (processor)"
    for setting in _settings(outcomes):
        runs = _of(outcomes, setting, REFERENCE)
        macro, micro = _mean(runs, "macro"), _mean(runs, "micro")
        head = f"{setting:>6} {len(runs):2d} runs  "
        yield f"{head}{REFERENCE:<22} {macro:.3f} {micro:.3f} {_mean(runs, 'seconds'):6.1f}"
        for model in (CAUTIOUS, INDUCTIVE, WITH_TEXT):
            ours = _of(outcomes, setting, model)
            gains = _mean(ours, "macro") - macro, _mean(ours, "micro") - micro
            line = f"{'':16}{model:<22} {_mean(ours, 'macro'):.3f} {_mean(ours, 'micro'):.3f}"
            line += f" {_mean(ours, 'seconds'):6.1f}  gain {gains[0]:+.3f} {gains[1]:+.3f}"
            if model == WITH_TEXT and setting in GAINS:
                wanted = GAINS[setting]
                line += f"  (wanted {wanted[0]:+.2f} {wanted[1]:+.2f})"
            yield line


def _sizes(outcomes: list[Outcome]) -> Iterable[str]:
    sizes = ", ".join(f"{low} and more" if high > 1_000 else f"{low}-{high}" for low, high in SIZES)
    yield f"Micro-F1 by words of a comment: {sizes}"
    for setting in _settings(outcomes):
        for model in (REFERENCE, INDUCTIVE, WITH_TEXT):
            found = [o.by_size for o in _of(outcomes, setting, model)]
            means = " ".join(f"{mean:.3f}" for mean in np.nanmean(found, axis=0))
            yield f"{setting:>6} {model:<22} {means}"


def _calibration(outcomes: list[Outcome]) -> Iterable[str]:
    yield "Calibration: Brier skill pooled, mean of themes; slope above 0.1 (wanted 0.8 to 1.25)"
    for setting in _settings(outcomes):
        for model in (INDUCTIVE, WITH_TEXT):
            found = [o.calibrated for o in _of(outcomes, setting, model) if o.calibrated]
            means = [
                float(np.mean([getattr(c, what) for c in found]))
                for what in ("pooled", "by_theme", "slope")
            ]
            line = f"{setting:>6} {model:<22} " + " ".join(f"{m:.3f}" for m in means)
            wanted = SKILLS.get(setting) if model == WITH_TEXT else None
            yield line + (f"  (wanted {wanted:.2f})" if wanted else "")


def _honesty(outcomes: list[Outcome]) -> Iterable[str]:
    yield (
        "Honesty: share of printed 95 % intervals of held-out F1 that hold the F1 on participants "
        "never seen (wanted 0.90), mean width (wanted 0.25 at most), theme-runs"
    )
    for setting in _settings(outcomes):
        for model in (INDUCTIVE, WITH_TEXT):
            all_found = [i for o in _of(outcomes, setting, model) for i in o.intervals]
            both = [i for i in all_found if i.n_new >= MIN_HONESTY]
            parts = [
                f"{what}: {share:.3f} {width:.3f} {n:4d}"
                for what, (share, width, n) in (
                    ("20 positives coded", honesty(all_found)),
                    ("and 20 new", honesty(both)),
                )
            ]
            yield f"{setting:>6} {model:<22} " + "; ".join(parts)


if __name__ == "__main__":
    main()
