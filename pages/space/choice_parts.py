"""What is drawn of the space of prompts: two presets, the method, a search, and a drawer with everything else."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.common import address, analyses, frame, launching, parts, words
from pages.common.analyses import PromptSet
from pages.space import view
from ptlib.analysis.specs import METRICS, ClusterSpec
from ptlib.base.errors import BadInput

_DIMENSIONS = {"2": "2-D", "3": "3-D"}
_METRICS = {"cosine": "Cosine", "euclidean": "Euclidean"}
FIT, HIDE, FIND, LASSO = "fit", "hide", "find", "lasso"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader wants to see."""

    chosen: PromptSet
    look: str
    method: str
    dimensions: int
    on: str
    by: str
    tokens: bool
    find: str
    hidden: tuple[str, ...]
    spec: ClusterSpec | None
    """The stored picture; None when there is none."""
    step: int | None = None
    """Tuning step at which prompts are shown; None = their ends."""


def controls(fingerprint: str, sets: list[PromptSet], recipe: str | None) -> Wish:
    """One line: presets, method, drawer, search. What a link got wrong of the drawer's choices stands below, not in it."""
    wrong: list[str] = []
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        look = address.choice("Look", "look", view.LOOKS, bare=True)
        line = st.container(width="content")
        drawer = st.popover("More", icon=":material/tune:", help="What is drawn, of which prompts, in which colours.")
        find = st.text_input(
            "Find",
            key=FIND,
            bind="query-params",
            placeholder="Find a task or family",
            label_visibility="collapsed",
            icon=":material/search:",
            width=190,
        )
        lasso()
    with drawer:
        chosen = _set(sets, wrong)
        dimensions = int(address.choice("Axes", "axes", _DIMENSIONS, problems=wrong))
        stands = "The mean of its soft tokens, all of them in order, or the neurons it activates."
        on = address.choice("What stands for a prompt", "of", view.ON, help=stands, problems=wrong)
        by = address.choice("Colour and shape", "colour", view.COLOUR_BY, old=view.OLD_COLOURS, problems=wrong)
    listed = {name: spec for name, spec, _, _ in analyses.pictures(fingerprint, chosen.backbone)}
    stored = {spec.method for spec in listed.values() if _same(spec, dimensions, on)}
    with line:
        first = "umap" if "umap" in stored else "pca"
        method = address.choice("Picture", "method", view.METHODS, first, bare=True)
    with drawer:
        found = analyses.fitting(fingerprint, chosen, method, dimensions, on)
        if len(found) < 2:  # else the select box says it
            wrong += filter(None, [address.strange("Stored picture", FIT, dict.fromkeys(listed, ""))])
        spec = _one_of(_best_first(found, chosen, ways=method == "umap" or look == "way"), wrong)
        hidden = _hidden(fingerprint, chosen, spec, recipe, wrong)
        told = "Each soft token of the prompts as a point of its own, by PCA."
        tokens = st.toggle("Single soft tokens", key="single", bind="query-params", help=told)
        step = _step(fingerprint, spec, wrong) if look == "way" else None
    address.say(wrong)
    return Wish(chosen, look, method, dimensions, on, by, tokens, (find or "").strip(), hidden, spec, step)


def lasso() -> None:
    """A switch: does dragging draw around points, or move the picture."""
    told = "Drag in the picture to draw around prompts. While it is on, a click chooses none."
    st.toggle("Lasso", key=LASSO, bind="query-params", help=told)


def drag() -> str:
    """What dragging in a picture does, of `charts.Look`."""
    if st.session_state.get(LASSO):
        return "lasso"
    return "" if frame.screen() == "phone" else "pan"


def _same(spec: ClusterSpec, dimensions: int, on: str) -> bool:
    return (spec.dimensions, spec.on) == (dimensions, on)


def _set(sets: list[PromptSet], wrong: list[str]) -> PromptSet:
    if len(sets) == 1:
        return sets[0]
    key = address.choice("Prompts", "set", {one.key: one.name for one in sets}, problems=wrong)
    return next(one for one in sets if one.key == key)


def _best_first(found: list[ClusterSpec], chosen: PromptSet, *, ways: bool) -> list[ClusterSpec]:
    """Most prompts first; UMAP has more to show when fitted with the ways, and "how they got there" needs them."""
    most = max((len(set(chosen.prompts) & set(spec.prompts)) for spec in found), default=0)
    return sorted(found, key=lambda spec: (len(set(chosen.prompts) & set(spec.prompts)) < most, spec.trails != ways))


