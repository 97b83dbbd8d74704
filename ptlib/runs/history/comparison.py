"""Two to six runs beside each other: settings that differ, and whether their scores do, on the examples that both answered."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np

from ptlib.base import stats
from ptlib.results.catalogue import Catalogue
from ptlib.runs.history.overview import about
from ptlib.runs.queue import Job


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What a run asks of one target: scores [S, N] of its sources' prompts (mean), a row a seed, and their examples."""

    values: np.ndarray
    seeds: tuple[int, ...]
    examples: str


@dataclass(frozen=True, slots=True)
class Difference:
    """First minus second, a fraction, over the examples of the targets that both measured on the same examples."""

    first: str
    second: str
    value: float
    low: float | None
    high: float | None
    p: float | None
    """Sign flips over examples of the mean over seeds, corrected for all pairs (Holm)."""
    examples: int
    targets: tuple[str, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the interval and the test both say so."""
        sure = self.p is not None and self.p < 1 - stats.LEVEL
        return bool(sure and self.low is not None and self.high is not None and (self.low > 0 or self.high < 0))


def measured(job: Job, catalogue: Catalogue) -> dict[str, Measured]:
    """By target; only seeds that all sources of the run have there. Empty for a run that is no piece of the map."""
    known = about(job)
    if known is None or (piece := known.piece) is None:
        return {}
    entries = catalogue.entries(known.spec.backbone, piece.recipe, piece.limit, everything=True)
    rows = {(entry.source, entry.target, entry.seed): entry for entry in entries if entry.seed in piece.seeds}
    found = {}
    for target in piece.targets:
        seeds = tuple(seed for seed in piece.seeds if all((source, target, seed) in rows for source in piece.sources))
        here = [[rows[source, target, seed] for seed in seeds] for source in piece.sources]
        examples = {entry.examples for row in here for entry in row}
        if len(examples) == 1:
            values = np.array([[entry.scores for entry in row] for row in here], np.float64).mean(axis=0)
            found[target] = Measured(values, seeds, examples.pop())
    return found


def differences(jobs: Sequence[Job], catalogue: Catalogue) -> list[Difference]:
    """Every pair that has a target in common; the interval is a paired bootstrap over seeds, then examples."""
    by_run = {job.id: measured(job, catalogue) for job in jobs}
    found = [one for pair in combinations(by_run, 2) if (one := _difference(*pair, *(by_run[name] for name in pair)))]
    corrected = stats.holm([one.p for one in found])
    names = ("first", "second", "value", "low", "high", "examples", "targets")
    return [Difference(**{name: getattr(one, name) for name in names}, p=p) for one, p in zip(found, corrected, strict=True)]


def _difference(first: str, second: str, a: dict[str, Measured], b: dict[str, Measured]) -> Difference | None:
    shared = tuple(target for target in a if target in b and a[target].examples == b[target].examples)
    (one, mine), (other, others) = (_joined(rows, shared) for rows in (a, b))
    if not shared or not mine or not others:
        return None
    low, high = stats.percentiles(stats.score_draws(one, mine) - stats.score_draws(other, others))
    gaps = one.mean(axis=0) - other.mean(axis=0)
    changed = gaps[gaps != 0]  # an example that both answer alike says nothing, whatever its sign
    p = stats.sign_flip_p(changed) if len(changed) else 1.0
    return Difference(first, second, float(gaps.mean()), low, high, p, len(gaps), shared)


def _joined(rows: dict[str, Measured], targets: Sequence[str]) -> tuple[np.ndarray, tuple[int, ...]]:
    """Scores [S, all examples] of the seeds that every target has."""
    seeds = [rows[target].seeds for target in targets]
    common = tuple(seed for seed in (seeds[0] if seeds else ()) if all(seed in own for own in seeds))
    parts = [rows[target].values[[rows[target].seeds.index(seed) for seed in common]] for target in targets]
    return (np.concatenate(parts, axis=1) if parts else np.empty((0, 0))), common


def settings(jobs: Sequence[Job]) -> dict[str, list[Any]]:
    """Name of a setting -> its value in each run, only where they differ; None: a run has no such setting."""
    told = [_flat(job) for job in jobs]
    names = dict.fromkeys(name for one in told for name in one)
    found = {name: [one.get(name) for one in told] for name in names}
    return {name: values for name, values in found.items() if any(value != values[0] for value in values)}


def _flat(job: Job) -> dict[str, Any]:
    known = about(job)
    values = {} if known is None else asdict(cast(Any, known.spec))
    inner = values.pop("settings", None) or {}
    return {"kind": job.kind, **values, **inner}
