"""The Published view of the Transfer map: tables of others, beside one's own where tasks are common."""

import pandas as pd
import streamlit as st

from pages.common import data, parts, words
from pages.common.context import Context
from pages.transfer import published_view
from pages.transfer.published_view import Difference
from ptlib.transfer import published
from ptlib.transfer.published import PublishedTable

_OWN = "own"
METRICS = {"relative": "Relative", "absolute": "Raw score"}


@st.cache_data(max_entries=16, show_spinner=False)
def _load(id: str) -> pd.DataFrame:
    return published.table(id).load()


@st.cache_data(max_entries=4, show_spinner=False)
def _names(names: tuple[str, ...]) -> dict[str, str]:
    from ptlib.tasks.published.registry import HUB_TASKS, HUB_VARIANTS

    known = {task.id: task.name for task in (*HUB_TASKS, *HUB_VARIANTS)}
    return {name: known.get(name) or data.task_name(name) for name in names}


def section(now: Context | None) -> None:
    """Choose a table; see it as a map, beside another one, with their difference, source and doubts."""
    st.info(
        "Published by others and copied as facts. None of these numbers was measured by this app.", icon=":material/menu_book:"
    )
    metric = parts.choice("Value in the cells", list(METRICS), "relative", "value", METRICS)
    listed = [table for table in published.tables() if table.metric == metric]
    left, right = parts.row(434, 434)
    with left:
        first = _select("Published table", "table", listed)
    table = _load(first.id)
    others = [one for one in listed if one.id != first.id and len(published_view.common(table, _load(one.id))) > 1]
    others.sort(key=lambda one: one.backbone != first.backbone)  # the same model first
    own = _own(now, table, metric)
    with left:
        _map(table, metric, "published", f"Published, {first.name}")
        _source(first)
    with right:
        second = _beside(others, own is not None)
        if second is None:
            st.markdown("No other table has two tasks in common with this one.")
        elif second == _OWN:
            _map(own, metric, "own_beside", "Your map")
            st.caption(f"Measured here: {data.backbone_name(now.backbone)}, `{now.recipe}`.")
        else:
            _map(_load(second.id), metric, "published_beside", f"Published, {second.name}")
            _source(second)
    if own is None and now is not None:
        st.caption(
            f"Your map of {data.backbone_name(now.backbone)} has fewer than two tasks in common with this table, so they cannot "
            "stand side by side. The demo's tasks are constructed; run tasks of the Hub in the Lab to compare."
        )
    if second is not None:
        name = "your map" if second == _OWN else second.name
        _difference(table, own if second == _OWN else _load(second.id), metric, first.name, name)
        if first.backbone != (now.backbone if second == _OWN else second.backbone):
            st.caption("The two tables are of different backbones, so differences are no errors of either.")
    _cross_model()


def _select(label: str, key: str, listed: list[PublishedTable]) -> PublishedTable:
    names = {table.id: table.name for table in listed}
    if st.session_state.get(key) not in names and st.query_params.get(key) not in names.values():
        st.session_state[key] = listed[0].id
    more = {"index": None, "format_func": names.get, "bind": "query-params", "required": True, "label_visibility": "collapsed"}
    st.caption(label)
    chosen = st.selectbox(label, list(names), key=key, **more)
    return published.table(chosen or listed[0].id)


def _own(now: Context | None, table: pd.DataFrame, metric: str) -> pd.DataFrame | None:
    """One's own map where it has two tasks in common with the published one."""
    if now is None:
        return None
    mine = published_view.own_table(now.matrix, metric)
    return mine if len(published_view.common(table, mine)) > 1 else None


def _beside(others: list[PublishedTable], with_own: bool) -> "PublishedTable | str | None":
    names = {_OWN: "Your map"} if with_own else {}
    names |= {table.id: table.name for table in others}
    if not names:
        return None
    if st.session_state.get("beside") not in names and st.query_params.get("beside") not in names.values():
        st.session_state["beside"] = next(iter(names))
    more = {"index": None, "format_func": names.get, "bind": "query-params", "required": True, "label_visibility": "collapsed"}
    st.caption("Beside")
    chosen = st.selectbox("Beside", list(names), key="beside", **more) or next(iter(names))
    return _OWN if chosen == _OWN else published.table(chosen)


def _map(table: pd.DataFrame, metric: str, key: str, where: str) -> None:
    names = _names((*table.index, *table.columns))
    view = published_view.view_of(table, metric, published_view.families_of([*table.index, *table.columns]))
    told = published_view.hovers(table, names, where)
    off = [table.loc[s, t] for s in table.index for t in table.columns if s != t and pd.notna(table.loc[s, t])]
    parts.chart(
        published_view.table_figure(view, parts.colours(), names, told),
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
    names = _names((*first.index, *first.columns))
    told = published_view.difference_reading(found, name, other, names)
    st.markdown(told)
    if found is None:
        return
    view = published_view.difference_view(found.table, metric, published_view.families_of(list(found.table.index)))
    with st.container(width=720):
        parts.chart(
            published_view.table_figure(
                view, parts.colours(), names, published_view.hovers(found.table, names, "first minus second", " points"), True
            ),
            "difference",
            told,
            _named(found.table, names),
            caption=f"{name} minus {other}, in points. Blue: the first is higher.",
        )


def _cross_model() -> None:
    """Published tables of prompts that were carried to another model; they are no square maps."""
    with st.expander("Published cross-model tables", icon=":material/swap_horiz:", key="cross_open", on_change="rerun") as box:
        pass
    if not box.open:
        return
    with box:
        for table in published.tables(published.CROSS_MODEL):
            st.markdown(f"**{table.name}**")
            frame = _load(table.id)
            frame = frame.rename(columns=_names(tuple(frame.columns))).round(1).reset_index()
            st.dataframe(frame, hide_index=True, alt=f"{table.name}, percent")
            _source(table)
