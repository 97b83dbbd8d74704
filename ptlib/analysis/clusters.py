"""The space of prompts: PCA, t-SNE or UMAP in 2-D and 3-D, nearest neighbours, and how stable the picture is.

scikit-learn and umap-learn are imported inside functions only.
With the metric "cosine" vectors are scaled to length 1, so that Euclidean neighbours are cosine neighbours.
"""

import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ptlib.base import paths
from ptlib.base.errors import BadInput
from ptlib.base.progress import Progress, Silent

LEAST = 4
"""Points that t-SNE and UMAP need; fewer are shown by PCA."""
FEW = 30
"""Below so many points UMAP and t-SNE carry a caution (design: best with 30 or more)."""
RERUNS = 5
LISTED = 10
"""Neighbours that are stored for every prompt."""
PERSISTENT = 5
"""Neighbours that are compared between two pictures."""
FITTING = {"pca": "Computing PCA", "tsne": "Fitting t-SNE", "umap": "Fitting UMAP (the first fit compiles for about 10 s)"}
CHECKING = "Fitting again with other seeds"


@dataclass(frozen=True, slots=True)
class Picture:
    """Coordinates of N points, and how they came about."""

    coordinates: np.ndarray
    """[N, 2 or 3] float64."""
    method: str
    """What was used: pca where the wished method needs more points."""
    reason: str = ""
    """Why another method was used; "" when it was not."""
    caution: str = ""
    """What to bear in mind; "" when nothing."""
    explained: tuple[float, ...] = ()
    """PCA: share of the variance on every axis."""
    parameters: Mapping[str, object] = field(default_factory=dict)


def check_together(values: Sequence[np.ndarray], on: str, metric: str, names: Sequence[str]) -> None:
    """Refuse what has no place in one picture. Arguments as for `represent`.

    Raises:
        BadInput: shapes that do not go together, values that are not finite, or no direction for the metric "cosine".
    """
    shown = [(value.shape[-1:] if on == "mean" else value.shape) for value in values]
    for name, shape, value in zip(names, shown, values, strict=True):
        if shape != shown[0] or value.ndim != 2:
            raise BadInput(
                f"'{names[0]}' and '{name}' differ in shape: {list(values[0].shape)} and {list(value.shape)}. Place "
                f"prompts of one backbone{' and length, or use their mean tokens' if on == 'flat' else ''} together."
            )
        if not np.isfinite(value).all():
            raise BadInput(
                f"'{name}' holds values that are not finite numbers, so it has no place. Tune it again, or leave it out."
            )
    if metric == "cosine":
        check_direction(np.array([value.any() for value in values]), names)


def check_direction(length: np.ndarray, names: Sequence[str]) -> None:
    """Refuse vectors of length [N] zero. Raises BadInput."""
    if not length.all():
        raise BadInput(
            f"'{names[int(np.argmin(length))]}' is zero everywhere, so it has no direction. Leave it out, or use the "
            "Euclidean metric."
        )


def represent(values: Sequence[np.ndarray], on: str, names: Sequence[str]) -> np.ndarray:
    """One vector a prompt, [N, W] float64.

    values: soft prompts [P, D] for `on` "mean" or "flat"; sets [L, F] for "neurons". names: what messages call them.

    Raises:
        BadInput: as `check_together`.
    """
    check_together(values, on, "euclidean", names)
    exact = [np.asarray(value, np.float64) for value in values]
    return np.stack([value.mean(axis=0) if on == "mean" else value.ravel() for value in exact])


def scaled(vectors: np.ndarray, metric: str, names: Sequence[str]) -> np.ndarray:
    """Vectors [N, W] whose Euclidean neighbours are neighbours of the metric. Errors as in `check_direction`."""
    if metric == "euclidean":
        return vectors
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    check_direction(length, names)
    return vectors / length


