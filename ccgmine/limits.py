"""Limits against files that would eat the machine's memory or time, as the user may change them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, TypeVar

from ccgmine.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Limits = TypeVar("Limits", bound=DataclassInstance)


def changed_limits(limits: Limits, given: Iterable[str]) -> Limits:
    """Limits with those changed that are given as ``NAME=NUMBER``.

    Args:
        limits: A dataclass of whole numbers, as the rooms have them.
        given: What ``--limit`` says.

    Raises:
        UsageError: If there is no such limit, or the number is none.
    """
    known = [f.name for f in fields(limits)]
    for text in given:
        name, _, number = text.partition("=")
        if name not in known or not number.isdecimal() or not 0 < len(number) < 10:
            raise UsageError(
                f"the limit '{text}' is not known",
                remedy=f"Write NAME=NUMBER, with one of {', '.join(known)}.",
            )
        limits = replace(limits, **{name: int(number)})
    return limits


def trusted(name: str) -> str:
    """What to do about a file beyond a limit, as an error's remedy."""
    return f"If the file is to be trusted, raise the limit with --limit {name}=NUMBER."
