"""Which source would you pick? Guess first, then see what was measured, and how good such suggestions are on this map."""

import pandas as pd
import streamlit as st

from pages.common import address, context, data, parts, pick_data, words
from pages.common.context import Context
from pages.prompts import pick_charts
from ptlib.analysis.choosing import picker
from ptlib.base.errors import BadInput
from ptlib.base.stats import holm

MODES = {"guess": "Guess first", "show": "Just show"}
_GUESSES = "_guesses"
"""(backbone, recipe, target) -> the source that this visitor picked; a game, never a result."""


def section(now: Context) -> None:
    """The guess, the suggestions with their evidence, and the judgement."""
    name = now.names[now.target]
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    left.header(f"Which source would you pick for {name}?", anchor=False)
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        mode = address.choice("Mode", "mode", MODES, bare=True)
    table = pick_data.measured(now)
    key = (now.backbone, now.recipe, now.target)
    guesses = st.session_state.setdefault(_GUESSES, {})
    hidden = mode == "guess" and key not in guesses and len(table) > 0
    if hidden:
        _guess(now, key, table)
    else:
        _revealed(now, guesses.get(key) if mode == "guess" else None, table)
    if mode == "guess":
        _score(now, guesses)
    st.divider()
    if hidden:
        st.caption("How good suggestions are on this map stands here after your guess: it would give the answer away.")
    else:
        _judged(now)


def _guess(now: Context, key: tuple[str, str | None, str], table: pd.DataFrame) -> None:
    task = data.task_index().get(now.target)
    with st.container(border=True):
        family = data.families_of(now.matrix).get(now.target, "own")
        answers = pick_data.answer_words(now).get(now.target)
        st.markdown(
            f"{task.description if task else ''} Family: {words.family(family)}."
            + (f" Answered with {words.listing(answers)}." if answers else "")
        )
        names = dict(sorted(zip(table.source, table.name, strict=True), key=lambda item: item[1]))
        pick = st.selectbox(
            "My pick", list(names), index=None, format_func=names.__getitem__, placeholder="Choose a source", key="my_pick"
        )
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
    names = {key: pick_data.NAMES[key] for key in found}
    return address.select("Suggest by", "by", names, help="How sources are ordered.") if names else "picker"


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
            units=dict.fromkeys(("value", "low", "high"), "percent of the own prompt's score"),
            caption=f"{_outcome(now, yours, suggested, table)} Lines: 95 % intervals. A click opens the pair.",
        )


def _open(now: Context, key: str) -> None:
    for source in context.clicked(key):
        parts.open_pair(source, now.target)


def _outcome(now: Context, yours: str | None, suggested: list[str], table: pd.DataFrame) -> str:
    values, names = table.set_index("source").value, now.names
    best = values.idxmax()
    text = f"Best: {names[best]} with {words.points(values[best])}."
    tried = [name for name in suggested if name in values]
    if tried:
        lost = values[best] - values[tried].max()
        first = values[best] - values[tried[0]]
        text += f" The first suggestion loses {pick_data.loss(first)}"
        text += f", the best of {len(tried)} {pick_data.loss(lost)}." if len(tried) > 1 else "."
    if yours is not None and yours in values:
        text += f" Your pick, {names[yours]}, loses {pick_data.loss(values[best] - values[yours])}."
    return text + f" Any source: {pick_data.loss(values[best] - values.mean())}."


def _suggested(now: Context, by: str, table: pd.DataFrame) -> list[str]:
    """Three sources to try with their evidence; returns their ids."""
    if by != "picker":
        return _by_similarity(now, by)
    try:
        found = pick_data.suggestions(now)
    except BadInput as error:
        st.info(words.literal(str(error)), icon=":material/info:")
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
    if there:
        parts.open_pair(source, target)
    else:
        context.choose(source, target)
        parts.run_this()


