"""``ccgmine train``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from ccgmine.cli.options import Coder, Format, Output, Raw, StudyFolder
from ccgmine.cli.output import ProgressBar, emit, note

if TYPE_CHECKING:
    from ccgmine.classify.card import TrainingSummary
    from ccgmine.report.sheet import Sheet


def train(
    model: Annotated[str, typer.Option(help="Name of the model.")] = "themes",
    seed: Annotated[int, typer.Option(min=0, help="Orders participants for the folds.")] = 0,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds over participants.")] = 8,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    study: StudyFolder = None,
) -> None:
    """Learn the themes from the hand codings, and print how well, held out by participant."""
    from ccgmine.classify.run_training import TrainOptions
    from ccgmine.classify.run_training import train as run
    from ccgmine.cli.output import chosen_format
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    options = TrainOptions(name=model, seed=seed, n_folds=folds, coder=tuple(coder or ()))
    with open_study(find_folder(study), write=True) as opened, ProgressBar() as progress:
        summary = run(opened, options, progress)
        folder = opened.models_folder / model
    sheets = scores_sheets(summary)
    emit(sheets, form=form, output=output, raw=raw, pages=lambda: _for_reading(sheets))
    note(f"model saved: {folder} ({summary.learned} of {len(summary.themes)} themes learned)")


def scores_sheets(summary: TrainingSummary) -> list[Sheet]:
    """Held-out scores per theme, and the confusions."""
    from ccgmine.classify.verdict import RULE
    from ccgmine.cli.scores import score_columns, score_figures
    from ccgmine.report.sheet import Sheet

    columns = ("theme", "label", "state", "verdict", "n", "participants", *score_columns())
    rows = []
    words = summary.words or [()] * len(summary.themes)
    for theme, state, verdict, s, telling in zip(
        summary.themes,
        summary.states,
        summary.verdicts,
        summary.evaluation.themes,
        words,
        strict=True,
    ):
        first = (theme.theme_id, theme.name, str(state), verdict, s.n_present, s.n_participants)
        rows.append((*first, *score_figures(s), ", ".join(telling)))
    evaluation = summary.evaluation
    notes = [
        f"Held out by participant: {summary.n_segments} coded segments of {summary.n_participants} "
        f"participants in {summary.n_folds} folds; reference coder "
        f"{', then '.join(summary.reference)}.",
        f"Micro-F1 {_figure(evaluation.micro_f1.value)}; macro-F1 "
        f"{_figure(evaluation.macro_f1)} over {evaluation.n_macro} themes with 10 passages or "
        "more. Intervals are 95 %.",
        RULE,
        summary.curve_sentence,
        *(comparison.sentence for comparison in summary.coders),
    ]
    confused = tuple(
        (summary.themes[c.missed].name, summary.themes[c.said].name, c.n)
        for c in summary.confusions
    )
    return [
        Sheet(
            "held-out scores",
            (*columns, "telling_words"),
            tuple(rows),
            tuple(text for text in notes if text),
        ),
        Sheet("confusions", ("coded by hand", "machine said", "passages"), confused),
    ]


def _for_reading(sheets: list[Sheet]) -> list[Sheet]:
    """The scores as they fit a terminal."""
    from ccgmine.cli.scores import scores_for_reading
    from ccgmine.report.sheet import Sheet

    scores, confused = sheets
    at = {name: i for i, name in enumerate(scores.columns)}
    words = tuple((row[at["label"]], row[at["telling_words"]]) for row in scores.rows)
    return [
        Sheet("The words that speak most for each theme", ("theme", "words"), words),
        Sheet("What is taken for what", confused.columns, confused.rows),
        scores_for_reading(scores, "How well each theme is found"),
    ]


def _figure(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{value:.3f}"
