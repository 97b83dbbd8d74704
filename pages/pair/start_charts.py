"""Learning curves by start as a Plotly figure. Pure; no Streamlit."""

import pandas as pd
import plotly.graph_objects as go

from pages.common import charts
from pages.common.charts import DASHES, CurveStyle
from pages.common.theme import FORMS, Palette
from pages.pair.start_view import UNTRAINED


def curves_figure(points: pd.DataFrame, colours: Palette, x: str) -> go.Figure:
    """Validation score over steps or seconds, one line a start and seed; the untrained start in grey. points: of `start_view`."""
    curves, styles, hues = {}, {}, [0, 2, 1, 3, 5]
    names = list(dict.fromkeys(points["name"]))
    for (name, seed), rows in points.groupby(["name", "seed"], sort=False):
        place = names.index(name)
        hue = colours.muted if name == UNTRAINED else colours.categories[hues[(place - 1) % len(hues)]]
        label = f"{name}, seed {seed}"
        curves[label] = rows
        styles[label] = CurveStyle(name, hue, DASHES[place % len(DASHES)], FORMS[place % len(FORMS)])
    return charts.curves_figure(curves, colours, {}, x=x, styles=styles)