def _one_of(found: list[ClusterSpec], wrong: list[str]) -> ClusterSpec | None:
    """Several fits differ in seed, metric, neighbours or prompts: let the reader choose."""
    if len(found) < 2:
        return next(iter(found), None)
    told = {spec.id: _spec_words(spec) for spec in found}
    twice = [name for name in told.values() if list(told.values()).count(name) > 1]
    names = {key: f"{name} ({key})" if name in twice else name for key, name in told.items()}
    key = address.select("Stored picture", FIT, names, help="Pictures with other parameters, or of more prompts.", problems=wrong)
    return next(spec for spec in found if spec.id == key)


def _spec_words(spec: ClusterSpec) -> str:
    extra = ", with the ways there" if spec.trails else ", ends only"
    size = f", {spec.neighbours} neighbours" if spec.method != "pca" else ""
    return f"{len(spec.prompts)} prompts{extra}, {_METRICS[spec.metric].lower()}{size}, seed {spec.seed}"


def _step(fingerprint: str, spec: ClusterSpec | None, wrong: list[str]) -> int | None:
    """The step that the play button goes through, without a mouse and in the address; None = the end."""
    stored = analyses.picture(fingerprint, spec.id) if spec is not None else None
    if stored is None or not stored.points.earlier.any():
        return None
    counts = stored.points[stored.points.earlier].step.value_counts()
    kept = sorted(int(step) for step in counts[counts >= counts.max() / 2].index)
    named = {"end": "their ends"} | {str(step): f"step {step}" for step in kept}
    chosen = address.select("Show prompts at", "step", named, problems=wrong)
    return None if chosen == "end" else int(chosen)


def _hidden(
    fingerprint: str, chosen: PromptSet, spec: ClusterSpec | None, recipe: str | None, wrong: list[str]
) -> tuple[str, ...]:
    """Families and tasks that the reader hides."""
    if spec is None or analyses.picture(fingerprint, spec.id) is None:
        return ()
    names = view.hideable(analyses.points(fingerprint, spec.id, chosen.backbone, recipe))
    return tuple(address.several("Hide", HIDE, names, problems=wrong, placeholder="Tasks or families"))


def not_fitted(wish: Wish) -> None:
    """Say so, and offer to fit it."""
    name = f"{view.METHODS[wish.method]} in {wish.dimensions}-D on {view.ON[wish.on].lower()}"
    with st.container(border=True):
        st.markdown(f"**{name}** of these {len(wish.chosen.prompts)} prompts has not been fitted yet.")
        st.caption(
            "It is computed by the worker and stored; the page never waits for it."
            + (" The first UMAP fit compiles for about 10 s." if wish.method == "umap" else "")
        )
        launching.button(_spec(wish, trails=_has_ways(wish)), "Fit it", "fit_it")
        launching.watch()


def fit_with_ways(wish: Wish) -> None:
    """A button that fits the same with every checkpoint."""
    launching.button(_spec(wish, trails=True), "Fit it with the ways", "fit_ways")


def _has_ways(wish: Wish) -> bool:
    return wish.chosen.key == analyses.TUNED and (wish.method == "umap" or wish.look == "way")


def _spec(wish: Wish, **more: Any) -> ClusterSpec | None:
    try:
        return ClusterSpec(wish.chosen.backbone, wish.chosen.prompts, wish.method, wish.dimensions, wish.on, **more)
    except BadInput as error:
        st.caption(f":red[{words.literal(str(error))}]")
        return None


def stale(wish: Wish) -> None:
    """Say which prompts are newer than the picture."""
    new = [name for name in wish.chosen.prompts if wish.spec is not None and name not in wish.spec.prompts]
    if new and wish.spec is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(f"{words.counted(len(new), 'prompt')} tuned since are not in this picture.", icon=":material/update:")
            launching.button(_spec(wish, trails=wish.spec.trails), "Fit again", "fit_again", primary=False)


def other_fit(wish: Wish) -> None:
    """A drawer for a fit with other parameters; what became of it stands below the button."""
    box = parts.drawer("New fit with other parameters", ":material/tune:", "fit_open")
    if box is not None:
        with box:
            a, b, c, d = st.columns(4, vertical_alignment="bottom")
            metric = a.selectbox("Metric", list(METRICS), format_func=_METRICS.__getitem__, key="fit_metric")
            seed = b.number_input("Seed", 0, 10_000, 1, key="fit_seed", disabled=wish.method == "pca")
            near = c.number_input("Neighbours", 2, 200, 15, key="fit_near", disabled=wish.method == "pca")
            trails = d.checkbox("With the ways there", key="fit_trails", help="Where each prompt was while it was tuned.")
            spec = _spec(wish, metric=metric, seed=int(seed), neighbours=int(near), trails=trails)
            launching.button(spec, "Fit", "fit_new")
    if wish.spec is not None:
        launching.watch()
