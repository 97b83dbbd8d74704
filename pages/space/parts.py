"""The space of prompts: one line of controls, the picture, what was chosen in it beside it, and how far to trust it."""

import pandas as pd
import streamlit as st

from pages.common import analyses, frame, parts, words
from pages.common.analyses import PromptSet
from pages.space import charts, choice_parts, panel_parts, play_charts, select_parts, trust_parts, view
from pages.space.charts import Look
from pages.space.choice_parts import Wish
from ptlib.analysis.stored import Clusters

SIZES = {"phone": (360, 590), "narrow": (700, 540), "laptop": (720, 700), "large": (1080, 756)}
"""Size of the window -> width (about) and height of the picture in pixels: 70 % of the usual one."""


def section(fingerprint: str, sets: list[PromptSet], recipe: str | None) -> dict[str, str]:
    """Controls, picture and lists, or the way to a picture that is not there yet; returns what a link must say."""
    wish = choice_parts.controls(fingerprint, sets, recipe)
    stored = analyses.picture(fingerprint, wish.spec.id) if wish.spec is not None else None
    if len(wish.chosen.prompts) < 2:
        _too_few(wish.chosen)
    elif wish.spec is None:
        choice_parts.not_fitted(wish)
        choice_parts.other_fit(wish)
    elif stored is None:
        st.warning("This picture is damaged and was left out. Fit it again.", icon=":material/report:")
        choice_parts.not_fitted(wish)
    else:
        _shown(fingerprint, wish, stored, analyses.points(fingerprint, stored.id, wish.chosen.backbone, recipe))
        return {"method": wish.method, "fit": stored.id}
    return {}


def _shown(fingerprint: str, wish: Wish, stored: Clusters, points: pd.DataFrame) -> None:
    twins = panel_parts.same(fingerprint, stored.id)
    shown = view.without(points.assign(same=[twins.get(name, "") for name in points["prompt"]]), wish.hidden)
    if shown.empty:
        st.info("Everything is hidden. Take a name out of *Hide* below *More*.", icon=":material/visibility_off:")
        return
    _picture(fingerprint, wish, stored, shown)
    trust_parts.section(stored)
    choice_parts.stale(wish)
    choice_parts.other_fit(wish)


def _too_few(chosen: PromptSet) -> None:
    parts.to_the_lab(
        f"{chosen.name}: {words.counted(len(chosen.prompts), 'prompt')}. One prompt has no neighbours. Tune a second one, and "
        "its place relative to this one can be shown."
    )


def _picture(fingerprint: str, wish: Wish, stored: Clusters, points: pd.DataFrame) -> None:
    ends = points[~points.earlier]
    selected, found = select_parts.selected(list(ends["prompt"])), view.matching(ends, wish.find) if wish.find else []
    if frame.screen() in ("laptop", "large"):
        left, right = st.columns([72, 28], gap="small")
    else:
        left, right = st.container(), st.container()
    with right:
        select_parts.found(wish.find, found)
        if selected:
            select_parts.panel(ends, selected)
        chosen = panel_parts.chosen(ends)
        panel_parts.neighbours(fingerprint, stored, points, chosen, short=bool(selected))
    with left:
        lit = found if wish.find else selected or None
        if wish.tokens:
            _tokens(fingerprint, wish, ends, lit)
        else:
            _space(wish, stored, points, chosen, lit)
    select_parts.listed(ends, selected)


def _space(wish: Wish, stored: Clusters, points: pd.DataFrame, chosen: str, lit: list[str] | None) -> None:
    solid, ends, size = "z" in points, points[~points.earlier], frame.screen()
    ways = wish.look == "way" and points.earlier.any()
    look = Look(wish.by, bool(ways), stored.method, stored.explained, SIZES[size], drag=choice_parts.drag())
    shown = points if wish.step is None or not ways else play_charts.at_step(points, wish.step)
    figure = charts.space_figure(shown, parts.colours(), look, chosen=chosen, lit=lit)
    if ways:
        play_charts.add(figure, points, parts.colours(), wish.step)
    parts.chart(
        figure,
        "space",
        f"{view.METHODS[stored.method]} of {len(ends)} prompts. {view.reading(stored.statistics)}",
        shown if ways else ends.drop(columns=["earlier"]),
        on_click=select_parts.event if not solid else None,
        lasso=not solid,
        file=f"prompts {stored.method}",
        caption=_caption(stored, points, bool(ways)),
    )
    if wish.look == "way" and not ways:
        st.info("This picture was fitted without the ways. Choose UMAP or PCA, or fit it with them.", icon=":material/route:")
        choice_parts.fit_with_ways(wish)
    for note in filter(None, (stored.reason, stored.caution)):
        st.warning(note, icon=":material/rule:")


def _tokens(fingerprint: str, wish: Wish, ends: pd.DataFrame, lit: list[str] | None) -> None:
    """Every soft token as a point, by a PCA of their own."""
    table, explained = panel_parts.tokens(fingerprint, tuple(ends["prompt"]))
    rows = table.merge(ends.drop(columns=["x", "y", "z"], errors="ignore"), on="prompt")
    look = Look(wish.by, False, "pca", explained, SIZES[frame.screen()], drag=choice_parts.drag())
    counted = words.counted(len(rows), "soft token")
    parts.chart(
        charts.token_figure(rows, parts.colours(), look, lit),
        "space_tokens",
        f"PCA of {counted} of {len(ends)} prompts",
        rows.drop(columns=["earlier"]),
        on_click=select_parts.event,
        lasso=True,
        file="soft tokens",
        caption=f"PCA of {counted}, each scaled to length 1, drawn to scale. A click chooses the prompt of a token.",
    )


def _caption(stored: Clusters, points: pd.DataFrame, ways: bool) -> str:
    apart = view.drawn_silhouette(points[~points.earlier])
    plane = f" In the picture itself their silhouette is {words.number(apart)}." if apart is not None else ""
    hand = (
        "Turn it with the mouse; choose prompts in the list."
        if "z" in points
        else "Click a point, or switch on Lasso and draw around several."
    )
    hollow = " Hollow: where a prompt started; small dots: on its way." if ways else ""
    return f"{view.reading(stored.statistics)}{plane} {hand}{hollow}"
