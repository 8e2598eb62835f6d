"""The prevalence table of whole studies, against counting people by hand and by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccgmine.domain import Coding, Coverage, Estimate, Group, PrevalenceRow, WhyNot
from ccgmine.errors import StudyError, UsageError
from ccgmine.prevalence.run import PrevalenceQuery, difference_table, prevalence_table
from ccgmine.prevalence.table import CENSUS_METHOD, HAND_METHOD
from ccgmine.study import Study
from tests.building import (
    add_codings,
    add_coverage,
    code,
    conversation,
    made_study,
    person,
    predict,
    themes,
)

CODEBOOK = themes("*work", "work/time", "time/travel", "work/money", "rare")
FAMILIES = {
    ("time", "direct"): {"time"},
    ("time", "with_children"): {"time", "travel"},
    ("travel", "direct"): {"travel"},
    ("money", "direct"): {"money"},
    ("rare", "direct"): {"rare"},
    ("work", "with_children"): {"time", "travel", "money"},
}
"""Lines of the table and the themes that count in them, read off the codebook by eye."""


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """Four speak, one of them with a colleague; a fifth was invited and never came."""
    scripts = {
        "g1": ["I: So?", "G1: The meetings take my days. |And I drive for hours."],
        "g2": ["I: So?", "G2: Nothing comes to mind."],
        "m1": ["I: So?", "M1: We never see the money. |Nor does anyone else."],
        "both": ["I: And now?", "G1: Still meetings. ", "N1: The money is gone."],
    }
    people = [
        person("G1", "Site 1", "GP", wave="1"),
        person("G2", "Site 2", "GP", wave="2"),
        person("M1", "Site 1", "Manager", wave="1"),
        person("N1", "Site 2", "Nurse", wave="2"),
        person("G9", "Site 2", "GP", wave="2"),
    ]
    with made_study(tmp_path / "study", scripts, codebook=CODEBOOK, people=people) as made:
        yield made


def row_of(
    study: Study, theme: str, scope: str = "direct", *values: tuple[str, str], **options: object
) -> PrevalenceRow:
    table = prevalence_table(study, PrevalenceQuery(**options))  # type: ignore[arg-type]
    found = [
        r
        for r in table.rows
        if (r.theme.theme_id, r.scope, r.group) == (theme, scope, Group(values))
    ]
    assert len(found) == 1
    return found[0]


def figures(row: PrevalenceRow) -> tuple[int, int, int, int, int | None]:
    return (
        row.participants,
        row.no_text,
        row.hand_coded,
        row.hand_with_theme,
        row.machine_with_theme,
    )


def test_lines_are_direct_for_coded_themes_and_with_children_for_parents(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time")
    table = prevalence_table(study)
    assert {(r.theme.theme_id, r.scope) for r in table.rows} == set(FAMILIES)


def test_hand_codings_alone_give_a_table_and_machine_columns_stay_empty(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time")
    add_coverage(study, *(Coverage(t, "ann") for t in ("g1", "g2", "both")))
    row = row_of(study, "time")
    assert figures(row) == (4, 1, 3, 1, None)
    assert isinstance(row.estimate, Estimate)
    assert row.estimate.point == pytest.approx(1 / 3)
    assert row.estimate.method == HAND_METHOD
    # One of four is known to have raised it, two known not to have: from 1/4 to 2/4.
    assert (row.estimate.low, row.estimate.high) == (0.25, 0.5)
    assert row.band == "major to predominant"


def test_what_is_found_in_people_read_in_part_is_known(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time")
    code(study, "m1", "We never see the money.", "time")
    add_coverage(study, *(Coverage(t, "ann") for t in ("g1", "g2", "both")))
    row = row_of(study, "time")
    assert figures(row) == (4, 1, 3, 1, None)
    # Two of four are known to have raised it, and two not to have.
    assert isinstance(row.estimate, Estimate)
    assert (row.estimate.low, row.estimate.point, row.estimate.high) == (0.5, 0.5, 0.5)
    notes = prevalence_table(study, PrevalenceQuery()).notes
    assert any(note.startswith("1 participants have codings in what is not") for note in notes)


def test_a_difference_of_one_person_and_one_is_none(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time")
    add_coverage(study, Coverage("g1", "ann"), Coverage("both", "ann"), Coverage("m1", "ann"))
    rows = difference_table(study, PrevalenceQuery(by=("respondent_type",))).rows
    reasons = {
        (row.first.name, row.first.values[0][1], row.second.values[0][1]): row.estimate
        for row in rows
        if (row.theme.theme_id, row.scope) == ("time", "direct")
    }
    # One of two GPs is hand coded; the manager and the nurse are, each alone of their kind.
    of_gps = reasons["respondent_type", "GP", "Manager"]
    assert isinstance(of_gps, WhyNot)
    assert "fewer than two" in of_gps.reason
    assert isinstance(reasons["respondent_type", "Manager", "Nurse"], Estimate)


def test_a_participant_with_several_transcripts_is_known_when_all_are_read(study: Study) -> None:
    add_coverage(study, Coverage("g1", "ann"))
    assert figures(row_of(study, "time")) == (4, 1, 0, 0, None)
    add_coverage(study, Coverage("both", "ann"), source="more.csv")
    assert figures(row_of(study, "time")) == (4, 1, 2, 0, None)


def test_a_parent_counts_each_participant_once(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time")
    code(study, "g1", "And I drive for hours.", "travel")
    code(study, "m1", "We never see the money.", "money")
    add_coverage(study, *(Coverage(t, "ann") for t in ("g1", "g2", "m1", "both")))
    assert row_of(study, "time").hand_with_theme == 1
    assert row_of(study, "time", "with_children").hand_with_theme == 1
    assert row_of(study, "work", "with_children").hand_with_theme == 2


def test_everybody_hand_coded_is_exact(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time")
    add_coverage(study, *(Coverage(t, "ann") for t in ("g1", "g2", "m1", "both")))
    estimate = row_of(study, "time").estimate
    assert estimate == Estimate(0.25, 0.25, 0.25, CENSUS_METHOD)
    assert row_of(study, "rare").band == "not raised"


def test_machine_counts_those_not_hand_coded_and_is_none_where_not_learned(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time")
    add_coverage(study, Coverage("g1", "ann"), Coverage("both", "ann"))
    predict(
        study,
        {
            "g1:2": {"money": 0.9},  # read by hand: the machine has no say
            "m1:1": {"money": 0.9, "rare": 0.9},
            "m1:2": {"money": 0.7},
            "g2:1": {"money": 0.4},
        },
        learned=["time", "money"],
        suggested=["rare"],
    )
    assert figures(row_of(study, "money")) == (4, 1, 2, 0, 1)
    assert figures(row_of(study, "time")) == (4, 1, 2, 1, 0)
    assert row_of(study, "rare").machine_with_theme is None
    assert row_of(study, "travel").machine_with_theme is None
    assert row_of(study, "work", "with_children").machine_with_theme == 1


def test_a_cell_without_hand_coded_people_has_a_reason_and_no_estimate(study: Study) -> None:
    add_coverage(study, Coverage("g1", "ann"), Coverage("both", "ann"))
    manager = row_of(study, "time", "direct", ("respondent_type", "Manager"))
    assert manager.estimate == WhyNot("nobody in the group is hand coded in full")
    assert manager.band == ""


def test_a_group_whose_members_have_no_text_has_a_reason(tmp_path: Path) -> None:
    people = [person("P1", "Site 1"), person("P2", "Site 2")]
    scripts = {"one": ["P1: Something."]}
    with made_study(tmp_path / "s", scripts, codebook=themes("a"), people=people) as study:
        add_coverage(study, Coverage("one", "ann"))
        row = row_of(study, "a", "direct", ("site", "Site 2"))
    assert figures(row) == (0, 1, 0, 0, None)
    assert row.estimate == WhyNot("nobody in the group has text")


def test_groups_follow_the_attributes_asked_for(study: Study) -> None:
    add_coverage(study, Coverage("g1", "ann"))
    by_wave = prevalence_table(study, PrevalenceQuery(by=("wave", "site"), cross=True))
    names = list(dict.fromkeys(r.group.name for r in by_wave.rows))
    assert names == ["overall", "wave", "site", "wave x site"]
    assert by_wave.attributes == ("wave", "site")
    with pytest.raises(UsageError, match="no attribute 'colour'") as caught:
        prevalence_table(study, PrevalenceQuery(by=("colour",)))
    assert "site, respondent_type, wave" in caught.value.line


def test_the_rules_stand_under_the_table(study: Study) -> None:
    add_coverage(study, Coverage("g1", "ann"))
    predict(study, {}, learned=["time"], name="first-try")
    notes = " ".join(prevalence_table(study).notes)
    assert "predominant from 50 %, major from 25 %, minor above 0 %, else not raised" in notes
    assert "Reference coder: ann." in notes
    assert "no estimate" in notes
    assert "'first-try'" in notes
    assert "Wilson" in notes


def test_coders_without_a_reference_are_an_error_and_naming_one_mends_it(study: Study) -> None:
    code(study, "g1", "The meetings take my days.", "time", "ann")
    code(study, "g1", "And I drive for hours.", "travel", "bob")
    with pytest.raises(StudyError, match=r"ann, bob"):
        prevalence_table(study)
    assert "Reference coder: bob." in prevalence_table(study, PrevalenceQuery(coder=("bob",))).notes


def test_a_study_with_nothing_coded_says_what_to_do(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="nothing is coded yet"):
        prevalence_table(study)
    with (
        made_study(tmp_path / "empty", {}, codebook=CODEBOOK) as empty,
        pytest.raises(StudyError, match="the study is empty"),
    ):
        prevalence_table(empty)


def test_segments_not_yet_classified_are_told(study: Study) -> None:
    predict(study, {}, learned=["time"])
    scripts = conversation("late", "G2: One more thing.")
    with study.transaction():
        from ccgmine.store.corpus import Source

        study.corpus.put_transcript(
            *scripts, study.corpus.put_source(Source("late.txt", "transcript", "x", "test")), "x"
        )
    assert any(
        n.startswith("1 segments are not classified yet") for n in prevalence_table(study).notes
    )


# --- brute force ---------------------------------------------------------------------------

THEMES = ("time", "travel", "money", "rare")
LEARNED = ("time", "travel", "money")
SITES, TYPES = ("Site 1", "Site 2", "Site 10"), ("GP", "Nurse")


@dataclass(frozen=True)
class Said:
    """One segment of a random study and what was found in it."""

    who: int
    hand: frozenset[str]
    machine: frozenset[str]


@dataclass(frozen=True)
class RandomStudy:
    people: tuple[tuple[str, str], ...]
    transcripts: tuple[tuple[Said, ...], ...]
    coverage: tuple[frozenset[str] | str | None, ...]
    """For each transcript: themes, "first" (its first segment only), "all", or None."""


@st.composite
def random_studies(draw: st.DrawFn) -> RandomStudy:
    people = draw(
        st.lists(
            st.tuples(st.sampled_from(SITES), st.sampled_from(TYPES)), min_size=1, max_size=6
        )
    )  # fmt: skip
    some = st.frozensets(st.sampled_from(THEMES), max_size=2)
    said = st.builds(Said, st.integers(0, len(people) - 1), some, some)
    transcripts = draw(st.lists(st.lists(said, min_size=1, max_size=4), min_size=1, max_size=5))
    coverage = [
        draw(
            st.none()
            | st.sampled_from(["all", "first"])
            | st.frozensets(st.sampled_from(THEMES), min_size=1)
        )
        for _ in transcripts
    ]
    return RandomStudy(tuple(people), tuple(map(tuple, transcripts)), tuple(coverage))


def read_for(said: Said, place: int, cover: frozenset[str] | str | None) -> frozenset[str]:
    """The themes of which a coder's silence on a segment says something."""
    if cover == "all" or (cover == "first" and place == 0) or (cover is None and said.hand):
        return frozenset(THEMES)
    return said.hand | (cover if isinstance(cover, frozenset) else frozenset())


