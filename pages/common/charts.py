"""Charts that several pages share, as Plotly figures: plain data in, figure out. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pandas as pd
import plotly.graph_objects as go

from pages.common import theme
from pages.common.theme import Palette
from pages.common.words import interval, known, percent

Values: TypeAlias = Sequence[Any] | pd.Series
SKIP = {"hoverinfo": "skip", "showlegend": False}
"""A mark that says nothing of its own."""
NEAR = 0.05
"""How close below the highest curve a level's name would be written across it."""
DASHES = ("solid", "dash", "dot", "dashdot")
PROMPTS = {
    "transfer": "reused prompt",
    "projected": "projected prompt",
    "own": "own prompt",
    "untrained": "untrained prompt",
    "hand_written": "hand-written prompt",
}
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

    def named(self, name: str) -> "Condition":
        """The same under another name."""
        return replace(self, name=name)


@dataclass(frozen=True, slots=True)
class CurveStyle:
    """How the curves of one kind are drawn; they share a legend entry."""

    legend: str
    hue: str
    dash: str
    symbol: str


def finish(
    figure: go.Figure, colours: Palette, height: float, *, x: str = "", y: str = "", legend: bool = False, **margin: int
) -> go.Figure:
    """Height, margins and titles of the axes; the rest is the template's. legend: shown, in a line above.

    Margins without a number have room for what stands there: where a label needs more, Plotly draws the whole figure again.
    """
    for axis, text in ((figure.update_xaxes, x), (figure.update_yaxes, y)):
        if text:
            axis(title={"text": text})
    room = {"l": _beside(figure), "r": 8, "t": 41 if legend else 12, "b": _below(figure)} | margin
    space = {side: round(pixels * colours.scale) for side, pixels in room.items()}
    figure.update_layout(template=theme.template(colours), height=round(height * colours.scale), margin=space, showlegend=legend)
    return figure


def _beside(figure: go.Figure) -> int:
    """Pixels left of the marks for the labels of the rows, on a laptop."""
    axis = figure.layout.yaxis
    if axis.visible is False or axis.showticklabels is False:
        return 8
    named = [name for trace in figure.data for name in (() if trace.y is None else trace.y) if isinstance(name, str)]
    lines = [line for name in named or axis.ticktext or () for line in str(name).split("<br>")]
    return (24 + 6 * max(map(len, lines)) if lines else 40) + (12 if axis.title.text else 0)


def _below(figure: go.Figure) -> int:
    """Pixels below the marks for the labels of the columns, on a laptop."""
    axis = figure.layout.xaxis
    if axis.visible is False or axis.showticklabels is False or axis.side == "top":
        return 8
    return 43 if axis.title.text else 29


def name_rows(figure: go.Figure, names: Sequence[str], colours: Palette) -> None:
    """Rows in this order from the top, their names in full ink and a little apart from the marks."""
    order = {"categoryorder": "array", "categoryarray": list(names)[::-1], "showgrid": False}
    font = {"size": colours.pt(13), "color": colours.text}
    figure.update_yaxes(ticks="outside", ticklen=8, tickcolor=theme.CLEAR, tickfont=font, **order)


def span(figure: go.Figure, ends: Sequence[float | None], row: str, hue: str, *, width: float = 4, dash: str = "solid") -> None:
    """A line from one end to the other in one row; nothing where an end is not known."""
    if all(known(end) for end in ends):
        line = {"color": hue, "width": width, "dash": dash}
        figure.add_scatter(x=list(ends), y=[row] * len(ends), mode="lines", line=line, **SKIP)


def marks(
    figure: go.Figure, x: Values, y: Values, marker: Mapping[str, Any], told: Sequence[str] | None = None, /, **more: Any
) -> None:
    """Points, in the legend when they are named. told: what each says when pointed at."""
    hover = {} if told is None else {"hovertext": told, "hoverinfo": "text"}
    figure.add_scatter(x=x, y=y, mode="markers", marker=marker, showlegend="name" in more, **hover, **more)


def band(figure: go.Figure, x: Values, ends: tuple[Values, Values], fill: str, name: str | None = None, /, **place: int) -> None:
    """The area between two curves, in the legend when it is named."""
    line = {"width": 0}
    figure.add_scatter(x=x, y=ends[0], mode="lines", line=line, **SKIP, **place)
    area = {"fill": "tonexty", "fillcolor": fill, "hoverinfo": "skip", "name": name, "showlegend": name is not None}
    figure.add_scatter(x=x, y=ends[1], mode="lines", line=line, **area, **place)


def error_bars(above: Values, below: Values) -> dict[str, Any]:
    """Error bars of these lengths."""
    return {"type": "data", "symmetric": False, "thickness": 1, "width": 3, "array": above, "arrayminus": below}


def dumbbell_figure(
    conditions: Sequence[Condition], colours: Palette, floors: Sequence[tuple[str, float]] = (), *, row: int = 44
) -> go.Figure:
    """Scores side by side on one axis; markers differ in colour and shape, the value stands beside each.

    floors: names and heights of what a score has to beat, at most two; row: pixels of one condition.
    """
    figure = go.Figure()
    names = [condition.name for condition in conditions]
    ends = {condition.key: condition.score for condition in conditions}
    if {"untrained", "own"} <= ends.keys():
        band = {"x0": ends["untrained"], "x1": ends["own"], "y0": -0.5, "y1": len(names) - 0.5}
        figure.add_shape(type="rect", layer="below", fillcolor=theme.with_alpha(colours.accent, 0.07), line_width=0, **band)
    for condition in conditions:
        _condition_marks(figure, condition, colours)
    sides = ("center",) if len(floors) == 1 else ("right", "left")  # names of two lines stand apart
    for (name, height), side in zip(sorted(floors, key=lambda floor: floor[1]), sides, strict=False):
        figure.add_vline(x=height, line={"color": colours.muted, "width": 1, "dash": "dot"})
        style = {"yref": "paper", "yanchor": "bottom", "xanchor": side, "font": {"size": colours.pt(12)}}
        figure.add_annotation(x=height, y=1, text=name, **style)
    values = [v for c in conditions for v in (c.score, c.low, c.high) if known(v)] + [height for _, height in floors]
    low, high = max(min(values, default=0) - 0.04, 0), min(max(values, default=1) + 0.03, 1.02)
    figure.update_xaxes(range=[low, high], tickformat=".0%")
    name_rows(figure, names, colours)
    return finish(figure, colours, 54 + row * len(names), r=72, t=22)


