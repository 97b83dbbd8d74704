"""Planes that are quick enough to be computed while somebody looks."""

import numpy as np


def pca(vectors: np.ndarray, dimensions: int = 2) -> tuple[np.ndarray, tuple[float, ...]]:
    """Vectors [N, W] -> places [N, dimensions] on their first principal components, and the share of the variance on each.

    Of every axis the largest entry in absolute value is positive, as scikit-learn turns it. Axes that so few points do not have
    are 0 throughout.
    """
    centred = np.asarray(vectors, np.float64) - np.mean(vectors, axis=0)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    kept = min(dimensions, len(sizes))
    turn = np.sign(right[np.arange(kept), np.abs(right[:kept]).argmax(axis=1)])
    places, explained = np.zeros((len(centred), dimensions)), np.zeros(dimensions)
    places[:, :kept] = left[:, :kept] * sizes[:kept] * turn
    total = float((sizes**2).sum())
    if total > 0:
        explained[:kept] = sizes[:kept] ** 2 / total
    return places, tuple(map(float, explained))
