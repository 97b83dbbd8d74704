"""Indicators of transfer: cached similarities and judgements (keys carry the fingerprint), and what they say in words."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.common import analyses, data
from pages.common.context import Context
from pages.common.words import SURE, known, number, p_says
from ptlib.analysis import overlap
from ptlib.analysis.choosing import picker
from ptlib.analysis.choosing.indicators import average, judge_all
from ptlib.analysis.choosing.picker import Donor, Pick
from ptlib.base.errors import PtlibError
from ptlib.tasks import names as task_names

NAMES = {
    "picker": "Family, answer words, mean tokens",
    "cosine_mean": "Cosine of mean tokens",
    "cosine_average": "Mean cosine of all tokens",
    "cosine_concat": "Cosine of all tokens in order",
    "euclidean_average": "Mean distance of all tokens",
    "euclidean_concat": "Distance of all tokens in order",
    "neurons": "Overlap of activated neurons",
    "family": "Same family",
    "chance": "Any source (chance)",
}
EMBEDDING = ("cosine_mean", "cosine_average", "cosine_concat", "euclidean_average", "euclidean_concat")
WARNED = ("cosine_concat", "euclidean_average", "euclidean_concat")
"""Near chance on five published backbones; never to be ranked by without a warning."""
KINDS = {"per_target": "Per target", "pooled": "All pairs", "per_source": "Per source"}
UNIT = "relative"
"""Transfer is judged in points of the paper's ratio, 100 x transfer / own, as the published evidence is."""


def families(now: Context) -> dict[str, str]:
    """Task -> family; tasks without one are absent, so that they are nobody's family."""
    return {task: family for task, family in data.families_of(now.matrix).items() if family != "own"}


@st.cache_data(max_entries=12, show_spinner=False)
def matrices(fingerprint: str, backbone: str, recipe: str | None, indicator: str) -> list[pd.DataFrame]:
    """One embedding indicator over tasks, one square table a seed; empty where prompts cannot be compared."""
    try:
        return picker.matrices_of(data.catalogue(), backbone, recipe, indicator)
    except PtlibError:
        return []


@st.cache_data(max_entries=6, show_spinner=False)
def neuron_overlap(
    fingerprint: str, backbone: str, recipe: str | None, first: int = 0, last: int | None = None
) -> pd.DataFrame | None:
    """Overlap of activated neurons of all tasks, averaged over seeds; None when none was read."""
    found = analyses.neurons(fingerprint, backbone, recipe)
    if len(found.tasks) < 2:
        return None
    tables = []
    for seed in sorted({seed for seeds in found.seeds.values() for seed in seeds}):
        here = {task: found.by_task[task][seeds.index(seed)] for task, seeds in found.seeds.items() if seed in seeds}
        if len(here) > 1:
            sets = overlap.active(np.stack(list(here.values())))
            tables.append(pd.DataFrame(overlap.matrix(sets, first=first, last=last)[0], index=list(here), columns=list(here)))
    return average(tables) if tables else None


@st.cache_data(max_entries=4, show_spinner=False)
def similarities(fingerprint: str, backbone: str, recipe: str | None, _now: Context) -> dict[str, pd.DataFrame]:
    """All indicators at hand, the picker's score first."""
    found: dict[str, pd.DataFrame] = {}
    sets, _ = prompt_sets(_now)
    if sets:
        answers = answer_words(_now)
        here = list(dict.fromkeys(name for table in matrices(fingerprint, backbone, recipe, picker.INDICATOR) for name in table))
        ranked = picker.consensus(sets)
        found["picker"] = picker.scores(ranked.reindex(index=here, columns=here).fillna(0.0), families(_now), answers or None)
    for name in EMBEDDING:
        tables = matrices(fingerprint, backbone, recipe, name)
        if tables:
            found[name] = average(tables)
    shared = neuron_overlap(fingerprint, backbone, recipe)
    return found if shared is None else found | {"neurons": shared}


