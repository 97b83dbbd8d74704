"""Lab: tune a task from several starts side by side, projected prompts among them."""

import streamlit as st

from pages.common import data, parts, words
from pages.common.plans import Plan
from pages.lab import cost_parts
from ptlib.base.errors import BadInput
from ptlib.models.spec import BackboneSpec
from ptlib.projection import stored as projections
from ptlib.projection.material import prompt_keys
from ptlib.projection.spec import carried_name, title
from ptlib.prompts.spec import TuneSettings
from ptlib.results.artefacts import PROJECTOR
from ptlib.results.catalogue import Catalogue
from ptlib.transfer.starting.spec import StartSpec


def section(spec: BackboneSpec | None, plan: Plan, settings: TuneSettings | None) -> None:
    """A closed drawer; backbone, tasks, seeds and settings are those chosen above it."""
    box = parts.drawer("Where tuning begins: other prompts, projected ones too", ":material/start:", "starts_open")
    if box is not None:
        with box:
            st.markdown("One task, tuned from an untrained prompt and from each start you choose: what is saved, what is lost?")
            cost_parts.beside(spec, plan, settings, _choices, label="Tune from all of them", key="launch_starts")


def _choices(spec: BackboneSpec, plan: Plan, settings: TuneSettings) -> StartSpec | None:
    a, b = st.columns([1, 2])
    task = a.selectbox("Task to tune", plan.targets, format_func=data.task_name, key="starts_task")
    found = _starts(data.catalogue().fingerprint(), spec.id)
    seeds = sorted({seed for seed, _ in found})
    if not seeds:
        st.markdown(f"There are no prompts of {spec.name} yet and no projector into it, so there is nothing to start from.")
        return None
    seed = a.selectbox("Seed of prompts and tuning", seeds, key="starts_seed")
    names = {name: label for (one, name), label in found.items() if one == seed}
    chosen = b.multiselect("Starts", list(names), format_func=lambda name: names.get(name, name), key=f"starts|{spec.id}|{seed}")
    try:
        return StartSpec(spec.id, task, seed, settings, tuple(chosen))
    except BadInput as error:
        st.caption("Choose at least one start." if not chosen else f":red[{words.literal(str(error))}]")
        return None


@st.cache_data(max_entries=8, show_spinner=False)
def _starts(fingerprint: str, backbone: str) -> dict[tuple[int, str], str]:
    """(seed, name) -> words: the model's own prompts, and those that a stored projector brings from another model.

    A projector is offered for the seed alone that it never saw.
    """
    catalogue, found = data.catalogue(), {}
    for (task, seed), name in _prompts(catalogue, backbone).items():
        found[seed, name] = f"{data.task_name(task)}, prompt of this model"
    for spec in projections.listing(catalogue, target=backbone):
        theirs = _prompts(catalogue, spec.source)
        for held_out in projections.folds(spec, catalogue, PROJECTOR):
            for (task, seed), name in theirs.items():
                if seed == held_out:
                    found[seed, carried_name(spec, held_out, name)] = f"{data.task_name(task)}, projected: {title(spec)}"
    return found


def _prompts(catalogue: Catalogue, backbone: str) -> dict[tuple[str, int], str]:
    return prompt_keys(catalogue, backbone) if backbone in catalogue.backbones() else {}
