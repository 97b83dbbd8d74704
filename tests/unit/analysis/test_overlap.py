"""Overlap of neuron sets against slow counts, and its chance level against random sets."""

from itertools import product
from math import sqrt

import numpy as np
import pytest

from ptlib.analysis import overlap
from ptlib.base.errors import BadInput

L, F = 5, 40


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(L, F))
    return shared + rng.normal(size=(L, F)) > 0.3, shared + rng.normal(size=(L, F)) > 0.1


def _slow(a: np.ndarray, b: np.ndarray, first: int, last: int) -> tuple[float, float]:
    """Overlap and Jaccard, one neuron after another."""
    left = {(layer, unit) for layer, unit in product(range(first, last + 1), range(F)) if a[layer, unit]}
    right = {(layer, unit) for layer, unit in product(range(first, last + 1), range(F)) if b[layer, unit]}
    return len(left & right) / sqrt(len(left) * len(right)), len(left & right) / len(left | right)


def test_every_row_of_a_profile_equals_a_slow_count(pair: tuple[np.ndarray, np.ndarray]) -> None:
    table = overlap.profile(*pair)
    assert list(table.columns) == list(overlap.PROFILE_COLUMNS)
    assert table["scope"].tolist() == ["layer"] * 5 + ["group"] * 2 + ["all"]
    assert list(zip(table["first"], table["last"], strict=True))[5:] == [(0, 2), (3, 4), (0, 4)]
    for row in table.itertuples():
        value, jaccard = _slow(*pair, row.first, row.last)
        assert row.overlap == pytest.approx(value) and row.jaccard == pytest.approx(jaccard)
        assert row.chance == pytest.approx(sqrt(row.size_a * row.size_b) / ((row.last - row.first + 1) * F))
        assert row.only_a + row.shared == row.size_a and row.only_b + row.shared == row.size_b


def test_the_matrix_equals_the_profile(pair: tuple[np.ndarray, np.ndarray]) -> None:
    sets = np.stack([*pair, np.zeros((L, F), bool)])
    for measure in overlap.MEASURES:
        values, chance = overlap.matrix(sets, measure, 1, 3)
        row = overlap.row(*pair, 1, 3)
        assert values[0, 1] == pytest.approx(row[measure]) and values[0, 0] == 1
        assert chance[0, 1] == pytest.approx(row["chance" if measure == "overlap" else "jaccard_chance"])
    assert np.isnan(overlap.matrix(sets)[0][0, 2])


def test_chance_is_what_random_sets_reach() -> None:
    rng = np.random.default_rng(1)
    sizes = np.array([[4, 10, 30, 20, 8], [9, 12, 25, 20, 30]])
    drawn, jaccards, zs = [], [], []
    for _ in range(1500):
        a, b = (np.array([rng.permutation(F) < size for size in row]) for row in sizes)
        found = overlap.overlap(a, b)
        drawn.append(found.overlap)
        jaccards.append(overlap.overlap(a, b, 3, 3).jaccard)
        zs.append(found.z)
    assert np.mean(drawn) == pytest.approx(found.chance_by_layer, abs=0.004)
    assert found.chance == pytest.approx(sqrt(72 * 96) / (L * F))
    assert np.mean(jaccards) == pytest.approx(overlap.overlap(a, b, 3, 3).jaccard_chance, abs=0.01)
    assert abs(np.mean(zs)) < 0.1 and np.std(zs) == pytest.approx(1, abs=0.07)


def test_sets_by_threshold_and_top_k() -> None:
    activation = np.array([[0.0, -1.0, 2.0, 2.0, 0.5]])
    assert overlap.active(activation).tolist() == [[False, False, True, True, True]]
    assert overlap.active(activation, threshold=1).sum() == 2
    assert overlap.active(activation, top_k=1).tolist() == [[False, False, True, False, False]]
    top = overlap.active(np.random.default_rng(0).normal(size=(2, 3, 20)), top_k=7)
    assert (top.sum(-1) == 7).all() and overlap.overlap(*top).chance == pytest.approx(7 / 20)
    table = overlap.sensitivity(*np.random.default_rng(0).normal(size=(2, 3, 20)), (0, 1, 9))
    assert table["overlap"].isna().tolist() == [False, False, True]


def test_upset_counts_are_exclusive_and_complete() -> None:
    sets = np.random.default_rng(0).random((3, 2, 50)) < 0.4
    table = overlap.intersections(sets, ("a", "b", "c")).set_index("members")
    assert len(table) == 8 and table["count"].sum() == 100 and table["expected"].sum() == pytest.approx(100)
    assert table.loc[[("a", "c")], "count"].item() == (sets[0] & ~sets[1] & sets[2]).sum()
    codes = overlap.barcode(sets, 1, 10)
    share = sets[:, 1].mean(0)[codes]
    assert len(codes) == 10 and (np.diff(share) <= 0).all() and not {0, 1} & set(share)
    assert (overlap.majority(sets) == (sets.sum(0) >= 2)).all()


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: overlap.overlap(np.ones((2, 3), bool), np.ones((2, 4), bool)), "different models"),
        (lambda: overlap.active(np.array([[np.nan]])), "not finite"),
        (lambda: overlap.active(np.zeros((1, 4)), top_k=5), "top-k is 5"),
        (lambda: overlap.layer_range("3-9", 5), "counted from 0"),
        (lambda: overlap.layer_range("x", 5), "no range of layers"),
        (lambda: overlap.layer_range("3-1", 5), "do not exist"),
        (lambda: overlap.intersections(np.ones((13, 1, 1), bool), "a" * 13), "1 to 12 sets"),
        (lambda: overlap.matrix(np.ones((2, 1, 1), bool), "cosine"), "Unknown measure"),
    ],
)
def test_bad_requests_are_one_clear_message(act, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        act()


def test_layer_ranges() -> None:
    assert overlap.layer_range(None, 4) == (0, 3) and overlap.layer_range("2", 4) == (2, 2)
    assert overlap.layer_range("0-2", 4) == (0, 2)
