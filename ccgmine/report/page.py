"""The findings as one web page that needs nothing else and sends nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from importlib.resources import files

from ccgmine.domain import Estimate, Group, PrevalenceRow, PrevalenceTable
from ccgmine.report import page_view as view
from ccgmine.report.findings import Findings
from ccgmine.report.numbers import chance, percent, share
from ccgmine.report.page_colours import heat_css
from ccgmine.report.page_quotes import Chosen, choose, shortened
from ccgmine.report.page_sheet import read_sheet

# Runs before the page is drawn, so that what only works with a script is not seen to come and go.
_EARLY = 'document.documentElement.className = "js";'
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
CELL_FIELDS = (
    "point", "share", "interval", "level", "participants", "no_text", "not_asked", "hand_coded",
    "hand_with_theme", "machine_with_theme", "others", "method", "word", "commonest", "words",
    "units", "reason", "verdict", "hidden", "quotes", "quotes_total", "quotes_people",
)  # fmt: skip


def render_page(findings: Findings) -> str:
    """One self-contained HTML file; the same findings give the same text."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    table = findings.table
    lines, columns = view.lines_of(table), view.columns_of(table)
    groupings = view.groupings_of(table, lines, columns)
    shown = frozenset(c.group for g in groupings for c in g.columns)
    chosen = choose(table, findings.quotes, lines, [c for c in columns if c.group in shown])
    comparisons = view.comparisons_of(findings.differences, lines)
    style = heat_css() + _asset("style.css")
    script = _asset("script.js")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    # Markup is for our own files and for data in which nothing can end its element.
    page = environment.from_string(_asset("template.html.j2")).render(
        findings=findings,
        table=table,
        groupings=groupings,
        first=_first_shown(groupings),
        levels=view.levels(table),
        no_estimates=view.no_estimates(table),
        words=view.all_words(table),
        has_children=any(line.scope == "with_children" for line in lines),
        comparisons=comparisons,
        differences_left_out=_differences_left_out(findings),
        agreement=read_sheet(findings.agreement) if findings.agreement else None,
        chosen=chosen,
        policy=_policy([_EARLY, script], style),
        early=Markup(_EARLY),  # noqa: S704
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        data=Markup(_embedded(_data(table, lines, columns, chosen, shown))),  # noqa: S704
    )
    return _clean(page)


def _asset(name: str) -> str:
    return (files("ccgmine.report") / "page_files" / name).read_text(encoding="utf-8")


def _first_shown(groupings: Sequence[view.Grouping]) -> str:
    """The first grouping with groups that fit a screen: the question most reports are about."""
    for grouping in groupings:
        if grouping.key != "overall" and len(grouping.columns) <= 12:
            return grouping.key
    return groupings[0].key if groupings else ""


def _differences_left_out(findings: Findings) -> int:
    n = len(findings.differences.rows) if findings.differences else 0
    return max(0, n - view.MOST_DIFFERENCES)


def _policy(scripts: Sequence[str], style: str) -> str:
    """A content security policy: this script and style, no other, and no connection at all."""

    def source(text: str) -> str:
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"

    return (
        f"default-src 'none'; script-src {' '.join(map(source, scripts))}; "
        f"style-src {source(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    )


def _embedded(data: object) -> str:
    """JSON that cannot end the element it stands in, whatever the texts hold."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _clean(page: str) -> str:
    """Without lone surrogates and control characters, which no file can or should hold."""
    whole = page.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("\ufffd", whole)


def _data(
    table: PrevalenceTable,
    lines: Sequence[view.Line],
    columns: Sequence[view.Column],
    chosen: Chosen,
    shown: frozenset[Group],
) -> dict[str, object]:
    """What the details of the cells are made of."""
    line_number = {line.key: line.number for line in lines}
    column_number = {column.group: column.number for column in columns}
    cells = {}
    for row in table.rows:
        if row.group in shown:
            at = line_number[row.line], column_number[row.group]
            cells[f"{at[0]}-{at[1]}"] = _cell_data(row, at, chosen)
    return {
        "fields": CELL_FIELDS,
        "unit": table.unit,
        "lines": [
            {
                "theme": line.theme.theme_id,
                "scope": line.scope,
                "title": line.title,
                "path": line.path,
                "definition": line.theme.definition,
            }
            for line in lines
        ],
        "groups": [
            {
                "key": column.key,
                "title": column.title,
                "grouping": column.group.name,
                "unknown": column.number in chosen.unknown,
            }
            for column in columns
        ],
        "most": chosen.most,
        "withheld": chosen.withheld,
        "overallOnly": chosen.overall_only,
        "cells": cells,
        "quotes": [
            {
                "text": shortened(quote.text),
                "who": quote.attribution,
                "how": _how(quote.by_hand, quote.source, quote.probability),
                "hand": quote.by_hand,
                "where": quote.segment,
                "theme": quote.label,
            }
            for quote in chosen.quotes
        ],
    }


def _how(by_hand: bool, source: str, chance: float | None) -> str:  # noqa: FBT001
    if by_hand:
        return f"coded by hand: {source}" if source else "coded by hand"
    model = f"coded by machine: {source}" if source else "coded by machine"
    return model if chance is None else f"{model}, probability {chance:.2f}"


def _cell_data(row: PrevalenceRow, at: tuple[int, int], chosen: Chosen) -> list[object]:
    """The values of a cell in the order of ``CELL_FIELDS``."""
    e = row.estimate if isinstance(row.estimate, Estimate) else None
    # Published quotes may stand in a hidden cell; its own list would say how many they are.
    of_cell = None if "estimate" in row.hidden else chosen.cells.get(at)
    others = None
    if row.participants is not None and row.hand_coded is not None:
        others = row.participants - row.hand_coded

    def count(name: str) -> str:
        return view.figure(getattr(row, name), hidden=name in row.hidden)

    units = None
    if row.units is not None:
        values = (row.units.total, row.units.hand_coded, row.units.hand_with_theme)
        units = [view.figure(value, hidden=bool(row.hidden)) for value in values]
    return [
        None if e is None else share(e.point),
        "" if e is None else percent(e.point),
        "" if e is None else view.interval_of(e),
        "" if e is None else f"{100 * e.level:g} %",
        *(count(name) for name in CELL_FIELDS[4:10]),
        view.figure(others, hidden=bool(row.hidden)),
        "" if e is None else e.method,
        row.band,
        row.commonest,
        [(name, chance(p), share(p)) for name, p in row.words],
        units,
        "" if isinstance(row.estimate, Estimate) else row.estimate.reason,
        row.verdict,
        bool(row.hidden),
        [] if of_cell is None else of_cell.quotes,
        0 if of_cell is None else of_cell.total,
        0 if of_cell is None else of_cell.people,
    ]
