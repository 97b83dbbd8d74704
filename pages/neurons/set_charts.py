"""Pictures of several sets of neurons, and of masking: UpSet, barcode, dose-response. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.common import theme
from pages.common.charts import SKIP, band, error_bars, finish, marks
from pages.common.theme import Palette
from pages.common.words import known, percent

MOST = 16
"""Intersections that are drawn."""
TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000)


def upset_figure(found: pd.DataFrame, names: Mapping[str, str], order: Sequence[str], colours: Palette) -> go.Figure:
    """Exclusive intersections: size as a number, height as a ratio to independent sets, and dots for who takes part.

    found: of `view.columns_of_sets`; names: task -> how it is called.
    """
    rows = found.head(MOST)
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.58, 0.42], vertical_spacing=0.08)
    _ratios(figure, rows, colours)
    _dots(figure, rows, names, order, colours)
    finish(figure, colours, 260 + 26 * len(order))
    figure.update_xaxes(showticklabels=False, showgrid=False)
    sizes = {"tickvals": rows.index.tolist(), "ticktext": [f"<b>{count}</b>" for count in rows["count"]]}
    figure.update_xaxes(showticklabels=True, tickangle=0, **sizes, row=1, col=1)  # below the marks: no line runs through them
    ends = [min(rows.times.min(), 1) / 1.5, max(rows.times.max(), 1) * 1.5]
    ticks = [tick for tick in TICKS if ends[0] <= tick <= ends[1]]
    shown = {"tickvals": ticks, "ticktext": [f"{tick:g}×" for tick in ticks], "range": list(np.log10(ends))}
    figure.update_yaxes(title={"text": "Times independent sets"}, type="log", **shown, row=1, col=1)
    tasks = [names[name] for name in order]
    figure.update_yaxes(categoryorder="array", categoryarray=tasks[::-1], showgrid=False, row=2, col=1)
    return figure


def _ratios(figure: go.Figure, rows: pd.DataFrame, colours: Palette) -> None:
    """A stem from 1 to the ratio of every intersection; grey for neurons of one task alone."""
    fill = [colours.accent if degree > 1 else colours.muted for degree in rows.degree]
    for place, (ratio, hue) in enumerate(zip(rows.times, fill, strict=True)):
        line = {"color": theme.with_alpha(hue, 0.45), "width": 7}
        figure.add_scatter(x=[place, place], y=[1, ratio], mode="lines", line=line, **SKIP, row=1, col=1)
    figure.add_hline(y=1, line={"color": colours.text, "width": 1.5}, row=1, col=1)
    told = [
        f"<b>{tasks}</b><br>{count} neurons, independent sets: {expected:.1f}"
        for tasks, count, expected in rows[["tasks", "count", "expected"]].itertuples(index=False)
    ]
    marks(figure, rows.index, rows.times, {"size": 12, "color": fill}, told, row=1, col=1)


def _dots(figure: go.Figure, rows: pd.DataFrame, names: Mapping[str, str], order: Sequence[str], colours: Palette) -> None:
    place = {"row": 2, "col": 1}
    grid = [(column, names[name]) for column in rows.index for name in order]
    faint = {"size": 9, "color": colours.line}
    marks(figure, [c for c, _ in grid], [n for _, n in grid], faint, hoverinfo="skip", **place)
    for column, members in enumerate(rows.members):
        shown = [names[name] for name in order if name in members]
        line = {"color": colours.text, "width": 2}
        mark = {"mode": "lines+markers", "line": line, "marker": {"size": 10}}
        figure.add_scatter(x=[column] * len(shown), y=shown, **mark, **SKIP, **place)


def barcode_figure(sets: np.ndarray, neurons: np.ndarray, layer: int, names: Sequence[str], colours: Palette) -> go.Figure:
    """One row a task, one column a neuron of a layer, most shared first; filled = activated."""
    values = sets[:, layer][:, neurons].astype(int)
    look = {"colorscale": [[0, colours.panel], [1, colours.text]], "showscale": False, "ygap": 3}
    told = {"customdata": np.broadcast_to(neurons, values.shape), "hovertemplate": "%{y}, neuron %{customdata}<extra></extra>"}
    figure = go.Figure(go.Heatmap(z=values, y=list(names), x=list(range(1, len(neurons) + 1)), **look, **told))
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(showgrid=False)
    return finish(figure, colours, 90 + 24 * len(names), x=f"Neurons of layer {layer + 1}, most shared first")


def dose_figure(
    summary: pd.DataFrame,
    unmasked: float,
    colours: Palette,
    others: Mapping[str, str],
    chance: float | None,
    *,
    at: float | None = None,
    below: bool = False,
) -> go.Figure:
    """Score against the share of a set that is zeroed: one panel a set, its random twins beside, all on one scale.

    at: the share that is read out; below: panels stand one below another.
    """
    parts = list(summary.groupby(["condition", "other"], sort=False))
    titles = [_panel(condition, other, others) for (condition, other), _ in parts]
    size = (len(parts), 1) if below else (1, len(parts))
    gaps = {"vertical_spacing": 0.3 / len(parts)} if below else {"horizontal_spacing": 0.03}
    figure = make_subplots(*size, shared_yaxes=not below, subplot_titles=titles, **gaps)
    for place, (_, table) in enumerate(parts, 1):
        _curves(
            figure, table.sort_values("ratio"), unmasked, colours, {"row": place if below else 1, "col": 1 if below else place}
        )
    figure.add_hline(y=unmasked, line={"color": colours.muted, "width": 1, "dash": "dot"})
    if at is not None:
        figure.add_vline(x=at, line={"color": colours.accent, "width": 1.5})
    if chance is not None:
        figure.add_hline(y=chance, line={"color": colours.line, "width": 1})
    finish(figure, colours, 90 + 210 * len(parts) if below else 360, legend=True, t=66)
    figure.update_xaxes(tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1], tickangle=0, showgrid=False)
    ends = [value for value in (unmasked, chance, *summary.score, *summary.random_score, *summary.low) if known(value)]
    figure.update_yaxes(tickformat=".0%", range=[min(ends) - 0.03, max(*ends, *summary.high) + 0.03])
    last = {"row": len(parts)} if below else {}
    figure.update_xaxes(title={"text": "Share zeroed"}, **last)
    figure.update_yaxes(title={"text": "Score"}, row=1, col=1)
    figure.update_annotations(font={"size": colours.pt(13), "color": colours.text})
    figure.update_layout(legend={"y": 1.12 if not below else 1 + 50 / (90 + 210 * len(parts))})
    return figure


def _panel(condition: str, other: str, others: Mapping[str, str]) -> str:
    name = others.get(other, other)
    return {"own": "Own neurons", "shared": f"Shared with {name}", "other": f"{name} only"}.get(condition, condition)


def _curves(figure: go.Figure, table: pd.DataFrame, unmasked: float, colours: Palette, where: dict[str, int]) -> None:
    x = [0.0, *table.ratio]
    ends = [unmasked, *table.random_low], [unmasked, *table.random_high]
    band(figure, x, ends, theme.with_alpha(colours.muted, 0.2), **where)
    shared = {"x": x, "mode": "lines+markers", "showlegend": where == {"row": 1, "col": 1}, **where}
    look: dict[str, Any] = {
        "line": {"color": colours.muted, "dash": "dash", "width": 2},
        "marker": {"symbol": "square-open", "size": 8},
    }
    name, told = "as many random neurons, 95 % of draws", "random: %{y:.1%}<extra></extra>"
    figure.add_scatter(y=[unmasked, *table.random_score], name=name, hovertemplate=told, **look, **shared)
    look = {"line": {"color": colours.categories[0], "width": 2.5}, "marker": {"size": 9}, "name": "this set, 95 % over examples"}
    look["error_y"] = error_bars([0.0, *(table.high - table.score)], [0.0, *(table.score - table.low)])
    hover = ["unmasked", *(_told(row) for row in table.itertuples())]
    figure.add_scatter(y=[unmasked, *table.score], hovertext=hover, hoverinfo="text", **look, **shared)


def _told(row: Any) -> str:
    return f"{percent(row.ratio)} zeroed ({row.neurons} neurons): {percent(row.score, 1)}"
