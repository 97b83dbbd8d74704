"""How good indicators are on this map: all on one scale, beside chance and the plain family flag."""

import pandas as pd
import streamlit as st

from pages.common import indicators, parts, pick_data, words
from pages.common.context import Context
from pages.prompts import pick_charts
from pages.prompts.space_view import number, p_text
from ptlib.analysis import picker


def section(now: Context) -> None:
    """Chart and table of the judged indicators."""
    st.subheader("How good are such suggestions on this map?", anchor=False)
    judged = pick_data.judged(now.fingerprint, now.backbone, now.recipe, now)
    if judged.empty:
        st.markdown("Judging needs three tasks whose prompts and transfer are both known. Run more of the map.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = parts.choice(
            "Spearman",
            list(indicators.KINDS),
            "per_target",
            "spearman",
            indicators.KINDS,
            help="Per target: over the sources of each target, then averaged; that is what choosing a source needs. All pairs: "
            "pooled. Per source: over the targets of each source.",
        )
        diagonal = st.toggle("With the diagonal", key="diagonal", help="Own prompts count too, which flatters every indicator.")
    column = f"{kind}_with_diagonal" if diagonal else kind
    st.markdown(_reading(judged, column, now))
    chosen = str(st.session_state.get("by") or "picker")
    parts.chart(
        pick_charts.judged_figure(judged, parts.colours(), column, chosen),
        "judged",
        indicators.figure_reading(judged, column),
        judged,
        caption="Loss: how far the best suggested source stays behind the best one, in points of 100 × transfer / own, averaged "
        f"over targets. {int(judged.n.max())} tasks. p: tasks relabelled {int(judged.permutations.max()):,} times.",
    )
    _table(judged, kind, column)


def _reading(judged: pd.DataFrame, column: str, now: Context) -> str:
    rows = judged.set_index("key")
    chance, flag = rows.loc["chance"], rows.loc["family"] if "family" in rows.index else None
    text = f"Any source loses {indicators.loss(chance.regret_1)} here"
    if flag is not None:
        text += f", a source of the family {indicators.loss(flag.regret_1)}"
    if "picker" in rows.index:
        text += f", the first suggestion {indicators.loss(rows.loc['picker'].regret_1)}, the best of three "
        text += indicators.loss(rows.loc["picker"].regret_3)
    published = f"Published: {picker.FAMILY_LOSS:g} points by family and {picker.CHANCE_LOSS:g} by chance over five backbones."
    return f"{text}. :gray[{published}]"


def _table(judged: pd.DataFrame, kind: str, column: str) -> None:
    p = judged.get(f"p_{kind}", pd.Series([None] * len(judged)))
    table = pd.DataFrame(
        {
            "Indicator": judged["name"],
            "Spearman": [number(value) for value in judged[column]],
            "p": [p_text(value) for value in p],
            "Top-1": [words.percent(value) for value in judged.top1],
            **{f"Loss, best of {k}" if k > 1 else "Loss, first": judged[f"regret_{k}"].astype(float) for k in (1, 2, 3)},
        }
    )
    points = st.column_config.NumberColumn
    shown = {name: points(name, format="%.1f") for name in table.columns if name.startswith("Loss")}
    st.dataframe(
        table,
        hide_index=True,
        column_config=shown,
        alt=indicators.figure_reading(judged, column),
    )
    st.caption("Top-1: how often the first suggestion is a best source; ties share it. p is for Spearman without the diagonal.")
