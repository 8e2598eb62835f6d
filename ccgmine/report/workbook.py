"""Everything of a study as a workbook: a sheet for each view, and the rules behind the figures."""

from __future__ import annotations

from collections.abc import Sequence

from ccgmine.domain import DifferenceTable, Estimate, PrevalenceRow
from ccgmine.report.differences import in_order, is_clear, is_hidden
from ccgmine.report.excel import (
    CHANCE,
    PERCENT,
    SIGNED_PERCENT,
    WHOLE,
    Book,
    Page,
    add_sheet,
)
from ccgmine.report.findings import Findings
from ccgmine.report.grid import (
    COMMONEST,
    HIDDEN,
    OVERALL,
    SCOPES,
    Line,
    View,
    chances,
    count_shown,
    counts_of,
    has_interval,
    reason,
    views,
)
from ccgmine.report.numbers import share
from ccgmine.report.prevalence import group_title, tidy
from ccgmine.report.quotes import Quote, quotes_sheet
from ccgmine.report.sheet import Sheet

_MOST_ACROSS = 3
"""Groups that a printed page takes when it must; more are printed two a page."""
_PER_PAGE = 2
_PRINT_SCALE = 45
_STARRED = f'"{COMMONEST} "{PERCENT}'
_WORDS_FIRST = (
    "label", "quote", "attribution", "site", "respondent_type", "coded_by", "probability",
)  # fmt: skip


def render_workbook(findings: Findings) -> bytes:
    """The findings as an Excel workbook; the same findings give the same bytes.

    Sheets: one a grouping, for reading; differences; quotes; agreement; ``table``, the tidy rows
    for pivoting; ``notes``. What is empty has no sheet.
    """
    book = Book(findings.title)
    unit = findings.table.unit
    for view in views(findings.table):
        page = book.page(view.title)
        if view.name == OVERALL:
            _write_overall(page, view, unit)
        else:
            _write_groups(page, view, unit)
    if findings.differences is not None and findings.differences.rows:
        _write_differences(book.page("differences"), findings.differences)
    if findings.quotes:
        _write_quotes(book, findings.quotes)
    if findings.agreement is not None:
        add_sheet(book, findings.agreement, shares=PERCENT)
    table = tidy(findings.table)
    add_sheet(book, Sheet("table", table.columns, table.rows))
    _write_notes(book.page("notes"), findings)
    return book.content()


def _theme_columns(page: Page, lines: Sequence[Line], *, head: int) -> None:
    """Theme and what counts as raising it, in the first two columns."""
    page.head(head, 1, "theme")
    page.head(head, 2, "counts")
    for r, line in enumerate(lines, head + 1):
        page.put(r, 1, line.theme.name, bold=line.heads, wrap=True, indent=2 * line.depth)
        page.put(r, 2, line.counts)
    longest = max((len(line.theme.name) + 3 * line.depth for line in lines), default=0)
    page.widths([min(44, max(16, longest + 2)), 17])


def _write_overall(page: Page, view: View, unit: str) -> None:
    (group,) = view.groups
    rows = [(line, view.cell(line, group)) for line in view.lines]
    words = _words(view)
    heads = [
        "share", "low", "high", "word", *(f"chance of {word}" for word in words),
        *_count_heads(unit), "found by machine in others", "not asked", "no text", "method",
        "verdict on the model",
    ]  # fmt: skip
    page.rule(2, len(rows) + 1, 2 + len(heads))
    _theme_columns(page, view.lines, head=1)
    for c, head in enumerate(heads, 3):
        text = head in ("word", "method", "verdict on the model")
        page.head(1, c, head, right=not text, indent=int(text))
    after = 7 + len(words)
    for r, (_, row) in enumerate(rows, 2):
        if row is None:
            continue
        _put_estimate(page, r, 3, row)
        chance = dict(row.words)
        for c, word in enumerate(words, 7):
            page.put(r, c, share(chance[word]) if word in chance else None, form=CHANCE)
        others = (row.machine_with_theme, row.not_asked, row.no_text)
        shown = [*counts_of(row, unit), *(count_shown(row, value) for value in others)]
        for c, value in enumerate(shown, after):
            _put_count(page, r, c, value)
        method = row.estimate.method if isinstance(row.estimate, Estimate) else None
        page.put(r, after + len(shown), method, wrap=True, indent=1)
        page.put(r, after + len(shown) + 1, row.verdict or None, indent=1)
    last = len(rows) + 1
    page.shade(3, 2, last)
    page.widths([8, 7, 7, 16, *(13 for _ in words), 9, 8, 7, 13, 8, 8, 34, 22], 3)
    page.freeze(2, 3, last, 2 + len(heads))
    _key(page, last + 2, view, unit)


