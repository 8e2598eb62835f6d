"""Printing: results to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ccgmine.errors import CcgmineError, InputErrors, UsageError
from ccgmine.files import atomic_write
from ccgmine.report.sheet import Sheet

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

    from ccgmine.study import Study

quiet = False

BINARY = ("xlsx", "docx", "png", "svg", "pdf", "html")
"""Formats that nobody reads in a terminal."""


def set_quiet(*, on: bool) -> None:
    """Leave out progress and notes; errors are always told."""
    global quiet
    quiet = on


def note(text: str) -> None:
    """Tell the user something on standard error."""
    if not quiet:
        sys.stderr.write(_one_line(text) + "\n")


def warn(text: str) -> None:
    """Warn the user on standard error."""
    sys.stderr.write(f"warning: {_one_line(text)}\n")


def warn_of_people(study: Study) -> None:
    """A view of single participants is no place for figures that must be protected."""
    if study.settings.suppress_below > 1:
        warn(
            "this view rests on single participants; suppress_below of study.toml has no hold on it"
        )


def fail(error: CcgmineError) -> None:
    """Print an error, or every one of several, one line each."""
    if isinstance(error, InputErrors):
        for problem in error.problems:
            sys.stderr.write(f"error: {_one_line(problem.line)}\n")
    sys.stderr.write(f"error: {_one_line(error.line)}\n")


def _one_line(text: str) -> str:
    """Text that cannot move the cursor or colour the terminal."""
    # Names of files come as bytes that the locale may not know; here they are UTF-8 again.
    with contextlib.suppress(UnicodeEncodeError):
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text.replace("\n", " "))


def out_console() -> Console:
    """A Rich console on standard output."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)


def is_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()


def write_out(text: str) -> None:
    r"""Write results to standard output, as UTF-8 with ``\n`` on every system."""
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(text)
        return
    stream.write(text.encode("utf-8", "replace"))
    stream.flush()


def spare_study(output: Path | None) -> None:
    """Refuse to write a result over a file that a study is made of.

    Raises:
        UsageError: If it is one.
    """
    from ccgmine.study import CODEBOOK_FILE, DATABASE_FILE, SETTINGS_FILE

    own = (CODEBOOK_FILE, DATABASE_FILE, SETTINGS_FILE)
    if output is None or not (output.parent / DATABASE_FILE).is_file():
        return
    # Compared as files, too: some systems take upper and lower case for one.
    for path in (output.parent / name for name in own):
        if output.name == path.name or (
            output.exists() and path.exists() and output.samefile(path)
        ):
            raise UsageError(
                "this file is part of the study and would be lost",
                where=output,
                remedy="Name another file.",
            )


def chosen_format(form: str | None, output: Path | None, further: Iterable[str] = ()) -> str:
    """The format asked for, else that of the file's suffix, else table or CSV.

    Args:
        form: As named by the user.
        output: The file to write.
        further: Formats that this report has beside the usual ones.

    Raises:
        UsageError: If it is not known.
    """
    from ccgmine.report.writers import FORMATS

    known = tuple(dict.fromkeys((*FORMATS, *further)))
    if form is None and output is not None:
        form = output.suffix.lower().lstrip(".")
        if form not in known:
            raise UsageError(
                f"a file ending in '{output.suffix}' is not known here",
                remedy=f"Use {', '.join('.' + f for f in known)}, or --format.",
            )
    if form is None:
        return "table" if is_terminal() else "csv"
    if form not in (*known, "table"):
        raise UsageError(
            f"the format '{form}' is not known here",
            remedy=f"Use one of {', '.join((*known, 'table'))}.",
        )
    if form in BINARY and output is None and is_terminal():
        raise UsageError(f"{form} cannot be shown here", remedy=f"Name a file with -o FILE.{form}.")
    if form == "table" and output is not None:
        raise UsageError("a table is for the terminal", remedy="Use --format csv or xlsx.")
    return form


