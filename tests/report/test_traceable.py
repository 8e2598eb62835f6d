"""Every figure of the sample study's table can be followed to its quotes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccgmine.domain import Group, PrevalenceTable
from ccgmine.prevalence.run import PrevalenceQuery, prevalence_table
from ccgmine.report.run import QuoteQuery, quotes_report
from ccgmine.study import Study, open_study
from tests.running import ccgmine


@pytest.fixture
def study(read_only_sample_study: Path) -> Iterator[Study]:
    with open_study(read_only_sample_study) as opened:
        yield opened


def people_quoted(
    study: Study, theme: str, **query: str
) -> dict[tuple[str, str, str], set[tuple[str, str, str]]]:
    """(participant, site, type) by (theme, hand or machine, scope).

    The quotes of a parent hold those of the themes below it, each named.
    """
    sheet = quotes_report(study, QuoteQuery(theme=theme, **query))  # type: ignore[arg-type]
    found: dict[tuple[str, str, str], set[tuple[str, str, str]]] = defaultdict(set)
    for row in sheet.rows:
        quote = dict(zip(sheet.columns, row, strict=True))
        who = (str(quote["participant_id"]), str(quote["site"]), str(quote["respondent_type"]))
        how = str(quote["coded_by"])
        found[theme, how, "with_children"].add(who)
        found[str(quote["theme"]), how, "direct"].add(who)
    return found


def in_group(people: set[tuple[str, str, str]], group: Group) -> int:
    wanted = dict(group.values)
    return sum(
        wanted.get("site", site) == site and wanted.get("respondent_type", kind) == kind
        for _, site, kind in people
    )


def test_every_row_counts_the_people_who_are_quoted(study: Study) -> None:
    table = prevalence_table(study, PrevalenceQuery(cross=True))
    quoted: dict[tuple[str, str, str], set[tuple[str, str, str]]] = {}
    parents = {theme.parent_id for theme in study.codebook}
    for theme in study.codebook:
        if theme.theme_id in parents or not theme.parent_id:
            quoted |= people_quoted(study, theme.theme_id)
    checked = 0
    for row in table.rows:
        name = row.theme.theme_id
        by_hand = quoted.get((name, "hand", row.scope), set())
        by_machine = quoted.get((name, "machine", row.scope), set())
        assert in_group(by_hand, row.group) == row.hand_with_theme, (name, row.group)
        assert in_group(by_machine, row.group) == (row.machine_with_theme or 0), (name, row.group)
        checked += row.hand_with_theme > 0
    assert checked > 300


def test_quotes_narrowed_to_a_site_are_those_of_its_row(study: Study) -> None:
    table = prevalence_table(study)
    theme = "pct_comparison"
    rows = {
        dict(r.group.values)["site"]: r
        for r in table.rows
        if (r.theme.theme_id, r.scope, r.group.name) == (theme, "direct", "site")
    }
    assert len(rows) == 7
    for site, row in rows.items():
        quoted = people_quoted(study, theme, site=site)
        assert {who[1] for people in quoted.values() for who in people} <= {site}
        assert len(quoted[theme, "hand", "direct"]) == row.hand_with_theme
        assert len(quoted[theme, "machine", "direct"]) == row.machine_with_theme


@pytest.fixture
def table(study: Study) -> PrevalenceTable:
    return prevalence_table(study)


def test_groups_sum_to_the_whole(table: PrevalenceTable) -> None:
    overall = {(r.theme.theme_id, r.scope): r for r in table.rows if r.group.name == "overall"}
    for grouping in ("site", "respondent_type"):
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for r in table.rows:
            if r.group.name == grouping:
                figures = (r.participants, r.hand_coded, r.hand_with_theme, r.machine_with_theme)
                key = (r.theme.theme_id, r.scope)
                sums[key] = [a + (b or 0) for a, b in zip(sums[key], figures, strict=True)]
        for key, r in overall.items():
            assert sums[key] == [
                r.participants, r.hand_coded, r.hand_with_theme, r.machine_with_theme or 0,
            ]  # fmt: skip


def test_the_people_are_those_of_the_model_study(table: PrevalenceTable) -> None:
    rows = [r for r in table.rows if (r.theme.theme_id, r.scope) == ("pct_comparison", "direct")]
    sizes = {r.group.values: r.participants for r in rows}
    assert sizes[()] == 42
    assert [sizes[("site", f"Site {n}"),] for n in (1, 2, 4, 5, 6, 7, 8)] == [7, 7, 4, 6, 5, 2, 11]
    assert sizes[("respondent_type", "GP"),] == 35
    assert {r.hand_coded for r in rows if r.group.name == "overall"} == {24}


def test_the_command_prints_the_same_quotes(study: Study, read_only_sample_study: Path) -> None:
    printed = ccgmine(
        "report", "quotes", "--theme", "pct_comparison", "--site", "Site 8", "--type", "Manager",
        "--limit", "2", "--study", read_only_sample_study,
    )  # fmt: skip
    assert printed.code == 0
    assert 0 < len(printed.rows) <= 2
    for row in printed.rows:
        assert (row["site"], row["respondent_type"]) == ("Site 8", "Manager")
        assert row["attribution"] == f"[{row['participant_id']}]"
        assert (row["coded_by"] == "machine") == bool(row["probability"])
        transcript = study.corpus.transcript(row["transcript"])
        assert transcript is not None
        words = transcript.text[int(row["start"]) : int(row["end"])]
        assert row["quote"] == " ".join(words.split()) or "[…]" in row["quote"]
