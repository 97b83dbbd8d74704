"""What the frozen model predicts with one prompt and no text, asked of the warm predictor. Part of the Prompts page."""

import streamlit as st

from pages.common import parts, words
from pages.common.context import Context
from pages.pair import charts as pair_charts
from pages.prompts import alone_view
from ptlib.analysis.alone import Alone
from ptlib.base.errors import PtlibError
from ptlib.runs import ask


@st.cache_data(max_entries=64, show_spinner="The model reads the prompt …")
def _asked(fingerprint: str, backbone: str, prompt_id: str) -> Alone:
    return ask.alone(backbone, prompt_id)


def section(now: Context, prompt_id: str) -> None:
    """Heading, then the part that alone is run again while the model is being loaded."""
    st.subheader("What the model predicts with this prompt alone", anchor=False)
    waiting = not _ready()
    st.fragment(_live, run_every="1s" if waiting else None)(now, prompt_id, waiting)


def _ready() -> bool:
    """Wake the predictor; whether it answers already."""
    try:
        ask.ensure_running()
        return ask.status().ready
    except PtlibError:
        return True  # the live part says what is wrong


def _live(now: Context, prompt_id: str, waiting: bool) -> None:
    try:
        if waiting and not ask.status().ready:
            st.progress(0.0, "Warming up: the model is being loaded in a process of its own. A few seconds.")
            return
        found = _asked(now.fingerprint, now.backbone, prompt_id)
    except PtlibError as error:
        st.warning(str(error), icon=":material/error:")
        st.button("Try again", icon=":material/refresh:", key="alone_again")
        return
    if waiting:
        st.rerun()  # it answers now: drop the timer
    _show(found)


def _show(found: Alone) -> None:
    told = alone_view.reading(found)
    st.markdown(words.literal(told))
    st.markdown(alone_view.MEANING)
    left, right = st.columns([6, 5], gap="large")
    with left:
        parts.chart(
            alone_view.word_figure(found, parts.colours()),
            "alone_words",
            told,
            alone_view.word_table(found),
            caption=f"Softmax over all entries of the vocabulary at the {found.position}; the input is the soft prompt and the "
            f"layout without text. Bold: the task's label words. {found.no_untrained or _start(found)}",
        )
    with right:
        _answers(found)


def _start(found: Alone) -> str:
    return f"Untrained: what the tuning with seed {found.seed} started from."


def _answers(found: Alone) -> None:
    if not found.answers:
        st.markdown("This prompt's task has no label words: it is answered in free text, or is not known here.")
        return
    told = alone_view.lean_reading(found.answers)
    parts.chart(
        pair_charts.probability_figure(alone_view.shares(found), parts.colours()),
        "alone_labels",
        told,
        alone_view.answer_table(found),
        caption=f"{told} Bars: softmax over the label words alone, as answers are read.",
    )
