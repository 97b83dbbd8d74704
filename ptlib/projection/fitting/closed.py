"""Fits without training: linear maps between two vocabularies, and ridge regression on pairs of tokens. Numpy only."""

import numpy as np

RIDGE = 1e-4
"""Of the vocabulary map, times the number of shared words."""
RELATIVE_RIDGE = 1e-3
PULL = 0.1
"""Ridge of the correction to a start map, times the number of tokens: how hard distance minimising is pulled back to it."""


def least_squares(first: np.ndarray, second: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """argmin over W of |first W - second|^2 + ridge n |W|^2; [n, D_s], [n, D_t] -> [D_s, D_t], not centred, no offset."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    gram = first.T @ first + ridge * len(first) * np.eye(first.shape[1])
    return np.linalg.solve(gram, first.T @ second).astype(np.float32)


def orthogonal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The best rotation times the best scale (Procrustes), [D_s, D_t]; where widths differ, rotation into the smaller space."""
    left, strengths, right = np.linalg.svd(first.astype(np.float64).T @ second.astype(np.float64), full_matrices=False)
    rotation = left @ right
    moved = first.astype(np.float64) @ rotation
    return (rotation * (strengths.sum() / np.square(moved).sum())).astype(np.float32)


def relative(first: np.ndarray, second: np.ndarray, ridge: float = RELATIVE_RIDGE) -> tuple[np.ndarray, float]:
    """Relative space: cosines to the shared words are kept. Returns W [D_s, D_t] and the length every row gets after it.

    R = x hat(E_s)^T; z = R hat(E_t) (hat(E_t)^T hat(E_t) + ridge I)^-1, rows set to the mean norm of E_t (after PTfer).
    """
    unit = lambda rows: rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)  # noqa: E731
    left, right = unit(first.astype(np.float64)), unit(second.astype(np.float64))
    inverse = np.linalg.inv(right.T @ right + ridge * np.eye(right.shape[1]))
    return (left.T @ right @ inverse).astype(np.float32), float(np.linalg.norm(second, axis=1).mean())


def corrected(first: np.ndarray, second: np.ndarray, start: np.ndarray, pull: float = PULL) -> np.ndarray:
    """The map [D_s, D_t] that fits token pairs [n, D_s], [n, D_t] while it is pulled back to `start`."""
    return start + least_squares(first, second - first @ start, pull)


def r_squared(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> float:
    """Share of the squared length of `second` that first @ weight explains."""
    return float(1 - np.square(second - first @ weight).sum() / np.square(second).sum())


def whole(first: np.ndarray, second: np.ndarray, values: np.ndarray, ridge: float = PULL) -> np.ndarray:
    """Ridge regression of rows [n, B] on rows [n, A] around their means, for new rows [r, A]: [r, B] float32.

    A may be far above n: only the n x n products of the rows are inverted. `ridge` is in units of their mean square length.
    """
    centre, mean = first.mean(0, dtype=np.float64), second.mean(0, dtype=np.float64)
    left, new = first - centre, values - centre
    gram = left @ left.T
    weights = np.linalg.solve(gram + ridge * np.trace(gram) / len(gram) * np.eye(len(gram)), left @ new.T)  # [n, r]
    return (mean + weights.T @ (second - mean)).astype(np.float32)
