"""How alike are soft prompts? Five embedding indicators and the overlap of activated neurons (paper section on indicators).

With P = [p_1 .. p_l], Q = [q_1 .. q_l] of width d:
euclidean_concat   1 / (1 + |vec P - vec Q|)
euclidean_average  1 / (1 + mean over i, j of |p_i - q_j|)      of a prompt with itself it is not 1
cosine_concat      cos(vec P, vec Q)
cosine_average     mean over i, j of cos(p_i, q_j)              of a prompt with itself it is not 1
cosine_mean        cos(mean p_i, mean q_j), the task embedding of SPoT (Vu et al. 2022)
neurons            |A and B| / sqrt(|A| |B|) of activated neurons (ptlib.analysis.neurons, ptlib.analysis.overlap)
Row 0 of a published masked-LM prompt stood under the mask and was never used: it is left out unless asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ptlib.base.errors import BadInput, unknown

T = TypeVar("T")
NEURONS = "neurons"
_BLOCK_TOKENS = 2048
"""Tokens of one side of a block of distances: 2048 x 2048 float32 is 16 MB."""
_PART = 4_000_000
"""Numbers of a part of all prompts that is worked on in float64: 32 MB."""
_FLOAT32_ERROR = 4e-7
"""Bound of the rounding error of a squared distance in float32, as a share of the squared lengths."""
_TOLERATED = 2e-5
"""Largest relative error of a mean distance; above it the pair is computed again in float64."""


@dataclass(frozen=True, slots=True, eq=False)
class PromptStack:
    """Prompts that may be compared: one backbone, one layout, one shape."""

    values: np.ndarray
    """[N, P, D] float32."""
    names: tuple[str, ...]
    backbone: str = ""
    """Id of the backbone as far as known."""
    row0_unused: bool = False
    """Row 0 is a by-product (published masked-LM layout)."""


def stack(
    values: Sequence[np.ndarray], names: Sequence[str], backbones: Sequence[str] = (), row0_unused: Sequence[bool] = ()
) -> PromptStack:
    """Put prompts [P, D] together, after checking that they can be compared.

    backbones: id of each prompt's backbone; "" = not known, which contradicts nothing.
    row0_unused: whether row 0 of each prompt is a by-product.

    Raises:
        BadInput: fewer than two prompts, a name twice, several backbones, shapes or layouts, or values that are not finite.
    """
    if len(values) < 2:
        raise BadInput(f"Similarity needs at least two prompts, got {len(values)}. Name another one.")
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise BadInput(f"Two prompts are both named '{twice}'. Give every prompt once.")
    _check_same(names, [value.shape for value in values], "shape", lambda shape: str(list(shape)))
    known = [(name, backbone) for name, backbone in zip(names, backbones, strict=False) if backbone]
    _check_same([name for name, _ in known], [backbone for _, backbone in known], "backbone", str)
    flags = tuple(row0_unused) or (False,) * len(names)
    _check_same(names, flags, "layout", lambda unused: "published masked-LM layout" if unused else "ordinary layout")
    stacked = np.stack([np.asarray(value, np.float32) for value in values])
    for name, value in zip(names, stacked, strict=True):
        if value.ndim != 2 or value.size == 0:
            raise BadInput(f"'{name}' has the shape {list(value.shape)}; a soft prompt has two axes, [tokens, width].")
        if not np.isfinite(value).all():
            raise BadInput(
                f"'{name}' holds {int((~np.isfinite(value)).sum())} values that are not finite numbers. "
                "Tune it again, or leave it out."
            )
    return PromptStack(stacked, tuple(names), known[0][1] if known else "", flags[0])


def _check_same(names: Sequence[str], values: Sequence[T], what: str, shown: Callable[[T], str]) -> None:
    """Refuse prompts that differ in something that makes a comparison meaningless."""
    for name, value in zip(names[1:], values[1:], strict=True):
        if value != values[0]:
            raise BadInput(
                f"'{names[0]}' and '{name}' differ in {what}: {shown(values[0])} and {shown(value)}. "
                "Compare prompts of one backbone, length and layout."
            )


def similarities(
    prompts: PromptStack, indicators: Sequence[str] | None = None, *, keep_row_0: bool = False, centred: bool = False
) -> dict[str, np.ndarray]:
    """Embedding indicators of all pairs: name -> [N, N] float64, symmetric.

    indicators: names out of `INDICATORS`; all five when None.
    keep_row_0: use row 0 of published masked-LM prompts too.
    centred: take the mean prompt of the stack away first (what all tasks share, e.g. the initialisation).

    Raises:
        BadInput: an unknown indicator, centring of fewer than three prompts, nothing left without row 0,
            or a cosine of a prompt that is zero.
    """
    names = tuple(INDICATORS) if indicators is None else tuple(indicators)
    for name in names:
        if name not in INDICATORS:
            raise unknown("indicator", name, (*INDICATORS, NEURONS))
    values = prepared(prompts, keep_row_0=keep_row_0, centred=centred)
    found = {name: INDICATORS[name](values, prompts.names) for name in names}
    # the last digit may depend on the order of a sum; equal pairs must be exactly equal, or ranks would see a difference
    return {name: np.triu(matrix) + np.triu(matrix, 1).T for name, matrix in found.items()}


def similarity(prompts: PromptStack, indicator: str, *, keep_row_0: bool = False, centred: bool = False) -> np.ndarray:
    """One embedding indicator of all pairs, [N, N] float64; see `similarities`."""
    return similarities(prompts, (indicator,), keep_row_0=keep_row_0, centred=centred)[indicator]


def frame(prompts: PromptStack, matrix: np.ndarray) -> pd.DataFrame:
    """A matrix [N, N] with the prompts' names on both sides; rows are sources, columns targets."""
    return pd.DataFrame(matrix, index=list(prompts.names), columns=list(prompts.names))


