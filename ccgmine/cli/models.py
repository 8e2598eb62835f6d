"""``ccgmine evaluate``, ``models`` and ``explain``: looking at models."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ccgmine.cli.options import Coder, Embeddings, Format, Output, Raw, StudyFolder
from ccgmine.cli.output import emit, note

if TYPE_CHECKING:
    from ccgmine.classify.run_examination import Explanation
    from ccgmine.report.sheet import Sheet

Model = Annotated[
    str | None, typer.Option("--model", help="Model of the study, shipped model, or folder.")
]


def evaluate(
    table: Annotated[
        Path | None,
        typer.Argument(help="Coded table of short texts; none: new codings of the study."),
    ] = None,
    model: Model = None,
    text_column: Annotated[str, typer.Option(help="Table: column with the texts.")] = "",
    id_column: Annotated[str, typer.Option(help="Table: column with each text's ID.")] = "",
    participant_column: Annotated[
        str, typer.Option(help="Table: column with the participant's ID.")
    ] = "",
    themes_column: Annotated[str, typer.Option(help="Table: column with the themes.")] = "themes",
    themes_separator: Annotated[
        str, typer.Option(help="Table: what stands between themes in a cell.")
    ] = ";",
    coder: Coder = None,
    embeddings: Embeddings = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    study: StudyFolder = None,
) -> None:
    """Score a model on newly coded text that it was not trained on."""
    from ccgmine.classify.run_examination import evaluate_study, evaluate_table
    from ccgmine.classify.run_prediction import DEFAULT_MODEL
    from ccgmine.classify.verdict import verdict
    from ccgmine.cli.output import chosen_format
    from ccgmine.cli.scores import score_columns, score_figures
    from ccgmine.ingest.comments import Columns
    from ccgmine.report.sheet import Sheet
    from ccgmine.study import MODELS_FOLDER, find_folder, open_study

    chosen_format(form, output)
    name = model or DEFAULT_MODEL
    if table is None:
        with open_study(find_folder(study)) as opened:
            scores = evaluate_study(opened, name, coder or ())
    else:
        columns = Columns(
            text=text_column,
            row_id=id_column,
            participant=participant_column,
            themes=themes_column,
        )
        folder = find_folder(study) / MODELS_FOLDER
        scores = evaluate_table(folder, name, table, columns, themes_separator, embeddings)
    rows = tuple(
        (
            theme.theme_id,
            theme.name,
            str(state),
            verdict(state, found),
            found.n_present,
            found.n_participants,
            *score_figures(found),
        )
        for theme, state, found in zip(
            scores.themes, scores.states, scores.evaluation.themes, strict=True
        )
    )
    micro = scores.evaluation.micro_f1.value
    whom = f"{scores.n_texts} coded texts of {scores.n_participants} participants"
    notes = (
        f"Model '{scores.model}' on {whom} that it was not trained on."
        if scores.certain
        else f"Model '{scores.model}' on {whom}. Whom it was trained on is not on record here: if "
        "some of them are among these, the scores are too high.",
        f"Micro-F1 {_figure(micro)}; macro-F1 {_figure(scores.evaluation.macro_f1)} over "
        f"{scores.evaluation.n_macro} themes with 10 passages or more; Brier skill "
        f"{_figure(scores.brier_skill)}. Intervals are 95 %.",
    )
    columns_of_scores = ("theme", "label", "state", "verdict", "n", "participants")
    sheet = Sheet("scores on new text", (*columns_of_scores, *score_columns()), rows, notes)
    emit([sheet], form=form, output=output, raw=raw, pages=lambda: [_short_scores(sheet)])


def _short_scores(sheet: Sheet) -> Sheet:
    from ccgmine.cli.scores import scores_for_reading

    return scores_for_reading(sheet, "How well each theme is found in new text")


def _figure(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{value:.3f}"


def models(
    form: Format = None, output: Output = None, raw: Raw = False, study: StudyFolder = None
) -> None:
    """List the models of the study and the shipped ones, with where they come from."""
    from ccgmine.classify.run_examination import list_models
    from ccgmine.cli.output import chosen_format
    from ccgmine.report.sheet import Sheet
    from ccgmine.study import MODELS_FOLDER, find_folder

    chosen_format(form, output)
    columns = (
        "model", "where", "recipe", "ccgmine", "themes", "learned", "segments", "participants",
        "micro_f1", "macro_f1", "seed", "codebook_sha256", "training_sha256", "problem",
    )  # fmt: skip
    rows = []
    for m in list_models(find_folder(study) / MODELS_FOLDER):
        themes = m.report.get("themes", [])
        rows.append(
            (
                m.name,
                m.where,
                m.provenance.get("recipe"),
                m.provenance.get("ccgmine"),
                len(themes) if themes else None,
                sum(t["state"] == "learned" for t in themes) if themes else None,
                m.report.get("n_segments"),
                m.report.get("n_participants"),
                (m.report.get("micro_f1") or {}).get("value"),
                m.report.get("macro_f1"),
                m.provenance.get("seed"),
                m.provenance.get("codebook_sha256"),
                m.provenance.get("training_sha256"),
                m.problem,
            )
        )
    sheet = Sheet("models", columns, tuple(rows))
    short = Sheet(
        "Models",
        ("model", "where", "recipe", "learned", "of", "micro-F1", "problem"),
        tuple((r[0], r[1], r[2], r[5], r[4], r[8], r[13]) for r in rows),
    )
    emit([sheet], form=form, output=output, raw=raw, pages=lambda: [short])


def explain(
    segment: Annotated[
        str | None, typer.Argument(help="A segment of the study: TRANSCRIPT:NUMBER.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="A text, in place of a segment.")] = None,
    theme: Annotated[
        list[str] | None, typer.Option(help="Only this theme; may be repeated.")
    ] = None,
    words: Annotated[int, typer.Option(min=1, help="How many words to show each way.")] = 6,
    model: Model = None,
    embeddings: Embeddings = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    study: StudyFolder = None,
) -> None:
    """Show which words spoke for and against each theme of a passage."""
    from ccgmine.classify.run_examination import explain_text, find_segment, plain_predictor
    from ccgmine.classify.run_prediction import DEFAULT_MODEL, open_model
    from ccgmine.cli.output import chosen_format
    from ccgmine.errors import UsageError
    from ccgmine.study import MODELS_FOLDER, find_folder, open_study

    chosen_format(form, output)
    if (segment is None) == (text is None):
        raise UsageError("name a segment, or give a --text, and not both")
    folder = find_folder(study)
    bundle = open_model(folder / MODELS_FOLDER, model or DEFAULT_MODEL)
    if segment is not None:
        with open_study(folder) as opened:
            text = find_segment(opened, segment).text
    predictor = plain_predictor(bundle, folder / MODELS_FOLDER, embeddings)
    found = explain_text(bundle, text or "", predictor)
    sheet = _explanation_sheet(found, theme or [], words)
    if bundle.model.second is not None:
        notes = (*sheet.notes, "The model averages in a sentence encoder, whose part has no words.")
        sheet = replace(sheet, notes=notes)
    emit([sheet], form=form, output=output, raw=raw)
    if not any(found.assigned):
        note("no theme is assigned; the most probable ones are shown")


def _explanation_sheet(found: Explanation, wanted: list[str], n_words: int) -> Sheet:
    from ccgmine.codebook import ThemeFinder
    from ccgmine.domain import Codebook
    from ccgmine.errors import UsageError
    from ccgmine.report.numbers import share
    from ccgmine.report.sheet import Sheet

    finder = ThemeFinder(Codebook(found.themes))
    column = {t.theme_id: i for i, t in enumerate(found.themes)}
    chosen = []
    for name in wanted:
        theme_id = finder.find(name)
        if theme_id is None:
            raise UsageError(f"the theme '{name}' is not in the model", remedy=finder.nearest(name))
        chosen.append(column[theme_id])
    if not chosen:
        chosen = [i for i, assigned in enumerate(found.assigned) if assigned]
    if not chosen:
        chosen = sorted(column.values(), key=lambda i: -found.probabilities[i])[:3]
    rows = []
    for i in sorted(chosen, key=lambda i: -found.probabilities[i]):
        shares = zip(found.words, found.shares[:, i].tolist(), strict=True)
        ranked = sorted(shares, key=lambda share: -share[1])
        speak_for = [f"{w} ({v:+.2f})" for w, v in ranked[:n_words] if v >= 0.005]
        against = [f"{w} ({v:+.2f})" for w, v in ranked[::-1][:n_words] if v <= -0.005]
        rows.append(
            (
                found.themes[i].theme_id,
                str(found.states[i]),
                "yes" if found.assigned[i] else "no",
                share(found.probabilities[i]),
                ", ".join(speak_for),
                ", ".join(against),
            )
        )
    notes = (
        "In brackets: what the word adds to the theme's score, its pieces and pairs included.",
    )
    columns = ("theme", "state", "assigned", "probability", "for", "against")
    return Sheet("Why", columns, tuple(rows), notes)
