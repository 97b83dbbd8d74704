"""Indicators averaged, judged beside chance and the family flag, and set against each other."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from ptlib.analysis.choosing import indicators

NAMES = list("abcdef")
FAMILIES = dict(zip(NAMES, ["x", "x", "x", "y", "y", "y"], strict=True))


def table(seed: int) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(6, 6)), index=NAMES, columns=NAMES)


def test_a_pair_is_averaged_over_the_seeds_that_have_it() -> None:
    first = pd.DataFrame([[1.0, 2.0], [np.nan, 1.0]], index=["a", "b"], columns=["a", "b"])
    second = pd.DataFrame([[1.0, 4.0], [6.0, np.nan]], index=["a", "b"], columns=["a", "b"])
    assert indicators.average([first, second]).to_numpy().tolist() == [[1.0, 3.0], [6.0, 1.0]]


def test_all_are_judged_on_one_scale_and_chance_comes_last() -> None:
    transfer = table(0)
    rows = indicators.judge_all({"true": transfer, "noise": table(1)}, transfer, FAMILIES)
    assert list(rows["key"]) == ["true", "noise", "family", "chance"]
    best = rows.set_index("key").loc["true"]
    assert best.per_target == pytest.approx(1) and best.regret_1 == pytest.approx(0) and best.top1 == 1 and best.p_pooled < 0.05
    assert rows.n.unique().tolist() == [6] and indicators.judge_all({"few": table(1).iloc[:2, :2]}, transfer, FAMILIES).empty


def test_spearman_by_target_is_scipys_without_the_target_itself() -> None:
    alike, transfer = table(2), table(3)
    alike.loc["b", "a"] = np.nan
    alike["f"] = 1.0
    values = indicators.spearman_by_target(alike, transfer)
    assert "f" not in values
    for name in "abcde":
        rows = [other for other in NAMES if other != name and np.isfinite(alike.loc[other, name])]
        assert values[name] == pytest.approx(spearmanr(alike.loc[rows, name], transfer.loc[rows, name]).statistic)


def test_a_duel_needs_three_targets() -> None:
    assert indicators.duel({"a": 1.0, "b": 1.0}, {"a": 0.0, "b": 0.0}) is None
    difference, p, count = indicators.duel(dict.fromkeys(NAMES, 1.0), dict.fromkeys(NAMES, 0.0)) or (0, 0, 0)
    assert difference == 1 and count == 6 and 0.01 < p < 0.06
