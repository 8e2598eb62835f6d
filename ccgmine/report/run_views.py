"""From a study to its framework matrix and the co-occurrence of its themes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ccgmine.coding.labels import HandLabel
from ccgmine.errors import StudyError, UsageError
from ccgmine.report.cooccurrence import MEASURES, Pairs, Unit, count_pairs, square_sheet, tidy_sheet
from ccgmine.report.matrix import Case, Content, Finding, matrix_sheet
from ccgmine.report.quotes import Quote
from ccgmine.report.run import hand_quotes, machine_quotes
from ccgmine.report.run_reading import (
    NOT_COVERED,
    Line,
    Person,
    Reading,
    asked_of,
    by_group,
    check_attributes,
    chosen,
    known_attributes,
    read_study,
    theme_lines,
)
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study


def matrix_report(
    study: Study,
    *,
    content: str = "01",
    themes: Sequence[str] = (),
    with_children: bool = False,
    by: Sequence[str] = (),
    site: str = "",
    respondent_type: str = "",
    machine: bool = False,
    coder: Sequence[str] = (),
) -> Sheet:
    """The framework matrix: participants with text by themes.

    Args:
        study: An open study.
        content: ``01`` (raised or not), ``quote`` (the first passage) or ``count`` (segments).
        themes: Only these themes and those below them.
        with_children: Every theme with all below it, in place of the coded ones alone.
        by: Attributes that the rows are sorted by, before the participant; those of the settings
            that participants have, if empty.
        site: Only this site.
        respondent_type: Only this respondent type.
        machine: Further columns of what the model found where nobody has read.
        coder: Reference coder, in place of the settings' one.

    Raises:
        UsageError: If a theme, attribute, site, type or content is not known.
        StudyError: If nothing is coded.
    """
    if content not in list(Content):
        raise UsageError(
            f"a cell cannot hold '{content}'", remedy=f"Use one of {', '.join(Content)}."
        )
    form = Content(content)
    lines = theme_lines(study, themes, families=with_children)
    reading = read_study(study, coder, machine=machine)
    people = chosen(reading.people.values(), site=site, respondent_type=respondent_type)
    everybody = [p.participant for p in reading.people.values()]
    usual = [name for name in study.settings.by if name in known_attributes(everybody)]
    attributes = check_attributes(everybody, by or usual)
    people.sort(key=by_group(attributes))
    asked = asked_of(study, people, frozenset().union(*(line.themes for line in lines)))
    quotes = {}
    if form is Content.QUOTE:
        quotes = _first_quotes(study, reading, lines, people, asked)
    cases = [_case(p, lines, asked[p.participant.respondent_type], reading, quotes) for p in people]
    heads = [x.theme.name if form is Content.QUOTE else x.theme.theme_id for x in lines]
    return matrix_sheet(cases, heads, form, machine=machine, notes=_matrix_notes(reading, form))


def _case(
    person: Person,
    lines: Sequence[Line],
    asked: frozenset[str],
    reading: Reading,
    quotes: dict[tuple[str, str, bool], str],
) -> Case:
    """A row; of a line's themes those count that the participant was asked of."""
    hand, machine = [], []
    for line in lines:
        themes = line.themes & asked
        key = (person.participant.participant_id, line.theme.theme_id)
        known = person.is_known(themes)
        quote = quotes.get((*key, True), "")
        hand.append(Finding(known, _n_hand(person, themes, reading), quote, bool(themes)))
        if known or reading.model is None:
            machine.append(Finding(known=False, segments=0, asked=bool(themes)))
            continue
        n = _n_machine(person, themes, reading)
        looked = not person.waiting and themes <= reading.learned
        machine.append(Finding(looked, n, quotes.get((*key, False), ""), bool(themes)))
    state = "in full" if person.is_known(asked) else "in part" if person.touched else "no"
    return Case(person.participant, state, tuple(hand), tuple(machine))


def _n_hand(person: Person, themes: frozenset[str], reading: Reading) -> int:
    """In how many segments people found any of the themes."""
    if len(themes) == 1:
        return person.hand[next(iter(themes))]
    labels = reading.hand.labels
    return sum(not themes.isdisjoint(labels[s].themes) for s in person.segments if s in labels)


def _n_machine(person: Person, themes: frozenset[str], reading: Reading) -> int:
    """In how many segments the model found any of the themes that nobody has read them for."""
    labels = reading.hand.labels
    return sum(
        any(t in themes and _unread(labels.get(s), t) for t in reading.found.get(s, ()))
        for s in person.segments
    )


def _unread(label: HandLabel | None, theme: str) -> bool:
    return label is None or not label.is_read_for(theme)


def _first_quotes(
    study: Study,
    reading: Reading,
    lines: Sequence[Line],
    people: Sequence[Person],
    asked: dict[str, frozenset[str]],
) -> dict[tuple[str, str, bool], str]:
    """First passage of a participant, line, and hand (True) or machine, with its pointer."""
    wanted = {t.theme_id: t for t in study.codebook if any(t.theme_id in x.themes for x in lines)}
    everybody = {p.participant.participant_id: p.participant for p in people}
    passages: list[Quote] = list(hand_quotes(study, reading.hand, wanted, everybody))
    if reading.model is not None:
        passages += machine_quotes(study, reading.hand, wanted, everybody)
    found: dict[tuple[str, str, bool], str] = {}
    for quote in passages:
        sure = "" if quote.probability is None else f", p = {quote.probability:.2f}"
        for line in lines:
            if quote.theme_id in line.themes & asked[quote.respondent_type]:
                key = (quote.participant_id, line.theme.theme_id, quote.by_hand)
                found.setdefault(key, f"“{quote.text}” [{quote.segment}{sure}]")
    return found


