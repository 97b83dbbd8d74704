"""The space of prompts: a stored picture, its neighbours, how far to trust it, and a new fit. Parts of the Prompts page."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from pages.common import address, analyses, context, launching, parts, words
from pages.common.analyses import PromptSet
from pages.prompts import space_charts, space_view
from ptlib.analysis.specs import METRICS, ClusterSpec
from ptlib.analysis.stored import Clusters
from ptlib.base.errors import BadInput

_DIMENSIONS = {"2": "2-D", "3": "3-D"}
_METRICS = {"cosine": "Cosine", "euclidean": "Euclidean"}
CHOSEN, SELECTED = "prompt", "_space_selected"


def section(fingerprint: str, sets: list[PromptSet], recipe: str | None) -> None:
    """Controls, picture and lists, or the way to a picture that is not there yet."""
    chosen = _set(sets)
    if len(chosen.prompts) < 2:
        _too_few(chosen)
        return
    method, dimensions, on, by = _controls(chosen)
    found = analyses.fitting(fingerprint, chosen, method, dimensions, on)
    launching.watch()
    if not found:
        _not_fitted(chosen, method, dimensions, on)
        _other_fit(chosen, method, dimensions, on)
        return
    spec = _one_of(found)
    stored = analyses.picture(fingerprint, spec.id)
    if stored is None:
        st.warning("This picture is damaged and was left out. Fit it again.", icon=":material/report:")
        _not_fitted(chosen, method, dimensions, on)
        return
    points = analyses.points(fingerprint, spec.id, chosen.backbone, recipe)
    st.markdown(space_view.reading(stored.statistics))
    _picture(stored, points, by)
    _trust(stored)
    _stale(chosen, spec)
    _other_fit(chosen, method, dimensions, on)


def _set(sets: list[PromptSet]) -> PromptSet:
    if len(sets) == 1:
        return sets[0]
    key = address.choice("Prompts", "set", {one.key: one.name for one in sets})
    return next(one for one in sets if one.key == key)


def _too_few(chosen: PromptSet) -> None:
    parts.to_the_lab(
        f"{chosen.name}: {words.counted(len(chosen.prompts), 'prompt')}. One prompt has no neighbours. Tune a second one, and "
        "its place relative to this one can be shown."
    )


def _controls(chosen: PromptSet) -> tuple[str, int, str, str]:
    few = f" With {len(chosen.prompts)} prompts, PCA is what can be trusted." if len(chosen.prompts) < 30 else ""
    bent = (
        "PCA is a plain projection. t-SNE and UMAP bend the space to keep neighbours together: the size of a cluster and the "
        f"distance between clusters mean nothing there.{few}"
    )
    stands = "What stands for a prompt: the mean of its soft tokens, all of them in order, or the neurons it activates."
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method = address.choice("Picture", "method", space_view.METHODS, help=bent)
        dimensions = address.choice("Axes", "axes", _DIMENSIONS)
        on = address.choice("Of", "of", space_view.ON, help=stands)
        by = address.choice("Colour and shape", "colour", space_view.COLOUR_BY)
    return method, int(dimensions), on, by


def _one_of(found: list[ClusterSpec]) -> ClusterSpec:
    """Several fits differ in seed, metric, neighbours or prompts: let the reader choose."""
    if len(found) == 1:
        return found[0]
    names = {spec.id: _spec_words(spec) for spec in found}
    key = address.select("Fit", "fit", names, help="Fits with other parameters or more prompts.")
    return next(spec for spec in found if spec.id == key)


def _spec_words(spec: ClusterSpec) -> str:
    extra = ", with the ways there" if spec.trails else ""
    size = f", {spec.neighbours} neighbours" if spec.method != "pca" else ""
    return f"{len(spec.prompts)} prompts, {_METRICS[spec.metric].lower()}{size}, seed {spec.seed}{extra} ({spec.id})"


def _not_fitted(chosen: PromptSet, method: str, dimensions: int, on: str) -> None:
    name = f"{space_view.METHODS[method]} in {dimensions}-D on {space_view.ON[on].lower()}"
    with st.container(border=True):
        st.markdown(f"**{name}** of these {len(chosen.prompts)} prompts has not been fitted yet.")
        st.caption(
            "It is computed by the worker and stored; the page never waits for it."
            + (" The first UMAP fit compiles for about 10 s." if method == "umap" else "")
        )
        launching.button(_spec(chosen, method, dimensions, on), "Fit it", "fit_it")


def _spec(chosen: PromptSet, method: str, dimensions: int, on: str, **more: Any) -> ClusterSpec | None:
    try:
        return ClusterSpec(chosen.backbone, chosen.prompts, method, dimensions, on, **more)
    except BadInput as error:
        st.caption(f":red[{words.literal(str(error))}]")
        return None


def _stale(chosen: PromptSet, spec: ClusterSpec) -> None:
    new = [name for name in chosen.prompts if name not in spec.prompts]
    if new:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(f"{words.counted(len(new), 'prompt')} tuned since are not in this picture.", icon=":material/update:")
            launching.button(_spec(chosen, spec.method, spec.dimensions, spec.on), "Fit again", "fit_again", primary=False)


def _other_fit(chosen: PromptSet, method: str, dimensions: int, on: str) -> None:
    box = parts.drawer("New fit with other parameters", ":material/tune:", "fit_open")
    if box is None:
        return
    with box:
        a, b, c, d = st.columns(4, vertical_alignment="bottom")
        metric = a.selectbox("Metric", list(METRICS), format_func=_METRICS.__getitem__, key="fit_metric")
        seed = b.number_input("Seed", 0, 10_000, 1, key="fit_seed", disabled=method == "pca")
        near = c.number_input("Neighbours", 2, 200, 15, key="fit_near", disabled=method == "pca")
        trails = d.checkbox("Show the way of each prompt", key="fit_trails", help="Where it was while it was tuned.")
        spec = _spec(chosen, method, dimensions, on, metric=metric, seed=int(seed), neighbours=int(near), trails=trails)
        launching.button(spec, "Fit", "fit_new")


def _event(key: str) -> None:
    """Callback of the picture: one point chooses a prompt, several filter the list."""
    found = st.session_state[key]["selection"]["points"]
    names = list(dict.fromkeys(point["customdata"][0] for point in found if point.get("customdata")))
    if len(names) == 1:
        st.session_state[CHOSEN] = names[0]
    elif names:
        st.session_state[SELECTED] = names


def _picture(stored: Clusters, points: pd.DataFrame, by: str) -> None:
    ends = points[~points.earlier]
    prompts = list(ends["prompt"])
    selected = [name for name in st.session_state.get(SELECTED, ()) if name in prompts]
    left, right = st.columns([7, 5], gap="large")
    with right:
        chosen = _chosen(ends)
        _neighbours(stored, points, chosen)
    with left:
        figure = space_charts.space_figure(
            points, parts.colours(), by, chosen=chosen, selected=selected, explained=stored.explained, method=stored.method
        )
        parts.chart(
            figure,
            "space",
            f"{space_view.METHODS[stored.method]} of {len(ends)} prompts. {space_view.reading(stored.statistics)}",
            ends.drop(columns=["earlier"]),
            on_click=_event if "z" not in points else None,
            lasso="z" not in points,
            file=f"prompts {stored.method}",
            caption=_caption(stored, solid="z" in points),
        )
        for note in filter(None, (stored.reason, stored.caution)):
            st.warning(note, icon=":material/rule:")
    _listed(ends, selected)


def _caption(stored: Clusters, solid: bool) -> str:
    spec, told = stored.spec, ", ".join(f"{name} {value}" for name, value in stored.parameters.items())
    how = f"{space_view.METHODS[stored.method]} on {space_view.ON[spec.on].lower()}, {spec.metric}{', ' + told if told else ''}."
    meaning = "" if stored.method == "pca" else " Cluster sizes and the distances between clusters have no meaning."
    hand = "Turn it with the mouse; choose a prompt beside." if solid else "Click a point, or draw around several."
    hollow = " Hollow: where a prompt started; small dots: where it was on its way." if spec.trails else ""
    return f"{how}{meaning} {hand}{hollow} `{stored.id}`"


def _chosen(ends: pd.DataFrame) -> str:
    """The prompt whose neighbours are listed; part of the address by its shown name."""
    names = dict(zip(ends["prompt"], ends.label, strict=True))
    twice = ends.label.duplicated(keep=False)
    names |= {row.prompt: f"{row.label} ({row.prompt[:8]})" for row in ends[twice].itertuples()}
    now = context.current()
    own = ends[ends.task == now.source]["prompt"] if now is not None else []
    return address.select("Nearest to", CHOSEN, names, next(iter(own), None))


def _neighbours(stored: Clusters, points: pd.DataFrame, chosen: str) -> None:
    names = points.drop_duplicates("prompt").set_index("prompt")
    found = space_view.neighbours(points, stored.neighbours, chosen)
    if found.empty:
        st.markdown("No neighbours are stored for this prompt.")
        return
    table = pd.DataFrame(
        {
            "rank": found["rank"],
            "neighbour": [names.label.get(name, name) for name in found.neighbour],
            "distance": found.distance,
            "picture": [f"{row.picture}., misplaced" if row.misplaced else f"{row.picture}." for row in found.itertuples()],
        }
    )
    tasks = [names.task.get(name, "") for name in found.neighbour]
    columns = {
        "rank": None,
        "neighbour": st.column_config.TextColumn("Nearest prompts", width=170),
        "distance": st.column_config.NumberColumn("Distance", format="%.3f", width=75, help=_distance_words(stored.spec)),
        "picture": st.column_config.TextColumn("In the picture", width=105, help="Its place by distance in the picture."),
    }
    alt, height = f"Nearest prompts of {names.label[chosen]} in the original space", 36 * (len(table) + 1)
    hear = partial(_open_pair, tasks, str(names.task[chosen]))
    parts.table(table, alt, "neighbours", hear, height=height, column_config=columns)
    only = [str(names.label.get(name, name)) for name in space_view.only_in_picture(points, stored.neighbours, chosen)]
    wrong = space_view.misplaced_reading(table.assign(misplaced=list(found.misplaced)), only)
    st.caption(
        f"In the original space, not in the picture. {wrong} Choose a row to open the pair: the neighbour's prompt on this task."
    )


def _distance_words(spec: ClusterSpec) -> str:
    return "1 − cosine: 0 = same direction, 1 = unrelated." if spec.metric == "cosine" else "Euclidean distance."


def _open_pair(tasks: list[str], target: str, place: int) -> None:
    """Callback: the neighbour's prompt on the chosen prompt's task."""
    now = context.current()
    if now is not None and tasks[place] in now.matrix.sources and target in now.matrix.targets:
        parts.open_pair(tasks[place], target)


def _listed(ends: pd.DataFrame, selected: list[str]) -> None:
    """The prompts of the picture, or only those inside the lasso."""
    rows = ends[ends["prompt"].isin(selected)] if selected else ends
    with st.container(horizontal=True, vertical_alignment="center"):
        inside = f"{words.counted(len(rows), 'prompt')} inside the selection" if selected else f"All {len(ends)} prompts"
        st.markdown(f"**{inside}**")
        if selected:
            st.button("Show all", key="show_all", icon=":material/close:", on_click=lambda: st.session_state.pop(SELECTED, None))
    table = pd.DataFrame({"Prompt": rows.label, "Family": rows.family.map(words.family), "Score": rows.score * 100})
    table = table.assign(From=rows["set"], Id=rows["prompt"])
    columns = {"Score": st.column_config.NumberColumn("Own score", format="%.1f %%", help="On its own task.")}
    alt = f"{inside}: what they were tuned on and how they score"
    parts.table(table, alt, "listed", partial(_choose, list(rows["prompt"])), height=240, column_config=columns)


def _choose(prompts: list[str], place: int) -> None:
    st.session_state[CHOSEN] = prompts[place]


def _trust(stored: Clusters) -> None:
    st.subheader("How far to trust this picture", anchor=False)
    rows = space_view.trust_rows(stored.statistics, stored.stability)
    if not rows:
        st.markdown(str(stored.stability.get("reason") or "Too few prompts for a test."))
        return
    disparity = stored.stability.get("disparity")
    apart = f" Mean Procrustes disparity of other seeds' fits: {words.number(disparity)} (0 = same)." if disparity else ""
    parts.chart(
        space_charts.trust_figure(rows, parts.colours()),
        "trust",
        space_view.trust_reading(rows),
        pd.DataFrame(rows),
        caption="Silhouette and purity are of the original space, not of the picture; families are shuffled over tasks. "
        f"Ticks: chance.{apart} {stored.stability.get('reason') or ''}",
    )
