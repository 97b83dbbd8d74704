"""Two maps of the Transfer map page with one cursor: a cell chosen in one lights up in the other; what they agree on."""

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

from pages.common import address, context, data, frame, parts, words
from pages.common.context import Context
from pages.transfer import beside_view, charts, side_parts
from pages.transfer.beside_view import PUBLISHED, VALUES, Side
from pages.transfer.cell_charts import MANY
from ptlib.transfer import published
from ptlib.transfer.comparing import agreement
from ptlib.transfer.comparing.agreement import Agreement

_OLD_VALUES = {"absolute": "score"}
_CELL, _HERE = "cell", "_cell_chosen_at"
"""Parameter that names a cell which the sidebar cannot; session key: what the sidebar said when it was chosen."""
Pair = tuple[str, str]


def section(now: Context | None) -> None:
    """Choose two maps; see them with one cursor, the chosen cell in words, where they differ, and their sources."""
    values = {key: name for key, name in VALUES.items() if now is not None or key != "gain_kept"}
    value = address.choice("Value in the cells", "value", values, old=_OLD_VALUES)
    left, right = st.columns(2, gap="small") if frame.screen() in ("laptop", "large") else (st.container(), st.container())
    with left:
        first = side_parts.first(now, value)
    with right:
        second = side_parts.second(value, first)
    if second is None:
        parts.to_the_lab("There is no other map with this value yet. Tune prompts of another backbone, or choose another value.")
        return
    tables = [side_parts.table(data.catalogue().fingerprint(), side, side.id, value) for side in (first, second)]
    labels = agreement.common(*tables)
    back, cell = {other: name for name, other in labels.items()}, _cell(now)
    with left:
        _map(first, tables[0], value, "first_map", cell, hear=partial(_click, now, {}))
    with right:
        _map(second, tables[1], value, "second_map", beside_view.elsewhere(cell, labels), hear=partial(_click, now, back))
    found = agreement.compare(*tables)
    held = [beside_view.at(tables[0], cell), beside_view.at(tables[1], beside_view.elsewhere(cell, labels))]
    known, asked = cell is not None and any(pd.notna(held)), st.query_params.get(_CELL, "")
    if asked and (">" not in asked or (not known and cell == tuple(asked.split(">", 1)))):
        st.caption(f":orange[{words.literal(f'Neither map has a value at {asked}, which the link names.')}]")
    if cell is not None and known:
        shown = " → ".join(map(data.task_name, cell))
        st.markdown(beside_view.cell_reading(shown, value, list(zip((first.name, second.name), held, strict=True))))
    else:
        st.caption("Click a cell in one of the maps: it lights up in the other one.")
    _difference(now, found, (first, second), cell)
    _cross_model()
    parts.share("transfer", value=value, table=first.id, beside=second.id)


def _cell(now: Context | None) -> Pair | None:
    """The chosen cell by the labels of the first map: what was clicked here until the sidebar says something else."""
    here = (now.source, now.target) if now is not None else None
    source, mark, target = st.query_params.get(_CELL, "").partition(">")
    if mark and st.session_state.setdefault(_HERE, here) == here:
        return source, target
    return here


def _click(now: Context | None, labels: Mapping[str, str], key: str) -> None:
    """Callback of a map; labels: its own -> those of the first map."""
    if len(cell := context.clicked(key)) == 2:
        _choose(now, *(labels.get(mark, mark) for mark in cell))


def _choose(now: Context | None, source: str, target: str) -> None:
    """Callback: make a cell the chosen one; in the sidebar where that has both tasks."""
    if now is not None and source in now.matrix.sources and target in now.matrix.targets:
        st.query_params.pop(_CELL, None)
        context.choose(source, target)
        return
    st.query_params[_CELL] = f"{source}>{target}"
    st.session_state[_HERE] = (now.source, now.target) if now is not None else None


