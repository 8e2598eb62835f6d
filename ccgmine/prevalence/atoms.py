"""Groups of people as the columns of a model: atoms, levels, and who is known in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.laplace import Design

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

MOST_SLOPE_CELLS = 40


@dataclass(frozen=True, slots=True)
class Frame:
    """Atoms (people who share every group) and the model's columns.

    atom: (n_people,) atom of each person. atom_cells: (n_atoms, n_levels) cell of each atom at
    every level, in the order of ``names``. design: columns for every atom. intercept_level,
    slope_level: effect to which each column belongs, -1 for the common one. n_effects: levels
    that make a difference (one cell, or the same groups twice, make none).
    """

    names: tuple[str, ...]
    atom: Ints
    atom_cells: Ints
    design: Design
    intercept_level: Ints
    slope_level: Ints
    n_effects: int

    @property
    def n_atoms(self) -> int:
        """Different combinations of groups."""
        return len(self.atom_cells)

    def into(self, level: str, n_cells: int) -> Floats:
        """Sums atoms to the cells of a level: (n_atoms, n_cells) of 0 and 1."""
        matrix = np.zeros((self.n_atoms, n_cells))
        matrix[np.arange(self.n_atoms), self.atom_cells[:, self.names.index(level)]] = 1
        return matrix


def frame_of(levels: Mapping[str, Ints]) -> Frame:
    """Atoms and columns of some levels: name -> (n_people,) cell of each person, 0-based."""
    cells = np.stack([np.asarray(c) for c in levels.values()], axis=1)
    atom_cells, atom = np.unique(cells, axis=0, return_inverse=True)
    intercept, slope = [np.ones((len(atom_cells), 1))], [np.ones((len(atom_cells), 1))]
    intercept_level, slope_level = [-1], [-1]
    seen: list[Ints] = []
    for values in atom_cells.T:
        _, index = np.unique(values, return_inverse=True)
        n_cells = int(index.max()) + 1
        if n_cells == 1 or any(_same(index, other) for other in seen):
            continue
        columns = np.eye(n_cells)[index]
        intercept.append(columns)
        intercept_level += [len(seen)] * n_cells
        if n_cells <= MOST_SLOPE_CELLS:
            slope.append(columns)
            slope_level += [len(seen)] * n_cells
        seen.append(index)
    return Frame(
        tuple(levels), atom.reshape(-1), atom_cells,
        Design(np.hstack(intercept), np.hstack(slope)),
        np.array(intercept_level), np.array(slope_level), len(seen),
    )  # fmt: skip


def _same(one: Ints, other: Ints) -> bool:
    """Whether two numberings make the same groups."""
    pairs = len(np.unique(np.stack([one, other], axis=1), axis=0))
    return bool(pairs == one.max() + 1 == other.max() + 1)
