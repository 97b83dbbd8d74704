"""Launching a projection and following it: found again by its id after a reload, in any browser."""

import streamlit as st

from pages.common import charts, frame, launching, parts, words
from ptlib.base import exposure
from ptlib.projection.spec import ProjectSpec, fold_id, title
from ptlib.runs import queue
from ptlib.runs.kinds import command_line
from ptlib.runs.queue import Job


def offer(spec: ProjectSpec, done: int) -> None:
    """What is missing of a projection: its run where there is one, else its cost and a button. done: held-out seeds stored."""
    job = _job(spec)
    if job is not None and job.state != "done":
        busy = job.is_active
        frame.ticking(_follow, busy)(spec, busy)
        return
    with st.container(border=True):
        _cost(spec, done)


def _job(spec: ProjectSpec) -> Job | None:
    return next((job for job in queue.listing() if job.id == spec.id), None)


def _cost(spec: ProjectSpec, done: int) -> None:
    st.header("Not fitted yet" if not done else "Not complete", anchor=False)
    found = launching.estimate(spec)
    if found is None:
        return
    with st.container(horizontal=True):
        st.metric("Time", words.duration(found.seconds), width="content")
        st.metric("Fits", f"{len(spec.seeds) - done}", width="content", help="Every seed is held out once: fitted on the others, "
                  "measured with the prompts of this one.")  # fmt: skip
        st.metric("Columns to measure", found.cells_to_evaluate, width="content")
    launching.waiting(found)
    launching.button(spec, "Fit and measure", "launch_projection", title(spec))
    launching.problem()
    command(spec)


def command(spec: ProjectSpec) -> None:
    """The same in a terminal."""
    with st.expander("How to do the same in a terminal", icon=":material/terminal:"):
        st.code(command_line(spec), language=None, wrap_lines=True)


def _follow(spec: ProjectSpec, busy: bool) -> None:
    job = _job(spec)
    if job is None or job.is_active != busy or job.state == "done":
        st.rerun()  # it began, ended or was deleted: show what it brought, and drop or start the timer
    with st.container(border=True):
        launching.heading(job)
        if job.is_active:
            launching.progress(job)
        elif job.error:
            st.error(words.literal(job.error), icon=":material/error:")
        else:
            st.markdown("Stopped on request. Fits that were finished are kept; it goes on from its last checkpoint.")
        with st.container(horizontal=True, vertical_alignment="center"):
            launching.open_in_runs(job)
            if not exposure.read_only():
                launching.stop_or_resume(job, "projection")
        _losses(job, spec)


def _losses(job: Job, spec: ProjectSpec) -> None:
    """Loss of every fit so far."""
    table = queue.curves(job.id)
    names = {fold_id(spec, seed): f"seed {seed} held out" for seed in spec.seeds}
    curves = {names[key]: rows for key, rows in table.groupby("series", sort=False) if key in names}
    if curves:
        figure = charts.curves_figure(curves, parts.colours(), {}, value="loss", height=210)
        parts.chart(
            figure,
            "projection_loss",
            "Loss of the fits so far",
            table,
            caption="Mean of the task's and the counterexamples' loss.",
        )