def _words(view: View) -> list[str]:
    """The words of the view, that of the highest amount first."""
    return list(dict.fromkeys(word for row in view.cells.values() for word, _ in row.words))


def _count_heads(unit: str) -> list[str]:
    what = "" if unit == "participants" else f" ({unit})"
    return [f"raised it{what}", f"hand coded{what}", f"N{what}"]


def _write_groups(page: Page, view: View, unit: str) -> None:
    """Groups side by side, each with its estimate, word and counts; two rows of headings."""
    heads = ["share", "low", "high", "word", "chance of each word", *_count_heads(unit)]
    last = len(view.lines) + 2
    page.rule(3, last, 2 + len(heads) * len(view.groups))
    _theme_columns(page, view.lines, head=2)
    page.head(1, 1, view.title, over=2)
    first = 3
    ends = []
    for group in view.groups:
        page.head(1, first, group_title(group), over=len(heads))
        for c, head in enumerate(heads, first):
            text = "word" in head
            page.head(2, c, head, right=not text, indent=int(text))
        for r, line in enumerate(view.lines, 3):
            row = view.cell(line, group)
            if row is not None:
                _put_group_cell(page, r, first, row, unit)
        page.shade(first, 3, last)
        page.edge(first, 1, last)
        page.widths([8, 7, 7, 15, 32, 9, 8, 7], first)
        first += len(heads)
        ends.append(first - 1)
    page.freeze(3, 3, last, first - 1)
    if len(view.groups) > _MOST_ACROSS:
        page.break_after(ends[_PER_PAGE - 1 : -1 : _PER_PAGE], _PRINT_SCALE)
    _key(page, last + 2, view, unit)


def _put_group_cell(page: Page, r: int, first: int, row: PrevalenceRow, unit: str) -> None:
    _put_estimate(page, r, first, row)
    page.put(r, first + 4, chances(row) or None, wrap=True, indent=1)
    for c, value in enumerate(counts_of(row, unit), first + 5):
        _put_count(page, r, c, value)


def _put_estimate(page: Page, r: int, first: int, row: PrevalenceRow) -> None:
    """Share, bounds and word; where there is none, the reason runs over their empty cells."""
    e = row.estimate
    if isinstance(e, Estimate):
        form = _STARRED if row.commonest else PERCENT
        page.put(r, first, share(e.point), form=form, bold=row.commonest)
        if has_interval(e):
            page.put(r, first + 1, share(e.low), form=PERCENT)
            page.put(r, first + 2, share(e.high), form=PERCENT)
        page.put(r, first + 3, row.band, bold=row.commonest, wrap=True, indent=1)
    elif reason(row) == HIDDEN:
        for c in range(first, first + 4):
            word = c == first + 3
            page.put(r, c, HIDDEN, grey=True, align="left" if word else "right", indent=int(word))
    else:
        page.put(r, first, reason(row), grey=True, align="left", indent=1)


def _put_count(page: Page, r: int, c: int, value: int | str | None) -> None:
    if isinstance(value, str):
        page.put(r, c, value, grey=True, align="right")
    else:
        page.put(r, c, value, form=WHOLE)


def _key(page: Page, r: int, view: View, unit: str) -> None:
    """The signs of a view under its table, in short lines that run over empty cells."""
    rows = list(view.cells.values())
    found = [f"share, low, high: of all {unit} (N), estimated, with its interval"]
    found.append("raised it: of those hand coded")
    if any(row.commonest for row in rows):
        found.append(f"{COMMONEST}: the commonest theme of its group")
    if any(row.hidden for row in rows):
        found.append(f"{HIDDEN}: hidden, so that nobody is recognised")
    found.append("The rules are on the sheet ‘notes’.")
    for i, text in enumerate(found, r):
        page.put(i, 1, text, grey=True)


