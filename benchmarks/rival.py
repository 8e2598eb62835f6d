"""fastText, the fastest text classifier that users know, trained on the same comments."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from comments import Comments


class FastText:
    """Supervised fastText: one-against-all loss, words 1-2, characters 2-5, one thread."""

    def __init__(self, comments: Comments, folder: Path) -> None:
        # It has no types, and mypy need not find it.
        fasttext: Any = import_module("fasttext")
        table = folder / "fasttext.txt"
        lines = []
        for text, present in zip(comments.texts, comments.present, strict=True):
            labels = " ".join(f"__label__{i}" for i in np.flatnonzero(present))
            lines.append(f"{labels} {one_line(text).lower()}\n")
        table.write_text("".join(lines), encoding="utf-8")
        self._model: Any = fasttext.train_supervised(
            str(table),
            loss="ova",
            wordNgrams=2,
            minn=2,
            maxn=5,
            epoch=25,
            lr=0.5,
            thread=1,
            verbose=0,
        )

    def classify(self, lines: list[str]) -> None:
        """All labels from probability one half on, by its batch call."""
        self._model.predict(lines, k=-1, threshold=0.5)


def one_line(text: str) -> str:
    """The text without line ends, which fastText does not take."""
    return " ".join(text.split("\n"))
