"""The extra ``embeddings``: folders on disk, vectors of texts, and studies that use them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.classify import encoder as encoder_module
from ccgmine.classify.bundle import load_bundle
from ccgmine.classify.encoder import Encoder, open_encoder
from ccgmine.classify.run_prediction import classify_study
from ccgmine.classify.run_training import TrainOptions, train
from ccgmine.domain import Coverage
from ccgmine.errors import CcgmineError, StudyError
from ccgmine.study import Study, open_study
from tests.building import add_coverage, code, made_study, themes
from tests.classify.encoders import (
    POSITIONS,
    SPECIAL,
    WIDTH,
    WORDS,
    tensors,
    write_bert,
    write_onnx,
    write_pooling,
)
from tests.running import ccgmine

EXTRA = "the extra ccgmine[embeddings] is not installed"
pytest.importorskip("tokenizers", reason=EXTRA)
pytest.importorskip("safetensors", reason=EXTRA)
pytest.importorskip("onnxruntime", reason=EXTRA)

OWN = POSITIONS - 2  # tokens of a window that are not special


def vector(encoder: Encoder, text: str) -> np.ndarray:
    return next(encoder.embed([text]))


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x)


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("encoders") / "tiny")


@pytest.fixture(scope="module")
def encoder(bert: Path) -> Encoder:
    return open_encoder(bert)


# --- vectors ---------------------------------------------------------------------------------


def test_a_vector_is_the_mean_of_its_tokens_at_length_one(encoder: Encoder) -> None:
    from ccgmine.classify.transformer import Transformer
    from tests.classify.encoders import config

    ids = [2, *[len(SPECIAL) + WORDS.index(word) for word in ("the", "car", "park")], 3]
    hidden = Transformer(config(), tensors().__getitem__)(np.array(ids))
    np.testing.assert_allclose(
        vector(encoder, "The car park"), unit(hidden.mean(axis=0)), atol=1e-3
    )


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=40), st.integers(0, 3))
def test_a_vector_does_not_depend_on_its_neighbours(words: list[str], at: int) -> None:
    encoder = ENCODERS[0]
    text = " ".join(words)
    others = ["the nurse", "", "lunch came cold " * 9]
    together = encoder.vectors([*others[:at], text, *others[at:]])
    np.testing.assert_array_equal(together[at], vector(encoder, text))
    assert np.isfinite(together).all()


ENCODERS: list[Encoder] = []


@pytest.fixture(autouse=True)
def _encoder_for_properties(encoder: Encoder) -> None:
    ENCODERS[:] = [encoder]


@pytest.mark.parametrize("n_words", [OWN + 1, 2 * OWN, 3 * OWN + 5])
def test_a_long_text_is_the_mean_of_its_windows_by_length(encoder: Encoder, n_words: int) -> None:
    words = [WORDS[i % len(WORDS)] for i in range(n_words)]
    parts = [words[begin : begin + OWN] for begin in range(0, n_words, OWN)]
    total = sum(len(part) * vector(encoder, " ".join(part)) for part in parts)
    np.testing.assert_allclose(vector(encoder, " ".join(words)), unit(total), atol=2e-3)


@pytest.mark.parametrize("text", ["", "  \n ", "\t"])
def test_an_empty_text_has_no_direction(encoder: Encoder, text: str) -> None:
    assert not vector(encoder, text).any()


@pytest.mark.parametrize("text", ["\ud800 car", "\x00\x07", "\U0001f600", "word" * 5000])
def test_odd_texts_have_vectors(encoder: Encoder, text: str) -> None:
    assert np.linalg.norm(vector(encoder, text)) == pytest.approx(1.0, abs=1e-3)


def test_cls_pooling_takes_the_first_token(tmp_path: Path) -> None:
    table = np.random.default_rng(1).normal(size=(len(SPECIAL) + len(WORDS), 6)).astype(np.float32)
    folder = write_onnx(tmp_path / "m", table, "model.onnx", ("input_ids", "attention_mask"))
    write_pooling(folder, "cls")
    np.testing.assert_allclose(
        vector(open_encoder(folder), "the car park"), unit(table[2]), atol=1e-3
    )


@pytest.mark.parametrize("place", ["model.onnx", "onnx/model.onnx"])
@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(("input_ids",), id="numbers only"),
        pytest.param(("attention_mask", "input_ids"), id="and a mask"),
        pytest.param(("token_type_ids", "input_ids", "attention_mask"), id="and kinds of tokens"),
    ],
)
def test_an_onnx_file_is_run(tmp_path: Path, place: str, inputs: tuple[str, ...]) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    table = np.random.default_rng(1).normal(size=(len(SPECIAL) + len(WORDS), 6)).astype(np.float32)
    encoder = open_encoder(write_onnx(tmp_path / "m", table, place, inputs))
    ids = [2, len(SPECIAL) + WORDS.index("soup"), 3]
    np.testing.assert_allclose(vector(encoder, "soup"), unit(table[ids].mean(axis=0)), atol=1e-3)
    assert encoder.n_dimensions == 6


# --- folders ---------------------------------------------------------------------------------


def test_the_hash_is_of_the_files_and_not_of_the_place(bert: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(bert, tmp_path / "elsewhere"))
    (copy / "README.md").write_text("a note", encoding="utf-8")
    assert open_encoder(copy).sha256 == open_encoder(bert).sha256
    write_pooling(copy, "cls")
    assert open_encoder(copy).sha256 != open_encoder(bert).sha256


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_text(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    return change


def with_config(**said: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        known = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps({**known, **said}), encoding="utf-8")

    return change


def one_weight_less(folder: Path) -> None:
    from safetensors.numpy import save_file

    kept = tensors()
    del kept["encoder.layer.1.output.dense.bias"]
    save_file(kept, folder / "model.safetensors")


def with_a_further_step(folder: Path) -> None:
    steps = [{"type": f"sentence_transformers.models.{name}"} for name in ("Transformer", "Dense")]
    (folder / "modules.json").write_text(json.dumps(steps), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(shutil.rmtree, "there is no such folder", id="no folder"),
        pytest.param(without("tokenizer.json"), "lacks tokenizer.json", id="no tokeniser"),
        pytest.param(without("model.safetensors"), "lacks model.onnx", id="no weights"),
        pytest.param(without("config.json"), "lacks config.json", id="no configuration"),
        pytest.param(with_config(model_type="t5"), "type 't5'", id="another kind"),
        pytest.param(with_config(num_hidden_layers=9), "damaged", id="more layers than weights"),
        pytest.param(with_config(num_attention_heads=5), "damaged", id="heads that do not fit"),
        pytest.param(with_text("config.json", "{"), "config.json", id="a damaged configuration"),
        pytest.param(
            with_text("config.json", "[]"), "config.json", id="a list for a configuration"
        ),
        pytest.param(with_text("tokenizer.json", "{}"), "tokenizer.json", id="a damaged tokeniser"),
        pytest.param(
            with_text("model.safetensors", "x"), "model.safetensors", id="damaged weights"
        ),
        pytest.param(one_weight_less, "model.safetensors", id="a weight missing"),
        pytest.param(with_text("model.onnx", "x"), "model.onnx", id="a damaged ONNX file"),
        pytest.param(lambda f: write_pooling(f, "max"), "not mean or cls", id="another pooling"),
        pytest.param(with_text("1_Pooling/config.json", "3"), "damaged", id="damaged pooling"),
        pytest.param(with_a_further_step, "a step 'Dense'", id="a step behind pooling"),
    ],
)
def test_a_folder_that_cannot_be_used_is_told_in_one_line(
    bert: Path, tmp_path: Path, change: Callable[[Path], None], message: str
) -> None:
    folder = Path(shutil.copytree(bert, tmp_path / "copy"))
    change(folder)
    with pytest.raises(StudyError) as caught:
        open_encoder(folder)
    assert message in caught.value.line
    assert str(folder) in caught.value.line
    assert "\n" not in caught.value.line


def test_a_missing_extra_is_told_in_one_line(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(StudyError, match=r"pip install 'ccgmine\[embeddings\]'"):
        open_encoder(bert)


# --- studies ---------------------------------------------------------------------------------

SAID = {
    "parking": "the car park was full",
    "food": "lunch came cold and the soup had no taste",
    "kindness": "the nurse held my hand",
}


@pytest.fixture
def study(tmp_path: Path, bert: Path) -> Iterator[Study]:
    """Six hand-coded people and two more, and an encoder in the study's folder."""
    scripts = {}
    for number in range(8):
        lines = [f"P{number}: {words}" for words in SAID.values()]
        scripts[f"t{number}"] = [*lines, f"P{number}: well you know it was a tuesday"]
    folder = tmp_path / "study"
    with made_study(folder, scripts, codebook=themes(*SAID), reference="ann") as made:
        for number in range(6):
            for theme, words in SAID.items():
                code(made, f"t{number}", words, theme)
            add_coverage(made, Coverage(f"t{number}", "ann"), source=f"read{number}")
    shutil.copytree(bert, folder / "encoders" / "tiny")
    configure(folder, "encoders/tiny")
    with open_study(folder, write=True) as opened:
        yield opened


