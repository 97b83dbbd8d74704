"""One run in full: where it stands, its live curves, what can be done with it."""

import time
from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.common import cautions, context, data, frame, launching, words
from pages.runs import curve_parts, result_parts, table_parts
from ptlib.base import exposure
from ptlib.base.errors import PtlibError
from ptlib.runs.kinds import command_line, kind_named
from ptlib.runs.queue import Job
from ptlib.transfer.comparing.whose import ALL

DELETING = "run_to_delete"
"""Session key: id of the run whose deletion is to be confirmed."""


def detail(job: Job, listing: Sequence[Job]) -> None:
    """Title, state, progress, curves, actions."""
    launching.heading(job)
    try:
        st.caption(_facts(job))
    except PtlibError as error:  # another version made it: nothing is known but what the queue says
        st.warning(words.literal(str(error)), icon=":material/info:")
        _offer_delete(job)
        return
    _standing(job)
    if job.state == "done" and job.piece:
        cautions.beside_result(*job.piece.cell, job.spec.backbone, (job.id,))
    _actions(job)
    table_parts.compare_with([job], listing)
    if job.prompts or kind_named(job.kind).series(job.spec):
        curve_parts.curves(job)
    if command := command_line(job.spec):
        _recipe(job, command)
    if job.log_tail and job.state not in ("failed", "lost"):
        with st.expander("Log", icon=":material/notes:"):
            st.code(job.log_tail, language=None)


def _facts(job: Job) -> str:
    facts, piece = [data.backbone_name(job.spec.backbone)], job.piece
    if piece is not None:
        sides = [words.listing(map(data.task_name, side)) for side in (piece.sources, piece.targets)]
        facts += [" → ".join(dict.fromkeys(sides)), f"seed {', '.join(map(str, piece.seeds))}"]
    return " · ".join((*facts, f"`{job.id}`"))


def _standing(job: Job) -> None:
    """Progress while it runs; cause and next step when it did not end well."""
    if job.is_active:
        launching.progress(job)
        result_parts.so_far(job)
    elif job.state == "done" and job.started and job.finished:
        st.markdown(f"Finished at {words.clock(job.finished)}, after {words.duration(job.finished - job.started)}.")
        result_parts.result(job)
    elif job.state == "cancelled":
        st.markdown("Stopped on request. What was saved stays saved; it can go on from its last checkpoint.")
        result_parts.so_far(job)
    else:
        st.error(words.literal(job.error or "") or "The run ended without a message. Its log is below.", icon=":material/error:")
        if job.log_tail:
            st.caption("Last lines of its log")
            st.code(job.log_tail, language=None)


def _actions(job: Job) -> None:
    with st.container(horizontal=True):
        if job.piece and (job.state == "done" or result_parts.measured(job)):
            look: dict[str, Any] = {"type": "primary", "icon": ":material/grid_on:", "key": "run_open"}
            st.button("Open in the map", on_click=_open_result, args=(job,), **look)
        if exposure.read_only():
            return
        launching.stop_or_resume(job, "run")
        if job.state == "queued":
            for label, where in (("Earlier", "up"), ("Later", "down")):
                icon, move = f":material/arrow_{where}ward:", ("move", job.id, where)
                st.button(label, icon=icon, key=f"run_{where}", on_click=launching.act, args=move)
        result_parts.count_button(job)
        if job.kind == "transfer":
            st.button("Duplicate with a change", icon=":material/content_copy:", key="run_copy", on_click=_duplicate, args=(job,))
        _offer_delete(job)


def _offer_delete(job: Job) -> None:
    if not job.is_active:
        st.button("Delete", icon=":material/delete:", key="run_delete", on_click=_ask_delete, args=(job,))


def _open_result(job: Job) -> None:
    """Callback: show the run's last cell in the map."""
    if job.piece is not None:
        st.session_state["backbone"], st.session_state["recipe"] = job.spec.backbone, job.piece.recipe
        st.session_state[context.WHOSE] = ALL
        context.choose(*job.piece.cell)
        frame.go("transfer")


def _duplicate(job: Job) -> None:
    """Callback: open the Lab with this run's choices."""
    st.session_state["lab_copy"] = job.spec_json
    frame.go("lab")


def _ask_delete(job: Job) -> None:
    """Callback: have the page ask first."""
    st.session_state[DELETING] = job.id


def _keep() -> None:
    """Callback: the question was closed."""
    st.session_state.pop(DELETING, None)


def _delete(job: Job) -> None:
    """Callback: the question was answered."""
    _keep()
    launching.act("delete", job.id)
    table_parts.put(())


def confirm_delete(listing: list[Job]) -> None:
    """Ask before a run is deleted."""
    job = next((job for job in listing if job.id == st.session_state.get(DELETING)), None)
    if job is not None:
        _confirm_delete(job)


@st.dialog("Delete this run?", on_dismiss=_keep)
def _confirm_delete(job: Job) -> None:
    st.markdown(
        f"**{words.literal(job.title)}** (`{job.id}`) disappears from this list, with its log. Prompts and scores it finished "
        "stay in the map: other results may rest on them."
    )
    with st.container(horizontal=True):
        kept = st.button("Keep", icon=":material/undo:", key="delete_not", on_click=_keep)
        look: dict[str, Any] = {"icon": ":material/delete:", "key": "delete_sure"}
        if st.button(":red[Delete]", on_click=_delete, args=(job,), **look) or kept:
            st.rerun()


def _take_along(job: Job) -> None:
    """How a finished run's prompts leave as stock PEFT adapters; the commands check them against PEFT first."""
    prompts = [tune.id for tune in job.prompts]
    if job.state == "done" and prompts:
        st.caption("Take a prompt along as a stock PEFT adapter (written only when PEFT reads it back alike), or push it")
        commands = [f"export {prompts[0]} --format peft --out {prompts[0]}", f"push {prompts[0]} OWNER/NAME"]
        st.code("\n".join(f"python -m ptlib {command}" for command in commands), language=None, wrap_lines=True)


def _recipe(job: Job, command: str) -> None:
    with st.expander("How to do the same in a terminal", icon=":material/terminal:"):
        st.code(command, language=None, wrap_lines=True)
        _take_along(job)
        waited = f" Attempt {job.attempts}." if job.attempts > 1 else ""
        st.caption(f"Queued {words.clock(job.created)}{waited} Now {words.clock(time.time())}.")
