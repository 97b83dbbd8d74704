"""The Neurons page: its answer in words, and four views chosen in the address."""

import pandas as pd
import streamlit as st

from pages.common import address, analyses, context, data, launching, parts, pick_data, words
from pages.common.analyses import Neurons
from pages.common.context import Context
from pages.common.words import number, p_says
from pages.neurons import mask_parts, overlap_parts, set_parts
from pages.neurons import view as neuron_view
from ptlib.analysis.choosing import ranking
from ptlib.analysis.choosing.indicators import duel, spearman_by_target
from ptlib.analysis.specs import NeuronSpec
from ptlib.base.errors import BadInput

VIEWS = {"predict": "Does it predict transfer?", "where": "Where two tasks meet", "many": "Many tasks", "mask": "Masking"}


def page() -> None:
    """The chosen view, or the way to the first neurons."""
    now = context.current()
    if now is None:
        _without_map()
        return
    parts.damage_note(now.fingerprint)
    try:
        found = analyses.neurons(now.fingerprint, now.backbone, now.recipe)
    except BadInput as error:
        st.warning(words.literal(str(error)), icon=":material/report:")
        return
    if len(found.tasks) < 2:
        _none_yet(now, found)
        launching.watch()
        return
    _more(now, found)
    progress = st.container()
    _answer(now)
    view = address.choice("View", "question", VIEWS, bare=True)
    if view != "mask":  # there it stands below the button that starts it
        with progress:
            launching.watch()
    if view == "predict":
        overlap_parts.predicts(now)
    elif view == "where":
        overlap_parts.where(now, found)
    elif view == "many":
        set_parts.many(now, found)
    else:
        mask_parts.section(now)
    _rule(found)
    parts.share("neurons", question=VIEWS[view])


def _without_map() -> None:
    _, backbone, _ = analyses.here()
    if backbone is None:
        parts.no_results()
        return
    parts.to_the_lab(
        f"{data.backbone_name(backbone)} has prompts but no transfer results yet, so there is nothing that overlap could "
        "predict. Run a piece of the map first."
    )


def _spec(now: Context, prompts: tuple[str, ...]) -> NeuronSpec | None:
    try:
        return NeuronSpec(now.backbone, prompts)
    except BadInput:
        return None


def _none_yet(now: Context, found: Neurons) -> None:
    """No neurons, or those of one task alone: offer the run."""
    with st.container(border=True):
        st.header("No neurons have been read yet" if not found.tasks else "Neurons of one task only", anchor=False)
        st.markdown(
            f"{words.counted(len(found.missing), 'prompt')} of {data.backbone_name(now.backbone)} can be read: one pass of the "
            "frozen model for each, without any text. It goes to the queue and takes seconds on a demo backbone."
        )
        launching.button(_spec(now, found.missing), "Read the neurons", "read_neurons")


def _more(now: Context, found: Neurons) -> None:
    if found.missing:
        with st.container(horizontal=True, vertical_alignment="center"):
            told = f"{words.counted(len(found.missing), 'prompt')} tuned since have not been read."
            st.info(told, icon=":material/update:")
            launching.button(_spec(now, found.missing), "Read their neurons", "read_more", primary=False)


def _answer(now: Context) -> None:
    """Does overlap predict transfer better than embeddings and the flag? Does masking shared neurons hurt more?"""
    verdict, numbers = _predictions(now)
    summaries = {one.id: one.summary() for one in analyses.maskings(now.fingerprint, now.backbone)}
    found = neuron_view.masking_table(summaries)
    with st.container(border=True, gap="small"):
        st.markdown(verdict)
        st.markdown(neuron_view.masking_verdict(found))
        with st.expander("The numbers behind this", icon=":material/calculate:"):
            st.markdown(numbers)
            st.markdown(neuron_view.masking_reading(found))


def _predictions(now: Context) -> tuple[str, str]:
    """The verdict in words, and its statistics."""
    judged = pick_data.judged(now.fingerprint, now.backbone, now.recipe, now)
    rows = judged.set_index("key") if len(judged) else judged
    if "neurons" not in rows.index:
        return "**Whether shared neurons tell where a prompt works** cannot be said yet.", (
            "It takes three tasks with neurons and transfer results."
        )
    row = rows.loc["neurons"]
    first = (
        f"Overlap of activated neurons ranks the sources of a target with Spearman {number(row.per_target)} "
        f"({p_says(row.p_per_target)}, {int(row.n)} tasks)."
    )
    similar = pick_data.similarities(now.fingerprint, now.backbone, now.recipe, now)
    transfer = now.matrix.square(pick_data.UNIT)
    mine = spearman_by_target(similar["neurons"], transfer)
    flag = spearman_by_target(_flag(similar["neurons"], pick_data.families(now)), transfer)
    duels = {"the plain family flag": duel(mine, flag)}
    if "cosine_mean" in similar:
        duels["the cosine of mean tokens"] = duel(mine, spearman_by_target(similar["cosine_mean"], transfer))
    told = " ".join(pick_data.duel_reading("Overlap", name, found) for name, found in duels.items())
    return neuron_view.overlap_verdict(row.per_target, row.p_per_target, list(duels.values())), f"{first} {told}"


def _flag(like: pd.DataFrame, families: dict[str, str]) -> pd.DataFrame:
    """The family flag as a square table with the labels of `like`."""
    return pd.DataFrame(ranking.family_flag(tuple(like.index), families), index=like.index, columns=like.columns)


def _rule(found: Neurons) -> None:
    layers, width = found.shape
    st.caption(
        f"{neuron_view.RULE}: soft tokens and the layout without text, read at the label position (T5: the decoder's first "
        f"step). {layers} layers of {width:,} neurons. Overlap: |A ∩ B| / √(|A| |B|); chance: √(|A| |B|) / number of neurons."
    )
