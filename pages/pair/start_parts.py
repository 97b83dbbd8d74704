"""Where tuning on the target begins: untrained, from other tasks' prompts, from prompts of another model."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.common import address, data, frame, parts, words
from pages.common.context import Context
from pages.pair import start_charts, start_view
from pages.transfer.warm_view import DEFINITION
from ptlib.base.errors import PtlibError
from ptlib.models.registry import all_backbones
from ptlib.transfer.starting import stored
from ptlib.transfer.starting.stored import Started

OPEN = "starts_open"
"""Key of the Lab's drawer for such runs."""
FORGOTTEN = (
    "Forgotten: (source's score before - after) / (before - untrained), on the evaluation split of the task that the start "
    "comes from. A projected prompt of the task itself has nothing else to forget."
)
_COLUMNS = {
    "name": ("Start", None, ""),
    "zero_shot": ("Before, %", "%.1f", "Evaluation split, the start as it is."),
    "steps": ("Steps", "%.0f", "Until the validation score that the untrained start had converged to."),
    "share": ("Share of steps, %", "%.0f", "Mean of steps / the untrained start's steps, over the seeds that got there."),
    "speed_up": ("Speed-up", "%.1f ×", "Mean steps of the untrained start / mean steps."),
    "not_reached": ("Never", "%d", "Seeds that never got there: censored, counted here and in no mean of steps."),
    "score": ("After, %", "%.1f", "Evaluation split, at the step that validated best."),
    "forgotten": ("Forgotten, %", "%.0f", FORGOTTEN),
}


def section(now: Context) -> None:
    """Curves and table where runs are stored, else the way to one."""
    box = parts.drawer("Where tuning begins", ":material/start:", "pair_starts_open")
    if box is not None:
        with box:
            _section(now)


def _section(now: Context) -> None:
    name = words.literal(now.names[now.target])
    found = _found(now.fingerprint, now.backbone, now.target)
    if not found:
        _offer(now)
        return
    table = _table(found)
    summary = start_view.summary(table)
    st.markdown(start_view.reading(summary, name), help=DEFINITION)
    left, right = parts.row(560, 308)
    with left:
        x = address.choice("Against", "start_x", {"step": "Steps", "seconds": "Seconds"}, bare=True)
        points = start_view.points(found, table)
        figure = start_charts.curves_figure(points, parts.colours(), x)
        parts.chart(figure, "pair_starts", start_view.reading(summary, name), points)
    with right:
        st.caption(
            "One line a start and seed, not smoothed; validation is cut from train. All starts of a seed are tuned in one stack: "
            "seconds are those of the stack."
        )
        st.caption(f"{_lineage(summary)} {FORGOTTEN}")
        st.caption("Prompts tuned on from another one stay near it, so they enter no map, cluster or neuron set of cold ones.")
    shown = [key for key in _COLUMNS if not summary[key].isna().all()]
    fractions = ("zero_shot", "share", "score", "forgotten")
    table = summary.assign(**{name: 100 * summary[name] for name in fractions})[shown]
    parts.table(table, "What each start saved and forgot", column_config=parts.columns(_COLUMNS, 340))


def _lineage(summary: pd.DataFrame) -> str:
    """The projectors behind the projected starts."""
    titles = dict.fromkeys(title for title in summary["lineage"] if title)
    return f"Projected by {words.literal('; '.join(titles))}, held out: the seed itself." if titles else ""


def _table(found: Sequence[Started]) -> pd.DataFrame:
    models = {spec.id: spec.name for spec in all_backbones()}
    return start_view.runs(found, {task.id: task.name for task in data.task_index().values()}, models)


def _offer(now: Context) -> None:
    st.markdown(
        "Not compared on this task yet: how many steps a start from another task's prompt saves, or from a prompt of another "
        "model that a projector carries over, and what is forgotten on the way."
    )
    icon = ":material/science:"
    st.button("Choose starts in the Lab", key="pair_starts_run", icon=icon, type="tertiary", on_click=_to_the_lab)
    st.code(f"python -m ptlib tune {now.backbone} {now.target} --start RUN,FIT:RUN", language=None, wrap_lines=True)


def _to_the_lab() -> None:
    """Callback: open the Lab with the choice of starts."""
    st.session_state[OPEN] = True
    frame.go("lab")


@st.cache_resource(max_entries=16, show_spinner=False)
def _found(fingerprint: str, backbone: str, task: str) -> tuple[Started, ...]:
    """The stored runs of one set of settings: those with most seeds."""
    catalogue = data.catalogue()
    try:
        groups = stored.alike(stored.listing(catalogue, backbone, task))
        read = [stored.load(spec, catalogue) for spec in groups[0]] if groups else []
    except PtlibError:
        return ()
    return tuple(sorted((one for one in read if one is not None), key=lambda one: one.spec.seed))
