"""Uncertainty of scores: bootstrap over seeds then examples, sign-flip p-values; ranks and their correlation.

A bootstrap draw is a pair of weight vectors: one over seeds [S], one over examples [N]. Scores that share
examples share the example weights, so that their differences and ratios are paired. Weights depend on
(seed, size) alone, which makes every interval reproducible and independent of the order of computation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

DRAWS, LEVEL = 2000, 0.95
SEEDS_AND_EXAMPLES, EXAMPLES_ONLY = "seeds and examples", "examples only"


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its percentile interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None
    over: str = EXAMPLES_ONLY
    """What was drawn again: "seeds and examples", or "examples only" with a single seed."""


def _counts(size: int, draws: int, key: Sequence[int]) -> np.ndarray:
    """Bootstrap weights [draws, size] float32; each row sums to 1."""
    picks = np.random.default_rng(list(key)).integers(0, size, (draws, size), dtype=np.int32)
    picks += np.arange(draws, dtype=np.int32)[:, None] * size
    counts = np.bincount(picks.ravel(), minlength=draws * size).reshape(draws, size)
    weights = counts.astype(np.float32) / np.float32(size)
    weights.setflags(write=False)
    return weights


@lru_cache(maxsize=8)
def example_weights(size: int, draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Weights over `size` examples, [draws, size] float32; the same for all scores on the same examples."""
    return _counts(size, draws, (seed, 1, size))


@lru_cache(maxsize=32)
def seed_weights(seeds: tuple[int, ...], draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Weights over tuning seeds, [draws, S] float32; the same for all scores with the same set of seeds."""
    return _counts(len(seeds), draws, (seed, 2, *seeds))


def score_draws(values: np.ndarray, seeds: tuple[int, ...], draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Bootstrap draws [draws] of the mean of `values` [S, N] over seeds, then examples."""
    by_seed = example_weights(values.shape[1], draws, seed) @ np.asarray(values, np.float32).T  # [draws, S]
    drawn = (by_seed * seed_weights(tuple(seeds), draws, seed)).sum(axis=1, dtype=np.float64)
    return np.clip(drawn, values.min(), values.max())  # a mean lies among its values; weights are rounded


def percentiles(draws: np.ndarray, level: float = LEVEL) -> tuple[float, float] | tuple[None, None]:
    """Percentile interval of `draws`; (None, None) when a draw is not finite (the quantity is not defined)."""
    if draws.size == 0 or not np.isfinite(draws).all():
        return None, None
    shares = (1 - level) / 2, (1 + level) / 2
    if draws.dtype != np.float64:
        low, high = np.quantile(draws, shares)
        return float(low), float(high)
    return _quantile(draws, shares[0]), _quantile(draws, shares[1])


def _quantile(draws: np.ndarray, share: float) -> float:
    """What `np.quantile` gives, to the bit, in a third of its time: a map asks thousands of times."""
    place = share * (draws.size - 1)
    below = int(place)
    above, part = min(below + 1, draws.size - 1), place - below
    ends = np.partition(draws, (below, above), axis=None)
    a, b = float(ends[below]), float(ends[above])
    return a + (b - a) * part if part < 0.5 else b - (b - a) * (1 - part)


def over(seeds: Sequence[int]) -> str:
    """What an interval over these seeds covers."""
    return SEEDS_AND_EXAMPLES if len(seeds) > 1 else EXAMPLES_ONLY


def mean_interval(values: np.ndarray, seeds: Sequence[int] = (0,), draws: int = DRAWS, seed: int = 0) -> Interval:
    """Mean of per-example scores `values` [N] or [S, N] with its 95 % interval."""
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if values.size == 0:
        return Interval(None, None, None, over(seeds))
    low, high = percentiles(score_draws(values, tuple(seeds), draws, seed))
    return Interval(float(values.mean()), low, high, over(seeds))


def bounds(mean: float, count: int, error: float) -> tuple[float, float]:
    """Interval for the mean of values in [0, 1], however they are distributed: it misses with probability `error` at most.

    The ends have the relative entropy log(2 / error) / count to the mean of `count` values (Hoeffding, 1963, theorem 1; also
    for draws without replacement).
    """
    most = np.log(2 / error) / count

    def end(outer: float) -> float:
        inner = mean
        for _ in range(40):
            middle = (inner + outer) / 2
            inner, outer = (middle, outer) if _entropy(mean, middle) < most else (inner, middle)
        return outer

    return end(0.0), end(1.0)


def look_bounds(score: float, count: int) -> tuple[float, float]:
    """Interval of the first of two looks: 97.5 %, so that both together miss at most as often as one at 95 % (Bonferroni)."""
    return bounds(score, count, (1 - LEVEL) / 2)


def _entropy(p: float, q: float) -> float:
    """Relative entropy of coins with chances p and q."""
    parts = ((p, q), (1 - p, 1 - q))
    return sum(float("inf") if b <= 0 else a * np.log(a / b) for a, b in parts if a > 0)


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks [n] from 1 of `values` [n] without NaN; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def spearman(x: np.ndarray, y: np.ndarray) -> float | None:
    """Pearson correlation of the ranks of two vectors [n]; None when fewer than two pairs are finite or one is constant."""
    usable = np.isfinite(x) & np.isfinite(y)
    if usable.sum() < 2:
        return None
    x, y = ranks(x[usable]), ranks(y[usable])
    x, y = x - x.mean(), y - y.mean()
    length = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / length) if length > 0 else None


def holm(p: Sequence[float | None]) -> list[float | None]:
    """p-values of several tests [n], corrected so that a false "clear" among all of them stays as rare as in one (Holm, 1979).

    A test that was not made (None, NaN) counts for nothing and stays None.
    """
    made = sorted((value, place) for place, value in enumerate(p) if value is not None and np.isfinite(value))
    found: list[float | None] = [None] * len(p)
    most = 0.0
    for done, (value, place) in enumerate(made):
        most = max(most, min(1.0, (len(made) - done) * value))
        found[place] = most
    return found


def sign_flip_p(differences: np.ndarray, permutations: int = 10_000, seed: int = 0) -> float:
    """Two-sided p-value that the mean of paired `differences` [n] is not 0, by flipping signs."""
    differences = np.asarray(differences, dtype=np.float64)
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (permutations, differences.size))
    hits = (np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12).sum()
    return float((hits + 1) / (permutations + 1))
