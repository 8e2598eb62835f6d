"""Reading what a person wrote beside the machine's codings in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ccgmine.codebook import ThemeFinder
from ccgmine.errors import InputError, shown
from ccgmine.exchange.keys import split_key
from ccgmine.exchange.passages import Clues
from ccgmine.tables import Table

# A lone x is in neither: some tick with it what is right, others cross out what is wrong.
_YES_WORDS = (
    "yes y 1 1.0 true ja j oui vrai si sí sì verdadero vero sim tak да ok correct right agree "
    "accept accepted wahr ✓ ✔ ☑ ✅"
)
_NO_WORDS = (
    "no n 0 0.0 false nein non faux falso não nao nee nie нет incorrect wrong disagree reject "
    "rejected falsch ✗ ✘ ☒ ❌"
)
_OPEN_WORDS = "? ?? unsure unclear maybe later skip skipped ignore n/a na unklar"
YES = frozenset(_YES_WORDS.split())
NO = frozenset(_NO_WORDS.split())
OPEN = frozenset(_OPEN_WORDS.split())


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One row of the table, as it stands there."""

    row: int
    key: str
    clues: Clues
    machine_theme: str
    theme: str
    decision: str = field(repr=False)
    coder: str
    selection_probability: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided: themes that the passage carries, and themes that it does not."""

    machine_theme: str
    yes: tuple[str, ...]
    no: tuple[str, ...]

    @property
    def read_for(self) -> tuple[str, ...]:
        """All themes that the passage was read for."""
        return (*self.yes, *self.no)


def is_decision_table(columns: Sequence[str]) -> bool:
    """Whether these are the columns of such a table."""
    names = {_folded(c) for c in columns}
    return "decision" in names and bool(names & {"key", "theme", "machine_theme"})


def _folded(column: str) -> str:
    return column.strip().casefold().replace(" ", "_")


def read_decisions(table: Table, coder: str) -> Iterator[DecisionRow]:
    """The rows of such a table; columns may stand in any order and but for a few be missing.

    Args:
        table: A table for which `is_decision_table` holds.
        coder: Who decided, where the table does not say.
    """
    names = (
        "key", "segment", "transcript", "participant_id", "start", "end", "text", "machine_theme",
        "theme", "decision", "coder", "selection_probability",
    )  # fmt: skip
    at = [table.find(name) for name in names]
    for number, cells in table.rows:
        found = {n: "" if i is None else cells[i].strip() for n, i in zip(names, at, strict=True)}
        clues = Clues(
            text=found["text"],
            key=split_key(found["key"])[0],
            segment=found["segment"],
            transcript_id=found["transcript"],
            participant_id=found["participant_id"],
            start=_whole(found["start"]),
            end=_whole(found["end"]),
        )
        yield DecisionRow(
            number,
            found["key"],
            clues,
            found["machine_theme"] or ("" if clues.key else found["theme"]),
            found["theme"],
            found["decision"],
            coder or found["coder"],
            found["selection_probability"],
        )


def _whole(text: str) -> str:
    """A number without the marks for thousands that a spreadsheet may have put into it."""
    return re.sub(r"(?<=\d)[.,'\u00a0\u202f ](?=\d{3}\b)", "", text)


def decide(row: DecisionRow, themes: ThemeFinder, by_key: Mapping[str, str]) -> Decision | None:
    """What a row says; None if nothing is decided in it.

    Args:
        row: The row.
        themes: Finds themes by id or label.
        by_key: Theme id by theme key.

    Raises:
        InputError: Without place, if it cannot be understood or contradicts itself.
    """
    verdicts, others = _read(row.decision, themes)
    written = ""
    if row.theme and row.theme != row.machine_theme:
        written = _known(row.theme, themes)
        if written == by_key.get(split_key(row.key)[1]):
            written = ""
    if not verdicts and not others and not written:
        return None
    machine = _machine_theme(row, themes, by_key)
    if written and written != machine:
        others = [*others, written]
    others = list(dict.fromkeys(others))
    if {True, False} <= set(verdicts) or (False in verdicts and machine in others):
        raise InputError("the decision says yes and no at once", remedy="Leave one of them.")
    # "yes" beside a theme that was written over the machine's is a yes to what was written.
    keeps = machine in others or (True in verdicts and not (written and written != machine))
    yes = [machine] if keeps else []
    yes += [theme for theme in others if theme != machine]
    return Decision(machine, tuple(yes), () if keeps else (machine,))


def _read(text: str, themes: ThemeFinder) -> tuple[list[bool], list[str]]:
    """Yes (true) and no (false) as they stand in a cell, and the themes that are named there."""
    verdict = _verdict(text)
    if verdict is not None:
        return verdict, []
    whole = themes.find(text)
    if whole is not None:
        return [], [whole]
    verdicts: list[bool] = []
    found: list[str] = []
    for part in filter(str.strip, re.split(r"[;\n]", text)):
        verdict = _verdict(part)
        if verdict is None:
            found.append(_known(part.strip(), themes))
        else:
            verdicts += verdict
    return verdicts, found


def _verdict(text: str) -> list[bool] | None:
    word = text.strip().strip(".!'\"").strip().casefold()
    if not word or word in OPEN:
        # A bare apostrophe is what a spreadsheet leaves of an empty text cell.
        return []
    if word in YES:
        return [True]
    return [False] if word in NO else None


def _known(name: str, themes: ThemeFinder) -> str:
    found = themes.find(name)
    if found is None:
        raise InputError(
            f"{shown(name)} is neither yes or no nor a theme of the codebook",
            remedy="Write yes or no." if name.casefold() == "x" else themes.nearest(name),
        )
    return found


def _machine_theme(row: DecisionRow, themes: ThemeFinder, by_key: Mapping[str, str]) -> str:
    keyed = by_key.get(split_key(row.key)[1], "")
    named = themes.find(row.machine_theme)
    if keyed and named and keyed != named:
        raise InputError(
            "the key and the column 'machine_theme' name different themes",
            remedy="Was one column sorted without the others? Take the file's columns back into "
            "one order.",
        )
    if not keyed and named is None:
        raise InputError(
            f"the theme {shown(row.machine_theme)} is not in the codebook",
            remedy=themes.nearest(row.machine_theme),
        )
    return keyed or named or ""


def read_probability(text: str) -> float | None:
    """A probability as a spreadsheet may have written it; None if the cell is empty.

    >>> read_probability("0,25"), read_probability("25 %"), read_probability("")
    (0.25, 0.25, None)

    Raises:
        InputError: If it is none.
    """
    if not text:
        return None
    number = text.replace(",", ".").replace("%", "").strip()
    try:
        value = float(number) / (100 if "%" in text else 1)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise InputError(
            "the selection probability must be above 0 and at most 1",
            remedy="Leave it as it was exported, or empty.",
        )
    return value
