"""Stored projections as pages and the command line read them. Torch-free.

One fit is two artefacts under the id `<spec id>-<held-out seed>`: the projector (safetensors) and its matrix (Parquet,
one row a line and target; answers, scores and margins as bytes). A projection is complete when every seed was held out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ptlib.artefacts import pack_table, unpack_table
from ptlib.catalogue import Catalogue
from ptlib.projection.spec import ProjectSpec
from ptlib.projection.table import OWN, UNTRAINED, Cell, Matrix
from ptlib.tasks import get_task

if TYPE_CHECKING:
    import pandas as pd

    from ptlib.projection.matrix import Measured

COLUMNS = ("group", "name", "seed", "target", "examples", "split", "n", "score", "predicted", "right", "margin")


def pack_fold(spec: ProjectSpec, measured: "Iterable[Measured]", told: Mapping[str, Any]) -> bytes:
    """One fit's matrix as a Parquet file; the same content gives the same bytes."""
    import pandas as pd

    rows = [(one.group, one.name, one.seed, one.target, one.examples, one.split, len(one.score), float(one.score.mean()),
             one.predicted.tobytes(), np.packbits(one.score).tobytes(), one.margin.astype("<f2").tobytes()) for one in measured]
    return pack_table(pd.DataFrame(rows, columns=list(COLUMNS)), {"spec": asdict(spec), **told})


def unpack_fold(data: bytes) -> "tuple[pd.DataFrame, dict[str, Any]]":
    """Rows with `COLUMNS` and what was told of the fit. Raises Damaged."""
    return unpack_table(data)


def scores_of(row: Mapping[str, Any]) -> np.ndarray:
    """Right or wrong [N] uint8 of one stored row."""
    return np.unpackbits(np.frombuffer(row["right"], np.uint8))[: int(row["n"])]


def matrix_of(spec: ProjectSpec, frames: "Sequence[pd.DataFrame]", catalogue: Catalogue) -> Matrix:
    """The matrix over all held-out seeds, with the target's own and untrained rows on the same examples.

    A target whose own prompts were not measured on the same split has scores but no gains.
    """
    groups: dict[tuple[str, str, str], list[tuple[int, np.ndarray]]] = {}
    splits: dict[str, str] = {}
    for row in (row for frame in frames for row in frame.to_dict("records")):
        groups.setdefault((row["group"], row["name"], row["target"]), []).append((int(row["seed"]), scores_of(row)))
        splits[row["target"]] = row["split"]
    cells = {key: _cell(key, parts) for key, parts in groups.items()}
    cells |= {(cell.group, cell.name, cell.target): cell for cell in _bounds(spec, splits, catalogue)}
    tasks = {*splits, *(name for group, name, _ in groups if group == "task")}
    return Matrix(cells, {name: get_task(name).family for name in tasks}, tuple(splits))


def _cell(key: tuple[str, str, str], parts: list[tuple[int, np.ndarray]]) -> Cell:
    parts = sorted(parts, key=lambda part: part[0])
    return Cell(*key, tuple(seed for seed, _ in parts), np.stack([scores for _, scores in parts]))


def _bounds(spec: ProjectSpec, splits: Mapping[str, str], catalogue: Catalogue) -> Iterator[Cell]:
    """Own and untrained on the very examples of the matrix, out of the stored scores on the whole split."""
    if spec.target not in catalogue.backbones():
        return
    groups: dict[tuple[str, str, str], list[tuple[int, np.ndarray]]] = {}
    for entry in catalogue.entries(spec.target, catalogue.main_recipe(spec.target)):
        own = entry.source == entry.target
        if entry.seed in spec.seeds and (own or entry.source == UNTRAINED) and splits.get(entry.target) == entry.examples:
            key = (OWN if own else UNTRAINED, entry.source, entry.target)
            groups.setdefault(key, []).append((entry.seed, entry.scores[drawn(entry.n, spec.limit)]))
    yield from (_cell(key, parts) for key, parts in groups.items())


def drawn(count: int, limit: int | None) -> list[int]:
    """Places of the examples a limited evaluation takes, as `data.load_evaluation` draws them."""
    if limit is None or limit >= count:
        return list(range(count))
    return sorted(np.random.default_rng(1).permutation(count)[:limit].tolist())
