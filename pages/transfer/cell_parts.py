"""The chosen cell: a panel beside the map with sentence, scores, flipped examples and ways on; the same pieces for Pair."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.common import cautions, charts, data, parts, words
from pages.common.charts import Condition
from pages.common.context import Context
from ptlib.transfer import flips

EXAMPLES, LONGEST = 3, 100
"""Flipped examples in the panel, and letters of each."""
WORTH = 0.01
"""The commonest class is shown where it gives so much more than chance."""
_SHORT = {"untrained": "Untrained", "hand_written": "Hand-written", "transfer": "Reused", "own": "Own"}


def panel(now: Context, height: int | None) -> None:
    """height: of the frame in pixels, so that a longer sentence moves nothing outside of it; None = as high as it gets."""
    names = now.names
    with st.container(border=True, height=height or "content", key="panel", gap="small"):
        st.markdown(f"**{names[now.source]} → {names[now.target]}**  \n{parts.reading(now)}")
        parts.cell_links(now, "strip")
        rows = conditions(now)
        if not rows:
            st.markdown("Nothing has been measured here yet. Queue the cell: the app tunes the missing prompts and fills it in.")
            return
        scores(now, [row.named(_SHORT[row.key]) for row in rows], "cell_scores", compact=True)
        _flipped(now)
        cautions.beside_result(now.source, now.target, now.backbone, parts.own_runs(now))
        if now.cell is not None:
            parts.seeds_and_runs(now)


def scores(now: Context, rows: Sequence[Condition], key: str, caption: str = "", *, compact: bool = False) -> None:
    """Conditions on the target side by side; compact: lower, and without their data below."""
    told = ", ".join(f"{row.name} {words.percent(row.score, 1)}" for row in rows)
    columns = ("condition", "score", "low", "high", "basis")
    table = pd.DataFrame([(row.name, row.score, row.low, row.high, row.basis) for row in rows], columns=columns)
    figure = charts.dumbbell_figure(rows, parts.colours(), floors(now), row=28 if compact else 44)
    alt = f"Scores on {now.names[now.target]}: {told}"
    parts.chart(figure, key, alt, None if compact else table, caption=caption)


def floors(now: Context) -> list[tuple[str, float]]:
    """What a score on the target has to beat: chance (or a guess), and the commonest class where that gives more."""
    found, always = data.floor(now.target), now.matrix.commonest.get(now.target)
    most = [] if always is None or (found and always.score < found[1] + WORTH) else [("commonest class", always.score)]
    return [*([found] if found else []), *most]


def conditions(now: Context) -> list[Condition]:
    """Untrained, hand-written, reused and own prompt on the target, as far as they were measured."""
    names = now.names
    wanted = [
        ("untrained", "untrained", "Untrained prompt"),
        ("hand_written", "hand_written", "Hand-written prompt"),
        (now.source, "transfer", f"{words.owner(names[now.source])} prompt, reused"),
        (now.target, "own", f"{words.owner(names[now.target])} own prompt"),
    ]
    rows = []
    for source, key, name in wanted:
        cell = now.matrix.get(source, now.target)
        repeated = key == "transfer" and (source == now.target or source in ("untrained", "hand_written"))
        if cell is None or repeated:
            continue
        lonely = cell.n_seeds == 1 and source != "hand_written"
        rows.append(Condition(key, name, cell.score, cell.low, cell.high, words.basis(cell), lonely))
    return rows


def answers(now: Context, source: str, target: str) -> pd.DataFrame | None:
    """Predictions of the own and the reused prompt side by side, first common seed, as `flips.join` gives them; None without."""
    pairs = flips.prompt_pairs(now.matrix, source, target)
    if source == target or not pairs:
        return None
    own, reused = (data.predictions(now.fingerprint, prompt, target) for prompt in next(iter(pairs.values())))
    return None if own is None or reused is None else flips.join(own, reused, data.examples(now.fingerprint, target))


def _flipped(now: Context) -> None:
    """Three examples whose answer changed, with both answers."""
    table = answers(now, now.source, now.target)
    if table is None:
        own = now.source == now.target
        st.caption("The task's own prompt: choose another row to see what changes." if own else "No answers to lay side by side.")
        return
    numbers, rows = flips.counts(table), flips.flipped(table, EXAMPLES)
    st.markdown(f"**{numbers['lost']} lost, {numbers['gained']} gained** of {len(table)} examples")
    examples(rows)


def examples(rows: pd.DataFrame) -> None:
    """Texts with the truth and both answers, one below another."""
    told = []
    for row in rows.itertuples():
        text = " · ".join(filter(None, (str(row.text_a), str(row.text_b or ""))))
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        truth, own, reused = (words.literal(str(value)) for value in (row.gold, row.own, row.reused))
        told.append(f":small[{words.literal(text)}]  \n:small[:gray[truth {truth}; own says {own}, reused says **{reused}**]]")
    if told:
        st.markdown("\n\n".join(told))
