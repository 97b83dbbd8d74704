"""Judging a similarity: against scipy, against simulation, and on tables whose answer is known."""

from itertools import pairwise
from itertools import permutations as orders
from statistics import mean

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from ptlib.analysis.choosing.ranking import by_target, compare, family_flag, judge, target
from ptlib.base.errors import BadInput

NAMES = ["imdb", "sst2", "laptop", "mnli", "snli", "qqp"]
FAMILIES = {"imdb": "a", "sst2": "a", "laptop": "a", "mnli": "b", "snli": "b", "qqp": "c"}


def table(values: np.ndarray, names: list[str] = NAMES) -> pd.DataFrame:
    return pd.DataFrame(values, index=names, columns=names)


def pair(seed: int = 0, size: int = 6, steps: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A symmetric similarity and a transfer table that has something to do with it; `steps` > 0 makes ties."""
    random = np.random.default_rng(seed)
    alike = random.random((size, size))
    alike = (alike + alike.T) / 2
    truth = 60 * alike + 40 * random.random((size, size))
    np.fill_diagonal(alike, 1.0)
    np.fill_diagonal(truth, 100.0)
    return (np.round(alike * steps), np.round(truth / 10) * 10) if steps else (alike, truth)


def columns(alike: np.ndarray, truth: np.ndarray, diagonal: bool) -> float:
    found = []
    for t in range(len(truth)):
        kept = [s for s in range(len(truth)) if diagonal or s != t]
        found.append(spearmanr(alike[kept, t], truth[kept, t]).statistic)
    return mean(found)


@pytest.mark.parametrize("seed", range(3))
def test_rank_correlations_are_those_of_scipy(seed: int) -> None:
    alike, truth = pair(seed)
    off = ~np.eye(6, dtype=bool)
    found = judge(alike, truth)
    assert found.pooled == pytest.approx(spearmanr(alike[off], truth[off]).statistic)
    assert found.pooled_with_diagonal == pytest.approx(spearmanr(alike.ravel(), truth.ravel()).statistic)
    assert found.per_target == pytest.approx(columns(alike, truth, False))
    assert found.per_target_with_diagonal == pytest.approx(columns(alike, truth, True))
    assert found.per_source == pytest.approx(columns(alike.T, truth.T, False))
    assert found.per_source_with_diagonal == pytest.approx(columns(alike.T, truth.T, True))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("steps", [0, 2, 4])
def test_hits_and_regret_are_the_mean_over_all_ways_to_break_ties(seed: int, steps: int) -> None:
    """Every order of the sources that agrees with the similarity, one by one."""
    alike, truth = pair(seed, 6, steps)
    for t in range(6):
        others = [s for s in range(6) if s != t]
        ways = [way for way in orders(others) if all(alike[a, t] >= alike[b, t] for a, b in pairwise(way))]
        best = max(truth[s, t] for s in others)
        hit, regret = target(alike[:, t], truth[:, t], t)
        assert hit == pytest.approx(mean(float(truth[way[0], t] == best) for way in ways))
        assert regret == pytest.approx([mean(float(best - max(truth[s, t] for s in way[:k])) for way in ways) for k in (1, 2, 3)])


def test_a_perfect_similarity_loses_nothing_and_its_opposite_all() -> None:
    _, truth = pair()
    found = compare(table(truth), table(truth), FAMILIES)
    assert found.indicator.top1 == 1 and found.indicator.regret == (0, 0, 0)
    assert found.indicator.pooled == pytest.approx(1) and found.pooled_p < 0.01
    worst = compare(table(-truth), table(truth), FAMILIES).indicator
    off = np.where(np.eye(6, dtype=bool), np.nan, truth)
    assert worst.top1 == 0 and worst.regret[0] == pytest.approx(np.mean(np.nanmax(off, 0) - np.nanmin(off, 0)))


def test_chance_and_the_family_flag_stand_beside_it() -> None:
    alike, truth = pair()
    found = compare(table(alike), table(truth), FAMILIES)
    off = np.where(np.eye(6, dtype=bool), np.nan, truth)
    assert found.chance.regret[0] == pytest.approx(np.mean(np.nanmax(off, 0) - np.nanmean(off, 0)))
    assert found.chance.pooled is None and found.chance.per_target is None
    flag = family_flag(tuple(NAMES), FAMILIES)
    assert found.family.pooled == pytest.approx(spearmanr(flag[~np.isnan(off)], truth[~np.isnan(off)]).statistic)
    assert found.family.regret[0] == judge(flag, truth).regret[0]
    assert compare(table(alike), table(truth), {}).family is None


def test_families_come_from_the_registry_when_they_are_not_given() -> None:
    alike, truth = pair()
    names = ["IMDB", "SST-2", "laptop", "MNLI", "SNLI", "QQP"]
    assert compare(table(alike, names), table(truth, names)).family == compare(table(alike), table(truth), FAMILIES).family


def test_an_undefined_correlation_counts_0_in_an_average() -> None:
    alike, truth = pair()
    truth[:, 2] = 50.0
    kept = [t for t in range(6) if t != 2]
    each = [spearmanr(np.delete(alike[:, t], t), np.delete(truth[:, t], t)).statistic for t in kept]
    assert judge(alike, truth).per_target == pytest.approx(sum(each) / 6)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("steps", [0, 3])
def test_p_is_the_share_of_relabellings_that_do_as_well(missing: bool, steps: int) -> None:
    """Five labels have 120 relabellings: the drawn p must come near the exact one, for each of the three."""
    alike, truth = pair(5, 5, steps)
    if missing:
        truth[0, 3] = np.nan
    found = compare(table(alike, NAMES[:5]), table(truth, NAMES[:5]), FAMILIES, permutations=300 if missing else 1500)
    all_ = [judge(alike[np.ix_(order, order)], truth) for order in map(list, orders(range(5)))]
    for name, p in (("pooled", found.pooled_p), ("per_target", found.per_target_p), ("per_source", found.per_source_p)):
        observed = abs(getattr(found.indicator, name))
        exact = mean(float(abs(getattr(one, name) or 0.0) >= observed - 1e-12) for one in all_)
        assert p == pytest.approx(exact, abs=0.08 if missing else 0.05) and p > 0


def test_without_any_relation_p_is_not_small() -> None:
    random = np.random.default_rng(8)
    ps = []
    for _ in range(20):
        alike, truth = random.random((6, 6)), random.random((6, 6))
        ps.append(compare(table(alike), table(truth), FAMILIES, permutations=200).pooled_p)
    assert 0.3 < mean(ps) < 0.7


def test_reference_rows_and_foreign_labels_are_left_out() -> None:
    alike, truth = pair()
    transfer = table(truth).loc[:, [*NAMES]]
    for row in ("untrained", "untrained_uniform", "hand_written", "random prompt"):
        transfer.loc[row] = 100.0
    transfer["squad"] = 3.0
    found = compare(table(alike), transfer, FAMILIES)
    assert found.n_labels == 6 and found == compare(table(alike), table(truth), FAMILIES)


def test_labels_are_matched_by_task_when_spellings_differ() -> None:
    alike, truth = pair()
    others = ["out/IMDB", "SST2PromptRoberta", "laptop", "MNLI", "snli", "unknown"]
    found = compare(table(alike, others), table(truth), FAMILIES)
    assert found.labels == ("imdb", "sst2", "laptop", "mnli", "snli")
    assert found.indicator == judge(alike[:5, :5], truth[:5, :5])


def test_order_of_rows_and_columns_does_not_matter() -> None:
    alike, truth = pair()
    shuffled = table(alike).loc[NAMES[::-1], sorted(NAMES)]
    found, straight = (compare(one, table(truth), FAMILIES, permutations=1).indicator for one in (shuffled, table(alike)))
    assert found.regret == straight.regret


def test_cells_that_were_not_measured_are_no_candidates() -> None:
    alike, truth = pair()
    truth[:, 0] = np.nan
    truth[1, 2] = np.nan
    found = compare(table(alike), table(truth), FAMILIES, permutations=20)
    assert found.missing == 6
    each = [
        target(
            np.delete(alike[:, t], 1) if t == 2 else alike[:, t],
            np.delete(truth[:, t], 1) if t == 2 else truth[:, t],
            t - (t == 2),
        )
        for t in range(1, 6)
    ]
    assert found.indicator.regret[0] == pytest.approx(mean(one[1][0] for one in each))


def test_too_few_labels_in_common_say_which_there_are() -> None:
    alike, truth = pair()
    with pytest.raises(BadInput, match=r"2 labels in common \(imdb, sst2\), but ranking sources needs 3"):
        compare(table(alike).loc[NAMES[:2], NAMES[:2]], table(truth), FAMILIES)
    with pytest.raises(BadInput, match=r"0 labels in common \(none\)"):
        compare(table(alike, list("uvwxyz")), table(truth), FAMILIES)


def test_what_was_lost_where() -> None:
    alike, truth = pair()
    found = by_target(table(alike), table(truth))
    assert list(found["target"]) == NAMES
    for row in found.itertuples():
        assert row.best_transfer - row.transfer == pytest.approx(row.regret_1)
        assert row.best_transfer == max(truth[s, NAMES.index(row.target)] for s in range(6) if NAMES[s] != row.target)
    tied = by_target(table(np.ones((6, 6))), table(truth))
    assert tied["chosen"][0] == " / ".join(NAMES[1:])
