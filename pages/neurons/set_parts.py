"""Neurons of many tasks: UpSet and barcode. Parts of the Neurons page."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.common import address, data, parts
from pages.common.analyses import Neurons
from pages.common.context import Context
from pages.neurons import set_charts
from pages.neurons import view as neuron_view
from ptlib.analysis import overlap

LEAST, MOST = 2, 8


def many(now: Context, found: Neurons) -> None:
    """Choose tasks; which neurons do all of them share, and what do the sets look like?"""
    tasks = _tasks(now, found)
    if len(tasks) < LEAST:
        st.caption(":red[Choose at least two tasks.]")
        return
    sets = np.stack([overlap.majority(overlap.active(found.by_task[task])) for task in tasks])
    names = {task: now.names.get(task, data.task_name(task)) for task in tasks}
    _upset(sets, tasks, names)
    _barcode(sets, [names[task] for task in tasks])
    st.caption("One set a task: the neurons that more than half of its seeds activate.")


def _tasks(now: Context, found: Neurons) -> list[str]:
    names = {task: data.task_name(task) for task in found.tasks}
    families = data.families_of(now.matrix)
    kin = [task for task in found.tasks if families.get(task) == families.get(now.target)]
    proposed = list(dict.fromkeys([*(t for t in (now.source, now.target) if t in names), *kin, *found.tasks]))[:5]
    if not st.session_state.get("tasks") and "tasks" not in st.query_params:
        st.session_state["tasks"] = proposed
    told = "Three to eight tasks make a picture that can be read."
    return address.several("Tasks", "tasks", names, help=told, max_selections=MOST)


def _upset(sets: np.ndarray, tasks: list[str], names: dict[str, str]) -> None:
    st.header("Which neurons are universal, and which private?", anchor=False)
    table = overlap.intersections(sets, tasks)
    told = neuron_view.upset_reading(table, len(tasks))
    st.markdown(told)
    rows = neuron_view.columns_of_sets(table, names)
    parts.chart(
        set_charts.upset_figure(rows, names, tasks, parts.colours()),
        "upset",
        told,
        rows.drop(columns="members"),
        caption=f"Every activated neuron counts once, in the column of exactly the tasks that activate it; the {set_charts.MOST} "
        "largest columns, with their number of neurons. Height: how many times as many they are as if the sets had nothing to "
        "do with each other (1×).",
    )


def _barcode(sets: np.ndarray, names: list[str]) -> None:
    st.header("What the sets of one layer look like", anchor=False)
    layers = {str(layer + 1): str(layer + 1) for layer in range(sets.shape[1])}
    layer = int(address.choice("Layer", "layer", layers, str(len(layers)))) - 1
    neurons = overlap.barcode(sets, layer)
    neurons = neurons[sets[:, layer][:, neurons].any(axis=0)]
    if not len(neurons):
        st.markdown("None of these tasks activates a neuron of this layer.")
        return
    share = sets[:, layer][:, neurons].mean(axis=0)
    told = (
        f"Of the {len(neurons)} neurons that tell these tasks apart best in layer {layer + 1}, all tasks activate "
        f"{int((share == 1).sum())}, and one task alone activates {int((share * len(names) < 1.5).sum())}."
    )
    table = pd.DataFrame(sets[:, layer][:, neurons].astype(int), pd.Index(names, name="task"), pd.Index(neurons, name="neuron"))
    parts.chart(
        set_charts.barcode_figure(sets, neurons, layer, names, parts.colours()),
        "barcode",
        told,
        table.stack().rename("activated").reset_index().assign(layer=layer + 1),
        caption=told,
    )
