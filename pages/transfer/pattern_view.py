"""Rankings and one-way streets of the map as tables and sentences. Pure; no Streamlit."""

from collections.abc import Mapping
from string import ascii_lowercase

import numpy as np
import pandas as pd

from pages.common.words import interval, listing


def ranking(ranked: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """A ranking of `patterns.ranked` to read: Place, Task, Gain kept (percent), 95 %, Tied with."""
    rows = [
        {
            "Place": f"{row.rank}"
            if row.rank_low == row.rank_high == row.rank
            else f"{row.rank} ({row.rank_low}–{row.rank_high})",
            "Task": names.get(row.name, row.name),
            "Gain kept": 100 * row.mean,
            "95 %": interval(row.low, row.high),
            "Group": ascii_lowercase[(row.group - 1) % 26],
        }
        for row in ranked.itertuples(index=False)
    ]
    return pd.DataFrame(rows, columns=["Place", "Task", "Gain kept", "95 %", "Group"])


def asymmetry_reading(gap: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Where prompts travel one way only."""
    values = gap.to_numpy(float)
    if not np.isfinite(values).any():
        return "No pair of tasks was run both ways yet."
    order = np.argsort(-np.where(np.isfinite(values), values, -np.inf), axis=None)[:3]
    pairs = [(int(place) // values.shape[1], int(place) % values.shape[1]) for place in order]
    told = [
        f"{names[gap.index[row]]} → {names[gap.columns[column]]} keeps {100 * values[row, column]:.0f} points more than back"
        for row, column in pairs
        if np.isfinite(values[row, column])
    ]
    mean = 100 * float(np.nanmean(np.abs(values)))
    return f"The two directions of a pair differ by {mean:.0f} points on average. Most one-sided: {listing(told)}."
