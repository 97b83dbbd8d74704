"""Squares of cells as pieces of a Plotly figure, for maps of prompts on tasks. Pure; no Streamlit.

A heatmap never returns a click, so an invisible scatter with one point a cell lies on top. Gaps between blocks are empty rows
and columns of one heatmap with uneven edges. Places are in cells, from the left and from the top.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from pages.common import theme
from pages.common.charts import SKIP
from pages.common.theme import Palette, Scale

Shape = dict[str, object]
UNSEEN = {"marker": {"opacity": 0}}
"""How a mark that only takes clicks looks, chosen or not."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One cell: its middle, its value (None = not filled), what is written in it and said of it, what a click on it returns."""

    x: float
    y: float
    value: float | None
    text: str
    told: str
    mark: tuple[str, ...]


def fills(tiles: Sequence[Tile], scale: Scale, domain: tuple[float, float], bar: Shape | None = None) -> go.Heatmap:
    """The coloured cells, with a colour bar if one is given."""
    corners = {(_edge(tile.x - 0.5), _edge(tile.y - 0.5)): tile.value for tile in tiles}
    x, y = _edges(tile.x for tile in tiles), _edges(tile.y for tile in tiles)
    values = [[corners.get((left, top)) for left in x[:-1]] for top in y[:-1]]
    look: Shape = {"colorscale": [list(stop) for stop in scale], "zmin": domain[0], "zmax": domain[1], "xgap": 1.5, "ygap": 1.5}
    look |= {"showscale": bar is not None, "colorbar": bar, "hoverinfo": "skip", "hoverongaps": False}
    return go.Heatmap(x=x, y=y, z=values, **look)


def _edge(place: float) -> float:
    return round(place, 6)


def _edges(middles: Iterable[float]) -> list[float]:
    return sorted({_edge(middle + side) for middle in middles for side in (-0.5, 0.5)})


def colour_bar(domain: tuple[float, float], percent: float, colours: Palette, *, below: float, length: float) -> Shape:
    """A bar below the square. percent: factor from values to percent; below: pixels; length: as a share of the square."""
    ticks = [domain[0], sum(domain) / 2, domain[1]]
    texts = [f"{tick * percent:.0f} %".replace("-", "−") for tick in ticks]
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top", "ypad": below, "xpad": 0, "len": length}
    return {**place, "thickness": 8, "tickvals": ticks, "ticktext": texts, "tickfont": {"size": colours.pt(12)}}


def fill(value: float, scale: Scale, domain: tuple[float, float]) -> str:
    """Colour of a value."""
    return theme.colour_at(scale, (value - domain[0]) / (domain[1] - domain[0]))


def ink(value: float | None, scale: Scale, domain: tuple[float, float], colours: Palette) -> str:
    """Colour of a number that is easy to read on the fill of its cell."""
    return colours.muted if value is None else theme.ink(colours, fill(value, scale, domain))


def numbers(tiles: Sequence[Tile], scale: Scale, domain: tuple[float, float], colours: Palette) -> list[go.Scatter]:
    """What is written into the cells, one trace for each ink."""
    inks = [ink(tile.value, scale, domain, colours) for tile in tiles]
    traces = []
    for tone in dict.fromkeys(inks):
        mine = [tile for tile, used in zip(tiles, inks, strict=True) if used == tone]
        font = {"color": tone, "size": colours.pt(12), "family": theme.FONT}
        look = {"mode": "text", "textfont": font, "unselected": {"textfont": {"color": tone}}, **SKIP}
        x, y, text = zip(*((tile.x, tile.y, tile.text) for tile in mine), strict=True)
        traces.append(go.Scatter(x=x, y=y, text=text, **look))
    return traces


def clicks(tiles: Sequence[Tile], size: float) -> go.Scatter:
    """The invisible points that take clicks and say what a cell holds. size: in pixels."""
    look: Shape = {"mode": "markers", "opacity": 0, "marker": {"symbol": "square", "size": size}, "showlegend": False}
    look |= {"customdata": [list(tile.mark) for tile in tiles], "selected": UNSEEN, "unselected": UNSEEN}
    x, y, told = ([getattr(tile, name) for tile in tiles] for name in ("x", "y", "told"))
    return go.Scatter(x=x, y=y, hovertext=told, hoverinfo="text", **look)


def box(x: float, y: float, **line: object) -> Shape:
    """The outline of a cell."""
    return {"type": "rect", "x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5, "line": line, "layer": "above"}


def beside_rows(
    blocks: Iterable[tuple[str, str, float, float]], colours: Palette, left: float
) -> tuple[list[Shape], list[Shape]]:
    """Names of blocks (name, colour, from, to) beside the rows, each with a rule. Returns annotations and shapes."""
    notes, rules = [], []
    place: Shape = {"xref": "paper", "x": 0, "xshift": -left + colours.pt(12), "xanchor": "center", "yref": "y"}
    at = -left + colours.pt(27)
    line: Shape = {"type": "line", "xref": "paper", "xsizemode": "pixel", "xanchor": 0, "x0": at, "x1": at, "yref": "y"}
    for name, hue, start, end in blocks:
        font = {"color": hue, "size": colours.pt(12)}
        notes.append({**place, "y": (start + end) / 2, "text": name, "textangle": -90, "font": font})
        rules.append({**line, "y0": start + 0.06, "y1": end - 0.06, "line": {"color": hue, "width": 2}})
    return notes, rules


def axes(
    columns: Sequence[tuple[str, float]], rows: Sequence[tuple[str, float]], colours: Palette, *, angle: int, labels: bool = True
) -> dict[str, Shape]:
    """Both axes with the names (name, place) of all columns and rows; angle: of the columns' names."""
    font = {"color": colours.text, "size": colours.pt(13)}
    shared: Shape = {"showgrid": False, "tickmode": "array", "showticklabels": labels, "tickfont": font}
    x, y = (shared | {"ticktext": [name for name, _ in side], "tickvals": [at for _, at in side]} for side in (columns, rows))
    ends = [max(at for _, at in side) + 0.5 for side in (columns, rows)]
    x |= {"range": [0, ends[0]], "side": "top", "tickangle": angle, "ticks": "", "ticklabeloverflow": "allow"}
    y |= {"range": [ends[1], 0], "ticks": "outside", "ticklen": 7, "tickcolor": theme.CLEAR}
    return {"xaxis": x, "yaxis": y}
