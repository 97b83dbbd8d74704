"""What stands around the cells of the transfer map: axes, family labels, marginal bars, titles."""

from collections.abc import Mapping

import plotly.graph_objects as go

from pages.common import theme
from pages.common.theme import Palette
from pages.common.words import counted
from pages.transfer.cell_charts import MANY
from pages.transfer.view import MapView, Marginal
from ptlib.tasks.task import FAMILY_NAMES

Shape = dict[str, object]
Split = tuple[float, float]
"""Where the map ends and the bars begin, as shares of the width and of the height."""
_SHORT = {"ethics": "Ethics", "question_answering": "Questions", "summarisation": "Summaries", "own": "Own"}
"""Family names for blocks of one or two tasks."""


def _family_name(family: str, tasks: float) -> str:
    name = FAMILY_NAMES.get(family, family)
    return _SHORT.get(family, name) if tasks < 2.6 else name


def row_families(view: MapView, colours: Palette, left: float) -> tuple[list[Shape], list[Shape]]:
    """Family names beside the rows, each with a rule in its colour. Returns annotations and shapes."""
    notes, rules = [], []
    for family, start, end in view.row_blocks:
        hue, text = colours.family(family), _family_name(family, end - start)
        place = {"xref": "paper", "x": 0, "xshift": -left + 14, "xanchor": "center", "yref": "y", "y": (start + end) / 2}
        notes.append({**place, "text": text, "textangle": -90, "font": {"color": hue, "size": colours.pt(12)}})
        line = {"xref": "paper", "xsizemode": "pixel", "xanchor": 0, "x0": -left + 34, "x1": -left + 34}
        rules.append(
            {**line, "type": "line", "yref": "y", "y0": start + 0.06, "y1": end - 0.06, "line": {"color": hue, "width": 2}}
        )
    return notes, rules


def column_families(view: MapView, colours: Palette, floor: float) -> tuple[list[Shape], list[Shape]]:
    """Family names below the columns, on two lines where there are many. Returns annotations and shapes."""
    notes, rules = [], []
    for number, (family, start, end) in enumerate(view.column_blocks):
        hue, text = colours.family(family), _family_name(family, end - start)
        lower = 14 * (number % 2) if len(view.columns) > MANY else 0
        place = {"xref": "x", "x": (start + end) / 2, "yref": "y", "y": view.height, "yshift": -11 - lower, "yanchor": "top"}
        notes.append({**place, "text": text, "font": {"color": hue, "size": colours.pt(12)}})
        line = {"yref": "paper", "ysizemode": "pixel", "yanchor": floor, "y0": -7, "y1": -7}
        rules.append(
            {**line, "type": "line", "xref": "x", "x0": start + 0.04, "x1": end - 0.04, "line": {"color": hue, "width": 2}}
        )
    return notes, rules


def bars(view: MapView, colours: Palette, names: Mapping[str, str]) -> list[go.Bar]:
    """Donor strength (right) and receiver ease (below); the line is the middle half of the cells."""
    rows = {name: view.row_at[name] for name in view.rows if name in view.donors}
    columns = {name: view.column_at[name] for name in view.columns if name in view.receivers}
    look = {"width": 0.5, "hoverinfo": "text", "showlegend": False}
    look["marker"] = {"color": theme.with_alpha(colours.accent, 0.55), "line": {"width": 0}}
    gives = [_hover(view, names[name], "Gives", view.donors[name]) for name in rows]
    receives = [_hover(view, names[name], "Receives", view.receivers[name]) for name in columns]
    return [
        go.Bar(
            x=[view.donors[n].mean for n in rows],
            y=list(rows.values()),
            error_x=_spread(view.donors, rows, colours),
            orientation="h",
            xaxis="x2",
            hovertext=gives,
            **look,
        ),
        go.Bar(
            x=list(columns.values()),
            y=[view.receivers[n].mean for n in columns],
            error_y=_spread(view.receivers, columns, colours),
            yaxis="y2",
            hovertext=receives,
            **look,
        ),
    ]


def _spread(marginals: Mapping[str, Marginal], names: Mapping[str, float], colours: Palette) -> dict[str, object]:
    found = [marginals[name] for name in names]
    ends = {"array": [m.high - m.mean for m in found], "arrayminus": [m.mean - m.low for m in found]}
    return {"type": "data", "symmetric": False, "color": colours.muted, "thickness": 1, "width": 0, **ends}


def _hover(view: MapView, name: str, verb: str, marginal: Marginal) -> str:
    mean, low, high = (value * view.metric.scale for value in (marginal.mean, marginal.low, marginal.high))
    spread = f"middle half {low:.0f} to {high:.0f} %, {counted(marginal.count, 'cell')}"
    return f"<b>{name}</b><br>{verb} {mean:.0f} % on average<br>{spread}".replace("-", "−")


def axes(view: MapView, colours: Palette, names: Mapping[str, str], split: Split, labels: bool = True) -> dict[str, dict]:
    """The map's axes with every name shown; a dotted cross follows the pointer."""
    shared = {
        "showgrid": False,
        "tickmode": "array",
        "showticklabels": labels,
        "tickfont": {"color": colours.text, "size": colours.pt(13)},
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikecolor": colours.muted,
        "spikedash": "dot",
        "spikesnap": "data",
    }
    x = {"range": [0, view.width], "domain": [0, split[0]], "side": "top", "tickangle": -50, "ticks": ""}
    x |= {"tickvals": [view.column_at[n] for n in view.columns], "ticktext": [names[n] for n in view.columns]}
    y = {"range": [view.height, 0], "domain": [split[1], 1], "ticks": "outside", "ticklen": 7, "tickcolor": theme.CLEAR}
    y |= {"tickvals": [view.row_at[n] for n in view.rows], "ticktext": [names[n] for n in view.rows]}
    return {"xaxis": shared | x, "yaxis": shared | y}


def bar_axes(view: MapView, colours: Palette, split: Split) -> dict[str, dict]:
    """Axes of the marginal bars."""
    low, high = view.metric.domain
    shared = {
        "range": [min(low, 0.0) * 0.4 if view.metric.signed else 0, high * 1.05],
        "showgrid": False,
        "ticks": "",
        "zeroline": True,
        "zerolinecolor": colours.line,
        "tickmode": "array",
        "tickvals": [0, high],
        "tickangle": 0,
        "ticktext": ["0", f"{high * view.metric.scale:.0f}"],
        "tickfont": {"size": colours.pt(12)},
    }
    return {
        "xaxis2": shared | {"domain": [split[0] + 0.02, 1], "anchor": "y", "side": "bottom"},
        "yaxis2": shared | {"domain": [0, max(split[1] - 0.1, 0.01)], "anchor": "x", "side": "right"},
    }


def titles(split: Split) -> list[Shape]:
    """Names of the marginals."""
    style = {"xref": "paper", "yref": "paper"}
    donor = {"x": 1, "xshift": 38, "xanchor": "right", "align": "right"}  # right of the number below, whole in a narrow window
    donor |= {"y": split[1], "yshift": -22, "yanchor": "top", "text": "Donor<br>strength, %"}
    receiver = {"x": 0, "xshift": -7, "xanchor": "right", "y": 0, "yanchor": "bottom", "yshift": 6, "text": "Receiver ease, %"}
    return [style | donor, style | receiver]
