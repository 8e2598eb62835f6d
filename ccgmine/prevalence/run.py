"""From a study to its prevalence table."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ccgmine import __version__
from ccgmine.bands import by_rank, rule
from ccgmine.domain import DifferenceRow, DifferenceTable, Participant, PrevalenceTable, unique
from ccgmine.errors import StudyError, UsageError
from ccgmine.prevalence.run_evidence import PARTS, gather
from ccgmine.study import Study

if TYPE_CHECKING:
    from ccgmine.prevalence.changes import Change
    from ccgmine.prevalence.counted import Counted
    from ccgmine.prevalence.table import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalenceQuery:
    """What a table is wanted of.

    Attributes:
        by: Attributes to group by; those of the settings if empty.
        cross: Also by all of them at once.
        coder: Reference coder, in place of the settings' one.
        basis: ``model``, ``hand`` or ``machine``: what figures rest on.
        unit: ``participants``, ``segments`` or ``words``: what is counted.
        between: Differences only of this group and another, or of these two.
    """

    by: tuple[str, ...] = ()
    cross: bool = False
    coder: tuple[str, ...] = ()
    basis: str = "model"
    unit: str = "participants"
    between: tuple[str, ...] = ()


def prevalence_table(study: Study, query: PrevalenceQuery | None = None) -> PrevalenceTable:
    """How many participants raised each theme, overall and by group.

    Participants whose every word a person has read are known. For the others the model's scores
    say how likely they raised a theme, and the hand coded say what these scores are worth.

    Raises:
        StudyError: If the study is empty, or has neither hand nor machine codings.
        UsageError: If an attribute is not known.
    """
    from ccgmine.classify.run_verdicts import verdicts
    from ccgmine.prevalence.evidence import lines
    from ccgmine.prevalence.table import VERDICTS, Basis, TableOptions, rows, with_verdicts

    query = query or PrevalenceQuery()
    if query.unit != "participants":
        return _talk_table(study, query)
    made = _count(study, query)
    basis = Basis(query.basis)
    options = TableOptions(
        attributes=made.attributes,
        cross=query.cross,
        level=study.settings.level,
        bands=study.settings.bands,
        basis=basis,
    )
    found = with_verdicts(rows(made.counted, lines(study.codebook), options), verdicts(study))
    notes = (*_rules(study, made, basis), *made.notes)
    if any(row.verdict for row in found):
        notes = (*notes, VERDICTS)
    return PrevalenceTable(tuple(found), made.attributes, notes)


def _talk_table(study: Study, query: PrevalenceQuery) -> PrevalenceTable:
    """The share of each group's segments or words that carries each theme."""
    from ccgmine.prevalence.evidence import lines, of_lines
    from ccgmine.prevalence.run_evidence import talk
    from ccgmine.prevalence.talk import talk_rows

    if query.basis == "machine":
        raise UsageError(
            "machine counts are of participants, not of their talk",
            remedy="Leave out --basis or --unit.",
        )
    participants = study.corpus.participants()
    attributes = _attributes(participants, query.by or study.settings.by, strict=True)
    gathered = gather(study, participants, query.coder, _parts(participants, attributes))
    the_lines = lines(study.codebook)
    said = talk(study, gathered, words=query.unit == "words")
    if query.basis == "hand":
        said = replace(said, probability=said.probability * math.nan)
    found = talk_rows(
        gathered.evidence,
        of_lines(gathered.evidence, the_lines),
        said,
        the_lines,
        attributes,
        cross=query.cross,
        level=study.settings.level,
    )
    notes = (
        f"Shares of the {query.unit} of participants' talk; the words for prevalence are for "
        "shares of participants, so none stand here. Intervals take each participant as a whole, "
        "because what one person says is alike.",
        *gathered.notes,
    )
    return PrevalenceTable(tuple(found), attributes, notes, query.unit)


