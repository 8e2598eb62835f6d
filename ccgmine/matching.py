"""Finding a quote in a text, and noticing names that differ by a slip.

A quote is compared under one stated normalisation: runs of white space count as one space,
curly quotation marks and apostrophes as straight ones, and soft hyphens, zero-width marks
and byte order marks not at all. Nothing else is forgiven.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ccgmine.domain import Span

_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″", '"')})
_FORMULA_STARTS = frozenset("=+-@\t\r\n")
_WORDS_OF_A_NAME = 12
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


class QuoteFinder:
    """A text made ready for looking up quotes in it.

    Args:
        text: The text to search.
    """

    def __init__(self, text: str) -> None:
        flat: list[str] = []
        offsets: list[int] = []
        for offset, character in enumerate(text.translate(_QUOTES)):
            if character in _INVISIBLE:
                continue
            if character.isspace():
                if flat and flat[-1] == " ":
                    continue
                character = " "
            flat.append(character)
            offsets.append(offset)
        self._flat = "".join(flat)
        self._offsets = offsets

    def find(self, quote: str) -> list[Span]:
        """Every place where the quote stands, as spans of the original text."""
        wanted = normalise_quote(quote)
        if not wanted:
            return []
        places = []
        at = self._flat.find(wanted)
        while at >= 0:
            places.append(Span(self._offsets[at], self._offsets[at + len(wanted) - 1] + 1))
            at = self._flat.find(wanted, at + 1)
        return places


def move_span(old_text: str, span: Span, new_text: str) -> Span | None:
    """Where the words of a span stand in another version of the text, as `Versions` finds it."""
    from ccgmine.versions import Versions

    return Versions(old_text, new_text).move(span)


def normalise_quote(quote: str) -> str:
    """The quote under the stated normalisation."""
    kept = "".join(c for c in quote.translate(_QUOTES) if c not in _INVISIBLE)
    return " ".join(kept.split())


def unguarded(text: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from running it as a formula.

    >>> unguarded("'=1+1"), unguarded("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA_STARTS else text


def tokens(name: str) -> tuple[str, ...]:
    """Runs of letters and of digits of a name, case folded: ``GP-ID_17`` -> gp, id, 17."""
    return tuple(re.findall(r"[^\W\d_]+|\d+", name.casefold()))


def similar_pairs(values: Iterable[str]) -> list[tuple[str, str, str]]:
    """Pairs of values that look like one value written in two ways, with what differs.

    They differ in case or spacing only, in one letter of a word of four letters or more, in a
    letter that is missing from a name of four, or in a plural's s. Values that differ in a digit
    never pair: ``Site 1`` and ``Site 2`` are two sites.

    >>> similar_pairs(["GP", "gp ", "Site 1", "Site 2", "Manager", "Managers"])
    [('GP', 'gp ', 'case or spacing'), ('Manager', 'Managers', 'a letter')]
    """
    ordered = [(value, _folded(value), tokens(value)) for value in dict.fromkeys(values)]
    pairs = []
    for i, j in sorted(_close(ordered)):
        (a, folded, words), (b, other_folded, other_words) = ordered[i], ordered[j]
        if folded == other_folded:
            pairs.append((a, b, "case or spacing"))
        elif _one_letter_apart(words, other_words) and not _two_abbreviations(a, b):
            pairs.append((a, b, "a letter"))
    return pairs


def _close(taken_apart: Sequence[tuple[str, str, tuple[str, ...]]]) -> set[tuple[int, int]]:
    """Pairs of places that may be of one value: alike when folded, or with a letter left out.

    Words that are a letter apart are the same word once a letter is left out of them, so that not
    all values have to be compared with all others: whoever names the wrong column hands in
    thousands.
    """
    alike: dict[object, list[int]] = defaultdict(list)
    for i, (_, folded, words) in enumerate(taken_apart):
        alike[folded].append(i)
        for at, word in enumerate(words if len(words) <= _WORDS_OF_A_NAME else ()):
            if not word.isdigit():
                around = words[:at], words[at + 1 :]
                for shorter in {word, *(word[:k] + word[k + 1 :] for k in range(len(word)))}:
                    alike[around, shorter].append(i)
    return {pair for places in alike.values() for pair in itertools.combinations(places, 2)}


def _two_abbreviations(a: str, b: str) -> bool:
    """RMN and RMHN are two words, as GP and GPs are not."""
    return a != b and a.isupper() and b.isupper() and min(len(a), len(b)) < 4


def _folded(value: str) -> str:
    return re.sub(r"[\s_\-]+", "", value).casefold()


def _one_letter_apart(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    if len(a) != len(b):
        return False
    differing = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    if len(differing) != 1:
        return False
    x, y = differing[0]
    if x.isdigit() or y.isdigit():
        return False
    if min(len(x), len(y)) < 4:
        short, long = sorted((x, y), key=len)
        # Hil and Hill, Eas and East: a letter that is missing from a short name.
        missing = len(short) == 3 and len(long) == 4 and short[0] == long[0]
        return len(short) > 1 and (
            short + "s" == long or (missing and _edit_distance_is_one(short, long))
        )
    return _edit_distance_is_one(x, y)


def _edit_distance_is_one(x: str, y: str) -> bool:
    if len(x) > len(y):
        x, y = y, x
    if len(y) - len(x) > 1:
        return False
    start = next((i for i, (p, q) in enumerate(zip(x, y, strict=False)) if p != q), len(x))
    if len(x) == len(y):
        swapped = x[start : start + 2] == y[start : start + 2][::-1]
        return x[start + 1 :] == y[start + 1 :] or (swapped and x[start + 2 :] == y[start + 2 :])
    return x[start:] == y[start + 1 :]
