"""The transfer map as a Plotly figure: `MapView` -> figure. Pure; no Streamlit.

A heatmap trace never returns a click, so an invisible scatter with one point a cell lies on top: x = target, y = source,
customdata = [source, target]. Gaps between families are empty rows and columns of one heatmap with uneven edges.
"""

from collections.abc import Mapping
from dataclasses import replace

import plotly.graph_objects as go

from pages.common import theme
from pages.common.theme import Palette
from pages.transfer import axis_charts, cell_charts
from pages.transfer.axis_charts import Shape
from pages.transfer.cell_charts import CELL
from pages.transfer.view import MapView
from ptlib.tasks.names import REFERENCE_ROWS

FOOT, BELOW, MINI_CELL = 150, 30, 19
"""Pixels for family names and bars below the map, for the colour bar, and for a row of the miniature."""


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
    view: MapView, colours: Palette, names: Mapping[str, str], chosen: tuple[str, str] | None = None, numbers: bool = True
) -> go.Figure:
    """Draw the map with its marginals. `names` gives the shown name of every row and column."""
    left = 50 + round(6.5 * max(len(names[name]) for name in view.rows))
    top = 34 + round(5.4 * max(len(names[name]) for name in view.columns))
    body = view.height * CELL
    split = (0.89, FOOT / (body + FOOT))
    row_notes, row_rules = axis_charts.row_families(view, colours, left)
    column_notes, column_rules = axis_charts.column_families(view, colours, split[1])
    written = cell_charts.numbers(view, colours) if numbers else []
    figure = go.Figure(
        [
            *cell_charts.tiles(view, colours, legend=True),
            cell_charts.hatching(view, colours),
            *written,
            *cell_charts.marks(view, colours),
            *axis_charts.bars(view, colours, names),
            cell_charts.click_points(view, names),
        ]
    )
    figure.update_layout(
        **axis_charts.axes(view, colours, names, split),
        **axis_charts.bar_axes(view, colours, split),
        annotations=[*row_notes, *column_notes, *axis_charts.titles(split)],
        shapes=[*row_rules, *column_rules, *_outlines(view, colours, chosen)],
        height=round(body + FOOT + top + BELOW),
        margin={"l": left, "r": 40, "t": top, "b": BELOW},
        template=theme.template(colours),
    )
    return figure


def mini_figure(view: MapView, colours: Palette, names: Mapping[str, str]) -> go.Figure:
    """The map in small: tiles, families and clicks; no numbers, no marginals, no reference rows."""
    rows = [name for name in view.rows if name not in REFERENCE_ROWS]
    small = replace(view, rows=tuple(rows), row_at={name: view.row_at[name] for name in rows})
    _, row_rules = axis_charts.row_families(small, colours, 42)  # rows are in the order of the columns: the rules are enough
    notes, column_rules = axis_charts.column_families(small, colours, 0.0)
    clicks = cell_charts.click_points(small, names)
    figure = go.Figure([*cell_charts.tiles(small, colours, legend=False), cell_charts.hatching(small, colours), clicks])
    figure.update_layout(
        **axis_charts.axes(small, colours, names, (1.0, 0.0), labels=False),
        annotations=notes,
        shapes=[*row_rules, *column_rules],
        height=round(small.height * MINI_CELL + 56),
        margin={"l": 18, "r": 4, "t": 6, "b": 46},
        template=theme.template(colours),
    )
    return figure


def as_html(figure: go.Figure) -> str:
    """A figure as a part of a page that opens without a network."""
    return str(figure.to_html(include_plotlyjs=True, full_html=False))


def table_figure(
    view: MapView, colours: Palette, names: Mapping[str, str], told: Mapping[tuple[str, str], str], *, wide: bool = False
) -> go.Figure:
    """Tiles, families and hatching; no marks and bars, since there are no seeds and intervals behind them.

    wide: cells are large enough for their numbers.
    """
    left = 58 + 7 * max(len(names[name]) for name in view.rows)
    top = 34 + round((5.4 if wide else 6.8) * max(len(names[name]) for name in view.columns))
    notes, rules = axis_charts.row_families(view, colours, left)
    below, column_rules = axis_charts.column_families(view, colours, 0.0)
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
        **axis_charts.axes(view, colours, names, (1.0, 0.0)),
        annotations=[*notes, *(below if wide else ())],
        shapes=[*rules, *column_rules],
        height=round(view.height * 27 + top + 84),
        margin={"l": left, "r": 90 if wide else 24, "t": top, "b": 84},
        template=theme.template(colours),
    )
    if not wide:
        figure.update_xaxes(tickangle=-90)
    return figure
