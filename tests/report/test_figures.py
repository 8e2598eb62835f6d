"""Figures for papers: what is drawn where, in colours and shapes that everybody can tell apart."""

from __future__ import annotations

import io
import re
import struct
import sys
import time
import zlib
from dataclasses import replace
from typing import Any

import matplotlib.colors
import matplotlib.figure
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from ccgmine.bands import DEFAULT, PRESETS
from ccgmine.domain import Estimate, Group, PrevalenceRow, PrevalenceTable, Theme
from ccgmine.errors import CcgmineError, UsageError
from ccgmine.report.figures import FIGURE_FORMATS, render_figure
from ccgmine.report.findings import Findings
from tests.report.small_findings import METHOD, OVERALL, findings, without_extras


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The matplotlib figures that are drawn in a test."""
    made: list[Any] = []
    before = matplotlib.figure.Figure.__init__

    def noted(self: Any, *args: Any, **kwargs: Any) -> None:
        before(self, *args, **kwargs)
        made.append(self)

    monkeypatch.setattr(matplotlib.figure.Figure, "__init__", noted)
    return made


def labels(axes: Any) -> list[str]:
    return [" ".join(t.get_text().split()) for t in axes.get_yticklabels()]


def texts(figure: Any) -> list[str]:
    found = [t.get_text() for t in figure.texts]
    found += [t.get_text() for axes in figure.axes for t in axes.texts]
    found += [t.get_text() for legend in figure.legends for t in legend.get_texts()]
    return found


def marks(axes: Any) -> list[tuple[float, float, str, str]]:
    """Estimates as (share in %, place from the top in mm, shape, colour)."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), line.get_marker(),
         matplotlib.colors.to_hex(line.get_color()))
        for line in axes.lines
        if line.get_marker() not in ("None", None, "")
    ]  # fmt: skip


def bars(axes: Any) -> set[tuple[float, float]]:
    """Intervals in whole per cent; not the cut-points, which run from edge to edge."""
    return {
        (round(float(line.get_xdata()[0])), round(float(line.get_xdata()[1])))
        for line in axes.lines
        if len(line.get_xdata()) == 2 and line.get_linestyle() == "-"
    }


def grown(themes: int, groups: int) -> Findings:
    """Many themes in many groups of one attribute."""
    rows = []
    for i in range(themes):
        theme = Theme(f"t{i}", f"Theme number {i} with a name of some length to wrap")
        for j in range(groups + 1):
            group = Group((("site", f"Site {j}"),)) if j else OVERALL
            point = (i + 1) / (themes + 1)
            rows.append(
                PrevalenceRow(
                    theme=theme, scope="direct", group=group, participants=20, no_text=0,
                    hand_coded=10, hand_with_theme=3, machine_with_theme=2,
                    estimate=Estimate(point, point / 2, (1 + point) / 2, METHOD), band="major",
                )
            )  # fmt: skip
    table = PrevalenceTable(tuple(rows), ("site",), ())
    return replace(without_extras(), table=table)


def test_themes_go_down_by_how_many_raised_them(drawn: list[Any]) -> None:
    render_figure(findings(), "png", view="overall")
    (figure,) = drawn
    (axes,) = figure.axes
    assert labels(axes) == [
        "Administrative burden (with sub-themes)", "Too many meetings", "Paperwork and reporting",
        "Funding (with sub-themes)", "Funding (itself)", "Cuts to services",
        "=Price? Contracts & quality", '@home and "virtual" wards, <new> & old',
        "Patients’ voice", "Travel",
    ]  # fmt: skip
    shares = [share for share, *_ in sorted(marks(axes), key=lambda mark: mark[1])]
    assert shares == sorted(shares, reverse=True)
    assert shares[1] == pytest.approx(100 * 21.65 / 39)
    assert (46, 67) in bars(axes)


