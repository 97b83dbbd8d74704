"""A selection of prompts: drawn around, searched or ticked in the list; kept in the address."""

import pandas as pd
import streamlit as st

from pages.common import address, context, frame, parts, words
from pages.space import panel_parts, select_view
from ptlib.analysis.spaces import selection

SELECTED = "sel"
"""Parameter: ids of the selected prompts, joined by dots."""


def selected(prompts: list[str]) -> list[str]:
    """The selected prompts that are in the picture; others are said."""
    wanted = set(st.query_params.get(SELECTED, "").split(".")) - {""}
    if lacking := sorted(wanted.difference(map(_mark, prompts))):
        address.say([f"The link selects what this picture does not have: {words.listing(lacking, 3)}."])
    return [name for name in prompts if _mark(name) in wanted]


def _mark(name: str) -> str:
    """How a link names a prompt: its id; a folder by the digest of its content, wherever it lies."""
    return name.rpartition("#")[2]


def choose(names: list[str]) -> None:
    """Callback: make these the selection; none = no selection."""
    if names:
        st.query_params[SELECTED] = ".".join(map(_mark, names))
    else:
        st.query_params.pop(SELECTED, None)


def event(key: str) -> None:
    """Callback of the picture: one prompt is chosen, several are selected."""
    found = st.session_state[key]["selection"]["points"]
    names = list(dict.fromkeys(point["customdata"][0] for point in found if point.get("customdata")))
    if len(names) == 1:
        st.session_state[panel_parts.CHOSEN] = names[0]
    elif names:
        choose(names)


def found(words_: str, names: list[str]) -> None:
    """How many prompts the search finds, and a button that selects them."""
    if not words_:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{words.counted(len(names), 'prompt')}** found for “{words.literal(words_)}”")
        if len(names) > 1:
            st.button("Select them", key="select_found", on_click=choose, args=(names,), icon=":material/select_all:")


def panel(ends: pd.DataFrame, names: list[str]) -> None:
    """What is selected, what tells it from the rest, how its prompts transfer, and ways on."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{words.counted(len(names), 'prompt')} inside the selection**")
        st.button("Show all", key="show_all", icon=":material/close:", type="tertiary", on_click=choose, args=([],))
    inside = ends["prompt"].isin(names)
    found = selection.explain(inside.tolist(), select_view.properties(ends))
    st.markdown(select_view.explained_reading(found))
    table = select_view.explained_table(found)
    if not table.empty:
        columns = {
            "property": st.column_config.TextColumn("Property", width=84),
            "tells": st.column_config.NumberColumn("Tells", format="%.0f %%", width=58, help=select_view.SHARE),
            "mostly": "Mostly",
        }
        parts.table(table, select_view.explained_reading(found), column_config=columns, height=36 * (len(table) + 1))
    now, tasks = context.current(), select_view.tasks_inside(ends, names)
    if now is not None:
        square = now.matrix.square("gain_kept")
        st.markdown(select_view.transfer_reading(selection.blocks(square, tasks), len(tasks)))
    with st.container(horizontal=True):
        lit = [task for task in tasks if now is not None and task in now.matrix.targets]
        if lit:
            where, icon = {"lit": ".".join(lit)}, ":material/grid_on:"
            st.page_link(frame.script("transfer"), label="Light them up on the map", icon=icon, query_params=where)
        parts.save_menu(ends[inside].drop(columns=["earlier"]), "selected prompts", "selected", "Selected prompts")


def listed(ends: pd.DataFrame, names: list[str]) -> None:
    """All prompts of the picture as a list; ticked rows are the selection, also in 3-D and by keyboard."""
    rows = ends.assign(inside=ends["prompt"].isin(names))
    if names:
        rows = rows.sort_values("inside", ascending=False, kind="stable")
    told = f"{len(names)} of {len(ends)} prompts selected" if names else f"All {len(ends)} prompts"
    box = parts.drawer(f"{told}: list and search", ":material/checklist:", "list_open")
    if box is None:
        return
    with box:
        st.caption("Tick rows to select prompts; the table's own search (the lens at its top right) finds names.")
        table = pd.DataFrame({"Prompt": rows.label, "Family": rows.family.map(words.family), "Score": rows.score * 100})
        table = table.assign(Selected=rows.inside, From=rows["set"], Id=rows["prompt"])
        columns = {"Score": st.column_config.NumberColumn("Own score", format="%.1f %%", help="On its own task.")}
        key, order = "listed", list(rows["prompt"])

        def hear() -> None:
            ticked = [order[place] for place in st.session_state[key]["selection"]["rows"]]
            if len(ticked) == 1:
                st.session_state[panel_parts.CHOSEN] = ticked[0]
            choose(ticked)

        st.dataframe(
            table,
            hide_index=True,
            alt=f"{told}: what they were tuned on and how they score",
            key=key,
            on_select=hear,
            selection_mode="multi-row",
            column_config=columns,
            height=300,
        )
