"""Prediction with a model of two views: n-grams, and sentence vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.model import FittedModel, ThemeFunctions, VectorFunctions
from ccgmine.classify.predict import Predictions, Predictor
from ccgmine.errors import StudyError

if TYPE_CHECKING:
    from ccgmine.classify.bundle import Bundle

F32 = NDArray[np.float32]
Bool = NDArray[np.bool_]

Embed = Callable[[Sequence[str]], F32]
"""From n texts to their vectors, shape (n, n_dimensions)."""


def has_words(texts: Sequence[str]) -> Bool:
    """Whether a text says anything, shape (n_texts,); a text without a word has no theme."""
    return np.array([any(char.isalnum() for char in text) for text in texts], dtype=np.bool_)


class TwoViewPredictor(Predictor):
    """Scores texts with a model of both views.

    Args:
        model: The model.
        embed: From texts to their vectors, by the encoder that the model was trained with.
        functions: A fold's model in place of ``model.functions``.
        vectors: The same fold's second view, in place of ``model.second``.
    """

    def __init__(
        self,
        model: FittedModel,
        embed: Embed,
        functions: ThemeFunctions | None = None,
        vectors: VectorFunctions | None = None,
    ) -> None:
        super().__init__(model, functions)
        second = vectors or model.second
        if second is None:
            raise ValueError("the model has no second view")
        self._second = second
        self._embed = embed
        self._at_least = model.thresholds.astype(np.float32)

    def scores(self, texts: Sequence[str]) -> F32:
        """Shape (n_texts, n_themes), averages of both views."""
        share = np.float32(self._second.share)
        second = np.empty((len(texts), len(self._at_least)), dtype=np.float32)
        # One by one: a product with more rows may add in another order.
        for row, vector in enumerate(self._embed(texts)):
            second[row] = vector @ self._second.weights + self._second.biases
        result: F32 = (1 - share) * super().scores(texts) + share * second
        return result

    def predict(self, texts: Sequence[str]) -> Predictions:
        """Scores and assigned themes of one batch; a text without a word has no theme."""
        scores = self.scores(texts)
        return Predictions(scores, (scores >= self._at_least) & has_words(texts)[:, None])


def make_predictor(model: FittedModel, embed: Embed | None) -> Predictor:
    """The predictor that a model needs.

    Args:
        model: The model.
        embed: Needed if the model has a second view.
    """
    if model.second is None:
        return Predictor(model)
    if embed is None:
        raise ValueError("a model with a second view needs an encoder")
    return TwoViewPredictor(model, embed)


def open_predictor(bundle: Bundle, folder: Path | None) -> Predictor:
    """The predictor of a stored model.

    Args:
        bundle: The model.
        folder: Of the sentence encoder, for a model that needs one.

    Raises:
        StudyError: If the model needs an encoder, and none, another or a bad one is named.
    """
    if bundle.model.second is None:
        return Predictor(bundle.model)
    from ccgmine.classify.encoder import open_encoder

    named = named_encoder(bundle, folder)
    encoder = open_encoder(named)
    check_encoder(bundle, encoder.sha256, named)
    return TwoViewPredictor(bundle.model, encoder.vectors)


def named_encoder(bundle: Bundle, folder: Path | None) -> Path:
    """The folder, if there is one.

    Raises:
        StudyError: If there is none.
    """
    if folder is None:
        raise StudyError(
            f"the model '{bundle.name}' was trained with the sentence encoder {_wanted(bundle)}, "
            "and none is named",
            remedy="Name its folder as embeddings in study.toml, or with --embeddings.",
        )
    return folder


def check_encoder(bundle: Bundle, sha256: str, folder: Path) -> None:
    """Raise unless an encoder is the one that a model was trained with.

    Raises:
        StudyError: If it is not.
    """
    if sha256 != _recorded(bundle).get("sha256"):
        raise StudyError(
            f"the model '{bundle.name}' was trained with another sentence encoder, "
            f"{_wanted(bundle)}, and this is {sha256[:12]}",
            where=folder,
            remedy="Name that encoder's folder, or train the model again.",
        )


def _recorded(bundle: Bundle) -> Mapping[str, Any]:
    found = bundle.provenance.get("embeddings")
    return found if isinstance(found, dict) else {}


def _wanted(bundle: Bundle) -> str:
    recorded = _recorded(bundle)
    return f"'{recorded.get('folder')}' (sha256 {str(recorded.get('sha256'))[:12]})"
