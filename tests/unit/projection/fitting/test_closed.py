"""Closed forms against exact data and independent solutions."""

import numpy as np
from scipy.linalg import orthogonal_procrustes
from sklearn.linear_model import Ridge

from ptlib.projection.fitting import closed

RNG = np.random.default_rng(0)


def test_least_squares_recovers_an_exact_map() -> None:
    first, weight = RNG.standard_normal((500, 12)), RNG.standard_normal((12, 7))
    assert np.abs(closed.least_squares(first, first @ weight, 1e-9) - weight).max() < 1e-4
    assert np.abs(closed.least_squares(first, first @ weight) - weight).max() < 1e-3  # the ridge of the vocabulary map


def test_least_squares_is_the_ridge_solution() -> None:
    first, second = RNG.standard_normal((60, 5)), RNG.standard_normal((60, 3))
    stacked = np.vstack([first, np.sqrt(0.1 * 60) * np.eye(5)])
    wanted = np.linalg.lstsq(stacked, np.vstack([second, np.zeros((5, 3))]), rcond=None)[0]
    assert np.allclose(closed.least_squares(first, second, 0.1), wanted, atol=1e-5)


def test_the_orthogonal_map_agrees_with_scipy() -> None:
    first, second = RNG.standard_normal((80, 6)), RNG.standard_normal((80, 6))
    rotation, strength = orthogonal_procrustes(first, second)
    assert np.allclose(closed.orthogonal(first, second), rotation * strength / np.square(first @ rotation).sum(), atol=1e-5)


def test_the_orthogonal_map_recovers_a_rotation_into_a_wider_space() -> None:
    first = RNG.standard_normal((80, 4))
    turn = np.linalg.qr(RNG.standard_normal((9, 4)))[0].T  # [4, 9], rows orthonormal
    assert np.allclose(closed.orthogonal(first, 2.5 * first @ turn), 2.5 * turn, atol=1e-4)


def test_relative_space_keeps_cosines_to_shared_words() -> None:
    first = RNG.standard_normal((300, 6))
    turn = np.linalg.qr(RNG.standard_normal((6, 6)))[0]
    weight, length = closed.relative(first, first @ turn)
    moved = first @ weight
    cosines = (moved * (first @ turn)).sum(1) / np.linalg.norm(moved, axis=1) / np.linalg.norm(first, axis=1)
    assert cosines.min() > 0.999 and np.isclose(length, np.linalg.norm(first, axis=1).mean())


def test_a_correction_without_residual_is_none() -> None:
    first, start = RNG.standard_normal((50, 5)), RNG.standard_normal((5, 3)).astype(np.float32)
    assert np.allclose(closed.corrected(first, first @ start, start), start, atol=1e-5)
    assert closed.r_squared(first, first @ start, start) > 1 - 1e-9


def test_whole_prompts_agree_with_scikit_learn() -> None:
    first, second, values = (RNG.standard_normal(shape) for shape in ((6, 40), (6, 3), (2, 40)))
    strength = 0.1 * np.square(first - first.mean(0)).sum(1).mean()
    wanted = Ridge(alpha=strength).fit(first, second).predict(values)
    assert np.allclose(closed.whole(first, second, values, 0.1), wanted, atol=1e-5)
