"""Does a similarity predict transfer? Rank correlation, hit rate and regret, beside chance and the family flag.

Rows are sources, columns targets; a target's own prompt is never a candidate. Definitions (paper section on indicators;
which pairs it pooled is not stated there, so all variants are given):
Spearman  Pearson correlation of average ranks: pooled over all pairs, or per target (over sources) or per source (over
          targets) and then averaged; one that is not defined, because one side is constant, counts 0 in an average.
top-1     probability that the most similar source is a best one; equal similarities share it.
regret(k) best transfer minus the best of the k most similar sources, in the table's points, averaged over targets;
          equal similarities: the expectation over which of them are taken.
p         two-sided, tasks of the similarity relabelled at random (rows and columns together), never 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import comb

import numpy as np
import pandas as pd

from ptlib.base.errors import BadInput
from ptlib.base.stats import ranks, spearman
from ptlib.tasks import names as naming

SUGGESTIONS = (1, 2, 3)
MIN_LABELS = 3
PERMUTATIONS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How well one similarity ranks sources; None = not defined."""

    pooled: float | None
    pooled_with_diagonal: float | None
    per_target: float | None
    per_target_with_diagonal: float | None
    per_source: float | None
    per_source_with_diagonal: float | None
    top1: float | None
    """Fraction."""
    regret: tuple[float | None, ...]
    """Mean loss in points when the best of the first 1, 2, 3 suggestions is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A similarity beside a transfer table, on the labels common to both."""

    labels: tuple[str, ...]
    """As the transfer table spells them."""
    indicator: Judged
    chance: Judged
    """Any source, drawn evenly."""
    family: Judged | None
    """1 for sources of the target's family, 0 for others; None when no two labels share a known family."""
    pooled_p: float | None
    per_target_p: float | None
    per_source_p: float | None
    permutations: int
    missing: int
    """Pairs off the diagonal that lack a value on either side."""

    @property
    def n_labels(self) -> int:
        """Labels common to both."""
        return len(self.labels)


