"""Planes computed on the spot, against scikit-learn."""

import numpy as np
import pytest

from ptlib.analysis.spaces import planes


def test_the_plane_equals_scikit_learn() -> None:
    from sklearn.decomposition import PCA

    vectors = np.random.default_rng(0).normal(size=(30, 7)) * np.arange(1, 8)
    places, explained = planes.pca(vectors)
    fit = PCA(2, svd_solver="full")
    assert places == pytest.approx(fit.fit_transform(vectors)) and explained == pytest.approx(fit.explained_variance_ratio_)


def test_few_and_equal_points_have_a_place() -> None:
    places, explained = planes.pca(np.ones((3, 4)))
    assert not places.any() and explained == (0.0, 0.0)
    assert planes.pca(np.array([[0.0, 1.0]]), 2)[0].shape == (1, 2)
