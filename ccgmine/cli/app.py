"""The command ``ccgmine``: its subcommands, and where errors become lines and exit codes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ccgmine import __version__
from ccgmine.cli import (
    classify,
    demo,
    exports,
    imports,
    ingest,
    models,
    output,
    reports,
    study,
    train,
)
from ccgmine.errors import CcgmineError, MachineError, UsageError
from ccgmine.files import machine_error

app = typer.Typer(
    name="ccgmine",
    help="Text mining for interview transcripts: take them in, learn themes from hand codings, "
    "classify the rest, and report how prevalent each theme is. Nothing leaves this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


# Typer's error for a wrong call, wherever the installed version has it from.
_WrongUsage: type[Exception] = typer.BadParameter.__mro__[1]


_NOWHERE_TO_WRITE = MachineError(
    "standard output is closed, so the result went nowhere",
    remedy="Leave it open, send it to a file with >, or name one with -o.",
)
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"ccgmine {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    study_folder: Annotated[
        Path | None,
        typer.Option("--study", help="Study folder; else CCGMINE_STUDY, else this folder."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no notes.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    output.set_quiet(on=quiet)
    if study_folder is not None:
        os.environ["CCGMINE_STUDY"] = str(study_folder)


app.command("demo")(demo.demo)
app.command("init")(study.init)
app.command("ingest")(ingest.ingest)
app.command("import")(imports.import_)
app.command("export")(exports.export)
app.command("train")(train.train)
app.command("classify")(classify.classify)
app.add_typer(reports.app, name="report")
app.command("evaluate")(models.evaluate)
app.command("models")(models.models)
app.command("explain")(models.explain)
app.command("check")(study.check)


def main() -> None:
    """Run the command line; every error ends in one line and its exit code."""
    # A sum of floats depends on how many threads it is split over, and our figures must not; the
    # matrices are small, so nothing is lost. Further processes (--jobs) inherit this.
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # One text on every system, whatever the console's code page.
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    try:
        code = _run()
    except OSError as error:  # not even the error could be told
        _close_quietly(0 if isinstance(error, BrokenPipeError) else MachineError.exit_code)
    sys.exit(code)


def _run() -> int:
    """Run the command; returns the exit code, and every error has been told."""
    try:
        # Not standalone: wrong usage is told in one line, as every other error is.
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except CcgmineError as error:
        return _told(error)
    except _WrongUsage as error:
        if not sys.argv[1:]:
            error.show()  # type: ignore[attr-defined]  # nothing was asked for: the help
            return UsageError.exit_code
        return _told(_usage_error(error))
    except BrokenPipeError:
        _close_quietly()
    except KeyboardInterrupt:
        return _stopped()
    except MemoryError:
        return _told(
            MachineError("the machine's memory is used up", remedy="Close other programs.")
        )
    except OSError as error:
        closed = error.errno == errno.EBADF and error.filename is None
        code = _told(_NOWHERE_TO_WRITE if closed else machine_error(error, error.filename))
        _drop_unwritten()
        return code
    except SystemExit as ending:
        # Typer ends so where whoever read our output has closed the pipe, and nowhere else.
        if ending.code == 1:
            _close_quietly()
        raise
    if code == 130:
        return _stopped()
    return code if isinstance(code, int) else 0


def _told(error: CcgmineError) -> int:
    output.fail(error)
    return error.exit_code


def _usage_error(error: Exception) -> CcgmineError:
    message: str = error.format_message()  # type: ignore[attr-defined]
    message = message.replace("Value error, ", "")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ccgmine"
    return UsageError(message[:1].lower() + message[1:], remedy=f"See `{command} --help`.")


def _stopped() -> int:
    sys.stderr.write("stopped: what was finished before is kept; run again to go on\n")
    return 130


def _open_closed_streams() -> None:
    # A file that took the number of a closed standard stream would get what is meant for it.
    # Of these, standard output is open for reading only: whoever wants a result must learn that
    # it went nowhere, while a command that has none to print does its work.
    for name, mode, flags in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))


def _close_quietly(code: int = 0) -> NoReturn:
    # Whoever read our output has seen enough.
    _drop_unwritten()
    sys.exit(code)


def _drop_unwritten() -> None:
    # What could not be written must not make Python complain at exit, too.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
            continue
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
