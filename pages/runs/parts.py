"""Parts of the Runs page. One top-level fragment polls while anything is active; truth is read from disk each time."""

import streamlit as st

from pages.common import parts, words
from pages.runs import detail_parts
from ptlib.runs import queue
from ptlib.runs.queue import Job

SHOWN = 12


def page() -> None:
    """The whole page; the timer exists only while something is active."""
    listing = queue.listing()
    if not listing:
        told = "Runs you launch appear here, with live curves, and stay after a reload or a restart."
        parts.to_the_lab(told, "No run yet")
        return
    drawn = _drawn(listing)
    busy, asked = drawn
    st.fragment(_monitor, run_every="1s" if busy and not asked else None)(drawn)
    detail_parts.confirm_delete(listing)


def _drawn(listing: list[Job]) -> tuple[bool, str | None]:
    """What the frame of the page depends on: whether anything is active, and which run is about to be deleted.

    A question is not asked while a timer draws the page: the answer could get lost between two of its ticks.
    """
    return any(job.is_active for job in listing), st.session_state.get(detail_parts.DELETING)


def _monitor(drawn: tuple[bool, str | None]) -> None:
    listing = queue.listing()
    if drawn != _drawn(listing):
        st.rerun()  # a run began or ended, or is to be deleted: drop or start the timer, and let the sidebar see new results
    _worker_line()
    chosen = _chosen(listing)
    left, right = st.columns([1, 2], gap="large")
    with left:
        _list(listing, chosen)
    with right:
        if chosen is not None:
            detail_parts.detail(chosen)


def _chosen(listing: list[Job]) -> Job | None:
    """The run of the address, else the first one; an unknown id is said so."""
    wanted = st.query_params.get("run")
    found = next((job for job in listing if job.id == wanted), None)
    if wanted and found is None:
        st.warning(
            f"There is no run {words.literal(wanted)} here; it may have been deleted. Showing the first one instead.",
            icon=":material/info:",
        )
    return found or (listing[0] if listing else None)


def _worker_line() -> None:
    status = queue.worker_status()
    if status.problem:
        st.warning(f"{status.problem} Looking at results works; starting runs is off.", icon=":material/lock:")
    elif status.needed and st.button(
        "Nobody is working on the queue. Start the worker", icon=":material/play_arrow:", type="primary"
    ):
        queue.start_worker()
        st.rerun()


def _open(run_id: str) -> None:
    st.query_params["run"] = run_id


def _list(listing: list[Job], chosen: Job | None) -> None:
    groups = (("Running", ("running", "starting")), ("Waiting", ("queued",)), ("Ended", ("done", "failed", "cancelled", "lost")))
    for name, states in groups:
        members = [job for job in listing if job.state in states]
        if not members:
            continue
        st.caption(f"{name} ({len(members)})")
        for job in members[:SHOWN]:
            current = chosen is not None and job.id == chosen.id
            st.button(
                words.literal(job.title),
                key=f"open_{job.id}",
                icon=words.STATES[job.state].icon,
                width="content",
                on_click=_open,
                args=(job.id,),
                type="secondary" if current else "tertiary",
                help=f"{words.STATES[job.state].word}, {started_words(job)}",
            )
        if len(members) > SHOWN:
            st.caption(f"and {len(members) - SHOWN} older ones; `python -m ptlib runs` lists them all.")


def started_words(job: Job) -> str:
    """When a run started and how long it took."""
    if job.started is None:
        return "not started"
    end = job.finished
    took = f", took {words.duration(end - job.started)}" if end else ""
    return f"{parts.clock(job.started)}{took}"
