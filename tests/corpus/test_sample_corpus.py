"""The sample corpus is the study that it says it is."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.running import ccgmine

CORPUS = Path(__file__).resolve().parents[2] / "sample_corpus"


def rows(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_interviews_by_site_and_type_are_those_of_the_model_study() -> None:
    counts = Counter((p["site"], p["respondent_type"]) for p in rows("participants.csv"))
    gps = {
        "Site 1": 7,
        "Site 2": 7,
        "Site 4": 4,
        "Site 5": 5,
        "Site 6": 3,
        "Site 7": 2,
        "Site 8": 7,
    }
    managers = {"Site 5": 1, "Site 6": 1, "Site 8": 4}
    expected = {(site, "GP"): n for site, n in gps.items()}
    expected |= {(site, "Manager"): n for site, n in managers.items()}
    expected["Site 6", "Nurse"] = 1
    assert counts == expected


def test_two_people_may_have_the_same_number() -> None:
    ids = {p["participant_id"] for p in rows("participants.csv")}
    assert {"GP ID 35", "Manager ID 35"} <= ids


@pytest.mark.parametrize(
    ("band", "low", "high"),
    [("predominant", 0.5, 1.0), ("major", 0.25, 0.5), ("minor", 0.0, 0.25)],
)
def test_themes_are_raised_by_as_many_as_the_codebook_says(
    band: str, low: float, high: float
) -> None:
    raised: dict[str, set[str]] = defaultdict(set)
    for row in rows("codings.csv") + rows("answer_key.csv"):
        if row["coder"] == "coder1":
            raised[row["theme"]].add(row["participant_id"])
    themes = [t["theme"] for t in rows("codebook.csv") if t["corpus_band"] == band]
    assert themes
    for theme in themes:
        assert low <= len(raised[theme]) / 42 < high, theme


def test_hand_coded_people_and_those_kept_apart_are_24_and_18() -> None:
    hand = {r["participant_id"] for r in rows("codings.csv")}
    kept = {r["participant_id"] for r in rows("answer_key.csv")}
    assert (len(hand), len(kept), hand & kept) == (24, 18, set())


def test_every_coding_finds_its_place_even_those_kept_apart(sample_study: Path) -> None:
    done = ccgmine("import", CORPUS / "answer_key.csv", "--study", sample_study)
    assert done.code == 0, done.err
    assert f"{len(rows('answer_key.csv'))} codings added" in done.err
    assert "labels no segment" not in done.err


def test_nobody_speaks_without_a_role(read_only_sample_study: Path) -> None:
    from ccgmine.domain import Role, SourceKind
    from ccgmine.study import open_study

    with open_study(read_only_sample_study) as study:
        transcripts = [study.corpus.transcript(i) for i in study.corpus.transcript_ids()]
    kinds = Counter(t.kind for t in transcripts if t)
    assert kinds == {SourceKind.INTERVIEW: 42, SourceKind.FOCUS_GROUP: 1}
    assert not [turn for t in transcripts if t for turn in t.turns if turn.role is Role.OTHER]


def test_a_correction_does_not_make_a_trained_participant_unseen(
    sample_study: Path, tmp_path: Path
) -> None:
    text = (CORPUS / "transcripts" / "GP-ID-3.txt").read_text(encoding="utf-8")
    assert "the" in text
    (tmp_path / "GP-ID-3.txt").write_text(text.replace(" the ", " ze ", 1), encoding="utf-8")
    again = ccgmine("ingest", tmp_path / "GP-ID-3.txt", "--study", sample_study)
    assert "1 changed" in again.err, again.err
    scored = ccgmine("evaluate", "--study", sample_study)
    assert scored.code == 4
    assert "was trained on every participant" in scored.err


def test_a_model_is_scored_on_newly_coded_people(sample_study: Path) -> None:
    key = ccgmine("import", CORPUS / "answer_key.csv", "--read-in-full", "--study", sample_study)
    assert key.code == 0, key.err
    scored = ccgmine("evaluate", "--study", sample_study)
    assert "coded texts of 18 participants that it was not trained on." in scored.err
    # Of a model from elsewhere nobody here can say so: this one has read all who are coded.
    shipped = ccgmine("evaluate", "--model", "ccg-themes", "--study", sample_study)
    assert "of 42 participants. Whom it was trained on is not on record here" in shipped.err
    assert scored.out != shipped.out


def test_passages_without_coverage_give_no_share(sample_study: Path, tmp_path: Path) -> None:
    """Where only coded passages are known to be read, nobody is known not to raise a theme."""
    fresh = tmp_path / "fresh"
    ccgmine("init", fresh, "--codebook", CORPUS / "codebook.csv", "--coder", "coder1")
    people = CORPUS / "participants.csv"
    files = [CORPUS / "transcripts" / f"GP-ID-{n}.txt" for n in (3, 42, 58)]
    ccgmine("ingest", *files, "--participants", people, "--study", fresh)
    done = ccgmine("import", CORPUS / "codings.csv", "--skip-bad-rows", "--study", fresh)
    assert "--read-in-full" in done.err
    rows = ccgmine("report", "--study", fresh).rows
    assert {row["estimate"] for row in rows} == {""}
    assert {row["hand_coded"] for row in rows} == {"0"}
