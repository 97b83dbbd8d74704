"""Pictures of the space of prompts as Plotly figures: plain data in, figure out. Pure; no Streamlit."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.common import charts, theme
from pages.common.charts import SKIP
from pages.common.theme import Palette
from pages.common.words import family, known, percent
from pages.space import view
from pages.space.view import Group

SOLID = {"triangle-up": "x", "star": "diamond-open", "hexagon": "square-open", "circle-open-dot": "circle-open"}
"""Shapes that exist in three dimensions, for those that do not."""
THIN = ("x",)
"""Shapes whose outline would eat them up in three dimensions."""
DIM = 0.18
"""Opacity of what is neither selected nor found."""
BAR = 44
"""Pixels at the right that belong to the mode bar: it never lies over points or legend."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the picture is drawn."""

    by: str = "family"
    """family, task, seed, score or set: what colour and shape tell."""
    ways: bool = False
    """Also where prompts started, and were on their way."""
    method: str = "pca"
    explained: tuple[float, ...] = ()
    """PCA: share of the variance on every axis."""
    size: tuple[int, int] = (700, 700)
    """Width (about) and height in pixels, type not scaled."""
    drag: str = "pan"
    """What dragging does: pan, lasso, or "" (a finger scrolls the page). Clicks choose points only while it draws no lasso."""


def space_figure(
    points: pd.DataFrame, colours: Palette, look: Look, *, chosen: str | None = None, lit: Collection[str] | None = None
) -> go.Figure:
    """Prompts in 2-D or 3-D; colour and shape by one column, the chosen one ringed, the lit ones in full colour.

    points: columns prompt, label, task, task_name, family, seed, score, set, step, earlier, x, y and perhaps z; lit: None = all.
    """
    figure, solid = go.Figure(), "z" in points
    ends = points[~points.earlier]
    if look.ways:
        _ways(figure, points, colours, solid)
    for group in view.groups(ends, look.by, colours):
        _add(figure, group, colours, look.by, lit)
    if chosen in set(ends["prompt"]):
        _ring(figure, ends[ends["prompt"] == chosen], colours, solid)
    _frame(figure, points if look.ways else ends, colours, look)
    if look.by in ("family", "task", "score") and not solid:
        _names(figure, ends, colours, look)
    if look.by == "score":
        _score_bar(figure, ends, colours)
    return figure


def _add(figure: go.Figure, group: Group, colours: Palette, by: str, lit: Collection[str] | None) -> None:
    rows, solid = group.rows, "z" in group.rows
    if rows.empty:
        return
    inside = [lit is None or name in lit for name in rows["prompt"]]
    symbol = SOLID.get(group.symbol, group.symbol) if solid else group.symbol
    marker: dict[str, Any] = {"size": 6 if solid else round(12 * colours.scale), "symbol": symbol}
    marker["color"] = view.score_fills(rows.score, colours) if by == "score" else group.colour
    marker["line"] = {"width": 1, "color": colours.muted if by == "score" else colours.background}
    if symbol in THIN:
        marker |= {"size": 8, "line": {"width": 0}}
    if not solid:
        marker["opacity"] = [1.0 if there else DIM for there in inside]
    elif not all(inside) and by != "score":
        faint = theme.colour_at([(0.0, colours.background), (1.0, group.colour)], DIM)  # WebGL knows no opacity a point
        marker["color"] = [group.colour if there else faint for there in inside]
    score = [f"<br>Own score {percent(v, 1)}" if known(v) else "" for v in rows.score]
    same = rows.get("same", pd.Series("", index=rows.index))
    twins = [f"<br>Identical to {other}" if other else "" for other in same]
    hover = [f"<b>{r.label}</b><br>{family(r.family)}{a}{b}" for r, a, b in zip(rows.itertuples(), score, twins, strict=True)]
    more: dict[str, Any] = {
        "name": group.name,
        "hovertext": hover,
        "hoverinfo": "text",
        "customdata": [[name] for name in rows["prompt"]],
    }
    if lit is not None and not all(inside):
        _entry(figure, group, symbol, solid)
        more["showlegend"] = False
    _points(figure, rows, solid, marker, **more)


