"""Reading a codebook and finding themes in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.codebook import ThemeFinder, distinct_names, read_codebook
from ccgmine.domain import Codebook, Theme
from ccgmine.errors import InputError, InputErrors
from ccgmine.study import write_codebook


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "codebook.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def more(value: str) -> tuple[tuple[str, str], ...]:
    return (("anything_more", value),)


def test_all_columns_are_read(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Theme,Label,Parent,Definition,Coded,Asked_of,anything_more",
        "burden,The burden,,What weighs,no,,x",
        'meetings,Meetings,burden,"Too many, too long",yes, GP;Nurse ; ,x',
        "travel,,burden,,,,",
    )
    assert read_codebook(path).themes == (
        Theme("burden", "The burden", "", "What weighs", False, (), more("x")),
        Theme(
            "meetings", "Meetings", "burden", "Too many, too long", True, ("GP", "Nurse"), more("x")
        ),
        Theme("travel", "", "burden", further=more("")),
    )


@pytest.mark.parametrize("header", ["theme_id", "code", "name", "tag", "ID"])
def test_the_theme_column_goes_by_several_names(tmp_path: Path, header: str) -> None:
    path = table(tmp_path, f"{header},description", "a,What it is")
    assert read_codebook(path).themes == (Theme("a", definition="What it is"),)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        pytest.param(["label", "x"], "needs a column 'theme'", id="no theme column"),
        pytest.param(["theme", "a", "b", "a"], "stands in row 2 already", id="a theme twice"),
        pytest.param(["theme,label", ",x"], "the theme has no id", id="no id"),
        pytest.param(
            ["theme,parent", "burden,", "a,burdn"], "Did you mean 'burden'?", id="unknown parent"
        ),
        pytest.param(
            ["theme,parent", "a,b", "b,a"], "is its own ancestor", id="parents in a circle"
        ),
        pytest.param(["theme,parent", "a,a"], "is its own ancestor", id="its own parent"),
    ],
)
def test_what_cannot_be_a_codebook_is_refused_with_its_row(tmp_path, lines, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_codebook(table(tmp_path, *lines))
    problems = caught.value.problems if isinstance(caught.value, InputErrors) else [caught.value]
    assert any(said in problem.line for problem in problems)
    assert all("codebook.csv" in problem.line for problem in problems)


def test_every_bad_row_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        read_codebook(table(tmp_path, "theme,parent", "a,", "a,", "b,nobody", ",a"))
    assert [problem.at for problem in caught.value.problems] == ["row 3", "row 5", "row 4"]


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    codebook = Codebook(
        (
            Theme("a, b", 'The "first"', "", "line one\nline two", coded=False),
            Theme("ü", "", "a, b", "", asked_of=("GP", "Practice nurse")),
        )
    )
    write_codebook(tmp_path / "c.csv", codebook)
    assert read_codebook(tmp_path / "c.csv") == codebook


def test_with_children_goes_all_the_way_down() -> None:
    codebook = Codebook((Theme("a"), Theme("b", parent_id="a"), Theme("c", parent_id="b")))
    assert codebook.with_children("a") == {"a", "b", "c"}
    assert codebook.with_children("c") == {"c"}


FINDER = ThemeFinder(
    Codebook(
        (
            Theme("meetings", "Time in meetings"),
            Theme("other_1", "Other"),
            Theme("other_2", "Other"),
            Theme("Cost", "Money"),
            Theme("cost", "Money for travel"),
            Theme("money", "Fees"),
        )
    )
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        pytest.param("meetings", "meetings", id="by id"),
        pytest.param(" TIME  in meetings", "meetings", id="by label in other case and spacing"),
        pytest.param("Cost", "Cost", id="two ids differ in case: the exact one"),
        pytest.param("Money", "money", id="an id goes before another's label"),
        pytest.param("COST", None, id="neither of two ids exactly"),
        pytest.param("Other", None, id="two themes have this label"),
        pytest.param("other (2)", "other_2", id="by its name in other programs"),
        pytest.param("holidays", None, id="unknown"),
    ],
)
def test_a_name_finds_one_theme_or_none(name: str, found: str | None) -> None:
    assert FINDER.find(name) == found


@given(st.lists(st.tuples(st.sampled_from(["Time", "time", "Time (A)", "A", " A\n", ""]),
                          st.sampled_from(["", "0", "1", "2"])), max_size=7))  # fmt: skip
def test_no_two_themes_have_one_name_outside(rows: list[tuple[str, str]]) -> None:
    book = Codebook(tuple(Theme(str(i), label, up) for i, (label, up) in enumerate(rows)))
    names = distinct_names(book)
    assert list(names) == [theme.theme_id for theme in book]
    assert len({name.casefold() for name in names.values()}) == len(rows)
    assert all(name and name == " ".join(name.split()) for name in names.values())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("meetngs", "Did you mean 'meetings'?", id="a slip"),
        pytest.param("Other", "write the id: other_1, other_2", id="of two themes"),
        pytest.param("zzz", "Add it to codebook.csv", id="nothing like it"),
    ],
)
def test_a_name_that_is_not_found_gets_a_hint(name: str, hint: str) -> None:
    assert hint in FINDER.nearest(name)


def test_columns_of_the_researchers_own_survive(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text("theme,label,priority\na,A,high\n", encoding="utf-8")
    codebook = read_codebook(path)
    write_codebook(tmp_path / "again.csv", Codebook((*codebook.themes, Theme("b", "B"))))
    again = read_codebook(tmp_path / "again.csv")
    assert [theme.further for theme in again] == [(("priority", "high"),), (("priority", ""),)]


def test_who_was_asked_is_written_only_where_somebody_was_not(tmp_path: Path) -> None:
    write_codebook(tmp_path / "c.csv", Codebook((Theme("a"),)))
    assert (tmp_path / "c.csv").read_text().splitlines()[0] == "theme,label,parent,definition,coded"
    write_codebook(tmp_path / "c.csv", Codebook((Theme("a"), Theme("b", asked_of=("GP", "Nurse")))))
    assert (tmp_path / "c.csv").read_text().splitlines() == [
        "theme,label,parent,definition,coded,asked_of",
        "a,,,,yes,",
        "b,,,,yes,GP; Nurse",
    ]


def test_coded_is_yes_or_no_and_families_have_a_bottom(tmp_path: Path) -> None:
    book = tmp_path / "codebook.csv"
    book.write_text("theme,coded\nmoney,maybe\ntime,Yes\n", encoding="utf-8")
    with pytest.raises(InputError, match="'maybe'") as error:
        read_codebook(book)
    assert "row 2" in error.value.line
    rows = [f"t{i},{f't{i - 1}' if i else ''}" for i in range(3_000)]
    book.write_text("\n".join(["theme,parent", *rows]), encoding="utf-8")
    with pytest.raises(InputError, match="more than 200 themes"):
        read_codebook(book)
