"""Work that a page asks for and never does itself: analyses, queued and followed; the predictor, woken and waited for."""

from collections.abc import Callable

import streamlit as st

from pages.common import frame, words
from ptlib.base import exposure
from ptlib.base.errors import PtlibError
from ptlib.results.kind import Spec
from ptlib.runs import ask, queue
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
    st.fragment(_monitor, run_every="1s" if busy else None)(busy)


def _monitor(busy: frozenset[str]) -> None:
    started = st.session_state.get(_STARTED, ())
    known = {job.id: job for job in queue.listing() if job.id in started}
    st.session_state[_STARTED] = tuple(name for name in started if name in known and known[name].state != "done")
    if busy != frozenset(name for name, job in known.items() if job.is_active):
        st.rerun()  # something ended: show what it brought, and drop the timer with the last one
    for job in (known[name] for name in st.session_state[_STARTED]):
        with st.container(horizontal=True, vertical_alignment="center"):
            _standing(job)
            icon = ":material/stacked_line_chart:"
            st.page_link(frame.script("runs"), label="Open in Runs", icon=icon, query_params={"run": job.id})


def _standing(job: Job) -> None:
    if not job.is_active:
        st.error(words.literal(f"{job.title}: {words.STATES[job.state].word}. {job.error or ''}"), icon=":material/error:")
        return
    share = min(job.done / job.total, 1.0) if job.total else 0.0
    left = f", about {words.duration(job.eta_s)} left" if job.eta_s is not None else ""
    place = f"place {job.position} in the queue" if job.state == "queued" else job.phase or words.STATES[job.state].word
    st.progress(share, words.literal(f"{job.title}: {place}{left}."))


def with_predictor(live: Callable[..., None]) -> Callable[..., None]:
    """A part that asks the warm predictor, run again by itself; while the model is being loaded it waits on a timer instead.

    Nothing else is drawn until then: a field that a timer draws again before the browser knows it turns up empty.
    """
    waiting = not _ready()
    return st.fragment(_warm_up if waiting else live, run_every="1s" if waiting else None)


def _ready() -> bool:
    """Wake the predictor; whether it answers already."""
    try:
        ask.ensure_running()
        return ask.status().ready
    except PtlibError:
        return True  # the live part says what is wrong


def _warm_up(*_: object) -> None:
    if _ready():
        st.rerun()  # it answers now: drop the timer
    st.progress(0.0, "Warming up: the model is being loaded in a process of its own. A few seconds.")


def refused(error: PtlibError, key: str) -> None:
    """The predictor did not answer: why, and a button to ask again."""
    st.warning(words.literal(str(error)), icon=":material/error:")
    st.button("Try again", icon=":material/refresh:", key=key)
