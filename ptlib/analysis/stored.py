"""Stored analyses as pages and the command line read them. Torch-free.

Start one with `jobs.enqueue(spec)` or `worker.run_here(spec)`, a spec out of `ptlib.analysis.specs`; the same spec finds
the finished result again: `load_clusters(spec.id)`, `load_masking(spec.id)`, `neuron_stack(prompts)`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ptlib.analysis.kinds import CLUSTER, MASK
from ptlib.analysis.specs import ClusterSpec, MaskSpec
from ptlib.base.errors import BadInput
from ptlib.base.stats import holm
from ptlib.prompts.start import Start
from ptlib.results import artefacts
from ptlib.results.artefacts import Artefact
from ptlib.results.catalogue import Catalogue

NEIGHBOUR_COLUMNS = ("prompt", "rank", "neighbour", "distance")


def listing(kind: str | None = None, backbone: str | None = None, catalogue: Catalogue | None = None) -> list[Artefact]:
    """Stored, sound results: own ones first, newest first. kind: "cluster", "mask" or "neurons"; None = all."""
    return (catalogue or Catalogue()).artefacts(kind, backbone)


def spec_of(item: Artefact) -> ClusterSpec | MaskSpec:
    """The spec behind a listed cluster or masking result."""
    values = json.loads(item.spec_json)
    return CLUSTER.read(values) if item.kind == CLUSTER.name else MASK.read(values)


def prompts_with_results(backbone: str, catalogue: Catalogue | None = None) -> tuple[str, ...]:
    """Prompt ids of a backbone's main recipe, in the order of the registry: what the stored pictures of the demo show."""
    catalogue = catalogue or Catalogue()
    recipe = catalogue.main_recipe(backbone)
    order = {task: place for place, task in enumerate(catalogue.task_order())}
    rows = [
        row
        for row in catalogue.prompts(backbone).to_dict("records")
        if row["recipe"] == recipe and not Start.of(row["init"]).is_warm
    ]
    rows.sort(key=lambda row: (order.get(row["task"], len(order)), row["task"], row["seed"]))
    return tuple(row["prompt_id"] for row in rows)


@dataclass(frozen=True, slots=True)
class Clusters:
    """A stored picture."""

    id: str
    spec: ClusterSpec
    points: pd.DataFrame
    """`run.POINT_COLUMNS`; `start` marks where a prompt started from (step 0); z only in 3-D."""
    neighbours: pd.DataFrame
    """`NEIGHBOUR_COLUMNS`: the nearest prompts in the original space, rank 1 = nearest."""
    statistics: pd.DataFrame
    """by, measure, value, chance, p, n, groups, reason: see `separation.statistics`."""
    stability: Mapping[str, Any]
    """See `clusters.stability`."""
    method: str
    """What was used: "pca" where there were too few prompts for the wished method."""
    reason: str
    caution: str
    explained: tuple[float, ...]
    parameters: Mapping[str, Any]
    origin: str
    created: float


def load_clusters(spec_id: str, catalogue: Catalogue | None = None) -> Clusters | None:
    """A stored picture; None when there is none (or it is damaged)."""
    item = _stored(artefacts.CLUSTER, spec_id, catalogue)
    if item is None:
        return None
    points, meta = artefacts.unpack_table(item.read())
    near = pd.DataFrame(_neighbours(meta), columns=list(NEIGHBOUR_COLUMNS))
    statistics = pd.DataFrame(meta["statistics"]).astype({"value": float, "chance": float, "p": float})
    statistics = statistics.assign(p_corrected=np.array(holm(statistics["p"].to_list()), float))
    told = {name: meta[name] for name in ("stability", "method", "reason", "caution", "parameters")}
    told |= {"explained": tuple(meta["explained"]), "origin": item.origin, "created": item.created}
    return Clusters(spec_id, CLUSTER.read(meta["spec"]), points, near, statistics, **told)


def _neighbours(meta: Mapping[str, Any]) -> list[tuple[str, int, str, float]]:
    """Rows of `NEIGHBOUR_COLUMNS`: as earlier versions stored them, or by the places of prompts, a prompt's nearest first."""
    if "neighbours" in meta:
        return list(map(tuple, meta["neighbours"]))
    names, ranks = meta["spec"]["prompts"], Counter[int]()
    found = []
    for place, other, apart in meta["near"]:
        ranks[place] += 1
        found.append((names[place], ranks[place], names[other], apart))
    return found


