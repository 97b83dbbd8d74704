"""Prompts on their ways as an animation: every frame is in the figure, so playing asks the server for nothing. Pure."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.common.theme import Palette

FRAMES, FEWER, MANY = 61, 25, 300
"""Frames of an animation, and of one with more than so many prompts."""
FRAME_MS = 45
BELOW = 92
"""Pixels below the picture for the buttons and the slider."""


def positions(points: pd.DataFrame, steps: np.ndarray) -> dict[str, np.ndarray]:
    """Prompt -> where it was at these steps, [steps, axes]: on straight lines between what was kept, at rest after its end.

    points: columns prompt, step, earlier, x, y and perhaps z; a prompt without a way stands still.
    """
    axes, found = [axis for axis in "xyz" if axis in points], {}
    for name, way in points.sort_values(["earlier", "step"], ascending=[False, True]).groupby("prompt", sort=False):
        found[str(name)] = np.stack([np.interp(steps, way.step.astype(float), way[axis]) for axis in axes], axis=1)
    return found


def at_step(points: pd.DataFrame, step: float) -> pd.DataFrame:
    """The same points with every prompt where it was at a step of its tuning, instead of where it ended."""
    ways, axes = positions(points, np.array([step])), [axis for axis in "xyz" if axis in points]
    ends = ~points.earlier
    moved = points.copy()
    moved.loc[ends, axes] = np.array([ways[name][0] for name in points.loc[ends, "prompt"]])
    moved.loc[ends, "step"] = np.minimum(points.loc[ends, "step"], step).astype(points.step.dtype)
    return moved


def schedule(points: pd.DataFrame) -> np.ndarray:
    """Tuning steps of the frames: prompts move most at first, so steps grow with the square of time."""
    count = FRAMES if points["prompt"].nunique() <= MANY else FEWER
    return np.linspace(0, 1, count) ** 2 * float(points.step.max())


def add(figure: go.Figure, points: pd.DataFrame, colours: Palette, now: int | None = None) -> None:
    """Give the figure frames from the start to the end, a play button, a pause button, and a slider over tuning steps.

    points: with every prompt at its end; now: the step that the figure shows, None = the end.
    """
    steps, solid = schedule(points), "z" in points
    ways, axes = positions(points, steps), "xyz" if solid else "xy"
    moving = {place: _names(trace) for place, trace in enumerate(figure.data) if _names(trace)}
    ring = next((place for place, trace in enumerate(figure.data) if trace.meta == "ring"), None)
    if ring is not None:
        moving[ring] = list(figure.data[ring].ids)
    frames = []
    for number in range(len(steps)):
        data = [
            _at(np.array([ways[name][number] for name in names]), axes, figure.data[place].type)
            for place, names in moving.items()
        ]
        frames.append(go.Frame(data=data, traces=list(moving), name=str(number)))
    figure.frames = frames
    figure.update_layout(updatemenus=[_buttons(colours, solid)], sliders=[_slider(steps, colours, solid, now)])
    margin = figure.layout.margin
    margin.b = round(BELOW * colours.scale)


def _names(trace: Any) -> list[str]:
    return [mark[0] for mark in trace.customdata] if trace.customdata is not None else []


def _at(places: np.ndarray, axes: str, kind: str) -> dict[str, Any]:
    return {"type": kind} | {axis: [round(float(value), 4) for value in places[:, at]] for at, axis in enumerate(axes)}


def _how(duration: int, solid: bool) -> dict[str, Any]:
    """Only scenes in 3-D must be drawn anew; in 2-D the points alone move."""
    return {"frame": {"duration": duration, "redraw": solid}, "transition": {"duration": 0}, "mode": "immediate"}


def _buttons(colours: Palette, solid: bool) -> dict[str, Any]:
    play = {"label": "▶ Play", "method": "animate", "args": [None, _how(FRAME_MS, solid) | {"fromcurrent": False}]}
    rest = {"label": "❚❚", "method": "animate", "args": [[None], _how(0, solid)]}
    font = {"size": colours.pt(14), "color": colours.text}
    look = {"bgcolor": colours.panel, "bordercolor": colours.muted, "font": font, "showactive": False, "pad": {"t": 14, "r": 6}}
    return {"type": "buttons", "direction": "right", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top", **look} | {
        "buttons": [play, rest]
    }


def _slider(steps: np.ndarray, colours: Palette, solid: bool, now: int | None) -> dict[str, Any]:
    active = len(steps) - 1 if now is None else int(np.abs(steps - now).argmin())
    entries = [
        {"label": f"{step:.0f}", "method": "animate", "args": [[str(number)], _how(0, solid)]}
        for number, step in enumerate(steps)
    ]
    told = {"prefix": "Tuning step ", "xanchor": "left", "font": {"size": colours.pt(14), "color": colours.text}, "offset": 6}
    look = {
        "bgcolor": colours.line,
        "activebgcolor": colours.accent,
        "bordercolor": colours.muted,
        "ticklen": 0,
        "minorticklen": 0,
    }
    place = {
        "x": 0.24,
        "len": 0.74,
        "y": 0,
        "yanchor": "top",
        "pad": {"t": 6, "b": 0},
        "font": {"size": colours.pt(12), "color": colours.muted},
    }
    return {"active": active, "steps": entries, "currentvalue": told, **look, **place}
