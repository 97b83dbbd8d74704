"""Colours of the two themes: the single place that names a hue. Same colour, same meaning, on every page.

Charts are pure functions of data and a `Palette`; pages pick the palette that fits the browser's theme.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from ptlib.tasks.task import FAMILIES

FONT = "Source Sans, Source Sans Pro, Segoe UI, Helvetica, Arial, sans-serif"
CLEAR = "rgba(0,0,0,0)"
Scale = tuple[tuple[float, str], ...]


SCALES = MappingProxyType({"large": 4 / 3})
"""Size of a window -> how much larger than on a laptop type in charts is drawn."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour a chart may use in one theme."""

    name: str
    background: str
    panel: str
    text: str
    muted: str
    line: str
    accent: str
    categories: tuple[str, ...]
    diverging: Scale
    """Orange (below 0) to blue (above 0), neutral exactly in the middle."""
    sequential: Scale
    ink_on_dark: str = "#FFFFFF"
    ink_on_light: str = "#000000"
    """With white it reaches 4.5 to 1 on any colour."""
    scale: float = 1.0
    """How much larger than on a laptop type is drawn."""

    def pt(self, size: float) -> float:
        """Size of type in pixels on this screen; on a laptop none is below 12."""
        return round(size * self.scale)

    def family(self, family: str) -> str:
        """Colour of a task family."""
        return self.categories[FAMILIES.index(family) % len(self.categories)] if family in FAMILIES else self.muted

    def condition(self, condition: str) -> str:
        """Colour of a condition (untrained, hand_written, transfer, warm, own)."""
        return self.categories[_CONDITIONS[condition]] if condition in _CONDITIONS else self.muted


_STOPS = MappingProxyType({7: (0.0, 0.25, 0.45, 0.5, 0.55, 0.75, 1.0), 4: (0.0, 0.35, 0.7, 1.0)})
"""Number of colours of a scale -> where they stand."""


def _scale(*colours: str) -> Scale:
    return tuple(zip(_STOPS[len(colours)], colours, strict=True))


LIGHT = Palette(
    name="light",
    background="#FFFFFF",
    panel="#F3F5F7",
    text="#17212B",
    muted="#55616D",
    line="#DDE3E8",
    accent="#0F6E84",
    categories=("#0072B2", "#A36000", "#00795A", "#A6478A", "#2575AB", "#C2410C", "#5B6470"),
    diverging=_scale("#9C4F00", "#E0954A", "#F6E3CD", "#F1F2F2", "#DCE9F2", "#6AAAD2", "#14507F"),
    sequential=_scale("#F4F6F8", "#BFD8E8", "#5B9DC6", "#14507F"),
)
DARK = Palette(
    name="dark",
    background="#10161C",
    panel="#18212A",
    text="#E8EDF2",
    muted="#9AA7B3",
    line="#2A3642",
    accent="#4FB3C8",
    categories=("#56B4E9", "#E69F00", "#2FBF91", "#DE95BD", "#8FCBF0", "#F08A4B", "#9AA4AF"),
    diverging=_scale("#F2A65A", "#A86A2C", "#3C3229", "#222B33", "#22384A", "#2F78A8", "#8CCBF2"),
    sequential=_scale("#1B242D", "#22455E", "#2F7FB2", "#8CCBF2"),
)
FORMS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon")
SYMBOLS = MappingProxyType(dict(zip(FAMILIES, FORMS, strict=True)))
"""Marker shape of a task family: colour is never the only sign."""
_CONDITIONS = MappingProxyType(
    {"own": 0, "hand_written": 1, "warm": 2, "transfer": 3, "projected": 3, "untrained": 6, "untrained_uniform": 6}
)
CONDITION_SYMBOLS = MappingProxyType(
    {
        "own": "diamond",
        "hand_written": "square",
        "warm": "triangle-up",
        "transfer": "circle",
        "untrained": "circle-open",
        "untrained_uniform": "square-open",
    }
)


