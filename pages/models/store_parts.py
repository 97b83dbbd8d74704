"""Cached reading of stored projections for this page. Keys carry the catalogue's fingerprint."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.common import data
from pages.models import view
from pages.models.view import Grid, Part
from ptlib.base.errors import BadInput, PtlibError
from ptlib.projection import stored
from ptlib.projection.material import common_tasks, prompt_keys
from ptlib.projection.spec import ProjectSpec
from ptlib.projection.stored import Projection
from ptlib.tasks.task import MASKED_LM


@dataclass(frozen=True, slots=True)
class Look:
    """A stored projection and what is drawn of it."""

    projection: Projection
    parts: tuple[Part, ...]
    grid: Grid
    table: pd.DataFrame
    """The grid's cells by held-out seed."""
    names: dict[str, str]
    has_projectors: tuple[int, ...]
    """Held-out seeds whose projector itself is stored."""


@st.cache_resource(max_entries=8, show_spinner=False)
def specs(fingerprint: str, source: str, target: str) -> tuple[ProjectSpec, ...]:
    """All complete stored projections from one model to another."""
    return tuple(stored.listing(data.catalogue(), source, target))


@st.cache_resource(max_entries=8, show_spinner=False)
def pairs(fingerprint: str) -> tuple[tuple[str, str], ...]:
    """Source and target of every stored projection, the pair with most of them first."""
    found = [(spec.source, spec.target) for spec in stored.listing(data.catalogue())]
    return tuple(sorted(dict.fromkeys(found), key=lambda pair: -found.count(pair)))


@st.cache_data(max_entries=16, show_spinner=False)
def common(fingerprint: str, source: str, target: str) -> tuple[str, ...]:
    """Tasks that prompts can be carried for; empty where there is none, or where both models are the same."""
    spec = data.backbone(target)
    try:
        # any method without training has the same common tasks
        return common_tasks(ProjectSpec(source, target, "relative"), data.catalogue(), spec.family if spec else MASKED_LM)
    except BadInput:
        return ()


@st.cache_resource(max_entries=24, show_spinner=False)
def _look(fingerprint: str, spec_id: str, _spec: ProjectSpec) -> Look | None:
    catalogue = data.catalogue()
    projection = stored.load(_spec, catalogue)
    if projection is None:
        return None
    names = {name: data.task_name(name) for name in (*projection.matrix.targets, *projection.matrix.families)}
    grid = view.grid(projection.matrix, names)
    parts = tuple(view.parts_of(projection))
    cells = view.cells_table(projection, grid)
    return Look(projection, parts, grid, cells, names, tuple(stored.folds(_spec, catalogue, "projector")))


def look(fingerprint: str, spec: ProjectSpec) -> Look | None:
    """A stored projection, also a partly finished one; None when nothing of it is stored or it is damaged."""
    try:
        return _look(fingerprint, spec.id, spec)
    except PtlibError:
        return None


@st.cache_data(max_entries=8, show_spinner=False)
def own_map(fingerprint: str, target: str) -> pd.DataFrame | None:
    """Gain kept of the target's own prompts, sources x targets; None when it has no transfer map."""
    if target not in data.backbones(fingerprint):
        return None
    matrix = data.matrix(fingerprint, target, next(iter(data.recipes(fingerprint, target)), None))
    return matrix.square("gain_kept") if matrix.targets else None


@st.cache_data(max_entries=8, show_spinner=False)
def prompts(fingerprint: str, backbone: str) -> dict[tuple[str, int], str]:
    """(task, seed) -> id of the prompt that was tuned on it, main recipe."""
    return prompt_keys(data.catalogue(), backbone) if backbone in data.backbones(fingerprint) else {}
