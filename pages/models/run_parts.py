"""Launching a projection and following it: found again by its id after a reload, in any browser."""

import streamlit as st

from pages.common import charts, frame, launching, parts, words
from ptlib.base import exposure
from ptlib.base.errors import PtlibError
from ptlib.projection.spec import ProjectSpec, fold_id, title
from ptlib.runs import queue
from ptlib.runs.kinds import command_line
from ptlib.runs.queue import Job


def offer(spec: ProjectSpec, done: int) -> None:
    """What is missing of a projection: its run where there is one, else its cost and a button. done: held-out seeds stored."""
    job = _job(spec)
    if job is not None and job.state != "done":
        busy = job.is_active
        st.fragment(_follow, run_every="1s" if busy else None)(spec, busy)
        return
    with st.container(border=True):
        _cost(spec, done)


def _job(spec: ProjectSpec) -> Job | None:
    return next((job for job in queue.listing() if job.id == spec.id), None)


def _cost(spec: ProjectSpec, done: int) -> None:
    st.subheader("Not fitted yet" if not done else "Not complete", anchor=False)
    try:
        found, ahead = queue.estimate(spec, frame.visitor()), len(queue.active())
    except PtlibError as error:
        st.warning(words.literal(str(error)), icon=":material/info:")
        return
    with st.container(horizontal=True):
        st.metric("Time", words.duration(found.seconds), width="content")
        st.metric("Fits", f"{len(spec.seeds) - done}", width="content", help="Every seed is held out once: fitted on the others, "
                  "measured with the prompts of this one.")  # fmt: skip
        st.metric("Columns to measure", found.cells_to_evaluate, width="content")
    waiting = "Starts at once." if not ahead else f"{words.counted(ahead, 'run')} ahead of it in the queue."
    st.caption(f"{waiting} The estimate rests on {found.basis}.")
    launching.button(spec, "Fit and measure", "launch_projection", title(spec))
    launching.problem()
    command(spec)


def command(spec: ProjectSpec) -> None:
    """The same in a terminal."""
    with st.expander("How to do the same in a terminal", icon=":material/terminal:"):
        st.code(command_line(spec), language="bash", wrap_lines=True)


def _follow(spec: ProjectSpec, busy: bool) -> None:
    job = _job(spec)
    if job is None or job.is_active != busy or job.state == "done":
        st.rerun()  # it began, ended or was deleted: show what it brought, and drop or start the timer
    with st.container(border=True):
        state = words.STATES[job.state]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.literal(job.title)}**", width="content")
            st.badge(state.word.capitalize(), color=state.colour)
        _progress(job)
        _buttons(job)
        _losses(job, spec)


def _progress(job: Job) -> None:
    if not job.is_active:
        if job.error:
            st.error(words.literal(job.error), icon=":material/error:")
        else:
            st.markdown("Stopped on request. Fits that were finished are kept; it goes on from its last checkpoint.")
        return
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    left = f", about {words.duration(job.eta_s)} left" if job.eta_s is not None else ""
    place = f"Place {job.position} in the queue" if job.state == "queued" else job.phase or "Starting"
    stopping = " Stopping at the next step." if job.cancelling else ""
    st.progress(share, words.literal(f"{place}{left}.{stopping}"))


def _buttons(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            frame.script("runs"), label="Open in Runs", icon=":material/stacked_line_chart:", query_params={"run": job.id}
        )
        if exposure.read_only():
            return
        if job.is_resumable:
            st.button("Resume", key="projection_resume", type="primary", icon=":material/play_arrow:",
                      on_click=_act, args=("resume", job.id))  # fmt: skip
        if job.is_active:
            st.button("Cancel", key="projection_cancel", icon=":material/stop:", disabled=job.cancelling,
                      on_click=_act, args=("cancel", job.id))  # fmt: skip


def _act(what: str, run_id: str) -> None:
    """Callback: cancel or resume; a refusal is said."""
    try:
        if what == "resume":
            queue.resume(run_id, frame.visitor())
            queue.start_worker()
        else:
            queue.cancel(run_id)
    except PtlibError as error:
        st.toast(words.literal(str(error)), icon=":material/error:")


def _losses(job: Job, spec: ProjectSpec) -> None:
    """Loss of every fit so far."""
    table = queue.curves(job.id)
    names = {fold_id(spec, seed): f"seed {seed} held out" for seed in spec.seeds}
    curves = {names[key]: rows for key, rows in table.groupby("series", sort=False) if key in names}
    if curves:
        figure = charts.curves_figure(curves, parts.colours(), {}, value="loss", height=210)
        parts.chart(
            figure, "projection_loss", "Loss of the fits so far", caption="Mean of the task's and the counterexamples' loss."
        )
