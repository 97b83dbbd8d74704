"""Curves of runs: their names, levels to reach, and alerts in words. Pure; no Streamlit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pages.common import charts, words
from pages.common.charts import CurveStyle
from pages.common.theme import Palette
from ptlib.runs.history.alerts import Alert

MOST_LEVELS, APART, SIDE_BY_SIDE = 2, 0.06, 4
"""Own levels with a name of their own, and how far their names must stand apart; curves of a run that a comparison draws."""


def levels(curves: Mapping[str, pd.DataFrame], own: Mapping[str, float]) -> dict[str, float]:
    """Rules across a chart: untrained, and what prompts of the same task and settings have reached.

    own: shown name of a task -> mean best validation score so far; many, or close ones, are drawn as their mean.
    """
    found = charts.untrained_level(curves)
    if not own:
        return found
    if len(own) > MOST_LEVELS or (len(own) > 1 and max(own.values()) - min(own.values()) < APART):
        return found | {"own prompts so far": sum(own.values()) / len(own)}
    return found | {f"own so far, {name}": value for name, value in own.items()}


def grouped(alerts: Sequence[Alert], names: Mapping[str, str], *, running: bool = False) -> list[tuple[str, str]]:
    """Kind and words of what is to be said: one sentence a kind, whatever the number of curves. running: more steps follow."""
    kinds: dict[str, list[Alert]] = {}
    for alert in alerts:
        kinds.setdefault(alert.kind, []).append(alert)
    return [
        (
            kind,
            alert_words(here[0], names, running=running)
            if len(here) == 1
            else _of_several(kind, [names.get(alert.series, alert.series) for alert in here], running),
        )
        for kind, here in kinds.items()
    ]


def _of_several(kind: str, names: Sequence[str], running: bool) -> str:
    told = _PLATEAU_SO_FAR if running and kind == "plateau" else _SEVERAL[kind]
    return f"{words.counted(len(names), 'curve')} ({words.listing(names)}): {told}"


_SEVERAL = {
    "not finite": "the loss was no finite number. Use a lower learning rate.",
    "divergence": "the loss rises again. A lower learning rate is steadier.",
    "never left": "no better than the untrained prompt so far. Try a higher learning rate, another start, or more steps.",
    "plateau": "nothing gained in the later half; fewer steps would do.",
}
_PLATEAU_SO_FAR = "nothing gained in the later half of the steps so far; fewer may do."


def alert_words(alert: Alert, names: Mapping[str, str], *, running: bool = False) -> str:
    """What happened, and what to do. running: more steps follow."""
    name, value = names.get(alert.series, alert.series), alert.value
    if alert.kind == "not finite":
        return f"{name}: the loss was no finite number at step {alert.step}. Use a lower learning rate."
    if alert.kind == "divergence":
        lowest = words.number(value, 3)
        return f"{name}: the loss rises again; it was lowest at step {alert.step} ({lowest}). A lower learning rate is steadier."
    reached = words.percent(value, 1)
    if alert.kind == "never left":
        advice = "Try a higher learning rate, another start, or more steps."
        return f"{name}: no better than the untrained prompt so far (best {reached} at step {alert.step}). {advice}"
    if running:
        return f"{name}: nothing gained since step {alert.step} ({reached}) so far; fewer steps may do."
    return f"{name}: nothing gained after step {alert.step} ({reached}); fewer steps would do."


def beside_each_other(
    curves: Mapping[str, pd.DataFrame], series: Mapping[str, Mapping[str, str]], colours: Palette
) -> tuple[dict[str, pd.DataFrame], dict[str, CurveStyle]]:
    """Curves of several runs in one chart, a colour and a dash a run. Returns curves by name, and how each is drawn.

    curves: run, as shown -> its points; series: the same -> name of a curve -> as shown. At most `SIDE_BY_SIDE` of a run.
    """
    drawn, styles = {}, {}
    for place, (run, points) in enumerate(curves.items()):
        style = CurveStyle(run, colours.categories[place % 6], charts.DASHES[place % 4], theme_symbol(place))
        for name, rows in list(points.groupby("series", sort=False))[:SIDE_BY_SIDE]:
            told = f"{run}: {series[run].get(str(name), str(name))}"
            drawn[told], styles[told] = rows, style
    return drawn, styles


def theme_symbol(place: int) -> str:
    """Marker of a run's curve."""
    return ("circle", "square", "diamond", "triangle-up", "cross", "star")[place % 6]


def own_levels(prompts: pd.DataFrame, tasks: Sequence[str], recipe: str, names: Mapping[str, str]) -> dict[str, float]:
    """Shown task -> mean best validation score of the prompts with these settings that are there already."""
    here = prompts[(prompts.recipe == recipe) & prompts.task.isin(tasks)].dropna(subset=["validation_score"])
    means = here.groupby("task").validation_score.mean()
    return {names[task]: float(means[task]) for task in tasks if task in means.index}
