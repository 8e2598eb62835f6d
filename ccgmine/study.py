"""A study: its folder, its settings, its codebook and its store. Every run holds one."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccgmine import __version__
from ccgmine.bands import BANDS_FORM, DEFAULT, PRESETS, Band, disorder, read_band
from ccgmine.domain import Codebook, Theme, unique
from ccgmine.errors import InputError, StudyError
from ccgmine.files import atomic_write, machine_error

# The store is imported where a study is opened: a table that goes straight through needs none.
if TYPE_CHECKING:
    from ccgmine.store.coding_store import Codings
    from ccgmine.store.corpus import Corpus
    from ccgmine.store.database import Database
    from ccgmine.store.predictions import Predictions
    from ccgmine.store.runs import Runs
    from ccgmine.store.tallies import Tallies
    from ccgmine.store.vectors import Vectors

SETTINGS_FILE = "study.toml"
CODEBOOK_FILE = "codebook.csv"
DATABASE_FILE = "study.db"
MODELS_FOLDER = "models"

SETTINGS_TEMPLATE = """\
# Settings of this ccgmine study. Edit them with any text editor.

# Language of the transcripts, as spaCy names it. A pretrained spaCy pipeline is used only
# when it is named here, as "name==version"; "" means spaCy's blank pipeline of the language.
language = "en"
pipeline = ""

[coding]
# Whose coding counts. One name, or several in order of preference: a passage then takes the
# coding of the first of them who read it. Needed only when more than one person has coded.
reference_coder = {reference_coder}

[segments]
# A participant's turn longer than this many words is split at sentence ends.
max_words = 100

[speakers]
# Speaker labels that are the interviewer's, beside the usual ones (I, Int, Interviewer, ...).
interviewer = []

[classifier]
# Folder of a sentence-embedding model (tokenizer.json with ONNX or safetensors weights), whose
# word is averaged with that of the n-grams; "" goes without. Needs the extra ccgmine[embeddings].
embeddings = ""

