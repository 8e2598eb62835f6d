"""Words for amounts, by a rule that the researcher sets and every table prints.

"Predominant" is used in two ways: said by more than half of the people, or said more than any
other theme. A study follows one of them: its words go by the number of participants, or by the
theme's rank in its group.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

NOT_RAISED = "not raised"

# A share such as 3/12 must not fall below its own cut-point by rounding.
ROUNDING = 1e-9


class Cut(StrEnum):
    """From what on a word applies."""

    SHARE = "share"
    OVER = "over"
    ALL_BUT = "all but"
    PEOPLE = "people"
    RANK = "rank"


@dataclass(frozen=True, slots=True)
class Band:
    """A word and from where on it applies.

    ``value`` is a share (``SHARE``: from it; ``OVER``: above it), a number of people (``PEOPLE``:
    that many; ``ALL_BUT``: all but so many), or the last rank that has the word (``RANK``; 0 for
    every theme that anybody raised).
    """

    name: str
    cut: Cut
    value: float

    def least(self, n: int) -> int:
        """The fewest of ``n`` people for whom the word applies, at least one.

        >>> Band("half", Cut.SHARE, 0.5).least(5), Band("most", Cut.OVER, 0.5).least(4)
        (3, 3)
        """
        if self.cut is Cut.SHARE:
            people = math.ceil(self.value * n - ROUNDING)
        elif self.cut is Cut.OVER:
            people = math.floor(self.value * n + ROUNDING) + 1
        elif self.cut is Cut.ALL_BUT:
            people = n - int(self.value)
        else:
            people = int(self.value)
        return max(1, people)

    def holds(self, count: float, n: int) -> bool:
        """Whether so many of ``n`` people are enough; bounds of intervals need not be whole.

        >>> Band("half", Cut.SHARE, 0.5).holds(2.6, 5)
        True
        """
        if self.cut is Cut.SHARE:
            return count >= (self.value - ROUNDING) * n
        if self.cut is Cut.OVER:
            return count > (self.value + ROUNDING) * n
        return count >= self.least(n) - ROUNDING * n

    def condition(self) -> str:
        """The rule in words."""
        if self.cut is Cut.RANK:
            last = int(self.value)
            if not last:
                return "every other theme that was raised"
            return "the commonest theme of its group" if last == 1 else f"the {last} commonest"
        if not self.value and self.cut is Cut.SHARE:
            return "above 0 %"
        if self.cut is Cut.SHARE:
            return f"from {100 * self.value:g} %"
        if self.cut is Cut.OVER:
            return f"above {100 * self.value:g} %"
        if self.cut is Cut.ALL_BUT:
            return f"all or all but {int(self.value)}"
        people = int(self.value)
        return f"from {people} people" if people > 1 else "1 person"


Bands = Sequence[Band]
"""Words, that of the highest amount first; the last applies to whatever was raised at all."""


def _shares(*pairs: tuple[str, float]) -> tuple[Band, ...]:
    return tuple(Band(name, Cut.SHARE, share) for name, share in pairs)


DEFAULT = _shares(("predominant", 0.5), ("major", 0.25), ("minor", 0.0))

PRESETS: dict[str, tuple[Band, ...]] = {
    "predominant-major-minor": DEFAULT,
    # Hill, Knox, Thompson, Williams, Hess & Ladany 2005, Journal of Counseling Psychology
    # 52:196-205; "rare" is for samples of more than 15, and one case is not reported.
    "cqr": (
        Band("general", Cut.ALL_BUT, 1),
        Band("typical", Cut.OVER, 0.5),
        Band("variant", Cut.PEOPLE, 2),
        Band("single case", Cut.PEOPLE, 1),
    ),
    "cqr-over-15": (
        Band("general", Cut.ALL_BUT, 1),
        Band("typical", Cut.OVER, 0.5),
        Band("variant", Cut.PEOPLE, 4),
        Band("rare", Cut.PEOPLE, 2),
        Band("single case", Cut.PEOPLE, 1),
    ),
    "commonest": (
        Band("predominant", Cut.RANK, 1),
        Band("major", Cut.RANK, 5),
        Band("minor", Cut.RANK, 0),
    ),
}


BANDS_FORM = (
    "must be a preset, or pairs of a word and a share or rule, highest first, as in "
    '[["major", 0.25], ["minor", 0.0]]'
)


def read_band(name: str, rule: object) -> Band | None:
    """A word with its rule as ``study.toml`` has it; None if the rule says nothing.

    >>> read_band("typical", "over 0.5")
    Band(name='typical', cut=<Cut.OVER: 'over'>, value=0.5)
    """
    if isinstance(rule, bool):
        return None
    if isinstance(rule, int | float):
        return Band(name, Cut.SHARE, float(rule)) if 0 <= rule <= 1 else None
    if not isinstance(rule, str):
        return None
    found = re.fullmatch(r"(over|all but|rank) ([0-9.]+)|([0-9]+) people|1 person", rule.strip())
    if found is None:
        return None
    if found[1] is None:
        return Band(name, Cut.PEOPLE, int(found[3] or 1))
    try:
        value = float(found[2])
    except ValueError:
        return None
    cut = Cut(found[1])
    if cut is Cut.OVER:
        return Band(name, cut, value) if value < 1 else None
    return Band(name, cut, int(value)) if value.is_integer() else None


def disorder(bands: Bands) -> str:
    """What is wrong with the order of some bands; "" if nothing is."""
    ranks = {band.cut is Cut.RANK for band in bands}
    if len(ranks) > 1:
        return "must go by rank all of them, or none"
    if len({band.name for band in bands} | {"", NOT_RAISED}) < len(bands) + 2:
        return f"must have a word of its own each, and none may be '{NOT_RAISED}'"
    if by_rank(bands):
        lasts = [band.value for band in bands]
        if lasts[-1] or lasts[:-1] != sorted(set(lasts[:-1])):
            return 'must go from rank 1 downwards and end with "rank 0"'
        return ""
    shares = [band.value for band in bands if band.cut is Cut.SHARE]
    if shares != sorted(set(shares), reverse=True):
        return "must go from the highest share to the lowest"
    if any(one.least(n) < other.least(n) for n in (20, 100) for one, other in pairwise(bands)):
        return "must go from the highest amount to the lowest"
    if bands[-1].least(1000) != 1:
        return "must end with a word for every share above 0.0"
    return ""


def by_rank(bands: Bands) -> bool:
    """Whether words go by a theme's rank in its group."""
    return bands[0].cut is Cut.RANK


