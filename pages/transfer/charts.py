"""The transfer map as a Plotly figure: `MapView` -> figure. Pure; no Streamlit.

How cells become a heatmap that takes clicks: `pages/common/squares.py`; here x = target, y = source.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import plotly.graph_objects as go

from pages.common import charts, squares, theme
from pages.common.squares import Shape, Tile
from pages.common.theme import Palette
from pages.transfer import axis_charts, cell_charts
from pages.transfer.cell_charts import CELL
from pages.transfer.view import BELOW as ROWS_BELOW
from pages.transfer.view import MapView

BELOW, MINI_CELL = 72, 22
"""Pixels for family names and colour bar below the map, and for a row of the miniature."""


def _outlines(view: MapView, colours: Palette, chosen: tuple[str, str] | None) -> list[Shape]:
    """Dotted boxes around the own prompts, a strong one around the chosen cell."""
    own = [name for name in view.columns if name in view.row_at and view.state(name, name) != "missing"]
    line = {"color": colours.muted, "width": 1.2, "dash": "dot"}
    shapes = [squares.box(view.column_at[name], view.row_at[name], **line) for name in own]
    if chosen and chosen[0] in view.row_at and chosen[1] in view.column_at:
        shapes.append(squares.box(view.column_at[chosen[1]], view.row_at[chosen[0]], color=colours.text, width=2.5))
    return shapes


def _veil(view: MapView, colours: Palette, lit: Collection[str]) -> list[Shape]:
    """Boxes over all cells outside the lit rows and columns; columns beside each other share one."""
    rows, columns = [name for name in view.rows if name not in lit], [name for name in view.columns if name not in lit]
    if len(columns) == len(view.columns):
        return []
    runs: list[list[float]] = []
    for place in sorted(view.column_at[name] for name in columns):
        if runs and place - runs[-1][1] < 1.01:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    look = {"type": "rect", "fillcolor": theme.with_alpha(colours.background, 0.72), "line": {"width": 0}}
    return [
        look | {"x0": first - 0.5, "x1": last + 0.5, "y0": view.row_at[name] - 0.5, "y1": view.row_at[name] + 0.5}
        for name in rows
        for first, last in runs
    ]


def map_figure(
    view: MapView,
    colours: Palette,
    names: Mapping[str, str],
    chosen: tuple[str, str] | None = None,
    *,
    everything: bool = False,
    lit: Collection[str] = (),
) -> go.Figure:
    """Draw the map. `names` gives the shown name of every row and column; everything: all numbers, not only exceptions; lit:
    tasks whose rows and columns keep their full colour, the others are veiled; none = all.
    """
    left, top = (round(share * colours.scale) for share in _room(view, names))
    row_notes, row_rules = axis_charts.row_families(view, colours, left)
    column_notes, column_rules = axis_charts.column_families(view, colours)
    cells = cell_charts.tiles(view, names)
    written = [*cell_charts.numbers(view, cells, colours, everything), *cell_charts.marks(view, cells, colours, everything)]
    return go.Figure(
        [*_ground(view, cells, colours), *written, squares.clicks(cell_charts.clickable(cells), CELL)],
        axis_charts.axes(view, colours, names)
        | {
            "annotations": [*row_notes, *column_notes],
            "shapes": [*row_rules, *column_rules, *_veil(view, colours, lit), *_outlines(view, colours, chosen)],
            "height": height(view, colours, names),
            "margin": {"l": left, "r": colours.pt(_overhang(view, names)), "t": top, "b": colours.pt(BELOW)},
            "template": theme.template(colours),
        },
    )


def _ground(view: MapView, cells: Sequence[Tile], colours: Palette, legend: bool = True) -> list[go.Heatmap | go.Scatter]:
    """Fills, and hatching over what was not run."""
    return [*cell_charts.fills(view, cells, colours, legend), cell_charts.hatching(view, colours)]


def _room(view: MapView, names: Mapping[str, str]) -> tuple[float, float]:
    """Pixels left of and above the cells for the longest names, on a laptop."""
    return (
        46 + 6.5 * max(len(names[name]) for name in view.rows),
        26 + 5.4 * max(len(names[name]) for name in view.columns),
    )


def _overhang(view: MapView, names: Mapping[str, str]) -> float:
    """Pixels right of the cells that the slanted names of the last columns reach over; a name without room is not drawn."""
    return max(12, *(6.2 * len(names[name]) - CELL * (view.width - view.column_at[name]) for name in view.columns))


def height(view: MapView, colours: Palette, names: Mapping[str, str]) -> int:
    """Pixels that the map takes. Cells grow less than type does: the map of the demo still fits the screen."""
    cell = CELL * (1 + (colours.scale - 1) / 4)
    return round(view.height * cell + (_room(view, names)[1] + BELOW) * colours.scale)


def list_figure(view: MapView, colours: Palette, names: Mapping[str, str], chosen: tuple[str, str]) -> go.Figure:
    """One row of the map as bars, a target a line: its name above its bar, the number beside it; for a narrow screen."""
    source, (low, high), scale = chosen[0], view.metric.domain, cell_charts.scale(view, colours)
    cells = [tile for tile in cell_charts.tiles(view, names) if tile.mark[0] == source]
    figure, values = go.Figure(), [tile.value or 0 for tile in cells]
    hues = [squares.fill(value, scale, view.metric.domain) for value in values]
    look = {"orientation": "h", "width": 0.42, "marker": {"color": hues}, "hoverinfo": "skip"}
    figure.add_bar(x=values, y=list(range(len(cells))), customdata=[list(tile.mark) for tile in cells], **look)
    style = {"xref": "paper", "x": 0, "xanchor": "left", "yshift": 17, "font": {"size": colours.pt(14), "color": colours.text}}
    for place, tile in enumerate(cells):
        text = f"{names[tile.mark[1]]}  {tile.text or 'not run'}{' %' if tile.value is not None else ''}"
        figure.add_annotation(y=place, text=f"<b>{text}</b>" if tile.mark == chosen else text, **style)
    figure.update_xaxes(range=[min(low, 0.0) * 0.3, high * 1.05], visible=False)
    figure.update_yaxes(range=[len(cells) - 0.5, -0.9], visible=False)
    return charts.finish(figure, colours, 46 * len(cells) + 30, t=8)


def mini_figure(view: MapView, colours: Palette, names: Mapping[str, str], called: Sequence[tuple[str, str]] = ()) -> go.Figure:
    """The map in small: tiles, families and clicks, and a few cells (source, target) called by name; no reference rows."""
    rows = [name for name in view.rows if name not in ROWS_BELOW]
    small = replace(view, rows=tuple(rows), row_at={name: view.row_at[name] for name in rows})
    _, row_rules = axis_charts.row_families(small, colours, 42)  # rows are in the order of the columns: the rules are enough
    notes, column_rules = axis_charts.column_families(small, colours)
    cells = cell_charts.tiles(small, names)
    return go.Figure(
        [*_ground(small, cells, colours, legend=False), squares.clicks(cells, CELL)],
        axis_charts.axes(small, colours, names, labels=False)
        | {
            "annotations": [*notes, *(_call(small, colours, names, *pair) for pair in called)],
            "shapes": [*row_rules, *column_rules],
            "height": round(small.height * MINI_CELL + 56 * colours.scale),
            "margin": {"l": 18, "r": 4, "t": 6, "b": colours.pt(46)},
            "template": theme.template(colours),
        },
    )


def _call(view: MapView, colours: Palette, names: Mapping[str, str], source: str, target: str) -> Shape:
    """A cell's name and number in a box that points at it, towards the middle of the map."""
    x, y = view.column_at[target], view.row_at[source]
    text = f"{names[source]} → {names[target]}: <b>{cell_charts.number(view, source, target)} %</b>"
    away = {"ax": 70 if x < view.width / 2 else -70, "ay": 34 if y < view.height / 2 else -34, "showarrow": True}
    look = {
        "bgcolor": colours.background,
        "bordercolor": colours.text,
        "borderpad": 4,
        "arrowcolor": colours.text,
        "arrowwidth": 1.5,
    }
    side = {"xanchor": "left" if x < view.width / 2 else "right"}
    return {"x": x, "y": y, "text": text, "font": {"size": colours.pt(13), "color": colours.text}, **away, **look, **side}


