"""``ccgmine train``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from ccgmine.cli.options import Coder, Format, Output, Raw, StudyFolder
from ccgmine.cli.output import ProgressBar, emit, note

if TYPE_CHECKING:
    from ccgmine.classify.card import TrainingSummary
    from ccgmine.report.sheet import Cell, Sheet


def train(
    model: Annotated[str, typer.Option(help="Name of the model.")] = "themes",
    seed: Annotated[int, typer.Option(min=0, help="Orders participants for the folds.")] = 0,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds over participants.")] = 5,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    study: StudyFolder = None,
) -> None:
    """Learn the themes from the hand codings, and print how well, held out by participant."""
    from ccgmine.classify.run import TrainOptions
    from ccgmine.classify.run import train as run
    from ccgmine.cli.output import chosen_format
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    options = TrainOptions(name=model, seed=seed, n_folds=folds, coder=tuple(coder or ()))
    with open_study(find_folder(study), write=True) as opened, ProgressBar() as progress:
        summary = run(opened, options, progress)
        folder = opened.models_folder / model
    sheet = scores_sheet(summary)
    emit([sheet], form=form, output=output, raw=raw, pages=lambda: [_for_reading(sheet)])
    note(f"model saved: {folder} ({summary.learned} of {len(summary.themes)} themes learned)")


def scores_sheet(summary: TrainingSummary) -> Sheet:
    """Held-out scores per theme."""
    from ccgmine.report.sheet import Sheet

    columns = (
        "theme", "label", "state", "n", "participants", "precision", "recall", "f1", "f1_low",
        "f1_high", "kappa",
    )  # fmt: skip
    rows = []
    for theme, state, s in zip(
        summary.themes, summary.states, summary.evaluation.themes, strict=True
    ):
        figures = (s.precision.value, s.recall.value, s.f1.value, s.f1.low, s.f1.high)
        rows.append(
            (
                theme.theme_id,
                theme.name,
                str(state),
                s.n_present,
                s.n_participants,
                *(_cell(f) for f in (*figures, s.kappa.value)),
            )
        )
    evaluation = summary.evaluation
    notes = (
        f"Held out by participant: {summary.n_segments} coded segments of {summary.n_participants} "
        f"participants in {summary.n_folds} folds; reference coder "
        f"{', then '.join(summary.reference)}.",
        f"Micro-F1 {_figure(evaluation.micro_f1.value)}; macro-F1 "
        f"{_figure(evaluation.macro_f1)} over {evaluation.n_macro} themes with 10 passages or "
        "more. Intervals are 95 %.",
    )
    return Sheet("held-out scores", columns, tuple(rows), notes)


def _for_reading(sheet: Sheet) -> Sheet:
    """The scores as they fit a terminal."""
    from ccgmine.report.sheet import Sheet

    rows = []
    for row in sheet.rows:
        label, state, n, people, *figures = row[1:]
        precision, recall, f1, low, high, kappa = (_two_digits(f) for f in figures)
        interval = f"{low}–{high}" if low else ""
        rows.append((label, state, n, people, precision, recall, f1, interval, kappa))
    columns = ("theme", "state", "n", "people", "P", "R", "F1", "95 %", "kappa")
    return Sheet("How well each theme is found", columns, tuple(rows), sheet.notes)


def _two_digits(value: Cell) -> str:
    return f"{value:.2f}" if isinstance(value, int | float) else ""


def _cell(value: float) -> Cell:
    from ccgmine.report.numbers import share

    return None if math.isnan(value) else share(value)


def _figure(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{value:.3f}"
