"""Verifying a study: every invariant and hash, derived again from what is stored."""

from __future__ import annotations

import struct
from collections import defaultdict

from ccgmine.classify.bundle import load_bundle
from ccgmine.classify.run_prediction import settle_models
from ccgmine.domain import Role, Segment, Transcript
from ccgmine.errors import CcgmineError, InputError, StudyError
from ccgmine.fingerprint import fingerprint
from ccgmine.store.predictions import SegmentPrediction
from ccgmine.study import Study


def check_study(study: Study) -> tuple[list[str], list[CcgmineError]]:
    """Check a study.

    Returns:
        What was checked and found right, and what was found wrong.
    """
    problems: list[CcgmineError] = []
    fine: list[str] = []
    for title, check in (
        ("the database is whole", _database),
        ("transcripts are as taken in, and segments tile the participants' turns", _segments),
        ("codings and coverage lie in their transcripts and use themes of the codebook", _codings),
        ("predictions fit their models and segments", _predictions),
        ("model files are as training wrote them", _models),
    ):
        found = check(study)
        problems += found
        if not found:
            fine.append(title)
    return fine, problems


def _wrong(message: str) -> StudyError:
    return StudyError(
        message, remedy="Restore the study from a backup, or make it again from its files."
    )


def _database(study: Study) -> list[CcgmineError]:
    study.corpus.participants()  # text that cannot be read back is damage, too
    return [] if study.database.is_whole() else [_wrong("the database is damaged")]


def _segments(study: Study) -> list[CcgmineError]:
    of_transcript: dict[str, list[Segment]] = defaultdict(list)
    for _, segment in study.corpus.segments():
        of_transcript[segment.transcript_id].append(segment)
    marks = study.corpus.fingerprints()
    problems: list[CcgmineError] = []
    for transcript_id in study.corpus.transcript_ids():
        transcript, segments = study.corpus.transcript(transcript_id), of_transcript[transcript_id]
        if transcript is None or not _tiles(transcript, segments):
            problems.append(_wrong(f"the segments of '{transcript_id}' do not tile its turns"))
        elif fingerprint(transcript, segments) != marks.get(transcript_id):
            problems.append(_wrong(f"the transcript '{transcript_id}' is not as it was taken in"))
    return problems


def _tiles(transcript: Transcript, segments: list[Segment]) -> bool:
    spans = [s.span for s in segments]
    turns = [t for t in transcript.turns if t.role is Role.PARTICIPANT and len(t.span)]
    at = 0
    for turn in turns:
        position = turn.span.start
        while at < len(spans) and spans[at].start == position and position < turn.span.end:
            segment = segments[at]
            sentences = segment.sentences
            if (
                segment.participant_id != turn.participant_id
                or segment.text != transcript.text[segment.span.start : segment.span.end]
                or (sentences and sentences[-1].end != segment.span.end)
            ):
                return False
            position = spans[at].end
            at += 1
        if position != turn.span.end:
            return False
    return at == len(spans)


def _codings(study: Study) -> list[CcgmineError]:
    lengths: dict[str, int] = {}
    problems: list[CcgmineError] = []
    coverage = study.codings.coverage()
    spans = [("a coding", c.transcript_id, c.span) for c in study.codings.all()]
    spans += [("coverage", c.transcript_id, c.span) for c in coverage if c.span is not None]
    for what, transcript_id, span in spans:
        if transcript_id not in lengths:
            transcript = study.corpus.transcript(transcript_id)
            lengths[transcript_id] = len(transcript.text) if transcript else 0
        if not 0 <= span.start < span.end <= lengths[transcript_id]:
            problems.append(_wrong(f"{what} of '{transcript_id}' lies outside its text"))
    used = {theme for c in coverage for theme in c.themes or ()}.union(study.codings.themes())
    problems += [
        StudyError(
            f"codings use the theme '{theme}', which is not in the codebook",
            where=study.folder / "codebook.csv",
            remedy="Put the theme back, or import the codings again without it.",
        )
        for theme in sorted(used)
        if theme not in study.codebook
    ]
    return problems


def _predictions(study: Study) -> list[CcgmineError]:
    problems: list[CcgmineError] = []
    for model in study.predictions.models():
        n = len(model.themes)
        for prediction in study.predictions.of(model.name):
            if not _fits(prediction, n):
                problems.append(_wrong(f"predictions of the model '{model.name}' do not fit it"))
                break
    return problems


def _fits(prediction: SegmentPrediction, n_themes: int) -> bool:
    if len(prediction.probabilities) != 4 * n_themes or len(prediction.assigned) != n_themes:
        return False
    probabilities = struct.unpack(f"<{n_themes}f", prediction.probabilities)
    return all(0 <= p <= 1 for p in probabilities) and set(prediction.assigned) <= {0, 1}


def _models(study: Study) -> list[CcgmineError]:
    settle_models(study)
    known = {model.name: model.sha256 for model in study.predictions.models()}
    problems: list[CcgmineError] = []
    for folder in sorted(p for p in study.models_folder.glob("[!.]*") if p.is_dir()):
        try:
            bundle = load_bundle(folder)
        except InputError as error:
            problems.append(error)
            continue
        if known.get(folder.name, bundle.sha256) != bundle.sha256:
            problems.append(
                StudyError(
                    "is not the model that this study knows by that name",
                    where=folder,
                    remedy="Train it again.",
                )
            )
    return problems
