"""The study folder: its settings, where it is found, and making one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccgmine.bands import PRESETS, Band, Cut
from ccgmine.domain import Codebook, Theme
from ccgmine.errors import CcgmineError, InputError, StudyError
from ccgmine.study import (
    Settings,
    create_study,
    find_folder,
    open_study,
    read_settings,
    write_codebook,
)
from tests.building import themes


def settings(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_a_new_study_has_the_default_settings_written_out(tmp_path: Path) -> None:
    create_study(tmp_path / "s", themes("a"))
    assert read_settings(tmp_path / "s" / "study.toml") == Settings()
    with open_study(tmp_path / "s") as study:
        assert study.codebook.themes == themes("a").themes
        assert study.corpus.transcript_ids() == []
    assert sorted(p.name for p in (tmp_path / "s").iterdir()) == [
        "codebook.csv", "models", "study.db", "study.toml",
    ]  # fmt: skip


@pytest.mark.parametrize("coder", ["ann", 'the "first"', "back\\slash", "Zoë"])
def test_a_reference_coder_of_any_name_is_kept(tmp_path: Path, coder: str) -> None:
    create_study(tmp_path / "s", Codebook(), reference_coder=coder)
    assert read_settings(tmp_path / "s" / "study.toml").reference_coder == (coder,)


def test_settings_are_read(tmp_path: Path) -> None:
    read = settings(
        tmp_path,
        'language = "de"\n[coding]\nreference_coder = ["ann", "bob"]\n[segments]\nmax_words = 60\n'
        '[speakers]\ninterviewer = ["Q"]\n'
        '[report]\nlevel = 0.9\nbands = [["most", "over 0.6"], ["some", 0]]\n'
        'by = ["service", "wave"]\nsuppress_below = 5\n',
    )
    assert read == Settings(
        language="de",
        reference_coder=("ann", "bob"),
        max_words=60,
        interviewer_labels=("Q",),
        level=0.9,
        bands=(Band("most", Cut.OVER, 0.6), Band("some", Cut.SHARE, 0.0)),
        by=("service", "wave"),
        suppress_below=5,
    )


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_bands_may_be_a_preset(tmp_path: Path, name: str) -> None:
    assert settings(tmp_path, f'[report]\nbands = "{name}"\n').bands == PRESETS[name]


def test_missing_settings_are_an_error_that_says_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="settings are missing"):
        read_settings(tmp_path / "study.toml")


def test_settings_that_are_no_utf8_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes('language = "é"'.encode("cp1252"))
    with pytest.raises(StudyError, match="UTF-8"):
        read_settings(tmp_path / "study.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("language = ", "not valid TOML", id="no TOML"),
        pytest.param("colour = 1", "'colour' is not a setting", id="unknown key"),
        pytest.param("[report]\nband = 1", "'report.band' is not a setting", id="key of a section"),
        pytest.param("report = 1", "'report' must be a section", id="section as a key"),
        pytest.param("language = 1", "'language' must be text", id="language"),
        pytest.param("[coding]\nreference_coder = 1", "list of texts", id="coder"),
        pytest.param("[segments]\nmax_words = 3", "'max_words' must be", id="words"),
        pytest.param("[segments]\nmax_words = 10.5", "'max_words' must be", id="part of a word"),
        pytest.param("[report]\nlevel = 95", "'level' must be", id="level in per cent"),
        pytest.param("[report]\nlevel = 1.0", "'level' must be", id="level 1"),
        pytest.param("[report]\nbands = []", "'bands' must be", id="no bands"),
        pytest.param('[report]\nbands = [["a", 50]]', "'bands' must be", id="bands in per cent"),
        pytest.param(
            '[report]\nbands = [["a", 0.1], ["b", 0.5], ["c", 0]]',
            "highest share to the lowest",
            id="bands in the wrong order",
        ),
        pytest.param(
            '[report]\nbands = [["a", 0.5], ["b", 0.5], ["c", 0]]',
            "highest share to the lowest",
            id="two bands from one share",
        ),
        pytest.param(
            '[report]\nbands = [["a", 0.5]]', "word for every share", id="bands that end too early"
        ),
        pytest.param('[report]\nbands = "cqr2"', "names no preset", id="an unknown preset"),
        pytest.param(
            '[report]\nbands = [["a", "most"], ["b", 0]]', "must be a preset, or pairs", id="a rule"
        ),
        pytest.param('[report]\nbands = [["a", 0.5, 1]]', "pairs of a word", id="three of a band"),
        pytest.param('[report]\nbands = [["a", 0.5], ["a", 0]]', "of its own", id="a word twice"),
        pytest.param('[report]\nby = "site"', "list of texts", id="groups that are no list"),
        pytest.param("[report]\nsuppress_below = -1", "'suppress_below'", id="below nobody"),
        pytest.param("[report]\nsuppress_below = true", "'suppress_below'", id="suppress, yes"),
        pytest.param("[report]\nsuppress_below = 2.5", "'suppress_below'", id="half a person"),
    ],
)
def test_a_wrong_setting_names_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(StudyError) as caught:
        settings(tmp_path, text)
    assert said in caught.value.line
    assert "study.toml" in caught.value.line


def test_the_folder_is_the_one_named_else_of_the_environment_else_this(monkeypatch) -> None:
    assert find_folder(None) == Path()
    monkeypatch.setenv("CCGMINE_STUDY", "elsewhere")
    assert find_folder(None) == Path("elsewhere")
    assert find_folder(Path("here")) == Path("here")


def test_a_study_is_never_made_over_another(tmp_path: Path) -> None:
    create_study(tmp_path, themes("a"))
    before = (tmp_path / "study.db").read_bytes()
    with pytest.raises(StudyError, match="a study here already"):
        create_study(tmp_path, themes("b"))
    assert (tmp_path / "study.db").read_bytes() == before
    with open_study(tmp_path) as study:
        assert "a" in study.codebook


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("x")
    with pytest.raises(CcgmineError):
        create_study(tmp_path / "s", Codebook())
    assert (tmp_path / "s").read_text() == "x"


def test_a_study_half_made_by_a_killed_run_is_finished_by_the_next(tmp_path: Path) -> None:
    create_study(tmp_path, themes("a"), reference_coder="ann")
    (tmp_path / "study.db").unlink()
    create_study(tmp_path, themes("a"), reference_coder="ann")
    with open_study(tmp_path) as study:
        assert study.settings.reference_coder == ("ann",)


def test_files_of_somebody_elses_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "codebook.csv").write_text("theme\nmine\n")
    with pytest.raises(StudyError, match="a codebook here already"):
        create_study(tmp_path, themes("a"))
    assert (tmp_path / "codebook.csv").read_text() == "theme\nmine\n"


def test_themes_are_added_on_disk_too(tmp_path: Path) -> None:
    create_study(tmp_path, themes("a"))
    with open_study(tmp_path, write=True) as study:
        study.add_themes([Theme("b", "The second")])
        assert "b" in study.codebook
    with open_study(tmp_path) as study:
        assert [t.theme_id for t in study.codebook] == ["a", "b"]


def test_a_theme_name_that_no_table_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_codebook(tmp_path / "c.csv", Codebook((Theme("a\0b"),)))
    assert list(tmp_path.iterdir()) == []
