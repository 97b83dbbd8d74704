"""The four quadrants of flips as a Plotly figure. Pure; no Streamlit."""

from collections.abc import Mapping

import plotly.graph_objects as go

from pages.common import charts, squares, theme
from pages.common.squares import Tile
from pages.common.theme import Palette
from pages.common.words import percent

WORDS = {"both": "both right", "gained": "gained", "lost": "lost", "neither": "both wrong"}
_PLACES = {"both": (0, 1), "gained": (1, 1), "lost": (0, 0), "neither": (1, 0)}


def quadrant_figure(counts: Mapping[str, int], colours: Palette, chosen: str | None) -> go.Figure:
    """Four tiles, clickable: own prompt right or wrong (columns) x reused prompt right or wrong (rows)."""
    total = max(sum(counts.values()), 1)
    figure = go.Figure()
    for key in _PLACES:
        _tile(figure, key, counts.get(key, 0), total, colours, chosen=key == chosen)
    texts = {k: f"{counts.get(k, 0)} of {total} examples: {WORDS[k]}. Click to read them." for k in _PLACES}
    figure.add_trace(squares.clicks([Tile(x, y, None, "", texts[key], (key,)) for key, (x, y) in _PLACES.items()], 80))
    axis = {"tickmode": "array", "tickvals": [0, 1], "showgrid": False, "ticks": "", "range": [-0.5, 1.5], "tickangle": 0}
    figure.update_xaxes(ticktext=["own right", "own wrong"], side="top", **axis)
    figure.update_yaxes(ticktext=["reused<br>wrong", "reused<br>right"], **axis)
    figure.update_layout(hoverdistance=200)
    return charts.finish(figure, colours, 270, l=41, t=26, b=4)


def _tile(figure: go.Figure, key: str, count: int, total: int, colours: Palette, *, chosen: bool) -> None:
    x, y = _PLACES[key]
    fill = {"lost": theme.with_alpha(colours.categories[1], 0.28), "gained": theme.with_alpha(colours.categories[0], 0.28)}
    line = {"color": colours.text, "width": 2.5} if chosen else {"color": colours.line, "width": 1}
    box = {"x0": x - 0.48, "x1": x + 0.48, "y0": y - 0.47, "y1": y + 0.47}
    figure.add_shape(type="rect", fillcolor=fill.get(key, colours.panel), line=line, layer="below", **box)
    for text, shift, size in ((f"<b>{count}</b>", 9, 26), (f"{WORDS[key]} · {percent(count / total)}", -20, 12)):
        figure.add_annotation(x=x, y=y, text=text, yshift=shift, font={"size": size, "color": colours.text})
