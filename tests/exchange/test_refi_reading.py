"""Reading REFI-QDA in every vendor's way: the words of each coding must come out right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ccgmine.domain import Span
from ccgmine.errors import InputError, InputErrors
from ccgmine.exchange.offsets import read_convention
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.project import Project
from ccgmine.exchange.refi import read_qdc, read_qdpx
from tests.exchange.building import (
    ATLAS,
    MAXQDA,
    NVIVO_MAC,
    NVIVO_WINDOWS,
    QUALCODER,
    QUIRKOS,
    STANDARD,
    TRANSANA,
    WAYS,
    Doc,
    Mark,
    Person,
    Way,
    behind_mark,
    code_points,
    coding,
    element,
    guid,
    text_source,
    utf16_units,
    write_project,
    zipped,
)

ONE = Doc(
    "Interview 1.docx",
    "We met on Mondays 😀 as a rule.\nThe papers came late 📄 every single time.\n\n"
    "Nobody read them, so the money went where it had always gone.",
    [
        Mark("on Mondays", "Burden/Meetings"),
        Mark("papers came late 📄 every", "Burden/Papers"),
        Mark("late 📄 every single time.\n\nNobody read", "Burden/Papers", "Ben"),
        Mark("money went where", "Money"),
        Mark("money went where", "Money/Meetings", "Ben"),
    ],
)
TWO = Doc(
    "Interview 2.docx",
    "Short one, this.\nStill, the hospital listened 🏥 to us and that was new.",
    [Mark("hospital listened", "Money"), Mark("that was new", "Burden/Meetings", "Ben")],
)
CODES = ["Burden", "Burden/Meetings", "Burden/Papers", "Money", "Money/Meetings"]


def read(path: Path, **options: object) -> Project:
    return read_qdpx(path, ReadOptions(**options))  # type: ignore[arg-type]


def quotes(project: Project) -> list[tuple[str, str, str, str]]:
    """Source, code path, coder and words of every coding."""
    texts = {s.source_id: s for s in project.sources}
    codes = {c.code_id: "/".join(c.path) for c in project.codes}
    users = {u.user_id: u.name for u in project.users}
    found = []
    for c in project.codings:
        source = texts[c.source_id]
        text = source.text or ""
        words = text if c.span is None else text[c.span.start : c.span.end]
        found.append((source.name, codes[c.code_id], users.get(c.user_id, ""), words))
    return sorted(found)


def expected(*docs: Doc) -> list[tuple[str, str, str, str]]:
    return sorted((d.name, m.code, m.user, m.words or d.text) for d in docs for m in d.marks)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_every_vendors_codings_come_out_word_for_word(way: Way, tmp_path: Path) -> None:
    project = read(write_project(tmp_path, way, [ONE, TWO], CODES))
    assert quotes(project) == expected(ONE, TWO)
    assert [s.text for s in project.sources] == [ONE.text, TWO.text]
    assert project.origin == way.origin
    counts = project.in_file
    assert (counts.sources, counts.themes, counts.codings, counts.coders) == (2, 5, 7, 2)
    assert counts.characters == len(ONE.text) + len(TWO.text)
    assert not project.lost


def test_the_way_of_counting_is_told_with_its_score(tmp_path: Path) -> None:
    project = read(write_project(tmp_path, NVIVO_WINDOWS, [ONE], CODES))
    assert project.sources[0].positions == (
        "positions read as utf16,crlf2,nomark (10 of 10 edges at words)"
    )
    project = read(write_project(tmp_path, ATLAS, [ONE], CODES))
    assert project.sources[0].positions == (
        "positions read as codepoint,crlf1,nomark (4 of 4 quotes match)"
    )


TIED = Doc("Tied", "😀😀😀 we so no me as us", [Mark("no", "Burden")])


def test_a_tie_names_the_source_and_the_choices(tmp_path: Path) -> None:
    path = write_project(tmp_path, NVIVO_MAC, [TIED], CODES)
    with pytest.raises(InputError) as stop:
        read(path)
    line = stop.value.line
    assert "'Tied'" in line
    assert "--offsets codepoint,crlf2,nomark" in line
    assert "utf16,crlf2,nomark" in line
    assert "\n" not in line
    chosen = read(path, offsets=(("", read_convention("utf16")),))
    assert quotes(chosen)[0][3] == "no"
    for_one = read(path, offsets=(("tied", read_convention("codepoint")),))
    assert quotes(for_one)[0][3] == "me"


def test_several_ties_are_told_at_once(tmp_path: Path) -> None:
    docs = [TIED, replace(TIED, name="Tied too")]
    with pytest.raises(InputErrors) as stop:
        read(write_project(tmp_path, NVIVO_MAC, docs, CODES))
    assert len(stop.value.problems) == 2


def test_a_tie_is_decided_by_what_other_sources_prove(tmp_path: Path) -> None:
    project = read(write_project(tmp_path, NVIVO_MAC, [TIED, TWO], CODES))
    assert ("Tied", "Burden", "Ann", "no") in quotes(project)


@pytest.mark.parametrize("folder", ["sources", "Sources", "SOURCES", ""])
def test_sources_lie_in_a_folder_written_in_any_case(folder: str, tmp_path: Path) -> None:
    path = tmp_path / "p.qdpx"
    way = replace(MAXQDA, folder=folder)
    write_project(tmp_path, way, [TWO], CODES, name="p.qdpx")
    if not folder:
        from tests.exchange.building import project_xml, texts_of

        flat = {n.lstrip("/"): c for n, c in texts_of(way, [TWO]).items()}
        xml = project_xml(way, [TWO], CODES).encode()
        path.write_bytes(zipped({"project.qde": xml, **flat}))
    assert quotes(read(path)) == expected(TWO)


def test_other_files_and_an_empty_root_entry_do_not_matter(tmp_path: Path) -> None:
    more = {".root": b"", "__MACOSX/._project.qde": b"x", "sources/film.mp4": b"\0" * 100}
    assert quotes(read(write_project(tmp_path, NVIVO_MAC, [TWO], CODES, members=more))) == (
        expected(TWO)
    )


def test_a_project_in_a_folder_of_its_own_is_found(tmp_path: Path) -> None:
    way = replace(MAXQDA, project_file="Export/project.qde", folder="Export/sources")
    assert quotes(read(write_project(tmp_path, way, [TWO], CODES))) == expected(TWO)


@pytest.mark.parametrize(
    "members", [{"second.qde": b"<Project/>"}, {"PROJECT.QDE.qde": b"<Project/>"}]
)
def test_two_projects_in_one_file_are_refused(members: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"2 \.qde files"):
        read(write_project(tmp_path, MAXQDA, [TWO], CODES, members=members))


# --- codes ---------------------------------------------------------------------------------


def test_codes_of_one_name_stay_apart(tmp_path: Path) -> None:
    project = read(write_project(tmp_path, MAXQDA, [ONE], CODES))
    paths = [c.path for c in project.codes if c.name == "Meetings"]
    assert paths == [("Burden", "Meetings"), ("Money", "Meetings")]


def test_codes_of_one_name_in_one_place_get_numbers(tmp_path: Path) -> None:
    twin = element("Code", {"guid": guid("a"), "name": "Same", "isCodable": "true"})
    other = twin.replace(guid("a"), guid("b")).replace("Same", "same")
    xml = f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>{twin}{other}</Codes></CodeBook>'
    path = tmp_path / "codes.qdc"
    path.write_text(xml)
    assert [c.name for c in read_qdc(path, ReadOptions()).codes] == ["Same", "same (2)"]


def test_a_codebook_keeps_definitions_and_folders(tmp_path: Path) -> None:
    path = tmp_path / "codes.qdc"
    path.write_text(
        '<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="X"><Codes>'
        f'<Code guid="{{{guid("a")}}}" name="Topics" isCodable="false">'
        f'<Code guid="{guid("b").upper()}" name="Money" isCodable="true" color="#f00">'
        "<Description>Jobs &amp; taxes</Description></Code></Code></Codes>"
        f'<Sets><Set guid="{guid("s")}" name="All"><MemberCode guid="{guid("b")}"/></Set></Sets>'
        "</CodeBook>"
    )
    topics, money = read_qdc(path, ReadOptions()).codes
    assert (topics.codable, money.codable) == (False, True)
    assert money.path == ("Topics", "Money")
    assert money.parent_id == topics.code_id
    assert money.definition == "Jobs & taxes"


def test_atlas_prefixes_become_parents(tmp_path: Path) -> None:
    doc = Doc("D", "one two three", [Mark("two", "Coke::diet Coke")])
    project = read(write_project(tmp_path, ATLAS, [doc], ["Coke::diet Coke", "Coke", "Tea"]))
    assert {c.path for c in project.codes} == {("Coke",), ("Coke", "diet Coke"), ("Tea",)}
    [made] = project.codings
    assert {c.code_id: c.path for c in project.codes}[made.code_id] == ("Coke", "diet Coke")


def test_other_programs_may_have_double_colons_in_names(tmp_path: Path) -> None:
    doc = Doc("D", "one two three", [Mark("two", "A::B")])
    [code] = read(write_project(tmp_path, MAXQDA, [doc], ["A::B"])).codes
    assert code.path == ("A::B",)


# --- codings -------------------------------------------------------------------------------


def test_a_coding_of_the_whole_source_has_no_span(tmp_path: Path) -> None:
    doc = Doc("D", "one two three", [Mark("", "Money"), Mark("two", "Burden")])
    project = read(write_project(tmp_path, MAXQDA, [doc], CODES))
    assert sorted(c.span is None for c in project.codings) == [False, True]


def test_a_coding_on_a_set_codes_its_sources(tmp_path: Path) -> None:
    way = MAXQDA
    mark = Mark("", "Money")
    members = "".join(
        element("MemberSource", {"targetGUID": way.id("source", d.name)}) for d in (ONE, TWO)
    )
    sets = element("Set", {"guid": guid("s"), "name": "Both"}, members + coding(way, ONE, mark))
    path = write_project(
        tmp_path, way, [replace(ONE, marks=()), replace(TWO, marks=())], CODES,
        further=f"<Sets>{sets}</Sets>",
    )  # fmt: skip
    project = read(path)
    assert [(c.source_id, c.span) for c in project.codings] == [
        (guid("source", ONE.name), None),
        (guid("source", TWO.name), None),
    ]


def test_a_code_on_a_case_codes_what_belongs_to_it(tmp_path: Path) -> None:
    reference = element("CodeRef", {"targetGUID": guid("code", "Money")})
    member = element("SourceRef", {"targetGUID": guid("source", TWO.name)})
    cases = element("Case", {"guid": guid("c"), "name": "Anna"}, reference + member)
    path = write_project(
        tmp_path, MAXQDA, [replace(TWO, marks=())], CODES, further=f"<Cases>{cases}</Cases>"
    )
    project = read(path)
    assert quotes(project) == [(TWO.name, "Money", "", TWO.text)]


def test_nvivos_case_codes_are_cases_not_themes(tmp_path: Path) -> None:
    way = NVIVO_WINDOWS
    doc = Doc(
        "Group",
        "I say this.\nAnd I say that 😀.\nSo do I.",
        [
            Mark("I say this.", "Cases/Anna"),
            Mark("And I say that 😀.", "Cases/Ben"),
            Mark("say that", "Money"),
        ],
    )
    codes = ["Cases", "Cases/Anna", "Cases/Ben", "Money"]
    anna, ben = way.id("code", "Cases/Anna"), way.id("code", "Cases/Ben")
    cases = element("Case", {"guid": anna, "name": "Anna"}, "<Description/>")
    cases += element("Case", {"guid": ben, "name": "Ben"}, "<Description/>")
    project = read(write_project(tmp_path, way, [doc], codes, further=f"<Cases>{cases}</Cases>"))
    assert [c.path for c in project.codes] == [("Money",)]
    assert [words for _, _, _, words in quotes(project)] == ["say that"]
    text = project.sources[0].text or ""
    assert {
        case.name: [text[m.span.start : m.span.end] for m in case.members if m.span]
        for case in project.cases
    } == {"Anna": ["I say this."], "Ben": ["And I say that 😀."]}
    assert (project.in_file.codings, project.in_file.themes) == (1, 1)


# --- cases, variables, sets ------------------------------------------------------------------


def test_cases_without_a_name_speak_of_their_source(tmp_path: Path) -> None:
    people = [Person("", {"site": "Site 1", "role": "GP"}, [ONE.name])]
    project = read(write_project(tmp_path, QUIRKOS, [ONE], CODES, people=people))
    [case] = project.cases
    assert case.name == ""
    assert case.attributes == (("site", "Site 1"), ("role", "GP"))
    assert project.in_file.participants == 0


def test_variable_values_stand_in_sources_too(tmp_path: Path) -> None:
    doc = replace(TWO, values={"site": "Site 2", "wave": ""})
    project = read(write_project(tmp_path, MAXQDA, [doc], CODES))
    assert project.sources[0].attributes == (("site", "Site 2"), ("wave", ""))


def test_nvivos_unassigned_is_empty(tmp_path: Path) -> None:
    people = [Person("Anna", {"site": "Unassigned", "role": "Not Applicable", "age": "45"}, [])]
    project = read(write_project(tmp_path, NVIVO_MAC, [ONE], CODES, people=people))
    assert project.cases[0].attributes == (("site", ""), ("role", ""), ("age", "45"))


@pytest.mark.parametrize("way", [ATLAS, TRANSANA], ids=["targetGUID", "guid"])
def test_sets_name_their_sources_in_either_spelling(way: Way, tmp_path: Path) -> None:
    sets = {"gender: male": [ONE.name], "Pilot": [ONE.name, TWO.name]}
    project = read(write_project(tmp_path, way, [ONE, TWO], CODES, sets=sets))
    first, second = (guid("source", d.name) for d in (ONE, TWO))
    assert [(g.name, g.source_ids) for g in project.groups] == [
        ("gender: male", (first,)),
        ("Pilot", (first, second)),
    ]


# --- notes, annotations ------------------------------------------------------------------------


def test_notes_and_annotations_are_no_themes(tmp_path: Path) -> None:
    way = MAXQDA
    doc = Doc("D", "one two three four", [Mark("two", "Money")], remark="Recorded at home.")
    start, end = way.place(doc, "three")
    annotation = element(
        "PlainTextSelection",
        {"guid": guid("anno"), "startPosition": start, "endPosition": end},
        "<Description>Check this</Description>",
    )
    note = element(
        "Note",
        {"guid": guid("note"), "name": "Diary"},
        "<PlainTextContent>A long day</PlainTextContent>",
    )
    link = element(
        "Link", {"guid": guid("l"), "originGUID": guid("note"), "targetGUID": guid("anno")}
    )
    source = text_source(way, doc).replace("</TextSource>", f"{annotation}</TextSource>")
    from tests.exchange.building import code_tree, texts_of

    xml = (
        f'<Project xmlns="urn:QDA-XML:project:1.0" name="P" origin="MAXQDA">'
        f"{code_tree(way, ['Money'])}<Sources>{source}</Sources><Notes>{note}</Notes>"
        f"<Links>{link}</Links></Project>"
    )
    path = tmp_path / "p.qdpx"
    path.write_bytes(zipped({"project.qde": xml.encode(), **texts_of(way, [doc])}))
    project = read(path)
    assert len(project.codings) == 1
    assert [(r.kind, r.text, r.span) for r in project.remarks] == [
        ("memo", "Recorded at home.", None),
        ("annotation", "Check this", Span(8, 13)),
        ("note", "A long day", Span(8, 13)),
    ]


# --- texts -----------------------------------------------------------------------------------


def source_with(path: str, kind: str = "plainTextPath", name: str = "Elsewhere") -> str:
    return element("TextSource", {"guid": guid("source", name), "name": name, kind: path})


def test_a_text_outside_the_file_is_read_only_from_an_allowed_folder(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "AR").mkdir(parents=True)
    (folder / "AR" / "John Interview.txt").write_text("Outside, but allowed.")
    secret = tmp_path / "secret.txt"
    secret.write_text("Not yours.")
    (folder / "link.txt").symlink_to(secret)
    sources = "".join(
        source_with(path, name=name)
        for name, path in {
            "Relative": "relative:///AR/John%20Interview.txt",
            "Absolute": "absolute:///C:/PROJECT/AR/John Interview.txt",
            "Climbing": "relative:///../secret.txt",
            "Linked": "relative:///link.txt",
            "Passwords": "absolute:///etc/passwd",
        }.items()
    )
    path = write_project(tmp_path, MAXQDA, [TWO], CODES, further_sources=sources)
    assert [s.name for s in read(path).sources] == [TWO.name]
    assert any("--sources-folder" in line for line in read(path).lost)
    project = read(path, folder=folder)
    assert {s.name: s.text for s in project.sources if s.name != TWO.name} == {
        "Relative": "Outside, but allowed.",
        "Absolute": "Outside, but allowed.",
    }
    assert sum("not found in the folder" in line for line in project.lost) == 3


def test_a_source_that_is_a_word_document_only(tmp_path: Path) -> None:
    way = MAXQDA
    docx_source = element(
        "TextSource",
        {"guid": guid("w"), "name": "Word", "richTextPath": "internal://w.docx"},
        element(
            "PlainTextSelection",
            {"guid": guid("s"), "startPosition": 99, "endPosition": 104, "name": "second line"},
            element(
                "Coding",
                {"guid": guid("c")},
                element("CodeRef", {"targetGUID": way.id("code", "Money")}),
            ),
        ),
    )
    path = write_project(
        tmp_path, way, [TWO], CODES, further_sources=docx_source, members={"sources/w.docx": b"x"}
    )
    project = read(path, docx=lambda _raw, _path: "The first.\nThe second line.")
    assert ("Word", "Money", "", "second line") in quotes(project)
    assert any("looked up by their words" in n for n in project.notes)
    assert any("Word document" in line for line in read(path).lost)


@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-16", "UTF-16"), ("cp1252", "Windows-1252"), ("utf-8-sig", "")]
)
def test_texts_in_other_encodings_are_read_and_told(
    encoding: str, said: str, tmp_path: Path
) -> None:
    text = "It was a café – “ours”, he said, and no more than that."
    doc = Doc("D", text, [Mark("“ours”", "Money")])
    members = {f"sources/{guid('source', 'D')}.txt": text.encode(encoding)}
    xml = write_project(tmp_path, MAXQDA, [doc], CODES)
    import zipfile

    with zipfile.ZipFile(xml) as archive:
        content = {"project.qde": archive.read("project.qde")}
    xml.write_bytes(zipped({**content, **members}))
    project = read(xml)
    assert project.sources[0].text == text
    assert quotes(project)[0][3] == "“ours”"
    assert any(said in n for n in project.notes) if said else not project.notes


@pytest.mark.parametrize("text", ["", "\n", " \r\n\t", "\ufeff"], ids=["none", "1", "2", "mark"])
def test_a_project_without_text_is_refused(text: str, tmp_path: Path) -> None:
    docs = [Doc("A", text), Doc("B", text)]
    with pytest.raises(InputError, match="none of its 2 sources has any text"):
        read(write_project(tmp_path, NVIVO_MAC, docs, CODES))


def test_media_and_pictures_are_told_and_their_codings_counted(tmp_path: Path) -> None:
    way = MAXQDA
    area = {"guid": guid("pa"), "firstX": 1, "firstY": 1, "secondX": 2, "secondY": 2}
    picture = element(
        "PictureSource",
        {"guid": guid("pic"), "name": "Ward.jpg", "path": "internal://x.jpg"},
        element("PictureSelection", area, coding(way, TWO, Mark("", "Money"))),
    )
    audio = element("AudioSource", {"guid": guid("aud"), "name": "Tape.mp3"}, " ")
    path = write_project(tmp_path, way, [TWO], CODES, further_sources=picture + audio)
    project = read(path)
    assert project.in_file.sources == 3
    assert project.in_file.codings == 3
    assert project.lost == ("Ward.jpg: 1 codings, since it is picture without a transcript",)
    assert "Tape.mp3 is left out: it is audio without a transcript" in project.notes


def test_the_text_of_a_pdf_is_its_representation(tmp_path: Path) -> None:
    way = ATLAS
    doc = Doc("Leaflet.pdf", "Opening hours are short.", [Mark("hours are", "Money")])
    inner = text_source(way, doc).replace("TextSource", "Representation")
    same = element(
        "PDFSelection",
        {"guid": way.id("selection", doc.name, "hours are", ""), "page": 0},
        coding(way, doc, doc.marks[0]),
    )
    pdf = element("PDFSource", {"guid": guid("pdf"), "name": "Leaflet.pdf"}, same + inner)
    members = {f"sources/{guid('source', doc.name)}.txt": way.text_of(doc).encode()}
    project = read(write_project(tmp_path, way, [TWO], CODES, further_sources=pdf, members=members))
    assert ("Leaflet.pdf", "Money", "", "hours are") in quotes(project) or (
        "Leaflet.pdf", "Money", "Ann", "hours are"
    ) in quotes(project)  # fmt: skip
    assert project.in_file.codings == 3  # the same passage on the page is no second coding


def test_passages_of_a_films_transcript_lie_between_sync_points(tmp_path: Path) -> None:
    way = MAXQDA
    text = "Hello there. We closed the ward. Thank you."
    points = element("SyncPoint", {"guid": guid("p1"), "position": 13, "timeStamp": 1000})
    points += element("SyncPoint", {"guid": guid("p2"), "position": 32, "timeStamp": 2000})
    chosen = element(
        "TranscriptSelection",
        {"guid": guid("ts"), "fromSyncPoint": guid("p1"), "toSyncPoint": guid("p2")},
        coding(way, TWO, Mark("", "Money")),
    )
    transcript = element(
        "Transcript",
        {"guid": guid("t"), "name": "Film"},
        f"<PlainTextContent>{text}</PlainTextContent>{points}{chosen}",
    )
    film = element("VideoSource", {"guid": guid("f"), "name": "Film.mp4"}, transcript)
    project = read(write_project(tmp_path, way, [TWO], CODES, further_sources=film))
    assert ("Film", "Money", "", "We closed the ward.") in [
        (s, c, "", w) for s, c, _, w in quotes(project)
    ]


def test_what_cannot_be_placed_is_listed(tmp_path: Path) -> None:
    way = Way("X", lambda text: code_points(text) + 5000)
    path = write_project(tmp_path, way, [TWO], CODES)
    project = read(path)
    assert project.codings == ()
    assert project.lost == ("Interview 2.docx: 2 codings of places that its text has not",)


def test_users_of_one_name_are_two_coders(tmp_path: Path) -> None:
    users = "".join(element("User", {"guid": guid(x), "name": "Admin"}) for x in "ab")
    source = element(
        "TextSource",
        {"guid": guid("s"), "name": "D"},
        "<PlainTextContent>one two</PlainTextContent>",
    )
    xml = f"<Project name='P'><Users>{users}</Users><Sources>{source}</Sources></Project>"
    path = tmp_path / "p.qdpx"
    path.write_bytes(zipped({"project.qde": xml.encode()}))
    project = read(path)
    assert [u.name for u in project.users] == ["Admin", "Admin (2)"]
    assert project.notes


def test_words_never_show_in_reprs(tmp_path: Path) -> None:
    project = read(write_project(tmp_path, QUALCODER, [ONE], CODES))
    assert "Mondays" not in repr(project)


def test_marks_counted_by_a_program_that_stores_two(tmp_path: Path) -> None:
    # A mark kept in the text, and one more written before it; positions count the first.
    doc = Doc("D", "Every Monday we met, as a rule.", [Mark("Monday we met", "Money")])
    way = replace(MAXQDA, counting=behind_mark(utf16_units))
    path = write_project(tmp_path, way, [doc], CODES)
    import zipfile

    with zipfile.ZipFile(path) as archive:
        content = {n: archive.read(n) for n in archive.namelist()}
    text = f"sources/{guid('source', 'D')}.txt"
    content[text] = b"\xef\xbb\xbf\xef\xbb\xbf" + content[text]
    path.write_bytes(zipped(content))
    assert quotes(read(path))[0][3] == "Monday we met"


def test_braces_and_case_of_ids_do_not_matter(tmp_path: Path) -> None:
    way = replace(STANDARD, upper=True)
    assert quotes(read(write_project(tmp_path, way, [ONE], CODES))) == expected(ONE)
