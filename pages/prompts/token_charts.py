"""Soft tokens beside the vocabulary: distance to the nearest word and norm, with what is usual. Pure; no Streamlit."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.common import charts, theme
from pages.common.theme import Palette
from ptlib.analysis.vocabulary import Vocabulary


def token_figure(found: pd.DataFrame, vocabulary: Vocabulary, colours: Palette) -> go.Figure:
    """Top: distance of every soft token to its nearest word. Below: its norm. Bands: 5 to 95 % of the vocabulary's words."""
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.08)
    for row, column, band in ((1, "distance", vocabulary.usual), (2, "norm", vocabulary.norms)):
        marker = {"size": 9, "color": colours.categories[0], "symbol": "circle" if row == 1 else "diamond"}
        told = [f"<b>Soft token {one.token}</b><br>{one.words}" for one in found.itertuples()]
        charts.marks(figure, found.token, found[column], marker, told, row=row, col=1)
        fill = {"fillcolor": theme.with_alpha(colours.accent, 0.16), "line_width": 0, "layer": "below"}
        figure.add_hrect(y0=band[0], y1=band[2], row=row, col=1, **fill)  # an empty panel would not take it
        figure.add_hline(y=band[1], line={"color": colours.muted, "width": 1, "dash": "dot"}, row=row, col=1)
        figure.update_yaxes(title={"text": "Distance to a word" if row == 1 else "Norm"}, rangemode="tozero", row=row, col=1)
    charts.finish(figure, colours, 360, t=10, b=43)
    figure.update_xaxes(title={"text": "Soft token"}, row=2, col=1)
    figure.update_xaxes(showgrid=False)
    return figure
