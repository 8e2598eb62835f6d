"""Whatever bytes are handed in, a reader gives turns or one of our own errors, and soon."""

from __future__ import annotations

import io
import time
import zipfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccgmine.domain import Participant
from ccgmine.errors import CcgmineError, InputError
from ccgmine.ingest.gathering import gather
from ccgmine.ingest.limits import USUAL, Limits
from ccgmine.ingest.people import PeopleIndex, Person
from ccgmine.ingest.raw import RawTranscript
from ccgmine.ingest.readers import READERS, read_transcript
from ccgmine.ingest.roles import build_transcript, cast_roles, known_labels
from ccgmine.ingest.segmenting import segment_transcript, spacy_sentence_ends
from ccgmine.ingest.speakers import split_speakers
from tests.ingest.reading import docx, vtt
from tests.ingest.test_formats import ODT, RTF, odt, pdf, rtf, srt

PEOPLE = PeopleIndex([Person(Participant("GP ID 35")), Person(Participant("Manager ID 35"))])
SPLIT = cache(lambda: spacy_sentence_ends("en", ""))
TALK = "I: Why, שלום, 😀?\nP: So, é – ok.\n[00:12] I: And?\nP: No. [End of recording]\n"

GOOD: dict[str, bytes] = {
    ".txt": TALK.encode(),
    ".md": b"# A\n\n**I:** Why?\n\n> **P:** So *it* was.\n\n| I | Why? |\n|---|---|\n| P | So. |\n",
    ".vtt": vtt("<v Interviewer>Why?</v>", "GP ID 35: So &amp; so.", "<i>on</i>").encode(),
    ".srt": srt("Interviewer: Why?", "GP ID 35: So.").encode(),
    ".rtf": rtf("".join(RTF.values())),
    ".odt": odt("".join(ODT.values())),
    ".docx": docx("I: Why?", "**P** So.", [["I", "Why?"], ["P", "So."]]),
    ".pdf": pdf(["I: Why?", "P: So.", "1"], ["I: And?", "2"]),
}


def survive(raw: bytes, suffix: str) -> RawTranscript | None:
    """Take the bytes as far as segments; only our own errors may come out."""
    path = Path("GP ID 35" + suffix)
    try:
        content = read_transcript(raw, path)
        parted = split_speakers(content.lines, known_labels(PEOPLE))
        if not parted.utterances:
            return None
        cast = cast_roles(parted, path, PEOPLE)
    except CcgmineError:
        return None
    transcript = build_transcript(parted, cast, "x")
    transcript.text.encode()  # no half characters
    assert "\0" not in transcript.text
    segments = segment_transcript(transcript, SPLIT(), 100)
    for segment in segments:
        assert segment.text == transcript.text[segment.span.start : segment.span.end]
    return parted


def test_the_good_files_are_good() -> None:
    assert GOOD.keys() == READERS.keys()
    for suffix, raw in GOOD.items():
        assert survive(raw, suffix) is not None, suffix


@pytest.mark.parametrize("suffix", GOOD)
def test_a_file_cut_off_at_any_byte(suffix: str) -> None:
    raw = GOOD[suffix]
    step = max(1, len(raw) // 150)
    for end in range(0, len(raw), step):
        survive(raw[:end], suffix)


SLOW = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("suffix", GOOD)
@SLOW
@given(data=st.data())
def test_a_file_with_bytes_changed_put_in_and_taken_out(suffix: str, data) -> None:
    raw = bytearray(GOOD[suffix])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        gone = data.draw(st.integers(0, 12))
        raw[at : at + gone] = data.draw(st.binary(max_size=12))
        if not raw:
            break
    survive(bytes(raw), suffix)


PIECES = st.sampled_from(
    [
        "I:",
        "P:",
        "GP ID 35",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "\t",
        " - ",
        "[",
        "]",
        "[00:12]",
        "**",
        "|",
        "-->",
        "00:00:01.000 --> 00:00:02.000\n",
        "WEBVTT\n\n",
        "<v A>",
        "</v>",
        "&#x110000;",
        "&amp",
        "{\\rtf1",
        "{",
        "}",
        "\\par ",
        "\\u-1?",
        "\\'",
        "\\'9f",
        "\\bin5 ",
        "\\cell",
        "\\row",
        "\\*",
        "😀",
        "\u202e",
        "שלום",
        "\u2028",
        "\x0b",
        "\ufeff",
        "é",
        "1",
        "٣",
        "Page 1 of 2",
        "End of tape",
        "Why?",
        "So it was.",
        "x" * 50,
        "́",
        "\u200d",
        "\x85",
        "\xad\n",
    ]
)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".vtt", ".srt", ".rtf"])
@SLOW
@given(
    pieces=st.lists(PIECES, max_size=40), encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"])
)
def test_any_mixture_of_marks_and_line_ends(suffix: str, pieces, encoding: str) -> None:
    head = {".vtt": "WEBVTT\n\n", ".rtf": "{\\rtf1 "}.get(suffix, "")
    survive((head + "".join(pieces)).encode(encoding), suffix)


