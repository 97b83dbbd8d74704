"""Stored projections as pages and the command line read them. Torch-free.

One fit is two artefacts under the id `<spec id>-<held-out seed>`: the projector (safetensors; the demo keeps small ones
only) and its matrix (Parquet, one row a line and target; answers, scores and margins as bytes). A projection is complete
when every seed was held out.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ptlib.projection.spec import ProjectSpec, fold_id
from ptlib.projection.table import OWN, UNTRAINED, Cell, Matrix
from ptlib.results.artefacts import PROJECT, Artefact, pack_table, unpack_table
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import spec_from
from ptlib.tasks.registry import get_task

if TYPE_CHECKING:
    from ptlib.projection.matrix import Measured

COLUMNS = ("group", "name", "seed", "target", "examples", "split", "n", "score", "predicted", "right", "margin")


def pack_fold(spec: ProjectSpec, measured: "Iterable[Measured]", told: Mapping[str, Any]) -> bytes:
    """One fit's matrix as a Parquet file; the same content gives the same bytes."""
    rows = [
        (
            one.group,
            one.name,
            one.seed,
            one.target,
            one.examples,
            one.split,
            len(one.score),
            float(one.score.mean()),
            one.predicted.tobytes(),
            np.packbits(one.score).tobytes(),
            one.margin.astype("<f2").tobytes(),
        )
        for one in measured
    ]
    return pack_table(pd.DataFrame(rows, columns=list(COLUMNS)), {"spec": asdict(spec), **told})


def unpack_fold(data: bytes) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows with `COLUMNS` and what was told of the fit. Raises Damaged."""
    return unpack_table(data)


@dataclass(frozen=True, slots=True)
class Projection:
    """A stored projection: all fits that are done."""

    spec: ProjectSpec
    matrix: Matrix
    told: Mapping[int, Mapping[str, Any]]
    """By held-out seed: scale, words, r_squared, loss_before, loss_after, seconds ... as far as the method has them."""
    rows: pd.DataFrame
    """`COLUMNS`, one row a line and target of every fit."""
    origin: str
    created: float

    @property
    def is_complete(self) -> bool:
        """Whether every seed was held out."""
        return set(self.told) == set(self.spec.seeds)


def listing(catalogue: Catalogue, source: str | None = None, target: str | None = None) -> list[ProjectSpec]:
    """Specs of all complete stored projections, own ones first, newest first."""
    done: dict[ProjectSpec, set[str]] = {}
    for item in catalogue.artefacts(PROJECT, target):
        spec = spec_from(ProjectSpec, json.loads(item.spec_json))
        if source in (None, spec.source):
            done.setdefault(spec, set()).add(item.id)
    return [spec for spec, ids in done.items() if {fold_id(spec, seed) for seed in spec.seeds} <= ids]


def folds(spec: ProjectSpec, catalogue: Catalogue, kind: str = PROJECT) -> dict[int, Artefact]:
    """Stored, sound results by held-out seed."""
    ids = {fold_id(spec, seed): seed for seed in spec.seeds}
    found = {ids[item.id]: item for item in reversed(catalogue.artefacts(kind, spec.target)) if item.id in ids}
    return dict(sorted(found.items()))


def load(spec: ProjectSpec, catalogue: Catalogue) -> Projection | None:
    """A stored projection, also one that is only partly done; None when no fit of it is stored. Raises Damaged."""
    items = folds(spec, catalogue)
    if not items:
        return None
    read = {seed: unpack_fold(item.read()) for seed, item in items.items()}
    frames = [frame for frame, _ in read.values()]
    told = {seed: {name: value for name, value in meta.items() if name != "spec"} for seed, (_, meta) in read.items()}
    newest = max(items.values(), key=lambda item: item.created)
    rows = pd.concat(frames, ignore_index=True)
    return Projection(spec, matrix_of(spec, frames, catalogue), told, rows, newest.origin, newest.created)


def examples(
    projection: Projection, catalogue: Catalogue, group: str, name: str, target: str, *, seed: int
) -> pd.DataFrame | None:
    """What one line answered on a target: id, text_a, text_b, gold, predicted, right, margin; None when it was not measured."""
    rows = projection.rows
    chosen = rows[(rows["group"] == group) & (rows["name"] == name) & (rows["target"] == target) & (rows["seed"] == seed)]
    if chosen.empty:
        return None
    row, labels = chosen.iloc[0], get_task(target).labels
    whole = catalogue.examples(target)
    frame = whole.iloc[drawn(len(whole), projection.spec.limit)].reset_index(drop=True)
    if len(frame) != int(row["n"]):
        return None
    predicted = np.frombuffer(row["predicted"], np.uint8)
    return frame[["id", "text_a", "text_b"]].assign(
        gold=[labels[int(place)] for place in frame["label"]],
        predicted=[labels[place] for place in predicted],
        right=scores_of(row).astype(bool),
        margin=np.frombuffer(row["margin"], "<f2").astype(np.float32),
    )


def scores_of(row: Mapping[str, Any]) -> np.ndarray:
    """Right or wrong [N] uint8 of one stored row."""
    return np.unpackbits(np.frombuffer(row["right"], np.uint8))[: int(row["n"])]


def matrix_of(spec: ProjectSpec, frames: Sequence[pd.DataFrame], catalogue: Catalogue) -> Matrix:
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
