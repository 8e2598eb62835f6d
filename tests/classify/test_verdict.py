"""What held-out scores allow, in words."""

from __future__ import annotations

import numpy as np
import pytest

from ccgmine.classify.evaluate import score_theme
from ccgmine.classify.verdict import CARE, CHECK, GOOD, verdict
from ccgmine.domain import ThemeState

PEOPLE = np.arange(60)


def mostly_right(n_present: int, n_wrong: int) -> str:
    """The verdict on a theme of so many of 60 people, of whom so many are missed."""
    present = n_present > PEOPLE
    assigned = present & (n_wrong <= PEOPLE)
    return verdict(ThemeState.LEARNED, score_theme(present, assigned, PEOPLE))


@pytest.mark.parametrize(("n_wrong", "expected"), [(2, GOOD), (11, CARE), (17, CHECK)])
def test_a_theme_is_judged_by_its_f1(n_wrong: int, expected: str) -> None:
    assert mostly_right(20, n_wrong) == expected


def test_a_theme_that_everybody_has_is_not_called_good() -> None:
    assert mostly_right(60, 3) == CHECK


def test_a_coin_is_not_to_be_counted_with_however_high_its_f1() -> None:
    present = PEOPLE % 10 > 0
    assigned = PEOPLE % 7 > 0
    scores = score_theme(present, assigned, PEOPLE)
    assert scores.f1.value > 0.8
    assert verdict(ThemeState.LEARNED, scores) == CHECK


def test_a_verdict_stays_readable_at_eighty_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The names of themes give way by a little, not the words of the verdict."""
    from ccgmine.cli.output import print_table
    from ccgmine.report.sheet import Sheet

    monkeypatch.setenv("COLUMNS", "80")
    columns = ("theme", "verdict", "n", "ppl", "P", "R", "F1", "95 %", "kappa")
    figures = (13, 12, "0.45", "0.38", "0.42", "0.13–0.83", "-0.40")
    print_table(
        Sheet("", columns, (("Decisions closer to patients", "good enough to count", *figures),))
    )
    lines = capsys.readouterr().out.splitlines()
    assert any("good enough " in line and "-0.40" in line for line in lines)
    assert any("to count" in line for line in lines)