def answer_words(now: Context) -> dict[str, tuple[str, ...]]:
    """Task -> the words that answer it on this backbone."""
    spec = data.backbone(now.backbone)
    tasks = data.task_index()
    known = {name: tasks[name].words.get(spec.family) for name in data.families_of(now.matrix) if spec and name in tasks}
    return {name: tuple(found) for name, found in known.items() if found}


def prompt_sets(now: Context) -> tuple[list[pd.DataFrame], int]:
    """Mean-token similarities of every seed of every backbone that has these tasks, and how many backbones that is."""
    mine = matrices(now.fingerprint, now.backbone, now.recipe, picker.INDICATOR)
    tasks, count = {name for table in mine for name in table.index}, int(bool(mine))
    found = list(mine)
    for other in data.backbones(now.fingerprint):
        if other == now.backbone:
            continue
        recipe = next(iter(data.recipes(now.fingerprint, other)), None)
        theirs = [t for t in matrices(now.fingerprint, other, recipe, picker.INDICATOR) if len(tasks & set(t.index)) > 2]
        found += [t.loc[[n for n in t.index if n in tasks], [n for n in t.index if n in tasks]] for t in theirs]
        count += bool(theirs)
    return found, count


@st.cache_data(max_entries=6, show_spinner="Judging the indicators on this map …")
def judged(fingerprint: str, backbone: str, recipe: str | None, _now: Context) -> pd.DataFrame:
    """All indicators on one scale, beside the family flag and chance."""
    found = similarities(fingerprint, backbone, recipe, _now)
    rows = judge_all(found, _now.matrix.square(UNIT), families(_now))
    return rows.assign(name=rows["key"].map(NAMES)) if len(rows) else rows


def suggestions(now: Context) -> Pick:
    """What the picker says about the current target. Raises BadInput when there is no source."""
    sets, count = prompt_sets(now)
    own = matrices(now.fingerprint, now.backbone, now.recipe, picker.INDICATOR)
    sources = list(dict.fromkeys(name for table in own for name in table.index))
    donors: list[Donor] = picker.general_donors([now.matrix.square(UNIT)], families(now), exclude=now.target)
    words = answer_words(now) or None
    return picker.pick(now.target, sets, families(now), words, sources=sources, donors=donors, n_backbones=max(count, 1))


def measured(now: Context) -> pd.DataFrame:
    """Transfer of every source to the target, in points: source, name, family, value, low, high; best first."""
    rows = []
    for source in now.matrix.sources:
        cell = now.matrix.get(source, now.target)
        if cell is None or source == now.target or task_names.is_reference(source) or cell.relative is None:
            continue
        family = data.families_of(now.matrix).get(source, "own")
        rows.append((source, now.names[source], family, cell.relative, cell.relative_low, cell.relative_high))
    table = pd.DataFrame(rows, columns=["source", "name", "family", "value", "low", "high"])
    return table.astype({"value": float, "low": float, "high": float}).sort_values("value", ascending=False, ignore_index=True)


def duel_reading(what: str, other: str, found: tuple[float, float, int] | None) -> str:
    """Whether one indicator predicts better than another, in words and numbers."""
    if found is None:
        return f"{what} cannot be compared with {other}: too few targets have both."
    difference, p, count = found
    sure = p < SURE
    verb = "neither clearly better nor worse than"
    if sure:
        verb = "better than" if difference > 0 else "worse than"
    gap = f"Spearman {'+' if difference >= 0 else ''}{number(difference)} on average over {count} targets, {p_says(p)}"
    return f"{what} predicts transfer {verb} {other} ({gap})."


def figure_reading(judged: pd.DataFrame, kind: str) -> str:
    """The judgement in one sentence, for the alternative text."""
    told = [f"{row['name']}: Spearman {number(row[kind])}, loss {loss(row['regret_1'])}" for _, row in judged.iterrows()]
    return "How well indicators rank sources. " + "; ".join(told)


def loss(value: float | None) -> str:
    """Regret in points of the table, `3.2 points`."""
    return f"{number(value, 1)} points" if known(value) else "–"
