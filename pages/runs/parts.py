"""Parts of the Runs page. One top-level fragment polls while anything is active; truth is read from disk each time."""

from collections.abc import Sequence

import streamlit as st

from pages.common import frame, launching, parts, words
from pages.runs import compare_parts, detail_parts, nodes_parts, table_parts
from pages.runs.table_view import MOST_COMPARED
from ptlib.runs import queue
from ptlib.runs.queue import Job

_AT_ONCE = 2
"""Running runs that are not looked at and whose progress is shown, too."""


def page() -> None:
    """The whole page; the timer exists only while something is active."""
    listing = queue.listing()
    if not listing:
        told = "Runs you launch appear here, with live curves, and stay after a reload or a restart."
        parts.to_the_lab(told, "No run yet")
        return
    table_parts.follow_address()
    shown = [job.id for job in table_parts.filtered(listing)]
    busy, asked, _ = drawn = _drawn(listing)
    frame.ticking(_monitor, busy and not asked)(drawn, shown)
    detail_parts.confirm_delete(listing)


Drawn = tuple[bool, str | None, tuple[tuple[str, str], ...]]


def _drawn(listing: list[Job]) -> Drawn:
    """What the frame of the page depends on: whether anything is active, which run is about to be deleted, all runs' states.

    A question is not asked while a timer draws the page: the answer could get lost between two of its ticks.
    """
    states = tuple((job.id, job.state) for job in listing)
    return any(job.is_active for job in listing), st.session_state.get(detail_parts.DELETING), states


def _monitor(drawn: Drawn, shown: Sequence[str]) -> None:
    listing = queue.listing()
    if drawn != _drawn(listing):
        st.rerun()  # a run began or ended, or is to be deleted: drop or start the timer, and let the sidebar see new results
    _worker_line()
    nodes_parts.nodes(listing)
    chosen = _chosen(listing, shown)
    table_parts.table([job for job in listing if job.id in shown], [job.id for job in chosen])
    for job in [job for job in listing if job.state == "running" and job not in chosen][:_AT_ONCE]:
        launching.progress(job, f"{job.title}: ")  # below the table, which would move under the mouse
    if len(chosen) > 1:
        compare_parts.comparison_of(chosen, listing)
    elif chosen:
        detail_parts.detail(chosen[0], listing)


def _chosen(listing: list[Job], shown: Sequence[str]) -> list[Job]:
    """The runs that were chosen, else the first one in the table; an unknown id is said so."""
    wanted = list(dict.fromkeys(table_parts.asked()))
    known = {job.id: job for job in listing}
    found = [known[name] for name in wanted if name in known]
    unknown = [words.literal(name) for name in wanted if name not in known]
    if unknown:
        instead = "" if found else " Showing the first one instead."
        st.warning(f"There is no run {words.listing(unknown)} here; it may have been deleted.{instead}", icon=":material/info:")
    if len(found) > MOST_COMPARED:
        st.warning(f"{len(found)} runs are chosen; the first {MOST_COMPARED} are compared.", icon=":material/info:")
    first = [known[name] for name in shown[:1] if name in known]
    return found[:MOST_COMPARED] or first or listing[:1]


def _worker_line() -> None:
    status = queue.worker_status()
    if status.problem:
        st.warning(f"{status.problem} Looking at results works; starting runs is off.", icon=":material/lock:")
    elif status.needed and st.button(
        "Nobody is working on the queue. Start the worker", icon=":material/play_arrow:", type="primary"
    ):
        queue.start_worker()
        st.rerun()
