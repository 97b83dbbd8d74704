"""One's own sentence, answered live by both prompts through the warm predictor. The model never lives in this process."""

from collections.abc import Mapping

import streamlit as st

from pages.common import data, pairparts
from pages.common.context import Context
from ptlib.errors import PtlibError
from ptlib.tasks import Task


def box(now: Context) -> None:
    """Heading, then the live part."""
    st.subheader("Try your own sentence", anchor=False)
    task, pairs = data.task_index().get(now.target), pairparts.pair_prompts(now)
    if task is None or not pairs:
        st.markdown("Both prompts have to exist before they can answer. Run this cell in the Lab.")
        return
    own, reused = next(iter(pairs.values()))
    prompts = {"own": own, "transfer": reused} if now.source != now.target else {"own": own}
    try:
        state = _wake(now.backbone)
    except ImportError:
        st.caption("not yet")
        return
    live = st.fragment(_live, run_every="1s" if state == "starting" else None)
    live(now, task, prompts, state)


def _wake(backbone: str) -> str:
    from ptlib import ask

    try:
        ask.ensure_running()
        return ask.status(backbone)
    except PtlibError as error:
        return str(error)


def _live(now: Context, task: Task, prompts: Mapping[str, str], before: str) -> None:
    raise NotImplementedError
