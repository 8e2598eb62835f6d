"""Reading tables of hand codings and of coverage, and placing quotes in their transcripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ccgmine.codebook import ThemeFinder
from ccgmine.domain import Coding, Coverage, Role, Span, Transcript
from ccgmine.errors import InputError, shown
from ccgmine.matching import QuoteFinder, normalise_quote, unguarded
from ccgmine.tables import Table, read_table


@dataclass(frozen=True, slots=True)
class CodingRow:
    """One row of a codings table, as it stands there."""

    row: int
    participant_id: str
    transcript_id: str
    theme: str
    coder: str
    quote: str = field(repr=False)
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One row of a coverage table, as it stands there."""

    row: int
    transcript_id: str
    coder: str
    themes: tuple[str, ...]
    start: str
    end: str
    selection_probability: str


def read_coding_table(path: Path, coder: str) -> list[CodingRow] | list[CoverageRow]:
    """Read a table of codings or of coverage; its columns tell which it is.

    Args:
        path: CSV, TSV, XLSX or JSON lines. Codings: ``theme``, ``participant_id`` or
            ``transcript``, ``quote`` or ``start`` and ``end``, and ``coder``. Coverage:
            ``transcript``, ``coder`` and, as far as there are, ``themes``, ``start``, ``end``,
            ``selection_probability``.
        coder: Who coded, where the table has no such column.

    Raises:
        InputError: If the columns are neither of the two.
    """
    table = read_table(path)
    transcript_at = table.find("transcript", "transcript_id", "document", "file")
    coder_at = table.find("coder")
    theme_at = table.find("theme", "theme_id", "code", "tag")
    person_at = table.find("participant_id", "participant")
    quote_at = table.find("quote", "text", "segment", "content")
    start_at, end_at = table.find("start"), table.find("end")
    if theme_at is not None and (transcript_at is not None or person_at is not None):
        if quote_at is None and (start_at is None or end_at is None):
            raise InputError(
                "codings need a column 'quote', or 'start' and 'end'",
                where=path,
                remedy=table.listed,
            )
        columns = (person_at, transcript_at, theme_at, coder_at, quote_at, start_at, end_at)
        return list(_coding_rows(table, columns, coder))
    if transcript_at is not None and theme_at is None:
        probability_at = table.find("selection_probability")
        themes_at = table.find("themes")
        places = (transcript_at, coder_at, themes_at, start_at, end_at, probability_at)
        return list(_coverage_rows(table, places, coder))
    raise InputError(
        "these are neither codings nor coverage",
        where=path,
        remedy="Codings have the columns participant_id or transcript, theme, coder, and quote or "
        f"start and end; coverage has transcript and coder. {table.listed}",
    )


def _cell(cells: Sequence[str], at: int | None) -> str:
    return "" if at is None else cells[at].strip()


def _coding_rows(table: Table, columns: tuple[int | None, ...], coder: str) -> Iterator[CodingRow]:
    for number, cells in table.rows:
        person, transcript, theme, who, quote, start, end = (_cell(cells, at) for at in columns)
        yield CodingRow(number, person, transcript, theme, who or coder, quote, start, end)


def _coverage_rows(
    table: Table, columns: tuple[int | None, ...], coder: str
) -> Iterator[CoverageRow]:
    for number, cells in table.rows:
        transcript, who, themes, start, end, probability = (_cell(cells, at) for at in columns)
        names = tuple(t.strip() for t in themes.split(";") if t.strip())
        yield CoverageRow(number, transcript, who or coder, names, start, end, probability)


