"""How far to trust a picture of prompts, as a Plotly figure. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from pages.common import charts
from pages.common.theme import Palette
from pages.common.words import known, number


def trust_figure(rows: Sequence[Mapping[str, Any]], colours: Palette) -> go.Figure:
    """Dots for what was found, ticks for chance: silhouette, purity, neighbours kept and persisting."""
    figure, names = go.Figure(), [str(row["name"]) for row in rows]
    for row in rows:
        charts.span(figure, (row["chance"], row["value"]), row["name"], colours.line, width=3)
    chance = [row for row in rows if known(row["chance"])]
    tick = {"symbol": "line-ns", "size": 15, "line": {"width": 2, "color": colours.muted}}
    for name, told, key, shown, mark in (
        ("chance", "chance", "chance", chance, tick),
        ("found", "%{y}:", "value", rows, {"size": 12, "color": colours.accent}),
    ):
        x, y = ([row[column] for row in shown] for column in (key, "name"))
        charts.marks(figure, x, y, mark, name=name, hovertemplate=f"{told} %{{x:.2f}}<extra></extra>")
    for row in rows:
        text = f"<b>{number(row['value'])}</b>  {row['note']}"
        style = {"xanchor": "left", "font": {"size": colours.pt(12), "color": colours.text}}
        figure.add_annotation(xref="paper", x=1.02, y=row["name"], text=text, **style)
    low = min(0.0, *(float(row[key]) for row in rows for key in ("value", "chance") if known(row[key])))
    charts.finish(figure, colours, 70 + 34 * len(rows), legend=True, r=260)
    figure.update_xaxes(range=[low - 0.05, 1.05], zeroline=True)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False)
    return figure
