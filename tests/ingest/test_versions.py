"""New versions of a transcript: where the codings go, and copies under another name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ccgmine.domain import Codebook, Coding, Span, Theme
from ccgmine.ingest.run import IngestOptions, IngestReport, ingest
from ccgmine.study import create_study, now, open_study
from ccgmine.versions import Versions, shared_words

OLD = (
    "We had Jane Smith come in from Ashford, and she asked Tom about the rota. Yes.\n"
    "Nobody had told us. The new system came in March and it never once worked for me. Yes.\n"
    "I said to Priya that I would leave, and Priya said so would she, if the money was right."
)
NEW = OLD.replace("Jane Smith", "[name]").replace("Ashford", "[place]").replace("Tom", "[name]")
NEW = NEW.replace("Priya", "[colleague]")


def moved(quote: str, new: str, old: str = OLD, nth: int = 0) -> str | None:
    start = -1
    for _ in range(nth + 1):
        start = old.index(quote, start + 1)
    span = Versions(old, new).move(Span(start, start + len(quote)))
    return None if span is None else new[span.start : span.end]


@pytest.mark.parametrize(
    ("quote", "wanted"),
    [
        ("We had Jane Smith come in from Ashford,", "We had [name] come in from [place],"),
        ("Jane Smith come in", "[name] come in"),
        ("come in from Ashford, and she asked Tom", "come in from [place], and she asked [name]"),
        ("Tom", "[name]"),
        ("I said to Priya that I would leave", "I said to [colleague] that I would leave"),
        ("Priya said so would she", "[colleague] said so would she"),
        ("Nobody had told us.", "Nobody had told us."),
    ],
)
def test_a_passage_in_which_names_were_replaced_keeps_its_coding(quote: str, wanted: str) -> None:
    assert moved(quote, NEW) == wanted


def test_when_a_paragraph_goes_its_codings_are_lost_and_the_others_stay() -> None:
    first, second, third = OLD.split("\n")
    new = f"{first}\n{third}"
    assert moved("Nobody had told us.", new) is None
    assert moved("The new system came in March", new) is None
    assert moved("she asked Tom about the rota.", new) == "she asked Tom about the rota."
    # One of two that are alike is left: what is around it tells which.
    assert moved("Yes.", new, nth=0) == "Yes."
    assert moved("Yes.", new, nth=1) is None
    assert moved("Yes.", f"{second}\n{third}", nth=1) == "Yes."


def test_a_paragraph_behind_one_black_bar_is_gone() -> None:
    new = OLD.replace("The new system came in March and it never once worked for me.", "[removed]")
    assert moved("The new system came in March", new) is None


def test_hesitations_that_were_tidied_away_do_no_harm() -> None:
    old = "Well. Um, I think that it was, er, rather good on the whole, you know. So."
    new = "Well. I think that it was rather good on the whole, you know. So."
    quote = "Um, I think that it was, er, rather good on the whole, you know."
    assert moved(quote, new, old) == "I think that it was rather good on the whole, you know."


def test_long_texts_are_aligned_in_linear_time() -> None:
    words = [f"w{i % 997}x{i % 1009}" for i in range(60_000)]
    old = " ".join(words)
    new = " ".join(w for i, w in enumerate(words) if i % 50)
    versions = Versions(old, new)
    quote = " ".join(words[30_001:30_040])
    start = old.index(quote)
    span = versions.move(Span(start, start + len(quote)))
    assert span is not None
    assert new[span.start : span.end] == quote


def test_how_much_two_texts_share() -> None:
    assert shared_words(OLD, OLD) == 1
    assert shared_words(OLD, NEW) > 0.5
    assert shared_words(OLD, "We had a cold winter, and I went home early most nights.") == 0
    assert shared_words("", OLD) == 0


# --- in a study -----------------------------------------------------------------------------

LONG = (
    "Well, I had been in the practice for eleven years by then, and nobody from Ashford had ever "
    "asked Tom Porter or me what we thought of anything at all, so I went along to hear it. "
    "It was a wet night and there were nine of us, and a plate of sandwiches that nobody touched."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_study(tmp_path / "study", Codebook((Theme("ask", "Asked"),)))
    (tmp_path / "people.csv").write_text("participant_id,speaker\nGP 35,\nGP 36,Sam Hil\n")
    (tmp_path / "GP-35.txt").write_text(f"I: Why?\nP: {LONG}\n")
    assert take(tmp_path, "GP-35.txt", participants=tmp_path / "people.csv").new == 1
    with open_study(tmp_path / "study", write=True) as study, study.transaction():
        text = study.corpus.transcript("GP-35").text  # type: ignore[union-attr]
        start = text.index("nobody from Ashford")
        span = Span(start, text.index(", so I went"))
        study.codings.add([Coding("GP-35", span, "ask", "ann")], "codings.csv", now())
    return tmp_path


def take(folder: Path, *names: str, **options: Any) -> IngestReport:
    with open_study(folder / "study", write=True) as study:
        return ingest(study, [folder / n for n in names], IngestOptions(**options), lambda *_: None)


def coded(folder: Path) -> dict[str, list[str]]:
    with open_study(folder / "study") as study:
        texts = {n: study.corpus.transcript(n).text for n in study.corpus.transcript_ids()}  # type: ignore[union-attr]
        found: dict[str, list[str]] = {name: [] for name in texts}
        for c in study.codings.all():
            found[c.transcript_id].append(texts[c.transcript_id][c.span.start : c.span.end])
        return found


ANONYMOUS = LONG.replace("Ashford", "[place]").replace("Tom Porter", "[colleague]")


def test_a_further_anonymised_file_keeps_its_codings_and_says_so(folder: Path) -> None:
    (folder / "GP-35.txt").write_text(f"I: Why?\nP: {ANONYMOUS}\n")
    report = take(folder, "GP-35.txt")
    assert (report.changed, report.problems) == (1, [])
    assert report.notes == [
        "GP-35.txt: 1 codings carried over from its earlier version, 1 of them on passages in "
        "which words were changed"
    ]
    assert coded(folder) == {
        "GP-35": [
            "nobody from [place] had ever asked [colleague] or me what we thought of anything "
            "at all"
        ]
    }


def test_a_renamed_copy_is_told_from_another_interview(folder: Path) -> None:
    (folder / "GP-35 anonymised.txt").write_text(f"I: Why?\nP: {ANONYMOUS}\n")
    (folder / "GP-35 second.txt").write_text(f"I: Why?\nP: {LONG[::-1].replace(':', '')}\n")
    report = take(folder, "GP-35 anonymised.txt", "GP-35 second.txt")
    assert report.new == 1
    (problem,) = report.problems
    assert "mostly the same words in 'GP-35'" in problem.line
    assert "name the file 'GP-35.txt'" in problem.line
    report = take(folder, "GP-35 anonymised.txt", allow_similar=True)
    assert report.new == 1


def test_the_same_talk_in_another_kind_of_file_is_a_new_version(folder: Path) -> None:
    (folder / "GP-35.md").write_text(f"**I:** Why?\n\n**P:** {ANONYMOUS}\n")
    report = take(folder, "GP-35.md")
    assert (report.changed, report.problems) == (1, [])
    assert "takes the place of GP-35.txt" in report.notes[0]
    assert [len(x) for x in coded(folder).values()] == [1]
    with open_study(folder / "study") as study:
        assert study.corpus.source_of("GP-35") == "GP-35.md"
        assert study.corpus.source("GP-35.txt") is None


def test_a_speaker_in_the_table_that_is_no_label_is_noted(folder: Path) -> None:
    (folder / "talk GP-36.txt").write_text("I: Why?\nSam Hill: So.\nI: And?\nSam Hill: No.\n")
    report = take(folder, "talk GP-36.txt", participants=folder / "people.csv")
    assert report.notes == [
        "talk GP-36.txt: the 'speaker' of GP 36 in the participants table is no label of it, but "
        "one differs from it by a letter or so"
    ]


def test_the_column_file_is_kept_for_later_and_is_no_attribute(folder: Path) -> None:
    (folder / "people.csv").write_text("participant_id,file,age\nGP 37,talk seven.txt,40\n")
    (folder / "talk seven.txt").write_text("I: Why?\nP: So it was.\n")
    take(folder, participants=folder / "people.csv")
    assert take(folder, "talk seven.txt").problems == []
    with open_study(folder / "study") as study:
        person = next(p for p in study.corpus.participants() if p.participant_id == "GP 37")
    assert person.attributes == (("age", "40"),)
    assert person.files == ("talk seven.txt",)