def table_figure(
    view: MapView,
    colours: Palette,
    names: Mapping[str, str],
    told: Mapping[tuple[str, str], str],
    *,
    wide: bool = False,
    written: bool = False,
    chosen: tuple[str, str] | None = None,
) -> go.Figure:
    """Tiles, families and hatching; no marks and bars, since there are no seeds and intervals behind them.

    wide: there is room for slanted names; written: cells are large enough for their numbers; chosen: is outlined.
    """
    left = colours.pt(58 + 7 * max(len(names[name]) for name in view.rows))
    top = colours.pt(34 + (5.4 if wide else 6.8) * max(len(names[name]) for name in view.columns))
    notes, rules = axis_charts.row_families(view, colours, left)
    below, column_rules = axis_charts.column_families(view, colours)
    cells = [replace(tile, told=told.get((tile.mark[0], tile.mark[1]), "Not known.")) for tile in cell_charts.tiles(view, names)]
    numbers = cell_charts.numbers(view, cells, colours) if written else []
    return go.Figure(
        [*_ground(view, cells, colours), *numbers, squares.clicks(cells, CELL)],
        axis_charts.axes(view, colours, names, angle=-50 if wide else -90)
        | {
            "annotations": [*notes, *(below if wide else ())],
            "shapes": [*rules, *column_rules, *_outlines(view, colours, chosen)],
            "height": round(view.height * 27 * colours.scale + top + 84),
            "margin": {"l": left, "r": 90 if wide else 24, "t": top, "b": 84},
            "template": theme.template(colours),
        },
    )
