"""Training on a study's hand codings."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ccgmine import __version__
from ccgmine.classify.bundle import Bundle, manifest_hash, replace_folder, save_bundle
from ccgmine.classify.card import TrainingSummary, model_card, scores_as_json
from ccgmine.classify.run_embedding import StudyVectors, training_vectors
from ccgmine.classify.run_prediction import (
    DEFAULT_MODEL,
    as_prediction,
    predict_segments,
    settle_models,
)
from ccgmine.classify.run_scoring import held_out_scores
from ccgmine.coding.labels import HandLabel, label_segments
from ccgmine.coding.run import HandCoding, hand_coding
from ccgmine.domain import Codebook, Segment
from ccgmine.errors import CcgmineError, StudyError, UsageError
from ccgmine.files import machine_error
from ccgmine.language import stop_words
from ccgmine.store.predictions import ModelRecord, SegmentPrediction
from ccgmine.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.classify.coders import CoderComparison
    from ccgmine.classify.fit import FitOptions, FitResult, TrainingData
    from ccgmine.classify.learning import Fit

Progress = Callable[[str, int, int], None]
MAX_THEMES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """How to train; recorded in the model."""

    name: str = DEFAULT_MODEL
    seed: int = 0
    n_folds: int = 8
    coder: tuple[str, ...] = ()


def train(study: Study, options: TrainOptions, progress: Progress) -> TrainingSummary:
    """Learn the study's themes from its hand codings and save the model in the study.

    Held-out predictions of the coded participants are kept in the study, so that their scores
    and those of the others are of one kind.

    Args:
        study: An open study that may be written to.
        options: How to train.
        progress: Told what is being done.

    Raises:
        StudyError: If there is too little to learn from.
        UsageError: If the model's name cannot be a folder's.
    """
    from ccgmine.classify.fit import FitOptions, TrainingData

    _check_name(options.name)
    themes = study.codebook.coded
    hand = hand_coding(study, options.coder)
    coded = [(number, s) for number, s in hand.segments if number in hand.labels]
    _check_enough(study.codebook, hand, coded)
    coded_numbers = {number for number, _ in coded}
    others = [s for number, s in hand.segments if number not in coded_numbers]
    present, known = _label_arrays([t.theme_id for t in themes], hand.labels, coded)
    progress("learning", 0, 3)
    data = TrainingData(
        texts=[s.text for _, s in coded],
        present=present,
        known=known,
        groups=[s.participant_id for _, s in coded],
        labels=[t.name for t in themes],
        definitions=[t.definition for t in themes],
        unlabelled=[s.text for s in others],
        unlabelled_groups=[s.participant_id for s in others],
    )
    fit_options = FitOptions(seed=options.seed, n_folds=options.n_folds)
    vectors = training_vectors(study, progress)
    fit = _fitting(vectors)
    result = fit(data, fit_options)
    progress("scoring", 1, 3)
    summary = _summary(study, hand, coded, data, result, fit_options, fit)
    progress("saving", 2, 3)
    _save(study, options, hand, coded, result, summary, vectors)
    progress("", 3, 3)
    return summary


def _fitting(vectors: StudyVectors | None) -> Fit:
    """How to fit: with n-grams, or with n-grams and sentence vectors."""
    if vectors is None:
        from ccgmine.classify.fit import fit

        return fit
    from ccgmine.classify.views import fit_two_views

    return partial(fit_two_views, embed=vectors)


def _summary(
    study: Study,
    hand: HandCoding,
    coded: Sequence[tuple[int, Segment]],
    data: TrainingData,
    result: FitResult,
    options: FitOptions,
    fit: Fit,
) -> TrainingSummary:
    """How well the themes are found, and what a person wants to know beside it."""
    from ccgmine.classify.confusion import confusions
    from ccgmine.classify.evaluate import evaluate
    from ccgmine.classify.learning import learning_curve
    from ccgmine.classify.words import telling_words

    words = telling_words(
        result.model,
        data.texts,
        data.present,
        data.groups,
        leave_out=stop_words(study.settings.language),
    )
    return TrainingSummary(
        themes=study.codebook.coded,
        states=result.model.states,
        evaluation=evaluate(
            result.present, result.assigned, result.known, result.group_of, n_new=result.n_new
        ),
        n_segments=len(coded),
        n_participants=len(set(data.groups)),
        n_unlabelled=len(data.unlabelled),
        n_folds=len(result.folds),
        reference=hand.reference,
        words=tuple(tuple(found) for found in words),
        confusions=tuple(confusions(result.present, result.assigned, result.known)),
        curve=learning_curve(data, result, options, fit),
        coders=_compare_coders(study, hand, coded, result),
    )


def _compare_coders(
    study: Study, hand: HandCoding, coded: Sequence[tuple[int, Segment]], result: FitResult
) -> tuple[CoderComparison, ...]:
    """Every other coder and the machine, against the reference."""
    from ccgmine.classify.coders import compare_coder

    theme_ids = [t.theme_id for t in study.codebook.coded]
    found = []
    for coder in study.codings.coders():
        if coder in hand.reference:
            continue
        labels, _ = label_segments(
            hand.segments, study.codings.all(), study.codings.coverage(), [coder]
        )
        rows = [row for row, (number, _) in enumerate(coded) if number in labels]
        other, read = _label_arrays(theme_ids, labels, [coded[row] for row in rows])
        people = [coded[row][1].participant_id for row in rows]
        comparison = compare_coder(
            coder,
            result.present[rows],
            other,
            result.assigned[rows],
            read & result.known[rows],
            people,
        )
        if comparison is not None:
            found.append(comparison)
    return tuple(found)


def _check_name(name: str) -> None:
    if not name or name.startswith(".") or set(name) & set('/\\:*?"<>|') or len(name) > 100:
        raise UsageError(
            f"'{name}' cannot be the name of a model",
            remedy="Use letters, digits, spaces, dots and dashes.",
        )


def _check_enough(
    codebook: Codebook, hand: HandCoding, coded: Sequence[tuple[int, Segment]]
) -> None:
    if not codebook.coded:
        raise StudyError(
            "the codebook has no coded theme", remedy="Add themes to codebook.csv of the study."
        )
    if len(codebook.coded) > MAX_THEMES:
        raise StudyError(
            f"the codebook has {len(codebook.coded)} coded themes, and the limit is {MAX_THEMES}",
            remedy="Set coded to 'no' for those that need no learning.",
        )
    people = {s.participant_id for _, s in coded}
    if len(people) < 2:
        raise StudyError(
            f"the coded passages are those of {len(people)} participant(s), so nothing can be held "
            "out",
            remedy="Code passages of two participants at least; a theme is learned from three.",
        )
    wanted = {t.theme_id for t in codebook.coded}
    if not any(label.themes & wanted for label in hand.labels.values()):
        raise StudyError(
            "no passage is coded with a theme of the codebook",
            remedy="Import codings, or set coded to 'yes' for the themes that they use.",
        )


def _label_arrays(
    theme_ids: Sequence[str],
    labels: Mapping[int, HandLabel],
    coded: Sequence[tuple[int, Segment]],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each theme is present in, and was looked for in, each coded segment."""
    import numpy as np

    present = np.zeros((len(coded), len(theme_ids)), dtype=np.bool_)
    known = np.ones_like(present)
    column = {theme_id: i for i, theme_id in enumerate(theme_ids)}
    for row, (number, _) in enumerate(coded):
        label = labels[number]
        for theme_id in label.themes:
            if theme_id in column:
                present[row, column[theme_id]] = True
        if label.read_for is not None:
            known[row] = [label.is_read_for(theme_id) for theme_id in theme_ids]
    return present, known


