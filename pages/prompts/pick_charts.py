"""Pictures for choosing a source: measured transfer of every candidate, and indicators judged. Pure; no Streamlit."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.common import charts, theme
from pages.common.theme import Palette
from pages.common.words import known


def measured_figure(rows: pd.DataFrame, colours: Palette, unit: str) -> go.Figure:
    """Transfer of every source to one target, best on top; your pick and the suggestions are marked.

    rows: columns source, name, family, value, low, high, role (of `roles`, or empty).
    """
    figure = go.Figure()
    for row in rows.itertuples():
        charts.span(figure, (row.low, row.high), row.name, colours.line)
    for family, part in rows.groupby("family", sort=False):
        marker = {"size": 12, "color": colours.family(family), "symbol": theme.SYMBOLS.get(family, "circle-open")}
        more = {"customdata": [[source] for source in part.source], "hovertemplate": "%{y}: %{x:.1f}<extra></extra>"}
        charts.marks(figure, part.value, part.name, marker, **more)
    for row in rows[rows.role != ""].itertuples():
        end = row.high if known(row.high) else row.value
        style = {"xanchor": "left", "xshift": 10, "font": {"size": colours.pt(12), "color": colours.accent}}
        figure.add_annotation(x=max(end, row.value), y=row.name, text=f"<b>{row.role}</b>", **style)
    figure.update_yaxes(categoryorder="array", categoryarray=list(rows.sort_values("value").name), showgrid=False)
    return charts.finish(figure, colours, 90 + 25 * len(rows), x=unit, r=110, t=10)


def judged_figure(judged: pd.DataFrame, colours: Palette, kind: str, chosen: str = "") -> go.Figure:
    """Left: Spearman of every indicator. Right: loss for one, two and three suggestions, beside chance and the family flag."""
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.05)
    names = [f"<b>{row['name']}</b>" if row["key"] == chosen else row["name"] for _, row in judged.iterrows()]
    fill = [colours.muted if key in ("family", "chance") else colours.accent for key in judged["key"]]
    look = {"orientation": "h", "marker": {"color": fill}, "showlegend": False, "row": 1, "col": 1}
    figure.add_bar(x=judged[kind].astype(float), y=names, hovertemplate="%{y}: %{x:.2f}<extra></extra>", **look)
    for k, symbol in enumerate(("circle", "diamond", "square"), 1):
        marker = {"size": 11 if k == 1 else 8, "symbol": symbol, "color": colours.categories[k - 1]}
        more = {"name": f"best of {k}" if k > 1 else "first suggestion", "hovertemplate": "%{y}: %{x:.1f} points<extra></extra>"}
        charts.marks(figure, judged[f"regret_{k}"].astype(float), names, marker, row=1, col=2, **more)
    charts.finish(figure, colours, 90 + 30 * len(names), legend=True, b=43)
    figure.update_xaxes(title={"text": "Spearman with transfer"}, row=1, col=1)
    figure.update_xaxes(title={"text": "Loss in points"}, rangemode="tozero", row=1, col=2)
    figure.update_xaxes(zeroline=True)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False)
    figure.update_layout(legend={"x": 0.53})
    return figure


def roles(yours: str | None, suggested: list[str]) -> Mapping[str, str]:
    """Source -> what it is marked as."""
    found = {name: f"suggestion {place}" for place, name in enumerate(suggested, 1)}
    if yours is not None:
        found[yours] = ", ".join(filter(None, ("your pick", found.get(yours))))
    return found
