"""Parts of the Transfer map page, in reading order."""

from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.common import address, cautions, context, data, frame, parts, words
from pages.common.context import Context
from pages.transfer import cell_parts, side_parts
from pages.transfer import charts as map_charts
from pages.transfer import view as map_view
from ptlib.results.answers import SECOND, SECOND_NAMES
from ptlib.tasks.names import COMMONEST
from ptlib.tasks.task import FAMILIES
from ptlib.transfer import export, patterns
from ptlib.transfer.matrix import TransferMatrix

LIT = "lit"
"""Parameter: tasks whose rows and columns are lit, joined by dots."""
SHOWN = {"own": "Your map", "asymmetry": "Asymmetry", "two": "Two maps"}
_CELL = {"score": 100, "low": 100, "high": 100, "gain_kept": 100, "gain_low": 100, "gain_high": 100, "relative": 1}
"""Numbers of a cell -> factor to percent."""
OLD_SHOWN = {"published": "two", "Published": "two"}
"""What links of earlier versions call the view of two maps; it began with a published table then."""


def promise(now: Context | None) -> str:
    """The whole map in one sentence, from the data."""
    if now is None:
        return "See which prompts work on which tasks."
    return words.blocks_reading(patterns.blocks(now.matrix, data.families_of(now.matrix)))


def controls(now: Context | None) -> tuple[str, str, str, bool]:
    """What is shown, metric, order and whether all numbers are; in one line, all part of the address."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if st.query_params.get("show") in OLD_SHOWN:
            side_parts.begin_published()
        shown = address.choice("Show", "show", SHOWN, bare=True, old=OLD_SHOWN)
        if shown != "own" or now is None:
            return shown, "gain_kept", "family", False
        metrics = {metric.key: metric.name for metric in map_view.METRICS.values()}
        metric = address.choice("Value in the cells", "metric", metrics, bare=True)
        order = address.choice("Order", "order", map_view.ORDERS, bare=True)
        told = "Without it only cells that break the pattern carry a number: below 95 % within a family, clearly off 0 elsewhere."
        everything = st.toggle("All numbers", key="numbers", bind="query-params", help=told)
    return shown, metric, order, everything


def whose(now: Context) -> None:
    """Whose results the map rests on: a run of one's own changes nothing until that is chosen."""
    named = data.choices(data.catalogue().fingerprint(), now.backbone, now.recipe)
    if named:
        with st.container(width=360):
            told = (
                "The demo's seeds: what was shown before your runs; they only fill cells that the demo lacks. Mine: beside the "
                "own and untrained levels of all where you have none."
            )
            address.select("Whose numbers", context.WHOSE, named, help=told)


def lint_banner(now: Context) -> None:
    """Say so when the cells are not on one footing, or when an artefact is damaged."""
    parts.damage_note(now.fingerprint)
    cautions.footing(now)


@st.cache_resource(max_entries=16, show_spinner=False)
def _view(
    fingerprint: str, _matrix: TransferMatrix, backbone: str, recipe: str | None, metric: str, order: str
) -> map_view.MapView:
    return map_view.build_view(_matrix, data.families_of(_matrix), metric, order, FAMILIES)


def view(now: Context, metric: str, order: str) -> map_view.MapView:
    """The laid-out map of the current context."""
    return _view(now.fingerprint, now.matrix, now.backbone, now.recipe, metric, order)


def map_and_panel(now: Context, metric: str, order: str, everything: bool) -> None:
    """The map and beside it the chosen cell, both in one screen; below each other where there is no room.

    The cell's words go first: they stand before the browser is busy with the picture.
    """
    size, laid_out = frame.screen(), view(now, metric, order)
    beside = size not in ("phone", "narrow")
    first, second = st.columns([62, 38], gap="small") if beside else (st.container(), st.container())
    with second:
        cell_parts.panel(now, map_charts.height(laid_out, parts.colours(), now.names) if beside else None)
    with first:
        if size == "phone":
            phone_list(now, laid_out)
        else:
            _picture(now, laid_out, everything)


def _picture(now: Context, laid_out: map_view.MapView, everything: bool) -> None:
    chosen, names, lit = (now.source, now.target), now.names, _lit(now)
    rows = [name for name in laid_out.rows if name != COMMONEST]
    with st.container(gap=None):
        frame.arrow_keys("map_keys", parts.reading(now), chosen, (rows, laid_out.columns), context.choose)
        parts.chart(
            map_charts.map_figure(laid_out, parts.colours(), names, chosen, everything=everything, lit=lit),
            "map",
            f"Transfer map. {promise(now)} {parts.reading(now)}",
            partial(cell_table, now),
            on_click=context.chart_click,
            file=f"transfer map {now.backbone} {laid_out.metric.key}".replace("/", " "),
        )


def _lit(now: Context) -> list[str]:
    """Tasks that a selection of prompts lights up; it comes with a link and is said, with a way out of it."""
    asked = [name for name in st.query_params.get(LIT, "").split(".") if name]
    lit = [name for name in asked if name in now.matrix.targets]
    if len(lit) < len(asked):
        strange = words.listing((name for name in asked if name not in lit), 3)
        st.caption(f":orange[{words.literal(f'The link lights up what this map does not have: {strange}.')}]")
    if lit:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Rows and columns of {words.listing((now.names[name] for name in lit), 3)} are lit.")
            st.button("Show all", key="unlit", on_click=_unlit, icon=":material/close:", type="tertiary")
    return lit


