"""What stands out in the map, below it: cells that break the rule, harm, who gives and receives most, one-way streets."""

import pandas as pd
import streamlit as st

from pages.common import context, data, parts, words
from pages.common.context import Context
from pages.transfer import beside_view, cell_parts, charts, pattern_view
from ptlib.transfer import flips, patterns
from ptlib.transfer.matrix import Cell

MOST_HARM = 3
_HELP = (
    "Mean gain kept without the own prompt. Places with their 95 % interval, on the same 2,000 draws of tasks for all (paired "
    "bootstrap). Members of one group cannot be told from its first one."
)


def strips(now: Context) -> None:
    """Two lists side by side, each cell a button."""
    left, right = parts.halves(1, 1)
    with left:
        st.header("Five cells that break the rule", anchor=False)
        st.caption("The rule: within a family a prompt keeps the gain, across families nothing. These cells are clearly off.")
        broken = patterns.rule_breakers(now.matrix, data.families_of(now.matrix))
        for cell in broken:
            _cell_button(now, cell, "rule")
        if not broken:
            st.markdown("None: every cell is as its family would have one expect.")
    with right:
        st.header("Where a reused prompt hurts", anchor=False)
        st.caption("The whole 95 % interval lies below an untrained prompt. Below each cell the examples that are damaged most.")
        harm = patterns.harmful(now.matrix)
        for cell in harm[:MOST_HARM]:
            _cell_button(now, cell, "harm")
            table = cell_parts.answers(now, cell.source, cell.target)
            if table is not None:
                cell_parts.examples(flips.damaged(table))
        if not harm:
            st.markdown("Nowhere: no reused prompt is clearly worse than an untrained one.")
        elif len(harm) > MOST_HARM:
            st.caption(f"{words.counted(len(harm) - MOST_HARM, 'more cell')} in the table below.")


def _cell_button(now: Context, cell: Cell, key: str) -> None:
    kept = f"{words.percent(cell.gain_kept)} {words.interval(cell.gain_low, cell.gain_high)}".strip()
    st.button(
        f"{now.names[cell.source]} → {now.names[cell.target]}: **{kept}**",
        key=f"{key}|{cell.source}|{cell.target}",
        type="tertiary",
        on_click=context.choose,
        args=(cell.source, cell.target),
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _ranked(fingerprint: str, _now: Context, backbone: str, recipe: str | None, of: str) -> pd.DataFrame:
    tuned = [name for name in _now.matrix.sources if name in _now.matrix.targets]
    return patterns.ranked(_now.matrix.square("gain_kept").loc[tuned], "sources" if of == "sources" else "targets")


def strengths(now: Context) -> None:
    """Donors and receivers as sorted lists."""
    box = parts.drawer("Who gives most, who receives most", ":material/leaderboard:", "strengths_open")
    if box is not None:
        with box:
            _strengths(now)


def _strengths(now: Context) -> None:
    left, right = st.columns(2, gap="large")
    for column, of, title in ((left, "sources", "Whose prompt gives most"), (right, "targets", "Which task receives most")):
        with column:
            st.header(title, anchor=False, help=_HELP)
            table = pattern_view.ranking(_ranked(now.fingerprint, now, now.backbone, now.recipe, of), now.names)
            if table.empty:
                st.markdown("Too few cells were run.")
                continue
            bar = st.column_config.ProgressColumn("Gain kept", format="%.0f %%", min_value=0, max_value=100)
            alt = f"{title}: {table['Task'].iloc[0]} comes first, place {table['Place'].iloc[0]}"
            parts.table(table, alt, height=36 * (len(table) + 1), column_config={"Gain kept": bar})


def asymmetry(now: Context) -> None:
    """A → B minus B → A as a map of its own."""
    gap = patterns.asymmetry(now.matrix)
    told = pattern_view.asymmetry_reading(gap, now.names)
    st.markdown(told)
    if gap.isna().all(axis=None):
        return
    view = beside_view.difference_view(100 * gap)
    hovers = beside_view.hovers(100 * gap, now.names, "the way there minus the way back", " points")
    parts.chart(
        charts.table_figure(view, parts.colours(), now.names, hovers, wide=True, written=True),
        "asymmetry",
        told,
        parts.long(gap, "asymmetry"),
        on_click=context.chart_click,
        caption="Gain kept from row to column minus that from column to row, in points. Blue: the row gives more than it gets.",
    )
