"""Two to six runs beside each other: curves over each other, settings that differ, and a paired test between their scores."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.common import charts, data, frame, parts, words
from pages.runs import compare_view, curve_parts, curve_view, table_parts, table_view
from ptlib.runs.history import comparison
from ptlib.runs.history.comparison import Difference
from ptlib.runs.queue import Job


def comparison_of(jobs: Sequence[Job], listing: Sequence[Job]) -> None:
    """The whole comparison."""
    st.header(f"{words.counted(len(jobs), 'run')} compared", anchor=False)
    table_parts.compare_with(jobs, listing)
    names = {job.id: table_view.name(job, jobs) for job in jobs}
    _scores(jobs, names)
    _settings(jobs, names)
    _curves(jobs, names)
    with st.container(horizontal=True):
        for job in jobs:
            label, icon = f"Open {words.literal(names[job.id])}", ":material/open_in_full:"
            st.button(label, icon=icon, key=f"only_{job.id}", on_click=table_parts.put, args=((job.id,),), kwargs={"turn": True})


@st.cache_data(max_entries=8, show_spinner=False)
def _differences(fingerprint: str, runs: tuple[str, ...], _jobs: Sequence[Job]) -> list[Difference]:
    return comparison.differences(_jobs, data.catalogue())


def _scores(jobs: Sequence[Job], names: Mapping[str, str]) -> None:
    """Verdict first, numbers behind it."""
    found = _differences(data.catalogue().fingerprint(), tuple(job.id for job in jobs), jobs)
    for line in compare_view.verdicts(found, names, data.task_name):
        st.markdown(words.literal(line))
    if found:
        table = compare_view.table(found, names)
        alt = "Differences of scores between runs, with intervals and tests"
        parts.table(table, alt, "compare_scores", column_config=_columns())
        told = (
            "Points of score, first minus second; 95 % interval: paired bootstrap over seeds, then examples; p: sign flips over "
            "examples, corrected for all pairs (Holm). Clear: both agree."
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(told, width="stretch")
            parts.save_menu(table, "runs compared", "compare_scores", "Runs compared")


def _columns() -> dict[str, Any]:
    number, phone = st.column_config.NumberColumn, frame.screen() == "phone"
    signed: dict[str, Any] = {name: number(format="%+.1f") for name in ("Difference", "From", "To")}
    return signed | {name: st.column_config.TextColumn(width=90 if phone else None) for name in ("First", "Second")}


def _settings(jobs: Sequence[Job], names: Mapping[str, str]) -> None:
    differing = comparison.settings(jobs)
    if not differing:
        st.markdown("Their settings are the same in everything.")
        return
    st.markdown("**Settings that differ**")
    told: dict[str, Any] = {"height": 38 + 35 * len(differing)}
    parts.table(compare_view.settings_table(differing, list(names.values()), data.task_name), "Settings that differ", **told)


def _curves(jobs: Sequence[Job], names: Mapping[str, str]) -> None:
    points = {names[job.id]: curve_parts.points_of(job) for job in jobs}
    curves = {name: rows for name, rows in points.items() if not rows.empty}
    without = [name for name, rows in points.items() if rows.empty]
    if curves:
        series = {names[job.id]: curve_parts.series_names(job) for job in jobs}
        drawn, styles = curve_view.beside_each_other(curves, series, parts.colours())
        levels = curve_view.levels(drawn, curve_parts.own_so_far(jobs))
        look: dict[str, Any] = {"styles": styles, "end": curve_parts.last_step(jobs)}
        figure = charts.curves_figure(drawn, parts.colours(), levels, height=340 if frame.screen() != "phone" else 260, **look)
        table = pd.concat([rows.assign(run=name) for name, rows in curves.items()], ignore_index=True)
        told = "Validation scores while the prompts were tuned, a colour a run; dotted: untrained, and own prompts so far."
        parts.chart(figure, "compare_curves", told, table, file="curves compared", caption=told)
    if without:
        st.caption(f"Without a curve: {words.literal(words.listing(without))}.")