def emit(
    sheets: Sequence[Sheet],
    *,
    form: str | None,
    output: Path | None,
    raw: bool = False,
    mark: bool = False,
    pages: Callable[[], Sequence[Sheet]] | None = None,
    further: Mapping[str, Callable[[], bytes]] | None = None,
) -> None:
    """Write sheets where and as asked.

    Args:
        sheets: What to write; text formats take the first.
        form: Format, or None to go by file name and terminal.
        output: File, or None for standard output.
        raw: Leave formula-like text as it is.
        mark: Begin with the UTF-8 mark also where there is no file.
        pages: Makes what a terminal shows, where that differs.
        further: Makes the formats that this report has beside the usual ones, or in their place.
    """
    from ccgmine.report.writers import render_text, render_xlsx

    spare_study(output)
    further = further or {}
    form = chosen_format(form, output, further)
    if mark and (raw or form not in {"csv", "tsv"}):
        raise UsageError(
            f"--bom has no effect with --raw or on {form}", remedy="It is for csv and tsv."
        )
    if form == "table":
        shown = list(pages()) if pages is not None else list(sheets)
        for sheet in shown:
            print_table(sheet)
        return
    if form in further:
        content = further[form]()
    elif form == "xlsx":
        content = render_xlsx(sheets)
    else:
        content = render_text(sheets[0], form, raw=raw).encode("utf-8", "replace")
    if form in {"csv", "tsv"} and (mark or (output is not None and not raw)):
        content = b"\xef\xbb\xbf" + content
    if output is not None:
        with atomic_write(output) as stream:
            stream.write(content)
        note(f"written: {output}")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    if form in {"csv", "tsv"}:
        for text in sheets[0].notes:
            note(text)


def print_table(sheet: Sheet) -> None:
    """Show a sheet on the terminal with its notes below; one too wide for it, in parts."""
    from rich.text import Text

    console = out_console()
    parts = _parts(sheet, console.width)
    for number, columns in enumerate(parts, 1):
        title = sheet.title if len(parts) == 1 else f"{sheet.title} ({number} of {len(parts)})"
        _print_part(console, sheet, title, columns)
    for text in sheet.notes:
        console.print(Text(text))
    if sheet.notes:
        console.print()


def _parts(sheet: Sheet, width: int) -> list[list[int]]:
    """Columns that fit side by side, the first column with each of them."""
    first = min(32, width // 3, _width(sheet, 0)) if sheet.columns else 0
    room = width - first - 1
    parts: list[list[int]] = [[]]
    left = room
    for i in range(1, len(sheet.columns)):
        needed = min(_width(sheet, i), READABLE) + 1
        if needed > left and parts[-1]:
            parts.append([])
            left = room
        parts[-1].append(i)
        left -= needed
    return [[0, *part] for part in parts] if sheet.columns else [[]]


def _print_part(console: Console, sheet: Sheet, title: str, columns: Sequence[int]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ccgmine.report.numbers import plain

    table = Table(
        title=Text(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    first = min(32, console.width // 3, _width(sheet, 0)) if columns else 0
    # Where the columns are too many by a little, the first one gives way, not words of the others.
    others = sum(min(_width(sheet, i), READABLE + 1) + 2 for i in columns if i > 0)
    first = min(first, max(16, console.width - others))
    for i in columns:
        numeric = i > 0 and all(
            isinstance(row[i], int | float) or row[i] is None for row in sheet.rows
        )
        table.add_column(
            Text(sheet.columns[i]),
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=i > 0 and _width(sheet, i) <= READABLE,
            width=first if i == 0 else None,
        )
    for row in sheet.rows:
        # Text, not markup: square brackets of transcripts stay.
        cells = (row[i] for i in columns)
        table.add_row(*(Text(plain(c) if isinstance(c, float) else _shown(c)) for c in cells))
    console.print(table)


READABLE = 12
"""A column this narrow is not folded; one that is wider can be, down to this."""


def _width(sheet: Sheet, column: int) -> int:
    cells = (str(row[column]) for row in [sheet.columns, *sheet.rows])
    return max(len(line) for cell in cells for line in cell.split("\n"))


def _shown(cell: str | int | None) -> str:
    return (
        ""
        if cell is None
        else "".join(c if c.isprintable() or c == "\n" else "?" for c in str(cell))
    )


class ProgressBar:
    """A bar on standard error for what takes more than a second; silent when quiet or piped."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bar: RichProgress | None = None
        self._on = sys.stderr.isatty() and not quiet and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are done."""
        if not self._on:
            return
        if self._bar is None:
            if time.monotonic() - self._started < 1.0:
                return
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.add_task("")
            self._bar.start()
        task = self._bar.task_ids[0]
        self._bar.update(task, completed=done, total=total, description=_one_line(what)[:40])