def test_the_overall_figure_has_its_numbers_beside_it(drawn: list[Any]) -> None:
    render_figure(findings(), "png", view="overall")
    found = texts(drawn[0])
    assert {"14/24", "56 % [46–67 %]", "major to predominant", "not estimated"} <= set(found)


def test_groups_differ_in_colour_and_in_shape_and_the_legend_has_their_sizes(
    drawn: list[Any],
) -> None:
    render_figure(findings(), "png", view="respondent_type")
    (figure,) = drawn
    looks = {(shape, colour) for _, _, shape, colour in marks(figure.axes[0])}
    assert len(looks) == len({s for s, _ in looks}) == len({c for _, c in looks}) == 3
    # Okabe & Ito 2008: colours that people with any kind of colour vision tell apart.
    palette = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9"}
    assert {colour for _, colour in looks} <= palette
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend == ["GP (N = 22)", "Manager (N = 11)", "Nurse (N = 6)"]


def test_a_hidden_cell_and_one_without_estimate_are_marked_as_such(drawn: list[Any]) -> None:
    render_figure(findings(), "png", view="respondent_type")
    (figure,) = drawn
    (axes,) = figure.axes
    found = [t.get_text() for t in axes.texts]
    # Travel for all three types, contracts for the nurses; care at home for the GPs.
    assert found.count("not estimated") == 4
    assert found.count("[c]") == 1
    assert len(marks(axes)) == 3 * 10 - 5
    assert any("[c]: hidden" in text for text in texts(figure))


def test_the_commonest_theme_of_each_group_has_a_star(drawn: list[Any]) -> None:
    render_figure(findings(), "png", view="respondent_type")
    assert [t.get_text() for t in drawn[0].axes[0].texts].count("★") == 3


def test_bands_are_light_lines_with_their_names(drawn: list[Any]) -> None:
    render_figure(findings(), "png", view="site", bands=DEFAULT)
    (axes,) = drawn[0].axes
    cuts = {float(line.get_xdata()[0]) for line in axes.lines if line.get_linestyle() != "-"}
    assert cuts - {m[0] for m in marks(axes)} == {25.0, 50.0}
    assert {"minor", "major", "predominant"} <= {t.get_text() for t in axes.texts}
    assert "major from 25 %, predominant from 50 %" in " ".join(texts(drawn[0]))


def test_bands_that_are_no_shares_are_not_drawn(drawn: list[Any]) -> None:
    render_figure(findings(), "png", view="site", bands=PRESETS["commonest"])
    assert not {"minor", "predominant"} & set(texts(drawn[0]))


def test_many_groups_have_a_panel_each_with_their_name_and_size(drawn: list[Any]) -> None:
    render_figure(grown(5, 7), "png", view="site")
    (figure,) = drawn
    assert len(figure.axes) == 7
    assert {f"Site {i} (N = 20)" for i in range(1, 8)} <= set(texts(figure))
    named = [axes for axes in figure.axes if any(labels(axes))]
    assert len(named) == 2  # the first of each row of panels


def test_many_themes_go_on_more_pages_none_taller_than_a_page(drawn: list[Any]) -> None:
    content = render_figure(grown(40, 3), "pdf", view="site")
    assert len(re.findall(rb"/Type /Page\b", content)) == len(drawn) >= 2
    assert sum(len(labels(figure.axes[0])) for figure in drawn) == 40
    for figure in drawn:
        width, height = figure.get_size_inches() * 25.4
        assert width == pytest.approx(180)
        assert height <= 257  # A4 less its margins


def test_everything_lies_inside_the_figure(drawn: list[Any]) -> None:
    for given in (findings(), grown(12, 7)):
        render_figure(given, "pdf", bands=DEFAULT)
    for figure in drawn:
        box = figure.bbox
        renderer = FigureCanvasAgg(figure).get_renderer()
        parts = [*figure.texts, *figure.legends]
        for axes in figure.axes:
            parts += [*axes.get_yticklabels(), *axes.get_xticklabels(), *axes.texts]
        for part in parts:
            inside = part.get_window_extent(renderer)
            assert inside.x0 >= box.x0 - 1, part
            assert inside.x1 <= box.x1 + 1, part
            assert inside.y0 >= box.y0 - 1, part
            assert inside.y1 <= box.y1 + 1, part


