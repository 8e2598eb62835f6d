"""Counts and draws of every cell: all that a prevalence table needs, in a form that can be kept."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ccgmine.domain import Group

Grouping = tuple[str, ...]
Bools = NDArray[np.bool_]

COUNTS = (
    "participants", "no_text", "not_asked", "hand_coded", "hand_with_theme", "machine_with_theme",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Counts of people, and draws of how many raised each theme.

    Attributes:
        attributes: What the groups are by.
        lines: Theme id and scope of each line.
        groups: The groups of each grouping.
        counts: Of each grouping, shape (6, n_groups, n_lines), in the order of ``COUNTS``.
        modelled: Shape (n_lines,), whether there are draws of the line.
        learned: Shape (n_lines,), whether the model's labels of the line may be counted.
        draws: Of each grouping, shape (n_modelled, n_draws, n_groups), people with the theme.
        in_part: Of each grouping, shape (n_groups, n_lines), people hand coded with the theme
            though not read in full; where it is missing there are none.
    """

    attributes: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    groups: Mapping[Grouping, tuple[Group, ...]]
    counts: Mapping[Grouping, NDArray[np.int64]]
    modelled: Bools
    learned: Bools
    draws: Mapping[Grouping, NDArray[np.int32]]
    in_part: Mapping[Grouping, NDArray[np.int64]] = field(default_factory=dict)

    def in_part_of(self, line: int, grouping: Grouping) -> NDArray[np.int64]:
        """People not read in full who raised a line all the same, (n_groups,)."""
        found = self.in_part.get(grouping)
        none = np.zeros(len(self.groups[grouping]), dtype=np.int64)
        return none if found is None else found[:, line]

    def draws_of(self, line: int, grouping: Grouping) -> NDArray[np.int64] | None:
        """Draws of one line, (n_draws, n_groups); None if it has none."""
        if not self.modelled[line]:
            return None
        number = int(self.modelled[:line].sum())
        found: NDArray[np.int64] = self.draws[grouping][number].astype(np.int64)
        return found

    def covers(self, attributes: Sequence[str], *, cross: bool) -> bool:
        """Whether the groups wanted are among those that were counted."""
        if cross and len(attributes) > 1 and tuple(attributes) not in self.groups:
            return False
        return all((attribute,) in self.groups for attribute in attributes)

    def to_bytes(self) -> bytes:
        """All of it as a compressed archive of arrays; no pickle."""
        groupings = list(self.groups)
        header = {
            "attributes": self.attributes,
            "lines": self.lines,
            "groupings": groupings,
            "groups": [[group.values for group in self.groups[g]] for g in groupings],
        }
        arrays: dict[str, Any] = {
            "header": np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
            "modelled": self.modelled,
            "learned": self.learned,
        }
        for i, grouping in enumerate(groupings):
            arrays[f"counts{i}"] = self.counts[grouping]
            if grouping in self.in_part:
                arrays[f"in_part{i}"] = self.in_part[grouping]
            if grouping in self.draws:
                arrays[f"draws{i}"] = _small(self.draws[grouping])
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> Counted:
        """What ``to_bytes`` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes())
            groupings = [tuple(g) for g in header["groupings"]]
            return Counted(
                attributes=tuple(header["attributes"]),
                lines=tuple((theme, scope) for theme, scope in header["lines"]),
                groups={
                    g: tuple(Group(tuple((a, v) for a, v in values)) for values in found)
                    for g, found in zip(groupings, header["groups"], strict=True)
                },
                counts={g: arrays[f"counts{i}"] for i, g in enumerate(groupings)},
                modelled=arrays["modelled"],
                learned=arrays["learned"],
                draws={
                    g: arrays[f"draws{i}"].astype(np.int32)
                    for i, g in enumerate(groupings)
                    if f"draws{i}" in arrays.files
                },
                in_part={
                    g: arrays[f"in_part{i}"]
                    for i, g in enumerate(groupings)
                    if f"in_part{i}" in arrays.files
                },
            )


def _small(draws: NDArray[np.int32]) -> NDArray[Any]:
    """The same numbers in the smallest unsigned type that holds them."""
    most = int(draws.max()) if draws.size else 0
    small: NDArray[Any] = draws.astype(np.min_scalar_type(most))
    return small
