"""Sentence vectors from a model folder on disk: the optional extra ``embeddings``.

A folder as sentence-embedding models are published: ``tokenizer.json`` with either an ONNX file
(``model.onnx`` or ``onnx/model.onnx``) or ``model.safetensors`` and ``config.json``. Texts go
through one at a time, unpadded and on one thread, so that a text's vector depends on nothing but
the text and the folder. Nothing of the folder is executed, and nothing is fetched.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ccgmine.classify.transformer import Transformer, first_position, unsupported
from ccgmine.errors import StudyError
from ccgmine.files import machine_error

if TYPE_CHECKING:
    from tokenizers import Tokenizer

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Forward = Callable[[I64], F32]
"""From the token numbers of one text to vectors: (n_tokens, n_dimensions), or (n_dimensions,)."""

TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
ONNX = ("model.onnx", "onnx/model.onnx")
POOLING = "1_Pooling/config.json"
READING = "encoding.v1"
"""How a folder is read; part of its hash, so that another way of reading is another encoder."""
_SMALL = (
    TOKENIZER, CONFIG, POOLING, "modules.json", "sentence_bert_config.json", "tokenizer_config.json"
)  # fmt: skip
_MODULES = {"Transformer", "Pooling", "Normalize"}
_POOLINGS = {"cls": "cls", "mean": "mean", "pooling_mode_cls_token": "cls"}
_POOLINGS["pooling_mode_mean_tokens"] = "mean"
_OTHER_MODEL = "Name a folder of another sentence-embedding model in study.toml."


@dataclass(frozen=True, slots=True)
class Encoder:
    """An open sentence encoder.

    Attributes:
        name: Name of its folder.
        sha256: Stands for every file that a vector depends on, and for how they are read.
        n_dimensions: Length of a vector.
    """

    name: str
    sha256: str
    n_dimensions: int
    _tokenizer: Tokenizer = field(repr=False)
    _forward: Forward = field(repr=False)
    _pooling: str

    def embed(self, texts: Sequence[str]) -> Iterator[F32]:
        """The vector of each text, shape (n_dimensions,), of unit length; zero for an empty text.

        Rounded to 16-bit floats, as they are kept, so that a kept vector is the vector itself.
        """
        from threadpoolctl import ThreadpoolController

        controller = ThreadpoolController()
        for text in texts:
            # Several threads may add in another order; texts are too short to gain much by them.
            with controller.limit(limits=1):
                vector = self._embed(text)
            yield vector.astype(np.float16).astype(np.float32)

    def vectors(self, texts: Sequence[str]) -> F32:
        """Shape (n_texts, n_dimensions); a text that comes again is embedded once."""
        different = list(dict.fromkeys(texts))
        found = dict(zip(different, self.embed(different), strict=True))
        result = np.empty((len(texts), self.n_dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            result[row] = found[text]
        return result

    def _embed(self, text: str) -> F32:
        # Surrogates that stand alone cannot be tokenised.
        encoding = self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"))
        total = np.zeros(self.n_dimensions, dtype=np.float32)
        for window in (encoding, *encoding.overflowing):
            n_own = len(window.ids) - sum(window.special_tokens_mask)
            if n_own > 0:
                hidden = self._forward(np.array(window.ids, dtype=np.int64))
                total += np.float32(n_own) * self._pooled(hidden)
        length = np.float32(np.sqrt(float(total @ total)))
        if not np.isfinite(length):
            raise StudyError("the sentence encoder gave no finite vector", remedy=_OTHER_MODEL)
        return total / length if length > 0 else total

    def _pooled(self, hidden: F32) -> F32:
        if hidden.ndim == 1:
            pooled = hidden
        else:
            pooled = hidden[0] if self._pooling == "cls" else hidden.mean(axis=0)
        length = np.float32(np.sqrt(float(pooled @ pooled)))
        unit: F32 = pooled / length if length > 0 else pooled
        return unit


def open_encoder(folder: Path) -> Encoder:
    """Open a model folder.

    Raises:
        StudyError: If the extra is not installed, or the folder is missing, incomplete, damaged
            or of a kind that is not supported.
    """
    _check_installed()
    tokenizer_path, weights_path = _find(folder)
    forward: Forward
    configs = {name: _json(folder / name) for name in _SMALL[1:]}
    _check_modules(folder, configs["modules.json"])
    pooling = _pooling(folder, configs[POOLING])
    if weights_path.suffix == ".onnx":
        forward, n_dimensions = _open_onnx(weights_path)
        limit = _position_limit(configs[CONFIG])
    else:
        forward = transformer = _open_safetensors(folder, configs[CONFIG])
        n_dimensions, limit = transformer.n_dimensions, transformer.n_positions
    tokenizer = _open_tokenizer(tokenizer_path, _max_tokens(configs, limit))
    digest = _hash(folder, weights_path)
    return Encoder(folder.name, digest, n_dimensions, tokenizer, forward, pooling)


def encoder_hash(folder: Path) -> str:
    """The hash that stands for a model folder, without opening it.

    Raises:
        StudyError: If the folder is missing or incomplete.
    """
    _, weights_path = _find(folder)
    return _hash(folder, weights_path)


def _check_installed() -> None:
    try:
        import onnxruntime
        import safetensors
        import tokenizers
    except ImportError as error:
        raise StudyError(
            "sentence embeddings need the optional extra, which is not installed",
            remedy="Install it with `python -m pip install 'ccgmine[embeddings]'`, or set "
            'embeddings = "" in study.toml.',
        ) from error
    del onnxruntime, safetensors, tokenizers


def _find(folder: Path) -> tuple[Path, Path]:
    """Tokeniser and weights."""
    if not folder.is_dir():
        raise StudyError(
            "there is no such folder of a sentence-embedding model",
            where=folder,
            remedy='Mend embeddings in study.toml; "" goes without.',
        )
    tokenizer = folder / TOKENIZER
    if not tokenizer.is_file():
        raise _incomplete(folder, TOKENIZER)
    for name in ONNX:
        if (folder / name).is_file():
            return tokenizer, folder / name
    if not (folder / WEIGHTS).is_file():
        raise _incomplete(folder, f"{ONNX[0]}, {ONNX[1]} or {WEIGHTS}")
    if not (folder / CONFIG).is_file():
        raise _incomplete(folder, CONFIG)
    return tokenizer, folder / WEIGHTS


def _incomplete(folder: Path, name: str) -> StudyError:
    return StudyError(
        f"the folder of the sentence-embedding model lacks {name}",
        where=folder,
        remedy="Copy all of the model's files into it.",
    )


def _damaged(path: Path) -> StudyError:
    return StudyError(
        "this file of the sentence-embedding model is damaged or of an unknown form",
        where=path,
        remedy="Copy the model's files again, or use another model.",
    )


def _unsupported(folder: Path, what: str) -> StudyError:
    return StudyError(
        f"this sentence-embedding model is not supported: {what}",
        where=folder,
        remedy="Use one with an ONNX file, or another model.",
    )


def _json(path: Path) -> Any:  # noqa: ANN401
    """What a JSON file says; an empty object if there is none."""
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise machine_error(error, path) from error
    except ValueError as error:
        raise _damaged(path) from error


def _check_modules(folder: Path, modules: object) -> None:
    """Steps behind pooling change the vectors; one that is not known cannot be left out."""
    for module in modules if isinstance(modules, list) else []:
        kind = str(module.get("type", "") if isinstance(module, dict) else "").rpartition(".")[2]
        if kind not in _MODULES:
            raise _unsupported(folder, f"it has a step '{kind}'")


def _pooling(folder: Path, config: object) -> str:
    """``mean`` or ``cls``."""
    if not isinstance(config, dict):
        raise _damaged(folder / POOLING)
    chosen = {key for key, on in config.items() if key.startswith("pooling_mode_") and on is True}
    if isinstance(config.get("pooling_mode"), str):
        chosen.add(config["pooling_mode"])
    if not chosen:
        return "mean"
    if len(chosen) > 1 or not chosen <= _POOLINGS.keys():
        raise _unsupported(folder, f"pooling is {', '.join(sorted(chosen))}, not mean or cls")
    return _POOLINGS[chosen.pop()]


def _open_safetensors(folder: Path, config: object) -> Transformer:
    from safetensors import SafetensorError, safe_open

    if not isinstance(config, dict):
        raise _damaged(folder / CONFIG)
    what = unsupported(config)
    if what:
        raise _unsupported(folder, what)
    try:
        with safe_open(folder / WEIGHTS, framework="numpy") as stored:
            transformer = Transformer(config, partial(_tensor, stored, frozenset(stored.keys())))
            transformer(np.zeros(2, dtype=np.int64))
            return transformer
    except (KeyError, ValueError, TypeError, IndexError, OSError, SafetensorError) as error:
        raise _damaged(folder / WEIGHTS) from error


def _tensor(stored: Any, there: frozenset[str], name: str) -> F32:  # noqa: ANN401
    """A weight by its name, or by that which older training code gave it."""
    if name not in there:
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma")
        name = name.replace("LayerNorm.bias", "LayerNorm.beta")
    if name not in there:
        raise KeyError(name)
    found = stored.get_tensor(name)
    if found.dtype not in (np.float32, np.float16, np.float64):
        raise ValueError("weights are not floating-point numbers")
    return np.asarray(found, dtype=np.float32)


def _open_onnx(path: Path) -> tuple[Forward, int]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime has a class of its own for every cause
        raise _damaged(path) from error
    wanted = {one.name for one in session.get_inputs()}
    strange = wanted - {"input_ids", "attention_mask", "token_type_ids"}
    if "input_ids" not in wanted or strange:
        raise _unsupported(path, f"inputs are {', '.join(sorted(wanted))}")
    outputs = {one.name: len(one.shape) for one in session.get_outputs()}
    tokens = [name for name in ("last_hidden_state", "token_embeddings") if name in outputs]
    tokens += [name for name, n_axes in outputs.items() if n_axes == 3]
    whole = [name for name in outputs if name == "sentence_embedding"]
    if not tokens + whole:
        raise _unsupported(path, f"outputs are {', '.join(sorted(outputs))}")
    chosen = (tokens + whole)[0]

    def forward(ids: I64) -> F32:
        ones = np.ones((1, len(ids)), dtype=np.int64)
        given = {"input_ids": ids[None, :], "attention_mask": ones, "token_type_ids": ones * 0}
        (found,) = session.run([chosen], {name: given[name] for name in wanted})
        return np.asarray(found[0], dtype=np.float32)

    try:
        n_dimensions = int(forward(np.zeros(2, dtype=np.int64)).shape[-1])
    except Exception as error:
        raise _damaged(path) from error
    return forward, n_dimensions


def _position_limit(config: object) -> int:
    """How many tokens the encoder reads, as its configuration says; 512 where it does not."""
    if not isinstance(config, dict):
        return 512
    return int(config.get("max_position_embeddings", 512)) - first_position(config)


def _max_tokens(configs: Mapping[str, Any], limit: int) -> int:
    """Longest window in tokens, the special ones included."""
    said = [
        configs["sentence_bert_config.json"].get("max_seq_length"),
        configs["tokenizer_config.json"].get("model_max_length"),
    ]
    return max(8, min([limit, *[int(n) for n in said if isinstance(n, int | float) and n > 0]]))


def _open_tokenizer(path: Path, max_tokens: int) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        # What is cut off comes as further windows.
        tokenizer.enable_truncation(max_tokens, stride=0)
        tokenizer.encode("a")
    except Exception as error:  # the library raises nothing finer
        raise _damaged(path) from error
    return tokenizer


def _hash(folder: Path, weights: Path) -> str:
    """Hash of the files that a vector depends on, by name and content."""
    paths = [folder / name for name in _SMALL]
    # Large ONNX models keep their weights in files beside.
    paths += [weights, *sorted(weights.parent.glob(f"{weights.name}?data*"))]
    digest = hashlib.sha256(READING.encode())
    try:
        for path in paths:
            if path.is_file():
                with path.open("rb") as stream:
                    own = hashlib.file_digest(stream, "sha256").hexdigest()
                digest.update(f"\0{path.relative_to(folder).as_posix()} {own}".encode())
    except OSError as error:
        raise machine_error(error, folder) from error
    return digest.hexdigest()
