"""Pictures of neuron overlap: scatter, twin matrix, profile, bars, sensitivity. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.common import charts, theme, words
from pages.common.charts import SKIP, finish
from pages.common.theme import Palette

HOVER = {"hovertemplate": "%{fullData.name}, layer %{x}: %{y:.3f}<extra></extra>"}


def scatter_figure(
    pairs: pd.DataFrame, band: pd.DataFrame | None, colours: Palette, chosen: tuple[str, str], unit: str
) -> go.Figure:
    """Overlap against transfer, one point a pair; pairs within a family in its colour and shape, others small and grey."""
    figure = go.Figure()
    if band is not None:
        charts.band(figure, band.x, (band.low, band.high), theme.with_alpha(colours.accent, 0.1))
        figure.add_scatter(x=band.x, y=band.y, mode="lines", line={"color": colours.muted, "dash": "dash", "width": 1.5}, **SKIP)
    for family in dict.fromkeys(["", *pairs.family]):
        rows = pairs[pairs.family == family]
        if rows.empty:
            continue
        mark = {"size": 10, "color": colours.family(family), "symbol": theme.SYMBOLS.get(family, "circle")}
        across = {"size": 6, "color": theme.with_alpha(colours.muted, 0.55), "symbol": "circle-open"}
        more = {"name": f"Within {words.family(family).lower()}" if family else "Across families"}
        more["customdata"] = rows[["source", "target"]].to_numpy().tolist()
        told = [f"<b>{r.pair}</b><br>Overlap {r.overlap:.3f}<br>Transfer {r.transfer:.0f} %" for r in rows.itertuples()]
        charts.marks(figure, rows.overlap, rows.transfer, mark if family else across, told, **more)
    here = pairs[(pairs.source == chosen[0]) & (pairs.target == chosen[1])]
    ring = {"size": 18, "symbol": "circle-open", "color": colours.text, "line": {"width": 2.5}}
    charts.marks(figure, here.overlap, here.transfer, ring, hoverinfo="skip")
    return finish(figure, colours, 430, x="Overlap of activated neurons", y=unit, legend=True)


def twin_figure(upper: np.ndarray, lower: np.ndarray, shown: Sequence[str], colours: Palette, *, angle: int = -60) -> go.Figure:
    """Transfer above the diagonal in blue, overlap below in grey, in one order of names. angle: of the columns' names."""
    figure = go.Figure(_halves(upper, lower, shown, colours))
    names = round(12 + 5.8 * max(map(len, shown)))
    finish(figure, colours, 118 + 24 * len(shown), t=names, b=8)
    axis = {"tickmode": "array", "tickvals": shown, "showgrid": False, "tickfont": {"size": colours.pt(12)}}
    figure.update_layout(xaxis=axis | {"side": "top", "tickangle": angle}, yaxis=axis | {"autorange": "reversed"})
    return figure


def _halves(upper: np.ndarray, lower: np.ndarray, shown: Sequence[str], colours: Palette) -> list[go.Heatmap]:
    """Two heatmaps that share the square, each with a colour bar of its own."""
    shared = {"x": shown, "y": shown, "xgap": 1, "ygap": 1, "hoverongaps": False}
    bar = {"thickness": 8, "len": 0.42, "x": 1.0}
    transfer = {"zmin": 0, "zmax": 100, "colorscale": [list(stop) for stop in colours.sequential]}
    transfer["colorbar"] = bar | {"y": 0.78, "title": {"text": "transfer %"}}
    overlap = {"zmin": np.nanmin(lower, initial=1.0), "zmax": np.nanmax(lower, initial=0.0)}
    overlap["colorscale"] = [[0.0, colours.panel], [1.0, colours.muted]]
    overlap["colorbar"] = bar | {"y": 0.24, "title": {"text": "overlap"}}
    hovers = ("Transfer %{z:.0f} %, mean of both directions", "Overlap %{z:.3f}")
    return [
        go.Heatmap(z=values, hovertemplate=f"%{{y}} and %{{x}}<br>{hover}<extra></extra>", **half, **shared)
        for values, half, hover in zip((upper, lower), (transfer, overlap), hovers, strict=True)
    ]


def profile_figure(series: Mapping[str, pd.DataFrame], colours: Palette) -> go.Figure:
    """Overlap by layer as lines with the range over seeds or tasks; chance with two standard deviations as a band."""
    figure, base = go.Figure(), next(iter(series.values()))
    x = base.layer + 1
    ends = (base.chance - 2 * base.sd).clip(lower=0), base.chance + 2 * base.sd
    charts.band(figure, x, ends, theme.with_alpha(colours.muted, 0.18), "chance ± 2 sd")
    line = {"color": colours.muted, "dash": "dot", "width": 1.5}
    figure.add_scatter(x=x, y=base.chance, mode="lines", line=line, name="chance", **HOVER)
    for place, (name, table) in enumerate(series.items()):
        hue = colours.categories[place]
        line = {"color": hue, "width": 2, "dash": ("solid", "dash")[place % 2]}
        look = {"mode": "lines+markers", "line": line, "marker": {"size": 9, "symbol": ("circle", "square")[place % 2]}}
        spread = charts.error_bars(table.high - table.overlap, table.overlap - table.low) | {"color": hue}
        figure.add_scatter(x=table.layer + 1, y=table.overlap, name=name, error_y=spread, **look, **HOVER)
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
        font = {"color": colours.background, "size": colours.pt(13), "weight": 600}
        look = {"orientation": "h", "textposition": "inside", "insidetextanchor": "middle", "insidetextfont": font}
        look["marker"] = {"color": hue, "pattern": {"shape": shape, **hatching}}
        told = "%{y}, " + name + ": %{text} neurons<extra></extra>"
        text = [f"{value:.0f}" for value in width]
        figure.add_bar(y=layers, x=width, base=base, name=name, text=text, hovertemplate=told, **look)
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
    look = {"mode": "lines+markers", "line": {"color": colours.categories[0], "width": 2}}
    look |= {"name": "most active share of every layer", "hovertemplate": "most active %{x:.0%}: overlap %{y:.3f}<extra></extra>"}
    figure.add_scatter(x=found.share, y=found.overlap, **look)
    if value is not None:
        diamond = {"size": 13, "symbol": "diamond", "color": colours.categories[1]}
        charts.marks(figure, [sizes], [value], diamond, name="activation above 0", hoverinfo="skip")
    figure.update_xaxes(tickformat=".0%")
    figure.update_yaxes(rangemode="tozero")
    return finish(figure, colours, 260, x="Share of neurons that counts as activated", y="Overlap", legend=True)
