"""How many participants of a study raised each theme, by small-area estimation.

People whose every word is hand coded are known. For the others, a hierarchical logistic
recalibration of the classifier's participant-level score is fitted to the hand coded, and
their themes are drawn from its posterior (Rao & Molina 2015, Small Area Estimation, ch. 9;
Gelman & Little 1997, Survey Methodology 23:127-135):

    logit P(y = 1) = a + b s + sum over levels of (u[group] + v[group] s)
    b ~ N(mean slope of the study's themes, slope_sd),  u ~ N(0, tau_level),  v ~ N(0, omega)

One model holds the groups of all levels, and one set of draws of people is summed for every
level: the figures of sites add up to those of the whole study in every draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ccgmine.prevalence.atoms import Frame, frame_of
from ccgmine.prevalence.drawing import bins_of, draw_parameters, draw_totals
from ccgmine.prevalence.hyper import (
    PriorOptions,
    base_of,
    likelihood_share,
    setting_weights,
    settings,
)
from ccgmine.prevalence.laplace import Coded, fit
from ccgmine.prevalence.score import standardised

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Counts = NDArray[np.int64]
Bools = NDArray[np.bool_]

# A person chosen for certain still says a little about the others.
LEAST_WEIGHT = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to draw; the defaults are those of the published simulations.

    n_draws: posterior draws kept. n_settings: settings of the hyper-parameters tried.
    oversample: proposals a draw. most_bins: above so many unknown people, those of one group
    and like scores are drawn together.
    """

    n_draws: int = 1000
    n_settings: int = 48
    oversample: int = 2
    most_bins: int = 4000
    seed: int = 0
    priors: PriorOptions = field(default_factory=PriorOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The participants with text, for all themes.

    levels: name -> (n_people,) cell of each person, 0-based. score: (n_people, n_themes),
    ``score.person_scores``; NaN column: the theme has no classifier. known: (n_people,
    n_themes) whether the person is hand coded in full for the theme. present: (n_people,
    n_themes) whether they raised it; read only where known. asked: the same shape, or None:
    who counts for a theme; None means everybody. sure: the same shape, or None: people not read in
    full who raised it all the same; they are counted, and say nothing of the others.
    selection_probability: (n_people,) with which the hand coded were chosen, NaN unknown, read
    only where known; None: a random sample.
    """

    levels: Mapping[str, Ints]
    score: Floats
    known: Bools
    present: Bools
    asked: Bools | None = None
    sure: Bools | None = None
    selection_probability: Floats | None = None

    def __post_init__(self) -> None:
        shape = self.score.shape
        if self.known.shape != shape or self.present.shape != shape:
            raise ValueError("score, known and present must have one shape")
        if any(len(cell) != shape[0] for cell in self.levels.values()) or not self.levels:
            raise ValueError("at least one level, with a cell for every person, is needed")


@dataclass(frozen=True, slots=True)
class ThemeDraws:
    """Draws of how many people raised one theme.

    totals: level -> (n_draws, n_cells) people with the theme, known and drawn. size, known,
    known_present: level -> (n_cells,) people asked, hand coded, hand coded with the theme.
    efficiency: share of proposals that were worth a draw; below 0.02, distrust the tails.
    """

    totals: Mapping[str, Counts]
    size: Mapping[str, Counts]
    known: Mapping[str, Counts]
    known_present: Mapping[str, Counts]
    efficiency: float


def estimate(people: People, options: Options) -> list[ThemeDraws]:
    """Draw the totals of every cell for every theme of a study.

    Themes are estimated together: how much groups differ and how far scores can be trusted is
    learned from all of them. A theme for which nobody is hand coded gets draws from what the
    other themes say, which is no evidence: give a reason in its place.

    Args:
        people: Groups, scores, and what is known.
        options: Draws, seed and priors.

    Returns:
        One ``ThemeDraws`` a theme, the same for the same input and seed.
    """
    frame = frame_of(people.levels)
    score = standardised(people.score)
    asked = np.ones_like(people.known) if people.asked is None else people.asked
    known = people.known & asked
    weight = likelihood_weights(known, people.selection_probability, frame.atom)
    weight *= likelihood_share(weight.sum(axis=0), options.priors)
    coded, atoms = _coded(frame, score, known, people.present, weight)
    design = frame.design.at(atoms)
    priors = settings(
        base_of(known, people.present), frame, _n_settings(frame, options), options.priors
    )
    fits = fit(design, coded, priors)
    weights = setting_weights(fits.log_evidence, options.priors.pooling)
    found = []
    for t in range(score.shape[1]):
        rng = np.random.default_rng([options.seed, t])
        posterior = draw_parameters(
            design, coded, priors, fits, weights[t], t, options.n_draws, options.oversample, rng
        )
        sure = known[:, t] & people.present[:, t]
        if people.sure is not None:
            sure |= people.sure[:, t] & asked[:, t] & ~known[:, t]
        unknown = np.flatnonzero(asked[:, t] & ~known[:, t] & ~sure)
        bins = bins_of(frame.atom[unknown], score[unknown, t], frame.n_atoms, options.most_bins)
        drawn = draw_totals(frame.design, posterior.x, bins, rng)
        found.append(_summed(frame, people, asked[:, t], known[:, t], sure, drawn,
                             posterior.efficiency))  # fmt: skip
    return found


def likelihood_weights(known: Bools, probability: Floats | None, atom: Ints) -> Floats:
    """How much each hand-coded person says about those who were not chosen.

    A person chosen with probability p stands for (1 - p) / p people who were not, so these odds
    are the weights, scaled to the number of people they are worth (Kish 1965, (sum w)^2 /
    sum w^2): pseudo-posterior of Savitsky & Toth 2016, EJS 10:1677-1708. Where everybody of one
    combination of groups had the same probability (a stratified sample), the model's group
    effects say the same, and all weigh 1.

    Args:
        known: (n_people, n_themes).
        probability: (n_people,), read where known; NaN takes the median; None: all weigh 1.
        atom: (n_people,) combination of groups of each person.

    Returns:
        (n_people, n_themes), 0 where not known.
    """
    weight = known.astype(float)
    chosen = known.any(axis=1)
    if probability is None or not np.isfinite(probability[chosen]).any():
        return weight
    p = probability[chosen]
    p = np.clip(np.where(np.isfinite(p), p, np.nanmedian(p)), 1e-6, 1)
    if _constant_within(p, atom[chosen]):
        return weight
    odds = np.zeros(len(known))
    odds[chosen] = (1 - p) / p
    weight *= np.maximum(odds, LEAST_WEIGHT * odds.max())[:, None]
    total, squares = weight.sum(axis=0), (weight**2).sum(axis=0)
    scaled: Floats = weight * np.divide(total, squares, out=np.zeros_like(total), where=squares > 0)
    return scaled


def _constant_within(values: Floats, group: Ints) -> bool:
    """Whether every group has one value."""
    order = np.lexsort((values, group))
    same_group = np.diff(group[order]) == 0
    return bool((np.abs(np.diff(values[order]))[same_group] < 1e-9).all())


def _coded(
    frame: Frame, score: Floats, known: Bools, present: Bools, weight: Floats
) -> tuple[Coded, Ints]:
    """The hand coded sorted by atom, and which atoms they are in."""
    who = np.flatnonzero(known.any(axis=1))
    if not len(who):
        # One person without weight: the model needs a row, the posterior is the prior.
        who = np.array([0])
    who = who[np.argsort(frame.atom[who], kind="stable")]
    atoms, atom = np.unique(frame.atom[who], return_inverse=True)
    coded = Coded(
        atom.reshape(-1), score[who].T.copy(), present[who].T.astype(float), weight[who].T.copy()
    )
    return coded, atoms


def _n_settings(frame: Frame, options: Options) -> int:
    """Fewer settings where there are many groups: these say more of how much they differ."""
    return int(np.clip(options.n_settings * 80 / frame.design.n_columns, 12, options.n_settings))


def _summed(
    frame: Frame,
    people: People,
    asked: Bools,
    known: Bools,
    present: Bools,
    drawn: Counts,
    efficiency: float,
) -> ThemeDraws:
    sure = np.bincount(frame.atom[present], minlength=frame.n_atoms)
    totals: dict[str, Counts] = {}
    counts: tuple[dict[str, Counts], ...] = ({}, {}, {})
    for name, cell in people.levels.items():
        n_cells = int(np.max(cell)) + 1
        into = frame.into(name, n_cells)
        totals[name] = np.rint((drawn + sure) @ into).astype(np.int64)
        for which, who in enumerate((asked, known, present)):
            counts[which][name] = np.bincount(np.asarray(cell)[who], minlength=n_cells)
    return ThemeDraws(totals, counts[0], counts[1], counts[2], efficiency)
