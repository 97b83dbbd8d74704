"""The matrix through one projector as a Plotly figure; a click returns [group, name, target]. Pure; no Streamlit."""

from collections.abc import Iterator
from itertools import groupby

import plotly.graph_objects as go

from pages.common import charts, squares, words
from pages.common.squares import Tile
from pages.common.theme import Palette
from pages.models.view import Grid, Key

CELL = 23
"""Height of a row in pixels."""
DOMAIN = (-1.0, 1.0)
OVER = 14
"""Pixels by which a block's name may stand out of it, into the gaps beside it."""
_BLOCKS = {"wrong": "Must do nothing", "other maps": "Other maps"}


def grid_figure(
    grid: Grid, colours: Palette, chosen: tuple[Key, str] | None = None, *, legend: bool = True, numbers: bool = True
) -> go.Figure:
    """Cells coloured by gain kept, -100 % (orange) to 100 % (blue); rows in blocks, the chosen cell outlined.

    legend: with the colour bar; numbers: written into the cells.
    """
    cells, scale, below = list(_tiles(grid)), colours.scale, 44 if legend else 12
    bar = squares.colour_bar(DOMAIN, 100, colours, below=6, length=0.6) if legend else None
    written = squares.numbers(cells, colours.diverging, DOMAIN, colours) if numbers else []
    figure = go.Figure([squares.fills(cells, colours.diverging, DOMAIN, bar), *written, squares.clicks(cells, CELL)])
    rows, columns = ([(slot.name, slot.at) for slot in side] for side in (grid.rows, grid.columns))
    left, top = (
        space + width * max(len(name) for name, _ in side) for space, width, side in ((42, 6.2, rows), (14, 6.4, columns))
    )
    notes, rules = squares.beside_rows(_blocks(grid, colours), colours, round(left * scale))
    outline = [
        squares.box(t.x, t.y, color=colours.text, width=2.5) for t in cells if chosen and t.mark == (*chosen[0], chosen[1])
    ]
    figure.update_layout(squares.axes(columns, rows, colours, angle=-90), annotations=notes, shapes=[*rules, *outline])
    return charts.finish(figure, colours, CELL * (rows[-1][1] + 0.5) + top + below, l=round(left), t=round(top), b=below, r=6)


def _tiles(grid: Grid) -> Iterator[Tile]:
    """All measured cells; a dash where one has no gain."""
    for row in grid.rows:
        for column in grid.columns:
            cell = row.key, column.key[1]
            if cell in grid.values:
                value = grid.values[cell]
                text = words.MISSING if value is None else words.number(value * 100, 0)
                yield Tile(column.at, row.at, value, text, grid.told[cell], (*row.key, column.key[1]))


def _blocks(grid: Grid, colours: Palette) -> Iterator[tuple[str, str, float, float]]:
    """(name, colour, from, to) along the rows; a block too low for its name has none."""
    for block, members in groupby(grid.rows, lambda row: row.block):
        places = [row.at for row in members]
        name, room = _BLOCKS.get(block) or words.family(block), CELL * len(places)
        fits = (shown for shown in (name, name.split()[0], "") if 5.8 * len(shown) < room + OVER)
        yield next(fits), colours.family(block), places[0] - 0.5, places[-1] + 0.5


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
    return charts.finish(figure, colours, 40 + 21 * len(rows), r=48, t=8)