@dataclass(frozen=True, slots=True)
class Masking:
    """A stored dose-response."""

    id: str
    spec: MaskSpec
    doses: pd.DataFrame
    """One row a dose: condition (none, own, shared, other), other, ratio, random, draw, neurons, n, score, low, high."""
    origin: str
    created: float

    @property
    def unmasked(self) -> float:
        """Score with nothing zeroed, fraction."""
        return float(self.doses.loc[self.doses["condition"] == "none", "score"].iloc[0])

    def summary(self) -> pd.DataFrame:
        """One row a condition, other prompt and ratio: neurons, n, unmasked, score, low, high, loss, random_score, random_low,
        random_high, random_loss, more, p, draws; scores are fractions.

        loss = unmasked - score; random_*: mean and 95 % range of as many random neurons; more = loss - random_loss, above
        0 when the set matters more than random ones; p = share of random draws that hurt as much (one-sided, never 0);
        p_corrected: for as many tests as there are rows (Holm).
        """
        return summarise(self.doses)


def load_masking(spec_id: str, catalogue: Catalogue | None = None) -> Masking | None:
    """A stored dose-response; None when there is none (or it is damaged)."""
    item = _stored(artefacts.MASK, spec_id, catalogue)
    if item is None:
        return None
    doses, meta = artefacts.unpack_table(item.read())
    return Masking(spec_id, MASK.read(meta["spec"]), doses, item.origin, item.created)


def summarise(doses: pd.DataFrame) -> pd.DataFrame:
    """See `Masking.summary`."""
    unmasked = float(doses.loc[doses["condition"] == "none", "score"].iloc[0])
    rows = []
    zeroed = doses[doses["condition"] != "none"]
    for (condition, other, ratio), part in zeroed.groupby(["condition", "other", "ratio"], sort=False):
        one, drawn = part[~part["random"]].iloc[0], part.loc[part["random"], "score"].to_numpy()
        low, high = np.quantile(drawn, (0.025, 0.975))
        hits = int((drawn <= one["score"] + 1e-9).sum())
        loss, random_loss = unmasked - one["score"], unmasked - drawn.mean()
        rows.append(
            {
                "condition": condition,
                "other": other,
                "ratio": ratio,
                "neurons": int(one["neurons"]),
                "n": int(one["n"]),
                "unmasked": unmasked,
                **one[["score", "low", "high"]],
                "loss": loss,
                "random_score": drawn.mean(),
                "random_low": low,
                "random_high": high,
                "random_loss": random_loss,
                "more": loss - random_loss,
                "p": (1 + hits) / (1 + len(drawn)),
                "draws": len(drawn),
            }
        )
    found = pd.DataFrame(rows)
    return found.assign(p_corrected=np.array(holm(found["p"].to_list()), float))


def _stored(kind: str, spec_id: str, catalogue: Catalogue | None) -> Artefact | None:
    return next((item for item in listing(kind, None, catalogue) if item.id == spec_id), None)


@dataclass(frozen=True, slots=True)
class NeuronStack:
    """Activated neurons of several prompts."""

    prompts: tuple[str, ...]
    """Those whose neurons are stored, in the order asked for."""
    activation: np.ndarray
    """[N, L, F] float32, above 0 = activated; [0, 0, 0] when none is stored."""
    missing: tuple[str, ...]
    """Asked for, but not read yet: queue a `NeuronSpec`."""


def neuron_stack(prompts: Iterable[str], catalogue: Catalogue | None = None) -> NeuronStack:
    """Stored neurons of prompts of one backbone. Raises BadInput when they belong to models of different sizes."""
    catalogue, found, lacking = catalogue or Catalogue(), {}, []
    for name in prompts:
        value = catalogue.neurons(name)
        if value is None:
            lacking.append(name)
        else:
            found[name] = value
    if len({value.shape for value in found.values()}) > 1:
        raise BadInput(
            "These prompts belong to models of different sizes, between which neurons cannot be compared. Choose "
            "prompts of one backbone."
        )
    stacked = np.stack(list(found.values())) if found else np.zeros((0, 0, 0), np.float32)
    return NeuronStack(tuple(found), stacked, tuple(lacking))
