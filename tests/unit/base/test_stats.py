"""Bootstrap and permutation: against a slow loop, against scipy, and by known answers."""

import numpy as np
import pytest
from scipy import stats as reference

from ptlib.base import stats


def _slow(values: np.ndarray, seeds: tuple[int, ...], draws: int) -> np.ndarray:
    """The definition, draw by draw."""
    by_example, by_seed = stats.example_weights(values.shape[1], draws), stats.seed_weights(seeds, draws)
    out = []
    for draw in range(draws):
        total = 0.0
        for s in range(len(seeds)):
            for n in range(values.shape[1]):
                total += by_seed[draw, s] * by_example[draw, n] * values[s, n]
        out.append(total)
    return np.array(out)


def test_vectorised_draws_equal_a_slow_loop() -> None:
    values = np.random.default_rng(0).random((3, 17))
    np.testing.assert_allclose(stats.score_draws(values, (0, 1, 4), 40), _slow(values, (0, 1, 4), 40), rtol=1e-5)


def test_weights_are_bootstrap_counts_and_the_same_for_the_same_sizes() -> None:
    weights = stats.example_weights(50, 200)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    assert np.allclose((weights * 50) % 1, 0, atol=1e-4) and weights.max() > 1 / 50
    assert weights is stats.example_weights(50, 200) and not weights.flags.writeable
    assert not np.array_equal(stats.example_weights(50, 200, seed=1), weights)


def test_interval_over_examples_agrees_with_scipy() -> None:
    values = (np.random.default_rng(1).random(300) < 0.7).astype(float)
    ours = stats.mean_interval(values)
    theirs = reference.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=2).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.008) and ours.high == pytest.approx(theirs.high, abs=0.008)
    assert ours.value == values.mean() and ours.over == stats.EXAMPLES_ONLY


def test_seeds_that_disagree_widen_the_interval() -> None:
    same = np.tile(np.r_[np.ones(70), np.zeros(30)], (3, 1))
    spread = np.stack([np.r_[np.ones(k), np.zeros(100 - k)] for k in (50, 70, 90)])
    narrow, wide = (stats.mean_interval(values, (0, 1, 2)) for values in (same, spread))
    assert narrow.value == pytest.approx(wide.value) and narrow.over == wide.over == stats.SEEDS_AND_EXAMPLES
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_coverage_of_the_interval_is_near_its_level() -> None:
    random = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        interval = stats.mean_interval((random.random(100) < 0.6).astype(float), draws=500)
        hits += interval.low <= 0.6 <= interval.high
    assert 0.90 <= hits / 300 <= 0.99


def test_nothing_is_none() -> None:
    assert stats.mean_interval(np.array([])) == stats.Interval(None, None, None)


def test_sign_flip_p_agrees_with_scipy() -> None:
    differences = np.random.default_rng(4).normal(0.4, 1, 30)
    theirs = reference.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=20_000, rng=1).pvalue
    assert stats.sign_flip_p(differences) == pytest.approx(theirs, abs=0.01)


def test_an_interval_lies_among_its_values() -> None:
    for score in (0.0, 1.0, 0.1):
        found = stats.mean_interval(np.full((3, 299), score), (0, 1, 2))
        assert found.low == found.high == pytest.approx(score, abs=1e-12) and 0 <= found.low <= found.high <= 1
    nearly = np.r_[np.ones(298), 0.0]
    assert stats.mean_interval(nearly).high <= 1


def test_many_tests_are_corrected_as_holm_did() -> None:
    assert stats.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert stats.holm([0.4, None, 0.6, float("nan")]) == [0.8, None, 0.8, None] and stats.holm([]) == []
    chance = np.random.default_rng(0)
    false = sum(min(p for p in stats.holm(chance.uniform(size=20).tolist()) if p is not None) < 0.05 for _ in range(400))
    assert false / 400 < 0.09


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_percentiles_are_numpy_s_to_the_bit(kind: type) -> None:
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 5, 40, 41, 81, 1950, 1999, 2000) * 5:
        draws = np.round(rng.normal(size=size) * 100, rng.integers(0, 9)).astype(kind)
        assert stats.percentiles(draws) == tuple(map(float, np.quantile(draws, ((1 - stats.LEVEL) / 2, (1 + stats.LEVEL) / 2))))


@pytest.mark.parametrize(("right", "count"), [(0, 61), (30, 61), (59, 61), (61, 61)])
def test_bounds_of_a_look_hold_the_exact_interval_of_right_answers(right: int, count: int) -> None:
    """Clopper and Pearson's interval at 97.5 %, the exact one for answers that are right or wrong, is never wider."""
    low, high = stats.look_bounds(right / count, count)
    exact = reference.binomtest(right, count).proportion_ci(0.975, "exact")
    assert 0 <= low <= exact.low and exact.high <= high <= 1
    assert exact.low - low < 0.04 and high - exact.high < 0.04
