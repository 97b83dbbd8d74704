"""What a finished run measured, beside all seeds together, and what it changed on the map."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.common import data, parts, words
from ptlib.base.errors import PtlibError
from ptlib.runs.kinds import kind_named
from ptlib.runs.queue import Job
from ptlib.tasks.names import COMMONEST
from ptlib.transfer.comparing.changes import changes


@st.cache_data(max_entries=16, show_spinner=False)
def _changes(fingerprint: str, backbone: str, recipe: str, run_id: str) -> pd.DataFrame:
    return changes(data.catalogue(), backbone, recipe, run_id)


def result(job: Job) -> None:
    """The run's last cell by itself, the map's cell with it and without, and every cell that it measured or changed."""
    if job.piece is None:
        st.markdown(kind_named(job.kind).result)
        return
    fingerprint = data.catalogue().fingerprint()
    try:
        table = _changes(fingerprint, job.spec.backbone, job.piece.recipe, job.id)
        pooled = data.matrix(fingerprint, job.spec.backbone, job.piece.recipe)
    except PtlibError:
        st.markdown("Its results are in the map.")
        return
    source, target = job.piece.cell
    names, cell = (data.task_name(source), data.task_name(target)), pooled.get(source, target)
    own = table[(table.source == source) & (table.target == target) & table.measured.notna()]
    if cell is None:
        st.markdown("Its prompts are ready; transfer was not part of the run.")
        return
    told = (
        _measured(own.iloc[0].to_dict(), names)
        if len(own)
        else "Everything it needed was there already: it measured nothing new."
    )
    beside = (pooled.get(name, target) for name in ("untrained", COMMONEST))
    st.markdown(f"{told}\n\nAll seeds together: {words.cell_reading(cell, *names, *beside)} {words.basis(cell).capitalize()}.")
    if len(table):
        _table(job, table)


def _measured(row: dict[Any, Any], names: tuple[str, str]) -> str:
    seeds = f"seed {', '.join(map(str, row['seeds']))}"
    kept = f", gain kept {words.percent(row['gain_measured'])}" if words.known(row["gain_measured"]) else ""
    score, prompt = words.percent(row["measured"], 1), f"{words.owner(names[0])} prompt"
    told = f"**This run measured {score}** on {names[1]} with {prompt} ({seeds}{kept})."
    if not words.known(row["before"]):
        return f"{told} The cell was empty before."
    return f"{told} All other results say {words.percent(row['before'], 1)}, with it {words.percent(row['after'], 1)}."


def _table(job: Job, table: pd.DataFrame) -> None:
    """Before and after, a row a cell."""
    shown = pd.DataFrame({"Source": table.source.map(data.task_name), "Target": table.target.map(data.task_name)})
    titles = {"measured": "This run", "before": "Score before", "after": "Score after"}
    titles |= {"gain_before": "Gain kept before", "gain_after": "Gain kept after"}
    for column, title in titles.items():
        shown[title] = (100 * table[column]).round(1)
    changed = int((table.before.round(6) != table.after.round(6)).sum())
    with st.expander(f"What changed on the map of all results: {words.counted(changed, 'score')}", icon=":material/difference:"):
        parts.table(shown, "Cells that the run measured or changed, before and after", "run_changes")
        with st.container(horizontal=True, vertical_alignment="center"):
            told = "Percent. Before: all results without this run. The map stays as it was until you choose Whose numbers there."
            st.caption(told, width="stretch")
            parts.save_table(shown, f"changes {job.id}", "run_changes_csv")
