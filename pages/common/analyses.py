"""Cached reading of analyses for the pages: prompt sets, stored pictures, neurons, masking. Keys carry the fingerprint."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from pages.common import context, data, words
from pages.common.context import Context
from ptlib.analysis.references import reference
from ptlib.analysis.specs import ClusterSpec, MaskSpec
from ptlib.analysis.stored import Clusters, Masking, load_clusters, load_masking, neuron_stack, spec_of
from ptlib.base import paths
from ptlib.base.errors import PtlibError
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.start import Start
from ptlib.tasks.registry import all_tasks

TUNED = "tuned"


@dataclass(frozen=True, slots=True)
class PromptSet:
    """Prompts that belong in one picture: those tuned here with one recipe, or a set that was imported."""

    key: str
    name: str
    backbone: str
    prompts: tuple[str, ...]


def here() -> tuple[str, str | None, str | None]:
    """Fingerprint, backbone and recipe that the page speaks of, also when there is no transfer result."""
    now = context.current()
    if now is not None:
        return now.fingerprint, now.backbone, now.recipe
    fingerprint = data.catalogue().fingerprint()
    known = data.backbones(fingerprint)
    asked = st.session_state.get("backbone")
    backbone = asked if asked in known else next(iter(known), None)
    return fingerprint, backbone, next(iter(data.recipes(fingerprint, backbone)), None) if backbone else None


@st.cache_data(max_entries=8, show_spinner=False)
def tuned(fingerprint: str, backbone: str, recipe: str | None) -> pd.DataFrame:
    """Prompts of one recipe that were not started from another one, in the order of the registry."""
    table = data.catalogue().prompts(backbone)
    table = table[[not Start.of(init).is_warm for init in table["init"]]]
    table = table[table.recipe == recipe] if recipe else table
    order = {task.id: place for place, task in enumerate(all_tasks())}
    table = table.assign(place=[order.get(task, 999) for task in table.task])
    return table.sort_values(["place", "task", "seed"]).drop(columns="place").reset_index(drop=True)


@st.cache_data(max_entries=4, show_spinner=False)
def imported(mark: float) -> list[PromptSet]:
    """Sets of imported prompts in the store; unreadable ones are left out."""
    found = []
    for folder in sorted(path for path in _imports().glob("*") if path.is_dir()):
        names, backbones = [], set()
        for path in sorted(folder.glob("*")):
            try:
                backbones.add(SoftPrompt.load(path).info.backbone)
                names.append(reference(str(path)))
            except PtlibError:
                continue
        if len(backbones) == 1 and names:
            found.append(PromptSet(folder.name, f"Imported: {folder.name}", backbones.pop(), tuple(names)))
    return found


def _imports() -> Path:
    return paths.store_dir() / "imported"


def prompt_sets(fingerprint: str, backbone: str | None, recipe: str | None) -> list[PromptSet]:
    """What can be placed in one picture: the prompts of the sidebar's backbone first, then imported sets."""
    found = []
    if backbone is not None:
        ids = tuple(tuned(fingerprint, backbone, recipe).prompt_id)
        found = [PromptSet(TUNED, f"Tuned on {data.backbone_name(backbone)}", backbone, ids)] if ids else []
    try:
        mark = max(path.stat().st_mtime for path in (_imports(), *_imports().glob("*")))
    except OSError:
        return found
    return [*found, *imported(mark)]


@st.cache_data(max_entries=8, show_spinner=False)
def pictures(fingerprint: str, backbone: str) -> list[tuple[str, ClusterSpec, str, float]]:
    """Stored pictures of a backbone: id, spec, origin, created."""
    listed = data.catalogue().artefacts("cluster", backbone)
    found = [(item.id, spec_of(item), item.origin, item.created) for item in listed]
    return [(name, spec, origin, created) for name, spec, origin, created in found if isinstance(spec, ClusterSpec)]


@st.cache_resource(max_entries=6, show_spinner=False)
def picture(fingerprint: str, spec_id: str) -> Clusters | None:
    """A stored picture; None when it is missing or damaged."""
    try:
        return load_clusters(spec_id)
    except PtlibError:
        return None


