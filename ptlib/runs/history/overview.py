"""What a list of runs says of each without opening it: what it is about, its score, the course of its tuning."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ptlib.base.errors import PtlibError
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Kind, Piece, Spec
from ptlib.results.store import Store
from ptlib.runs.kinds import kind_named
from ptlib.runs.queue import Job

POINTS = 24
"""Most points of a small curve."""


@dataclass(frozen=True, slots=True)
class About:
    """What a run computes."""

    spec: Spec
    piece: Piece | None


def about(job: Job) -> About | None:
    """Read once a run; None for one that this version cannot read."""
    try:
        return _about(kind_named(job.kind), job.spec_json)
    except PtlibError:
        return None


@lru_cache(maxsize=4096)
def _about(kind: Kind[Any, Any], spec_json: str) -> About:
    spec = kind.read(json.loads(spec_json))
    return About(spec, kind.piece(spec))


def scores(jobs: Sequence[Job], catalogue: Catalogue) -> dict[str, float]:
    """Run id -> mean score, a fraction, over the cells that the run asks for; runs of which a cell is missing are absent.

    A cell that was there before the run counts like one that it measured.
    """
    asked = {job.id: known for job in jobs if (known := about(job)) is not None and known.piece is not None}
    books: dict[tuple[str, int | None], dict[tuple[str, str, str, int], float]] = {}
    found: dict[str, float] = {}
    for run, known in asked.items():
        piece = known.piece
        assert piece is not None
        key = known.spec.backbone, piece.limit
        if key not in books:
            entries = catalogue.entries(key[0], limit=piece.limit, everything=True)
            books[key] = {(entry.recipe, entry.source, entry.target, entry.seed): entry.score for entry in entries}
        cells = [(piece.recipe, s, t, seed) for s in piece.sources for t in piece.targets for seed in piece.seeds]
        values = [books[key].get(cell) for cell in cells]
        if None not in values:
            found[run] = float(np.mean([value for value in values if value is not None]))
    return found


def courses(run_ids: Iterable[str], store: Store | None = None) -> dict[str, tuple[float, ...]]:
    """Run id -> mean validation score of its curves by step, thinned to `POINTS`; runs without a curve are absent."""
    wanted, sums = set(run_ids), defaultdict[str, dict[int, list[float]]](dict)
    for point in (store or Store()).intact("SELECT * FROM points WHERE validation IS NOT NULL ORDER BY run_id, step"):
        if point["run_id"] in wanted:
            sums[point["run_id"]].setdefault(point["step"], []).append(point["validation"])
    means = {run: [sum(values) / len(values) for values in steps.values()] for run, steps in sums.items()}
    return {run: tuple(values[place] for place in _thin(len(values))) for run, values in means.items() if len(values) > 1}


def _thin(count: int) -> list[int]:
    return [round(place) for place in np.linspace(0, count - 1, min(count, POINTS))]
