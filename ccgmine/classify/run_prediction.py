"""Predicting the segments of a study, and opening models."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccgmine.classify.bundle import (
    Bundle,
    find_model,
    load_bundle,
    manifest_hash,
    replace_folder,
)
from ccgmine.domain import Segment, ThemeState
from ccgmine.errors import CcgmineError, StudyError
from ccgmine.shipped import shipped
from ccgmine.study import MODELS_FOLDER, Study, open_study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.classify.predict import Predictor
    from ccgmine.classify.run_embedding import Progress
    from ccgmine.store.predictions import SegmentPrediction

DEFAULT_MODEL = "themes"


def predict_segments(
    predictor: Predictor, parts: Iterable[tuple[int, Segment]], *, held_out: bool
) -> Iterator[SegmentPrediction]:
    """Predictions of numbered segments, batch by batch."""
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
        yield as_prediction(number, probabilities[row], found.assigned[row], held_out=held_out)


def as_prediction(
    number: int, probabilities: NDArray[np.float32], assigned: NDArray[np.bool_], *, held_out: bool
) -> SegmentPrediction:
    """One segment's prediction as the study keeps it."""
    from ccgmine.store.predictions import SegmentPrediction

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


def classify_study(
    study: Study, model_name: str, progress: Progress | None = None
) -> list[ThemeCount]:
    """Classify all segments of a study into its store.

    Participants on whom the model was trained keep their held-out predictions.

    Args:
        study: An open study that may be written to.
        model_name: A model of the study, a shipped one, or a folder.
        progress: Told what is being done.

    Raises:
        StudyError: If the study is empty, the model missing, or of another codebook.
        InputError: If the model is damaged or was changed.
    """
    from ccgmine.classify.predict_views import make_predictor
    from ccgmine.classify.run_embedding import study_vectors
    from ccgmine.classify.run_scoring import score_the_rest
    from ccgmine.store.predictions import ModelRecord

    segments = list(study.corpus.segments())
    if not segments:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    settle_models(study)
    bundle = open_model(study.models_folder, model_name)
    themes = tuple(t.theme_id for t in bundle.themes)
    stray = [t for t in themes if t not in study.codebook]
    if stray:
        raise StudyError(
            f"the model '{bundle.name}' is of another codebook: {len(stray)} of its {len(themes)} "
            f"themes are not in this one, '{stray[0]}' first",
            remedy="Train a model on this study, or start the study with the model's codebook.",
        )
    record = ModelRecord(bundle.name, bundle.sha256, themes, bundle.model.states)
    known = {r.name: r for r in study.predictions.models()}.get(bundle.name)
    if known is not None and known.sha256 != record.sha256:
        raise StudyError(
            f"the model '{bundle.name}' is not the one that this study knows by that name",
            remedy="Train it again, or give the other one's folder another name.",
        )
    held_out = study.predictions.out_of_fold_segments(bundle.name)
    rest = [(number, s) for number, s in segments if number not in held_out]
    vectors = study_vectors(study, bundle, keep=True, progress=progress)
    predictor = make_predictor(bundle.model, vectors)
    found = list(predict_segments(predictor, rest, held_out=False))
    scores = score_the_rest(study, bundle.name, segments, predictor)
    with study.transaction():
        if known is None:
            study.predictions.put_model(record)
        study.predictions.forget(bundle.name, out_of_fold=False)
        study.predictions.put(bundle.name, found)
        study.predictions.put_scores(bundle.name, scores)
        study.predictions.mark_classified(bundle.name)
        study.record("classify", {"model": bundle.name, "sha256": bundle.sha256})
    # Whoever the model learned from stays out of the counts, whatever changed in their text since.
    trained_on = study.predictions.trained_on(bundle.name)
    unseen = {number: s for number, s in rest if s.participant_id not in trained_on}
    return _counts(bundle, unseen, found)


def _counts(
    bundle: Bundle, segments: dict[int, Segment], found: Sequence[SegmentPrediction]
) -> list[ThemeCount]:
    counts = []
    for i, (theme, state) in enumerate(zip(bundle.themes, bundle.model.states, strict=True)):
        if state is not ThemeState.LEARNED:
            counts.append(ThemeCount(theme.theme_id, theme.name, state, None, None))
            continue
        hits = [p.segment_no for p in found if p.assigned[i] and p.segment_no in segments]
        people = {segments[number].participant_id for number in hits}
        counts.append(ThemeCount(theme.theme_id, theme.name, state, len(hits), len(people)))
    return counts


def settle_models(study: Study) -> None:
    """Put models in their place that a killed `train` had recorded, but not put there yet."""
    for record in study.predictions.models():
        fresh = study.models_folder / f".{record.name}.new"
        if manifest_hash(fresh) == record.sha256:
            with contextlib.suppress(CcgmineError):
                replace_folder(fresh, study.models_folder / record.name)


def settle_model(folder: Path, name: str) -> None:
    """The same for one model, where the study is not opened and there may be none."""
    if (folder / MODELS_FOLDER / f".{name}.new").is_dir():
        with contextlib.suppress(CcgmineError), open_study(folder) as study:
            settle_models(study)


def model_folder(models_folder: Path | None, name: str) -> Path:
    """The folder of a model: of the study, a shipped one, or as named.

    Raises:
        StudyError: If there is none of that name.
    """
    folders = [models_folder] if models_folder is not None else []
    return find_model(name, [*folders, shipped("models")])


def open_model(models_folder: Path | None, name: str) -> Bundle:
    """Open a model by its name in the study or among the shipped ones, or by its folder.

    Raises:
        StudyError: If there is none of that name.
        InputError: If it is damaged or was changed.
    """
    return load_bundle(model_folder(models_folder, name))
