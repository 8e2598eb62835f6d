"""The whole way on the sample corpus, as the README shows it."""

from __future__ import annotations

from pathlib import Path

from tests.running import ccgmine


def test_sample_study_gives_a_prevalence_table(read_only_sample_study: Path) -> None:
    result = ccgmine("report", "--study", read_only_sample_study)
    assert result.code == 0
    rows = {(r["theme"], r["scope"], r["group"], r["site"]): r for r in result.rows}
    row = rows["pct_comparison", "direct", "overall", ""]
    assert row["participants"] == "42"
    assert row["hand_coded"] == "24"
    assert row["hand_with_theme"] == "15"
    assert row["estimate"] == "0.625"
    assert row["band"] == "major to predominant"


def test_ingesting_again_changes_nothing(sample_study: Path) -> None:
    before = ccgmine("report", "--study", sample_study).out
    again = ccgmine(
        "ingest", Path(__file__).parent.parent / "sample_corpus" / "transcripts",
        "--study", sample_study,
    )  # fmt: skip
    assert "0 new transcripts, 0 changed, 43 unchanged" in again.err
    assert ccgmine("report", "--study", sample_study).out == before
