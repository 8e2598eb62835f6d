"""Hand codings into a study, and what of it labels which segment."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.codebook import ThemeFinder
from ccgmine.coding.codings import (
    CodingRow,
    CoverageRow,
    Library,
    place_coding,
    place_coverage,
    read_coding_table,
)
from ccgmine.coding.labels import HandLabel, choose_reference, label_segments
from ccgmine.domain import Codebook, Coding, Coverage, Segment, Span, Theme, unique
from ccgmine.errors import CcgmineError, InputError, InputErrors, StudyError
from ccgmine.files import read_bytes, sha256
from ccgmine.ingest.quoted import spoken_forms
from ccgmine.study import Study, now


@dataclass
class ImportReport:
    """What an import changed."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    repeated: int = 0
    elsewhere: int = 0
    unread: int = 0
    covered: int = 0
    coverage_only: bool = False
    read_otherwise: int = 0
    """Quotes that were found without the labels and times in them."""
    problems: list[CcgmineError] = field(default_factory=list)
    without_segment: list[Coding] = field(default_factory=list)


def import_codings(
    study: Study, path: Path, *, coder: str = "", read_in_full: bool = False, skip_bad: bool = False
) -> ImportReport:
    """Import a table of codings or of coverage; what came from it before is replaced.

    Args:
        study: An open study that may be written to.
        path: The table.
        coder: Who coded, where the table does not say.
        read_in_full: Take every transcript that is coded here as read in full by its coders.
        skip_bad: Go on without the rows that cannot be placed; they are in ``problems``.

    Raises:
        InputErrors: With every row that cannot be placed; nothing is changed then.
    """
    return import_rows(
        study,
        path,
        read_coding_table(path, coder),
        read_in_full=read_in_full,
        skip_bad=skip_bad,
    )


def import_rows(
    study: Study,
    path: Path,
    rows: Sequence[CodingRow] | Sequence[CoverageRow],
    *,
    read_in_full: bool = False,
    skip_bad: bool = False,
    new_themes: Sequence[Theme] = (),
) -> ImportReport:
    """Import the rows of a table, however they were read; see `import_codings`.

    ``new_themes`` are themes that rows may name though the codebook lacks them; they are added
    to it once all rows are found usable.

    Raises:
        InputErrors: With every row that cannot be placed; nothing is changed then.
    """
    if not rows:
        raise InputError("the table has no rows", where=path, remedy="Write one row a coding.")
    library = library_of(study)
    if not any(row.coder for row in rows):
        raise InputError("does not say who coded", where=path, remedy="Pass --coder NAME.")
    themes = ThemeFinder(Codebook((*study.codebook.themes, *new_themes)))
    report = ImportReport(rows=len(rows))
    codings: list[Coding] = []
    coverage: list[Coverage] = []
    for row in rows:
        try:
            if isinstance(row, CodingRow):
                codings.append(place_coding(row, library, themes, spoken_forms))
            else:
                coverage.append(place_coverage(row, library, themes))
        except InputError as error:
            problem = InputError(
                error.message, where=path, at=f"row {row.row}", remedy=error.remedy
            )
            report.problems.append(problem)
    report.read_otherwise = library.read_otherwise
    refuse_bad_rows(report, skip_bad=skip_bad)
    if read_in_full:
        coverage += whole_transcripts(codings)
    report.coverage_only = isinstance(rows[0], CoverageRow)
    coders = unique([*(c.coder for c in codings), *(c.coder for c in coverage)])
    # A longer codebook does no harm if the run is killed here; an unknown theme would.
    study.add_themes(list(new_themes))
    store_codings(
        study, path, [Parcel(source_name(study, path), coders, codings, coverage)], report
    )
    return report


def library_of(study: Study) -> Library:
    """The study's transcripts, for rows to point to.

    Raises:
        StudyError: If there are none.
    """
    corpus = study.corpus
    ids = corpus.transcript_ids()
    if not ids:
        raise StudyError(
            "the study has no transcripts yet", remedy="Take them in with `ccgmine ingest`."
        )
    people = (p.participant_id for p in corpus.participants())
    return Library(corpus.transcript, ids, corpus.transcripts_of, people)


