"""Runs compared, in words and as tables. Pure; no Streamlit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from pages.common import words
from ptlib.runs.history.comparison import Difference

_TASKS = ("sources", "targets", "task", "target", "source")
"""Settings whose values are tasks."""


def verdicts(found: Sequence[Difference], names: Mapping[str, str], task_name: Callable[[str], str]) -> list[str]:
    """One sentence a clear difference, or one that nothing is clear."""
    if not found:
        return ["They have no target in common on which both were measured, so their scores cannot be tested against each other."]
    clear = [one for one in found if one.is_clear]
    if not clear:
        on = words.listing(dict.fromkeys(task_name(target) for one in found for target in one.targets))
        return [f"No two of them can be told apart by their scores on {on}."]
    told = []
    for one in sorted(clear, key=lambda one: -abs(one.value)):
        better, worse = (one.first, one.second) if one.value > 0 else (one.second, one.first)
        gap, on = words.number(100 * abs(one.value), 1), words.listing(map(task_name, one.targets))
        told.append(f"{names[better]} scores {gap} points above {names[worse]} on {on}.")
    return told


def table(found: Sequence[Difference], names: Mapping[str, str]) -> pd.DataFrame:
    """One row a pair, in points."""
    rows = [
        {
            "First": names[one.first],
            "Second": names[one.second],
            "Difference": round(100 * one.value, 1),
            "From": None if one.low is None else round(100 * one.low, 1),
            "To": None if one.high is None else round(100 * one.high, 1),
            "p": words.p_text(one.p),
            "Clear": "yes" if one.is_clear else "no",
            "Examples": one.examples,
            "Targets": len(one.targets),
        }
        for one in found
    ]
    return pd.DataFrame(rows)


def settings_table(differing: Mapping[str, Sequence[Any]], runs: Sequence[str], task_name: Callable[[str], str]) -> pd.DataFrame:
    """One row a setting, one column a run."""
    rows = [
        {
            "Setting": name.replace("_", " ").capitalize(),
            **dict(zip(runs, (_told(name, value, task_name) for value in values), strict=True)),
        }
        for name, values in differing.items()
    ]
    return pd.DataFrame(rows)


def _told(name: str, value: Any, task_name: Callable[[str], str]) -> str:
    if value is None:
        return words.MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = task_name if name in _TASKS else str
    return words.listing(map(shown, value)) if isinstance(value, tuple | list) else shown(value)
