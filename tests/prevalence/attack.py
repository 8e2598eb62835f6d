"""An outsider with the published sheets and a linear programme. Knows nothing of ``ccgmine``.

Everything is read off the sheets as they are published: CSV text with its rounding, the table for
reading with its whole per cents, differences, and numbers of people quoted.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

FIGURES = ("participants", "no_text", "not_asked", "hand_coded", "hand_with_theme",
           "machine_with_theme", "expected")  # fmt: skip
SECRET = "[c]"
Cell = tuple[str, str, tuple[str, ...]]
"""Theme, scope, and the group as it is written in the attribute columns."""


@dataclass
class Outsider:
    """Collects what is known as ``a x <= b`` over all figures of all cells."""

    attributes: tuple[str, ...]
    number: dict[tuple[Cell, str], int] = field(default_factory=dict)
    low: dict[int, float] = field(default_factory=dict)
    high: dict[int, float] = field(default_factory=dict)
    rows: list[tuple[dict[int, float], float]] = field(default_factory=list)
    narrow: dict[Cell, float] = field(default_factory=dict)
    together: Any = None

    @property
    def one(self) -> int:
        """A figure that is 1."""
        constant = self.at(("", "", ()), "one")
        self.known(constant, 1, 1)
        return constant

    def at(self, cell: Cell, figure: str) -> int:
        return self.number.setdefault((cell, figure), len(self.number))

    def known(self, variable: int, low: float, high: float) -> None:
        self.low[variable] = max(low, self.low.get(variable, 0))
        self.high[variable] = min(high, self.high.get(variable, np.inf))

    def at_most(self, terms: Mapping[int, float], limit: float) -> None:
        self.rows.append((dict(terms), limit))

    def equal(self, terms: Mapping[int, float], value: float = 0, slack: float = 0) -> None:
        self.at_most(terms, value + slack)
        self.at_most({v: -x for v, x in terms.items()}, slack - value)

    def bounds(self, cell: Cell, terms: Mapping[str, float]) -> tuple[float, float]:
        """Least and greatest that a sum of figures of one cell can be."""
        a, b, box = self._everything()
        found = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(box))
            for figure, factor in terms.items():
                cost[self.number[cell, figure]] = sign * factor
            result = linprog(cost, A_ub=a, b_ub=b, bounds=box, method="highs")
            assert result.status in (0, 3), result.message
            found.append(sign * result.fun if result.status == 0 else np.inf)
        return found[0], found[1]

    def apart(self, cell: Cell) -> tuple[dict[int, float], float]:
        """How far median and mean of an estimate can lie apart: half of those not hand coded.

        Where an interval is shown, half of the people are as near to the median as it is wide,
        but for those that it leaves out.
        """
        people = {self.at(cell, "participants"): 1.0, self.at(cell, "hand_coded"): -1.0}
        if cell in self.narrow:
            return {self.one: self.narrow[cell]}, 1.0
        return people, 0.5

    def _everything(self) -> tuple[Any, Any, list[tuple[float, float | None]]]:
        """Matrix, limits and bounds; put together once, when all is known."""
        if self.together is None:
            i = [r for r, (row, _) in enumerate(self.rows) for _ in row]
            j = [v for row, _ in self.rows for v in row]
            x = [c for row, _ in self.rows for c in row.values()]
            n = len(self.number)
            self.together = (
                sparse.csr_matrix((x, (i, j)), shape=(len(self.rows), n)),
                np.array([limit for _, limit in self.rows]),
                [(self.low.get(v, 0.0), self.high.get(v)) for v in range(n)],
            )
        return self.together


def read(
    tidy: str, differences: str = "", wide: Iterable[str] = (), attributes: tuple[str, ...] = ()
) -> Outsider:
    """What the sheets of one export say together."""
    outsider = Outsider(attributes)
    lines = list(csv.DictReader(io.StringIO(tidy)))
    cells: dict[Cell, dict[str, str]] = {}
    for line in lines:
        group = tuple(line[a] for a in attributes)
        cells[line["theme"], line["scope"], group] = line
    machine = any(line["machine_with_theme"] for line in lines)
    for cell, line in cells.items():
        _cell(outsider, cell, line, machine=machine)
    for theme, scope in dict.fromkeys(cell[:2] for cell in cells):
        _sums(outsider, theme, scope, [c[2] for c in cells if c[:2] == (theme, scope)])
    _same_in_every_line(outsider, cells)
    _families(outsider, cells)
    _differences(outsider, differences, cells)
    for page in wide:
        _per_cents(outsider, page, cells)
    return outsider


def _cell(outsider: Outsider, cell: Cell, line: dict[str, str], *, machine: bool) -> None:
    at = {figure: outsider.at(cell, figure) for figure in FIGURES}
    for figure in FIGURES[:-1]:
        if line[figure] not in (SECRET, ""):
            outsider.known(at[figure], float(line[figure]), float(line[figure]))
    one = 1.0
    within = [("hand_coded", "participants"), ("hand_with_theme", "hand_coded"),
              ("expected", "participants"), ("hand_with_theme", "expected")]  # fmt: skip
    for inner, outer in within:
        outsider.at_most({at[inner]: one, at[outer]: -one}, 0)
    if machine:
        outsider.at_most(
            {at["machine_with_theme"]: one, at["hand_coded"]: one, at["participants"]: -one}, 0
        )
    # Those without the theme among the hand coded are sure not to have it.
    outsider.at_most(
        {at["expected"]: one, at["participants"]: -one, at["hand_coded"]: one,
         at["hand_with_theme"]: -one}, 0,
    )  # fmt: skip
    if line["estimate"] not in (SECRET, "") and line["participants"] != SECRET:
        n = float(line["participants"])
        point, low, high = (float(line[c]) for c in ("estimate", "low", "high"))
        off = n * 0.5001e-4
        outsider.known(at["expected"], n * point - off, n * point + off)
        outsider.known(at["hand_with_theme"], 0, n * high + off)
        unread = n - float(line["hand_coded"])
        # Half of the draws are at the median or beyond, 95 % of all within the interval.
        most = 0.45 * n * max(high - point, point - low) + 0.05 * unread + off
        outsider.narrow[cell] = min(most, unread / 2)
        assert low <= point + 1e-4


def _sums(outsider: Outsider, theme: str, scope: str, groups: list[tuple[str, ...]]) -> None:
    """A group is the sum of those that tell it apart by the attributes it leaves empty."""
    kinds = defaultdict(list)
    for group in groups:
        kinds[tuple(bool(value) for value in group)].append(group)
    for coarse in kinds:
        for fine in kinds:
            if coarse == fine or any(c and not f for c, f in zip(coarse, fine, strict=True)):
                continue
            for group in kinds[coarse]:
                parts = [
                    p for p in kinds[fine]
                    if all(g in ("", v) for g, v in zip(group, p, strict=True))
                ]  # fmt: skip
                for figure in FIGURES:
                    terms = {outsider.at((theme, scope, p), figure): -1.0 for p in parts}
                    terms[outsider.at((theme, scope, group), figure)] = 1.0
                    if figure == "expected":
                        apart = [outsider.apart((theme, scope, g)) for g in (*parts, group)]
                        for sign in (1.0, -1.0):
                            row = {v: sign * x for v, x in terms.items()}
                            # Means add up; each median is so far from its mean at most.
                            for variables, share in apart:
                                for v, x in variables.items():
                                    row[v] = row.get(v, 0) - share * x
                            outsider.at_most(row, 1e-3)
                    else:
                        outsider.equal(terms)


def _same_in_every_line(outsider: Outsider, cells: dict[Cell, dict[str, str]]) -> None:
    """People with text, and hand coded, are the same people whatever the theme."""
    first: dict[tuple[str, ...], Cell] = {}
    for cell in cells:
        reference = first.setdefault(cell[2], cell)
        if reference == cell:
            continue
        for figures in (("participants", "not_asked"), ("no_text",)):
            terms = {outsider.at(cell, f): 1.0 for f in figures}
            terms |= {outsider.at(reference, f): -1.0 for f in figures}
            outsider.equal(terms)
        shown = {cells[c]["not_asked"] for c in (reference, cell)}
        if shown == {"0"}:
            terms = {outsider.at(c, "hand_coded"): s for c, s in ((cell, 1.0), (reference, -1.0))}
            outsider.equal(terms)


def _families(outsider: Outsider, cells: dict[Cell, dict[str, str]]) -> None:
    parents = {theme: line["parent"] for (theme, _, _), line in cells.items()}
    for (theme, scope, group), _ in cells.items():
        if scope != "with_children":
            continue
        parts = [(theme, "direct", group)]
        for child in (c for c, p in parents.items() if p == theme):
            family = (child, "with_children", group)
            parts.append(family if family in cells else (child, "direct", group))
        parts = [part for part in parts if part in cells]
        for figure in ("hand_with_theme", "machine_with_theme"):
            top = outsider.at((theme, scope, group), figure)
            for part in parts:
                outsider.at_most({outsider.at(part, figure): 1.0, top: -1.0}, 0)
            outsider.at_most({top: 1.0, **{outsider.at(p, figure): -1.0 for p in parts}}, 0)


def _differences(outsider: Outsider, text: str, cells: dict[Cell, dict[str, str]]) -> None:
    """Share of one group minus another's, where both sizes are known."""
    named = _groups(cells)
    for line in csv.DictReader(io.StringIO(text)):
        if line["difference"] in (SECRET, ""):
            continue
        terms = {}
        for which, sign in (("first", 1.0), ("second", -1.0)):
            cell = (line["theme"], line["scope"], named[line[which]])
            n = cells[cell]["participants"]
            assert n != SECRET
            terms[outsider.at(cell, "expected")] = sign / float(n)
        outsider.equal(terms, float(line["difference"]), 0.51e-4)


def _per_cents(outsider: Outsider, page: str, cells: dict[Cell, dict[str, str]]) -> None:
    """Whole per cents of the table for reading; its columns are named by values."""
    labels = {line["label"]: theme for (theme, _, _), line in cells.items()}
    for line in csv.DictReader(io.StringIO(page)):
        label = line["theme"].removesuffix(" (with children)")
        scope = "direct" if label == line["theme"] else "with_children"
        for column, group in _groups(cells).items():
            found = re.match(r"(\d+) %.*\(of (\d+)\)", line[column])
            if found:
                share, n = float(found[1]) / 100, float(found[2])
                at = outsider.at((labels[label], scope, group), "expected")
                outsider.known(at, n * (share - 0.0051), n * (share + 0.0051))


def _groups(cells: Iterable[Cell]) -> dict[str, tuple[str, ...]]:
    return {", ".join(v for v in cell[2] if v) or "overall": cell[2] for cell in cells}
