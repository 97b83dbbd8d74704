"""What is drawn into the cells of the map: fills, hatching, numbers, marks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import plotly.graph_objects as go

from pages.common import squares
from pages.common.charts import SKIP
from pages.common.squares import Tile
from pages.common.theme import Palette, Scale
from pages.common.words import counted, examples, known, percent, points
from pages.transfer.view import METRICS, MapView
from ptlib.tasks.names import COMMONEST

CELL = 30
"""Height of a cell in pixels: the map of the demo and its frame fit a laptop's screen."""
MANY = 13
"""Above so many columns, numbers and names need less room: a small screen leaves a cell the width of three digits."""


def number(view: MapView, source: str, target: str) -> str:
    """A cell's value in percent; a dash where the metric has none, empty where it was not run."""
    value = view.value(source, target)
    if value is None:
        return "–" if view.state(source, target) == "undefined" else ""
    return f"{round(value * view.metric.scale)}".replace("-", "−")


def tiles(view: MapView, names: Mapping[str, str]) -> list[Tile]:
    """All cells; a click returns [source, target]."""
    return [
        Tile(view.column_at[c], view.row_at[r], view.value(r, c), number(view, r, c), _hover(view, names, r, c), (r, c))
        for r in view.rows
        for c in view.columns
    ]


def clickable(cells: Sequence[Tile]) -> list[Tile]:
    """The cells, of which those without a prompt return nothing to a click."""
    return [replace(tile, mark=()) if tile.mark[0] == COMMONEST else tile for tile in cells]


def scale(view: MapView, colours: Palette) -> Scale:
    """Colour scale of the metric."""
    return colours.diverging if view.metric.signed else colours.sequential


def fills(view: MapView, cells: Sequence[Tile], colours: Palette, legend: bool) -> list[go.Heatmap]:
    """The coloured cells, and below them a flat panel where a cell was run but has no value in this metric."""
    domain = view.metric.domain
    bar = squares.colour_bar(domain, view.metric.scale, colours, below=colours.pt(30), length=0.36) if legend else None
    flat = [replace(tile, value=0.0 if view.state(*tile.mark) == "undefined" else None) for tile in cells]
    panel = ((0.0, colours.panel), (1.0, colours.panel))
    return [squares.fills(flat, panel, (0, 1)), squares.fills(cells, scale(view, colours), domain, bar)]


def numbers(view: MapView, cells: Sequence[Tile], colours: Palette, everything: bool = True) -> list[go.Scatter]:
    """Values written into the cells. everything: or only where a cell breaks the pattern of the families, or has no value."""
    shown = [tile for tile in cells if tile.text and (everything or tile.mark in view.broken or tile.value is None)]
    return squares.numbers(shown, scale(view, colours), view.metric.domain, colours)


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
                    ys += [top + min(start, 0.92), top + max(0.0, start - 0.94), None]
    return go.Scatter(x=xs, y=ys, mode="lines", line={"color": colours.line, "width": 1}, **SKIP)


def marks(view: MapView, cells: Sequence[Tile], colours: Palette, everything: bool = True) -> list[go.Scatter]:
    """Dot: the interval includes the untrained level (where all numbers are shown). Corner tick: fewer than three seeds.

    Bow tie: measured on a part of the examples so far.
    """
    unsure = [tile for tile in cells if everything and view.unsure(*tile.mark)]
    few = [tile for tile in cells if tile.value is not None and view.few_seeds(*tile.mark)]
    looks = [tile for tile in cells if (cell := view.matrix.get(*tile.mark)) is not None and cell.planned]
    traces = []
    for mine, (x, y), look in (
        (unsure, (-0.38, -0.3), {"size": 4.5}),
        (few, (0.42, -0.38), {"size": 7, "symbol": "triangle-ne"}),
        (looks, (-0.36, 0.3), {"size": 7, "symbol": "bowtie"}),
    ):
        inks = [squares.ink(tile.value, scale(view, colours), view.metric.domain, colours) for tile in mine]
        at = {"x": [tile.x + x for tile in mine], "y": [tile.y + y for tile in mine]}
        traces.append(go.Scatter(**at, mode="markers", marker=look | {"color": inks}, **SKIP))
    return traces


def _hover(view: MapView, names: Mapping[str, str], source: str, target: str) -> str:
    cell = view.matrix.get(source, target)
    head = f"<b>{names[source]} → {names[target]}</b>"
    if cell is None:
        nothing = "No classes: answers are generated." if source == COMMONEST else "Not run yet. Open it to queue the run."
        return f"{head}<br>{nothing}"
    lines = [head, f"Score {percent(cell.score, 1)}"]
    if known(cell.relative):
        lines.append(f"Relative to the own prompt {points(cell.relative)}")
    kept = METRICS["gain_kept"]
    lines.append(
        f"Gain kept {kept.text(cell)}"
        if known(cell.gain_kept)
        else "Gain kept undefined: the own prompt is not clearly better than an untrained one"
    )
    seeds = "" if source == COMMONEST else f", {counted(cell.n_seeds, 'seed')}"
    lines.append(f"{examples(cell)}{seeds}")
    if view.unsure(source, target):
        lines.append("The interval includes the untrained level")
    return "<br>".join(lines)
