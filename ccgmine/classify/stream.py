"""Rows in, rows out: classifying texts without a study, in bounded memory and on several cores."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from ccgmine.domain import ThemeState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ccgmine.classify.bundle import Bundle

SCORE_DIGITS = 4
BATCH_ROWS = 10_000
BATCH_CHARACTERS = 2_000_000

Row = tuple[str, str]
"""(id, text)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """How to classify rows.

    Attributes:
        scores: Also give the calibrated probability of every theme, four decimals.
        separator: What stands between themes.
        delimiter: What stands between the cells of the output.
        tidy: Applied to ids and themes, such as protection from spreadsheets.
        tidy_starts: With what a cell begins that needs tidying.
        embeddings: Folder of the sentence encoder, for a model that needs one.
    """

    scores: bool = False
    separator: str = ";"
    delimiter: str = ","
    tidy: Callable[[str], str] = str
    tidy_starts: tuple[str, ...] = ()
    embeddings: Path | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the cells of a delimited file are."""

    delimiter: str
    width: int
    id_at: int
    text_at: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Classified rows as encoded output, or what is wrong in one of them.

    ``n_read`` counts the rows of the piece, blank ones too, up to the one that is ``wrong``.
    """

    output: bytes
    n_classified: int
    n_read: int
    wrong: str = ""
    remedy: str = ""


@dataclass
class RowClassifier:
    """Classifies batches of rows with one model; make one a process."""

    bundle: Bundle = field(repr=False)
    options: StreamOptions

    def __post_init__(self) -> None:
        from ccgmine.classify.predict_views import open_predictor

        self._predictor = open_predictor(self.bundle, self.options.embeddings)
        states = self.bundle.model.states
        ids = [theme.theme_id for theme in self.bundle.themes]
        self._learned = [(i, t) for i, t in enumerate(ids) if states[i] is ThemeState.LEARNED]
        self._suggested = [(i, t) for i, t in enumerate(ids) if states[i] is not ThemeState.LEARNED]
        # The end of an output line, from the cells of themes on, by the themes it holds.
        self._ends: dict[bytes, str] = {}
        self._special = {self.options.delimiter, '"', "\n", "\r"}

    def header(self, id_name: str) -> bytes:
        """The line of column names."""
        extra = [f"p({t.theme_id})" for t in self.bundle.themes] if self.options.scores else []
        line = self._line((id_name, "themes", "suggested", *extra))
        return line.encode("utf-8", "replace")

    def classify(self, ids: Sequence[str], texts: Sequence[str]) -> bytes:
        """Output of one batch, in order: id, learned themes, suggested themes, probabilities."""
        starts = self.options.tidy_starts
        if starts and any(map(str.startswith, ids, repeat(starts))):
            ids = [self.options.tidy(row_id) for row_id in ids]
        if not self._special.isdisjoint("".join(ids)):
            ids = [self._quoted(row_id) for row_id in ids]
        found = self._predictor.predict(texts)
        ends = self._ends_of(found.assigned)
        if self.options.scores:
            form = self.options.delimiter + f"%.{SCORE_DIGITS}f"
            forms = form * len(self.bundle.themes) + "\n"
            probabilities = self._predictor.probabilities(found.scores).tolist()
            scores = [forms % tuple(row) for row in probabilities]
            ends = [e[:-1] + s for e, s in zip(ends, scores, strict=True)]
        lines = [i + e for i, e in zip(ids, ends, strict=True)]
        return "".join(lines).encode("utf-8", "replace")

    def classify_piece(self, piece: bytes, layout: Layout) -> Answer:
        """Output of a piece of a delimited file."""
        try:
            text = piece.decode("utf-8")
        except UnicodeDecodeError:
            return Answer(b"", 0, 1, "the text is not UTF-8", "Save the table as CSV UTF-8.")
        if "\0" in text:
            return Answer(b"", 0, 1, "this is not a text file", "Save the table as CSV UTF-8.")
        rows: list[list[str]] = []
        lines = io.StringIO(text, newline="")
        try:
            rows.extend(csv.reader(lines, delimiter=layout.delimiter, strict=True))
        except csv.Error as error:
            remedy = "Look for a quotation mark that is never closed, or save it again as CSV."
            return Answer(b"", 0, len(rows) + 1, f"the table is damaged ({error})", remedy)
        n_read, width = len(rows), layout.width
        if width == 1 or set(map(len, rows)) != {width}:
            kept = []
            for number, row in enumerate(rows, 1):
                if not any(cell.strip() for cell in row):
                    continue
                if any(cell.strip() for cell in row[width:]):
                    message = f"has {len(row)} cells under {width} column names"
                    remedy = "Put text that holds the separator in quotation marks."
                    return Answer(b"", 0, number, message, remedy)
                kept.append([*row, *[""] * (width - len(row))])
            rows = kept
        output = b""
        if rows:
            ids, texts = [r[layout.id_at] for r in rows], [r[layout.text_at] for r in rows]
            output = self.classify(ids, texts)
        return Answer(output, len(rows), n_read)

    def _line(self, cells: Sequence[str]) -> str:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=self.options.delimiter, lineterminator="\n").writerow(cells)
        return buffer.getvalue()

    def _quoted(self, cell: str) -> str:
        # Beside another cell, because a line of one empty cell has quotation marks of its own.
        return self._line((cell, ""))[: -1 - len(self.options.delimiter)]

    def _ends_of(self, assigned: NDArray[np.bool_]) -> list[str]:
        """End of each row's line; few combinations of themes occur, so each is made once."""
        import numpy as np

        packed = np.packbits(assigned, axis=1)
        width = packed.shape[1]
        data = packed.tobytes()
        keys = [data[at : at + width] for at in range(0, len(data), width)]
        for key in set(keys) - self._ends.keys():
            row = np.unpackbits(np.frombuffer(key, np.uint8))
            cells = (self._join(row, self._learned), self._join(row, self._suggested))
            self._ends[key] = self._line(("", *cells))
        return [self._ends[key] for key in keys]

    def _join(self, row: NDArray[np.uint8], themes: list[tuple[int, str]]) -> str:
        return self.options.tidy(self.options.separator.join(t for i, t in themes if row[i]))