def _entry(figure: go.Figure, group: Group, symbol: str, solid: bool) -> None:
    """A legend entry in full colour: that of the points would be as faint as the first of them."""
    mark = {"symbol": symbol, "color": group.colour, "size": 12}
    nowhere = {axis: [None] for axis in ("xyz" if solid else "xy")}
    figure.add_trace((go.Scatter3d if solid else go.Scatter)(nowhere, mode="markers", marker=mark, name=group.name))


def _points(figure: go.Figure, rows: pd.DataFrame, solid: bool, marker: dict[str, Any], **more: Any) -> None:
    """Points in two or three dimensions."""
    kind = go.Scatter3d if solid else go.Scatter
    figure.add_trace(kind({axis: rows[axis] for axis in ("xyz" if solid else "xy")}, mode="markers", marker=marker, **more))


def _ways(figure: go.Figure, points: pd.DataFrame, colours: Palette, solid: bool) -> None:
    """A faint line a family from where its prompts started (hollow) over where they were (dots) to where they ended."""
    earlier = points[points.earlier]
    if earlier.empty:
        return
    kind = go.Scatter3d if solid else go.Scatter
    moved = points[points["prompt"].isin(earlier["prompt"])].sort_values(["earlier", "step"], ascending=[False, True])
    for name, part in moved.groupby("family", sort=False):
        paths: dict[str, list[float | None]] = {axis: [] for axis in ("xyz" if solid else "xy")}
        for _, way in part.groupby("prompt", sort=False):
            for axis, values in paths.items():
                values += [*way[axis], None]
        figure.add_trace(
            kind(**paths, mode="lines", line={"color": theme.with_alpha(colours.family(name), 0.4), "width": 1.5}, **SKIP)
        )
    for rows, symbol, size, name in (
        (earlier[earlier.step == 0], "circle-open", 7, "start"),
        (earlier[earlier.step > 0], "circle", 4, "on the way"),
    ):
        if len(rows):
            mark = {"size": size - 2 if solid else round(size * colours.scale), "symbol": symbol, "color": colours.muted}
            told = [f"{row.label}<br>step {row.step}" for row in rows.itertuples()]
            _points(figure, rows, solid, mark, name=name, hovertext=told, hoverinfo="text", legendrank=2000)


def _ring(figure: go.Figure, rows: pd.DataFrame, colours: Palette, solid: bool) -> None:
    line = {"width": 2.5, "color": colours.text}
    mark = {"size": 12 if solid else round(22 * colours.scale), "symbol": "circle-open", "color": colours.text, "line": line}
    _points(figure, rows, solid, mark, meta="ring", ids=list(rows["prompt"]), **SKIP)


def _names(figure: go.Figure, ends: pd.DataFrame, colours: Palette, look: Look) -> None:
    """Names of families (or tasks) at the centres of their points, beside the points rather than on them."""
    by = "task" if look.by == "task" else "family"
    size = 13 if by == "task" else 16
    margin, letter = figure.layout.margin, colours.pt(size)
    box = {axis: figure.layout[f"{axis}axis"].range for axis in "xy"}
    width, height = look.size[0] - margin.l - margin.r, look.size[1] - margin.t - margin.b
    ranges = ((box["x"][0], box["x"][1]), (box["y"][0], box["y"][1]))
    for name in view.centres(ends, by, ranges, (width / letter, height / letter)):
        hue = colours.family(name.family)
        font = {"size": letter, "color": hue if by == "family" else colours.text}
        style = {"bgcolor": _veil(colours), "borderpad": 1, "font": font}
        figure.add_annotation(x=name.x, y=name.y, text=f"<b>{name.text}</b>" if by == "family" else name.text, **style)


def _veil(colours: Palette) -> str:
    return theme.with_alpha(colours.background, 0.72)