def _save(
    study: Study,
    options: TrainOptions,
    hand: HandCoding,
    coded: Sequence[tuple[int, Segment]],
    result: FitResult,
    summary: TrainingSummary,
    vectors: StudyVectors | None,
) -> None:
    provenance = _provenance(study, options, hand, coded, result)
    if vectors is not None:
        provenance["embeddings"] = vectors.provenance
    if study.settings.pipeline:
        provenance["pipeline"] = study.settings.pipeline
    language = study.settings.language
    bundle = Bundle(options.name, result.model, summary.themes, language, provenance)
    held_out = list(_held_out(hand, coded, result, vectors))
    scores = list(held_out_scores(hand.segments, result, vectors))
    folder = study.models_folder
    fresh = folder / f".{options.name}.new"
    begun = False
    try:
        # Begun before the folder is written: another `train` of the study waits, or is told to.
        with study.transaction():
            begun = True
            settle_models(study)
            _clear(folder, fresh)
            card = model_card(options.name, summary, provenance, language)
            digest = save_bundle(bundle, fresh, card=card, report=scores_as_json(summary))
            record = ModelRecord(
                options.name,
                digest,
                tuple(t.theme_id for t in summary.themes),
                result.model.states,
            )
            study.predictions.put_model(record)
            people = sorted({segment.participant_id for _, segment in coded})
            study.predictions.put_trained_on(options.name, people)
            study.predictions.put(options.name, held_out)
            study.predictions.put_scores(options.name, scores)
            study.record("train", {"model": options.name, "sha256": digest, **provenance})
    except (CcgmineError, OSError):
        if begun:
            shutil.rmtree(fresh, ignore_errors=True)
        raise
    # After the commit: whatever stops this, `settle_models` does it the next time.
    try:
        replace_folder(fresh, folder / options.name)
    except CcgmineError:
        if manifest_hash(folder / options.name) != digest:
            raise


