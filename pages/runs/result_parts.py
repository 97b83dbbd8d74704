"""What a finished run measured, beside all seeds together, and what it changed on the map."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.common import data, launching, parts, words
from ptlib.base.errors import PtlibError
from ptlib.runs.kinds import kind_named
from ptlib.runs.queue import Job
from ptlib.tasks.names import COMMONEST, REFERENCE_ROWS
from ptlib.transfer import run
from ptlib.transfer.comparing.changes import changes
from ptlib.transfer.matrix import TransferMatrix, build_matrix


@st.cache_data(max_entries=16, show_spinner=False)
def _changes(fingerprint: str, backbone: str, recipe: str, run_id: str, target: str | None) -> pd.DataFrame:
    return changes(data.catalogue(), backbone, recipe, run_id, None if target is None else (target,))


@st.cache_resource(max_entries=16, show_spinner=False)
def _column(fingerprint: str, backbone: str, recipe: str, target: str) -> TransferMatrix:
    """The one column of the map that is told: a whole map costs seconds where there are many tasks."""
    return build_matrix(data.catalogue(), backbone, recipe, targets=(target,))


def result(job: Job) -> None:
    """The run's last cell by itself, the map's cell with it and without, and every cell that it measured or changed."""
    piece = job.piece
    if piece is None:
        st.markdown(kind_named(job.kind).result)
        return
    fingerprint, place = data.catalogue().fingerprint(), (job.spec.backbone, piece.recipe)
    (source, target), told = piece.cell, list[str]()
    try:
        table = _changes(fingerprint, *place, job.id, target)
        column = _column(fingerprint, *place, target)
    except PtlibError:
        st.markdown("Its results are in the map.")
        return
    names, cell = (data.task_name(source), data.task_name(target)), column.get(source, target)
    own = table[(table.source == source) & (table.target == target) & table.measured.notna()]
    if cell is None and own.empty:
        st.markdown("Its prompts are ready; transfer was not part of the run.")
        return
    told.append(_measured(own.iloc[0].to_dict(), names) if len(own) else _NOTHING_NEW)
    if cell is not None:
        beside = (column.get(name, target) for name in ("untrained", COMMONEST))
        told.append(f"All seeds together: {words.cell_reading(cell, *names, *beside)} {words.basis(cell).capitalize()}.")
    st.markdown("\n\n".join((*told, *_others(job, fingerprint))))
    if gone := left_out(job):
        told_gone = f"Left out of the map: {words.counted(gone, 'result')} of this run, until brought back."
        st.info(told_gone, icon=":material/visibility_off:")
    if len(own):
        _table(job, fingerprint)


def measured(job: Job) -> run.SoFar | None:
    """What a run that has not ended has measured; None where that is nothing, or it is no piece of the map."""
    if job.piece is None or job.state == "queued":
        return None
    try:
        found = run.so_far(job.id)
    except PtlibError:
        return None
    return found if found.whole or found.looked else None


def so_far(job: Job) -> None:
    """How much of the map a run that has not ended has filled, and how much of that is a first look."""
    found = measured(job)
    if found is None:
        return
    span = " to ".join(map(str, dict.fromkeys((found.fewest, found.most))))
    looked = f"{words.counted(found.looked, 'result')} on a part of the examples ({span})" if found.looked else ""
    whole = f"{words.counted(found.whole, 'result')} whole" if found.whole else ""
    st.markdown(f"On the map so far: {' and '.join(filter(None, (whole, looked)))}.")


def left_out(job: Job) -> int:
    """How many results of the run are left out of the map."""
    piece = job.piece
    return data.catalogue().left_out(job.spec.backbone, piece.recipe).get(job.id, 0) if piece else 0


def count_button(job: Job) -> None:
    """Leave the run out of the map or bring it back, where it measured something."""
    piece = job.piece
    if piece is None:
        return
    rows = data.scores(data.catalogue().fingerprint(), job.spec.backbone, piece.recipe)
    counts = bool(((rows.run_id == job.id) & (rows.origin == "own")).any())
    if counts or left_out(job):
        launching.count_button((job.id,), counts, "run_count")


_NOTHING_NEW = "Everything it needed was there already: it measured nothing new."


def _others(job: Job, fingerprint: str) -> list[str]:
    """What a run of several cells measured beside the one that is told."""
    piece = job.piece
    rows = data.scores(fingerprint, job.spec.backbone, piece.recipe if piece else None)
    mine = rows[(rows.run_id == job.id) & ~rows.source.isin(REFERENCE_ROWS)]
    cells = mine.groupby(["source", "target"]).score.mean()
    if len(cells) < 3:
        return []
    ends = (cells.idxmin(), cells.idxmax())
    low, high = (f"{words.percent(cells[end], 1)} ({' → '.join(map(data.task_name, end))})" for end in ends)
    return [f"In all it measured {words.counted(len(cells), 'cell')} of the map, from {low} to {high}; the table has them all."]


def _measured(row: dict[Any, Any], names: tuple[str, str]) -> str:
    seeds = f"seed {', '.join(map(str, row['seeds']))}"
    kept = f", gain kept {words.percent(row['gain_measured'])}" if words.known(row["gain_measured"]) else ""
    score, prompt = words.percent(row["measured"], 1), f"{words.owner(names[0])} prompt"
    told = f"**This run measured {score}** on {names[1]} with {prompt} ({seeds}{kept})."
    if not words.known(row["before"]):
        return f"{told} The cell was empty before."
    return f"{told} All other results say {words.percent(row['before'], 1)}, with it {words.percent(row['after'], 1)}."


def _table(job: Job, fingerprint: str) -> None:
    """Before and after, a row a cell; computed when it is opened."""
    box = parts.drawer("What changed on the map of all results", ":material/difference:", f"changes_{job.id}")
    piece = job.piece
    if box is None or piece is None:
        return
    table = _changes(fingerprint, job.spec.backbone, piece.recipe, job.id, None)
    shown = pd.DataFrame({"Source": table.source.map(data.task_name), "Target": table.target.map(data.task_name)})
    titles = {"measured": "This run", "before": "Score before", "after": "Score after"}
    titles |= {"gain_before": "Gain kept before", "gain_after": "Gain kept after"}
    for column, title in titles.items():
        shown[title] = (100 * table[column]).round(1)
    changed = int((table.before.round(6) != table.after.round(6)).sum())
    with box:
        parts.table(shown, "Cells that the run measured or changed, before and after", "run_changes")
        with st.container(horizontal=True, vertical_alignment="center"):
            told = "Percent. Before: all results without this run. The map stays as it was until you choose Whose numbers there."
            st.caption(f"{words.counted(changed, 'score')} changed. {told}", width="stretch")
            parts.save_menu(shown, f"changes {job.id}", "run_changes", "Cells before and after this run")
