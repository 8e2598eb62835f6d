"""What every new version of a text needs: its codings carried over, its twin under another name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from ccgmine.domain import Coding, Coverage, Role, Transcript
from ccgmine.errors import InputError
from ccgmine.study import Study
from ccgmine.versions import Versions, shared_words

# Two interviews of one person share turns of phrase, but not half of what is said.
NEARLY_ALL = 0.5


@dataclass
class CarriedOver:
    """Codings and coverage of an old version where their words stand now, each with its source."""

    codings: list[tuple[Coding, str]] = field(default_factory=list)
    coverage: list[tuple[Coverage, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def carry_over(
    study: Study, old: Transcript, new: Transcript, path: Path, *, own: str = "", drop: bool
) -> CarriedOver:
    """Move the codings and the coverage of a transcript to its new version.

    Those from the source ``own`` are left out: the file brings them again.

    Raises:
        InputError: Naming those whose words are gone, unless they may be dropped.
    """
    carried = CarriedOver()
    versions = Versions(old.text, new.text)
    n_changed = 0
    for coding, origin in study.codings.with_sources(old.transcript_id):
        if origin == own:
            continue
        span = versions.move(coding.span)
        if span is None:
            where = f"{coding.span.start}-{coding.span.end}"
            carried.lost.append(f"'{coding.theme_id}' by {coding.coder} at {where}")
            continue
        words = (t.text[s.start : s.end].split() for t, s in ((old, coding.span), (new, span)))
        n_changed += next(words) != next(words)
        carried.codings.append((replace(coding, span=span), origin))
    for cover, origin in study.codings.coverage_sources(old.transcript_id):
        if origin == own:
            continue
        moved = None if cover.span is None else versions.move(cover.span)
        if cover.span is None or moved is not None:
            carried.coverage.append((replace(cover, span=moved), origin))
        else:
            place = f"{cover.span.start}-{cover.span.end}"
            carried.lost.append(f"coverage by {cover.coder} at {place}")
    if carried.lost and not drop:
        raise InputError(
            f"{len(carried.lost)} codings of the earlier version are not found in this one: "
            f"{'; '.join(carried.lost)}",
            where=path,
            remedy="Nothing was changed. Restore the words, or pass --drop-unplaced to go on "
            "without these codings.",
        )
    carried.notes = [f"{path.name}: dropped the coding {item}" for item in carried.lost]
    if n_changed:
        carried.notes.append(
            f"{path.name}: {len(carried.codings)} codings carried over from its earlier version, "
            f"{n_changed} of them on passages in which words were changed"
        )
    return carried


def twin_of(study: Study, transcript: Transcript) -> str | None:
    """Another transcript in which the same participants say mostly the same words."""
    people = {t.participant_id for t in transcript.turns if t.participant_id is not None}
    others = [other for p in sorted(people) for other in study.corpus.transcripts_of(p)]
    words = talk(transcript)
    for name in dict.fromkeys(others):
        other = study.corpus.transcript(name)
        if name != transcript.transcript_id and other is not None:
            theirs = talk(other)
            long = min(len(words.split()), len(theirs.split())) >= 30
            if long and shared_words(words, theirs) > NEARLY_ALL:
                return name
    return None


def talk(transcript: Transcript) -> str:
    """What the participants say."""
    return "\n".join(
        transcript.text[t.span.start : t.span.end]
        for t in transcript.turns
        if t.role is Role.PARTICIPANT
    )


def settings_of_reading(study: Study) -> dict[str, str]:
    """What reads the language, for the record."""
    return {"language": study.settings.language, "pipeline": study.settings.pipeline}
