"""Cached reading of results for the pages. Keys carry the catalogue's fingerprint, so a new result is seen at once."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pandas as pd
import streamlit as st

from pages.common import words
from pages.common.words import REFERENCE_NAMES
from ptlib.base import listed, paths
from ptlib.base.errors import BadInput, Damaged, PtlibError
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings
from ptlib.results.catalogue import Catalogue, DamagedItem
from ptlib.tasks.names import COMMONEST
from ptlib.tasks.own.stored import tasks_dir
from ptlib.tasks.registry import all_tasks
from ptlib.tasks.task import Task
from ptlib.transfer.comparing import whose
from ptlib.transfer.matrix import TransferMatrix, build_matrix


def catalogue() -> Catalogue:
    """The union of the demo and the user's own results, as it is now."""
    return Catalogue()


def task_index() -> Mapping[str, Task]:
    """Every registered task by id, own tasks included."""
    try:
        mark = tasks_dir().stat().st_mtime_ns
    except OSError:
        mark = 0
    return _task_index(mark)


@st.cache_resource(max_entries=2, show_spinner=False)
def _task_index(own_tasks_changed: int) -> Mapping[str, Task]:
    return MappingProxyType({task.id: task for task in all_tasks()})


def task_name(task_id: str) -> str:
    """Shown name of a task or a reference row."""
    return _task_names([task_id])[task_id]


def _task_names(ids: Iterable[str]) -> dict[str, str]:
    """The same of many: whether own tasks changed is looked up once."""
    index = task_index()
    return {id: REFERENCE_NAMES.get(id) or (index[id].name if id in index else id) for id in ids}


@st.cache_data(max_entries=2, show_spinner=False)
def shortcut_scores() -> Mapping[str, Mapping[str, float]]:
    """Embedded tasks: what can be had without understanding, as measured when the examples were made, by its name."""
    try:
        path = paths.demo_dir() / "tasks" / "facts.json"
        listed.check(paths.demo_dir(), path)
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, Damaged):
        return {}


def floor(task_id: str) -> tuple[str, float] | None:
    """What a score on a task has to beat, with its name: chance, or guessing among a passage's answers of the right type."""
    task = task_index().get(task_id)
    if task is not None and task.chance is not None:
        return "chance", task.chance
    guess = shortcut_scores().get(task_id, {}).get("guess")
    return None if guess is None else ("guess", guess)


def names_of(matrix: TransferMatrix) -> dict[str, str]:
    """Shown names of all rows and columns."""
    return _task_names((*matrix.sources, *matrix.targets, COMMONEST))


def families_of(matrix: TransferMatrix) -> dict[str, str]:
    """Family of every task in a map."""
    index = task_index()
    return {name: index[name].family if name in index else "own" for name in (*matrix.sources, *matrix.targets)}


def backbone(backbone_id: str) -> BackboneSpec | None:
    """Description of a backbone; None when its weights are not here."""
    folder = paths.demo_dir() / "backbones"
    return _backbone(backbone_id, str(folder), folder.stat().st_mtime_ns if folder.is_dir() else 0)


@st.cache_data(max_entries=32, show_spinner=False)
def _backbone(backbone_id: str, folder: str, changed: int) -> BackboneSpec | None:
    try:
        return get_backbone(backbone_id)
    except BadInput:
        return None


def backbone_name(backbone_id: str) -> str:
    """Shown name of a backbone."""
    spec = backbone(backbone_id)
    return spec.name if spec else backbone_id


@st.cache_data(max_entries=8, show_spinner=False)
def backbones(fingerprint: str) -> list[str]:
    """Backbones that have any result."""
    return list(catalogue().backbones())


@st.cache_data(max_entries=8, show_spinner=False)
def recipes(fingerprint: str, backbone_id: str) -> dict[str, TuneSettings]:
    """Settings by recipe id for a backbone; the one that most results have comes first."""
    found, books = dict(catalogue().recipes(backbone_id)), catalogue()
    try:
        main = books.main_recipe(backbone_id)
    except BadInput:
        return found
    return {name: found[name] for name in sorted(found, key=lambda name: name != main)}


@st.cache_data(max_entries=4, show_spinner=False)
def damaged(fingerprint: str) -> list[DamagedItem]:
    """Artefacts that fail their checksum; none of them is used."""
    return catalogue().damaged()


@st.cache_data(max_entries=8, show_spinner=False)
def warm_scores(fingerprint: str, backbone_id: str) -> pd.DataFrame:
    """Scores of prompts that were tuned on from another prompt."""
    return catalogue().warm_scores(backbone_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def matrix(fingerprint: str, backbone_id: str, recipe: str | None, of: str = whose.ALL) -> TransferMatrix:
    """The transfer map of one backbone and recipe (frozen, so sessions may share it). of: whose results count."""
    return build_matrix(catalogue(), backbone_id, recipe, whose=of)


def choices(fingerprint: str, backbone_id: str, recipe: str | None) -> dict[str, str]:
    """Whose results a map may rest on, as shown; what it showed before any own run comes first. Empty without own results."""
    rows = scores(fingerprint, backbone_id, recipe)
    own, demo = rows[rows.origin == "own"], (rows.origin == "demo").any()
    if own.empty:
        return {}
    named = {whose.DEMO: "The demo's seeds"} if demo else {}
    named |= {whose.ALL: "All together", whose.MINE: "Mine"}
    named |= {f"{whose.SEED}:{seed}": f"Seed {seed}" for seed in sorted(set(rows.seed))}
    return named | {f"{whose.RUN}:{run}": f"Run {run}" for run in dict.fromkeys(own.run_id.dropna())}


@st.cache_data(max_entries=8, show_spinner=False)
def scores(fingerprint: str, backbone_id: str, recipe: str | None) -> pd.DataFrame:
    """One row a prompt, target and seed."""
    return catalogue().scores(backbone_id, recipe)


@st.cache_data(max_entries=8, show_spinner=False)
def prompts(fingerprint: str, backbone_id: str) -> pd.DataFrame:
    """All tuned prompts of a backbone, warm-started ones included."""
    return catalogue().prompts(backbone_id)


def prompt_names(prompts: pd.DataFrame) -> dict[str, str]:
    """Shown names of tuned prompts by id."""
    return {row.prompt_id: words.prompt(task_name(row.task), row.seed) for row in prompts.itertuples()}


@st.cache_data(max_entries=64, show_spinner=False)
def predictions(fingerprint: str, prompt_id: str, target: str) -> pd.DataFrame | None:
    """Predictions per example, None when there are none."""
    return catalogue().predictions(prompt_id, target)


@st.cache_data(max_entries=64, show_spinner=False)
def curve(fingerprint: str, prompt_id: str) -> pd.DataFrame:
    """Learning curve of one prompt."""
    return catalogue().curve(prompt_id)


@st.cache_data(max_entries=16, show_spinner=False)
def examples(fingerprint: str, task_id: str) -> pd.DataFrame:
    """The evaluation examples of a task; empty when they cannot be had here (offline)."""
    try:
        return catalogue().examples(task_id)
    except PtlibError:
        return pd.DataFrame(columns=["id", "text_a", "text_b", "label", "targets"])


def first_texts(fingerprint: str, task_id: str) -> tuple[str, str]:
    """The texts of a task's first evaluation example; empty when there is none."""
    rows = examples(fingerprint, task_id).head(1)
    return next(((str(row.text_a), str(row.text_b or "")) for row in rows.itertuples()), ("", ""))