def covered_for(place: int, cover: frozenset[str] | str | None) -> frozenset[str]:
    """The themes of which coverage says that a segment was read for them."""
    if cover == "all" or (cover == "first" and place == 0):
        return frozenset(THEMES)
    return cover if isinstance(cover, frozenset) else frozenset()


def expected(
    study: RandomStudy, family: set[str], member: set[int]
) -> tuple[int, int, int, int, int | None]:
    participants = no_text = known = raised = machine = 0
    for who in member:
        own = [
            (said, read_for(said, place, cover), covered_for(place, cover))
            for transcript, cover in zip(study.transcripts, study.coverage, strict=True)
            for place, said in enumerate(transcript)
            if said.who == who
        ]
        if not own:
            no_text += 1
            continue
        participants += 1
        if all(theme in covered for _, _, covered in own for theme in family):
            known += 1
            raised += any(theme in said.hand for said, _, _ in own for theme in family)
        else:
            machine += any(
                theme in said.machine and theme in LEARNED and theme not in read
                for said, read, _ in own
                for theme in family
            )
    learned = bool(family & set(LEARNED))
    return participants, no_text, known, raised, machine if learned else None


def build(folder: Path, drawn: RandomStudy, out: list[object]) -> None:
    ids = [f"P{i}" for i in range(len(drawn.people))]
    scripts = {
        f"t{t}": [f"{ids[said.who]}: These are words." for said in transcript]
        for t, transcript in enumerate(drawn.transcripts)
    }
    people = [person(i, *values) for i, values in zip(ids, drawn.people, strict=True)]
    with made_study(folder, scripts, codebook=CODEBOOK, people=people) as study:
        segments = {s.name: s for _, s in study.corpus.segments()}
        found: dict[str, dict[str, float]] = {}
        for t, (transcript, cover) in enumerate(
            zip(drawn.transcripts, drawn.coverage, strict=True)
        ):
            for place, said in enumerate(transcript, 1):
                segment = segments[f"t{t}:{place}"]
                add_codings(study, *(Coding(f"t{t}", segment.span, x, "ann") for x in said.hand))
                found[segment.name] = dict.fromkeys(said.machine, 0.9)
            if isinstance(cover, frozenset):
                add_coverage(study, Coverage(f"t{t}", "ann", cover))
            elif cover is not None:
                span = segments[f"t{t}:1"].span if cover == "first" else None
                add_coverage(study, Coverage(f"t{t}", "ann", None, span))
        predict(study, found, learned=LEARNED, suggested=["rare"])
        table = prevalence_table(study, PrevalenceQuery(cross=True))
        out += table.rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_studies())
