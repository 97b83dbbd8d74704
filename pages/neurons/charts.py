"""Pictures of neuron overlap: scatter, twin matrix, profile, bars, sensitivity. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.common import theme, words
from pages.common.charts import SKIP, finish
from pages.common.theme import Palette

HOVER = {"hovertemplate": "%{fullData.name}, layer %{x}: %{y:.3f}<extra></extra>"}


def scatter_figure(
    pairs: pd.DataFrame, band: pd.DataFrame | None, colours: Palette, chosen: tuple[str, str], unit: str
) -> go.Figure:
    """Overlap against transfer, one point a pair; pairs within a family in its colour and shape, others small and grey."""
    figure = go.Figure()
    if band is not None:
        fill = theme.with_alpha(colours.accent, 0.1)
        figure.add_scatter(x=band.x, y=band.low, mode="lines", line={"width": 0}, **SKIP)
        figure.add_scatter(x=band.x, y=band.high, mode="lines", line={"width": 0}, fill="tonexty", fillcolor=fill, **SKIP)
        figure.add_scatter(x=band.x, y=band.y, mode="lines", line={"color": colours.muted, "dash": "dash", "width": 1.5}, **SKIP)
    for family in dict.fromkeys(["", *pairs.family]):
        rows = pairs[pairs.family == family]
        if rows.empty:
            continue
        mark = {"size": 10, "color": colours.family(family), "symbol": theme.SYMBOLS.get(family, "circle")}
        across = {"size": 6, "color": theme.with_alpha(colours.muted, 0.55), "symbol": "circle-open"}
        figure.add_scatter(
            x=rows.overlap,
            y=rows.transfer,
            mode="markers",
            name=f"Within {words.family(family).lower()}" if family else "Across families",
            marker=mark if family else across,
            customdata=rows[["source", "target"]].to_numpy().tolist(),
            hovertext=[f"<b>{r.pair}</b><br>Overlap {r.overlap:.3f}<br>Transfer {r.transfer:.0f} %" for r in rows.itertuples()],
            hoverinfo="text",
        )
    here = pairs[(pairs.source == chosen[0]) & (pairs.target == chosen[1])]
    ring = {"size": 18, "symbol": "circle-open", "color": colours.text, "line": {"width": 2.5}}
    figure.add_scatter(x=here.overlap, y=here.transfer, mode="markers", marker=ring, **SKIP)
    return finish(figure, colours, 430, x="Overlap of activated neurons", y=unit, legend=True)


def twin_figure(upper: np.ndarray, lower: np.ndarray, strip: np.ndarray, shown: Sequence[str], colours: Palette) -> go.Figure:
    """Transfer above the diagonal, overlap below, in one order of names; the strip says where ranks disagree."""
    figure = go.Figure(_halves(upper, lower, shown, colours))
    figure.add_bar(
        x=strip,
        y=shown,
        xaxis="x2",
        orientation="h",
        showlegend=False,
        marker={"color": theme.with_alpha(colours.accent, 0.6)},
        hovertemplate="%{y}: ranks differ by %{x:.0%} on average<extra></extra>",
    )
    finish(figure, colours, 190 + 24 * len(shown), b=48)
    axis = {"tickmode": "array", "tickvals": shown, "showgrid": False, "tickfont": {"size": colours.pt(12)}}
    figure.update_layout(
        xaxis=axis | {"domain": [0, 0.8], "side": "top", "tickangle": -60},
        yaxis=axis | {"autorange": "reversed"},
        xaxis2={"domain": [0.83, 0.97], "anchor": "y", "fixedrange": True, "showticklabels": False, "showgrid": False}
        | {"title": {"text": "ranks<br>differ"}, "rangemode": "tozero", "side": "bottom"},
    )
    return figure


def _halves(upper: np.ndarray, lower: np.ndarray, shown: Sequence[str], colours: Palette) -> list[go.Heatmap]:
    """Two heatmaps that share the square, each with a colour bar of its own."""
    shared = {"x": shown, "y": shown, "xgap": 1, "ygap": 1, "hoverongaps": False}
    bar = {"thickness": 8, "len": 0.42, "x": 1.0}
    return [
        go.Heatmap(
            z=upper,
            zmin=0,
            zmax=100,
            colorscale=[list(stop) for stop in colours.sequential],
            colorbar=bar | {"y": 0.78, "title": {"text": "transfer %"}},
            hovertemplate="%{y} and %{x}<br>Transfer %{z:.0f} %, mean of both directions<extra></extra>",
            **shared,
        ),
        go.Heatmap(
            z=lower,
            zmin=np.nanmin(lower, initial=1.0),
            zmax=np.nanmax(lower, initial=0.0),
            colorscale=[[0.0, colours.panel], [1.0, colours.categories[1]]],
            colorbar=bar | {"y": 0.24, "title": {"text": "overlap"}},
            hovertemplate="%{y} and %{x}<br>Overlap %{z:.3f}<extra></extra>",
            **shared,
        ),
    ]


def profile_figure(series: Mapping[str, pd.DataFrame], colours: Palette) -> go.Figure:
    """Overlap by layer as lines with the range over seeds or tasks; chance with two standard deviations as a band."""
    figure, base = go.Figure(), next(iter(series.values()))
    x = base.layer + 1
    fill = theme.with_alpha(colours.muted, 0.18)
    figure.add_scatter(x=x, y=(base.chance - 2 * base.sd).clip(lower=0), mode="lines", line={"width": 0}, **SKIP)
    figure.add_scatter(
        x=x,
        y=base.chance + 2 * base.sd,
        mode="lines",
        line={"width": 0},
        fill="tonexty",
        fillcolor=fill,
        name="chance ± 2 sd",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=x, y=base.chance, mode="lines", line={"color": colours.muted, "dash": "dot", "width": 1.5}, name="chance", **HOVER
    )
    for place, (name, table) in enumerate(series.items()):
        hue = colours.categories[place]
        spread = {"array": table.high - table.overlap, "arrayminus": table.overlap - table.low}
        figure.add_scatter(
            x=table.layer + 1,
            y=table.overlap,
            name=name,
            mode="lines+markers",
            line={"color": hue, "width": 2, "dash": ("solid", "dash")[place % 2]},
            marker={"size": 9, "symbol": ("circle", "square")[place % 2]},
            error_y={"type": "data", "symmetric": False, "thickness": 1, "width": 3, "color": hue, **spread},
            **HOVER,
        )
    figure.update_xaxes(dtick=1)
    figure.update_yaxes(rangemode="tozero")
    return finish(figure, colours, 330, x="Layer", y="Overlap", legend=True)


def bars_figure(found: pd.DataFrame, first: str, second: str, colours: Palette) -> go.Figure:
    """How many neurons are shared, and how many belong to one task alone, centred on the shared ones; one bar a layer."""
    figure, half = go.Figure(), found.shared / 2
    layers = [f"Layer {int(layer) + 1}" for layer in found.layer]
    parts = (
        (f"{first} only", -half - found.only_a, found.only_a, colours.categories[1], "/"),
        ("shared", -half, found.shared, colours.categories[0], ""),
        (f"{second} only", half, found.only_b, colours.categories[2], "\\"),
    )
    for name, base, width, hue, shape in parts:
        hatching = {"fgcolor": colours.background, "fgopacity": 0.45, "size": 8, "solidity": 0.15, "fillmode": "overlay"}
        figure.add_bar(
            y=layers,
            x=width,
            base=base,
            orientation="h",
            name=name,
            marker={"color": hue, "pattern": {"shape": shape, **hatching}},
            text=[f"{value:.0f}" for value in width],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": colours.background, "size": colours.pt(13), "weight": 600},
            hovertemplate="%{y}, " + name + ": %{text} neurons<extra></extra>",
        )
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_yaxes(autorange="reversed")
    finish(figure, colours, 90 + 34 * len(layers), x="Neurons, mean over seeds", legend=True)
    figure.update_layout(barmode="overlay")
    return figure


def sensitivity_figure(found: pd.DataFrame, sizes: float, value: float | None, colours: Palette) -> go.Figure:
    """Overlap against the share of neurons that counts as activated; the diamond is the rule that is used."""
    figure = go.Figure()
    line = {"color": colours.muted, "dash": "dot", "width": 1.5}
    figure.add_scatter(x=found.share, y=found.chance, mode="lines", name="chance", line=line, hoverinfo="skip")
    mark = {"color": colours.categories[0], "width": 2}
    figure.add_scatter(
        x=found.share,
        y=found.overlap,
        mode="lines+markers",
        name="most active share of every layer",
        line=mark,
        hovertemplate="most active %{x:.0%}: overlap %{y:.3f}<extra></extra>",
    )
    if value is not None:
        diamond = {"size": 13, "symbol": "diamond", "color": colours.categories[1]}
        figure.add_scatter(x=[sizes], y=[value], mode="markers", name="activation above 0", marker=diamond, hoverinfo="skip")
    figure.update_xaxes(tickformat=".0%")
    figure.update_yaxes(rangemode="tozero")
    return finish(figure, colours, 260, x="Share of neurons that counts as activated", y="Overlap", legend=True)
