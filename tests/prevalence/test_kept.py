"""Counts and draws that `classify` keeps: used until something changes, then made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ccgmine.domain import Coding, Coverage, Span, Theme
from ccgmine.ingest.run import IngestOptions, ingest
from ccgmine.prevalence import evidence
from ccgmine.prevalence.run import PrevalenceQuery, difference_table, keep_tally, prevalence_table
from ccgmine.study import Study, open_study
from tests.building import add_codings, add_coverage
from tests.prevalence.modelled import modelled_study, put_scores


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "study"
    with modelled_study(folder):
        pass
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(made, tmp_path / "study"))


class Counting:
    """Tells how often counts and draws were made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        real = evidence.count

        def count(*args: object, **more: object) -> object:
            self.times += 1
            return real(*args, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(evidence, "count", count)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    return Counting(monkeypatch)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(PrevalenceQuery(), id="the usual groups"),
        pytest.param(PrevalenceQuery(cross=True), id="and their cross"),
        pytest.param(PrevalenceQuery(by=("respondent_type",)), id="some of the usual groups"),
        pytest.param(PrevalenceQuery(by=("respondent_type", "site")), id="in another order"),
        pytest.param(PrevalenceQuery(basis="hand"), id="by hand"),
        pytest.param(PrevalenceQuery(basis="machine"), id="by machine"),
    ],
)
def test_what_is_kept_is_what_would_be_made_anew(
    folder: Path, counting: Counting, query: PrevalenceQuery
) -> None:
    with open_study(folder) as study:
        anew, differences = prevalence_table(study, query), difference_table(study, query)
    assert counting.times == 2
    assert any("small-area" in str(row.estimate) for row in anew.rows) == (query.basis == "model")
    with open_study(folder, write=True) as study:
        keep_tally(study)
    assert counting.times == 3
    with open_study(folder) as study:
        # As text, because the bounds of machine counts are no numbers.
        assert repr(prevalence_table(study, query)) == repr(anew)
        assert difference_table(study, query) == differences
    assert counting.times == 3


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(PrevalenceQuery(by=("shift",)), id="groups that were not counted"),
        pytest.param(PrevalenceQuery(by=("site", "shift"), cross=True), id="another cross"),
        pytest.param(PrevalenceQuery(coder=("ann",)), id="a coder named"),
    ],
)
def test_what_was_not_kept_is_made(
    folder: Path, counting: Counting, query: PrevalenceQuery
) -> None:
    with open_study(folder, write=True) as study:
        keep_tally(study)
        prevalence_table(study, query)
    assert counting.times == 2


def settings(folder: Path, old: str, new: str) -> None:
    path = folder / "study.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def another_coding(study: Study) -> None:
    add_codings(study, Coding("P01", Span(0, 13), "time", "ann"))
    study.record("import", {})


def another_transcript(study: Study) -> None:
    study.record("ingest", {})


def another_training(study: Study) -> None:
    put_scores(study, seed=2)
    study.record("train", {})


def less_coverage(study: Study) -> None:
    with study.transaction():
        study.codings.clear_coverage_of("coverage.csv", ["P01"])
        study.record("import", {})


def somebody_moved(study: Study) -> None:
    """A new participants table, and no transcript that is new."""
    path = study.folder.parent / "people.csv"
    path.write_text("participant_id,site,respondent_type,shift\nP01,Site 9,GP,1\n")
    report = ingest(study, [], IngestOptions(participants=path), lambda *_: None)
    assert report.participant_changes


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(another_coding, id="an import"),
        pytest.param(somebody_moved, id="a participant at another site"),
        pytest.param(less_coverage, id="less was read than was said"),
        pytest.param(another_transcript, id="an ingest"),
        pytest.param(another_training, id="a training"),
        pytest.param(lambda s: s.add_themes([Theme("new")]), id="a theme in the codebook"),
        pytest.param(lambda s: _asked(s), id="who was asked"),
        pytest.param(lambda s: _moved(s), id="a theme under another parent"),
        pytest.param(
            lambda s: settings(s.folder, '["site", "respondent_type"]', '["shift"]'),
            id="the groups",
        ),
        pytest.param(
            lambda s: settings(s.folder, 'reference_coder = ""', 'reference_coder = "ann"'),
            id="the reference coder",
        ),
    ],
)
def test_any_change_makes_what_is_kept_stale(
    folder: Path, counting: Counting, change: Callable[[Study], None]
) -> None:
    with open_study(folder, write=True) as study:
        keep_tally(study)
        assert counting.times == 1
        change(study)
    with open_study(folder) as study:
        prevalence_table(study)
    assert counting.times == 2


def _asked(study: Study) -> None:
    _rewrite(study, "time", asked_of=("GP",))


def _moved(study: Study) -> None:
    _rewrite(study, "money", parent_id="")


def _rewrite(study: Study, theme_id: str, **changes: object) -> None:
    from ccgmine.domain import Codebook
    from ccgmine.study import write_codebook

    changed = [replace(t, **changes) if t.theme_id == theme_id else t for t in study.codebook]
    write_codebook(study.folder / "codebook.csv", Codebook(tuple(changed)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("level = 0.95", "level = 0.8", id="the level"),
        pytest.param('[["predominant", 0.50]', '[["widespread", 0.40]', id="the words"),
        pytest.param("suppress_below = 0", "suppress_below = 5", id="what is hidden"),
    ],
)
def test_what_only_changes_how_draws_are_told_keeps_them(
    folder: Path, counting: Counting, old: str, new: str
) -> None:
    with open_study(folder, write=True) as study:
        keep_tally(study)
        before = prevalence_table(study).rows
    settings(folder, old, new)
    with open_study(folder) as study:
        after = prevalence_table(study).rows
    assert counting.times == 1
    assert (before == after) == (old == "suppress_below = 0")


def test_groups_that_are_parts_of_the_talk_are_not_kept(folder: Path, counting: Counting) -> None:
    settings(folder, '["site", "respondent_type"]', '["site", "wave"]')
    with open_study(folder, write=True) as study:
        keep_tally(study)
        names = {row.group.name for row in prevalence_table(study).rows}
    assert names == {"overall", "site", "wave"}
    assert counting.times == 2


def test_several_coders_without_a_reference_do_not_stop_classify(folder: Path) -> None:
    """The model may have been trained with --coder: then there is nothing to keep."""
    with open_study(folder, write=True) as study:
        add_coverage(study, Coverage("P20", "bob"), source="bob.csv")
        keep_tally(study)
        table = prevalence_table(study, PrevalenceQuery(coder=("bob",)))
    overall = next(row for row in table.rows if row.group.name == "overall")
    assert overall.hand_coded == 1
