"""Which source would you pick? Guess first, then see what was measured, and how good such suggestions are on this map."""

import pandas as pd
import streamlit as st

from pages.common import context, data, frame, indicators, parts, pick_data, words
from pages.common.context import Context
from pages.prompts import judge_parts, pick_charts
from pages.prompts.space_view import family_name
from ptlib.analysis import picker
from ptlib.base.errors import BadInput

MODES = {"guess": "Guess first", "show": "Just show"}
_GUESSES = "_guesses"
"""(backbone, recipe, target) -> the source that this visitor picked; a game, never a result."""


def section(now: Context) -> None:
    """The guess, the suggestions with their evidence, and the judgement."""
    name = now.names[now.target]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.subheader(f"Which source would you pick for {name}?", anchor=False)
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        mode = parts.choice("Mode", list(MODES), "guess", "mode", MODES, label_visibility="collapsed")
    table = pick_data.measured(now)
    key = (now.backbone, now.recipe, now.target)
    guesses = st.session_state.setdefault(_GUESSES, {})
    if mode == "guess" and key not in guesses and len(table):
        _guess(now, key, table)
    else:
        _revealed(now, guesses.get(key) if mode == "guess" else None, table)
    if mode == "guess":
        _score(now, guesses)
    st.divider()
    judge_parts.section(now)


def _guess(now: Context, key: tuple[str, str | None, str], table: pd.DataFrame) -> None:
    task = data.task_index().get(now.target)
    with st.container(border=True):
        family = data.families_of(now.matrix).get(now.target, "own")
        answers = pick_data.answer_words(now).get(now.target)
        st.markdown(
            f"{task.description if task else ''} Family: {family_name(family)}."
            + (f" Answered with {words.listing(answers)}." if answers else "")
        )
        names = dict(sorted(zip(table.source, table.name, strict=True), key=lambda item: item[1]))
        more = {"index": None, "format_func": names.get, "placeholder": "Choose a source"}
        pick = st.selectbox("My pick", list(names), key="my_pick", **more)
        st.button(
            "Reveal what was measured",
            key="reveal",
            type="primary",
            icon=":material/visibility:",
            disabled=pick is None,
            on_click=_reveal,
            args=(key, pick),
        )
        st.caption(f"{words.counted(len(table), 'source')} were tried on this task.")


def _reveal(key: tuple[str, str | None, str], pick: str) -> None:
    st.session_state[_GUESSES] = {**st.session_state.get(_GUESSES, {}), key: pick}
    st.session_state.pop("my_pick", None)


def _indicator(now: Context) -> str:
    found = pick_data.similarities(now.fingerprint, now.backbone, now.recipe, now)
    names = {key: indicators.NAMES[key] for key in found}
    if not names:
        return "picker"
    default = next(iter(names))
    if st.session_state.get("by") not in names and st.query_params.get("by") not in names.values():
        st.session_state["by"] = default
    more = {"index": None, "format_func": names.get, "bind": "query-params", "required": True}
    return st.selectbox("Suggest by", list(names), key="by", help="How sources are ordered.", **more) or default


def _revealed(now: Context, yours: str | None, table: pd.DataFrame) -> None:
    left, right = st.columns([5, 6], gap="large")
    with left:
        by = _indicator(now)
        suggested = _suggested(now, by, table)
    with right:
        if table.empty:
            st.info(
                f"No transfer to {now.names[now.target]} was measured yet, so the suggestions cannot be checked. "
                "Queue them in the Lab.",
                icon=":material/info:",
            )
            return
        marks = pick_charts.roles(yours, suggested)
        rows = table.assign(role=[marks.get(source, "") for source in table.source])
        parts.chart(
            pick_charts.measured_figure(rows, parts.colours(), "Transfer in % of the own prompt's score"),
            "measured",
            _outcome(now, yours, suggested, table),
            rows,
            on_click=lambda key: _open(now, key),
            caption=f"{_outcome(now, yours, suggested, table)} Lines: 95 % intervals. A click opens the pair.",
        )


def _open(now: Context, key: str) -> None:
    found = st.session_state[key]["selection"]["points"]
    if found and found[0].get("customdata"):
        context.choose(found[0]["customdata"][0], now.target)
        frame.go("pair")


