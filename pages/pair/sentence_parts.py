"""One's own sentence, answered live by both prompts through the warm predictor. The model never lives in this process."""

import time
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.common import data, parts
from pages.common.context import Context
from pages.pair import charts as pair_charts
from pages.pair import parts as pair_parts
from ptlib.base.errors import PtlibError
from ptlib.tasks.task import Task

try:
    from ptlib.runs import ask
except ImportError:  # the torch side is not in this checkout
    ask = None

LONGEST = 600
"""Characters of a text; the demo backbones read about a hundred tokens."""


def box(now: Context) -> None:
    """Heading, then the live part, which alone is run again while somebody types."""
    st.subheader("Try your own sentence", anchor=False)
    task, pairs = data.task_index().get(now.target), pair_parts.pair_prompts(now)
    if task is None or not pairs:
        st.markdown("Both prompts have to exist before they can answer. Run this cell in the Lab.")
        return
    if ask is None:
        st.markdown("The predictor is not part of this installation.")
        return
    own, reused = next(iter(pairs.values()))
    prompts = {"own": own} if now.source == now.target else {"own": own, "transfer": reused}
    _first_texts(now)
    waiting = not _ready()
    st.fragment(_live, run_every="1s" if waiting else None)(now, task, prompts, waiting)


def _first_texts(now: Context) -> None:
    """Start with an example of the target task; a new target brings a new one."""
    if st.session_state.get("own_text_task") != now.target:
        table = data.examples(now.fingerprint, now.target)
        first = table.iloc[0] if len(table) else None
        st.session_state["own_text_task"] = now.target
        st.session_state["own_text_first"] = (str(first.text_a), str(first.text_b or "")) if first is not None else ("", "")
        st.session_state["own_text_a"], st.session_state["own_text_b"] = st.session_state["own_text_first"]


def _ready() -> bool:
    """Wake the predictor; whether it answers already."""
    try:
        ask.ensure_running()
        return ask.status().ready
    except PtlibError:
        return True  # the live part says what is wrong


def _live(now: Context, task: Task, prompts: Mapping[str, str], waiting: bool) -> None:
    if waiting:
        _warm_up()
        return
    left, right = st.columns([5, 4], gap="large")
    with left:
        text_a, text_b = _inputs(task)
    with right:
        try:
            began = time.perf_counter()
            answers = ask.ask(now.backbone, list(prompts.values()), task.id, text_a, text_b)
            took = time.perf_counter() - began
        except PtlibError as error:
            st.warning(str(error), icon=":material/error:")
            st.button("Try again", icon=":material/refresh:", key="ask_again")
            return
        _show(task, dict(zip(prompts, answers, strict=True)), took)


def _warm_up() -> None:
    """Wait for the predictor. Fields come afterwards: one that a timer draws again before the browser knows it turns up empty."""
    if _ready():
        st.rerun()  # it answers now: drop the timer
    st.progress(0.0, "Warming up: the model is being loaded in a process of its own. A few seconds.")


def _inputs(task: Task) -> tuple[str, str]:
    # Leaving the page drops what its fields held.
    for key, text in zip(("own_text_a", "own_text_b"), st.session_state["own_text_first"], strict=True):
        st.session_state.setdefault(key, text)
    text_a = st.text_input("Text", key="own_text_a", max_chars=LONGEST, live=True, help="Both prompts answer while you type.")
    text_b = ""
    if "{text_b}" in task.t5_template or st.session_state.get("own_text_b"):
        text_b = st.text_input("Second text", key="own_text_b", max_chars=LONGEST, live=True)
    return text_a, text_b


def _show(task: Task, answers: Mapping[str, Sequence[float] | str], took: float) -> None:
    """Label probabilities as bars, generated answers as text."""
    speed = f"Answered in {took * 1000:.0f} ms."
    if not task.is_classification:
        for key, text in answers.items():
            st.markdown(f"**{pair_charts.PROMPTS[key].capitalize()}**: {text or '(nothing)'}")
        st.caption(speed)
        return
    shares = {key: dict(zip(task.labels, values, strict=True)) for key, values in answers.items()}
    best = {key: max(labels, key=labels.get) for key, labels in shares.items()}
    table = pd.DataFrame([{"prompt": k, "label": n, "probability": v} for k, labels in shares.items() for n, v in labels.items()])
    verdict = " and ".join(f"{pair_charts.PROMPTS[key]} says {label}" for key, label in best.items()).capitalize()
    figure = pair_charts.probability_figure(shares, parts.colours())
    parts.chart(figure, "probabilities", verdict, table, caption=f"{verdict}. {speed}")
