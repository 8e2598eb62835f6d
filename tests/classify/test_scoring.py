"""Scores for the estimates come from models that never saw whom they score, on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ccgmine.classify.fit import FitResult, TrainingData, fit
from ccgmine.classify.predict import Predictor
from ccgmine.classify.run_prediction import classify_study
from ccgmine.classify.run_scoring import held_out_scores
from ccgmine.classify.run_training import TrainOptions, train
from ccgmine.domain import Coding, Coverage, Segment, Span
from ccgmine.store.corpus import Source
from ccgmine.study import Study
from tests.building import add_codings, add_coverage, conversation, made_study, themes
from tests.classify.invented import THEMES, training_data


def segments_of(texts: Sequence[str], people: Sequence[str]) -> list[tuple[int, Segment]]:
    return [
        (10 + i, Segment("t", i + 1, Span(0, len(text)), person, text))
        for i, (text, person) in enumerate(zip(texts, people, strict=True))
    ]


def scores(segments: Sequence[tuple[int, Segment]], result: FitResult) -> NDArray[np.float32]:
    found = list(held_out_scores(segments, result, None))
    assert [number for number, _ in found] == [number for number, _ in segments]
    return np.array([np.frombuffer(content, dtype="<f4") for _, content in found])


def ranked_right(values: NDArray[np.float32], present: NDArray[np.bool_]) -> float:
    """Of all pairs of a text with and one without, the share that stand in the right order."""
    with_it, without = values[present], values[~present]
    return float((with_it[:, None] > without[None]).mean())


WORDS = ("amber", "basil", "cedar", "dusty", "ember", "flint", "grain", "hazel", "ivory", "jolly")


@pytest.fixture(scope="module")
def chance() -> tuple[TrainingData, FitResult]:
    """Forty people; words and themes have nothing to do with each other."""
    rng = np.random.default_rng(8)
    texts = [" ".join(rng.choice(WORDS, 7).tolist()) for _ in range(160)]
    data = TrainingData(
        texts=texts,
        present=rng.random((160, 2)) < 0.4,
        groups=[f"P{i // 4}" for i in range(160)],
        labels=("one", "two"),
        definitions=(),
    )
    return data, fit(data)


def test_where_there_is_nothing_to_learn_the_scores_of_those_coded_are_chance(chance) -> None:
    """A model that saw a person remembers them; one that did not cannot."""
    data, result = chance
    found = scores(segments_of(data.texts, [str(g) for g in data.groups]), result)
    remembered = Predictor(result.model).scores(data.texts)
    for theme in range(2):
        assert ranked_right(remembered[:, theme], data.present[:, theme]) > 0.75
        assert 0.35 < ranked_right(found[:, theme], data.present[:, theme]) < 0.65


@pytest.fixture(scope="module")
def study_of_words() -> tuple[list[tuple[int, Segment]], FitResult]:
    """24 people coded, and 16 others whom nobody coded."""
    data, others = training_data(), training_data(16, seed=9)
    people = [*map(str, data.groups), *(f"N{g}" for g in others.groups)]
    return segments_of([*data.texts, *others.texts], people), fit(data)


def test_everybody_gets_scores_that_rank_those_who_raised_a_theme_first(study_of_words) -> None:
    segments, result = study_of_words
    found = scores(segments, result)
    assert found.shape == (40 * 6, len(THEMES))
    present = np.concatenate([training_data().present, training_data(16, seed=9).present])
    for theme in range(len(THEMES)):
        for who in (slice(None, 144), slice(144, None)):
            assert ranked_right(found[who, theme], present[who, theme]) > 0.9
        # The hand coded and the others are on one scale.
        for raised in (True, False):
            chosen = present[:, theme] == raised
            coded, new = found[:144][chosen[:144], theme], found[144:][chosen[144:], theme]
            assert coded.mean() == pytest.approx(new.mean(), abs=0.5 * float(found[:, theme].std()))


def test_the_same_bytes_twice(study_of_words) -> None:
    segments, result = study_of_words
    once, again = (list(held_out_scores(segments, result, None)) for _ in "ab")
    assert once == again


def test_a_fold_model_on_another_scale_is_brought_to_that_of_the_others(study_of_words) -> None:
    segments, result = study_of_words
    fold = result.folds[3]
    moved = [*result.folds]
    moved[3] = replace(fold, biases=fold.biases + np.float32(5))
    shifted = replace(result, folds=moved)
    own = [
        i for i, (_, s) in enumerate(segments) if result.fold_of_group.get(s.participant_id) == 3
    ]
    assert own
    before, after = scores(segments, result), scores(segments, shifted)
    # The common scale moves with the mean of the models, and nothing moves against the rest.
    np.testing.assert_allclose(after - before, 5 / len(result.folds), atol=1e-3)


def test_with_nobody_new_those_coded_have_the_scores_of_the_model_that_left_them_out(
    study_of_words,
) -> None:
    segments, result = study_of_words
    coded = [(n, s) for n, s in segments if s.participant_id in result.fold_of_group]
    found = scores(coded, result)
    for fold, functions in enumerate(result.folds):
        own = [
            i for i, (_, s) in enumerate(coded) if result.fold_of_group[s.participant_id] == fold
        ]
        of_fold = Predictor(result.model, functions).scores([coded[i][1].text for i in own])
        np.testing.assert_array_equal(found[own], of_fold)


def test_with_one_fold_nothing_was_held_out(study_of_words) -> None:
    segments, result = study_of_words
    assert list(held_out_scores(segments, replace(result, folds=result.folds[:1]), None)) == []


# --- in a study ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """P0 to P17 hand coded in full, P18 to P23 not."""
    data = training_data()
    scripts: dict[str, list[str]] = {}
    for text, person in zip(data.texts, data.groups, strict=True):
        scripts.setdefault(str(person), []).append(f"{person}: {text}")
    folder = tmp_path_factory.mktemp("scoring") / "s"
    with made_study(folder, scripts, codebook=themes(*THEMES)) as made:
        present = iter(data.present)
        coded = {f"P{i}" for i in range(18)}
        codings = []
        for _, segment in made.corpus.segments():
            carried = next(present)
            if segment.participant_id in coded:
                codings += [
                    Coding(segment.transcript_id, segment.span, theme, "ann")
                    for theme, there in zip(THEMES, carried, strict=True)
                    if there
                ]
        add_codings(made, *codings)
        add_coverage(made, *(Coverage(p, "ann") for p in sorted(coded)))
        train(made, TrainOptions(), lambda *_: None)
        yield made


def stored(study: Study) -> dict[str, bytes]:
    names = {number: s.name for number, s in study.corpus.segments()}
    return {names[number]: content for number, content in study.predictions.scores("themes")}


def put(study: Study, transcript_id: str, *lines: str) -> None:
    with study.transaction():
        name = f"{transcript_id}.txt"
        source = study.corpus.put_source(Source(name, "transcript", lines[0], "test"))
        transcript, segments = conversation(transcript_id, *lines)
        study.corpus.put_participants([])
        study.corpus.put_transcript(transcript, segments, source, lines[0])


def test_training_again_gives_everybody_the_same_scores(study: Study) -> None:
    once = stored(study)
    assert len(once) == study.corpus.counts().segments
    train(study, TrainOptions(), lambda *_: None)
    assert stored(study) == once


def test_scores_of_a_study_as_it_grows(study: Study) -> None:
    from tests.building import person

    after_training = stored(study)
    assert len(after_training) == 24 * 6
    classify_study(study, "themes")
    assert stored(study) == after_training
    # Somebody new, somebody known with new words, and new words of somebody learned from.
    with study.transaction():
        study.corpus.put_participants([person("N1")])
    put(study, "late", "N1: the car park was full and the ticket machine swallowed my coins")
    put(study, "P20", "P20: lunch came cold and the soup had no taste at all", "P20: It was.")
    put(study, "P3", "P3: we sat for three hours in the corridor")
    assert not {name for name in stored(study) if name.split(":")[0] in ("late", "P20", "P3")}
    classify_study(study, "themes")
    grown = stored(study)
    assert {name for name in grown if name not in after_training} == {"late:1"}
    assert {name for name in grown if name.startswith("P20:")} == {"P20:1", "P20:2"}
    # Nothing that never saw P3 is left to score them with.
    assert not {name for name in grown if name.startswith("P3:")}
    untouched = {n for n in after_training if n.split(":")[0] not in ("P20", "P3")}
    assert {n: grown[n] for n in untouched} == {n: after_training[n] for n in untouched}
    assert np.frombuffer(grown["late:1"], dtype="<f4").argmax() == THEMES.index("parking")
