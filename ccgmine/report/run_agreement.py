"""From a study to the agreement between its coders."""

from __future__ import annotations

from collections.abc import Sequence

from ccgmine.coding.labels import label_segments
from ccgmine.errors import StudyError, UsageError
from ccgmine.report.agreement import N_RESAMPLES, SEED, WORDS, Judgements, agreement_sheet
from ccgmine.report.run_reading import NOT_COVERED, theme_lines
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study


def agreement_report(
    study: Study,
    coders: Sequence[str] = (),
    *,
    themes: Sequence[str] = (),
    words: str = "",
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
) -> Sheet:
    """How well coders agree on the segments that they read in full both.

    Args:
        study: An open study.
        coders: Two or more; all who read anything in full with another, if empty.
        themes: Only these themes and those below them.
        words: ``landis-koch`` or ``mchugh``, to have kappa named; no words if empty.
        n_resamples: Draws of the bootstrap over participants.
        seed: Of these draws.

    Raises:
        UsageError: If a coder, theme or words are not known, or one coder alone is named.
        StudyError: If no two coders have read anything in full both.
    """
    if words and words not in WORDS:
        raise UsageError(f"'{words}' names no words for kappa", remedy=f"Use {', '.join(WORDS)}.")
    columns = [line.theme for line in theme_lines(study, themes)]
    judgements = judge(study, tuple(coders), [theme.theme_id for theme in columns])
    level = study.settings.level
    notes = (
        "Unit: segment (a participant's turn, or a part of a long one). A segment counts for a "
        "theme where both coders have read it in full for the theme; there, neither coding it is "
        "agreement. What one of them has not read counts for nothing.",
        f"Intervals: {100 * level:g} %, bootstrap over participants ({n_resamples} draws, seed "
        f"{seed}), expanded percentiles (Hesterberg 2015). undefined: the data do not say, for "
        "example because nobody coded the theme, or because all participants agree alike.",
        "Kappa falls where a theme is rare although coders agree: see positive and negative "
        "agreement and AC1 beside it. Pooled: every theme on every segment is one decision.",
    )
    return agreement_sheet(
        judgements,
        columns,
        words=WORDS[words] if words else None,
        level=level,
        n_resamples=n_resamples,
        seed=seed,
        notes=notes,
    )


def judge(study: Study, coders: Sequence[str], themes: Sequence[str]) -> Judgements:
    """What coders said of the segments.

    Raises:
        UsageError: If a coder is not known, or one alone is named.
        StudyError: If no two coders have read anything in full both.
    """
    import numpy as np

    everyone = study.codings.coders()
    for coder in coders:
        if coder not in everyone:
            raise UsageError(
                f"there is no coder '{coder}'", remedy=f"There are: {', '.join(everyone)}."
            )
    if len(set(coders)) == 1:
        raise UsageError("agreement is between two coders", remedy="Name another one as well.")
    segments = list(study.corpus.segments())
    codings, coverage = list(study.codings.all()), study.codings.coverage()
    named = list(dict.fromkeys(coders)) or everyone
    shape = (len(named), len(segments), len(themes))
    present, read = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for c, coder in enumerate(named):
        labels, _ = label_segments(segments, codings, coverage, [coder])
        for s, (number, _) in enumerate(segments):
            label = labels.get(number)
            if label is not None:
                full = label.covered_for
                present[c, s] = [theme in label.themes for theme in themes]
                read[c, s] = [full is None or theme in full for theme in themes]
    shared = [
        bool((read[c] & np.delete(read, c, axis=0).any(axis=0)).any()) for c in range(len(named))
    ]
    if not any(shared):
        raise StudyError("no two coders have read the same text in full", remedy=NOT_COVERED)
    kept = [c for c in range(len(named)) if coders or shared[c]]
    numbers: dict[str, int] = {}
    person_of = [numbers.setdefault(s.participant_id, len(numbers)) for _, s in segments]
    return Judgements(
        tuple(named[c] for c in kept), present[kept], read[kept], np.array(person_of, dtype=np.intp)
    )
