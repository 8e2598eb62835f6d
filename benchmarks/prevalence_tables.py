"""From the records of a simulation to a table with targets and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Records = dict[str, dict[str, list[Floats]]]

COLUMNS = ("draw", "share", "truth", "n", "point", "low", "high")
DRAW, SHARE, TRUTH, N, POINT, LOW, HIGH = range(len(COLUMNS))
TINY = 1e-9
LEAST_RECORDS = 100
COVERAGE, WITHIN_STRATA, ZERO, MAE = (0.93, 0.97), (0.92, 0.98), (0.92, 1.0), (0.0, 1.02)
STRATA: dict[str, tuple[Callable[[Floats], Bools], tuple[float, float]]] = {
    "under 5 %": (lambda r: r[:, SHARE] < 0.05, WITHIN_STRATA),
    "5 to 10 %": (lambda r: (r[:, SHARE] >= 0.05) & (r[:, SHARE] < 0.1), WITHIN_STRATA),
    "over 10 %": (lambda r: r[:, SHARE] >= 0.1, WITHIN_STRATA),
    "under 10 coded": (lambda r: r[:, N] < 10, WITHIN_STRATA),
    "true share 0": (lambda r: r[:, TRUTH] == 0, ZERO),
}


def table(records: Records, ours: str, alone: str, widths: Mapping[int, float]) -> str:
    """Lines per level: coverage, strata, error, width; targets and verdicts."""
    lines = []
    for level, by_method in records.items():
        mine, base = np.concatenate(by_method[ours]), np.concatenate(by_method[alone])
        lines.append(f"{level}")
        lines.append(_coverage_line("coverage", mine, COVERAGE))
        for name, (where, target) in STRATA.items():
            if int(where(mine).sum()) >= LEAST_RECORDS:
                lines.append(_coverage_line(name, mine[where(mine)], target))
        lines.append(_error_line(by_method, ours))
        lines.append(_width_line(mine, base, widths))
        lines.append("    others: " + ", ".join(_other(m, r) for m, r in by_method.items()
                                                 if m != ours))  # fmt: skip
    return "\n".join(lines)


def hits(rows: Floats) -> Bools:
    """Whether each interval holds the truth."""
    return (rows[:, LOW] <= rows[:, TRUTH] + TINY) & (rows[:, TRUTH] <= rows[:, HIGH] + TINY)


def verdict(value: float, error: float, target: tuple[float, float]) -> str:
    """Pass, FAIL, or close: outside by less than twice the Monte Carlo error."""
    outside = max(target[0] - value, value - target[1])
    if outside <= 0:
        return "pass"
    return "close" if outside <= 2 * error else "FAIL"


def mean_and_error(values: Floats, draw: Floats) -> tuple[float, float]:
    """Mean over records, and its Monte Carlo error from the spread of draws' means."""
    draws = np.unique(draw)
    if len(draws) < 2:
        return float(values.mean()), float("nan")
    of_draws = np.array([values[draw == d].sum() for d in draws])
    counts = np.array([np.count_nonzero(draw == d) for d in draws])
    mean = of_draws.sum() / counts.sum()
    spread = np.sqrt(((of_draws - mean * counts) ** 2).sum() / (len(draws) - 1) * len(draws))
    return float(mean), float(spread / counts.sum())


def _coverage_line(name: str, rows: Floats, target: tuple[float, float]) -> str:
    mean, error = mean_and_error(hits(rows).astype(float), rows[:, DRAW])
    return (
        f"    {name:<15} {100 * mean:5.1f} ± {100 * error:.1f} %  of {len(rows):6d}   "
        f"[{100 * target[0]:.0f} to {100 * target[1]:.0f}] {verdict(mean, error, target)}"
    )


def _errors(rows: list[Floats]) -> Floats:
    together = np.concatenate(rows)
    return np.abs(together[:, POINT] - together[:, TRUTH])


def _error_line(by_method: Mapping[str, list[Floats]], ours: str) -> str:
    errors = {m: _errors(r) for m, r in by_method.items()}
    others = {m: e.mean() for m, e in errors.items() if m != ours and np.isfinite(e).all()}
    best = min(others, key=lambda m: others[m])
    ratio = errors[ours].mean() / others[best]
    draw = np.concatenate(by_method[ours])[:, DRAW]
    _, error = mean_and_error(errors[ours] - ratio * errors[best], draw)
    error /= others[best]
    return (
        f"    {'mean error':<15} {100 * errors[ours].mean():5.2f} points, {best} "
        f"{100 * others[best]:.2f}: ratio {ratio:.3f} ± {error:.3f}   [to {MAE[1]}] "
        f"{verdict(ratio, error, MAE)}"
    )


def _width_line(mine: Floats, base: Floats, widths: Mapping[int, float]) -> str:
    some = base[:, N] > 0
    mine_width, base_width = ((r[:, HIGH] - r[:, LOW])[some] for r in (mine, base))
    ratio = mine_width.mean() / base_width.mean()
    n_cells = round(len(mine) / len(np.unique(mine[:, DRAW])) / _themes(mine))
    line = (
        f"    {'mean width':<15} {100 * mine_width.mean():5.1f} points, Wilson "
        f"{100 * base_width.mean():.1f}: ratio {ratio:.3f}"
    )
    target = next((widths[k] for k in widths if abs(k - n_cells) <= k // 7), None)
    if target is None:
        return line
    return f"{line}   [to {target}] {verdict(ratio, 0.0, (0.0, target))}"


def _themes(rows: Floats) -> int:
    return len(np.unique(rows[:, SHARE]))


def _other(method: str, rows: list[Floats]) -> str:
    together = np.concatenate(rows)
    error = np.abs(together[:, POINT] - together[:, TRUTH])
    width = together[:, HIGH] - together[:, LOW]
    found = f"{method} error {100 * np.nanmean(error):.2f}"
    if np.isfinite(width).any():
        covered = hits(together)[np.isfinite(width)].mean()
        found += f" coverage {100 * covered:.1f} width {100 * np.nanmean(width):.1f}"
    return found
