"""One prompt looked into: words its soft tokens are near to, and what the model says to it alone. Part of the Prompts page."""

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.common import address, analyses, data, parts, words
from pages.common.context import Context
from pages.prompts import alone_parts, token_charts
from ptlib.analysis import vocabulary
from ptlib.analysis.vocabulary import Vocabulary
from ptlib.base.errors import PtlibError


@st.cache_resource(max_entries=1, show_spinner="Reading the vocabulary …")
def _vocabulary(folder: str, changed: int) -> Vocabulary | None:
    return vocabulary.read(Path(folder))


@st.cache_data(max_entries=16, show_spinner=False)
def _nearest(prompt_id: str, folder: str, changed: int) -> pd.DataFrame:
    words = _vocabulary(folder, changed)
    assert words is not None, "asked for the neighbours in a vocabulary that is not there"
    return vocabulary.nearest(data.catalogue().values(prompt_id), words)


def section(now: Context) -> None:
    """The chosen prompt: its soft tokens, one row each, then what the model predicts with it and no text."""
    prompt_id = _prompt(now)
    if prompt_id is None:
        st.markdown("No prompt was tuned with these settings yet. Tune one in the Lab.")
        return
    _tokens(now, prompt_id)
    alone_parts.section(now, prompt_id)


def _tokens(now: Context, prompt_id: str) -> None:
    st.header("What a soft token is near to", anchor=False)
    spec = data.backbone(now.backbone)
    folder = vocabulary.folder_of(spec) if spec else None
    changed = (folder / "model.safetensors").stat().st_mtime_ns if folder else 0
    found = _vocabulary(str(folder), changed) if folder else None
    if found is None:
        st.info(
            "The vocabulary of this backbone is not on this disk in a form that can be read without loading the model "
            "(model.safetensors and tokenizer.json). Any run with it in the Lab fetches them.",
            icon=":material/info:",
        )
        return
    try:
        values = data.catalogue().values(prompt_id)
        if values.shape[1] != found.table.shape[1]:
            st.warning("This prompt is of another width than the backbone's vocabulary.", icon=":material/report:")
            return
        table = _nearest(prompt_id, str(folder), changed)
    except PtlibError as error:
        st.warning(words.literal(str(error)), icon=":material/report:")
        return
    _show(table, found)


def _prompt(now: Context) -> str | None:
    """One tuned prompt of the map, the source of the sidebar first; None when there is none."""
    table = analyses.tuned(now.fingerprint, now.backbone, now.recipe)
    first = next(iter(table[table.task == now.source].prompt_id), None)
    return None if table.empty else address.select("Prompt", "prompt", data.prompt_names(table), first)


def _show(table: pd.DataFrame, found: Vocabulary) -> None:
    told = vocabulary.reading(table, found)
    st.markdown(told)
    st.warning(
        "Near is not meaning. A soft token may do its work in directions that no word has; reading the nearest words as a hidden "
        "instruction has misled people. Take them as a hint only where the distance is as small as between related words.",
        icon=":material/warning:",
    )
    left, right = parts.halves(5, 6)
    with left:
        parts.chart(
            token_charts.token_figure(table, found, parts.colours()),
            "tokens",
            told,
            table,
            caption="Bands: 5 to 95 % of the vocabulary's words, dotted: the middle. Distance: 1 − cosine to the nearest "
            "entry of the vocabulary, whole words and pieces of words.",
        )
    with right:
        number = st.column_config.NumberColumn
        columns = {
            "token": number("Soft token", width=90),
            "norm": number("Norm", format="%.2f", width=70, help="Length of the soft token's vector."),
            "distance": number("Distance", format="%.2f", width=80, help="1 − cosine to the nearest word."),
            "words": st.column_config.TextColumn("Nearest words (distance)", width=280),
        }
        parts.table(table, told, height=420, column_config=columns, row_height=parts.WRAPPED)
