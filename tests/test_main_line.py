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
    assert 15 / 42 <= float(row["low"]) <= float(row["estimate"]) <= float(row["high"]) <= 33 / 42
    assert row["method"] == "hand coding and model; small-area estimate"
    words = [float(row[f"p_{word}"]) for word in ("predominant", "major", "minor", "not raised")]
    assert abs(sum(words) - 1) < 1e-3
    # All 42 passages of the sample corpus on it are known to its answer key: 24 raised it.
    assert row["band"] in ("predominant", "major to predominant")


def test_ingesting_again_changes_nothing(sample_study: Path) -> None:
    before = ccgmine("report", "--study", sample_study).out
    again = ccgmine(
        "ingest", Path(__file__).parent.parent / "sample_corpus" / "transcripts",
        "--study", sample_study,
    )  # fmt: skip
    assert "0 new transcripts, 0 changed, 43 unchanged" in again.err
    assert ccgmine("report", "--study", sample_study).out == before
