"""Two spaces of prompts as Plotly figures: agreement a task, and several spaces in one picture. Pure; no Streamlit."""

from collections.abc import Collection

import pandas as pd
import plotly.graph_objects as go

from pages.common import charts
from pages.common.theme import Palette
from pages.common.words import family, percent
from pages.space import charts as space_charts
from pages.space.charts import DIM, Look

_FILLED = ("circle", "diamond", "square", "triangle-up", "star", "hexagon", "cross")


def agreement_figure(table: pd.DataFrame, colours: Palette, chance: float, lit: Collection[str] = ()) -> go.Figure:
    """Bars: share of a task's nearest tasks that are the same in both spaces; dotted: chance. table: task, shared, families."""
    rows = table.sort_values("shared", ascending=False, kind="stable")
    inside = [1.0 if not lit or task in lit else DIM for task in rows.id]
    marker = {"color": [colours.family(name) for name in rows.family], "opacity": inside}
    told = [
        f"<b>{row.task}</b><br>{percent(row.shared)} the same<br>{row.near_first}<br>{row.near_second}"
        for row in rows.itertuples()
    ]
    figure = go.Figure()
    look = {"orientation": "h", "hovertext": told, "hoverinfo": "text", "marker": marker}
    figure.add_bar(x=rows.shared, y=rows.task, text=[percent(v) for v in rows.shared], customdata=[[t] for t in rows.id], **look)
    figure.update_traces(textposition="outside", cliponaxis=False, textfont={"color": colours.text})
    figure.add_vline(x=chance, line={"color": colours.muted, "width": 1.5, "dash": "dot"})
    charts.finish(figure, colours, 60 + 26 * len(rows), x="Share of nearest tasks in common", r=40, b=40)
    charts.name_rows(figure, list(rows.task), colours)
    figure.update_xaxes(range=[0, 1.12], tickformat=".0%")
    return figure


def together_figure(
    points: pd.DataFrame, colours: Palette, look: Look, lit: Collection[str] = (), *, named: bool = True
) -> go.Figure:
    """Prompts of several spaces: colour is the family, shape the space. points: also column set; lit: tasks; named: families have
    one place in all spaces, so their names stand there.
    """
    figure = go.Figure()
    for place, (space, rows) in enumerate(points.groupby("set", sort=False)):
        symbol = _FILLED[place % len(_FILLED)] + ("-open" if place % 2 else "")
        hues = [colours.family(name) for name in rows.family]
        inside = [1.0 if not lit or task in lit else DIM for task in rows.common]
        mark = {"size": round(12 * colours.scale), "symbol": symbol, "color": hues, "opacity": inside, "line": {"width": 2}}
        mark["line"] = {"width": 2.2 if place % 2 else 1, "color": hues if place % 2 else colours.background}
        told = [f"<b>{row.label}</b><br>{space}<br>{family(row.family)}" for row in rows.itertuples()]
        data = [[name] for name in rows["prompt"]]
        more = {"hovertext": told, "hoverinfo": "text", "customdata": data, "showlegend": False, "name": str(space)}
        figure.add_scatter(x=rows.x, y=rows.y, mode="markers", marker=mark, **more)
        entry = {"symbol": symbol, "color": colours.text, "size": 12}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=entry, name=str(space))
    for name in dict.fromkeys(points.family):
        entry = {"symbol": "line-ew", "size": 14, "line": {"color": colours.family(name), "width": 5}}
        figure.add_scatter(x=[None], y=[None], mode="markers", marker=entry, name=family(name))
    space_charts.frame_of(figure, points, colours, look, named=named)
    return figure
