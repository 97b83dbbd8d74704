"""Who works on what, while a cluster serves the queue."""

from collections.abc import Sequence

import streamlit as st

from pages.runs import nodes_view
from ptlib.runs.cluster import places
from ptlib.runs.queue import Job

MOST = 6
"""Rows that are seen at once."""


def nodes(listing: Sequence[Job]) -> None:
    """A table of nodes; nothing while no cluster serves the queue."""
    found = places.read()
    if not found:
        return
    st.caption(f"{nodes_view.summary(found)}.")
    rows = nodes_view.rows(found, {job.id: job.title for job in listing})
    height = 38 + 35 * min(len(rows), MOST)
    st.dataframe(rows, hide_index=True, height=height, alt="Which node works on what", key="runs_nodes")
