"""From a study to the saturation of its themes."""

from __future__ import annotations

from collections.abc import Sequence

from ccgmine.domain import unique
from ccgmine.errors import StudyError, UsageError
from ccgmine.report.run_reading import (
    NOT_COVERED,
    Person,
    asked_of,
    by_group,
    check_attributes,
    grouped,
    read_study,
    theme_lines,
)
from ccgmine.report.saturation import (
    BASE_SIZE,
    N_ORDERS,
    SEED,
    Interview,
    RandomOrders,
    as_dates,
    date_attribute,
    interviews_sheet,
    random_orders,
    summary_sheet,
)
from ccgmine.report.sheet import Sheet
from ccgmine.study import Study


def saturation_report(
    study: Study,
    *,
    order: str = "",
    by: Sequence[str] = (),
    themes: Sequence[str] = (),
    base_size: int = BASE_SIZE,
    n_orders: int = N_ORDERS,
    seed: int = SEED,
    coder: Sequence[str] = (),
) -> tuple[Sheet, Sheet]:
    """New themes interview by interview, of participants hand coded in full.

    Args:
        study: An open study.
        order: Attribute that the interviews are ordered by, or ``ingest``; by the date of the
            interview if there is such an attribute, else in the order of ingest.
        by: Attributes by whose values it is also shown.
        themes: Only these themes and those below them.
        base_size: How many interviews make the base.
        n_orders: How many random orders are tried beside.
        seed: Of the random orders.
        coder: Reference coder, in place of the settings' one.

    Returns:
        A row an interview; and a row a group and rule (Guest, Namey & Chen 2020).

    Raises:
        UsageError: If an attribute or theme is not known, or an order is not given for all.
        StudyError: If nobody is hand coded in full.
    """
    counted = frozenset().union(*(line.themes for line in theme_lines(study, themes)))
    reading = read_study(study, coder)
    everybody = list(reading.people.values())
    asked = asked_of(study, everybody, counted)
    people = [p for p in everybody if p.is_known(asked[p.participant.respondent_type])]
    if not people:
        raise StudyError("nobody is hand coded in full", remedy=NOT_COVERED)
    attributes = check_attributes([p.participant for p in everybody], by)
    people, at, how = _ordered(people, order)
    groups: list[tuple[str, str, Sequence[Interview], RandomOrders]] = []
    for group, members in grouped(people, attributes):
        interviews = [
            Interview(
                p.participant,
                frozenset(p.hand) & asked[p.participant.respondent_type],
                p.participant.value(at),
            )
            for p in members
        ]
        value = ", ".join(v or "(not given)" for _, v in group.values)
        orders = random_orders([i.themes for i in interviews], n_orders=n_orders, seed=seed)
        groups.append((group.name, value, interviews, orders))
    notes = (
        f"{len(people)} participants hand coded in full, of {len(everybody)} with text; an "
        f"interview is everything that a participant said. {how}",
        "reached: interviews, and the run after them that brought at most that share of the base's "
        "themes as new (Guest, Namey & Chen 2020, PLoS ONE 15(5): e0232076).",
        f"random: mean and range over {n_orders} random orders (seed {seed}), of those that reach "
        "it, since the order matters. Code saturation is not saturation of meaning.",
        f"Reference coder: {', then '.join(reading.hand.reference)}.",
    )
    return interviews_sheet(groups, notes), summary_sheet(groups, notes, base_size)


def _ordered(people: list[Person], order: str) -> tuple[list[Person], str, str]:
    """People in the order of their interviews, the attribute it is by, and how it is told."""
    ingest = (people, "", "In the order in which they were taken in.")
    if order == "ingest":
        return ingest
    names = unique(name for p in people for name, _ in p.participant.attributes)
    if order:
        (order,) = check_attributes([p.participant for p in people], [order])
    at = order or date_attribute(names)
    if not at:
        return ingest
    values = [p.participant.value(at) for p in people]
    if not all(values):
        n = sum(not value for value in values)
        if order:
            raise UsageError(f"{n} of {len(values)} participants have no '{order}'")
        return people, "", f"{ingest[2]} ({n} have no '{at}'.)"
    dates = as_dates(values)
    if dates is not None:
        pairs = sorted(zip(dates, range(len(people)), strict=True))
        return [people[i] for _, i in pairs], at, f"In the order of '{at}'."
    if order:
        return sorted(people, key=by_group([at])), at, f"In the order of '{at}'."
    return people, "", f"{ingest[2]} ('{at}' is not a date throughout.)"
