"""Sets of activated neurons and their overlap, on plain arrays: torch-free, used by pages and the command line.

|A and B| / sqrt(|A| |B|) (the paper's ON, a cosine of 0/1 vectors) says nothing without its chance level: two random
sets of these sizes overlap by sqrt(|A| |B|) / F. A set is `activation > 0`, or the k most active units of every layer.
Arrays: activation [L, F] or [N, L, F] float, sets the same shape, bool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from ptlib.base.errors import BadInput

MEASURES = ("overlap", "jaccard")
GROUP = 3
"""Consecutive layers of a group, as the paper reports them."""
SIZES = ("size_a", "size_b", "total")
FIGURES = ("overlap", "chance", "chance_by_layer", "jaccard", "jaccard_chance", "z")
PROFILE_COLUMNS = ("scope", "first", "last", "shared", "only_a", "only_b", *SIZES, *FIGURES)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two sets in the same layers, counted."""

    shared: int
    size_a: int
    size_b: int
    total: int
    """Neurons there are: layers x F."""
    expected: float
    """Shared neurons expected of random sets with these sizes in every layer."""
    variance: float
    """Variance of that number (hypergeometric, summed over layers)."""

    @property
    def overlap(self) -> float | None:
        """|A and B| / sqrt(|A| |B|); None when a set is empty."""
        return self.shared / sqrt(self.size_a * self.size_b) if self.size_a and self.size_b else None

    @property
    def chance(self) -> float:
        """sqrt(|A| |B|) / total: what random sets of these sizes overlap by."""
        return sqrt(self.size_a * self.size_b) / self.total

    @property
    def chance_by_layer(self) -> float | None:
        """The same for random sets with A's and B's sizes in every layer; above `chance` when some layers are fuller."""
        return self.expected / sqrt(self.size_a * self.size_b) if self.size_a and self.size_b else None

    @property
    def jaccard(self) -> float | None:
        """|A and B| / |A or B|; None when both are empty."""
        union = self.size_a + self.size_b - self.shared
        return self.shared / union if union else None

    @property
    def jaccard_chance(self) -> float | None:
        """Jaccard of sets that share as many neurons as random ones do on average."""
        shared = self.size_a * self.size_b / self.total
        union = self.size_a + self.size_b - shared
        return shared / union if union else None

    @property
    def z(self) -> float | None:
        """Standard deviations of `shared` above random sets of the same sizes per layer; None when nothing can vary."""
        return (self.shared - self.expected) / sqrt(self.variance) if self.variance > 0 else None


def active(activation: np.ndarray, top_k: int | None = None, threshold: float = 0.0) -> np.ndarray:
    """Sets, bool, shaped like `activation` [..., L, F].

    top_k: the k most active units of every layer (exactly k; ties go to the lower index) instead of a threshold.
    threshold: activated means above it; 0 is the paper's.

    Raises:
        BadInput: values that are not finite, or a k that does not fit.
    """
    if not np.isfinite(activation).all():
        raise BadInput("These activations hold values that are not finite, so their sets are undefined. Read them again.")
    if top_k is None:
        return activation > threshold
    if not 1 <= top_k <= activation.shape[-1]:
        raise BadInput(f"top-k is {top_k}, but a layer has {activation.shape[-1]} neurons. Give a number between the two.")
    chosen = np.zeros(activation.shape, dtype=bool)
    np.put_along_axis(chosen, np.argsort(-activation, axis=-1, kind="stable")[..., :top_k], True, axis=-1)
    return chosen


def layer_range(text: str | None, layers: int) -> tuple[int, int]:
    """ "0-2" or "1" as (first, last), counted from 0; None = all. Raises BadInput for layers that are not there."""
    if text is None or text == "all":
        return 0, layers - 1
    parts = text.split("-")
    if len(parts) > 2 or not all(part.strip().isdecimal() for part in parts):
        raise BadInput(f"'{text}' is no range of layers. Give e.g. 0-2, or one number; layers count from 0.")
    first, last = int(parts[0]), int(parts[-1])
    if not first <= last < layers:
        raise BadInput(f"Layers {text} do not exist: the model has {layers}, counted from 0. Use 0-{layers - 1} or less.")
    return first, last


def groups(layers: int, size: int = GROUP) -> list[tuple[int, int]]:
    """Consecutive layers as (first, last), `size` each, the last group shorter where it does not divide."""
    return [(first, min(first + size, layers) - 1) for first in range(0, layers, size)]


def overlap(a: np.ndarray, b: np.ndarray, first: int = 0, last: int | None = None) -> Overlap:
    """Count two sets [L, F] in the layers `first` to `last` (all by default), taken together.

    Raises:
        BadInput: sets of different models.
    """
    _check_alike(a, b)
    last = len(a) - 1 if last is None else last
    a, b = a[first : last + 1], b[first : last + 1]
    width, sizes = a.shape[1], np.stack([a.sum(1), b.sum(1)]).astype(float)  # [2, layers]
    expected = sizes.prod(0) / width
    variance = expected * (1 - sizes[0] / width) * (width - sizes[1]) / max(width - 1, 1)
    return Overlap(int((a & b).sum()), int(a.sum()), int(b.sum()), a.size, float(expected.sum()), float(variance.sum()))


