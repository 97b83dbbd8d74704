"""One's own sentence under several prompts, answered live, kept, asked of all. The model never lives in this process."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from pages.common import charts, data, launching, parts, words
from pages.common.sentence import view
from pages.common.sentence.view import Answer
from ptlib.base.errors import PtlibError
from ptlib.models.words import spelled
from ptlib.runs import ask
from ptlib.tasks.task import Task

LONGEST, LONG = 600, 90
"""Characters of a text in a box, since the demo backbones read about a hundred tokens; of texts that get a high box."""
KEPT = 12
"""Sentences that are kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a box asks."""

    key: str
    """Begins the keys of its widgets."""
    backbone: str
    task: Task
    prompts: Mapping[str, str]
    """Kind, of `charts.PROMPTS` -> id."""
    everyone: Mapping[str, str] = field(default_factory=dict)
    """Shown name -> id of all prompts that can be asked at once."""


def box(asked: Asked, first: tuple[str, str]) -> None:
    """Text fields and answers. first: texts that a new task starts with."""
    key, task = asked.key, asked.task
    if st.session_state.get(f"{key}_text_task") != task.id:
        parts.fill_box(key, *first)
        st.session_state.update({f"{key}_text_task": task.id, f"{key}_text_first": first})
    launching.with_predictor(_box)(asked)


def _box(asked: Asked) -> None:
    left, right = parts.halves(5, 4)
    with left:
        texts = inputs(asked.key, asked.task)
        _unknown(asked, texts)
        share = _zeroed(asked)
    with right:
        try:
            began = time.perf_counter()
            answers = ask.ask(asked.backbone, list(asked.prompts.values()), asked.task.id, *texts, zeroed=share)
        except PtlibError as error:
            launching.refused(error, f"{asked.key}_ask_again")
            return
        speed = f"Answered in {(time.perf_counter() - began) * 1000:.0f} ms."
        _show(asked, dict(zip(asked.prompts, answers, strict=True)), speed)
    _keep(asked, texts, dict(zip(asked.prompts, answers, strict=True)), share)
    _everyone(asked, texts)


def inputs(key: str, task: Task) -> tuple[str, str]:
    """The text, and a second one where the task has two; a long one gets a box of several lines."""
    for side, text in zip("ab", st.session_state[f"{key}_text_first"], strict=True):
        st.session_state.setdefault(f"{key}_text_{side}", text)  # leaving the page drops what its fields held
    sides = ["a", "b"] if "{text_b}" in task.t5_template or st.session_state.get(f"{key}_text_b") else ["a"]
    high = max(len(text) for text in st.session_state[f"{key}_text_first"]) > LONG
    texts = [_field(key, side, high) for side in sides]
    return texts[0], texts[1] if len(texts) > 1 else ""


def _field(key: str, side: str, high: bool) -> str:
    label = "Text" if side == "a" else "Second text"
    more: dict[str, Any] = {"max_chars": LONGEST, "key": f"{key}_text_{side}"}
    if high:
        return str(st.text_area(label, height=104, help="The prompts answer with Ctrl + Enter.", **more) or "")
    help_ = "The prompts answer while you type." if side == "a" else None
    return str(st.text_input(label, live=True, help=help_, **more) or "")


def _unknown(asked: Asked, texts: tuple[str, str]) -> None:
    spec = data.backbone(asked.backbone)
    found = spelled(spec, " ".join(texts)) if spec else None
    told = view.unknown(found) if found else ""
    if told:
        st.caption(f":orange[{words.literal(told)}]")


def _zeroed(asked: Asked) -> float:
    """The share of shared neurons that is switched off for this answer; nothing where only one prompt is asked."""
    if set(asked.prompts) != {"own", "transfer"}:
        return 0.0
    told = (
        "Neurons that both prompts activate, the most active ones first, are set to zero at every position while this sentence "
        "is read. See Neurons, Masking, for what that does to the whole task."
    )
    return (
        st.slider("Switch off neurons that both prompts share", 0, 100, 0, 10, "%d %%", key=f"{asked.key}_zeroed", help=told)
        / 100
    )


def _show(asked: Asked, answers: Mapping[str, Answer], speed: str) -> None:
    """Label probabilities as bars, generated answers as text."""
    labels = asked.task.labels
    if not asked.task.is_classification:
        for kind, text in answers.items():
            st.markdown(f"**{charts.PROMPTS[kind].capitalize()}**: {words.literal(str(text)) or '(nothing)'}")
        st.caption(speed)
        return
    shares = {kind: dict(zip(labels, map(float, values), strict=True)) for kind, values in answers.items()}
    rows = [(kind, label, value) for kind, one in shares.items() for label, value in one.items()]
    table = pd.DataFrame(rows, columns=["prompt", "label", "probability"])
    verdict, figure = view.verdict(labels, answers), charts.probability_figure(shares, parts.colours())
    parts.chart(figure, f"{asked.key}_probabilities", verdict, table, caption=f"{words.literal(verdict)}. {speed}")


def _keep(asked: Asked, texts: tuple[str, str], answers: Mapping[str, Answer], share: float) -> None:
    """Sentences that the visitor kept, with what each prompt said."""
    kept = st.session_state.setdefault(f"{asked.key}_kept|{asked.task.id}", [])
    row = {"Text": " · ".join(filter(None, texts))} | {
        charts.PROMPTS[kind].capitalize(): view.said(asked.task.labels, found) for kind, found in answers.items()
    }
    row |= {"Switched off": words.percent(share)} if share else {}
    with st.container(horizontal=True):
        if st.button("Keep this sentence", key=f"{asked.key}_keep", icon=":material/bookmark_add:", type="tertiary"):
            kept[:] = [*(one for one in kept if one != row), row][-KEPT:]
        if kept and st.button("Forget all", key=f"{asked.key}_forget", icon=":material/delete_sweep:", type="tertiary"):
            kept.clear()
    if kept:
        wide = {"Text": st.column_config.TextColumn(width=300)}
        told = "Sentences that were kept, with what each prompt says"
        parts.table(pd.DataFrame(kept).fillna(""), told, row_height=parts.WRAPPED, column_config=wide)


def _everyone(asked: Asked, texts: tuple[str, str]) -> None:
    """All prompts on the same sentence, asked when wished."""
    if len(asked.everyone) < 2:
        return
    told = f"Ask all {len(asked.everyone)} prompts"
    if not st.toggle(told, key=f"{asked.key}_all", help="The prompts of all tasks, first seed, on this sentence and task."):
        return
    names, ids, answers = list(asked.everyone), list(asked.everyone.values()), []
    try:
        for start in range(0, len(ids), ask.MOST_ASKED):
            answers += ask.ask(asked.backbone, ids[start : start + ask.MOST_ASKED], asked.task.id, *texts)
    except PtlibError as error:
        launching.refused(error, f"{asked.key}_all_again")
        return
    found = view.table(asked.task.labels, dict(zip(names, answers, strict=True)))
    st.markdown(view.agreed(found))
    shown = {"prompt": "Prompt of", "answer": "Says"}
    bar = st.column_config.ProgressColumn("How sure", format="%.0f %%", min_value=0.0, max_value=100.0)
    parts.table(found, view.agreed(found), height=36 * (len(found) + 1), column_config={**shown, "percent": bar})
