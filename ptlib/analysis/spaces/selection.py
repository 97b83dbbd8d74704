"""A selection of prompts: what tells it from the others, and how prompts transfer inside it, out of it and into it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from ptlib.base import stats
from ptlib.base.stats import Interval

SHUFFLES, DRAWS = 200, 1000
QUARTERS = 4
"""Numbers, such as scores, are looked at in so many parts of equal size."""
BLOCKS = ("inside", "outward", "inward", "outside")


@dataclass(frozen=True, slots=True)
class Explained:
    """One property of prompts beside the selection."""

    name: str
    share: float | None
    """How much of the choice it tells, 1 = all, 0 = no more than a shuffled property would; None where all prompts share it."""
    commonest: str
    """The value that most of the selected prompts have."""
    inside: int
    """Selected prompts with this value."""
    outside: int
    """Prompts with this value that are not selected."""


def explain(inside: Sequence[bool], properties: Mapping[str, Sequence[Any]], seed: int = 0) -> list[Explained]:
    """What tells selected prompts from the others, most telling property first.

    inside: of each of N prompts whether it is selected; properties: name -> a value for each prompt, numbers with decimals are
    cut into quarters, None and NaN are a value of their own. The share is the mutual information of property and choice in parts
    of the choice's entropy, less what a shuffled property has by chance (as in Vinh et al. 2010, adjusted mutual information).
    It describes; whoever draws around a colour has chosen by it, so there is no p.
    """
    chosen, rng = np.asarray(inside, bool), np.random.default_rng(seed)
    found = []
    for name, values in properties.items():
        told = _values(values)
        codes = np.unique(told, return_inverse=True)[1]
        value, count = max(
            ((value, int((told[chosen] == value).sum())) for value in dict.fromkeys(told[chosen].tolist())),
            key=lambda item: item[1],
            default=("", 0),
        )
        outside = int((told[~chosen] == value).sum())
        found.append(Explained(name, _share(codes, chosen, rng), value, count, outside))
    return sorted(found, key=lambda item: -1.0 if item.share is None else item.share, reverse=True)


def _values(values: Sequence[Any]) -> np.ndarray:
    """Values as texts; numbers with decimals by the quarter that they lie in."""
    numbers = [value for value in values if isinstance(value, float) and np.isfinite(value)]
    if not numbers:
        return np.array([str(value) for value in values])
    cuts = np.unique(np.quantile(numbers, np.arange(1, QUARTERS) / QUARTERS))
    ends = [min(numbers), *cuts, max(numbers)]
    texts = [f"{low:.3g} to {high:.3g}" for low, high in pairwise(ends)]
    return np.array(
        [
            texts[int(np.searchsorted(cuts, value, side="right"))]
            if isinstance(value, float) and np.isfinite(value)
            else "not known"
            for value in values
        ]
    )


def _share(codes: np.ndarray, chosen: np.ndarray, rng: np.random.Generator) -> float | None:
    if codes.max(initial=0) == 0 or chosen.all() or not chosen.any():
        return None
    whole = _entropy(np.array([chosen.sum(), (~chosen).sum()]))
    chance = float(np.mean([_shared(rng.permutation(codes), chosen) for _ in range(SHUFFLES)]))
    return (_shared(codes, chosen) - chance) / (whole - chance) if whole > chance else None


def _shared(codes: np.ndarray, chosen: np.ndarray) -> float:
    """Mutual information of a property and the choice, in nats."""
    counts = np.stack([np.bincount(codes[side], minlength=codes.max() + 1) for side in (chosen, ~chosen)])
    return _entropy(counts.sum(0)) + _entropy(counts.sum(1)) - _entropy(counts.ravel())


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


@dataclass(frozen=True, slots=True)
class Blocks:
    """Transfer inside, out of, into and outside a selection of tasks; cells off the diagonal that were measured."""

    means: Mapping[str, float | None]
    """By name of `BLOCKS`; None without a cell."""
    cells: Mapping[str, int]
    difference: Interval
    """Mean inside minus mean across the border, with its 95 % interval over tasks; None where one of them has no cell."""


def blocks(square: pd.DataFrame, tasks: Collection[str]) -> Blocks:
    """Transfer beside a selection. square: [sources, targets], NaN = not known; tasks: those inside."""
    names = [name for name in square.index if name in set(square.columns)]
    table, inside = square.loc[names, names].to_numpy(float), np.array([name in set(tasks) for name in names], bool)
    everywhere = np.arange(len(names))
    values = {name: _cells(table, inside, everywhere, name) for name in BLOCKS}
    means = {name: float(found.mean()) if len(found) else None for name, found in values.items()}
    return Blocks(means, {name: len(found) for name, found in values.items()}, _difference(table, inside))


def _cells(table: np.ndarray, inside: np.ndarray, picks: np.ndarray, block: str) -> np.ndarray:
    """Known cells of a block between different picked tasks."""
    rows, columns = block in ("inside", "outward"), block in ("inside", "inward")
    there = (inside[picks] == rows)[:, None] & (inside[picks] == columns)[None, :] & (picks[:, None] != picks[None, :])
    found = table[np.ix_(picks, picks)][there]
    return found[np.isfinite(found)]


def _gap(table: np.ndarray, inside: np.ndarray, picks: np.ndarray) -> float | None:
    own = _cells(table, inside, picks, "inside")
    across = np.concatenate([_cells(table, inside, picks, name) for name in ("outward", "inward")])
    return float(own.mean() - across.mean()) if len(own) and len(across) else None


def _difference(table: np.ndarray, inside: np.ndarray) -> Interval:
    """Tasks are drawn with their rows and columns, those inside and those outside for themselves."""
    value, parts = _gap(table, inside, np.arange(len(table))), (np.flatnonzero(inside), np.flatnonzero(~inside))
    if value is None:
        return Interval(None, None, None, "tasks")
    rng = np.random.default_rng(0)
    drawn = [_gap(table, inside, np.concatenate([rng.choice(part, len(part)) for part in parts])) for _ in range(DRAWS)]
    found = np.array([one for one in drawn if one is not None])
    low, high = stats.percentiles(found) if len(found) > 0.95 * DRAWS else (None, None)
    return Interval(value, low, high, "tasks")
