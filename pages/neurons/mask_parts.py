"""Is the overlap causal? Stored dose-responses of masking, and the way to measure one. Part of the Neurons page."""

import pandas as pd
import streamlit as st

from pages.common import address, analyses, data, frame, launching, parts, words
from pages.common.context import Context
from pages.neurons import set_charts
from pages.neurons import view as neuron_view
from ptlib.analysis.stored import Masking


def section(now: Context) -> None:
    """Choose a stored curve; see what zeroing neurons costs; queue the pair of the sidebar."""
    st.header("What does zeroing these neurons cost?", anchor=False)
    stored = analyses.maskings(now.fingerprint, now.backbone)
    if stored:
        _curve(now, _chosen(now, stored))
    else:
        st.markdown("No masking was measured on this backbone yet.")
    _measure(now, {one.id for one in stored})


def _chosen(now: Context, stored: list[Masking]) -> Masking:
    prompts, names = data.prompt_names(data.prompts(now.fingerprint, now.backbone)), {}
    for one in stored:
        beside = words.listing(prompts.get(other, other) for other in one.spec.others)
        told = f"{prompts.get(one.spec.prompt, one.spec.prompt)} on {data.task_name(one.spec.task)}"
        names[one.id] = f"{told}, beside {beside}" if beside else told
    if len(set(names.values())) < len(names):
        names = {key: f"{name} ({key})" for key, name in names.items()}
    pair = analyses.mask_spec(now)
    same = pair is not None and any(one.id == pair.id for one in stored)
    first = pair.id if pair and same else max(stored, key=lambda one: neuron_view.effect(one.summary())).id
    key = address.select("Which measurement", "curve", names, first)
    return next(one for one in stored if one.id == key)


def _curve(now: Context, one: Masking) -> None:
    summary, prompts = one.summary(), data.prompt_names(data.prompts(now.fingerprint, now.backbone))
    task = data.task_index().get(one.spec.task)
    ratios = sorted(set(summary.ratio))
    ratio = st.select_slider("Share of each set that is zeroed", ratios, ratios[-1], format_func=words.percent, key="dose_share")
    told = neuron_view.dose_verdict(summary, one.unmasked, ratio, prompts)
    st.markdown(told)
    examples, phone = int(one.doses.n.iloc[0]), frame.screen() == "phone"
    chance = task.chance if task else None
    parts.chart(
        set_charts.dose_figure(summary, one.unmasked, parts.colours(), prompts, chance, at=ratio, below=phone),
        "dose",
        told,
        neuron_view.doses(summary, one.unmasked),
        units={"loss": words.UNITS["more"]},
        caption="The most active neurons of a set are zeroed first, at every position. Random ones are matched in number per "
        f"layer, {one.spec.draws} draws. {words.counted(examples, 'example')}, one prompt. Dotted: unmasked.",
    )
    _table(summary, prompts, f"At {words.percent(ratio)}: {neuron_view.dose_reading(summary, ratio)} Stored as `{one.id}`.")


def _table(summary: pd.DataFrame, prompts: dict[str, str], told: str) -> None:
    table = pd.DataFrame(
        {
            "Zeroed set": [neuron_view.CONDITIONS.get(name, name) for name in summary.condition],
            "Beside": [prompts.get(name, name) for name in summary.other],
            "Share": summary.ratio * 100,
            "Neurons": summary.neurons,
            "Loss": summary.loss * 100,
            "Random": summary.random_loss * 100,
            "More": summary.more * 100,
            "p": [words.p_text(value) for value in summary.p],
            "p, corrected": [words.p_text(value) for value in summary.p_corrected],
        }
    )
    number = st.column_config.NumberColumn
    columns = {
        "Share": number(format="%.0f %%", help="Of the set, the most active neurons first."),
        "Loss": number(format="%.1f", help="Points of score lost."),
        "Random": number("As many random", format="%.1f", help="Mean loss of random sets of the same size per layer."),
        "More": number(format="%+.1f", help="Loss minus the random sets' loss."),
        "p": st.column_config.TextColumn("p", help="Share of random draws that hurt as much; never 0."),
        "p, corrected": st.column_config.TextColumn(help="For as many tests as this table has rows (Holm)."),
    }
    with st.expander("All doses as a table", icon=":material/table_rows:"):
        parts.table(table, "Loss of every dose beside as many random neurons", column_config=columns)
        st.caption(told)


def _measure(now: Context, stored: set[str]) -> None:
    spec = analyses.mask_spec(now)
    source, target = now.names[now.source], now.names[now.target]
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        if spec is None:
            st.markdown(
                "Source and target are the same task: choose another source to see what they share."
                if now.source == now.target
                else f"{source} and {target} have no tuned prompts with a common seed, so their shared neurons are not defined."
            )
        elif spec.id in stored:
            st.markdown(f"{target} beside {source} is measured; it is in the list above.")
        else:
            whose = f"{words.owner(target)} own prompt on {target}, its neurons shared with {source}"
            st.markdown(f"{whose}: {spec.doses:,} evaluations.")
            title = f"Mask neurons: {target}, shared with {source}"
            launching.button(spec, "Measure this", "measure", title)
    launching.watch()
