"""A small value of everything an export shows, made by hand: nothing of it is computed by ccgmine.

39 people of two sites and three respondent types (two more have no text); 24 are hand coded.
Ten lines: a parent that only groups, a parent that is coded itself, and themes of their own. Some
cells have no estimate (a theme that no model learned, nurses who were not asked), some are hidden
as disclosure control might (nurses of Site 10 throughout, and with them the nurses of Site 1; a
single figure elsewhere), some intervals span two words. What is hidden here only shows how hidden
cells look; it is not proof against an attack.
"""

from __future__ import annotations

import math
from dataclasses import replace

from ccgmine.domain import (
    DifferenceRow,
    DifferenceTable,
    Estimate,
    Group,
    PrevalenceRow,
    PrevalenceTable,
    Theme,
    WhyNot,
)
from ccgmine.report.findings import Findings
from ccgmine.report.quotes import Quote
from ccgmine.report.sheet import Sheet

BANDS = (("predominant", 0.5), ("major", 0.25), ("minor", 0.0))
METHOD = "hand coding and classifier; small-area estimation"
SITES = ("Site 1", "Site 10")
TYPES = ("GP", "Manager", "Nurse")
CELLS = tuple((site, kind) for site in SITES for kind in TYPES)
PARTICIPANTS = (12, 6, 4, 10, 5, 2)
HAND_CODED = (8, 4, 2, 6, 3, 1)
NO_TEXT = (1, 0, 0, 0, 1, 0)

BURDEN = Theme("burden", "Administrative burden", definition="Work about work.", coded=False)
MEETINGS = Theme("meetings", "Too many meetings", "burden", "Time lost to meetings.")
PAPERWORK = Theme("paperwork", "Paperwork and reporting", "burden", "Forms, returns, audits.")
MONEY = Theme("money", "Funding", "", "Money, wherever it comes from or goes.")
CUTS = Theme("cuts", "Cuts to services", "money", "Services that were taken away.")
CONTRACTS = Theme("contracts", "=Price? Contracts & quality", "money", "What contracts reward.")
HOME = Theme("home", '@home and "virtual" wards, <new> & old', "", "Care at home.")
VOICE = Theme("voice", "Patients’ voice 🙂", "", "Patients and the public in decisions.")
TRAVEL = Theme("travel", "Travel", "", "Getting to meetings and patients.")

# Of those hand coded in each cell: how many raised it. Of the others: in how many the model
# found it (None where no model learned the theme).
LINES: tuple[tuple[Theme, str, tuple[int, ...], tuple[int, ...] | None], ...] = (
    (BURDEN, "with_children", (7, 3, 1, 5, 2, 1), (4, 2, 1, 3, 1, 1)),
    (MEETINGS, "direct", (6, 2, 1, 3, 2, 0), (3, 1, 1, 2, 1, 0)),
    (PAPERWORK, "direct", (3, 1, 0, 4, 0, 1), (1, 1, 0, 2, 0, 1)),
    (MONEY, "direct", (2, 1, 0, 1, 1, 0), (1, 0, 0, 1, 0, 0)),
    (MONEY, "with_children", (3, 2, 1, 2, 1, 0), (1, 1, 0, 1, 0, 0)),
    (CUTS, "direct", (1, 1, 1, 1, 0, 0), (0, 1, 0, 0, 0, 0)),
    (CONTRACTS, "direct", (1, 1, 0, 0, 0, 0), (0, 0, 0, 1, 0, 0)),
    (HOME, "direct", (0, 0, 0, 1, 0, 0), (0, 0, 0, 0, 0, 0)),
    (VOICE, "direct", (0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0)),
    (TRAVEL, "direct", (1, 0, 0, 1, 0, 0), None),
)

OVERALL = Group()
BY_SITE = tuple(Group((("site", site),)) for site in SITES)
BY_TYPE = tuple(Group((("respondent_type", kind),)) for kind in TYPES)
CROSS = tuple(Group((("site", s), ("respondent_type", t))) for s, t in CELLS)
GROUPS = (OVERALL, *BY_SITE, *BY_TYPE, *CROSS)

FIGURES = frozenset(
    {"participants", "no_text", "not_asked", "hand_coded", "hand_with_theme", "machine_with_theme"}
)
SMALL = WhyNot("hidden: small number")
NOTES = (
    "Words: share of participants, predominant from 50 %, major from 25 %, minor above 0 %, else "
    "not raised. Where the 95 % interval spans two words, both are given.",
    "Estimates for all participants of a group, from hand coding and a classifier whose errors "
    "are part of the interval (small-area estimation).",
    "[c]: hidden, because the group, those with the theme or those without number 1 to 2, or "
    "because a hidden figure could be computed from it.",
    "Reference coder: ann.",
)


