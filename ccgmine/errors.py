"""The error family: what went wrong, where, and how to mend it, in one line.

Every error that a user can cause is one of these; the command line prints the line
and leaves with the class's exit code. A message never holds transcript text.
"""

from __future__ import annotations

from pathlib import Path


def shown(value: str) -> str:
    """A value out of a table as an error may show it: a name, but never somebody's words.

    Where the wrong column was named, the value is a passage of a transcript; of what is too
    long for a name only the length is told.
    """
    if len(value) <= 60 and len(value.split()) <= 6:
        return f"'{value}'"
    return f"({len(value)} characters)"


class CcgmineError(Exception):
    """Base of every error that is told to the user in one line.

    Args:
        message: What is wrong.
        remedy: How to mend it, as a sentence.
        where: The file concerned.
        at: The place in it, for example ``"line 12"`` or ``"row 3"``.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        where: Path | str | None = None,
        at: str = "",
    ) -> None:
        self.message = message
        self.remedy = remedy
        self.where = where
        self.at = at
        super().__init__(self.line)

    @property
    def line(self) -> str:
        """The whole error as one line."""
        place = f"{self.where}: " if self.where is not None else ""
        if self.at:
            place = f"{place.removesuffix(': ')}, {self.at}: " if place else f"{self.at}: "
        end = "" if self.message.endswith((".", "?")) else "."
        remedy = f" {self.remedy}" if self.remedy else ""
        return " ".join(f"{place}{self.message}{end}{remedy}".split())


class UsageError(CcgmineError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class InputError(CcgmineError):
    """A file that was handed in cannot be used as it is."""

    exit_code = 3


class InputErrors(InputError):
    """Several bad files or rows, told all at once.

    Args:
        problems: The single errors, in the order of the input.
        summary: A last line that says what was done about them.
    """

    def __init__(self, problems: list[CcgmineError], summary: str) -> None:
        self.problems = problems
        super().__init__(summary)


class StudyError(CcgmineError):
    """The study folder, its settings, codebook, codings or models do not allow this."""

    exit_code = 4


class MachineError(CcgmineError):
    """The machine refuses: disk full, no permission, another process holds the study."""

    exit_code = 5
