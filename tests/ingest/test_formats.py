"""SubRip, meeting exports, rich text, OpenDocument and PDF: what is read from each."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ccgmine.errors import InputError
from ccgmine.ingest.readers import READERS, read_transcript
from tests.ingest.reading import ASKED, GP, docx, read, vtt

SPOKEN = [(ASKED, "Why did you sign up?"), (GP, "Nobody else would, I’m told: 😀.")]


def srt(*cues: str) -> str:
    return "\n".join(
        f"{i}\n00:00:{4 * i:02},000 --> 00:00:{4 * i + 3:02},500\n{cue}\n"
        for i, cue in enumerate(cues, 1)
    )


# --- subtitles ------------------------------------------------------------------------------


def test_a_subrip_file_with_names_in_its_cues() -> None:
    reading = read(
        srt(
            "Interviewer: Why did", "you sign up?", "<i>GP ID 35:</i> Nobody else\nwould,", "ever."
        ),
        "x.srt",
    )
    assert reading.turns == [(ASKED, "Why did you sign up?"), (GP, "Nobody else would, ever.")]
    assert reading.times == [4000, 12000]


def test_two_people_in_a_subrip_cue_and_an_empty_line_inside_one() -> None:
    text = srt("- Interviewer: Why?\n- GP ID 35: So.", "And\n\nso on.", r"{\an8}That is it.")
    assert read(text, "x.srt").turns == [(ASKED, "Why?"), (GP, "So. And so on. That is it.")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I: Why?\nP: So.\n", "line 1: words stand here without the times"),
        ("1\n00:00:0x,000 --> 00:00:02,000\nHm\n", "line 2: the times of this cue are damaged"),
        ("1\n00:00:09,000 --> 00:00:02,000\nHm\n", "line 2: the cue ends before it starts"),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n", "holds no cue with words"),
    ],
)
def test_a_damaged_subrip_file_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        READERS[".srt"](text.encode(), Path("x.srt"))
    assert said in caught.value.line


def test_teams_cues_with_hashed_numbers_are_one_turn_a_speaker() -> None:
    ids = iter(["4ba1e6f0-71ab-43cc-9e3f-2d6b7a10f9d3/12-0", "a1-b/13-0", "a1-b/13-1"])
    cues = ["<v Jane Smith>Why did you</v>", "<v Jane Smith>sign up?</v>"]
    cues += ["<v Tom Jones>Nobody else would, so I went along with it.</v>"]
    text = "WEBVTT\n\n" + "\n\n".join(
        f"{next(ids)}\n00:00:0{i}.000 --> 00:00:0{i}.900\n{cue}" for i, cue in enumerate(cues)
    )
    reading = read(text, "GP-ID-35.vtt")
    assert reading.turns == [
        (ASKED, "Why did you sign up?"),
        (GP, "Nobody else would, so I went along with it."),
    ]
    assert reading.notes == (
        "took the speaker who comes first, and asks in 1 of 1 turns and says less, as the "
        "interviewer (--dry-run shows the label)",
    )


def test_zoom_cues_without_a_name_go_on_with_the_speaker_before_them() -> None:
    cues = ("Jane Smith: Why did you go?", "Tom Jones: Because nobody", "else ever would have.")
    text = vtt(*cues, "Jane Smith: And?", "Tom Jones: I like", "it.")
    assert read(text, "GP-ID-35.vtt").turns == [
        (ASKED, "Why did you go?"),
        (GP, "Because nobody else ever would have."),
        (ASKED, "And?"),
        (GP, "I like it."),
    ]


def test_what_teams_says_of_itself_is_no_talk_and_no_name_is_kept() -> None:
    blocks = ("Jane Smith started transcription", "**Jane Smith**   0:03\nWhy did you go?")
    blocks += ("**Tom Jones**   0:09\nBecause nobody else ever would.",)
    blocks += ("**Jane Smith**   0:12\nAnd?", "**Tom Jones**   0:14\nIt fits.")
    reading = read(docx(*blocks, "Jane Smith stopped transcription"), "GP-ID-35.docx")
    assert reading.turns == [
        (ASKED, "Why did you go?"),
        (GP, "Because nobody else ever would."),
        (ASKED, "And?"),
        (GP, "It fits."),
    ]
    assert "Jane" not in repr(reading.transcript) + reading.transcript.text


# --- rich text ------------------------------------------------------------------------------

RTF_HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset238 Arial CE;}}"
    r"{\colortbl;\red0\green0\blue0;}{\*\generator Made up;}{\info{\author Jane Smith}}"
    r"{\header page \chpgn}{\footer Confidential}"
)


def rtf(body: str) -> bytes:
    return (RTF_HEAD + body + "}").encode("cp1252")


RTF = {
    "labels with colons": r"\pard I: Why did you sign up?\par P: Nobody else would, I\rquote m "
    r"told: \u55357?\u56832?.\par",
    "bold labels": r"{\b Interviewer} Why did you sign up?\par {\b GP ID 35}\tab Nobody else "
    r"would, I\'92m told: \uc2\u-10179 xx\u-8704\'3f\'3f.\par",
    "a table": r"\trowd\intbl I\cell Why did you\line sign up?\cell\row\trowd\intbl P\cell Nobody "
    r"else would, I\rquote m told: \u55357?\u56832?.\cell\row\pard",
    "deleted words and comments": r"I: Why did {\deleted they }{\revised you }sign up?\par P: "
    r"Nobody {\*\atnid JS}{\*\annotation Tom said this.}else would, I\rquote m told: "
    r"\u55357?\u56832?.\par",
}


@pytest.mark.parametrize("body", RTF.values(), ids=RTF.keys())
def test_rich_text_holds_the_same_turns(body: str) -> None:
    turns = read(rtf(body), "GP ID 35.rtf").turns
    assert [(who, " ".join(words.split())) for who, words in turns] == SPOKEN


def test_rich_text_says_what_it_left_out() -> None:
    notes = read(rtf(RTF["deleted words and comments"]), "GP ID 35.rtf").notes
    assert notes == (
        "1 comment(s) in the document are left out",
        "its tracked changes are read as accepted",
    )


def test_rich_text_in_two_code_pages() -> None:
    body = r"I: Caf\'e9?\par P: {\f1 \'9elu\'9d}\par"
    assert read(rtf(body), "GP ID 35.rtf").turns == [(ASKED, "Café?"), (GP, "žluť")]


# --- OpenDocument ---------------------------------------------------------------------------

_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in [
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
        ("draw", "drawing"),
    ]
)


def odt(body: str, head: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?>{head}<office:document-content {_SPACES}>'
            '<office:automatic-styles><style:style style:name="T1" style:family="text">'
            '<style:text-properties fo:font-weight="bold"/></style:style>'
            f"</office:automatic-styles><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>",
        )
    return stream.getvalue()


ODT = {
    "paragraphs": "<text:p>I: Why did<text:s text:c='9'/>you sign up?</text:p>"
    "<text:p>P: Nobody else would, I’m told: 😀.</text:p>",
    "bold labels": "<text:p><text:span text:style-name='T1'>I:</text:span> Why did you sign up?"
    "</text:p><text:p><text:span text:style-name='T1'>P</text:span><text:tab/>Nobody else would, "
    "I’m told: 😀.</text:p>",
    "a table in a section": "<text:section><table:table><table:table-row><table:table-cell><text:p>"
    "I</text:p></table:table-cell><table:table-cell><text:p>Why did you sign up?</text:p>"
    "</table:table-cell></table:table-row><table:table-row><table:table-cell "
    "table:number-columns-repeated='99999999'><text:p>P</text:p></table:table-cell>"
    "<table:table-cell><text:p>Nobody else would, I’m told: 😀.</text:p></table:table-cell>"
    "</table:table-row></table:table></text:section>",
    "deleted words and comments": "<text:tracked-changes><text:changed-region><text:deletion>"
    "<text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    "<text:p>I: Why did you sign up?<office:annotation><text:p>Ask Tom.</text:p>"
    "</office:annotation></text:p><text:p>P: Nobody<text:note><text:note-body><text:p>1</text:p>"
    "</text:note-body></text:note> else would,<text:line-break/>I’m told: 😀.</text:p>",
}


@pytest.mark.parametrize("body", ODT.values(), ids=ODT.keys())
def test_an_opendocument_holds_the_same_turns(body: str) -> None:
    turns = read(odt(body), "GP ID 35.odt").turns
    assert [(who, " ".join(words.split())) for who, words in turns] == SPOKEN


def test_an_opendocument_with_entities_is_refused_unread() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(InputError, match="cannot be opened as an OpenDocument text"):
        READERS[".odt"](odt("<text:p>I: &b;</text:p>", bomb), Path("x.odt"))


# --- PDF ------------------------------------------------------------------------------------


def pdf(*pages: list[str]) -> bytes:
    """A PDF with one line of Helvetica after another."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append(f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for i, lines in enumerate(pages):
        shown = "".join(
            "({}) Tj T*\n".format(x.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)"))
            for x in lines
        )
        stream = f"BT /F1 11 Tf 14 TL 50 800 Td\n{shown}ET" if lines else ""
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R "
            f">> >> /Contents {5 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return (
        out
        + f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    )