def test_people_are_counted_as_brute_force_counts_them(tmp_path_factory, drawn) -> None:
    rows: list[PrevalenceRow] = []
    build(tmp_path_factory.mktemp("random") / "study", drawn, rows)  # type: ignore[arg-type]
    seen: dict[tuple[str, str, str], int] = {}
    everybody = range(len(drawn.people))
    for row in rows:
        wanted = dict(row.group.values)
        member = {
            i
            for i in everybody
            if wanted.get("site", drawn.people[i][0]) == drawn.people[i][0]
            and wanted.get("respondent_type", drawn.people[i][1]) == drawn.people[i][1]
        }
        assert member
        family = FAMILIES[row.theme.theme_id, row.scope]
        assert figures(row) == expected(drawn, family, member)
        if row.hand_coded:
            assert isinstance(row.estimate, Estimate)
            e, alone = row.estimate, row.hand_with_theme / row.hand_coded
            # The share of the hand coded, but for what is known of people read in part.
            assert e.point == min(max(alone, e.low), e.high)
            raised = {
                said.who
                for transcript in drawn.transcripts
                for said in transcript
                if family & said.hand
            }
            assert e.low * row.participants >= len(raised & member) - 1e-9
            assert row.band
        else:
            # Never a bare zero.
            assert isinstance(row.estimate, WhyNot)
            assert not row.band
        key = (row.theme.theme_id, row.scope, row.group.name)
        seen[key] = seen.get(key, 0) + row.hand_with_theme
    for theme, scope in FAMILIES:
        sums = {
            seen[theme, scope, name]
            for name in ("overall", "site", "respondent_type", "site x respondent_type")
        }
        # Every grouping parts the same people: the groups sum to the whole.
        assert len(sums) == 1
