"""The transfer map as a Plotly figure: `MapView` -> figure. Pure; no Streamlit.

A heatmap trace never returns a click, so an invisible scatter with one point a cell lies on top: x = target, y = source,
customdata = [source, target]. Gaps between families are empty rows and columns of one heatmap with uneven edges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import plotly.graph_objects as go

from pages.common import charts, theme
from pages.common.theme import Palette
from pages.transfer import axis_charts, cell_charts
from pages.transfer.axis_charts import Shape
from pages.transfer.cell_charts import CELL
from pages.transfer.view import MapView
from ptlib.tasks.names import REFERENCE_ROWS

BELOW, MINI_CELL = 72, 22
"""Pixels for family names and colour bar below the map, and for a row of the miniature."""


def _box(view: MapView, source: str, target: str, **line: object) -> Shape:
    x, y = view.column_at[target], view.row_at[source]
    return {"type": "rect", "x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5, "line": line, "layer": "above"}


def _outlines(view: MapView, colours: Palette, chosen: tuple[str, str] | None) -> list[Shape]:
    """Dotted boxes around the own prompts, a strong one around the chosen cell."""
    own = [name for name in view.columns if name in view.row_at and view.state(name, name) != "missing"]
    shapes = [_box(view, name, name, color=colours.muted, width=1.2, dash="dot") for name in own]
    if chosen and chosen[0] in view.row_at and chosen[1] in view.column_at:
        shapes.append(_box(view, *chosen, color=colours.text, width=2.5))
    return shapes


def map_figure(
    view: MapView,
    colours: Palette,
    names: Mapping[str, str],
    chosen: tuple[str, str] | None = None,
    *,
    everything: bool = False,
) -> go.Figure:
    """Draw the map. `names` gives the shown name of every row and column; everything: all numbers, not only exceptions."""
    left, top = (round(share * colours.scale) for share in _room(view, names))
    row_notes, row_rules = axis_charts.row_families(view, colours, left)
    column_notes, column_rules = axis_charts.column_families(view, colours)
    figure = go.Figure(
        [
            *cell_charts.tiles(view, colours, legend=True),
            cell_charts.hatching(view, colours),
            *cell_charts.numbers(view, colours, everything),
            *cell_charts.marks(view, colours, everything),
            cell_charts.click_points(view, names),
        ]
    )
    figure.update_layout(
        **axis_charts.axes(view, colours, names),
        annotations=[*row_notes, *column_notes],
        shapes=[*row_rules, *column_rules, *_outlines(view, colours, chosen)],
        height=height(view, colours, names),
        margin={"l": left, "r": colours.pt(_overhang(view, names)), "t": top, "b": colours.pt(BELOW)},
        template=theme.template(colours),
    )
    return figure


def _room(view: MapView, names: Mapping[str, str]) -> tuple[float, float]:
    """Pixels left of and above the cells for the longest names, on a laptop."""
    return (
        46 + 6.5 * max(len(names[name]) for name in view.rows),
        26 + 5.4 * max(len(names[name]) for name in view.columns),
    )


def _overhang(view: MapView, names: Mapping[str, str]) -> float:
    """Pixels right of the cells that the slanted names of the last columns reach over; a name without room is not drawn."""
    return max(12, *(5.6 * len(names[name]) - CELL * (view.width - view.column_at[name]) for name in view.columns))


def height(view: MapView, colours: Palette, names: Mapping[str, str]) -> int:
    """Pixels that the map takes. Cells grow less than type does: the map of the demo still fits the screen."""
    cell = CELL * (1 + (colours.scale - 1) / 4)
    return round(view.height * cell + (_room(view, names)[1] + BELOW) * colours.scale)


def list_figure(view: MapView, colours: Palette, names: Mapping[str, str], chosen: tuple[str, str]) -> go.Figure:
    """One row of the map as bars, a target a line: its name above its bar, the number beside it; for a narrow screen."""
    source, low = chosen[0], min(view.metric.domain[0], 0.0)
    targets = [name for name in view.columns]
    values = [view.value(source, name) for name in targets]
    figure, places = go.Figure(), list(range(len(targets)))
    scale = colours.diverging if view.metric.signed else colours.sequential
    figure.add_bar(
        x=[value or 0 for value in values],
        y=places,
        orientation="h",
        width=0.42,
        marker={"color": [theme.colour_at(scale, cell_charts.fraction(view, value or 0)) for value in values]},
        customdata=[[source, name] for name in targets],
        hoverinfo="skip",
    )
    for place, name in enumerate(targets):
        shown, weight = cell_charts.number(view, source, name) or "not run", ("<b>", "</b>") if name == chosen[1] else ("", "")
        text = f"{weight[0]}{names[name]}  {shown}{' %' if view.value(source, name) is not None else ''}{weight[1]}"
        style = {
            "xref": "paper",
            "x": 0,
            "xanchor": "left",
            "yshift": 17,
            "font": {"size": colours.pt(14), "color": colours.text},
        }
        figure.add_annotation(y=place, text=text, **style)
    figure.update_xaxes(range=[low * 0.3, view.metric.domain[1] * 1.05], visible=False)
    figure.update_yaxes(range=[len(targets) - 0.5, -0.9], visible=False)
    return charts.finish(figure, colours, 46 * len(targets) + 30, t=8)


def mini_figure(view: MapView, colours: Palette, names: Mapping[str, str], called: Sequence[tuple[str, str]] = ()) -> go.Figure:
    """The map in small: tiles, families and clicks, and a few cells (source, target) called by name; no reference rows."""
    rows = [name for name in view.rows if name not in REFERENCE_ROWS]
    small = replace(view, rows=tuple(rows), row_at={name: view.row_at[name] for name in rows})
    _, row_rules = axis_charts.row_families(small, colours, 42)  # rows are in the order of the columns: the rules are enough
    notes, column_rules = axis_charts.column_families(small, colours)
    clicks = cell_charts.click_points(small, names)
    figure = go.Figure([*cell_charts.tiles(small, colours, legend=False), cell_charts.hatching(small, colours), clicks])
    figure.update_layout(
        **axis_charts.axes(small, colours, names, labels=False),
        annotations=notes,
        shapes=[*row_rules, *column_rules],
        height=round(small.height * MINI_CELL + 56 * colours.scale),
        margin={"l": 18, "r": 4, "t": 6, "b": colours.pt(46)},
        template=theme.template(colours),
    )
    for pair in called:
        figure.add_annotation(_call(small, colours, names, *pair))
    return figure


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


def as_html(figure: go.Figure) -> str:
    """A figure as a part of a page that opens without a network."""
    return str(figure.to_html(include_plotlyjs=True, full_html=False))


def table_figure(
    view: MapView, colours: Palette, names: Mapping[str, str], told: Mapping[tuple[str, str], str], *, wide: bool = False
) -> go.Figure:
    """Tiles, families and hatching; no marks and bars, since there are no seeds and intervals behind them.

    wide: cells are large enough for their numbers.
    """
    left = colours.pt(58 + 7 * max(len(names[name]) for name in view.rows))
    top = colours.pt(34 + (5.4 if wide else 6.8) * max(len(names[name]) for name in view.columns))
    notes, rules = axis_charts.row_families(view, colours, left)
    below, column_rules = axis_charts.column_families(view, colours)
    clicks = cell_charts.click_points(view, names)
    clicks.hovertext = [told.get(tuple(pair), "Not published.") for pair in clicks.customdata]
    figure = go.Figure(
        [
            *cell_charts.tiles(view, colours, legend=True),
            cell_charts.hatching(view, colours),
            *(cell_charts.numbers(view, colours) if wide else ()),
            clicks,
        ]
    )
    figure.update_layout(
        **axis_charts.axes(view, colours, names),
        annotations=[*notes, *(below if wide else ())],
        shapes=[*rules, *column_rules],
        height=round(view.height * 27 + top + 84),
        margin={"l": left, "r": 90 if wide else 24, "t": top, "b": 84},
        template=theme.template(colours),
    )
    if not wide:
        figure.update_xaxes(tickangle=-90)
    return figure
