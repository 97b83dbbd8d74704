"""Overlap of two tasks' neurons: does it predict transfer, and where do they meet? Parts of the Neurons page."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.common import address, analyses, context, data, frame, parts, pick_data, words
from pages.common.analyses import Neurons
from pages.common.context import Context
from pages.common.words import SURE, number, p_says
from pages.neurons import charts as neuron_charts
from pages.neurons import view as neuron_view
from ptlib.analysis import overlap
from ptlib.analysis.choosing.indicators import judge_all
from ptlib.base.stats import holm
from ptlib.tasks.task import FAMILIES

UNIT = "Transfer, % of the own prompt's score"
WITH = {"pair": "These two tasks", "family": "Source against families"}


def predicts(now: Context) -> None:
    """Scatter of overlap against transfer, and both in one twin matrix."""
    first, last, told = _layers(now)
    shared = pick_data.neuron_overlap(now.fingerprint, now.backbone, now.recipe, first, last)
    transfer = now.matrix.square(pick_data.UNIT)
    pairs = neuron_view.pair_table(shared, transfer, pick_data.families(now), now.names) if shared is not None else pd.DataFrame()
    if len(pairs) < 3:
        st.markdown("Fewer than three pairs have both neurons and a transfer result. Run more of the map.")
        return
    verdict = _verdict(now, first, last, told)
    left, right = parts.row(424, 444)
    with left:
        parts.chart(
            neuron_charts.scatter_figure(pairs, neuron_view.fit_band(pairs), parts.colours(), (now.source, now.target), UNIT),
            "overlap_scatter",
            verdict,
            pairs,
            on_click=_open_pair,
            caption=f"{verdict} Dashed: straight line; band: the lines without one task each. A click opens the pair.",
        )
    with right:
        _twin(now, shared, transfer)


def _layers(now: Context) -> tuple[int, int | None, str]:
    """The range of layers: all, or groups of three."""
    count = analyses.neurons(now.fingerprint, now.backbone, now.recipe).shape[0]
    options = {"all": "All layers"} | {
        f"{a}-{b}": f"Layers {a + 1} to {b + 1}" if b > a else f"Layer {a + 1}" for a, b in overlap.groups(count)
    }
    chosen = address.choice("Layers", "layers", options)
    return *overlap.layer_range(chosen, count), options[chosen].lower()


def _verdict(now: Context, first: int, last: int | None, told: str) -> str:
    """Spearman of overlap with transfer, from the judged table for all layers, else of these layers."""
    if told == "all layers":
        judged = pick_data.judged(now.fingerprint, now.backbone, now.recipe, now)
        rows = judged[judged["key"] == "neurons"] if len(judged) else judged
    else:
        rows = _judged_layers(now.fingerprint, now.backbone, now.recipe, first, last, now)
    if rows.empty:
        return "Too few tasks to test whether overlap predicts transfer."
    row = rows.iloc[0]
    corrected = holm([row.p_pooled, row.p_per_target])[0]
    sure = corrected is not None and corrected < SURE
    return (
        f"Over all pairs, overlap in {told} {'goes' if sure else 'does not clearly go'} with transfer: Spearman "
        f"{number(row.pooled)}, {p_says(row.p_pooled)}; per target {number(row.per_target)}, {p_says(row.p_per_target)}."
    )


@st.cache_data(max_entries=12, show_spinner="Testing …")
def _judged_layers(
    fingerprint: str, backbone: str, recipe: str | None, first: int, last: int | None, _now: Context
) -> pd.DataFrame:
    shared = pick_data.neuron_overlap(fingerprint, backbone, recipe, first, last)
    return judge_all({"neurons": shared}, _now.matrix.square(pick_data.UNIT), pick_data.families(_now)).head(1)


def _open_pair(key: str) -> None:
    pair = context.clicked(key)
    if pair:
        parts.open_pair(*pair)


def _twin(now: Context, shared: pd.DataFrame, transfer: pd.DataFrame) -> None:
    families = data.families_of(now.matrix)
    order = sorted(
        (name for name in shared.index if name in transfer.index and name in transfer.columns),
        key=lambda name: FAMILIES.index(families[name]) if families.get(name) in FAMILIES else 99,
    )
    if len(order) < 3:
        return
    upper, lower, apart = neuron_view.twin(shared, transfer, order)
    worst = order[int(np.argmax(apart))]
    told = f"Transfer and overlap disagree most on {now.names[worst]}: ranks differ by {words.percent(apart.max())} on average."
    cells = [
        {"row": now.names[a], "column": now.names[b], "transfer": upper[i, j], "overlap": lower[j, i]}
        for i, a in enumerate(order)
        for j, b in enumerate(order)
        if i < j
    ]
    angle = -90 if frame.screen() == "phone" else -60  # slanted names would lie on each other in narrow columns
    parts.chart(
        neuron_charts.twin_figure(upper, lower, [now.names[name] for name in order], parts.colours(), angle=angle),
        "twin_matrix",
        told,
        pd.DataFrame(cells),
        caption=f"Blue, above the diagonal: transfer, mean of both directions. Grey, below: overlap. {told}",
    )


def where(now: Context, found: Neurons) -> None:
    """Layer by layer: overlap against chance, shared and private neurons, and how much the threshold matters."""
    missing = [now.names[task] for task in (now.source, now.target) if task not in found.by_task]
    if missing:
        st.info(f"No neurons were read for {' and '.join(missing)}. Choose another task in the sidebar.", icon=":material/info:")
        return
    mode = address.choice("Compare", "compare", WITH, bare=True)
    pairs = neuron_view.pairs_of_sets(
        found.by_task[now.source], found.by_task[now.target], found.seeds[now.source], found.seeds[now.target]
    )
    if now.source == now.target and mode == "pair":
        st.info("Source and target are the same task: every neuron is shared. Choose another source.", icon=":material/info:")
        return
    first, second = now.names[now.source], now.names[now.target]
    table = neuron_view.profile(pairs)
    if mode == "pair":
        _profile({f"{first} and {second}": table}, neuron_view.profile_reading(table, first, second), len(pairs))
    else:
        _families(now, found, first)
        return
    left, right = st.columns([6, 5], gap="large")
    with left:
        shares = table.shared.sum() / max((table.shared + table.only_a + table.only_b).sum(), 1)
        told = f"{words.percent(shares)} of the neurons that {first} or {second} activates are shared, over all layers."
        figure = neuron_charts.bars_figure(table, first, second, parts.colours())
        parts.chart(figure, "shared_bars", told, neuron_view.numbered(table), caption=told)
    with right:
        _sensitivity(pairs)


def _profile(series: dict[str, pd.DataFrame], told: str, seeds: int) -> None:
    st.markdown(told)
    parts.chart(
        neuron_charts.profile_figure(series, parts.colours()),
        "profile",
        told,
        pd.concat([neuron_view.numbered(table).assign(series=name) for name, table in series.items()]),
        caption=f"Bars: smallest to largest of {seeds} seeds. Chance: random sets of the same sizes."
        if seeds
        else "Bars: smallest to largest over tasks. Chance: random sets of the same sizes.",
    )


def _families(now: Context, found: Neurons, first: str) -> None:
    series = neuron_view.against_families(now.source, found.by_task, found.seeds, data.families_of(now.matrix))
    if not series:
        st.markdown("There is no other task to compare with.")
        return
    told = [f"{name.lower()} {number(float(table.overlap.mean()))}" for name, table in series.items()]
    _profile(series, f"Mean overlap of {first} over all layers: {', '.join(told)}.", 0)


def _sensitivity(pairs: neuron_view.Pairs) -> None:
    table = neuron_view.sensitivity(pairs)
    sets = [(overlap.active(a), overlap.active(b)) for a, b in pairs]
    values = [value for a, b in sets if (value := overlap.overlap(a, b).overlap) is not None]
    size = float(np.mean([np.mean([a.mean(), b.mean()]) for a, b in sets]))
    value = float(np.mean(values)) if len(values) == len(sets) else None
    above = (table.overlap > table.chance).all()
    told = (
        f"Overlap is above chance at {'every' if above else 'not every'} share from 1 to 30 % of each layer; the rule used, "
        f"above 0, takes {words.percent(size)} of the neurons."
    )
    st.markdown("**How much the threshold matters**")
    parts.chart(neuron_charts.sensitivity_figure(table, size, value, parts.colours()), "sensitivity", told, table, caption=told)
