"""The table of runs: looked through, and chosen from. The choice stands in the address as `run=ID,ID`."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from pages.common import address, data, frame, parts, words
from pages.runs import table_view
from ptlib.base.identity import digest
from ptlib.runs.history import overview
from ptlib.runs.queue import Job

FEW = 5
"""So many runs need no filter."""
_CHOSEN, _SEEN = "_runs_chosen", "_runs_seen"
"""Session keys: ids of the runs that are looked at; what the address held when it was last read or written."""
_SHOWN = "_runs_shown"
"""Session key: ids of the runs that the page was last drawn with."""
_FIRST = "_runs_first"
"""Session key: a table's key, and the rows that it began with."""
_TURN = "_runs_turn"
"""Session key: counts choices that did not come from the table, which then takes them over."""


def filtered(listing: Sequence[Job]) -> list[Job]:
    """Controls above the table; what they leave."""
    if len(listing) <= FEW:
        return list(listing)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state = address.choice("State", "state", table_view.STATE_NAMES)
        with st.container(width=220):
            kind = address.select("Kind", "kind", table_view.kind_names(listing))
        told = "Words of title, kind or state, a seed, or an id, in any order."
        st.session_state.setdefault("find", st.query_params.get("find", ""))
        text = st.text_input("Find", key="find", bind="query-params", placeholder="film seed 3", help=told, width=240)
    found = table_view.wanted(listing, state, kind, text or "")
    if not found:
        st.caption("No run fits. Take something out of the filter.")
    return found


@st.cache_data(max_entries=4, show_spinner=False)
def _scores(fingerprint: str, runs: tuple[str, ...], _jobs: Sequence[Job]) -> dict[str, float]:
    return overview.scores(_jobs, data.catalogue())


@st.cache_data(max_entries=4, show_spinner=False)
def _courses(fingerprint: str, runs: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
    return overview.courses(runs)


def table(shown: Sequence[Job], chosen: Sequence[str]) -> None:
    """All of them; curves and scores of those that have ended, so that a timer finds nothing new to draw."""
    if not shown:
        return
    ended = [job for job in shown if not job.is_active]
    ids, fingerprint = tuple(job.id for job in ended), data.catalogue().fingerprint()
    rows = table_view.rows(shown, _scores(fingerprint, ids, ended), _courses(fingerprint, ids))
    names = [job.id for job in shown]
    key = f"runs_table_{digest({'shown': names, 'turn': st.session_state.get(_TURN, 0)})}"
    if st.session_state.get(_FIRST, ("",))[0] != key:  # said the same as long as it stands: another beginning is another table
        st.session_state[_FIRST] = key, [place for place, name in enumerate(names) if name in chosen]
    places = st.session_state[_FIRST][1]
    line = parts.WRAPPED if frame.screen() == "phone" else 35  # names wrap there
    look: dict[str, Any] = {"column_config": _columns(), "column_order": _order(), "row_height": line}
    look["height"] = 38 + line * min(len(rows), _most())
    st.dataframe(
        rows,
        hide_index=True,
        key=key,
        on_select=partial(_chosen, key, names),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": places}},
        alt=f"{words.counted(len(rows), 'run')}, newest first",
        placeholder="",
        **look,
    )
    st.caption("Choose one run to follow it, two to six to compare them.")


def _most() -> int:
    return {"phone": 5, "large": 10}.get(frame.screen(), 7)


def _order() -> list[str]:
    if frame.screen() == "phone":
        return ["What", "State", "Score", "Curve", "Seeds"]
    shown = ["What", "State", "Seeds", "Score", "Curve", "Took"]
    return shown if frame.screen() == "narrow" else [*shown[:-1], "Started", "Took", "Kind", "Run"]


def _columns() -> dict[str, Any]:
    phone, column = frame.screen() == "phone", st.column_config
    score = "Mean score over the cells that the run asks for, on their evaluation examples; most runs ask for one."
    return {
        "What": column.TextColumn(width=150 if phone else 205),
        "State": column.TextColumn(width=80),
        "Seeds": column.TextColumn(width=60),
        "Score": column.NumberColumn(format="%.1f %%", width=75, help=score),
        "Curve": column.LineChartColumn(
            width=95, y_min=0, y_max=100, help="Validation score while it was tuned, mean over its prompts; 0 to 100 %."
        ),
        "Started": column.DatetimeColumn(format="D MMM, HH:mm", width=105),
        "Took": column.TextColumn(width=70),
        "Kind": column.TextColumn(width=115),
        "Run": column.TextColumn(width=100),
    }


def _chosen(key: str, names: Sequence[str]) -> None:
    """Callback of the table."""
    rows = st.session_state[key]["selection"]["rows"]
    put([names[row] for row in rows if row < len(names)])


def put(runs: Sequence[str], *, turn: bool = False) -> None:
    """Callback: these runs are looked at. turn: the table is to take the choice over."""
    st.session_state[_CHOSEN], st.session_state[_SEEN] = tuple(runs), ",".join(runs)
    if runs:
        st.query_params["run"] = ",".join(runs)
    else:
        st.query_params.pop("run", None)
    if turn:
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def follow_address() -> None:
    """Take over what a link, or a step back in the browser's history, put into the address. Once a run of the whole page: what
    a run of a part of it was sent with may be the address before a choice."""
    state, raw = st.session_state, st.query_params.get("run", "")
    if raw != state.get(_SEEN):
        state[_SEEN], state[_CHOSEN] = raw, tuple(filter(None, raw.split(",")))
        state[_TURN] = state.get(_TURN, 0) + 1


def asked() -> tuple[str, ...]:
    """Ids of the runs that are looked at; they need not be there."""
    return tuple(st.session_state.get(_CHOSEN, ()))


def _compared(key: str, shown: Sequence[str]) -> None:
    """Callback of the box below the table. The box of a choice before speaks up once more, when the next choice overtook it."""
    if shown == st.session_state.get(_SHOWN):
        put([shown[0], *st.session_state[key]], turn=True)


def compare_with(jobs: Sequence[Job], listing: Sequence[Job]) -> None:
    """The way to a comparison without the table: a box that the keyboard reaches."""
    chosen, others = [job.id for job in jobs], {job.id: table_view.name(job, listing) for job in listing}
    if len(others) < 2:
        return
    key = f"compare_{digest({'chosen': chosen})}"
    st.session_state[_SHOWN] = chosen
    first = jobs[0].id
    st.multiselect(
        "Compare with",
        [name for name in others if name != first],
        [name for name in chosen if name != first],
        format_func=lambda name: others.get(name, name),
        max_selections=table_view.MOST_COMPARED - 1,
        key=key,
        on_change=_compared,
        args=(key, chosen),
        placeholder="Choose up to five other runs",
        width=520,
    )
