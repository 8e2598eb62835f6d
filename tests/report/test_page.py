"""The web page as a text: complete, closed to the outside, the same every time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from ccgmine.domain import (
    Estimate,
    Group,
    PrevalenceRow,
    PrevalenceTable,
    Theme,
    UnitCounts,
    WhyNot,
)
from ccgmine.report.findings import Findings
from ccgmine.report.page import CELL_FIELDS, render_page
from ccgmine.report.page_colours import DARK, LIGHT, PRINT, contrast, luminance, text_on
from ccgmine.report.page_quotes import MOST_OF_A_CELL, choose
from ccgmine.report.page_view import columns_of, groupings_of, lines_of, spanned
from ccgmine.report.quotes import Quote
from ccgmine.report.sheet import Sheet
from tests.report import small_findings as small

VOID = {"meta", "link", "input"}
NASTY = [
    pytest.param("</script><script>alert(1)</script>", id="an end of the script"),
    pytest.param("<!-- <script> ]]> --!>", id="the start of a comment"),
    pytest.param("\"quoted\" & 'so' <b>bold</b> {{ 7 * 7 }} ${x}", id="marks of every kind"),
    pytest.param("אני לא יודעת \u202eabc\u202c", id="right to left, and an override"),
    pytest.param("👩🏽‍⚕️ 🙂 é\u0301", id="joined emoji and accents"),
    pytest.param("line\u2028separator\u2029and \\u003c", id="separators and a written escape"),
]


class Reader(HTMLParser):
    """Elements that balance, their visible text, and every attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            self.scripts.append(data)
        elif data.strip():
            self.text.append(" ".join(data.split()))


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert found is not None
    data: dict[str, object] = json.loads(found[1])
    return data


def cell_of(page: str, theme: Theme, group: str, scope: str = "direct") -> dict[str, object]:
    data = data_of(page)
    lines = [(line["theme"], line["scope"]) for line in data["lines"]]  # type: ignore[attr-defined]
    keys = [column["key"] for column in data["groups"]]  # type: ignore[attr-defined]
    values = data["cells"][f"{lines.index((theme.theme_id, scope))}-{keys.index(group)}"]  # type: ignore[index]
    return dict(zip(CELL_FIELDS, values, strict=True))


def quoted(page: str, theme: Theme, group: str, scope: str = "direct") -> list[str]:
    quotes = data_of(page)["quotes"]
    chosen = cell_of(page, theme, group, scope)["quotes"]
    return [quotes[i]["text"] for i in chosen]  # type: ignore[index, attr-defined]


def one_cell(**changes: object) -> Findings:
    """A theme, everybody, and nothing else."""
    row = PrevalenceRow(
        theme=Theme("t", "Time"),
        scope="direct",
        group=Group(),
        participants=30,
        no_text=0,
        hand_coded=20,
        hand_with_theme=8,
        machine_with_theme=3,
        estimate=Estimate(0.4, 0.3, 0.5, "hand coding"),
        band="major",
    )
    table = PrevalenceTable((replace(row, **changes),), (), ())  # type: ignore[arg-type]
    return Findings(table=table, differences=None, quotes=(), agreement=None, facts=(), title="One")


def a_quote(number: int, text: str = "Words.", *, site: str = "", by_hand: bool = True) -> Quote:
    return Quote(
        theme_id="t",
        label="Time",
        participant_id=f"GP ID {number}",
        site=site,
        respondent_type="GP",
        transcript_id=f"T{number}",
        segment=f"T{number}:1",
        start=0,
        end=len(text),
        by_hand=by_hand,
        source="ann" if by_hand else "model",
        probability=None if by_hand else 0.75,
        text=text,
    )


def test_what_a_reader_sees(golden: Callable[[str, str], None]) -> None:
    golden("page.txt", "\n".join(read(render_page(small.findings())).text) + "\n")


def test_the_same_findings_are_the_same_page() -> None:
    assert render_page(small.findings()) == render_page(small.findings())


