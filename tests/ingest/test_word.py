"""Word documents: paragraphs, tables, and all that Word keeps beside the words."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ccgmine.errors import InputError
from ccgmine.ingest.readers import READERS
from tests.ingest.reading import ASKED, GP, docx, fill, read, saved

SPOKEN = [(ASKED, "Why did you sign up?"), (GP, "Because nobody else would."), (ASKED, "And now?")]
SPOKEN += [(GP, "It fits me well.")]

PARAGRAPHS: dict[str, tuple[Any, ...]] = {
    "plain labels": (
        "Interviewer: Why did you sign up?",
        "GP ID 35: Because nobody else would.",
        "Interviewer: And now?",
        "GP ID 35: It fits me well.",
    ),
    "bold labels, colon inside": (
        "**Interviewer:** Why did you sign up?",
        "**GP ID 35:** Because nobody else would.",
        "**Interviewer: **And now?",
        "**GP ID 35: **It fits me well.",
    ),
    "bold labels, colon behind": (
        "**Interviewer**: Why did you sign up?",
        "**GP ID 35**: Because nobody else would.",
        "**Interviewer** : And now?",
        "**GP ID 35**:\tIt fits me well.",
    ),
    "bold labels, no colon": (
        "**Interviewer** Why did you sign up?",
        "**GP ID 35**\tBecause nobody else would.",
        "**Interviewer ** And now?",
        "**GP ID 35**  It fits me well.",
    ),
    "bold labels split into runs": (
        "**Inter****viewer****:** Why did you sign up?",
        "**GP ****ID 35****:** Because nobody else would.",
        "**I**: And now?",
        "**GP35:** It fits me well.",
    ),
    "bold labels with times": (
        "**Interviewer [00:05]:** Why did you sign up?",
        "**GP ID 35** [00:00:09]: Because nobody else would.",
        "**Interviewer:** [00:12] And now?",
        "[00:14] **GP ID 35:** It fits me well.",
    ),
    "labels on their own line": (
        "**Interviewer**",
        "Why did you sign up?",
        "**GP ID 35**",
        "Because nobody else would.",
        "Interviewer:",
        "And now?",
        "GP ID 35:",
        "It fits me well.",
    ),
    "questions in bold throughout": (
        "**I: Why did you sign up?**",
        "P: Because nobody else would.",
        "**I: And now?**",
        "P: It fits me well.",
    ),
    "Teams: name, time and words in one paragraph": (
        "**Jane Smith**   0:03\nWhy did you sign up?",
        "**Tom Jones**   0:09\nBecause nobody else would.",
        "**Jane Smith**   0:12\nAnd now?",
        "**Tom Jones**   0:14\nIt fits me well.",
    ),
    "Teams without bold": (
        "Jane Smith   0:03\nWhy did you sign up?",
        "Tom Jones   0:09\nBecause nobody else would.",
        "Jane Smith   0:12\nAnd now?",
        "Tom Jones   1:00:14\nIt fits me well.",
    ),
    "the whole interview in one paragraph": (
        "**I:** Why did you sign up?\n**P:** Because nobody\nelse would.\n**I:** And now?\n"
        "**P:** It fits me well.",
    ),
    "the whole interview in one plain paragraph": (
        "I: Why did you sign up?\nP: Because nobody else would.\n\n"
        "I: And now?\nP: It fits me well.",
    ),
    "empty paragraphs and a title": (
        "**Interview 12**",
        "",
        "I: Why did you sign up?",
        " ",
        "P: Because nobody else would.",
        "I: And now?",
        "P: It fits me well.",
    ),
    "header lines in bold": (
        "**Participant:** GP ID 35",
        "**Interviewer:** Jane Smith",
        "**Date:** 3 May 2024",
        "**Interviewer:** Why did you sign up?",
        "**Participant:** Because nobody else would.",
        "**Interviewer:** And now?",
        "**Participant:** It fits me well.",
    ),
    "header lines in a table": (
        [["Participant ID", "GP ID 35"], ["Date:", "3 May 2024"], ["Interviewer", "Jane Smith"]],
        "**Interviewer:** Why did you sign up?",
        "**Participant:** Because nobody else would.",
        "**Interviewer:** And now?",
        "**Participant:** It fits me well.",
    ),
    "a table of speaker and words": (
        [
            ["Interviewer", "Why did you sign up?"],
            ["GP ID 35", "Because nobody else would."],
            ["Interviewer:", "And now?"],
            ["GP ID 35:", "It fits me well."],
        ],
    ),
    "a table with a heading row": (
        [
            ["Speaker", "Transcript", "Notes"],
            ["**I**", "Why did you sign up?", ""],
            ["**P**", "Because nobody else would.", "motive"],
            ["I", "And now?", ""],
            ["P", "It fits me well.", "cf. 3"],
        ],
    ),
    "a table of time, speaker and words": (
        [
            ["00:00:05", "Interviewer", "Why did you sign up?"],
            ["00:00:09", "GP ID 35", "Because nobody else would."],
            ["[00:12]", "Interviewer", "And now?"],
            ["0:14", "GP ID 35", "It fits me well."],
        ],
    ),
    "a table of number, speaker and words": (
        [
            ["1", "Interviewer", "Why did you sign up?"],
            ["2", "GP ID 35", "Because nobody else would."],
            ["3", "Interviewer", "And now?"],
            ["4", "GP ID 35", "It fits me well."],
        ],
    ),
    "a table of words, then speaker": (
        [
            ["Why did you sign up?", "Interviewer"],
            ["Because nobody else would.", "GP ID 35"],
            ["And now?", "Interviewer"],
            ["It fits me well.", "GP ID 35"],
        ],
    ),
    "a table of time and words with labels": (
        [
            ["00:05", "I: Why did you sign up?"],
            ["00:09", "P: Because nobody else would.\n\nI: And now?"],
            ["00:14", "P: It fits me well."],
        ],
    ),
    "a table with the time under the speaker": (
        [
            ["Interviewer\n\n00:00:05", "Why did you sign up?"],
            ["GP ID 35\n00:00:09", "Because nobody else would."],
            ["Interviewer [00:12]", "And now?"],
            ["[00:14] GP ID 35", "It fits me well."],
        ],
    ),
    "a table with one column": (
        [
            ["I: Why did you sign up?\n\nP: Because nobody else would."],
            ["I: And now?\nP: It fits me well."],
        ],
    ),
    "a table with a blank speaker where the turn goes on": (
        [
            ["Interviewer", "Why did you sign up?"],
            ["GP ID 35", "Because nobody"],
            ["", "else would."],
            ["Interviewer", "And now?"],
            ["GP ID 35", "It fits me well."],
        ],
    ),
}


@pytest.mark.parametrize("blocks", PARAGRAPHS.values(), ids=PARAGRAPHS.keys())
def test_every_layout_holds_the_same_turns(blocks: tuple[Any, ...]) -> None:
    reading = read(docx(*blocks), "GP ID 35.docx")
    assert [(who, " ".join(words.split())) for who, words in reading.turns] == SPOKEN


@pytest.mark.parametrize(
    "layout",
    [
        "bold labels with times",
        "Teams: name, time and words in one paragraph",
        "a table of time, speaker and words",
        "a table with the time under the speaker",
    ],
)
def test_times_are_kept_on_the_turns(layout: str) -> None:
    times = read(docx(*PARAGRAPHS[layout]), "GP ID 35.docx").times
    assert times[1:] == [9000, 12000, 14000]


def test_headers_and_footers_of_pages_are_left_out() -> None:
    raw = docx("I: Why?", "P: So.", header="Interview, page 1", footer="Confidential")
    assert read(raw, "GP ID 35.docx").turns == [(ASKED, "Why?"), (GP, "So.")]


def test_stress_at_the_start_of_a_paragraph_is_no_label() -> None:
    raw = docx(
        "I: Why?", "P: So.", "**Never** again.", "**Im**portant, **that**.", "**Honestly:** no."
    )
    assert read(raw, "GP ID 35.docx").turns[1] == (
        GP,
        "So.\nNever again.\nImportant, that.\nHonestly: no.",
    )


def test_a_note_across_the_whole_table_is_kept() -> None:
    import docx as python_docx

    document = python_docx.Document()
    table = document.add_table(rows=4, cols=2)
    turns = [("Interviewer", "Why did you?"), ("GP ID 35", "So."), ("", ""), ("GP ID 35", "No.")]
    for row, cells in zip(table.rows, turns, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            fill(cell.paragraphs[0], text)
    table.rows[2].cells[0].merge(table.rows[2].cells[1]).paragraphs[0].add_run("[phone rings]")
    assert read(saved(document), "x.docx").turns[1] == (GP, "So.\n[phone rings]\nNo.")


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _document(*paragraphs: str) -> bytes:
    """A document out of raw WordprocessingML, for what python-docx cannot write."""
    from docx import Document
    from docx.oxml import parse_xml

    document = Document()
    for xml in paragraphs:
        document.element.body.insert(-1, parse_xml(xml.replace(">", f" {W}>", 1)))
    return saved(document)


def test_tracked_changes_are_read_as_accepted() -> None:
    raw = _document(
        "<w:p><w:r><w:t>I: Why?</w:t></w:r></w:p>",
        '<w:p><w:r><w:t xml:space="preserve">P: I went </w:t></w:r>'
        '<w:del w:id="1" w:author="A"><w:r><w:delText>home</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="A"><w:r><w:t>out</w:t></w:r></w:ins>'
        '<w:moveFrom w:id="3" w:author="A"><w:r><w:t> gone</w:t></w:r></w:moveFrom>'
        '<w:moveTo w:id="4" w:author="A"><w:r><w:t> early</w:t></w:r></w:moveTo>'
        "<w:r><w:t>.</w:t></w:r></w:p>",
    )
    assert read(raw, "GP ID 35.docx").turns == [(ASKED, "Why?"), (GP, "I went out early.")]


def test_comments_footnotes_fields_and_soft_marks_are_not_talk() -> None:
    raw = _document(
        "<w:p><w:r><w:t>I: Why?</w:t></w:r></w:p>",
        '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t xml:space="preserve">P: A follow</w:t>'
        "<w:noBreakHyphen/><w:t>up</w:t></w:r>"
        '<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r>'
        '<w:r><w:footnoteReference w:id="2"/></w:r>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>.</w:t></w:r></w:p>',
    )
    assert read(raw, "GP ID 35.docx").turns == [(ASKED, "Why?"), (GP, "A follow-up.")]


def test_content_controls_and_links_are_read_and_text_boxes_are_not() -> None:
    raw = _document(
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>I: Why?</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        '<w:p><w:hyperlink w:anchor="a"><w:r><w:t>P: So</w:t></w:r></w:hyperlink>'
        "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>DRAFT</w:t></w:r></w:p></w:txbxContent>"
        "</w:pict></w:r><w:sdt><w:sdtContent><w:r><w:t>.</w:t></w:r></w:sdtContent></w:sdt></w:p>",
    )
    assert read(raw, "GP ID 35.docx").turns == [(ASKED, "Why?"), (GP, "So.")]


def _zip_without_document() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "no document")
    return stream.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"I: Why?\nP: So.\n", id="plain text"),
        pytest.param(_zip_without_document(), id="a zip of something else"),
        pytest.param(docx("I: Why?")[:-200], id="cut off"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), id="an old .doc"),
    ],
)
def test_what_is_no_word_document_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match="cannot be opened as a Word document"):
        READERS[".docx"](raw, Path("x.docx"))