class Library:
    """The transcripts that rows may point to.

    Args:
        transcripts: Looks a transcript up by id; None if there is none.
        transcript_ids: All ids.
        transcripts_of: Ids of the transcripts that a participant speaks in.
        participants: All participant ids.
    """

    def __init__(
        self,
        transcripts: Callable[[str], Transcript | None],
        transcript_ids: Sequence[str],
        transcripts_of: Callable[[str], list[str]],
        participants: Iterable[str],
    ) -> None:
        self._load = transcripts
        self._of = transcripts_of
        self._ids = {i: i for i in transcript_ids}
        self._folded = {i.casefold(): i for i in transcript_ids}
        self._people = set(participants)
        self._cache: dict[str, tuple[Transcript, QuoteFinder]] = {}
        self.read_otherwise = 0

    def known_id(self, name: str) -> str | None:
        """A transcript's id from its id or file name."""
        if name in self._ids:
            return name
        return self._folded.get(name.casefold()) or self._folded.get(Path(name).stem.casefold())

    def get(self, transcript_id: str) -> tuple[Transcript, QuoteFinder]:
        """A transcript, ready to be searched."""
        if transcript_id not in self._cache:
            transcript = self._load(transcript_id)
            if transcript is None:
                raise InputError(f"there is no transcript '{transcript_id}'")
            self._cache[transcript_id] = (transcript, QuoteFinder(transcript.text))
        return self._cache[transcript_id]

    def meant_by(self, row: CodingRow) -> list[str]:
        """Ids of the transcripts that a row may mean.

        Raises:
            InputError: Without place (the caller knows it), if there are none.
        """
        if row.participant_id and row.participant_id not in self._people:
            raise InputError(
                f"there is no participant {shown(row.participant_id)}",
                remedy="Write the ID as in the participants table.",
            )
        if row.transcript_id:
            found = self.known_id(row.transcript_id)
            if found is None:
                raise InputError(
                    f"there is no transcript {shown(row.transcript_id)}",
                    remedy="Write its file name; ingest it first if it is new.",
                )
            return [found]
        if not row.participant_id:
            raise InputError("neither participant nor transcript is given", remedy="Give one.")
        ids = self._of(row.participant_id)
        if not ids:
            raise InputError(
                f"participant '{row.participant_id}' has no transcript yet",
                remedy="Ingest it first.",
            )
        return ids


Forms = Callable[[str], Iterable[str]]
"""Other readings of a quote, to be tried where it is not found as it stands."""


def place_coding(
    row: CodingRow, library: Library, themes: ThemeFinder, forms: Forms = lambda _: ()
) -> Coding:
    """The coding that a row means.

    Args:
        row: The row.
        library: The transcripts it may point to.
        themes: Finds its theme.
        forms: Other readings of its quote; `Library.read_otherwise` counts where one was needed.

    Raises:
        InputError: Without place, if the theme is unknown, the quote is not found or stands
            several times, or the offsets do not fit.
    """
    if not row.theme:
        raise InputError("the row has no theme", remedy="Give it one.")
    theme_id = themes.find(row.theme)
    if theme_id is None:
        raise InputError(
            f"the theme {shown(row.theme)} is not in the codebook", remedy=themes.nearest(row.theme)
        )
    if not row.coder:
        raise InputError("the row has no coder", remedy="Give one, or pass --coder NAME.")
    ids = library.meant_by(row)
    if row.start or row.end:
        if len(ids) > 1:
            raise InputError(
                "start and end need a transcript", remedy="Fill in the column 'transcript'."
            )
        transcript = library.get(ids[0])[0]
        span = _given_span(row, transcript)
        _check_speaker(transcript, span, row.participant_id)
        return Coding(ids[0], span, theme_id, row.coder)
    if not normalise_quote(row.quote):
        raise InputError("the row has no quote", remedy="Give the passage word for word.")
    transcript_id, span = _find_quote(row, ids, library, forms)
    _check_speaker(library.get(transcript_id)[0], span, row.participant_id)
    return Coding(transcript_id, span, theme_id, row.coder)


def _given_span(row: CodingRow, transcript: Transcript) -> Span:
    try:
        span = Span(int(row.start), int(row.end))
    except ValueError:
        raise InputError("start and end must be whole numbers", remedy="Correct them.") from None
    if not 0 <= span.start < span.end <= len(transcript.text):
        raise InputError(
            f"start {span.start} and end {span.end} are not inside the transcript's "
            f"{len(transcript.text)} characters",
            remedy="Count from 0; the end is behind the last character.",
        )
    words = normalise_quote(transcript.text[span.start : span.end])
    if row.quote and words not in map(normalise_quote, (row.quote, unguarded(row.quote))):
        raise InputError(
            "the quote is not what stands between start and end",
            remedy="Correct the offsets, or leave them out.",
        )
    return span


