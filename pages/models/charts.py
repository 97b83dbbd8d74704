"""The matrix through one projector as a Plotly figure. Pure; no Streamlit.

A heatmap never returns a click: an invisible scatter on top does, with customdata = [group, name, target].
"""

from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from pages.common import charts, theme, words
from pages.common.charts import SKIP
from pages.common.theme import Palette
from pages.models.view import Grid, Key, Slot

CELL = 23
"""Height of a row in pixels."""
DOMAIN = (-1.0, 1.0)
_BLOCKS = {"wrong": "Must do nothing", "other maps": "Other maps"}
_HIDDEN = {"marker": {"opacity": 0}}


def grid_figure(
    grid: Grid, colours: Palette, chosen: tuple[Key, str] | None = None, *, legend: bool = True, numbers: bool = True
) -> go.Figure:
    """Cells coloured by gain kept, -100 % (orange) to 100 % (blue); rows in blocks, the chosen cell outlined.

    legend: with the colour bar; numbers: written into the cells.
    """
    written = _numbers(grid, colours) if numbers else []
    figure = go.Figure([_tiles(grid, colours, legend), *written, _clicks(grid)])
    scale = colours.scale
    left, top = round((34 + 6.2 * _longest(grid.rows)) * scale), 14 + 6.4 * _longest(grid.columns)
    body = CELL * _end(grid.rows)
    axis = {"showgrid": False, "tickmode": "array", "ticks": "", "tickfont": {"color": colours.text, "size": colours.pt(12)}}
    names = [{"tickvals": [slot.at for slot in side], "ticktext": [slot.name for slot in side]}
             for side in (grid.columns, grid.rows)]  # fmt: skip
    figure.update_xaxes(range=[0, _end(grid.columns)], side="top", tickangle=-90, **axis, **names[0])
    figure.update_yaxes(range=[_end(grid.rows), 0], **axis, **names[1])
    figure.update_layout(shapes=[*_rules(grid.rows, colours, left), *_outline(grid, colours, chosen)])
    for note in _block_names(grid.rows, colours, left):
        figure.add_annotation(**note)
    return charts.finish(
        figure, colours, body + top + (44 if legend else 12), l=round(left / scale), t=round(top), b=44 if legend else 12, r=6
    )


def _end(slots: Sequence[Slot]) -> float:
    return slots[-1].at + 0.5


def _longest(slots: Sequence[Slot]) -> int:
    return max(len(slot.name) for slot in slots)


def _edges(slots: Sequence[Slot]) -> tuple[list[float], list[Slot | None]]:
    """Borders of the cells along one axis, and the slot between each two of them (None = gap)."""
    edges, between = [0.0], list[Slot | None]()
    for slot in slots:
        if slot.at - 0.5 > edges[-1] + 1e-6:
            edges.append(slot.at - 0.5)
            between.append(None)
        edges.append(slot.at + 0.5)
        between.append(slot)
    return edges, between


