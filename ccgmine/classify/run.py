"""Training on a study's hand codings, and classifying its other segments or any texts."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccgmine import __version__
from ccgmine.classify.bundle import (
    Bundle,
    find_model,
    load_bundle,
    replace_folder,
    save_bundle,
)
from ccgmine.classify.card import TrainingSummary, model_card, scores_as_json
from ccgmine.coding.run import HandCoding, hand_coding
from ccgmine.domain import Codebook, Segment, ThemeState
from ccgmine.errors import StudyError, UsageError
from ccgmine.files import machine_error
from ccgmine.shipped import shipped
from ccgmine.store.predictions import ModelRecord, SegmentPrediction
from ccgmine.study import Study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.classify.fit import FitResult
    from ccgmine.classify.predict import Predictor

Progress = Callable[[str, int, int], None]
MAX_THEMES = 1000
DEFAULT_MODEL = "themes"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """How to train; recorded in the model."""

    name: str = DEFAULT_MODEL
    seed: int = 0
    n_folds: int = 5
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
    from ccgmine.classify.evaluate import evaluate
    from ccgmine.classify.fit import FitOptions, TrainingData, fit

    _check_name(options.name)
    themes = study.codebook.coded
    hand = hand_coding(study, options.coder)
    coded = [(number, s) for number, s in hand.segments if number in hand.labels]
    _check_enough(study.codebook, hand, coded)
    coded_numbers = {number for number, _ in coded}
    others = [s for number, s in hand.segments if number not in coded_numbers]
    present, known = _label_arrays([t.theme_id for t in themes], hand, coded)
    progress("learning", 0, 3)
    result = fit(
        TrainingData(
            texts=[s.text for _, s in coded],
            present=present,
            known=known,
            groups=[s.participant_id for _, s in coded],
            labels=[t.name for t in themes],
            definitions=[t.definition for t in themes],
            unlabelled=[s.text for s in others],
            unlabelled_groups=[s.participant_id for s in others],
        ),
        FitOptions(seed=options.seed, n_folds=options.n_folds),
    )
    progress("scoring", 1, 3)
    evaluation = evaluate(result.present, result.assigned, result.known, result.group_of)
    summary = TrainingSummary(
        themes=themes,
        states=result.model.states,
        evaluation=evaluation,
        n_segments=len(coded),
        n_participants=len({s.participant_id for _, s in coded}),
        n_unlabelled=len(others),
        n_folds=len(result.folds),
        reference=hand.reference,
    )
    progress("saving", 2, 3)
    _save(study, options, hand, coded, result, summary)
    progress("", 3, 3)
    return summary


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
    theme_ids: Sequence[str], hand: HandCoding, coded: Sequence[tuple[int, Segment]]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each theme is present in, and was looked for in, each coded segment."""
    import numpy as np

    present = np.zeros((len(coded), len(theme_ids)), dtype=np.bool_)
    known = np.ones_like(present)
    column = {theme_id: i for i, theme_id in enumerate(theme_ids)}
    for row, (number, _) in enumerate(coded):
        label = hand.labels[number]
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
) -> None:
    provenance = _provenance(study, options, hand, coded, result)
    language = study.settings.language
    bundle = Bundle(options.name, result.model, summary.themes, language, provenance)
    folder = study.models_folder
    fresh = folder / f".{options.name}.new"
    try:
        folder.mkdir(exist_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise machine_error(error, folder) from error
    try:
        card = model_card(options.name, summary, provenance, language)
        digest = save_bundle(bundle, fresh, card=card, report=scores_as_json(summary))
        record = ModelRecord(
            options.name,
            digest,
            tuple(t.theme_id for t in summary.themes),
            result.model.states,
        )
        with study.transaction():
            study.predictions.put_model(record)
            study.predictions.put(options.name, _held_out(hand, coded, result))
            study.record("train", {"model": options.name, "sha256": digest, **provenance})
            # Last, so that a refusal of the disk takes the records back with it.
            replace_folder(fresh, folder / options.name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


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
    hand: HandCoding, coded: Sequence[tuple[int, Segment]], result: FitResult
) -> Iterator[SegmentPrediction]:
    """Predictions of coded participants' segments by the fold model that never saw them."""
    from ccgmine.classify.predict import Predictor

    for row, (number, _) in enumerate(coded):
        yield _prediction(number, result.probabilities[row], result.assigned[row], held_out=True)
    rest: dict[int, list[tuple[int, Segment]]] = {}
    seen = {number for number, _ in coded}
    for number, segment in hand.segments:
        fold = result.fold_of_group.get(segment.participant_id)
        if number not in seen and fold is not None:
            rest.setdefault(fold, []).append((number, segment))
    for fold, parts in sorted(rest.items()):
        yield from _predictions(Predictor(result.model, result.folds[fold]), parts, held_out=True)


def _predictions(
    predictor: Predictor, parts: Iterable[tuple[int, Segment]], *, held_out: bool
) -> Iterator[SegmentPrediction]:
    from ccgmine.classify.predict import BATCH_TEXTS

    batch: list[tuple[int, Segment]] = []
    for part in parts:
        batch.append(part)
        if len(batch) == BATCH_TEXTS:
            yield from _predict_batch(predictor, batch, held_out=held_out)
            batch = []
    if batch:
        yield from _predict_batch(predictor, batch, held_out=held_out)


def _predict_batch(
    predictor: Predictor, batch: Sequence[tuple[int, Segment]], *, held_out: bool
) -> Iterator[SegmentPrediction]:
    found = predictor.predict([segment.text for _, segment in batch])
    probabilities = predictor.probabilities(found.scores)
    for row, (number, _) in enumerate(batch):
        yield _prediction(number, probabilities[row], found.assigned[row], held_out=held_out)


def _prediction(
    number: int, probabilities: NDArray[np.float32], assigned: NDArray[np.bool_], *, held_out: bool
) -> SegmentPrediction:
    return SegmentPrediction(
        number,
        probabilities.astype("<f4").tobytes(),
        assigned.astype("u1").tobytes(),
        held_out,
    )


@dataclass(frozen=True, slots=True)
class ThemeCount:
    """How often a model found a theme where no held-out score exists; None if not countable."""

    theme_id: str
    label: str
    state: ThemeState
    segments: int | None
    participants: int | None


def classify_study(study: Study, model_name: str) -> list[ThemeCount]:
    """Classify all segments of a study into its store.

    Participants on whom the model was trained keep their held-out predictions.

    Args:
        study: An open study that may be written to.
        model_name: A model of the study, a shipped one, or a folder.

    Raises:
        StudyError: If the study is empty, the model missing, or of another codebook.
        InputError: If the model is damaged or was changed.
    """
    from ccgmine.classify.predict import Predictor

    bundle = open_model(study.models_folder, model_name)
    themes = tuple(t.theme_id for t in bundle.themes)
    stray = [t for t in themes if t not in study.codebook]
    if stray:
        raise StudyError(
            f"the model '{bundle.name}' is of another codebook: {len(stray)} of its {len(themes)} "
            f"themes are not in this one, '{stray[0]}' first",
            remedy="Train a model on this study, or start the study with the model's codebook.",
        )
    segments = list(study.corpus.segments())
    if not segments:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    record = ModelRecord(bundle.name, bundle.sha256, themes, bundle.model.states)
    known = {r.name: r for r in study.predictions.models()}.get(bundle.name)
    if known is not None and known.sha256 != record.sha256:
        raise StudyError(
            f"the model '{bundle.name}' is not the one that this study knows by that name",
            remedy="Train it again, or give the other one's folder another name.",
        )
    held_out = study.predictions.out_of_fold_segments(bundle.name)
    rest = [(number, s) for number, s in segments if number not in held_out]
    found = list(_predictions(Predictor(bundle.model), rest, held_out=False))
    with study.transaction():
        if known is None:
            study.predictions.put_model(record)
        study.predictions.forget(bundle.name, out_of_fold=False)
        study.predictions.put(bundle.name, found)
        study.predictions.mark_classified(bundle.name)
        study.record("classify", {"model": bundle.name, "sha256": bundle.sha256})
    return _counts(bundle, dict(rest), found)


def _counts(
    bundle: Bundle, segments: dict[int, Segment], found: Sequence[SegmentPrediction]
) -> list[ThemeCount]:
    counts = []
    for i, (theme, state) in enumerate(zip(bundle.themes, bundle.model.states, strict=True)):
        if state is not ThemeState.LEARNED:
            counts.append(ThemeCount(theme.theme_id, theme.name, state, None, None))
            continue
        hits = [p.segment_no for p in found if p.assigned[i]]
        people = {segments[number].participant_id for number in hits}
        counts.append(ThemeCount(theme.theme_id, theme.name, state, len(hits), len(people)))
    return counts


def open_model(models_folder: Path | None, name: str) -> Bundle:
    """Open a model by its name in the study or among the shipped ones, or by its folder.

    Raises:
        StudyError: If there is none of that name.
        InputError: If it is damaged or was changed.
    """
    folders = [models_folder] if models_folder is not None else []
    return load_bundle(find_model(name, [*folders, shipped("models")]))
