"""The methods paragraphs of a paper, and the COREQ items that a study can fill by itself.

Every sentence rests on a fact of the study. What only the authors know stands as a place to fill,
and what was not done is not mentioned.
"""

from __future__ import annotations

from collections import Counter

from ccgmine.domain import Estimate, PrevalenceTable, unique
from ccgmine.report.coreq import coreq_items, software
from ccgmine.report.facts import AgreementFacts, StudyFacts, authors, listed, n_of
from ccgmine.report.numbers import percent
from ccgmine.report.sheet import Cell, Sheet

COLUMNS = ("part", "topic", "text")
METHODS, SCORES = "methods", "held-out scores"


def methods_sheet(facts: StudyFacts) -> Sheet:
    """Paragraphs, COREQ items and the model's held-out scores, a row each."""
    rows: list[tuple[Cell, ...]] = [
        (METHODS, topic, text)
        for topic, text in (
            ("material", _material(facts)),
            ("hand coding", _hand_coding(facts)),
            ("agreement", " ".join(_agreement(a, facts) for a in facts.agreement)),
            ("machine coding", _machine(facts)),
            ("prevalence", _prevalence(facts.table)),
            ("software", software(facts)),
        )
        if text
    ]
    rows += [(f"COREQ {number}", topic, text) for number, topic, text in coreq_items(facts)]
    rows += [(SCORES, theme, text) for theme, text in _scores(facts)]
    notes = (
        "Filled from what the study holds; what stands in square brackets only the authors know. "
        "COREQ: Tong, Sainsbury & Craig 2007; items not listed cannot be filled from a study.",
    )
    return Sheet("methods", COLUMNS, tuple(rows), notes)


def methods_text(sheet: Sheet) -> str:
    """The same as Markdown, to paste into a paper."""
    rows = [tuple(map(str, row)) for row in sheet.rows]
    lines = ["# Methods", ""]
    for part, _, text in rows:
        if part == METHODS:
            lines += [text, ""]
    lines += ["# COREQ items", ""]
    lines += [f"- **{p.split()[1]}. {t}.** {text}" for p, t, text in rows if p.startswith("COREQ")]
    if any(part == SCORES for part, _, _ in rows):
        lines += ["", "# Held-out scores of the classifier", ""]
        lines += [f"- {topic}: {text}" for part, topic, text in rows if part == SCORES]
    return "\n".join([*lines, "", *sheet.notes, ""])


def _material(f: StudyFacts) -> str:
    kinds = Counter(f.transcripts)
    types = Counter(kind for _, kind in f.sample)
    sites = {site for site, _ in f.sample if site}
    at = f" at {n_of(len(sites), 'site')}" if sites else ""
    told = set(types) != {""} and all(map(f.may_show, types.values()))
    who = f" ({listed(sorted(types.items()))})" if told else ""
    units = "a turn, or a part of a long turn that ends with a sentence"
    if "survey comment" in kinds:
        units = "a written comment" if len(kinds) == 1 else f"{units}, or a written comment"
    return (
        f"The material is {n_of(len(f.transcripts), 'transcript')} ({listed(sorted(kinds.items()))}"
        f") with the words of {n_of(len(f.sample), 'participant')}{who}{at}. "
        + authors("setting, recruitment, how the material was recorded and transcribed")
        + f" What participants said, {n_of(f.n_words, 'word')}, was divided into "
        f"{n_of(f.n_segments, 'segment')}, each {units}. Interviewers' words are in no figure."
    )


def _hand_coding(f: StudyFacts) -> str:
    if not f.reference:
        return ""
    who = " and, where they did not read, of ".join(f.reference)
    passages = sum(n for name, _, n in f.coders if name in f.reference)
    text = [
        f"Passages were coded by hand, with a codebook of {n_of(f.n_themes, 'theme')}. The coding "
        f"that counts is that of {who} ({n_of(passages, 'coded passage')}).",
        _read(f),
        authors("who the coders are, and how the codebook was made"),
    ]
    if f.selection is not None:
        low, high, n = f.selection
        chance = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        whose = "these" if n == f.n_full else f"{f.told(n).removesuffix(' participants')} of these"
        text.append(
            f"The probability with which {whose} participants were chosen for hand coding is "
            f"recorded ({chance}). {authors('how they were chosen')}"
        )
    return " ".join(text)


