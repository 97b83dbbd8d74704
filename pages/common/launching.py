"""Work that a page asks for and never does itself: runs, queued and followed; the predictor, woken, waited for and asked."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import streamlit as st

from pages.common import frame, words
from ptlib.base import exposure
from ptlib.base.errors import PtlibError
from ptlib.results import own
from ptlib.results.kind import Estimate, Spec
from ptlib.runs import ask, estimates, queue
from ptlib.runs.queue import Job

_STARTED = "_analyses_started"
"""Ids of the analyses that this visitor started and that were not over when last seen."""


def launch(spec: Spec, title: str | None = None) -> None:
    """Callback: put it in the queue and wake the worker."""
    try:
        job = queue.enqueue(spec, title, frame.visitor())
        queue.start_worker()
    except PtlibError as error:
        st.session_state["_analysis_problem"] = str(error)
        return
    st.session_state.pop("_analysis_problem", None)
    st.session_state[_STARTED] = (*st.session_state.get(_STARTED, ()), job.id)


def button(spec: Spec | None, label: str, key: str, title: str | None = None, primary: bool = True) -> None:
    """A button that queues `spec`; off when it cannot be built."""
    st.button(
        label,
        key=key,
        type="primary" if primary else "secondary",
        icon=":material/play_arrow:",
        disabled=spec is None or exposure.read_only(),
        on_click=launch,
        args=(spec, title),
        help="Goes to the queue; the page stays usable and shows the result when it is there.",
    )


def problem() -> None:
    """Why the last launch was refused."""
    told = st.session_state.get("_analysis_problem")
    if told:
        st.error(words.literal(told), icon=":material/error:")


def watch() -> None:
    """What became of the analyses started here; a timer exists only while one of them is active."""
    problem()
    started = set(st.session_state.get(_STARTED, ()))
    if not started:
        return
    busy = frozenset(job.id for job in queue.listing() if job.id in started and job.is_active)
    frame.ticking(_monitor, bool(busy))(busy)


def _monitor(busy: frozenset[str]) -> None:
    started = st.session_state.get(_STARTED, ())
    known = {job.id: job for job in queue.listing() if job.id in started}
    st.session_state[_STARTED] = tuple(name for name in started if name in known and known[name].state != "done")
    if busy != frozenset(name for name, job in known.items() if job.is_active):
        st.rerun()  # something ended: show what it brought, and drop the timer with the last one
    for job in (known[name] for name in st.session_state[_STARTED]):
        with st.container(horizontal=True, vertical_alignment="center"):
            if job.is_active:
                progress(job, f"{job.title}: ")
            else:
                told = f"{job.title}: {words.STATES[job.state].word}. {job.error or ''}"
                st.error(words.literal(told), icon=":material/error:")
            open_in_runs(job)


def heading(job: Job) -> None:
    """Title and state of a run."""
    state = words.STATES[job.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(words.literal(job.title), anchor=False, width="content")
        st.badge(state.word.capitalize(), color=state.colour)


def open_in_runs(job: Job) -> None:
    """The way to a run's own page."""
    icon = ":material/stacked_line_chart:"
    st.page_link(frame.script("runs"), label="Open in Runs", icon=icon, query_params={"run": job.id})


def progress(job: Job, name: str = "") -> None:
    """Where an active run stands, and how long it will take."""
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    place = f"{'place' if name else 'Place'} {job.position} in the queue" if job.state == "queued" else _phase(job)
    left = f", about {words.duration(job.eta_s)} left" if job.eta_s is not None else ""
    stopping = " Stopping at the next step." if job.cancelling else ""
    st.progress(share, words.literal(f"{name}{place}{left}.{stopping}"))


def _phase(job: Job) -> str:
    """What it does and how far that is; downloads count in megabytes."""
    if not job.total:
        return job.phase or "Starting"
    if job.phase.startswith("download "):
        return f"{job.phase} ({job.done / 1e6:,.1f} of {job.total / 1e6:,.1f} MB)"
    return f"{job.phase or 'Starting'} ({job.done:,} of {job.total:,})"


def stop_or_resume(job: Job, key: str) -> None:
    """Cancel what is active, resume what ended early. Cancel stays where it was, off: a second click must not resume."""
    if job.is_active or job.is_resumable:
        look: dict[str, Any] = {
            "icon": ":material/stop:",
            "key": f"{key}_cancel",
            "disabled": job.cancelling or not job.is_active,
        }
        st.button("Cancel", on_click=act, args=("cancel", job.id), **look)
    if job.is_resumable:
        look = {"type": "primary", "icon": ":material/play_arrow:", "key": f"{key}_resume"}
        st.button("Resume", on_click=act, args=("resume", job.id), **look)


def act(what: str, run_id: str, *more: str) -> None:
    """Callback: do it, and keep the message of a refusal for the page."""
    try:
        getattr(queue, what)(run_id, *more, *((frame.visitor(),) if what == "resume" else ()))
        if what == "resume":
            queue.start_worker()
    except PtlibError as error:
        st.toast(words.literal(str(error)), icon=":material/error:")


def count(run_ids: Sequence[str], counts: bool) -> None:
    """Callback: leave what runs measured out of every map, or bring it back."""
    try:
        for run_id in run_ids:
            (own.bring_back if counts else own.leave_out)(run_id)
    except PtlibError as error:
        st.toast(words.literal(str(error)), icon=":material/error:")


def count_button(run_ids: Sequence[str], counts: bool, key: str, name: str = "") -> None:
    """Leave runs out of the map (`counts`: they do now), or bring them back."""
    label, icon = ("Leave out of the map", "visibility_off") if counts else ("Bring back", "visibility")
    told = "What it measured counts in no map then, until it is brought back. Nothing is deleted."
    look: dict[str, Any] = {"icon": f":material/{icon}:", "key": key, "help": told, "disabled": exposure.read_only()}
    st.button(f"{label}{name and f': {words.literal(name)}'}", on_click=count, args=(run_ids, not counts), **look)


def estimate(spec: Spec) -> Estimate | None:
    """What a run would take; None where it cannot be launched, which is said."""
    try:
        return estimates.estimate(spec, frame.visitor())
    except PtlibError as error:
        st.warning(words.literal(str(error)), icon=":material/info:")
        return None


def waiting(found: Estimate) -> None:
    """When a run would start, and what its estimate rests on."""
    if not found.seconds:
        st.caption("Everything is there already: there is nothing to run.")
        return
    ahead = len(queue.active())
    start = f"{words.counted(ahead, 'run')} ahead of it in the queue." if ahead else "Starts at once."
    st.caption(f"{start} The estimate rests on {found.basis}.")


def with_predictor(live: Callable[..., None]) -> Callable[..., None]:
    """A part that asks the warm predictor, run again by itself; while the model is being loaded it waits on a timer instead."""
    ready = [_ready()]

    @wraps(live)
    def part(*more: object) -> None:
        ready[0] = ready[0] or _ready()
        if ready[0]:
            live(*more)
            return
        st.progress(0.0, "Warming up: the model is being loaded in a process of its own. A few seconds.")
        frame.timer(live.__module__)

    return st.fragment(part)


def _ready() -> bool:
    """Wake the predictor; whether it answers already."""
    try:
        ask.ensure_running()
        return ask.status().ready
    except PtlibError:
        return True  # the live part says what is wrong


def refused(error: PtlibError, key: str) -> None:
    """The predictor did not answer: why, and a button to ask again."""
    st.warning(words.literal(str(error)), icon=":material/error:")
    st.button("Try again", icon=":material/refresh:", key=key)
