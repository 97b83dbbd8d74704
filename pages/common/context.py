"""The what-if context in the sidebar: backbone, source and target, held by widgets that are bound to the address.

Links may name a task by its shown name or by its id. A chart click calls `choose` in a callback.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

from pages.common import data, frame
from pages.transfer.view import striking_cell
from ptlib.base import exposure
from ptlib.base.errors import PtlibError, unknown
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer.matrix import Cell, TransferMatrix

_NOTES, _SEEN = "_context_notes", "_context_seen"


@dataclass(frozen=True, slots=True)
class Context:
    """What the reader is looking at."""

    fingerprint: str
    backbone: str
    recipe: str | None
    matrix: TransferMatrix
    source: str
    target: str

    @property
    def cell(self) -> Cell | None:
        return self.matrix.get(self.source, self.target)

    @property
    def names(self) -> dict[str, str]:
        return data.names_of(self.matrix)


def spell_out(page: Page) -> None:
    """Turn ids in a link into shown names, which is what the selectors keep in the address; a reload then keeps the view."""
    index, asked = data.task_index(), st.query_params.to_dict()
    names = {
        key: data.task_name(asked[key])
        for key in ("source", "target")
        if asked.get(key) in index or asked.get(key) in REFERENCE_ROWS
    }
    if "/" in asked.get("backbone", ""):
        names["backbone"] = data.backbone_name(asked["backbone"])
    if names and names != {key: asked[key] for key in names}:
        st.switch_page(page, query_params=asked | names)


def sidebar() -> None:
    """Draw the three selectors. Called by app.py before the page, so every page shares them."""
    st.session_state[_NOTES] = []
    with st.sidebar:
        if exposure.read_only():
            st.caption("Read-only", help=exposure.WHY_READ_ONLY)
        try:
            _selectors()
        except PtlibError as error:
            st.session_state["_context"] = None
            st.session_state[_NOTES].append(str(error))
        except Exception as error:
            st.session_state["_context"] = None
            st.session_state[_NOTES].append(
                "The results could not be read: a defect of the app, or files of another version. "
                f"Please report it with the number {frame.logged(error)}, under which the server's log tells more."
            )


def current() -> Context | None:
    """The context of this run; None when there is no result to look at."""
    return st.session_state.get("_context")


def notes() -> list[str]:
    """What went wrong with the link or the results, for the top of the page."""
    return st.session_state.get(_NOTES, [])


def choose(source: str, target: str) -> None:
    """Make a cell the current one. Call it in a callback only."""
    st.session_state["source"], st.session_state["target"] = source, target


def chart_click(key: str) -> None:
    """Callback of a map chart: write the clicked cell into the selectors."""
    event = st.session_state.get(key)
    found = event["selection"]["points"] if event else []
    if found and len(found[0].get("customdata") or ()) == 2:
        choose(*found[0]["customdata"])


def _selectors() -> None:
    st.session_state["_context"] = None
    fingerprint = data.catalogue().fingerprint()
    known = data.backbones(fingerprint)
    if not known:
        st.caption("No results yet. Open the Lab to start a run.")
        return
    backbone = _select(
        "Backbone", "backbone", known, known[0], data.backbone_name, "The frozen language model. Only prompts are tuned."
    )
    recipe = _recipe(fingerprint, backbone)
    matrix = data.matrix(fingerprint, backbone, recipe)
    if not matrix.targets:
        st.caption("This backbone has prompts but no transfer scores yet.")
        return
    first = striking_cell(matrix, data.families_of(matrix)) or (matrix.sources[0], matrix.targets[0])
    sources = [name for name in matrix.sources if name not in REFERENCE_ROWS]
    references = [name for name in matrix.sources if name in REFERENCE_ROWS]
    source = _select("Source prompt", "source", [*sources, *references], first[0], data.task_name, "Whose prompt is reused.")
    target = _select("Target task", "target", list(matrix.targets), first[1], data.task_name, "The task it is tried on.")
    st.session_state["_context"] = Context(fingerprint, backbone, recipe, matrix, source, target)


def _recipe(fingerprint: str, backbone: str) -> str | None:
    recipes = data.recipes(fingerprint, backbone)
    if len(recipes) < 2:
        return next(iter(recipes), None)
    return _select(
        "Tuning settings",
        "recipe",
        list(recipes),
        next(iter(recipes)),
        lambda r: _recipe_name(r, recipes[r]),
        "Only prompts tuned with the same settings share a map.",
    )


def _recipe_name(recipe: str, settings: object) -> str:
    return f"{settings.prompt_length} tokens, {settings.steps} steps ({recipe})"


def _select(label: str, key: str, options: Sequence[str], default: str, shown: Callable[[str], str], help: str) -> str:
    """A selector bound to the address; ids in links are understood, unknown values are reported and replaced."""
    by_name = {shown(option): option for option in options}
    seen = st.session_state.setdefault(_SEEN, {})
    raw = st.query_params.get(key)
    if raw is not None and seen.get(key) != raw:
        seen[key] = raw
        if raw in options:
            st.session_state[key] = raw
        elif raw not in by_name:
            st.session_state[_NOTES].append(f"{unknown(label.lower(), raw, options)} Showing {shown(default)} instead.")
            st.session_state[key] = default
    if raw not in by_name and st.session_state.get(key) not in options:
        st.session_state[key] = default
    with st.container(gap=None):
        st.caption(label, help=help)
        value = st.selectbox(
            label,
            options,
            index=None,
            key=key,
            format_func=shown,
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )
    return value or default
