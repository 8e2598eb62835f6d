"""The spaCy component ``ccgmine_themes``: fills ``doc.cats`` with calibrated probabilities.

spaCy imports this module whenever it makes a pipeline, so it imports nothing but spaCy itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from spacy.language import Language

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from ccgmine.classify.bundle import Bundle
    from ccgmine.classify.predict import Predictor


@Language.factory("ccgmine_themes", assigns=["doc.cats"])  # type: ignore[untyped-decorator]
def make_theme_component(nlp: Language, name: str) -> ThemeComponent:
    """Factory of the component, found by spaCy through its entry point."""
    return ThemeComponent(name)


class ThemeComponent:
    """Scores the themes of a doc.

    Args:
        name: Name of the component in its pipeline.

    Attributes:
        embeddings: Folder of the sentence encoder, for a model that needs one; to be set before
            the first doc.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.bundle: Bundle | None = None
        self.embeddings: str | Path = ""
        self._predictor: Predictor | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Ids of the themes."""
        return tuple(t.theme_id for t in self.bundle.themes) if self.bundle else ()

    def __call__(self, doc: Doc) -> Doc:
        """Fill ``doc.cats`` of one doc."""
        self._fill([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 1000) -> Iterator[Doc]:
        """Fill ``doc.cats`` of many docs, batch by batch."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            self._fill(batch)
            yield from batch

    def _fill(self, docs: list[Doc]) -> None:
        from ccgmine.classify.predict_views import open_predictor

        if self.bundle is None:
            return
        if self._predictor is None:
            named = Path(self.embeddings) if self.embeddings else None
            self._predictor = open_predictor(self.bundle, named)
        predictor = self._predictor
        predictions = predictor.predict([doc.text for doc in docs])
        probabilities = predictor.probabilities(predictions.scores)
        for doc, row in zip(docs, probabilities.tolist(), strict=True):
            doc.cats.update(zip(self.labels, row, strict=True))

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write weights and themes into a folder."""
        from ccgmine.classify.bundle import write_component

        if self.bundle is not None:
            write_component(self.bundle, Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> ThemeComponent:
        """Read weights and themes from a folder, after comparing the hashes of the model.

        Raises:
            InputError: If the model is damaged or was changed after training.
        """
        from ccgmine.classify.bundle import load_bundle

        self.bundle = load_bundle(Path(path).parent)
        self._predictor = None
        return self
