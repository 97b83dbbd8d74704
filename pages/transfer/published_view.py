"""Published tables as maps like one's own: cells, common labels, differences, rank correlation. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pages.common.words import counted, number
from pages.transfer import view as map_view
from pages.transfer.view import METRICS, MapView
from ptlib.tasks import names as task_names
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.task import FAMILIES
from ptlib.transfer.matrix import Cell, TransferMatrix

RELATIVE, ABSOLUTE = "relative", "absolute"
_METRIC = {RELATIVE: "relative", ABSOLUTE: "score"}
_FACTOR = {RELATIVE: 1.0, ABSOLUTE: 0.01}


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """Two tables on their common labels, in points; rows sources, columns targets, labels of the first."""

    table: pd.DataFrame
    """First minus second, NaN where one of them lacks the cell."""
    pooled: float | None
    """Spearman over the common cells off the diagonal."""
    mean: float | None
    """Mean absolute difference off the diagonal."""
    cells: int


def as_matrix(table: pd.DataFrame, metric: str) -> TransferMatrix:
    """A table in percent as a map; only the metric it was published in has values."""
    cells = []
    for source in table.index:
        for target in table.columns:
            value = table.loc[source, target]
            if np.isfinite(value):
                relative = float(value) if metric == RELATIVE else None
                score = float(value) * 0.01 if metric == ABSOLUTE else float("nan")
                cells.append(Cell(source=source, target=target, n_seeds=0, n_examples=0, score=score, relative=relative))
    return TransferMatrix("", metric, tuple(table.index), tuple(table.columns), tuple(cells))


def view_of(table: pd.DataFrame, metric: str, families: Mapping[str, str]) -> MapView:
    """The table laid out like one's own map, by family."""
    return map_view.build_view(as_matrix(table, metric), families, _METRIC[metric], "family", FAMILIES)


def difference_view(table: pd.DataFrame, metric: str, families: Mapping[str, str]) -> MapView:
    """Differences in points, blue where the first table is higher."""
    view = view_of(table, metric, families)
    low, high = (-100.0, 100.0) if metric == RELATIVE else (-1.0, 1.0)
    shown = replace(METRICS[_METRIC[metric]], name="Difference", domain=(low, high))
    return replace(view, metric=shown)


def hovers(table: pd.DataFrame, names: Mapping[str, str], where: str, unit: str = " %") -> dict[tuple[str, str], str]:
    """What a cell says when pointed at."""
    return {
        (source, target): f"<b>{names[source]} → {names[target]}</b><br>{number(table.loc[source, target], 1)}{unit}<br>{where}"
        for source in table.index
        for target in table.columns
        if np.isfinite(table.loc[source, target])
    }


def own_table(matrix: TransferMatrix, metric: str) -> pd.DataFrame:
    """One's own map in the published unit, percent."""
    return matrix.square(_METRIC[metric]) / _FACTOR[metric]


def common(first: pd.DataFrame, second: pd.DataFrame) -> dict[str, str]:
    """Label of the first table -> label of the second, for tasks that are row and column of both."""
    both = ([name for name in table.index if name in set(table.columns)] for table in (first, second))
    return task_names.common(*both)


def subtract(first: pd.DataFrame, second: pd.DataFrame) -> Difference | None:
    """First minus second on the common labels; None with fewer than two."""
    pairs = common(first, second)
    if len(pairs) < 2:
        return None
    a = first.loc[list(pairs), list(pairs)].to_numpy(float)
    b = second.loc[list(pairs.values()), list(pairs.values())].to_numpy(float)
    off = ~np.eye(len(pairs), dtype=bool) & np.isfinite(a) & np.isfinite(b)
    pooled = None
    if off.sum() > 2 and np.ptp(a[off]) > 0 and np.ptp(b[off]) > 0:
        pooled = float(np.corrcoef(pd.Series(a[off]).rank(), pd.Series(b[off]).rank())[0, 1])
    mean = float(np.abs(a - b)[off].mean()) if off.any() else None
    return Difference(pd.DataFrame(a - b, index=list(pairs), columns=list(pairs)), pooled, mean, int(off.sum()))


def difference_reading(found: Difference | None, first: str, second: str, names: Mapping[str, str]) -> str:
    """How far two tables agree, and the cell where they differ most."""
    if found is None:
        return f"{first} and {second} have fewer than two tasks in common, so they cannot be subtracted."
    table = found.table.to_numpy(float, copy=True)
    table[np.eye(len(table), dtype=bool)] = np.nan
    if not np.isfinite(table).any():
        return f"{first} and {second} have no cell in common."
    row, column = np.unravel_index(np.nanargmax(np.abs(table)), table.shape)
    cell = f"{names[found.table.index[row]]} → {names[found.table.columns[column]]}"
    return (
        f"On {counted(len(table), 'common task')} ({found.cells} cells) the two tables rank cells with Spearman "
        f"{number(found.pooled)} and differ by {number(found.mean, 1)} points on average; most on {cell}: "
        f"{'+' if table[row, column] > 0 else ''}{number(table[row, column], 1)}."
    )


def families_of(names: Sequence[str]) -> dict[str, str]:
    """Families of the tasks of a published table; reference rows have none."""
    found = task_names.families_of([name for name in names if name not in REFERENCE_ROWS])
    return {name: found.get(name, "own") for name in names}
