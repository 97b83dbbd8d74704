"""Two maps side by side as data: views of square tables in percent, what their cells say, how the maps agree. No Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pages.common.words import counted, interval, known, number, points
from pages.transfer import view as map_view
from pages.transfer.view import METRICS, MapView
from ptlib.tasks import names as task_names
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.task import FAMILIES
from ptlib.transfer.comparing.agreement import Agreement
from ptlib.transfer.matrix import Cell, TransferMatrix

VALUES = {"gain_kept": "Gain kept", "relative": "Relative", "score": "Raw score"}
OWN, WARM, PROJECTED, PUBLISHED = "own", "warm", "projected", "published"


@dataclass(frozen=True, slots=True)
class Side:
    """One map that can be looked at beside another one."""

    id: str
    name: str
    kind: str
    backbone: str
    of: str
    """What is loaded: a recipe, a projection, a published table."""
    told: str = ""
    """Where its numbers come from."""


def as_matrix(table: pd.DataFrame, value: str) -> TransferMatrix:
    """A table in percent as a map; only the value that it holds is known."""
    key, factor = METRICS[value].key, METRICS[value].scale
    cells = []
    for source in table.index:
        for target in table.columns:
            if np.isfinite(table.loc[source, target]):
                bare = Cell(source=source, target=target, n_seeds=0, n_examples=0, score=float("nan"))
                held: dict[str, Any] = {key: float(table.loc[source, target]) / factor}
                cells.append(replace(bare, **held))
    return TransferMatrix("", value, tuple(table.index), tuple(table.columns), tuple(cells))


def view_of(table: pd.DataFrame, value: str) -> MapView:
    """The table laid out like one's own map, by family."""
    return map_view.build_view(as_matrix(table, value), families_of([*table.index, *table.columns]), value, "family", FAMILIES)


def difference_view(table: pd.DataFrame) -> MapView:
    """Differences in points, blue where the first map is higher."""
    shown = replace(METRICS["relative"], name="Difference", domain=(-100.0, 100.0))
    return replace(view_of(table, "relative"), metric=shown)


def hovers(table: pd.DataFrame, names: Mapping[str, str], where: str, unit: str = " %") -> dict[tuple[str, str], str]:
    """What a cell says when pointed at."""
    return {
        (source, target): f"<b>{names[source]} → {names[target]}</b><br>{number(table.loc[source, target], 1)}{unit}<br>{where}"
        for source in table.index
        for target in table.columns
        if np.isfinite(table.loc[source, target])
    }


def reading(found: Agreement | None, first: str, second: str, names: Mapping[str, str]) -> str:
    """How far two maps agree, and the cell where they differ most."""
    if found is None:
        return f"{first} and {second} have fewer than two tasks in common, so they cannot be subtracted."
    table = found.difference.to_numpy(float, copy=True)
    table[np.eye(len(table), dtype=bool)] = np.nan
    if not np.isfinite(table).any():
        return f"{first} and {second} have no cell in common."
    row, column = np.unravel_index(np.nanargmax(np.abs(table)), table.shape)
    cell = f"{names[found.first.index[row]]} → {names[found.first.columns[column]]}"
    sure = interval(found.rank.low, found.rank.high, 1, 2)
    sure = f" {sure} (95 % interval over tasks)" if sure else " (no interval)" if known(found.rank.value) else ""
    return (
        f"On {counted(len(table), 'common task')} ({counted(found.cells, 'cell')}) the two maps rank cells with Spearman "
        f"{number(found.rank.value)}{sure} and differ by {number(found.mean, 1)} points on average; most on {cell}: "
        f"{signed(table[row, column])}."
    )


def signed(value: float) -> str:
    """`+4.0`, `−2.5`."""
    return f"{'+' if value > 0 else ''}{number(value, 1)}"


def cell_reading(cell: str, value: str, sides: Sequence[tuple[str, float]]) -> str:
    """The chosen cell on both sides. cell: its name; sides: (name of the map, percent or NaN)."""
    told = " · ".join(f"{name} {points(held, 1)}" for name, held in sides)
    (_, one), (_, other) = sides
    gap = f" · {signed(one - other)} points" if known(one) and known(other) else ""
    return f"**{cell}** ({VALUES[value].lower()}): {told}{gap}"


def at(table: pd.DataFrame, cell: tuple[str, str] | None) -> float:
    """Value of a cell; NaN where the table lacks it."""
    there = cell is not None and cell[0] in table.index and cell[1] in table.columns
    return float(table.loc[cell]) if there else float("nan")


def elsewhere(cell: tuple[str, str] | None, labels: Mapping[str, str]) -> tuple[str, str] | None:
    """The same cell by the labels of the other map."""
    return None if cell is None else (labels.get(cell[0], cell[0]), labels.get(cell[1], cell[1]))


def families_of(names: Sequence[str]) -> dict[str, str]:
    """Families of the tasks of a table; reference rows have none."""
    found = task_names.families_of([name for name in names if name not in REFERENCE_ROWS])
    return {name: found.get(name, "own") for name in names}
