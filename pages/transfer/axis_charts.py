"""What stands around the cells of the transfer map: axes and family labels."""

from collections.abc import Mapping

from pages.common import squares
from pages.common.squares import Shape
from pages.common.theme import Palette
from pages.transfer.cell_charts import MANY
from pages.transfer.view import MapView
from ptlib.tasks.task import FAMILY_NAMES

_SHORT = {"question_answering": "Questions", "summarisation": "Summaries", "own": "Own"}
"""Family names for blocks of one or two tasks."""


def _family_name(family: str, tasks: float) -> str:
    name = FAMILY_NAMES.get(family, family)
    return _SHORT.get(family, name) if tasks < 2.6 else name


def row_families(view: MapView, colours: Palette, left: float) -> tuple[list[Shape], list[Shape]]:
    """Family names beside the rows, each with a rule in its colour. Returns annotations and shapes."""
    blocks = [(_family_name(family, end - start), colours.family(family), start, end) for family, start, end in view.row_blocks]
    return squares.beside_rows(blocks, colours, left)


def column_families(view: MapView, colours: Palette) -> tuple[list[Shape], list[Shape]]:
    """Family names below the columns, on two lines where there are many. Returns annotations and shapes."""
    notes, rules = [], []
    for number, (family, start, end) in enumerate(view.column_blocks):
        hue, text = colours.family(family), _family_name(family, end - start)
        lower = colours.pt(14) * (number % 2) if len(view.columns) > MANY else 0
        place = {"xref": "x", "x": (start + end) / 2, "yref": "y", "y": view.height, "yshift": -11 - lower, "yanchor": "top"}
        notes.append({**place, "text": text, "font": {"color": hue, "size": colours.pt(12)}})
        line = {"yref": "paper", "ysizemode": "pixel", "yanchor": 0, "y0": -7, "y1": -7}
        rules.append(
            {**line, "type": "line", "xref": "x", "x0": start + 0.04, "x1": end - 0.04, "line": {"color": hue, "width": 2}}
        )
    return notes, rules


def axes(view: MapView, colours: Palette, names: Mapping[str, str], *, angle: int = -50, labels: bool = True) -> dict[str, Shape]:
    """The map's axes with every name shown."""
    columns = [(names[name], view.column_at[name]) for name in view.columns]
    rows = [(names[name], view.row_at[name]) for name in view.rows]
    return squares.axes(columns, rows, colours, angle=angle, labels=labels)
