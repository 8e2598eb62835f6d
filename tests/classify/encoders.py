"""Tiny sentence-embedding folders with random weights, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[np.float32]]

WIDTH, WIDE, HEADS, LAYERS, POSITIONS = 12, 20, 3, 2, 16
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_WORDS = (
    "the car park was full lunch came cold soup had no taste we sat for hours in corridor nurse "
    "held my hand gentle and ticket machine swallowed coins mother it a tuesday i by bus sister "
    "said so too well you know spring parking food waiting kindness"
)
WORDS = tuple(_WORDS.split())


def config() -> dict[str, object]:
    """The ``config.json`` of the tiny BERT."""
    return {
        "model_type": "bert",
        "hidden_size": WIDTH,
        "intermediate_size": WIDE,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "max_position_embeddings": POSITIONS,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
    }


def tensors(seed: int = 0) -> Tensors:
    """Random weights under BERT's names."""
    rng = np.random.default_rng(seed)
    n_tokens = len(SPECIAL) + len(WORDS)
    shapes = {
        "embeddings.word_embeddings.weight": (n_tokens, WIDTH),
        "embeddings.position_embeddings.weight": (POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        for name, rows, columns in (
            ("attention.self.query", WIDTH, WIDTH),
            ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH),
            ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", WIDE, WIDTH),
            ("output.dense", WIDTH, WIDE),
        ):
            shapes[f"{at}{name}.weight"] = (rows, columns)
            shapes[f"{at}{name}.bias"] = (rows,)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{at}{name}.weight"] = shapes[f"{at}{name}.bias"] = (WIDTH,)
    return {name: rng.normal(0.0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


def write_tokenizer(folder: Path) -> None:
    """A tokeniser of whole words between ``[CLS]`` and ``[SEP]``, padded and cut as published."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: number for number, word in enumerate((*SPECIAL, *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.enable_padding(length=POSITIONS)
    tokenizer.enable_truncation(POSITIONS)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_bert(folder: Path, *, seed: int = 0, pooling: str = "") -> Path:
    """A folder with a tiny random BERT; ``pooling`` is ``mean``, ``cls``, ``max`` or not said."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    write_tokenizer(folder)
    (folder / "config.json").write_text(json.dumps(config()), encoding="utf-8")
    save_file(tensors(seed), folder / "model.safetensors")
    if pooling:
        write_pooling(folder, pooling)
    return folder


def write_pooling(folder: Path, pooling: str) -> None:
    """Say how tokens are pooled."""
    names = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens"}
    (folder / "1_Pooling").mkdir()
    said = {f"pooling_mode_{name}": kind == pooling for kind, name in names.items()}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(said), encoding="utf-8")


def write_onnx(
    folder: Path, table: NDArray[np.float32], place: str, inputs: tuple[str, ...]
) -> Path:
    """A folder with an ONNX encoder that looks each token up in ``table``."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    folder.mkdir(parents=True)
    write_tokenizer(folder)
    given = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in inputs
    ]
    found = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", table.shape[1]]
    )
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "tiny",
        given,
        [found],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = folder / place
    path.parent.mkdir(exist_ok=True)
    onnx.save(model, str(path))
    return folder
