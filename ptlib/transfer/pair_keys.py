"""Key columns of a long table of pairs (setting, model, recipe, ...): selected or averaged on request, never in silence."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ptlib.base.errors import BadInput, unknown

_SETTINGS = ("backbone", "model", "setting", "settings", "recipe", "method", "config", "base_model", "split", "metric")
"""Names of columns whose values cannot be compared even where no pair has two of them."""
_SHOWN = 5


def selected(frame: pd.DataFrame, where: Mapping[str, str], path: Path) -> pd.DataFrame:
    """The rows with the wanted values. Raises BadInput for a value that the table does not hold."""
    for column, value in where.items():
        if column in frame.columns:
            if value not in set(frame[column]):
                raise unknown(column, value, dict.fromkeys(frame[column]))
            frame = frame[frame[column] == value]
    return frame


def is_numeric(column: pd.Series) -> bool:
    """Whether any cell of a column of texts is a number, with a decimal point or comma."""
    texts = column.str.replace(",", ".", regex=False).replace("", None)
    return bool(pd.to_numeric(texts, errors="coerce").notna().any())


def check(frame: pd.DataFrame, source: str, target: str, used: Sequence[str], path: Path) -> None:
    """Refuse rows of one pair that differ in more than the seed, and settings that were mixed. Raises BadInput."""
    others = [name for name in frame.columns if name not in (source, target, "seed", *used)]
    for name in others:
        if name.lower() in _SETTINGS and frame[name].nunique() > 1 and not _follows(frame, name, source, target):
            raise _several(frame, name, path)
    pair = [source, target, *(["seed"] if "seed" in frame.columns else [])]
    repeated = frame[frame.duplicated(pair, keep=False)]
    if repeated.empty or set(used[1:]):
        repeated = repeated[repeated.duplicated([*pair, *(name for name in used[1:] if name in frame.columns)], keep=False)]
    if repeated.empty:
        return
    varying = [name for name in others if (repeated.groupby(pair)[name].nunique() > 1).any()]
    keys = [name for name in varying if not is_numeric(repeated[name])] or [
        name for name in varying if frame[name].nunique() <= len(frame) // 2
    ]
    if keys:
        raise _several(frame, keys[0], path)
    first = repeated.iloc[0]
    raise BadInput(f"{path} holds the pair {first[source]} → {first[target]} more than once, and no column tells why. Keep one.")


def _follows(frame: pd.DataFrame, name: str, source: str, target: str) -> bool:
    """Whether a column is told by the source or the target alone, like a task's metric."""
    return any((frame.groupby(key)[name].nunique() <= 1).all() for key in (source, target))


def _several(frame: pd.DataFrame, name: str, path: Path) -> BadInput:
    values = list(dict.fromkeys(frame[name]))
    some = ", ".join(values[:_SHOWN]) + (" ..." if len(values) > _SHOWN else "")
    if name == "backbone":
        return BadInput(f"{path} holds results of several backbones ({some}). Choose one with --backbone.")
    return BadInput(
        f"{path} holds several values of '{name}' ({some}). Choose one with --where {name}={values[0]}, or take their mean with "
        f"--average {name}."
    )
