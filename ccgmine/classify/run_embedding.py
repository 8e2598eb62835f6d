"""Which sentence encoder a study uses, and its vectors, kept in the study."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ccgmine.classify.bundle import Bundle
from ccgmine.classify.predict_views import check_encoder, named_encoder
from ccgmine.study import SETTINGS_FILE, Study, read_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.classify.encoder import Encoder

Progress = Callable[[str, int, int], None]
AT_ONCE = 100
"""After so many new vectors they are written: an interrupted run goes on from there."""


@dataclass
class StudyVectors:
    """From texts to their vectors, through those that the study keeps.

    Args:
        study: An open study.
        folder: The model folder.
        keep: Whether to write new vectors into the study, which must be open for it.
        progress: Told how many texts are done.

    Raises:
        StudyError: If the folder is missing or incomplete.
    """

    study: Study = field(repr=False)
    folder: Path
    keep: bool
    progress: Progress = lambda _what, _done, _total: None
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        from ccgmine.classify.encoder import encoder_hash

        self.sha256 = encoder_hash(self.folder)
        self._encoder: Encoder | None = None
        self._segment_of: dict[str, int] | None = None

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n_texts, n_dimensions)."""
        import numpy as np

        keys = {text: self._key(text) for text in texts}
        found = self.study.vectors.find(list(keys.values()))
        missing = [text for text, key in keys.items() if key not in found]
        for begin in range(0, len(missing), AT_ONCE):
            self.progress("reading with the sentence encoder", begin, len(missing))
            part = missing[begin : begin + AT_ONCE]
            made = [v.astype("<f2").tobytes() for v in self._open().embed(part)]
            found.update(zip((keys[text] for text in part), made, strict=True))
            if self.keep:
                self._write(part, keys, made)
        joined = b"".join(found[keys[text]] for text in texts)
        return np.frombuffer(joined, "<f2").reshape(len(texts), -1).astype(np.float32)

    @property
    def provenance(self) -> dict[str, str]:
        """What a model that was trained with these vectors says of them."""
        return {"folder": self.folder.name, "sha256": self.sha256}

    def _key(self, text: str) -> bytes:
        said = text.encode("utf-8", "surrogatepass")
        return hashlib.sha256(self.sha256.encode() + b"\0" + said).digest()

    def _open(self) -> Encoder:
        from ccgmine.classify.encoder import open_encoder

        if self._encoder is None:
            self._encoder = open_encoder(self.folder)
        return self._encoder

    def _write(self, texts: Sequence[str], keys: dict[str, bytes], made: Sequence[bytes]) -> None:
        if self._segment_of is None:
            self._segment_of = {s.text: number for number, s in self.study.corpus.segments()}
        segment_of = self._segment_of
        rows: Iterator[tuple[bytes, int | None, bytes]] = (
            (keys[text], segment_of.get(text), vector)
            for text, vector in zip(texts, made, strict=True)
        )
        with self.study.transaction():
            self.study.vectors.put(rows)


def training_vectors(study: Study, progress: Progress) -> StudyVectors | None:
    """The vectors to train with; None if the study's settings name no encoder.

    Raises:
        StudyError: If the folder is missing or incomplete.
    """
    folder = _resolved(study.folder, study.settings.embeddings)
    return None if folder is None else StudyVectors(study, folder, keep=True, progress=progress)


def study_vectors(
    study: Study, bundle: Bundle, *, keep: bool, progress: Progress | None = None
) -> StudyVectors | None:
    """The vectors that a model needs to classify a study; None if it needs none.

    Raises:
        StudyError: If the study's settings name no encoder, or another one.
    """
    if bundle.model.second is None:
        return None
    folder = named_encoder(bundle, configured_folder(study.folder))
    vectors = StudyVectors(study, folder, keep=keep)
    check_encoder(bundle, vectors.sha256, folder)
    if progress is not None:
        vectors.progress = progress
    return vectors


def configured_folder(study_folder: Path) -> Path | None:
    """The encoder's folder that a study's settings name; None if there are none, or it is off.

    Raises:
        StudyError: If the settings cannot be read.
    """
    settings = study_folder / SETTINGS_FILE
    if not settings.is_file():
        return None
    return _resolved(study_folder, read_settings(settings).embeddings)


def _resolved(study_folder: Path, setting: str) -> Path | None:
    """A folder relative to the study's; None if the setting is empty."""
    return study_folder / Path(setting).expanduser() if setting.strip() else None
