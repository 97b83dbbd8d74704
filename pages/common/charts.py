"""Charts of the Pair and Runs pages as Plotly figures: plain data in, figure out. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from pages.common import theme
from pages.common.theme import Palette
from pages.common.words import interval, known, percent
from pages.transfer.cell_charts import SKIP

DASHES = ("solid", "dash", "dot", "dashdot")
_TITLES = {"validation": "Validation score", "loss": "Training loss", "step": "Tuning step", "seconds": "Seconds of tuning"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the dumbbell: a prompt's score on the target with its interval (fractions)."""

    key: str
    """untrained, hand_written, transfer, warm or own."""
    name: str
    score: float
    low: float | None
    high: float | None
    basis: str
    single_seed: bool = False
    """Drawn dotted: the interval is over examples only."""


@dataclass(frozen=True, slots=True)
class CurveStyle:
    """How the curves of one kind are drawn; they share a legend entry."""

    legend: str
    hue: str
    dash: str
    symbol: str


def dumbbell_figure(conditions: Sequence[Condition], colours: Palette, floor: tuple[str, float] | None = None) -> go.Figure:
    """Scores side by side on one axis; markers differ in colour and shape, the value stands beside each.

    floor: name and height of what a score has to beat.
    """
    figure = go.Figure()
    names = [condition.name for condition in conditions]
    ends = {condition.key: condition.score for condition in conditions}
    if {"untrained", "own"} <= ends.keys():
        band = {"x0": ends["untrained"], "x1": ends["own"], "y0": -0.5, "y1": len(names) - 0.5}
        figure.add_shape(type="rect", layer="below", fillcolor=theme.with_alpha(colours.accent, 0.07), line_width=0, **band)
    for condition in conditions:
        _condition_marks(figure, condition, colours)
    if floor is not None:
        figure.add_vline(x=floor[1], line={"color": colours.muted, "width": 1, "dash": "dot"})
        _note(figure, colours, x=floor[1], y=1, yref="paper", yanchor="bottom", text=floor[0])
    values = [v for c in conditions for v in (c.score, c.low, c.high, floor and floor[1]) if known(v)]
    low, high = max(min(values, default=0) - 0.04, 0), min(max(values, default=1) + 0.03, 1.02)
    figure.update_xaxes(range=[low, high], tickformat=".0%", gridcolor=colours.line, **_axis(colours))
    figure.update_yaxes(
        categoryorder="array", categoryarray=names[::-1], showgrid=False, ticks="outside", ticklen=8, **_axis(colours)
    )
    figure.update_yaxes(tickcolor="rgba(0,0,0,0)", tickfont={"size": 14, "color": colours.text})
    figure.update_layout(height=76 + 44 * len(names), margin={"l": 8, "r": 72, "t": 22, "b": 34}, **theme.layout(colours))
    return figure


def _axis(colours: Palette) -> dict[str, object]:
    return {"zeroline": False, "fixedrange": True, "automargin": True, "tickfont": {"color": colours.muted, "size": 12}}


def _note(figure: go.Figure, colours: Palette, **place: object) -> None:
    figure.add_annotation(showarrow=False, font={"size": 11, "color": colours.muted}, **place)


def _condition_marks(figure: go.Figure, condition: Condition, colours: Palette) -> None:
    hue = colours.condition(condition.key)
    if known(condition.low) and known(condition.high):
        line = {"color": hue, "width": 3, "dash": "dot" if condition.single_seed else "solid"}
        figure.add_scatter(x=[condition.low, condition.high], y=[condition.name] * 2, mode="lines", line=line, **SKIP)
    shown, span = percent(condition.score, 1), interval(condition.low, condition.high, digits=1)
    symbol = theme.CONDITION_SYMBOLS.get(condition.key, "circle")
    figure.add_scatter(
        x=[condition.score],
        y=[condition.name],
        mode="markers",
        cliponaxis=False,
        hoverinfo="text",
        showlegend=False,
        marker={"size": 13, "color": hue, "symbol": symbol, "line": {"width": 1.5, "color": hue}},
        hovertext=f"<b>{condition.name}</b><br>{shown} {span}<br>{condition.basis}",
    )
    end = max(condition.high, condition.score) if known(condition.high) else condition.score
    style = {"showarrow": False, "xanchor": "left", "xshift": 6, "font": {"size": 13, "color": colours.text}}
    figure.add_annotation(x=end, y=condition.name, text=f"  <b>{shown}</b>", **style)