def configure(folder: Path, setting: str) -> None:
    path = folder / "study.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [f'embeddings = "{setting}"' if x.startswith("embeddings") else x for x in lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def silent(_what: str, _done: int, _total: int) -> None:
    pass


def predictions(study: Study) -> list[tuple[int, bytes, bytes]]:
    return [(p.segment_no, p.probabilities, p.assigned) for p in study.predictions.of("themes")]


def test_training_and_classifying_again_embeds_nothing(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(study, TrainOptions(), silent)
    classify_study(study, "themes")
    first = predictions(study)
    bundle = load_bundle(study.models_folder / "themes")
    assert bundle.model.recipe == "kernel-ridge-ngrams+embeddings.v1"
    own = open_encoder(study.folder / "encoders" / "tiny").sha256
    assert bundle.provenance["embeddings"] == {"folder": "tiny", "sha256": own}
    card = (study.models_folder / "themes" / "README.md").read_text(encoding="utf-8")
    assert f"sentence encoder `tiny`, sha256 `{own}`" in card

    def refuse(folder: Path) -> Encoder:
        raise AssertionError(f"{folder.name} was opened")

    monkeypatch.setattr(encoder_module, "open_encoder", refuse)
    train(study, TrainOptions(), silent)
    classify_study(study, "themes")
    assert predictions(study) == first
    assert load_bundle(study.models_folder / "themes").sha256 == bundle.sha256


def test_vectors_go_with_their_transcript(study: Study) -> None:
    train(study, TrainOptions(), silent)
    connection = study.database.connection
    kept = "SELECT count(*) FROM vector WHERE segment_no IS NOT NULL"
    assert connection.execute(kept).fetchone() == (4,)  # four texts, said by eight people
    connection.execute("DELETE FROM transcript")
    assert connection.execute(kept).fetchone() == (0,)


def other_weights(folder: Path) -> None:
    shutil.rmtree(folder / "encoders")
    write_bert(folder / "encoders" / "tiny", seed=7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda f: configure(f, ""), "none is named", id="none is named any more"),
        pytest.param(other_weights, "another sentence encoder", id="other weights"),
        pytest.param(lambda f: configure(f, "gone"), "no such folder", id="a folder that is gone"),
    ],
)
def test_classifying_needs_the_encoder_of_training(
    study: Study, change: Callable[[Path], None], message: str
) -> None:
    train(study, TrainOptions(), silent)
    change(study.folder)
    with pytest.raises(CcgmineError, match=message):
        classify_study(study, "themes")
    table = study.folder / "t.csv"
    table.write_text("id,text\n1,the car park was full\n", encoding="utf-8")
    done = ccgmine("classify", table, "--study", study.folder)
    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_tables_are_classified_with_it_too(study: Study, bert: Path, tmp_path: Path) -> None:
    train(study, TrainOptions(), silent)
    table = tmp_path / "t.csv"
    rows = "".join(f"{i},{words}\n" for i, words in enumerate([*SAID.values(), "", "soup"] * 20))
    table.write_text(f"id,text\n{rows}", encoding="utf-8")
    inside = ccgmine("classify", table, "--scores", "--study", study.folder)
    assert inside.code == 0, inside.err
    configure(study.folder, "")
    named = ("--embeddings", bert, "--study", study.folder)
    outside = ccgmine("classify", table, "--scores", "--jobs", 2, *named)
    assert outside.out == inside.out
    assert [r["themes"] for r in inside.rows[:4]] == [*SAID, ""]
    why = ccgmine("explain", "--text", "the car park was full", *named)
    assert "parking" in why.out
    assert "whose part has no words" in why.out + why.err