def difference_table(study: Study, query: PrevalenceQuery | None = None) -> DifferenceTable:
    """How much more often one group raised a theme than another, for every pair of groups.

    Raises:
        StudyError: If the study is empty, or has neither hand nor machine codings.
        UsageError: If an attribute or a group is not known.
    """
    from ccgmine.prevalence.differences import between, difference_rows
    from ccgmine.prevalence.evidence import lines

    query = query or PrevalenceQuery()
    made = _count(study, query)
    level = study.settings.level
    found = difference_rows(made.counted, lines(study.codebook), made.attributes, level)
    if query.between:
        found = between(found, query.between)
    notes = (
        "A difference is the share of the first group less that of the second. Where the model is "
        "part of the estimate, interval and probability come from the same draws as the shares; "
        "else the interval is Newcombe's, from the Wilson intervals of both.",
        f"{len(found)} differences are looked at. Some {100 * (1 - level):.0f} in 100 intervals at "
        f"{100 * level:g} % miss the true difference: the more one looks at, the more of those "
        "that leave out 0 do so by chance.",
    )
    return DifferenceTable(tuple(found), made.attributes, (*notes, *made.notes))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two parts of the material: shares in each, their differences, and who changed.

    ``changes`` has one entry a line and pair of parts, in the order of ``differences.rows``; None
    where it is hidden.
    """

    table: PrevalenceTable
    differences: DifferenceTable
    changes: tuple[Change | None, ...]


def compare_parts(study: Study, part: str, coder: Sequence[str] = ()) -> Comparison:
    """What is said in one wave or kind of source against another.

    Raises:
        StudyError: If all of the material is of one.
    """
    from ccgmine.prevalence.changes import changes
    from ccgmine.prevalence.evidence import lines

    values = {dict(zip(PARTS, pair, strict=True))[part] for pair in _parts_there(study)}
    if not values:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    if len(values) < 2:
        raise StudyError(
            f"all transcripts are of one {part.replace('_', ' ')}, so there is nothing to compare",
            remedy=f"Name it when they are taken in: ccgmine ingest --{_OPTION[part]} NAME.",
        )
    query = PrevalenceQuery(by=(part,), coder=tuple(coder))
    table, differences = prevalence_table(study, query), difference_table(study, query)
    gathered = gather(study, study.corpus.participants(), coder, (part,))
    the_lines = lines(study.codebook)
    pairs = _pairs(differences)
    of_pair = {pair: changes(gathered.evidence, the_lines, part, *pair) for pair in pairs}
    number = {(line.theme.theme_id, line.scope): i for i, line in enumerate(the_lines)}
    found = tuple(
        of_pair[_values(row)][number[row.theme.theme_id, row.scope]] for row in differences.rows
    )
    return Comparison(table, differences, found)


_OPTION = {"wave": "wave", "source_kind": "kind"}


def _parts_there(study: Study) -> set[tuple[str, str]]:
    """Wave and source kind of all transcripts, in the order of ``PARTS``."""
    return {(wave, kind) for kind, wave in study.corpus.kinds_and_waves().values()}


def _values(row: DifferenceRow) -> tuple[str, str]:
    return row.first.values[0][1], row.second.values[0][1]


def _pairs(table: DifferenceTable) -> list[tuple[str, str]]:
    """The pairs of groups that a table of one attribute compares."""
    return list(dict.fromkeys(_values(row) for row in table.rows))


def keep_tally(study: Study) -> None:
    """Make the counts and draws for the study's usual groups, and keep them for reports.

    Args:
        study: An open study that may be written to.
    """
    participants = study.corpus.participants()
    usual = _attributes(participants, study.settings.by, strict=False)
    if _parts(participants, usual):
        return
    try:
        made = _make(study, participants, usual, ())
    except StudyError:
        # Several coders and none the reference: a report has to name one, and makes its own.
        return
    stamp = _stamp(study)
    with study.transaction():
        study.tallies.put("counts", stamp, made.counted[0].to_bytes())
        study.tallies.put("notes", stamp, json.dumps(made.notes).encode())


@dataclass(frozen=True, slots=True)
class _Made:
    """Tallies (of participants, and of what they said in each part of the material), and notes."""

    counted: list[Counted]
    notes: list[str]
    attributes: tuple[str, ...]


def _count(study: Study, query: PrevalenceQuery) -> _Made:
    """Counts and draws for what is asked: as kept, else made now."""
    from ccgmine.prevalence.counted import Counted

    participants = study.corpus.participants()
    attributes = _attributes(participants, query.by or study.settings.by, strict=True)
    if not query.coder:
        stamp = _stamp(study)
        counts = study.tallies.find("counts", stamp)
        notes = study.tallies.find("notes", stamp)
        if counts is not None and notes is not None:
            kept = Counted.from_bytes(counts)
            if kept.covers(attributes, cross=query.cross):
                return _Made([kept], json.loads(notes), attributes)
    usual = _attributes(participants, study.settings.by, strict=False)
    crossed = query.cross and len(attributes) > 1
    if set(attributes) <= set(usual) and not _parts(participants, usual) and not crossed:
        # As they are kept: figures must not depend on which of the usual groups are asked for.
        return replace(_make(study, participants, usual, query.coder), attributes=attributes)
    return _make(study, participants, attributes, query.coder)


def _make(
    study: Study,
    participants: Sequence[Participant],
    attributes: tuple[str, ...],
    coder: Sequence[str],
) -> _Made:
    from ccgmine.prevalence.evidence import count, lines
    from ccgmine.prevalence.smallarea import Options

    parts = _parts(participants, attributes)
    own = tuple(a for a in attributes if a not in parts)
    the_lines = lines(study.codebook)
    gathered = gather(study, participants, coder)
    tallies = [count(gathered.evidence, the_lines, own, Options())]
    if parts:
        split = gather(study, participants, coder, parts)
        tallies.append(count(split.evidence, the_lines, attributes, Options()))
    return _Made(tallies, gathered.notes, attributes)


def _attributes(
    participants: Sequence[Participant], by: Sequence[str], *, strict: bool
) -> tuple[str, ...]:
    """The attributes to group by.

    Raises:
        UsageError: If one is not known; one that only the settings name is passed over.
    """
    known = unique(
        [
            "site",
            "respondent_type",
            *(name for p in participants for name, _ in p.attributes),
            *PARTS,
        ]
    )
    for name in by:
        if name not in known and strict:
            raise UsageError(
                f"participants have no attribute '{name}'",
                remedy=f"They have: {', '.join(known)}.",
            )
    return tuple(unique(name for name in by if name in known))


def _parts(participants: Sequence[Participant], attributes: Sequence[str]) -> tuple[str, ...]:
    """Those of the attributes that are of transcripts: a participant may be in several."""
    own = {name for p in participants for name, _ in p.attributes}
    return tuple(a for a in attributes if a in PARTS and a not in own)


def _stamp(study: Study) -> str:
    """What counts and draws depend on: what was done to the study, its codebook and settings."""
    codebook = [[t.theme_id, t.parent_id, t.coded, t.asked_of] for t in study.codebook]
    state = [
        __version__,
        study.runs.latest(),
        codebook,
        study.settings.by,
        study.settings.reference_coder,
    ]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()


def _rules(study: Study, made: _Made, basis: Basis) -> list[str]:
    """What stands under a table: the rule of the words, and what the figures rest on."""
    from ccgmine.prevalence.table import Basis

    settings = study.settings
    level = f"{100 * settings.level:g} %"
    notes = _unknown_kinds(study)
    if basis is Basis.MACHINE:
        return [
            *notes,
            "Machine counts: participants in whom a person or the model found the theme, as they "
            "stand. They are no estimate: the model errs, and people say many things.",
        ]
    what = "rank of the theme in its group" if by_rank(settings.bands) else "share of participants"
    notes.append(
        f"Words: {what}, {rule(settings.bands)}. Where the {level} interval spans two words, both "
        "are given."
    )
    notes.append(
        "Estimates are for all participants of the group (N) who have text and were asked."
        + (f" {_MODEL}" if basis is Basis.MODEL and any(t.draws for t in made.counted) else "")
        + f" {_HAND}"
    )
    notes.append(
        "Only themes coded at the theme itself count as direct; with_children adds the themes "
        "below it, each participant counted once."
    )
    return notes


def _unknown_kinds(study: Study) -> list[str]:
    """A note where the codebook's ``asked_of`` names respondent types that nobody is of."""
    known = {p.respondent_type.casefold() for p in study.corpus.participants()}
    asked = {kind for theme in study.codebook for kind in theme.asked_of}
    odd = sorted(kind for kind in asked if kind.casefold() not in known)
    if not odd:
        return []
    return [
        "The codebook's asked_of names respondent types that no participant is of: "
        f"{', '.join(odd)}. Their themes count as not asked of everybody else; check the spelling."
    ]


_MODEL = (
    "Participants hand coded in full (n) are known; for the others the model's scores are set "
    "against what the hand coded turned out to say, and the interval holds the model's errors. It "
    "is right on average over cells: where few people are unknown, what it leaves out can be "
    "rather likely, as the probabilities of the words in the tidy table say."
)
_HAND = (
    "Where no model is part of it, the estimate is that of the hand coded alone, with Wilson's "
    "interval for a finite population, in whole people. Both hold if those hand coded were not "
    "picked for what they say."
)
