"""SQLite files as other programs write them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ccgmine.errors import InputError
from ccgmine.exchange.limits import Limits
from ccgmine.exchange.options import ReadOptions
from ccgmine.exchange.project import Project
from ccgmine.exchange.run_import import read_project

Rows = Mapping[str, Sequence[Mapping[str, object]]]


def write_database(path: Path, tables: Mapping[str, str], rows: Rows) -> Path:
    """A database with these tables (columns by name) and rows."""
    with closing(sqlite3.connect(path)) as db:
        for name, columns in tables.items():
            db.execute(f"CREATE TABLE {name} ({columns})")
        for name, values in rows.items():
            for row in values:
                marks = ", ".join("?" * len(row))
                listed = ", ".join(row)
                db.execute(f"INSERT INTO {name} ({listed}) VALUES ({marks})", tuple(row.values()))
        db.commit()
    return path


def change(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    return path


def read(path: Path, **limits: int) -> Project:
    before = sorted(path.parent.rglob("*"))
    try:
        return read_project(path, ReadOptions(limits=Limits(**limits)))
    finally:
        assert sorted(path.parent.rglob("*")) == before


def refused(path: Path, match: str, **limits: int) -> None:
    with pytest.raises(InputError, match=match) as stop:
        read(path, **limits)
    assert "\n" not in stop.value.line
    assert "money" not in stop.value.line


def quotes(project: Project) -> list[tuple[str, str, str, str]]:
    """Source, code, coder and words of every coding, in the order of the file."""
    texts = {s.source_id: s for s in project.sources}
    paths = {c.code_id: " > ".join(c.path) for c in project.codes}
    found = []
    for c in project.codings:
        source = texts[c.source_id]
        assert c.span is not None
        assert source.text is not None
        words = source.text[c.span.start : c.span.end]
        found.append((source.name, paths[c.code_id], c.user_id, words))
    return found
