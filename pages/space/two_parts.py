"""Two spaces with one selection, side by side or in one picture: of two backbones, or of one's own and published prompts."""

from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from pages.common import address, data, frame, parts, words
from pages.common.analyses import PromptSet
from pages.space import charts, choice_parts, set_parts, two_charts, two_view, view
from pages.space.charts import Look
from ptlib.analysis.spaces import comparing, together
from ptlib.analysis.spaces.together import RELATIVE, VALUES, Space, Together
from ptlib.base.errors import PtlibError

TASKS = "tasks"
"""Parameter: the selected tasks, joined by dots."""
_HEIGHTS = {"phone": 380, "narrow": 460, "laptop": 520, "large": 520}


def section(fingerprint: str) -> dict[str, str]:
    """Choose the spaces, see them with one selection, and how far they agree; returns what a link must say."""
    sets = set_parts.every(fingerprint)
    if len(sets) < 2:
        parts.to_the_lab("There is one set of prompts. Tune prompts of another backbone, or import some, to see two spaces.")
        return {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        way = address.choice("Two spaces", "way", two_view.WAYS, bare=True)
        shown = {key: one.name for key, one in sets.items()}
        with st.container(width=300):
            first = address.select("First space", "first", shown)
        rest = {key: name for key, name in shown.items() if key != first}
        with st.container(width=300):
            second = address.select("Second space", "second", rest)
    pair = (sets[first], sets[second])
    try:
        tables = [set_parts.rows(fingerprint, one) for one in pair]
        if way == "beside":
            _beside(fingerprint, pair, tables)
        else:
            _one(fingerprint, pair, tables)
    except PtlibError as error:
        st.warning(words.literal(str(error)), icon=":material/report:")
    return {"way": way, "first": first, "second": second}


def _lit() -> list[str]:
    return [task for task in st.query_params.get(TASKS, "").split(".") if task]


def _light(tasks: list[str]) -> None:
    if tasks:
        st.query_params[TASKS] = ".".join(tasks)
    else:
        st.query_params.pop(TASKS, None)


def _event(of: dict[str, str], key: str) -> None:
    """Callback of a picture: the tasks of the chosen prompts, or of a bar, are the selection."""
    event = st.session_state[key]["selection"]["points"]
    marks = [point["customdata"][0] for point in event if point.get("customdata")]
    if marks:
        _light(list(dict.fromkeys(of.get(mark, mark) for mark in marks)))


def _selection() -> None:
    """What is selected, and the way out of it."""
    lit = _lit()
    tall: Literal["content"] | int = "content" if frame.screen() == "phone" else 44  # nothing moves when something is selected
    with st.container(horizontal=True, vertical_alignment="center", border=False, height=tall):
        if lit:
            st.markdown(f"Lit in both: **{words.listing(map(data.task_name, lit))}**")
            st.button("Show all", key="two_all", icon=":material/close:", type="tertiary", on_click=_light, args=([],))
        else:
            st.caption("Click a point, or switch on Lasso and draw around several: their tasks light up.", width="content")
        choice_parts.lasso()


def _beside(fingerprint: str, pair: tuple[PromptSet, PromptSet], tables: list[pd.DataFrame]) -> None:
    _selection()
    wide = frame.screen() in ("laptop", "large")
    sides = st.columns(2, gap="small") if wide else (st.container(), st.container())
    drawn = set_parts.pictures(fingerprint, pair, tables)
    for side, key, one, table, picture in zip(sides, ("space_first", "space_second"), pair, tables, drawn, strict=True):
        with side:
            _picture(key, one, picture, len(table))
    spaces = [set_parts.space(fingerprint, one, table) for one, table in zip(pair, tables, strict=True)]
    found = _agreement(spaces)
    told = two_view.reading(found, pair[0].name, pair[1].name, data.task_name)
    st.markdown(told)
    if found is None:
        return
    family = tables[0].drop_duplicates("common").set_index("common").family
    rows = two_view.table(found, data.task_name).assign(id=found.table.task, family=found.table.task.map(family))
    parts.chart(
        two_charts.agreement_figure(rows, parts.colours(), found.chance, _lit()),
        "neighbourhoods",
        told.replace("**", ""),
        rows.drop(columns="id"),
        on_click=partial(_event, {}),
        units=two_view.UNITS,
        caption="Task distances: mean of 1 − cosine over all pairs of their prompts' mean tokens, in each space for itself. "
        "Dotted: chance.",
    )


def _agreement(spaces: list[Space]) -> comparing.Neighbourhoods | None:
    one, other = (comparing.task_distances(set_parts.apart(space), space.tasks) for space in spaces)
    return comparing.compare(one, other, {task: task for task in together.common(spaces)})


def _picture(key: str, one: PromptSet, picture: set_parts.Picture, count: int) -> None:
    """One space. count: prompts of the set; those that the picture lacks are counted."""
    points, method, explained = picture
    size, lit = frame.screen(), _lit()
    look = Look("family", False, method, explained, (480 if size != "phone" else 360, _HEIGHTS[size]), drag=choice_parts.drag())
    inside = [row.prompt for row in points.itertuples() if row.common in lit] if lit else None
    less = "" if len(points) == count else f"; {count - len(points)} tuned since it was fitted are not in it"
    told = f"{one.name}: {view.METHODS[method]} of {words.counted(len(points), 'prompt')}{less}"
    st.markdown(f"**{words.literal(one.name)}**")
    figure = charts.space_figure(points, parts.colours(), look, lit=inside)
    hear = partial(_event, dict(zip(points["prompt"], points.common, strict=True)))
    parts.chart(figure, key, told, points.drop(columns=["earlier"]), on_click=hear, lasso=True, caption=f"{told}.")


def _one(fingerprint: str, pair: tuple[PromptSet, PromptSet], tables: list[pd.DataFrame]) -> None:
    spaces = [set_parts.space(fingerprint, one, table) for one, table in zip(pair, tables, strict=True)]
    same = together.widths(spaces)
    by = address.choice("Place prompts", "placed", two_view.PLACED, bare=True) if same else RELATIVE
    found = together.place(spaces, by)
    points = pd.concat([table.assign(set=one.name) for one, table in zip(pair, tables, strict=True)], ignore_index=True)
    points = points.assign(x=found.places[:, 0], y=found.places[:, 1])
    differ = "" if same else f"Widths differ ({', '.join(str(space.vectors.shape[1]) for space in spaces)}): "
    told = f"{differ}{two_view.placed_reading(found, [one.name for one in pair], data.task_name)}"
    _selection()
    _together(found, points, told)


def _together(found: Together, points: pd.DataFrame, told: str) -> None:
    size = frame.screen()
    heights = {"phone": 590, "narrow": 540, "laptop": 640, "large": 700}
    look = Look(
        "family", False, "pca", found.explained, (360 if size == "phone" else 980, heights[size]), drag=choice_parts.drag()
    )
    of = [list(dict.fromkeys(points["set"])).index(name) for name in points["set"]]
    parts.chart(
        two_charts.together_figure(points, parts.colours(), look, _lit(), named=found.by == RELATIVE),
        "together",
        told.replace("**", ""),
        points.drop(columns=["earlier"]),
        on_click=partial(_event, dict(zip(points["prompt"], points.common, strict=True))),
        lasso=True,
        caption=f"{told} {two_view.distance(found, of, list(points.common)) if found.by != VALUES else ''}",
    )
