"""Sets of prompts that may stand beside each other: of every backbone, and imported ones; their rows, vectors and pictures."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from pages.common import analyses, data, words
from pages.common.analyses import PromptSet
from ptlib.analysis import clusters
from ptlib.analysis.references import family_of, resolve, values_of
from ptlib.analysis.spaces import planes
from ptlib.analysis.spaces.together import Space
from ptlib.tasks import names as task_names


def every(fingerprint: str) -> dict[str, PromptSet]:
    """All sets of at least two prompts, by backbone or by the name of the import; the sidebar's backbone first."""
    _, here, _ = analyses.here()
    backbones = sorted(data.backbones(fingerprint), key=lambda name: name != here)
    found: dict[str, PromptSet] = {}
    for backbone in backbones:
        recipe = next(iter(data.recipes(fingerprint, backbone)), None)
        for one in analyses.prompt_sets(fingerprint, backbone, recipe):
            name = data.backbone_name(backbone) if one.key == analyses.TUNED else one.name
            found.setdefault(backbone if one.key == analyses.TUNED else one.key, replace(one, name=name))
    return {key: one for key, one in found.items() if len(one.prompts) > 1}


@st.cache_data(max_entries=16, show_spinner=False)
def _rows(fingerprint: str, prompts: tuple[str, ...], name: str) -> tuple[pd.DataFrame, np.ndarray]:
    """What is known of prompts, and their mean tokens [N, D]."""
    known, books = [], data.catalogue()
    refs = [resolve(prompt, books) for prompt in prompts]
    for ref in refs:
        task = data.task_name(ref.task)
        label = task if ref.folder else words.prompt(task, ref.seed)
        known.append((ref.id, label, ref.task, task, task_names.task_id(ref.task), family_of(ref.task), ref.seed))
    columns = ["prompt", "label", "task", "task_name", "common", "family", "seed"]
    table = pd.DataFrame(known, columns=columns).assign(score=np.nan, set=name, earlier=False)
    return table, clusters.represent([values_of(ref, books) for ref in refs], "mean", [ref.name for ref in refs])


def rows(fingerprint: str, one: PromptSet) -> pd.DataFrame:
    """prompt, label, task, task_name, common (the task by one name in all sets), family, seed, score, set, earlier.

    Raises BadInput: prompts of several shapes or with values that are not finite.
    """
    return _rows(fingerprint, one.prompts, one.name)[0]


def space(fingerprint: str, one: PromptSet, table: pd.DataFrame) -> Space:
    """The prompts of a set as vectors, in the order of `table`."""
    return Space(one.name, _rows(fingerprint, one.prompts, one.name)[1], tuple(table.common))


def apart(space_: Space) -> np.ndarray:
    """1 - cosine of all pairs, [N, N]. Raises BadInput for a prompt that is zero."""
    return clusters.dissimilarity(clusters.scaled(space_.vectors, "cosine", space_.tasks), "cosine")


Picture = tuple[pd.DataFrame, str, tuple[float, ...]]
"""Prompts with their places, the method, and what its axes explain."""


def pictures(fingerprint: str, sets: Sequence[PromptSet], tables: Sequence[pd.DataFrame]) -> list[Picture]:
    """Where the prompts of sets lie, by one method for all: stored UMAPs of most of their prompts, else a PCA on the spot."""
    stored = [_stored(fingerprint, one, table) for one, table in zip(sets, tables, strict=True)]
    found: list[Picture] = [(points, "umap", ()) for points in stored if points is not None]
    if len(found) == len(sets):
        return found
    return [_pca(fingerprint, one, table) for one, table in zip(sets, tables, strict=True)]


def _stored(fingerprint: str, one: PromptSet, table: pd.DataFrame) -> pd.DataFrame | None:
    """The prompts that the best stored UMAP holds, if these are most; those that were tuned since are left out."""
    for spec in sorted(analyses.fitting(fingerprint, one, "umap", 2, "mean"), key=lambda spec: not spec.trails):
        stored = analyses.picture(fingerprint, spec.id)
        if stored is not None:
            ends = stored.points[~stored.points.earlier].set_index("prompt")[["x", "y"]]
            points = table.join(ends, on="prompt", how="inner").reset_index(drop=True)
            if 2 * len(points) > len(table):
                return points
    return None


def _pca(fingerprint: str, one: PromptSet, table: pd.DataFrame) -> Picture:
    vectors = _rows(fingerprint, one.prompts, one.name)[1]
    places, explained = planes.pca(clusters.scaled(vectors, "cosine", list(table["prompt"])))
    return table.assign(x=places[:, 0], y=places[:, 1]), "pca", explained