def _outcome(now: Context, yours: str | None, suggested: list[str], table: pd.DataFrame) -> str:
    values, names = table.set_index("source").value, now.names
    best = values.idxmax()
    text = f"Best: {names[best]} with {words.points(values[best])}."
    tried = [name for name in suggested if name in values]
    if tried:
        lost = values[best] - values[tried].max()
        first = values[best] - values[tried[0]]
        text += f" The first suggestion loses {indicators.loss(first)}"
        text += f", the best of {len(tried)} {indicators.loss(lost)}." if len(tried) > 1 else "."
    if yours in values:
        text += f" Your pick, {names[yours]}, loses {indicators.loss(values[best] - values[yours])}."
    return text + f" Any source: {indicators.loss(values[best] - values.mean())}."


def _suggested(now: Context, by: str, table: pd.DataFrame) -> list[str]:
    """Three sources to try with their evidence; returns their ids."""
    if by != "picker":
        return _by_similarity(now, by)
    try:
        found = pick_data.suggestions(now)
    except BadInput as error:
        st.info(str(error), icon=":material/info:")
        return []
    st.caption(found.note)
    if found.status == picker.NO_EVIDENCE:
        for donor in found.donors:
            st.markdown(
                f"**{now.names.get(donor.source, donor.source)}**  \n"
                f"General donor: {donor.strength:+.2f} standard deviations on {donor.n_targets} targets outside its family."
            )
        return [donor.source for donor in found.donors]
    for place, item in enumerate(found.suggestions, 1):
        _suggestion(now, place, item.source, item.evidence)
    return [item.source for item in found.suggestions]


def _suggestion(now: Context, place: int, source: str, evidence: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{place}. {now.names.get(source, source)}**  \n{evidence[:1].upper()}{evidence[1:]}.")
        there = now.matrix.get(source, now.target) is not None
        label, icon = ("Pair", ":material/compare_arrows:") if there else ("Queue it", ":material/science:")
        st.button(label, key=f"try_{place}", icon=icon, type="tertiary", on_click=_try, args=(source, now.target, there))


def _try(source: str, target: str, there: bool) -> None:
    context.choose(source, target)
    if there:
        frame.go("pair")
    else:
        parts.run_this()


def _by_similarity(now: Context, by: str) -> list[str]:
    table = pick_data.similarities(now.fingerprint, now.backbone, now.recipe, now)[by]
    if now.target not in table:
        st.info("There is no prompt of this target, so nothing can be said by this indicator.", icon=":material/info:")
        return []
    if by in indicators.WARNED:
        st.warning("On five published backbones this indicator was about as good as chance.", icon=":material/warning:")
    column = table[now.target].drop(now.target).dropna().sort_values(ascending=False)
    for place, (source, value) in enumerate(column.head(3).items(), 1):
        _suggestion(now, place, str(source), f"{indicators.NAMES[by].lower()} {value:.3f}, place {place} of {len(column)}")
    return [str(name) for name in column.index[:3]]


def _score(now: Context, guesses: dict[tuple[str, str | None, str], str]) -> None:
    """The running score over all targets that were guessed on this map."""
    rows = []
    for (backbone, recipe, target), pick in guesses.items():
        if (backbone, recipe) != (now.backbone, now.recipe) or target not in now.matrix.targets:
            continue
        other = Context(now.fingerprint, now.backbone, now.recipe, now.matrix, now.source, target)
        values = pick_data.measured(other).set_index("source").value
        first = _first(other)
        if pick in values and first in values:
            best = values.max()
            rows.append((best - values[pick], best - values[first], best - values.mean()))
    if not rows:
        return
    means = pd.DataFrame(rows).mean()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.metric("Your mean loss", indicators.loss(means[0]), border=True)
        st.metric("First suggestion", indicators.loss(means[1]), border=True)
        st.metric("Any source", indicators.loss(means[2]), border=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        told = f"Over {words.counted(len(rows), 'target')} guessed in this visit."
        st.caption(f"{told} Choose another target in the sidebar to go on.")
        st.button("Start over", key="guess_again", type="tertiary", on_click=_forget)


def _first(now: Context) -> str | None:
    try:
        found = pick_data.suggestions(now)
    except BadInput:
        return None
    names = [item.source for item in (found.suggestions or found.donors)]
    return names[0] if names else None


def _forget() -> None:
    st.session_state[_GUESSES] = {}
