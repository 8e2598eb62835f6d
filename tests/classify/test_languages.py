"""A study in another language, from the table to the model that spaCy opens."""

from __future__ import annotations

import csv
import json
import sqlite3
from importlib.util import find_spec
from pathlib import Path

import pytest
import spacy

from ccgmine.errors import StudyError
from ccgmine.language import sentence_pipeline, stop_words
from tests.running import ccgmine

WARTEN = [
    "Ich warte seit Wochen auf einen Termin.",
    "Die Wartezeit in der Praxis war viel zu lang.",
    "Drei Stunden im Wartezimmer, und dann kam niemand.",
    "Auf den Facharzt wartet man hier ein halbes Jahr.",
    "Das Warten am Telefon nimmt kein Ende.",
    "Wir mussten ewig warten, bis jemand Zeit hatte.",
]
PERSONAL = [
    "Die Schwestern waren freundlich und geduldig.",
    "Der Arzt hat mir alles freundlich erklärt.",
    "Sehr nettes Personal, immer freundlich.",
    "Die Pflegerin war geduldig mit meiner Mutter.",
    "Man spürt, dass das Personal freundlich miteinander umgeht.",
    "Freundliche Ärztin, geduldiges Team.",
]


def test_a_german_study_learns_and_classifies_german(tmp_path: Path) -> None:
    study, table = tmp_path / "studie", tmp_path / "kommentare.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "person", "text", "themes"])
        for i, (text, theme) in enumerate(
            [(t, "warten") for t in WARTEN] + [(t, "personal") for t in PERSONAL]
        ):
            writer.writerow([f"k{i}", f"p{i}", text, theme])
    ccgmine("init", study)
    settings = study / "study.toml"
    settings.write_text(settings.read_text("utf-8").replace('"en"', '"de"'), "utf-8")
    columns = ("--id-column", "id", "--participant-column", "person", "--text-column", "text")
    ccgmine(
        "ingest", table, *columns, "--themes-column", "themes", "--new-themes", "--study", study
    )
    ccgmine("train", "--study", study)
    with sqlite3.connect(study / "study.db") as database:
        (details,) = database.execute("SELECT details FROM run WHERE command = 'ingest'").fetchone()
    assert json.loads(details)["language"] == "de"
    pipeline = spacy.load(study / "models" / "themes")
    assert pipeline.lang == "de"
    said = pipeline("Wir warten immer noch auf den Termin.").cats
    assert said["warten"] > said["personal"]
    said = pipeline("Das Personal war so freundlich und geduldig!").cats
    assert said["personal"] > said["warten"]


@pytest.mark.parametrize(
    ("language", "message"),
    [("ja", "needs a further package for the language 'ja'"), ("xq", "knows no language 'xq'")],
)
def test_a_language_that_cannot_be_had_is_one_clear_line(language: str, message: str) -> None:
    if language == "ja" and find_spec("sudachipy") is not None:
        pytest.skip("the package that Japanese needs is installed")
    with pytest.raises(StudyError, match=message):
        stop_words(language)


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A pretrained pipeline in a folder, version 1.2.0."""
    made = spacy.blank("fr")
    made.add_pipe("sentencizer")
    made.meta["version"] = "1.2.0"
    made.to_disk(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_named_pipeline_is_used_in_the_version_that_was_named(pipeline: Path) -> None:
    found = sentence_pipeline("en", f"{pipeline} == 1.2.0")
    assert found.lang == "fr"
    assert [str(s) for s in found("Il pleut. On attend.").sents] == ["Il pleut.", "On attend."]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("==2.0.0", "is version 1.2.0, and study.toml says '2.0.0'"),
        ("", "is version 1.2.0, and study.toml names no version"),
    ],
)
def test_another_version_of_a_pipeline_is_one_clear_line(
    pipeline: Path, version: str, message: str
) -> None:
    with pytest.raises(StudyError, match=message) as raised:
        sentence_pipeline("fr", f"{pipeline}{version}")
    assert f'pipeline = "{pipeline}==1.2.0"' in raised.value.remedy


@pytest.mark.parametrize("content", ["x", "", '[nlp]\nlang = "fr"\npipeline = ["no-such-part"]\n'])
def test_a_damaged_pipeline_is_one_clear_line(pipeline: Path, content: str) -> None:
    (pipeline / "config.cfg").write_text(content, "utf-8")
    with pytest.raises(StudyError, match="cannot be loaded"):
        sentence_pipeline("fr", f"{pipeline}==1.2.0")
