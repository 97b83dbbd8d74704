"""The Lab's third step: what a run costs, how it differs from earlier ones, the command line, and the launch."""

from collections.abc import Callable
from typing import Any

import psutil
import streamlit as st

from pages.common import context, data, frame, launching, plans, words
from pages.common.plans import Plan
from pages.lab import budget_parts
from ptlib.base.errors import PtlibError
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings
from ptlib.results.kind import Spec
from ptlib.results.speeds import speed
from ptlib.runs import queue
from ptlib.runs.estimates import memory
from ptlib.runs.kinds import command_line
from ptlib.runs.planning.matrix import Missing, Scaled, costs_of, jobs_of, scaling
from ptlib.runs.planning.simulation import NOTHING
from ptlib.runs.queue import Job
from ptlib.transfer.plan import STACK
from ptlib.transfer.spec import TransferSpec

_PROBLEM = "lab_problem"
"""Session key: why the last launch was refused."""


def cost(
    spec: BackboneSpec | None, plan: Plan, settings: TuneSettings | None, limit: int | None, copied: TransferSpec | None
) -> None:
    """Estimate, launch button, command line. limit: examples a cell; None = all."""
    st.header("Cost", anchor=False)
    warm = st.toggle(
        "Tune on from the source, too",
        value=bool(copied and copied.warm_start),
        key=f"lab_warm_{copied.id if copied else ''}",
        help="Transfer as initialisation: tunes every target once more, starting from every source's prompt.",
    )
    if spec is None or settings is None or not (plan.sources and plan.targets and plan.seeds):
        st.markdown("Complete the choices on the left; the estimate appears here.")
        _launch_button(None)
        return
    run = TransferSpec(spec.id, plan.sources, plan.targets, plan.seeds, settings, warm_start=warm, limit=limit)
    possible = _estimate(run)
    if not spec.is_demo:
        _memory(spec, run)
    _kinship(run, queue.listing())
    _launch_button(run if possible else None)
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(words.literal(problem), icon=":material/error:")
    budget_parts.small_map(run, plan, context.current())
    if possible:
        _more_devices(run)
    st.caption("The same in a terminal")
    st.code(command_line(run), language=None, wrap_lines=True)
    st.caption(f"Run id `{run.id}`: the same choices always have the same id, so nothing is computed twice.")


def _launch_button(run: TransferSpec | None) -> None:
    look: dict[str, Any] = {"type": "primary", "icon": ":material/play_arrow:", "width": "stretch", "disabled": run is None}
    st.button("Launch", key="launch" if run else "launch_off", on_click=launch, args=(run,), **look)


def _memory(spec: BackboneSpec, run: TransferSpec) -> None:
    """What the run needs on its device, against what this machine has; a GPU is only asked by the worker."""
    needed = memory(spec, run.settings, min(STACK, len(run.prompts())))
    free = psutil.virtual_memory().available
    st.caption(f"Needs about {needed / 1e9:.1f} GB of memory on its device; {free / 1e9:.0f} GB of main memory are free.")
    if needed >= free:
        st.caption(":orange[That is more than is free here: it needs a GPU with as much memory, bf16, or a smaller model.]")


def _estimate(run: TransferSpec) -> bool:
    """Show time and work; returns whether the run can be launched at all."""
    found = launching.estimate(run)
    if found is None:
        return False
    with st.container(horizontal=True):
        st.metric("Time", words.duration(found.seconds) if found.seconds else "none", width="content")
        st.metric("Prompts to tune", found.prompts_to_tune, width="content")
        st.metric("Cells to evaluate", found.cells_to_evaluate, width="content")
    launching.waiting(found)
    if why := budget_parts.reason(run, found.prompts_to_tune):
        st.caption(why)
    for note in found.notes:
        st.warning(words.literal(note.replace("--max-tokens says", "The setting says")), icon=":material/content_cut:")
    problem = queue.worker_status().problem
    if problem:
        st.warning(problem, icon=":material/lock:")
    return not problem


def _more_devices(run: TransferSpec) -> None:
    """How much sooner several devices would be done, neurons included."""
    found = _scaled(data.catalogue().fingerprint(), run.id, run)
    if found and found[0].seconds:
        times = words.listing(f"{words.duration(row.seconds)} on {row.devices}" for row in found)
        limit = "" if found[-1].limit == NOTHING else f"; {found[-1].limit} limits it"
        st.caption(
            f"With its neurons, cut into stacks and shared by several devices: {times}{limit}. A run stays on one device, "
            "unless `python -m ptlib worker --executor ray` shares it out. `python -m ptlib plan` says the same of several "
            "backbones."
        )


@st.cache_data(max_entries=16, show_spinner=False)
def _scaled(fingerprint: str, run_id: str, _run: TransferSpec) -> list[Scaled]:
    """The run on 1, 2, 4 and 8 devices."""
    maps = [Missing.of(_run, data.catalogue())]
    return scaling(jobs_of(maps, speed), 8, costs_of(maps))


def _kinship(run: TransferSpec, listing: list[Job]) -> None:
    """Say whether this run is known, else how it differs from the most similar one."""
    same = next((job for job in listing if job.id == run.id), None)
    if same is not None:
        st.info(f"This very run {words.STATES[same.state].again}.", icon=":material/history:")
        return
    others = [(job, job.spec) for job in listing if isinstance(job.spec, TransferSpec) and job.spec.backbone == run.backbone]
    names = {task.id: task.name for task in data.task_index().values()}
    if others:
        nearest, changes = min(((job, plans.difference(spec, run, names)) for job, spec in others), key=lambda one: len(one[1]))
        if changes and len(changes) <= 3:
            told = words.literal(f"Same as your run “{nearest.title}” except {words.listing(changes)}.")
            st.caption(told, help=f"Run `{nearest.id}`")


def launch(run: TransferSpec) -> None:
    """Callback: queue the run, make sure that somebody works, and follow it."""
    names = {task: data.task_name(task) for task in (*run.sources, *run.targets)}
    try:
        job = queue.enqueue(run, plans.title(run, names), frame.visitor())
        if job.is_active:
            queue.start_worker()
    except PtlibError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state.pop("lab_copy", None)
    frame.go("runs", run=job.id)


def beside(
    spec: BackboneSpec | None,
    plan: Plan,
    settings: TuneSettings | None,
    choose: Callable[[BackboneSpec, Plan, TuneSettings], Spec | None],
    *,
    label: str,
    key: str,
) -> None:
    """A comparison for the Pair page of what the form holds: its own choices, cost, launch. label, key: of its button."""
    if spec is None or settings is None or not (plan.targets and plan.seeds):
        st.markdown("Choose a backbone, a target task and a seed above.")
        return
    run = choose(spec, plan, settings)
    found = None if run is None else launching.estimate(run)
    if run is None or found is None:
        return
    if not found.seconds:
        st.markdown("This comparison is stored: it stands on the Pair page of the task.")
    else:
        st.caption(f"About {words.duration(found.seconds)}. The estimate rests on {found.basis}.")
        launching.button(run, label, key, primary=False)
    st.code(command_line(run), language=None, wrap_lines=True)
    launching.watch()
