"""Reference curves as Plotly figures. Pure; no Streamlit."""

import pandas as pd
import plotly.graph_objects as go

from pages.common import charts
from pages.common.charts import CurveStyle
from pages.common.theme import Palette
from pages.common.words import interval, percent
from pages.pair.reference_view import share
from ptlib.finetuning.spec import FULL, LORA, NAMES, PROMPT

_LOOKS = {PROMPT: (0, "solid", "circle"), LORA: (2, "dash", "square"), FULL: (1, "dot", "diamond")}
"""Place of the hue, dash and marker of a method: colour is never the only sign."""


def curves_figure(points: pd.DataFrame, colours: Palette, x: str) -> go.Figure:
    """Validation score over steps or seconds, one line a method and seed.

    points: of `reference_view.points`.
    """
    curves, styles = {}, {}
    for (method, seed), rows in points.groupby(["method", "seed"], sort=False):
        name, (hue, dash, symbol) = f"{NAMES[method]}, seed {seed}", _LOOKS[method]
        curves[name] = rows
        styles[name] = CurveStyle(NAMES[method], colours.categories[hue], dash, symbol)
    return charts.curves_figure(curves, colours, {}, x=x, styles=styles)


def size_figure(table: pd.DataFrame, colours: Palette) -> go.Figure:
    """Score over the numbers that are trained (logarithmic), with its interval.

    table: of `reference_view.summary`.
    """
    figure = go.Figure()
    for row in table.itertuples():
        hue, _, symbol = _LOOKS[row.method]
        ink = colours.categories[hue]
        told = (
            f"<b>{row.name}</b><br>{row.trained:,.0f} numbers trained, {share(row.share)} of the model<br>"
            f"{percent(row.score, 1)} {interval(row.low, row.high, digits=1)}<br>{row.seconds:.1f} s, {row.kb:,.0f} kB"
        )
        ends = charts.error_bars([row.high - row.score], [row.score - row.low]) | {"color": ink}
        marker = {"size": 12, "symbol": symbol, "color": ink}
        charts.marks(figure, [row.trained], [row.score], marker, [told], name=row.name, error_y=ends)
    figure.update_xaxes(type="log", showgrid=False, showline=True)
    figure.update_yaxes(tickformat=".0%")
    return charts.finish(figure, colours, 300, x="Trained numbers", y="Score on the evaluation split", legend=True)
