"""A small study whose every figure can be counted by eye."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ccgmine.domain import Coding, Coverage, Span
from ccgmine.study import Study
from tests.building import add_codings, add_coverage, code, made_study, person, predict, themes

SCRIPTS = {
    "GP-ID-1": [
        "I: How is it?",
        "GP ID 1: [laughs] It is =1+1 meetings a week. |The money is gone.",
        "I: Really?",
        "GP ID 1: Really gone, all of it.",
    ],
    "GP-ID-2": ["I: How is it?", "GP ID 2: Nothing to tell, honestly. |Ask them."],
    "group": [
        "I: And together?",
        "GP ID 3: We lost a week to meetings.",
        "I: You too?",
        "Manager ID 4: Two weeks of it.",
        "GP ID 3: Every quarter, mind.",
    ],
    "Manager-ID-5": ["I: How is it?", "Manager ID 5: Meetings, always meetings. |Fine, thanks."],
}
PEOPLE = [
    person("GP ID 1", "Site 1", "GP"),
    person("GP ID 2", "Site 2", "GP"),
    person("GP ID 3", "Site 2", "GP"),
    person("Manager ID 4", "Site 2", "Manager"),
    person("Manager ID 5", "Site 10", "Manager"),
    person("Nurse ID 6", "Site 10", "Nurse"),
]


@contextmanager
def small_study(folder: Path) -> Iterator[Study]:
    """GPs 1 to 3 and manager 4 are hand coded, manager 5 is left to the machine, nurse 6 is away.

    ``meetings`` lies under ``burden``; ``money`` is raised by GP 1 alone, ``travel`` by nobody,
    and no model knows ``travel``.
    """
    codebook = themes("*burden", "burden/meetings", "burden/travel", "money")
    with made_study(folder, SCRIPTS, codebook=codebook, people=PEOPLE) as study:
        code(study, "GP-ID-1", "[laughs] It is =1+1 meetings a week.", "meetings")
        money = code(study, "GP-ID-1", "The money is gone.\nReally?\nReally gone", "money")
        assert money.span.start > 0
        text = study.corpus.transcript("group")
        assert text is not None
        # One coding over what two people say, with the interviewer in between.
        talk = Span(text.text.index("We lost"), text.text.index("mind.") + 5)
        add_codings(study, Coding("group", talk, "meetings", "ann"))
        add_coverage(study, *(Coverage(t, "ann") for t in ("GP-ID-1", "GP-ID-2", "group")))
        predict(
            study,
            {
                "GP-ID-2:1": {"money": 0.99},  # read by hand: does not count
                "Manager-ID-5:1": {"meetings": 0.8125},
                "Manager-ID-5:2": {"meetings": 0.625, "money": 0.25},
            },
            learned=["meetings", "money"],
            suggested=["travel"],
        )
        yield study