def prepared(prompts: PromptStack, *, keep_row_0: bool = False, centred: bool = False) -> np.ndarray:
    """The values that are compared, [N, P or P-1, D] float32. Raises as `similarities`."""
    values = prompts.values
    if prompts.row0_unused and not keep_row_0:
        if values.shape[1] < 2:
            raise BadInput("These prompts consist of row 0 alone, which is not used in their layout. Keep row 0, or give others.")
        values = values[:, 1:]
    if centred:
        if len(values) < 3:
            raise BadInput("Taking the mean away turns two prompts into exact opposites. Give three or more, or do not centre.")
        values = (values - values.mean(axis=0, dtype=np.float64)).astype(np.float32)
    return values


def _gram(values: np.ndarray, shifted: bool = False) -> np.ndarray:
    """Inner products of flattened prompts [N, N], summed in float64 a part at a time (no float64 copy of everything).

    shifted: move the origin to the mean prompt first.
    """
    flat = values.reshape(len(values), -1)
    total = np.zeros((len(values), len(values)))
    size = max(1, _PART // len(values))
    with threadpool_limits(1, "blas"):  # the products are thin: beside a busy worker threads wait far longer than they compute
        for start in range(0, flat.shape[1], size):
            part = flat[:, start : start + size].astype(np.float64)
            if shifted:
                part -= part.mean(axis=0)
            total += part @ part.T
    return total


def _cosine(gram: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Cosines from inner products [N, N]. Raises BadInput for a vector of length 0."""
    length = np.sqrt(np.diag(gram))
    if not length.all():
        raise BadInput(
            f"'{names[int(np.argmin(length))]}' is zero everywhere, so it has no direction. "
            "Leave it out, or use a Euclidean indicator."
        )
    return np.clip(gram / np.outer(length, length), -1.0, 1.0)


def _cosine_concat(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    return _cosine(_gram(values), names)


def _cosine_mean(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    means = values.mean(axis=1, dtype=np.float64)
    return _cosine(means @ means.T, names)


def _cosine_average(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The mean of all cosines is the inner product of the mean unit tokens; a token of length 0 counts as cosine 0."""
    means = np.empty((len(values), values.shape[2]))
    for place, prompt in enumerate(values):
        tokens = prompt.astype(np.float64)
        length = np.linalg.norm(tokens, axis=1, keepdims=True)
        means[place] = np.divide(tokens, length, out=np.zeros_like(tokens), where=length > 0).mean(axis=0)
    return means @ means.T


def _euclidean_concat(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    # distances do not change when a common point moves to the origin, and fewer digits cancel
    gram = _gram(values, shifted=True)
    square = np.diag(gram)
    distance = np.sqrt(np.maximum(square[:, None] + square[None, :] - 2 * gram, 0.0))
    np.fill_diagonal(distance, 0.0)
    return 1.0 / (1.0 + distance)


def _euclidean_average(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    count, tokens, width = values.shape
    flat = values.reshape(-1, width)
    flat = flat - flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = float(np.abs(flat).max()) or 1.0  # keeps squares inside float32 whatever the unit
    flat /= np.float32(scale)
    mean = np.empty((count, count))
    per_block = max(1, _BLOCK_TOKENS // tokens)
    for rows, columns in _blocks(count, per_block):
        found = _block_distances(flat, tokens, rows, columns)
        mean[rows, columns] = found
        mean[columns, rows] = found.T
    return 1.0 / (1.0 + scale * mean)


def _blocks(count: int, size: int) -> Iterator[tuple[slice, slice]]:
    """The upper triangle of a square of prompts in blocks."""
    parts = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    return ((rows, columns) for place, rows in enumerate(parts) for columns in parts[place:])


def _block_distances(flat: np.ndarray, tokens: int, rows: slice, columns: slice) -> np.ndarray:
    """Mean token distance of every pair of prompts in a block; float32, and once more in float64 where digits cancel."""
    left, right = (flat[part.start * tokens : part.stop * tokens] for part in (rows, columns))
    length = np.einsum("ij,ij->i", left, left)[:, None] + np.einsum("ij,ij->i", right, right)[None, :]
    distance = left @ right.T
    distance *= -2
    distance += length
    np.sqrt(np.maximum(distance, 0, out=distance), out=distance)
    shape = (rows.stop - rows.start, tokens, columns.stop - columns.start, tokens)
    mean = distance.reshape(shape).mean(axis=(1, 3), dtype=np.float64)
    length *= _FLOAT32_ERROR
    error = length / np.maximum(distance, np.sqrt(length) + np.float32(1e-30))
    doubtful = error.reshape(shape).mean(axis=(1, 3), dtype=np.float64) > _TOLERATED * mean
    for row, column in zip(*np.nonzero(doubtful), strict=True):
        mean[row, column] = _exact_distance(left[row * tokens :][:tokens], right[column * tokens :][:tokens])
    return mean


def _exact_distance(left: np.ndarray, right: np.ndarray) -> float:
    """Mean distance between the tokens of two prompts [P, D], in float64."""
    left, right = left.astype(np.float64), right.astype(np.float64)
    square = (left**2).sum(1)[:, None] + (right**2).sum(1)[None, :] - 2 * (left @ right.T)
    return float(np.sqrt(np.maximum(square, 0.0)).mean())


INDICATORS: Mapping[str, Callable[[np.ndarray, Sequence[str]], np.ndarray]] = {
    "euclidean_concat": _euclidean_concat,
    "euclidean_average": _euclidean_average,
    "cosine_concat": _cosine_concat,
    "cosine_average": _cosine_average,
    "cosine_mean": _cosine_mean,
}
"""Embedding indicators by name: (values [N, P, D], names) -> [N, N]."""