def _tiles(grid: Grid, colours: Palette, legend: bool) -> go.Heatmap:
    x, columns = _edges(grid.columns)
    y, rows = _edges(grid.rows)
    values = [[grid.values.get((row.key, column.key[1])) if row and column else None for column in columns] for row in rows]
    ticks = {"tickvals": [-1, 0, 1], "ticktext": ["−100 %", "0 %", "100 %"], "tickfont": {"size": colours.pt(12)}}
    place = {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top", "ypad": 6, "xpad": 0}
    bar = {**ticks, **place, "len": 0.6, "thickness": 8}
    scale = [list(stop) for stop in colours.diverging]
    low, high = DOMAIN
    return go.Heatmap(x=x, y=y, z=values, zmin=low, zmax=high, colorscale=scale, showscale=legend, colorbar=bar,
                      xgap=1.5, ygap=1.5, hoverinfo="skip", hoverongaps=False)  # fmt: skip


def _ink(value: float | None, colours: Palette) -> str:
    if value is None:
        return colours.muted
    share = (value - DOMAIN[0]) / (DOMAIN[1] - DOMAIN[0])
    return theme.ink(colours, theme.colour_at(colours.diverging, share))


def _numbers(grid: Grid, colours: Palette) -> list[go.Scatter]:
    """The values in the cells in percent, one trace an ink; a dash where a measured cell has no gain."""
    at = _places(grid)
    inks = {cell: _ink(value, colours) for cell, value in grid.values.items()}
    traces = []
    for tone in dict.fromkeys(inks.values()):
        mine = [cell for cell, ink in inks.items() if ink == tone]
        shown = [words.MISSING if (value := grid.values[cell]) is None else words.number(value * 100, 0) for cell in mine]
        font = {"color": tone, "size": colours.pt(12), "family": theme.FONT}
        across, down = zip(*(at[cell] for cell in mine), strict=True)
        look = {"mode": "text", "textfont": font, "unselected": {"textfont": {"color": tone}}}
        traces.append(go.Scatter(x=across, y=down, text=shown, **look, **SKIP))
    return traces


def _places(grid: Grid) -> dict[tuple[Key, str], tuple[float, float]]:
    return {(row.key, column.key[1]): (column.at, row.at) for row in grid.rows for column in grid.columns}


def _clicks(grid: Grid) -> go.Scatter:
    at = _places(grid)
    cells = [cell for cell in at if cell in grid.told]
    return go.Scatter(
        x=[at[cell][0] for cell in cells],
        y=[at[cell][1] for cell in cells],
        customdata=[[*key, target] for key, target in cells],
        hovertext=[grid.told[cell] for cell in cells],
        mode="markers",
        opacity=0,
        marker={"symbol": "square", "size": CELL},
        hoverinfo="text",
        showlegend=False,
        selected=_HIDDEN,
        unselected=_HIDDEN,
    )


def _blocks(slots: Sequence[Slot]) -> list[tuple[str, float, float]]:
    """(block, from, to) along the rows."""
    starts = [0, *(place + 1 for place, (a, b) in enumerate(pairwise(slots)) if a.block != b.block), len(slots)]
    return [(slots[a].block, slots[a].at - 0.5, slots[b - 1].at + 0.5) for a, b in pairwise(starts)]


def _rules(rows: Sequence[Slot], colours: Palette, left: float) -> list[dict[str, object]]:
    """A rule in the family's colour beside every block."""
    line = {"type": "line", "xref": "paper", "xsizemode": "pixel", "xanchor": 0, "x0": -left + 20, "x1": -left + 20, "yref": "y"}
    return [
        {**line, "y0": start + 0.06, "y1": end - 0.06, "line": {"color": colours.family(block), "width": 2}}
        for block, start, end in _blocks(rows)
    ]


def _block_names(rows: Sequence[Slot], colours: Palette, left: float) -> list[dict[str, object]]:
    """Names beside the rules, where the block is high enough to hold its name."""
    place = {"xref": "paper", "x": 0, "xshift": -left + 9, "xanchor": "center", "yref": "y", "textangle": -90}
    found = []
    for block, start, end in _blocks(rows):
        name = _BLOCKS.get(block) or words.family(block)
        name = name if 6.4 * len(name) < CELL * (end - start) else name.split()[0]
        if 5.6 * len(name) < CELL * (end - start):
            found.append(
                {
                    **place,
                    "y": (start + end) / 2,
                    "text": name,
                    "font": {"size": colours.pt(12), "color": colours.family(block)},
                }
            )
    return found


def _outline(grid: Grid, colours: Palette, chosen: tuple[Key, str] | None) -> list[dict[str, object]]:
    at = _places(grid)
    if chosen is None or chosen not in at:
        return []
    x, y = at[chosen]
    box = {"type": "rect", "x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5, "layer": "above"}
    return [{**box, "line": {"color": colours.text, "width": 2.5}}]


def column_figure(grid: Grid, target: str, colours: Palette) -> go.Figure:
    """One target as a list of bars with their numbers: the matrix for a telephone, where its cells hold none."""
    rows = [row for row in grid.rows if (row.key, target) in grid.values]
    values = [grid.values[row.key, target] for row in rows]
    hues = [colours.family(row.block) for row in rows]
    shown = [words.percent(value) for value in values]
    bars = {"orientation": "h", "marker": {"color": hues, "line": {"width": 0}}, "hoverinfo": "skip"}
    figure = go.Figure(go.Bar(x=[min(max(value or 0.0, -0.3), 1.1) for value in values], y=[row.name for row in rows], **bars))
    for row, text in zip(rows, shown, strict=True):
        place = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 4, "y": row.name}
        figure.add_annotation(text=text, font={"size": colours.pt(12), "color": colours.text}, **place)
    figure.update_xaxes(range=[-0.3, 1.1], tickvals=[0, 0.5, 1], ticktext=["0 %", "50 %", "100 %"])
    charts.name_rows(figure, [row.name for row in rows], colours)
    return charts.finish(figure, colours, 40 + 21 * len(rows), r=48, t=8, b=26)
