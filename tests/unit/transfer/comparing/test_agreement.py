"""Two maps on their common tasks, against scipy's rank correlation and bootstrap."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap, spearmanr

from ptlib.transfer import published
from ptlib.transfer.comparing import agreement


def square(seed: int, noise: float, tasks: int = 9) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(tasks, tasks))
    return a, a + noise * rng.normal(size=a.shape)


def independent(a: np.ndarray, b: np.ndarray, picks: np.ndarray) -> float:
    pairs = [(a[i, j], b[i, j]) for i in picks for j in picks if i != j]
    return float(spearmanr(*np.array(pairs).T).statistic)


@pytest.mark.parametrize("noise", [0.3, 2.0])
def test_rank_agreement_and_its_interval_are_those_of_scipy(noise: float) -> None:
    a, b = square(0, noise)
    found = agreement.rank_agreement(a, b)
    tasks = np.arange(len(a))
    assert found.value == pytest.approx(independent(a, b, tasks)) and found.over == "tasks"
    draws = bootstrap(
        (tasks,),
        lambda picks: independent(a, b, picks),
        vectorized=False,
        n_resamples=400,
        method="percentile",
        random_state=np.random.default_rng(1),
    )
    interval = draws.confidence_interval
    assert found.low == pytest.approx(interval.low, abs=0.08) and found.high == pytest.approx(interval.high, abs=0.08)


def test_a_map_agrees_with_itself_and_constant_or_tiny_ones_have_no_agreement() -> None:
    a, _ = square(1, 0)
    same = agreement.rank_agreement(a, a)
    assert (same.value, same.low, same.high) == (pytest.approx(1), pytest.approx(1), pytest.approx(1))
    assert agreement.rank_agreement(a, np.ones_like(a)).value is None
    two = agreement.rank_agreement(a[:2, :2], a[:2, :2])
    assert (two.value, two.low) == (None, None)


def test_published_tables_meet_on_their_common_tasks_and_the_frame_holds_what_is_drawn() -> None:
    first, second = (published.table(name).load() for name in ("deck-roberta-large", "code-roberta-large-relative"))
    found = agreement.compare(first, second)
    assert found is not None and found.mean is not None and 0.5 < (found.rank.value or 0) < 1
    told = found.frame()
    values = (
        told.set_index(["source", "target"]).difference.unstack().reindex(index=found.first.index, columns=found.first.columns)
    )
    assert values.equals(found.difference.rename_axis(index="source", columns="target"))
    off = told[told.source != told.target].dropna()
    assert found.cells == len(off) and found.mean == pytest.approx(off.difference.abs().mean())


def test_missing_cells_are_left_out_and_counted() -> None:
    a, b = square(2, 1.0, tasks=5)
    a[0, 1] = np.nan
    labels = [f"task{i}" for i in range(5)]
    found = agreement.compare(*(pd.DataFrame(values, index=labels, columns=labels) for values in (a, b)))
    assert found is not None and found.cells == 19 and np.isnan(found.difference.loc["task0", "task1"])
    off = ~np.eye(5, dtype=bool) & np.isfinite(a)
    assert found.rank.value == pytest.approx(spearmanr(a[off], b[off]).statistic)


def test_maps_without_common_tasks_cannot_be_compared() -> None:
    tables = (pd.DataFrame([[1.0]], index=[name], columns=[name]) for name in ("one", "other"))
    assert agreement.compare(*tables) is None
