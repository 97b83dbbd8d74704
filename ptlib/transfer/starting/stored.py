"""Stored comparisons of starts as pages and the command line read them. Torch-free.

One Parquet file a run: the learning curves, and beside them what each start was, scored, reached and forgot.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from ptlib.prompts.record import Prompt
from ptlib.prompts.start import PROMPT, Start
from ptlib.results.artefacts import PROJECTOR, START, Artefact, pack_table, unpack_table
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import spec_from
from ptlib.transfer import warm
from ptlib.transfer.starting.spec import OWN, StartSpec

if TYPE_CHECKING:
    from ptlib.prompts.tuning import Point

COLUMNS = ("start", "step", "loss", "validation", "seconds")
ON_SOURCE = ("on_source_untrained", "on_source_before", "on_source_after")
SCORED = ("start", "task", "model", "carried_by", "zero_shot", "score", *ON_SOURCE)
MEASURED = (
    "level",
    "own_steps",
    "warm_steps",
    "reached",
    "warm_converged",
    "share",
    "restricted",
    "at_once",
    "seconds",
    "forgotten",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a start comes from."""

    task: str
    model: str
    """The backbone it was tuned on."""
    carried_by: str = ""
    """Title of the projector that carried it over."""
    missing: str = ""
    """What is not there of it, in words."""


@dataclass(frozen=True, slots=True)
class Started:
    """A stored comparison."""

    spec: StartSpec
    curves: pd.DataFrame
    """`COLUMNS`."""
    told: Mapping[str, Any]
    """starts: one row of `SCORED` each, fractions; device, cores."""
    origin: str


def origin_of(name: str, catalogue: Catalogue) -> Origin:
    """A start's lineage: its task and model, and the projector where it was carried over."""
    start = Start(PROMPT, name)
    prompt: Prompt | None = catalogue.prompt(start.prompt_id)
    if prompt is None:
        return Origin("", "", missing=f"there is no prompt '{start.prompt_id}'")
    if not start.carried_by:
        return Origin(prompt.task, prompt.backbone)
    item = next((item for item in catalogue.artefacts(PROJECTOR) if item.id == start.carried_by), None)
    if item is None:
        return Origin(prompt.task, prompt.backbone, missing=f"the projector '{start.carried_by}' is not stored")
    return Origin(prompt.task, prompt.backbone, item.title)


def pack(spec: StartSpec, curves: "Mapping[str, Iterable[Point]]", told: Mapping[str, Any]) -> bytes:
    """A comparison as a Parquet file; the same content gives the same bytes."""
    rows = [(name, point.step, point.loss, point.validation, point.seconds) for name, curve in curves.items() for point in curve]
    return pack_table(pd.DataFrame(rows, columns=list(COLUMNS)), {"spec": asdict(spec), **told})


def item_of(spec: StartSpec, catalogue: Catalogue) -> Artefact | None:
    """The stored, sound result of a run."""
    return next((item for item in catalogue.artefacts(START, spec.backbone) if item.id == spec.id), None)


def load(spec: StartSpec, catalogue: Catalogue) -> Started | None:
    """A stored comparison; None when there is none. Raises Damaged."""
    item = item_of(spec, catalogue)
    if item is None:
        return None
    curves, told = unpack_table(item.read())
    return Started(spec, curves, {key: value for key, value in told.items() if key != "spec"}, item.origin)


def listing(catalogue: Catalogue, backbone: str, task: str | None = None) -> list[StartSpec]:
    """Runs whose result is stored, own ones first, newest first."""
    specs = [spec_from(StartSpec, json.loads(item.spec_json)) for item in catalogue.artefacts(START, backbone)]
    return [spec for spec in dict.fromkeys(specs) if task in (None, spec.task)]


def alike(specs: list[StartSpec]) -> list[list[StartSpec]]:
    """Runs of one task that differ in seed and starts alone; those with most seeds first."""
    groups: dict[StartSpec, list[StartSpec]] = {}
    for spec in specs:
        groups.setdefault(replace(spec, seed=0, starts=("-",)), []).append(spec)
    return sorted(groups.values(), key=lambda group: -len({spec.seed for spec in group}))


def measured(started: Started) -> pd.DataFrame:
    """One row a start, the untrained one first: `SCORED` and `MEASURED`.

    level ... at_once: as `ptlib.transfer.warm` has them, against the untrained start of the same run. seconds: until the level
    was reached, of all prompts of the run together; None where it never was. forgotten: share of its source task's gain over an
    untrained prompt that a start lost while it was tuned; None where the source is the task itself or had no gain to lose.
    """
    curves = {name: rows.drop(columns="start") for name, rows in started.curves.groupby("start", sort=False)}
    return pd.DataFrame([_row(row, curves) for row in started.told["starts"]], columns=[*SCORED, *MEASURED])


def _row(told: Mapping[str, Any], curves: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    curve = curves[told["start"]]
    found = warm.measured(curves[OWN], curve)
    there = curve.loc[curve["step"] >= found["warm_steps"], "seconds"].to_list() if found["reached"] else []
    least, before, after = (told[name] for name in ON_SOURCE)
    gained = before is not None and before - least > warm.GAIN
    return {
        **told,
        **found,
        "seconds": float(there[0]) if there else None,
        "forgotten": (before - after) / (before - least) if gained else None,
    }
