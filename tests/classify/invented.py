"""A small invented study for the classifier: themes that show in a few words."""

from __future__ import annotations

import numpy as np

from ccgmine.classify.fit import TrainingData

THEMES = ("parking", "food", "waiting", "kindness")
WORDS = (
    "the car park was full and the ticket machine swallowed my coins",
    "lunch came cold and the soup had no taste at all",
    "we sat for three hours in the corridor before anybody called us",
    "the nurse held my hand and was so gentle with my mother",
)
TALK = (
    "it was a tuesday",
    "i came by bus",
    "my sister said so too",
    "well you know",
    "in the spring",
)


def training_data(n_participants: int = 24, seed: int = 3, per_person: int = 6) -> TrainingData:
    """Texts of so many participants; every theme is said in its own words, shuffled a little."""
    rng = np.random.default_rng(seed)
    texts, groups, present = [], [], []
    for person in range(n_participants):
        for _ in range(per_person):
            themes = rng.random(len(THEMES)) < 0.3
            words: list[str] = [str(rng.choice(TALK))]
            for theme in np.flatnonzero(themes):
                said = WORDS[theme].split()
                start = int(rng.integers(0, 3))
                words.append(" ".join(said[start : start + 7]))
            texts.append(". ".join(words))
            groups.append(f"P{person}")
            present.append(themes)
    return TrainingData(
        texts=texts, present=np.array(present), groups=groups, labels=THEMES, definitions=()
    )
