"""Beside prompt tuning: what LoRA and full fine-tuning of the same backbone reach on the target, and what they cost."""

from dataclasses import replace

import streamlit as st

from pages.common import address, data, launching, parts, words
from pages.common.context import Context
from pages.pair import reference_charts, reference_view
from pages.pair.reference_view import Runs
from ptlib.base.errors import BadInput, PtlibError
from ptlib.finetuning import stored
from ptlib.finetuning.spec import FineTuneSpec, default_spec
from ptlib.prompts.spec import TuneSettings
from ptlib.runs.kinds import command_line

_COLUMNS = {
    "name": ("Method", None, ""),
    "trained": ("Trained", "localized", "Numbers that take gradients."),
    "kb": ("Kept, kB", "%.0f", "What has to be stored for the task."),
    "seconds": ("Seconds", "%.1f", "Of the whole fit, validations included."),
    "to_step": ("Converged at step", "%.0f", "The first validation that the next five do not beat by more than half a point."),
    "to_seconds": ("… after seconds", "%.1f", "When it got there."),
    "score": ("Score, %", "%.1f", "Evaluation split, at the step that validated best."),
    "low": ("from", "%.1f", "95 % interval over examples, mean of the seeds' bounds."),
    "high": ("to", "%.1f", "95 % interval over examples, mean of the seeds' bounds."),
}


def section(now: Context) -> None:
    """Curves and table where they were measured, else the command and a button."""
    box = parts.drawer("Beside LoRA and full fine-tuning", ":material/balance:", "pair_reference_open")
    if box is not None:
        with box:
            _section(now)


def _section(now: Context) -> None:
    name = now.names[now.target]
    settings = data.recipes(now.fingerprint, now.backbone).get(now.recipe or "")
    runs = _runs(now.fingerprint, now.backbone, now.target, settings)
    if not runs:
        _offer(now, settings)
        return
    table = reference_view.summary(runs)
    st.markdown(reference_view.reading(table, words.literal(name)))
    left, right = parts.row(560, 308)
    with left:
        _chart(runs)
    with right:
        st.caption(reference_view.basis(runs))
        if runs[0] and settings != next(iter(runs[0].values())).spec.settings:
            st.caption("Measured with other settings than those of the map above.")
    shown = table.assign(**{name: 100 * table[name] for name in ("score", "low", "high")})[list(_COLUMNS)]
    parts.table(shown, "What each method trains, costs and reaches", column_config=parts.columns(_COLUMNS))
    launching.watch()


def _chart(runs: Runs) -> None:
    points, table = reference_view.points(runs), reference_view.summary(runs)
    shown = {"step": "Steps", "seconds": "Seconds", "trained": "Trained numbers"}
    x = address.choice("Against", "reference_x", shown, "seconds", bare=True)
    if x == "trained":
        figure = reference_charts.size_figure(table, parts.colours())
    else:
        figure = reference_charts.curves_figure(points, parts.colours(), x)
    best = table.loc[table["score"].idxmax()]
    takeaway = f"{best['name']} reaches most: {words.percent(best['score'], 1)}"
    parts.chart(
        figure, "pair_reference", takeaway, points, caption="One line a seed, not smoothed. Validation is cut from train."
    )


def _offer(now: Context, settings: TuneSettings | None) -> None:
    """Nothing was measured: what it would take."""
    st.markdown("Not measured on this task yet: the same backbone, data and steps, fitted as a prompt, by LoRA and as a whole.")
    task, backbone = data.task_index().get(now.target), data.backbone(now.backbone)
    spec = None if task is None or backbone is None else _wanted(default_spec(backbone, task), settings)
    if spec is None:
        st.caption("The description of this task or backbone is not on this machine.")
        return
    launching.button(spec, "Measure all three", "launch_reference", primary=False)
    st.code(command_line(spec), language=None, wrap_lines=True)
    launching.watch()


def _wanted(spec: FineTuneSpec, settings: TuneSettings | None) -> FineTuneSpec:
    """With the settings of the map where a comparison can have them."""
    try:
        return spec if settings is None else replace(spec, settings=settings)
    except BadInput:
        return spec


@st.cache_resource(max_entries=16, show_spinner=False)
def _runs(fingerprint: str, backbone: str, task: str, _settings: TuneSettings | None) -> Runs:
    """The stored runs of one set of settings, one mapping a seed: those of the map first, then those with most methods, seeds."""
    catalogue = data.catalogue()
    try:
        groups = stored.seeds_together(stored.listing(catalogue, backbone, task))
        groups.sort(key=lambda group: group[0].settings != _settings)
        return tuple(stored.load(spec, catalogue) for spec in groups[0]) if groups else ()
    except PtlibError:
        return ()
