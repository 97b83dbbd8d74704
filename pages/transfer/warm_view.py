"""Starts from another task's prompt in words, as a table and as a figure. Pure; no Streamlit."""

from collections.abc import Iterable, Mapping
from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.common import theme
from pages.common.charts import CurveStyle
from pages.common.theme import Palette
from pages.common.words import MISSING, counted, known, listing, owner, percent
from pages.transfer.cell_charts import KEEP, SKIP
from ptlib.transfer import warm

DEFINITION = (
    "Converged: the first evaluation on the validation examples whose score is not beaten by more than "
    f"{100 * warm.GAIN:g} points in the next {warm.PATIENCE} evaluations, or the best one of a shorter run. Reached: the first "
    "evaluation that is at least as good as the own start of the same task and seed once it had converged. A prompt that is "
    "there before any tuning counts up to the first evaluation after step 0; a run that never gets there counts with all its "
    "steps. Between two evaluations nothing is known. The question is that of section 5 of Su et al. (NAACL 2022); this rule is "
    "ours."
)
FROM = {warm.SAME: "from a relative", warm.OTHER: "from a stranger"}
"""Relation of source and target -> how it is called here."""
_SIGNS = {warm.SAME: ("triangle-up", "▲"), warm.OTHER: ("x", "✕")}
"""Marker of a relation, and the same shape as a letter."""
_COLUMNS = ("task", "target", "relation", "sources", "seeds", "runs", "not_reached", "level", "own_steps", "warm_steps", "share")


def pair_reading(rows: pd.DataFrame, source: str, target: str) -> str:
    """What starts of one target from one source saved, averaged over seeds. rows: of `warm.comparisons`, not empty."""
    runs, seeds, never = len(rows), rows["seed"].nunique(), int((~rows["reached"]).sum())
    level, own, steps = percent(rows["level"].mean(), 1), _steps(rows["own_steps"].mean()), _steps(rows["warm_steps"].mean())
    start = f"Started from {owner(source)} prompt, the prompt of {target}"
    basis = f"mean of {counted(seeds, 'seed')}" if seeds > 1 else "1 seed"
    if never == runs:
        return (
            f"{start} never reached the converged score of an own start ({level}): not within all its {steps} steps, where an "
            f"own start needed {own} ({basis}{f'; none of {runs} got there' if runs > 1 else ''})."
        )
    missed = f"{never} of {runs} never got there and {'counts' if never == 1 else 'count'} with all steps" if never else ""
    note = missed or (f"all {runs} got there" if runs > 1 else "")
    after = f"after {steps} instead of {own} steps" if steps != own else f"after {steps} steps, as many as an own start needed"
    notes = "; ".join(filter(None, (basis, note)))
    return f"{start} reached the converged score of an own start ({level}) {after} ({notes})."


def _steps(value: float) -> str:
    return f"{value:,.0f}" if known(value) else MISSING


def summary_reading(summary: pd.DataFrame) -> str:
    """Share of an own start's steps, from relatives and from strangers, as `warm.summary` has it."""
    told = [_relation_reading(row) for row in summary.to_dict("records")]
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}.{_nothing_to_save(summary)}" if told else ""


def _nothing_to_save(summary: pd.DataFrame) -> str:
    """What bounds the shares from below: own starts that were there by the first evaluation."""
    at_once, runs = int(summary["at_once"].sum()), int(summary["runs"].sum())
    if not at_once:
        return ""
    share = f"{at_once} of {counted(runs, 'run')}"
    return f" Against {share} the own start had converged by its first evaluation: nothing was left to save."


def _relation_reading(row: Mapping[str, object]) -> str:
    low, high = row["low"], row["high"]
    span = f"95 % interval {low * 100:.0f}–{high * 100:.0f}" if known(low) and known(high) else "no interval"
    never, runs = row["not_reached"], row["runs"]
    everyone = "the 1 run got there" if runs == 1 else f"all {runs} runs got there"
    missed = f"{never} of {counted(runs, 'run')} never got there and {'counts' if never == 1 else 'count'} whole"
    return (
        f"{FROM[row['relation']]}: {percent(row['share'])} of an own start's steps [{span}] over "
        f"{counted(row['targets'], 'task')} ({missed if never else everyone})"
    )


