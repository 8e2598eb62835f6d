"""The forward pass in numpy, against one written out in plain loops."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from ccgmine.classify.transformer import Transformer, _relative_bias, unsupported
from tests.classify.encoders import HEADS, LAYERS, POSITIONS, WIDTH, Tensors, config, tensors

Vector = list[float]
IDS = [2, 9, 30, 7, 7, 3]


def linear(weights: Mapping[str, np.ndarray], name: str, x: Vector) -> Vector:
    rows, bias = weights[f"{name}.weight"].tolist(), weights[f"{name}.bias"].tolist()
    return [
        sum(a * b for a, b in zip(row, x, strict=True)) + c
        for row, c in zip(rows, bias, strict=True)
    ]


def norm(weights: Mapping[str, np.ndarray], name: str, x: Vector) -> Vector:
    mean = sum(x) / len(x)
    spread = math.sqrt(sum((v - mean) ** 2 for v in x) / len(x) + 1e-12)
    scale, shift = weights[f"{name}.weight"].tolist(), weights[f"{name}.bias"].tolist()
    return [(v - mean) / spread * a + b for v, a, b in zip(x, scale, shift, strict=True)]


def plus(x: Vector, y: Vector) -> Vector:
    return [a + b for a, b in zip(x, y, strict=True)]


def attention(weights: Mapping[str, np.ndarray], at: str, tokens: list[Vector]) -> list[Vector]:
    """Scaled dot-product attention, head by head (Vaswani et al. 2017, eq. 1)."""
    query, key, value = (
        [linear(weights, f"{at}attention.self.{name}", x) for x in tokens]
        for name in ("query", "key", "value")
    )
    size = WIDTH // HEADS
    joined: list[Vector] = [[] for _ in tokens]
    for head in range(HEADS):
        part = slice(head * size, (head + 1) * size)
        for i, own in enumerate(query):
            logits = [
                sum(a * b for a, b in zip(own[part], k[part], strict=True)) / math.sqrt(size)
                for k in key
            ]
            shares = [math.exp(logit) for logit in logits]
            for j in range(size):
                mixed = sum(s * v[part][j] for s, v in zip(shares, value, strict=True))
                joined[i].append(mixed / sum(shares))
    return joined


def bert(weights: Mapping[str, np.ndarray], ids: list[int]) -> list[Vector]:
    words = weights["embeddings.word_embeddings.weight"].tolist()
    places = weights["embeddings.position_embeddings.weight"].tolist()
    kind = weights["embeddings.token_type_embeddings.weight"].tolist()[0]
    tokens = [
        norm(weights, "embeddings.LayerNorm", plus(plus(words[i], places[at]), kind))
        for at, i in enumerate(ids)
    ]
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        mixed = attention(weights, at, tokens)
        for i, x in enumerate(tokens):
            own = linear(weights, f"{at}attention.output.dense", mixed[i])
            own = norm(weights, f"{at}attention.output.LayerNorm", plus(own, x))
            wide = [
                v * 0.5 * (1 + math.erf(v / math.sqrt(2)))
                for v in linear(weights, f"{at}intermediate.dense", own)
            ]
            narrow = linear(weights, f"{at}output.dense", wide)
            tokens[i] = norm(weights, f"{at}output.LayerNorm", plus(narrow, own))
    return tokens


EXPECTED = np.array(bert(tensors(), IDS))


def test_a_forward_pass_is_that_of_the_paper() -> None:
    found = Transformer(config(), tensors().__getitem__)(np.array(IDS))
    np.testing.assert_allclose(found, EXPECTED, atol=2e-5)


def test_weights_may_stand_under_a_prefix() -> None:
    kept = {f"bert.{name}": tensor for name, tensor in tensors().items()}
    found = Transformer(config(), kept.__getitem__)(np.array(IDS))
    np.testing.assert_allclose(found, EXPECTED, atol=2e-5)


def renamed(*pairs: tuple[str, str]) -> Tensors:
    kept = {}
    for name, tensor in tensors().items():
        for old, new in pairs:
            name = name.replace(old, new)
        kept[name] = tensor
    return kept


def as_distilbert() -> tuple[dict[str, object], Tensors]:
    """DistilBERT has no kinds of tokens; here the words carry what BERT adds for the first kind."""
    kept = renamed(
        ("encoder.layer", "transformer.layer"),
        ("attention.self.query", "attention.q_lin"),
        ("attention.self.key", "attention.k_lin"),
        ("attention.self.value", "attention.v_lin"),
        ("attention.output.dense", "attention.out_lin"),
        ("attention.output.LayerNorm", "sa_layer_norm"),
        ("intermediate.dense", "ffn.lin1"),
        (".output.dense", ".ffn.lin2"),
        (".output.LayerNorm", ".output_layer_norm"),
    )
    kind = kept.pop("embeddings.token_type_embeddings.weight")[0]
    kept["embeddings.word_embeddings.weight"] += kind
    said = {"model_type": "distilbert", "n_layers": LAYERS, "n_heads": HEADS, "activation": "gelu"}
    return dict(said), kept


def as_roberta() -> tuple[dict[str, object], Tensors]:
    """RoBERTa's positions begin behind the padding token's number."""
    kept = tensors()
    places = kept["embeddings.position_embeddings.weight"]
    kept["embeddings.position_embeddings.weight"] = np.vstack([np.full((2, WIDTH), 9.0), places])
    return {**config(), "model_type": "xlm-roberta", "pad_token_id": 1}, kept


def as_mpnet() -> tuple[dict[str, object], Tensors]:
    """MPNet without anything for distances is BERT without kinds of tokens."""
    kept = renamed(
        ("attention.self.query", "attention.attn.q"),
        ("attention.self.key", "attention.attn.k"),
        ("attention.self.value", "attention.attn.v"),
        ("attention.output.dense", "attention.attn.o"),
        ("attention.output.LayerNorm", "attention.LayerNorm"),
    )
    kind = kept.pop("embeddings.token_type_embeddings.weight")[0]
    kept["embeddings.word_embeddings.weight"] += kind
    places = kept["embeddings.position_embeddings.weight"]
    kept["embeddings.position_embeddings.weight"] = np.vstack([np.full((2, WIDTH), 9.0), places])
    kept["encoder.relative_attention_bias.weight"] = np.zeros((32, HEADS), dtype=np.float32)
    return {**config(), "model_type": "mpnet", "pad_token_id": 1}, kept


@pytest.mark.parametrize("relative", [as_distilbert, as_roberta, as_mpnet])
def test_relatives_with_the_same_weights_say_the_same(relative: object) -> None:
    assert callable(relative)
    said, kept = relative()
    transformer = Transformer(said, kept.__getitem__)
    assert transformer.n_positions == POSITIONS
    np.testing.assert_allclose(transformer(np.array(IDS)), EXPECTED, atol=2e-5)


@pytest.mark.parametrize(
    ("distance", "bucket"),
    # As the reference implementation of MPNet gives them, for a token so many places behind.
    [
        *[(1, 17), (7, 23), (8, 24), (9, 24), (20, 26), (60, 29), (127, 31), (128, 31), (199, 31)],
        *[(-1, 1), (-7, 7), (-8, 8), (-9, 8), (-20, 10), (-60, 13), (-127, 15), (-199, 15)],
        (0, 0),
    ],
)
def test_distances_of_mpnet_fall_in_the_published_buckets(distance: int, bucket: int) -> None:
    table = np.arange(32, dtype=np.float32)[:, None]
    found = _relative_bias(table, 200)
    i = 0 if distance >= 0 else 199
    assert found[0, i, i + distance] == bucket


@pytest.mark.parametrize(
    "change",
    [{"model_type": "t5"}, {"position_embedding_type": "relative_key"}, {"hidden_act": "swish"}],
)
def test_what_is_not_supported_is_said(change: dict[str, object]) -> None:
    assert unsupported(config()) == ""
    assert str(next(iter(change.values()))) in unsupported({**config(), **change})