def compare(
    similarity: pd.DataFrame,
    transfer: pd.DataFrame,
    families: Mapping[str, str] | None = None,
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Comparison:
    """Judge a similarity by a transfer table.

    similarity: square, rows sources, columns targets; higher = more alike.
    transfer: the same, in points; reference rows are ignored, NaN = not measured.
    families: label of `transfer` -> family; looked up in the registry of tasks when None.

    Raises:
        BadInput: fewer than three labels in common.
    """
    names, alike, truth = aligned(similarity, transfer)
    families = naming.families_of(names) if families is None else families
    flag = family_flag(names, families)
    off = ~np.eye(len(names), dtype=bool)
    found = {kind: _p(alike, truth, kind, permutations, seed) for kind in ("pooled", "target", "source")}
    return Comparison(
        labels=names,
        indicator=judge(alike, truth),
        chance=judge(np.zeros_like(truth), truth),
        family=judge(flag, truth) if (flag[off] > 0).any() else None,
        pooled_p=found["pooled"],
        per_target_p=found["target"],
        per_source_p=found["source"],
        permutations=permutations,
        missing=int((off & ~(np.isfinite(alike) & np.isfinite(truth))).sum()),
    )


def aligned(similarity: pd.DataFrame, transfer: pd.DataFrame) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Both tables on their common labels: (labels as in `transfer`, similarity [N, N], transfer [N, N]).

    Raises:
        BadInput: fewer than three labels in common.
    """
    left, right = _both_sides(similarity), _both_sides(transfer)
    pairs = naming.common(left, right)
    if len(pairs) < MIN_LABELS:
        raise BadInput(
            f"The two tables have {len(pairs)} labels in common ({', '.join(pairs) or 'none'}), but ranking sources needs "
            f"{MIN_LABELS}: a target must have two sources to choose from. One has {_some(left)}; the other {_some(right)}."
        )
    alike = similarity.loc[list(pairs), list(pairs)].to_numpy(float)
    truth = transfer.loc[list(pairs.values()), list(pairs.values())].to_numpy(float)
    return tuple(pairs.values()), alike, truth


def _both_sides(table: pd.DataFrame) -> list[str]:
    """Labels that are row and column."""
    columns = set(table.columns)
    return [label for label in table.index if label in columns]


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "") if names else "no label that is row and column"


def family_flag(names: tuple[str, ...], families: Mapping[str, str]) -> np.ndarray:
    """1.0 where source and target have the same known family, else 0.0; [N, N], 1.0 on the diagonal."""
    own = [families.get(name) or f"?{name}" for name in names]
    return np.array([[float(source == target) for target in own] for source in own])


def judge(alike: np.ndarray, truth: np.ndarray) -> Judged:
    """All figures of one similarity [N, N] against transfer [N, N]; cells that are NaN on either side are left out."""
    off = ~np.eye(len(truth), dtype=bool)
    everything = np.ones_like(off)
    targets = [target(alike[:, t], truth[:, t], t) for t in range(len(truth))]
    seen = [found for found in targets if found is not None]
    return Judged(
        pooled=_pooled(alike, truth, off),
        pooled_with_diagonal=_pooled(alike, truth, everything),
        per_target=_by_column(alike, truth, off),
        per_target_with_diagonal=_by_column(alike, truth, everything),
        per_source=_by_column(alike.T, truth.T, off),
        per_source_with_diagonal=_by_column(alike.T, truth.T, everything),
        top1=float(np.mean([found[0] for found in seen])) if seen else None,
        regret=tuple(float(np.mean([found[1][place] for found in seen])) if seen else None for place in range(len(SUGGESTIONS))),
    )


def target(alike: np.ndarray, truth: np.ndarray, own: int) -> tuple[float, tuple[float, ...]] | None:
    """Hit probability and expected regrets (1, 2, 3 suggestions) for one target; None when nothing was measured.

    alike, truth: [N] over sources, similarity and measured transfer. own: place of the target itself, which is no candidate.
    """
    usable = np.isfinite(alike) & np.isfinite(truth)
    usable[own] = False
    if not usable.any():
        return None
    alike, truth = alike[usable], truth[usable]
    best = truth.max()
    tied = alike == alike.max()
    hit = float(np.mean(truth[tied] >= best - 1e-9))
    return hit, tuple(float(best - _expected_best(alike, truth, k)) for k in SUGGESTIONS)


def _expected_best(alike: np.ndarray, truth: np.ndarray, k: int) -> float:
    """Expected best transfer among the k most similar sources when equal similarities are drawn evenly."""
    k = min(k, len(alike))
    border = np.sort(alike)[::-1][k - 1]
    sure, tied = truth[alike > border], np.sort(truth[alike == border])[::-1]
    drawn = k - len(sure)
    floor = sure.max() if len(sure) else -np.inf
    ways = comb(len(tied), drawn)  # the j-th best of the tied ones is the best drawn in C(rest, drawn - 1) of them
    chances = [comb(len(tied) - place - 1, drawn - 1) / ways for place in range(len(tied))]
    return float(sum(chance * max(value, floor) for chance, value in zip(chances, tied, strict=True) if chance))


def _pooled(alike: np.ndarray, truth: np.ndarray, used: np.ndarray) -> float | None:
    return spearman(alike[used], truth[used])


def _by_column(alike: np.ndarray, truth: np.ndarray, used: np.ndarray) -> float | None:
    """Mean over columns; columns where it is not defined count 0, unless that is all of them."""
    used = used & np.isfinite(alike) & np.isfinite(truth)
    x, y = _column_ranks(alike, used), _column_ranks(truth, used)
    length = np.sqrt((x * x).sum(axis=0) * (y * y).sum(axis=0))
    if not length.any():
        return None
    return float(np.divide((x * y).sum(axis=0), length, out=np.zeros_like(length), where=length > 0).mean())


def _column_ranks(table: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Centred average ranks of the used cells of every column, 0 elsewhere; by counting, so that all columns go at once."""
    below = ((table[None] < table[:, None]) + 0.5 * (table[None] == table[:, None])) * used[None]  # [cell, other, column]
    return (below.sum(axis=1) - used.sum(axis=0) / 2) * used


_STATISTICS: Mapping[str, Callable[[np.ndarray, np.ndarray, np.ndarray], float | None]] = {
    "pooled": _pooled,
    "target": _by_column,
    "source": lambda alike, truth, used: _by_column(alike.T, truth.T, used),
}


def _p(alike: np.ndarray, truth: np.ndarray, kind: str, permutations: int, seed: int) -> float | None:
    """Permutation p of one off-diagonal Spearman; None when it is not defined."""
    off = ~np.eye(len(truth), dtype=bool)
    observed = _STATISTICS[kind](alike, truth, off)
    if observed is None:
        return None
    random = np.random.default_rng(seed)
    orders = [random.permutation(len(truth)) for _ in range(permutations)]
    if np.isfinite(alike[off]).all() and np.isfinite(truth[off]).all():
        drawn = _permuted(alike, truth, kind, orders)
    else:  # which cells are missing changes with the order, and so do the ranks
        drawn = np.array([_STATISTICS[kind](alike[np.ix_(order, order)], truth, off) or 0.0 for order in orders])
    return float((1 + (np.abs(drawn) >= abs(observed) - 1e-12).sum()) / (1 + permutations))


def _permuted(alike: np.ndarray, truth: np.ndarray, kind: str, orders: list[np.ndarray]) -> np.ndarray:
    """The statistic under every relabelling. Relabelling moves ranks without changing them, so they are taken once."""
    if kind == "source":
        alike, truth = alike.T, truth.T
    x, y = (_standard_ranks(table, pooled=kind == "pooled") for table in (alike, truth))
    total = np.array([(x[np.ix_(order, order)] * y).sum() for order in orders])
    return total if kind == "pooled" else total / len(truth)


def _standard_ranks(table: np.ndarray, pooled: bool) -> np.ndarray:
    """Centred ranks of unit length off the diagonal, of all cells or column by column; 0 on the diagonal and if constant."""
    off = ~np.eye(len(table), dtype=bool)
    if pooled:
        placed = np.zeros_like(table, dtype=float)
        placed[off] = ranks(table[off]) - (off.sum() + 1) / 2
        length = np.linalg.norm(placed)
    else:
        placed = _column_ranks(table, off)
        length = np.linalg.norm(placed, axis=0, keepdims=True)
    return np.divide(placed, length, out=np.zeros_like(placed), where=length > 0)


def by_target(similarity: pd.DataFrame, transfer: pd.DataFrame) -> pd.DataFrame:
    """What was lost where: columns target, chosen, transfer, best, best_transfer, regret_1, regret_2, regret_3.

    `chosen` names the most similar source, or all that are equally similar, joined by " / "; `transfer` is their mean.
    """
    names, alike, truth = aligned(similarity, transfer)
    rows = []
    for t, name in enumerate(names):
        found = target(alike[:, t], truth[:, t], t)
        if found is None:
            continue
        usable = np.isfinite(alike[:, t]) & np.isfinite(truth[:, t])
        usable[t] = False
        top = usable & (alike[:, t] == alike[usable, t].max())
        best = int(np.argmax(np.where(usable, truth[:, t], -np.inf)))
        rows.append(
            {
                "target": name,
                "chosen": " / ".join(names[s] for s in np.flatnonzero(top)),
                "transfer": float(truth[top, t].mean()),
                "best": names[best],
                "best_transfer": float(truth[best, t]),
                **{f"regret_{k}": value for k, value in zip(SUGGESTIONS, found[1], strict=True)},
            }
        )
    return pd.DataFrame(rows)
