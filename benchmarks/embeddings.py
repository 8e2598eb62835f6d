"""What the extra adds: ``python benchmarks/embeddings.py COMMENTS.csv MODEL_FOLDER``.

COMMENTS.csv has the columns respondent_id, text and themes (separated by semicolons), MODEL_FOLDER
is that of a sentence-embedding model. With the text of the test part at hand, as a study has it,
the same draws of 100, 300 and 1,000 comments are learned with the core recipe and with sentence
vectors beside. ``--keep FILE.npz`` keeps the vectors for the next run.
"""

from __future__ import annotations

import argparse
import os

# A process of its own thread count would make times and sums depend on the machine.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from comments import FEW, Comments, Split, read_comments, splits
from numpy.typing import NDArray
from scoring import calibration, macro_f1, micro_f1

from ccgmine.classify.encoder import Encoder, open_encoder
from ccgmine.classify.fit import TrainingData, fit
from ccgmine.classify.predict import Predictor
from ccgmine.classify.predict_views import Embed, make_predictor
from ccgmine.classify.views import fit_two_views

F32 = NDArray[np.float32]
CORE, WITH = "core", "with embeddings"
N_TIMED = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comments", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, help="read vectors from here, and write them")
    parser.add_argument("--every-draw", action="store_true", help="six draws a size, not two")
    chosen = parser.parse_args()
    comments = read_comments(chosen.comments)
    encoder = open_encoder(chosen.folder)
    print(f"encoder '{encoder.name}', {encoder.n_dimensions} dimensions, {encoder.sha256[:12]}")
    _time(encoder, comments.texts[:N_TIMED])
    embed = _embed(encoder, [*comments.texts, *comments.themes], chosen.keep)
    settings = [f"{n:,}" for n in FEW]
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for split in splits(comments, quick=not chosen.every_draw):
        if split.setting in settings:
            for recipe in (CORE, WITH):
                scores = _scores(comments, split, embed if recipe == WITH else None)
                found.setdefault((split.setting, recipe), []).append(scores)
    print("Macro-F1 (themes with 10 test positives or more), micro-F1, Brier skill; gain")
    for setting in settings:
        core, both = (np.mean(found[setting, recipe], axis=0) for recipe in (CORE, WITH))
        n = len(found[setting, CORE])
        for recipe, means in ((CORE, core), (WITH, both)):
            gain = "" if recipe == CORE else "  " + " ".join(f"{g:+.3f}" for g in both - core)
            figures = " ".join(f"{m:.3f}" for m in means)
            print(f"{setting:>6} {n} draws  {recipe:<16} {figures}{gain}")


def _time(encoder: Encoder, texts: Sequence[str]) -> None:
    started = time.perf_counter(), time.process_time()
    for _ in encoder.embed(texts):
        pass
    clock, processor = time.perf_counter() - started[0], time.process_time() - started[1]
    print(
        f"{1000 * clock / len(texts):.1f} ms a comment by the clock, "
        f"{1000 * processor / len(texts):.1f} ms of processor time ({len(texts)} comments)",
        flush=True,
    )


def _embed(encoder: Encoder, texts: Sequence[str], kept: Path | None) -> Embed:
    """Vectors out of a table that is made once."""
    different = sorted(set(texts))
    if kept is not None and kept.is_file():
        with np.load(kept, allow_pickle=False) as stored:
            same = str(stored["encoder"]) == encoder.sha256
            if same and stored["texts"].tolist() == different:
                return partial(_look_up, dict(zip(different, stored["vectors"], strict=True)))
    vectors = encoder.vectors(different)
    if kept is not None:
        np.savez(kept, encoder=encoder.sha256, texts=np.array(different), vectors=vectors)
    return partial(_look_up, dict(zip(different, vectors, strict=True)))


def _look_up(table: dict[str, F32], texts: Sequence[str]) -> F32:
    return np.stack([table[text] for text in texts])


def _scores(comments: Comments, split: Split, embed: Embed | None) -> tuple[float, float, float]:
    """Macro-F1, micro-F1 and Brier skill on the test part."""
    training, test = comments.take(split.training), comments.take(split.test)
    data = TrainingData(
        texts=training.texts,
        present=training.present,
        groups=training.group_of.tolist(),
        labels=training.themes,
        unlabelled=test.texts,
        unlabelled_groups=test.group_of.tolist(),
    )
    result = fit(data) if embed is None else fit_two_views(data, embed=embed)
    predictor: Predictor = make_predictor(result.model, embed)
    found = list(predictor.stream(test.texts))
    said = np.vstack([batch.assigned for batch in found])
    probabilities = np.vstack([predictor.probabilities(batch.scores) for batch in found])
    skill = calibration(test.present, probabilities.astype(np.float64), training.present).pooled
    return macro_f1(test.present, said), micro_f1(test.present, said), skill


if __name__ == "__main__":
    main()