def _frame(figure: go.Figure, shown: pd.DataFrame, colours: Palette, look: Look) -> None:
    """Axes: PCA names the variance it explains and is drawn to scale; the others have no scale, so they fill the frame."""
    solid, named = "z" in shown, {}
    for place, axis in enumerate("xyz" if solid else "xy"):
        told = place < len(look.explained) and look.method == "pca"
        text = f"Component {place + 1} ({percent(look.explained[place])} of the variance)" if told else ""
        flat = {"backgroundcolor": theme.CLEAR, "showspikes": False, "gridcolor": colours.line, "zeroline": False}
        plain = {"showline": False, "showgrid": False, "ticks": "", "fixedrange": not look.drag, "constrain": "range"}
        named[f"{axis}axis"] = (flat if solid else plain) | {"showticklabels": False, "title": {"text": text}}
    few = look.by != "task" or shown.task.nunique() > view.MOST_NAMES or solid
    charts.finish(
        figure, colours, look.size[1] / colours.scale, legend=few, t=34, b=34 if look.method == "pca" else 12, l=10, r=BAR
    )
    figure.update_layout(modebar={"orientation": "v"}, legend={"font": {"size": colours.pt(14), "color": colours.text}})
    if solid:
        figure.update_layout(scene={**named, "bgcolor": theme.CLEAR, "aspectmode": "cube"}, dragmode="orbit")
        return
    ranges = view.reaches(shown, look.size if look.method == "pca" else None)
    for axis, ends in zip("xy", ranges, strict=True):
        title = {"standoff": 10, "font": {"size": colours.pt(13), "color": colours.muted}}
        figure.update_layout({f"{axis}axis": named[f"{axis}axis"] | {"range": ends}})
        figure.update_layout({f"{axis}axis": {"title": title}})
    selection = {"line": {"color": colours.text, "width": 1.5, "dash": "dot"}}
    figure.update_layout(dragmode=look.drag or False, newselection=selection)
    if look.method == "pca":
        figure.update_layout(yaxis_scaleanchor="x")
    frame = {"type": "rect", "xref": "paper", "yref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 1, "layer": "below"}
    figure.add_shape(**frame, line={"color": colours.line, "width": 1})


def frame_of(figure: go.Figure, points: pd.DataFrame, colours: Palette, look: Look, *, named: bool) -> None:
    """Axes, legend and, if wished, names of families for a picture that was drawn elsewhere."""
    _frame(figure, points, colours, look)
    if named:
        _names(figure, points, colours, look)


def _score_bar(figure: go.Figure, rows: pd.DataFrame, colours: Palette) -> None:
    """A colour bar for the score over the scores that there are: an invisible trace that carries it."""
    scale, (low, high) = [list(stop) for stop in colours.sequential], view.score_range(rows.score)
    bar = {"thickness": 10, "len": 0.5, "tickformat": ".0%", "outlinewidth": 0, "title": {"text": "Own score"}}
    mark = {"color": [low, high], "colorscale": scale, "cmin": low, "cmax": high, "colorbar": bar, "showscale": True}
    _points(figure, rows.iloc[[0, 0]], "z" in rows, mark | {"opacity": 0}, **SKIP)


def token_figure(tokens: pd.DataFrame, colours: Palette, look: Look, lit: Collection[str] | None = None) -> go.Figure:
    """Every soft token as a point: columns prompt, label, family, token, x, y and what `view.groups` needs."""
    figure = go.Figure()
    for group in view.groups(tokens, look.by, colours):
        rows = group.rows
        inside = [1.0 if lit is None or name in lit else DIM for name in rows["prompt"]]
        mark = {"size": round(6 * colours.scale), "symbol": group.symbol, "color": group.colour, "opacity": inside}
        if look.by == "score":
            mark["color"] = view.score_fills(rows.score, colours)
        told = [f"<b>{row.label}</b><br>soft token {row.token}" for row in rows.itertuples()]
        data = [[name] for name in rows["prompt"]]
        _points(figure, rows, False, mark, name=group.name, hovertext=told, hoverinfo="text", customdata=data)
    _frame(figure, tokens, colours, look)
    if look.by == "score":
        _score_bar(figure, tokens, colours)
    return figure
