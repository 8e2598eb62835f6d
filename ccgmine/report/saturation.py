"""When interviews stop bringing new themes (code saturation; not saturation of meaning)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ccgmine.domain import Participant
from ccgmine.report.numbers import percent, share
from ccgmine.report.sheet import Cell, Sheet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BASE_SIZE = 4
RUN_LENGTHS = (2, 3)
THRESHOLDS = (0.05, 0.0)
N_ORDERS = 1000
SEED = 0
TOO_FEW = "too few interviews"

_DATE_FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y")
_DATE_NAMES = ("interview_date", "date_of_interview", "date")


@dataclass(frozen=True, slots=True)
class Interview:
    """What one participant said: the themes in it, and what the interviews are ordered by."""

    participant: Participant
    themes: frozenset[str]
    at: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A reading of saturation after Guest, Namey & Chen (2020)."""

    base_size: int
    run_length: int
    threshold: float

    @property
    def name(self) -> str:
        """In words, as a row is headed."""
        return f"base {self.base_size}, run {self.run_length}, {percent(self.threshold)}"


def new_themes(interviews: Iterable[frozenset[str]]) -> list[int]:
    """How many themes each interview is the first to raise.

    >>> new_themes([frozenset("ab"), frozenset("b"), frozenset("bc")])
    [2, 0, 1]
    """
    seen: set[str] = set()
    found = []
    for themes in interviews:
        found.append(len(themes - seen))
        seen |= themes
    return found


def saturation_point(new: Sequence[int], rule: Rule) -> int | None:
    """After how many interviews a run brings too little new; None if none does.

    The themes of the first ``base_size`` interviews are the base. Runs of ``run_length``
    interviews follow, each one interview later than the one before; saturation is reached where
    the new themes of a run, divided by those of the base, are at most the threshold. The answer
    is the number of interviews before that run, so that "6+2" means: six interviews, and two that
    brought (nearly) nothing new.

    Source:
        Guest, G., Namey, E., & Chen, M. (2020). A simple method to assess and report thematic
        saturation in qualitative research. PLoS ONE 15(5): e0232076.

    >>> saturation_point([10, 5, 3, 2, 2, 3, 0, 1], Rule(4, 2, 0.05))
    6
    """
    base = sum(new[: rule.base_size])
    if not base:
        return None
    for before in range(rule.base_size, len(new) - rule.run_length + 1):
        # 5 % of 60 themes are 3, also in binary fractions.
        if sum(new[before : before + rule.run_length]) <= rule.threshold * base + 1e-9:
            return before
    return None


def rules(base_size: int = BASE_SIZE) -> list[Rule]:
    """The rules that are reported: run of 2 or 3, at most 5 % new or nothing new."""
    return [Rule(base_size, run, limit) for run in RUN_LENGTHS for limit in THRESHOLDS]


@dataclass(frozen=True, slots=True)
class RandomOrders:
    """The same interviews in random orders.

    Attributes:
        new: Shape (n_orders, n_interviews), new themes of the interview at each place.
    """

    new: NDArray[np.int64]

    @property
    def cumulative(self) -> NDArray[np.int64]:
        """Shape (n_orders, n_interviews), themes seen up to each place."""
        return self.new.cumsum(axis=1)

    def points(self, rule: Rule) -> list[int]:
        """Saturation points of the orders that reach it; as `saturation_point`, all at once."""
        import numpy as np

        so_far = self.cumulative
        first, run = rule.base_size, rule.run_length
        base = so_far[:, first - 1]
        brought = so_far[:, first + run - 1 :] - so_far[:, first - 1 : so_far.shape[1] - run]
        few = (brought <= rule.threshold * base[:, None] + 1e-9) & (base[:, None] > 0)
        found: list[int] = (few.argmax(axis=1) + first)[np.any(few, axis=1)].tolist()
        return found


