"""Projects of other tools into a study: texts, people, codings, and twice is once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ccgmine.checking import check_study
from ccgmine.domain import Codebook, Role, Span, Theme
from ccgmine.errors import InputError, InputErrors
from ccgmine.exchange.offsets import read_convention
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.people import AttributeNames
from ccgmine.exchange.project import CodeIn, CodingIn, Project, SourceIn
from ccgmine.exchange.report import ProjectReport
from ccgmine.exchange.run_import import ImportOptions, import_file, import_project
from ccgmine.study import Study, create_study, open_study
from tests.exchange.building import (
    ATLAS,
    MAXQDA,
    NVIVO_WINDOWS,
    QUALCODER,
    QUIRKOS,
    WAYS,
    Doc,
    Mark,
    Person,
    Way,
    write_project,
)

PLAIN = Doc(
    "Anna.docx",
    "We met on Mondays 😀 as a rule.\nThe papers came late, every single time. Nobody read them.",
    [Mark("on Mondays", "Burden/Meetings"), Mark("papers came late", "Burden/Papers", "Ben")],
)
LABELLED = Doc(
    "Ben.txt",
    "Interview with Ben\nDate: 3 May\n\n"
    "Interviewer: How were the meetings 😀?\n\n"
    "[00:01:05] P: Long, all of them.\nWe sat there for hours.\n\n"
    "Interviewer: And the money?\n\n"
    "P: Gone, by May. [00:12:31] All of it gone.",
    [
        Mark("Long, all of them.\nWe sat", "Burden/Meetings"),
        Mark("Gone, by May", "Money"),
        Mark("And the money", "Money", "Ben"),
        Mark("gone.", "Money"),
    ],
)
CODES = ["Burden", "Burden/Meetings", "Burden/Papers", "Money"]


@contextmanager
def fresh(folder: Path, *themes: str) -> Iterator[Study]:
    create_study(folder, Codebook(tuple(Theme(t) for t in themes)))
    with open_study(folder, write=True) as study:
        yield study


def take(study: Study, path: Path, **options: object) -> ProjectReport:
    return import_file(study, path, ImportOptions(**options), lambda *_: None)  # type: ignore[arg-type]


def coded(study: Study) -> list[tuple[str, str, str, str]]:
    """Transcript, theme, coder and words of all codings."""
    found = []
    for c in study.codings.all():
        transcript = study.corpus.transcript(c.transcript_id)
        assert transcript is not None
        words = transcript.text[c.span.start : c.span.end]
        found.append((c.transcript_id, c.theme_id, c.coder, " ".join(words.split())))
    return sorted(found)


def people(study: Study) -> dict[str, tuple[str, str, dict[str, str]]]:
    return {
        p.participant_id: (p.site, p.respondent_type, dict(p.attributes))
        for p in study.corpus.participants()
    }


def turns(study: Study, transcript_id: str) -> list[tuple[str, str | None, str]]:
    transcript = study.corpus.transcript(transcript_id)
    assert transcript is not None
    return [
        (str(t.role), t.participant_id, transcript.text[t.span.start : t.span.end])
        for t in transcript.turns
    ]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_a_vendors_project_becomes_a_study(way: Way, tmp_path: Path) -> None:
    path = write_project(tmp_path, way, [PLAIN, LABELLED], CODES)
    with fresh(tmp_path / "s") as study:
        report = take(study, path)
        assert coded(study) == [
            ("Anna", "Burden > Meetings", "Ann", "on Mondays"),
            ("Anna", "Burden > Papers", "Ben", "papers came late"),
            ("Ben", "Burden > Meetings", "Ann", "Long, all of them. We sat"),
            ("Ben", "Money", "Ann", "Gone, by May"),
            ("Ben", "Money", "Ann", "gone."),
            ("Ben", "Money", "Ben", "And the money"),
        ]
        assert [t.theme_id for t in study.codebook] == [
            "Burden", "Burden > Meetings", "Burden > Papers", "Money"
        ]  # fmt: skip
        assert study.codebook.themes[1].parent_id == "Burden"
        assert (report.in_file.codings, report.in_study.codings) == (6, 6)
        assert (report.in_file.sources, report.in_study.sources) == (2, 2)
        assert (report.in_file.coders, report.in_study.coders) == (2, 2)
        assert report.lost == []
        assert check_study(study)[1] == []


def test_labels_times_and_headers_are_no_part_of_the_text(tmp_path: Path) -> None:
    path = write_project(tmp_path, NVIVO_WINDOWS, [LABELLED], CODES)
    with fresh(tmp_path / "s") as study:
        report = take(study, path)
        assert turns(study, "Ben") == [
            ("interviewer", None, "How were the meetings 😀?"),
            ("participant", "Ben", "Long, all of them. We sat there for hours."),
            ("interviewer", None, "And the money?"),
            ("participant", "Ben", "Gone, by May. All of it gone."),
        ]
        # What the interviewer says is coded all the same, and told.
        assert [c.theme_id for c in report.without_segment] == ["Money"]


def test_a_text_without_labels_stays_as_it_is(tmp_path: Path) -> None:
    path = write_project(tmp_path, MAXQDA, [PLAIN], CODES)
    with fresh(tmp_path / "s") as study:
        take(study, path)
        transcript = study.corpus.transcript("Anna")
        assert transcript is not None
        assert transcript.text == PLAIN.text
        assert turns(study, "Anna") == [("participant", "Anna", PLAIN.text)]


def test_codings_of_headings_alone_are_listed(tmp_path: Path) -> None:
    doc = replace(LABELLED, marks=[Mark("Date: 3 May", "Money"), Mark("Gone, by", "Money")])
    path = write_project(tmp_path, MAXQDA, [doc], CODES)
    with fresh(tmp_path / "s") as study:
        report = take(study, path)
        assert len(coded(study)) == 1
        assert report.lost == ["Ben.txt: 1 codings of labels, times or headings alone"]
        assert (report.in_file.codings, report.in_study.codings) == (2, 1)


def test_a_coding_over_a_label_keeps_the_words_and_is_told(tmp_path: Path) -> None:
    doc = replace(
        LABELLED, marks=[Mark("And the money?\n\nP: Gone, by May. [00:12:31] All", "Money")]
    )
    with fresh(tmp_path / "s") as study:
        report = take(study, write_project(tmp_path, ATLAS, [doc], CODES))
        assert coded(study)[0][3] == "And the money? Gone, by May. All"
        assert any("run over speaker labels or times" in n for n in report.notes)


# --- people --------------------------------------------------------------------------------


def test_cases_are_participants_with_their_attributes(tmp_path: Path) -> None:
    cases = [
        Person("GP ID 3", {"Site": "Site 1", "Respondent type": "GP", "age": "45"}, ["Anna.docx"]),
        Person("Manager ID 3", {"Site": "Site 2", "Respondent type": "Manager"}, ["Ben.txt"]),
    ]
    path = write_project(tmp_path, NVIVO_WINDOWS, [PLAIN, LABELLED], CODES, people=cases)
    with fresh(tmp_path / "s") as study:
        report = take(study, path)
        assert people(study) == {
            "GP ID 3": ("Site 1", "GP", {"age": "45"}),
            "Manager ID 3": ("Site 2", "Manager", {}),
        }
        assert turns(study, "Ben")[1][:2] == ("participant", "Manager ID 3")
        assert (report.in_file.participants, report.in_study.participants) == (2, 2)
        assert (report.in_file.attributes, report.in_study.attributes) == (5, 5)


@pytest.mark.parametrize("way", [MAXQDA, QUIRKOS], ids=["MAXQDA", "Quirkos"])
def test_nameless_cases_describe_the_participant_of_their_source(way: Way, tmp_path: Path) -> None:
    doc = replace(PLAIN, values={"gender": "f", "site": "Site 1"} if way is MAXQDA else {})
    cases = [Person("", {"site": "Site 1", "type": "Nurse"}, ["Anna.docx"])]
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, way, [doc], CODES, people=cases))
        gender = {"gender": "f"} if way is MAXQDA else {}
        assert people(study) == {"Anna": ("Site 1", "Nurse", gender)}


def test_sets_are_attributes(tmp_path: Path) -> None:
    sets = {"gender: female": ["Anna.docx"], "site: Site 4": ["Anna.docx"], "Pilot": ["Anna.docx"]}
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, ATLAS, [PLAIN], CODES, sets=sets))
        assert people(study) == {"Anna": ("Site 4", "", {"gender": "female", "sets": "Pilot"})}


def test_the_user_says_which_attribute_is_the_site(tmp_path: Path) -> None:
    cases = [Person("Anna", {"Practice": "P 7", "Job": "GP", "site": "x"}, ["Anna.docx"])]
    with fresh(tmp_path / "s") as study:
        path = write_project(tmp_path, MAXQDA, [PLAIN], CODES, people=cases)
        take(study, path, attributes=AttributeNames("practice", "job"))
        assert people(study) == {"Anna": ("P 7", "GP", {"site": "x"})}


def test_a_passage_that_is_all_of_the_text_but_white_space_is_the_source(tmp_path: Path) -> None:
    doc = replace(LABELLED, text=f"\n{LABELLED.text}\n\n", selections=[LABELLED.text])
    cases = [Person("GP ID 9", {}, (), [("Ben.txt", LABELLED.text)])]
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, NVIVO_WINDOWS, [doc], CODES, people=cases))
        assert [p for _, p, _ in turns(study, "Ben")] == [None, "GP ID 9", None, "GP ID 9"]


def test_one_case_with_two_interviews_is_one_participant(tmp_path: Path) -> None:
    cases = [Person("Anna", {}, ["Anna.docx", "Ben.txt"])]
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, QUALCODER, [PLAIN, LABELLED], CODES, people=cases))
        assert list(people(study)) == ["Anna"]
        assert study.corpus.transcripts_of("Anna") == ["Anna", "Ben"]


GROUP = Doc(
    "Group",
    "Moderator: What do you think?\n\nAnna: I think it works 😀.\n\nBen: I do not.\n\n"
    "Anna: Well, it does in my practice.\n\nBen: Not in mine.",
    [Mark("it works", "Money"), Mark("Not in mine", "Money")],
    selections=[
        "I think it works 😀.",
        "I do not.",
        "Well, it does in my practice.",
        "Not in mine.",
    ],
)


def test_cases_on_passages_are_the_speakers(tmp_path: Path) -> None:
    doc = replace(GROUP, marks=[Mark("it works", "Money"), Mark("in mine", "Money")])
    cases = [
        Person("GP ID 1", {}, (), [("Group", GROUP.selections[0]), ("Group", GROUP.selections[2])]),
        Person("GP ID 2", {}, (), [("Group", GROUP.selections[1]), ("Group", GROUP.selections[3])]),
    ]
    with fresh(tmp_path / "s") as study:
        report = take(study, write_project(tmp_path, NVIVO_WINDOWS, [doc], CODES, people=cases))
        assert [(r, p) for r, p, _ in turns(study, "Group")] == [
            ("interviewer", None),
            ("participant", "GP ID 1"),
            ("participant", "GP ID 2"),
            ("participant", "GP ID 1"),
            ("participant", "GP ID 2"),
        ]
        assert [q for *_, q in coded(study)] == ["in mine", "it works"]
        assert report.lost == []


def test_cases_on_passages_of_a_text_without_labels(tmp_path: Path) -> None:
    doc = Doc(
        "Diary",
        "First I write 😀 of work. Then my wife adds a line. And so it ends.",
        [Mark("my wife", "Money")],
        selections=["First I write 😀 of work.", "Then my wife adds a line."],
    )
    cases = [
        Person("P1", {}, (), [("Diary", doc.selections[0])]),
        Person("P2", {}, (), [("Diary", doc.selections[1])]),
    ]
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, QUALCODER, [doc], CODES, people=cases))
        assert turns(study, "Diary") == [
            ("participant", "P1", "First I write 😀 of work."),
            ("participant", "P2", "Then my wife adds a line."),
            ("other", None, "And so it ends."),
        ]
        assert check_study(study)[1] == []


def test_several_cases_of_a_whole_source_are_told_apart_by_its_labels(tmp_path: Path) -> None:
    cases = [Person("Anna", {}, ["Group"]), Person("Ben", {}, ["Group"])]
    with fresh(tmp_path / "s") as study:
        doc = replace(GROUP, selections=())
        take(study, write_project(tmp_path, MAXQDA, [doc], CODES, people=cases))
        assert {p for r, p, _ in turns(study, "Group") if r == "participant"} == {"Anna", "Ben"}


def test_speakers_of_no_case_are_participants_by_number_never_by_name(tmp_path: Path) -> None:
    doc = replace(
        GROUP,
        text=GROUP.text + "\n\nCara: Nor in mine, mind.\n\nCara: There.",
        selections=(),
        values={"site": "Site 9"},
    )
    with fresh(tmp_path / "s") as study:
        report = take(study, write_project(tmp_path, MAXQDA, [doc], CODES))
        assert people(study) == {f"Group speaker {n}": ("Site 9", "", {}) for n in (1, 2, 3)}
        assert any("3 speakers are taken as participants by number" in n for n in report.notes)


def test_a_case_that_holds_many_sources_is_a_group_not_a_person(tmp_path: Path) -> None:
    cases = [
        Person("Anna", {}, ["Anna.docx"]),
        Person("Ben", {}, ["Ben.txt"]),
        Person("Site 1", {"kind": "surgery"}, ["Anna.docx", "Ben.txt"]),
    ]
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, MAXQDA, [PLAIN, LABELLED], CODES, people=cases))
        assert people(study) == {
            "Anna": ("", "", {"cases": "Site 1"}),
            "Ben": ("", "", {"cases": "Site 1"}),
        }


def test_sites_that_differ_by_a_slip_are_refused(tmp_path: Path) -> None:
    cases = [
        Person("Anna", {"site": "Leeds"}, ["Anna.docx"]),
        Person("Ben", {"site": "leeds"}, ["Ben.txt"]),
    ]
    path = write_project(tmp_path, MAXQDA, [PLAIN, LABELLED], CODES, people=cases)
    with fresh(tmp_path / "s") as study:
        with pytest.raises(InputError, match="case or spacing"):
            take(study, path)
        assert study.corpus.transcript_ids() == []
        take(study, path, allow_similar=True)
        assert len(people(study)) == 2


# --- themes --------------------------------------------------------------------------------


def test_unknown_themes_are_errors_unless_they_may_be_added(tmp_path: Path) -> None:
    path = write_project(tmp_path, MAXQDA, [PLAIN, LABELLED], CODES)
    with fresh(tmp_path / "s", "Money") as study:
        with pytest.raises(InputErrors, match="2 themes are not in the codebook") as stop:
            take(study, path)
        assert "--new-themes" in stop.value.problems[0].line
        assert study.corpus.transcript_ids() == []
        take(study, path, new_themes=True)
        assert [t.theme_id for t in study.codebook] == [
            "Money", "Burden", "Burden > Meetings", "Burden > Papers"
        ]  # fmt: skip


def test_codes_are_found_by_label_path_or_by_a_name_that_stands_once(tmp_path: Path) -> None:
    book = Codebook(
        (
            Theme("load", "Burden", coded=False),
            Theme("meet", "Meetings", "load"),
            Theme("post", "Papers"),
            Theme("cash", "money"),
        )
    )
    create_study(tmp_path / "s", book)
    with open_study(tmp_path / "s", write=True) as study:
        take(study, write_project(tmp_path, MAXQDA, [PLAIN, LABELLED], CODES))
        assert {theme for _, theme, _, _ in coded(study)} == {"meet", "post", "cash"}
        assert len(study.codebook) == 4


def test_definitions_that_differ_are_conflicts_and_the_studys_stay(tmp_path: Path) -> None:
    create_study(tmp_path / "s", Codebook((Theme("Money", "", "", "Ours"),)))
    with open_study(tmp_path / "s", write=True) as study:
        path = write_project(tmp_path, MAXQDA, [LABELLED], CODES, definitions={"Money": "Theirs"})
        report = take(study, path, new_themes=True)
        assert report.conflicts == ["the theme 'Money' is defined in other words; the study's stay"]
        assert study.codebook.themes[0].definition == "Ours"


def test_a_codebook_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.qdc"
    path.write_text(
        '<CodeBook><Codes><Code guid="a" name="Money" isCodable="true"/></Codes></CodeBook>'
    )
    with fresh(tmp_path / "s") as study:
        assert take(study, path).new_themes == 1
        assert take(study, path).new_themes == 0
        assert [t.theme_id for t in study.codebook] == ["Money"]
    with fresh(tmp_path / "t", "Other") as study, pytest.raises(InputError, match="--new-themes"):
        take(study, path)


# --- again, and together -----------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_the_same_file_again_changes_nothing(way: Way, tmp_path: Path) -> None:
    path = write_project(tmp_path, way, [PLAIN, LABELLED], CODES)
    with fresh(tmp_path / "s") as study:
        take(study, path, read_in_full=True)
        before = (tmp_path / "s" / "study.db").read_bytes()
        again = take(study, path, read_in_full=True)
        assert not again.changed_anything
        assert again.unchanged == 6
    assert (tmp_path / "s" / "study.db").read_bytes() == before


def test_a_later_version_of_the_file_replaces_its_codings(tmp_path: Path) -> None:
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, MAXQDA, [PLAIN], CODES))
        later = replace(
            PLAIN, marks=[Mark("on Mondays", "Burden/Meetings"), Mark("Nobody", "Money")]
        )
        report = take(study, write_project(tmp_path, MAXQDA, [later], CODES))
        assert (report.added, report.removed, report.unchanged) == (1, 1, 1)
        assert [t for _, t, _, _ in coded(study)] == ["Burden > Meetings", "Money"]


def test_two_coders_projects_are_merged(tmp_path: Path) -> None:
    ann = replace(PLAIN, marks=[Mark("on Mondays", "Burden/Meetings", "Ann")])
    ben = replace(
        PLAIN,
        marks=[Mark("We met on Mondays", "Burden/Meetings", "Ben"), Mark("Nobody", "Own", "Ben")],
    )
    first = [Person("Anna", {"site": "Site 1"}, ["Anna.docx"])]
    second = [Person("Anna", {"site": "Site 2", "age": "45"}, ["Anna.docx"])]
    with fresh(tmp_path / "s") as study:
        take(
            study, write_project(tmp_path, NVIVO_WINDOWS, [ann], CODES, name="a.qdpx", people=first)
        )
        report = take(
            study,
            write_project(
                tmp_path, MAXQDA, [ben, LABELLED], [*CODES, "Own"], name="b.qdpx", people=second
            ),
            new_themes=True,
        )
        assert [x for x in coded(study) if x[0] == "Anna"] == [
            ("Anna", "Burden > Meetings", "Ann", "on Mondays"),
            ("Anna", "Burden > Meetings", "Ben", "We met on Mondays"),
            ("Anna", "Own", "Ben", "Nobody"),
        ]
        assert study.corpus.transcript_ids() == ["Anna", "Ben"]
        assert report.conflicts == [
            "Anna: site is 'Site 1' in the study and 'Site 2' in the file; the study's stays"
        ]
        assert people(study)["Anna"] == ("Site 1", "", {"age": "45"})


def test_two_people_of_one_name_do_not_become_one_unnoticed(tmp_path: Path) -> None:
    """Programs for one person call everybody alike: "default", "admin"."""
    first = replace(PLAIN, marks=[Mark("on Mondays", "Money", "default")])
    second = replace(PLAIN, marks=[Mark("Nobody", "Money", "default")])
    with fresh(tmp_path / "s") as study:
        report = take(study, write_project(tmp_path, MAXQDA, [first], CODES, name="a.qdpx"))
        assert not any("'default' coded in another file" in note for note in report.notes)
        path = write_project(tmp_path, MAXQDA, [second], CODES, name="b.qdpx")
        report = take(study, path)
        assert any("'default' coded in another file" in note for note in report.notes)
        report = take(study, path, coder="Ben")
        assert [(who, words) for _, _, who, words in coded(study)] == [
            ("Ben", "Nobody"),
            ("default", "on Mondays"),
        ]
        report = take(study, write_project(tmp_path, MAXQDA, [first], CODES, name="copy.qdpx"))
        assert (report.added, report.elsewhere) == (1, 1)
        assert not any("'default' coded in another file" in note for note in report.notes)


def test_a_corrected_text_takes_the_codings_of_both(tmp_path: Path) -> None:
    corrected = replace(PLAIN, text=PLAIN.text.replace("Nobody read them.", "Nobody reads them."))
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, MAXQDA, [PLAIN], CODES, name="a.qdpx"))
        report = take(study, write_project(tmp_path, ATLAS, [corrected], CODES, name="b.qdpx"))
        assert study.corpus.transcript_ids() == ["Anna"]
        assert any("has other words in the study" in n for n in report.notes)
        assert len(coded(study)) == 2


def test_texts_that_cannot_be_matched_are_both_kept(tmp_path: Path) -> None:
    other = replace(PLAIN, text="Something else was said, on Mondays 😀. papers came late.")
    with fresh(tmp_path / "s") as study:
        first = replace(PLAIN, text="Quite another talk.", marks=[])
        take(study, write_project(tmp_path, MAXQDA, [first], CODES, name="a.qdpx"))
        path = write_project(tmp_path, ATLAS, [other], CODES, name="b.qdpx")
        report = take(study, path)
        assert study.corpus.transcript_ids() == ["Anna", "Anna (2)"]
        assert len(report.conflicts) == 1
        assert len(coded(study)) == 2
        assert not take(study, path).changed_anything


def test_a_project_on_transcripts_that_were_ingested(tmp_path: Path) -> None:
    from ccgmine.ingest.run import IngestOptions, ingest

    (tmp_path / "Ben.txt").write_text(LABELLED.text)
    (tmp_path / "p.csv").write_text("participant_id,site\nGP ID 3,Site 1\n")
    table = (tmp_path / "p.csv").read_text().replace("site", "site,file")
    (tmp_path / "p.csv").write_text(table.replace("Site 1", "Site 1,Ben.txt"))
    with fresh(tmp_path / "s") as study:
        options = IngestOptions(participants=tmp_path / "p.csv")
        ingest(study, [tmp_path / "Ben.txt"], options, lambda *_: None)
        report = take(study, write_project(tmp_path, NVIVO_WINDOWS, [LABELLED], CODES))
        assert study.corpus.transcript_ids() == ["Ben"]
        assert list(people(study)) == ["GP ID 3"]
        assert [q for *_, q in coded(study)] == [
            "Long, all of them. We sat", "Gone, by May", "gone.", "And the money"
        ]  # fmt: skip
        assert (report.new_transcripts, report.lost) == (0, [])


def test_nothing_is_kept_of_an_import_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_project(tmp_path, MAXQDA, [PLAIN, LABELLED], CODES)
    with fresh(tmp_path / "s") as study:

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(study.codings, "add", stop)
        with pytest.raises(KeyboardInterrupt):
            take(study, path)
        monkeypatch.undo()
        assert study.corpus.transcript_ids() == []
        assert people(study) == {}
        take(study, path)
        assert len(coded(study)) == 6


# --- coders, coverage ----------------------------------------------------------------------------


def test_codings_of_nobody_are_the_named_coders(tmp_path: Path) -> None:
    doc = replace(PLAIN, marks=[Mark("on Mondays", "Money", "")])
    path = write_project(tmp_path, MAXQDA, [doc], CODES)
    with fresh(tmp_path / "s") as study:
        take(study, path)
        assert study.codings.coders() == ["hand"]
    with fresh(tmp_path / "t") as study:
        take(study, path, coder="Carla")
        assert study.codings.coders() == ["Carla"]


def test_read_in_full_covers_what_each_coder_coded(tmp_path: Path) -> None:
    path = write_project(tmp_path, MAXQDA, [PLAIN, LABELLED], CODES)
    with fresh(tmp_path / "s") as study:
        take(study, path, read_in_full=True)
        covered = sorted((c.transcript_id, c.coder) for c in study.codings.coverage())
        assert covered == [("Anna", "Ann"), ("Anna", "Ben"), ("Ben", "Ann"), ("Ben", "Ben")]


def test_when_a_coding_was_made_is_kept(tmp_path: Path) -> None:
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, MAXQDA, [PLAIN], CODES))
        assert {at for _, at in study.codings.dated()} == {"2024-03-27T18:01:07+00:00"}


def test_a_tie_stops_before_anything_is_written(tmp_path: Path) -> None:
    doc = Doc("Tied", "😀😀😀 we so no me as us", [Mark("no", "Money")])
    way = replace(NVIVO_WINDOWS, mark=False, line_end="\n")
    path = write_project(tmp_path, way, [doc], CODES)
    with fresh(tmp_path / "s") as study:
        with pytest.raises(InputError, match="--offsets"):
            take(study, path)
        assert study.corpus.transcript_ids() == []
        assert len(study.codebook) == 0
        offsets = (("", read_convention("utf16")),)
        take(study, path, read=ReadOptions(offsets=offsets))
        assert [q for *_, q in coded(study)] == ["no"]


# --- what further readers hand over --------------------------------------------------------------


def test_a_reader_may_give_words_instead_of_places_and_no_text(tmp_path: Path) -> None:
    path = write_project(tmp_path, MAXQDA, [PLAIN, LABELLED], CODES)
    project = Project(
        name="P",
        codes=(CodeIn("m", ("Money",)),),
        sources=(SourceIn("a", "Anna", None), SourceIn("x", "Nobody", None)),
        codings=(
            CodingIn("a", "m", quote="papers  came late"),
            CodingIn("a", "m", span=Span(0, 6)),
            CodingIn("a", "m", quote="never said"),
            CodingIn("x", "m", quote="never said"),
        ),
    )
    with fresh(tmp_path / "s") as study:
        take(study, path)
        options = ImportOptions(coder="Ann")
        report = import_project(study, project, path, options, lambda *_: None)
        assert [q for _, t, _, q in coded(study) if t == "Money" and _ == "Ann"][:2]
        assert report.in_study.codings == 2
        assert len(report.lost) == 2


def test_roles_of_what_is_in_no_case_are_told(tmp_path: Path) -> None:
    with fresh(tmp_path / "s") as study:
        take(study, write_project(tmp_path, MAXQDA, [LABELLED], CODES))
        transcript = study.corpus.transcript("Ben")
        assert transcript is not None
        assert {t.role for t in transcript.turns} == {Role.INTERVIEWER, Role.PARTICIPANT}