def _read(f: StudyFacts) -> str:
    """How much of the material people have read."""
    if not f.n_full:
        return "Of nobody is it declared that everything they said was read for every theme."
    more = f"; a part was read of {f.told(f.n_part)} more" if f.n_part else ""
    return (
        f"Everything that {f.n_full} of the {n_of(len(f.sample), 'participant')} "
        f"({percent(f.n_full / len(f.sample))}) said was read in full for every theme "
        f"({f.n_read:,} of {f.n_segments:,} segments{more})."
    )


def _agreement(a: AgreementFacts, f: StudyFacts) -> str:
    figures = "; ".join(f"{name} {value}" for name, value in a.figures)
    return (
        f"{a.first} and {a.second} have both read {n_of(a.n_segments, 'segment')} of "
        f"{f.told(a.n_participants)} in full. Over all themes on these "
        f"({n_of(a.n_decisions, 'decision')}): {figures}. Intervals are from a bootstrap over "
        "participants."
    )


def _machine(f: StudyFacts) -> str:
    m = f.model
    if m is None:
        return ""
    share = percent(m.n_unread / f.n_segments)
    learned = f"all of its {n_of(m.n_themes, 'theme')}."
    if m.n_learned < m.n_themes:
        learned = (
            f"{m.n_learned} of its {n_of(m.n_themes, 'theme')}; its word on the others counts "
            "nowhere."
        )
    text = [
        f"A classifier ('{m.name}') coded {m.n_seen:,} of the {f.n_segments:,} segments, of which "
        f"{m.n_unread:,} ({share} of all segments; {f.told(m.n_people_unread)}) no "
        f"person had read. It has learned {learned}"
    ]
    if m.report is None or m.provenance is None:
        return " ".join([*text, authors("its held-out scores; the model's folder is not at hand")])
    whose = "of this study" if m.n_trained_on else "of other material than this study's"
    text.append(
        f"It was trained on {m.report['n_segments']} hand-coded segments of "
        f"{m.report['n_participants']} participants {whose} (recipe {m.provenance['recipe']}, "
        f"ccgmine {m.provenance['ccgmine']}, seed {m.provenance['seed']})."
    )
    text.append(
        f"Held out by participant ({m.report['n_folds']} folds), its micro-F1 is "
        f"{_scored(m.report['micro_f1'])}; scores by theme are "
        + ("listed below." if f.suppress_below < 2 else "not told, as figures are small.")
    )
    text.append(authors("who checked machine codings, if anybody did"))
    return " ".join(text)


def _scored(score: object) -> str:
    """A score with its interval, as the model's report has it."""
    if not isinstance(score, dict) or score.get("value") is None:
        return "undefined"
    value = f"{score['value']:.2f}"
    if score.get("low") is None or score.get("high") is None:
        return value
    return f"{value} ({score['low']:.2f} to {score['high']:.2f})"


def _scores(f: StudyFacts) -> list[tuple[str, str]]:
    """Held-out scores by theme; how many people raised one can be worked out of them."""
    report = None if f.model is None else f.model.report
    themes = None if report is None else report.get("themes")
    if not isinstance(themes, list):
        return []
    if f.suppress_below > 1:
        return []
    return [
        (
            str(t["label"] or t["theme"]),
            f"{t['state']}; F1 {_scored(t['f1'])}, precision {_scored(t['precision'])}, recall "
            f"{_scored(t['recall'])}, kappa {_scored(t['kappa'])}; {t['n_present']} coded segments "
            f"of {t['n_participants']} participants; {t['verdict']}",
        )
        for t in themes
    ]


def _prevalence(table: PrevalenceTable | None) -> str:
    if table is None:
        return ""
    methods = unique(r.estimate.method for r in table.rows if isinstance(r.estimate, Estimate))
    if not methods:
        return ""
    used = " / ".join(methods)
    return (
        f"For each theme the prevalence table counts {table.unit}. Methods of its estimates: "
        f"{used}. The rules that stand under it: {' '.join(table.notes)}"
    )
