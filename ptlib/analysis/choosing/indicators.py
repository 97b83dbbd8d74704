"""Indicators of transfer beside each other: averaged over seeds, judged on one scale, and one against another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from ptlib.analysis.choosing import ranking
from ptlib.base.errors import BadInput
from ptlib.base.stats import sign_flip_p, spearman

FULL, QUICK = 2000, 200
"""Permutations; fewer where cells are missing, since ranks must be taken anew then."""
FLIPS, FEWEST = 4000, 3
"""Sign flips of a duel, and the fewest targets it takes."""


def average(matrices: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Mean of square tables over seeds, a pair over those that have it. Matrices are averaged, never prompts."""
    names = list(dict.fromkeys(name for matrix in matrices for name in matrix.index))
    stacked = np.stack([matrix.reindex(index=names, columns=names).to_numpy(float) for matrix in matrices])
    there = np.isfinite(stacked)
    total = np.where(there, stacked, 0.0).sum(axis=0)
    mean = np.divide(total, there.sum(axis=0), out=np.full(total.shape, np.nan), where=there.any(axis=0))
    return pd.DataFrame(mean, index=names, columns=names)


def judge_all(similarities: Mapping[str, pd.DataFrame], transfer: pd.DataFrame, families: Mapping[str, str]) -> pd.DataFrame:
    """One row an indicator, then the family flag and chance; empty when fewer than three labels are common.

    Columns key, pooled, per_target, per_source, the same with `_with_diagonal`, p_*, top1, regret_1..3, n, permutations.
    """
    rows, last = [], None
    holes = not np.isfinite(transfer.reindex(index=transfer.columns).to_numpy(float)).all()
    for key, table in similarities.items():
        try:
            last = ranking.compare(table, transfer, families, permutations=QUICK if holes else FULL)
        except BadInput:
            continue
        tests = {"p_pooled": last.pooled_p, "p_per_target": last.per_target_p, "p_per_source": last.per_source_p}
        rows.append(_row(key, last.indicator, last) | tests)
    if last is not None:
        plain = {"family": last.family, "chance": last.chance}
        rows += [_row(key, judged, last) for key, judged in plain.items() if judged is not None]
    return pd.DataFrame(rows)


def _row(key: str, judged: ranking.Judged, whole: ranking.Comparison) -> dict[str, object]:
    values = asdict(judged)
    regrets = zip(ranking.SUGGESTIONS, values.pop("regret"), strict=True)
    lost = {f"regret_{k}": value for k, value in regrets}
    return {"key": key, **values, **lost, "n": whole.n_labels, "permutations": whole.permutations}


def spearman_by_target(alike: pd.DataFrame, transfer: pd.DataFrame) -> dict[str, float]:
    """Spearman of one indicator over the sources of every target; targets where it is not defined are absent."""
    names, left, right = ranking.aligned(alike, transfer)
    others = [np.arange(len(names)) != place for place in range(len(names))]
    values = [spearman(left[rows, place], right[rows, place]) for place, rows in enumerate(others)]
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}


def duel(first: Mapping[str, float], second: Mapping[str, float]) -> tuple[float, float, int] | None:
    """Mean difference of two indicators' Spearman over common targets, its sign-flip p, and how many targets; None if few."""
    names = [name for name in first if name in second]
    if len(names) < FEWEST:
        return None
    differences = np.array([first[name] - second[name] for name in names])
    return float(differences.mean()), sign_flip_p(differences, FLIPS), len(names)
