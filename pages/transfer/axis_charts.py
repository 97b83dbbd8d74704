"""What stands around the cells of the transfer map: axes and family labels."""

from collections.abc import Mapping

from pages.common import theme
from pages.common.theme import Palette
from pages.transfer.cell_charts import MANY
from pages.transfer.view import MapView
from ptlib.tasks.task import FAMILY_NAMES

Shape = dict[str, object]
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
        place = {
            "xref": "paper",
            "x": 0,
            "xshift": -left + colours.pt(12),
            "xanchor": "center",
            "yref": "y",
            "y": (start + end) / 2,
        }
        notes.append({**place, "text": text, "textangle": -90, "font": {"color": hue, "size": colours.pt(12)}})
        line = {"xref": "paper", "xsizemode": "pixel", "xanchor": 0, "x0": -left + colours.pt(27), "x1": -left + colours.pt(27)}
        rules.append(
            {**line, "type": "line", "yref": "y", "y0": start + 0.06, "y1": end - 0.06, "line": {"color": hue, "width": 2}}
        )
    return notes, rules


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


def axes(view: MapView, colours: Palette, names: Mapping[str, str], labels: bool = True) -> dict[str, dict[str, object]]:
    """The map's axes with every name shown."""
    shared = {
        "showgrid": False,
        "tickmode": "array",
        "showticklabels": labels,
        "tickfont": {"color": colours.text, "size": colours.pt(13)},
    }
    x = {"range": [0, view.width], "side": "top", "tickangle": -50, "ticks": "", "ticklabeloverflow": "allow"}
    x |= {"tickvals": [view.column_at[n] for n in view.columns], "ticktext": [names[n] for n in view.columns]}
    y = {"range": [view.height, 0], "ticks": "outside", "ticklen": 7, "tickcolor": theme.CLEAR}
    y |= {"tickvals": [view.row_at[n] for n in view.rows], "ticktext": [names[n] for n in view.rows]}
    return {"xaxis": shared | x, "yaxis": shared | y}
