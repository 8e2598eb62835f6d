"""Files of codings that are damaged or made to harm: our own errors, and nothing half taken."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ccgmine.errors import CcgmineError, InputError
from ccgmine.exchange import annotated
from ccgmine.exchange.annotated import SpanAnswer, settle_span
from ccgmine.exchange.columns import path_of, read_map
from ccgmine.exchange.keys import passage_key, row_key, split_key, theme_key
from ccgmine.exchange.passages import same_words
from ccgmine.exchange.run_codebooks import read_codebook_export
from ccgmine.exchange.run_codings import CodingOptions, import_coding_file
from ccgmine.ingest.people import read_people
from ccgmine.study import Study, open_study
from tests.exchange.coded import BOOK, coded_study

WORDS = "The money never comes. "
OPTIONS = CodingOptions(coder="eve", new_themes=False)
FUZZ = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    with coded_study(tmp_path_factory.mktemp("hostile") / "study") as made:
        yield made


def survives(study: Study, path: Path, options: CodingOptions = OPTIONS) -> None:
    """Taken in or refused with our own error; the study is whole either way."""
    before = set(study.codings.all()), set(study.codings.coverage())
    refused: CcgmineError | None = None
    try:
        import_coding_file(study, path, options)
    except CcgmineError as error:
        refused = error
    if refused is not None:
        assert refused.exit_code in {2, 3, 4}
        assert (set(study.codings.all()), set(study.codings.coverage())) == before
        assert "\n" not in refused.line
    # Whatever was taken can be read again by whoever opens the study next.
    with open_study(study.folder) as opened:
        for coding in opened.codings.all():
            transcript = opened.corpus.transcript(coding.transcript_id)
            assert transcript is not None
            assert 0 <= coding.span.start < coding.span.end <= len(transcript.text)
            assert coding.theme_id in BOOK


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 200)
    | st.just(10**400)
    | st.floats(allow_nan=True)
    | st.sampled_from(["time", "Money", "12:1", "12", WORDS, "accept", "reject", "choices", "\0",
                       "\ud800", "yes", "1-2:1"])
    | st.text(max_size=8)
)  # fmt: skip
NAMES = st.sampled_from(
    ["text", "data", "annotations", "result", "value", "choices", "labels", "start", "end", "type",
     "taxonomy", "completed_by", "was_cancelled", "answer", "accept", "options", "id", "label",
     "spans", "meta", "segment", "key", "theme", "offered", "selection_probability", "entities",
     "_annotator_id", "labels", "transcript", "participant_id", "quote", "decision", "coder"]
)  # fmt: skip
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
_result = st.fixed_dictionaries(
    {"type": st.sampled_from(["choices", "labels", "taxonomy", "rating"]) | values},
    optional={
        "value": values
        | st.fixed_dictionaries(
            {},
            optional={
                "choices": st.lists(scalars, max_size=3),
                "start": scalars,
                "end": scalars,
                "text": scalars,
                "labels": st.lists(scalars, max_size=2),
                "taxonomy": values,
            },
        )
    },
)
label_studio = st.lists(
    st.fixed_dictionaries(
        {
            "data": st.dictionaries(NAMES, scalars, max_size=5).map(
                lambda d: {"text": WORDS, "segment": "12:1", **d}
            ),
            "annotations": st.lists(
                st.fixed_dictionaries(
                    {}, optional={"result": st.lists(_result), "completed_by": values}
                ),
                max_size=3,
            ),
        }
    )
    | values,
    max_size=3,
)
records = st.lists(
    st.dictionaries(NAMES, values, max_size=8).map(lambda d: {"text": WORDS, **d}),
    min_size=1,
    max_size=4,
)


@FUZZ
@given(value=label_studio)
@example(
    value=[
        {
            "data": {"text": WORDS},
            "annotations": [
                {
                    "result": [{"type": "choices", "value": {"choices": ["time"]}}],
                    "completed_by": "\ud800\0",
                }
            ],
        }
    ]
)
def test_label_studio_of_any_shape(study: Study, tmp_path: Path, value: object) -> None:
    path = tmp_path / "fuzz.json"
    path.write_text(json.dumps(value), "utf-8")
    survives(study, path)


@FUZZ
@given(records=records, tool=st.sampled_from(["prodigy", "doccano", "any"]))
@example(records=[{"text": WORDS, "accept": ["time"], "_annotator_id": "\0\ud800"}], tool="prodigy")
def test_json_lines_of_any_shape(
    study: Study, tmp_path: Path, records: list[dict[str, Any]], tool: str
) -> None:
    if tool == "prodigy":
        records[0].setdefault("answer", "accept")
    elif tool == "doccano":
        records[0]["label"] = [["time"], 1, {"label": "time", "start_offset": 0}]
    path = tmp_path / "fuzz.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in records), "utf-8")
    survives(study, path)
    path = tmp_path / "fuzz.json"
    path.write_text(json.dumps(records), "utf-8")
    survives(study, path)


@FUZZ
@given(
    raw=st.binary(max_size=300),
    suffix=st.sampled_from([".json", ".jsonl", ".csv", ".xlsx", ".txt", ".docx"]),
)
@example(raw=b"[" * 200_000, suffix=".json")
@example(raw=b'{"a":' * 200_000, suffix=".jsonl")
@example(raw=b"\xff\xfe\x00", suffix=".json")
@example(raw=b"9" * 10_000, suffix=".json")
@example(raw=b"", suffix=".jsonl")
@example(raw=b'{"answer": 1}', suffix=".jsonl")
def test_any_bytes(study: Study, tmp_path: Path, raw: bytes, suffix: str) -> None:
    path = tmp_path / f"fuzz{suffix}"
    path.write_bytes(raw)
    survives(study, path)


@FUZZ
@given(data=st.data())
def test_good_files_cut_short_or_changed(study: Study, tmp_path: Path, data: st.DataObject) -> None:
    good = json.dumps(
        [
            {
                "data": {"text": WORDS, "segment": "12:1"},
                "annotations": [
                    {
                        "completed_by": 1,
                        "result": [{"type": "choices", "value": {"choices": ["time"]}}],
                    }
                ],
            }
        ]
    )
    raw = bytearray(good.encode())
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "fuzz.json"
    path.write_bytes(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    survives(study, path)


report_lines = st.lists(
    st.sampled_from(
        ["<Files\\\\12> - § 1 references coded [5.12% Coverage]", "Reference 1 - 1.2% Coverage",
         WORDS, "Name: time", "<end>", f"__label__time {WORDS}", "Person\tSite", "a\tb",
         "", "<> - 1 reference coded [% Coverage]",
         "<12> - § 999999999 references coded [1% Coverage]", "\ud800"]
    )
    | st.text(max_size=30),
    max_size=9,
)  # fmt: skip


@FUZZ
@given(lines=report_lines)
def test_reports_of_any_order(study: Study, tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "time.txt"
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    survives(study, path)


cells = st.text(max_size=12) | st.sampled_from(
    ["yes", "no", "time", "12", "12:1", WORDS, "0,5", "1E+400", "=1+1", "'=1", "999999999999999999",
     "9" * 5000, "\u0663", "time; yes", "1 : time", "Cases\\\\P1", "Unassigned", "7",
     '{"choices": 1}', '[{"start": -1, "end": 9}]', "  \\\\ \\", "time#money#", "Total",
     row_key("b" * 12, theme_key("time"), "c" * 6)]
)  # fmt: skip
HEADERS = (
    ("key", "decision", "theme", "machine_theme", "text", "segment", "transcript", "start", "end",
     "selection_probability"),
    ("Document name", "Code", "Segment", "Weight"),
    ("Document", "Quotation Content", "Codes"),
    ("Excerpt", "Media Title", "Code: time Applied", "Code: x Applied"),
    ("Code", "File", "Coverage", "Text"),
    ("text", "segment", "id", "theme", "spot", "annotator", "annotation_id"),
    ("id", "data", "label"),
    ("", "A : P1", "B : 12", "C : Site = Site 1"),
    ("Person", "Site", "A : Age"),
    ("Name", "Description", "Files", "References"),
)  # fmt: skip


@FUZZ
@given(
    header=st.sampled_from(HEADERS),
    rows=st.lists(st.lists(cells, min_size=10, max_size=10), max_size=4),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    skip_bad=st.booleans(),
)
def test_tables_of_any_content(
    study: Study,
    tmp_path: Path,
    header: tuple[str, ...],
    rows: list[list[str]],
    delimiter: str,
    encoding: str,
    skip_bad: bool,
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(row[: len(header)] for row in rows)
    path = tmp_path / "fuzz.csv"
    path.write_bytes(buffer.getvalue().encode(encoding, "replace"))
    survives(study, path, CodingOptions(coder="eve", skip_bad=skip_bad))
    with suppress(CcgmineError):
        read_codebook_export(path)
    with suppress(CcgmineError):
        read_people(path)


@FUZZ
@given(given_=st.lists(st.text(max_size=20), max_size=3), code=st.text(max_size=30))
def test_what_a_user_types_is_an_error_of_ours_or_a_map(given_: list[str], code: str) -> None:
    with suppress(CcgmineError):
        read_map(given_)
    assert all(part.strip() == part != "" for part in path_of(code))


@given(
    text=st.text(max_size=30),
    start=st.integers(-3, 40),
    end=st.integers(-3, 40),
    utf16=st.booleans(),
    quote=st.booleans(),
)
@example(text="a\U0001f600b", start=2, end=4, utf16=True, quote=False)
def test_a_marked_passage_is_inside_the_text_or_refused(
    text: str, start: int, end: int, utf16: bool, quote: bool
) -> None:
    words = text[max(0, start) : max(0, end)] if quote else ""
    try:
        span = settle_span(text, SpanAnswer(name="x", start=start, end=end, quote=words),
                           utf16=utf16)  # fmt: skip
    except InputError:
        return
    assert 0 <= span.start < span.end <= len(text)


@given(text=st.text(min_size=1, max_size=40), data=st.data())
def test_utf16_places_are_found_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    def units(n: int) -> int:
        return len(text[:n].encode("utf-16-le", "surrogatepass")) // 2

    span = settle_span(text, SpanAnswer(name="x", start=units(start), end=units(end)), utf16=True)
    # White space at the ends goes, if there is anything else.
    words = text[start:end]
    assert text[span.start : span.end] == (words.strip() or words)
    assert span.start == start + (len(words) - len(words.lstrip()) if words.strip() else 0)


def test_a_file_beyond_the_limit_is_refused(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotated, "MAX_BYTES", 1 << 20)
    path = tmp_path / "big.json"
    path.write_bytes(b"[" + b" " * (1 << 20) + b"]")
    with pytest.raises(InputError, match="larger than 1 MB"):
        import_coding_file(study, path, OPTIONS)


@given(segment=st.integers(0, 7), theme=st.sampled_from(["time", "=1", "\x1f", "a\N{BULLET}"]))
def test_keys_come_back_from_any_case_and_are_no_words(
    study: Study, segment: int, theme: str
) -> None:
    segments = [s for _, s in study.corpus.segments()]
    passage = passage_key(segments[segment])
    key = row_key(passage, theme_key(theme), "bcdfgh")
    assert split_key(f" {key.upper()} ") == (passage, theme_key(theme), "bcdfgh")
    assert not set(key) & set("aeiou0123456789")
    assert len({passage_key(s) for s in segments}) == len(segments)


@given(text=st.text(min_size=1, max_size=60))
def test_what_a_spreadsheet_does_to_words_does_not_hide_them(text: str) -> None:
    damaged = "'" + text if text[:1] in "=+-@" else text
    damaged = damaged.strip().encode("cp1252", "replace").decode("cp1252")
    has_letters = any(c.isascii() and c.isalnum() for c in text)
    # Upper case of some letters is two letters; those are not what is tested here.
    if has_letters and text.isascii():
        assert same_words(damaged, text)
    assert not same_words("", "x" + text)
