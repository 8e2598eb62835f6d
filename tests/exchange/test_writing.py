"""Writing REFI-QDA: what goes out comes back, to the byte, in an order that the schema allows."""

from __future__ import annotations

import re
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccgmine.checking import check_study
from ccgmine.domain import Codebook, Coding, Coverage, Participant, SourceKind, Span, Theme
from ccgmine.errors import StudyError, UsageError
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.own import NOTE_NAME
from ccgmine.exchange.refi import read_qdc, read_qdpx
from ccgmine.exchange.run_export import export_file
from ccgmine.exchange.run_import import ImportOptions, import_file
from ccgmine.fingerprint import fingerprint
from ccgmine.store.corpus import Source
from ccgmine.study import Study, create_study, open_study
from tests.building import add_codings, add_coverage, conversation, made_study, person, themes
from tests.report.small_study import small_study

SPACE = "{urn:QDA-XML:project:1.0}"
# Children in the order of the schema (REFI-QDA 1.5), and what must be there.
ORDER = {
    "Project": ["Users", "CodeBook", "Variables", "Cases", "Sources", "Notes", "Links", "Sets"],
    "Users": ["User"],
    "CodeBook": ["Codes"],
    "Codes": ["Code"],
    "Code": ["Description", "NoteRef", "Code"],
    "Variables": ["Variable"],
    "Cases": ["Case"],
    "Case": ["Description", "CodeRef", "VariableValue", "SourceRef", "SelectionRef"],
    "VariableValue": ["VariableRef", "TextValue"],
    "Sources": ["TextSource"],
    "TextSource": ["Description", "PlainTextContent", "PlainTextSelection", "Coding"],
    "PlainTextSelection": ["Description", "Coding"],
    "Coding": ["CodeRef"],
    "Notes": ["Note"],
    "Note": ["Description", "PlainTextContent"],
}
REQUIRED = {
    "Project": ["name"],
    "User": ["guid"],
    "Code": ["guid", "name", "isCodable"],
    "Variable": ["guid", "name", "typeOfVariable"],
    "Case": ["guid"],
    "TextSource": ["guid", "plainTextPath"],
    "PlainTextSelection": ["guid", "startPosition", "endPosition"],
    "Coding": ["guid"],
    "CodeRef": ["targetGUID"],
    "Note": ["guid"],
}
# How the schema wants values written.
GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"
FORMS = {
    "guid": GUID,
    "targetGUID": GUID,
    "creatingUser": GUID,
    "creationDateTime": TIME,
    "modifiedDateTime": TIME,
    "startPosition": r"\d+",
    "endPosition": r"\d+",
    "isCodable": "true|false",
    "color": "#[0-9A-F]{6}",
    "plainTextPath": rf"internal://{GUID}\.txt",
}


def local(node: ET.Element) -> str:
    return node.tag.removeprefix(SPACE)


def check_order(node: ET.Element) -> None:
    allowed = ORDER.get(local(node), [])
    places = [allowed.index(local(child)) for child in node]
    assert places == sorted(places), local(node)
    assert set(REQUIRED.get(local(node), [])) <= node.attrib.keys()
    for name, value in node.attrib.items():
        assert re.fullmatch(FORMS.get(name, ".+"), value, re.DOTALL), (local(node), name)
    for child in node:
        check_order(child)


def xml_of(path: Path) -> ET.Element:
    with zipfile.ZipFile(path) as archive:
        return ET.fromstring(archive.read("project.qde"))


def everything(study: Study) -> object:
    """All that a project must carry: texts with turns, people, codings, coverage, themes."""
    return (
        [study.corpus.transcript(i) for i in study.corpus.transcript_ids()],
        study.corpus.participants(),
        sorted(study.codings.dated()),
        sorted(
            (c.transcript_id, c.coder, sorted(c.themes or ()), str(c.span), c.selection_probability)
            for c in study.codings.coverage()
        ),
        study.codebook,
    )


@contextmanager
def returned(folder: Path, project: Path) -> Iterator[Study]:
    """A new study with nothing but the project in it."""
    create_study(folder, Codebook())
    with open_study(folder, write=True) as study:
        import_file(study, project, ImportOptions(), lambda *_: None)
        yield study


def test_a_study_comes_back_to_the_byte(tmp_path: Path) -> None:
    path, again = tmp_path / "a.qdpx", tmp_path / "b" / "a.qdpx"
    again.parent.mkdir()
    with small_study(tmp_path / "s") as study:
        before = everything(study)
        export_file(study, path, machine=False)
    with returned(tmp_path / "t", path) as study:
        assert everything(study) == before
        assert check_study(study)[1] == []
        export_file(study, again, machine=False)
    assert again.read_bytes() == path.read_bytes()


