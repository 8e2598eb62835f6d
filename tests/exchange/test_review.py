"""The machine's codings out to a person and the decisions back, through spreadsheets that spoil."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.coding.run import hand_coding
from ccgmine.domain import Coding, Span
from ccgmine.errors import InputError, InputErrors, UsageError
from ccgmine.exchange.choosing import AUDIT, USEFUL, Candidate, choose, usefulness
from ccgmine.exchange.decisions import NO, OPEN, YES
from ccgmine.exchange.run_codings import CodingOptions, TakenIn, import_coding_file
from ccgmine.exchange.run_review import ReviewOptions, ReviewReport, review_sheet
from ccgmine.report.writers import render_text
from ccgmine.study import Study
from tests.building import add_codings, code, made_study
from tests.exchange.coded import (
    BOOK,
    FOUND,
    PEOPLE,
    SCRIPTS,
    SMILE,
    Rows,
    as_excel_workbook,
    as_german_excel,
    coded_study,
    decided,
    read_for,
    rows_of,
    said,
    write_csv,
)

EVERYTHING = ReviewOptions()
FIRST = f"The meetings never end, {SMILE} honestly. "
MONEY_1 = "=We said money is short. "
MONEY_12 = "The money never comes. "
PEOPLE_12 = "I like the people here, caf\xe9 and all."


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with coded_study(tmp_path / "study") as made:
        yield made


def take(study: Study, path: Path, coder: str = "eve", **more: Any) -> TakenIn:
    return import_coding_file(study, path, CodingOptions(coder=coder, **more))


def counts(taken: TakenIn) -> tuple[int, int, int, int]:
    report = taken.report
    assert isinstance(report, ReviewReport)
    return report.yes, report.no, report.other, report.undecided


# --- out -------------------------------------------------------------------------------------


def test_the_sheet_as_a_person_opens_it(study: Study, golden: Callable[[str, str], None]) -> None:
    sheet = review_sheet(study, ReviewOptions(limit=3, audit=2, seed=7))
    golden("export-machine.csv", render_text(sheet, "csv") + "\n".join(sheet.notes) + "\n")


def test_only_what_the_machine_assigned_and_nobody_read_is_listed(study: Study) -> None:
    rows = rows_of(review_sheet(study, EVERYTHING))
    assert {(r["segment"], r["theme"]) for r in rows} == {
        ("1-2:1", "time"), ("1-2:2", "money"), ("12:1", "money"), ("12:2", "people"),
    }  # fmt: skip
    assert {r["decision"] for r in rows} == {""}
    assert {(r["chosen"], r["selection_probability"]) for r in rows} == {(USEFUL, "1")}


def test_the_most_useful_come_first_and_themes_can_be_named(study: Study) -> None:
    order = [r["theme"] for r in rows_of(review_sheet(study, EVERYTHING))]
    # "people" is coded nowhere and its 0.52 is the theme's own threshold; 0.9 is sure.
    assert order[0] == "people"
    below = rows_of(review_sheet(study, ReviewOptions(themes=("burden",))))
    assert {r["theme"] for r in below} == {"time", "money"}
    assert len(rows_of(review_sheet(study, ReviewOptions(limit=1)))) == 1
    with pytest.raises(UsageError, match="not in the codebook"):
        review_sheet(study, ReviewOptions(themes=("tim",)))
    with pytest.raises(UsageError, match="below zero"):
        review_sheet(study, ReviewOptions(audit=-1))


def test_the_same_seed_gives_the_same_sheet_and_another_another(study: Study) -> None:
    def drawn(seed: int) -> str:
        return render_text(review_sheet(study, ReviewOptions(audit=4, seed=seed)), "csv")

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(6)}) > 1


PAIRS = [Candidate(n, theme, n / 10, n >= 5) for n in range(1, 10) for theme in ("a", "b")]


@given(
    limit=st.none() | st.integers(0, 20),
    audit=st.integers(0, 30),
    seed=st.integers(0, 1000),
)
def test_the_two_parts_are_apart_and_their_weights_add_up(
    limit: int | None, audit: int, seed: int
) -> None:
    chosen = choose(lambda: PAIRS, {"a": 3}, limit=limit, audit=audit, seed=seed)
    assert len({c.candidate for c in chosen}) == len(chosen)
    listed = [c for c in chosen if c.why == USEFUL]
    sample = [c for c in chosen if c.why == AUDIT]
    assert len(listed) == min(10, 10 if limit is None else limit)
    assert len(sample) == min(audit, len(PAIRS) - len(listed))
    assert all(c.candidate.assigned for c in listed)
    if sample:
        # Horvitz and Thompson's estimate of how many there are is right whatever was drawn.
        assert sum(1 / c.selection_probability for c in chosen) == pytest.approx(len(PAIRS))


def test_every_pair_is_drawn_as_often_as_its_probability_says() -> None:
    draws = 600
    drawn: Counter[Candidate] = Counter()
    for seed in range(draws):
        chosen = choose(lambda: PAIRS, {}, limit=4, audit=7, seed=seed)
        drawn.update(c.candidate for c in chosen if c.why == AUDIT)
    assert len(drawn) == 14
    # Half of them each time: binomial, standard deviation 12.2; five of them are 61.
    assert all(abs(n - draws / 2) < 61 for n in drawn.values())


def test_usefulness_falls_with_distance_and_with_codings() -> None:
    near, far = Candidate(1, "a", 0.5, assigned=True), Candidate(1, "a", 0.9, assigned=True)
    assert usefulness(near, 0.5, {}) == 1.0
    assert usefulness(far, 0.5, {}) == pytest.approx(1 / 9)  # odds 9 to 1
    assert usefulness(near, 0.5, {"a": 3}) == pytest.approx(1 / 2)


# --- back in ---------------------------------------------------------------------------------

DECISIONS = {
    ("1-2:1", "time"): "Yes",
    ("1-2:2", "money"): "nein",
    ("12:1", "money"): "yes; people",
    ("12:2", "people"): "time",
}
SAID = {
    ("1-2", FIRST, "time"),
    ("12", MONEY_12, "money"),
    ("12", MONEY_12, "people"),
    ("12", PEOPLE_12, "time"),
}
READ = {
    ("1-2", FIRST, "time", 1.0),
    ("1-2", MONEY_1, "money", 1.0),
    ("12", MONEY_12, "money", 1.0),
    ("12", MONEY_12, "people", None),
    ("12", PEOPLE_12, "people", 1.0),
    ("12", PEOPLE_12, "time", None),
}


def test_decisions_become_codings_and_coverage(study: Study, tmp_path: Path) -> None:
    rows = decided(rows_of(review_sheet(study, EVERYTHING)), DECISIONS)
    taken = take(study, write_csv(tmp_path / "d.csv", rows))
    assert taken.kind == "decisions"
    assert counts(taken) == (2, 2, 2, 0)
    assert said(study, "eve") == SAID
    assert read_for(study, "eve") == READ
    labels = {s.name: hand_coding(study, ["eve"]).labels.get(n) for n, s in study.corpus.segments()}
    # No is a negative for that theme and says nothing of any other; what was not decided is open.
    no = labels["1-2:2"]
    assert no is not None
    assert (no.themes, no.read_for) == (frozenset(), frozenset({"money"}))
    assert labels["1-2:3"] is None
    before = set(study.codings.all())
    again = take(study, tmp_path / "d.csv").report
    assert (again.added, again.removed, again.unchanged) == (0, 0, 4)
    assert set(study.codings.all()) == before


def spoil_german(path: Path, study: Study) -> Path:
    rows = rows_of(review_sheet(study, EVERYTHING))
    return as_german_excel(path.with_suffix(".csv"), decided(rows, DECISIONS))


def spoil_workbook(path: Path, study: Study) -> Path:
    sheet = review_sheet(study, EVERYTHING)
    at = [sheet.columns.index(c) for c in ("segment", "theme")]
    told = [DECISIONS[str(row[at[0]]), str(row[at[1]])] for row in sheet.rows]
    return as_excel_workbook(path.with_suffix(".xlsx"), sheet, told)


def keep_only(*columns: str) -> Callable[[Path, Study], Path]:
    def spoil(path: Path, study: Study) -> Path:
        rows = decided(rows_of(review_sheet(study, EVERYTHING)), DECISIONS)
        return write_csv(path.with_suffix(".csv"), [{c: r[c] for c in columns} for r in rows])

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(spoil_german, id="saved by Excel in German: ; , days, a code page"),
        pytest.param(spoil_workbook, id="our own workbook with a date for a transcript"),
        pytest.param(
            keep_only("key", "decision", "selection_probability"), id="only key and decision left"
        ),
        pytest.param(
            keep_only("text", "machine_theme", "decision", "transcript", "selection_probability"),
            id="no key, no segment, no place",
        ),
        pytest.param(
            keep_only("decision", "theme", "text", "participant_id", "selection_probability"),
            id="no key, the words and the participant alone",
        ),
    ],
)
def test_spreadsheet_damage_is_survived(
    study: Study, tmp_path: Path, spoil: Callable[[Path, Study], Path]
) -> None:
    taken = take(study, spoil(tmp_path / "d", study))
    assert counts(taken) == (2, 2, 2, 0)
    # What a code page lost or Excel trimmed is not in the study's words.
    assert {(t, w.strip(), x) for t, w, x in said(study, "eve")} == {
        (t, w.strip(), x) for t, w, x in SAID
    }
    assert {p for *_, p in read_for(study, "eve")} == {1.0, None}


@pytest.mark.parametrize(
    ("decision", "theme", "yes", "no"),
    [
        pytest.param("YES.", "", {"time"}, set(), id="yes, shouted, with a full stop"),
        pytest.param(" ja ", "", {"time"}, set(), id="yes in German"),
        pytest.param("1.0", "", {"time"}, set(), id="a number that was a 1"),
        pytest.param("WAHR", "", {"time"}, set(), id="a ticked box of a German Excel"),
        pytest.param("\N{HEAVY CHECK MARK}", "", {"time"}, set(), id="a tick"),
        pytest.param("0", "", set(), {"time"}, id="nought"),
        pytest.param("FALSE", "", set(), {"time"}, id="an empty box"),
        pytest.param("Money", "", {"money"}, {"time"}, id="another theme, by its label"),
        pytest.param("no; money", "", {"money"}, {"time"}, id="no, another theme"),
        pytest.param("money; people", "", {"money", "people"}, {"time"}, id="two other themes"),
        pytest.param("Time", "", {"time"}, set(), id="the machine's own theme is a yes"),
        pytest.param("yes\nmoney", "", {"time", "money"}, set(), id="yes and another theme"),
        pytest.param("", "money", {"money"}, {"time"}, id="another theme written over it"),
        pytest.param("yes", "money", {"money"}, {"time"}, id="yes to what was written over it"),
        pytest.param("no", "money", {"money"}, {"time"}, id="no, and another written over it"),
        pytest.param("yes", "TIME", {"time"}, set(), id="its own theme in capitals"),
        pytest.param("?", "", set(), set(), id="a question mark decides nothing"),
        pytest.param("'", "", set(), set(), id="a lone apostrophe is an empty cell"),
    ],
)
def test_the_ways_to_write_a_decision(
    study: Study, tmp_path: Path, decision: str, theme: str, yes: set[str], no: set[str]
) -> None:
    (row,) = rows_of(review_sheet(study, ReviewOptions(themes=("time",))))
    row = {**row, "decision": decision, "theme": theme or row["theme"]}
    for name, kept in (("all.csv", row), ("one.csv", {k: v for k, v in row.items() if k != "key"})):
        take(study, write_csv(tmp_path / name, [kept]), coder=name)
        assert {t for *_, t in said(study, name)} == yes
        assert {t for *_, t, _ in read_for(study, name)} == yes | no


def test_no_word_means_two_things() -> None:
    assert len(YES | NO | OPEN) == len(YES) + len(NO) + len(OPEN)
    assert all(word == word.casefold() for word in YES | NO | OPEN)


Change = Callable[[Rows], Rows]


def _cell(at: int, **cells: str) -> Change:
    def change(rows: Rows) -> Rows:
        return [{**row, **cells} if i == at else row for i, row in enumerate(rows)]

    return change


def _sorted_alone(column: str) -> Change:
    def change(rows: Rows) -> Rows:
        values = sorted((row[column] for row in rows), reverse=True)
        if values == [row[column] for row in rows]:
            values.reverse()
        return [{**row, column: value} for row, value in zip(rows, values, strict=True)]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_cell(0, decision="perhaps so"), "neither yes or no", id="a word of no sense"),
        pytest.param(_cell(0, decision="x"), "Write yes or no", id="a cross: right or wrong?"),
        pytest.param(_cell(0, decision="yes; no"), "yes and no at once", id="yes and no"),
        pytest.param(_cell(0, theme="tme"), "Did you mean 'time'", id="a slip in a theme"),
        pytest.param(_sorted_alone("text"), "different passages", id="one column sorted"),
        pytest.param(_sorted_alone("machine_theme"), "different themes", id="themes sorted"),
        pytest.param(
            _cell(0, selection_probability="01. Feb"), "selection probability", id="a date for it"
        ),
        pytest.param(
            lambda rows: [*rows, {**rows[0], "decision": "no"}], "opposite of row 2", id="twice"
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_listed_and_nothing_is_taken(
    study: Study, tmp_path: Path, change: Change, message: str
) -> None:
    rows = [{**r, "decision": "yes"} for r in rows_of(review_sheet(study, EVERYTHING))]
    path = write_csv(tmp_path / "d.csv", change(rows))
    before = list(study.codings.all())
    with pytest.raises(InputErrors) as caught:
        take(study, path)
    assert any(message in problem.line for problem in caught.value.problems)
    assert all("row " in problem.line for problem in caught.value.problems)
    assert not any("meetings" in problem.line for problem in caught.value.problems)
    assert list(study.codings.all()) == before
    taken = take(study, path, skip_bad=True)
    assert len(said(study, "eve")) + len(taken.report.problems) == taken.report.rows


def test_who_decided_must_be_known(study: Study, tmp_path: Path) -> None:
    rows = [{**r, "decision": "yes"} for r in rows_of(review_sheet(study, EVERYTHING))]
    with pytest.raises(InputError, match="--coder"):
        take(study, write_csv(tmp_path / "d.csv", rows), coder="")
    named = [{**r, "coder": "zoe"} for r in rows]
    take(study, write_csv(tmp_path / "d.csv", named), coder="")
    assert len(said(study, "zoe")) == 4


def test_an_empty_decision_says_nothing_and_is_counted(study: Study, tmp_path: Path) -> None:
    rows = rows_of(review_sheet(study, EVERYTHING))
    taken = take(study, write_csv(tmp_path / "d.csv", rows))
    assert counts(taken) == (0, 0, 0, 4)
    assert "4 not decided, of 4 rows" in taken.notes[0]
    assert "eve" not in study.codings.coders()


def test_a_decision_taken_back_is_taken_out_of_the_study(study: Study, tmp_path: Path) -> None:
    rows = decided(rows_of(review_sheet(study, EVERYTHING)), DECISIONS)
    path = write_csv(tmp_path / "d.csv", rows)
    take(study, path)
    write_csv(path, [{**row, "decision": ""} for row in rows])
    assert take(study, path).report.removed == 4
    assert said(study, "eve") == set()
    assert read_for(study, "eve") == set()


def test_a_second_round_under_the_same_name_takes_nothing_of_the_first_away(
    study: Study, tmp_path: Path
) -> None:
    path = tmp_path / "decisions.csv"
    first = rows_of(review_sheet(study, ReviewOptions(themes=("time",))))
    take(study, write_csv(path, [{**r, "decision": "yes"} for r in first]))
    second = rows_of(review_sheet(study, ReviewOptions(themes=("money",))))
    take(study, write_csv(path, [{**r, "decision": "yes"} for r in second]))
    assert {t for *_, t in said(study, "eve")} == {"time", "money"}


def test_a_no_against_ones_own_coding_is_told(study: Study, tmp_path: Path) -> None:
    rows = rows_of(review_sheet(study, ReviewOptions(themes=("time",))))
    code(study, "1-2", "meetings never end", "time", "eve")
    path = write_csv(tmp_path / "d.csv", [{**r, "decision": "no"} for r in rows])
    taken = take(study, path)
    assert any("row 2" in n and "stays in force" in n for n in taken.notes)
    assert ("1-2", "meetings never end", "time") in said(study, "eve")


def _scripts(**changed: list[str]) -> Mapping[str, list[str]]:
    return {**SCRIPTS, **changed}


def test_decisions_find_their_words_in_a_transcript_that_was_cut_anew(
    study: Study, tmp_path: Path
) -> None:
    rows = decided(rows_of(review_sheet(study, EVERYTHING)), DECISIONS)
    path = write_csv(tmp_path / "d.csv", rows)
    moved = {"12": ["I: And you, if I may?", "P2: The money never comes. I like the people here, "
             "caf\xe9 and all."]}  # fmt: skip
    with made_study(tmp_path / "new", {**SCRIPTS, **moved}, codebook=BOOK, people=PEOPLE) as other:
        taken = take(other, path)
        assert isinstance(taken.report, ReviewReport)
        assert taken.report.moved == 2
        found = {(t, w.strip(), x) for t, w, x in said(other, "eve")}
        assert found == {(t, w.strip(), x) for t, w, x in SAID}


def test_words_that_were_changed_since_are_listed_and_the_rest_can_be_taken(
    study: Study, tmp_path: Path
) -> None:
    rows = decided(rows_of(review_sheet(study, EVERYTHING)), DECISIONS)
    path = write_csv(tmp_path / "d.csv", rows)
    moved = {"12": ["I: And you?", "P2: Funding is late. |I like the people here, caf\xe9 and "
             "all."]}  # fmt: skip
    with made_study(tmp_path / "new", {**SCRIPTS, **moved}, codebook=BOOK, people=PEOPLE) as other:
        with pytest.raises(InputErrors) as caught:
            take(other, path)
        (problem,) = caught.value.problems
        assert "do not stand in transcript '12' any more" in problem.line
        assert rows[int(problem.at.split()[1]) - 2]["segment"] == "12:1"
        take(other, path, skip_bad=True)
        assert len(said(other, "eve")) == 2


def test_a_long_passage_that_excel_cut_off_is_known_by_what_is_left(tmp_path: Path) -> None:
    long = "We wait. " * 5000
    with made_study(tmp_path / "s", {"a": [f"P1: {long}"]}, codebook=BOOK) as made:
        from tests.building import predict

        predict(made, {"a:1": {"time": 0.9}}, learned=["time"])
        sheet = review_sheet(made, EVERYTHING)
        path = as_excel_workbook(tmp_path / "d.xlsx", sheet, ["yes"])
        take(made, path)
        assert said(made, "eve") == {("a", long.removesuffix(" "), "time")} or said(
            made, "eve"
        ) == {("a", long, "time")}


def test_words_that_stand_twice_are_told_apart_by_the_key_alone(tmp_path: Path) -> None:
    from tests.building import predict

    scripts = {"a": ["P1: Yes, yes. |Yes, yes."], "b": ["P2: Yes, yes."]}
    with made_study(tmp_path / "s", scripts, codebook=BOOK) as made:
        predict(made, {f"{n}": {"time": 0.9} for n in ("a:1", "a:2", "b:1")}, learned=["time"])
        rows = [{**r, "decision": "yes"} for r in rows_of(review_sheet(made, EVERYTHING))]
        take(made, write_csv(tmp_path / "d.csv", rows))
        assert len([c for c in made.codings.all() if c.coder == "eve"]) == 3
        bare = [{"text": r["text"], "theme": "time", "decision": "yes"} for r in rows]
        with pytest.raises(InputErrors) as caught:
            take(made, write_csv(tmp_path / "bare.csv", bare), "zoe")
        assert "3 segments of the study have just these words" in caught.value.problems[0].line


def test_themes_of_the_audit_keep_their_probability_in_the_study(
    study: Study, tmp_path: Path
) -> None:
    rows = rows_of(review_sheet(study, ReviewOptions(limit=1, audit=3, seed=3)))
    take(study, write_csv(tmp_path / "d.csv", [{**r, "decision": "no"} for r in rows]))
    # 5 unread segments and 3 themes are 15 pairs; one is listed, 3 of the other 14 are drawn.
    assert sorted(p or 0.0 for *_, p in read_for(study, "eve")) == [
        pytest.approx(3 / 14), pytest.approx(3 / 14), pytest.approx(3 / 14), 1.0,
    ]  # fmt: skip


def test_a_small_probability_is_text_so_that_no_program_rounds_it(study: Study) -> None:
    sheet = review_sheet(study, ReviewOptions(limit=0, audit=1))
    at = sheet.columns.index("selection_probability")
    assert [row[at] for row in sheet.rows] == ["0.066666666667"]


def test_what_a_person_has_decided_is_not_asked_again(study: Study, tmp_path: Path) -> None:
    rows = rows_of(review_sheet(study, EVERYTHING))
    assert len(rows) == 4
    take(study, write_csv(tmp_path / "d.csv", [{**r, "decision": "no"} for r in rows]), "ann")
    assert rows_of(review_sheet(study, EVERYTHING)) == []


def test_other_programs_columns_beside_ours_do_no_harm(study: Study, tmp_path: Path) -> None:
    rows = decided(rows_of(review_sheet(study, EVERYTHING)), DECISIONS)
    path = tmp_path / "d.csv"
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ["Comment", *reversed(rows[0])])
    writer.writeheader()
    writer.writerows([{**r, "Comment": "hm"} for r in rows])
    path.write_text("\n\n" + buffer.getvalue() + "\n,,,\n", "utf-16")
    assert counts(take(study, path)) == (2, 2, 2, 0)


def test_what_is_unread_of_a_theme_stays_so(study: Study) -> None:
    # The machine's word on talk is not asked for, since ann has read it; hers is not repeated.
    assert FOUND["talk:2"] == {"time": 0.6}
    add_codings(study, Coding("12", Span(9, 31), "money", "ann"))
    rows = rows_of(review_sheet(study, EVERYTHING))
    assert "12:1" not in {r["segment"] for r in rows}
    assert replace(EVERYTHING, limit=0).limit == 0
