"""What stands on a side when two maps are compared: own maps and warm starts as square tables in percent. Torch-free."""

from typing import Literal

import pandas as pd

from ptlib.results.catalogue import Catalogue
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer.matrix import UNTRAINED, TransferMatrix
from ptlib.transfer.warm import continued

Value = Literal["gain_kept", "relative", "score"]
PERCENT = {"gain_kept": 100.0, "relative": 1.0, "score": 100.0}
"""Factor from a cell's value to percent."""


def own(matrix: TransferMatrix, value: Value) -> pd.DataFrame:
    """A map of one's own [sources, targets] in percent, without reference rows; NaN = not known."""
    return PERCENT[value] * matrix.square(value).drop(index=list(REFERENCE_ROWS), errors="ignore")


def warm(catalogue: Catalogue, matrix: TransferMatrix, value: Value) -> pd.DataFrame:
    """The same after each source's prompt was tuned on, on the target: mean over seeds; only cells that were run.

    Runs with other settings than the map's, and results on other examples than the map's, are left out.
    """
    rows = {row.id: row for row in catalogue.prompt_rows(matrix.backbone)}
    settings = catalogue.recipes(matrix.backbone).get(matrix.recipe)
    found = []
    for entry in catalogue.entries(matrix.backbone, warm=True):
        source, base = rows.get(entry.start.value), matrix.get(entry.target, entry.target)
        like = source is not None and source.recipe == matrix.recipe
        if not entry.is_warm or source is None or not like or base is None or base.n_examples != entry.n:
            continue
        if entry.recipe == continued(source.recipe, entry.init, settings) and source.task != entry.target:
            found.append((source.task, entry.target, entry.score))
    table = pd.DataFrame(found, columns=["source", "target", "score"]).groupby(["source", "target"]).score.mean().unstack()
    return scaled(
        table.reindex(index=_in(matrix.sources, table.index), columns=_in(matrix.targets, table.columns)), matrix, value
    )


def _in(order: tuple[str, ...], names: pd.Index) -> list[str]:
    return [name for name in order if name in set(names)]


def scaled(scores: pd.DataFrame, matrix: TransferMatrix, value: Value) -> pd.DataFrame:
    """Scores [sources, targets] as fractions -> percent of a value, with the targets' own and untrained levels of a map."""
    columns = {}
    for target in scores.columns:
        own, base = matrix.get(target, target), matrix.get(UNTRAINED, target)
        if value == "score":
            columns[target] = 100 * scores[target]
        elif value == "relative":
            columns[target] = 100 * scores[target] / own.score if own and own.score > 0 else scores[target] * float("nan")
        else:
            known = own is not None and base is not None and own.gain_kept is not None
            room = own.score - base.score if known and own and base else float("nan")
            columns[target] = 100 * (scores[target] - (base.score if base else float("nan"))) / room
    return pd.DataFrame(columns, index=scores.index, columns=scores.columns, dtype=float)