def test_spacy_needs_to_be_told_the_folder(study: Study, bert: Path) -> None:
    import spacy

    train(study, TrainOptions(), silent)
    nlp = spacy.load(study.models_folder / "themes")
    with pytest.raises(StudyError, match="none is named"):
        nlp("the car park was full")
    nlp.get_pipe("ccgmine_themes").embeddings = bert  # type: ignore[attr-defined]
    cats = nlp("the car park was full").cats
    assert max(cats, key=lambda theme: cats[theme]) == "parking"


def test_with_the_setting_off_a_model_is_what_it_was(study: Study) -> None:
    def trained(settings: str) -> dict[str, bytes]:
        (study.folder / "study.toml").write_text(settings, encoding="utf-8")
        with open_study(study.folder, write=True) as opened:
            train(opened, TrainOptions(), silent)
        folder = study.models_folder / "themes"
        return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    language = 'language = "en"\n[coding]\nreference_coder = "ann"\n'
    off = trained(language + '[classifier]\nembeddings = ""\n')
    assert off == trained(language)
    assert b"embeddings" not in off["themes.json"]


def test_a_setting_that_is_no_text_is_told(study: Study) -> None:
    (study.folder / "study.toml").write_text("[classifier]\nembeddings = 3\n", encoding="utf-8")
    done = ccgmine("train", "--study", study.folder)
    assert done.code == 4
    assert "embeddings" in done.err


def test_vectors_have_the_encoders_width(study: Study) -> None:
    train(study, TrainOptions(), silent)
    sizes = study.database.connection.execute("SELECT DISTINCT length(vector) FROM vector")
    assert sizes.fetchall() == [(2 * WIDTH,)]
