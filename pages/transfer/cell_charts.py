"""What is drawn into the cells of the map: fills, hatching, numbers, marks, and the invisible points that take clicks."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from pages.common import theme
from pages.common.charts import SKIP
from pages.common.theme import Palette
from pages.common.words import counted, known, percent, points
from pages.transfer.view import METRICS, MapView

CELL = 30
"""Height of a cell in pixels: the map of the demo and its frame fit a laptop's screen."""
MANY = 13
"""Above so many columns, numbers and names need less room: a small screen leaves a cell the width of three digits."""


def _edges(at: Mapping[str, float], names: Sequence[str]) -> tuple[list[float], list[str | None]]:
    """Cell borders along one axis and the name between each two of them (None = gap)."""
    edges = [0.0]
    slots: list[str | None] = []
    for name in names:
        start, end = at[name] - 0.5, at[name] + 0.5
        if start - edges[-1] > 1e-6:
            edges.append(start)
            slots.append(None)
        edges.append(end)
        slots.append(name)
    return edges, slots


def fraction(view: MapView, value: float) -> float:
    """Where a value lies in the colour domain, 0 to 1."""
    low, high = view.metric.domain
    return (value - low) / (high - low)


def number(view: MapView, source: str, target: str) -> str:
    """A cell's value in percent; a dash where the metric has none, empty where it was not run."""
    value = view.value(source, target)
    if value is None:
        return "–" if view.state(source, target) == "undefined" else ""
    return f"{round(value * view.metric.scale)}".replace("-", "−")


def tiles(view: MapView, colours: Palette, legend: bool) -> list[go.Heatmap]:
    """The coloured cells, and below them a flat panel where a cell was run but has no value in this metric."""
    x, columns = _edges(view.column_at, view.columns)
    y, rows = _edges(view.row_at, view.rows)
    values, flat = [], []
    for row in rows:
        cells = [None if row is None or column is None else (row, column) for column in columns]
        values.append([view.value(*cell) if cell else None for cell in cells])
        flat.append([0 if cell and view.state(*cell) == "undefined" else None for cell in cells])
    scale = colours.diverging if view.metric.signed else colours.sequential
    low, high = view.metric.domain
    shared = {"x": x, "y": y, "xgap": 1.5, "ygap": 1.5, "hoverinfo": "skip", "hoverongaps": False}
    return [
        go.Heatmap(z=flat, colorscale=[[0, colours.panel], [1, colours.panel]], showscale=False, **shared),
        go.Heatmap(
            z=values,
            zmin=low,
            zmax=high,
            colorscale=[list(stop) for stop in scale],
            showscale=legend,
            colorbar=_colour_bar(view, colours),
            **shared,
        ),
    ]


def _colour_bar(view: MapView, colours: Palette) -> dict[str, object]:
    low, high = view.metric.domain
    ticks = [low, (low + high) / 2, high]
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "ypad": colours.pt(30),
        "xpad": 0,
        "len": 0.36,
        "thickness": 8,
        "tickvals": ticks,
        "ticktext": [f"{tick * view.metric.scale:.0f} %".replace("-", "−") for tick in ticks],
        "tickfont": {"size": colours.pt(12)},
    }


def numbers(view: MapView, colours: Palette, everything: bool = True) -> list[go.Scatter]:
    """Values written into the cells, one trace for each ink, so that every number is easy to read on its fill.

    everything: or only where a cell breaks the pattern of the families, or has no value.
    """
    cells = [(r, c) for r in view.rows for c in view.columns if view.state(r, c) != "missing"]
    cells = [cell for cell in cells if everything or cell in view.broken or view.state(*cell) == "undefined"]
    inks = [colours.muted if view.state(*cell) == "undefined" else _ink(view, colours, *cell) for cell in cells]
    traces = []
    for tone in dict.fromkeys(inks):
        mine = [cell for cell, used in zip(cells, inks, strict=True) if used == tone]
        traces.append(
            go.Scatter(
                x=[view.column_at[c] for _, c in mine],
                y=[view.row_at[r] for r, _ in mine],
                text=[number(view, *cell) for cell in mine],
                mode="text",
                textfont={"color": tone, "size": colours.pt(12), "family": theme.FONT},
                unselected={"textfont": {"color": tone}},
                **SKIP,
            )
        )
    return traces


