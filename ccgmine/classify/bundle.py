"""A model as a folder that spaCy opens: arrays, JSON and hashes, and nothing that is executed.

``manifest.json`` holds the SHA-256 of every other file; loading compares them before it reads
anything, and never unpickles.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccgmine.classify.model import FittedModel, model_arrays, model_from_arrays
from ccgmine.domain import Theme
from ccgmine.errors import InputError, StudyError
from ccgmine.files import machine_error
from ccgmine.language import blank_pipeline

MANIFEST = "manifest.json"
CARD = "README.md"
REPORT = "report.json"
COMPONENT = "ccgmine_themes"
WEIGHTS = f"{COMPONENT}/weights.npz"
THEMES = f"{COMPONENT}/themes.json"
FORMAT = 1
# What file managers leave in any folder that somebody looks at.
_DESKTOP_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model with its themes and where it comes from.

    ``sha256`` is that of the manifest, which stands for every file of the model.
    """

    name: str
    model: FittedModel
    themes: tuple[Theme, ...]
    language: str
    provenance: Mapping[str, Any]
    sha256: str = ""


def save_bundle(bundle: Bundle, folder: Path, *, card: str, report: Mapping[str, Any]) -> str:
    """Write a model folder that must not exist yet.

    Args:
        bundle: The model.
        folder: Where to write it.
        card: The model card, as Markdown.
        report: The held-out scores, as JSON values.

    Returns:
        SHA-256 of the manifest.

    Raises:
        MachineError: If the folder cannot be written.
    """
    from ccgmine.classify.component import ThemeComponent

    try:
        # A fresh pipeline: its vocabulary has seen no word of the study.
        nlp = blank_pipeline(bundle.language)
        component = nlp.add_pipe(COMPONENT)
        assert isinstance(component, ThemeComponent)
        component.bundle = bundle
        nlp.meta.update(name="themes", description="ccgmine theme model", version="1.0.0")
        nlp.to_disk(folder)
        (folder / CARD).write_text(card, encoding="utf-8", newline="\n")
        _write_json(folder / REPORT, report)
        files = {
            path.relative_to(folder).as_posix(): _sha256(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        _write_json(folder / MANIFEST, {"format": FORMAT, "files": files})
    except OSError as error:
        raise machine_error(error, folder) from error
    return _sha256(folder / MANIFEST)


def write_component(bundle: Bundle, folder: Path) -> None:
    """Write what the spaCy component needs: weights and themes."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **model_arrays(bundle.model))
    (folder / Path(WEIGHTS).name).write_bytes(buffer.getvalue())
    _write_json(
        folder / Path(THEMES).name,
        {
            "format": FORMAT,
            "recipe": bundle.model.recipe,
            "language": bundle.language,
            "themes": [
                {"theme": t.theme_id, "label": t.label, "parent": t.parent_id}
                for t in bundle.themes
            ],
            "provenance": dict(bundle.provenance),
        },
    )


def load_bundle(folder: Path) -> Bundle:
    """Read a model folder after comparing every hash.

    Raises:
        InputError: If there is no model, or it is damaged, changed, or of a newer version.
    """
    verify(folder)
    return read_component(folder / COMPONENT, _sha256(folder / MANIFEST), folder.name)


def read_component(folder: Path, sha256: str, name: str) -> Bundle:
    """Read weights and themes; the hashes are compared by `verify`."""
    import zipfile

    import numpy as np

    damaged = InputError(
        "the model is damaged", where=folder, remedy="Train it again, or restore the folder."
    )
    try:
        described = json.loads((folder / Path(THEMES).name).read_text(encoding="utf-8"))
        if described["format"] > FORMAT:
            raise _newer(folder)
        themes = tuple(Theme(t["theme"], t["label"], t["parent"]) for t in described["themes"])
        with np.load(folder / Path(WEIGHTS).name, allow_pickle=False) as stored:
            arrays = {key: stored[key] for key in stored.files}
        model = model_from_arrays(arrays, recipe=described["recipe"])
        language, provenance = str(described["language"]), described["provenance"]
    except (KeyError, TypeError, OSError, json.JSONDecodeError, zipfile.BadZipFile) as error:
        raise damaged from error
    except ValueError as error:
        if "is not known" in str(error):
            raise InputError(
                "the model was made by another version of ccgmine",
                where=folder,
                remedy="Train it again with this version, or install that one.",
            ) from error
        raise damaged from error
    if len(themes) != model.n_themes:
        raise damaged
    return Bundle(name, model, themes, language, provenance, sha256)


def _newer(folder: Path) -> InputError:
    return InputError(
        "the model was made by a newer ccgmine",
        where=folder,
        remedy="Install the newest version, or train the model again with this one.",
    )


def verify(folder: Path) -> None:
    """Compare every file of a model with its manifest.

    Raises:
        InputError: Naming the first file that is missing, changed or additional.
    """
    if not (folder / MANIFEST).is_file():
        raise InputError(
            "is no ccgmine model",
            where=folder,
            remedy="Name a model of the study, or a folder that `ccgmine train` wrote.",
        )
    remedy = "Do not use it; train it again, or restore the folder."
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["format"] > FORMAT:
            raise _newer(folder)
        expected = dict(manifest["files"])
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InputError("the model's manifest is damaged", where=folder, remedy=remedy) from error
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file():
            raise InputError(f"the model's file '{name}' is missing", where=folder, remedy=remedy)
        if _sha256(path) != digest:
            raise InputError(
                f"the model's file '{name}' was changed after training",
                where=folder,
                remedy=remedy,
            )
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.name in _DESKTOP_FILES or name == MANIFEST:
            continue
        if path.is_file() and name not in expected:
            raise InputError(
                f"the model holds a file '{name}' that training did not write",
                where=folder,
                remedy="Remove that file.",
            )


def manifest_hash(folder: Path) -> str | None:
    """The hash that stands for a model's files; None if the folder holds no finished model."""
    path = folder / MANIFEST
    return _sha256(path) if path.is_file() else None


def replace_folder(new: Path, target: Path) -> None:
    """Put a finished folder in the place of another; the old one stays until the new is there.

    Raises:
        MachineError: If the system refuses, for example because a file is open.
    """
    old = target.with_name(f".{target.name}.old")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        new.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        raise machine_error(error, target) from error


def find_model(name: str, folders: list[Path]) -> Path:
    """The folder of a model: a name in one of ``folders``, else a path.

    Raises:
        StudyError: If there is none; the names that there are, are listed.
    """
    plain = name not in ("", ".", "..") and not set(name) & set("/\\:")
    if plain:
        for folder in folders:
            if (folder / name).is_dir():
                return folder / name
    path = Path(name)
    if path.is_dir():
        return path
    there = sorted({p.parent.name for f in folders for p in f.glob(f"[!.]*/{MANIFEST}")})
    raise StudyError(
        f"there is no model '{name}'",
        remedy=f"There are: {', '.join(there)}." if there else "Make one with `ccgmine train`.",
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_json(path: Path, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
