"""Live curves of one run: on the whole axis of steps, beside what they start from and what is to be reached."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.common import charts, data, parts, words
from pages.runs import curve_view
from ptlib.prompts.spec import TuneSpec, recipe_of
from ptlib.runs import queue
from ptlib.runs.history.alerts import alerts
from ptlib.runs.kinds import kind_named
from ptlib.runs.queue import Job

MOST = 6
"""Curves shown at once."""


def series_names(job: Job) -> dict[str, str]:
    """Curve -> as shown."""
    tuned = {tune.id: f"{data.task_name(tune.task)}, seed {tune.seed}" for tune in job.prompts}
    return {**tuned, **kind_named(job.kind).series(job.spec)}


def last_step(jobs: Sequence[Job]) -> int | None:
    """How many steps their prompts are tuned; None where nothing says it."""
    return max((tune.settings.steps for job in jobs for tune in job.prompts), default=None)


def own_so_far(jobs: Sequence[Job]) -> dict[str, float]:
    """Shown task -> mean validation score that prompts of the same settings have reached."""
    tuned = dict.fromkeys((tune.backbone, recipe_of(tune.settings, tune.data)) for job in jobs for tune in job.prompts)
    found: dict[str, float] = {}
    fingerprint = data.catalogue().fingerprint()
    for backbone, recipe in tuned:
        tasks = _tasks(jobs, backbone)
        names = {task: data.task_name(task) for task in tasks}
        found |= curve_view.own_levels(data.prompts(fingerprint, backbone), tasks, recipe, names)
    return found


def _tasks(jobs: Sequence[Job], backbone: str) -> list[str]:
    tuned: list[TuneSpec] = [tune for job in jobs for tune in job.prompts if tune.backbone == backbone]
    return list(dict.fromkeys(tune.task for tune in tuned))


def points_of(job: Job) -> pd.DataFrame:
    """Its curves as `queue.curves` gives them, and those of prompts that were there before it."""
    points = queue.curves(job.id)
    fingerprint, known = data.catalogue().fingerprint(), set(points.series)
    lacking = [tune.id for tune in job.prompts if tune.id not in known][:MOST]
    earlier = [rows.assign(series=name) for name in lacking if len(rows := data.curve(fingerprint, name))]
    found = [part for part in (points, *earlier) if len(part)]
    return pd.concat(found, ignore_index=True)[list(points)] if found else points


def curves(job: Job) -> None:
    """Validation and loss so far, with alerts in words above them."""
    points = points_of(job)
    if points.empty:
        if job.is_active:
            st.caption("Curves appear with the first tuning step. Prompts that exist already are not tuned again.")
        return
    names = series_names(job)
    _alerts(queue.curves(job.id), names, job.is_active)
    series = {names.get(str(key), str(key)): rows for key, rows in points.groupby("series", sort=False)}
    shown, end = dict(list(series.items())[:MOST]), last_step([job])
    left, right = st.columns(2)
    with left:
        levels = curve_view.levels(shown, own_so_far([job]))
        figure = charts.curves_figure(shown, parts.colours(), levels, height=260, end=end)
        parts.chart(
            figure, "run_validation", f"Validation score so far: best {words.percent(points.validation.max(), 1)}", points
        )
    with right:
        figure = charts.curves_figure(shown, parts.colours(), {}, value="loss", height=260, end=end)
        parts.chart(figure, "run_loss", "Training loss so far", points)
    if len(series) > len(shown):
        st.caption(f"The first {len(shown)} of {len(series)} curves are drawn; the CSV holds all.")


def _alerts(points: pd.DataFrame, names: dict[str, str], running: bool) -> None:
    for kind, text in curve_view.grouped(alerts(points), names, running=running):
        if kind == "plateau":
            st.caption(words.literal(text))
        else:
            st.warning(words.literal(text), icon=":material/monitoring:")