def _matrix_notes(reading: Reading, form: Content) -> tuple[str, ...]:
    cells = {
        Content.RAISED: "1 raised, 0 not raised",
        Content.COUNT: "segments that carry the theme",
        Content.QUOTE: "the first passage with its segment, or 'not raised'",
    }[form]
    notes = [
        f"Cells: {cells}; empty where it is not known, because not all that the participant said "
        "was read for the theme by hand, or because they were not asked.",
        *_reference(reading),
    ]
    if reading.model is not None:
        notes.append(
            f"[machine]: what the model '{reading.model.name}' found in what nobody has read, in "
            "participants not hand coded in full. It errs: these columns are no estimate."
        )
    return (*notes, *_silent(reading))


def _reference(reading: Reading) -> list[str]:
    if not reading.hand.reference:
        return []
    return [f"Reference coder: {', then '.join(reading.hand.reference)}."]


def _silent(reading: Reading) -> list[str]:
    n = reading.n_silent
    return [f"{n} participants without text are left out."] if n else []


def cooccurrence_report(
    study: Study,
    *,
    unit: str = "segment",
    themes: Sequence[str] = (),
    wide: bool = False,
    measure: str = "n_both",
    machine: bool = False,
    coder: Sequence[str] = (),
) -> Sheet:
    """Which themes go together.

    Args:
        study: An open study.
        unit: ``segment`` or ``participant``.
        themes: Only these themes and those below them.
        wide: A square, themes by themes, in place of a row a pair.
        measure: What the square shows: ``n_both``, ``jaccard``, ``phi`` or ``lift``.
        machine: Also pairs in what nobody has read, as the model codes it; a square then shows
            these alone.
        coder: Reference coder, in place of the settings' one.

    Raises:
        UsageError: If unit, measure or a theme is not known.
        StudyError: If nothing is hand coded in full (or, with ``machine``, by machine).
    """
    for value, known in ((unit, ("segment", "participant")), (measure, MEASURES)):
        if value not in known:
            raise UsageError(f"'{value}' is not known here", remedy=f"Use {', '.join(known)}.")
    lines = theme_lines(study, themes)
    columns = [line.theme for line in lines]
    ids = [theme.theme_id for theme in columns]
    reading = read_study(study, coder, machine=machine)
    asked = asked_of(study, reading.people.values(), frozenset(ids))
    by_hand = list(_hand_units(reading, unit, asked))
    if not by_hand and not machine:
        raise StudyError(f"no {unit} is hand coded in full", remedy=NOT_COVERED)
    notes = (
        f"Unit: {unit}. Counted for a pair are the units that were read in full for both of its "
        "themes, of people who were asked of both; what nobody has read is not taken for text "
        "without a theme.",
        "phi: correlation of the two themes, -1 to 1. lift: how many times as often together as "
        "by chance. Segments of one participant are not independent: no test is given.",
        *_reference(reading),
        *_silent(reading),
    )
    counts: list[tuple[str, Pairs]] = [("hand", count_pairs(by_hand, ids))]
    if machine:
        learned = {(a, b) for a in reading.learned for b in reading.learned}
        found = count_pairs(_machine_units(reading, unit, asked), ids)
        counts.append(("machine", {k: v for k, v in found.items() if k in learned}))
        notes += (
            "machine: in units of which nobody has read anything, as the model "
            f"'{reading.model.name if reading.model else ''}' codes them. It errs, and what it "
            "errs on goes together: such pairs are a hint, no finding.",
        )
    if wide:
        coded_by, pairs = counts[-1]
        return square_sheet(pairs, columns, measure, coded_by, notes)
    return tidy_sheet(counts, columns, unit, notes)


def _hand_units(reading: Reading, unit: str, asked: dict[str, frozenset[str]]) -> Iterator[Unit]:
    """Units that people have read in full, for the themes that were asked of."""
    labels = reading.hand.labels
    for person in reading.people.values():
        of = asked[person.participant.respondent_type]
        if unit == "participant":
            read = [(frozenset(person.hand), person.read_for)]
        else:
            own = (labels[number] for number in person.segments if number in labels)
            read = [(label.themes, label.covered_for) for label in own]
        for themes, read_for in read:
            if read_for != frozenset():
                yield Unit(themes, of if read_for is None else read_for & of)


def _machine_units(reading: Reading, unit: str, asked: dict[str, frozenset[str]]) -> Iterator[Unit]:
    """Units of which nobody has read anything and the model has seen everything."""
    for person in reading.people.values():
        looked_for = reading.learned & asked[person.participant.respondent_type]
        if unit == "participant":
            if not person.touched and not person.waiting:
                yield Unit(frozenset(person.machine), looked_for)
            continue
        for number in person.segments:
            if number in reading.found and number not in reading.hand.labels:
                yield Unit(reading.found[number], looked_for)