def findings() -> Findings:
    """The whole value."""
    table = PrevalenceTable(_rows(), ("site", "respondent_type"), NOTES)
    return Findings(
        table=table,
        differences=DifferenceTable(_differences(table), ("site", "respondent_type"), MULTIPLE),
        quotes=QUOTES,
        agreement=AGREEMENT,
        facts=FACTS,
        title="Commissioning & “care closer to home”",
    )


def without_extras() -> Findings:
    """The overall figures alone: no groups, differences, quotes or agreement."""
    full = findings()
    rows = tuple(row for row in full.table.rows if row.group == OVERALL)
    table = replace(full.table, rows=rows, attributes=())
    return replace(full, table=table, differences=None, quotes=(), agreement=None)


def row_of(given: Findings, theme: Theme, group: Group, scope: str = "direct") -> PrevalenceRow:
    """One cell of the table."""
    (row,) = (r for r in given.table.rows if (r.theme, r.scope, r.group) == (theme, scope, group))
    return row


def _rows() -> tuple[PrevalenceRow, ...]:
    rows = [
        _row(theme, scope, group, hand, machine)
        for theme, scope, hand, machine in LINES
        for group in GROUPS
    ]
    return tuple(replace(row, commonest=row.line == _commonest(rows, row.group)) for row in rows)


def _commonest(rows: list[PrevalenceRow], group: Group) -> tuple[str, str] | None:
    own = [r for r in rows if r.group == group and r.scope == "direct"]
    points = [(r.estimate.point, r.line) for r in own if isinstance(r.estimate, Estimate)]
    return max(points, key=lambda pair: pair[0])[1] if points else None


def _row(
    theme: Theme, scope: str, group: Group, hand: tuple[int, ...], machine: tuple[int, ...] | None
) -> PrevalenceRow:
    wanted = dict(group.values)
    inside = [
        i
        for i, (site, kind) in enumerate(CELLS)
        if wanted.get("site", site) == site and wanted.get("respondent_type", kind) == kind
    ]
    # Nurses were not asked about contracts.
    asked = [i for i in inside if theme is not CONTRACTS or CELLS[i][1] != "Nurse"]
    people, coded = sum(PARTICIPANTS[i] for i in asked), sum(HAND_CODED[i] for i in asked)
    raised = sum(hand[i] for i in asked)
    found = None if machine is None else sum(machine[i] for i in asked)
    estimate, words = _estimate(people, coded, raised, machine, found, bool(asked))
    row = PrevalenceRow(
        theme=theme,
        scope=scope,
        group=group,
        participants=people,
        no_text=sum(NO_TEXT[i] for i in inside),
        not_asked=sum(PARTICIPANTS[i] for i in inside) - people,
        hand_coded=coded,
        hand_with_theme=raised,
        machine_with_theme=found,
        estimate=estimate,
        band=_band(words),
        words=words,
    )
    return _as_hidden(row)


def _estimate(
    people: int,
    coded: int,
    raised: int,
    machine: tuple[int, ...] | None,
    found: int | None,
    asked: bool,
) -> tuple[Estimate | WhyNot, tuple[tuple[str, float], ...]]:
    """Plausible figures: the machine finds most; every total in the interval is as likely."""
    if not asked:
        return WhyNot("nobody in the group was asked"), ()
    if machine is None or found is None:
        return WhyNot("theme not learned, and too few hand coded"), ()
    left = people - coded
    low = raised + math.floor(0.5 * found)
    high = min(people, raised + math.ceil(1.2 * found) + math.ceil(0.12 * left))
    words = [("not raised", 0.0), *((name, 0.0) for name, _ in BANDS)]
    share = 1 / (high - low + 1)
    chances = dict(words)
    for total in range(low, high + 1):
        chances[_word(total / people)] += share
    point = min(max(raised + 0.9 * found + 0.03 * left, low), high)
    found_words = tuple((name, chances[name]) for name in [*(n for n, _ in BANDS), "not raised"])
    return Estimate(point / people, low / people, high / people, METHOD), found_words


def _word(share: float) -> str:
    if share <= 0:
        return "not raised"
    return next(name for name, cut in BANDS if share >= cut)


def _band(words: tuple[tuple[str, float], ...]) -> str:
    possible = [name for name, chance in words if chance > 0]
    if not possible:
        return ""
    return possible[0] if len(possible) == 1 else f"{possible[-1]} to {possible[0]}"


def _as_hidden(row: PrevalenceRow) -> PrevalenceRow:
    nurses_of_a_site = row.group.name == "site x respondent_type" and row.group.values[1][1] == (
        "Nurse"
    )
    if nurses_of_a_site:
        nothing = dict.fromkeys(FIGURES)
        return replace(
            row, **nothing, estimate=SMALL, band="", words=(), hidden=FIGURES | {"estimate"}
        )
    if row.theme is HOME and row.group in (BY_SITE[1], BY_TYPE[0], CROSS[3]):
        return replace(
            row,
            hand_with_theme=None,
            machine_with_theme=None,
            estimate=SMALL,
            band="",
            words=(),
            hidden=frozenset({"hand_with_theme", "machine_with_theme", "estimate"}),
        )
    return row


