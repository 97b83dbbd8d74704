"""Building blocks that several pages share: headers, charts with their data, cell summaries, links."""

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from pages.common import context, data, frame, plans, theme, words
from pages.common.context import Context
from pages.common.theme import Palette
from ptlib.base import paths
from ptlib.base.sheets import csv_of, json_of
from ptlib.results.rows import OUT_OF_REACH
from ptlib.tasks.names import COMMONEST

WRAPPED = 66
"""Pixels of a table's row in which long texts wrap: Streamlit cuts them off up to four times the size of its type. A column
needs a width for it, else it grows as wide as its longest text."""
TEXTS = {"phone": 300, "narrow": 270, "laptop": 285, "large": 630}
"""Size of a window -> pixels that a table of examples has for their texts."""
PROJECTED = 1368
"""Pixels that a page has for charts beside each other in the narrowest window that counts as a projector."""
CHART = {
    "displaylogo": False,
    "displayModeBar": "hover",
    "scrollZoom": False,
    "doubleClick": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"],
}


def colours() -> Palette:
    """Palette of the theme that the browser shows, with type for its size."""
    return replace(theme.palette(st.context.theme.type), scale=theme.SCALES.get(frame.screen(), 1.0))


def header(title: str, promise: str = "") -> None:
    """Title, one sentence on what the reader gains, and anything that went wrong on the way here."""
    st.title(title, anchor=False)
    if promise:
        st.markdown(f":gray[{promise}]")
    for note in context.notes():
        st.warning(words.literal(note), icon=":material/info:")


def no_results() -> None:
    """Empty state: no demo and no own result."""
    with st.container(border=True):
        st.header("There is nothing to look at yet", anchor=False)
        st.markdown(
            f"The embedded demo is not in `{paths.demo_dir()}` and no run has finished. Restore that folder, or remake it with "
            "`python -m ptlib demo pretrain` and `python -m ptlib demo build` (hours on a CPU). Or start a run of your own."
        )
        with st.container(horizontal=True):
            if st.button("Open the Lab", key="empty_lab", type="primary", icon=":material/science:"):
                frame.go("lab")
            st.button("See the published maps", key="empty_published", icon=":material/menu_book:", on_click=see_published)


def see_published() -> None:
    """Callback: open the maps that others published; they need no result of one's own."""
    st.session_state["show"] = "two"
    frame.go("transfer")


def damage_note(fingerprint: str) -> None:
    """Say which artefacts are left out because they are not what they should be."""
    found = data.damaged(fingerprint)
    broken = [item for item in found if item.kind != OUT_OF_REACH]
    if found:
        title = f"{words.counted(len(broken), 'damaged item')} left out" if broken else "Own results cannot be read now"
        with st.expander(title, icon=":material/report:", expanded=True):
            for item in found[:8]:
                st.markdown(f"**{words.literal(item.name)}**: {words.literal(item.problem)}")


