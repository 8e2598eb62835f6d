"""A model on disk: opened by spaCy, checked before it is read, the same bytes every time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import spacy

from ccgmine.classify.bundle import load_bundle, verify
from ccgmine.classify.predict import Predictor
from ccgmine.errors import InputError

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "ccg-themes"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "model"))


def test_spacy_opens_a_model_and_fills_cats() -> None:
    nlp = spacy.load(SHIPPED)
    doc = nlp("Public health moved to the council in April and we never see them now.")
    bundle = load_bundle(SHIPPED)
    assert list(doc.cats) == [t.theme_id for t in bundle.themes]
    predictor = Predictor(bundle.model)
    expected = predictor.probabilities(predictor.scores([doc.text]))[0]
    assert list(doc.cats.values()) == pytest.approx(expected.tolist())
    assert max(doc.cats, key=doc.cats.__getitem__) == "public_health_working"


def test_pipe_says_the_same_as_one_by_one() -> None:
    nlp = spacy.load(SHIPPED)
    texts = ["Papers, papers, two hundred pages.", "", "My partners cover for me."]
    assert [d.cats for d in nlp.pipe(texts)] == [nlp(t).cats for t in texts]


def test_shipped_model_is_small_and_of_this_corpus() -> None:
    files = [p for p in SHIPPED.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 5_000_000
    assert not [p for p in files if p.suffix in {".pkl", ".pickle", ".joblib", ".py"}]
    verify(SHIPPED)


def test_shipped_model_was_trained_on_the_corpus_as_it_stands(sample_study: Path) -> None:
    """Whoever changes the corpus trains the model again (``python models/build.py``)."""
    shipped = json.loads((SHIPPED / "ccgmine_themes" / "themes.json").read_text(encoding="utf-8"))
    fresh = json.loads(
        (sample_study / "models" / "themes" / "ccgmine_themes" / "themes.json").read_text(
            encoding="utf-8"
        )
    )
    for key in ("training_sha256", "codebook_sha256", "recipe", "seed"):
        assert shipped["provenance"][key] == fresh["provenance"][key], key


@pytest.mark.parametrize(
    "name",
    ["ccgmine_themes/weights.npz", "ccgmine_themes/themes.json", "config.cfg", "README.md"],
)
def test_a_changed_file_is_noticed(model: Path, name: str) -> None:
    path = model / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(InputError, match="was changed after training"):
        load_bundle(model)


def test_a_missing_or_additional_file_is_noticed(model: Path) -> None:
    (model / "extra.bin").write_bytes(b"x")
    with pytest.raises(InputError, match="training did not write"):
        verify(model)
    (model / "extra.bin").unlink()
    (model / "tokenizer").unlink()
    with pytest.raises(InputError, match="is missing"):
        verify(model)


def test_what_a_file_manager_leaves_does_no_harm(model: Path) -> None:
    (model / ".DS_Store").write_bytes(b"x")
    verify(model)


def test_a_model_of_a_newer_version_says_so(model: Path) -> None:
    manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    manifest["format"] = 99
    (model / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match="newer ccgmine"):
        verify(model)


def test_no_word_of_fewer_than_three_participants_is_in_a_model(sample_study: Path) -> None:
    """Telling words are common property, and the vocabulary is that of a fresh pipeline."""
    import re
    from collections import defaultdict

    from ccgmine.study import open_study

    users: dict[str, set[str]] = defaultdict(set)
    with open_study(sample_study) as study:
        for _, segment in study.corpus.segments():
            for word in re.findall(r"[^\W\d_]+", segment.text.casefold()):
                users[word].add(segment.participant_id)
    folder = sample_study / "models" / "themes"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    telling = {word for theme in report["themes"] for word in theme["telling_words"]}
    assert telling
    assert {word for word in telling if len(users[word]) < 3} == set()
    strings = set(json.loads((folder / "vocab" / "strings.json").read_text(encoding="utf-8")))
    rare = {word for word, people in users.items() if len(people) < 3}
    assert strings & rare <= set(spacy.blank("en").vocab.strings)
