"""The command ``ccgmine``: its subcommands, and where errors become lines and exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ccgmine import __version__
from ccgmine.cli import classify, demo, imports, ingest, output, report, study, train
from ccgmine.errors import CcgmineError
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
app.command("train")(train.train)
app.command("classify")(classify.classify)
app.command("report")(report.report)
app.command("check")(study.check)


def main() -> None:
    """Run the command line; every error ends in one line and its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # One text on every system, whatever the console's code page.
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    try:
        app()
    except CcgmineError as error:
        output.fail(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _close_quietly()
    except SystemExit as ending:
        if ending.code == 130:
            _stopped()
        raise
    except KeyboardInterrupt:
        _stopped()
        sys.exit(130)
    except MemoryError:
        sys.stderr.write("error: the machine's memory is used up. Close other programs.\n")
        sys.exit(5)
    except OSError as error:
        told = machine_error(error, error.filename)
        output.fail(told)
        sys.exit(told.exit_code)


def _stopped() -> None:
    sys.stderr.write("stopped: what was finished before is kept; run again to go on\n")


def _close_quietly() -> None:
    # Whoever read our output has seen enough; Python must not complain at exit either.
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
    sys.exit(0)
