"""Two maps beside each other: tasks in common, where they differ, how alike they rank cells. Torch-free.

Cells of one map share sources and targets, so they are no independent draws: the interval of a rank correlation is taken over
tasks, each drawn with its row and its column.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptlib.base import stats
from ptlib.base.stats import Interval
from ptlib.tasks import names

DRAWS, TASKS = 1000, "tasks"
MOST_UNDEFINED = 0.05
"""With more draws than this share in which a map is constant there is no interval."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Two maps on their common tasks; rows sources, columns targets, labels of the first, NaN = not known."""

    first: pd.DataFrame
    second: pd.DataFrame
    rank: Interval
    """Spearman over the cells off the diagonal that both have."""
    mean: float | None
    """Mean absolute difference of these cells; None without any."""
    cells: int

    @property
    def difference(self) -> pd.DataFrame:
        """First minus second."""
        return self.first - self.second

    def frame(self) -> pd.DataFrame:
        """One row a cell that a map has: source, target, first, second, difference."""
        parts = {"first": self.first, "second": self.second, "difference": self.difference}
        columns = [part.rename_axis(index="source", columns="target").stack().rename(name) for name, part in parts.items()]
        return pd.concat(columns, axis=1).reset_index()


def common(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, str]:
    """Label of the first map -> label of the second, for tasks that are row and column of both."""
    both = ([name for name in table.index if name in set(table.columns)] for table in (first, second))
    return names.common(*both)


def compare(first: pd.DataFrame, second: pd.DataFrame) -> Agreement | None:
    """Both maps [sources, targets], in one unit, on their common tasks; None with fewer than two."""
    pairs = common(first, second)
    if len(pairs) < 2:
        return None
    labels = list(pairs)
    one = first.loc[labels, labels].astype(float)
    other = second.loc[list(pairs.values()), list(pairs.values())].astype(float).set_axis(labels).set_axis(labels, axis=1)
    a, b = one.to_numpy(), other.to_numpy()
    off = ~np.eye(len(pairs), dtype=bool) & np.isfinite(a) & np.isfinite(b)
    mean = float(np.abs(a - b)[off].mean()) if off.any() else None
    return Agreement(one, other, rank_agreement(a, b), mean, int(off.sum()))


def rank_agreement(a: np.ndarray, b: np.ndarray, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Spearman of two maps [T, T] off their diagonals, with its 95 % interval over tasks; None where it is not defined.

    Every draw takes T tasks with replacement; a task drawn twice is twice a source and a target, never a source for itself.
    """
    tasks = np.arange(len(a))
    value = _spearman(a, b, tasks)
    drawn = [_spearman(a, b, picks) for picks in np.random.default_rng(seed).integers(0, len(a), (draws, len(a)))]
    found = np.array([one for one in drawn if one is not None])
    low, high = stats.percentiles(found) if len(found) >= (1 - MOST_UNDEFINED) * draws else (None, None)
    return Interval(value, low, high, TASKS) if value is not None else Interval(None, None, None, TASKS)


def _spearman(a: np.ndarray, b: np.ndarray, picks: np.ndarray) -> float | None:
    """Of the cells between the picked tasks; cells that a map lacks are left out. None with fewer than three."""
    off = picks[:, None] != picks
    x, y = a[picks[:, None], picks][off], b[picks[:, None], picks][off]
    return stats.spearman(x, y) if (np.isfinite(x) & np.isfinite(y)).sum() > 2 else None
