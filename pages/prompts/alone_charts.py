"""What the model predicts with a prompt alone, as a Plotly figure. Pure; no Streamlit."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from pages.common import charts, theme
from pages.common.theme import Palette
from pages.prompts import alone_view
from ptlib.analysis.alone import Alone


def word_figure(found: Alone, colours: Palette) -> go.Figure:
    """Bars: the prompt's most probable words. Open circles: the same words with the untrained prompt. Label words in bold."""
    labels = {answer.word for answer in found.answers}
    texts = [escape(word.word) for word in found.words]
    ticks = [f"<b>{text}</b>" if word.word in labels else text for text, word in zip(texts, found.words, strict=True)]
    places = list(range(len(texts)))
    hover = [
        f"<b>{text}</b> (token {word.token})<br>this prompt {word.probability:.4%}"
        + (f"<br>untrained prompt {word.untrained:.4%}" if word.untrained is not None else "")
        for text, word in zip(texts, found.words, strict=True)
    ]
    figure, fill = go.Figure(), {"color": colours.condition("own"), "line": {"width": 0}}
    look = {"orientation": "h", "name": "this prompt", "marker": fill, "hovertext": hover, "hoverinfo": "text"}
    figure.add_bar(y=places, x=[word.probability for word in found.words], **look)
    if found.untrained_words:
        mark = {"size": 10, "color": colours.text, "symbol": "circle-open", "line": {"width": 2}}
        values = [word.untrained for word in found.words]
        charts.marks(figure, values, places, mark, hover, name="untrained prompt", cliponaxis=False)
    _word_axes(figure, found, ticks, colours)
    return figure


def _word_axes(figure: go.Figure, found: Alone, ticks: Sequence[str], colours: Palette) -> None:
    """Axes with the value of every bar in a column at the right, clear of all marks."""
    most = max([word.probability for word in found.words] + [word.untrained or 0 for word in found.words])
    for place, word in enumerate(found.words):
        style = {"xref": "paper", "x": 1, "xanchor": "right", "font": {"size": colours.pt(12), "color": colours.text}}
        figure.add_annotation(y=place, text=alone_view.chance(word.probability), **style)
    charts.finish(figure, colours, 84 + 27 * len(ticks), x="Probability over the whole vocabulary", legend=True)
    figure.update_xaxes(range=[0, most * 1.25], tickformat=".0%", nticks=6)
    rows = {"tickvals": list(range(len(ticks))), "ticktext": list(ticks), "autorange": "reversed", "showgrid": False}
    font = {"size": colours.pt(13), "color": colours.text}
    figure.update_yaxes(ticks="outside", ticklen=6, tickcolor=theme.CLEAR, tickfont=font, **rows)