def random_orders(
    interviews: Sequence[frozenset[str]], *, n_orders: int = N_ORDERS, seed: int = SEED
) -> RandomOrders:
    """New themes by place, were the interviews held in another order."""
    import numpy as np

    rng = np.random.default_rng(seed)
    n = len(interviews)
    holders: dict[str, list[int]] = {}
    for i, themes in enumerate(interviews):
        for theme in sorted(themes):
            holders.setdefault(theme, []).append(i)
    who = [np.array(own) for own in holders.values()]
    new = np.zeros((n_orders, n), dtype=np.int64)
    for order in new:
        place = rng.permutation(n)
        np.add.at(order, [place[own].min() for own in who], 1)
    return RandomOrders(new)


def date_attribute(names: Sequence[str]) -> str:
    """The attribute that looks like the date of the interview, or ""."""
    folded = {"_".join(name.casefold().replace("-", " ").split()): name for name in reversed(names)}
    return next((folded[name] for name in _DATE_NAMES if name in folded), "")


def as_dates(values: Sequence[str]) -> list[datetime.datetime] | None:
    """The values as dates if all are of one form (of 3/4/2021, the day comes first), else None."""
    for form in _DATE_FORMS:
        try:
            return [datetime.datetime.strptime(v.strip(), form) for v in values]  # noqa: DTZ007
        except ValueError:
            continue
    return None


def interviews_sheet(
    groups: Sequence[tuple[str, str, Sequence[Interview], RandomOrders]], notes: tuple[str, ...]
) -> Sheet:
    """A row an interview, in order, for everybody and each group.

    Args:
        groups: (what is grouped by, value, interviews in order, their random orders).
        notes: What stands under the table.
    """
    columns = (
        "group", "value", "interview", "participant_id", "site", "respondent_type", "at",
        "new_themes", "themes_so_far", "random_mean", "random_low", "random_high",
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for by, value, interviews, orders in groups:
        new = new_themes(i.themes for i in interviews)
        cumulative = orders.cumulative
        for place, interview in enumerate(interviews):
            person = interview.participant
            so_far = cumulative[:, place]
            rows.append(
                (
                    by, value, place + 1, person.participant_id, person.site,
                    person.respondent_type, interview.at, new[place], sum(new[: place + 1]),
                    share(float(so_far.mean())), int(so_far.min()), int(so_far.max()),
                )
            )  # fmt: skip
    return Sheet("saturation by interview", columns, tuple(rows), notes, ("random_mean",))


def summary_sheet(
    groups: Sequence[tuple[str, str, Sequence[Interview], RandomOrders]],
    notes: tuple[str, ...],
    base_size: int = BASE_SIZE,
) -> Sheet:
    """A row a group and rule: where saturation is reached, and how that hangs on the order."""
    columns = (
        "group", "value", "interviews", "themes", "base_size", "run_length", "threshold",
        "base_themes", "reached", "random_mean", "random_low", "random_high", "random_reached",
    )  # fmt: skip
    rows = []
    for by, value, interviews, orders in groups:
        new = new_themes(i.themes for i in interviews)
        for rule in rules(base_size):
            rows.append(
                (
                    by, value, len(interviews), sum(new), rule.base_size, rule.run_length,
                    rule.threshold, sum(new[: rule.base_size]), reached(new, rule),
                    *_of_orders(orders, rule),
                )
            )  # fmt: skip
    return Sheet("saturation", columns, tuple(rows), notes, ("random_mean",))


def reached(new: Sequence[int], rule: Rule) -> str:
    """Where saturation is reached, as papers write it: ``6+2``; else why not.

    >>> reached([3, 0, 0, 0, 0], Rule(4, 2, 0.05))
    'too few interviews'
    """
    if len(new) < rule.base_size + rule.run_length:
        return TOO_FEW
    if not sum(new[: rule.base_size]):
        return "no themes in the base"
    point = saturation_point(new, rule)
    return "not reached" if point is None else f"{point}+{rule.run_length}"


def _of_orders(orders: RandomOrders, rule: Rule) -> tuple[Cell, ...]:
    """Mean and range over the orders that reach saturation, and the share that do."""
    n_orders, n = orders.new.shape
    if n < rule.base_size + rule.run_length:
        return None, None, None, None
    points = orders.points(rule)
    if not points:
        return None, None, None, 0.0
    mean = share(sum(points) / len(points))
    return mean, min(points), max(points), share(len(points) / n_orders)
