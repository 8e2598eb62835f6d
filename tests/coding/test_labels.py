"""The rule from coding to segment label, coverage, and whose coding counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccgmine.coding.labels import HandLabel, choose_reference, label_segments
from ccgmine.domain import Coding, Coverage, Segment, Span
from ccgmine.errors import StudyError
from tests.building import conversation

# Two segments of one turn: 0-20 with two sentences, 20-40 with one.
TWO = conversation("t", "P1: Aaaa aaa. Bbbb bbb. |Cccc cccc cccc cccc.")[1]
ONE = TWO[:1]


def coding(start: int, end: int, theme: str = "a", coder: str = "ann") -> Coding:
    return Coding("t", Span(start, end), theme, coder)


def labels_of(
    segments: list[Segment],
    codings: list[Coding],
    coverage: list[Coverage] | None = None,
    reference: tuple[str, ...] = ("ann",),
) -> tuple[dict[int, HandLabel], list[Coding]]:
    return label_segments(enumerate(segments, 1), codings, coverage or [], reference)


def test_the_segments_of_these_tests_are_as_the_cases_say() -> None:
    assert [s.span for s in TWO] == [Span(0, 20), Span(20, 40)]
    assert [s.text for s in TWO] == ["Aaaa aaa. Bbbb bbb. ", "Cccc cccc cccc cccc."]
    assert TWO[0].sentences == (Span(0, 10), Span(10, 20))


@pytest.mark.parametrize(
    ("start", "end", "carrying"),
    [
        pytest.param(0, 4, [1], id="a phrase lies wholly in the segment"),
        pytest.param(16, 24, [1, 2], id="each of two segments holds exactly half of the coding"),
        pytest.param(17, 24, [2], id="the segment with more than half of the coding carries it"),
        pytest.param(5, 40, [1, 2], id="the coding covers more than half of the first segment"),
        pytest.param(10, 40, [1, 2], id="the coding covers exactly half of the first segment"),
        pytest.param(11, 40, [2], id="under half of the segment and of the coding is no label"),
        pytest.param(0, 40, [1, 2], id="the coding covers both segments"),
    ],
)
def test_half_of_the_coding_or_half_of_the_segment(
    start: int, end: int, carrying: list[int]
) -> None:
    labels, stray = labels_of(TWO, [coding(start, end)])
    assert sorted(labels) == carrying
    assert stray == []


LONG_TAIL = conversation(
    "t", "P1: This goes on and on, for many words and more words. Yes. |" + "x" * 60 + "."
)[1]


@pytest.mark.parametrize(
    ("start_words", "carrying"),
    [
        pytest.param("Yes. ", [1, 2], id="one whole sentence of the segment is coded"),
        pytest.param("es. ", [2], id="a sentence less its first letter is no whole sentence"),
    ],
)
def test_one_whole_sentence_is_enough(start_words: str, carrying: list[int]) -> None:
    whole = LONG_TAIL[0].text + LONG_TAIL[1].text
    start = whole.index(start_words)
    # Neither half of the coding nor half of the first segment lies in the overlap.
    assert 2 * (LONG_TAIL[0].span.end - start) < len(whole) - start
    labels, _ = labels_of(LONG_TAIL, [coding(start, len(whole))])
    assert sorted(labels) == carrying


def test_white_space_at_the_ends_of_a_sentence_need_not_be_coded() -> None:
    segments = conversation("t", "P1: " + "y" * 40 + ". No. |" + "x" * 60 + ".")[1]
    text = segments[0].text + segments[1].text
    with_space, without = text.index(" No"), text.index("No")
    for start in (with_space, without):
        labels, _ = labels_of(segments, [coding(start, len(text))])
        assert sorted(labels) == [1, 2]


def test_codings_are_clipped_to_participants_talk() -> None:
    # The interviewer's long question is most of the coding and must not dilute it.
    transcript, segments = conversation(
        "t", "P1: Short one.", "I: " + "question " * 30, "P1: " + "Answer words go on here. " * 9
    )
    end = segments[1].span.start + 10
    coded = coding(8, end)
    assert coded.span.overlap(Span(8, 14)) == 6
    labels, stray = labels_of(segments, [coded])
    # 6 of 16 characters of participants' talk are in the first segment, 10 in the second.
    assert sorted(labels) == [2]
    assert stray == []
    assert len(transcript.text) > 400


def test_a_coding_of_the_interviewer_labels_nothing_and_is_listed() -> None:
    transcript, segments = conversation("t", "P1: Yes.", "I: And the money?", "P1: No.")
    start = transcript.text.index("And")
    question = coding(start, start + len("And the money?"))
    labels, stray = labels_of(segments, [question, coding(0, 4)])
    assert sorted(labels) == [1]
    assert stray == [question]


def test_a_coding_in_a_transcript_without_participants_is_listed() -> None:
    lost = Coding("only questions", Span(0, 5), "a", "ann")
    assert labels_of(TWO, [lost]) == ({}, [lost])


@st.composite
def segmented(draw: st.DrawFn) -> list[Segment]:
    words = st.text(alphabet="ab .", min_size=1, max_size=12).filter(lambda s: s.strip(" ."))
    lines = draw(st.lists(st.tuples(st.sampled_from("IPQ"), words), min_size=1, max_size=5))
    return conversation("t", *(f"{who}: {said}" for who, said in lines))[1]


def reach(segments: list[Segment]) -> int:
    return max((s.span.end for s in segments), default=1)


@given(segmented(), st.data())
def test_the_rule_agrees_with_counting_characters(segments: list[Segment], data) -> None:
    start = data.draw(st.integers(0, reach(segments)))
    end = data.draw(st.integers(start + 1, reach(segments) + 5))
    labels, stray = labels_of(segments, [coding(start, end)])
    coded = set(range(start, end))
    talk = {i for s in segments for i in range(s.span.start, s.span.end)}
    expected = set()
    for number, s in enumerate(segments, 1):
        own = set(range(s.span.start, s.span.end))
        shared = own & coded
        whole_sentence = any(
            words and words <= coded
            for x in s.sentences
            for words in [
                {
                    i
                    for i in range(x.start, x.end)
                    if s.text[x.start - s.span.start : i + 1 - s.span.start].strip()
                    and s.text[i - s.span.start : x.end - s.span.start].strip()
                }
            ]
        )
        if shared and (
            len(shared) >= len(coded & talk) / 2
            or len(shared) >= len(own) / 2
            or whole_sentence
        ):  # fmt: skip
            expected.add(number)
    assert set(labels) == expected
    assert bool(stray) == (not expected)
    # Whatever touches participants' talk labels something: no such coding is lost.
    assert bool(stray) == (not coded & talk)


# --- coverage ------------------------------------------------------------------------------


def test_without_coverage_only_coded_segments_count_as_read() -> None:
    labels, _ = labels_of(TWO, [coding(0, 20)])
    assert labels == {1: HandLabel(frozenset({"a"}))}


def test_a_transcript_read_and_found_empty_is_negative_everywhere() -> None:
    labels, _ = labels_of(TWO, [], [Coverage("t", "ann")])
    assert labels == {1: HandLabel(frozenset()), 2: HandLabel(frozenset())}
    assert labels[1].is_read_for("anything")


def test_coverage_of_a_span_covers_the_segments_wholly_inside_it() -> None:
    labels, _ = labels_of(TWO, [], [Coverage("t", "ann", span=Span(0, 30))])
    assert labels == {1: HandLabel(frozenset())}


def test_white_space_at_the_ends_of_a_segment_need_not_be_covered() -> None:
    labels, _ = labels_of(TWO, [], [Coverage("t", "ann", span=Span(0, 19))])
    assert sorted(labels) == [1]


def test_spans_that_meet_cover_a_segment_together() -> None:
    spans = [Coverage("t", "ann", span=Span(20, 29)), Coverage("t", "ann", span=Span(29, 40))]
    labels, _ = labels_of(TWO, [], spans)
    assert labels == {2: HandLabel(frozenset())}


def test_coverage_for_some_themes_says_nothing_of_the_others() -> None:
    labels, _ = labels_of(TWO, [], [Coverage("t", "ann", frozenset({"a"}))])
    assert labels[1].is_read_for("a")
    assert not labels[1].is_read_for("b")


def test_a_theme_coded_outside_its_coverage_is_positive_and_no_other_theme_negative() -> None:
    labels, _ = labels_of(TWO, [coding(0, 20, "b")], [Coverage("t", "ann", frozenset({"a"}))])
    assert labels[1].themes == {"b"}
    assert [labels[1].is_read_for(t) for t in "abc"] == [True, True, False]


def test_a_coded_segment_outside_the_declared_coverage_is_positive_only() -> None:
    labels, _ = labels_of(TWO, [coding(20, 40)], [Coverage("t", "ann", span=Span(0, 20))])
    assert labels[1] == HandLabel(frozenset())
    assert labels[2].themes == {"a"}
    assert not labels[2].is_read_for("b")


def test_coverage_for_one_theme_and_for_all_add_up() -> None:
    coverage = [
        Coverage("t", "ann", frozenset({"a"})),
        Coverage("t", "ann", span=Span(20, 40)),
    ]
    labels, _ = labels_of(TWO, [], coverage)
    assert [labels[1].is_read_for(t) for t in "ab"] == [True, False]
    assert [labels[2].is_read_for(t) for t in "ab"] == [True, True]


COVERAGES = st.lists(
    st.builds(
        lambda themes, span: Coverage("t", "ann", themes, span),
        st.none() | st.frozensets(st.sampled_from("abc"), min_size=1),
        st.none()
        | st.tuples(st.integers(0, 50), st.integers(1, 30)).map(lambda p: Span(p[0], sum(p))),
    ),
    min_size=1,
    max_size=4,
)


@given(segmented(), COVERAGES)
def test_uncovered_is_never_negative(segments: list[Segment], coverage: list[Coverage]) -> None:
    labels, _ = labels_of(segments, [], coverage)
    for number, segment in enumerate(segments, 1):
        for theme in "abcd":
            read = {
                i
                for c in coverage
                if c.themes is None or theme in c.themes
                for i in (
                    range(segment.span.end) if c.span is None else range(c.span.start, c.span.end)
                )
            }
            unread = [
                i
                for i in range(segment.span.start, segment.span.end)
                if i not in read and not segment.text[i - segment.span.start].isspace()
            ]
            label = labels.get(number)
            assert (label is not None and label.is_read_for(theme)) == (not unread)


# --- several coders ------------------------------------------------------------------------


def test_only_the_reference_labels() -> None:
    codings = [coding(0, 20, "a", "ann"), coding(0, 20, "b", "bob"), coding(20, 40, "b", "bob")]
    assert labels_of(TWO, codings)[0] == {1: HandLabel(frozenset({"a"}))}
    assert labels_of(TWO, codings, reference=("bob",))[0] == {
        1: HandLabel(frozenset({"b"})),
        2: HandLabel(frozenset({"b"})),
    }


def test_a_segment_takes_the_first_in_order_who_read_it_and_never_the_union() -> None:
    codings = [coding(0, 20, "a", "ann"), coding(0, 20, "b", "bob"), coding(20, 40, "b", "bob")]
    labels, _ = labels_of(TWO, codings, reference=("ann", "bob"))
    assert labels == {1: HandLabel(frozenset({"a"})), 2: HandLabel(frozenset({"b"}))}


def test_a_first_reader_who_found_nothing_goes_before_a_second_who_did() -> None:
    labels, _ = labels_of(
        TWO, [coding(0, 40, "b", "bob")], [Coverage("t", "ann")], reference=("ann", "bob")
    )
    assert labels == {1: HandLabel(frozenset()), 2: HandLabel(frozenset())}


@pytest.mark.parametrize(
    ("coders", "settings", "named", "chosen"),
    [
        pytest.param(["ann"], [], [], ("ann",), id="the only coder needs no choice"),
        pytest.param(["ann", "bob"], ["bob"], [], ("bob",), id="the settings choose"),
        pytest.param(["ann", "bob"], ["bob"], ["ann"], ("ann",), id="the command goes before"),
        pytest.param(
            ["ann", "bob"], ["bob", "ann"], [], ("bob", "ann"), id="several keep their order"
        ),
    ],
)
def test_the_reference_coder(coders, settings, named, chosen) -> None:
    assert choose_reference(coders, settings, named) == chosen


@pytest.mark.parametrize(
    ("coders", "settings", "said"),
    [
        pytest.param([], [], "nothing is hand coded yet", id="nobody coded"),
        pytest.param(["ann", "bob"], [], "several coders (ann, bob)", id="none of two is chosen"),
        pytest.param(["ann"], ["eve"], "'eve' has coded nothing", id="the chosen one is unknown"),
    ],
)
def test_no_reference_is_an_error_that_names_the_coders(coders, settings, said) -> None:
    with pytest.raises(StudyError) as caught:
        choose_reference(coders, settings)
    assert said in caught.value.line
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        pytest.param([], 'reference_coder = ["ann", "bob b"]', id="both in the settings"),
        pytest.param([], '--coder ann --coder "bob b"', id="both on the command line"),
        pytest.param(["ann,bob b"], '--coder ann --coder "bob b"', id="both in one option"),
    ],
)
def test_how_several_coders_are_named_is_told(chosen, said) -> None:
    with pytest.raises(StudyError) as caught:
        choose_reference(["ann", "bob b"], [], chosen)
    assert said in caught.value.remedy
