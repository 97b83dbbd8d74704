"""What the frozen model predicts with one prompt and no text, asked of the warm predictor. Part of the Prompts page."""

import streamlit as st

from pages.common import charts, launching, parts, words
from pages.common.context import Context
from pages.prompts import alone_charts, alone_view
from ptlib.analysis.alone import Alone
from ptlib.base.errors import PtlibError
from ptlib.runs import ask


@st.cache_data(max_entries=64, show_spinner="The model reads the prompt …")
def _asked(fingerprint: str, backbone: str, prompt_id: str) -> Alone:
    return ask.alone(backbone, prompt_id)


def section(now: Context, prompt_id: str) -> None:
    """Heading, then the part that alone is run again while the model is being loaded."""
    st.header("What the model predicts with this prompt alone", anchor=False)
    launching.with_predictor(_live)(now, prompt_id)


def _live(now: Context, prompt_id: str) -> None:
    try:
        found = _asked(now.fingerprint, now.backbone, prompt_id)
    except PtlibError as error:
        launching.refused(error, "alone_again")
        return
    _show(found)


def _show(found: Alone) -> None:
    told = alone_view.reading(found)
    st.markdown(words.literal(told))
    st.markdown(alone_view.MEANING)
    untrained = found.no_untrained or f"Untrained: what the tuning with seed {found.seed} started from."
    left, right = parts.halves(6, 5)
    with left:
        parts.chart(
            alone_charts.word_figure(found, parts.colours()),
            "alone_words",
            told,
            alone_view.word_table(found),
            caption=f"Softmax over all entries of the vocabulary at the {found.position}; the input is the soft prompt and the "
            f"layout without text. Bold: the task's label words. {untrained}",
        )
    with right:
        _answers(found)


def _answers(found: Alone) -> None:
    if not found.answers:
        st.markdown("This prompt's task has no label words: it is answered in free text, or is not known here.")
        return
    told = alone_view.lean_reading(found.answers)
    parts.chart(
        charts.probability_figure(alone_view.shares(found), parts.colours()),
        "alone_labels",
        told,
        alone_view.answer_table(found),
        caption=f"{told} Bars: softmax over the label words alone, as answers are read.",
    )
