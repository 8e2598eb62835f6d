"""``ccgmine report``: matrix, cooccurrence, saturation, kwic, agreement and methods."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

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

Themes = Annotated[
    list[str] | None,
    typer.Option("--theme", help="Only this theme and those below it; may be repeated."),
]
Machine = Annotated[
    bool, typer.Option("--machine", help="Also what the model found where nobody has read.")
]


class Cells(StrEnum):
    """What a cell of the matrix holds."""

    RAISED = "01"
    QUOTE = "quote"
    COUNT = "count"


class Together(StrEnum):
    """Within what themes go together."""

    SEGMENT = "segment"
    PARTICIPANT = "participant"


class Measure(StrEnum):
    """What a square of themes shows."""

    BOTH = "n_both"
    JACCARD = "jaccard"
    PHI = "phi"
    LIFT = "lift"


class KappaWords(StrEnum):
    """Whose words for kappa."""

    LANDIS_KOCH = "landis-koch"
    MCHUGH = "mchugh"


def matrix(
    cells: Annotated[
        Cells, typer.Option(help="A cell holds 0 or 1, the first quote, or how many segments.")
    ] = Cells.RAISED,
    theme: Themes = None,
    with_children: Annotated[
        bool, typer.Option("--with-children", help="Every theme with all below it.")
    ] = False,
    by: By = None,
    site: Annotated[str, typer.Option(help="Only this site.")] = "",
    respondent_type: Annotated[str, typer.Option("--type", help="Only this respondent type.")] = "",
    machine: Machine = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """The framework matrix: a row a participant, a column a theme."""
    from ccgmine.report.run_views import matrix_report
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    with open_study(find_folder(study)) as opened:
        warn_of_people(opened)
        sheet = matrix_report(
            opened,
            content=cells,
            themes=tuple(theme or ()),
            with_children=with_children,
            by=tuple(by or ()),
            site=site,
            respondent_type=respondent_type,
            machine=machine,
            coder=tuple(coder or ()),
        )
    emit([sheet], form=form, output=output, raw=raw, mark=mark)


def cooccurrence(
    unit: Annotated[
        Together, typer.Option(help="Themes of one segment, or of one participant.")
    ] = Together.SEGMENT,
    theme: Themes = None,
    wide: Annotated[bool, typer.Option("--wide", help="A square, themes by themes.")] = False,
    measure: Annotated[
        Measure | None, typer.Option(help="With --wide: what the square shows; else n_both.")
    ] = None,
    machine: Machine = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """Which themes go together, in segments or participants."""
    from ccgmine.errors import UsageError
    from ccgmine.report.run_views import cooccurrence_report
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    if measure is not None and not wide:
        raise UsageError(
            "--measure has no effect without --wide", remedy="The other table has every measure."
        )
    with open_study(find_folder(study)) as opened:
        warn_of_people(opened)
        sheet = cooccurrence_report(
            opened,
            unit=unit,
            themes=tuple(theme or ()),
            wide=wide,
            measure=measure or Measure.BOTH,
            machine=machine,
            coder=tuple(coder or ()),
        )
    emit([sheet], form=form, output=output, raw=raw, mark=mark)


def saturation(
    order: Annotated[
        str, typer.Option(help="Attribute that orders the interviews, or 'ingest'; else by date.")
    ] = "",
    by: By = None,
    theme: Themes = None,
    base: Annotated[int, typer.Option(min=1, help="Interviews in the base.")] = 4,
    summary: Annotated[
        bool, typer.Option("--summary", help="When saturation was reached, not each interview.")
    ] = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """New themes interview by interview, and when no more came (Guest, Namey & Chen 2020)."""
    from ccgmine.report.run_saturation import saturation_report
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    with open_study(find_folder(study)) as opened:
        warn_of_people(opened)
        interviews, reached = saturation_report(
            opened,
            order=order,
            by=tuple(by or ()),
            themes=tuple(theme or ()),
            base_size=base,
            coder=tuple(coder or ()),
        )
    sheets = [reached, interviews] if summary else [interviews, reached]
    emit(sheets, form=form, output=output, raw=raw, mark=mark)


def kwic(
    pattern: Annotated[str, typer.Argument(help="Word or words; * stands for any letters.")],
    regex: Annotated[
        bool, typer.Option("--regex", help="The pattern is a regular expression.")
    ] = False,
    window: Annotated[int, typer.Option(min=0, help="Words on either side.")] = 8,
    by: By = None,
    interviewer: Annotated[
        bool, typer.Option("--interviewer", help="Also what interviewers say.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """Keyword in context: every place where participants say a word."""
    from ccgmine.report.run_kwic import kwic_report
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    with open_study(find_folder(study)) as opened:
        warn_of_people(opened)
        sheet = kwic_report(
            opened,
            pattern,
            regex=regex,
            window=window,
            by=tuple(by or ()),
            interviewer=interviewer,
            limit=limit,
        )
    emit([sheet], form=form, output=output, raw=raw, mark=mark)


def agreement(
    coders: Annotated[
        list[str] | None, typer.Argument(help="Two coders or more; none: all who can be compared.")
    ] = None,
    theme: Themes = None,
    words: Annotated[
        KappaWords | None, typer.Option(help="Name kappa in somebody's words.")
    ] = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """How well coders agree: kappa, alpha, AC1 and more, with intervals."""
    from ccgmine.report.run_agreement import agreement_report
    from ccgmine.study import find_folder, open_study

    chosen_format(form, output)
    with open_study(find_folder(study)) as opened:
        warn_of_people(opened)
        sheet = agreement_report(
            opened,
            tuple(coders or ()),
            themes=tuple(theme or ()),
            words=words or "",
        )
    emit([sheet], form=form, output=output, raw=raw, mark=mark)


def methods(
    suppress_below: SuppressBelow = None,
    for_publication: SmallHidden = False,
    coder: Coder = None,
    form: Format = None,
    output: Output = None,
    raw: Raw = False,
    mark: Mark = False,
    study: StudyFolder = None,
) -> None:
    """The paragraph for a paper's methods section, and the COREQ items that can be filled."""
    from ccgmine.report.methods import methods_text
    from ccgmine.report.run_findings import FindingsQuery, check_publication
    from ccgmine.report.run_methods import methods_report
    from ccgmine.study import find_folder, open_study

    form = form or (None if output is not None else "md")
    chosen_format(form, output)
    with open_study(find_folder(study)) as opened:
        query = FindingsQuery(suppress_below=suppress_below, for_publication=for_publication)
        check_publication(query, opened)
        below = query.below(opened)
        sheet = methods_report(opened, coder=tuple(coder or ()), suppress_below=below)
    text = {"md": lambda: methods_text(sheet).encode("utf-8", "replace")}
    emit([sheet], form=form, output=output, raw=raw, mark=mark, further=text)
