"""``ccgmine report``."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from ccgmine.cli.options import Coder, Format, Output, Raw, StudyFolder
from ccgmine.cli.output import emit
from ccgmine.report.sheet import Sheet


class What(StrEnum):
    """The reports."""

    PREVALENCE = "prevalence"
    PARTICIPANTS = "participants"
    QUOTES = "quotes"


def report(
    what: Annotated[What, typer.Argument(help="What to report.")] = What.PREVALENCE,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Group by this attribute; may be repeated [site, respondent_type]."),
    ] = None,
    cross: Annotated[
        bool, typer.Option("--cross", help="Also by all these attributes at once.")
    ] = False,
    wide: Annotated[
        bool, typer.Option("--wide", help="For reading: a row a theme, a column a group.")
    ] = False,
    theme: Annotated[str, typer.Option(help="Quotes: the theme.")] = "",
    site: Annotated[str, typer.Option(help="Quotes: only this site.")] = "",
    respondent_type: Annotated[
        str, typer.Option("--type", help="Quotes: only this respondent type.")
    ] = "",
    participant: Annotated[str, typer.Option(help="Quotes: only this participant.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Quotes: at most so many.")] = None,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    study: StudyFolder = None,
) -> None:
    """Report prevalence, participants or quotes: a table here, CSV when piped."""
    from ccgmine.cli.output import chosen_format
    from ccgmine.errors import UsageError
    from ccgmine.report.run import QuoteQuery, participants_report, quotes_report
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    if what is not What.PREVALENCE and (by or cross or wide):
        raise UsageError("--by, --cross and --wide are for the prevalence table")
    with open_study(find_folder(study)) as opened:
        if what is What.PREVALENCE:
            from ccgmine.prevalence.run import prevalence_table
            from ccgmine.report import prevalence

            table = prevalence_table(opened, by=by or (), cross=cross, coder=coder or ())
            sheet = prevalence.wide(table) if wide else prevalence.tidy(table)

            def pages() -> Sequence[Sheet]:
                if wide:
                    return [sheet]
                return [*prevalence.group_pages(table), prevalence.overall_page(table)]

            emit([sheet], form=form, output=output, raw=raw, pages=pages)
        elif what is What.PARTICIPANTS:
            emit([participants_report(opened)], form=form, output=output, raw=raw)
        else:
            if not theme:
                raise UsageError("which theme?", remedy="Name one with --theme.")
            query = QuoteQuery(
                theme=theme,
                site=site,
                respondent_type=respondent_type,
                participant=participant,
                limit=limit,
            )
            quotes = quotes_report(opened, query, coder or ())
            emit([quotes], form=form, output=output, raw=raw, pages=lambda: [_for_reading(quotes)])


def _for_reading(quotes: Sheet) -> Sheet:
    """Quotes as a person reads them: who, how coded, the words."""
    at = {name: i for i, name in enumerate(quotes.columns)}
    rows = []
    for row in quotes.rows:
        probability = row[at["probability"]]
        coded = str(row[at["coded_by"]])
        if isinstance(probability, float):
            coded += f", p = {probability:.2f}"
        rows.append((row[at["attribution"]], coded, row[at["quote"]]))
    title = f"Quotes: {quotes.rows[0][at['label']]}" if quotes.rows else "Quotes"
    return Sheet(title, ("participant", "coded by", "passage"), tuple(rows), quotes.notes)
