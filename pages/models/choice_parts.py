"""What is carried, to where, learned from what, and how: the page's controls, all in its address."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.common import address, data, words
from pages.models import plan_view, store_parts
from pages.models.plan_view import CLOSED, COLLECT, METHODS, STEPS, TASK, Wish
from ptlib.base.errors import BadInput
from ptlib.models.registry import all_backbones
from ptlib.projection.spec import DEFAULT, ProjectSpec

_LIMITS = {"24": "24", "100": "100", "all": "all"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose, and the projection it means."""

    fingerprint: str
    wish: Wish
    spec: ProjectSpec | None
    """None where the choice cannot be a projection at all."""
    problem: str
    """Why not."""
    common: tuple[str, ...]


def choose(fingerprint: str) -> Choice:
    """All controls."""
    left, right, third = st.columns(3)
    with left:
        source, target = _models(fingerprint, right)
    common = store_parts.common(fingerprint, source, target)
    with third:
        tasks = _tasks(fingerprint, source, target, common)
    method, step = _recipe()
    told, more = st.columns([8, 1.5])
    with more:
        steps, limit = _settings(method)
    wish = Wish(source, target, method, step, tasks, steps, limit)
    with told:
        _meaning(fingerprint, wish, common)
    try:
        return Choice(fingerprint, wish, plan_view.wanted(wish), "", common)
    except BadInput as error:
        return Choice(fingerprint, wish, None, str(error), common)


def _models(fingerprint: str, beside: DeltaGenerator) -> tuple[str, str]:
    """Source (a model that has prompts) and target (any model), the pair with most stored projections first."""
    known = data.backbones(fingerprint)
    pairs = store_parts.pairs(fingerprint)
    first = pairs[0] if pairs else (known[0], known[1] if len(known) > 1 else known[0])
    names = {name: data.backbone_name(name) for name in known}
    source = address.select("From model", "from", names, first[0], help="The model the prompts were tuned on.")
    others = {spec.id: spec.name for spec in all_backbones() if spec.id not in names}
    default = next((b for a, b in pairs if a == source), next((name for name in known if name != source), source))
    with beside:
        target = address.select(
            "To model", "to", names | others, default, help="The frozen model that reads the projected prompts."
        )
    return source, target


def _tasks(fingerprint: str, source: str, target: str, common: tuple[str, ...]) -> tuple[str, ...]:
    """The training tasks: a set that somebody fitted, a preset, or one by one."""
    families, names, order = _names(common)
    stored = store_parts.specs(fingerprint, source, target)
    sets = {"+".join(tasks): tasks for tasks in plan_view.task_sets(stored, common, families)} if common else {}
    shown = {key: plan_view.set_name(tasks, families, names, order) for key, tasks in sets.items()}
    key = address.select("Trained on", "on", {**shown, COLLECT: "Choose tasks …"}, help="The tasks a projector is fitted with.")
    if key != COLLECT:
        return sets[key]
    offered = {name: names[name] for name in common}
    one_by_one = address.several(
        "Training tasks", "tasks", offered, label_visibility="collapsed", placeholder="Choose training tasks"
    )
    return tuple(name for name in common if name in one_by_one)


def _names(common: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    index = data.task_index()
    families = {name: index[name].family for name in common}
    return families, {name: data.task_name(name) for name in common}, list(dict.fromkeys(families.values()))


def _recipe() -> tuple[str, str]:
    """Method, then what can be chosen within it; the steps of task tuning are the ladder from collapse to cure."""
    line = st.container(horizontal=True, vertical_alignment="bottom")
    with line:
        method = address.choice("How it is carried", "method", METHODS)
    key = {TASK: "step", CLOSED: "map"}.get(method, "form")
    label = {TASK: "Step by step from the paper's form to the default", CLOSED: "Map"}.get(method, "Form")
    with line:
        return method, address.choice(label, key, STEPS[method], DEFAULT if method == TASK else None)


def _settings(method: str) -> tuple[int | None, int | None]:
    """Optimiser steps and examples a target, for one's own runs."""
    with st.popover("Settings", icon=":material/tune:"):
        limit = address.choice(
            "Examples a target",
            "examples",
            _LIMITS,
            help="What is measured on; the demo's projections used 24 a target and seed.",
        )
        steps = None
        if method != CLOSED:
            steps = st.number_input(
                "Optimiser steps", min_value=1, max_value=20_000, value=None, step=20, key="steps", bind="query-params",
                placeholder="as the recipe says", help="Empty: 120 for one training task, 300 for several.",
            )  # fmt: skip
    return (None if steps is None else int(steps)), (None if limit == "all" else int(limit))


def _meaning(fingerprint: str, wish: Wish, common: tuple[str, ...]) -> None:
    """What the step and the training tasks do and why a projector is needed, below the controls."""
    families, names, _ = _names(common)
    sides = [(data.backbone_name(name), *_shape(fingerprint, name)) for name in (wish.source, wish.target)]
    told = [plan_view.MEANINGS[wish.step]]
    if wish.method != CLOSED or wish.step == "vocabulary":
        told.append(plan_view.set_meaning(wish.tasks, common, families, names))
    if wish.source != wish.target:
        told.append(plan_view.shapes(sides[0], sides[1]))
    st.caption(words.literal(" ".join(told)))


def _shape(fingerprint: str, backbone: str) -> tuple[int, int]:
    """Soft tokens and width of a model's prompts; 0 = not known."""
    spec = data.backbone(backbone)
    recipes = data.recipes(fingerprint, backbone) if backbone in data.backbones(fingerprint) else {}
    return next((one.prompt_length for one in recipes.values()), 0), spec.width if spec else 0