def test_a_pdf_is_read_over_its_page_breaks_without_headers_and_numbers() -> None:
    pages = [
        ["Study of boards", "Interviewer: Why did you sign up?", "GP ID 35: Because nobody", "1"],
        ["Study of boards", "else would.", "Interviewer: And now?", "GP ID 35: I go (often).", "2"],
        ["Study of boards", "I like it there,", "mostly.", "3"],
    ]
    reading = read(pdf(*pages), "x.pdf")
    assert reading.turns == [
        (ASKED, "Why did you sign up?"),
        (GP, "Because nobody else would."),
        (ASKED, "And now?"),
        (GP, "I go (often). I like it there, mostly."),
    ]
    assert reading.notes == ("6 lines of page headers, footers and numbers are left out",)


def test_labels_at_the_top_of_every_page_are_not_taken_for_its_header() -> None:
    pages = [["Interviewer:", f"Why {w}?", "P:", f"So {w}."] for w in ("one", "two", "three")]
    words = [words for _, words in read(pdf(*pages), "GP ID 35.pdf").turns]
    assert words == ["Why one?", "So one.", "Why two?", "So two.", "Why three?", "So three."]


def test_columns_of_a_table_in_a_pdf_are_told_apart_by_their_labels() -> None:
    page = ["00:01 Int Why did you go?", "00:04 Resp Because nobody else", "would go at all."]
    page += ["00:09 Int And now?", "00:12 Resp I like it."]
    assert read(pdf(page), "GP ID 35.pdf").turns == [
        (ASKED, "Why did you go?"),
        (GP, "Because nobody else would go at all."),
        (ASKED, "And now?"),
        (GP, "I like it."),
    ]


def test_a_pdf_of_pictures_is_told() -> None:
    with pytest.raises(InputError, match="no text layer"):
        read_transcript(pdf([], []), Path("x.pdf"))


# --- Word -----------------------------------------------------------------------------------


def test_comments_and_tracked_changes_are_told_and_a_deleted_paragraph_end_joins() -> None:
    from tests.ingest.test_word import _document

    raw = _document(
        "<w:p><w:r><w:t>I: Why?</w:t></w:r></w:p>",
        '<w:p><w:pPr><w:rPr><w:del w:id="1" w:author="A"/></w:rPr></w:pPr><w:r><w:t '
        'xml:space="preserve">P: It was </w:t></w:r><w:r><w:commentReference w:id="7"/></w:r>'
        "</w:p>",
        "<w:p><w:r><w:t>raining.</w:t></w:r></w:p>",
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>gone</w:t></w:r></w:p></w:tc>"
        "</w:tr></w:tbl>",
    )
    reading = read(raw, "GP ID 35.docx")
    assert reading.turns == [(ASKED, "Why?"), (GP, "It was raining.")]
    assert reading.notes == (
        "1 comment(s) in the document are left out",
        "its tracked changes are read as accepted",
    )