def word(count: float, n: int, bands: Bands) -> str:
    """The word for a number of people out of ``n``.

    >>> word(2, 4, DEFAULT), word(0, 4, DEFAULT)
    ('predominant', 'not raised')
    """
    if count <= ROUNDING * n:
        return NOT_RAISED
    # The last word has no lower bound but nobody: an interval may end at a fraction of a person.
    return next((b.name for b in bands[:-1] if b.holds(count, n)), bands[-1].name)


def words(low: float, high: float, n: int, bands: Bands) -> str:
    """The word that an interval of numbers of people supports, or the two that it spans.

    >>> words(3, 6, 10, DEFAULT)
    'major to predominant'
    """
    lowest, highest = word(low, n, bands), word(high, n, bands)
    return lowest if lowest == highest else f"{lowest} to {highest}"


def rank_word(rank: int, bands: Bands) -> str:
    """The word for a theme that somebody raised and that ``rank - 1`` themes go before.

    >>> rank_word(1, PRESETS["commonest"]), rank_word(6, PRESETS["commonest"])
    ('predominant', 'minor')
    """
    return next((b.name for b in bands if b.value and rank <= b.value), bands[-1].name)


def likely_words(probabilities: Sequence[tuple[str, float]], level: float) -> str:
    """The word, or the two ends of the words, that hold all but the tails of some probabilities.

    Args:
        probabilities: Words from the highest amount to the lowest with their probabilities.
        level: Probability to hold; half of the rest may be cut off at either end.

    >>> likely_words([("predominant", 0.01), ("major", 0.6), ("minor", 0.39)], 0.95)
    'minor to major'
    """
    tail = (1 - level) / 2
    highest = _first_beyond(probabilities, tail)
    lowest = _first_beyond(list(reversed(probabilities)), tail)
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _first_beyond(probabilities: Sequence[tuple[str, float]], tail: float) -> str:
    total = 0.0
    for name, probability in probabilities:
        total += probability
        if total > tail + ROUNDING:
            return name
    return probabilities[-1][0]


def rule(bands: Bands) -> str:
    """The bands as a sentence.

    >>> rule(DEFAULT)
    'predominant from 50 %, major from 25 %, minor above 0 %, else not raised'
    """
    parts = [f"{band.name} {_joined(band)}" for band in bands]
    return ", ".join(parts) + f", else {NOT_RAISED}"


def _joined(band: Band) -> str:
    return f"({band.condition()})" if band.cut is Cut.RANK else band.condition()
