"""Looking at models: scores on new codings, what there is, and why a theme was said."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccgmine.classify.bundle import MANIFEST, REPORT, Bundle, load_bundle
from ccgmine.classify.run_embedding import configured_folder, study_vectors
from ccgmine.classify.run_prediction import model_folder, open_model, predict_segments
from ccgmine.coding.run import hand_coding
from ccgmine.domain import Segment, Theme, ThemeState
from ccgmine.errors import CcgmineError, StudyError, UsageError
from ccgmine.ingest.comments import Columns, ThemeReading, read_comments
from ccgmine.shipped import shipped
from ccgmine.study import Study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.classify.evaluate import Evaluation
    from ccgmine.classify.predict import Predictor


@dataclass(frozen=True, slots=True)
class NewScores:
    """A model's scores on text that it was not trained on, as far as that is `certain`."""

    model: str
    themes: tuple[Theme, ...]
    states: tuple[ThemeState, ...]
    evaluation: Evaluation
    n_texts: int
    n_participants: int
    brier_skill: float
    certain: bool


def evaluate_study(study: Study, model_name: str, coder: Sequence[str] = ()) -> NewScores:
    """Score a model on the hand-coded segments of participants that it was not trained on.

    Args:
        study: An open study.
        model_name: A model of the study, a shipped one, or a folder.
        coder: Reference coder, in place of the settings' one.

    Raises:
        StudyError: If there is no such text.
    """
    import numpy as np

    from ccgmine.classify.predict_views import make_predictor

    bundle = open_model(study.models_folder, model_name)
    predictor = make_predictor(bundle.model, study_vectors(study, bundle, keep=False))
    hand = hand_coding(study, coder)
    people = study.predictions.trained_on(bundle.name)
    rows = [
        (number, s)
        for number, s in hand.segments
        if number in hand.labels and s.participant_id not in people
    ]
    if not rows:
        raise StudyError(
            f"the model '{bundle.name}' was trained on every participant who is hand coded",
            remedy="Import codings of further participants, or hand in a coded table.",
        )
    ids = [t.theme_id for t in bundle.themes]
    _check_common(bundle, {theme for number, _ in rows for theme in hand.labels[number].themes})
    labels = [hand.labels[number] for number, _ in rows]
    present = np.array([[t in label.themes for t in ids] for label in labels], dtype=np.bool_)
    known = np.array([[label.is_read_for(t) for t in ids] for label in labels], dtype=np.bool_)
    found = list(predict_segments(predictor, rows, held_out=False))
    assigned = np.array([list(p.assigned) for p in found], dtype=np.bool_)
    probabilities = np.array([np.frombuffer(p.probabilities, "<f4") for p in found])
    groups = [s.participant_id for _, s in rows]
    # Who a model of elsewhere was trained on is not on record: a model is without names.
    own = model_folder(study.models_folder, model_name).parent == study.models_folder
    return _scores(bundle, present, assigned, known, probabilities, groups, certain=own)


def evaluate_table(
    models_folder: Path | None,
    model_name: str,
    path: Path,
    columns: Columns,
    separator: str,
    embeddings: Path | None = None,
) -> NewScores:
    """Score a model on a coded table of short texts; an empty themes cell is not coded.

    Args:
        models_folder: That of the study.
        model_name: A model of the study, a shipped one, or a folder.
        path: The table.
        columns: Which columns hold what.
        separator: What stands between themes in a cell.
        embeddings: Folder of the model's sentence encoder, in place of the settings' one.

    Raises:
        InputError: If the table is not usable or nothing in it is coded.
    """
    import numpy as np

    from ccgmine.domain import Codebook

    bundle = open_model(models_folder, model_name)
    reading = ThemeReading(separator=separator, new_themes=True)
    table = read_comments(path, columns, Codebook(bundle.themes), reading)
    rows = [c for c in table.comments if c.themes is not None]
    if not rows:
        raise UsageError("no row of the table is coded", remedy="Name the column: --themes-column.")
    ids = [t.theme_id for t in bundle.themes]
    _check_common(bundle, {theme for c in rows for theme in c.themes or ()})
    present = np.array([[t in (c.themes or ()) for t in ids] for c in rows], dtype=np.bool_)
    predictor = plain_predictor(bundle, models_folder, embeddings)
    found = list(predictor.stream(c.text for c in rows))
    assigned = np.vstack([batch.assigned for batch in found])
    probabilities = np.vstack([predictor.probabilities(batch.scores) for batch in found])
    groups = [c.participant_id for c in rows]
    return _scores(
        bundle, present, assigned, np.ones_like(present), probabilities, groups, certain=False
    )


