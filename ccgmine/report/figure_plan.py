"""What each sheet of a figure shows and how much room it takes: nothing is drawn here."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from ccgmine.bands import Bands, Cut
from ccgmine.domain import Estimate, Group, PrevalenceTable
from ccgmine.report.grid import (
    COMMONEST,
    HIDDEN,
    OVERALL,
    Line,
    View,
    has_interval,
    total_shown,
    views,
)
from ccgmine.report.sheet import printable

# Okabe & Ito's palette without its yellow, which is too light on white; a shape for each colour.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
_SHAPES = ("o", "s", "^", "D", "v", "P", "X")

# Millimetres; 180 is the full width of a journal's page.
WIDTH, LABELS, EDGE = 180.0, 54.0, 3.0
_TALLEST = 215.0
TEXTS = (14.0, 27.0, 27.0)
_ABOVE, AXIS, NOTE_LINE = 5.0, 10.0, 3.0
_TOGETHER = 4
"""Groups that share a panel; more have a panel each."""
_PER_ROW = 4
_LABEL_CHARS, _BOLD_CHARS = 38, 33
_NOTE_CHARS = 148
SMALL, USUAL = 6.0, 7.0


@dataclass(frozen=True, slots=True)
class FigureSheet:
    """A row of panels with the same themes down: what a page of a PDF shows.

    Attributes:
        view: Where the cells are.
        panels: The groups of each panel.
        lines: The themes, from above.
        bands: Cut-points to draw, all of them shares.
        limit: Share at which the axis ends.
        unit: What is counted.
    """

    view: View
    panels: tuple[tuple[Group, ...], ...]
    lines: tuple[Line, ...]
    bands: Bands
    limit: float
    unit: str

    @property
    def texts(self) -> bool:
        """Whether the figures stand in columns beside the panel."""
        return self.view.name == OVERALL

    @property
    def rows(self) -> list[float]:
        """Height of every line in millimetres."""
        usual = max(4.4, 2.5 * len(self.panels[0]) + 1.4)
        return [max(usual, 2.8 * len(label(line)) + 1.0) for line in self.lines]

    @property
    def middles(self) -> list[float]:
        """Middle of every line in millimetres below the first one's upper edge."""
        return [end - row / 2 for end, row in zip(accumulate(self.rows), self.rows, strict=True)]

    @property
    def above(self) -> float:
        """Room over the panels: titles or the legend, and the names of the bands."""
        return _ABOVE + (4.5 if self.view.name != OVERALL else 1.0)

    @property
    def note(self) -> list[str]:
        """What the signs mean, in lines."""
        return _wrapped(_note(self), _NOTE_CHARS)

    @property
    def height(self) -> float:
        """Height in millimetres."""
        return self.above + sum(self.rows) + AXIS + NOTE_LINE * len(self.note) + EDGE

    def style(self, group: Group) -> tuple[str, str]:
        """Colour and shape of a group, the same on every sheet."""
        i = self.view.groups.index(group)
        return _COLOURS[i % len(_COLOURS)], _SHAPES[i % len(_SHAPES)]


def label(line: Line) -> list[str]:
    """The line's name in one or two lines; what says that it is a family is never cut off."""
    width = _BOLD_CHARS if line.heads else _LABEL_CHARS
    name, tail = drawable(line.theme.name), line.name.removeprefix(line.theme.name)
    wrapped = _wrapped(name + tail, width)
    if len(wrapped) == 2 and tail and len(name) <= width:
        wrapped = [name, tail.strip()]
    if len(wrapped) > 2:
        room = 2 * width - len(tail) - 8
        wrapped = _wrapped(f"{name[:room].rstrip()} …{tail}", width)
    return wrapped or ["–"]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


def drawable(text: str) -> str:
    """Text without emoji, which no font for print has."""
    return "".join(c for c in printable(text) if ord(c) < 0x1F000 and c not in "\u200d\ufe0f")


def sheets_of(view: View, table: PrevalenceTable, bands: Bands) -> Iterator[FigureSheet]:
    """The sheets of a view: groups in panels where there are many, themes in runs that fit."""
    if len(view.groups) <= _TOGETHER:
        rows: list[tuple[tuple[Group, ...], ...]] = [(view.groups,)]
    else:
        alone = [(group,) for group in view.groups]
        n = math.ceil(len(alone) / _PER_ROW)
        size = math.ceil(len(alone) / n)
        rows = [tuple(alone[i : i + size]) for i in range(0, len(alone), size)]
    lines, unit = _ordered(view, table), table.unit
    limit = _limit(view)
    if any(band.cut not in (Cut.SHARE, Cut.OVER) for band in bands):
        bands = ()
    bands = [band for band in bands if band.value < limit]
    for panels in rows:
        whole = FigureSheet(view, panels, lines, bands, limit, unit)
        n = math.ceil(sum(whole.rows) / _TALLEST) or 1
        size = math.ceil(len(lines) / n)
        for i in range(0, max(1, len(lines)), max(1, size)):
            yield FigureSheet(view, panels, lines[i : i + size], bands, limit, unit)


def _ordered(view: View, table: PrevalenceTable) -> tuple[Line, ...]:
    """The lines by their share of everybody, or of the first group that there is."""
    whole = views(table)[0]

    def amount(line: Line) -> float:
        row = whole.cell(line, whole.groups[0])
        has = row is not None and isinstance(row.estimate, Estimate)
        return row.estimate.point if has else -1.0  # type: ignore[union-attr]

    return tuple(sorted(view.lines, key=lambda line: -amount(line)))


def _limit(view: View) -> float:
    """Where the axis ends: at 100 %, sooner where all intervals are far below."""
    highest = max(
        (
            row.estimate.high if has_interval(row.estimate) else row.estimate.point
            for row in view.cells.values()
            if isinstance(row.estimate, Estimate)
        ),
        default=1.0,
    )
    return 1.0 if highest > 0.8 else max(0.3, math.ceil(highest * 10 + 0.2) / 10)


def _note(sheet: FigureSheet) -> str:
    rows = list(sheet.view.cells.values())
    total = total_shown(rows, sheet.unit)
    estimates = [r.estimate for r in rows if isinstance(r.estimate, Estimate)]
    levels = {f"{100 * e.level:g} %" for e in estimates if has_interval(e)}
    parts = [f"Marks: estimates; lines: {' or '.join(sorted(levels))} intervals."] if levels else []
    if sheet.texts:
        parts.append(f"n/N: with the theme, of those hand coded. All {sheet.unit}: {total}.")
    if any(row.commonest for row in rows):
        parts.append(f"{COMMONEST}: commonest theme of its group.")
    if any(row.hidden for row in rows):
        parts.append(f"{HIDDEN}: hidden by disclosure control.")
    cuts = [f"{band.name} {band.condition()}" for band in sheet.bands if band.value > 0]
    if cuts:
        parts.append(f"Dashed: {', '.join(reversed(cuts))}.")
    return " ".join(parts)