def palette(name: str | None) -> Palette:
    """Palette of a theme name as the browser reports it; light when unknown."""
    return DARK if name == "dark" else LIGHT


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def colour_at(scale: Sequence[tuple[float, str]], position: float) -> str:
    """Interpolate a colour scale at `position` in 0..1 (clipped)."""
    position = min(max(position, 0.0), 1.0)
    for (low, first), (high, second) in pairwise(scale):
        if position <= high:
            share = 0.0 if high == low else (position - low) / (high - low)
            mixed = (round(a + (b - a) * share) for a, b in zip(_rgb(first), _rgb(second), strict=True))
            return "#{:02X}{:02X}{:02X}".format(*mixed)
    return scale[-1][1]


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two colours, 1..21."""

    def luminance(colour: str) -> float:
        parts = ((c / 255) for c in _rgb(colour))
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def ink(colours: Palette, fill: str) -> str:
    """The text colour that is easier to read on `fill`."""
    return max((colours.ink_on_dark, colours.ink_on_light), key=lambda text: contrast(text, fill))


def with_alpha(colour: str, alpha: float) -> str:
    """`rgba(...)` form of a hex colour."""
    red, green, blue = _rgb(colour)
    return f"rgba({red},{green},{blue},{alpha})"


def icon(size: int = 32) -> Image.Image:
    """The browser tab's picture: a map in small. Drawn here, so that nothing is fetched."""
    tiles = np.array([[1.0, 0.75, 0.55], [0.75, 1.0, 0.5], [0.45, 0.55, 1.0]])
    picture = np.full((size, size, 3), 255, np.uint8)
    step = size // 3
    for row in range(3):
        for column in range(3):
            fill = _rgb(colour_at(LIGHT.diverging, tiles[row, column]))
            picture[row * step + 1 : (row + 1) * step, column * step + 1 : (column + 1) * step] = fill
    return Image.fromarray(picture)


@lru_cache(maxsize=4)
def template(colours: Palette) -> go.layout.Template:
    """What all charts share; what a figure says itself comes first. A click dims no mark, and no chart can be dragged."""
    small = {"size": colours.pt(12), "color": colours.muted}
    axis = {"zeroline": False, "fixedrange": True, "automargin": True, "gridcolor": colours.line, "linecolor": colours.line}
    axis |= {"zerolinecolor": colours.muted, "tickfont": small, "title": {"font": small}}
    legend = {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": colours.pt(12)}}
    label = {"color": colours.text, "family": FONT, "size": colours.pt(13)}
    full = {"marker": {"opacity": 1}}
    bar = {"colorbar": {"outlinewidth": 0, "tickcolor": colours.line, "ticklen": 3, "tickfont": small, "title": {"font": small}}}
    marks = {"selected": full, "unselected": full}
    return go.layout.Template(
        layout={
            "paper_bgcolor": CLEAR,
            "plot_bgcolor": CLEAR,
            "font": label,
            "hoverlabel": {"bgcolor": colours.panel, "bordercolor": colours.line, "font": label, "align": "left"},
            "hovermode": "closest",
            "hoverdistance": 50,
            "dragmode": False,
            "showlegend": False,
            "bargap": 0.2,
            "modebar": {"bgcolor": CLEAR, "color": colours.muted, "activecolor": colours.text},
            "xaxis": axis,
            "yaxis": axis,
            "legend": legend | {"itemclick": False, "itemdoubleclick": False},
            "annotationdefaults": {"showarrow": False, "font": small},
        },
        data={"scatter": [marks], "bar": [marks], "heatmap": [bar]},
    )


_TAG = re.compile(r"<(?!/?(?:br|b|i|extra)>)")
"""A tag that no chart of ours uses: it came with somebody's text."""


def inert(figure: go.Figure) -> go.Figure:
    """The figure with every foreign tag in its texts shown as text; charts understand links and a few others."""
    if not _TAG.search(json.dumps(_texts(told := figure.to_plotly_json()))):
        return figure
    return go.Figure(_replaced(told))


def _texts(value: Any) -> list[str]:
    """All texts of a figure that are drawn; arrays of numbers are passed over."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, item in value.items() if key != "customdata" for text in _texts(item)]
    return [text for item in value for text in _texts(item)] if _may_hold_text(value) else []


def _may_hold_text(value: object) -> bool:
    return isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.dtype.kind in "OUS")


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return _TAG.sub("&lt;", value)
    if isinstance(value, dict):
        return {key: item if key == "customdata" else _replaced(item) for key, item in value.items()}
    return [_replaced(item) for item in value] if _may_hold_text(value) else value