def _write_differences(page: Page, table: DifferenceTable) -> None:
    heads = (
        "theme", "counts", "first group", "second group", "first minus second", "low", "high",
        "chance that first is higher",
    )  # fmt: skip
    for c, head in enumerate(heads, 1):
        page.head(1, c, head, right=c > 4)
    page.rule(2, len(table.rows) + 1, len(heads))
    rows = in_order(table).rows
    for r, row in enumerate(rows, 2):
        e = row.estimate
        clear = is_clear(row)
        page.put(r, 1, row.theme.name, bold=clear, wrap=True)
        page.put(r, 2, SCOPES.get(row.scope, row.scope))
        page.put(r, 3, group_title(row.first))
        page.put(r, 4, group_title(row.second))
        if isinstance(e, Estimate):
            for c, value in enumerate((e.point, e.low, e.high), 5):
                page.put(r, c, share(value), form=SIGNED_PERCENT, bold=clear)
            above = row.probability_above
            page.put(r, 8, None if above is None else share(above), form=CHANCE)
        else:
            page.put(r, 5, e.reason, grey=True, align="left")
    names = [group_title(g) for row in table.rows for g in (row.first, row.second)]
    group = min(30, max(map(len, names)) + 3)
    longest = max(len(row.theme.name) for row in table.rows)
    page.widths([min(44, max(16, longest + 2)), 17, group, group, 11, 9, 9, 14])
    last = len(rows) + 1
    page.freeze(2, 2, last, len(heads))
    text = "Percentage points. Bold: the interval leaves out 0; the others are not printed."
    if n_hidden := sum(map(is_hidden, rows)):
        text += f" {n_hidden} of {len(rows)} differences are hidden."
    page.put(last + 2, 1, text, grey=True)
    # Thousands of differences that may be none are for the screen.
    page.print_only(1 + sum(map(is_clear, rows)), len(heads))


def _write_quotes(book: Book, quotes: Sequence[Quote]) -> None:
    """The words and whose they are first; columns that hold nothing are left out."""
    sheet = quotes_sheet(quotes)
    filled = [
        name
        for i, name in enumerate(sheet.columns)
        if any(row[i] not in (None, "") for row in sheet.rows)
    ]
    order = [name for name in _WORDS_FIRST if name in filled]
    order += [name for name in filled if name not in order]
    places = [sheet.columns.index(name) for name in order]
    rows = tuple(tuple(row[i] for i in places) for row in sheet.rows)
    shown = tuple(name.replace("_", " ") for name in order)
    page = add_sheet(book, Sheet("quotes", shown, rows), shares=PERCENT, wide={"quote"})
    page.print_only(len(rows) + 1, sum(name in _WORDS_FIRST for name in order))


def _write_notes(page: Page, findings: Findings) -> None:
    """The rules, the signs, and what made the figures."""
    kinds: list[tuple[str, tuple[str, ...]]] = [("prevalence", findings.table.notes)]
    if findings.differences is not None:
        kinds.append(("differences", findings.differences.notes))
    if findings.agreement is not None:
        kinds.append(("agreement", findings.agreement.notes))
    lines = [(kind, note) for kind, notes in kinds for note in notes]
    lines += [("study", findings.title), *_READING, *findings.facts]
    page.head(1, 1, "what")
    page.head(1, 2, "note")
    for r, (what, note) in enumerate(lines, 2):
        page.put(r, 1, what, wrap=True)
        page.put(r, 2, note, wrap=True)
    page.widths([24, 110])
    page.freeze(2, 1, 1, 2)


_READING = (
    ("counts", "theme itself: passages coded with the theme; with sub-themes: with it or any below "
     "it, each participant counted once."),
    ("share, low, high", "Share of all who are counted (N), with its interval; a number from 0 "
     "to 1 shown in per cent. The shading runs from white (0 %) to blue (100 %)."),
    ("raised it, hand coded, N", "Those read in full by a person (hand coded), those of them who "
     "raised the theme, and all with text who were asked."),
    ("word, chance of each word", "Where the interval spans two words, both are given, with the "
     "probability of each."),
    (COMMONEST, "The commonest theme of its group, whatever its share; its word goes by the rule "
     "all the same."),
    (HIDDEN, "A figure hidden by disclosure control."),
    ("grey text", "Why there is no estimate. It is not zero."),
    ("sheet ‘table’", "The same figures, a row a theme, scope and group, for pivot tables and "
     "other programs."),
)  # fmt: skip