def test_a_pdf_has_every_view_and_an_image_the_first_grouping(drawn: list[Any]) -> None:
    render_figure(findings(), "pdf")
    assert len(drawn) == 4 + 1  # six groups of the cross are two rows of panels
    drawn.clear()
    render_figure(findings(), "png")
    assert "Site 10 (N = 15–17)" in texts(drawn[0])
    drawn.clear()
    render_figure(without_extras(), "svg")
    assert "n/N" in texts(drawn[0])


def test_a_machine_count_is_a_mark_without_an_interval(drawn: list[Any]) -> None:
    given = without_extras()
    bare = Estimate(0.5, float("nan"), float("nan"), "machine counts, no estimate")
    rows = tuple(replace(row, estimate=bare, band="", words=()) for row in given.table.rows)
    render_figure(replace(given, table=replace(given.table, rows=rows)), "png")
    (axes,) = drawn[0].axes
    assert {share for share, *_ in marks(axes)} == {50.0}
    assert bars(axes) == {(50, 50)}
    assert "50 %" in texts(drawn[0])


def test_signs_of_mathematics_in_names_are_left_as_they_are(drawn: list[Any]) -> None:
    given = without_extras()
    (row, *_) = given.table.rows
    theme = replace(row.theme, label="Costs: $5 and $6_x^2")
    table = replace(given.table, rows=(replace(row, theme=theme, scope="direct"),))
    render_figure(replace(given, table=table), "svg")
    assert labels(drawn[0].axes[0]) == ["Costs: $5 and $6_x^2"]


@pytest.mark.parametrize("form", FIGURE_FORMATS)
def test_the_same_findings_are_the_same_bytes_a_day_later(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, tomorrow = render_figure(findings(), form), time.time() + 86_400
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    # The user's own settings change nothing.
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 33)
    monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "pink")
    assert render_figure(findings(), form) == first


def test_an_image_is_fit_for_print(drawn: list[Any]) -> None:
    content = render_figure(findings(), "png", view="overall")
    assert content.startswith(b"\x89PNG")
    width = struct.unpack(">I", content[16:20])[0]
    assert width == pytest.approx(180 / 25.4 * 300, abs=1)
    assert min(t.get_size() for axes in drawn[0].axes for t in axes.get_yticklabels()) >= 7


def test_vector_figures_carry_no_date_and_their_type_with_them() -> None:
    svg = render_figure(findings(), "svg", view="overall").decode()
    assert "<dc:date>" not in svg
    assert "<text" not in svg  # type is drawn: it looks the same where the font is missing
    assert "<title>Commissioning &amp; “care closer to home”</title>" in svg or "dc:title" in svg
    pdf = render_figure(findings(), "pdf", view="overall")
    assert b"CreationDate" not in pdf
    streams = [
        zlib.decompress(found) if found[:1] == b"x" else found
        for found in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    ]
    assert b"/Subtype /Type0" in pdf or any(b"/Type0" in s for s in streams)


def test_an_unknown_view_or_form_is_one_clear_line() -> None:
    with pytest.raises(UsageError) as caught:
        render_figure(findings(), "png", view="colour")
    assert "overall, site, respondent_type" in caught.value.line
    with pytest.raises(UsageError) as caught:
        render_figure(findings(), "gif")
    assert "png, svg, pdf" in caught.value.line


def test_without_matplotlib_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(CcgmineError) as caught:
        render_figure(findings(), "png")
    assert "ccgmine[figures]" in caught.value.line
    assert caught.value.exit_code == 5


def test_it_is_drawn_without_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert io.BytesIO(render_figure(without_extras(), "png")).read(4) == b"\x89PNG"
    assert "matplotlib.pyplot" not in sys.modules