def test_nothing_is_fetched_from_anywhere() -> None:
    page = render_page(small.findings())
    found = read(page)
    assert not re.search(
        r"https?:|//[a-z]|@import|url\(|\bfetch\b|XMLHttp|sendBeacon|WebSocket", page
    )
    addresses = {v for _, name, v in found.attributes if name in {"src", "href", "action", "data"}}
    assert addresses == {"data:,", "#themes"}
    (policy,) = (v for tag, name, v in found.attributes if tag == "meta" and "default-src" in v)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "connect-src" not in policy


def test_no_style_or_script_stands_in_an_attribute() -> None:
    names = {name for _, name, _ in read(render_page(small.findings())).attributes}
    assert {name for name in names if name == "style" or name.startswith("on")} == set()


def test_every_id_is_there_once_and_every_reference_leads_to_one() -> None:
    attributes = read(render_page(small.findings())).attributes
    ids = [value for _, name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    references = {
        part
        for _, name, value in attributes
        if name in {"aria-labelledby", "for", "aria-describedby"}
        for part in value.split()
    }
    assert references <= set(ids)


@pytest.mark.parametrize("text", NASTY)
def test_any_words_stay_words(text: str) -> None:
    findings = one_cell(theme=Theme("t", text, definition=text))
    findings = replace(findings, title=text, quotes=(a_quote(1, text),), facts=((text, text),))
    page = render_page(findings)
    assert page.count("<script") == 3
    assert page.count("</script") == 3
    data = data_of(page)
    assert data["quotes"][0]["text"] == text  # type: ignore[index]
    assert data["lines"][0]["definition"] == text  # type: ignore[index]
    seen = read(page)
    assert len(seen.scripts) == 4
    assert " ".join(text.split()) in seen.text


def test_what_no_file_can_hold_is_replaced() -> None:
    page = render_page(replace(one_cell(theme=Theme("t", "a\x00b\ud800c")), title="\x1b[31m"))
    assert "a\ufffdb\ufffdc" in page
    assert "\ufffd[31m" in page
    page.encode("utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"estimate": WhyNot("nobody has text"), "band": ""}, id="a reason"),
        pytest.param(
            {"estimate": Estimate(0.4, float("nan"), float("nan"), "machine counts")},
            id="no interval",
        ),
        pytest.param({"participants": None, "hand_coded": None}, id="no counts"),
        pytest.param({"units": UnitCounts(900, 600, 40)}, id="units of talk"),
        pytest.param({"group": Group((("site", ""),))}, id="only a group without a value"),
    ],
)
def test_a_page_of_one_cell(changes: dict[str, object]) -> None:
    page = render_page(one_cell(**changes))
    read(page)
    assert "nan" not in page.replace("Intl", "").lower().split("<main>")[1].split("<script")[0]


def test_machine_counts_are_said_to_be_no_estimates() -> None:
    counted = Estimate(0.4, float("nan"), float("nan"), "machine count, no estimate")
    text = read(render_page(one_cell(estimate=counted))).text
    assert "Shares without an interval are no estimates: machine count, no estimate." in text
    assert "no estimates:" not in render_page(one_cell())


def test_findings_without_anything_are_a_page() -> None:
    nothing = replace(one_cell(), table=PrevalenceTable((), (), ()))
    assert read(render_page(nothing)).text[0] == "One: prevalence of themes"


def test_only_the_overall_figures() -> None:
    text = read(render_page(small.without_extras())).text
    assert "Groups" not in text
    assert "Differences between groups" not in text


def test_a_cell_says_share_counts_and_word_and_its_details_the_rest() -> None:
    page = render_page(small.findings())
    row = small.row_of(small.findings(), small.MEETINGS, small.OVERALL)
    assert isinstance(row.estimate, Estimate)
    cell = cell_of(page, small.MEETINGS, "overall")
    # Counted by hand from the fixture: 14 of 24, 22 of 39 estimated, and 8 found by machine.
    assert (cell["share"], cell["interval"], cell["level"]) == ("56 %", "46–67 %", "95 %")
    assert (cell["participants"], cell["hand_coded"], cell["hand_with_theme"]) == ("39", "24", "14")
    assert (cell["machine_with_theme"], cell["others"]) == ("8", "15")
    assert cell["no_text"] == "2"
    assert cell["commonest"] is True
    assert [(name, text) for name, text, _ in cell["words"]] == [  # type: ignore[attr-defined]
        ("predominant", "78 %"), ("major", "22 %"), ("minor", "<1 %"), ("not raised", "<1 %"),
    ]  # fmt: skip
    assert cell["method"] == small.METHOD