def test_the_elements_stand_in_the_schemas_order(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    with small_study(tmp_path / "s") as study:
        export_file(study, path)
    root = xml_of(path)
    check_order(root)
    ids = [node.get("guid") for node in root.iter() if node.get("guid")]
    assert len(ids) == len(set(ids))
    targets = {node.get("targetGUID") for node in root.iter() if node.get("targetGUID")}
    assert targets <= set(ids)


def test_positions_are_the_standards_and_names_the_words(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    with small_study(tmp_path / "s") as study:
        export_file(study, path)
    with zipfile.ZipFile(path) as archive:
        for source in xml_of(path).iter(f"{SPACE}TextSource"):
            name = (source.get("plainTextPath") or "").replace("internal://", "sources/")
            text = archive.read(name).decode("utf-8")
            for selection in source.iter(f"{SPACE}PlainTextSelection"):
                start, end = (int(selection.get(x) or -1) for x in ("startPosition", "endPosition"))
                assert selection.get("name") == " ".join(text[start:end].split())


def test_hand_and_machine_are_users_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    with small_study(tmp_path / "s") as study:
        done = export_file(study, path)
    assert (done.n_hand, done.n_machine) == (3, 3)
    users = {u.get("guid"): u.get("name") for u in xml_of(path).iter(f"{SPACE}User")}
    assert sorted(filter(None, users.values())) == ["ann", "ccgmine model machine"]
    coders = [users[c.get("creatingUser")] for c in xml_of(path).iter(f"{SPACE}Coding")]
    assert sorted(filter(None, coders)) == ["ann"] * 3 + ["ccgmine model machine"] * 3
    with returned(tmp_path / "t", path) as study:
        assert study.codings.coders() == ["ann"]


def alike(folder: Path) -> AbstractContextManager[Study]:
    """Themes of one name in several places, and a passage that two people gave several."""
    book = Codebook(
        (
            Theme("b_time", "Time", "burden"),  # not where its parent stands
            Theme("burden", "Burden", coded=False),
            Theme("money", "Money"),
            Theme("time", "time", "money"),
            Theme("b_money", "Money", "burden"),
        )
    )
    scripts = {"t": ["A: One two three."], "u": ["B: Yes.", "C: No."]}
    return made_study(folder, scripts, codebook=book)


def code_alike(study: Study) -> None:
    for coder, theme in (("ann", "b_time"), ("ann", "time"), ("bob", "time"), ("bob", "b_money")):
        add_codings(study, Coding("t", Span(4, 7), theme, coder))


def test_each_coding_has_a_selection_of_its_coder(tmp_path: Path) -> None:
    """QualCoder takes all codings of a selection for its creator's; others read the first alone."""
    with alike(tmp_path / "s") as study:
        code_alike(study)
        export_file(study, tmp_path / "a.qdpx")
    root = xml_of(tmp_path / "a.qdpx")
    users = {u.get("guid"): u.get("name") for u in root.iter(f"{SPACE}User")}
    coded = [s for s in root.iter(f"{SPACE}PlainTextSelection") if len(s)]
    assert sorted(users[s.get("creatingUser")] or "" for s in coded) == ["ann", "ann", "bob", "bob"]
    assert [[c.get("creatingUser") for c in s] for s in coded] == [
        [s.get("creatingUser")] for s in coded
    ]


@pytest.mark.parametrize("name", ["a.qdpx", "a.qdc"])
def test_no_two_codes_have_one_name(tmp_path: Path, name: str) -> None:
    """QualCoder drops codings with a code whose name it has already."""
    with alike(tmp_path / "s") as study:
        export_file(study, tmp_path / name)
    read = {"a.qdpx": read_qdpx, "a.qdc": read_qdc}[name]
    assert sorted(" > ".join(code.path) for code in read(tmp_path / name, ReadOptions()).codes) == [
        "Burden",
        "Burden > Money (Burden)",
        "Burden > Time (Burden)",
        "Money",
        "Money > time (Money)",
    ]


def without_note(path: Path) -> None:
    """As when another program exports the project again, without ccgmine's note."""
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    members["project.qde"] = members["project.qde"].replace(NOTE_NAME.encode(), b"Some memo")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_themes_are_found_by_the_names_they_went_out_with(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    with alike(tmp_path / "s") as study:
        code_alike(study)
        export_file(study, path)
        without_note(path)
        before = everything(study)
        report = import_file(study, path, ImportOptions(), lambda *_: None)
        assert (report.new_themes, report.added, report.unchanged) == (0, 4, 0)
        assert everything(study) == before


def test_where_two_codebooks_differ_is_told_and_the_studys_word_stays(tmp_path: Path) -> None:
    with alike(tmp_path / "s") as study:
        export_file(study, tmp_path / "a.qdpx")
    book = Codebook((Theme("burden", "Load"), Theme("b_time", "Time"), Theme("money", "Money")))
    create_study(tmp_path / "t", book)
    with open_study(tmp_path / "t", write=True) as study:
        options = ImportOptions(new_themes=True)
        report = import_file(study, tmp_path / "a.qdpx", options, lambda *_: None)
        assert report.conflicts == [
            "the theme 'burden' is called 'Load' in the study and 'Burden' in the file",
            "the theme 'b_time' stands at the top in the study and under 'burden' in the file",
        ]
        assert study.codebook.themes[:3] == book.themes


def test_cases_can_be_codes_as_well(tmp_path: Path) -> None:
    """QualCoder ties a case to its words by a code of the same GUID only."""
    path = tmp_path / "a.qdpx"
    with alike(tmp_path / "s") as study:
        code_alike(study)
        before = everything(study)
        export_file(study, path, cases_as_codes=True)
    root = xml_of(path)
    check_order(root)
    cases = {c.get("guid"): c.get("name") for c in root.iter(f"{SPACE}Case")}
    coded = {
        (cases.get(s[0][0].get("targetGUID")), s.get("name"))
        for s in root.iter(f"{SPACE}PlainTextSelection")
    }
    assert coded == {("A", "One two three."), ("B", "Yes."), ("C", "No."), (None, "two")}
    with returned(tmp_path / "t", path) as study:
        assert everything(study) == before


def test_cases_hold_whole_interviews_and_the_turns_of_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    with small_study(tmp_path / "s") as study:
        export_file(study, path)
    members = {
        case.get("name"): [local(x) for x in case if local(x).endswith("Ref")]
        for case in xml_of(path).iter(f"{SPACE}Case")
    }
    assert members["GP ID 1"] == ["SourceRef"]
    assert members["GP ID 3"] == ["SelectionRef", "SelectionRef"]
    assert members["Nurse ID 6"] == []


def test_the_same_study_gives_the_same_bytes_whenever_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.qdpx"
    with small_study(tmp_path / "s") as study:
        export_file(study, path)
        first = path.read_bytes()
        monkeypatch.setattr("time.time", lambda: 4e9)
        monkeypatch.setattr("time.localtime", lambda *_: (2055, 1, 1, 1, 1, 1, 0, 0, 0))
        export_file(study, path)
    assert path.read_bytes() == first


def test_a_note_of_ours_that_was_lost_loses_no_coding(tmp_path: Path) -> None:
    """Nor do the model's codings become a person's."""
    path = tmp_path / "a.qdpx"
    with small_study(tmp_path / "s") as study:
        export_file(study, path)
        before = {(c.transcript_id, c.coder, c.span) for c in study.codings.all()}
    without_note(path)
    with returned(tmp_path / "t", path) as study:
        labels = {t.theme_id: t.label for t in study.codebook}
        after = {(c.transcript_id, c.coder, c.span) for c in study.codings.all()}
        assert after == before
        assert {labels[c.theme_id] for c in study.codings.all()} == {"Meetings", "Money"}


def test_a_text_that_another_program_changed_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    with small_study(tmp_path / "s") as study:
        export_file(study, path, machine=False)
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    name = next(n for n, c in members.items() if b"Nothing to tell" in c)
    members[name] += b"\nAnd one line more."
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    with returned(tmp_path / "t", path) as study:
        transcript = study.corpus.transcript("GP-ID-2")
        assert transcript is not None
        assert transcript.text.endswith("And one line more.")
        assert transcript.turns[-1].participant_id == "GP ID 2"


def test_short_texts_of_tables_come_back_unsplit(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    create_study(tmp_path / "s", themes("money"))
    with open_study(tmp_path / "s", write=True) as study:
        made, segments = conversation("c1", "P1: Two sentences. They stay one.")
        comment = replace(made, kind=SourceKind.COMMENT, wave="2024")
        whole = replace(segments[0], sentences=(segments[0].span,))
        with study.transaction():
            study.corpus.put_participants([Participant("P1")])
            number = study.corpus.put_source(Source("c.csv", "table", "x", "y"))
            study.corpus.put_transcript(comment, [whole], number, fingerprint(comment, [whole]))
        before = everything(study), list(study.corpus.segments())
        export_file(study, path)
    with returned(tmp_path / "t", path) as study:
        assert (everything(study), list(study.corpus.segments())) == before


def test_a_codebook_comes_back(tmp_path: Path) -> None:
    book = Codebook(
        (
            Theme("burden", "Burden & <load>", "", 'All that is "too much"\nor so', coded=False),
            Theme("meet", "Meetings", "burden", ""),
            Theme("money"),
        )
    )
    path = tmp_path / "a.qdc"
    create_study(tmp_path / "s", book)
    with open_study(tmp_path / "s") as study:
        export_file(study, path)
    codes = read_qdc(path, ReadOptions()).codes
    assert [(c.path, c.definition, c.codable) for c in codes] == [
        (("Burden & <load>",), 'All that is "too much"\nor so', False),
        (("Burden & <load>", "Meetings"), "", True),
        (("money",), "", True),
    ]


def test_an_empty_study_and_other_files_are_refused(tmp_path: Path) -> None:
    create_study(tmp_path / "s", Codebook())
    with open_study(tmp_path / "s") as study:
        with pytest.raises(StudyError, match="the study is empty"):
            export_file(study, tmp_path / "a.qdpx")
        with pytest.raises(StudyError, match="codebook is empty"):
            export_file(study, tmp_path / "a.qdc")
        with pytest.raises(UsageError, match=r"\.qdpx"):
            export_file(study, tmp_path / "a.zip")
    assert not list(tmp_path.glob("a.*"))


# What may stand in a study: no control characters in names, anything at all in texts.
NAMES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12)
IDS = NAMES.map(lambda s: " ".join(s.split())).filter(bool)
LINES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r|\0"), min_size=1, max_size=30
).filter(lambda s: bool(s.strip()))


OWN_NAMES = frozenset({"site", "respondent_type", "type"})
ATTRIBUTES = st.lists(
    IDS.filter(lambda s: s.casefold().replace(" ", "_") not in OWN_NAMES), max_size=2, unique=True
)
PEOPLE = st.lists(
    IDS.filter(lambda s: ":" not in s and s != "I"), min_size=1, max_size=3, unique_by=str.casefold
)


def names_of(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(IDS, min_size=least, max_size=most, unique_by=str.casefold)


@st.composite
def studies(draw: st.DrawFn) -> dict[str, object]:
    who = draw(PEOPLE)
    scripts = {}
    for name in draw(names_of(1, 3)):
        lines = draw(st.lists(LINES, min_size=1, max_size=4))
        scripts[name] = [f"{draw(st.sampled_from(['I', *who]))}: {line}" for line in lines]
    attributes = draw(ATTRIBUTES)
    people = [
        Participant(
            name, draw(NAMES), draw(NAMES), tuple(sorted((a, draw(NAMES)) for a in attributes))
        )
        for name in who
    ]
    return {
        "scripts": scripts,
        "people": people,
        "coders": draw(names_of(1, 2)),
        "data": draw(st.randoms()),
    }


@given(studies())
@settings(max_examples=12)
def test_any_study_comes_back(made: dict[str, object]) -> None:
    """Names, attributes and texts of any kind; codings anywhere in the texts."""
    scripts, people, coders, random = made["scripts"], made["people"], made["coders"], made["data"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        book = Codebook(
            (
                Theme("meetings", "Money", "burden"),
                Theme("money", "Money", further=(("why", "x\ny"),)),
                Theme("burden", "Two\nlines", coded=False),
            )
        )
        with made_study(folder / "s", scripts, codebook=book, people=people) as study:  # type: ignore[arg-type]
            for name in study.corpus.transcript_ids():
                transcript = study.corpus.transcript(name)
                assert transcript is not None
                n = len(transcript.text)
                for _ in range(3):
                    start = random.randint(0, n - 1)  # type: ignore[attr-defined]
                    span = Span(start, random.randint(start + 1, n))  # type: ignore[attr-defined]
                    if not transcript.text[span.start : span.end].strip():
                        continue
                    coder = random.choice(coders)  # type: ignore[attr-defined]
                    theme = random.choice(["meetings", "money"])  # type: ignore[attr-defined]
                    add_codings(study, Coding(name, span, theme, coder))
                if random.random() < 0.5:  # type: ignore[attr-defined]
                    read = Coverage(name, coders[0], frozenset({"money"}), None, 0.25)  # type: ignore[index]
                    add_coverage(study, read)
            before = everything(study)
            export_file(study, folder / "a.qdpx")
        check_order(xml_of(folder / "a.qdpx"))
        with returned(folder / "t", folder / "a.qdpx") as study:
            assert everything(study) == before


def test_projects_are_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "a.qdpx"
    with made_study(
        tmp_path / "s",
        {"t": ["P1: One 😀 two three.", "I: Four?"]},
        codebook=themes("money"),
        people=[person("P1", "Site 1", "GP", age="45")],
    ) as study:
        add_codings(study, Coding("t", Span(6, 9), "money", "ann"))
        export_file(study, path)
    project = read_qdpx(path, ReadOptions())
    assert [s.text for s in project.sources] == ["One 😀 two three.\nFour?"]
    assert [c.span for c in project.codings] == [Span(6, 9)]
    assert project.cases[0].attributes == (
        ("site", "Site 1"),
        ("respondent_type", "GP"),
        ("age", "45"),
    )