def draw(vectors: np.ndarray, method: str, dimensions: int, seed: int = 0, neighbours: int = 15) -> Picture:
    """Place vectors [N, W] in 2 or 3 dimensions. The same seed gives the same picture on the same machine.

    Fewer than `LEAST` points are shown by PCA, with the reason. One point lies at the origin.
    """
    count = len(vectors)
    if method == "pca":
        return _pca(vectors, dimensions)
    if count < LEAST:
        name, there = {"tsne": "t-SNE", "umap": "UMAP"}[method], "is 1" if count == 1 else f"are {count}"
        return _pca(vectors, dimensions, f"{name} needs at least {LEAST} prompts, there {there}: this is PCA.")
    coordinates, parameters = (_tsne if method == "tsne" else _umap)(vectors, dimensions, seed, neighbours)
    caution = f"Only {count} prompts: with fewer than {FEW} the picture depends much on its parameters. Look at PCA beside it."
    return Picture(np.asarray(coordinates, np.float64), method, "", "" if count >= FEW else caution, (), parameters)


def _pca(vectors: np.ndarray, dimensions: int, reason: str = "") -> Picture:
    """Principal components; axes that so few points do not have are 0 throughout."""
    from sklearn.decomposition import PCA

    kept = min(dimensions, len(vectors) - 1, vectors.shape[1])
    coordinates, explained = np.zeros((len(vectors), dimensions)), np.zeros(dimensions)
    if kept > 0 and np.ptp(vectors, axis=0).any():
        fit = PCA(n_components=kept, svd_solver="full")
        coordinates[:, :kept] = fit.fit_transform(vectors)
        explained[:kept] = fit.explained_variance_ratio_
    caution = "" if len(vectors) > 3 else f"{len(vectors)} prompts always lie on a {'line' if len(vectors) == 2 else 'plane'}."
    return Picture(coordinates, "pca", reason, caution if len(vectors) > 1 else "", tuple(map(float, explained)), {})


def _tsne(vectors: np.ndarray, dimensions: int, seed: int, neighbours: int) -> tuple[np.ndarray, dict[str, object]]:
    from sklearn.manifold import TSNE

    perplexity = min(2.0 * neighbours, (len(vectors) - 1) / 3)
    known = {"perplexity": round(perplexity, 2), "init": "pca", "seed": seed}
    start = _pca(vectors, dimensions).coordinates
    start = start / (start[:, 0].std() or 1.0) * 1e-4  # what init="pca" does, for any number of points
    # exact: Barnes-Hut saves nothing below some hundred points and knows no fourth axis
    slow = "exact" if len(vectors) <= 300 else "barnes_hut"
    # a little noise, so that another seed is another picture and stability means something
    start += np.random.default_rng(seed).normal(0, 1e-4, start.shape)
    fit = TSNE(dimensions, perplexity=perplexity, init=start, random_state=seed, method=slow)
    return fit.fit_transform(vectors), known


def _keep_compiled() -> None:
    """Tell numba where to keep what it compiles, where its own places cannot be written (read-only install, no home).

    Without any place it would refuse to be imported. Tried by writing: root may write everywhere but into what is mounted so.
    """
    if "NUMBA_CACHE_DIR" in os.environ or any(_takes_files(place) for place in _numba_places()):
        return
    ours = (paths.cache_dir() / "numba", Path(tempfile.gettempdir(), f"ptlib-numba-{os.getuid()}"))
    if place := next((place for place in ours if _takes_files(place)), None):
        os.environ["NUMBA_CACHE_DIR"] = str(place)