def by_target(found: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row a target and relation, means over seeds and sources; the target that was helped most comes first.

    Columns `_COLUMNS`: task (shown name), target (id), relation, sources (shown names), counts, level (fraction), steps, share.
    """
    rows = []
    for (target, relation), group in found.groupby(["target", "relation"], sort=False):
        means = {name: float(group[name].mean()) for name in ("level", "own_steps", "warm_steps", "share")}
        sources = listing(dict.fromkeys(names.get(source, source) for source in group["source"]))
        counts = {"seeds": group["seed"].nunique(), "runs": len(group), "not_reached": int((~group["reached"]).sum())}
        named = {"task": names.get(target, target), "target": target, "relation": relation, "sources": sources}
        rows.append({**named, **counts, **means})
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    shares = table.pivot(index="target", columns="relation", values="share").reindex(columns=list(FROM))
    place = {target: index for index, target in enumerate(shares.sort_values(list(FROM)).index)}
    order = table["relation"].map({relation: index for index, relation in enumerate(FROM)})
    return table.assign(_place=table["target"].map(place), _order=order).sort_values(["_place", "_order"], ignore_index=True)[
        list(_COLUMNS)
    ]


def steps_figure(table: pd.DataFrame, colours: Palette) -> go.Figure:
    """Steps until the own start's converged score, one row a target: own start hollow, from a relative and a stranger filled.

    table: of `by_target`.
    """
    figure, names = go.Figure(), [escape(name) for name in dict.fromkeys(table["task"])]
    own = table.groupby("task", sort=False)["own_steps"].mean()
    for task, group in table.groupby("task", sort=False):
        ends = [own[task], *group["warm_steps"]]
        line = {"color": colours.line, "width": 3}
        figure.add_scatter(x=[min(ends), max(ends)], y=[escape(task)] * 2, mode="lines", line=line, **SKIP)
    hollow = {"size": 15, "symbol": "diamond-open", "color": colours.condition("own"), "line": {"width": 2}}
    told = [f"<b>{escape(task)}</b><br>own start: {_steps(steps)} steps" for task, steps in own.items()]
    _marks(figure, own.to_list(), [escape(task) for task in own.index], "own start", hollow, told)
    hues = {warm.SAME: colours.condition("warm"), warm.OTHER: colours.text}
    for relation, group in table.groupby("relation", sort=False):
        marker = {"size": 11, "symbol": _SIGNS[relation][0], "color": hues[relation]}
        shown = f"{FROM[relation]} ({relation})"
        _marks(figure, group["warm_steps"], [escape(task) for task in group["task"]], shown, marker, _told(group))
    _never(figure, table, colours)
    _axes(figure, names, colours)
    return figure


def _marks(
    figure: go.Figure, steps: Iterable[float], tasks: list[str], name: str, marker: dict[str, object], told: list[str]
) -> None:
    shown = {"name": name, "hovertext": told, "hoverinfo": "text"}
    figure.add_scatter(x=list(steps), y=tasks, mode="markers", marker=marker, cliponaxis=False, **shown, **KEEP)


def _told(group: pd.DataFrame) -> list[str]:
    return [
        f"<b>{escape(row.task)}</b><br>{FROM[row.relation]} ({escape(row.sources)}): {_steps(row.warm_steps)} steps, "
        f"{percent(row.share)} of an own start's<br>{counted(row.runs, 'run')}, {row.not_reached} never got there"
        for row in group.itertuples()
    ]


def _never(figure: go.Figure, table: pd.DataFrame, colours: Palette) -> None:
    """Right of the marks: how many runs never got there, where any did not; their steps are a lower bound."""
    missed = table[table["not_reached"] > 0]
    style = {"xref": "paper", "x": 1.02, "xanchor": "left", "showarrow": False, "font": {"size": 12, "color": colours.muted}}
    for task, group in missed.groupby("task", sort=False):
        text = "  ".join(f"{_SIGNS[row.relation][1]} {row.not_reached} of {row.runs}" for row in group.itertuples())
        figure.add_annotation(y=escape(task), text=text, **style)
    if len(missed):
        figure.add_annotation(yref="paper", y=1, yanchor="bottom", text="never got there", **style)


def _axes(figure: go.Figure, names: list[str], colours: Palette) -> None:
    font = {"size": 12, "color": colours.muted}
    axis = {"zeroline": False, "fixedrange": True, "automargin": True}
    title = {"text": "Tuning steps until the converged score of an own start", "font": font}
    figure.update_xaxes(title=title, rangemode="tozero", gridcolor=colours.line, tickfont=font, **axis)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False, ticks="outside", ticklen=8, **axis)
    figure.update_yaxes(tickcolor="rgba(0,0,0,0)", tickfont={"size": 13, "color": colours.text})
    right = 130 if figure.layout.annotations else 24
    figure.update_layout(height=110 + 28 * len(names), margin={"l": 8, "r": right, "t": 54, "b": 40}, **theme.layout(colours))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "x": 0})


def curve_styles(own: Iterable[str], started: Iterable[str], source: str, colours: Palette) -> dict[str, CurveStyle]:
    """Own starts solid, starts from another prompt dashed, one legend entry each; empty when there is nothing to tell apart."""
    own, started = list(own), list(started)
    if not started:
        return {}
    mine = CurveStyle(f"own start ({counted(len(own), 'seed')})", colours.condition("own"), "solid", "diamond")
    name = f"started from {source} ({counted(len(started), 'seed')})"
    theirs = CurveStyle(name, colours.condition("warm"), "dash", "triangle-up")
    return dict.fromkeys(own, mine) | dict.fromkeys(started, theirs)
