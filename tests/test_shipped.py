"""What travels with the package."""

from __future__ import annotations

import pytest

from ccgmine.errors import StudyError
from ccgmine.shipped import shipped


def test_the_sample_corpus_is_found() -> None:
    assert (shipped("sample_corpus") / "codings.csv").is_file()


def test_what_is_missing_is_one_clear_line() -> None:
    with pytest.raises(StudyError, match="no holiday_photos"):
        shipped("holiday_photos")