def _map(side: Side, table: pd.DataFrame, value: str, key: str, cell: Pair | None, *, hear: partial[None]) -> None:
    """One map with its source; on a telephone only the source, since the cells would be too small to hit."""
    if table.empty:
        st.markdown(f"No cell of {side.name} has this value yet.")
        return
    names, size = _names(table), frame.screen()
    off = [table.loc[s, t] for s in table.index for t in table.columns if s != t and pd.notna(table.loc[s, t])]
    mean = beside_view.points(sum(off) / max(len(off), 1))
    if size != "phone":
        figure = charts.table_figure(
            beside_view.view_of(table, value),
            parts.colours(),
            names,
            beside_view.hovers(table, names, side.name),
            chosen=cell,
            written=size != "laptop" or len(table.columns) <= MANY,
        )
        alt = f"{side.name}: {len(off)} cells off the diagonal, {mean} on average"
        parts.chart(
            figure,
            key,
            alt,
            parts.long(table, value),
            on_click=hear,
            file=side.name.replace(":", "").replace("/", " "),
            units={value: "percent"},
        )
    _source(side)


def _names(table: pd.DataFrame) -> dict[str, str]:
    return {name: data.task_name(name) for name in (*table.index, *table.columns)}


def _source(side: Side) -> None:
    """Where a map's numbers come from, and what is doubtful about them."""
    if side.kind != PUBLISHED:
        st.caption(side.told)
        return
    table = published.table(side.of)
    st.caption(
        "Published by others and copied as facts. None of these numbers was measured by this app. "
        f"Source: {table.source}. Backbone: {data.backbone_name(table.backbone)}. {table.note}"
    )
    if table.doubts:
        with st.expander(f"Known doubts ({len(table.doubts)})", icon=":material/help_center:"):
            for doubt in table.doubts:
                st.markdown(f"- {doubt}")


def _difference(now: Context | None, found: Agreement | None, sides: tuple[Side, Side], cell: Pair | None) -> None:
    st.header("Where they differ", anchor=False)
    first, second = sides
    names = _names(found.first) if found is not None else {}
    told = beside_view.reading(found, first.name, second.name, names)
    st.markdown(told)
    if found is None:
        return
    if first.backbone != second.backbone:
        st.caption("The two maps are of different backbones, so differences are no errors of either.")
    if frame.screen() != "phone":
        hovers = beside_view.hovers(found.difference, names, "first minus second", " points")
        view = beside_view.difference_view(found.difference)
        with st.container(width=720):
            parts.chart(
                charts.table_figure(view, parts.colours(), names, hovers, wide=True, written=True, chosen=cell),
                "difference",
                told,
                found.frame(),
                on_click=partial(_click, now, {}),
                caption=f"{first.name} minus {second.name}, in points. Blue: the first is higher. The CSV holds both maps, too.",
            )
    _twin(now, found, sides, names, cell)


def _twin(now: Context | None, found: Agreement, sides: tuple[Side, Side], names: Mapping[str, str], cell: Pair | None) -> None:
    """Both maps as a table, of the chosen source; every click on a map has a row here."""
    sources = list(found.first.index)
    source = cell[0] if cell is not None and cell[0] in sources else sources[0]
    st.selectbox(
        "Source prompt",
        sources,
        sources.index(source),
        format_func=names.__getitem__,
        key=f"both_source|{source}",
        on_change=_other_source,
        args=(now, source, cell[1] if cell is not None else sources[0]),
    )
    rows = found.frame().query("source == @source")
    columns = {"target": "Target", "first": sides[0].name, "second": sides[1].name, "difference": "Difference"}
    shown = rows.assign(target=rows.target.map(names)).drop(columns="source").round(1).rename(columns=columns)
    targets = list(rows.target)
    parts.table(shown, "Both maps, one source", "both_rows", lambda place: _choose(now, source, targets[place]))


def _other_source(now: Context | None, source: str, target: str) -> None:
    _choose(now, st.session_state[f"both_source|{source}"], target)


def _cross_model() -> None:
    """Published tables of prompts that were carried to another model; they are no square maps."""
    box = parts.drawer("Published cross-model tables", ":material/swap_horiz:", "cross_open")
    if box is None:
        return
    with box:
        for table in published.tables(published.CROSS_MODEL):
            st.markdown(f"**{table.name}**")
            shown = table.load().rename(columns=data.task_name).round(1).reset_index()
            parts.table(shown, f"{table.name}, percent")
            _source(Side(table.id, table.name, PUBLISHED, table.backbone, table.id))
