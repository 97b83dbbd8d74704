"""The what-if context in the sidebar: backbone, source and target, held by widgets that are bound to the address.

Links may name a task by its shown name or by its id. A chart click calls `choose` in a callback.
"""

from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from pages.common import address, data, frame
from ptlib.base import exposure
from ptlib.base.errors import PtlibError
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.transfer.comparing.whose import ALL
from ptlib.transfer.matrix import Cell, TransferMatrix
from ptlib.transfer.patterns import striking_cell

_NOTES, _BOXES = "_context_notes", "_context_boxes"
_WITHOUT = ("models", "lab", "runs", "about")
"""Pages that do not show the selectors."""
WHOSE = "whose"
"""Parameter: whose results the map rests on; its control stands on the map's page."""
_HELP = {
    "backbone": "The frozen language model. Only prompts are tuned.",
    "recipe": "Only prompts tuned with the same settings share a map.",
    "source": "Whose prompt is reused.",
    "target": "The task it is tried on.",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What the reader is looking at."""

    fingerprint: str
    """Changes with the results, and with whose are looked at."""
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


def read() -> None:
    """Read the context off the address and the selectors. Called by app.py before the page, so every page shares it."""
    st.session_state[_NOTES], st.session_state[_BOXES] = [], []
    with st.sidebar:
        if exposure.read_only():
            st.caption("Read-only", help=exposure.WHY_READ_ONLY)
        try:
            _choices()
        except PtlibError as error:
            st.session_state["_context"] = None
            st.session_state[_NOTES].append(str(error))
        except Exception as error:
            st.session_state["_context"] = None
            st.session_state[_NOTES].append(
                "The results could not be read: a defect of the app, or files of another version. "
                f"Please report it with the number {frame.logged(error)}, under which the server's log tells more."
            )


def sidebar(page: Page) -> None:
    """Draw the selectors. Called by app.py after the page, whose title need not wait for them.

    Pages that ask for their own choices, or for none, do not show them, so that nothing on the screen contradicts the sidebar.
    """
    if page.url_path in _WITHOUT:
        return
    with st.sidebar:
        for label, key, *more in st.session_state[_BOXES]:
            address.select(label, key, *more, help=_HELP[key], problems=[])


def current() -> Context | None:
    """The context of this run; None when there is no result to look at."""
    return st.session_state.get("_context")


def notes() -> list[str]:
    """What went wrong with the link or the results, for the top of the page."""
    return st.session_state.get(_NOTES, [])


def choose(source: str, target: str) -> None:
    """Make a cell the current one. Call it in a callback only."""
    st.session_state["source"], st.session_state["target"] = source, target


def clicked(key: str) -> list[str]:
    """What the mark carries that was clicked in a chart (its `customdata`); empty when none was."""
    event = st.session_state.get(key)
    marks = event["selection"]["points"] if event else []
    return list(marks[0].get("customdata") or ()) if marks else []


def chart_click(key: str) -> None:
    """Callback of a map chart: write the clicked cell into the selectors."""
    if len(pair := clicked(key)) == 2:
        choose(*pair)


def take_click(name: str, key: str) -> None:
    """Callback of a chart: the clicked mark is the value of a widget."""
    for value in clicked(key):
        st.session_state[name] = value


def _pick(label: str, key: str, *more: Any, problems: list[str]) -> str:
    """What a selector holds; it is drawn later."""
    st.session_state[_BOXES].append((label, key, *more))
    return address.held(label, key, *more, problems=problems)


def _choices() -> None:
    st.session_state["_context"] = None
    fingerprint = data.catalogue().fingerprint()
    known = data.backbones(fingerprint)
    if not known:
        st.caption("No results yet. Open the Lab to start a run.")
        return
    told = st.session_state[_NOTES]
    named = {name: data.backbone_name(name) for name in known}
    backbone = _pick("Backbone", "backbone", named, problems=told)
    recipe = _recipe(fingerprint, backbone, told)
    whose = _whose(data.choices(fingerprint, backbone, recipe), told)
    matrix = data.matrix(fingerprint, backbone, recipe, whose)
    if not matrix.targets:
        st.caption("This backbone has prompts but no transfer scores yet.")
        return
    first = striking_cell(matrix, data.families_of(matrix)) or (matrix.sources[0], matrix.targets[0])
    sources = {name: data.task_name(name) for name in sorted(matrix.sources, key=lambda name: name in REFERENCE_ROWS)}
    targets = {name: data.task_name(name) for name in matrix.targets}
    source = _pick("Source prompt", "source", sources, first[0], problems=told)
    target = _pick("Target task", "target", targets, first[1], problems=told)
    st.session_state["_context"] = Context(f"{fingerprint}|{whose}", backbone, recipe, matrix, source, target)


def _whose(named: dict[str, str], told: list[str]) -> str:
    """Whose results count: as chosen on the map's page, as the link says, or what was shown before any run of one's own."""
    if not named and (wrong := address.strange("Whose numbers", WHOSE, named)):
        told.append(wrong)
    chosen, asked = st.session_state.get(WHOSE), st.query_params.get(WHOSE)
    if chosen in named:
        return str(chosen)
    return next((choice for choice, shown in named.items() if asked in (choice, shown)), next(iter(named), ALL))


def _recipe(fingerprint: str, backbone: str, told: list[str]) -> str | None:
    found = data.recipes(fingerprint, backbone)
    names = {recipe: f"{one.prompt_length} tokens, {one.steps} steps ({recipe})" for recipe, one in found.items()}
    if len(names) < 2:
        if wrong := address.strange("Tuning settings", "recipe", names):
            told.append(wrong)
        return next(iter(names), None)
    return _pick("Tuning settings", "recipe", names, problems=told)
