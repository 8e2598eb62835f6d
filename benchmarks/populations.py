"""Populations of which every coding is known, to hold estimates of prevalence against.

(a) respondents of a table of coded comments as they are; (b) the same comments pooled into
fictitious participants of 8 to 12 comments of one service; (c) the sample corpus with its answer
key. Groups: everybody, site, service (each lies in one site), service crossed with a fixed random
half of the respondents; in (c) site, respondent type and their cross.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from comments import NOT_AN_ANSWER
from measuring import ccgmine
from numpy.typing import NDArray

from ccgmine.coding.run import hand_coding
from ccgmine.study import open_study

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

CORPUS = Path(__file__).resolve().parent.parent / "sample_corpus"
SIZES = {"a": (150, 300, 1000), "b": (24, 60, 150), "c": (24,)}
# A theme that fewer comments carry is left out, as in the figures that ours are held against.
LEAST_COMMENTS = 40
HALF_SEED, POOL_SEED, POOL_HALF_SEED = 11, 12, 13
POOL_LOW, POOL_HIGH = 8, 12


@dataclass(frozen=True)
class Population:
    """Everything about everybody.

    Attributes:
        texts: One per segment.
        person: Shape (n_segments,), participant of each segment, 0-based.
        labels: Shape (n_segments, n_themes).
        levels: Name to the cell of each participant, shape (n_people,), 0-based.
        themes: Labels.
        definitions: As many, or none.
        counted: Shape (n_themes,), themes that the figures are over.
    """

    texts: list[str] = field(repr=False)
    person: Ints
    labels: Bools
    levels: dict[str, Ints]
    themes: list[str]
    definitions: list[str]
    counted: Bools

    @property
    def n_people(self) -> int:
        """Participants."""
        return int(self.person.max()) + 1

    @property
    def raised(self) -> Bools:
        """Whether each participant raised each theme, shape (n_people, n_themes)."""
        found = np.zeros((self.n_people, self.labels.shape[1]), dtype=np.bool_)
        np.logical_or.at(found, self.person, self.labels)
        return found


def population(name: str, table: Path | None) -> Population:
    """Population a or b from a table of comments, or c from the sample corpus."""
    if name == "c":
        return _sample_corpus()
    if table is None:
        raise SystemExit(f"population {name} needs a table of comments")
    rows = _rows(table)
    if name == "a":
        return _of_comments(rows, [row["respondent_id"] for row in rows], HALF_SEED)
    return _of_comments(rows, _pooled(rows), POOL_HALF_SEED)


def choose(name: str, of: Population, size: int, seed: int) -> Bools:
    """Who is hand coded: people at random; in (a) until their comments reach the size."""
    order = np.random.default_rng([seed, size]).permutation(of.n_people)
    n = size
    if name == "a":
        segments = np.bincount(of.person, minlength=of.n_people)
        n = int(np.searchsorted(np.cumsum(segments[order]), size)) + 1
    coded = np.zeros(of.n_people, dtype=np.bool_)
    coded[order[:n]] = True
    return coded


def _rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = [r for r in csv.DictReader(stream) if r["text"].strip() != NOT_AN_ANSWER]
    people: dict[str, set[str]] = {}
    for row in rows:
        people.setdefault(row["respondent_type"], set()).add(row["respondent_id"])
    return [row for row in rows if len(people[row["respondent_type"]]) > 1]


def _pooled(rows: Sequence[dict[str, str]]) -> list[str]:
    """A made-up participant of every comment: 8 to 12 comments of one service."""
    rng = np.random.default_rng(POOL_SEED)
    who = [""] * len(rows)
    for service in sorted({row["respondent_type"] for row in rows}):
        mine = rng.permutation([i for i, r in enumerate(rows) if r["respondent_type"] == service])
        at = number = 0
        while at < len(mine):
            left = len(mine) - at
            size = int(rng.integers(POOL_LOW, POOL_HIGH + 1))
            if left - size < POOL_LOW:
                size = left if left <= POOL_HIGH else left // 2
            for i in mine[at : at + size]:
                who[i] = f"{service} {number:03d}"
            at, number = at + size, number + 1
    return who


def _of_comments(rows: Sequence[dict[str, str]], who: Sequence[str], seed: int) -> Population:
    sets = [{theme for theme in row["themes"].split(";") if theme} for row in rows]
    themes = sorted(set().union(*sets))
    labels = np.array([[theme in found for theme in themes] for found in sets], dtype=np.bool_)
    person = _numbers(who)
    n = int(person.max()) + 1
    site, service = np.zeros(n, dtype=np.intp), np.zeros(n, dtype=np.intp)
    site[person] = _numbers([row["site"] for row in rows])
    service[person] = _numbers([row["respondent_type"] for row in rows])
    half = np.random.default_rng(seed).permutation(n) % 2
    levels = {
        "overall": np.zeros(n, dtype=np.intp),
        "site": site,
        "service": service,
        "service x half": _numbers([f"{s:03d} {h}" for s, h in zip(service, half, strict=True)]),
    }
    texts = [row["text"] for row in rows]
    counted = labels.sum(axis=0) >= LEAST_COMMENTS
    return Population(texts, person, labels, levels, themes, [], counted)


def _sample_corpus() -> Population:
    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "study"
        option = ("--study", study)
        ccgmine("init", study, "--codebook", CORPUS / "codebook.csv", "--coder", "coder1")
        people = CORPUS / "participants.csv"
        ccgmine("ingest", CORPUS / "transcripts", "--participants", people, *option)
        ccgmine("import", CORPUS / "codings.csv", CORPUS / "coverage.csv", *option)
        ccgmine("import", CORPUS / "answer_key.csv", "--read-in-full", *option)
        with open_study(study) as opened:
            hand = hand_coding(opened, ["coder1"])
            coded = opened.codebook.coded
            participants = list(opened.corpus.participants())
    row = {p.participant_id: i for i, p in enumerate(participants)}
    column = {theme.theme_id: i for i, theme in enumerate(coded)}
    labels = np.zeros((len(hand.segments), len(coded)), dtype=np.bool_)
    for i, (number, _) in enumerate(hand.segments):
        label = hand.labels.get(number)
        for theme in label.themes if label is not None else ():
            labels[i, column[theme]] = True
    sites = [p.value("site") for p in participants]
    types = [p.value("respondent_type") for p in participants]
    levels = {
        "overall": np.zeros(len(participants), dtype=np.intp),
        "site": _numbers(sites),
        "type": _numbers(types),
        "cross": _numbers([f"{s}|{t}" for s, t in zip(sites, types, strict=True)]),
    }
    return Population(
        [segment.text for _, segment in hand.segments],
        np.array([row[segment.participant_id] for _, segment in hand.segments]),
        labels, levels, [t.label for t in coded], [t.definition for t in coded],
        np.ones(len(coded), dtype=np.bool_),
    )  # fmt: skip


def _numbers(values: Sequence[str]) -> Ints:
    return np.unique(np.asarray(values), return_inverse=True)[1].reshape(-1)
