"""What fitting returns and prediction reads: plain arrays, nothing that needs unpickling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.calibration import Calibration
from ccgmine.classify.weighting import Vocabulary
from ccgmine.domain import ThemeState

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

RECIPE = "kernel-ridge-ngrams.v1"
RECIPE_WITH_VECTORS = "kernel-ridge-ngrams+embeddings.v1"
"""N-grams averaged with sentence vectors; `views.py`."""

_PER_THEME = ("biases", "vectors", "signs", "intercepts", "slopes", "states")


@dataclass(frozen=True, slots=True)
class ThemeFunctions:
    """Scores of themes: x.w + bias + sum of sign * (z.vector)^2, z the latent coordinates of x.

    Attributes:
        weights: Shape (n_kept, n_themes).
        biases: Shape (n_themes,).
        vectors: Shape (n_themes, n_latent, rank).
        signs: Shape (n_themes, rank), -1, 0 or 1.
    """

    weights: F32
    biases: F32
    vectors: F32
    signs: F32


@dataclass(frozen=True, slots=True)
class VectorFunctions:
    """Scores of themes from a text's sentence vector v: v.w + bias.

    Attributes:
        weights: Shape (n_dimensions, n_themes).
        biases: Shape (n_themes,).
        share: Weight of these scores in the average with those of the n-grams, 0 to 1.
    """

    weights: F32
    biases: F32
    share: float


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A model of n_themes themes.

    Attributes:
        vocabulary: The buckets that carry weights, and their idf.
        latent: Shape (n_kept, n_latent), from features to latent coordinates.
        functions: Mean of the fold models, for participants who are not hand coded.
        thresholds: Shape (n_themes,), a theme is assigned at or above it.
        calibration: Scores to probabilities.
        states: Of each theme.
        recipe: How it was made; a stored model keeps meaning what it meant.
        second: The second view, on sentence vectors; None in a model of n-grams alone.
    """

    vocabulary: Vocabulary
    latent: F32
    functions: ThemeFunctions
    thresholds: F64
    calibration: Calibration
    states: tuple[ThemeState, ...]
    recipe: str = RECIPE
    second: VectorFunctions | None = None

    @property
    def n_themes(self) -> int:
        """How many themes the model knows."""
        return len(self.thresholds)


def model_arrays(model: FittedModel) -> dict[str, NDArray[np.generic]]:
    """The model as named arrays for ``numpy.savez_compressed``; weights as 16-bit floats.

    Predictions of a model read back differ from the fitted one's by rounding only; to have the
    same bytes before and after saving, predict with ``model_from_arrays(model_arrays(model))``.
    """
    arrays: dict[str, NDArray[np.generic]] = {
        "buckets": model.vocabulary.buckets.astype(np.int32),
        "idf": model.vocabulary.idf,
        "latent": model.latent.astype(np.float16),
        "weights": model.functions.weights.astype(np.float16),
        "biases": model.functions.biases,
        "vectors": model.functions.vectors,
        "signs": model.functions.signs,
        "thresholds": model.thresholds,
        "intercepts": model.calibration.intercepts,
        "slopes": model.calibration.slopes,
        "states": np.array([list(ThemeState).index(state) for state in model.states], np.int8),
    }
    if model.second is not None:
        arrays["vector_weights"] = model.second.weights
        arrays["vector_biases"] = model.second.biases
        arrays["vector_share"] = np.array(model.second.share)
    return arrays


def model_from_arrays(
    arrays: dict[str, NDArray[np.generic]], *, recipe: str = RECIPE
) -> FittedModel:
    """Inverse of ``model_arrays``.

    Raises:
        KeyError: If an array is missing.
        ValueError: If shapes do not fit together, or the recipe is not known.
    """
    if recipe not in (RECIPE, RECIPE_WITH_VECTORS):
        raise ValueError(f"recipe {recipe!r} is not known; this version knows {RECIPE!r}")
    second = _vector_functions(arrays) if recipe == RECIPE_WITH_VECTORS else None
    buckets = arrays["buckets"].astype(np.int64)
    weights = arrays["weights"].astype(np.float32)
    n_themes = len(arrays["thresholds"])
    shapes = {name: len(arrays[name]) for name in _PER_THEME}
    if weights.shape != (len(buckets), n_themes) or len(arrays["idf"]) != len(buckets):
        raise ValueError("weights, buckets and idf do not fit together")
    n_latent = arrays["vectors"].shape[1]
    if arrays["latent"].shape != (len(buckets), n_latent):
        raise ValueError("latent directions do not fit the buckets or the vectors")
    if any(length != n_themes for length in shapes.values()):
        raise ValueError(f"arrays per theme differ in length: {shapes}, thresholds: {n_themes}")
    states = list(ThemeState)
    return FittedModel(
        Vocabulary(buckets, arrays["idf"].astype(np.float32)),
        arrays["latent"].astype(np.float32),
        ThemeFunctions(
            weights,
            arrays["biases"].astype(np.float32),
            arrays["vectors"].astype(np.float32),
            arrays["signs"].astype(np.float32),
        ),
        arrays["thresholds"].astype(np.float64),
        Calibration(arrays["intercepts"].astype(np.float64), arrays["slopes"].astype(np.float64)),
        tuple(states[int(number)] for number in arrays["states"].astype(np.int64)),
        recipe,
        second,
    )


def _vector_functions(arrays: dict[str, NDArray[np.generic]]) -> VectorFunctions:
    weights, biases = arrays["vector_weights"], arrays["vector_biases"]
    share = float(arrays["vector_share"].astype(np.float64))
    if weights.ndim != 2 or biases.shape != (len(arrays["thresholds"]),) or not 0 <= share <= 1:
        raise ValueError("the functions of sentence vectors do not fit the themes")
    if weights.shape[1] != len(biases):
        raise ValueError("weights and biases of sentence vectors do not fit together")
    return VectorFunctions(weights.astype(np.float32), biases.astype(np.float32), share)