def test_a_word_between_two_is_found_under_both_and_what_lies_between() -> None:
    row = one_cell().table.rows[0]
    words = (("predominant", 0.2), ("major", 0.5), ("minor", 0.3), ("not raised", 0.0))
    assert spanned(replace(row, words=words, band="minor to predominant")) == (
        "predominant", "major", "minor",
    )  # fmt: skip
    assert spanned(replace(row, words=words, band="major")) == ("major",)
    assert spanned(replace(row, words=(), band="a to b")) == ("a to b",)


def test_hidden_figures_are_nowhere_and_said_to_be_hidden() -> None:
    page = render_page(small.findings())
    cell = cell_of(page, small.PAPERWORK, "site=Site 1&respondent_type=Nurse")
    assert cell["hidden"] is True
    assert cell["reason"] == "hidden: small number"
    counts = ("participants", "no_text", "hand_coded", "hand_with_theme", "machine_with_theme")
    assert {cell[name] for name in counts} == {"[c]"}
    assert cell["point"] is None


def test_agreement_is_told_with_intervals_in_one_cell_and_constants_once() -> None:
    sheet = Sheet(
        "agreement",
        ("theme", "label", "coder_a", "units", "alpha", "alpha_low", "alpha_high"),
        (
            ("a", "Time", "ann", 412, 0.8, -0.004, 1.0),
            ("b", "", "ann", 412, 0.5, "undefined", "undefined"),
            ("c", "Money", "ann", 412, "undefined", "undefined", "undefined"),
            ("d", "Travel", "ann", 412, 0.25, -0.1, None),
        ),
    )
    text = " / ".join(read(render_page(replace(one_cell(), agreement=sheet))).text)
    assert (
        "Agreement; coder a: / ann / theme / units / alpha / Time / 412 / 0.80 (0.00 to 1.00)"
        in (text)
    )
    assert "b / 412 / 0.50 / Money / 412 / undefined / Travel / 412 / 0.25" in text


def test_passages_of_a_hidden_cell_are_in_no_list() -> None:
    findings = small.findings()
    page = render_page(findings)
    # A nurse's passage on paperwork is hidden by site and type; overall it would be the one that
    # the other groups lack.
    assert "-5 points if the return is late" in [q.text for q in findings.quotes]
    assert "-5 points if the return is late" not in page
    assert quoted(page, small.PAPERWORK, "overall") == [
        '+ another form, and "another", and <b>another</b>'
    ]
    assert "Passages that would tell a hidden figure are left out everywhere" in page


def test_passages_made_fit_to_print_stay_but_not_under_a_hidden_cell() -> None:
    findings = small.findings()
    nurse = next(q for q in findings.quotes if q.participant_id == "Nurse ID 6")
    fit = replace(nurse, transcript_id="", segment="", participant_id="Participant 1")
    page = render_page(replace(findings, quotes=(fit,)))
    assert quoted(page, small.PAPERWORK, "overall") == [nurse.text]
    assert quoted(page, small.PAPERWORK, "site=Site 1&respondent_type=Nurse") == []


def test_where_only_the_machine_count_is_hidden_the_hand_coded_passages_stay() -> None:
    findings = one_cell(machine_with_theme=None, hidden=frozenset({"machine_with_theme"}))
    quotes = (a_quote(1, "By hand."), a_quote(2, "By machine.", by_hand=False))
    page = render_page(replace(findings, quotes=quotes))
    assert quoted(page, Theme("t"), "overall") == ["By hand."]
    assert "By machine." not in page


