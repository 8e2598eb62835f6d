"""What is put into the store comes out of it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccgmine.domain import Coding, Coverage, SourceKind, Span, ThemeState
from ccgmine.store.corpus import CorpusCounts, Source
from ccgmine.store.predictions import ModelRecord, SegmentPrediction
from ccgmine.study import Study
from tests.building import AT, add_codings, add_coverage, conversation, made_study, person, themes

SCRIPTS = {
    "one": ["I: Naïve question?", "P1: Ünïcode 🙂 first. Then more. |And the rest."],
    "two": ["P2: Second one.", "P1: Hello again."],
}
PEOPLE = [person("P1", "Site 1", "GP", wave="2", age="51"), person("P3", "Site 2", "Nurse")]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with made_study(tmp_path / "s", SCRIPTS, codebook=themes("a", "b"), people=PEOPLE) as made:
        yield made


def test_transcripts_and_segments_come_back_as_they_went_in(study: Study) -> None:
    numbers = []
    for name, lines in SCRIPTS.items():
        transcript, segments = conversation(name, *lines)
        assert study.corpus.transcript(name) == transcript
        stored = [(n, s) for n, s in study.corpus.segments() if s.transcript_id == name]
        assert [s for _, s in stored] == segments
        numbers += [n for n, _ in stored]
    assert len(set(numbers)) == 4
    assert study.corpus.transcript("three") is None
    assert study.corpus.transcript_ids() == ["one", "two"]
    assert study.corpus.counts() == CorpusCounts(2, 4, 4, 3)


def test_participants_come_back_with_their_attributes(study: Study) -> None:
    assert study.corpus.participants() == [PEOPLE[0], person("P2"), PEOPLE[1]]
    assert PEOPLE[0].value("wave") == "2"
    assert PEOPLE[0].value("colour") == ""
    study.corpus.put_participants([person("P3", "Site 3", "Nurse")])
    assert study.corpus.participants()[-1].site == "Site 3"


def test_who_speaks_where(study: Study) -> None:
    assert study.corpus.transcripts_of("P1") == ["one", "two"]
    assert study.corpus.transcripts_of("P3") == []


def test_sources_are_known_by_name_and_by_hash(study: Study) -> None:
    assert study.corpus.source("one.txt") == Source("one.txt", "transcript", "one.txt", "test")
    assert study.corpus.source_of("one") == "one.txt"
    assert study.corpus.source_of_hash("two.txt") == "two.txt"
    assert study.corpus.source("none") is study.corpus.source_of("none") is None
    number = study.corpus.put_source(Source("one.txt", "transcript", "new", "2"))
    assert study.corpus.put_source(Source("one.txt", "transcript", "new", "2")) == number
    assert list(study.corpus.fingerprints("one.txt")) == ["one"]
    assert list(study.corpus.fingerprints()) == ["one", "two"]


def test_a_new_version_drops_what_hung_on_the_old_text_and_nothing_else(study: Study) -> None:
    add_codings(study, Coding("one", Span(0, 5), "a", "ann"), Coding("two", Span(0, 5), "a", "ann"))
    add_coverage(study, Coverage("one", "ann"), Coverage("two", "ann"))
    study.predictions.put_model(ModelRecord("m", "0", ("a",), (ThemeState.LEARNED,)))
    numbers = [number for number, _ in study.corpus.segments()]
    study.predictions.put("m", [SegmentPrediction(n, b"\0\0\0\0", b"\1") for n in numbers])
    with study.transaction():
        source = study.corpus.put_source(Source("one.txt", "transcript", "new", "test"))
        study.corpus.put_transcript(*conversation("one", "P1: Other words."), source, "new")
    assert [c.transcript_id for c in study.codings.all()] == ["two"]
    assert [c.transcript_id for c in study.codings.coverage()] == ["two"]
    assert [p.segment_no for p in study.predictions.of("m")] == numbers[2:]
    assert study.database.is_whole()


def test_the_kind_of_material_is_kept(study: Study) -> None:
    transcript = study.corpus.transcript("one")
    assert transcript is not None
    assert transcript.kind is SourceKind.INTERVIEW


# --- codings and coverage ------------------------------------------------------------------

A1 = Coding("one", Span(0, 5), "a", "ann")
B1 = Coding("one", Span(2, 9), "b", "bob")


def test_a_coding_of_two_sources_is_there_once_and_known_by_both(study: Study) -> None:
    add_codings(study, A1, B1, source="x.csv")
    add_codings(study, A1, source="y.csv")
    assert list(study.codings.all()) == [A1, B1]
    assert study.codings.of_source("y.csv") == {A1}
    assert study.codings.with_sources("one") == [(A1, "x.csv"), (A1, "y.csv"), (B1, "x.csv")]
    study.codings.remove([A1], "x.csv")
    assert list(study.codings.all()) == [A1, B1]
    study.codings.remove([A1], "y.csv")
    assert list(study.codings.all()) == [B1]
    assert study.codings.themes() == ["b"]


def test_adding_the_same_coding_again_is_nothing_new(study: Study) -> None:
    add_codings(study, A1)
    add_codings(study, A1)
    assert list(study.codings.all()) == [A1]


def test_whoever_coded_or_read_is_a_coder(study: Study) -> None:
    add_codings(study, B1)
    add_coverage(study, Coverage("two", "ann"))
    assert study.codings.coders() == ["ann", "bob"]


COVERAGES = [
    Coverage("one", "ann"),
    Coverage("one", "ann", frozenset({"a", "b"}), Span(0, 9), 0.25),
    Coverage("two", "bob", frozenset()),
]


def test_coverage_comes_back_as_it_went_in(study: Study) -> None:
    add_coverage(study, *COVERAGES)
    assert study.codings.coverage() == COVERAGES
    assert study.codings.coverage("two") == COVERAGES[2:]


def test_each_source_keeps_its_own_coverage(study: Study) -> None:
    add_coverage(study, COVERAGES[0], source="x.csv")
    add_coverage(study, COVERAGES[1], source="y.csv")
    assert study.codings.coverage_sources("one") == [
        (COVERAGES[0], "x.csv"),
        (COVERAGES[1], "y.csv"),
    ]
    study.codings.clear_coverage("x.csv", ["bob"])
    assert len(study.codings.coverage()) == 2
    study.codings.clear_coverage("x.csv", ["ann"])
    assert study.codings.coverage() == [COVERAGES[1]]
    study.codings.clear_coverage_of("y.csv", ["two"])
    assert study.codings.coverage() == [COVERAGES[1]]
    study.codings.clear_coverage_of("y.csv", ["one"])
    assert study.codings.coverage() == []


# --- predictions ---------------------------------------------------------------------------

STATES = (ThemeState.LEARNED, ThemeState.SUGGESTED)
RECORD = ModelRecord("m", "1" * 64, ("a", "ü"), STATES)


def test_a_model_and_its_predictions_come_back(study: Study) -> None:
    numbers = [number for number, _ in study.corpus.segments()]
    said = [SegmentPrediction(n, bytes(range(8)), b"\1\0", out_of_fold=n == 1) for n in numbers]
    study.predictions.put_model(RECORD)
    study.predictions.put("m", said)
    assert study.predictions.models() == [RECORD]
    assert list(study.predictions.of("m")) == said
    assert study.predictions.out_of_fold_segments("m") == {1}
    study.predictions.forget("m", out_of_fold=False)
    assert list(study.predictions.of("m")) == said[:1]


def test_a_model_replaced_by_another_of_its_name_loses_its_words(study: Study) -> None:
    study.predictions.put_model(RECORD)
    study.predictions.put("m", [SegmentPrediction(1, bytes(8), b"\0\0")])
    other = ModelRecord("m", "2" * 64, ("a",), STATES[:1])
    study.predictions.put_model(other)
    assert study.predictions.models() == [other]
    assert list(study.predictions.of("m")) == []


def test_scores_for_the_estimates_come_back_and_go_with_model_and_text(study: Study) -> None:
    numbers = [number for number, _ in study.corpus.segments()]
    study.predictions.put_model(RECORD)
    study.predictions.put_scores("m", [(n, bytes([n] * 8)) for n in reversed(numbers)])
    study.predictions.put_scores("m", [(numbers[0], bytes(8))])
    assert list(study.predictions.scores("m")) == [
        (numbers[0], bytes(8)),
        *((n, bytes([n] * 8)) for n in numbers[1:]),
    ]
    assert list(study.predictions.scores("another")) == []
    with study.transaction():
        source = study.corpus.put_source(Source("one.txt", "transcript", "new", "test"))
        study.corpus.put_transcript(*conversation("one", "P1: Other words."), source, "new")
    assert [n for n, _ in study.predictions.scores("m")] == numbers[2:]
    study.predictions.put_model(ModelRecord("m", "2" * 64, ("a",), STATES[:1]))
    assert list(study.predictions.scores("m")) == []


def test_the_model_that_classified_last_is_the_one_that_counts(study: Study) -> None:
    assert study.predictions.classified_model() is None
    for name in ("first", "second"):
        study.predictions.put_model(ModelRecord(name, name, ("a",), STATES[:1]))
    assert study.predictions.classified_model() is None
    for name in ("second", "first"):
        study.predictions.mark_classified(name)
    classified = study.predictions.classified_model()
    assert classified is not None
    assert classified.name == "first"


def test_counts_are_found_for_the_state_they_were_made_of_alone(study: Study) -> None:
    assert study.tallies.find("counts", "state 1") is None
    study.tallies.put("counts", "state 1", b"one")
    study.tallies.put("notes", "state 1", b"")
    assert study.tallies.find("counts", "state 1") == b"one"
    assert study.tallies.find("notes", "state 1") == b""
    assert study.tallies.find("counts", "state 2") is None
    study.tallies.put("counts", "state 2", b"two")
    assert study.tallies.find("counts", "state 1") is None
    assert study.tallies.find("counts", "state 2") == b"two"


def test_runs_are_numbered_one_after_another(study: Study) -> None:
    assert study.runs.latest() == 0
    study.runs.add("import", "1", AT, {})
    first = study.runs.latest()
    study.runs.add("import", "1", AT, {})
    assert 0 < first < study.runs.latest()


def test_kind_and_wave_of_every_transcript(study: Study) -> None:
    transcript, segments = conversation("two", "P2: Again.")
    later = replace(transcript, kind=SourceKind.OBSERVATION, wave="2")
    with study.transaction():
        source = study.corpus.put_source(Source("two.txt", "transcript", "new", "test"))
        study.corpus.put_transcript(later, segments, source, "new")
    assert study.corpus.kinds_and_waves() == {
        "one": ("interview", ""),
        "two": ("observation", "2"),
    }


def test_a_run_is_recorded_with_names_and_hashes(study: Study) -> None:
    study.runs.add("import", "1.2.3", AT, {"file": "ü.csv", "sha256": "0"})
    row = study.database.connection.execute("SELECT command, version, at, details FROM run")
    command, version, at, details = row.fetchone()
    assert (command, version, at) == ("import", "1.2.3", AT)
    assert json.loads(details) == {"file": "ü.csv", "sha256": "0"}