MULTIPLE = (
    "Each interval holds for its own difference (95 %); of 40 differences, about two would lie "
    "outside by chance alone.",
)


def _differences(table: PrevalenceTable) -> tuple[DifferenceRow, ...]:
    cells = {(row.line, row.group): row for row in table.rows}
    pairs = [
        BY_SITE,
        *((BY_TYPE[i], BY_TYPE[j]) for i in range(len(TYPES)) for j in range(i + 1, len(TYPES))),
    ]
    rows = []
    for theme, scope, _, _ in LINES:
        for first, second in pairs:
            one = cells[(theme.theme_id, scope), first]
            two = cells[(theme.theme_id, scope), second]
            rows.append(_difference(one, two))
    return tuple(rows)


def _difference(one: PrevalenceRow, two: PrevalenceRow) -> DifferenceRow:
    estimate: Estimate | WhyNot
    above = None
    if isinstance(one.estimate, Estimate) and isinstance(two.estimate, Estimate):
        a, b = one.estimate, two.estimate
        point = a.point - b.point
        low = point - math.hypot(a.point - a.low, b.high - b.point)
        high = point + math.hypot(a.high - a.point, b.point - b.low)
        estimate = Estimate(point, max(-1.0, low), min(1.0, high), METHOD)
        above = 1.0 if low > 0 else 0.0 if high < 0 else 0.5 if low == high else high / (high - low)
    else:
        estimate = one.estimate if isinstance(one.estimate, WhyNot) else two.estimate
    return DifferenceRow(one.theme, one.scope, one.group, two.group, estimate, above)


def _quote(theme: Theme, person: str, site: str, text: str, chance: float | None = None) -> Quote:
    transcript = person.replace(" ", "-")
    return Quote(
        theme_id=theme.theme_id,
        label=theme.name,
        participant_id=person,
        site=site,
        respondent_type=person.split()[0],
        transcript_id=transcript,
        segment=f"{transcript}:3",
        start=120,
        end=120 + len(text),
        by_hand=chance is None,
        source="ann" if chance is None else "ccg-themes",
        probability=chance,
        text=text,
    )


LONG = (
    "Well, I’d been in general practice twenty-two years by then and I’ll be honest with you, I "
    "have never known so much of the week go on rooms full of people looking at slides. You come "
    "out at one, you have had a sandwich, and your afternoon list is still there. […] And nobody "
    "had decided anything, that’s what gets me. We would agree to meet again. So we met again. I "
    "counted them up once, the hours, and it was a day and a half a week that the practice was "
    "paying for and the patients weren’t getting."
)
QUOTES = (
    _quote(MEETINGS, "GP ID 3", "Site 1", LONG),
    _quote(
        MEETINGS, "Manager ID 35", "Site 10", "=SUM(meetings), that’s what my diary says [laughs]"
    ),
    _quote(MEETINGS, "GP ID 35", "Site 10", "Meetings, always meetings 🙂", 0.8125),
    _quote(PAPERWORK, "GP ID 8", "Site 1", '+ another form, and "another", and <b>another</b>'),
    _quote(PAPERWORK, "Nurse ID 6", "Site 1", "-5 points if the return is late", 0.625),
    _quote(MONEY, "Manager ID 4", "Site 1", "@[name] said the money was gone, | all of it."),
    _quote(CUTS, "GP ID 8", "Site 1", "They shut the clinic in a fortnight."),
    _quote(CONTRACTS, "GP ID 3", "Site 1", "Le contrat, c’est café ou thé: naïve, “quoted” – fin."),
    _quote(HOME, "GP ID 35", "Site 10", "</script><script>alert('home')</script>"),
)

AGREEMENT = Sheet(
    "agreement",
    ("theme", "label", "segments", "both", "first only", "second only", "kappa", "low", "high"),
    (
        ("meetings", "Too many meetings", 412, 31, 6, 4, 0.8492, 0.7512, 0.9231),
        ("paperwork", "Paperwork and reporting", 412, 19, 9, 3, 0.7451, 0.5981, 0.8601),
        ("voice", "Patients’ voice 🙂", 412, 0, 0, 0, None, None, None),
    ),
    ("Unit: segment; ann against ben; Cohen’s kappa with a 95 % interval over participants.",),
    ("kappa", "low", "high"),
)

FACTS = (
    ("ccgmine", "0.4.0"),
    ("Python", "3.11.9"),
    ("model", "ccg-themes"),
    ("seed", "7"),
    ("reference coder", "ann"),
    ("codings", "sha256 3f5a0c1e9b7d"),
    ("command", "=ccgmine report --by site --by respondent_type --cross"),
)