def _condition_marks(figure: go.Figure, condition: Condition, colours: Palette) -> None:
    hue = colours.condition(condition.key)
    dash = "dot" if condition.single_seed else "solid"
    span(figure, (condition.low, condition.high), condition.name, hue, width=3, dash=dash)
    shown, reach = percent(condition.score, 1), interval(condition.low, condition.high, digits=1)
    marker = {"size": 13, "color": hue, "symbol": theme.CONDITION_SYMBOLS.get(condition.key, "circle")}
    told = f"<b>{condition.name}</b><br>{shown} {reach}<br>{condition.basis}"
    line = {"width": 1.5, "color": hue}
    marks(figure, [condition.score], [condition.name], marker | {"line": line}, [told], cliponaxis=False)
    end = max(condition.high, condition.score) if known(condition.high) else condition.score
    style = {"xanchor": "left", "xshift": 6, "font": {"size": colours.pt(13), "color": colours.text}}
    figure.add_annotation(x=end, y=condition.name, text=f"  <b>{shown}</b>", **style)


def untrained_level(curves: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Mean validation score before the first step, as a level of `curves_figure`; empty where none was measured."""
    starts = [float(score) for frame in curves.values() for score in frame.loc[frame.step == 0, "validation"].dropna()]
    return {"untrained": sum(starts) / len(starts)} if starts else {}


def curves_figure(
    curves: Mapping[str, pd.DataFrame],
    colours: Palette,
    levels: Mapping[str, float],
    *,
    value: str = "validation",
    x: str = "step",
    height: int = 300,
    styles: Mapping[str, CurveStyle] | None = None,
    end: float | None = None,
) -> go.Figure:
    """Learning curves: one line a series, dotted rules for levels such as the untrained prompt.

    curves: name -> frame with columns step, seconds, loss, validation; value: validation or loss; x: step or seconds; height: of
    the curves alone, many names make the figure higher; styles: without one a series has its own colour, dash and legend entry;
    end: of the x axis, to show how far a curve still has to go.
    """
    figure = go.Figure()
    for index, (name, frame) in enumerate(curves.items()):
        style = (styles or {}).get(name) or CurveStyle(name, colours.categories[index % 6], DASHES[index % 4], "circle")
        _curve(figure, name, frame, (value, x), style)
    top = max((float(frame[value].max()) for frame in curves.values() if value in frame and len(frame)), default=0.0)
    for name, level in levels.items():
        figure.add_hline(y=level, line={"color": colours.muted, "width": 1, "dash": "dot"})
        height_of_name = max(level, top) if level > top - NEAR else level  # above the curves, not across them
        place = {
            "xref": "paper",
            "x": 1,
            "xanchor": "right",
            "y": height_of_name,
            "yanchor": "bottom",
            "font": {"size": colours.pt(12)},
        }
        figure.add_annotation(text=f"{name} {percent(level, 1)}", **place)
    figure.update_yaxes(tickformat=".0%" if value == "validation" else None)
    figure.update_xaxes(showgrid=False, rangemode="tozero", showline=True, range=None if end is None else [0, end * 1.02])
    finish(figure, colours, height, x=_TITLES[x], y=_TITLES[value])
    figure.update_layout(_room_for_names(len({trace.name for trace in figure.data}), height, colours))
    return figure


def _room_for_names(entries: int, height: int, colours: Palette) -> dict[str, object]:
    """Height, margin and legend: a few names above the curves, more in rows of their own below, taking nothing from them."""
    few, rows = entries <= 3, 20 * entries
    legend = {"y": 1.02} if few else {"orientation": "v", "y": -64 / (height - 84), "yanchor": "top"}
    margin = {"t": colours.pt(42) if few and entries > 1 else 14} | ({} if few else {"b": 70 + rows})
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


def probability_figure(answers: Mapping[str, Mapping[str, float]], colours: Palette) -> go.Figure:
    """Label probabilities of several prompts for one input: grouped bars, value beside each.

    answers: condition (own, transfer ...) -> label -> probability.
    """
    figure = go.Figure()
    look = {"orientation": "h", "hoverinfo": "skip", "cliponaxis": False, "textposition": "outside"}
    for key, labels in answers.items():
        bars = {"y": list(labels), "x": list(labels.values()), "text": [percent(value) for value in labels.values()]}
        marker = {"color": colours.condition(key), "line": {"width": 0}}
        figure.add_bar(**bars, name=PROMPTS.get(key, key), marker=marker, textfont={"color": colours.text}, **look)
    count = max((len(labels) for labels in answers.values()), default=1)
    finish(figure, colours, 56 + 26 * count * max(len(answers), 1), legend=True, b=4, r=52)
    figure.update_layout(barmode="group", legend={"traceorder": "normal"})
    figure.update_xaxes(range=[0, 1], visible=False)
    figure.update_yaxes(showgrid=False, autorange="reversed", ticks="outside", ticklen=6, tickcolor=theme.CLEAR)
    figure.update_yaxes(tickfont={"size": colours.pt(14), "color": colours.text})
    return figure