def test_passages_stand_with_their_theme_group_and_parents() -> None:
    page = render_page(small.findings())
    manager = "=SUM(meetings), that’s what my diary says [laughs]"
    gp = "Meetings, always meetings 🙂"
    assert quoted(page, small.MEETINGS, "site=Site 10") == [manager, gp]
    assert quoted(page, small.MEETINGS, "respondent_type=Manager") == [manager]
    assert quoted(page, small.MEETINGS, "site=Site 10&respondent_type=GP") == [gp]
    assert set(quoted(page, small.BURDEN, "site=Site 10", "with_children")) == {manager, gp}
    assert quoted(page, small.VOICE, "overall") == []


def test_passages_without_a_site_are_not_given_to_one() -> None:
    findings = small.findings()
    page = render_page(
        replace(findings, quotes=tuple(replace(q, site="") for q in findings.quotes))
    )
    unknown = {g["key"]: g["unknown"] for g in data_of(page)["groups"]}  # type: ignore[attr-defined]
    assert unknown["site=Site 1"] is True
    assert unknown["respondent_type=GP"] is False
    assert quoted(page, small.MEETINGS, "site=Site 1") == []
    assert len(quoted(page, small.MEETINGS, "respondent_type=GP")) == 2


def test_everybody_is_heard_once_before_anybody_twice_and_more_are_told() -> None:
    quotes = [a_quote(n % 30, f"Passage {n}.") for n in range(90)]
    page = render_page(replace(one_cell(), quotes=tuple(quotes)))
    cell = cell_of(page, Theme("t"), "overall")
    assert (cell["quotes_total"], cell["quotes_people"]) == (90, 30)
    shown = [quote["who"] for quote in data_of(page)["quotes"]]  # type: ignore[attr-defined]
    assert len(shown) == len(set(shown)) == MOST_OF_A_CELL


def test_a_long_passage_is_cut_and_says_so() -> None:
    page = render_page(replace(one_cell(), quotes=(a_quote(1, "long " * 2_000),)))
    (text,) = quoted(page, Theme("t"), "overall")
    assert text.endswith("long […]")
    assert len(text) < 2_010


def test_a_study_of_many_sites_stays_small_enough_for_a_browser() -> None:
    row = one_cell().table.rows[0]
    sites = [f"Site {n}" for n in range(600)]
    groups = [Group(), *(Group((("site", site),)) for site in sites)]
    themes = [Theme(f"t{n}", f"Theme {n}") for n in range(20)]
    rows = tuple(replace(row, theme=t, group=g) for t in themes for g in groups)
    quotes = [
        replace(a_quote(n, "w" * 1_500, site=sites[n % 600]), theme_id=f"t{n % 20}")
        for n in range(12_000)
    ]
    page = render_page(
        replace(
            one_cell(),
            table=PrevalenceTable(rows, ("site",), ()),
            quotes=tuple(quotes),
        )
    )
    assert len(page) < 12_000_000
    assert "300 more groups are not on this page" in page
    lines, columns = (
        lines_of(PrevalenceTable(rows, (), ())),
        columns_of(PrevalenceTable(rows, (), ())),
    )
    chosen = choose(PrevalenceTable(rows, (), ()), quotes, lines, columns)
    assert chosen.most < MOST_OF_A_CELL
    assert sum(len(q.text) for q in chosen.quotes) <= 4_000_000


def test_every_grouping_begins_with_everybody() -> None:
    table = small.findings().table
    groupings = groupings_of(table, lines_of(table), columns_of(table))
    assert [(g.key, len(g.columns)) for g in groupings] == [
        ("overall", 1), ("site", 3), ("respondent_type", 4), ("site x respondent_type", 7),
    ]  # fmt: skip
    assert {g.columns[0].title for g in groupings} == {"Overall"}


@pytest.mark.parametrize("scale", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_text_on_every_colour_reads(scale: tuple[str, ...]) -> None:
    assert min(contrast(colour, text_on(colour)) for colour in scale) >= 4.5
    order = sorted(scale, key=luminance, reverse=scale is not DARK)
    assert list(scale) == order
    # WCAG's own example: #777777 on white is just below AA.
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_paper_takes_black_text_only() -> None:
    assert {text_on(colour) for colour in PRINT} == {text_on("#ffffff")}
