"""A sentence encoder's forward pass in plain numpy: BERT and its close relatives.

One text at a time, so that nothing is padded and a text's vectors do not depend on its neighbours.
Tokens stand in columns: with weights on the left, products for few tokens take half the time.
Architectures: BERT (Devlin et al. 2019), RoBERTa and XLM-RoBERTa (Liu et al. 2019; Conneau et al.
2020), DistilBERT (Sanh et al. 2019), MPNet (Song et al. 2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Tensors = Callable[[str], F32]
"""From the name of a tensor to the tensor; KeyError where there is none."""


@dataclass(frozen=True, slots=True)
class _Names:
    """What a kind of encoder calls its parts; ``layer`` takes the layer's number."""

    prefix: str
    layer: str
    query: str
    key: str
    value: str
    out: str
    attention_norm: str
    wide: str
    narrow: str
    output_norm: str


_BERT = _Names(
    "bert.", "encoder.layer.{}.", "attention.self.query", "attention.self.key",
    "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
    "intermediate.dense", "output.dense", "output.LayerNorm",
)  # fmt: skip
_ROBERTA = _Names("roberta.", *[getattr(_BERT, name) for name in _Names.__slots__[1:]])
_MPNET = _Names(
    "mpnet.", "encoder.layer.{}.", "attention.attn.q", "attention.attn.k", "attention.attn.v",
    "attention.attn.o", "attention.LayerNorm", "intermediate.dense", "output.dense",
    "output.LayerNorm",
)  # fmt: skip
_DISTILBERT = _Names(
    "distilbert.", "transformer.layer.{}.", "attention.q_lin", "attention.k_lin",
    "attention.v_lin", "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2",
    "output_layer_norm",
)  # fmt: skip
KINDS: Mapping[str, _Names] = {
    "bert": _BERT,
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    "mpnet": _MPNET,
    "distilbert": _DISTILBERT,
}
# These count positions from behind the padding token's number.
_OFFSET_KINDS = {"roberta", "xlm-roberta", "camembert", "mpnet"}


def _gelu(x: F32) -> F32:
    from scipy.special import erf

    result: F32 = x * np.float32(0.5) * (erf(x * np.float32(math.sqrt(0.5))) + np.float32(1.0))
    return result


def _gelu_tanh(x: F32) -> F32:
    cubic = x + np.float32(0.044715) * x * x * x
    curve: F32 = np.tanh(np.float32(math.sqrt(2.0 / math.pi)) * cubic)
    return np.float32(0.5) * x * (np.float32(1.0) + curve)


def _relu(x: F32) -> F32:
    result: F32 = np.maximum(x, np.float32(0.0))
    return result


_ACTIVATIONS: Mapping[str, Callable[[F32], F32]] = {
    "gelu": _gelu,
    "gelu_new": _gelu_tanh,
    "gelu_pytorch_tanh": _gelu_tanh,
    "relu": _relu,
}


def unsupported(config: Mapping[str, Any]) -> str:
    """What about an encoder's ``config.json`` this forward pass cannot do; "" if nothing."""
    kind = config.get("model_type")
    if kind not in KINDS:
        return f"encoders of the type '{kind}'"
    positions = config.get("position_embedding_type", "absolute")
    if positions != "absolute":
        return f"positions of the type '{positions}'"
    activation = config.get("hidden_act", config.get("activation", "gelu"))
    if activation not in _ACTIVATIONS:
        return f"the activation '{activation}'"
    return ""


def first_position(config: Mapping[str, Any]) -> int:
    """The number of a text's first position."""
    if config.get("model_type") not in _OFFSET_KINDS:
        return 0
    return int(config.get("pad_token_id", 1)) + 1


@dataclass(frozen=True, slots=True)
class _Norm:
    scale: F32
    shift: F32
    epsilon: np.float32

    def __call__(self, x: F32) -> F32:
        centred = x - x.mean(axis=0)
        variance = np.einsum("ij,ij->j", centred, centred) / np.float32(len(x))
        centred /= np.sqrt(variance + self.epsilon)
        result: F32 = centred * self.scale[:, None] + self.shift[:, None]
        return result


@dataclass(frozen=True, slots=True)
class _Linear:
    weights: F32
    bias: F32

    def __call__(self, x: F32) -> F32:
        result: F32 = self.weights @ x
        result += self.bias[:, None]
        return result


@dataclass(frozen=True, slots=True)
class _Layer:
    projections: _Linear
    out: _Linear
    attention_norm: _Norm
    wide: _Linear
    narrow: _Linear
    output_norm: _Norm


