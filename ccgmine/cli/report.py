"""``ccgmine report``: prevalence, differences, comparisons, participants and quotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ccgmine.cli.options import (
    By,
    Coder,
    Format,
    Mark,
    Output,
    Raw,
    SmallHidden,
    StudyFolder,
    SuppressBelow,
)
from ccgmine.cli.output import chosen_format, emit, warn_of_people
from ccgmine.report.sheet import Sheet

if TYPE_CHECKING:
    from ccgmine.bands import Bands
    from ccgmine.report.findings import Findings
    from ccgmine.report.run_findings import FindingsQuery
    from ccgmine.study import Study


class Basis(StrEnum):
    """What figures rest on."""

    MODEL = "model"
    HAND = "hand"
    MACHINE = "machine"


class Unit(StrEnum):
    """What is counted."""

    PARTICIPANTS = "participants"
    SEGMENTS = "segments"
    WORDS = "words"


class Part(StrEnum):
    """Parts of the material that can be compared."""

    WAVE = "wave"
    KIND = "source_kind"


Cross = Annotated[bool, typer.Option("--cross", help="Also by all these attributes at once.")]
HideZeros = Annotated[
    bool,
    typer.Option("--hide-zeros", help="With --suppress-below: hide nobody and everybody too."),
]
ForPublication = Annotated[
    bool,
    typer.Option(
        "--for-publication",
        help="Protect participants: small cells hidden (below 5 if not set), quotes without site, "
        "participants re-numbered.",
    ),
]


def prevalence(
    by: By = None,
    cross: Cross = False,
    basis: Annotated[
        Basis,
        typer.Option(help="Rest on hand codings and model; hand codings alone; or machine counts."),
    ] = Basis.MODEL,
    unit: Annotated[
        Unit, typer.Option(help="Count participants, or shares of their talk.")
    ] = Unit.PARTICIPANTS,
    wide: Annotated[
        bool, typer.Option("--wide", help="For reading: a row a theme, a column a group.")
    ] = False,
    view: Annotated[
        str, typer.Option(help="Figures: overall, or the attribute to show, as site.")
    ] = "",
    quotes: Annotated[
        int | None,
        typer.Option(min=0, help="Workbook and page: at most so many quotes a theme; else 100."),
    ] = None,
    suppress_below: SuppressBelow = None,
    hide_zeros: HideZeros = False,
    for_publication: ForPublication = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """How prevalent each theme is, overall and by group, with intervals and words.

    With -o the file's name chooses: .csv .tsv .json .md (the table), .xlsx (a workbook with a
    sheet a view), .html (one page for a browser), .docx (a table for a paper), .png .svg .pdf
    (figures).
    """
    from ccgmine.errors import UsageError
    from ccgmine.prevalence.run import PrevalenceQuery
    from ccgmine.report import prevalence as pages
    from ccgmine.report.run_findings import FindingsQuery, findings, protected_table
    from ccgmine.study import find_folder, open_study

    chosen = chosen_format(form, output, FINDINGS_FORMATS)
    _check_options(chosen, view=view, wide=wide, quotes=quotes)
    query = FindingsQuery(
        prevalence=PrevalenceQuery(
            by=tuple(by or ()),
            cross=cross,
            coder=tuple(coder or ()),
            basis=basis,
            unit=unit,
        ),
        suppress_below=suppress_below,
        hide_zeros=hide_zeros,
        for_publication=for_publication,
        quotes=100 if quotes is None else quotes,
    )
    with open_study(find_folder(study)) as opened:
        _check_zeros(query, opened)
        if cross and len(set(by or opened.settings.by)) < 2:
            raise UsageError("--cross is for two attributes or more", remedy="Name them with --by.")
        if chosen in {"xlsx", "html"} and query.below(opened) < 2:
            # These have room for every view. Where figures are hidden, every format must show
            # the same groups: what one hides another would give away.
            query = replace(query, prevalence=replace(query.prevalence, cross=True))
        if chosen in FINDINGS_FORMATS:
            found = findings(opened, query)
            render = {chosen: lambda: _rendered(found, chosen, view, opened.settings.bands)}
            emit([], form=form, output=output, further=render)
            return
        table = protected_table(opened, query)
        sheet = pages.wide(table) if wide else pages.tidy(table)

        def shown() -> Sequence[Sheet]:
            return [sheet] if wide else [*pages.group_pages(table), pages.overall_page(table)]

        emit([sheet], form=form, output=output, raw=raw, mark=mark, pages=shown)


def _check_options(form: str, *, view: str, wide: bool, quotes: int | None) -> None:
    """Refuse what this format has no use for: who asks for it expects something else."""
    from ccgmine.errors import UsageError

    figures = ("png", "svg", "pdf")
    for given, name, where in (
        (bool(view), "--view", figures),
        (quotes is not None, "--quotes", ("xlsx", "html")),
        (wide, "--wide", ("table", "csv", "tsv", "json", "md")),
    ):
        if given and form not in where:
            raise UsageError(
                f"{name} has no effect on {form}",
                remedy=f"It is for {', '.join(where)}; leave it out.",
            )


def _check_zeros(query: FindingsQuery, study: Study) -> None:
    from ccgmine.errors import UsageError

    if query.hide_zeros and query.below(study) < 2:
        raise UsageError(
            "--hide-zeros has no effect where no small figures are hidden",
            remedy="Say below how many people with --suppress-below.",
        )


FINDINGS_FORMATS = ("xlsx", "html", "docx", "png", "svg", "pdf")
"""Formats that show everything at once."""


def _rendered(found: Findings, form: str, view: str, bands: Bands) -> bytes:
    if form == "xlsx":
        from ccgmine.report.workbook import render_workbook

        return render_workbook(found)
    if form == "html":
        from ccgmine.report.page import render_page

        return render_page(found).encode("utf-8", "replace")
    if form == "docx":
        from ccgmine.report.document import render_docx

        return render_docx(found)
    from ccgmine.report.figures import render_figure

    return render_figure(found, form, view=view, bands=bands)


def differences(
    by: By = None,
    between: Annotated[
        str | None, typer.Option("--between", help="Only this group against others, or with --and.")
    ] = None,
    other: Annotated[
        str | None, typer.Option("--and", help="With --between: against this group alone.")
    ] = None,
    suppress_below: SuppressBelow = None,
    hide_zeros: HideZeros = False,
    for_publication: SmallHidden = False,
    cross: Annotated[
        bool, typer.Option("--cross", help="With --suppress-below: hide as the crossed table does.")
    ] = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """How much more often one group raised a theme than another, with intervals.

    On a terminal, those whose interval leaves out 0; with --between, all of the pairs chosen.
    """
    from ccgmine.errors import UsageError
    from ccgmine.prevalence.run import PrevalenceQuery
    from ccgmine.report import differences as pages
    from ccgmine.report.run_findings import (
        FindingsQuery,
        check_publication,
        protected_differences,
        protected_table,
    )
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    if "" in (between, other):
        raise UsageError("the name of a group is empty", remedy="Name one, or leave it out.")
    if other and not between:
        raise UsageError("--and names the second of two groups", remedy="Name one with --between.")
    query = FindingsQuery(
        prevalence=PrevalenceQuery(
            by=tuple(by or ()),
            cross=cross,
            coder=tuple(coder or ()),
            between=tuple(name for name in (between, other) if name),
        ),
        suppress_below=suppress_below,
        hide_zeros=hide_zeros,
        for_publication=for_publication,
    )
    with open_study(find_folder(study)) as opened:
        check_publication(query, opened)
        _check_zeros(query, opened)
        if cross and query.below(opened) < 2:
            raise UsageError(
                "--cross has no effect where no small figures are hidden",
                remedy="It makes differences hide what a crossed table hides; leave it out.",
            )
        table = protected_differences(opened, query, protected_table(opened, query))
    emit(
        [pages.differences(table)],
        form=form,
        output=output,
        raw=raw,
        mark=mark,
        pages=lambda: pages.difference_pages(table, everything=bool(between)),
    )


def compare(
    part: Annotated[Part, typer.Option("--by", help="What to compare.")] = Part.WAVE,
    suppress_below: SuppressBelow = None,
    hide_zeros: HideZeros = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """Waves, or kinds of source, side by side: what was said then and now, or said and seen."""
    from ccgmine.prevalence.run import PrevalenceQuery
    from ccgmine.report.compare import compare_sheet
    from ccgmine.report.run_findings import FindingsQuery, protected_comparison
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    with open_study(find_folder(study)) as opened:
        query = FindingsQuery(
            prevalence=PrevalenceQuery(coder=tuple(coder or ())),
            suppress_below=suppress_below,
            hide_zeros=hide_zeros,
        )
        _check_zeros(query, opened)
        found = protected_comparison(opened, part, query)
    sheet = compare_sheet(found.table, found.differences, found.changes)
    emit([sheet], form=form, output=output, raw=raw, mark=mark)


def participants(
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """Who was interviewed: participants by site and respondent type."""
    from ccgmine.report.run import participants_report
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    with open_study(find_folder(study)) as opened:
        warn_of_people(opened)
        sheet = participants_report(opened)
    emit([sheet], form=form, output=output, raw=raw, mark=mark)


def quotes(
    theme: Annotated[str, typer.Option(help="The theme: its id or label.")] = "",
    site: Annotated[str, typer.Option(help="Only this site.")] = "",
    respondent_type: Annotated[str, typer.Option("--type", help="Only this respondent type.")] = "",
    participant: Annotated[str, typer.Option(help="Only this participant.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    for_publication: ForPublication = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """The passages behind a figure, by hand and by machine, each with its participant."""
    from ccgmine.errors import UsageError
    from ccgmine.report.run import QuoteQuery, quotes_report
    from ccgmine.report.run_findings import publishable_quotes
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    if not theme:
        raise UsageError("which theme?", remedy="Name one with --theme.")
    wanted = QuoteQuery(
        theme=theme,
        site=site,
        respondent_type=respondent_type,
        participant=participant,
        limit=limit,
    )
    with open_study(find_folder(study)) as opened:
        if for_publication:
            found = publishable_quotes(opened, wanted, tuple(coder or ()))
        else:
            warn_of_people(opened)
            found = quotes_report(opened, wanted, coder or ())
    emit(
        [found],
        form=form,
        output=output,
        raw=raw,
        mark=mark,
        pages=lambda: [_for_reading(found)],
    )


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
