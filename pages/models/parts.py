"""The Cross-model page in reading order: choices, verdict, matrix, numbers, ladder, and what stands behind a cell."""

from functools import partial

import streamlit as st

from pages.common import context, data, frame, parts, words
from pages.models import (
    cell_parts,
    charts,
    choice_parts,
    number_charts,
    plan_view,
    run_parts,
    store_parts,
    table_parts,
    table_view,
    view,
)
from pages.models.choice_parts import Choice
from pages.models.plan_view import CLOSED, STEPS, TASK
from pages.models.store_parts import Look


def page() -> None:
    """Everything below the title."""
    now = context.current()
    fingerprint = now.fingerprint if now is not None else data.catalogue().fingerprint()
    if not data.backbones(fingerprint):
        parts.no_results()
        return
    choice = choice_parts.choose(fingerprint)
    if choice.spec is None:
        st.warning(words.literal(choice.problem), icon=":material/info:")
    else:
        look = store_parts.look(fingerprint, choice.spec)
        if look is None or not look.projection.is_complete:
            run_parts.offer(choice.spec, len(look.projection.told) if look else 0)
        if look is not None:
            _result(choice, look)
    table_parts.deck(choice)
    table_parts.published_prompts()
    parts.share("models", **_spelled(choice))


def _spelled(choice: Choice) -> dict[str, str]:
    """The address of this view, with everything spelled out."""
    wish, key = choice.wish, {TASK: "step", CLOSED: "map"}.get(choice.wish.method, "form")
    sets = {} if "tasks" in st.query_params else {"on": "+".join(wish.tasks)}
    return {"from": wish.source, "to": wish.target, "method": wish.method, key: wish.step, **sets}


def _result(choice: Choice, look: Look) -> None:
    projection = look.projection
    with st.container(border=True):
        if not projection.is_complete:
            done = ", ".join(map(str, sorted(projection.told)))
            st.caption(f":orange[Only seed {done} of {len(projection.spec.seeds)} held out so far.]")
        st.markdown(view.headline(look.parts))
        st.markdown(view.best_reading(projection.matrix, look.names))
    _matrices(choice, look)
    _numbers(look)
    ladder = st.container() if choice.wish.method == TASK else None
    cell_parts.section(choice, look)
    table_parts.standing(look)
    table_parts.details(look)
    table_parts.methods(look)
    if ladder is not None:
        with ladder:  # last, because it reads every step
            _ladder(choice)


def _numbers(look: Look) -> None:
    """Three sets of targets, each with own, other families' and untrained prompts; below each other on a telephone."""
    st.header("In numbers", anchor=False)
    if frame.screen() == "phone":
        for part in look.parts:
            st.markdown(f"**{view.part_title(part)}**: {view.SAYS[part.reading.verdict].lower()}")
            figure = number_charts.lines_figure(part.lines, parts.colours())
            key = f"lines_{part.key.replace(' ', '_')}"
            parts.chart(figure, key, view.part_reading(part), table_view.lines([part]))
    else:
        told = " ".join(view.part_reading(part) for part in look.parts)
        parts.chart(number_charts.panels_figure(look.parts, parts.colours()), "lines", told, table_view.lines(look.parts))
    st.caption(
        "Gain kept: 0 % is an untrained prompt of the target, 100 % the target's own prompt. Circles: each seed, held out of the "
        "fit that it is measured with. Line: 95 % interval over seeds and examples. An own prompt is the target task's prompt of "
        "the source model."
    )


def _ladder(choice: Choice) -> None:
    """The collapse at every step of the recipe, as far as the steps are stored."""
    stored = store_parts.specs(choice.fingerprint, choice.wish.source, choice.wish.target)
    rungs = plan_view.rungs(stored, choice.wish.tasks)
    if len(rungs) < 2:
        return
    gains = {}
    for step, spec in rungs.items():
        look = store_parts.look(choice.fingerprint, spec)
        if look is not None:
            gains[step] = {line.key: line.gain for line in view.main_part(look.parts).lines}
    st.header("From collapse to cure", anchor=False)
    told = view.ladder_reading(gains, STEPS[TASK])
    st.markdown(told)
    figure = number_charts.ladder_figure(gains, STEPS[TASK], choice.wish.step, parts.colours())
    parts.chart(
        figure,
        "ladder",
        told,
        table_view.ladder(gains, STEPS[TASK]),
        on_click=partial(context.take_click, "step"),
        caption="Unseen tasks of the trained family. Click a step to see its matrix.",
    )


def _matrices(choice: Choice, look: Look) -> None:
    """All prompts through one projector, and beside it the target's own prompts; on a telephone one column as a list."""
    st.header("Every prompt through this projector", anchor=False)
    chosen, phone = cell_parts.chosen(look), frame.screen() == "phone"
    left, right = parts.row(478, 478)
    source, target = (words.literal(data.backbone_name(name)) for name in (choice.wish.source, choice.wish.target))
    with left:
        st.markdown(f"**Carried over**: {source}'s prompts")
        parts.chart(
            charts.grid_figure(look.grid, parts.colours(), chosen, numbers=not phone),
            "projected",
            f"Gain kept by prompts carried to the other model, on {len(look.grid.columns)} targets",
            look.table,
            on_click=cell_parts.clicked,
            file=f"projection-{look.projection.spec.id}",
            caption="Rows: prompts, columns: targets; gain kept, %. Blocks: the prompt counts. A full column: any prompt does.",
        )
        if phone:
            st.markdown(f"**{look.names[chosen[1]]}**, all rows")
            figure = charts.column_figure(look.grid, chosen[1], parts.colours())
            told = f"Gain kept on {look.names[chosen[1]]}"
            parts.chart(figure, "column_list", told, look.table, caption="Choose another target below.")
    with right:
        st.markdown(f"**For comparison**: {target}'s own prompts")
        own = store_parts.own_map(choice.fingerprint, choice.wish.target)
        if own is None:
            st.markdown(f"{target} has no transfer map of its own yet.")
            return
        drawn = view.own_grid(own, look.projection.matrix.families, look.names, look.grid)
        figure = charts.grid_figure(drawn, parts.colours(), legend=False, numbers=not phone)
        parts.chart(
            figure,
            "own_map",
            f"Transfer map of {target}",
            table_view.drawn(drawn),
            caption="Reused within the model, on all evaluation examples of each task.",
        )
