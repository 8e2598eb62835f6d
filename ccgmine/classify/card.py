"""What training found, as values, as a table, and as the model card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ccgmine.classify.coders import CoderComparison
from ccgmine.classify.confusion import Confusion
from ccgmine.classify.evaluate import Evaluation, Score
from ccgmine.classify.learning import MORE_PASSAGES, LearningCurve
from ccgmine.classify.verdict import RULE, verdict
from ccgmine.domain import Theme, ThemeState


@dataclass(frozen=True, slots=True)
class TrainingSummary:
    """Themes with their states and held-out scores, and what they rest on."""

    themes: tuple[Theme, ...]
    states: tuple[ThemeState, ...]
    evaluation: Evaluation
    n_segments: int
    n_participants: int
    n_unlabelled: int
    n_folds: int
    reference: tuple[str, ...]
    words: tuple[tuple[str, ...], ...] = ()
    confusions: tuple[Confusion, ...] = ()
    curve: LearningCurve | None = None
    coders: tuple[CoderComparison, ...] = ()

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What each theme's scores allow, in words."""
        pairs = zip(self.states, self.evaluation.themes, strict=True)
        return tuple(verdict(state, scores) for state, scores in pairs)

    @property
    def curve_sentence(self) -> str:
        """What more hand coding may be expected to bring."""
        if self.curve is None:
            return ""
        seen = ", ".join(f"{p.micro_f1:.2f} from {p.n_coded} codings" for p in self.curve.points)
        if self.curve.expected_gain is None:
            return f"Learning curve, micro-F1: {seen}."
        return (
            f"Learning curve, micro-F1: {seen}; with {MORE_PASSAGES} more coded passages expect "
            f"about {self.curve.expected_gain:+.2f}."
        )

    @property
    def learned(self) -> int:
        """How many themes the model may count."""
        return sum(state is ThemeState.LEARNED for state in self.states)


def defined(value: float) -> float | None:
    """The value, or None where it is not defined."""
    return None if math.isnan(value) else value


def scores_as_json(summary: TrainingSummary) -> dict[str, Any]:
    """Held-out scores as JSON values; undefined is null, never zero."""
    evaluation = summary.evaluation
    themes = []
    words = summary.words or tuple(() for _ in summary.themes)
    for theme, state, said, telling, scores in zip(
        summary.themes, summary.states, summary.verdicts, words, evaluation.themes, strict=True
    ):
        figures = {
            name: _score(getattr(scores, name)) for name in ("precision", "recall", "f1", "kappa")
        }
        themes.append(
            {
                "theme": theme.theme_id,
                "label": theme.label,
                "state": str(state),
                "verdict": said,
                "telling_words": list(telling),
                "n_present": scores.n_present,
                "n_participants": scores.n_participants,
                "n_assigned": scores.n_assigned,
                **figures,
            }
        )
    ids = [theme.theme_id for theme in summary.themes]
    return {
        "themes": themes,
        "macro_f1": _rounded(evaluation.macro_f1),
        "micro_f1": _score(evaluation.micro_f1),
        "n_segments": summary.n_segments,
        "n_participants": summary.n_participants,
        "n_unlabelled": summary.n_unlabelled,
        "n_folds": summary.n_folds,
        "confusions": [
            {"missed": ids[c.missed], "said": ids[c.said], "n": c.n} for c in summary.confusions
        ],
        "learning_curve": _curve(summary.curve),
        "coders": [
            {
                "coder": c.coder,
                "n_segments": c.n_segments,
                "coder_f1": _score(c.coder_f1),
                "machine_f1": _score(c.machine_f1),
                "coder_kappa": _score(c.coder_kappa),
                "machine_kappa": _score(c.machine_kappa),
            }
            for c in summary.coders
        ],
    }


def _curve(curve: LearningCurve | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    return {
        "points": [
            {"n_texts": p.n_texts, "n_coded": p.n_coded, "micro_f1": _rounded(p.micro_f1)}
            for p in curve.points
        ],
        "more_passages": MORE_PASSAGES,
        "expected_gain": None if curve.expected_gain is None else round(curve.expected_gain, 4),
    }


def _score(score: Score) -> dict[str, float | int | None]:
    return {
        "value": _rounded(score.value),
        "low": _rounded(score.low),
        "high": _rounded(score.high),
        "n": score.n,
    }


def _rounded(value: float) -> float | None:
    known = defined(value)
    return None if known is None else round(known, 4)


def model_card(
    name: str, summary: TrainingSummary, provenance: Mapping[str, Any], language: str
) -> str:
    """The model card, as Markdown."""
    evaluation = summary.evaluation
    lines = [
        f"# Theme model `{name}`",
        "",
        "A ccgmine model: it scores passages of text for the themes of a codebook. It was written "
        "by `ccgmine train`; this card is generated.",
        "",
        "## What it was trained on",
        "",
        f"- {summary.n_segments} hand-coded segments of {summary.n_participants} participants; "
        f"reference coder: {', then '.join(summary.reference)}",
        f"- {summary.n_unlabelled} further segments of the study, without codings, for the weights "
        "of words",
        f"- language `{language}`; recipe `{provenance['recipe']}`; seed {provenance['seed']}; "
        f"ccgmine {provenance['ccgmine']}",
        *_encoder_line(provenance),
        f"- codebook sha256 `{provenance['codebook_sha256']}`",
        f"- training data sha256 `{provenance['training_sha256']}`",
        "",
        "## How well it does",
        "",
        f"Held out by participant ({summary.n_folds} folds; thresholds and calibration never saw "
        f"the text they are scored on): macro-F1 {_figure(evaluation.macro_f1)} over the "
        f"{evaluation.n_macro} themes with 10 passages or more, micro-F1 "
        f"{_figure(evaluation.micro_f1.value)}. Intervals are 95 %.",
        "",
        "| theme | verdict | passages | people | precision | recall | F1 | F1 interval | kappa |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |",
        *_card_rows(summary),
        "",
        RULE,
        "",
        *(text for text in (summary.curve_sentence, *(c.sentence for c in summary.coders)) if text),
        "",
        "## Limits",
        "",
        "- Only themes in the state *learned* (at least 5 passages of 3 participants) are ever "
        "counted; *suggested* ones are shown to people, *not learned* ones never.",
        "- The scores hold for text like that of these participants. On another study, code some "
        "passages by hand and compare.",
        "- Counting what the model assigns is no estimate of prevalence: it errs both ways.",
        "- The model holds no word that fewer than three participants used; words are stored as "
        "numbers only.",
        "",
    ]
    return "\n".join(lines)


def _encoder_line(provenance: Mapping[str, Any]) -> Sequence[str]:
    encoder = provenance.get("embeddings")
    if encoder is None:
        return ()
    return (
        f"- sentence encoder `{encoder['folder']}`, sha256 `{encoder['sha256']}`: the model needs "
        "this very folder to classify",
    )


def _card_rows(summary: TrainingSummary) -> Sequence[str]:
    rows = []
    for theme, said, s in zip(
        summary.themes, summary.verdicts, summary.evaluation.themes, strict=True
    ):
        interval = f"{_figure(s.f1.low)} to {_figure(s.f1.high)}"
        rows.append(
            f"| {theme.name} | {said} | {s.n_present} | {s.n_participants} | "
            f"{_figure(s.precision.value)} | {_figure(s.recall.value)} | {_figure(s.f1.value)} | "
            f"{interval} | {_figure(s.kappa.value)} |"
        )
    return rows


def _figure(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"
