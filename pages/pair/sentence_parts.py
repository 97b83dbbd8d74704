"""One's own sentence, answered live by both prompts through the warm predictor. The model never lives in this process."""

import time
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.common import charts, data, launching, parts, words
from pages.common.context import Context
from ptlib.base.errors import PtlibError
from ptlib.runs import ask
from ptlib.tasks.task import Task
from ptlib.transfer import flips

LONGEST = 600
"""Characters of a text; the demo backbones read about a hundred tokens."""


def box(now: Context) -> None:
    """Heading, then the live part, which alone is run again while somebody types."""
    st.subheader("Try your own sentence", anchor=False)
    task, pairs = data.task_index().get(now.target), flips.prompt_pairs(now.matrix, now.source, now.target)
    if task is None or not pairs:
        st.markdown("Both prompts have to exist before they can answer. Run this cell in the Lab.")
        return
    own, reused = next(iter(pairs.values()))
    prompts = {"own": own} if now.source == now.target else {"own": own, "transfer": reused}
    _first_texts(now)
    launching.with_predictor(_live)(now, task, prompts)


def _first_texts(now: Context) -> None:
    """Start with an example of the target task; a new target brings a new one."""
    if st.session_state.get("own_text_task") != now.target:
        table = data.examples(now.fingerprint, now.target)
        first = table.iloc[0] if len(table) else None
        st.session_state["own_text_task"] = now.target
        st.session_state["own_text_first"] = (str(first.text_a), str(first.text_b or "")) if first is not None else ("", "")
        st.session_state["own_text_a"], st.session_state["own_text_b"] = st.session_state["own_text_first"]


def _live(now: Context, task: Task, prompts: Mapping[str, str]) -> None:
    left, right = st.columns([5, 4], gap="large")
    with left:
        text_a, text_b = _inputs(task)
    with right:
        try:
            began = time.perf_counter()
            answers = ask.ask(now.backbone, list(prompts.values()), task.id, text_a, text_b)
            took = time.perf_counter() - began
        except PtlibError as error:
            launching.refused(error, "ask_again")
            return
        _show(task, dict(zip(prompts, answers, strict=True)), took)


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
            st.markdown(f"**{charts.PROMPTS[key].capitalize()}**: {words.literal(str(text)) or '(nothing)'}")
        st.caption(speed)
        return
    shares = {key: dict(zip(task.labels, map(float, values), strict=True)) for key, values in answers.items()}
    best = {key: max(labels, key=labels.__getitem__) for key, labels in shares.items()}
    table = pd.DataFrame([{"prompt": k, "label": n, "probability": v} for k, labels in shares.items() for n, v in labels.items()])
    verdict = " and ".join(f"{charts.PROMPTS[key]} says {label}" for key, label in best.items()).capitalize()
    figure = charts.probability_figure(shares, parts.colours())
    parts.chart(figure, "probabilities", verdict, table, caption=f"{words.literal(verdict)}. {speed}")