def classify_rows(classifier: RowClassifier, rows: Iterable[Row]) -> Iterator[tuple[bytes, int]]:
    """Classify rows as they come; gives encoded output and how many rows it holds."""
    for batch in _batches(rows):
        ids, texts = [row_id for row_id, _ in batch], [text for _, text in batch]
        yield classifier.classify(ids, texts), len(batch)


def classify_pieces(
    classifier: RowClassifier,
    folder: Path,
    pieces: Iterable[bytes],
    layout: Layout,
    *,
    jobs: int = 1,
) -> Iterator[Answer]:
    """Classify pieces of a delimited file; whatever ``jobs``, the same answers in order.

    Args:
        classifier: The classifier of this process.
        folder: The model's folder, for further processes to open it themselves.
        pieces: Whole rows each.
        layout: Where the cells are.
        jobs: Processes to use.
    """
    source = iter(pieces)
    # One piece is classified before a process has started.
    first = list(islice(source, 2)) if jobs > 1 else []
    if len(first) > 1:
        from ccgmine.classify.workers import in_processes

        yield from in_processes(classifier, folder, chain(first, source), layout, jobs)
    else:
        yield from (classifier.classify_piece(piece, layout) for piece in chain(first, source))


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Runs of rows that fit in memory: at most so many, and at most so many characters."""
    source = iter(rows)
    step = BATCH_ROWS // 10
    while batch := list(islice(source, step)):
        characters = sum(len(text) for _, text in batch)
        while len(batch) < BATCH_ROWS and characters < BATCH_CHARACTERS:
            more = list(islice(source, step))
            if not more:
                break
            characters += sum(len(text) for _, text in more)
            batch += more
        yield batch
