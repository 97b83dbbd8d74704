"""Indicators of transfer beside each other: names, judgement on one scale, readings. No Streamlit."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pages.common.words import SURE, known, number, p_says
from ptlib.analysis import ranking
from ptlib.base.errors import BadInput

NAMES = {
    "picker": "Family, answer words, mean tokens",
    "cosine_mean": "Cosine of mean tokens",
    "cosine_average": "Mean cosine of all tokens",
    "cosine_concat": "Cosine of all tokens in order",
    "euclidean_average": "Mean distance of all tokens",
    "euclidean_concat": "Distance of all tokens in order",
    "neurons": "Overlap of activated neurons",
    "family": "Same family",
    "chance": "Any source (chance)",
}
EMBEDDING = ("cosine_mean", "cosine_average", "cosine_concat", "euclidean_average", "euclidean_concat")
WARNED = ("cosine_concat", "euclidean_average", "euclidean_concat")
"""Near chance on five published backbones; never to be ranked by without a warning."""
KINDS = {"per_target": "Per target", "pooled": "All pairs", "per_source": "Per source"}
FULL, QUICK = 2000, 99
"""Permutations; fewer where cells are missing, since ranks must be taken anew then."""


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

    Columns key, name, pooled, per_target, per_source, the same with `_with_diagonal`, p_*, top1, regret_1..3, n, permutations.
    """
    rows, last = [], None
    for key, table in similarities.items():
        holes = not np.isfinite(transfer.reindex(index=transfer.columns).to_numpy(float)).all()
        try:
            last = ranking.compare(table, transfer, families, permutations=QUICK if holes else FULL)
        except BadInput:
            continue
        tests = {"p_pooled": last.pooled_p, "p_per_target": last.per_target_p, "p_per_source": last.per_source_p}
        rows.append(_row(key, last.indicator, last) | tests)
    if last is not None:
        rows += [_row("family", last.family, last)] if last.family is not None else []
        rows.append(_row("chance", last.chance, last))
    return pd.DataFrame(rows)


def _row(key: str, found: ranking.Judged, whole: ranking.Comparison) -> dict[str, object]:
    row: dict[str, object] = {"key": key, "name": NAMES[key]}
    for kind in KINDS:
        row |= {kind: getattr(found, kind), f"{kind}_with_diagonal": getattr(found, f"{kind}_with_diagonal")}
    row |= {"top1": found.top1, "n": whole.n_labels, "permutations": whole.permutations}
    return row | {f"regret_{k}": value for k, value in zip(ranking.SUGGESTIONS, found.regret, strict=True)}


def by_target(alike: pd.DataFrame, transfer: pd.DataFrame) -> dict[str, float]:
    """Spearman of one indicator over the sources of every target; targets where it is not defined are absent."""
    from scipy.stats import rankdata

    names, left, right = ranking.aligned(alike, transfer)
    found = {}
    for place, name in enumerate(names):
        used = np.isfinite(left[:, place]) & np.isfinite(right[:, place])
        used[place] = False
        x, y = rankdata(left[used, place]), rankdata(right[used, place])
        x, y = x - x.mean() if len(x) else x, y - y.mean() if len(y) else y
        length = np.sqrt((x @ x) * (y @ y))
        if length > 0:
            found[name] = float(x @ y / length)
    return found


def duel(first: Mapping[str, float], second: Mapping[str, float]) -> tuple[float, float, int] | None:
    """Mean difference of two indicators' Spearman over common targets, its sign-flip p, and how many targets; None if few."""
    from ptlib.base.stats import sign_flip_p

    names = [name for name in first if name in second]
    if len(names) < 3:
        return None
    differences = np.array([first[name] - second[name] for name in names])
    return float(differences.mean()), sign_flip_p(differences, 4000), len(names)


def duel_reading(what: str, other: str, found: tuple[float, float, int] | None) -> str:
    """Whether one indicator predicts better than another, in words and numbers."""
    if found is None:
        return f"{what} cannot be compared with {other}: too few targets have both."
    difference, p, count = found
    sure = p < SURE
    verb = "neither clearly better nor worse than"
    if sure:
        verb = "better than" if difference > 0 else "worse than"
    gap = f"Spearman {'+' if difference >= 0 else ''}{number(difference)} on average over {count} targets, {p_says(p)}"
    return f"{what} predicts transfer {verb} {other} ({gap})."


def figure_reading(judged: pd.DataFrame, kind: str) -> str:
    """The judgement in one sentence, for the alternative text."""
    told = [f"{row['name']}: Spearman {number(row[kind])}, loss {loss(row['regret_1'])}" for _, row in judged.iterrows()]
    return "How well indicators rank sources. " + "; ".join(told)


def loss(value: float | None) -> str:
    """Regret in points of the table, `3.2 points`."""
    return f"{number(value, 1)} points" if known(value) else "–"
