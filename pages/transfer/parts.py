"""Parts of the Transfer map page, in reading order."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.common import address, cautions, charts, context, data, parts, words
from pages.common.charts import Condition
from pages.common.context import Context
from pages.transfer import charts as map_charts
from pages.transfer import view as map_view
from ptlib.tasks.task import FAMILIES
from ptlib.transfer import export, patterns
from ptlib.transfer.matrix import TransferMatrix

SHOWN = {"own": "Your map", "published": "Published"}


def reading_line(now: Context) -> None:
    """The whole map in one sentence, from the data."""
    within, across = patterns.block_values(now.matrix, data.families_of(now.matrix))
    st.markdown(words.blocks_reading(within, across))


def chosen_strip(now: Context) -> None:
    """The chosen cell in one sentence, with the way on."""
    names = now.names
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{names[now.source]} → {names[now.target]}**  \n{parts.reading(now)}", width="stretch")
            parts.cell_links(now, "strip")
        cautions.beside_result(now.source, now.target, now.backbone)


def controls() -> tuple[str, str]:
    """Metric and order; both are part of the address. Returns their keys."""
    meanings = "\n\n".join(f"**{metric.name}**: {metric.meaning}" for metric in map_view.METRICS.values())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        metric = address.choice("Value in the cells", "metric", {m.key: m.name for m in map_view.METRICS.values()}, help=meanings)
        told = "By family, or by how much a prompt gives and a task receives on average."
        order = address.choice("Order", "order", map_view.ORDERS, help=told)
    return metric, order


def lint_banner(now: Context) -> None:
    """Say so when the cells are not on one footing, or when an artefact is damaged."""
    parts.damage_note(now.fingerprint)
    found = now.matrix.lint()
    if found:
        names = now.names
        text = " ".join(found[:3])
        for task_id in sorted(names, key=len, reverse=True):
            text = text.replace(f"'{task_id}'", names[task_id])
        st.info(text, icon=":material/balance:")


@st.cache_resource(max_entries=16, show_spinner=False)
def _view(
    fingerprint: str, _matrix: TransferMatrix, backbone: str, recipe: str | None, metric: str, order: str
) -> map_view.MapView:
    return map_view.build_view(_matrix, data.families_of(_matrix), metric, order, FAMILIES)


def view(now: Context, metric: str, order: str) -> map_view.MapView:
    """The laid-out map of the current context."""
    return _view(now.fingerprint, now.matrix, now.backbone, now.recipe, metric, order)


def picture(now: Context, metric: str, order: str) -> None:
    """The clickable map."""
    within, across = patterns.block_values(now.matrix, data.families_of(now.matrix))
    figure = map_charts.map_figure(view(now, metric, order), parts.colours(), now.names, (now.source, now.target))
    parts.chart(
        figure,
        "map",
        f"Transfer map. {words.blocks_reading(within, across)} {parts.reading(now)}",
        on_click=context.chart_click,
        file=f"transfer map {now.backbone} {metric}".replace("/", " "),
    )


def legend(metric: str) -> None:
    """What the marks mean, in words."""
    chosen = map_view.METRICS[metric]
    st.caption(
        "Each cell is the prompt of its row, reused unchanged on the task of its column. "
        f"**{chosen.name}**: {chosen.meaning} Numbers in percent.  \n"
        "● the 95 % interval includes the untrained level  ·  ◥ fewer than 3 seeds  ·  hatched: not run  ·  "
        "– no value: the target's own prompt is missing or not clearly better than an untrained one  ·  "
        "dotted outline: the task's own prompt  ·  bars: mean without the own prompt, line: middle half of the cells"
    )


def details(now: Context) -> None:
    """Scores behind the chosen cell."""
    names = now.names
    st.subheader(f"{names[now.source]} → {names[now.target]}", anchor=False)
    rows = conditions(now)
    if rows:
        scores(now, rows, "cell_scores", parts.seeds_and_runs(now) if now.cell is not None else "")
    else:
        st.markdown("Nothing has been measured here yet. Queue the cell: the app tunes the missing prompts and fills it in.")


def scores(now: Context, rows: Sequence[Condition], key: str, caption: str) -> None:
    """Conditions on the target side by side."""
    told = ", ".join(f"{row.name} {words.percent(row.score, 1)}" for row in rows)
    columns = ("condition", "score", "low", "high", "basis")
    table = pd.DataFrame([(row.name, row.score, row.low, row.high, row.basis) for row in rows], columns=columns)
    figure = charts.dumbbell_figure(rows, parts.colours(), data.floor(now.target))
    parts.chart(figure, key, f"Scores on {now.names[now.target]}: {told}", table, caption=caption)


def conditions(now: Context) -> list[Condition]:
    """Untrained, hand-written, reused and own prompt on the target, as far as they were measured."""
    names = now.names
    wanted = [
        ("untrained", "untrained", "Untrained prompt"),
        ("hand_written", "hand_written", "Hand-written prompt"),
        (now.source, "transfer", f"{words.owner(names[now.source])} prompt, reused"),
        (now.target, "own", f"{words.owner(names[now.target])} own prompt"),
    ]
    rows = []
    for source, key, name in wanted:
        cell = now.matrix.get(source, now.target)
        repeated = key == "transfer" and (source == now.target or source in ("untrained", "hand_written"))
        if cell is None or repeated:
            continue
        lonely = cell.n_seeds == 1 and source != "hand_written"
        rows.append(Condition(key, name, cell.score, cell.low, cell.high, words.basis(cell), lonely))
    return rows


def twin(now: Context, metric: str) -> None:
    """The map as a table: every click on the map has a row here for the keyboard."""
    box = parts.drawer("The map as a table", ":material/table_rows:", "twin_open")
    if box is None:
        return
    with box:
        table = twin_table(now)
        st.caption("Choose a row with the mouse, or with the arrow keys and Shift + space.")
        st.dataframe(
            table.drop(columns=["source", "target"]),
            hide_index=True,
            key="twin",
            on_select=lambda: _row_chosen(table),
            selection_mode="single-row",
            height=360,
            column_config=_columns(),
            alt="All cells of the transfer map with intervals, seeds and examples",
        )


def twin_table(now: Context) -> pd.DataFrame:
    """One row a cell with shown names, values in percent, and ids."""
    names = now.names
    frame = now.matrix.frame()
    scale = {"score": 100, "low": 100, "high": 100, "gain_kept": 100, "gain_low": 100, "gain_high": 100, "relative": 1}
    table = pd.DataFrame({"Source": frame.source.map(names), "Target": frame.target.map(names)})
    for column, factor in scale.items():
        table[column] = (frame[column] * factor).round(1)
    return table.assign(
        seeds=frame.n_seeds, examples=frame.n_examples, origin=frame.origin, source=frame.source, target=frame.target
    )


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "score": number("Score", format="%.1f %%"),
        "low": number("from", format="%.1f"),
        "high": number("to", format="%.1f"),
        "gain_kept": number("Gain kept", format="%.0f %%"),
        "gain_low": number("from", format="%.0f"),
        "gain_high": number("to", format="%.0f"),
        "relative": number("Relative", format="%.0f %%"),
        "seeds": "Seeds",
        "examples": "Examples",
        "origin": "From",
    }


def _row_chosen(table: pd.DataFrame) -> None:
    place = parts.chosen_row("twin")
    if place is not None:
        context.choose(str(table["source"].iloc[place]), str(table["target"].iloc[place]))


def exports(now: Context, metric: str, order: str) -> None:
    """Save the map: data, picture, stand-alone page, link."""
    box = parts.drawer("Save and share", ":material/ios_share:", "exports_open")
    if box is None:
        return
    with box:
        name = f"transfer_map_{now.backbone}".replace("/", "_")
        _file_buttons(now, metric, order, name)
        st.segmented_control(
            "Picture format of the camera at a chart's top right",
            ["svg", "png"],
            default="svg",
            required=True,
            key="picture",
            persist_state="session",
        )
        parts.share("transfer", metric=map_view.METRICS[metric].name, order=map_view.ORDERS[order])


def standalone(now: Context, metric: str, order: str) -> str:
    """The map as it is on the page, in one HTML file."""
    figure = map_charts.map_figure(view(now, metric, order), parts.colours(), now.names)
    return export.html_page(now.matrix, data.catalogue(), picture=map_charts.as_html(figure))


def _file_buttons(now: Context, metric: str, order: str, name: str) -> None:
    """Long CSV (one row a seed, with run ids) and a page that opens without a network."""
    matrix = now.matrix
    with st.container(horizontal=True):
        st.download_button(
            "Table (CSV)",
            lambda: export.matrix_csv(data.catalogue(), matrix),
            f"{name}.csv",
            "text/csv",
            icon=":material/table_view:",
            on_click="ignore",
        )
        st.download_button(
            "Stand-alone page (HTML)",
            lambda: standalone(now, metric, order),
            f"{name}.html",
            "text/html",
            icon=":material/html:",
            on_click="ignore",
        )