class Transformer:
    """An encoder with its weights.

    Args:
        config: The model's ``config.json``.
        tensors: Gives the weights by name.

    Raises:
        KeyError: If a weight or a figure of the configuration is missing.
        ValueError: If the weights do not fit the configuration.
    """

    def __init__(self, config: Mapping[str, Any], tensors: Tensors) -> None:
        names = KINDS[config["model_type"]]
        self._read = _Reader(tensors, names.prefix, _epsilon(config))
        n_layers = int(config.get("num_hidden_layers", config.get("n_layers", 0)))
        self._n_heads = int(config.get("num_attention_heads", config.get("n_heads", 0)))
        self._first = first_position(config)
        self._activation = _ACTIVATIONS[config.get("hidden_act", config.get("activation", "gelu"))]
        self._words = self._read.tensor("embeddings.word_embeddings.weight")
        self._positions = self._read.tensor("embeddings.position_embeddings.weight")
        self._kind = np.zeros(self._words.shape[1], dtype=np.float32)
        if names not in (_MPNET, _DISTILBERT):
            self._kind = self._read.tensor("embeddings.token_type_embeddings.weight")[0]
        self._norm = self._read.norm("embeddings.LayerNorm")
        self._layers = [self._layer(names, number) for number in range(n_layers)]
        self._bias: F32 | None = None
        if names is _MPNET:
            self._bias = self._read.tensor("encoder.relative_attention_bias.weight")
        if not n_layers or not self._n_heads or self.n_dimensions % self._n_heads:
            raise ValueError("layers or heads do not fit the weights")

    @property
    def n_dimensions(self) -> int:
        """Length of a token's vector."""
        return int(self._words.shape[1])

    @property
    def n_positions(self) -> int:
        """How many tokens a text may have at most, the special ones included."""
        return len(self._positions) - self._first

    def __call__(self, ids: I64) -> F32:
        """Shape (n_tokens, n_dimensions), vectors of the last layer.

        Args:
            ids: Shape (n_tokens,), of one text, special tokens included.
        """
        positions = self._positions[self._first : self._first + len(ids)]
        x = self._norm(np.ascontiguousarray((self._words[ids] + positions + self._kind).T))
        bias = None if self._bias is None else _relative_bias(self._bias, len(ids))
        for layer in self._layers:
            x = layer.attention_norm(layer.out(self._attend(layer, x, bias)) + x)
            x = layer.output_norm(layer.narrow(self._activation(layer.wide(x))) + x)
        return x.T

    def _attend(self, layer: _Layer, x: F32, bias: F32 | None) -> F32:
        width, n = x.shape
        parts = layer.projections(x).reshape(3, self._n_heads, width // self._n_heads, n)
        query, key, value = parts
        scores = query.transpose(0, 2, 1) @ key
        scores *= np.float32(1.0 / math.sqrt(width // self._n_heads))
        if bias is not None:
            scores += bias
        scores -= scores.max(axis=2, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=2, keepdims=True)
        joined: F32 = (value @ scores.transpose(0, 2, 1)).reshape(width, n)
        return joined

    def _layer(self, names: _Names, number: int) -> _Layer:
        place, read = names.layer.format(number), self._read
        three = [read.linear(place + name) for name in (names.query, names.key, names.value)]
        weights = np.vstack([part.weights for part in three])
        return _Layer(
            _Linear(weights, np.concatenate([part.bias for part in three])),
            read.linear(place + names.out),
            read.norm(place + names.attention_norm),
            read.linear(place + names.wide),
            read.linear(place + names.narrow),
            read.norm(place + names.output_norm),
        )


def _epsilon(config: Mapping[str, Any]) -> np.float32:
    return np.float32(config.get("layer_norm_eps", 1e-12))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Weights by name, with or without the prefix under which some folders keep them."""

    tensors: Tensors
    prefix: str
    epsilon: np.float32

    def tensor(self, name: str) -> F32:
        try:
            found = self.tensors(name)
        except KeyError:
            found = self.tensors(self.prefix + name)
        return np.ascontiguousarray(found, dtype=np.float32)

    def linear(self, name: str) -> _Linear:
        return _Linear(self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"))

    def norm(self, name: str) -> _Norm:
        return _Norm(self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"), self.epsilon)


def _relative_bias(table: F32, n: int) -> F32:
    """What MPNet adds to attention for the distance of two tokens, shape (n_heads, n, n)."""
    n_buckets = len(table) // 2
    distance = np.arange(n)[None, :] - np.arange(n)[:, None]
    far = np.abs(distance)
    exact = n_buckets // 2
    with np.errstate(divide="ignore"):
        spread = np.log(far / exact) / math.log(128 / exact) * (n_buckets - exact)
    coarse = np.minimum(exact + np.maximum(spread, 0.0).astype(np.int64), n_buckets - 1)
    buckets = np.where(far < exact, far, coarse) + np.where(distance > 0, n_buckets, 0)
    return np.ascontiguousarray(table[buckets].transpose(2, 0, 1))
