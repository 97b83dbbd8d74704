"""What the model predicts with a prompt alone, as tables, a sentence and a figure. Pure; no Streamlit."""

from collections.abc import Sequence
from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.common import theme
from pages.common.theme import Palette
from pages.common.words import percent
from pages.transfer.cell_charts import KEEP
from ptlib.analysis.alone import Alone, Answer

MEANING = (
    "This is the prompt's bias toward an answer before any text is read. It does not explain the task: what the prompt does "
    "with a text may be quite different."
)
_LEAN = 0.1
"""Label shares that differ less from an even split are not called a lean."""


def word_table(found: Alone) -> pd.DataFrame:
    """word, token, probability, untrained, label (that it answers, or empty): the prompt's words, then the untrained one's."""
    labels = {answer.word: answer.label for answer in found.answers}
    seen = {word.token: word for word in (*found.words, *found.untrained_words)}
    columns = ["word", "token", "probability", "untrained", "label"]
    rows = [(word.word, word.token, word.probability, word.untrained, labels.get(word.word, "")) for word in seen.values()]
    return pd.DataFrame(rows, columns=columns)


def answer_table(found: Alone) -> pd.DataFrame:
    """label, word, share among the label words and probability over the vocabulary, each also for the untrained prompt."""
    columns = ["label", "word", "share", "probability", "untrained_share", "untrained_probability"]
    return pd.DataFrame([[getattr(answer, name) for name in columns] for answer in found.answers], columns=columns)


def shares(found: Alone) -> dict[str, dict[str, float]]:
    """Label shares of the prompt and, where there is one, of the untrained prompt."""
    both = {"own": {answer.label: answer.share for answer in found.answers}}
    if not found.no_untrained:
        both["untrained"] = {answer.label: answer.untrained_share for answer in found.answers}
    return both


def chance(value: float) -> str:
    """A probability in percent; what would read as nothing is said to be small."""
    return "under 0.1 %" if 0 < value < 0.001 else percent(value, 1)


def reading(found: Alone) -> str:
    """The most probable word, in plain letters, beside that of the untrained prompt."""
    first = found.words[0]
    told = f"With this prompt and no text the most probable word at the {found.position} is “{first.word}” "
    told += f"({chance(first.probability)} of the whole vocabulary"
    if found.untrained_words:
        other = found.untrained_words[0]
        told += f"; untrained: {chance(first.untrained)}). " if other.token == first.token else "). "
        told += f"With the untrained prompt it is {'the same' if other.token == first.token else f'“{other.word}”'} "
        told += f"({chance(other.untrained)})."
    else:
        told += ")."
    if found.continuation:
        told += f" By itself the model goes on: “{found.continuation}”"
        told += f"; untrained: “{found.untrained_continuation or '(nothing)'}”." if not found.no_untrained else "."
    return told


def lean_reading(answers: Sequence[Answer]) -> str:
    """Toward which label the prompt leans, and how much of all probability the label words hold."""
    best = max(answers, key=lambda answer: answer.share)
    leans = best.share > (1 + _LEAN) / len(answers)
    told = f"Before any text, {best.share:.0%} of the label words' probability lies on “{best.label}”".replace("%", " %")
    told += f": a lean, as an even split gives {percent(1 / len(answers))}." if leans else ": about an even split."
    total = sum(answer.probability for answer in answers)
    told += f" The label words hold {chance(total)} of the whole vocabulary's probability"
    if best.untrained_share is None:
        return f"{told}."
    before = sum(answer.untrained_probability or 0 for answer in answers)
    return f"{told}, untrained {chance(before)}; untrained share of “{best.label}”: {percent(best.untrained_share)}."


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
    figure = go.Figure()
    figure.add_bar(
        y=places,
        x=[word.probability for word in found.words],
        orientation="h",
        name="this prompt",
        marker={"color": colours.condition("own"), "line": {"width": 0}},
        hovertext=hover,
        hoverinfo="text",
        **KEEP,
    )
    if found.untrained_words:
        mark = {"size": 10, "color": colours.text, "symbol": "circle-open", "line": {"width": 2}}
        figure.add_scatter(
            y=places,
            x=[word.untrained for word in found.words],
            mode="markers",
            name="untrained prompt",
            marker=mark,
            hovertext=hover,
            hoverinfo="text",
            cliponaxis=False,
            **KEEP,
        )
    _word_axes(figure, found, ticks, colours)
    return figure


def _word_axes(figure: go.Figure, found: Alone, ticks: Sequence[str], colours: Palette) -> None:
    """Axes with the value of every bar in a column at the right, clear of all marks."""
    most = max([word.probability for word in found.words] + [word.untrained or 0 for word in found.words])
    for place, word in enumerate(found.words):
        style = {"xref": "paper", "x": 1, "xanchor": "right", "showarrow": False, "font": {"size": 12, "color": colours.text}}
        figure.add_annotation(y=place, text=chance(word.probability), **style)
    axis = {"zeroline": False, "fixedrange": True, "automargin": True}
    font = {"size": 12, "color": colours.muted}
    title = {"text": "Probability over the whole vocabulary", "font": font}
    figure.update_xaxes(title=title, range=[0, most * 1.25], tickformat=".0%", gridcolor=colours.line, tickfont=font, **axis)
    figure.update_xaxes(nticks=6)
    figure.update_yaxes(tickvals=list(range(len(ticks))), ticktext=list(ticks), autorange="reversed", showgrid=False, **axis)
    figure.update_yaxes(ticks="outside", ticklen=6, tickcolor="rgba(0,0,0,0)", tickfont={"size": 13, "color": colours.text})
    figure.update_layout(height=84 + 27 * len(ticks), margin={"l": 8, "r": 8, "t": 34, "b": 40}, **theme.layout(colours))
    legend = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0}
    figure.update_layout(showlegend=True, legend=legend)
