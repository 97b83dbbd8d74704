"""Numbers of a table of pairs: decimal commas, fractions or percent, similarity or distance; decided by rule, and said."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from ptlib.base.errors import BadInput

UNITS = ("fraction", "percent", "points")
_SCORES = ("score", "accuracy", "acc", "f1", "exact_match", "em", "rouge", "rouge_l", "relative")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_POINT = re.compile(r"[+-]?\d*\.\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")


def numbers_of(frame: pd.DataFrame, path: Path, separator: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Cells as numbers; an empty cell and "nan" are no value.

    Raises:
        BadInput: other text, infinity, or commas of which nobody can tell whether they are decimal.
    """
    empty = frame.map(lambda cell: cell.strip().lower() in ("", "nan", "none", "na", "n/a", "null", "–", "-"))
    frame, notes = _points(frame, path, separator)
    values = frame.mask(empty).apply(lambda column: pd.to_numeric(column, errors="coerce")).astype(float)
    wrong = (values.isna() | np.isinf(values)) & ~empty
    if wrong.to_numpy().any():
        row, column = np.argwhere(wrong.to_numpy())[0]
        raise BadInput(
            f"{path} holds '{str(frame.iloc[row, column])[:40]}' in column '{frame.columns[column]}', where a number "
            "belongs. Correct it, or leave the cell empty."
        )
    return values, notes


def _points(frame: pd.DataFrame, path: Path, separator: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Decimal commas as points."""
    cells = [cell.strip() for cell in frame.to_numpy().ravel()]
    commas = [cell for cell in cells if _COMMA.fullmatch(cell)]
    if not commas:
        return frame, ()
    if any(_POINT.fullmatch(cell) for cell in cells):
        raise BadInput(f"{path} holds '{commas[0]}' beside numbers with a decimal point. Write all numbers in one way.")
    if separator == "," and all(_THOUSANDS.fullmatch(cell) for cell in commas):
        raise BadInput(f"{path} holds '{commas[0]}': a decimal comma or thousands? Write it with a point, or without the comma.")
    return frame.map(lambda cell: cell.replace(",", ".") if _COMMA.fullmatch(cell.strip()) else cell), (
        f"{path.name}: numbers are read with a decimal comma.",
    )


def scaled(
    square: pd.DataFrame, column: str, unit: str | None, others: pd.DataFrame, path: Path
) -> tuple[pd.DataFrame, str, str]:
    """(values in points where the unit is known, "points" or "as given", a sentence that says so).

    Raises:
        BadInput: an unknown unit, or values of which nobody can tell whether they are fractions or percent.
    """
    what = f"'{column}' of {path.name}" if column else path.name
    if unit is not None:
        if unit not in UNITS:
            raise BadInput(f"Unknown unit '{unit}'. Use one of: {', '.join(UNITS)}.")
        return square * (100 if unit == "fraction" else 1), "points", f"{what} is read as {unit}; figures are in points."
    found = _unit(square, column, others, path)
    if found == "as given":
        return square, found, f"Regret is in the unit of {what}, whatever that is; --unit says it."
    reason = "fractions (none above 1)" if found == "fraction" else "percent"
    return square * (100 if found == "fraction" else 1), "points", f"{what} holds {reason}; figures are in points."


def _unit(square: pd.DataFrame, column: str, others: pd.DataFrame, path: Path) -> str:
    """fraction, percent or "as given", by name and values."""
    values = np.abs(square.to_numpy(float))
    most = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    name = column.lower()
    if name == "gain_kept":
        ours = "score" in others.columns and _below_one(others["score"])
        found = "fraction" if ours or most <= 3 else "percent" if most > 20 else ""
    elif name in _SCORES:
        found = "fraction" if most <= 1 + 1e-9 else "percent" if most > 2 else ""
    else:
        return "as given"
    if not found:
        raise BadInput(
            f"The column '{column}' of {path} reaches {most:.3g}: fractions or percent? Say it with --unit fraction "
            "or --unit percent."
        )
    return found


def _below_one(column: pd.Series) -> bool:
    values = pd.to_numeric(column.replace("", None), errors="coerce")
    return bool(values.notna().any() and (values.dropna().abs() <= 1 + 1e-9).all())


def both_halves(square: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A similarity of which only one half was written down, with the other half.

    Raises:
        BadInput: the other half is written as zeros, which would count as similarities.
    """
    both = [name for name in square.index if name in set(square.columns)]
    values = square.loc[both, both].to_numpy(float)
    first, second = np.triu_indices(len(both), 1)
    upper, lower = values[first, second], values[second, first]
    for full, empty in ((upper, lower), (lower, upper)):
        if len(both) < 3 or not np.isfinite(full).all() or np.isfinite(empty).any():
            continue
        found = square.copy()
        found.loc[both, both] = np.where(np.isnan(values), values.T, values)
        return found, (f"{path.name} holds one half of the pairs; the other half is taken to be the same.",)
    if len(both) > 2 and any((one == 0).all() and (other != 0).all() for one, other in ((upper, lower), (lower, upper))):
        raise BadInput(f"{path} holds zeros in one half, as if they were similarities. Leave those cells empty, or fill them.")
    return square, ()


def is_distance(square: pd.DataFrame, column: str) -> bool:
    """Whether high numbers mean unlike: the column says so, or the diagonal is 0 and all else is above it."""
    if "distance" in column.lower():
        return True
    both = [name for name in square.index if name in set(square.columns)]
    values = square.loc[both, both].to_numpy(float)
    own, other = values[np.eye(len(both), dtype=bool)], values[~np.eye(len(both), dtype=bool)]
    known = other[np.isfinite(other)]
    return bool(len(own) > 1 and np.all(own == 0) and len(known) and np.all(known > 0))
