"""Beside the picture of prompts: the chosen prompt and its nearest ones, in the original space."""

import hashlib
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from pages.common import address, analyses, context, data, parts, words
from pages.space import view
from ptlib.analysis.references import resolve, values_of
from ptlib.analysis.spaces import planes
from ptlib.analysis.specs import ClusterSpec
from ptlib.analysis.stored import Clusters
from ptlib.base.errors import PtlibError

CHOSEN = "prompt"
_TOUCHING = 1e-6
"""Distance below which two prompts are looked at more closely: they may be the same."""


def chosen(ends: pd.DataFrame) -> str:
    """The prompt whose neighbours are listed; part of the address by its shown name."""
    names = dict(zip(ends["prompt"], ends.label, strict=True))
    twice = ends.label.duplicated(keep=False)
    names |= {row.prompt: f"{row.label} ({row.prompt[:8]})" for row in ends[twice].itertuples()}
    now = context.current()
    own = ends[ends.task == now.source]["prompt"] if now is not None else []
    return address.select("Nearest to", CHOSEN, names, next(iter(own), None))


def neighbours(fingerprint: str, stored: Clusters, points: pd.DataFrame, chosen: str, *, short: bool) -> None:
    """The nearest prompts in the original space, and what the picture gets wrong about them; short: beside a selection."""
    names = points.drop_duplicates("prompt").set_index("prompt")
    found = view.neighbours(points, stored.neighbours, chosen)
    if found.empty:
        st.markdown("No neighbours are stored for this prompt.")
        return
    twins = same(fingerprint, stored.id).get(chosen)
    if twins:
        st.info(f"Identical to {twins}: the same values to the last digit.", icon=":material/content_copy:")
    labels = [str(names.label.get(name, "Hidden prompt")) for name in found.neighbour]
    flagged = [f"{label} · misplaced" if wrong else label for label, wrong in zip(labels, found.misplaced, strict=True)]
    table = pd.DataFrame({"distance": found.distance, "neighbour": flagged})
    tasks = [names.task.get(name, "") for name in found.neighbour]
    far = "“Misplaced”: near in the original space, far in the picture."
    columns = {
        "neighbour": st.column_config.TextColumn("Nearest prompts", help=far),
        "distance": st.column_config.NumberColumn("Distance", format="%.2f", width=68, help=_distance_words(stored.spec)),
    }
    alt, rows = f"Nearest prompts of {names.label[chosen]} in the original space", 5 if short else len(table)
    hear = partial(_open_pair, tasks, str(names.task[chosen]))
    parts.table(table, alt, "neighbours", hear, height=36 * (rows + 1), column_config=columns)
    if short:
        return
    only = [str(names.label.get(name, name)) for name in view.only_in_picture(points, stored.neighbours, chosen)]
    wrong = view.misplaced_reading(table.assign(neighbour=labels, misplaced=list(found.misplaced)), only)
    st.caption(f"In the original space, not in the picture. {wrong} Choose a row to open the pair.")


def _distance_words(spec: ClusterSpec) -> str:
    return "1 − cosine: 0 = same direction, 1 = unrelated." if spec.metric == "cosine" else "Euclidean distance."


def _open_pair(tasks: list[str], target: str, place: int) -> None:
    """Callback: the neighbour's prompt on the chosen prompt's task."""
    now = context.current()
    if now is not None and tasks[place] in now.matrix.sources and target in now.matrix.targets:
        parts.open_pair(tasks[place], target)


@st.cache_data(max_entries=8, show_spinner=False)
def same(fingerprint: str, spec_id: str) -> dict[str, str]:
    """Prompt -> shown names of the prompts with the very same values; only prompts that touch are compared."""
    stored = analyses.picture(fingerprint, spec_id)
    if stored is None:
        return {}
    near = stored.neighbours[stored.neighbours.distance < _TOUCHING]
    prints = {name: print_ for name in dict.fromkeys(near["prompt"]) if (print_ := _print(name)) is not None}
    ends = stored.points[~stored.points.earlier]
    labels = {
        row.prompt: data.task_name(row.task) if "#" in row.prompt else words.prompt(data.task_name(row.task), row.seed)
        for row in ends.itertuples()
    }
    return view.identical(prints, labels)


def _print(name: str) -> str | None:
    """Digest of a prompt's values; None when it cannot be read."""
    try:
        values = values_of(resolve(name, data.catalogue()), data.catalogue())
    except PtlibError:
        return None
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


@st.cache_data(max_entries=4, show_spinner=False)
def tokens(fingerprint: str, prompts: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[float, ...]]:
    """Every soft token of these prompts in a plane of their own: prompt, token, x, y; and the variance that the axes explain."""
    found = {name: values_of(resolve(name, data.catalogue()), data.catalogue()) for name in prompts}
    rows = np.concatenate(list(found.values())).astype(np.float64)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    places, explained = planes.pca(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0))
    table = pd.DataFrame(
        [(name, place) for name, values in found.items() for place in range(len(values))], columns=["prompt", "token"]
    )
    return table.assign(x=places[:, 0], y=places[:, 1]), explained