def curves_figure(
    curves: Mapping[str, pd.DataFrame],
    colours: Palette,
    levels: Mapping[str, float],
    value: str = "validation",
    x: str = "step",
    height: int = 300,
    styles: Mapping[str, CurveStyle] | None = None,
) -> go.Figure:
    """Learning curves: one line a series, dotted rules for levels such as the untrained prompt.

    Args:
        curves: name -> frame with columns step, seconds, loss, validation.
        levels: name -> level on the y axis.
        value: validation or loss.
        x: step or seconds.
        styles: name -> style; without one every series has its own colour, dash and legend entry.
    """
    figure = go.Figure()
    for index, (name, frame) in enumerate(curves.items()):
        style = (styles or {}).get(name) or CurveStyle(name, colours.categories[index % 6], DASHES[index % 4], "circle")
        _curve(figure, name, frame, (value, x), style)
    for name, level in levels.items():
        figure.add_hline(y=level, line={"color": colours.muted, "width": 1, "dash": "dot"})
        _note(figure, colours, xref="paper", x=1, xanchor="right", y=level, yanchor="bottom", text=f"{name} {percent(level, 1)}")
    named = {axis: {"text": _TITLES[axis], "font": {"color": colours.muted, "size": 12}} for axis in (value, x)}
    figure.update_yaxes(
        title=named[value], gridcolor=colours.line, tickformat=".0%" if value == "validation" else None, **_axis(colours)
    )
    figure.update_xaxes(
        title=named[x], showgrid=False, rangemode="tozero", showline=True, linecolor=colours.line, **_axis(colours)
    )
    figure.update_layout(**theme.layout(colours) | _room_for_names(len({trace.name for trace in figure.data}), height))
    return figure


def _room_for_names(entries: int, height: int) -> dict[str, object]:
    """Height, margin and legend: a few names above the curves, more in rows of their own below, taking nothing from them."""
    few, rows = entries <= 3, 20 * entries
    legend = {"font": {"size": 12}, "x": 0}
    legend |= {"orientation": "h", "y": 1.02, "yanchor": "bottom"} if few else {"y": -64 / (height - 84), "yanchor": "top"}
    margin = {"l": 8, "r": 8, "t": 36 if few and entries > 1 else 14, "b": 8 if few else 70 + rows}
    return {"height": height + (0 if few else rows), "margin": margin, "legend": legend, "showlegend": entries > 1}


def _curve(figure: go.Figure, name: str, frame: pd.DataFrame, axes: tuple[str, str], style: CurveStyle) -> None:
    value, x = axes
    rows = frame.dropna(subset=[value]) if value in frame else frame.iloc[:0]
    shown = rows[value].map(lambda v: percent(v, 1) if value == "validation" else f"{v:.3f}")
    figure.add_scatter(
        x=rows[x],
        y=rows[value],
        name=style.legend,
        legendgroup=style.legend,
        showlegend=all(trace.name != style.legend for trace in figure.data),
        text=shown,
        mode="lines+markers" if len(rows) < 30 else "lines",
        line={"color": style.hue, "width": 2, "dash": style.dash},
        marker={"size": 5 if style.symbol == "circle" else 7, "symbol": style.symbol},
        hovertemplate=f"<b>{name}</b><br>{x} %{{x:.0f}}: %{{text}}<extra></extra>",
    )
