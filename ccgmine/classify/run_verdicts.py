"""What a model's folder says of it: where it comes from, its held-out scores and verdicts."""

from __future__ import annotations

import json
from pathlib import Path

from ccgmine.classify.bundle import REPORT, THEMES, manifest_hash, verify
from ccgmine.classify.run_prediction import model_folder
from ccgmine.errors import CcgmineError
from ccgmine.store.predictions import ModelRecord
from ccgmine.study import Study


def model_files(
    study: Study, record: ModelRecord
) -> tuple[dict[str, object] | None, dict[str, object] | None]:
    """Where a model comes from and its held-out scores; None where its folder has changed."""
    try:
        folder = model_folder(study.models_folder, record.name)
        if manifest_hash(folder) != record.sha256:
            return None, None
        verify(folder)
        described = _read(folder / THEMES)
        return dict(described["provenance"]), _read(folder / REPORT)  # type: ignore[call-overload]
    except (CcgmineError, OSError, ValueError, KeyError, TypeError):
        return None, None


def _read(path: Path) -> dict[str, object]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def verdicts(study: Study) -> dict[str, str]:
    """What `train` said of each theme of the model that coded the study, by theme id."""
    record = study.predictions.classified_model()
    report = model_files(study, record)[1] if record is not None else None
    themes = report.get("themes") if report is not None else None
    if not isinstance(themes, list):
        return {}
    return {str(of["theme"]): str(of["verdict"]) for of in themes if "verdict" in of}
