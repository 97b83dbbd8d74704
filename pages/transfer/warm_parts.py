"""Transfer as initialisation: a sentence on the Pair page and a section of the Transfer map page."""

import pandas as pd
import streamlit as st

from pages.common import data, frame, parts, plans, words
from pages.common.charts import Condition
from pages.common.context import Context
from pages.transfer import warm_charts, warm_view
from ptlib.prompts.start import PROMPT, Start
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer import warm

LAB_SWITCH = "lab_warm_"
"""Key of the Lab's switch that also tunes on from the source's prompt."""


@st.cache_data(max_entries=8, show_spinner=False)
def comparisons(fingerprint: str, backbone: str, recipe: str | None) -> pd.DataFrame:
    """One row a warm run, as `ptlib.transfer.warm` compares it with its own-start twin."""
    return warm.comparisons(data.catalogue(), backbone, recipe)


def prompts(now: Context) -> pd.DataFrame:
    """Prompts of the target that were started from the source's prompt."""
    table = data.prompts(now.fingerprint, now.backbone)
    cell = now.matrix.get(now.source, now.source) or now.cell
    starts = {str(Start(PROMPT, run)) for run in cell.run_ids} if cell else set()
    return table[(table.task == now.target) & table.init.isin(starts)] if len(table) else table


def conditions(now: Context) -> list[Condition]:
    """The score after tuning on from the source's prompt, when such runs exist."""
    table = data.warm_scores(now.fingerprint, now.backbone)
    table = table[(table.target == now.target) & (table.source == now.source)] if now.source != now.target else table.iloc[:0]
    if table.empty:
        return []
    basis = f"{words.counted(int(table.n.iloc[0]), 'example')}, {words.counted(len(table), 'seed')}; no interval"
    return [Condition("warm", "Reused, then tuned on", float(table.score.mean()), None, None, basis)]


def beside_pair(now: Context) -> None:
    """How many steps the start from the source's prompt saved; else how to find out."""
    if not _may_start(now):
        return
    source, target = (words.literal(now.names[name]) for name in (now.source, now.target))
    if prompts(now).empty:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"No prompt of {target} was started from {words.owner(source)} prompt yet: what that saves is unknown.",
                width="stretch",
            )
            _lab_button("pair_warm_run")
        return
    found = comparisons(now.fingerprint, now.backbone, now.recipe)
    rows = found[(found.source == now.source) & (found.target == now.target)]
    if rows.empty:
        st.caption(
            f"{target} was tuned on from {words.owner(source)} prompt, but there is no own start with the same seed and "
            "settings, or no learning curve, to count its steps against."
        )
        return
    st.markdown(warm_view.pair_reading(rows, source, target), help=warm_view.DEFINITION)


def section(now: Context) -> None:
    """Steps that a start from another prompt needs, over all targets."""
    box = parts.drawer("Starting from another prompt", ":material/start:", "warm_open")
    if box is None:
        return
    with box:
        found = comparisons(now.fingerprint, now.backbone, now.recipe)
        if found.empty:
            _empty(now)
            return
        told = warm_view.summary_reading(warm.summary(found))
        table = warm_view.by_target(found, {task: data.task_name(task) for task in {*found.source, *found.target}})
        st.markdown(told)
        parts.chart(
            warm_charts.steps_figure(table, parts.colours()),
            "warm_steps",
            f"Steps to the converged score of an own start. {told}",
            table,
            file=f"starting from another prompt {now.backbone}".replace("/", " "),
            caption=f"Marks: means over seeds; no mark: not run. {warm_view.DEFINITION}",
        )


def _empty(now: Context) -> None:
    """Nothing was started from another prompt yet: what the section would show, and how to get it."""
    st.markdown(
        f"With these settings no prompt of {data.backbone_name(now.backbone)} was started from another task's prompt yet, so how "
        "many steps that saves is unknown. Tune a task on from a related one, and from a stranger to compare."
    )
    if not _may_start(now):
        st.caption("Choose two different tasks as source and target to start one here.")
        return
    _lab_button("map_warm_run")
    st.caption("Or in a terminal, for the chosen cell:")
    st.code(
        f"python -m ptlib transfer {now.backbone} {now.source} --targets {now.target} --warm-start",
        language=None,
        wrap_lines=True,
    )


def _may_start(now: Context) -> bool:
    return now.source != now.target and now.source not in REFERENCE_ROWS


def _lab_button(key: str) -> None:
    st.button(
        "Try it in the Lab",
        key=key,
        icon=":material/science:",
        type="tertiary",
        on_click=start_run,
        help="Opens the Lab with the chosen cell filled in and the switch for tuning on from the source turned on.",
    )


def start_run() -> None:
    """Callback: open the Lab with the current cell, to be tuned on from the source's prompt, too."""
    for other in ("lab_copy", "lab_own"):
        st.session_state.pop(other, None)
    st.session_state["preset"], st.session_state[LAB_SWITCH] = plans.ONE_CELL, True
    frame.go("lab")
