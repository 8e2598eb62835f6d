"""Several processes: the same answers in the same order, and a sound end whatever happens."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.classify import predict
from ccgmine.classify.bundle import load_bundle
from ccgmine.classify.predict import Predictor
from ccgmine.classify.stream import (
    Answer,
    Layout,
    RowClassifier,
    StreamOptions,
    classify_pieces,
)
from ccgmine.classify.workers import in_processes
from ccgmine.errors import MachineError

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "ccg-themes"
BUNDLE = load_bundle(SHIPPED)
LAYOUT = Layout(",", 2, 0, 1)
PIECES = [
    b'1,"The budget is ours,\nor so they say"\n2,\n\n',
    "3,Ein Café – “neu” im Rat\n".encode(),
    b"4,Public health moved to the council in April\n" * 300,
    b"5,one cell,too many\n",
    b'6,"never closed\n',
    b'"7,""x""",Papers and papers, two hundred pages\n'.replace(b", two", b" two"),
] * 3


@pytest.fixture(params=["copies", "fresh ones"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways to begin a process; copies are not made beside another thread."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    if request.param == "fresh ones":
        other.start()
    yield request.param
    done.set()
    if other.ident:
        other.join()


@pytest.mark.parametrize("scores", [False, True], ids=["themes", "with scores"])
def test_answers_are_the_same_and_in_order(scores: bool, kind: str) -> None:
    if scores and kind == "fresh ones":
        pytest.skip("says no more, and takes a second")
    classifier = RowClassifier(BUNDLE, StreamOptions(scores=scores))
    alone = list(classify_pieces(classifier, SHIPPED, PIECES, LAYOUT))
    together = list(classify_pieces(classifier, SHIPPED, iter(PIECES), LAYOUT, jobs=3))
    assert together == alone
    assert [bool(a.wrong) for a in alone[:6]] == [False, False, False, True, True, False]
    assert alone[5].output.startswith(b'"7,""x""",')
    assert multiprocessing.active_children() == []


def test_no_more_is_read_than_is_under_way() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield PIECES[0]

    answers = classify_pieces(
        RowClassifier(BUNDLE, StreamOptions()), SHIPPED, endless(), LAYOUT, jobs=2
    )
    for _ in range(10):
        assert isinstance(next(answers), Answer)
    assert read <= 14
    answers.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_process_that_is_killed_is_one_error() -> None:
    classifier = RowClassifier(BUNDLE, StreamOptions())
    answers = in_processes(classifier, SHIPPED, PIECES * 50, LAYOUT, 2)
    next(answers)
    pid = multiprocessing.active_children()[0].pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(MachineError, match=r"ended from outside.*leave --jobs out"):
        list(answers)
    assert multiprocessing.active_children() == []


CELLS = st.text(st.sampled_from(["a", " ", ",", ";", '"', "'", "\n", "\r", "é", "\ud800", "="]))


@given(st.lists(CELLS, min_size=1, max_size=5), st.sampled_from(",\t"))
def test_ids_are_written_as_csv_has_them(ids: list[str], delimiter: str) -> None:
    classifier = RowClassifier(BUNDLE, StreamOptions(delimiter=delimiter))
    buffer = io.StringIO()
    rows = [(row_id, "", "") for row_id in ids]
    csv.writer(buffer, delimiter=delimiter, lineterminator="\n").writerows(rows)
    expected = buffer.getvalue().encode("utf-8", "replace")
    assert classifier.classify(ids, [""] * len(ids)) == expected


def test_scores_do_not_depend_on_the_words_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a word is known, new, or one of more than are kept."""
    batches = [
        ["the budget of the council", "we sat in that room"],
        ["the budget of practice nine", "", "a council without a budget and with papers"],
        [f"word{i} budget" for i in range(200)],
        ["the budget of the council", "word7 papers"],
    ]
    monkeypatch.setattr(predict, "KNOWN_WORDS", 12)
    keeps = Predictor(BUNDLE.model)
    for batch in [*batches, *reversed(batches)]:
        fresh = Predictor(BUNDLE.model)
        assert keeps.scores(batch).tobytes() == fresh.scores(batch).tobytes()
        for text in batch[:3]:
            assert keeps.scores([text]).tobytes() == fresh.scores([text]).tobytes()
