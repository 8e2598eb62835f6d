"""Figures for papers: shares with their intervals, themes down, groups by colour and shape."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ccgmine.bands import Bands
from ccgmine.domain import Estimate, Group, PrevalenceRow
from ccgmine.errors import MachineError, UsageError
from ccgmine.report.figure_plan import (
    AXIS,
    EDGE,
    LABELS,
    NOTE_LINE,
    SMALL,
    TEXTS,
    USUAL,
    WIDTH,
    FigureSheet,
    drawable,
    label,
    sheets_of,
)
from ccgmine.report.findings import Findings
from ccgmine.report.grid import (
    COMMONEST,
    HIDDEN,
    OVERALL,
    View,
    fraction,
    has_interval,
    reason,
    share_and_interval,
    total_shown,
    views,
)
from ccgmine.report.prevalence import group_title
from ccgmine.report.sheet import printable

FIGURE_FORMATS = ("png", "svg", "pdf")

_GAP = 6.0
_POINTS, _LINE = 4.2, 1.1


def render_figure(findings: Findings, form: str, *, view: str = "", bands: Bands = ()) -> bytes:
    """Shares with intervals as a figure; the same findings give the same bytes.

    Args:
        findings: The results.
        form: ``png``, ``svg`` or ``pdf``.
        view: ``overall``, an attribute or ``a x b``. Left empty, a PDF has every view, on pages
            of their own, an image the first grouping.
        bands: Cut-points to draw; those that are no shares cannot be drawn.

    Raises:
        UsageError: If the view or form is not known.
        MachineError: If matplotlib is not installed.
    """
    if form not in FIGURE_FORMATS:
        raise UsageError(
            f"a figure cannot be written as '{form}'",
            remedy=f"Use one of {', '.join(FIGURE_FORMATS)}.",
        )
    chosen = _chosen(views(findings.table), view, every=form == "pdf")
    _check_installed()
    sheets = [sheet for one in chosen for sheet in sheets_of(one, findings.table, bands)]
    with _settings():
        if form == "pdf":
            return _pdf(sheets, findings.title)
        return _image(sheets, form, findings.title)


def _check_installed() -> None:
    try:
        import matplotlib
    except ImportError as error:
        raise MachineError(
            "figures need the optional extra, which is not installed",
            remedy="Install it with `python -m pip install 'ccgmine[figures]'`.",
        ) from error
    del matplotlib


def _chosen(found: Sequence[View], name: str, *, every: bool) -> list[View]:
    if name:
        chosen = [view for view in found if view.name == name]
        if not chosen:
            raise UsageError(
                f"the table has no figures for '{name}'",
                remedy=f"There are: {', '.join(view.name for view in found)}.",
            )
        return chosen
    if not found:
        raise UsageError("the table is empty: there is nothing to draw")
    if every:
        return list(found)
    grouped = [view for view in found if view.name != OVERALL]
    return (grouped or list(found))[:1]


@contextmanager
def _settings() -> Iterator[None]:
    """Matplotlib's own defaults, whatever the user's are, and nothing that changes by run."""
    import matplotlib
    import matplotlib.style

    ours = {
        "font.family": "DejaVu Sans",
        "font.size": USUAL,
        "svg.hashsalt": "ccgmine",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "text.parse_math": False,
        "axes.linewidth": 0.6,
    }
    with (
        matplotlib.style.context("default"),
        matplotlib.rc_context(ours),
        warnings.catch_warnings(),
    ):
        # Not every font has every sign of a label; a box stands in its place.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def _pdf(sheets: Sequence[FigureSheet], title: str) -> bytes:
    from matplotlib.backends.backend_pdf import PdfPages

    buffer = io.BytesIO()
    about = {"Title": printable(title), "Creator": "ccgmine", "CreationDate": None}
    with PdfPages(buffer, metadata=about) as pages:
        for sheet in sheets:
            pages.savefig(_figure([sheet]))
    return buffer.getvalue()


def _image(sheets: Sequence[FigureSheet], form: str, title: str) -> bytes:
    buffer = io.BytesIO()
    about: dict[str, str | None] = {"Title": printable(title)}
    if form == "svg":
        about |= {"Creator": "ccgmine", "Date": None}
    else:
        about |= {"Software": "ccgmine"}
    _figure(sheets).savefig(buffer, format=form, dpi=300, metadata=about)
    return buffer.getvalue()


def _figure(sheets: Sequence[FigureSheet]) -> Any:  # noqa: ANN401
    """The sheets one below the other."""
    from matplotlib.figure import Figure

    height = sum(sheet.height for sheet in sheets)
    figure = Figure(figsize=(WIDTH / 25.4, height / 25.4), facecolor="white")
    top = height
    for sheet in sheets:
        _draw(_Canvas(figure, height, top), sheet)
        top -= sheet.height
    return figure


@dataclass(frozen=True, slots=True)
class _Canvas:
    """A figure measured in millimetres, downwards from ``top``."""

    figure: Any
    height: float
    top: float

    def axes(self, left: float, down: float, width: float, height: float) -> Any:  # noqa: ANN401
        """Axes at a place."""
        bottom = self.top - down - height
        place = (left / WIDTH, bottom / self.height, width / WIDTH, height / self.height)
        return self.figure.add_axes(place)

    def text(self, left: float, down: float, text: str, **looks: Any) -> None:  # noqa: ANN401
        """A text at a place."""
        self.figure.text(left / WIDTH, (self.top - down) / self.height, text, **looks)


def _draw(canvas: _Canvas, sheet: FigureSheet) -> None:
    right = sum(TEXTS) if sheet.texts else 0.0
    n = len(sheet.panels)
    gap = _GAP
    width = (WIDTH - LABELS - right - 2 * EDGE - gap * (n - 1)) / n
    height = sum(sheet.rows)
    for i, groups in enumerate(sheet.panels):
        left = EDGE + LABELS + i * (width + gap)
        axes = canvas.axes(left, sheet.above, width, height)
        _frame(axes, sheet, width, labelled=i == 0)
        for place, group in enumerate(groups):
            _series(axes, sheet, group, place, len(groups))
        if len(groups) == 1 and not sheet.texts:
            name = _with_total(sheet, groups[0])
            canvas.text(left + width / 2, 4.4, name, ha="center", va="baseline", size=USUAL)
    axis = f"share of {sheet.unit} (%)"
    middle = EDGE + LABELS + (WIDTH - LABELS - right - 2 * EDGE) / 2
    canvas.text(middle, sheet.above + height + 7.6, axis, ha="center", va="baseline", size=USUAL)
    if len(sheet.panels[0]) > 1:
        _legend(canvas, sheet)
    if sheet.texts:
        _columns(canvas, sheet)
    for i, text in enumerate(sheet.note):
        down = sheet.above + height + AXIS + NOTE_LINE * (i + 0.7)
        canvas.text(EDGE, down, text, va="baseline", size=SMALL, color="#404040")


def _with_total(sheet: FigureSheet, group: Group) -> str:
    total = total_shown(sheet.view.of_group(group), sheet.unit)
    title = drawable(group_title(group))
    return f"{title} (N = {total})" if total else title


def _frame(axes: Any, sheet: FigureSheet, width: float, *, labelled: bool) -> None:  # noqa: ANN401
    """Axis, bands and the names of the themes."""
    axes.set_xlim(0, 100 * sheet.limit)
    axes.set_ylim(sum(sheet.rows), 0)
    for middle, row in list(zip(sheet.middles, sheet.rows, strict=True))[::2]:
        axes.axhspan(middle - row / 2, middle + row / 2, color="#F4F4F4", zorder=0, linewidth=0)
    step = 25 if sheet.limit == 1 and width < 60 else 20 if sheet.limit == 1 else 10
    axes.set_xticks(range(0, round(100 * sheet.limit) + 1, step))
    axes.tick_params(axis="x", labelsize=SMALL, length=2, width=0.6, pad=1.5)
    axes.tick_params(axis="y", length=0, pad=2)
    labels = ["\n".join(label(line)) if labelled else "" for line in sheet.lines]
    axes.set_yticks(sheet.middles, labels)
    if labelled:
        for text, line in zip(axes.get_yticklabels(), sheet.lines, strict=True):
            text.set(size=USUAL, linespacing=0.95, weight="bold" if line.heads else "normal")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    _bands(axes, sheet, width)


def _bands(axes: Any, sheet: FigureSheet, width: float) -> None:  # noqa: ANN401
    """Cut-points as light lines, the word between its two where it fits."""
    end = sheet.limit
    for band in sheet.bands:
        if band.value > 0:
            axes.axvline(
                100 * band.value, color="#8C8C8C", linewidth=0.6, linestyle=(0, (4, 3)), zorder=1
            )
        room = (end - band.value) / sheet.limit * width
        if 1.15 * len(band.name) + 1.0 <= room:
            axes.text(
                50 * (band.value + end), 1.0, printable(band.name), size=SMALL, color="#595959",
                ha="center", va="bottom", transform=axes.get_xaxis_transform(),
            )  # fmt: skip
        end = band.value


def _series(axes: Any, sheet: FigureSheet, group: Group, place: int, n: int) -> None:  # noqa: ANN401
    """The estimates of a group, or why there is none."""
    colour, shape = sheet.style(group)
    for middle, line in zip(sheet.middles, sheet.lines, strict=True):
        row = sheet.view.cell(line, group)
        if row is None:
            continue
        y = middle + (place - (n - 1) / 2) * 2.5
        if not isinstance(row.estimate, Estimate):
            text = HIDDEN if reason(row) == HIDDEN else "not estimated"
            axes.text(
                1,
                y,
                text,
                size=SMALL - 0.5,
                color="#595959",
                va="center",
                style="italic",
                zorder=3,
            )
            continue
        e = row.estimate
        low, high = (100 * e.low, 100 * e.high) if has_interval(e) else (100 * e.point,) * 2
        axes.plot(
            [low, high], [y, y], color=colour, linewidth=_LINE, solid_capstyle="butt", zorder=3
        )
        axes.plot(
            [100 * e.point], [y], marker=shape, markersize=_POINTS, color=colour, zorder=4,
            markeredgecolor="white", markeredgewidth=0.4, clip_on=False,
        )  # fmt: skip
        if row.commonest:
            _star(axes, high, y, colour)


def _star(axes: Any, x: float, y: float, colour: str) -> None:  # noqa: ANN401
    axes.annotate(
        COMMONEST, (x, y), xytext=(2, 0), textcoords="offset points", size=SMALL, color=colour,
        va="center_baseline", annotation_clip=False, zorder=5,
    )  # fmt: skip


def _legend(canvas: _Canvas, sheet: FigureSheet) -> None:
    """Groups with their N, over the panel."""
    from matplotlib.lines import Line2D

    groups = sheet.panels[0]
    handles = []
    for group in groups:
        colour, shape = sheet.style(group)
        handle = Line2D([], [], marker=shape, color=colour, markersize=_POINTS, linewidth=_LINE)
        handle.set_label(_with_total(sheet, group))
        handles.append(handle)
    middle = (EDGE + LABELS + (WIDTH - LABELS - 2 * EDGE) / 2) / WIDTH
    canvas.figure.legend(
        handles=handles, loc="upper center", ncols=len(groups), frameon=False, fontsize=USUAL,
        bbox_to_anchor=(middle, (canvas.top - 1.0) / canvas.height), borderpad=0.2,
        columnspacing=1.6, handletextpad=0.5, handlelength=1.8, borderaxespad=0,
    )  # fmt: skip


def _columns(canvas: _Canvas, sheet: FigureSheet) -> None:
    """Figures and words beside the panel, as in a forest plot."""
    (group,) = sheet.view.groups
    left = WIDTH - EDGE - sum(TEXTS) + 3.0
    places = (left, left + TEXTS[0], left + TEXTS[0] + TEXTS[1])
    for x, head in zip(places, ("n/N", "share [interval]", "word"), strict=True):
        canvas.text(x, sheet.above - 0.8, head, va="baseline", size=SMALL, color="#404040")
    for middle, line in zip(sheet.middles, sheet.lines, strict=True):
        row = sheet.view.cell(line, group)
        if row is None:
            continue
        for x, text in zip(places, _texts(row, sheet.unit), strict=True):
            canvas.text(x, sheet.above + middle, text, va="center", size=SMALL, linespacing=0.95)


def _texts(row: PrevalenceRow, unit: str) -> tuple[str, str, str]:
    if not isinstance(row.estimate, Estimate):
        return fraction(row, unit), "", ""
    word = "\n".join(textwrap.wrap(printable(row.band), 22, max_lines=2, placeholder=" …"))
    return fraction(row, unit), share_and_interval(row.estimate), word
