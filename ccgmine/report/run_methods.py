"""From a study to the methods paragraphs and COREQ items of a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from ccgmine import __version__
from ccgmine.domain import PrevalenceTable
from ccgmine.errors import StudyError
from ccgmine.report.agreement import POOLED
from ccgmine.report.facts import AgreementFacts, ModelFacts, StudyFacts
from ccgmine.report.methods import methods_sheet
from ccgmine.report.numbers import percent
from ccgmine.report.run_agreement import agreement_report
from ccgmine.report.run_reading import Reading, asked_of, read_study
from ccgmine.report.run_saturation import saturation_report
from ccgmine.report.saturation import TOO_FEW
from ccgmine.report.sheet import Cell, Sheet
from ccgmine.study import Study

_FIGURES = (
    ("percent_agreement", "percent agreement"),
    ("kappa", "Cohen's kappa"),
    ("positive_agreement", "positive agreement"),
    ("negative_agreement", "negative agreement"),
    ("ac1", "Gwet's AC1"),
    ("alpha", "Krippendorff's alpha"),
)


def methods_report(
    study: Study,
    *,
    table: PrevalenceTable | None = None,
    coder: Sequence[str] = (),
    suppress_below: int | None = None,
) -> Sheet:
    """Paragraphs, COREQ items and held-out scores; ``methods.methods_text`` makes Markdown of it.

    Args:
        study: An open study.
        table: The prevalence table that the paper shows, for its rules and words; made here,
            with the settings' groups, if None.
        coder: Reference coder, in place of the settings' one.
        suppress_below: Groups of fewer people are not told; None: as the settings say.

    Raises:
        StudyError: If the study is empty, or has several coders and no reference.
    """
    below = study.settings.suppress_below if suppress_below is None else suppress_below
    return methods_sheet(gather_facts(study, table=table, coder=coder, below=below))


def gather_facts(
    study: Study,
    *,
    table: PrevalenceTable | None = None,
    coder: Sequence[str] = (),
    below: int = 0,
) -> StudyFacts:
    """Everything that the paragraphs are made of; figures on fewer than ``below`` are hidden."""
    if not any(True for _ in study.corpus.segments()):
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    model = study.predictions.classified_model()
    coded = bool(study.codings.coders())
    if not coded and model is None:
        raise StudyError(
            "nothing is coded yet, by hand or by machine",
            remedy="Import codings with `ccgmine import`, or run `ccgmine classify`.",
        )
    reading = read_study(study, coder, machine=model is not None)
    people = list(reading.people.values())
    known = _known(study, reading)
    themes = [theme.theme_id for theme in study.codebook.coded]
    kinds = study.corpus.kinds_and_waves()
    in_transcripts = Counter(
        person for person, _ in {(s.participant_id, s.transcript_id) for _, s in
                                 reading.hand.segments}
    )  # fmt: skip
    labels = reading.hand.labels.values()
    return StudyFacts(
        version=__version__,
        runs=tuple(study.runs.versions()),
        sample=tuple((p.participant.site, p.participant.respondent_type) for p in people),
        n_silent=reading.n_silent,
        transcripts=tuple(kind for kind, _ in kinds.values()),
        n_repeated=sum(n > 1 for n in in_transcripts.values()),
        n_segments=len(reading.hand.segments),
        n_words=sum(len(s.text.split()) for _, s in reading.hand.segments),
        n_themes=len(themes),
        n_grouping=len(study.codebook) - len(themes),
        n_defined=sum(bool(theme.definition) for theme in study.codebook.coded),
        coders=_coders(study),
        reference=reading.hand.reference,
        n_full=len(known),
        n_part=sum(person.touched and name not in known for name, person in reading.people.items()),
        n_read=sum(x.covered_for is None or x.covered_for.issuperset(themes) for x in labels),
        selection=_selection(study, reading, known),
        agreement=_agreement(study) if coded else (),
        saturation=_saturation(study, coder) if coded else "",
        model=_model(study, reading),
        table=table if table is not None else _table(study, coder, below),
        suppress_below=below,
    )


def _coders(study: Study) -> tuple[tuple[str, int, int], ...]:
    read: dict[str, set[str]] = {}
    for cover in study.codings.coverage():
        read.setdefault(cover.coder, set()).add(cover.transcript_id)
    passages = Counter(coding.coder for coding in study.codings.all())
    return tuple((c, len(read.get(c, ())), passages[c]) for c in study.codings.coders())


def _known(study: Study, reading: Reading) -> frozenset[str]:
    """Who was read in full for every theme that they were asked of."""
    themes = frozenset(theme.theme_id for theme in study.codebook.coded)
    asked = asked_of(study, reading.people.values(), themes)
    return frozenset(
        name
        for name, person in reading.people.items()
        if person.is_known(asked[person.participant.respondent_type])
    )


def _selection(
    study: Study, reading: Reading, people: Collection[str]
) -> tuple[float, float, int] | None:
    known = {
        cover.transcript_id: cover.selection_probability
        for cover in study.codings.coverage()
        # A passage that was chosen by itself says nothing of how its person was.
        if cover.coder in reading.hand.reference
        and cover.span is None
        and cover.selection_probability is not None
    }
    where: dict[str, set[str]] = {}
    for _, segment in reading.hand.segments:
        where.setdefault(segment.participant_id, set()).add(segment.transcript_id)
    chances = [[known[t] for t in where[name] if t in known] for name in people]
    given = [chance for own in chances for chance in own]
    if not given:
        return None
    return min(given), max(given), sum(bool(own) for own in chances)


def _agreement(study: Study) -> tuple[AgreementFacts, ...]:
    try:
        sheet = agreement_report(study)
    except StudyError:
        return ()
    rows = [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
    segments: dict[tuple[Cell, Cell], int] = {}
    for row in rows:
        if row["theme"] != POOLED:
            pair = row["coder_a"], row["coder_b"]
            segments[pair] = max(segments.get(pair, 0), _count(row, "units"))
    return tuple(
        AgreementFacts(
            first=str(row["coder_a"]),
            second=str(row["coder_b"]),
            n_segments=segments[row["coder_a"], row["coder_b"]],
            n_participants=_count(row, "participants"),
            n_decisions=_count(row, "units"),
            figures=tuple((told, _figure(row, name)) for name, told in _FIGURES),
        )
        for row in rows
        if row["theme"] == POOLED and row["coder_b"] and row["units"]
    )


def _count(row: dict[str, Cell], name: str) -> int:
    value = row[name]
    return value if isinstance(value, int) else 0


def _figure(row: dict[str, Cell], name: str) -> str:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if not isinstance(value, float):
        return "undefined"
    if not isinstance(low, float) or not isinstance(high, float):
        return f"{value:.2f}"
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def _saturation(study: Study, coder: Sequence[str]) -> str:
    try:
        _, summary = saturation_report(study, coder=coder)
    except StudyError:
        return ""
    rows = [dict(zip(summary.columns, row, strict=True)) for row in summary.rows]
    if all(row["reached"] == TOO_FEW for row in rows):
        return f"{summary.notes[0]} They are too few to judge saturation by new themes."
    told = ", ".join(
        f"{row['reached']} (run length {row['run_length']}, at most {percent(row['threshold'])} "
        "new)"
        for row in rows
        if isinstance(row["threshold"], float)
    )
    return (
        f"{summary.notes[0]} New themes after Guest, Namey & Chen (2020), base size "
        f"{rows[0]['base_size']}: {told}."
    )


def _model(study: Study, reading: Reading) -> ModelFacts | None:
    from ccgmine.classify.run_verdicts import model_files

    record = reading.model
    if record is None:
        return None
    unread = [n for n, _ in reading.hand.segments if n in reading.found]
    unread = [n for n in unread if n not in reading.hand.labels]
    people = {s.participant_id for n, s in reading.hand.segments if n in set(unread)}
    provenance, report = model_files(study, record)
    return ModelFacts(
        name=record.name,
        n_themes=len(record.themes),
        n_learned=len(reading.learned),
        n_seen=len(reading.found),
        n_unread=len(unread),
        n_people_unread=len(people),
        n_trained_on=len(study.predictions.trained_on(record.name)),
        provenance=provenance,
        report=report,
    )


def _table(study: Study, coder: Sequence[str], below: int) -> PrevalenceTable | None:
    from ccgmine.prevalence.run import PrevalenceQuery
    from ccgmine.report.run_findings import FindingsQuery, protected_table

    query = PrevalenceQuery(coder=tuple(coder))
    try:
        return protected_table(study, FindingsQuery(prevalence=query, suppress_below=below))
    except StudyError:
        return None