@SLOW
@given(pieces=st.lists(PIECES, max_size=15))
def test_any_words_in_documents(pieces: list[str]) -> None:
    from xml.sax.saxutils import escape

    text = "".join(c for c in "".join(pieces) if c.isprintable() or c in "\n\t")
    survive(docx(text, [[text, text], [text, text]]), ".docx")
    survive(odt(f"<text:p>{escape(text)}</text:p>"), ".odt")


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"\xff\xfe" + "I: Why?\nP: So.".encode("utf-16-le") + b"\n", id="odd UTF-16"),
        pytest.param(b"\xff\xfeI\0:\0 \0\x3d\xd8\n\0P\0:\0 \0a\0", id="half a character"),
        pytest.param(b"\xef\xbb\xbfI: Caf\xe9?\nP: So.", id="a mark that lies"),
        pytest.param(b"I: a\0b?\nP: So.", id="NUL"),
        pytest.param(b"I: \xed\xa0\xbd?\nP: So.", id="a surrogate in UTF-8"),
        pytest.param(b"I: \x81\x8d\x8f?\nP: So.", id="no encoding at all"),
    ],
)
def test_wrong_encodings_are_read_or_refused(raw: bytes) -> None:
    survive(raw, ".txt")


N = 20_000
LONG: dict[str, tuple[str, str]] = {
    "spaces": (".txt", "P: a" + " " * N * 5 + "b"),
    "dots": (".txt", "P: " + "." * N),
    "quotation marks": (".txt", "P: " + "\"'" * N),
    "brackets": (".txt", "P: " + "[" * N),
    "angles": (".txt", "P: " + "<" * N * 4),
    "asterisks": (".txt", "P: " + "*" * N * 4),
    "a word without end": (".txt", "P: " + "'s" * N),
    "many names": (".txt", "".join(f"Name{i} Smith: hello\n" for i in range(N // 10))),
    "stars": (".md", "**a " * N),
    "pipes": (".md", "|a" * N + "|"),
    "tags that never close": (".vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v a" * N),
    "a number without end": (".vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n&#" + "9" * N + ";"),
    "groups that never close": (".rtf", "{\\rtf1 " + "{" * N),
    "cells": (".rtf", "{\\rtf1 " + "\\trowd a\\cell" * N),
    "cues": (".srt", "".join(f"{i}\n00:00:00,000 --> 00:00:01,000\nP: a\n\n" for i in range(N))),
}


@pytest.mark.parametrize(("suffix", "text"), LONG.values(), ids=LONG.keys())
def test_long_runs_of_anything_take_seconds_and_not_hours(suffix: str, text: str) -> None:
    started = time.monotonic()
    survive(text.encode(), suffix)
    assert time.monotonic() - started < 60


def package(**parts: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return stream.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = "<!DOCTYPE d [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
)


@pytest.mark.parametrize(
    "xml",
    [
        pytest.param(f"{LAUGHS}]><w:document {W}><w:body>&j;</w:body></w:document>", id="laughs"),
        pytest.param(
            "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
            f"<w:document {W}><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>",
            id="a file of the machine",
        ),
        pytest.param(
            f"<w:document {W}><w:body>{'<w:sdt>' * 5000}{'</w:sdt>' * 5000}</w:body></w:document>",
            id="deep nesting",
        ),
        pytest.param("<w:document", id="torn"),
        pytest.param("<html/>", id="something else"),
    ],
)
def test_hostile_xml_is_refused(xml: str) -> None:
    with pytest.raises(InputError, match="cannot be opened as a Word document"):
        READERS[".docx"](package(word__document_xml=xml), Path("x.docx"), USUAL)


def test_a_document_that_unpacks_to_more_than_the_limit_is_refused() -> None:
    raw = package(content_xml="<a>" + " " * 50_000_001 + "</a>")
    assert len(raw) < 100_000
    with pytest.raises(InputError, match="its text is larger than 50 MB when unpacked"):
        READERS[".odt"](raw, Path("x.odt"), USUAL)


BEYOND = [
    (".txt", b"a" * 1_000_001, Limits(text_mb=1), "is larger than 1 MB", "text_mb"),
    (".txt", b"\n" * 81, Limits(lines=10), "more than 10 lines", "lines"),
    (".vtt", vtt("a", "b", "c").encode(), Limits(lines=2), "more than 2 lines", "lines"),
    (".docx", docx("I: a", "P: b", "c"), Limits(lines=2), "more than 2 lines", "lines"),
    (".txt", b"P: I go.\n" * 5, Limits(characters=10), "more than 10 characters", "characters"),
    (".docx", docx("I: a"), Limits(elements=2), "more than 2 elements", "elements"),
    (".odt", odt("".join(ODT.values())), Limits(depth=3), "cannot be opened", ""),
    (".pdf", pdf(["a"], ["b"]), Limits(pdf_pages=1), "more than 1 pages", "pdf_pages"),
    (".pdf", pdf(["I: Why?"]), Limits(characters=2), "more than 2 characters", "characters"),
    (".pdf", pdf(["I: Why?"]), Limits(pdf_page_mb=0), "takes more drawing", "pdf_page_mb"),
]


@pytest.mark.parametrize(("suffix", "raw", "limits", "said", "name"), BEYOND)
def test_what_is_beyond_a_limit_is_refused_and_says_how_to_raise_it(
    suffix: str, raw: bytes, limits: Limits, said: str, name: str
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        read_transcript(raw, Path(f"x{suffix}"), limits)
    assert not name or f"--limit {name}=NUMBER" in refused.value.line


def test_a_pdf_that_draws_itself_over_and_over_is_stopped() -> None:
    # Each form draws the next one ten times: 10 ** 12 steps.
    forms = [
        f"<< /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F {n + 1} 0 R "
        f">> >> /Length {len(draw)} >>\nstream\n{draw}\nendstream"
        for n in range(4, 16)
        for draw in ["/F Do\n" * 10]
    ]
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources "
    page += "<< /XObject << /F 4 0 R >> >> >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 1 /Kids [3 0 R] >>"]
    objects += [page, *forms, "<< /Length 0 >>\nstream\n\nendstream"]
    body = "".join(f"{i} 0 obj\n{x}\nendobj\n" for i, x in enumerate(objects, 1))
    raw = f"%PDF-1.4\n{body}trailer << /Root 1 0 R /Size 17 >>\nstartxref\n0\n%%EOF".encode()
    with pytest.raises(InputError, match="takes more drawing"):
        READERS[".pdf"](raw, Path("x.pdf"), Limits(pdf_steps=5_000))


@SLOW
@given(data=st.data())
def test_zips_of_any_bytes(tmp_path_factory: pytest.TempPathFactory, data) -> None:
    raw = bytearray(package(a_xml="x", b_xml="y"))
    raw[: data.draw(st.integers(0, 3))] = b""
    for _ in range(data.draw(st.integers(0, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("zips") / "x.zip"
    path.write_bytes(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    for found in gather([path]).files:
        try:
            found.load()
        except CcgmineError:
            continue
