"""One's own sentence under a projected prompt, answered live by the warm predictor. No model lives in this process."""

import time
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from pages.common import charts, data, launching, parts, words
from pages.models import store_parts
from pages.models.choice_parts import Choice
from pages.models.store_parts import Look
from pages.models.view import Slot
from ptlib.base.errors import PtlibError
from ptlib.projection.spec import carried_name
from ptlib.runs import ask
from ptlib.tasks.task import Task

LONGEST = 600
"""Characters of a text, as on the Pair page."""


def box(choice: Choice, look: Look, row: Slot, target: str, seed: int) -> None:
    """The box, or why this prompt cannot be asked."""
    st.markdown("**Try your own sentence under this prompt**")
    task = data.task_index().get(target)
    prompt = store_parts.prompts(choice.fingerprint, choice.wish.source).get((row.key[1], seed))
    if row.key[0] != "task" or task is None or prompt is None:
        st.caption("Only prompts of a source task can be asked; choose such a row.")
    elif seed not in look.has_projectors:
        st.caption(
            "Of this projection only the results are stored, not the projectors themselves (the demo keeps those of its default "
            "recipe). Run it here to ask it, or choose the default recipe on one task."
        )
    else:
        prompts = {"projected": carried_name(look.projection.spec, seed, prompt)}
        own = store_parts.prompts(choice.fingerprint, choice.wish.target).get((target, seed))
        _first_texts(choice, target)
        launching.with_predictor(_live)(choice.wish.target, task, prompts | ({"own": own} if own else {}))


def _first_texts(choice: Choice, target: str) -> None:
    """Start with an example of the target task; a new target brings a new one."""
    if st.session_state.get("models_text_task") != target:
        table = data.examples(choice.fingerprint, target)
        first = table.iloc[0] if len(table) else None
        st.session_state["models_text_task"] = target
        st.session_state["models_text_first"] = (str(first.text_a), str(first.text_b or "")) if first is not None else ("", "")
        st.session_state["models_text_a"], st.session_state["models_text_b"] = st.session_state["models_text_first"]


def _live(backbone: str, task: Task, prompts: Mapping[str, str]) -> None:
    left, right = st.columns([5, 4], gap="large")
    with left:
        text_a, text_b = _inputs(task)
    with right:
        try:
            began = time.perf_counter()
            answers = ask.ask(backbone, list(prompts.values()), task.id, text_a, text_b)
            took = time.perf_counter() - began
        except PtlibError as error:
            launching.refused(error, "models_ask_again")
            return
        shares = {
            key: dict(zip(task.labels, map(float, values), strict=True)) for key, values in zip(prompts, answers, strict=True)
        }
        best = [f"{charts.PROMPTS[key]} says {max(labels, key=labels.__getitem__)}" for key, labels in shares.items()]
        rows = [(key, name, value) for key, labels in shares.items() for name, value in labels.items()]
        told = words.literal(f"{' and '.join(best).capitalize()}. Answered in {took * 1000:.0f} ms.")
        table = pd.DataFrame(rows, columns=["prompt", "label", "probability"])
        parts.chart(charts.probability_figure(shares, parts.colours()), "models_probabilities", told, table, caption=told)


def _inputs(task: Task) -> tuple[str, str]:
    # Leaving the page drops what its fields held.
    for key, text in zip(("models_text_a", "models_text_b"), st.session_state["models_text_first"], strict=True):
        st.session_state.setdefault(key, text)
    text_a = st.text_input("Text", key="models_text_a", max_chars=LONGEST, live=True, help="The prompts answer while you type.")
    text_b = ""
    if "{text_b}" in task.t5_template or st.session_state.get("models_text_b"):
        text_b = st.text_input("Second text", key="models_text_b", max_chars=LONGEST, live=True)
    return text_a, text_b
