"""Models and what they said, in the study file.

A segment's predictions are two byte strings in the order of the model's themes:
little-endian float32 probabilities, and one byte a theme that is 1 where it is assigned. Beside
them stand scores for the estimates, by a model that never saw the segment's participant.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ccgmine.domain import ThemeState


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """A model that coded the study; ``sha256`` is that of its manifest."""

    name: str
    sha256: str
    themes: tuple[str, ...]
    states: tuple[ThemeState, ...]


@dataclass(frozen=True, slots=True)
class SegmentPrediction:
    """A model's word on one segment: bytes of float32 probabilities, bytes of 0 and 1."""

    segment_no: int
    probabilities: bytes
    assigned: bytes
    out_of_fold: bool = False


class Predictions:
    """Reads and writes models and predictions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def models(self) -> list[ModelRecord]:
        """Models known to the study, the latest last."""
        rows = self._db.execute("SELECT name, sha256, themes, states FROM model ORDER BY model_no")
        return [_record(row) for row in rows]

    def put_model(self, record: ModelRecord) -> None:
        """Record a model; a model of the same name and another content replaces its words."""
        self._db.execute("DELETE FROM model WHERE name = ?", (record.name,))
        self._db.execute(
            "INSERT INTO model (name, sha256, themes, states) VALUES (?, ?, ?, ?)",
            (
                record.name,
                record.sha256,
                json.dumps(record.themes, ensure_ascii=False),
                json.dumps([str(s) for s in record.states]),
            ),
        )

    def put_trained_on(self, model: str, participants: Iterable[str]) -> None:
        """Note whose text a model has learned from."""
        self._db.executemany(
            "INSERT OR IGNORE INTO trained_on SELECT model_no, ? FROM model WHERE name = ?",
            ((participant, model) for participant in participants),
        )

    def trained_on(self, model: str) -> set[str]:
        """Ids of the participants whose text a model has learned from."""
        rows = self._db.execute(
            "SELECT participant_id FROM trained_on JOIN model USING (model_no) WHERE name = ?",
            (model,),
        )
        return {row[0] for row in rows}

    def put(self, model: str, predictions: Iterable[SegmentPrediction]) -> None:
        """Insert or replace a model's predictions."""
        self._db.executemany(
            "INSERT OR REPLACE INTO prediction SELECT model_no, ?, ?, ?, ? FROM model "
            "WHERE name = ?",
            (
                (p.segment_no, p.out_of_fold, p.probabilities, p.assigned, model)
                for p in predictions
            ),
        )

    def forget(self, model: str, *, out_of_fold: bool) -> None:
        """Drop a model's predictions of one kind."""
        self._db.execute(
            "DELETE FROM prediction WHERE out_of_fold = ? AND model_no = "
            "(SELECT model_no FROM model WHERE name = ?)",
            (out_of_fold, model),
        )

    def out_of_fold_segments(self, model: str) -> set[int]:
        """Numbers of the segments that the model was trained on and scored out of fold."""
        rows = self._db.execute(
            "SELECT segment_no FROM prediction JOIN model USING (model_no) "
            "WHERE name = ? AND out_of_fold",
            (model,),
        )
        return {row[0] for row in rows}

    def put_scores(self, model: str, scores: Iterable[tuple[int, bytes]]) -> None:
        """Insert or replace scores for the estimates: segment number and float32 bytes."""
        self._db.executemany(
            "INSERT OR REPLACE INTO score SELECT model_no, ?, ? FROM model WHERE name = ?",
            ((segment_no, content, model) for segment_no, content in scores),
        )

    def scores(self, model: str) -> Iterator[tuple[int, bytes]]:
        """Scores for the estimates, by segment."""
        yield from self._db.execute(
            "SELECT segment_no, scores FROM score JOIN model USING (model_no) WHERE name = ? "
            "ORDER BY segment_no",
            (model,),
        )

    def mark_classified(self, model: str) -> None:
        """Note that this model is the last one that classified the study."""
        self._db.execute(
            "UPDATE model SET classified = (SELECT max(classified) + 1 FROM model) WHERE name = ?",
            (model,),
        )

    def of(self, model: str) -> Iterator[SegmentPrediction]:
        """All predictions of a model, by segment."""
        rows = self._db.execute(
            "SELECT segment_no, probabilities, assigned, out_of_fold FROM prediction "
            "JOIN model USING (model_no) WHERE name = ? ORDER BY segment_no",
            (model,),
        )
        for segment_no, probabilities, assigned, out_of_fold in rows:
            yield SegmentPrediction(segment_no, probabilities, assigned, bool(out_of_fold))

    def classified_model(self) -> ModelRecord | None:
        """The model that classified the study last, if any did."""
        row = self._db.execute(
            "SELECT name, sha256, themes, states FROM model WHERE classified > 0 "
            "ORDER BY classified DESC LIMIT 1"
        ).fetchone()
        return _record(row) if row else None


def _record(row: tuple[str, str, str, str]) -> ModelRecord:
    name, sha256, themes, states = row
    return ModelRecord(
        name,
        sha256,
        tuple(json.loads(themes)),
        tuple(ThemeState(s) for s in json.loads(states)),
    )