def fitting(fingerprint: str, chosen: PromptSet, method: str, dimensions: int, on: str) -> list[ClusterSpec]:
    """Stored pictures of a prompt set with this method, most of its prompts first, then without ways, then the newest."""
    wanted = set(chosen.prompts)
    found = [
        (-len(wanted & set(spec.prompts)), spec.trails, -created, spec)
        for _, spec, _, created in pictures(fingerprint, chosen.backbone)
        if (spec.method, spec.dimensions, spec.on) == (method, dimensions, on) and wanted & set(spec.prompts)
    ]
    return [item[-1] for item in sorted(found, key=lambda item: item[:-1])]


@st.cache_data(max_entries=8, show_spinner=False)
def points(fingerprint: str, spec_id: str, backbone: str, recipe: str | None) -> pd.DataFrame:
    """The points of a stored picture with shown names, own scores and where the prompt is from."""
    stored = picture(fingerprint, spec_id)
    assert stored is not None, "asked for the points of a picture that is not there"
    table = stored.points.copy()
    scores = data.catalogue().scores(backbone, recipe)
    own = scores[scores.source == scores.target].set_index("prompt_id").score.to_dict()
    prompts = data.catalogue().prompts(backbone).set_index("prompt_id")
    origin, started = prompts.origin.to_dict(), prompts["init"].to_dict()
    table["task_name"] = [data.task_name(task) for task in table.task]
    table["label"] = [row.task_name if "#" in row.prompt else words.prompt(row.task_name, row.seed) for row in table.itertuples()]
    table["score"] = [own.get(name, np.nan) for name in table["prompt"]]
    table["start"] = [started.get(name, "not known") for name in table["prompt"]]
    table["set"] = [_set_name(name, origin) for name in table["prompt"]]
    return table


def _set_name(prompt: str, origin: dict[str, str]) -> str:
    if "#" in prompt:
        return Path(prompt.rpartition("#")[0]).parent.name
    return {"demo": "Demo", "own": "Own runs"}.get(origin.get(prompt, ""), "Elsewhere")


@dataclass(frozen=True, slots=True, eq=False)
class Neurons:
    """Activations of all prompts of one map whose neurons are stored."""

    tasks: tuple[str, ...]
    by_task: dict[str, np.ndarray]
    """Task -> [S, L, F] float32, one row a seed."""
    seeds: dict[str, tuple[int, ...]]
    missing: tuple[str, ...]
    """Prompt ids whose neurons were not read yet."""

    @property
    def shape(self) -> tuple[int, int]:
        """Layers and neurons a layer."""
        return next(iter(self.by_task.values())).shape[1:] if self.by_task else (0, 0)


@st.cache_resource(max_entries=3, show_spinner=False)
def neurons(fingerprint: str, backbone: str, recipe: str | None) -> Neurons:
    """Stored activated neurons of a map's prompts. Raises BadInput for models of different sizes."""
    table = tuned(fingerprint, backbone, recipe)
    stack = neuron_stack(tuple(table.prompt_id), data.catalogue())
    at = {name: place for place, name in enumerate(stack.prompts)}
    by_task, seeds = {}, {}
    for task, rows in table[table.prompt_id.isin(at)].groupby("task", sort=False):
        by_task[task] = stack.activation[[at[name] for name in rows.prompt_id]]
        seeds[task] = tuple(int(seed) for seed in rows.seed)
    return Neurons(tuple(by_task), by_task, seeds, stack.missing)


@st.cache_resource(max_entries=6, show_spinner=False)
def maskings(fingerprint: str, backbone: str) -> list[Masking]:
    """Stored dose-responses of a backbone, newest first; damaged ones are left out."""
    found = []
    for item in data.catalogue().artefacts("mask", backbone):
        try:
            stored = load_masking(item.id)
        except PtlibError:
            continue
        found += [replace(stored, origin=item.origin)] if stored is not None else []
    return found


def mask_spec(now: Context) -> MaskSpec | None:
    """The masking run that the current pair suggests: the target's own prompt beside the source's; None without both."""
    table = tuned(now.fingerprint, now.backbone, now.recipe)
    own, other = (table[table.task == task].set_index("seed").prompt_id for task in (now.target, now.source))
    shared = [seed for seed in own.index if seed in other.index]
    if not shared or now.source == now.target:
        return None
    return MaskSpec(now.backbone, own[shared[0]], now.target, (other[shared[0]],))
