"""spaCy pipelines: the blank one of the study's language, or the one its settings name."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ccgmine.errors import StudyError

if TYPE_CHECKING:
    from spacy.language import Language


def sentence_pipeline(language: str, pipeline: str = "") -> Language:
    """A spaCy pipeline that marks where sentences end.

    Args:
        language: spaCy's code of a language, for its blank pipeline with punctuation rules.
        pipeline: ``name==version`` of an installed pretrained pipeline, or "".

    Raises:
        StudyError: If the language is unknown, or the pipeline missing or of another version.
    """
    import spacy

    if not pipeline:
        blank = blank_pipeline(language)
        blank.add_pipe("sentencizer")
        blank.max_length = 100_000_000
        return blank
    name, _, version = (part.strip() for part in pipeline.partition("=="))
    try:
        loaded = spacy.load(name, exclude=["ner", "tagger", "lemmatizer", "attribute_ruler"])
    except OSError as error:
        raise StudyError(
            f"the spaCy pipeline '{name}' is not installed",
            where="study.toml",
            remedy='Install it, or set pipeline = "" for the built-in rules.',
        ) from error
    except Exception as error:  # of a damaged pipeline comes whatever its parts raise
        raise StudyError(
            f"the spaCy pipeline '{name}' cannot be loaded ({type(error).__name__})",
            where="study.toml",
            remedy='Install it again, with what it needs, or set pipeline = "" for the built-in '
            "rules.",
        ) from error
    found = loaded.meta.get("version", "")
    if found != version:
        said = f"study.toml says '{version}'" if version else "study.toml names no version"
        raise StudyError(
            f"the spaCy pipeline '{name}' is version {found}, and {said}",
            where="study.toml",
            remedy=f'Write pipeline = "{name}=={found}", or install the other version.',
        )
    if not {"parser", "senter", "sentencizer"} & set(loaded.pipe_names):
        loaded.add_pipe("sentencizer", first=True)
    loaded.max_length = 100_000_000
    return loaded


def blank_pipeline(language: str) -> Language:
    """SpaCy's blank pipeline of a language.

    Raises:
        StudyError: If the language is unknown, or needs a package that is not installed.
    """
    import spacy

    try:
        return spacy.blank(language)
    except ImportError as error:
        # Some languages are known, but their words are split by a package of their own.
        if language.isidentifier() and find_spec(f"spacy.lang.{language}") is not None:
            raise StudyError(
                f"spaCy needs a further package for the language '{language}'",
                where="study.toml",
                remedy=f'Install it (`python -m pip install "spacy[{language}]"`), or set language '
                'to "xx", which splits words at spaces.',
            ) from error
        raise StudyError(
            f"spaCy knows no language '{language}'",
            where="study.toml",
            remedy='Use its short code, such as "en", "de" or "cy".',
        ) from error


def stop_words(language: str) -> frozenset[str]:
    """Words of a language that tell nothing of what a text is about, as spaCy lists them.

    Raises:
        StudyError: As `blank_pipeline`.
    """
    return frozenset(blank_pipeline(language).Defaults.stop_words)