def _check_common(bundle: Bundle, coded: set[str]) -> None:
    """Refuse to score a model on codings of another codebook."""
    if coded and coded.isdisjoint(theme.theme_id for theme in bundle.themes):
        raise StudyError(
            f"the model '{bundle.name}' and the codings have no theme in common",
            remedy="Name another model with --model, or train one on these themes.",
        )


def _scores(
    bundle: Bundle,
    present: NDArray[np.bool_],
    assigned: NDArray[np.bool_],
    known: NDArray[np.bool_],
    probabilities: NDArray[np.float32],
    groups: Sequence[str],
    *,
    certain: bool,
) -> NewScores:
    from ccgmine.classify.evaluate import brier_skill, evaluate
    from ccgmine.classify.folds import group_numbers

    return NewScores(
        bundle.name,
        bundle.themes,
        bundle.model.states,
        evaluate(present, assigned, known, group_numbers(groups)),
        len(present),
        len(set(groups)),
        brier_skill(present, probabilities, present.mean(axis=0)),
        certain,
    )


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """A model in a list of models; ``problem`` says why it cannot be used."""

    name: str
    where: str
    provenance: dict[str, Any]
    report: dict[str, Any]
    problem: str = ""


def list_models(models_folder: Path | None) -> list[ModelSummary]:
    """The models of a study and the shipped ones."""
    folders = [("study", models_folder), ("shipped", shipped("models"))]
    found = []
    for where, folder in folders:
        if folder is None:
            continue
        for manifest in sorted(folder.glob(f"[!.]*/{MANIFEST}")):
            place = manifest.parent
            try:
                bundle = load_bundle(place)
                report = json.loads((place / REPORT).read_text(encoding="utf-8"))
            except CcgmineError as error:
                found.append(ModelSummary(place.name, where, {}, {}, error.message))
                continue
            found.append(ModelSummary(place.name, where, dict(bundle.provenance), report))
    return found


@dataclass(frozen=True, slots=True)
class Explanation:
    """A text's themes, and what each of its words adds to a theme's score."""

    themes: tuple[Theme, ...]
    states: tuple[ThemeState, ...]
    probabilities: tuple[float, ...]
    assigned: tuple[bool, ...]
    words: tuple[str, ...] = field(repr=False)
    shares: NDArray[np.float64] = field(repr=False)


def plain_predictor(
    bundle: Bundle, models_folder: Path | None, embeddings: Path | None = None
) -> Predictor:
    """The predictor of a model for text of no study.

    Args:
        bundle: The model.
        models_folder: That of the study whose settings may name the sentence encoder.
        embeddings: The encoder's folder, in place of the settings' one.

    Raises:
        StudyError: If the model needs a sentence encoder, and none or another one is named.
    """
    from ccgmine.classify.predict_views import open_predictor

    if embeddings is None and models_folder is not None and bundle.model.second is not None:
        embeddings = configured_folder(models_folder.parent)
    return open_predictor(bundle, embeddings)


def explain_text(bundle: Bundle, text: str, predictor: Predictor) -> Explanation:
    """Which words of a text speak for and against each theme.

    Args:
        bundle: The model.
        text: The text.
        predictor: The model's predictor.
    """
    from ccgmine.classify.words import WordScorer

    found = predictor.predict([text])
    probabilities = predictor.probabilities(found.scores)[0]
    shares = WordScorer(bundle.model).shares(text)
    return Explanation(
        bundle.themes,
        bundle.model.states,
        tuple(float(p) for p in probabilities),
        tuple(bool(a) for a in found.assigned[0]),
        shares.words,
        shares.shares,
    )


def find_segment(study: Study, name: str) -> Segment:
    """The segment called ``TRANSCRIPT:NUMBER``.

    Raises:
        UsageError: If there is none.
    """
    for _, segment in study.corpus.segments():
        if segment.name == name:
            return segment
    raise UsageError(
        f"there is no segment '{name}'",
        remedy="Segments are called TRANSCRIPT:NUMBER, as `ccgmine report quotes` lists them.",
    )
