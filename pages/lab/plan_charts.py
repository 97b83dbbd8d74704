"""The piece of the map that a run fills, on a small map. Pure; no Streamlit."""

from collections.abc import Collection, Mapping, Sequence

import plotly.graph_objects as go

from pages.common import charts, squares, theme, words
from pages.common.squares import Tile
from pages.common.theme import Palette
from ptlib.transfer.matrix import TransferMatrix

DOMAIN = (-1.0, 1.0)
CELL, HIGHEST = 17, 300
"""Height of a cell, and at most of the picture, in pixels."""


def small_map(
    matrix: TransferMatrix,
    tasks: Sequence[str],
    run: tuple[Collection[str], Collection[str], Collection[tuple[str, str]]],
    colours: Palette,
    names: Mapping[str, str],
) -> go.Figure:
    """Gain kept between the tasks, pale; the cells of the run framed.

    run: sources, targets, and the cells that it is for, marked by a dot where others come along.
    """
    figure = go.Figure()
    tiles = [_tile(matrix, s, t, (column, row), names) for row, s in enumerate(tasks) for column, t in enumerate(tasks)]
    scale = tuple((place, theme.with_alpha(hue, 0.45)) for place, hue in colours.diverging)
    figure.add_trace(squares.fills(tiles, scale, DOMAIN))
    mine = [tile for tile in tiles if tile.mark[0] in run[0] and tile.mark[1] in run[1]]
    for tile in mine:
        figure.add_shape(**squares.box(tile.x, tile.y, color=colours.accent, width=1.5))
    dots = [tile for tile in mine if tile.mark in run[2]]
    charts.marks(figure, [d.x for d in dots], [d.y for d in dots], {"size": 6, "color": colours.accent})
    figure.add_trace(squares.clicks(tiles, CELL))
    side = [(names[task], place + 0.5) for place, task in enumerate(tasks)]
    figure.update_layout(squares.axes(side, side, colours, angle=-90, labels=False))
    charts.finish(figure, colours, 24 + min(CELL * len(tasks), HIGHEST), l=4, r=4, t=4, b=4)
    figure.update_yaxes(ticks="")
    return figure


def _tile(matrix: TransferMatrix, source: str, target: str, place: tuple[int, int], names: Mapping[str, str]) -> Tile:
    cell = matrix.get(source, target)
    gain = cell.gain_kept if cell else None
    said = f"gain kept {words.percent(gain)}, {words.counted(cell.n_seeds, 'seed')}" if cell else "not run yet"
    value = None if gain is None else max(min(gain, DOMAIN[1]), DOMAIN[0])
    told = f"<b>{names[source]} → {names[target]}</b><br>{said}"
    return Tile(place[0] + 0.5, place[1] + 0.5, value if cell else None, "", told, (source, target))
