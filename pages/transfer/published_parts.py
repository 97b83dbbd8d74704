"""The Published view of the Transfer map: tables of others, beside one's own where tasks are common."""

import pandas as pd
import streamlit as st

from pages.common import address, data, parts, words
from pages.common.context import Context
from pages.transfer import charts, published_view
from pages.transfer.published_view import Difference
from ptlib.transfer import published
from ptlib.transfer.published import PublishedTable

_OWN = "own"
METRICS = {"relative": "Relative", "absolute": "Raw score"}


@st.cache_data(max_entries=16, show_spinner=False)
def _load(id: str) -> pd.DataFrame:
    return published.table(id).load()


def section(now: Context | None) -> None:
    """Choose a table; see it as a map, beside another one, with their difference, source and doubts."""
    st.info(
        "Published by others and copied as facts. None of these numbers was measured by this app.", icon=":material/menu_book:"
    )
    metric = address.choice("Value in the cells", "value", METRICS)
    listed = [table for table in published.tables() if table.metric == metric]
    left, right = parts.row(434, 434)
    with left:
        first = published.table(address.select("Published table", "table", {table.id: table.name for table in listed}))
    table = _load(first.id)
    others = [one for one in listed if one.id != first.id and len(published_view.common(table, _load(one.id))) > 1]
    others.sort(key=lambda one: one.backbone != first.backbone)  # the same model first
    own = _own(now, table, metric)
    names = ({_OWN: "Your map"} if own is not None else {}) | {one.id: one.name for one in others}
    with left:
        _map(table, metric, "published", f"Published, {first.name}")
        _source(first)
    with right:
        beside = address.select("Beside", "beside", names) if names else None
        if beside is None:
            st.markdown("No other table has two tasks in common with this one.")
        elif own is not None and now is not None and beside == _OWN:
            other, backbone, called = own, now.backbone, "your map"
            _map(own, metric, "own_beside", "Your map")
            st.caption(f"Measured here: {data.backbone_name(now.backbone)}, `{now.recipe}`.")
        else:
            other, backbone, called = _load(beside), published.table(beside).backbone, names[beside]
            _map(other, metric, "published_beside", f"Published, {called}")
            _source(published.table(beside))
    if own is None and now is not None:
        st.caption(
            f"Your map of {data.backbone_name(now.backbone)} has fewer than two tasks in common with this table, so they cannot "
            "stand side by side. The demo's tasks are constructed; run tasks of the Hub in the Lab to compare."
        )
    if beside is not None:
        _difference(table, other, metric, first.name, called)
        if first.backbone != backbone:
            st.caption("The two tables are of different backbones, so differences are no errors of either.")
    _cross_model()


def _own(now: Context | None, table: pd.DataFrame, metric: str) -> pd.DataFrame | None:
    """One's own map where it has two tasks in common with the published one."""
    if now is None:
        return None
    mine = published_view.own_table(now.matrix, metric)
    return mine if len(published_view.common(table, mine)) > 1 else None


def _map(table: pd.DataFrame, metric: str, key: str, where: str) -> None:
    names = {name: data.task_name(name) for name in (*table.index, *table.columns)}
    view = published_view.view_of(table, metric, published_view.families_of([*table.index, *table.columns]))
    told = published_view.hovers(table, names, where)
    off = [table.loc[s, t] for s in table.index for t in table.columns if s != t and pd.notna(table.loc[s, t])]
    parts.chart(
        charts.table_figure(view, parts.colours(), names, told),
        key,
        f"{where}: {len(off)} cells off the diagonal, {words.points(sum(off) / max(len(off), 1))} on average",
        _named(table, names),
        file=where.replace(":", ""),
    )


def _named(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    return table.rename(index=names, columns=names).rename_axis("source").reset_index()


def _source(table: PublishedTable) -> None:
    st.caption(f"Source: {table.source}. Backbone: {data.backbone_name(table.backbone)}. {table.note}")
    if table.doubts:
        with st.expander(f"Known doubts ({len(table.doubts)})", icon=":material/help_center:"):
            for doubt in table.doubts:
                st.markdown(f"- {doubt}")


def _difference(first: pd.DataFrame, second: pd.DataFrame, metric: str, name: str, other: str) -> None:
    st.subheader("Where they differ", anchor=False)
    found: Difference | None = published_view.subtract(first, second)
    names = {name: data.task_name(name) for name in first.index}
    told = published_view.difference_reading(found, name, other, names)
    st.markdown(told)
    if found is None:
        return
    view = published_view.difference_view(found.table, metric, published_view.families_of(list(found.table.index)))
    hovers = published_view.hovers(found.table, names, "first minus second", " points")
    with st.container(width=720):
        parts.chart(
            charts.table_figure(view, parts.colours(), names, hovers, wide=True),
            "difference",
            told,
            _named(found.table, names),
            caption=f"{name} minus {other}, in points. Blue: the first is higher.",
        )


def _cross_model() -> None:
    """Published tables of prompts that were carried to another model; they are no square maps."""
    box = parts.drawer("Published cross-model tables", ":material/swap_horiz:", "cross_open")
    if box is None:
        return
    with box:
        for table in published.tables(published.CROSS_MODEL):
            st.markdown(f"**{table.name}**")
            parts.table(_load(table.id).rename(columns=data.task_name).round(1).reset_index(), f"{table.name}, percent")
            _source(table)
