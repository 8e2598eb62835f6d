"""``check`` finds planted damage of each kind, and nothing in a sound study."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ccgmine.checking import check_study
from ccgmine.study import open_study
from tests.report.small_study import small_study
from tests.running import ccgmine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with small_study(tmp_path / "study"):
        pass
    return tmp_path / "study"


def change(folder: Path, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(folder / "study.db")) as connection:
        connection.execute(statement, values)
        connection.commit()


def problems(folder: Path) -> list[str]:
    with open_study(folder) as study:
        return [problem.line for problem in check_study(study)[1]]


def test_a_sound_study_has_five_things_right(folder: Path) -> None:
    with open_study(folder) as study:
        fine, found = check_study(study)
    assert found == []
    assert len(fine) == 5


def edit_the_codebook(folder: Path) -> None:
    path = folder / "codebook.csv"
    path.write_text(path.read_text().replace("money,", "cash,"))


ONE = "transcript_no = (SELECT transcript_no FROM transcript WHERE transcript_id = 'GP-ID-1')"


def sql(statement: str, *values: object) -> Callable[[Path], None]:
    return lambda folder: change(folder, statement, *values)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(
            sql("INSERT INTO prediction VALUES (1, 999, 0, x'', x'')"),
            "the database is damaged",
            id="a prediction for no segment",
        ),
        pytest.param(
            sql(f"DELETE FROM segment WHERE number = 2 AND {ONE}"),
            "segments of 'GP-ID-1' do not tile",
            id="a segment is missing",
        ),
        pytest.param(
            sql(f'UPDATE segment SET "end" = "end" + 1 WHERE number = 1 AND {ONE}'),
            "segments of 'GP-ID-1' do not tile",
            id="segments overlap",
        ),
        pytest.param(
            sql(f"UPDATE segment SET participant_id = 'GP ID 2' WHERE number = 1 AND {ONE}"),
            "segments of 'GP-ID-1' do not tile",
            id="a segment of another participant",
        ),
        pytest.param(
            sql(f"UPDATE turn SET role = 'participant' WHERE number = 1 AND {ONE}"),
            "segments of 'GP-ID-1' do not tile",
            id="a participant's turn without segments",
        ),
        pytest.param(
            sql(f"UPDATE transcript SET text = replace(text, 'money', 'honey') WHERE {ONE}"),
            "'GP-ID-1' is not as it was taken in",
            id="a word of the text",
        ),
        pytest.param(
            sql(f"UPDATE turn SET speaker = 'somebody' WHERE number = 2 AND {ONE}"),
            "'GP-ID-1' is not as it was taken in",
            id="a speaker",
        ),
        pytest.param(
            sql("UPDATE coding SET \"end\" = 100000 WHERE theme_id = 'money'"),
            "a coding of 'GP-ID-1' lies outside its text",
            id="a coding behind the end",
        ),
        pytest.param(
            sql("UPDATE coding SET \"end\" = start WHERE theme_id = 'money'"),
            "a coding of 'GP-ID-1' lies outside its text",
            id="an empty coding",
        ),
        pytest.param(
            sql(f'UPDATE coverage SET start = 5, "end" = 100000 WHERE {ONE}'),
            "coverage of 'GP-ID-1' lies outside its text",
            id="coverage behind the end",
        ),
        pytest.param(edit_the_codebook, "the theme 'money', which is not in", id="a theme went"),
        pytest.param(
            sql(f"UPDATE coverage SET themes = '[\"sleep\"]' WHERE {ONE}"),
            "the theme 'sleep', which is not in",
            id="coverage for an unknown theme",
        ),
        pytest.param(
            sql("UPDATE prediction SET assigned = x'01' WHERE segment_no = 1"),
            "predictions of the model 'machine' do not fit",
            id="too few assigned",
        ),
        pytest.param(
            sql(
                "UPDATE prediction SET probabilities = ? WHERE segment_no = 1",
                struct.pack("<3f", 0.5, 1.5, 0.5),
            ),
            "predictions of the model 'machine' do not fit",
            id="a probability above 1",
        ),
        pytest.param(
            sql(
                "UPDATE prediction SET probabilities = ? WHERE segment_no = 1",
                struct.pack("<3f", 0.5, float("nan"), 0.5),
            ),
            "predictions of the model 'machine' do not fit",
            id="a probability that is no number",
        ),
        pytest.param(
            sql("UPDATE prediction SET assigned = x'020000' WHERE segment_no = 1"),
            "predictions of the model 'machine' do not fit",
            id="neither assigned nor not",
        ),
    ],
)
def test_damage_is_found(folder: Path, damage: Callable[[Path], None], said: str) -> None:
    damage(folder)
    found = problems(folder)
    assert any(said in line for line in found), found
    # No problem shows what people said.
    assert not any("meetings a week" in line for line in found)


def test_a_changed_model_file_is_found(sample_study: Path) -> None:
    assert ccgmine("check", "--study", sample_study).code == 0
    (model,) = (sample_study / "models").iterdir()
    weights = max(model.rglob("*"), key=lambda p: p.stat().st_size if p.is_file() else 0)
    raw = bytearray(weights.read_bytes())
    raw[len(raw) // 2] ^= 1
    weights.write_bytes(bytes(raw))
    checked = ccgmine("check", "--study", sample_study)
    assert checked.code != 0
    assert model.name in checked.errors[0]
    assert checked.out == ""


def test_the_command_says_what_is_right_and_leaves_by_the_kind_of_wrong(folder: Path) -> None:
    fine = ccgmine("check", "--study", folder)
    assert fine.code == 0
    assert len([line for line in fine.out.splitlines() if line.startswith("ok  ")]) == 5
    edit_the_codebook(folder)
    wrong = ccgmine("check", "--study", folder)
    assert wrong.code == 4
    assert len(wrong.errors) == 1