def _check_alike(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape != b.shape or a.ndim != 2:
        raise BadInput(
            f"Sets of shape {list(a.shape)} and {list(b.shape)} belong to different models; overlap is only defined "
            "within one. Choose two prompts of one backbone."
        )


def profile(a: np.ndarray, b: np.ndarray, group: int = GROUP) -> pd.DataFrame:
    """Overlap of two sets [L, F] by layer, by group of layers, and over all: one row each with `PROFILE_COLUMNS`.

    `scope` is "layer", "group" or "all". NaN where a set is empty.
    """
    layers = len(a)
    spans = [("layer", layer, layer) for layer in range(layers)] + [("group", *span) for span in groups(layers, group)]
    frame = pd.DataFrame([_row(a, b, *span) for span in (*spans, ("all", 0, layers - 1))])
    return frame.astype(dict.fromkeys(FIGURES, float))


def row(a: np.ndarray, b: np.ndarray, first: int, last: int) -> dict[str, object]:
    """Overlap of two sets in one range of layers, with the keys `PROFILE_COLUMNS`; None where a set is empty."""
    scope = "all" if (first, last) == (0, len(a) - 1) else "layer" if first == last else "group"
    return _row(a, b, scope, first, last)


def _row(a: np.ndarray, b: np.ndarray, scope: str, first: int, last: int) -> dict[str, object]:
    found = overlap(a, b, first, last)
    counted = (found.shared, found.size_a - found.shared, found.size_b - found.shared)
    told = (scope, first, last, *counted, *(getattr(found, name) for name in (*SIZES, *FIGURES)))
    return dict(zip(PROFILE_COLUMNS, told, strict=True))


def matrix(sets: np.ndarray, measure: str = "overlap", first: int = 0, last: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of sets [N, L, F] in a range of layers: (values [N, N], their chance [N, N]); NaN for an empty set."""
    if measure not in MEASURES:
        raise BadInput(f"Unknown measure '{measure}'. Use one of: {', '.join(MEASURES)}.")
    last = sets.shape[1] - 1 if last is None else last
    flat = sets[:, first : last + 1].reshape(len(sets), -1).astype(np.float32)  # counts below 2**24 are exact
    shared, total = (flat @ flat.T).astype(float), flat.shape[1]
    size = np.diag(shared)
    product = np.outer(size, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        if measure == "overlap":
            return shared / np.sqrt(product), np.sqrt(product) / total
        both, expected = size[:, None] + size[None, :], product / total
        return shared / (both - shared), expected / (both - expected)


def sensitivity(
    a: np.ndarray, b: np.ndarray, thresholds: Sequence[float], first: int = 0, last: int | None = None
) -> pd.DataFrame:
    """How the overlap of two activations [L, F] depends on the threshold: threshold, size_a, size_b, overlap, chance."""
    found = [overlap(active(a, threshold=value), active(b, threshold=value), first, last) for value in thresholds]
    rows = [(value, item.size_a, item.size_b, item.overlap, item.chance) for value, item in zip(thresholds, found, strict=True)]
    frame = pd.DataFrame(rows, columns=["threshold", "size_a", "size_b", "overlap", "chance"])
    return frame.astype({"overlap": float})


def majority(sets: np.ndarray) -> np.ndarray:
    """One set [L, F] of several seeds' [N, L, F]: neurons that more than half of them activate."""
    return sets.sum(axis=0) * 2 > len(sets)


def intersections(sets: np.ndarray, names: Sequence[str], first: int = 0, last: int | None = None) -> pd.DataFrame:
    """Exclusive intersections of sets [N, L, F] for an UpSet plot: members (tuple of names), degree, count, expected.

    `expected`: with the same sizes and independence. Every neuron counts once; those that nobody activates have degree 0.

    Raises:
        BadInput: more than 12 sets (4096 intersections) or none.
    """
    if not 1 <= len(sets) <= 12:
        raise BadInput(f"An UpSet plot takes 1 to 12 sets, got {len(sets)}. Choose 3 to 8 for one that can be read.")
    last = sets.shape[1] - 1 if last is None else last
    flat = sets[:, first : last + 1].reshape(len(sets), -1)
    codes = (1 << np.arange(len(sets))) @ flat.astype(np.int64)
    counts, share = np.bincount(codes, minlength=2 ** len(sets)), flat.mean(axis=1)
    rows = []
    for code, count in enumerate(counts):
        inside = np.array([bool(code >> place & 1) for place in range(len(sets))])
        members = tuple(name for name, there in zip(names, inside, strict=True) if there)
        rows.append((members, len(members), int(count), float(np.where(inside, share, 1 - share).prod() * flat.shape[1])))
    frame = pd.DataFrame(rows, columns=["members", "degree", "count", "expected"])
    return frame.sort_values(["count", "degree"], ascending=[False, True], kind="stable", ignore_index=True)


def barcode(sets: np.ndarray, layer: int, count: int = 200) -> np.ndarray:
    """Indices of the neurons of one layer that tell sets [N, L, F] apart best (largest variance), most shared first."""
    share = sets[:, layer].mean(axis=0)
    chosen = np.argsort(-share * (1 - share), kind="stable")[:count]
    return chosen[np.argsort(-share[chosen], kind="stable")]