def _unlit() -> None:
    st.query_params.pop(LIT, None)


def phone_list(now: Context, laid_out: map_view.MapView) -> None:
    """On a telephone: one source's prompt on all targets, a bar each, since cells would be too small to read or to hit."""
    sources = [name for name in laid_out.rows if name != COMMONEST]
    st.selectbox(
        "Source prompt",
        sources,
        index=sources.index(now.source),
        format_func=data.task_name,
        key=f"list_source|{now.source}",
        on_change=_other_source,
        args=(now,),
    )
    parts.chart(
        map_charts.list_figure(laid_out, parts.colours(), now.names, (now.source, now.target)),
        "map_list",
        f"{words.owner(now.names[now.source])} prompt on every task. {parts.reading(now)}",
        partial(cell_table, now),
        on_click=context.chart_click,
    )


def _other_source(now: Context) -> None:
    context.choose(st.session_state[f"list_source|{now.source}"], now.target)


def legend(now: Context, metric: str, everything: bool) -> None:
    """What the marks mean, in words."""
    chosen, looks = map_view.METRICS[metric], sum(bool(cell.planned) for cell in now.matrix.cells)
    looked = f"⋈ measured on a part of the examples so far ({words.counted(looks, 'cell')})  ·  " if looks else ""
    dots = "● the 95 % interval includes the untrained level  ·  " if everything else ""
    some = "" if everything else " Only cells that break the pattern of the families carry a number."
    st.caption(
        "Each cell is the prompt of its row, reused unchanged on the task of its column. "
        f"**{chosen.name}**: {chosen.meaning} Numbers in percent.{some}  \n"
        f"{looked}{dots}◥ fewer than 3 seeds  ·  hatched: not run  ·  "
        "– no value: the target's own prompt is missing or not clearly better than an untrained one  ·  "
        "dotted outline: the task's own prompt"
    )


def twin(now: Context, metric: str) -> None:
    """The map as a table: every click on the map has a row here for the keyboard."""
    box = parts.drawer("The map as a table", ":material/table_rows:", "twin_open")
    if box is None:
        return
    with box:
        table = twin_table(now)
        st.caption("Choose a row with the mouse, or with the arrow keys and Shift + space.")
        pairs, shown = table[["source", "target"]], table.drop(columns=["source", "target"])
        alt = "All cells of the transfer map with intervals, seeds and examples"
        parts.table(shown, alt, "twin", lambda place: context.choose(*pairs.iloc[place]), height=360, column_config=_columns())


def cell_table(now: Context) -> pd.DataFrame:
    """One row a cell of the map, ids and numbers as they are: fractions, `relative` in percent; the commonest class, too."""
    cells = now.matrix.frame(), pd.DataFrame([asdict(cell) for cell in now.matrix.commonest.values()])
    return pd.concat(cells, ignore_index=True)[["source", "target", *_CELL, "n_seeds", "n_examples", "planned", "over", "origin"]]


def twin_table(now: Context) -> pd.DataFrame:
    """One row a cell with shown names, values in percent, and ids."""
    names = now.names
    frame = now.matrix.frame()
    table = pd.DataFrame({"Source": frame.source.map(names), "Target": frame.target.map(names)})
    for column, factor in _CELL.items():
        table[column] = (frame[column] * factor).round(1)
    second = pd.DataFrame([now.matrix.second(cell) for cell in now.matrix.cells], columns=list(SECOND)) * 100
    table = table.join(second.dropna(axis=1, how="all").round(1))
    return table.assign(
        seeds=frame.n_seeds,
        examples=[f"{n} of {planned}" if planned else str(n) for n, planned in zip(frame.n_examples, frame.planned, strict=True)],
        origin=frame.origin,
        source=frame.source,
        target=frame.target,
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
        **{name: number(shown, format="%.1f %%") for name, shown in SECOND_NAMES.items()},
        "seeds": "Seeds",
        "examples": "Examples",
        "origin": "From",
    }


def exports(now: Context, metric: str, order: str) -> None:
    """Save the map: long CSV (one row a seed, with run ids), a page that opens without a network, pictures, link."""
    box = parts.drawer("Save and share", ":material/ios_share:", "exports_open")
    if box is None:
        return
    with box:
        name = f"transfer_map_{now.backbone}".replace("/", "_")
        with st.container(horizontal=True):
            table, page = partial(export.matrix_csv, data.catalogue(), now.matrix), partial(standalone, now, metric, order)
            parts.save("Table (CSV)", table, f"{name}.csv", ":material/table_view:")
            paper = partial(export.booktabs, now.matrix, now.names, metric)
            parts.save("Table for a paper (LaTeX)", paper, f"{name}.tex", ":material/article:")
            parts.save("Stand-alone page (HTML)", page, f"{name}.html", ":material/html:")
        parts.share("transfer", metric=map_view.METRICS[metric].name, order=map_view.ORDERS[order])


def standalone(now: Context, metric: str, order: str) -> str:
    """The map as it is on the page, in one HTML file."""
    figure = map_charts.map_figure(view(now, metric, order), parts.colours(), now.names, (now.source, now.target))
    return export.html_page(
        now.matrix,
        data.catalogue(),
        f"Transfer map of {data.backbone_name(now.backbone)}",
        str(figure.to_html(include_plotlyjs=True, full_html=False)),
        names=now.names,
        told=(promise(now), parts.reading(now)),
    )