def _find_quote(
    row: CodingRow, ids: Sequence[str], library: Library, forms: Forms
) -> tuple[str, Span]:
    found = _places(row, row.quote, ids, library) or _places(
        row, unguarded(row.quote), ids, library
    )
    if not found:
        found = next(
            (places for form in forms(row.quote) if (places := _places(row, form, ids, library))),
            [],
        )
        library.read_otherwise += len(found) == 1
    where = f"transcript '{ids[0]}'" if len(ids) == 1 else f"the {len(ids)} transcripts"
    if not found and row.quote.rstrip().endswith(("…", "...")):
        raise InputError(
            f"the quote is not found in {where}; it seems to be cut off",
            remedy="Export the passages in full, not their previews.",
        )
    if not found:
        raise InputError(
            f"the quote is not found in {where}",
            remedy="Copy the passage word for word; only white space, speaker labels, times and "
            "kinds of quotation marks may differ.",
        )
    if len(found) > 1:
        raise InputError(
            f"the quote stands {len(found)} times in {where}",
            remedy="Quote more of the passage, or fill in start and end.",
        )
    return found[0]


def _places(
    row: CodingRow, quote: str, ids: Sequence[str], library: Library
) -> list[tuple[str, Span]]:
    """Where a quote stands: in the words of the row's participant, else anywhere."""
    anywhere: list[tuple[str, Span]] = []
    own: list[tuple[str, Span]] = []
    for transcript_id in ids:
        transcript, finder = library.get(transcript_id)
        for span in finder.find(quote):
            anywhere.append((transcript_id, span))
            if _speaks(transcript, span, row.participant_id):
                own.append((transcript_id, span))
    return own or anywhere


def _check_speaker(transcript: Transcript, span: Span, participant_id: str) -> None:
    """A coding of one participant must not be counted for another who says the words."""
    if _speaks(transcript, span, "") and not _speaks(transcript, span, participant_id):
        raise InputError(
            f"the passage is not in the words of '{participant_id}' but of another participant",
            remedy="Correct the participant, or leave the participant out.",
        )


def _speaks(transcript: Transcript, span: Span, participant_id: str) -> bool:
    return any(
        turn.role is Role.PARTICIPANT
        and turn.span.overlap(span) > 0
        and participant_id in ("", turn.participant_id)
        for turn in transcript.turns
    )


def place_coverage(row: CoverageRow, library: Library, themes: ThemeFinder) -> Coverage:
    """The coverage that a row means.

    Raises:
        InputError: Without place, if something in the row is unknown or out of range.
    """
    transcript_id = library.known_id(row.transcript_id) if row.transcript_id else None
    if transcript_id is None:
        raise InputError(
            f"there is no transcript {shown(row.transcript_id)}",
            remedy="Write its file name; ingest it first if it is new.",
        )
    if not row.coder:
        raise InputError("the row has no coder", remedy="Give one, or pass --coder NAME.")
    found = {}
    for name in row.themes:
        found[name] = themes.find(name)
        if found[name] is None:
            raise InputError(
                f"the theme {shown(name)} is not in the codebook", remedy=themes.nearest(name)
            )
    span = None
    if row.start or row.end:
        as_coding = CodingRow(row.row, "", transcript_id, "", row.coder, "", row.start, row.end)
        span = _given_span(as_coding, library.get(transcript_id)[0])
    probability = None
    if row.selection_probability:
        try:
            probability = float(row.selection_probability)
        except ValueError:
            probability = -1.0
        if not 0 < probability <= 1:
            raise InputError(
                "the selection probability must be above 0 and at most 1",
                remedy="Leave it empty where it is not known.",
            )
    ids = frozenset(i for i in found.values() if i is not None)
    return Coverage(transcript_id, row.coder, ids or None, span, probability)