def _clear(folder: Path, fresh: Path) -> None:
    """Make room for a model's new folder."""
    try:
        folder.mkdir(exist_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise machine_error(error, folder) from error


def _provenance(
    study: Study,
    options: TrainOptions,
    hand: HandCoding,
    coded: Sequence[tuple[int, Segment]],
    result: FitResult,
) -> dict[str, Any]:
    """What made the model: versions, seed and hashes; no text."""
    import numpy
    import scipy
    import sklearn
    import spacy

    data = hashlib.sha256()
    for number, segment in coded:
        label = hand.labels[number]
        read_for = None if label.read_for is None else sorted(label.read_for)
        line = [segment.name, segment.text, sorted(label.themes), read_for]
        data.update(json.dumps(line, ensure_ascii=True).encode())
    return {
        "ccgmine": __version__,
        "recipe": result.model.recipe,
        "seed": options.seed,
        "n_folds": options.n_folds,
        "reference_coder": list(hand.reference),
        "codebook_sha256": codebook_hash(study.codebook),
        "training_sha256": data.hexdigest(),
        "n_segments": len(coded),
        "versions": {
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "spacy": spacy.__version__,
        },
    }


def codebook_hash(codebook: Codebook) -> str:
    """Hash of the coded themes: ids, labels, parents and definitions."""
    rows = [[t.theme_id, t.label, t.parent_id, t.definition] for t in codebook.coded]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()


def _held_out(
    hand: HandCoding,
    coded: Sequence[tuple[int, Segment]],
    result: FitResult,
    vectors: StudyVectors | None,
) -> Iterator[SegmentPrediction]:
    """Predictions of coded participants' segments by the fold model that never saw them."""
    from ccgmine.classify.views import fold_predictor

    for row, (number, _) in enumerate(coded):
        yield as_prediction(number, result.probabilities[row], result.assigned[row], held_out=True)
    rest: dict[int, list[tuple[int, Segment]]] = {}
    seen = {number for number, _ in coded}
    for number, segment in hand.segments:
        fold = result.fold_of_group.get(segment.participant_id)
        if number not in seen and fold is not None:
            rest.setdefault(fold, []).append((number, segment))
    for fold, parts in sorted(rest.items()):
        yield from predict_segments(fold_predictor(result, fold, vectors), parts, held_out=True)