def hatching(view: MapView, colours: Palette) -> go.Scatter:
    """Diagonal strokes over the cells that were not run."""
    xs, ys = [], []
    for row in view.rows:
        for column in view.columns:
            if view.state(row, column) != "missing":
                continue
            left, top = view.column_at[column] - 0.47, view.row_at[row] - 0.46
            for start in (0.3, 0.6, 0.9, 1.2, 1.5):
                first, last = max(0.0, start - 0.92), min(start, 0.94)
                if first < last:
                    xs += [left + first, left + last, None]
                    ys += [top + min(start, 0.92) - 0.0 * first, top + max(0.0, start - 0.94), None]
    return go.Scatter(x=xs, y=ys, mode="lines", line={"color": colours.line, "width": 1}, **SKIP)


def _ink(view: MapView, colours: Palette, source: str, target: str) -> str:
    scale = colours.diverging if view.metric.signed else colours.sequential
    return theme.ink(colours, theme.colour_at(scale, fraction(view, view.value(source, target) or 0.0)))


def marks(view: MapView, colours: Palette, everything: bool = True) -> list[go.Scatter]:
    """Dot: the interval includes the untrained level (where all numbers are shown). Corner tick: fewer than three seeds."""
    cells = [(r, c) for r in view.rows for c in view.columns]
    unsure = [pair for pair in cells if everything and view.unsure(*pair)]
    few = [pair for pair in cells if view.state(*pair) == "value" and view.few_seeds(*pair)]
    return [
        go.Scatter(
            x=[view.column_at[c] - 0.38 for _, c in unsure],
            y=[view.row_at[r] - 0.3 for r, _ in unsure],
            mode="markers",
            marker={"size": 4.5, "color": [_ink(view, colours, *pair) for pair in unsure]},
            **SKIP,
        ),
        go.Scatter(
            x=[view.column_at[c] + 0.42 for _, c in few],
            y=[view.row_at[r] - 0.38 for r, _ in few],
            mode="markers",
            marker={"size": 7, "symbol": "triangle-ne", "color": [_ink(view, colours, *pair) for pair in few]},
            **SKIP,
        ),
    ]


def _hover(view: MapView, names: Mapping[str, str], source: str, target: str) -> str:
    cell = view.matrix.get(source, target)
    head = f"<b>{names[source]} → {names[target]}</b>"
    if cell is None:
        return f"{head}<br>Not run yet. Open it to queue the run."
    lines = [head, f"Score {percent(cell.score, 1)}"]
    if known(cell.relative):
        lines.append(f"Relative to the own prompt {points(cell.relative)}")
    kept = METRICS["gain_kept"]
    lines.append(f"Gain kept {kept.text(cell)}" if known(cell.gain_kept) else "Gain kept undefined: not learnable here")
    lines.append(f"{counted(cell.n_examples, 'example')}, {counted(cell.n_seeds, 'seed')}")
    if view.unsure(source, target):
        lines.append("The interval includes the untrained level")
    return "<br>".join(lines)


def click_points(view: MapView, names: Mapping[str, str]) -> go.Scatter:
    """The invisible points that take clicks and say what a cell holds; `customdata`: [source, target]."""
    cells = [(r, c) for r in view.rows for c in view.columns]
    return go.Scatter(
        x=[view.column_at[c] for _, c in cells],
        y=[view.row_at[r] for r, _ in cells],
        mode="markers",
        opacity=0,
        marker={"symbol": "square", "size": CELL},
        customdata=[list(pair) for pair in cells],
        hovertext=[_hover(view, names, *pair) for pair in cells],
        hoverinfo="text",
        showlegend=False,
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )
