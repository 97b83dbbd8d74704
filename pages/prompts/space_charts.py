"""Pictures of the space of prompts as Plotly figures: plain data in, figure out. Pure; no Streamlit."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.common import charts, theme
from pages.common.charts import SKIP
from pages.common.theme import Palette
from pages.common.words import family, known, number, percent
from pages.prompts import space_view
from pages.prompts.space_view import Group

SOLID = {"triangle-up": "x", "star": "diamond-open", "hexagon": "square-open", "circle-open-dot": "circle-open"}
"""Shapes that exist in three dimensions, for those that do not."""


def space_figure(
    points: pd.DataFrame,
    colours: Palette,
    by: str,
    *,
    chosen: str | None = None,
    selected: Collection[str] = (),
    explained: Sequence[float] = (),
    method: str = "pca",
) -> go.Figure:
    """Prompts in 2-D or 3-D; colour and shape by one column, the chosen one ringed, the selected ones in full colour.

    points: columns prompt, label, task, task_name, family, seed, score, set, step, earlier, x, y and perhaps z; by: family, task,
    seed, score or set; selected: none = all; explained: share of the variance on every axis (PCA); method: pca, tsne or umap.
    """
    figure, solid = go.Figure(), "z" in points
    ends = points[~points.earlier]
    _trajectories(figure, points, colours, solid)
    for group in space_view.groups(ends, by, colours):
        _add(figure, group, colours, by, selected)
    if chosen in set(ends["prompt"]):
        _ring(figure, ends[ends["prompt"] == chosen], colours, solid)
    if by in ("family", "task", "score") and not solid:
        _names(figure, space_view.labelled(ends), colours)
    _frame(figure, colours, explained, method, solid)
    if by == "score":
        _score_bar(figure, ends, colours)
    return figure


def _add(figure: go.Figure, group: Group, colours: Palette, by: str, selected: Collection[str]) -> None:
    rows, solid = group.rows, "z" in group.rows
    if rows.empty:
        return
    fill = [theme.colour_at(colours.sequential, v) if known(v) else colours.panel for v in rows.score] if by == "score" else None
    inside = [not selected or name in selected for name in rows["prompt"]]
    symbol = SOLID.get(group.symbol, group.symbol) if solid else group.symbol
    marker: dict[str, Any] = {"size": 6 if solid else 11, "symbol": symbol, "color": fill or group.colour}
    marker["line"] = {"width": 1, "color": colours.muted if by == "score" else colours.background}
    if not solid:
        marker["opacity"] = [1.0 if there else 0.25 for there in inside]
    score = [f"<br>Own score {percent(v, 1)}" if known(v) else "" for v in rows.score]
    hover = [f"<b>{row.label}</b><br>{family(row.family)}{text}" for row, text in zip(rows.itertuples(), score, strict=True)]
    more: dict[str, Any] = {} if solid else {"unselected": {"marker": {"opacity": 0.25}}}
    more |= {"name": group.name, "hovertext": hover, "hoverinfo": "text", "customdata": [[name] for name in rows["prompt"]]}
    _points(figure, rows, solid, marker, **more)


def _points(figure: go.Figure, rows: pd.DataFrame, solid: bool, marker: dict[str, Any], **more: Any) -> None:
    """Points in two or three dimensions."""
    kind = go.Scatter3d if solid else go.Scatter
    figure.add_trace(kind({axis: rows[axis] for axis in ("xyz" if solid else "xy")}, mode="markers", marker=marker, **more))


def _trajectories(figure: go.Figure, points: pd.DataFrame, colours: Palette, solid: bool) -> None:
    """Faint lines from where a prompt started (hollow) over where it was on its way (dots) to where it ended."""
    earlier = points[points.earlier]
    if earlier.empty:
        return
    paths: dict[str, list[float | None]] = {axis: [] for axis in ("xyz" if solid else "xy")}
    moved = points[points["prompt"].isin(earlier["prompt"])]
    for _, way in moved.sort_values(["earlier", "step"], ascending=[False, True]).groupby("prompt", sort=False):
        for axis, values in paths.items():
            values += [*way[axis], None]
    kind = go.Scatter3d if solid else go.Scatter
    figure.add_trace(kind(**paths, mode="lines", line={"color": colours.line, "width": 1}, **SKIP))
    for rows, symbol, size, name in (
        (earlier[earlier.step == 0], "circle-open", 6, "start"),
        (earlier[earlier.step > 0], "circle", 4, "on the way"),
    ):
        if len(rows):
            mark = {"size": size - 2 if solid else size, "symbol": symbol, "color": colours.muted}
            told = [f"{row.label}<br>step {row.step}" for row in rows.itertuples()]
            _points(figure, rows, solid, mark, name=name, hovertext=told, hoverinfo="text")


def _ring(figure: go.Figure, rows: pd.DataFrame, colours: Palette, solid: bool) -> None:
    line = {"width": 2.5, "color": colours.text}
    mark = {"size": 12 if solid else 20, "symbol": "circle-open", "color": colours.text, "line": line}
    _points(figure, rows, solid, mark, **SKIP)


def _names(figure: go.Figure, rows: pd.DataFrame, colours: Palette) -> None:
    style = {"yshift": 13, "font": {"size": colours.pt(12), "color": colours.muted}}
    ranges = [np.ptp(np.concatenate([trace[axis] for trace in figure.data if trace.customdata is not None])) for axis in "xy"]
    span = max(float(max(ranges)), 1e-9)
    placed: list[tuple[float, float]] = []
    for row in rows.itertuples():
        if any(abs(row.x - x) < 0.16 * span and abs(row.y - y) < 0.035 * span for x, y in placed):
            continue  # two names on one spot tell nothing; the pointer and the list name every point
        placed.append((row.x, row.y))
        figure.add_annotation(x=row.x, y=row.y, text=row.task_name, **style)


def _frame(figure: go.Figure, colours: Palette, explained: Sequence[float], method: str, solid: bool) -> None:
    """Axes: PCA names the variance it explains, the others have no scale that means anything."""
    named = {}
    for place, axis in enumerate("xyz" if solid else "xy"):
        told = place < len(explained) and method == "pca"
        text = f"Component {place + 1} ({percent(explained[place])} of the variance)" if told else ""
        flat = {"backgroundcolor": theme.CLEAR, "showspikes": False, "gridcolor": colours.line, "zeroline": False}
        plain = {"showline": True, "showgrid": False, "ticks": "", "fixedrange": False, "constrain": "domain"}
        named[f"{axis}axis"] = (flat if solid else plain) | {"showticklabels": False, "title": {"text": text}}
    charts.finish(figure, colours, 520, legend=True, t=30, b=30)
    if solid:
        figure.update_layout(scene={**named, "bgcolor": theme.CLEAR, "aspectmode": "data"}, dragmode="orbit")
        return
    selection = {"line": {"color": colours.text, "width": 1.5, "dash": "dot"}}
    figure.update_layout(**named, dragmode="lasso", newselection=selection, yaxis_scaleanchor="x")


def _score_bar(figure: go.Figure, rows: pd.DataFrame, colours: Palette) -> None:
    """A colour bar for the score: an invisible trace that carries it."""
    scale = [list(stop) for stop in colours.sequential]
    bar = {"thickness": 8, "len": 0.5, "tickformat": ".0%", "outlinewidth": 0, "title": {"text": "Own score"}}
    mark = {"color": [0, 1], "colorscale": scale, "cmin": 0, "cmax": 1, "colorbar": bar, "showscale": True, "opacity": 0}
    _points(figure, rows.iloc[[0, 0]], "z" in rows, mark, **SKIP)


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
    charts.finish(figure, colours, 70 + 34 * len(rows), legend=True, r=260, t=30, b=26)
    figure.update_xaxes(range=[low - 0.05, 1.05], zeroline=True)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False)
    return figure
