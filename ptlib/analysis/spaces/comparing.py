"""Two spaces of prompts beside each other: do tasks have the same neighbours in both? Spaces may differ in width."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptlib.base import stats
from ptlib.base.stats import Interval

NEAREST, DRAWS = 3, 1000


def task_distances(apart: np.ndarray, tasks: Sequence[str]) -> pd.DataFrame:
    """Dissimilarities of prompts [N, N] -> of tasks [T, T]: means over all pairs of their prompts; tasks as first seen."""
    names = list(dict.fromkeys(tasks))
    member = np.array([[task == name for task in tasks] for name in names], float)
    sizes = member.sum(axis=1)
    return pd.DataFrame(member @ apart @ member.T / np.outer(sizes, sizes), index=names, columns=names)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhoods:
    """How far two spaces agree on which tasks are near to a task."""

    table: pd.DataFrame
    """One row a common task, in the order of the first space: task, shared (share of its nearest tasks that are the same), rank
    (Spearman of the distances to all others; NaN where one space has them all equal), first, second (its nearest tasks, nearest
    first, joined by "; ")."""
    nearest: int
    """How many nearest tasks are compared."""
    mean: Interval
    """Mean of `shared`, with its 95 % interval over tasks."""
    chance: float
    """Expected share when the neighbours of the second space are drawn at random."""


def compare(first: pd.DataFrame, second: pd.DataFrame, pairs: Mapping[str, str], nearest: int = NEAREST) -> Neighbourhoods | None:
    """Neighbourhoods of the common tasks. first, second: distances of tasks; pairs: label of the first -> label of the second.

    None with fewer than four common tasks: then every task is everybody's neighbour, or nearly so.
    """
    labels = [name for name in first.index if name in pairs and pairs[name] in second.index]
    if len(labels) < 4:
        return None
    size = min(nearest, len(labels) - 2)
    one = first.loc[labels, labels].to_numpy(float)
    other = second.loc[[pairs[name] for name in labels], [pairs[name] for name in labels]].to_numpy(float)
    rows = []
    for place, name in enumerate(labels):
        rest = [at for at in range(len(labels)) if at != place]
        near = [sorted(rest, key=lambda at: (table[place, at], at))[:size] for table in (one, other)]
        rank = stats.spearman(one[place, rest], other[place, rest])
        told = ["; ".join(labels[at] for at in those) for those in near]
        rows.append((name, len(set(near[0]) & set(near[1])) / size, np.nan if rank is None else rank, *told))
    table = pd.DataFrame(rows, columns=["task", "shared", "rank", "first", "second"])
    shared = table.shared.to_numpy()
    drawn = shared[np.random.default_rng(0).integers(0, len(shared), (DRAWS, len(shared)))].mean(axis=1)
    low, high = stats.percentiles(drawn)
    return Neighbourhoods(table, size, Interval(float(shared.mean()), low, high, "tasks"), size / (len(labels) - 1))
