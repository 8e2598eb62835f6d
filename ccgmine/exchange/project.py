r"""What a project of another tool holds, as every reader hands it over: plain values.

A span counts code points of the source's text as it stands here, with every line end as ``\n``
and without byte order marks. Readers convert what their format counts; nobody behind them does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ccgmine.domain import Coverage, SourceKind, Span, Turn

Attributes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UserIn:
    """Somebody who worked on the project."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class CodeIn:
    """A code. Names need not be unique; ``path`` (its ancestors' names, then its own) is."""

    code_id: str
    path: tuple[str, ...]
    parent_id: str = ""
    definition: str = ""
    codable: bool = True

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class SourceIn:
    """A document. ``text`` None: the file holds no text of it; the study must.

    ``positions`` says how the places in it were read, and how well that fits.
    """

    source_id: str
    name: str
    text: str | None = field(repr=False)
    attributes: Attributes = ()
    positions: str = ""


@dataclass(frozen=True, slots=True)
class CodingIn:
    """A code on a passage, or on the whole source where neither span nor quote is given.

    ``quote`` has the words where the format has no places; they are looked up then.
    """

    source_id: str
    code_id: str
    user_id: str = ""
    span: Span | None = None
    at: str = ""
    quote: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A source that belongs to a case, or a passage of it."""

    source_id: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class CaseIn:
    """A person or other case; one without a name only says something of its source."""

    case_id: str
    name: str
    attributes: Attributes = ()
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupIn:
    """A named set of sources, such as ``gender: male``."""

    name: str
    source_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemarkIn:
    """What somebody wrote beside the data: a note, an annotation of a passage, a memo."""

    kind: str
    text: str = field(repr=False)
    source_id: str = ""
    span: Span | None = None
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is, in the file or in the study."""

    sources: int = 0
    characters: int = 0
    themes: int = 0
    codings: int = 0
    coders: int = 0
    participants: int = 0
    attributes: int = 0


@dataclass(frozen=True, slots=True)
class OwnTheme:
    """What ccgmine knows of a theme beside its parent and definition.

    ``name`` is what it is called in the file, where no two codes share a name.
    """

    theme_id: str
    label: str = ""
    name: str = ""
    asked_of: tuple[str, ...] = ()
    further: Attributes = ()


@dataclass(frozen=True, slots=True)
class OwnSource:
    """What ccgmine knows of a transcript beside its text, whose hash is ``sha256``."""

    transcript_id: str
    kind: SourceKind
    wave: str
    sha256: str
    turns: tuple[Turn, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnState:
    """What ccgmine itself wrote into the file, by the ids of the file."""

    themes: Mapping[str, OwnTheme] = field(default_factory=dict)
    sources: Mapping[str, OwnSource] = field(default_factory=dict)
    participants: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Files of participants, by the participant's id."""
    machine_users: frozenset[str] = frozenset()
    coverage: tuple[Coverage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project, or a codebook alone (no sources).

    ``in_file`` counts what the file holds, kept or not; ``lost`` names what cannot be kept, a
    line each, without anybody's words; ``notes`` says what was decided in reading it.
    """

    name: str
    origin: str = ""
    users: tuple[UserIn, ...] = ()
    codes: tuple[CodeIn, ...] = ()
    sources: tuple[SourceIn, ...] = ()
    codings: tuple[CodingIn, ...] = ()
    cases: tuple[CaseIn, ...] = ()
    groups: tuple[GroupIn, ...] = ()
    remarks: tuple[RemarkIn, ...] = ()
    in_file: Counts = Counts()
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    own: OwnState | None = None