def _by_similarity(now: Context, by: str) -> list[str]:
    table = pick_data.similarities(now.fingerprint, now.backbone, now.recipe, now)[by]
    if now.target not in table:
        st.info("There is no prompt of this target, so nothing can be said by this indicator.", icon=":material/info:")
        return []
    if by in pick_data.WARNED:
        st.warning("On five published backbones this indicator was about as good as chance.", icon=":material/warning:")
    column = table[now.target].drop(now.target).dropna().sort_values(ascending=False)
    for place, (source, value) in enumerate(column.head(3).items(), 1):
        _suggestion(now, place, str(source), f"{pick_data.NAMES[by].lower()} {value:.3f}, place {place} of {len(column)}")
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
        st.metric("Your mean loss", pick_data.loss(means[0]), border=True)
        st.metric("First suggestion", pick_data.loss(means[1]), border=True)
        st.metric("Any source", pick_data.loss(means[2]), border=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        told = f"Over {words.counted(len(rows), 'target')} guessed in this visit."
        st.caption(f"{told} Choose another target in the sidebar to go on.")
        st.button("Start over", key="guess_again", type="tertiary", on_click=guesses.clear)


def _first(now: Context) -> str | None:
    try:
        found = pick_data.suggestions(now)
    except BadInput:
        return None
    names = [item.source for item in (found.suggestions or found.donors)]
    return names[0] if names else None


def _judged(now: Context) -> None:
    """Chart and table of the judged pick_data."""
    st.header("How good are such suggestions on this map?", anchor=False)
    judged = pick_data.judged(now.fingerprint, now.backbone, now.recipe, now)
    if judged.empty:
        st.markdown("Judging needs three tasks whose prompts and transfer are both known. Run more of the map.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = address.choice(
            "Spearman",
            "spearman",
            pick_data.KINDS,
            help="Per target: over the sources of each target, then averaged; that is what choosing a source needs. All pairs: "
            "pooled. Per source: over the targets of each source.",
        )
        diagonal = st.toggle("With the diagonal", key="diagonal", help="Own prompts count too, which flatters every indicator.")
    column = f"{kind}_with_diagonal" if diagonal else kind
    st.markdown(_judgement(judged))
    chosen = str(st.session_state.get("by") or "picker")
    parts.chart(
        pick_charts.judged_figure(judged, parts.colours(), column, chosen),
        "judged",
        pick_data.figure_reading(judged, column),
        judged,
        caption="Loss: how far the best suggested source stays behind the best one, in points of 100 × transfer / own, averaged "
        f"over targets. {int(judged.n.max())} tasks. p: tasks relabelled {int(judged.permutations.max()):,} times.",
    )
    _table(judged, kind, column)


def _judgement(judged: pd.DataFrame) -> str:
    rows = judged.set_index("key")
    chance, flag = rows.loc["chance"], rows.loc["family"] if "family" in rows.index else None
    text = f"Any source loses {pick_data.loss(chance.regret_1)} here"
    if flag is not None:
        text += f", a source of the family {pick_data.loss(flag.regret_1)}"
    if "picker" in rows.index:
        text += f", the first suggestion {pick_data.loss(rows.loc['picker'].regret_1)}, the best of three "
        text += pick_data.loss(rows.loc["picker"].regret_3)
    published = f"Published: {picker.FAMILY_LOSS:g} points by family and {picker.CHANCE_LOSS:g} by chance over five backbones."
    return f"{text}. :gray[{published}]"


def _table(judged: pd.DataFrame, kind: str, column: str) -> None:
    p = judged.get(f"p_{kind}", pd.Series([None] * len(judged)))
    table = pd.DataFrame(
        {
            "Indicator": judged["name"],
            "Spearman": [words.number(value) for value in judged[column]],
            "p": [words.p_text(value) for value in p],
            "p, corrected": [words.p_text(value) for value in holm(p.to_list())],
            "Top-1": [words.percent(value) for value in judged.top1],
            **{f"Loss, best of {k}" if k > 1 else "Loss, first": judged[f"regret_{k}"].astype(float) for k in (1, 2, 3)},
        }
    )
    points = st.column_config.NumberColumn
    shown = {name: points(name, format="%.1f") for name in table.columns if name.startswith("Loss")}
    parts.table(table, pick_data.figure_reading(judged, column), column_config=shown)
    st.caption(
        "Top-1: how often the first suggestion is a best source; ties share it. p is for Spearman without the diagonal; "
        "corrected: for all indicators of the table (Holm)."
    )
