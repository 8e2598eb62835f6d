"""The group ``ccgmine report``: ``prevalence`` is what it does when no report is named."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from ccgmine.cli import report, views

DEFAULT = "prevalence"


class _Reports(TyperGroup):
    """Finds the report wherever it stands among the options; none named means prevalence."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401
        at = self._where(args)
        if at is not None:
            args = [args[at], *args[:at], *args[at + 1 :]]
        elif not {"-h", "--help"} & set(args):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def _where(self, args: list[str]) -> int | None:
        """Place of the first argument that names a report and is no option's value."""
        takes_value = {
            name
            for command in self.commands.values()
            for option in command.params
            if not getattr(option, "is_flag", False)
            for name in option.opts
            if name.startswith("-")
        }
        skip = False
        for i, arg in enumerate(args):
            if skip:
                skip = False
            elif arg.startswith("-"):
                skip = arg in takes_value
            elif arg in self.commands or i == 0:
                # A first word that names no report is a typing error, to be told as such.
                return i
        return None


app = typer.Typer(
    cls=_Reports,
    help="Report prevalence, quotes and more: a table here, CSV when piped. Without a report's "
    "name: prevalence.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("prevalence")(report.prevalence)
app.command("differences")(report.differences)
app.command("compare")(report.compare)
app.command("participants")(report.participants)
app.command("quotes")(report.quotes)
app.command("matrix")(views.matrix)
app.command("cooccurrence")(views.cooccurrence)
app.command("saturation")(views.saturation)
app.command("kwic")(views.kwic)
app.command("agreement")(views.agreement)
app.command("methods")(views.methods)
