"""Starts from another task's prompt as Plotly figures. Pure; no Streamlit."""

from collections.abc import Iterable
from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.common import charts
from pages.common.charts import CurveStyle
from pages.common.theme import Palette
from pages.common.words import counted, percent
from pages.transfer import warm_view
from pages.transfer.warm_view import steps_text
from ptlib.transfer import warm

_SIGNS = {warm.SAME: ("triangle-up", "▲"), warm.OTHER: ("x", "✕")}
"""Marker of a relation, and the same shape as a letter."""


def steps_figure(table: pd.DataFrame, colours: Palette) -> go.Figure:
    """Steps until the own start's converged score, one row a target: own start hollow, from a relative and a stranger filled.

    table: of `by_target`.
    """
    figure, names = go.Figure(), [escape(name) for name in dict.fromkeys(table["task"])]
    own = table.groupby("task", sort=False)["own_steps"].mean()
    for task, group in table.groupby("task", sort=False):
        ends = [own[task], *group["warm_steps"].dropna()]
        charts.span(figure, (min(ends), max(ends)), escape(task), colours.line, width=3)
    hollow = {"size": 15, "symbol": "diamond-open", "color": colours.condition("own"), "line": {"width": 2}}
    told = [f"<b>{escape(task)}</b><br>own start: {steps_text(steps)} steps" for task, steps in own.items()]
    charts.marks(figure, own.to_list(), list(map(escape, own.index)), hollow, told, name="own start", cliponaxis=False)
    hues = {warm.SAME: colours.condition("warm"), warm.OTHER: colours.text}
    for relation, group in table.dropna(subset=["warm_steps"]).groupby("relation", sort=False):
        marker = {"size": 11, "symbol": _SIGNS[relation][0], "color": hues[relation]}
        shown, tasks = f"{warm_view.FROM[relation]} ({relation})", [escape(task) for task in group["task"]]
        charts.marks(figure, list(group["warm_steps"]), tasks, marker, _told(group), name=shown, cliponaxis=False)
    _never(figure, table)
    _axes(figure, names, colours)
    return figure


def _told(group: pd.DataFrame) -> list[str]:
    return [
        f"<b>{escape(row.task)}</b><br>{warm_view.FROM[row.relation]} ({escape(row.sources)}): {steps_text(row.warm_steps)} "
        f"steps, {percent(row.share)} of an own start's<br>{counted(row.runs, 'run')}, {row.not_reached} never got there"
        for row in group.itertuples()
    ]


def _never(figure: go.Figure, table: pd.DataFrame) -> None:
    """Right of the marks: how many runs never got there, where any did not; they are in no mark."""
    missed = table[table["not_reached"] > 0]
    style = {"xref": "paper", "x": 1.02, "xanchor": "left"}
    for task, group in missed.groupby("task", sort=False):
        text = "  ".join(f"{_SIGNS[row.relation][1]} {row.not_reached} of {row.runs}" for row in group.itertuples())
        figure.add_annotation(y=escape(task), text=text, **style)
    if len(missed):
        figure.add_annotation(yref="paper", y=1, yanchor="bottom", text="never got there", **style)


def _axes(figure: go.Figure, names: list[str], colours: Palette) -> None:
    right = 130 if figure.layout.annotations else 24
    title = "Tuning steps until the converged score of an own start"
    charts.finish(figure, colours, 110 + 28 * len(names), x=title, legend=True, t=54, r=right)
    figure.update_xaxes(rangemode="tozero")
    charts.name_rows(figure, names, colours)
    figure.update_layout(legend={"yref": "container", "yanchor": "top"})


def curve_styles(own: Iterable[str], started: Iterable[str], source: str, colours: Palette) -> dict[str, CurveStyle]:
    """Own starts solid, starts from another prompt dashed, one legend entry each; empty when there is nothing to tell apart."""
    own, started = list(own), list(started)
    if not started:
        return {}
    mine = CurveStyle(f"own start ({counted(len(own), 'seed')})", colours.condition("own"), "solid", "diamond")
    name = f"started from {source} ({counted(len(started), 'seed')})"
    theirs = CurveStyle(name, colours.condition("warm"), "dash", "triangle-up")
    return dict.fromkeys(own, mine) | dict.fromkeys(started, theirs)