def refuse_bad_rows(report: ImportReport, *, skip_bad: bool) -> None:
    """Raise `InputErrors` with the report's problems, unless these are to be gone on without."""
    if report.problems and not skip_bad:
        raise InputErrors(
            report.problems,
            f"{len(report.problems)} of {report.rows} rows cannot be used, so nothing was "
            "imported; mend them, or pass --skip-bad-rows to go on without them",
        )


def whole_transcripts(codings: Sequence[Coding]) -> list[Coverage]:
    """Coverage that says that every transcript coded here was read in full by its coders."""
    pairs = dict.fromkeys((c.transcript_id, c.coder) for c in codings)
    return [Coverage(transcript_id, coder) for transcript_id, coder in pairs]


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that these coders said in one source: what they said in it before is replaced."""

    source: str
    coders: Sequence[str]
    codings: Sequence[Coding]
    coverage: Sequence[Coverage]


def store_codings(
    study: Study, path: Path, parcels: Sequence[Parcel], report: ImportReport
) -> None:
    """Store parcels that came from a file, all of them or nothing, and report the difference."""
    known = set(study.codings.all())
    changes = []
    for parcel in parcels:
        wanted = set(parcel.codings)
        stored = {c for c in study.codings.of_source(parcel.source) if c.coder in parcel.coders}
        added, removed = wanted - stored, stored - wanted
        changes.append((parcel, added, removed))
        moved = _count_moved(added, removed)
        report.unchanged += len(wanted & stored)
        report.repeated += len(parcel.codings) - len(wanted)
        report.changed += moved
        report.added += len(added) - moved
        report.removed += len(removed) - moved
        report.covered += len(parcel.coverage)
        report.elsewhere += len(added & known)
    with study.transaction():
        for parcel, added, removed in changes:
            study.codings.remove(removed, parcel.source)
            study.codings.add(sorted(added), parcel.source, now())
            study.codings.clear_coverage(parcel.source, parcel.coders)
            study.codings.add_coverage(dict.fromkeys(parcel.coverage), parcel.source)
        study.record("import", {"file": path.name, "sha256": sha256(read_bytes(path))})
    covered = {(c.transcript_id, c.coder) for c in study.codings.coverage()}
    codings = [c for parcel in parcels for c in parcel.codings]
    report.unread = len({(c.transcript_id, c.coder) for c in codings} - covered)
    segments = list(study.corpus.segments())
    for coder in unique(c.coder for c in codings):
        own = [c for c in codings if c.coder == coder]
        report.without_segment += label_segments(segments, own, [], [coder])[1]


def _count_moved(added: set[Coding], removed: set[Coding]) -> int:
    """How many additions are old codings whose span was changed."""
    left: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
    for old in sorted(removed):
        left[old.transcript_id, old.theme_id, old.coder].append(old.span)
    moved = 0
    for new in sorted(added):
        spans = left[new.transcript_id, new.theme_id, new.coder]
        twin = next((span for span in spans if span.overlap(new.span)), None)
        if twin is not None:
            spans.remove(twin)
            moved += 1
    return moved


def source_name(study: Study, path: Path) -> str:
    """Name of a file as the origin of codings: its path as seen from the study folder."""
    try:
        return Path(os.path.relpath(path.resolve(), study.folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.name


@dataclass(frozen=True, slots=True)
class HandCoding:
    """The reference coding of a study's segments."""

    reference: tuple[str, ...]
    segments: list[tuple[int, Segment]]
    labels: dict[int, HandLabel]


def hand_coding(study: Study, coder: Sequence[str] = ()) -> HandCoding:
    """The labels that the reference coder gave.

    Raises:
        StudyError: If the study has no segments or codings, or no reference among several.
    """
    segments = list(study.corpus.segments())
    if not segments:
        raise StudyError("the study is empty", remedy="Take transcripts in with `ccgmine ingest`.")
    reference = choose_reference(study.codings.coders(), study.settings.reference_coder, coder)
    labels, _ = label_segments(segments, study.codings.all(), study.codings.coverage(), reference)
    return HandCoding(reference, segments, labels)
