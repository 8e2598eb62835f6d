"""Where the sample corpus and the shipped models are: in the wheel, or in the repository."""

from __future__ import annotations

from pathlib import Path

from ccgmine.errors import StudyError

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Folder of ``sample_corpus`` or ``models``.

    Raises:
        StudyError: If the installation lacks it.
    """
    for place in (_PACKAGE / "shipped" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise StudyError(
        f"this installation has no {name}", remedy="Install ccgmine again from its wheel."
    )