def _numba_places() -> list[Path]:
    """Where numba itself would keep it: beside umap's modules, or in the user's cache."""
    found = find_spec("umap")
    beside = [Path(place, "__pycache__") for place in (found.submodule_search_locations or ())] if found else []
    return [*beside, Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~"), ".cache"), "numba")]


def _takes_files(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _umap(vectors: np.ndarray, dimensions: int, seed: int, neighbours: int) -> tuple[np.ndarray, dict[str, object]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numba and sklearn speak of their own future
        _keep_compiled()
        # its layer on OpenMP sets torch's number of threads, too: what this process computes next would have other last bits
        os.environ["NUMBA_THREADING_LAYER"] = "workqueue"
        import umap

        size = min(neighbours, len(vectors) - 1)
        # a spectral start needs more points than axes; a random one shows in the stability how much is chance
        start = "spectral" if len(vectors) > 15 else "random"
        fit = umap.UMAP(n_neighbors=size, n_components=dimensions, random_state=seed, n_jobs=1, init=start, min_dist=0.1)
        return fit.fit_transform(vectors), {"n_neighbors": size, "min_dist": 0.1, "init": start, "seed": seed}


def stability(
    vectors: np.ndarray,
    picture: Picture,
    dimensions: int,
    seed: int,
    neighbours: int,
    *,
    shown: int | None = None,
    reruns: int = RERUNS,
    progress: Progress | None = None,
) -> dict[str, float | int | str | None]:
    """How much of a picture is chance.

    shown: judge the first so many points alone; all are fitted. Points on a prompt's way would otherwise be its neighbours.
    Keys: `reruns`; `disparity` (mean Procrustes disparity to pictures with other seeds: 0 = the same up to shift, turn and
    scale, 1 = nothing in common); `persistence` (share of the nearest neighbours that stay); `kept` (share of the nearest
    neighbours in the original space that are neighbours in the picture) with `kept_chance`; `k`; `reason`.
    """
    progress, count = progress or Silent(), shown or len(vectors)
    k = min(PERSISTENT, count - 1)
    found: dict[str, float | int | str | None] = {"reruns": 0, "disparity": None, "persistence": None, "k": k, "reason": ""}
    if k < 1 or count < 3:
        return found | {"kept": None, "kept_chance": None, "reason": "Fewer than three prompts: every picture is the same."}
    here = picture.coordinates[:count]
    near = _nearest(here, k)
    found |= {"kept": _common(_nearest(vectors[:count], k), near), "kept_chance": k / (count - 1)}
    if picture.method == "pca":
        return found | {"disparity": 0.0, "persistence": 1.0, "reason": "PCA has no random part: every fit is the same."}
    others = []
    for again in range(reruns):
        progress.check()
        progress.phase(CHECKING, again, reruns)
        others.append(draw(vectors, picture.method, dimensions, seed + 1 + again, neighbours).coordinates[:count])
    progress.phase(CHECKING, reruns, reruns)
    return found | {
        "reruns": reruns,
        "disparity": float(np.mean([_disparity(here, other) for other in others])),
        "persistence": float(np.mean([_common(near, _nearest(other, k)) for other in others])),
    }


def _disparity(first: np.ndarray, second: np.ndarray) -> float:
    """Procrustes: what is left of 1 when one picture is moved, turned, mirrored and scaled onto the other."""
    if not (np.ptp(first, axis=0).any() and np.ptp(second, axis=0).any()):
        return 1.0
    a, b = (centred / np.linalg.norm(centred) for centred in (first - first.mean(axis=0), second - second.mean(axis=0)))
    return float(1 - np.linalg.svd(a.T @ b, compute_uv=False).sum() ** 2)


def distances(vectors: np.ndarray) -> np.ndarray:
    """Euclidean distances of all pairs, [N, N]."""
    square = (vectors**2).sum(axis=1)
    found = np.sqrt(np.maximum(square[:, None] + square[None, :] - 2 * vectors @ vectors.T, 0.0))
    np.fill_diagonal(found, 0.0)
    return found


def _nearest(vectors: np.ndarray, k: int) -> np.ndarray:
    """Indices of the k nearest others, [N, k]."""
    apart = distances(vectors)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1, kind="stable")[:, :k]


def _common(first: np.ndarray, second: np.ndarray) -> float:
    """Mean share of the neighbours that two lists [N, k] have in common."""
    return float((first[:, :, None] == second[:, None, :]).any(axis=2).mean())


def neighbours(vectors: np.ndarray, metric: str, count: int = LISTED) -> list[tuple[int, int, int, float]]:
    """(point, rank from 1, neighbour, distance) in the original space; `vectors` as `scaled` gives them.

    The distance is 1 - cosine for "cosine", else Euclidean.
    """
    apart = dissimilarity(vectors, metric)
    near = _nearest(vectors, min(count, len(vectors) - 1))
    return [
        (point, rank, int(other), float(apart[point, other]))
        for point, row in enumerate(near)
        for rank, other in enumerate(row, 1)
    ]


def dissimilarity(vectors: np.ndarray, metric: str) -> np.ndarray:
    """All pairs [N, N]: 1 - cosine of vectors of length 1, or their Euclidean distance."""
    if metric == "euclidean":
        return distances(vectors)
    found = np.clip(1 - vectors @ vectors.T, 0.0, 2.0)
    np.fill_diagonal(found, 0.0)
    return found