[report]
# Confidence level of the intervals.
level = 0.95
# Prevalence words and the share of participants from which each applies, highest first. The
# last one applies to every share above zero; a theme that nobody raised is "not raised".
# Other rules: "over 0.5" (more than half), "all but 1", "4 people", or for words that go by the
# theme's rank in its group "rank 1", "rank 5", "rank 0" (every other theme that was raised).
# Or the name of a preset: "predominant-major-minor", "cqr" (general, typical, variant),
# "cqr-over-15" (with rare), "commonest" (by rank).
bands = [["predominant", 0.50], ["major", 0.25], ["minor", 0.0]]
# What participants are grouped by when nothing is named: any columns of the participants table.
by = ["site", "respondent_type"]
# Cells of prevalence tables that rest on fewer participants are hidden; 0 hides none.
suppress_below = 0
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``study.toml`` says."""

    language: str = "en"
    pipeline: str = ""
    reference_coder: tuple[str, ...] = ()
    max_words: int = 100
    interviewer_labels: tuple[str, ...] = ()
    embeddings: str = ""
    level: float = 0.95
    bands: tuple[Band, ...] = DEFAULT
    by: tuple[str, ...] = ("site", "respondent_type")
    suppress_below: int = 0


@dataclass
class Study:
    """An open study.

    Args:
        folder: The study folder.
        settings: What its ``study.toml`` says.
        codebook: What its ``codebook.csv`` says.
        database: Its open ``study.db``.
    """

    folder: Path
    settings: Settings
    codebook: Codebook
    database: Database
    corpus: Corpus = field(init=False)
    codings: Codings = field(init=False)
    predictions: Predictions = field(init=False)
    runs: Runs = field(init=False)
    vectors: Vectors = field(init=False)
    tallies: Tallies = field(init=False)

    def __post_init__(self) -> None:
        from ccgmine.store.coding_store import Codings
        from ccgmine.store.corpus import Corpus
        from ccgmine.store.predictions import Predictions
        from ccgmine.store.runs import Runs
        from ccgmine.store.tallies import Tallies
        from ccgmine.store.vectors import Vectors

        connection = self.database.connection
        self.corpus = Corpus(connection)
        self.codings = Codings(connection)
        self.predictions = Predictions(connection)
        self.runs = Runs(connection)
        self.vectors = Vectors(connection)
        self.tallies = Tallies(connection)

    @property
    def models_folder(self) -> Path:
        """Where the study's models are."""
        return self.folder / MODELS_FOLDER

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what happens inside, or nothing."""
        with self.database.transaction():
            yield

    def record(self, command: str, details: Mapping[str, object]) -> None:
        """Note a run: command, versions, time and inputs."""
        self.runs.add(command, __version__, now(), details)

    def add_themes(self, themes: list[Theme]) -> None:
        """Append themes to the codebook, on disk and here."""
        if not themes:
            return
        self.codebook = Codebook((*self.codebook.themes, *themes))
        write_codebook(self.folder / CODEBOOK_FILE, self.codebook)


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def find_folder(named: Path | None) -> Path:
    """The study folder: as named, else from ``CCGMINE_STUDY``, else the current folder."""
    if named is not None:
        return named
    environment = os.environ.get("CCGMINE_STUDY")
    return Path(environment) if environment else Path()


def create_study(folder: Path, codebook: Codebook, *, reference_coder: str = "") -> None:
    """Make a new study folder.

    Raises:
        StudyError: If there is a study already.
        MachineError: If the folder cannot be written.
    """
    from ccgmine.codebook import read_codebook
    from ccgmine.store.database import Database

    if (folder / DATABASE_FILE).exists():
        raise StudyError(
            "there is a study here already",
            where=folder,
            remedy="Choose another folder, or go on with this one.",
        )
    quoted = '"' + reference_coder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    settings = SETTINGS_TEMPLATE.format(reference_coder=quoted).encode()
    codebook_path, settings_path = folder / CODEBOOK_FILE, folder / SETTINGS_FILE
    # An init that was killed has left these two as they would be written now.
    if codebook_path.exists() and read_codebook(codebook_path) != codebook:
        raise StudyError(
            "there is a codebook here already",
            where=codebook_path,
            remedy="Start the study with it (--codebook), or choose another folder.",
        )
    if settings_path.exists() and settings_path.read_bytes() != settings:
        raise StudyError(
            "there are settings here already, but no study",
            where=settings_path,
            remedy="Move them away, or choose another folder.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODELS_FOLDER).mkdir(exist_ok=True)
    except OSError as error:
        raise machine_error(error, folder) from error
    if not codebook_path.exists():
        write_codebook(codebook_path, codebook)
    with atomic_write(settings_path) as stream:
        stream.write(settings)
    # The database comes last: a study is there once it is.
    Database.create(folder / DATABASE_FILE).close()


@contextmanager
def open_study(folder: Path, *, write: bool = False) -> Iterator[Study]:
    """Open the study in a folder, read-only unless it is to be changed."""
    from ccgmine.store.database import Database

    database = Database(folder / DATABASE_FILE, write=write)
    try:
        settings = read_settings(folder / SETTINGS_FILE)
        codebook = _own_codebook(folder / CODEBOOK_FILE)
        with database.refusals():
            yield Study(folder, settings, codebook, database)
    finally:
        database.close()


def _own_codebook(path: Path) -> Codebook:
    from ccgmine.codebook import read_codebook

    try:
        return read_codebook(path)
    except InputError as error:
        # The file is the study's own, not one that was handed in.
        error.exit_code = StudyError.exit_code
        raise


def read_settings(path: Path) -> Settings:
    """The settings of a study.

    Raises:
        StudyError: If the file is missing or says something that cannot be.
    """
    import tomllib

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StudyError(
            "the study's settings are missing or cannot be read",
            where=path,
            remedy="Restore the file, or copy that of a new study (`ccgmine init`).",
        ) from error
    except UnicodeDecodeError as error:
        raise StudyError("is not UTF-8", where=path, remedy="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise StudyError(
            f"is not valid TOML ({error})", where=path, remedy="Mend that line."
        ) from error
    return _Reader(path, raw).settings()


class _Reader:
    """Settings out of parsed TOML, with errors that name the key."""

    def __init__(self, path: Path, raw: Mapping[str, Any]) -> None:
        self._path = path
        self._raw = raw

    def settings(self) -> Settings:
        known = {
            "": {"language", "pipeline", "coding", "segments", "speakers", "classifier", "report"},
            "coding": {"reference_coder"},
            "segments": {"max_words"},
            "speakers": {"interviewer"},
            "classifier": {"embeddings"},
            "report": {"level", "bands", "by", "suppress_below"},
        }
        for section, keys in known.items():
            content = self._raw if not section else self._section(section)
            for key in content:
                if key not in keys:
                    raise self._wrong(f"{section}.{key}".strip("."), "is not a setting")
        default = Settings()
        coder = self._get("coding", "reference_coder", "")
        coders = [coder] if isinstance(coder, str) else coder
        return Settings(
            language=self._text("", "language", default.language),
            pipeline=self._text("", "pipeline", ""),
            reference_coder=tuple(c for c in self._texts("reference_coder", coders) if c),
            max_words=self._words(),
            interviewer_labels=tuple(
                self._texts("interviewer", self._get("speakers", "interviewer", []))
            ),
            embeddings=self._text("classifier", "embeddings", ""),
            level=self._level(default.level),
            bands=self._bands(),
            by=tuple(self._texts("by", self._get("report", "by", list(default.by)))),
            suppress_below=self._suppress_below(),
        )

    def _section(self, name: str) -> Mapping[str, Any]:
        section = self._raw.get(name, {})
        if not isinstance(section, dict):
            raise self._wrong(name, "must be a section")
        return section

    def _get(self, section: str, key: str, default: object) -> Any:  # noqa: ANN401
        return (self._section(section) if section else self._raw).get(key, default)

    def _text(self, section: str, key: str, default: str) -> str:
        value = self._get(section, key, default)
        if not isinstance(value, str):
            raise self._wrong(key, "must be text in quotation marks")
        return value

    def _texts(self, key: str, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self._wrong(key, 'must be a list of texts, as in ["a", "b"]')
        return value

    def _words(self) -> int:
        words = self._get("segments", "max_words", Settings().max_words)
        if not isinstance(words, int) or not 10 <= words <= 100_000:
            raise self._wrong("max_words", "must be a whole number of at least 10")
        return words

    def _level(self, default: float) -> float:
        level = self._get("report", "level", default)
        if not isinstance(level, float) or not 0.5 <= level <= 0.9999:
            raise self._wrong("level", "must be a number from 0.5 to 0.9999, such as 0.95")
        return level

    def _bands(self) -> tuple[Band, ...]:
        bands = self._get("report", "bands", "predominant-major-minor")
        if isinstance(bands, str):
            if bands not in PRESETS:
                raise self._wrong("bands", f"names no preset; there are {', '.join(PRESETS)}")
            return PRESETS[bands]
        if not isinstance(bands, list) or not bands:
            raise self._wrong("bands", BANDS_FORM)
        found = tuple(self._band(band) for band in bands)
        why = disorder(found)
        if why:
            raise self._wrong("bands", why)
        return found

    def _band(self, band: object) -> Band:
        if not isinstance(band, list) or len(band) != 2 or not isinstance(band[0], str):
            raise self._wrong("bands", BANDS_FORM)
        found = read_band(*band)
        if found is None:
            raise self._wrong("bands", BANDS_FORM)
        return found

    def _suppress_below(self) -> int:
        below = self._get("report", "suppress_below", 0)
        if not isinstance(below, int) or isinstance(below, bool) or below < 0:
            raise self._wrong("suppress_below", "must be a whole number, such as 5, or 0")
        return below

    def _wrong(self, key: str, what: str) -> StudyError:
        return StudyError(
            f"the setting '{key}' {what}", where=self._path, remedy="Mend it with a text editor."
        )


def write_codebook(path: Path, codebook: Codebook) -> None:
    """Write a codebook as CSV, in the place of the old one at once."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    further = unique(name for theme in codebook for name, _ in theme.further)
    # The column is there when it is used: most codebooks ask everybody of everything.
    asked = ["asked_of"] if any(theme.asked_of for theme in codebook) else []
    writer.writerow(["theme", "label", "parent", "definition", "coded", *asked, *further])
    for theme in codebook:
        if any("\0" in value for value in (theme.theme_id, theme.label)):
            raise InputError("a theme's name holds a NUL character", where=path)
        writer.writerow(
            [
                theme.theme_id,
                theme.label,
                theme.parent_id,
                theme.definition,
                "yes" if theme.coded else "no",
                *(["; ".join(theme.asked_of)] if asked else []),
                *(dict(theme.further).get(name, "") for name in further),
            ]
        )
    with atomic_write(path) as stream:
        stream.write(buffer.getvalue().encode())