def chart(
    figure: go.Figure,
    key: str,
    alt: str,
    table: pd.DataFrame | Callable[[], pd.DataFrame] | None = None,
    *,
    on_click: Callable[[str], None] | None = None,
    file: str | None = None,
    caption: str = "",
    lasso: bool = False,
    units: Mapping[str, str] = words.UNITS,
) -> None:
    """Show a figure; `alt` states the takeaway. Below it a caption and, with `table` (or what makes it), one menu to save both.

    lasso: `on_click` also hears of several points, chosen with a lasso or a box.
    """
    name, figure = file or key, theme.inert(figure)
    base = {**CHART, "modeBarButtonsToRemove": [], "doubleClick": "reset"} if lasso else CHART
    config = {**base, "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2}}
    heard: dict[str, Any] = {}
    if on_click is not None:
        hear = partial(on_click, key)
        heard = {"on_select": hear, "selection_mode": ("points", "box", "lasso") if lasso else "points"}
    st.plotly_chart(figure, theme=None, key=key, alt=alt, config=config, **heard)
    if table is None:
        if caption:
            st.caption(caption)
        return
    with st.container(horizontal=True, vertical_alignment="top", horizontal_alignment="right"):
        if caption:
            st.caption(caption, width="stretch")
        save_menu(table, name, key, alt, picture=True, units=units)


def save_menu(
    table: pd.DataFrame | Callable[[], pd.DataFrame],
    name: str,
    key: str,
    title: str,
    *,
    picture: bool = False,
    units: Mapping[str, str] = words.UNITS,
) -> None:
    """The menu of a chart or a table: CSV, JSON that names title, view and units, and with a picture both of its formats."""

    def made() -> pd.DataFrame:
        return table() if callable(table) else table

    here = view_facts()
    with st.popover("Save", icon=":material/download:", type="tertiary", key=f"{key}_save"):
        save("Table (CSV)", lambda: csv_of(made()), f"{name}.csv", key=f"{key}_csv", type="tertiary", width="stretch")
        told = lambda: json_of(made(), {**words.UNITS, **units}, {"title": title, "view": here})  # noqa: E731
        save("Numbers and units (JSON)", told, f"{name}.json", key=f"{key}_json", type="tertiary", width="stretch")
        if picture:
            frame.picture_buttons(key)


def long(square: pd.DataFrame, value: str) -> pd.DataFrame:
    """A square table [sources, targets] as one row a cell: source, target and the value under its name."""
    return square.rename_axis(index="source", columns="target").stack().rename(value).reset_index()


def view_facts() -> dict[str, str]:
    """What a saved table belongs to: backbone, recipe, source and target; empty without results."""
    now = context.current()
    found = {"backbone": now.backbone, "recipe": now.recipe, "source": now.source, "target": now.target} if now else {}
    return {key: value for key, value in found.items() if value}


def table(rows: pd.DataFrame, alt: str, key: str = "", on_row: Callable[[int], None] | None = None, **look: Any) -> None:
    """A table without its index. on_row: hears the place of the row that was chosen."""
    if on_row is not None:
        look |= {"on_select": partial(_row_chosen, key, on_row), "selection_mode": "single-row"}
    st.dataframe(rows, hide_index=True, alt=alt, key=key or None, **look)


def columns(told: Mapping[str, tuple[str, str | None, str]], wide: int | None = None) -> dict[str, Any]:
    """Settings of columns. told: column -> its title, format of its numbers (None = text), its help; wide: texts, in pixels."""
    number, text = st.column_config.NumberColumn, partial(st.column_config.TextColumn, width=wide)
    return {key: number(title, format=form, help=help) if form else text(title) for key, (title, form, help) in told.items()}


def _row_chosen(key: str, hear: Callable[[int], None]) -> None:
    for place in st.session_state[key]["selection"]["rows"]:
        hear(place)


def answer_table(
    rows: pd.DataFrame, titles: Mapping[str, str], change: str, key: str, alt: str, *, height: int, box: str = "", file: str = ""
) -> None:
    """Examples with their answers; an empty second text is left out.

    titles: column with the truth or a prompt's answer -> its title; change: whose margins are subtracted; box: key of the
    sentence box that takes a chosen row; file: name to save the table under.
    """
    if rows.empty:
        st.markdown("No example falls into this group.")
        return
    margin = "Margin: the right answer's lead over the best wrong one, in log-probability."
    number = partial(st.column_config.NumberColumn, format="%+.2f", width=75)
    columns: dict[str, Any] = {
        "change": number("Change", help=f"Margin of {change}. {margin}"),
        "margin": number("Margin", help=margin),
    }
    for name, title in titles.items():
        if name in rows:
            longest = max(len(title), *rows[name].map(len))
            columns[name] = st.column_config.TextColumn(title, width=min(max(75, 20 + 7 * longest), 160))
    texts = (
        {"text_a": "Text", "text_b": "Second text"} if "text_b" in rows and rows.text_b.fillna("").any() else {"text_a": "Text"}
    )
    width, phone = TEXTS[frame.screen()] // len(texts), frame.screen() == "phone"
    told = {name: st.column_config.TextColumn(title, width=width) for name, title in texts.items()}
    columns = told | columns if phone else columns | told  # what does not fit there is a sideways scroll away
    shown = [name for name in columns if name in rows]
    hear = (lambda place: fill_box(box, *rows[["text_a", "text_b"]].iloc[place])) if box else None
    table(rows[shown], alt, key, hear, column_config=columns, height=height, row_height=WRAPPED)
    if box:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Choose a row to try it, and change it, in the box below.", width="stretch")
            if file:
                save_menu(rows[shown], file, key, alt)


def fill_box(key: str, text_a: str, text_b: str | None) -> None:
    """Put texts into a sentence box; before it is drawn, or in a callback."""
    st.session_state.update({f"{key}_text_a": str(text_a), f"{key}_text_b": str(text_b or "")})


def open_pair(source: str, target: str) -> None:
    """Callback: make a cell the current one and open its page."""
    context.choose(source, target)
    frame.go("pair")


def drawer(label: str, icon: str, key: str) -> ExpanderContainer | None:
    """A part that is only computed, and drawn by the browser, while it is open, which links keep; None while it is closed."""
    box = st.expander(label, icon=icon, on_change="rerun", key=key, bind="query-params")
    return box if box.open else None


def to_the_lab(reason: str, title: str = "") -> None:
    """Empty state: what is missing, and the way to it."""
    with st.container(border=True):
        if title:
            st.header(title, anchor=False)
        st.markdown(reason)
        st.page_link(frame.script("lab"), label="Open the Lab", icon=":material/science:")


def row(*widths: int) -> Sequence[DeltaGenerator]:
    """Containers side by side that keep their widths (pixels): in a narrow window they stand below each other.

    Columns would shrink instead, until the labels of a chart leave no room for its marks. Widths
    that add up to 870 stand side by side from a window of about 1,350 pixels. On a projector they fill the page.
    """
    line = st.container(horizontal=True, gap="small")
    grown = PROJECTED / sum(widths) if frame.screen() == "large" else 1.0
    return [line.container(width=round(width * grown)) for width in widths]


def halves(first: int, second: int) -> Sequence[DeltaGenerator]:
    """Two columns of these shares; below each other where a half would be too narrow for words beside bars."""
    if frame.screen() in ("phone", "narrow"):
        return st.container(), st.container()
    return st.columns([first, second], gap="large")


def save(label: str, make: Callable[[], str | bytes], file: str, icon: str = ":material/download:", **look: Any) -> None:
    """A button that saves a file, made when it is asked for."""
    st.download_button(label, make, file, mimetypes.guess_type(file)[0], icon=icon, on_click="ignore", **look)


def share(page: str, **more: str) -> None:
    """A link that opens exactly this view, on another server too: with ids and everything spelled out."""
    now = context.current()
    here = {"backbone": now.backbone, "source": now.source, "target": now.target} if now else {}
    asked = here | {key: value for key, value in st.query_params.to_dict().items() if key not in here} | more
    server = urlsplit(st.context.url or "http://localhost:8501")
    st.caption("Link to this view")
    st.code(urlunsplit((server.scheme, server.netloc, f"/{page}", urlencode(asked), "")), language=None, wrap_lines=True)


def cell_links(now: Context, key: str) -> None:
    """What to do with the current cell: open the pair, or run it. A task's own prompt has no pair to explain."""
    own = now.source == now.target
    with st.container(horizontal=True, width="content"):
        if (
            now.cell is not None
            and not own
            and st.button("Why? Open the pair", key=f"{key}_why", type="primary", icon=":material/compare_arrows:")
        ):
            frame.go("pair")
        more = "Tune it with one more seed" if own else "Run this for real"
        label, kind = ("Queue this cell", "primary") if now.cell is None else (more, "secondary")
        look: dict[str, Any] = {"key": f"{key}_run", "type": kind, "icon": ":material/science:"}
        st.button(label, on_click=run_this, **look)


def run_this() -> None:
    """Callback: open the Lab with the current cell filled in."""
    st.session_state["preset"] = plans.ONE_CELL
    frame.go("lab")


def reading(now: Context) -> str:
    """One sentence on the current cell."""
    names = now.names
    beside = (now.matrix.get(name, now.target) for name in ("untrained", COMMONEST))
    return words.cell_reading(now.cell, names[now.source], names[now.target], *beside)


def seeds_and_runs(now: Context) -> None:
    """Which seeds and whose runs stand behind the current cell; the ids of its prompts and runs are behind the question mark."""
    cell = now.cell
    if cell is None:
        st.caption("No run yet.")
        return
    seeds = ", ".join(str(seed) for seed in cell.seeds) or "none"
    mine = own_runs(now)
    whose = f"with {words.counted(len(mine), 'run')} of yours" if mine else "all from the demo"
    ids = {"Prompts": dict.fromkeys(cell.run_ids), "Your runs": mine}
    told = ". ".join(f"{what} {', '.join(f'`{name}`' for name in found)}" for what, found in ids.items() if found)
    st.caption(f"{words.basis(cell)}. Seeds {seeds}, {whose}.", help=told or None)


def own_runs(now: Context) -> list[str]:
    """Ids of the reader's runs that measured the current cell."""
    found = (now.matrix.behind.get((prompt, now.target)) for prompt in (now.cell.run_ids if now.cell else ()))
    return list(dict.fromkeys(entry.run_id for entry in found if entry and entry.origin == "own" and entry.run_id))
