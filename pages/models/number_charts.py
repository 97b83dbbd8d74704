"""Own, other and untrained prompts side by side: dots a seed, interval, mean; and the ladder from collapse to cure. Pure."""

from collections.abc import Mapping, Sequence
from textwrap import wrap

import plotly.graph_objects as go

from pages.common import charts, theme
from pages.common.charts import SKIP
from pages.common.theme import Palette
from pages.common.words import interval, known, percent
from pages.models.view import LINES, SAYS, Line, Part, part_title
from ptlib.base.stats import Interval

HUES = {"own": "own", "family": "own", "other": "transfer", "random": "untrained", "tuned_norm": "untrained"}
"""Line -> the condition whose colour it has: the same as on the other pages."""
SIGNS = {"own": "diamond", "family": "diamond-open", "other": "circle", "random": "square-open", "tuned_norm": "square"}
RANGE = (-0.3, 1.35)
"""Gains that are shown; the few beyond are drawn at the edge, their numbers are not changed."""
LADDER = ("own", "other", "random")
TITLE = 24
"""Characters of a line above a panel."""


def lines_figure(lines: Sequence[Line], colours: Palette) -> go.Figure:
    """One row a kind of prompt: mean (large), 95 % interval (line), held-out seeds (small), value at the end."""
    figure = go.Figure()
    for level in (0, 1):
        figure.add_vline(x=level, line={"color": colours.muted, "width": 1, "dash": "dot"})
    for line in lines:
        _line_marks(figure, line, colours)
    figure.update_xaxes(range=list(RANGE), tickvals=[0, 0.5, 1], ticktext=["0 %", "50 %", "100 %"], tickangle=0)
    charts.name_rows(figure, [line.name for line in lines], colours)
    return charts.finish(figure, colours, 44 + 31 * len(lines), r=44, t=8)


def panels_figure(parts: Sequence[Part], colours: Palette) -> go.Figure:
    """The same for several sets of targets side by side; the names of the rows stand once."""
    whole, share = go.Figure(), 1 / len(parts)
    for place, part in enumerate(parts, 1):
        axis, one = f"x{place}" if place > 1 else "x", lines_figure(part.lines, colours)
        whole.add_traces([trace.update(xaxis=axis) for trace in one.data])
        for shape in one.layout.shapes:
            whole.add_shape(shape.update(xref=axis, yref="paper"))
        for note in one.layout.annotations:
            whole.add_annotation(note.update(xref=f"{axis} domain"))
        whole.add_annotation(_panel_title(part, axis, colours))
        ends = [(place - 1) * share, place * share - (0.09 if len(parts) > 1 else 0)]
        whole.update_layout({f"xaxis{axis[1:]}": {**one.layout.xaxis.to_plotly_json(), "domain": ends, "anchor": "y"}})
    names = max(([line.name for line in part.lines] for part in parts), key=len)
    charts.name_rows(whole, names, colours)
    return charts.finish(whole, colours, 108 + 31 * len(names), r=12 if len(parts) > 1 else 44, t=72)


def _panel_title(part: Part, axis: str, colours: Palette) -> dict[str, object]:
    title = [f"<b>{line}</b>" for line in wrap(part_title(part), TITLE)]
    text = "<br>".join([*title, *wrap(f"{SAYS[part.reading.verdict]}.", TITLE)])
    place = {"xref": f"{axis} domain", "x": 0, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "bottom"}
    return {**place, "text": text, "align": "left", "font": {"size": colours.pt(13), "color": colours.text}}


def _line_marks(figure: go.Figure, line: Line, colours: Palette) -> None:
    hue, gain = colours.condition(HUES[line.key]), line.gain
    charts.span(figure, [_inside(end) for end in (gain.low, gain.high)], line.name, hue, width=3)
    told = f"<b>{line.name}</b><br>{percent(gain.value)} {interval(gain.low, gain.high)}, over {gain.over}"
    seeds = [f"seed {seed}: {percent(value)}" for seed, value in line.seeds.items()]
    mark = {"size": 6, "symbol": "circle-open", "color": colours.text, "line": {"width": 1.2}}
    charts.marks(figure, [_inside(value) for value in line.seeds.values()], [line.name] * len(line.seeds), mark, seeds)
    if known(gain.value):
        mark = {"size": 12, "symbol": SIGNS[line.key], "color": hue, "line": {"width": 1.5, "color": hue}}
        charts.marks(figure, [_inside(gain.value)], [line.name], mark, ["<br>".join([told, *seeds])])
    place = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 4, "y": line.name}
    figure.add_annotation(text=f"<b>{percent(gain.value)}</b>", font={"size": colours.pt(12), "color": colours.text}, **place)


def _inside(value: float | None) -> float | None:
    return min(max(value, RANGE[0]), RANGE[1]) if known(value) else value


def ladder_figure(
    rungs: Mapping[str, Mapping[str, Interval]], names: Mapping[str, str], chosen: str, colours: Palette
) -> go.Figure:
    """Own, other families' and untrained prompts at every step of the recipe: where the last two fall, the collapse is cured.

    rungs: step -> line -> gain kept; names: step -> how it is called, in the order of the ladder.
    """
    figure, steps = go.Figure(), [step for step in names if step in rungs]
    shown = ["<br>".join(wrap(names[step], 11)) for step in steps]
    for level in (0, 1):
        figure.add_hline(y=level, line={"color": colours.muted, "width": 1, "dash": "dot"})
    if chosen in steps:
        place = steps.index(chosen)
        fill = {"fillcolor": theme.with_alpha(colours.accent, 0.1), "line_width": 0, "layer": "below"}
        figure.add_vrect(x0=place - 0.45, x1=place + 0.45, **fill)
    for key in LADDER:
        _ladder_line(figure, key, [rungs[step][key] for step in steps], steps, colours)
    figure.update_xaxes(tickvals=list(range(len(steps))), ticktext=shown, range=[-0.5, len(steps) - 0.5], showgrid=False)
    figure.update_xaxes(tickangle=0, tickfont={"size": colours.pt(12), "color": colours.text})
    ends = [end for step in steps for key in LADDER for end in (rungs[step][key].low, rungs[step][key].high) if known(end)]
    low, high = min([-0.1, *ends]) - 0.05, max([1.15, *ends]) + 0.05
    figure.update_yaxes(range=[low, high], tickvals=[0, 0.5, 1], ticktext=["0 %", "50 %", "100 %"], zeroline=False)
    return charts.finish(figure, colours, 250, legend=True, b=43)


def _ladder_line(figure: go.Figure, key: str, gains: Sequence[Interval], steps: Sequence[str], colours: Palette) -> None:
    hue, places = colours.condition(HUES[key]), list(range(len(steps)))
    for place, gain in zip(places, gains, strict=True):
        if known(gain.low) and known(gain.high):
            line = {"color": hue, "width": 2}
            figure.add_scatter(x=[place, place], y=[gain.low, gain.high], mode="lines", line=line, **SKIP)
    mark = {"size": 10, "symbol": SIGNS[key], "color": hue, "line": {"width": 1.5, "color": hue}}
    look = {"mode": "lines+markers", "line": {"color": hue, "width": 1.5, "dash": "dot"}, "marker": mark, "hoverinfo": "text"}
    told = [f"<b>{LINES[key]}</b><br>{percent(g.value)} {interval(g.low, g.high)}" for g in gains]
    more = {"name": LINES[key], "customdata": [[step] for step in steps], "hovertext": told}
    figure.add_scatter(x=places, y=[gain.value for gain in gains], **look, **more)
