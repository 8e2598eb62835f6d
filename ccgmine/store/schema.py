"""The schema, as numbered migrations. A study carries the number of the last one it saw."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

# "CCGM" as four bytes, so that `file` and we can tell a study from any other SQLite file.
APPLICATION_ID = 0x4343474D


def _first(connection: sqlite3.Connection) -> None:
    for statement in _FIRST.split(";\n"):
        if statement.strip():
            connection.execute(statement)


_FIRST = """
CREATE TABLE run (
    run_no INTEGER PRIMARY KEY,
    command TEXT NOT NULL,
    version TEXT NOT NULL,
    at TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE TABLE source (
    source_no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reader TEXT NOT NULL
);
CREATE TABLE participant (
    participant_id TEXT PRIMARY KEY,
    site TEXT NOT NULL,
    respondent_type TEXT NOT NULL,
    attributes TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE transcript (
    transcript_no INTEGER PRIMARY KEY,
    transcript_id TEXT NOT NULL UNIQUE,
    source_no INTEGER NOT NULL REFERENCES source ON DELETE CASCADE,
    kind TEXT NOT NULL,
    wave TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX transcript_source ON transcript (source_no);
CREATE TABLE turn (
    transcript_no INTEGER NOT NULL REFERENCES transcript ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    role TEXT NOT NULL,
    speaker TEXT NOT NULL,
    participant_id TEXT REFERENCES participant,
    start_ms INTEGER,
    PRIMARY KEY (transcript_no, number)
) WITHOUT ROWID;
CREATE TABLE segment (
    segment_no INTEGER PRIMARY KEY,
    transcript_no INTEGER NOT NULL REFERENCES transcript ON DELETE CASCADE,
    number INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    participant_id TEXT NOT NULL REFERENCES participant,
    sentences TEXT NOT NULL,
    UNIQUE (transcript_no, number)
);
CREATE TABLE coding (
    transcript_no INTEGER NOT NULL REFERENCES transcript ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    theme_id TEXT NOT NULL,
    coder TEXT NOT NULL,
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (transcript_no, start, "end", theme_id, coder, source)
) WITHOUT ROWID;
CREATE INDEX coding_source ON coding (source, coder);
CREATE TABLE coverage (
    transcript_no INTEGER NOT NULL REFERENCES transcript ON DELETE CASCADE,
    coder TEXT NOT NULL,
    themes TEXT,
    start INTEGER,
    "end" INTEGER,
    selection_probability REAL,
    source TEXT NOT NULL
);
CREATE INDEX coverage_transcript ON coverage (transcript_no);
CREATE TABLE model (
    model_no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    themes TEXT NOT NULL,
    states TEXT NOT NULL,
    classified INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE trained_on (
    model_no INTEGER NOT NULL REFERENCES model ON DELETE CASCADE,
    participant_id TEXT NOT NULL REFERENCES participant ON DELETE CASCADE,
    PRIMARY KEY (model_no, participant_id)
) WITHOUT ROWID;
CREATE TABLE prediction (
    model_no INTEGER NOT NULL REFERENCES model ON DELETE CASCADE,
    segment_no INTEGER NOT NULL REFERENCES segment ON DELETE CASCADE,
    out_of_fold INTEGER NOT NULL,
    probabilities BLOB NOT NULL,
    assigned BLOB NOT NULL,
    PRIMARY KEY (model_no, segment_no)
) WITHOUT ROWID;
CREATE INDEX prediction_segment ON prediction (segment_no)
"""


def _sentence_vectors(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE vector (key BLOB PRIMARY KEY, "
        "segment_no INTEGER REFERENCES segment ON DELETE CASCADE, vector BLOB NOT NULL) "
        "WITHOUT ROWID"
    )
    connection.execute("CREATE INDEX vector_segment ON vector (segment_no)")


def _estimates(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE score (model_no INTEGER NOT NULL REFERENCES model ON DELETE CASCADE, "
        "segment_no INTEGER NOT NULL REFERENCES segment ON DELETE CASCADE, scores BLOB NOT NULL, "
        "PRIMARY KEY (model_no, segment_no)) WITHOUT ROWID"
    )
    connection.execute("CREATE INDEX score_segment ON score (segment_no)")
    connection.execute(
        "CREATE TABLE tally (name TEXT PRIMARY KEY, stamp TEXT NOT NULL, content BLOB NOT NULL) "
        "WITHOUT ROWID"
    )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first,
    _sentence_vectors,
    _estimates,
)
