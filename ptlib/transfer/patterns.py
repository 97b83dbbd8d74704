"""What stands out in a transfer map: families as blocks, cells that break that rule, harm, one-way streets, strong tasks.

Rankings say how sure their places are, by a paired bootstrap over the tasks that a mean is taken over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np
import pandas as pd

from ptlib.base import stats
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer.matrix import Cell, TransferMatrix

DRAWS = 2000
RANKED = ("name", "mean", "low", "high", "rank", "rank_low", "rank_high", "group", "cells")
FEW_TARGETS = 3
FULL = 0.95
"""Within a family a prompt is expected to keep this share of the gain, across families nothing."""


def reused(matrix: TransferMatrix) -> list[Cell]:
    """Cells of a tuned prompt on another task than its own."""
    return [cell for cell in matrix.cells if cell.source not in REFERENCE_ROWS and not cell.is_own]


def _same(cell: Cell, families: Mapping[str, str]) -> bool:
    """Whether source and target are of one family."""
    return families.get(cell.source) == families.get(cell.target)


def block_values(matrix: TransferMatrix, families: Mapping[str, str]) -> tuple[list[float], list[float]]:
    """Gain kept (fractions) within and across families, own prompts and undefined cells left out."""
    within: list[float] = []
    across: list[float] = []
    for cell in reused(matrix):
        if cell.gain_kept is not None and isfinite(cell.gain_kept):
            (within if _same(cell, families) else across).append(cell.gain_kept)
    return within, across


@dataclass(frozen=True, slots=True)
class Blocks:
    """Mean gain kept (fractions) within and across families, and their difference; 95 % intervals over targets."""

    within: stats.Interval
    across: stats.Interval
    gap: stats.Interval
    cells_within: int
    cells_across: int


def blocks(matrix: TransferMatrix, families: Mapping[str, str], draws: int = DRAWS, seed: int = 0) -> Blocks | None:
    """None where one of the two has no cell. Targets are drawn, since cells of one target share its own and untrained prompts;
    intervals need `FEW_TARGETS` of each kind."""
    cells = [cell for cell in reused(matrix) if cell.gain_kept is not None and isfinite(cell.gain_kept)]
    same = np.array([_same(cell, families) for cell in cells], dtype=bool)
    if not same.any() or same.all():
        return None
    targets = sorted({cell.target for cell in cells})
    at = np.array([targets.index(cell.target) for cell in cells])
    gains = np.array([cell.gain_kept for cell in cells], dtype=float)
    counts = np.random.default_rng(seed).multinomial(len(targets), np.full(len(targets), 1 / len(targets)), draws)
    drawn, few = [], False
    for kind in (same, ~same):
        sizes = counts @ np.bincount(at[kind], minlength=len(targets))
        total = counts @ np.bincount(at[kind], gains[kind], len(targets))
        drawn.append(np.divide(total, sizes, out=np.full(draws, np.nan), where=sizes > 0))
        few |= len(set(at[kind])) < FEW_TARGETS
    means = [float(gains[kind].mean()) for kind in (same, ~same)]
    drawn, values = [*drawn, drawn[0] - drawn[1]], [*means, means[0] - means[1]]
    ends: list[tuple[float | None, float | None]] = [
        (None, None) if few else stats.percentiles(part[np.isfinite(part)]) for part in drawn
    ]
    within, across, gap = (stats.Interval(value, *end, "targets") for value, end in zip(values, ends, strict=True))
    return Blocks(within, across, gap, int(same.sum()), int((~same).sum()))


def striking_cell(matrix: TransferMatrix, families: Mapping[str, str]) -> tuple[str, str] | None:
    """A good first cell to look at: clear, not perfect, within a family; else any cell."""
    cells = reused(matrix)
    clear = [cell for cell in cells if cell.gain_kept is not None and (cell.gain_low or 0) > 0 and _same(cell, families)]
    for pool in (clear, cells, list(matrix.cells)):
        if pool:
            best = min(
                pool, key=lambda one: (abs((-9 if one.gain_kept is None else one.gain_kept) - 0.75), one.source, one.target)
            )
            return best.source, best.target
    return None


def breaks_rule(cell: Cell, families: Mapping[str, str]) -> bool:
    """Whether a reused prompt keeps less than is usual in its family, or clearly something or clearly harms outside of it."""
    if cell.gain_kept is None or cell.is_own or cell.source in REFERENCE_ROWS:
        return False
    if _same(cell, families):
        return cell.gain_kept < FULL
    return cell.gain_low is not None and cell.gain_high is not None and (cell.gain_low > 0 or cell.gain_high < 0)


def rule_breakers(matrix: TransferMatrix, families: Mapping[str, str], count: int = 5) -> list[Cell]:
    """The cells farthest from what families would have one expect, among those that are clearly off, farthest first."""

    def distance(cell: Cell) -> float:
        return abs((cell.gain_kept or 0.0) - (1.0 if _same(cell, families) else 0.0))

    def clear(cell: Cell) -> bool:
        return not _same(cell, families) or (cell.gain_high is not None and cell.gain_high < 1)

    cells = [cell for cell in reused(matrix) if breaks_rule(cell, families) and clear(cell)]
    return sorted(cells, key=lambda cell: (-distance(cell), cell.source, cell.target))[:count]


def telling_cells(matrix: TransferMatrix, families: Mapping[str, str]) -> list[Cell]:
    """Three cells that tell the story: kept best within a family, kept least across, and the clearest exception; if there."""
    known = [cell for cell in reused(matrix) if cell.gain_kept is not None]
    within = [cell for cell in known if _same(cell, families)]
    across = [cell for cell in known if not _same(cell, families)]
    found = sorted(within, key=lambda cell: (-(cell.gain_kept or 0), cell.source, cell.target))[:1]
    found += sorted(across, key=lambda cell: (abs(cell.gain_kept or 0), cell.source, cell.target))[:1]
    return found + rule_breakers(matrix, families, 1)


def harmful(matrix: TransferMatrix) -> list[Cell]:
    """Cells in which a reused prompt is clearly worse than an untrained one (whole interval below it), the worst first."""
    cells = [cell for cell in reused(matrix) if cell.gain_high is not None and cell.gain_high < 0]
    return sorted(cells, key=lambda cell: (cell.gain_kept or 0.0, cell.source, cell.target))


def asymmetry(matrix: TransferMatrix) -> pd.DataFrame:
    """Gain kept from row to column minus that of the way back, [N, N] over tasks that are both; NaN where one is missing."""
    names = [name for name in matrix.sources if name in matrix.targets]
    there = matrix.square("gain_kept").loc[names, names]
    gap = there.to_numpy(float) - there.to_numpy(float).T
    np.fill_diagonal(gap, np.nan)
    return pd.DataFrame(gap, index=names, columns=names)


def ranked(table: pd.DataFrame, of: Literal["sources", "targets"], *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """Sources by what they give, or targets by what they receive; the strongest first.

    All are compared on the same draws: for sources the targets are drawn, for targets the sources, with replacement.

    table: [sources, targets] of one value; NaN = not measured. A task's own prompt never counts.

    Returns:
        Columns `RANKED`: mean with its 95 % interval, place with its 95 % interval, group (from 1; members of one group cannot
        be told from its first one), cells. What has no value at all is left out.
    """
    square = table if of == "sources" else table.T
    own = np.array([[row == column for column in square.columns] for row in square.index], dtype=bool).reshape(square.shape)
    values = np.where(own, np.nan, square.to_numpy(float))
    there = np.isfinite(values)
    usable = np.asarray(there.any(axis=1))
    names, values, there = [name for name, keep in zip(square.index, usable, strict=True) if keep], values[usable], there[usable]
    if not names:
        return pd.DataFrame(columns=list(RANKED))
    mean = np.nanmean(values, axis=1)
    order = np.argsort(-mean, kind="stable")
    names, values, there, mean = [names[place] for place in order], values[order], there[order], mean[order]
    drawn = _drawn(values, there, mean, draws, seed)
    ranks = 1 + (drawn[:, None, :] > drawn[:, :, None] + 1e-12).sum(axis=2)  # [draws, N]
    ends = [np.percentile(drawn, (2.5, 97.5), axis=0), np.percentile(ranks, (2.5, 97.5), axis=0)]
    columns = [names, mean, *ends[0], range(1, len(names) + 1), *ends[1].round().astype(int), _groups(drawn), there.sum(axis=1)]
    return pd.DataFrame(dict(zip(RANKED, columns, strict=True)))


def _drawn(values: np.ndarray, there: np.ndarray, mean: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Means of all rows of `values` [N, C] in every draw of columns, [draws, N]; where a draw has no cell, the row's own mean."""
    columns = values.shape[1]
    counts = np.random.default_rng(seed).multinomial(columns, np.full(columns, 1 / columns), draws)
    total, sizes = counts @ np.where(there, values, 0.0).T, counts @ there.T
    return np.where(sizes > 0, total / np.maximum(sizes, 1), mean)


def _groups(drawn: np.ndarray) -> list[int]:
    """Groups of rows that are sorted by their mean: a new one begins where the lead of the group's first is clear."""
    groups, first = [1], 0
    for place in range(1, drawn.shape[1]):
        low, _ = stats.percentiles(drawn[:, first] - drawn[:, place])
        clear = low is not None and low > 0
        first = place if clear else first
        groups.append(groups[-1] + clear)
    return groups
